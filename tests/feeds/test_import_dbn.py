"""`ramstock import dbn`: the book at every batch end is the one of the file; what a file cannot say
is refused or counted by name; nothing stands half."""

import json
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row
from ramstock_tui.errors import ImportRefused
from ramstock_tui.feeds.dbn import look, read
from ramstock_tui.feeds.dbn_batches import DbnStats
from ramstock_tui.journal.market import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.verbs import import_dbn
from ramstock_tui.verbs.import_dbn import Assumed
from ramstock_tui.verbs.options import UsageError
from tests import dbn_writer as w

pytest.importorskip("databento_dbn", reason="databento-dbn (extra dbn) is not installed")

MS = 1_000_000
S = 1_000_000_000
NAME = {"XYZ": 7}


@pytest.fixture(autouse=True)
def _no_user_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("RAMSTOCK_DATA", str(tmp_path / "data"))


def batches(path: Path) -> tuple[list[list[Row]], DbnStats]:
    """Every batch of a file with one instrument."""
    stats = DbnStats()
    file = look(path)
    return list(
        read(file, {number: 1 + i for i, number in enumerate(file.instruments)}, stats)
    ), stats


class Told:
    """The book as the records tell it."""

    def __init__(self) -> None:
        self.sides: tuple[dict[int, int], dict[int, int]] = {}, {}

    def take(self, batch: list[Row]) -> None:
        for _, _, kind, flags, px, size, _ in batch:
            if kind == r.BOOK_CLEAR:
                self.sides = {}, {}
            elif kind == r.LEVEL_SET:
                side = self.sides[0 if flags & r.BID else 1]
                if size:
                    side[px] = size
                else:
                    del side[px]


def images(chance: random.Random, count: int) -> list[list[tuple[int, int, int, int]]]:
    found = []
    bid, ask = 50_000, 50_200
    for _ in range(count):
        bid += 100 * chance.choice((-1, 0, 0, 1))
        ask = max(bid + 100, ask + 100 * chance.choice((-1, 0, 0, 1)))
        shown = chance.randrange(11)
        found.append(
            [
                (bid - 100 * i, chance.randrange(1, 4) * 100, ask + 100 * i, 100 + 100 * (i % 3))
                if i < shown
                else (0, 0, 0, 0)
                for i in range(10)
            ]
        )
    return found


