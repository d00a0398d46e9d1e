"""`ramstock universe`: what a session watches and why not the rest; floats from files."""

import json
import os
import stat
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.store.floats import (
    XBI,
    FloatFile,
    FloatFileError,
    FloatLine,
    merged,
    read_floats,
    read_symbols,
    write_floats,
)
from tests.host.help import ramstock
from tests.host.test_universe import Played

TODAY = date(2026, 11, 23)
HEAD = "symbol,shares,date\n"


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# the verb ----------------------------------------------------------------------------------------
def test_members_funnel_and_exclusions_of_the_last_session(tmp_path: Path) -> None:
    where = tmp_path / "demo" / "2026-11-23-7-1"
    where.parent.mkdir()
    played = Played(where)
    played.on(2)
    ran = ramstock(tmp_path, "universe", "--json", RAMSTOCK_DATA=str(tmp_path))
    played.run.close()
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["directory"] == str(where)
    assert len(found["members"]) == 8
    assert [one["rank"] for one in found["members"]] == list(range(1, 9))
    assert found["funnel"][0] == {"step": "scan", "left": 43}
    assert {"ticker", "rule", "value", "need"} <= set(found["excluded"][0])
    assert found["built"] == "2026-11-23T14:31:00Z"
    ran = ramstock(tmp_path, "universe", "--dir", where, RAMSTOCK_DATA=str(tmp_path))
    assert ran.returncode == 0
    assert "scan 43 → class 33" in ran.stdout
    assert "EXCLUDED  RULE" in ran.stdout


