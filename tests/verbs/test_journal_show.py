"""`ramstock journal ls` and `show`: what there is, filtered, and never raw."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.plain import ascii_json, clean
from ramstock_tui.verbs.journal import listing, show
from ramstock_tui.verbs.journal.words import clock, json_line, ledger_text
from tests.host.help import ramstock
from tests.journal.journal_help import TS, json_values
from tests.verbs.journal_sessions import is_plain, small, with_lines


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small(tmp_path_factory.mktemp("show") / "session").path


def numbers(
    session: Path,
    wanted: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    limit: int | None = None,
) -> list[int]:
    assert show.run(session, show.Filter.parse(**wanted), limit, as_json=True) == 0
    return [json.loads(line)["n"] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"symbol": "abcd"}, [1, 2, 4]),
        ({"kind": "reject, command"}, [2, 3, 4]),
        ({"reason": "stall"}, [2, 3]),
        ({"reason": "stal"}, []),
        ({"reason": "flash", "symbol": "ABCD"}, []),
        ({"begin": "09:32"}, [2, 3, 4]),
        ({"begin": "09:31", "end": "09:32:00"}, [1]),
        ({"begin": "09:32:00.1"}, [4]),
        ({"end": "09:31"}, []),
    ],
)
def test_filters_combine(
    session: Path,
    filters: dict[str, str],
    expected: list[int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert numbers(session, filters, capsys) == expected
    assert numbers(session, filters, capsys, 1) == expected[:1]


def test_the_view_tells_time_kind_ticker_score_and_reasons(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show.run(session, show.Filter.parse(), None, as_json=False) == 0
    _, reject, _, command = capsys.readouterr().out.splitlines()
    assert reject.split() == [
        *("2", "09:32:00.000", "reject", "ABCD", "9.0"),
        *("reject", "9.0:", "tape", "stalled", "[stall]"),
    ]
    assert command.endswith("skip blueprint 20261123-ABCD-1 version 1")


def test_given_no_line_that_passes_then_the_kinds_that_are_there_are_told(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show.run(session, show.Filter.parse(kind="rejects"), None, as_json=False)
    out, err = capsys.readouterr()
    assert out == ""
    assert "reject 2, signal 1, command 1" in err


@pytest.mark.parametrize("text", ["9:31", "24:00", "09:60", "09:31:00Z", "", "０９:31", "09:31\n"])
def test_given_no_time_of_day_then_the_exit_code_is_2(text: str) -> None:
    with pytest.raises(RamstockError, match="--from: expected HH:MM") as caught:
        show.Filter.parse(begin=text)
    assert caught.value.exit_code == 2


def test_given_damage_then_what_holds_is_shown_and_the_line_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = small(tmp_path / "s")
    data = where.ledger.read_bytes()
    where.ledger.write_bytes(data.replace(b'"stall"', b'"stalk"'))
    with pytest.raises(
        JournalError, match=r"line 2 \(byte \d+\): its checksum does not hold; left"
    ):
        show.run(where.path, show.Filter.parse(), None, as_json=True)
    assert len(capsys.readouterr().out.splitlines()) == 3


KEYS = ["body", "info", "command", "rules", "ticker", "score", "rejection_reason", "at", "x\x1b"]
KINDS = ["signal", "reject", "fill", "outcome", "command", "config", "torn", "\x1b[2J"]


@given(
    st.dictionaries(st.sampled_from(KEYS), json_values),
    st.sampled_from(KINDS),
    st.integers(-(2**70), 2**70),
)
@example({"score": 10**400}, "signal", 10**400)
def test_whatever_a_line_holds_its_words_and_its_json_are_plain(
    values: dict[str, object], kind: str, ts: int
) -> None:
    raw = {**values, "n": 1, "kind": kind, "ts": ts}
    assert is_plain(ledger_text(raw))
    assert "\n" not in ledger_text(raw)
    assert json_line(raw).isascii()
    assert is_plain(json_line(raw))
    assert json.loads(json_line(raw)) == raw
    show.Filter.parse(symbol="A", kind=kind, reason="r", begin="00:00").wants(raw)


def test_escapes_of_a_foreign_ledger_reach_no_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x9b2J\u202e\r\n\x00\ud7ff"
    line = {"kind": "reject", "ticker": evil, "rejection_reason": evil, "info": {}}
    where = with_lines(tmp_path / "replay" / "s", {**line, "body": {evil: evil}, "profile": evil})
    for words in (["show"], ["show", "--json"], ["tail"], ["tail", "--json"], ["verify"]):
        done = ramstock(tmp_path, "journal", words[0], where.path, *words[1:])
        assert done.returncode == 0
        assert is_plain(done.stdout + done.stderr)
        assert "owned" in done.stdout or words == ["verify"]


def test_an_import_has_no_ledger_to_show(tmp_path: Path) -> None:
    where = small(tmp_path / "s")
    where.ledger.unlink()
    with pytest.raises(JournalError, match="an import decides nothing"):
        show.run(where.path, show.Filter.parse(), None, as_json=False)


def test_a_time_of_day_is_that_of_new_york_in_winter_and_summer() -> None:
    assert clock(TS) == "09:31:00.000"
    assert clock(1_782_000_000_123_456_789) == "20:00:00.123"
    assert clock(1 << 80).startswith("ts 1208925819614629174706")


@given(st.text())
def test_clean_text_is_printable_and_short(text: str) -> None:
    assert clean(text).isprintable()
    assert len(clean(text, 5)) <= 5 * len("\\U00000000") + 3
    assert (
        json.loads(ascii_json(json.dumps(text, ensure_ascii=False).encode(errors="replace")))
        == text.encode(errors="replace").decode()
    )


# ls -----------------------------------------------------------------------------------------------
def listed(data: Path) -> dict[str, listing.Listed]:
    return {one.name: one for one in listing.sessions(data)}


def test_sessions_are_listed_with_what_they_are(tmp_path: Path) -> None:
    small(tmp_path / "replay" / "a", sealed=True)
    where = small(tmp_path / "demo" / "b")
    with where.lock():
        found = listed(tmp_path)
    assert list(found) == ["demo/b", "replay/a"]
    sealed, held = found["replay/a"], found["demo/b"]
    assert (sealed.state, sealed.date, sealed.decisions) == ("sealed", 20261123, 3)
    assert (sealed.last_ts, sealed.problem) == (TS + 90_000_000_000, None)
    assert (held.state, held.problem) == ("held", None)
    assert held.pid.isdigit()


def test_damaged_sessions_and_links_are_named_with_the_reason(tmp_path: Path) -> None:
    data, outside = tmp_path / "data", tmp_path / "outside"
    small(outside)
    torn, ledger, empty = (data / "replay" / name for name in ("torn", "ledger", "empty"))
    where = small(torn)
    where.market.write_bytes(where.market.read_bytes()[:-7])
    where = small(ledger)
    where.ledger.write_bytes(b"[" * 100_000 + b"\n")
    empty.mkdir()
    (data / "replay" / "link").symlink_to(outside)
    (data / "replay" / ".draft").mkdir()
    (data / "replay" / "file").write_text("x")
    (data / "live").mkdir()
    (data / "other" / "x").mkdir(parents=True)
    problems = {name: one.problem or "" for name, one in listed(data).items()}
    assert list(problems) == [f"replay/{name}" for name in ("empty", "ledger", "link", "torn")]
    assert problems["replay/empty"].startswith("holds no market.rsm")
    assert problems["replay/ledger"] == "ledger.jsonl: line 1 (byte 0): is no ledger line"
    assert problems["replay/link"] == "is a symlink; it is not followed"
    assert problems["replay/torn"].startswith("market.rsm: byte ")


def test_the_list_is_printed_as_words_and_as_json(tmp_path: Path) -> None:
    assert ramstock(tmp_path, "journal", "ls", RAMSTOCK_DATA=str(tmp_path)).stdout == (
        f"no sessions below {tmp_path}\n"
    )
    small(tmp_path / "replay" / "a\x1b[2J")
    words = ramstock(tmp_path, "journal", "ls", RAMSTOCK_DATA=str(tmp_path))
    assert is_plain(words.stdout)
    assert "2026-11-23 09:32:30" in words.stdout
    done = ramstock(tmp_path, "journal", "ls", "--json", RAMSTOCK_DATA=str(tmp_path))
    [one] = map(json.loads, done.stdout.splitlines())
    assert (one["mode"], one["state"], one["decisions"]) == ("replay", "open", 3)


def test_lines_say_whose_decision_they_are() -> None:
    """A card of a profile that only watches is no alert of the one that acts."""
    line = {"n": 8, "ts": 1_795_444_260_000_000_000, "kind": "skip", "ticker": "AAA", "score": 8.0}
    said = ledger_text({**line, "profile": "platform", "rejection_reason": None, "body": {}})
    assert said.startswith("     8 09:31:00.000 skip      AAA     8.0  platform")
