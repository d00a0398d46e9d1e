"""`ramstock explain`: questions, the order of answers, the shape of the JSON, words, refusals."""

import contextlib
import gc
import io
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.__main__ import _outcome as outcome
from ramstock_tui.core import records as r
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.verbs.explain import parse_time
from tests.host.help import environment, ramstock
from tests.host.scenes import alert
from tests.session_writer import MIDNIGHT, MS, Script, opened

HOSTILE = "A\x1b[2J\u202eB\u4e16"
S = 1_000_000_000


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted().write(tmp_path_factory.mktemp("explain") / "session")


def scripted() -> Script:
    """09:31:00 to 09:32:03: two stocks in turn, a gap of the feed between, a hostile ticker."""
    script = Script(begin="09:30:59")
    one, two = script.stock("ONE"), script.stock("TWO")
    script.stock(HOSTILE)
    alert(script, one, "09:31:00")  # signal at 09:31:08.4
    script.wait(5)
    script.feed(r.FEED_DOWN)
    script.wait(20_000)
    script.feed(r.FEED_UP)
    alert(script, two, "09:31:50")
    return script


def here(home: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    """The program in this process: its exit code and what it wrote."""
    out, err, before = io.StringIO(), io.StringIO(), gc.get_threshold()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name, value in environment(home).items():
            patch.setenv(name, value)
        arguments = [*map(str, words)]
        code = outcome(arguments)
    gc.unfreeze()
    gc.set_threshold(*before)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def explained(session: Path, home: Path, *words: object) -> dict[str, Any]:
    done = here(home, "explain", session, "--json", *words)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def many(
    session: Path, home: Path, text: str | bytes, *words: object
) -> "subprocess.CompletedProcess[str]":
    path = home / "at.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return here(home, "explain", session, "--at-file", path, *words)


# time ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("00:00:00", 0),
        ("09:31:08", 34_268 * S),
        ("09:31:08.4", 34_268 * S + 400 * MS),
        ("09:31:08.000000001", 34_268 * S + 1),
        ("23:59:59.999999999", 86_400 * S - 1),
    ],
)
def test_a_time_has_up_to_nine_digits(text: str, ns: int) -> None:
    assert parse_time(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        *("", "9:31:08", "09:31", "24:00:00", "09:60:00", "09:31:60", "09:31:08.", "-09:31:08"),
        *("09:31:08.0000000001", "09:31:08,4", "09:31:08Z", "2026-11-23T09:31:08"),
        *(" 09:31:08", "09:31:08\n", "\u0660\u0669:31:08", "1e9", "09:31:08.4\x1b[2J"),
    ],
)
def test_what_is_no_time_is_refused_with_what_is_expected(
    text: str, session: Path, tmp_path: Path
) -> None:
    assert parse_time(text) is None


def test_a_bad_time_on_the_command_line_is_exit_2(session: Path, tmp_path: Path) -> None:
    done = ramstock(tmp_path, "explain", session, "--symbol", "ONE", "--at", "9h\x1b[2J")
    assert (done.returncode, done.stdout) == (2, "")
    expected = "ramstock: --at: expected HH:MM:SS[.up to nine digits], was '9h"
    assert done.stderr.startswith(expected)
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr


# one instant --------------------------------------------------------------------------------------
def test_the_json_has_the_documented_shape(session: Path, tmp_path: Path) -> None:
    found = explained(session, tmp_path, "--symbol", "one", "--at", "09:31:08.400000000")
    assert list(found) == ["symbol", "at", "at_ns", "seq", "note", "readings", "profiles"]
    assert (found["symbol"], found["at"], found["note"]) == ("ONE", "09:31:08.4", None)
    assert found["at_ns"] == 1_795_444_268_400_000_000
    assert all(set(each) == {"value", "unit", "reason"} for each in found["readings"].values())
    assert found["readings"]["ask_depth"] == {"value": 1400, "unit": "shares", "reason": None}
    assert found["readings"]["wall_price"]["reason"] is None
    assert found["readings"]["luld_upper"]["unit"] == "usd_e4"
    view = found["profiles"]["small_account"]
    assert list(view) == [
        *("acting", "rules", "gates", "rejects", "throttles", "locks", "score", "threshold"),
        *("decision", "flip", "flip_reason"),
    ]
    assert (view["score"], view["threshold"], view["rejects"], view["acting"]) == (9, 8, [], True)
    assert [rule["rule"] for rule in view["rules"]] == [
        *("ratio_3", "spread", "tape_velocity", "ask_depth", "reclaim")
    ]
    assert view["rules"][0] == {
        **{"rule": "ratio_3", "value": 8600 / 3300, "unit": "ratio", "reason": None},
        **{"need": ">= 2.5", "passed": True, "points": 3.0, "of": 3.0},
        **{"since_ns": 1_795_444_263_000_000_000, "since_exact": True},
    }
    assert (view["decision"]["kind"], view["decision"]["exact"]) == ("signal", True)
    assert view["decision"]["state"] == "pending"
    assert view["flip"][0] == {
        **{"value": "ratio_3", "change": -0.11, "unit": "ratio", "limit": 2.5, "to": "reject"},
        **{"nearness": pytest.approx(0.11 / 2.5), "text": "ratio -0.11"},
    }
    names = {gate["gate"] for gate in view["gates"]}
    assert names >= {"book", "spread_gate", "depth_gate", "stall", "flash", "quarantine"}
    throttles = [each["name"] for each in view["throttles"]]
    assert throttles == ["cooloff", "hourly", "pending", "window", "window_cap", "day_cap"]


