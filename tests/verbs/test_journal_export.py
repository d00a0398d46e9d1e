"""`ramstock journal export`: the same rows in every format, whole or not at all, and harmless."""

import csv
import importlib.util
import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui.core import records as r
from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.journal.ledger import read_ledger
from ramstock_tui.journal.market import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.verbs.journal import export, tables
from tests.host.help import ramstock
from tests.verbs.journal_sessions import small, with_lines


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> SessionDir:
    return small(tmp_path_factory.mktemp("export") / "session", sealed=True)


def exported(where: SessionDir, out: Path, to: str, what: str = "both") -> Path:
    assert export.run(where.path, to=to, what=what, out=out) == 0
    return out


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_json_lines_hold_every_line_of_the_ledger(session: SessionDir, tmp_path: Path) -> None:
    rows = objects(exported(session, tmp_path / "out", "jsonl") / "ledger.jsonl")
    raws = [line.raw for line in read_ledger(session.ledger)]
    assert len(rows) == len(raws) == 4
    for row, raw in zip(rows, raws, strict=True):
        assert list(row) == [*(name for name in tables.LEDGER if name != "payload"), "payload"]
        for key in ("n", "ts", "timestamp", "kind", "ticker", "score", "rejection_reason", "w"):
            assert row[key] == raw[key]
        assert row["at_seq"] == (raw["at"][0] if "at" in raw else None)
        assert row["seq"] == raw.get("seq")
    assert rows[3]["payload"] == {"command": raws[3]["command"]}
    assert rows[0]["payload"] == {"body": raws[0]["body"], "info": {}}


def test_json_lines_hold_every_market_record(session: SessionDir, tmp_path: Path) -> None:
    rows = objects(exported(session, tmp_path / "out", "jsonl") / "market.jsonl")
    records = [row for block in MarketReader(session.market).blocks() for row in block.rows()]
    assert [row["seq"] for row in rows] == list(range(1, len(records) + 1))
    for row, record in zip(rows, records, strict=True):
        ts, sym, kind, flags, px, size, aux = record
        assert (row["ts"], row["sym"], row["flags"]) == (ts, sym, flags)
        assert (row["px"], row["aux"]) == (px, aux)
        assert row["size"] == (None if kind in r.BLOB_KINDS else size)
        assert getattr(r, row["kind"]) == kind
    assert rows[0]["blob"]["acting"] == "small_account"
    assert rows[1]["blob"]["ticker"] == "ABCD"
    assert (rows[2]["price"], rows[2]["value"]) == ("11.9997", None)
    assert (rows[-1]["price"], rows[-1]["value"]) == (None, (1 << 32) + 2)
    assert {row["ticker"] for row in rows if row["sym"] == 1} == {"ABCD"}


def test_csv_says_the_same_and_numbers_stay_numbers(session: SessionDir, tmp_path: Path) -> None:
    out = exported(session, tmp_path / "out", "csv")
    exported(session, out, "jsonl")
    for name in ("ledger", "market"):
        rows, wanted = cells(out / f"{name}.csv"), objects(out / f"{name}.jsonl")
        assert len(rows) == len(wanted)
        for row, want in zip(rows, wanted, strict=True):
            for key, value in want.items():
                nested = key in ("payload", "blob") and value is not None
                told = json.loads(row[key]) if nested else row[key]
                assert told == (value if nested else "" if value is None else str(value))
    assert any(row["aux"].startswith("-") for row in cells(out / "market.csv"))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_a_text_that_is_a_formula_is_escaped(tmp_path: Path, first: str) -> None:
    evil = f"{first}cmd|'/c calc'!A1"
    line = {"kind": evil, "ticker": evil, "profile": evil, "rejection_reason": evil}
    where = with_lines(tmp_path / "s", {**line, "score": -1.5})
    row = cells(exported(where, tmp_path / "out", "csv", "ledger") / "ledger.csv")[-1]
    assert {row[key] for key in ("kind", "ticker", "profile", "rejection_reason")} == {f"'{evil}"}
    assert row["score"] == "-1.5"


def test_figures_of_the_wrong_type_go_to_the_payload(tmp_path: Path) -> None:
    odd = {"kind": "x", "ticker": ["=1"], "score": "=1+1", "i": 1 << 70, "profile": None}
    where = with_lines(tmp_path / "s", odd)
    row = cells(exported(where, tmp_path / "out", "csv", "ledger") / "ledger.csv")[-1]
    assert (row["ticker"], row["score"], row["i"], row["profile"]) == ("", "", "", "")
    assert json.loads(row["payload"]) == {key: odd[key] for key in ("i", "ticker", "score")}


