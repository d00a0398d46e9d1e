"""An explanation in words: 80 columns, nothing said by a sign or a colour alone."""

import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from ramstock_tui.core.explain import Explanation, Gate, Limit, Outcome, ProfileView, Rule, Value
from ramstock_tui.host.instants import clock
from ramstock_tui.host.words import cents, reason_words
from ramstock_tui.plain import clean

COLUMNS = 80
NAME = 24
_GROUPS = {  # heading -> first letters of the readings that belong there, in this order
    "book": "book_ bid ask ask_depth ratio_ imbalance_ ofi_ weighted_",
    "spread": "spread",
    "tape": "tape_ last last_print",
    "vwap": "vwap last_minus volume_ reclaim_",
    "bid walls": "wall_price wall_size wall_age flash fake_",
    "ask side": "ask_fills ask_cancels ask_adds ask_refill ask_pull spoof absorption replenish"
    " iceberg refill stacking eaten_ wall_pressure wall_depletion lots_ heatmap_",
    "stop signs": "stall silent_ collapse halted halt_ quarantine near_ luld_ max_ min_ move_",
}
_WORDS = {"shares": "sh", "prints": "prints in 3 s"}


def printable(line: str) -> str:
    """What standard output cannot show as an escape."""
    encoding = sys.stdout.encoding or "ascii"
    return line.encode(encoding, "backslashreplace").decode(encoding)


def lines(found: Explanation, at: str, date: str, midnight_ns: int) -> Iterator[str]:
    """Everything, one profile after the other, then the readings."""
    day = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    seen = f"after input {found.seq:,}" if found.note is None else found.note
    head = f"{clean(found.symbol, 12)} at {at} New York, {day}, {seen}"
    yield from textwrap.wrap(head, COLUMNS)
    for name, view in found.profiles.items():
        yield from _profile(name, view, midnight_ns)
    yield ""
    yield "READINGS"
    for heading, names in _grouped(found.readings).items():
        yield f" {heading}"
        for name in names:
            yield from _wrap(f"   {name:<{NAME}} ", _value(found.readings[name]))


def _profile(name: str, view: ProfileView, midnight_ns: int) -> Iterator[str]:
    acting = "acting" if view.acting else "shadow"
    sign = ">=" if view.score >= view.threshold else "<"
    yield ""
    yield f"PROFILE {clean(name, 40)} ({acting})"
    yield f" score     {view.score:g} {sign} {view.threshold:g} needed"
    yield from _wrap(" decision  ", _decision(view.decision, midnight_ns))
    if view.rejects:
        yield from _wrap(" against   ", reason_words(view.rejects))
    yield from _flip(view)
    yield " RULES"
    yield from (line for rule in view.rules for line in _rule(rule))
    yield " GATES AND REJECTIONS"
    yield from (line for gate in view.gates for line in _gate(gate))
    yield " THROTTLES"
    yield from (line for each in view.throttles for line in _limit(each, midnight_ns))
    yield " LOCKS"
    yield from (line for each in view.locks for line in _limit(each, midnight_ns))


def _decision(made: Outcome, midnight_ns: int) -> str:
    text = made.kind if made.exact else f"none at this instant; state {made.kind}"
    text += f" {clean(made.id, 20)}" if made.id else ""
    text += f" {made.score:g}" if made.score is not None else ""
    text += f": {reason_words(made.reasons)}" if made.reasons else ""
    if made.exact:
        text += f"; state {made.state}"
    if made.until_ns is not None:
        text += f" until {clock(made.until_ns - midnight_ns)}"
    others = [each.kind for each in made.decided]
    return f"{text}; decided here: {', '.join(others)}" if len(others) > 1 else text


def _flip(view: ProfileView) -> Iterator[str]:
    if not view.flip:
        yield from _wrap(" flip      ", f"none: {clean(view.flip_reason)}")
        return
    texts = " or ".join(clean(flip.text) for flip in view.flip)
    yield from _wrap(" flip      ", f"{texts} => {view.flip[0].to}")


def _rule(rule: Rule) -> Iterator[str]:
    value = _value(Value(rule.value, rule.unit, rule.reason))
    text = f"{value}, need {rule.need}, {rule.points:g} of {rule.of:g} points"
    yield from _marked(rule.passed, rule.rule, text)


def _gate(gate: Gate) -> Iterator[str]:
    name = gate.gate.removesuffix("_gate")
    if gate.gate == "book":
        text = str(gate.value).replace("_", " ")
    elif gate.passed is None:
        text = "not tested, it needs a valid book"
    elif gate.need:
        text = f"{_value(Value(gate.value, gate.unit, None))}, need {gate.need}"
    else:
        text = reason_words(gate.codes) or "nothing"
    yield from _marked(gate.passed, name, text)


def _limit(each: Limit, midnight_ns: int) -> Iterator[str]:
    parts = [clean(each.text, 30)] if each.text else []
    parts += [reason_words(each.codes)] if each.codes else []
    if each.value is not None:
        used = _shown(each.value, each.unit)
        parts.append(used if each.limit is None else f"{used} of {_shown(each.limit, each.unit)}")
    if each.until_ns is not None:
        parts.append(f"until {clock(each.until_ns - midnight_ns)}")
    yield from _marked(each.passed, each.name, ", ".join(parts) or "none")


def _marked(passed: bool | None, name: str, text: str) -> Iterator[str]:
    word = {True: "ok ", False: "no ", None: "n/a"}[passed]
    yield from _wrap(f"   {word}  {name.replace('_', ' '):<16} ", text)


def _grouped(readings: dict[str, Value]) -> dict[str, list[str]]:
    """Each reading under the heading with the longest beginning that it has."""
    found: dict[str, list[str]] = {heading: [] for heading in _GROUPS}
    for name in readings:
        fits = [
            (len(start), heading)
            for heading, starts in _GROUPS.items()
            for start in starts.split()
            if name.startswith(start)
        ]
        found.setdefault(max(fits)[1] if fits else "other", []).append(name)
    return {heading: names for heading, names in found.items() if names}


def _value(reading: Value) -> str:
    if reading.value is None:
        return f"none: {clean(reading.reason or '').replace('_', ' ')}"
    return _shown(reading.value, reading.unit)


def _shown(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit == "text":
        return clean(str(value), 40).replace("_", " ") or "none"
    if unit == "ns":
        return f"{value / 1e9:,.9f}".rstrip("0").rstrip(".") + " s"
    if unit == "usd_e4":
        return _dollars(value)
    number = f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    if unit in ("ratio", "count"):
        return number
    return f"{number} {_WORDS.get(unit, unit)}" if unit != "ticks" or value != 1 else "1 tick"


def _dollars(value: float) -> str:
    sign, size = "-" if value < 0 else "", abs(value)
    return f"{sign}${cents(size)}" if isinstance(size, int) else f"{sign}${size / 10_000:.6f}"


def _wrap(head: str, text: str) -> list[str]:
    """The text after its head, broken at blanks; later lines stand under the first."""
    return textwrap.wrap(text, COLUMNS, initial_indent=head, subsequent_indent=" " * len(head)) or [
        head.rstrip()
    ]
