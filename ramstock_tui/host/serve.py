"""The host's loop towards one screen: frames up, commands down, beats."""

import asyncio
import os
from collections.abc import Callable

from ramstock_tui import __version__
from ramstock_tui.host.session import Playback
from ramstock_tui.host.views import Views
from ramstock_tui.link import schema as m
from ramstock_tui.link.local import HostEnd

BEAT_NS = 250_000_000
MS = 1_000_000
IDLE_S = 0.01
BUSY_NS = 8 * MS  # the screen gets its turn after so long


class Server:
    """Serves one playback to one screen in this loop."""

    def __init__(self, playback: Playback, views: Views, clock: Callable[[], int]) -> None:
        self.playback = playback
        self.views = views
        self._clock = clock
        self._view = m.View(tuple(m.SLICES), "", 10)
        self._frame = 0
        self._acked = 0
        self._next_frame = 0
        self._next_beat = 0
        self._beats = 0
        self._closed = False

    async def __call__(self, end: HostEnd) -> None:
        """Until the screen closes the link."""
        end.send(m.Welcome(m.PROTO, __version__, "replay", "writer", os.getpid(), "", ()))
        while not end.closed:
            for message in end.receive():
                self._on(message, end)
            busy = self._work()
            self._report(end)
            if busy:
                await asyncio.sleep(0)
            else:
                await _wait(end.wake)

    def _work(self) -> bool:
        deadline = self._clock() + BUSY_NS
        busy = self.playback.step()
        while busy and self._clock() < deadline:
            busy = self.playback.step()
        return busy

    def _on(self, message: m.Down, end: HostEnd) -> None:
        match message:
            case m.Ack():
                self._acked = max(self._acked, message.n)
            case m.View():
                self._view = message
                self._next_frame = 0
            case m.Order():
                end.send(self._order(message))
                self._next_frame = 0
            case m.Transport():
                self.playback.transport(message.verb, message.value)
                self._next_frame = 0

    def _order(self, order: m.Order) -> m.Verdict:
        age_ms = (self._clock() - order.pressed_mono_ns) // MS
        limit_ms = self.playback.engine.rules.guards.command_age_ms
        if age_ms > limit_ms:
            text = f"key press {age_ms / 1000:.1f} s old, at most {limit_ms / 1000:.1f} s"
            return m.Verdict(order.cmd_id, False, text, ())
        ok, text, guards = self.playback.command(order.command)
        return m.Verdict(order.cmd_id, ok, text, guards)

    def _report(self, end: HostEnd) -> None:
        now = self._clock()
        if now >= self._next_frame and self._acked >= self._frame:
            slices = self.views.changed(self._view)
            if slices:
                self._frame += 1
                end.send(m.Frame(self._frame, self.playback.now, now, slices))
            self._next_frame = now + 1_000_000_000 // max(1, self._view.fps)
        if now >= self._next_beat:
            self._beats += 1
            self._next_beat = now + BEAT_NS
            age_ms = self.views.data_age_ns() // MS
            end.send(m.Beat(self._beats, now, self.playback.now, age_ms, 0))


async def _wait(wake: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(IDLE_S):
            await wake.wait()
    except TimeoutError:
        return
