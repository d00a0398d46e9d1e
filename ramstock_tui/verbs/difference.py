"""The first decision that a replay takes otherwise: what the engine saw at that moment."""

import sys
from pathlib import Path

from ramstock_tui.core.explain import Explanation
from ramstock_tui.core.profile import Rules
from ramstock_tui.errors import JournalError, ReplayMismatch
from ramstock_tui.host.instants import Instants, Question, clock
from ramstock_tui.host.source import Recording
from ramstock_tui.plain import clean
from ramstock_tui.verbs.explain_text import lines, printable


def show(path: Path, rules: Rules, difference: ReplayMismatch, midnight_ns: int) -> None:
    """Sequence, expected and actual, then every reading, to standard output. midnight_ns: 00:00 New
    York of the session. Nothing more can be said where the recording cannot be read that far."""
    at = clock(difference.ts - midnight_ns)
    out = [f"first difference: sequence {difference.seq:,} at {at} New York"]
    out.append(f"expected  {clean(difference.expected)}")
    out.append(f"actual    {clean(difference.actual)}")
    out += _readings(path, rules, difference, midnight_ns)
    sys.stdout.write("".join(printable(line) + "\n" for line in out))


def _readings(path: Path, rules: Rules, difference: ReplayMismatch, midnight_ns: int) -> list[str]:
    if not difference.ticker:
        return ["readings  none: the decision is about no symbol"]
    recording = Recording(path)
    question = Question(difference.ts - midnight_ns, 0, difference.ticker)
    try:
        _, found = next(Instants(recording, rules, ()).answers([question]))
    except JournalError as problem:
        return [f"readings  none: {problem}"]
    if not isinstance(found, Explanation):
        return [f"readings  none: {found.text}"]
    date = str(recording.market.session_date)
    return ["", *lines(found, clock(question.ns), date, midnight_ns)]