@pytest.mark.parametrize("to", ["csv", "jsonl"])
def test_nothing_is_replaced(session: SessionDir, tmp_path: Path, to: str) -> None:
    (tmp_path / f"market.{to}").symlink_to(tmp_path / "nowhere")
    with pytest.raises(RamstockError, match="stands already") as caught:
        export.run(session.path, to=to, what="both", out=tmp_path)
    assert caught.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == [f"market.{to}"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_given_a_signal_midway_then_no_file_is_left(
    session: SessionDir, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(where: SessionDir, problems: list[str]) -> Iterator[tables.Cells]:
        rows = tables.market_rows(where, problems)
        yield next(rows)
        assert any(path.name.endswith(".part") for path in tmp_path.iterdir())
        os.kill(os.getpid(), number)
        yield from rows

    monkeypatch.setitem(export._TABLES, "market", (interrupted, tables.MARKET))
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        export.run(session.path, to="csv", what="both", out=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_files_are_private_and_whole(session: SessionDir, tmp_path: Path) -> None:
    out = exported(session, tmp_path / "a" / "b", "csv")
    assert sorted(path.name for path in out.iterdir()) == ["ledger.csv", "market.csv"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in out.iterdir())


def test_given_damage_then_what_holds_is_exported_and_the_rest_is_named(tmp_path: Path) -> None:
    where = small(tmp_path / "s")
    where.ledger.write_bytes(where.ledger.read_bytes().replace(b'"stall"', b'"stalk"'))
    where.market.write_bytes(where.market.read_bytes()[:-5])
    with pytest.raises(JournalError, match=r"line 2 .*market.rsm: byte 64: .*was exported"):
        export.run(where.path, to="jsonl", what="both", out=tmp_path / "out")
    assert [row["n"] for row in objects(tmp_path / "out" / "ledger.jsonl")] == [1, 3, 4]
    assert objects(tmp_path / "out" / "market.jsonl") == []


def test_an_import_has_market_records_only(tmp_path: Path) -> None:
    where = small(tmp_path / "s")
    where.ledger.unlink()
    out = exported(where, tmp_path / "out", "csv")
    assert [path.name for path in out.iterdir()] == ["market.csv"]
    with pytest.raises(JournalError, match="holds no ledger"):
        export.run(where.path, to="csv", what="ledger", out=tmp_path / "other")


def test_a_blob_that_is_no_json_is_told_in_hex() -> None:
    for packed in (b"\xc1", b"\x91" * 100_000, b"\xc7\x01\x05x", b"\x81\x90\x01"):
        assert tables._blob(packed) == {"hex": packed.hex()}
    assert tables._blob(msgspec.msgpack.encode({"a": [1, None]})) == {"a": [1, None]}


def test_given_no_duckdb_then_the_extra_is_named(session: SessionDir, tmp_path: Path) -> None:
    if importlib.util.find_spec("duckdb"):
        pytest.skip("duckdb is installed")
    done = ramstock(
        tmp_path, "journal", "export", session.path, "--to", "parquet", "-o", tmp_path / "out"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'ramstock[analytics]'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_parquet_says_the_same(session: SessionDir, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb (extra analytics) is not installed")
    out = exported(session, tmp_path / "it's [a] *", "parquet")
    exported(session, out, "jsonl")
    for name, columns in (("ledger", tables.LEDGER), ("market", tables.MARKET)):
        base = duckdb.connect()
        found = base.execute("SELECT * FROM read_parquet($1)", [_no_glob(out / f"{name}.parquet")])
        assert [column[0] for column in found.description] == list(columns)
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        wanted = objects(out / f"{name}.jsonl")
        assert len(rows) == len(wanted)
        for row, want in zip(rows, wanted, strict=True):
            for key in ("payload", "blob"):
                if row.get(key) is not None:
                    row[key] = json.loads(row[key])
            if row.get("price") is not None:
                want["price"] = float(want["price"])
                row["price"] = float(row["price"])
            assert row == want
    assert sorted(path.suffix for path in out.iterdir()) == [".jsonl"] * 2 + [".parquet"] * 2


def _no_glob(path: Path) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
