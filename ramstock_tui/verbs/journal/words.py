"""Ledger lines in words and as JSON, safe for a terminal whatever the file holds."""

from typing import Any

import msgspec

from ramstock_tui.errors import JournalError
from ramstock_tui.host.words import log_text
from ramstock_tui.journal.lines import decision_from, is_decision
from ramstock_tui.plain import ascii_json, clean
from ramstock_tui.schedule import new_york

_LONGEST = 300  # characters of a line's text
_OWN = frozenset({"v", "n", "w", "h", "c", "seq", "at", "i", "ts", "timestamp", "kind"})
_ODD = (JournalError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


def json_line(value: Any) -> str:
    """One line of printable ASCII. Raises JournalError for what JSON cannot hold."""
    try:
        return ascii_json(msgspec.json.encode(value))
    except (TypeError, ValueError, OverflowError, RecursionError) as problem:
        raise JournalError(f"cannot be written as JSON: {problem}") from problem


def clock(ts: int) -> str:
    """`09:31:08.400`, New York time; an instant that no calendar has as its number."""
    try:
        return new_york(ts).strftime("%H:%M:%S.%f")[:-3]
    except (OverflowError, ValueError, OSError):
        return f"ts {str(ts)[:24]}"


def ledger_text(raw: dict[str, Any]) -> str:
    """`   12 09:31:08.400 reject   ABCD   9.0  platform  reject 9.0: tape stalled  [stall]`. What
    concerns all profiles names none."""
    reasons = raw.get("rejection_reason")
    why = f"  [{clean(reasons, _LONGEST)}]" if isinstance(reasons, str) and reasons else ""
    cells = (
        f"{raw['n']:>6} {clock(raw['ts'])} {clean(raw['kind'], 16):<9} "
        f"{clean(str(raw.get('ticker') or ''), 12):<6} {_points(raw):>4}  "
        f"{clean(str(raw.get('profile') or ''), 16):<13}"
    )
    return f"{cells}  {clean(_text(raw), _LONGEST)}{why}".rstrip()


def _text(raw: dict[str, Any]) -> str:
    """What happened; a line that is not of the usual shape as its JSON."""
    try:
        if raw["kind"] == "command":
            return _command(raw["command"])
        if raw["kind"] == "config":
            return _config(raw["rules"])
        if is_decision(raw):
            decision = decision_from(raw)
            words = log_text(decision)
            return words if words != decision.kind else _payload(decision.body)
    except _ODD:
        pass
    return _payload({key: value for key, value in raw.items() if key not in _OWN and value})


def _command(command: dict[str, Any]) -> str:
    rest = [f"{key} {value}" for key, value in command.items() if key != "type"]
    return " ".join([str(command["type"]), *rest])


def _config(rules: dict[str, Any]) -> str:
    names = ", ".join(str(profile["name"]) for profile in rules["profiles"])
    return f"rules {rules['version']}: {names}"


def _points(raw: dict[str, Any]) -> str:
    score = raw.get("score")
    return f"{score:.1f}" if isinstance(score, int | float) and abs(score) < 1e6 else ""


def _payload(values: dict[str, Any]) -> str:
    try:
        return json_line(values) if values else ""
    except JournalError as problem:
        return f"({problem})"
