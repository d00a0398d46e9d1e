"""History of a stock: its days before today are made up, today is what the feed traded.

A day's volume alternates around the mean, so that any even number of days has exactly that mean;
within a day it follows a U: more at the open and the close, 5 % of it before 09:30.
"""

import math
from typing import NamedTuple
from zlib import crc32

from ramstock_tui import schedule
from ramstock_tui.schedule import CLOSE_S, OPEN_S, SECOND_NS, ScheduleError

PRE_S = 14_400  # 04:00
PRE_PART = 0.05
SWING = 0.2  # of a day's volume around the mean
SESSION_S = CLOSE_S - OPEN_S


class Bar(NamedTuple):
    """start: epoch s. Prices USD; average: USD, weighted by volume."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    average: float
    trades: int


def share(second: float) -> float:
    """Which part of a day's volume is traded by this second of the New York day."""
    if second <= PRE_S:
        return 0.0
    if second <= OPEN_S:
        return PRE_PART * (second - PRE_S) / (OPEN_S - PRE_S)
    x = min(1.0, (second - OPEN_S) / SESSION_S)
    return PRE_PART + (1 - PRE_PART) * (0.55 * x + 0.45 * (4 * (x - 0.5) ** 3 + 0.5))


class Days:
    """Bars of one stock. The trades of today are kept by the second."""

    def __init__(self, symbol: str) -> None:
        self._phase = crc32(symbol.encode()) % 1_000 / 1_000
        self._seconds: dict[int, list[int]] = {}  # [open, high, low, close, volume, notional, n]

    def trade(self, ts: int, px: int, size: int) -> None:
        """A print that counts."""
        bar = self._seconds.get(ts // SECOND_NS)
        if bar is None:
            self._seconds[ts // SECOND_NS] = [px, px, px, px, size, px * size, 1]
            return
        bar[1], bar[2], bar[3] = max(bar[1], px), min(bar[2], px), px
        bar[4] += size
        bar[5] += px * size
        bar[6] += 1

    def share_until(self, ts: int) -> float:
        """Which part of an ordinary day's volume is traded by ts, a time of a session."""
        return share(_second_of(ts))

    def bars(
        self, now: int, length_s: int, span_s: int, rth: bool, base: tuple[int, int, int]
    ) -> list[Bar]:
        """Bars of length_s (a day: 86,400) that cover span_s up to now, oldest first; 86,400 s of
        span are a whole session. base: mean shares a day, shares traded today before the feed,
        newest price 1/10,000. Raises ScheduleError when now is in no session's day."""
        today = last = schedule.date_of(now)
        if self._seconds:  # the day that the feed trades: for an earlier end it is not reached
            today = schedule.date_of(min(self._seconds) * SECOND_NS)
        count = max(1, math.ceil(span_s / 86_400))
        dates = [last, *previous(last, count)][:count][::-1]
        found: list[Bar] = []
        since = now // SECOND_NS - span_s if length_s < 86_400 and span_s < 86_400 else 0
        for date in dates:
            ago = len(dates) - 1 - dates.index(date)
            made = (
                self._today(now, rth, base) if date == today else self._past(date, ago, rth, base)
            )
            found += _joined(made, length_s, _day_start(date))
        return [bar for bar in found if bar.start + length_s > since]

    def _past(self, date: int, ago: int, rth: bool, base: tuple[int, int, int]) -> list[Bar]:
        """Minutes of a day before today."""
        try:
            day = schedule.session_day(date)
        except ScheduleError:
            return []
        mean, _, px = base
        volume = mean * (1 + (SWING if ago % 2 else -SWING))
        first = day.open_ns if rth else day.midnight_ns + PRE_S * SECOND_NS
        return [
            self._minute(second, ago, volume, px / 10_000)
            for second in range(first // SECOND_NS, day.close_ns // SECOND_NS, 60)
        ]

    def _minute(self, start: int, ago: int, volume: float, px: float) -> Bar:
        second = _second_of(start * SECOND_NS)
        traded = round(volume * share(second + 60)) - round(volume * share(second))
        at, then = (self._path(px, ago, s) for s in (second, second + 60))
        high, low = max(at, then) + 0.01, max(0.01, min(at, then) - 0.01)
        middle = round((at + then) / 2, 4)
        return Bar(start, at, round(high, 2), round(low, 2), then, traded, middle, traded // 90 + 1)

    def _path(self, px: float, ago: int, second: float) -> float:
        x = (second - OPEN_S) / SESSION_S - ago + self._phase
        return max(0.02, round(px * (1 + 0.02 * math.sin(2.1 * x) + 0.005 * math.sin(23 * x)), 2))

    def _today(self, now: int, rth: bool, base: tuple[int, int, int]) -> list[Bar]:
        """Minutes up to the feed's begin share what was traded before it; then what was traded."""
        _, before, px = base
        start, end = _day_start(schedule.date_of(now)), now // SECOND_NS
        first = min(self._seconds, default=end)
        opening = start + (OPEN_S if rth else PRE_S)
        found: list[Bar] = []
        whole = share(_second_of(first * SECOND_NS))
        if whole and before:
            for second in range(opening, first, 60):
                bar = self._minute(second, 0, before / whole, px / 10_000)
                cut = round(before / whole * min(whole, share(second + 60 - start)))
                rest = cut - round(before / whole * share(second - start))
                found.append(bar._replace(volume=rest))
        return found + [_traded(second, bar) for second, bar in sorted(self._seconds.items())]


def previous(date: int, count: int) -> list[int]:
    """So many sessions before a date, newest first; none from before the calendar begins."""
    found: list[int] = []
    try:
        while len(found) < count:
            date = schedule.previous_session(date)
            found.append(date)
    except ScheduleError:
        pass
    return found


def _traded(second: int, bar: list[int]) -> Bar:
    volume, notional, count = bar[4:]
    first, high, low, last = (px / 10_000 for px in bar[:4])
    average = round(notional / volume / 10_000, 6) if volume else last
    return Bar(second, first, high, low, last, volume, average, count)


def _joined(bars: list[Bar], length_s: int, day_start: int) -> list[Bar]:
    """Bars of length_s from finer ones of one day; a stretch without a trade has none."""
    found: dict[int, Bar] = {}
    for bar in bars:
        start = day_start + (bar.start - day_start) // length_s * length_s
        held = found.get(start)
        if held is None:
            found[start] = bar._replace(start=start)
            continue
        volume = held.volume + bar.volume
        money = held.average * held.volume + bar.average * bar.volume
        found[start] = Bar(
            start,
            held.open,
            max(held.high, bar.high),
            min(held.low, bar.low),
            bar.close,
            volume,
            round(money / volume, 6) if volume else bar.close,
            held.trades + bar.trades,
        )
    return list(found.values())


def _day_start(date: int) -> int:
    """Midnight of the day's regular hours, epoch s."""
    return schedule.session_day(date).midnight_ns // SECOND_NS


def _second_of(ts: int) -> float:
    moment = schedule.new_york(ts)
    return moment.hour * 3_600 + moment.minute * 60 + moment.second