def test_without_a_session_it_says_so(tmp_path: Path) -> None:
    ran = ramstock(tmp_path, "universe", RAMSTOCK_DATA=str(tmp_path))
    assert ran.returncode == 1
    assert "no session runs and none was recorded" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_floats_are_imported_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    good = written(tmp_path / "a.csv", f"{HEAD}ABCD,18000000,2026-01-02\nEF.A,5000000,2026-01-02\n")
    ran = ramstock(tmp_path, "universe", "float", "import", good, RAMSTOCK_DATA=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "2 symbols read: 2 new, 0 changed, 0 older than what is known; 2 in" in ran.stdout
    held = tmp_path / "float.csv"
    assert stat.S_IMODE(held.stat().st_mode) == 0o600
    assert held.read_text() == f"{HEAD}ABCD,18000000,2026-01-02\nEF.A,5000000,2026-01-02\n"
    bad = written(tmp_path / "b.csv", f"{HEAD}ABCD,1,2026-01-03\n=cmd(),1,2026-01-03\n")
    ran = ramstock(tmp_path, "universe", "float", "import", bad, RAMSTOCK_DATA=str(tmp_path))
    assert ran.returncode == 1
    assert f"{bad}: line 3, column symbol: expected a symbol" in ran.stderr
    assert held.read_text().count("\n") == 3, "nothing of a wrong file is taken"


# float files -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column symbol: expected the header symbol,shares,date, was nothing"),
        ("a,b\n", "line 1, column symbol: expected the header"),
        ("symbol,shares,shares,date\n", "expected the header"),
        (f"{HEAD}ABCD,1\n", "line 2, column date: expected 3 columns, was 2"),
        (f"{HEAD}abcd,1,2026-01-02\n", "line 2, column symbol"),
        (f"{HEAD}=1+1,1,2026-01-02\n", "line 2, column symbol"),
        (f"{HEAD}../X,1,2026-01-02\n", "line 2, column symbol"),
        (f"{HEAD}[/x],1,2026-01-02\n", "line 2, column symbol"),
        (f"{HEAD}A\x1b[2J,1,2026-01-02\n", "line 2, column symbol"),
        (f"{HEAD}{'A' * 16},1,2026-01-02\n", "line 2, column symbol"),
        (f"{HEAD}ABCD,0,2026-01-02\n", "line 2, column shares"),
        (f"{HEAD}ABCD,-5,2026-01-02\n", "line 2, column shares"),
        (f"{HEAD}ABCD,=5,2026-01-02\n", "line 2, column shares"),
        (f"{HEAD}ABCD,1.5,2026-01-02\n", "line 2, column shares"),
        (f"{HEAD}ABCD,18M,2026-01-02\n", "line 2, column shares"),
        (f"{HEAD}ABCD,nan,2026-01-02\n", "line 2, column shares"),
        (f"{HEAD}ABCD,{'9' * 30},2026-01-02\n", "line 2, column shares"),
        (f"{HEAD}ABCD,1,02.01.2026\n", "line 2, column date"),
        (f"{HEAD}ABCD,1,2026-13-02\n", "line 2, column date"),
        (f"{HEAD}ABCD,1,2026-11-24\n", "from 1990-01-01 to 2026-11-23, was 2026-11-24"),
        (f"{HEAD}ABCD,1,2026-01-02\nABCD,2,2026-01-02\n", "line 3, column shares: ABCD has"),
        (f'{HEAD}"ABCD,1,2026-01-02\n', "is no CSV"),
        (HEAD.encode() + b"\xff\xfe", "line 2: is not UTF-8 text"),
        (b"x" * (8 << 20) + b"y", "is larger than"),
    ],
)
def test_a_file_that_is_none_is_refused_by_line_and_column(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    with pytest.raises(FloatFileError) as caught:
        read_floats(written(tmp_path / "f.csv", text), TODAY)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_columns_may_stand_in_any_order_and_the_newest_date_counts(tmp_path: Path) -> None:
    text = "\ufeffDate,Symbol,Shares,Note\n2026-01-02,AB,5,x\n\n2026-02-02,AB,6.0,y\n"
    assert read_floats(written(tmp_path / "f.csv", text), TODAY) == {
        "AB": FloatLine("AB", 6, date(2026, 2, 2))
    }


lines = st.builds(
    FloatLine,
    st.sampled_from(["A", "B", "C"]),
    st.integers(1, 10**9),
    st.dates(date(2020, 1, 1), date(2026, 1, 1)),
)


@given(st.lists(lines, max_size=6), st.lists(lines, max_size=6))
def test_merging_keeps_the_newest_line_of_each_symbol(
    old: list[FloatLine], new: list[FloatLine]
) -> None:
    held = {line.symbol: line for line in old}
    more = {line.symbol: line for line in new}
    found, added, newer, older = merged(held, more)
    assert set(found) == set(held) | set(more)
    for symbol, line in found.items():
        dates = [each[symbol].date for each in (held, more) if symbol in each]
        assert line.date == max(dates)
    assert added == len(set(more) - set(held))
    assert added + newer + older <= len(more)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    kept = [FloatLine("B.A", 2, date(2026, 1, 1)), FloatLine("A", 1, date(2026, 1, 2))]
    write_floats(tmp_path / "new" / "float.csv", kept)
    found = read_floats(tmp_path / "new" / "float.csv", TODAY)
    assert sorted(found.values()) == sorted(kept)


def test_a_file_replaced_during_the_session_is_seen_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "float.csv"
    file = FloatFile(path, TODAY)
    assert file() == {}
    written(path, f"{HEAD}AB,5,2026-01-02\n")
    assert file() == {"AB": 5}
    written(path, f"{HEAD}AB,not,2026-01-02\n")
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1_000_000_000))
    assert file() == {"AB": 5}
    with pytest.raises(FloatFileError):
        FloatFile(path, TODAY)


# lists of symbols --------------------------------------------------------------------------------
def test_the_list_that_comes_along_is_dated_and_holds_symbols() -> None:
    found, dated = read_symbols(XBI)
    assert dated == "2025-01-01"
    assert 80 <= len(found) <= 160
    assert {"AMGN", "VRTX", "MRNA"} <= found


def test_a_list_of_the_user_may_hold_notes_and_nothing_else(tmp_path: Path) -> None:
    text = "# mine\n# date: 2026-10-01\nABCD  # why\nEFGH,\n\n"
    assert read_symbols(written(tmp_path / "x", text)) == (
        frozenset({"ABCD", "EFGH"}), "2026-10-01",
    )  # fmt: skip
    with pytest.raises(FloatFileError, match="line 2, column symbol"):
        read_symbols(written(tmp_path / "x", "ABCD\n[/x]\n"))
