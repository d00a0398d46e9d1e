"""What a score would be, as far as a level-1 line tells: marked `~` and never an alert.

The sizes of the quote stand for the sums of the best levels, the broker's trades a minute for the
prints of 3 s. What a line cannot tell (holding times, walls, flow, reclaim) gives no points.
"""

from collections.abc import Callable
from fractions import Fraction

from ramstock_tui.core.level1 import Level1
from ramstock_tui.core.profile import Profile, Step

Read = Callable[[Level1], Fraction]

_READ: dict[str, Read] = {
    "ratio_3": lambda q: Fraction(q.bid_size, q.ask_size),
    "ratio_5": lambda q: Fraction(q.bid_size, q.ask_size),
    "spread": lambda q: Fraction(q.ask - q.bid),
    "tape_velocity": lambda q: Fraction(q.rate_min, 60),
    "ask_depth": lambda q: Fraction(q.ask_size),
    "bid_over_ask": lambda q: Fraction(q.bid_size > q.ask_size),
    "imbalance_5": lambda q: Fraction(q.bid_size - q.ask_size, q.bid_size + q.ask_size),
}


def estimate(profile: Profile, quote: Level1) -> int | None:
    """Score x 10,000 under a profile; None without a whole quote."""
    if not (0 < quote.bid < quote.ask and quote.bid_size and quote.ask_size):
        return None
    total = sum(_points(step, quote) for step in profile.rules)
    return max(0, min(int(total), 100_000))


def prints_3s(quote: Level1) -> int | None:
    """Prints in 3 s as the broker's trades a minute suggest; None while it says nothing."""
    return -(-quote.rate_min // 20) if quote.rate_min else None


def _points(step: Step, quote: Level1) -> Fraction:
    read = _READ.get(step.metric)
    if read is None:
        return Fraction(0)
    value, limit = read(quote), Fraction(step.limit_num, step.limit_den)
    if step.op == "ramp":
        full = Fraction(step.full_num, step.full_den)
        return step.points_e4 * min(max((value - limit) / (full - limit), Fraction(0)), Fraction(1))
    holds = value >= limit if step.op == "at_least" else value <= limit
    return Fraction(step.points_e4 if holds else 0)
