"""Rules that give points in proportion (A.4, quant): the value that a ramp is measured on.

`read` gives (value, reason): None with a reason scores nothing; a value may also score nothing
because too little lies behind it (`enough`). All may assume a valid book (D-00) at t.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

from ramstock_tui.core import offers
from ramstock_tui.core.profile import Step
from ramstock_tui.core.symbol import Symbol

Number = int | float | None
Points = Callable[[Symbol, int], float]
WEIGHTS = tuple(exp(-0.5 * i) for i in range(5))  # of the book levels (D-04)

MOST = 10.0  # a score is clipped to 0 to 10


@dataclass(frozen=True, slots=True)
class Ramp:
    """One metric. read: its value at t, None = no value (`reason`); enough: is there enough behind
    it for points, given the rule's `least`; cost: order in which it is looked at."""

    read: Callable[[Symbol, int], Number]
    reason: str
    cost: int
    enough: Callable[[Symbol, int, int], bool] | None = None


def imbalance_5(s: Symbol, t: int) -> float | None:
    """D-04: (Qb - Qa) / (Qb + Qa) over the best k <= 5 levels, weights e^-0.5(i-1)."""
    book = s.book
    bid_sizes, ask_sizes = book.bid_sizes, book.ask_sizes
    if not book.few5:
        b1, b2, b3, b4, b5 = book.bid_top
        a1, a2, a3, a4, a5 = book.ask_top
        _, w2, w3, w4, w5 = WEIGHTS
        bids = (
            bid_sizes[b1]
            + w2 * bid_sizes[b2]
            + w3 * bid_sizes[b3]
            + w4 * bid_sizes[b4]
            + w5 * bid_sizes[b5]
        )
        asks = (
            ask_sizes[a1]
            + w2 * ask_sizes[a2]
            + w3 * ask_sizes[a3]
            + w4 * ask_sizes[a4]
            + w5 * ask_sizes[a5]
        )
        return (bids - asks) / (bids + asks)
    k = min(len(book.bid_top), len(book.ask_top))
    if k < 2:
        return None
    bids = sum(w * bid_sizes[px] for w, px in zip(WEIGHTS, book.bid_top[:k], strict=False))
    asks = sum(w * ask_sizes[px] for w, px in zip(WEIGHTS, book.ask_top[:k], strict=False))
    return (bids - asks) / (bids + asks)


def absorption(s: Symbol, t: int) -> float | None:
    """D-12: F / (F + C) over 3 s at the best ask."""
    fills, drops, _ = s.flow.sums(t)
    return fills / max(fills, drops) if fills or drops else None


def _fills(s: Symbol, t: int, least: int) -> bool:
    return s.flow.sums(t)[0] >= least


def _prints(s: Symbol, t: int, least: int) -> bool:
    return s.tape.count_3s(t) >= least


RAMPS: dict[str, Ramp] = {
    "spread": Ramp(lambda s, t: s.book.ask - s.book.bid, "", 0),
    "absorption": Ramp(absorption, "no_flow", 2, _fills),
    "imbalance_5": Ramp(imbalance_5, "one_level", 1),
    "tape_acceleration": Ramp(lambda s, t: s.tape.acceleration(t), "warming", 4, _prints),
    "wall_pressure": Ramp(
        lambda s, t: s.walls.pressure(t, s.book) if s.walls is not None else 0.0, "", 3
    ),
    "wall_depletion": Ramp(offers.depletion, "malformed", 9),
}


def points_of(step: Step) -> Points:
    """Points that the rule gives at t, not rounded: points x clip((x - a) / (b - a), 0, 1)."""
    ramp = RAMPS[step.metric]
    low = step.limit_num / step.limit_den
    width = step.full_num / step.full_den - low
    points = step.points_e4 / 10_000
    least, read, enough = step.least, ramp.read, ramp.enough
    if step.metric == "absorption":
        return _of_absorption(points, low, width, least)

    def give(s: Symbol, t: int) -> float:
        if enough is not None and not enough(s, t, least):
            return 0.0
        value = read(s, t)
        if value is None or value <= low:
            return 0.0
        return points * min(1.0, (value - low) / width)

    return give


def _of_absorption(points: float, low: float, width: float, least: int) -> Points:
    """The same with one look at the flow."""

    def give(s: Symbol, t: int) -> float:
        fills, drops, _ = s.flow.sums(t)
        if fills < least or not (fills or drops):
            return 0.0
        value = fills / max(fills, drops)
        return points * min(1.0, (value - low) / width) if value > low else 0.0

    return give
