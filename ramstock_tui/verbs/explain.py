"""`ramstock explain DIR`: what the engine saw of a symbol at an instant, and what it made of it."""

import gc
import re
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec

from ramstock_tui.core.engine import BadRecord
from ramstock_tui.core.explain import Explanation
from ramstock_tui.core.profile import Rules
from ramstock_tui.errors import JournalError
from ramstock_tui.host.instants import SECOND_NS, Answer, Instants, Question, Refusal, clock
from ramstock_tui.host.source import Recording
from ramstock_tui.plain import ascii_json, clean
from ramstock_tui.verbs import options
from ramstock_tui.verbs.explain_text import lines, printable
from ramstock_tui.verbs.options import UsageError

MOST_LINES = 1_000_000  # of an --at-file; each takes some 150 bytes of memory
LONGEST = 200  # characters of one of its lines
NAMED = 5  # bad lines that are named
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?", re.ASCII)


def run(
    directory: Path,
    symbol: str | None,
    at: str | None,
    at_file: Path | None,
    profile: str | None,
    as_json: bool,
    config: Path | None,
    changes: list[str],
) -> int:
    """0; 1 a broken recording, or an instant of a file that has no answer; 2 a question that cannot
    be understood or answered; 3 a broken configuration."""
    if (at is None) == (at_file is None):
        raise UsageError("expected one of --at TIME and --at-file FILE")
    changed = options.changes(changes)
    questions = _single(at, symbol) if at is not None else _many(at_file, symbol)
    recording = Recording(directory)
    rules, note = options.rules_for(recording.rules, config, changed)
    if note:
        sys.stderr.write(f"ramstock: {note}\n")
    instants = Instants(recording, rules, ())
    if profile is not None:
        instants.profiles = (_known(instants.engine.rules, profile),)
    gc.freeze()  # the engine makes no cycles
    gc.set_threshold(50_000, 20, 100)
    try:
        answers = instants.answers(questions)
        if at is not None:
            _print_one(next(answers), recording, instants, as_json)
            code = 0
        else:
            code = _print_all(answers, questions, instants)
    except BadRecord as problem:
        raise JournalError(f"{recording.market.path}: {problem}") from problem
    if recording.broken is not None:
        raise JournalError(recording.broken)
    return code


def parse_time(text: str) -> int | None:
    """`HH:MM:SS[.up to nine digits]` as ns of the day; None when it is no such text."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    h, m, s, fraction = found.groups()
    return (int(h) * 3600 + int(m) * 60 + int(s)) * SECOND_NS + int((fraction or "0").ljust(9, "0"))


# questions ----------------------------------------------------------------------------------------
def _single(at: str, symbol: str | None) -> list[Question]:
    ns = parse_time(at)
    if ns is None:
        raise UsageError(f"--at: expected HH:MM:SS[.up to nine digits], was {clean(at, 40)!r}")
    if not symbol:
        raise UsageError("--symbol: expected a ticker, was none")
    return [Question(ns, 0, symbol)]


def _many(path: Path | None, symbol: str | None) -> list[Question]:
    """The questions of a file in its order; blank lines are none."""
    assert path is not None  # noqa: S101 - `run` asked for one of the two
    found: list[Question] = []
    bad: list[str] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST), ""), start=1):
            words = line.split()
            if not words:
                continue
            ns = parse_time(words[0]) if len(words) <= 2 and len(line) < LONGEST else None
            ticker = words[1] if len(words) == 2 else symbol
            if ns is None or not ticker:
                bad.append(f"{number} {clean(line.strip(), 30)!r}")
                if len(bad) > NAMED or len(line) >= LONGEST:
                    break  # what follows in a line that is too long would be counted as lines
            else:
                found.append(Question(ns, len(found), ticker))
            if len(found) > MOST_LINES:
                raise UsageError(f"{path}: expected at most {MOST_LINES:,} lines")
    if bad:
        more = ", ..." if len(bad) > NAMED else ""
        expected = (
            "expected HH:MM:SS[.digits] SYMBOL" if not symbol else "expected HH:MM:SS[.digits]"
        )
        raise UsageError(f"{path}: {expected}, was in line {', '.join(bad[:NAMED])}{more}")
    if not found:
        raise UsageError(f"{path}: expected instants, one a line, was empty")
    return found


def _known(rules: Rules, profile: str) -> str:
    names = [each.name for each in rules.profiles]
    if profile not in names:
        raise UsageError(f"--profile: expected {', '.join(names)}, was {clean(profile, 40)!r}")
    return profile


# answers ------------------------------------------------------------------------------------------
def _print_one(answer: Answer, recording: Recording, instants: Instants, as_json: bool) -> None:
    question, found = answer
    if isinstance(found, Refusal):
        if recording.broken is not None:
            raise JournalError(f"{found.text}: {recording.broken}")
        raise UsageError(found.text)
    if as_json:
        sys.stdout.write(json_text(found, question) + "\n")
        return
    date = str(recording.market.session_date)
    for line in lines(found, clock(question.ns), date, instants.midnight_ns):
        sys.stdout.write(printable(line) + "\n")


def _print_all(answers: Iterator[Answer], questions: list[Question], instants: Instants) -> int:
    """JSON lines in the order of the file; 1 when one has no answer."""
    refused = 0
    if questions == sorted(questions):
        for answer in answers:
            refused += isinstance(answer[1], Refusal)
            sys.stdout.write(_line(answer) + "\n")
    else:
        with TemporaryFile() as file:
            refused = _in_order(answers, file, len(questions))
    if refused:
        sys.stderr.write(f"ramstock: {refused:,} of {len(questions):,} instants have no answer\n")
    return 1 if refused else 0


def _in_order(answers: Iterator[Answer], file: IO[bytes], count: int) -> int:
    """Answers come in order of time; they wait on disk for their turn."""
    begins, ends = array("q", bytes(8 * count)), array("q", bytes(8 * count))
    refused = 0
    for answer in answers:
        n = answer[0].n
        begins[n] = file.tell()
        file.write(_line(answer).encode())
        ends[n] = file.tell()
        refused += isinstance(answer[1], Refusal)
    for begin, end in zip(begins, ends, strict=True):
        file.seek(begin)
        sys.stdout.write(file.read(end - begin).decode() + "\n")
    return refused


def _line(answer: Answer) -> str:
    question, found = answer
    if isinstance(found, Refusal):
        told: dict[str, Any] = {"symbol": question.symbol, "at": clock(question.ns)}
        told |= {"at_ns": found.at_ns, "error": found.text}
        return ascii_json(msgspec.json.encode(told))
    return json_text(found, question)


def json_text(found: Explanation, question: Question) -> str:
    """One explanation as one line of printable ASCII; keys as in `core/explain.py`, and `at`, the
    time of day in New York."""
    told = {"symbol": found.symbol, "at": clock(question.ns), "at_ns": found.at_ns}
    rest = {
        "seq": found.seq,
        "note": found.note,
        "readings": found.readings,
        "profiles": found.profiles,
    }
    return ascii_json(msgspec.json.encode(told | rest))
