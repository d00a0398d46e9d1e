"""Decisions and commands go through a ledger line and come back."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core.decisions import KINDS, Decision
from ramstock_tui.core.records import (
    Acknowledge,
    Command,
    Confirm,
    Halt,
    Lock,
    Reprice,
    RequestSlot,
    Skip,
    Undo,
)
from ramstock_tui.errors import JournalError
from ramstock_tui.journal.ledger import (
    command_from,
    command_line,
    decision_from,
    decision_line,
    is_decision,
    read_ledger,
)
from tests.journal.journal_help import TS, json_values, ledger

_word = st.text("abcdefgh_", min_size=1, max_size=8)
_flat = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text('abc Ä\x1b["\\', max_size=8)
_bodies = st.dictionaries(_word, _flat | st.lists(_flat | st.lists(_flat), max_size=3), max_size=4)
_decisions = st.builds(
    Decision,
    st.sampled_from(sorted(KINDS)),
    st.integers(1, 2**40),
    st.integers(0, 2**62),
    st.integers(0, 1000),
    st.sampled_from(["", "small_account"]),
    st.sampled_from(["", "ABCD"]),
    st.none() | st.integers(-1_000_000, 1_000_000),
    st.lists(_word, max_size=3).map(lambda codes: tuple(sorted(codes))),
    _bodies,
    st.dictionaries(_word, json_values, max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(_decisions)
def test_given_any_decision_then_its_line_gives_it_back(decision: Decision) -> None:
    line = msgspec.json.decode(msgspec.json.encode(decision_line(decision)))
    back = decision_from(line)
    assert is_decision(line)
    assert back.hashed() == decision.hashed()
    assert back.info == decision.info


def test_a_decision_goes_through_a_file(tmp_path: Path) -> None:
    decision = Decision("reject", 7, TS, 2, "small_account", "ABCD", 85_001, ("late", "spread"))
    book = ledger(tmp_path / "ledger.jsonl")
    book.write(decision_line(decision), sync=True)
    (line,) = (one.raw for one in read_ledger(book.path))
    assert (line["score"], line["rejection_reason"]) == (8.5001, "late,spread")
    assert decision_from(line).hashed() == decision.hashed()


@pytest.mark.parametrize("codes", [("a,b",), ("",)])
def test_reason_codes_that_would_not_come_back_are_refused(codes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="without commas"):
        decision_line(Decision("reject", 1, 1, 0, "a", "B", None, codes))


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"kind": "command"},
        {"kind": "signal"},
        {"kind": "signal", "at": [1], "n": 3},
        {"kind": []},
    ],
)
def test_what_is_no_decision_is_named(raw: dict[str, Any]) -> None:
    with pytest.raises(JournalError, match="ledger line"):
        decision_from(raw)


COMMANDS: list[Command] = [
    Confirm("b1", 2),
    Skip("b1", 2),
    Reprice("b1", 2),
    Undo("b1"),
    Lock(),
    Acknowledge(),
    Halt("ABCD", False),
    RequestSlot("ABCD"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_goes_through_a_file(command: Command, tmp_path: Path) -> None:
    book = ledger(tmp_path / "ledger.jsonl")
    book.write(command_line(9, TS, command, {"role": "writer"}), sync=True)
    (line,) = (one.raw for one in read_ledger(book.path))
    assert (line["seq"], line["role"]) == (9, "writer")
    assert not is_decision(line)
    assert command_from(line) == (9, TS, command)


def test_a_command_line_keeps_its_own_keys() -> None:
    with pytest.raises(ValueError, match="a key of the command line"):
        command_line(9, TS, Lock(), {"seq": 1})


@pytest.mark.parametrize(
    "raw",
    [{"kind": "signal"}, {"kind": "command", "seq": 1, "ts": 2, "command": {"type": "buy"}}],
)
def test_what_is_no_command_is_named(raw: dict[str, Any]) -> None:
    with pytest.raises(JournalError, match="ledger line"):
        command_from(raw)
