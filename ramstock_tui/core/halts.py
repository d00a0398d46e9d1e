"""Halt risk of one symbol: 60 s move, LULD band, halted tick, quarantine (D-22, N-23-25)."""

from collections import deque
from collections.abc import Iterable

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.tape import S1, Tape

MINUTE = 60 * S1
MOVE_NS = MINUTE
QUARANTINE_NS = 5 * MINUTE
RESUME_NS = MINUTE
REFERENCE_NS = 5 * MINUTE
REFERENCE_HOLD_NS = 30 * S1
NEVER = 1 << 62
MANUAL = "manual"  # cause of a halt that the operator entered
HEADLINE = "headline"  # cause of halt risk: a headline says a halt


def halted_by_hand(history: Iterable[Decision]) -> set[str]:
    """Tickers whose halt by hand stands after these decisions."""
    found: set[str] = set()
    for d in history:
        if d.kind == "halt" and "by_hand" in d.body:
            (found.add if d.body["by_hand"] else found.discard)(d.ticker)
    return found


def headlined(history: Iterable[Decision]) -> dict[str, int]:
    """When a headline said a halt for the last time, by ticker, after these decisions."""
    return {d.ticker: d.ts for d in history if d.kind == "halt" and d.reasons == (HEADLINE,)}


class Move:
    """Highest and lowest `last` over (t - 60 s, t] plus the value in force at t - 60 s."""

    __slots__ = ("high", "low", "newest")

    def __init__(self) -> None:
        # [last, until]: until = instant at which the next value replaced it; only values that can
        # still become the highest or the lowest are kept
        self.newest: list[int] | None = None
        self.high: deque[list[int]] = deque()  # their lasts fall
        self.low: deque[list[int]] = deque()  # their lasts rise

    def add(self, ts: int, last: int) -> None:
        """`last` of a print batch; ts not before the one before."""
        high, low = self.high, self.low
        value = [last, NEVER]
        if self.newest is not None:
            self.newest[1] = ts
        self.newest = value
        while high and high[-1][0] <= last:
            high.pop()
        while low and low[-1][0] >= last:
            low.pop()
        high.append(value)
        low.append(value)
        self.age(ts)

    def age(self, t: int) -> None:
        """Drop values that were replaced at or before t - 60 s."""
        limit = t - MOVE_NS
        high, low = self.high, self.low
        while high and high[0][1] <= limit:
            high.popleft()
        while low and low[0][1] <= limit:
            low.popleft()

    def bounds(self, t: int) -> tuple[int, int]:
        """(max, min), (0, 0) without a value."""
        if self.newest is None:
            return 0, 0
        self.age(t)
        return self.high[0][0], self.low[0][0]


