"""Prints: counts, velocity, acceleration, surge, VWAP and its reclaim (N-07, N-08, N-09, D-07)."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from .book import MS, NS
from .past import Past

OPEN_NS = 34_200 * NS  # 09:30:00 New York
CLOSE_NS = 57_600 * NS  # 16:00:00
FIRST_VWAP_NS = OPEN_NS + 60 * NS  # 09:31:00
FEED_VWAP_UNITS = 10_000  # a feed VWAP is an i64 of 1/100,000,000 USD: so many per 1/10,000


def older_than(past: Past, width_ns: int) -> bool:
    """The symbol's first record is at least so old (the tape has warmed up)."""
    return past.first_ts is not None and past.t - past.first_ts >= width_ns


def count_3s(past: Past) -> int | None:
    """Prints in (t - 3 s, t]; None until 3 s after the first record."""
    if not older_than(past, 3 * NS):
        return None
    return len(past.trades(past.t - 3 * NS, past.t))


def acceleration(past: Past) -> float | None:
    """10 V(3 s) / max(V(t-33 s, t-3 s], 300); None until 33 s after the first record."""
    if not older_than(past, 33 * NS):
        return None
    fast = past.volume(past.t - 3 * NS, past.t)
    slow = past.volume(past.t - 33 * NS, past.t - 3 * NS)
    return 10 * fast / max(slow, 300)


def surge(past: Past) -> bool | None:
    """V(3 s) > 0 and 10 V(3 s) >= V(t-63 s, t-3 s]; None in the first 63 s of the tape."""
    if not older_than(past, 63 * NS):
        return None
    fast = past.volume(past.t - 3 * NS, past.t)
    return fast > 0 and 10 * fast >= past.volume(past.t - 63 * NS, past.t - 3 * NS)


# VWAP ---------------------------------------------------------------------------------------------
def feed_vwap(past: Past) -> Fraction | None:
    """The newest VWAP of the feed in this session, 1/10,000 USD."""
    sent = [b.feed_vwap for b in past.batches if b.feed_vwap is not None]
    return Fraction(sent[-1], FEED_VWAP_UNITS) if sent else None


def own_vwap(past: Past) -> Fraction | None:
    """Sum of price x shares / shares over counted prints of 09:30:00 <= ts < 16:00:00."""
    start = past.session.midnight_ns + OPEN_NS
    stop = past.session.midnight_ns + CLOSE_NS
    used = [x for x in past.trades(-1, past.t) if start <= x.ts < stop and x.size]
    if not used:
        return None
    return Fraction(sum(x.px * x.size for x in used), sum(x.size for x in used))


def vwap(past: Past) -> tuple[Fraction | None, str]:
    """(VWAP in 1/10,000 USD, "") or (None, reason)."""
    if past.day_ns < FIRST_VWAP_NS:
        return None, "first_60s"
    if past.day_ns >= CLOSE_NS:
        return None, "after_close"
    value = feed_vwap(past)
    if value is None:
        value = own_vwap(past)
    return (None, "no_print") if value is None else (value, "")


def partial(past: Past) -> bool:
    """The VWAP in force is our own and misses the first minute of the session."""
    first_minute = past.session.midnight_ns + FIRST_VWAP_NS
    late = past.first_ts is not None and past.first_ts > first_minute
    return late and feed_vwap(past) is None and not past.session.allow_partial_vwap


# above and below ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Point:
    """last and VWAP in force from ts on. printed: counted prints came in the batch at ts."""

    ts: int
    last: int | None
    vwap: Fraction | None
    printed: bool

    @property
    def gap(self) -> Fraction | None:
        """last - VWAP, 1/10,000 USD; None while there is none."""
        return None if self.last is None or self.vwap is None else self.last - self.vwap

    @property
    def above(self) -> bool:
        return self.gap is not None and self.gap > 0

    @property
    def not_above(self) -> bool:
        return self.gap is not None and self.gap <= 0


def points(past: Past) -> list[Point]:
    """Every instant at which last, VWAP or its existence may change, in order."""
    printed = {b.ts: bool(b.trades) for b in past.batches if b.trades or b.feed_vwap is not None}
    begin = past.session.midnight_ns + FIRST_VWAP_NS
    if begin <= past.t:
        printed.setdefault(begin, False)
    found = []
    for ts in sorted(printed):
        then = past.until(ts)
        last = then.last
        found.append(Point(ts, last.px if last else None, vwap(then)[0], printed[ts]))
    return found


Spell = tuple[int, int | None]  # [begin, end), None: it still lasts


def spells(line: list[Point], holds: Callable[[Point], bool]) -> list[Spell]:
    """The unbroken stretches of time during which the predicate holds."""
    found: list[Spell] = []
    begin: int | None = None
    for point in line:
        if holds(point):
            begin = point.ts if begin is None else begin
        elif begin is not None:
            found.append((begin, point.ts))
            begin = None
    return found if begin is None else [*found, (begin, None)]


# reclaim (N-07) -----------------------------------------------------------------------------------
def completion(line: list[Point], i: int, now: int) -> int | None:
    """When the cross that started at line[i] was complete; None: voided, or not yet."""
    due = line[i].ts + 500 * MS
    for point in line[i + 1 :]:
        if point.ts > due:
            break
        if not point.above:
            return None
        if point.printed:
            return point.ts
    return due if due <= now else None


def crosses(past: Past) -> list[int]:
    """Completion times of the crosses up to t."""
    line = points(past)
    done = []
    for i in range(1, len(line)):
        if line[i].printed and line[i].above and line[i - 1].not_above:
            at = completion(line, i, past.t)
            if at is not None:
                done.append(at)
    return done


def was_below(past: Past) -> bool:
    """One unbroken spell of last <= VWAP - 1 tick has >= 5 s in (t - 60 s, t]."""
    tick = past.info.tick_e4
    for begin, end in spells(points(past), lambda p: p.gap is not None and p.gap <= -tick):
        stop = past.t if end is None else end
        if stop - max(begin, past.t - 60 * NS) >= 5 * NS:
            return True
    return False


def event_end(past: Past, done: int) -> int:
    """When a reclaim event completed at `done` ends, as far as known at t."""
    tick = past.info.tick_e4
    for begin, end in spells(points(past), lambda p: p.gap is not None and p.gap < -tick):
        dies = begin + NS
        if begin > done and (end is None or end >= dies):
            return min(dies, done + 10 * NS)
    return done + 10 * NS


def reclaim(past: Past, *, surge_needed: bool, max_above_e4: int | None) -> tuple[bool | None, str]:
    """(is a reclaim event alive, "") or (None, reason)."""
    value, reason = vwap(past)
    if value is None:
        return None, reason
    if partial(past):
        return None, "partial"
    for done in crosses(past):
        then = past.until(done)
        gap = points(then)[-1].gap
        close_enough = max_above_e4 is None or (gap is not None and 0 < gap <= max_above_e4)
        if not close_enough or not was_below(then) or (surge_needed and not surge(then)):
            continue
        if done <= past.t < event_end(past, done):
            return True, ""
    return False, ""
