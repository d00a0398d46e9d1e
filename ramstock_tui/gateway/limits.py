"""Counters that hold a client to the broker's limits. Times are monotonic ns."""

from collections import deque

SECOND_NS = 1_000_000_000


class Rate:
    """At most so many in any stretch of time."""

    def __init__(self, most: int, span_s: float) -> None:
        self.most = most
        self._span_ns = int(span_s * SECOND_NS)
        self._times: deque[int] = deque()
        self.peak = 0

    def take(self, now: int) -> bool:
        """Count one more at `now`; False = that is beyond the limit. It counts all the same."""
        times = self._times
        while times and now - times[0] >= self._span_ns:
            times.popleft()
        times.append(now)
        self.peak = max(self.peak, len(times))
        return len(times) <= self.most

    @property
    def count(self) -> int:
        """How many stand in the newest stretch."""
        return len(self._times)


class Slots:
    """So many streams of a kind at once, over all clients of the login."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken: set[tuple[int, int]] = set()  # (connection, request)
        self.peak = 0

    def take(self, key: tuple[int, int]) -> bool:
        """Occupy one; False = none is free."""
        if len(self.taken) >= self.most:
            return False
        self.taken.add(key)
        self.peak = max(self.peak, len(self.taken))
        return True

    def free(self, key: tuple[int, int]) -> None:
        """Give it back; not taken is fine."""
        self.taken.discard(key)


class Pause:
    """No more than one for the same thing within a while."""

    def __init__(self, least_s: float) -> None:
        self._least_ns = int(least_s * SECOND_NS)
        self._newest: dict[object, int] = {}

    def take(self, what: object, now: int) -> bool:
        """Is it long enough since the last one that was let through?"""
        before = self._newest.get(what)
        if before is not None and now - before < self._least_ns:
            return False
        self._newest[what] = now
        return True
