"""Since when a rule has been true: read back from what the engine keeps for its windows, so nothing
is kept for it alone and a replay says the same.

A rule of the book is true since the batch that made it so, but not before the book was valid; a
stale spell does not restart it, as it does not restart the spread's (N-02, N-32).
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from ramstock_tui.core.metrics import MS
from ramstock_tui.core.profile import Profile, Step
from ramstock_tui.core.ramps import WEIGHTS
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.symbol_state import TIGHT_E4, WARM_NS
from ramstock_tui.core.tape import S1

LOOK_NS = 10 * S1  # so far back the book is known
PRINTS_NS = 30 * S1  # and the tape, print by print
WINDOW_NS = 3 * S1  # over which prints are counted

Sizes = dict[int, int]
Holds = Callable[[Sizes, Sizes], bool]


class Spell(NamedTuple):
    """since: when the rule became true, ns. exact: else it was true by then, and what came before
    is not known any more."""

    since: int
    exact: bool


def spell(s: Symbol, t: int, step: Step, profile: Profile) -> Spell | None:
    """The spell in which a rule gives points; it must do so at t. None: nothing that is kept tells
    (a ramp over fills, volume or walls)."""
    found = _spell(s, t, step, profile)
    if found is None:
        return None
    since, exact = found
    return Spell(s.valid_from, True) if since <= s.valid_from else Spell(since, exact)


def _spell(s: Symbol, t: int, step: Step, profile: Profile) -> Spell | None:
    if step.metric == "tape_velocity":
        return _tape(s, t, -(-3 * step.limit_num // step.limit_den))
    if step.metric == "reclaim":
        return Spell(*s.reclaim.since(t, profile.reclaim))
    if step.metric == "spread" and step.op == "at_most":
        return _spread(s, t, step)
    holds = _CONDITIONS.get(step.metric)
    return None if holds is None else _book(s, t, holds(step))


def _book(s: Symbol, t: int, holds: Holds) -> Spell:
    """The book after each batch, newest first, until the condition fails."""
    low = max(s.since, t - LOOK_NS)
    since = t
    for ts, bids, asks, cleared in s.book.back(low):
        if cleared or not holds(bids, asks):
            return Spell(since, True)
        since = ts
    return Spell(since, low == s.since)


def _spread(s: Symbol, t: int, step: Step) -> Spell:
    num, den = step.limit_num, step.limit_den
    tight = max(s.since, s.tight_from)
    if den * TIGHT_E4 == num:
        return Spell(tight + step.held_ms * MS, True)
    since, exact = _book(s, t, lambda bids, asks: (min(asks) - max(bids)) * den <= num)
    held = tight + step.held_ms * MS if step.held_ms else 0
    return Spell(held, True) if held >= since else Spell(since, exact)


def _tape(s: Symbol, t: int, least: int) -> Spell:
    """At least so many prints in (t - 3 s, t]: back from print to print, as long as the ones before
    were still enough when the next one came."""
    warm = s.tape.start + WARM_NS
    times = [row[0] for row in s.tape.prints]
    i = len(times) - 1
    while i >= 0 and times[i] > max(warm, t - PRINTS_NS):
        before = bisect_left(times, times[i]) - 1  # the newest print of an earlier instant
        if before + 1 < least or times[before + 1 - least] + WINDOW_NS < times[i]:
            return Spell(times[i], True)
        i = before
    return Spell(warm, True) if i < 0 or times[i] <= warm else Spell(times[i], False)


def _ratio(levels: int) -> Callable[[Step], Holds]:
    def condition(step: Step) -> Holds:
        num, den = step.limit_num, step.limit_den

        def holds(bids: Sizes, asks: Sizes) -> bool:
            k = min(levels, len(bids), len(asks))
            if k < 2:
                return False
            bid = sum(bids[px] for px in sorted(bids, reverse=True)[:k])
            return den * bid >= num * sum(asks[px] for px in sorted(asks)[:k])

        return holds

    return condition


def _ask_depth(step: Step) -> Holds:
    num, den = step.limit_num, step.limit_den
    return lambda bids, asks: bool(asks) and asks[min(asks)] * den >= num


def _bid_over_ask(step: Step) -> Holds:
    return lambda bids, asks: bool(bids and asks) and bids[max(bids)] > asks[min(asks)]


def _imbalance(step: Step) -> Holds:
    low = step.limit_num / step.limit_den

    def holds(bids: Sizes, asks: Sizes) -> bool:
        k = min(5, len(bids), len(asks))
        if k < 2:
            return False
        best = zip(WEIGHTS, sorted(bids, reverse=True)[:k], sorted(asks)[:k], strict=False)
        pairs = [(w * bids[bid], w * asks[ask]) for w, bid, ask in best]
        bid_sum, ask_sum = sum(bid for bid, _ in pairs), sum(ask for _, ask in pairs)
        return (bid_sum - ask_sum) / (bid_sum + ask_sum) > low

    return holds


_CONDITIONS: dict[str, Callable[[Step], Holds]] = {
    "ratio_3": _ratio(3),
    "ratio_5": _ratio(5),
    "ask_depth": _ask_depth,
    "bid_over_ask": _bid_over_ask,
    "imbalance_5": _imbalance,
}
