"""Relative volume of stocks from the broker's bars: today's against those of past sessions.

A baseline is asked for once a day and kept. Where there is no time for it in a refresh, daily
volumes give an estimate until the next one.
"""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic

from ramstock_tui.core.rvol import OPEN_S as RTH_S
from ramstock_tui.core.rvol import Baseline, Rvol, baseline, estimate, relative, shares_until
from ramstock_tui.feeds.screening import Broker, Paper, Refused
from ramstock_tui.schedule import (
    SECOND_NS,
    ScheduleError,
    SessionDay,
    date_of,
    previous_session,
    session_day,
)
from ramstock_tui.store.learned import Learned

SESSIONS_BACK, WEEK = 25, 5  # sessions looked at, so that 20 whole ones traded; in one request
LATE_S = 72_000  # 20:00, when a day has ended
SPEND_S = 75.0  # that a refresh spends on baselines
AT_ONCE = 3


class Volumes:
    """One refresh. date: yyyymmdd; clock: session time, ns; back: sessions of a baseline."""

    def __init__(
        self, broker: Broker, learned: Learned, date: int, clock: Callable[[], int], back: int
    ) -> None:
        self._broker = broker
        self._learned = learned
        self._date = date
        self._clock = clock
        self._back = back
        self._midnight = session_day(date).midnight_ns
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._end = monotonic() + SPEND_S

    @property
    def _second(self) -> int:
        """Of the New York day."""
        return (self._clock() - self._midnight) // SECOND_NS

    async def relative(self, paper: Paper) -> tuple[Rvol | None, str]:
        """The value, or why there is none. Raises Refused, Lost."""
        early, start = self._second < RTH_S, self._midnight
        today = await self._broker.minutes(paper, 0, 1, all_hours=early)
        bars = [((ts - start) // SECOND_NS, shares) for ts, shares in today if ts >= start]
        second = self._second
        base = await self._known(paper, early)
        if base is not None:
            return relative(base, bars, second)
        daily = self._learned.get("daily", paper.con_id, self._date, list[int])
        if daily is None:
            daily = await self._broker.daily(paper)
            self._learned.put("daily", paper.con_id, self._date, daily)
        return estimate(daily, shares_until(bars, RTH_S, second), second)

    async def _known(self, paper: Paper, early: bool) -> Baseline | None:
        """The baseline; None = there is no time to ask for it now."""
        base = self._learned.get("rvol", paper.con_id, self._date, Baseline)
        if base is not None:
            return base
        async with self._turn:
            if monotonic() > self._end:
                return None
            base = await self.baseline(paper, early=early)
        self._learned.put("rvol", paper.con_id, self._date, base)
        return base

    async def baseline(self, paper: Paper, *, early: bool) -> Baseline:
        """Of the whole sessions before today, week by week; early: from 04:00 on."""
        days = _days(self._date, self._back)
        by_date: dict[int, list[tuple[int, int]]] = {}
        for first in range(0, len(days), WEEK):
            chunk = {day.date: day.midnight_ns for day in days[first : first + WEEK]}
            until = days[first].midnight_ns + LATE_S * SECOND_NS
            for ts, shares in await self._week(paper, until, early):
                midnight = chunk.get(date_of(ts))
                if midnight is not None:
                    bar = ((ts - midnight) // SECOND_NS, shares)
                    by_date.setdefault(date_of(ts), []).append(bar)
        whole = [day.date for day in days if not day.early_close]
        return baseline([by_date.get(date, []) for date in reversed(whole)])

    async def _week(self, paper: Paper, until: int, early: bool) -> list[tuple[int, int]]:
        try:
            return await self._broker.minutes(paper, until, 7, all_hours=early)
        except Refused as problem:
            if "no data" in str(problem):  # listed later than that
                return []
            raise


def _days(date: int, count: int) -> list[SessionDay]:
    """So many sessions before a date, newest first; as many as the calendar knows."""
    found: list[SessionDay] = []
    with contextlib.suppress(ScheduleError):
        while len(found) < count:
            date = previous_session(date)
            found.append(session_day(date))
    return found
