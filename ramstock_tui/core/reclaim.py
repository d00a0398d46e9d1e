"""VWAP reclaim: spells below, crosses, events (D-08 as N-07 words it)."""

from ramstock_tui.core.profile import Reclaim
from ramstock_tui.core.tape import MINUTE_NS, S1, Tape

HOLD_NS = S1 // 2
LIVE_NS = 10 * S1
LOOKBACK_NS = 60 * S1
BELOW_NS = 5 * S1
DEATH_NS = S1


class Event:
    """A completed cross that had Below. above_num / den: last - VWAP at completion; surge as read
    then; end: first instant at which it is over."""

    __slots__ = ("above_num", "den", "end", "surge", "ts")

    def __init__(self, ts: int, above_num: int, den: int, surge: bool | None) -> None:
        self.ts = ts
        self.above_num = above_num
        self.den = den
        self.surge = surge
        self.end = ts + LIVE_NS


class ReclaimWatch:
    """State of one symbol. `relation` is +1 (last > VWAP), -1 (last <= VWAP) or 0 (no VWAP)."""

    __slots__ = (
        "below_from",
        "cross_from",
        "deep_from",
        "den",
        "events",
        "num",
        "opened",
        "relation",
        "spells",
    )

    def __init__(self) -> None:
        self.opened = False  # 09:31:00 was reached
        self.relation = 0
        self.below_from = 0  # start of the running spell of last <= VWAP - 1 tick, 0 = none
        self.deep_from = 0  # start of the running spell of last < VWAP - 1 tick, 0 = none
        self.cross_from = 0  # start of a cross that is not complete, 0 = none
        self.spells: list[tuple[int, int]] = []  # finished spells below, oldest first
        self.events: list[Event] = []
        self.num = 0  # last - VWAP = num / den
        self.den = 1

    def open(self, t: int, tape: Tape, tick_e4: int) -> None:
        """From 09:31:00 on there is a VWAP: last stands above or below it without a print."""
        first = tape.open_ns + MINUTE_NS
        if not self.opened and t >= first:
            self.opened = True
            self.on_vwap(first, tape, tick_e4)

    def on_prints(self, t: int, tape: Tape, tick_e4: int) -> None:
        """A batch with counted prints ended at t."""
        self.settle(t - 1, tape)
        before = self.relation
        self._relate(t, tape.last, tape.vwap(t), tick_e4)
        if self.relation < 0:
            self.cross_from = 0
        elif self.relation > 0:
            if self.cross_from:
                self._complete(t, tape)
            elif before < 0:
                self.cross_from = t
        else:
            self.cross_from = 0

    def on_vwap(self, t: int, tape: Tape, tick_e4: int) -> None:
        """The feed's VWAP changed between prints: moves above and below, starts nothing."""
        self.settle(t - 1, tape)
        if tape.last:
            self._relate(t, tape.last, tape.vwap(t), tick_e4)
            if self.relation <= 0:
                self.cross_from = 0

    def settle(self, t: int, tape: Tape) -> None:
        """Complete a cross that was held for 500 ms by t."""
        if self.cross_from and t >= self.cross_from + HOLD_NS:
            self._complete(self.cross_from + HOLD_NS, tape)

    def live(self, t: int, tape: Tape, rule: Reclaim) -> bool:
        """Is a reclaim of this rule alive at t."""
        self.settle(t, tape)
        if not self.events:
            return False
        if self.deep_from and t >= self.deep_from + DEATH_NS:
            self._end_before(self.deep_from)
        self.events = [e for e in self.events if e.end > t - LIVE_NS]
        return any(e.end > t and _fits(e, rule) for e in self.events)

    def since(self, t: int, rule: Reclaim) -> tuple[int, bool]:
        """Since when a reclaim of this rule has been alive without a break; one must be at t.
        False: an earlier one that reached so far may be forgotten."""
        fit = [e for e in self.events if _fits(e, rule)]
        since = min((e.ts for e in fit if e.end > t), default=t)
        for e in sorted(fit, key=_ts, reverse=True):
            if e.ts < since <= e.end:
                since = e.ts
        return since, since > t - LIVE_NS

    def _relate(self, t: int, last: int, vwap: tuple[int, int], tick_e4: int) -> None:
        num, den = vwap
        if not den:
            self.relation = 0
            self._spell(t, below=False, deep=False)
            return
        gap = last * den - num
        self.num, self.den = gap, den
        self.relation = 1 if gap > 0 else -1
        self._spell(t, below=gap <= -tick_e4 * den, deep=gap < -tick_e4 * den)

    def _spell(self, t: int, *, below: bool, deep: bool) -> None:
        if below:
            self.below_from = self.below_from or t
        elif self.below_from:
            self.spells = [s for s in self.spells if s[1] > t - LOOKBACK_NS]
            self.spells.append((self.below_from, t))
            self.below_from = 0
        if deep:
            self.deep_from = self.deep_from or t
        elif self.deep_from:
            if t >= self.deep_from + DEATH_NS:  # exact-time things first (N-44)
                self._end_before(self.deep_from)
            self.deep_from = 0

    def _end_before(self, spell_from: int) -> None:
        for event in self.events:
            if event.ts < spell_from:
                event.end = min(event.end, spell_from + DEATH_NS)

    def _complete(self, t: int, tape: Tape) -> None:
        self.cross_from = 0
        low = t - LOOKBACK_NS
        if any(end - max(start, low) >= BELOW_NS for start, end in self.spells):
            self.events.append(Event(t, self.num, self.den, tape.surge(t)))


def _ts(event: Event) -> int:
    return event.ts


def _fits(event: Event, rule: Reclaim) -> bool:
    if rule.surge and not event.surge:
        return False
    bound = rule.max_above_e4
    return bound is None or 0 < event.above_num <= bound * event.den
