"""The METRICS table: what a rule of a profile may name, how it is tested and how it reads.

`test` compiles a rule into a function of (symbol, t) that is called on every batch of a symbol
whose score may matter; it compares integers only and may assume a valid book (D-00) at t.
Metrics that only a ramp measures have no such test: `ramps.py`.
`read` gives (value, reason) for people; value None has a reason, a value has none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ramstock_tui.core.profile import Profile, Step
from ramstock_tui.core.ramps import RAMPS
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.symbol_state import WARM_NS

MS = 1_000_000
Test = Callable[[Symbol, int], bool]
Value = int | float | bool | None
Reading = tuple[Value, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """One row. unit: `ratio`, `e4` (1/10,000 USD), `per_s`, `shares` or `yes`. cost: order in which
    tests are made where any will do."""

    unit: str
    test: Callable[[Step, Profile], Test]
    read: Callable[[Symbol, int, Profile], Reading]
    cost: int = 0


def _ratio(levels: int) -> Callable[[Step, Profile], Test]:
    def compile_rule(step: Step, profile: Profile) -> Test:
        num, den = step.limit_num, step.limit_den

        def test(s: Symbol, t: int) -> bool:
            book = s.book
            if levels == 3 and not book.few:
                return den * book.bids3 >= num * book.asks3
            if levels == 5 and not book.few5:
                return den * book.bids5 >= num * book.asks5
            sums = book.sums(levels)
            return sums is not None and den * sums[0] >= num * sums[1]

        return test

    return compile_rule


def _read_ratio(levels: int) -> Callable[[Symbol, int, Profile], Reading]:
    def read(s: Symbol, t: int, profile: Profile) -> Reading:
        reason = s.reason(t)
        if reason:
            return None, reason
        sums = s.book.sums(levels)
        return (sums[0] / sums[1], "") if sums is not None else (None, "one_level")

    return read


def _spread(step: Step, profile: Profile) -> Test:
    limit_num, limit_den, held_ns = step.limit_num, step.limit_den, step.held_ms * MS

    def test(s: Symbol, t: int) -> bool:
        if (s.book.ask - s.book.bid) * limit_den > limit_num:
            return False
        return not held_ns or s.tight_for(t) >= held_ns

    return test


def _read_spread(s: Symbol, t: int, profile: Profile) -> Reading:
    reason = s.reason(t)
    return (None, reason) if reason else (s.ask - s.bid, "")


def _tape(step: Step, profile: Profile) -> Test:
    num, den = 3 * step.limit_num, step.limit_den  # prints in 3 s, so that v >= 4 is count >= 12

    def test(s: Symbol, t: int) -> bool:
        tape = s.tape
        return tape.count_3s(t) * den >= num and t - tape.start >= WARM_NS

    return test


def _read_tape(s: Symbol, t: int, profile: Profile) -> Reading:
    if t - s.tape.start < WARM_NS:
        return None, "warming"
    return s.tape.count_3s(t) / 3, ""


def _ask_depth(step: Step, profile: Profile) -> Test:
    num, den = step.limit_num, step.limit_den

    def test(s: Symbol, t: int) -> bool:
        return s.book.ask_size * den >= num

    return test


def _read_ask_depth(s: Symbol, t: int, profile: Profile) -> Reading:
    reason = s.reason(t)
    return (None, reason) if reason else (s.ask_size, "")


def _bid_over_ask(step: Step, profile: Profile) -> Test:
    def test(s: Symbol, t: int) -> bool:
        return s.bid_size > s.ask_size

    return test


def _read_bid_over_ask(s: Symbol, t: int, profile: Profile) -> Reading:
    reason = s.reason(t)
    return (None, reason) if reason else (s.bid_size > s.ask_size, "")


def _reclaim(step: Step, profile: Profile) -> Test:
    rule = profile.reclaim

    def test(s: Symbol, t: int) -> bool:
        if s.tape.vwap_partial() or s.tape.vwap_reason(t):
            return False
        return s.reclaim.live(t, s.tape, rule)

    return test


def _read_reclaim(s: Symbol, t: int, profile: Profile) -> Reading:
    reason = s.tape.vwap_reason(t)
    if reason:
        return None, reason
    if s.tape.vwap_partial():
        return None, "partial"
    return s.reclaim.live(t, s.tape, profile.reclaim), ""


def _none(step: Step, profile: Profile) -> Test:
    raise ValueError(f"{step.metric} has no limit, only a ramp")


def _ramp(name: str) -> Callable[[Symbol, int, Profile], Reading]:
    ramp = RAMPS[name]

    def read(s: Symbol, t: int, profile: Profile) -> Reading:
        reason = s.reason(t)
        if reason and name != "tape_acceleration":
            return None, reason
        value = ramp.read(s, t)
        return (value, "") if value is not None else (None, ramp.reason)

    return read


METRICS: dict[str, Metric] = {
    "ratio_3": Metric("ratio", _ratio(3), _read_ratio(3), 1),
    "ratio_5": Metric("ratio", _ratio(5), _read_ratio(5), 1),
    "spread": Metric("e4", _spread, _read_spread),
    "tape_velocity": Metric("per_s", _tape, _read_tape, 2),
    "ask_depth": Metric("shares", _ask_depth, _read_ask_depth),
    "bid_over_ask": Metric("yes", _bid_over_ask, _read_bid_over_ask),
    "reclaim": Metric("yes", _reclaim, _read_reclaim, 3),
    "imbalance_5": Metric("ratio", _none, _ramp("imbalance_5")),
    "absorption": Metric("ratio", _none, _ramp("absorption")),
    "tape_acceleration": Metric("ratio", _none, _ramp("tape_acceleration")),
    "wall_pressure": Metric("ratio", _none, _ramp("wall_pressure")),
    "wall_depletion": Metric("ratio", _none, _ramp("wall_depletion")),
}
