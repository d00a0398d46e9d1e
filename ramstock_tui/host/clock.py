"""Session time where it is to be the time of day: wall clock at the start plus monotonic time.

The two may part: a clock is set, a machine sleeps. Where the wall clock is ahead by more than
200 ms, session time jumps to it, and the jump is recorded (`CLOCK`): all data are stale then.
Session time never goes back: where the wall clock is behind, that is said once for each step.
Both clocks are injected; nothing here reads one.
"""

from collections.abc import Callable

from ramstock_tui.core.records import CLOCK, CLOCK_BEHIND, CLOCK_FORWARD, LAST, Row, split_i64

MS_NS = 1_000_000
APART_NS = 200 * MS_NS
LOOK_NS = 500 * MS_NS  # monotonic time between two looks


class WallWatch:
    """wall: ns since the epoch; mono: monotonic ns. shift: how much session time, as the monotonic
    clock gives it, was moved forward so far, ns."""

    def __init__(self, wall: Callable[[], int], mono: Callable[[], int]) -> None:
        self.shift = 0
        self._wall = wall
        self._mono = mono
        self._next = mono()
        self._behind = 0  # how far the wall clock was behind when that was said last

    def now(self) -> int:
        """The wall clock, to start a session with."""
        return self._wall()

    def look(self, now: int) -> Row | None:
        """The record of a step between the clocks, when there was one since the last look. now:
        session time without it, ns; after a jump forward `shift` has grown by its length."""
        mono = self._mono()
        if mono < self._next:
            return None
        self._next = mono + LOOK_NS
        ahead = self._wall() - now
        if ahead > APART_NS:
            self.shift += ahead
            self._behind = 0
            return _row(now + ahead, CLOCK_FORWARD, ahead)
        behind = max(0, -ahead)
        if behind - self._behind > APART_NS:
            self._behind = behind
            return _row(now, CLOCK_BEHIND, behind)
        if behind <= APART_NS:
            self._behind = 0
        return None


def _row(ts: int, reason: int, ns: int) -> Row:
    px, size = split_i64(ns)
    return (ts, 0, CLOCK, LAST, px, size, reason)