@pytest.mark.parametrize("seed", range(4))
def test_after_each_record_the_book_is_the_image_that_it_carries(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    shown = images(chance, 300)
    records = [
        w.image("mbp-10", w.OPEN + i * MS, "A", "B", 50_000, 100, levels)
        for i, levels in enumerate(shown)
    ]
    found, stats = batches(w.write(tmp_path / "x.dbn.zst", w.metadata("mbp-10", NAME), records))
    book = Told()
    at = {batch[0][0]: batch for batch in found}
    for i, levels in enumerate(shown):
        book.take(at.get(w.OPEN + i * MS, []))
        assert book.sides[0] == {bid: size for bid, size, _, _ in levels if bid}
        assert book.sides[1] == {ask: size for _, _, ask, size in levels if ask}
    assert stats.rows == 300
    assert all(batch[-1][3] & r.LAST for batch in found)
    assert not any(row[3] & r.LAST for batch in found for row in batch[:-1])


@pytest.mark.parametrize("seed", range(4))
def test_the_book_of_orders_equals_a_recount(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    orders: dict[int, list[Any]] = {}
    records, expected = [], []
    for i in range(600):
        ts, action = w.OPEN + i * MS, chance.choice("AAAMCCR" if i % 100 == 99 else "AAAMCC")
        known = chance.choice(list(orders)) if orders else 0
        side, px = chance.choice("BA"), chance.randrange(490, 510) * 100
        size = chance.randrange(1, 9) * 100
        if action == "A":
            orders[i + 1] = [side, px, size]
            records.append(w.mbo(ts, "A", side, px, size, i + 1))
        elif action == "M" and known:
            orders[known] = [orders[known][0], px, size]
            records.append(w.mbo(ts, "M", orders[known][0], px, size, known))
        elif action == "C" and known:
            side, px, left = orders[known]
            cut = chance.choice((left, 100))
            orders[known][2] -= cut
            if not orders[known][2]:
                del orders[known]
            records.append(w.mbo(ts, "C", side, px, cut, known))
        else:
            orders.clear()
            records.append(w.mbo(ts, "R", "N", 0, 0, 0))
        sums: tuple[dict[int, int], dict[int, int]] = {}, {}
        for held, at, shares in orders.values():
            side_sums = sums[0 if held == "B" else 1]
            side_sums[at] = side_sums.get(at, 0) + shares
        expected.append((ts, sums))
    found, stats = batches(w.write(tmp_path / "x.dbn.zst", w.metadata("mbo", NAME), records))
    book, by_ts = Told(), {batch[0][0]: batch for batch in found}
    for ts, sums in expected:
        book.take(by_ts.get(ts, []))
        assert book.sides == sums
    assert not stats.oddities.found


def test_an_event_of_orders_is_one_batch_at_its_end(tmp_path: Path) -> None:
    records = [
        w.mbo(w.OPEN, "A", "B", 50_000, 500, 1),
        w.mbo(w.OPEN + MS, "T", "A", 50_000, 200, 0, flags=0),
        w.mbo(w.OPEN + MS, "F", "B", 50_000, 200, 1, flags=0),
        w.mbo(w.OPEN + 2 * MS, "C", "B", 50_000, 200, 1),
    ]
    found, stats = batches(w.write(tmp_path / "x.dbn.zst", w.metadata("mbo", NAME), records))
    first, second = found
    assert [(row[2], row[4], row[5]) for row in first] == [(r.LEVEL_SET, 50_000, 500)]
    assert [(row[0] - w.OPEN, row[2], row[4], row[5]) for row in second] == [
        (2 * MS, r.PRINT, 50_000, 200),
        (2 * MS, r.LEVEL_SET, 50_000, 300),
    ]
    assert second[0][3] & r.SIDE_MASK == r.SIDE_SELL
    assert stats.prints == 1


def test_the_quote_of_tbbo_stands_before_its_trade(tmp_path: Path) -> None:
    levels = [(50_000, 300, 50_100, 400)]
    records = [w.image("mbp-1", w.OPEN + S, "T", "N", 50_100, 100, levels)]
    found, _ = batches(
        w.write(tmp_path / "x.dbn", w.metadata("tbbo", NAME), records, compress=False)
    )
    quote, print_ = found
    assert {row[0] for row in quote} == {w.OPEN + S - 1}
    assert [(row[0], row[2], row[4]) for row in print_] == [(w.OPEN + S, r.PRINT, 50_100)]
    assert print_[0][6] == -1  # the exchange's time is 1 us before


def test_trades_of_one_time_are_one_batch_of_tbbo(tmp_path: Path) -> None:
    """The quote before the first of them comes first; the one before the last is what changed."""
    ts = w.OPEN + S
    records = [
        w.image("mbp-1", ts, "T", "B", 50_100, 400, [(50_000, 300, 50_100, 400)]),
        w.image("mbp-1", ts, "T", "A", 49_000, 50, [(49_000, 900, 0, 0)], instrument_id=8),
        w.image("mbp-1", ts, "T", "B", 50_200, 100, [(50_000, 300, 50_200, 700)]),
        w.image("mbp-1", ts + S, "T", "B", 50_200, 600, [(50_000, 300, 50_200, 700)]),
    ]
    head = w.metadata("tbbo", NAME | {"ABC": 8})
    found, stats = batches(w.write(tmp_path / "x.dbn.zst", head, records))
    assert [(batch[0][0] - ts, batch[0][1], len(batch)) for batch in found] == [
        (-1, 1, 2), (-1, 2, 1), (0, 1, 4), (0, 2, 1),
        (S - 1, 1, 1), (S, 1, 1),
    ]  # fmt: skip
    assert [(row[2], row[4], row[5]) for row in found[2]] == [
        (r.PRINT, 50_100, 400),
        (r.PRINT, 50_200, 100),
        (r.LEVEL_SET, 50_100, 0),
        (r.LEVEL_SET, 50_200, 700),
    ]
    # a quote that is as it was is said again: the source has just confirmed it
    assert [(row[2], row[4], row[5]) for row in found[4]] == [(r.LEVEL_SET, 50_000, 300)]
    assert stats.prints == 4


def test_odd_values_are_counted_by_name(tmp_path: Path) -> None:
    stub = 3_000_000 * 10**9
    records = [
        w.trade(w.OPEN + S, "N", 5 * 10**9, 100),
        w.trade(w.OPEN + 2 * S, "B", 5_000_050_000, 100),
        w.trade(w.OPEN + S, "A", 5 * 10**9, 100),
        w.trade(w.OPEN + 3 * S, "A", stub, 100),
        w.trade(w.OPEN + 3 * S, "A", w.UNDEFINED, 100),
        w.trade(w.OPEN + 3 * S, "A", -5, 100),
        w.trade((1 << 64) - 1, "A", 5 * 10**9, 100, ts_event=w.OPEN + 4 * S),
    ]
    found, stats = batches(w.write(tmp_path / "x.dbn.zst", w.metadata("trades", NAME), records))
    prints = [row for batch in found for row in batch]
    assert [(row[0] - w.OPEN) // S for row in prints] == [1, 2, 2, 4]
    assert prints[1][4] == 50_000
    assert prints[1][3] & r.ROUNDED
    assert [row[3] & r.SIDE_MASK for row in prints] == [0, r.SIDE_BUY, r.SIDE_SELL, r.SIDE_SELL]
    assert stats.oddities.found == {
        "price finer than 0.0001": 2,
        "time went back": 1,
        "price above 214748": 1,
        "price not above zero": 1,
        "trade without a price or size": 3,
        "no receive time": 1,
    }


def two(tmp_path: Path, **changed: Any) -> Path:
    records = [
        w.trade(w.OPEN + S, "B", 5 * 10**9, 100),
        w.trade(w.OPEN + 2 * S, "B", 6 * 10**9, 200, instrument_id=9),
    ]
    head = w.metadata("trades", NAME | {"BRK.B": 9}, **changed)
    return w.write(tmp_path / "two.dbn.zst", head, records)


def test_many_symbols_become_one_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_dbn.run([two(tmp_path)], None, None, Assumed(equity=50_000), True) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["symbols"] == "XYZ BRK.B"
    directory = Path(report["session"])
    assert directory.name == "2024-06-24-XNAS.ITCH-trades"
    recorded = list(MarketReader(SessionDir(directory).market).blocks())
    rows = [row for block in recorded for row in block.rows()]
    assert [row[2] for row in rows[:5]] == [r.SESSION, r.SYMBOL, r.REFDATA, r.SYMBOL, r.REFDATA]
    assert [(row[1], row[4], row[5]) for row in rows[5:]] == [(1, 50_000, 100), (2, 60_000, 200)]


def test_a_symbology_file_names_what_the_file_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = two(tmp_path, mappings=[])
    with pytest.raises(ImportRefused, match="instrument 7 has no symbol on 2024-06-24; a symb"):
        import_dbn.run([path], None, None, Assumed(), True)
    symbology = tmp_path / "symbology.json"
    day = {"d0": "2024-06-24", "d1": "2024-06-25"}
    symbology.write_text(
        json.dumps({"result": {"AAA": [{**day, "s": "7"}], "BBB": [{**day, "s": "9"}]}})
    )
    assert import_dbn.run([path], symbology, None, Assumed(), True) == 0
    assert json.loads(capsys.readouterr().out)["symbols"] == "AAA BBB"
    symbology.write_text("[]")
    with pytest.raises(ImportRefused, match=r"symbology\.json: expected"):
        import_dbn.run([path], symbology, tmp_path / "other", Assumed(), True)


@pytest.mark.parametrize("schema", ["ohlcv-1m", "definition", "status", "imbalance"])
def test_other_schemas_are_refused_by_name(schema: str, tmp_path: Path) -> None:
    path = w.write(tmp_path / "x.dbn.zst", w.metadata(schema, NAME), [])
    with pytest.raises(ImportRefused, match=f"schema {schema}; can be imported: mbp-10, mbo,"):
        import_dbn.run([path], None, None, Assumed(), True)


def test_damage_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    whole = two(tmp_path).read_bytes()
    plain = w.write(
        tmp_path / "plain.dbn", w.metadata("trades", NAME),
        [w.trade(w.OPEN + S, "B", 5 * 10**9, 100)] * 3, compress=False,
    ).read_bytes()  # fmt: skip
    for name, content in (
        ("cut.dbn.zst", whole[:-3]),
        ("empty.dbn", b""),
        ("text.dbn", b"hello, this is not DBN at all" * 9),
        ("cut.dbn", plain[:-5]),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(Exception, match=name):
            import_dbn.run([path], None, tmp_path / "out", Assumed(), True)
        assert not list(tmp_path.glob("*out*"))


def test_a_file_of_two_days_is_refused(tmp_path: Path) -> None:
    records = [w.trade(w.OPEN + day * 90_000 * S, "B", 5 * 10**9, 100) for day in range(2)]
    path = w.write(tmp_path / "x.dbn.zst", w.metadata("trades", NAME), records)
    with pytest.raises(ImportRefused, match="a session is one day: split the file"):
        import_dbn.run([path], None, None, Assumed(), True)


def test_a_symbol_that_no_terminal_should_see_is_refused(tmp_path: Path) -> None:
    head = w.metadata("trades", {"X\x1b[2J": 7})
    path = w.write(tmp_path / "x.dbn.zst", head, [w.trade(w.OPEN, "B", 5 * 10**9, 1)])
    with pytest.raises(ImportRefused, match="instrument 7: symbol") as caught:
        import_dbn.run([path], None, None, Assumed(), True)
    assert "\x1b" not in str(caught.value)


def test_one_directory_cannot_take_two_files(tmp_path: Path) -> None:
    path = two(tmp_path)
    with pytest.raises(UsageError, match="--out: names one session, and 2 files were given"):
        import_dbn.run([path, path], None, tmp_path / "out", Assumed(), True)


def test_given_a_key_press_half_way_then_no_session_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*given: Any) -> Iterator[list[Row]]:
        found = read(*given)
        yield next(found)
        os.kill(os.getpid(), signal.SIGINT)
        yield from found

    monkeypatch.setattr("ramstock_tui.verbs.import_dbn.read", pressed)
    with pytest.raises(KeyboardInterrupt):
        import_dbn.run([two(tmp_path)], None, tmp_path / "out", Assumed(), True)
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize(
    "name",
    [
        "dbn_fixtures/XNAS.ITCH/test_data.mbo.dbn.zst",
        "dbn_fixtures/XNAS.ITCH/test_data.mbp-1.dbn.zst",
        "dbn_fixtures/XNAS.ITCH/test_data.mbp-10.dbn.zst",
        "dbn_fixtures/XNAS.ITCH/test_data.tbbo.dbn.zst",
        "dbn_fixtures/XNAS.ITCH/test_data.trades.dbn.zst",
        "dbn_fixtures/orderbooks_mbo_2024-05-08T00-00-00_2024-05-08T00-00-02.dbn.zst",
        "dbeq_tbbo/dbeq-basic-20240731.tbbo.dbn.zst",
    ],
)
def test_real_files_import(
    name: str, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_dbn.run([shared / "data" / name], None, tmp_path / "out", Assumed(), True) == 0
    report = json.loads(capsys.readouterr().out)
    heads = 1 + 2 * len(report["symbols"].split())
    recorded = report["records"] - heads
    assert recorded == report["prints"] + report["level_changes"] + report["unchanged"]