class HaltRisk:
    """Halt risk and quarantine. `trips` on the batch at which risk turns true. halted: by the
    exchange (by_feed), by the operator (by_hand), or both."""

    __slots__ = (
        "by_feed",
        "by_hand",
        "close_ns",
        "halted",
        "headline_at",
        "last_risk",
        "move",
        "near",
        "open_ns",
        "ref_den",
        "ref_num",
        "ref_set",
        "resumed_at",
        "risk",
        "tier",
        "tripped",
    )

    def __init__(self, tier: int, open_ns: int, close_ns: int) -> None:
        self.tier = tier
        self.open_ns = open_ns
        self.close_ns = close_ns
        self.move = Move()
        self.by_feed = self.by_hand = self.halted = False
        self.resumed_at = 0
        self.headline_at = 0  # when a headline said a halt, 0 = none did
        self.near = False
        self.risk = False
        self.tripped = ""  # cause, set for one batch when risk turned true
        self.last_risk = 0  # last batch at which move or band stood
        self.ref_num = 0  # LULD reference = ref_num / ref_den, 0 = none yet
        self.ref_den = 1
        self.ref_set = 0

    def restart(self) -> None:
        """Forget what market data built; quarantine and halt come back with the feed."""
        self.__init__(self.tier, self.open_ns, self.close_ns)  # type: ignore[misc]

    def on_halt(self, t: int, code: int) -> None:
        """Halted tick: 0 trading, anything else halted; also -1, a state that nobody knows."""
        self.by_feed = bool(code)
        self._state(t)

    def on_hand(self, t: int, on: bool) -> None:
        """The operator halts the symbol, or takes that back. It is no trip: the engine tells the
        lanes itself."""
        self.by_hand = on
        self.risk = self.risk or on
        self._state(t)

    def on_headline(self, t: int) -> None:
        """A headline says a halt: halt risk at this instant. The engine tells the lanes itself."""
        self.headline_at = t

    def headline(self, t: int) -> bool:
        """Did a headline of the last 5 min say a halt."""
        return bool(self.headline_at) and t < self.headline_at + QUARANTINE_NS

    def _state(self, t: int) -> None:
        if self.by_feed or self.by_hand:
            self.halted = True
        elif self.halted:
            self.halted = False
            self.resumed_at = t
            self.move = Move()

    def on_prints(self, t: int, tape: Tape) -> None:
        """A batch with counted prints ended at t."""
        if t >= self.open_ns:
            self.move.add(t, tape.last)
            self._reference(t, tape)
            self._band(t, tape.last)

    def end_batch(self, t: int) -> None:
        """Test at the end of any batch of the symbol; sets `tripped`."""
        cause = self.cause(t)
        if cause and (not self.halted or self._price_cause(t)):
            self.last_risk = t
        if cause and not self.risk:
            self.tripped = cause
        self.risk = bool(cause)

    def cause(self, t: int) -> str:
        """`halted`, `manual`, `move`, `band` or "" at t."""
        if self.halted:
            return "halted" if self.by_feed else MANUAL
        return self._price_cause(t)

    def _price_cause(self, t: int) -> str:
        high, low = self.move.bounds(t)
        if 100 * high > 103 * low:
            return "move"
        return "band" if self.near else ""

    def quarantined(self, t: int) -> bool:
        """N-24: while risk holds, 5 min after the last batch with it or a headline, 60 s after a
        resume."""
        if self.last_risk and t < self.last_risk + QUARANTINE_NS:
            return True
        if self.resumed_at and t < self.resumed_at + RESUME_NS:
            return True
        if self.headline(t):
            return True
        return self.halted or bool(self.cause(t))

    def quarantine_ends(self, t: int) -> int | None:
        """When the quarantine of t ends as far as is known then; None = there is none, or a halt
        goes on."""
        ends = (
            self.last_risk and self.last_risk + QUARANTINE_NS,
            self.resumed_at and self.resumed_at + RESUME_NS,
            self.headline_at and self.headline_at + QUARANTINE_NS,
        )
        last = max(ends)
        return last if last > t and not self.halted else None

    def _reference(self, t: int, tape: Tape) -> None:
        if not self.ref_num:
            first = tape.index(self.open_ns - 1)
            self.ref_num, self.ref_den, self.ref_set = tape.prints[first][1], 1, t
        elif t - self.ref_set >= REFERENCE_HOLD_NS:
            total, count = tape.price_sum(t - REFERENCE_NS, t)
            num, den = self.ref_num, self.ref_den
            if 100 * abs(total * den - num * count) >= num * count:
                self.ref_num, self.ref_den, self.ref_set = total, count, t

    def band(self, t: int) -> tuple[int, int, int]:
        """(lower, upper, denominator) of the LULD estimate in 1/10,000 USD; zeros without one."""
        num, den = self.ref_num, self.ref_den
        if not num:
            return 0, 0, 1
        percent_num, percent_den = self._width(t)
        if percent_den:
            step = num * percent_num
            return num * percent_den - step, num * percent_den + step, den * percent_den
        # below 0.75 USD: the lesser of 0.15 USD and 75 %
        doubled = 2 if self._last_minutes(t) else 1
        step = doubled * min(1_500 * den * 4, num * 3)
        return max(0, num * 4 - step), num * 4 + step, den * 4

    def _width(self, t: int) -> tuple[int, int]:
        num, den = self.ref_num, self.ref_den
        if num > 30_000 * den:
            percent = 5 if self.tier == 1 else 10
            double = self.tier == 1 and self._last_minutes(t)
        elif num >= 7_500 * den:
            percent, double = 20, self._last_minutes(t)
        else:
            return 0, 0
        return (2 * percent if double else percent), 100

    def _last_minutes(self, t: int) -> bool:
        return self.close_ns - 25 * MINUTE <= t < self.close_ns

    def _band(self, t: int, last: int) -> None:
        lower, upper, den = self.band(t)
        self.near = bool(upper) and (
            100 * last * den >= 99 * upper or 100 * last * den <= 101 * lower
        )
