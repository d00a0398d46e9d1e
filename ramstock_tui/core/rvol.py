"""Relative volume by time of day (D-02), in whole numbers.

A session's volume comes as one-minute bars: (second of the New York day at which the minute begins,
shares). The baseline keeps sums over sessions, so that a mean is divided only once, at the end.
"""

from collections.abc import Iterable, Sequence

import msgspec

MINUTE_S = 60
EARLY_S, OPEN_S, CLOSE_S = 14_400, 34_200, 57_600  # 04:00, 09:30, 16:00
EARLY_MINUTES = (OPEN_S - EARLY_S) // MINUTE_S
MINUTES = (CLOSE_S - OPEN_S) // MINUTE_S
SESSIONS, LEAST = 20, 10  # that a baseline looks back at, and that it needs at least
E4 = 10_000

Bars = Sequence[tuple[int, int]]


class Baseline(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Sums of the volumes of `sessions` full sessions. early[m]: shares from 04:00 to m minutes
    after it, 0 <= m <= 330; regular[m]: from 09:30 on, 0 <= m <= 390."""

    sessions: int
    early: tuple[int, ...]
    regular: tuple[int, ...]


class Rvol(msgspec.Struct, frozen=True, array_like=True):
    """num / den, exactly; est: estimated from daily volumes. den is above 0."""

    num: int
    den: int
    est: bool = False

    @property
    def e4(self) -> int:
        """× 10,000, rounded down."""
        return self.num * E4 // self.den

    def above(self, limit_e4: int) -> bool:
        """Strictly above the limit."""
        return self.num * E4 > limit_e4 * self.den


def shares_until(bars: Iterable[tuple[int, int]], start: int, second: int) -> int:
    """V(start→second): shares of the minutes that began in [start, second)."""
    return sum(shares for began, shares in bars if start <= began < second)


def baseline(days: Sequence[Bars]) -> Baseline:
    """Of the newest `SESSIONS` days that traded at all, oldest day first. The caller leaves out
    half days and today."""
    used = [day for day in days if day][-SESSIONS:]
    early, regular = [0] * EARLY_MINUTES, [0] * MINUTES
    for day in used:
        for began, shares in day:
            if EARLY_S <= began < OPEN_S:
                early[(began - EARLY_S) // MINUTE_S] += shares
            elif OPEN_S <= began < CLOSE_S:
                regular[(began - OPEN_S) // MINUTE_S] += shares
    return Baseline(len(used), _running(early), _running(regular))


def relative(base: Baseline, today: Bars, second: int) -> tuple[Rvol | None, str]:
    """RVOL at a second of the New York day: today's shares since 09:30 (before it: since 04:00)
    against the mean of the baseline to the same time; within a minute the baseline is interpolated.
    None with the reason: `too_early` (before 04:00), `closed` (from 16:00 on), `few_sessions`,
    `no_volume` (the baseline has none so far)."""
    if second < EARLY_S:
        return None, "too_early"
    if second >= CLOSE_S:
        return None, "closed"
    if base.sessions < LEAST:
        return None, "few_sessions"
    start, curve = (EARLY_S, base.early) if second < OPEN_S else (OPEN_S, base.regular)
    minute, rest = divmod(second - start, MINUTE_S)
    later = curve[min(minute + 1, len(curve) - 1)]
    total = curve[minute] * (MINUTE_S - rest) + later * rest
    if not total:
        return None, "no_volume"
    shares = shares_until(today, start, second)
    return Rvol(shares * base.sessions * MINUTE_S, total), ""


def estimate(daily: Sequence[int], shares: int, second: int) -> tuple[Rvol | None, str]:
    """The fallback `daily`: volume of the whole day projected from the shares since 09:30, against
    the mean of the newest 20 daily volumes (oldest first). Marked est."""
    used = [volume for volume in daily if volume > 0][-SESSIONS:]
    if second <= OPEN_S:
        return None, "too_early"
    if second >= CLOSE_S:
        return None, "closed"
    if len(used) < LEAST:
        return None, "few_sessions"
    full = CLOSE_S - OPEN_S
    return Rvol(shares * full * len(used), (second - OPEN_S) * sum(used), est=True), ""


def _running(per_minute: list[int]) -> tuple[int, ...]:
    """0, then the sum of the first one, two ... of them."""
    sums = [0]
    for shares in per_minute:
        sums.append(sums[-1] + shares)
    return tuple(sums)