def test_one_nanosecond_before_an_event_it_has_not_come(session: Path, tmp_path: Path) -> None:
    before = explained(session, tmp_path, "--symbol", "ONE", "--at", "09:31:08.399999999")
    at = explained(session, tmp_path, "--symbol", "ONE", "--at", "09:31:08.4")
    counts = [each["readings"]["tape_count_3s"]["value"] for each in (before, at)]
    assert counts == [11, 12]
    view = before["profiles"]["small_account"]
    assert (view["decision"]["exact"], view["decision"]["state"]) == (False, "near")
    assert view["flip"][0]["text"] == "tape +1 prints/3s"


def test_inside_a_gap_of_the_feed_the_book_is_stale_and_the_feed_forbids(
    session: Path, tmp_path: Path
) -> None:
    found = explained(session, tmp_path, "--symbol", "ONE", "--at", "09:31:20")
    assert found["readings"]["book_reason"]["value"] == "stale"
    assert found["readings"]["bid"] == {"value": None, "unit": "usd_e4", "reason": "stale"}
    view = found["profiles"]["small_account"]
    assert view["score"] == 0
    assert view["rejects"] == ["book", "stall"]
    feed = next(each for each in view["locks"] if each["name"] == "feed")
    assert (feed["passed"], feed["codes"]) == (False, ["feed"])


def test_before_the_first_and_after_the_last_record_there_is_an_answer_with_a_note(
    session: Path, tmp_path: Path
) -> None:
    early = explained(session, tmp_path, "--symbol", "ONE", "--at", "04:00:00")
    assert early["note"] == "before the first record at 09:30:59"
    assert (early["seq"], early["readings"]["bid"]["reason"]) == (0, "no_book")
    assert early["readings"]["tape_count_3s"]["reason"] == "warming"
    late = explained(session, tmp_path, "--symbol", "TWO", "--at", "16:00:00")
    assert late["note"].startswith("after the end of the session at 09:3")
    assert late["readings"]["vwap"] == {"value": None, "unit": "usd_e4", "reason": "after_close"}
    assert late["readings"]["book_reason"]["value"] == "stale"


def test_a_symbol_that_is_not_there_is_exit_2_and_those_that_are_there_are_named(
    session: Path, tmp_path: Path
) -> None:
    done = here(tmp_path, "explain", session, "--symbol", "NO\x1b[2J", "--at", "09:31:08")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "at 09:31:08; the session has A" in done.stderr
    assert "ONE, TWO" in done.stderr
    assert done.stderr.strip().isprintable()


