"""Requests of one connection: urgent ones at once, bulk ones a few a second behind nobody."""

import asyncio
from collections import deque
from collections.abc import Callable

BULK_S = 1 / 20  # between two bulk requests
TOTAL = 40  # messages in any second: the broker allows 50 and half of the lines
Request = Callable[[], None]


class Pacer:
    """send: called in order of urgency, at most TOTAL a second and bulk at most 20. Requests that
    wait are gone with `stop`. sent: loop times of the last second; the next connection goes on with
    them, since the broker counts all together."""

    def __init__(self, sent: deque[float] | None = None) -> None:
        self._urgent: deque[Request] = deque()
        self._bulk: deque[Request] = deque()
        self._sent: deque[float] = deque() if sent is None else sent
        self._next_bulk = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._stopped = False

    def urgent(self, request: Request) -> None:
        """Next in line, before all bulk."""
        self._urgent.append(request)
        self._run()

    def bulk(self, request: Request) -> None:
        """When nothing else waits, 20 a second."""
        self._bulk.append(request)
        self._run()

    @property
    def waiting(self) -> int:
        """Requests that are not sent yet."""
        return len(self._urgent) + len(self._bulk)

    def stop(self) -> None:
        """The connection is over."""
        self._stopped = True
        self._urgent.clear()
        self._bulk.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        if self._stopped:
            return
        if self._timer is not None:  # set for a bulk request; an urgent one may go at once
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        while self._sent and now - self._sent[0] > 1.0:
            self._sent.popleft()
        while self.waiting and not self._stopped:
            if len(self._sent) >= TOTAL:
                self._later(self._sent[0] + 1.001)
                return
            if self._urgent:
                request = self._urgent.popleft()
            elif now >= self._next_bulk:
                self._next_bulk = max(self._next_bulk, now - BULK_S) + BULK_S
                request = self._bulk.popleft()
            else:
                self._later(self._next_bulk)
                return
            self._sent.append(now)
            request()

    def _later(self, at: float) -> None:
        self._timer = self._loop.call_at(at, self._again)

    def _again(self) -> None:
        self._timer = None
        self._run()
