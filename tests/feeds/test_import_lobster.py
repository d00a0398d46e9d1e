"""`ramstock import lobster`: what stands in the session, and that nothing stands half."""

import gzip
import io
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from ramstock_tui.core.records import (
    LAST,
    PRINT,
    REFDATA,
    SESSION,
    SYMBOL,
    RefData,
    Row,
    SessionOpened,
    SymbolInfo,
)
from ramstock_tui.errors import ConfigError, ImportRefused, RamstockError
from ramstock_tui.feeds.lobster import read
from ramstock_tui.feeds.textfile import TextFileError
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.market import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.schedule import ScheduleError, session_day
from ramstock_tui.settings import data_dir
from ramstock_tui.verbs import import_lobster
from ramstock_tui.verbs.options import UsageError
from ramstock_tui.verbs.progress import Progress
from tests.feeds.recount import assert_same_books, table, time_ns
from tests.lobster_writer import write_session

DAY = session_day(20120621)


@pytest.fixture(autouse=True)
def _no_user_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("RAMSTOCK_DATA", str(tmp_path / "data"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_session(tmp_path_factory.mktemp("lobster"), seed=21, rows=1500, halts=True)


def run(files: tuple[Path, Path], out: Path | None, **changed: Any) -> int:
    arguments: dict[str, Any] = {
        "symbol": "MSFT",
        "date": "2012-06-21",
        "allow_partial_vwap": False,
        "skip_bad": False,
        "equity": None,
        "phase": None,
        "profile": None,
        "as_json": False,
    }
    return import_lobster.run(*files, out=out, **(arguments | changed))


def records(folder: Path) -> list[tuple[Row, bytes]]:
    """All records of a session with their blobs."""
    reader = MarketReader(SessionDir.open(folder).market)
    try:
        return [
            (row, block.blob_of(row) if row[2] in (SESSION, SYMBOL, REFDATA) else b"")
            for block in reader.blocks()
            for row in block.rows()
        ]
    finally:
        reader.close()


def test_the_session_starts_with_what_it_assumes(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    assert run(generated, tmp_path / "out") == 0
    first_ts = DAY.midnight_ns + time_ns(table(generated[0])[0][0])
    head = records(tmp_path / "out")[:3]
    assert [(row[0], row[1], row[2], row[3]) for row, _ in head] == [
        (first_ts, 0, SESSION, LAST),
        (first_ts, 1, SYMBOL, LAST),
        (first_ts, 1, REFDATA, LAST),
    ]
    assert msgspec.msgpack.decode(head[0][1], type=SessionOpened) == SessionOpened(
        date=20120621,
        midnight_ns=DAY.midnight_ns,
        open_ns=DAY.open_ns,
        close_ns=DAY.close_ns,
        next_date=20120622,
        mode="import",
        acting="small_account",
        phase=3,
        equity_cents=4_000_000,
        fee_model="seed_flat",
        admission="assumed",
        allow_partial_vwap=False,
        depth_levels=10,
        source="lobster",
    )
    symbol = SymbolInfo(ticker="MSFT", tick_e4=100)
    assert msgspec.msgpack.decode(head[1][1], type=SymbolInfo) == symbol
    assert msgspec.msgpack.decode(head[2][1], type=RefData) == RefData()


def test_options_change_what_is_assumed(tmp_path: Path, generated: tuple[Path, Path]) -> None:
    run(
        generated,
        tmp_path / "out",
        equity=25_000.55,
        phase=1,
        profile="small_account",
        allow_partial_vwap=True,
        symbol="BRK.B",
    )
    rows = records(tmp_path / "out")
    opened = msgspec.msgpack.decode(rows[0][1], type=SessionOpened)
    assert (opened.equity_cents, opened.phase, opened.acting) == (2_500_055, 1, "small_account")
    assert opened.allow_partial_vwap is True
    assert msgspec.msgpack.decode(rows[1][1], type=SymbolInfo).ticker == "BRK.B"


def test_the_recorded_books_are_those_of_the_file(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    run(generated, tmp_path / "out")
    rows = [row for row, _ in records(tmp_path / "out")]
    assert assert_same_books(rows[3:], *generated, DAY.midnight_ns) > 1000


def test_the_file_is_sealed_and_says_what_it_is(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    run(generated, tmp_path / "out")
    reader = MarketReader(tmp_path / "out" / "market.rsm")
    assert reader.sealed
    assert reader.header.session_date == 20120621
    assert MODES[reader.header.mode] == "import"
    assert reader.header.created_ns == reader.first_ts
    reader.close()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "market.rsm",
        "session.toml",
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_counts_are_printed_and_stored(
    tmp_path: Path, generated: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run(generated, tmp_path / "out", as_json=True)
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert printed.err == ""
    kinds = [cells[1] for cells in table(generated[0])]
    assert report["rows"] == len(kinds)
    assert report["prints"] == kinds.count("4") + kinds.count("5")
    assert (report["halts"], report["crosses"], report["skipped"]) == (3, 0, 0)
    assert report["first_time"].startswith("09:30:00.")
    assert report["bytes"] == (tmp_path / "out" / "market.rsm").stat().st_size
    stored = SessionDir.open(tmp_path / "out").read_toml()["import"]
    assert {key: report[key] for key in stored if key in report} == {
        key: value for key, value in stored.items() if key in report
    }
    run(generated, tmp_path / "again")
    words = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    for name in ("rows", "prints", "level_changes", "unchanged_rows", "halts", "skipped"):
        assert words[name] == str(report[name])


def test_every_compression_gives_the_same_market_file(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    ways: dict[str, Callable[[bytes], bytes]] = {
        "plain": bytes,
        "gz": gzip.compress,
        "zst": zstandard.compress,
    }
    markets = set()
    for name, compress in ways.items():
        packed = (tmp_path / f"message.csv.{name}", tmp_path / f"orderbook.csv.{name}")
        for path, source in zip(packed, generated, strict=True):
            path.write_bytes(compress(source.read_bytes()))
        run(packed, tmp_path / name)
        markets.add((tmp_path / name / "market.rsm").read_bytes())
    assert len(markets) == 1


def test_another_symbol_is_another_session(tmp_path: Path, generated: tuple[Path, Path]) -> None:
    run(generated, tmp_path / "a")
    run(generated, tmp_path / "b", symbol="AAPL")
    idents = [SessionDir.open(tmp_path / name).read_toml()["session_id"] for name in "ab"]
    assert idents[0] != idents[1]
    assert all(len(ident) == 32 for ident in idents)


def test_without_a_target_it_stands_under_the_data_folder(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    run(generated, None)
    assert (tmp_path / "data" / "import" / "2012-06-21-MSFT" / "market.rsm").is_file()


def test_the_data_folder_is_that_of_the_platform_unless_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RAMSTOCK_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_dir().name == "ramstock"


def test_an_empty_target_is_used_and_a_filled_one_refused(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    run(generated, out)
    before = (out / "market.rsm").read_bytes()
    with pytest.raises(ImportRefused, match="out: holds files already"):
        run(generated, out, symbol="AAPL")
    assert (out / "market.rsm").read_bytes() == before
    (tmp_path / "file").touch()
    with pytest.raises(ImportRefused, match="file: is a file already"):
        run(generated, tmp_path / "file")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"symbol": "msft"}, "--symbol: .* was 'msft'"),
        ({"symbol": ""}, "--symbol: "),
        ({"symbol": "A" * 16}, "--symbol: "),
        ({"symbol": "MSFT\n"}, "--symbol: "),
        ({"symbol": "../X"}, "--symbol: "),
        ({"date": "20120621"}, "--date: expected YYYY-MM-DD, was '20120621'"),
        ({"date": "2012-02-30"}, "--date: "),
        ({"phase": 4}, "--phase: expected 1, 2 or 3, was 4"),
        ({"equity": -1.0}, "--equity: "),
        ({"equity": float("nan")}, "--equity: "),
    ],
)
def test_arguments_that_cannot_be_are_usage_errors(
    tmp_path: Path, generated: tuple[Path, Path], changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        run(generated, tmp_path / "out", **changed)
    assert caught.value.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_a_usage_error(tmp_path: Path, generated: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="absent: expected a file"):
        run((generated[0], tmp_path / "absent"), tmp_path / "out")


def test_a_closed_day_and_an_unknown_profile_are_refused(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    with pytest.raises(ScheduleError, match="2012-06-23 is no exchange day"):
        run(generated, tmp_path / "out", date="2012-06-23")
    with pytest.raises(ConfigError, match="nobody"):
        run(generated, tmp_path / "out", profile="nobody")


def damaged(generated: tuple[Path, Path], folder: Path, line: int, text: str) -> tuple[Path, Path]:
    """A copy of the generated files with another message row at `line`."""
    lines = generated[0].read_text().splitlines()
    lines[line - 1] = text
    message, orderbook = folder / "message.csv", folder / "orderbook.csv"
    message.write_text("\n".join(lines))
    shutil.copy(generated[1], orderbook)
    return message, orderbook


@pytest.mark.parametrize("line", [1, 2, 1400])
def test_a_bad_row_leaves_nothing_behind(
    tmp_path: Path, generated: tuple[Path, Path], line: int
) -> None:
    files = damaged(generated, tmp_path, line, "34200,8,1,1,120000,1")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(RamstockError, match=f"message.csv:{line}: expected a type of 1 to 7"):
        run(files, tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == before


def test_a_cut_file_leaves_nothing_behind(tmp_path: Path, generated: tuple[Path, Path]) -> None:
    packed = tmp_path / "orderbook.csv.zst"
    packed.write_bytes(zstandard.compress(generated[1].read_bytes())[:-100])
    with pytest.raises(TextFileError, match="damaged or cut off"):
        run((generated[0], packed), tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == [packed]


def test_files_without_a_usable_row_are_refused(
    tmp_path: Path, generated: tuple[Path, Path]
) -> None:
    message, orderbook = tmp_path / "message.csv", tmp_path / "orderbook.csv"
    message.write_text("34200,9,1,1,120000,1\n")
    orderbook.write_text("1,1,1,1\n")
    with pytest.raises(ImportRefused, match=r"no row can be used; the first: .*message.csv:1: "):
        run((message, orderbook), tmp_path / "out", skip_bad=True)
    assert not (tmp_path / "out").exists()


def test_ctrl_c_leaves_nothing_behind(
    tmp_path: Path, generated: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed_half_way(*arguments: Any, **options: Any) -> Iterator[list[Row]]:
        for number, batch in enumerate(read(*arguments, **options)):
            if number == 500:
                raise KeyboardInterrupt
            yield batch

    monkeypatch.setattr("ramstock_tui.verbs.import_lobster.read", pressed_half_way)
    with pytest.raises(KeyboardInterrupt):
        run(generated, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_given_a_signal_when_half_imported_then_nothing_stays_and_the_handler_is_back(
    number: signal.Signals,
    tmp_path: Path,
    generated: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ended_half_way(*arguments: Any, **options: Any) -> Iterator[list[Row]]:
        for count, batch in enumerate(read(*arguments, **options)):
            if count == 500:
                signal.raise_signal(number)
            yield batch

    before = signal.getsignal(number)
    monkeypatch.setattr("ramstock_tui.verbs.import_lobster.read", ended_half_way)
    with pytest.raises(SystemExit) as caught:
        run(generated, tmp_path / "out")
    assert caught.value.code == 128 + number
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(number) is before


def test_skipped_rows_are_counted_and_named(
    tmp_path: Path, generated: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files = damaged(generated, tmp_path, 700, "34200,1,1,1,120000,1")
    run(files, tmp_path / "out", skip_bad=True)
    printed = capsys.readouterr().out
    assert "skipped         1\n" in printed
    assert "skipped, time back: 1\n" in printed
    assert f"{files[0]}:700: expected a time not before" in printed
    stored = SessionDir.open(tmp_path / "out").read_toml()["import"]
    assert stored["skip_reasons"] == {"time back": 1}
    assert stored["skip_examples"][0].startswith(f"{files[0]}:700: ")


def test_a_file_name_cannot_steer_the_terminal(
    tmp_path: Path, generated: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    message = tmp_path / "a\x1b[31m.csv"
    shutil.copy(damaged(generated, tmp_path, 9, "x")[0], message)
    run((message, generated[1]), tmp_path / "out", skip_bad=True)
    assert "\x1b" not in capsys.readouterr().out
    assert "\x1b" not in str(SessionDir.open(tmp_path / "out").read_toml())


REAL = [
    ("MSFT_2012-06-21_34200000_34500000_message_50", "orderbook_10", "MSFT", 15_705, 1_300, 10),
    ("MSFT_2012-06-21_36000000_37800000_message_50", "orderbook_10", "MSFT", 74_594, 3_447, 10),
    ("MSFT_2012-06-21_35999954_first1000_message_50", "orderbook_50", "MSFT", 1_000, 115, 50),
    ("AMZN_2012-06-21_34200000_57600000_message_1", "orderbook_1", "AMZN", 57_515, 11_419, 1),
]


@pytest.mark.parametrize(("name", "book", "symbol", "rows", "prints", "levels"), REAL)
def test_real_files_become_their_own_books(
    tmp_path: Path,
    shared: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    book: str,
    symbol: str,
    rows: int,
    prints: int,
    levels: int,
) -> None:
    folder = shared / "data" / "lobster"
    message = folder / f"{name}.csv.zst"
    orderbook = folder / f"{name[: name.index('message')]}{book}.csv.zst"
    run((message, orderbook), tmp_path / "out", symbol=symbol, as_json=True)
    report = json.loads(capsys.readouterr().out)
    kinds = [cells[1] for cells in table(message)]
    assert report["rows"] == rows == len(kinds)
    assert report["prints"] == prints == kinds.count("4") + kinds.count("5")
    assert (report["levels"], report["skipped"]) == (levels, 0)
    written = [row for row, _ in records(tmp_path / "out")]
    assert sum(row[2] == PRINT for row in written) == prints
    assert_same_books(written[3:], message, orderbook, DAY.midnight_ns)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "times"), [(io.StringIO(), 2), (_Terminal(), 17)])
def test_progress_is_told_now_and_then(stream: io.StringIO, times: int) -> None:
    seconds = [0.0]
    progress = Progress(stream, clock=lambda: seconds[0])
    for quarter in range(18):
        seconds[0] = quarter / 4
        progress.show(quarter * 1000, 18_000)
    progress.end()
    text = stream.getvalue()
    assert "16,000 rows of 18,000 (88 %)" in text
    assert text.count("rows of") == times
    if stream.isatty():
        assert "\n" not in text
        assert text.endswith("\r\x1b[K")
    else:
        assert text.count("\n") == times
        assert "\x1b" not in text


def test_progress_without_a_stream_and_without_a_total() -> None:
    seconds = [0.0]
    silent = Progress(None, clock=lambda: seconds[0])
    stream = io.StringIO()
    loud = Progress(stream, clock=lambda: seconds[0])
    seconds[0] = 10.0
    silent.show(5, 0)
    silent.end()
    loud.show(5, 0)
    assert stream.getvalue() == "5 rows\n"
