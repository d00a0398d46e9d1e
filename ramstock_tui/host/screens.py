"""One attached screen: what it shows, which frames it has, how much it may be sent."""

from collections.abc import Generator
from typing import Protocol

from ramstock_tui.host.views import Slices, Views
from ramstock_tui.host.watched import Watched
from ramstock_tui.link import schema as m

BEAT_NS = 250_000_000
HELLO_NS = 5_000_000_000  # a screen that has not said what it is by then is sent away
MS = 1_000_000


class End(Protocol):
    """The host's side of one link."""

    closed: bool

    def receive(self) -> list[m.Down]:
        """Everything that came since the last call."""
        ...

    def send(self, message: m.Up) -> None:
        """Queue one message; never waits. Beats may be dropped when the screen does not read."""
        ...

    def end(self) -> None:
        """No more messages from either side; what was sent before still goes out."""
        ...


class Screen:
    """State of one screen. pid: of its process, 0 before it has said Hello. pen: what it asked
    for. One Frame at most is on its way, so a screen that does not read costs nothing."""

    def __init__(self, end: End, views: Views, now: int) -> None:
        self.end = end
        self.views = views
        self.view = m.View(tuple(m.SLICES), "", 10)
        self.pid = 0
        self.pen = "none"
        self.greeted = False
        self._since = now
        self._frame = self._acked = self._beats = 0
        self._next_frame = self._next_beat = 0
        self._parts: Generator[None, None, Slices] | None = None  # of the frame in the making

    def late(self, now: int) -> bool:
        """It should have said Hello by now."""
        return not self.greeted and now - self._since > HELLO_NS

    def hurry(self) -> None:
        """The next frame goes out at once, and is of now."""
        self._next_frame = 0
        self._parts = None

    def acknowledge(self, n: int) -> None:
        """It has shown frame n."""
        self._acked = max(self._acked, n)

    def report(self, session: Watched, now: int, lag_p99_ms: int) -> bool:
        """The frame and the beat that are due at `now` (monotonic ns). A frame is made in parts,
        one a call, so that inputs do not wait for all of it; True while it is in the making."""
        if self._parts is None and now >= self._next_frame and self._acked >= self._frame:
            self._parts = self.views.build(self.view)
        if self._parts is not None:
            self._go_on(self._parts, session, now)
        if now >= self._next_beat:
            self._beats += 1
            self._next_beat = now + BEAT_NS
            age_ms = self.views.data_age_ns() // MS
            self.end.send(m.Beat(self._beats, now, session.now, age_ms, lag_p99_ms))
        return self._parts is not None

    def _go_on(self, parts: Generator[None, None, Slices], session: Watched, now: int) -> None:
        try:
            next(parts)
        except StopIteration as done:
            self._parts = None
            self._next_frame = now + 1_000_000_000 // max(1, self.view.fps)
            if done.value:
                self._frame += 1
                self.end.send(m.Frame(self._frame, session.now, now, done.value))