def test_a_hostile_ticker_is_shown_without_its_controls(session: Path, tmp_path: Path) -> None:
    words = ("--symbol", HOSTILE, "--at", "09:31:08")
    done = ramstock(tmp_path, "explain", session, *words, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.isprintable() for line in done.stdout.splitlines())
    found = explained(session, tmp_path, *words)
    assert found["symbol"] == HOSTILE


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "expected one of --at TIME and --at-file FILE"),
        (("--at", "09:31:00"), "--symbol: expected a ticker, was none"),
        (("--at", "09:31:00", "--symbol", "ONE", "--profile", "x"), "small_account, was 'x'"),
        (("--at", "09:31:00", "--symbol", "ONE", "--set", "x"), "--set: expected KEY=VALUE"),
    ],
)
def test_what_cannot_be_asked_is_exit_2(
    words: tuple[str, ...], text: str, session: Path, tmp_path: Path
) -> None:
    done = here(tmp_path, "explain", session, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr


def test_what_if_settings_are_those_of_the_answer(session: Path, tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[profiles.small_account]\nmin_score = 5\n")
    words = ("--symbol", "ONE", "--at", "09:31:08.3")
    key = "profiles.small_account.min_score"
    views = [
        explained(session, tmp_path, *words, *more)["profiles"]["small_account"]["threshold"]
        for more in ((), ("--config", config), ("--config", config, "--set", f"{key}=6.5"))
    ]
    assert views == [8, 5, 6.5]
    done = here(tmp_path, "explain", session, *words, "--set", f"{key}=x")
    assert (done.returncode, done.stdout) == (3, "")
    assert key in done.stderr


# words --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("at", ["04:00:00", "09:31:08.4", "09:31:20.123456789", "09:32:00"])
def test_the_words_fit_80_columns_and_hold_every_reading_and_rule(
    at: str, session: Path, tmp_path: Path
) -> None:
    words = ("--symbol", "ONE", "--at", at)
    done = here(tmp_path, "explain", session, *words)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.isascii() for line in lines)
    found = explained(session, tmp_path, *words)
    for name in found["readings"]:
        assert sum(line.startswith(f"   {name} ") for line in lines) == 1, name
    for rule in found["profiles"]["small_account"]["rules"]:
        assert any(f" {rule['rule'].replace('_', ' ')} " in line for line in lines)


# many instants ------------------------------------------------------------------------------------
def test_many_answers_come_in_the_order_of_the_file_and_equal_single_ones(
    session: Path, tmp_path: Path
) -> None:
    rng = random.Random(4)
    asked = [
        (f"09:3{rng.choice('012')}:{rng.randrange(60):02}.{rng.randrange(10**9):09}", symbol)
        for symbol in ("ONE", "two") * 20
    ]
    asked += [("09:31:08.4", "ONE"), asked[3], ("04:00:00", "TWO"), ("09:31:08.4", "ONE")]
    done = many(session, tmp_path, "".join(f"{at} {symbol}\r\n" for at, symbol in asked))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [json.loads(line)["symbol"] for line in lines] == [s.upper() for _, s in asked]
    times = [parse_time(json.loads(line)["at"]) for line in lines]
    assert times == [parse_time(at) for at, _ in asked]
    for n in (0, 3, 17, 40, 42, 43):
        at, symbol = asked[n]
        alone = here(tmp_path, "explain", session, "--json", "--at", at, "--symbol", symbol)
        assert lines[n] == alone.stdout.strip()
    assert lines[40] == lines[43]


def test_sorted_lines_without_symbols_take_that_of_the_option(
    session: Path, tmp_path: Path
) -> None:
    text = "\ufeff04:00:00\n\n09:31:08.4\n  09:31:08.4  TWO  \n18:00:00"
    done = many(session, tmp_path, text, "--symbol", "ONE", "--profile", "small_account")
    assert done.returncode == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["symbol"] for each in found] == ["ONE", "ONE", "TWO", "ONE"]
    assert [each["note"] is None for each in found] == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("09:31:00 ONE\n9:31 ONE\n", "in line 2 '9:31 ONE'"),
        ("09:31:00\n", "in line 1 '09:31:00'"),
        ("09:31:00 ONE TWO\n", "in line 1 '09:31:00 ONE TWO'"),
        (b"\xff\xfe\x00\x1b[2J\n", "in line 1 '"),
        ("09:31:00 ONE\n" + "9" * 1_000 + "\n", "in line 2 '9999"),
        ("x\n" * 9, "in line 1 'x', 2 'x', 3 'x', 4 'x', 5 'x', ..."),
        ("\n \n", "expected instants, one a line, was empty"),
    ],
)
def test_lines_that_cannot_be_read_are_named_by_file_and_number(
    text: str | bytes, where: str, session: Path, tmp_path: Path
) -> None:
    done = many(session, tmp_path, text)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"{tmp_path / 'at.txt'}: " in done.stderr
    assert where in done.stderr
    assert done.stderr.strip().isprintable()


def test_an_instant_without_an_answer_has_its_error_in_its_place_and_the_exit_is_1(
    session: Path, tmp_path: Path
) -> None:
    done = many(session, tmp_path, "09:31:30 TWO\n09:31:08 NONE\n09:31:08 ONE\n")
    assert done.returncode == 1
    assert done.stderr == "ramstock: 1 of 3 instants have no answer\n"
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["symbol"] for each in found] == ["TWO", "NONE", "ONE"]
    assert set(found[1]) == {"symbol", "at", "at_ns", "error"}
    assert found[1]["error"].startswith("no symbol 'NONE' at 09:31:08; the session has")


def test_where_a_recording_breaks_earlier_instants_are_answered_and_later_ones_not(
    tmp_path: Path,
) -> None:
    path = scripted().write(tmp_path / "broken", sealed=False, block=20)
    market = path / "market.rsm"
    last = list(MarketReader(market).blocks())[-1]
    market.write_bytes(market.read_bytes()[: last.offset + 55])
    assert explained(path, tmp_path, "--symbol", "ONE", "--at", "09:31:08")["note"] is None
    done = here(tmp_path, "explain", path, "--symbol", "ONE", "--at", "10:00:00")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "ramstock: 10:00:00 is after 09:31:59, " in done.stderr
    assert f"where the recording breaks: {market}: byte {last.offset}: expected" in done.stderr
    done = many(path, tmp_path, "10:00:00 ONE\n09:31:08 ONE\n")
    assert done.returncode == 1
    assert ["error" in json.loads(line) for line in done.stdout.splitlines()] == [True, False]
    assert f"{market}: byte {last.offset}: expected" in done.stderr


def test_a_time_of_day_is_that_of_new_york_on_days_with_other_offsets(tmp_path: Path) -> None:
    for n, away_h in enumerate((0, 1)):  # 2026-11-23 is standard time; an hour earlier is summer's
        midnight = MIDNIGHT - away_h * 3600 * S
        script = Script(opened(midnight_ns=midnight))
        script.stock("ONE").book([(1200, 100)], [(1203, 100)])
        path = script.write(tmp_path / f"s{n}")
        found = explained(path, tmp_path, "--symbol", "ONE", "--at", "10:00:00")
        assert found["at_ns"] == midnight + 36_000 * S
