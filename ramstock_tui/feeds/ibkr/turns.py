"""When a bulk request may leave: the broker's documented pacing, kept by waiting.

Bars of one minute have no limit of their own but the 50 that may be open; the limits of small bars
(not the same again within 15 s, fewer than 6 for one contract in 2 s) are kept for all.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from time import monotonic

BULK_S = 1 / 15  # between two requests of any kind; the broker allows 50 a second
OPEN = 8  # histories at once, of 50
SAME_S = 15.5
BURST, BURST_S = 5, 2.1
FUNDAMENTALS, FUNDAMENTALS_S = 55, 605.0


class Pace:
    """What was asked for lately, at which monotonic time, s; it outlives a connection."""

    def __init__(self) -> None:
        self.next = 0.0
        self.same: dict[Hashable, float] = {}
        self.bursts: dict[int, deque[float]] = {}
        self.fundamentals: deque[float] = deque()


class Turns:
    """One connection's queue. Made in the loop that it belongs to."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._open = asyncio.Semaphore(OPEN)

    async def bulk(self) -> None:
        """Wait for the next turn."""
        now = monotonic()
        at = max(now, self._pace.next)
        self._pace.next = at + BULK_S
        if at > now:
            await asyncio.sleep(at - now)

    @asynccontextmanager
    async def history(self, request: Hashable, con_id: int) -> AsyncIterator[None]:
        """One request for bars: from here to its answer."""
        async with self._open:
            pace, now = self._pace, monotonic()
            at = now + max(0.0, self._wait(request, con_id, now))
            pace.same = {what: at for what, at in pace.same.items() if now - at < SAME_S}
            pace.same[request] = at  # taken before it waits: the next one waits for this one
            pace.bursts.setdefault(con_id, deque(maxlen=BURST)).append(at)
            await asyncio.sleep(at - now)
            yield

    def fundamental(self) -> bool:
        """May a report be asked for now? Takes the turn. Nobody waits ten minutes for one."""
        now, taken = monotonic(), self._pace.fundamentals
        while taken and now - taken[0] > FUNDAMENTALS_S:
            taken.popleft()
        if len(taken) >= FUNDAMENTALS:
            return False
        taken.append(now)
        return True

    def _wait(self, request: Hashable, con_id: int, now: float) -> float:
        pace = self._pace
        last = pace.same.get(request)
        same = 0.0 if last is None else last + SAME_S - now
        burst = pace.bursts.get(con_id, deque())
        full = burst[0] + BURST_S - now if len(burst) == BURST else 0.0
        return max(same, full)
