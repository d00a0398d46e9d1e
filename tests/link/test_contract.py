"""One script over every link: the screen hears the same, whatever carries it."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui import __version__
from ramstock_tui.core.records import Confirm, Lock, Skip
from ramstock_tui.host.listen import Listener
from ramstock_tui.host.serve import Identity, Server
from ramstock_tui.host.views import Views
from ramstock_tui.link import Link
from ramstock_tui.link import schema as m
from ramstock_tui.link.local import HostEnd, LocalLink
from ramstock_tui.link.socket import SocketLink
from tests.host.scenes import morning
from tests.host.test_keys_and_views import CARD, SIGNAL, Desk
from tests.session_writer import DATE, MS, S, at

DEADLINE_S = 10.0
OTHER_PID = 4242  # of the second screen; the kernel need not know it
Connect = Callable[[Server, Path], AbstractAsyncContextManager[Link]]


@asynccontextmanager
async def in_process(server: Server, folder: Path) -> AsyncIterator[Link]:
    async def attend(end: HostEnd) -> None:
        server.join(end)
        while not end.closed:
            await end.wake.wait()
            await asyncio.sleep(0)  # the host clears it when it hears

    yield LocalLink(attend)


@asynccontextmanager
async def over_a_socket(server: Server, folder: Path) -> AsyncIterator[Link]:
    listener = Listener(folder, "host")
    try:
        async with await listener.serve(server):
            yield SocketLink(listener.path)
    finally:
        listener.close()


class Screen:
    """Acknowledges frames and keeps what they bring; `heard` is everything else but beats."""

    def __init__(self, desk: Desk, link: Link) -> None:
        self.desk = desk
        self.link = link
        self.held: dict[str, bytes] = {}
        self.heard: list[m.Up] = []
        self.seen: list[tuple[str, dict[str, bytes]]] = []
        self.beats = self.orders = self._last_frame = 0
        self._messages = link.messages()

    async def until(self, there: Callable[[], bool]) -> None:
        """Read until it is so."""
        async with asyncio.timeout(DEADLINE_S):
            while not there():
                self._take(await anext(self._messages))

    def _take(self, message: m.Up) -> None:
        if isinstance(message, m.Frame):
            assert message.n == self._last_frame + 1
            self._last_frame = message.n
            for name, (_, value) in message.slices.items():
                self.held[name] = msgspec.json.encode(value)
            self.link.send(m.Ack(message.n))
        elif isinstance(message, m.Beat):
            self.beats += 1
        else:
            self.heard.append(message)

    async def answer(self) -> m.Up:
        """The next message that is neither frame nor beat."""
        had = len(self.heard)
        await self.until(lambda: len(self.heard) > had)
        return self.heard[-1]

    def status(self) -> m.Status:
        return msgspec.json.decode(self.held["status"], type=m.Status)

    async def at(self, ts: int, name: str) -> None:
        """Let event time run to ts and keep the picture of that instant."""
        self.desk.clock.ns += ts - self.desk.playback.now
        await self.until(lambda: "status" in self.held and self.status().engine_ts == ts)
        self.seen.append((name, dict(self.held)))

    async def order(self, command: Any, *, age_ms: int = 100) -> m.Verdict:
        """The host's answer to a key press."""
        self.orders += 1
        pressed = self.desk.clock.ns - age_ms * MS
        self.link.send(m.Order(self.orders, self._last_frame, pressed, command))
        verdict = await self.answer()
        assert isinstance(verdict, m.Verdict)
        assert verdict.cmd_id == self.orders
        return verdict


def run_script(session: Path, folder: Path, connect: Connect) -> Screen:
    """Every kind of message in both directions, once."""

    async def run() -> Screen:
        desk = Desk(session, "keys")
        caps = Identity("ab12", "", "cd34", ("transport", "end"))
        server = Server(desk.playback, lambda: Views(desk.playback), desk.clock, identity=caps)
        async with connect(server, folder) as link:
            host = asyncio.create_task(server.run())
            try:
                screen = Screen(desk, link)
                await link.start()
                await screen.answer()
                await _trade(screen)
                await _control_the_replay(screen)
                await _lose_the_pen_and_get_it_back(screen, server)
                await _end(screen)
            finally:
                await link.close()
                host.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await host
        return screen

    return asyncio.run(run())


async def _trade(screen: Screen) -> None:
    screen.link.send(m.View(tuple(m.SLICES), "", 10))
    await screen.until(lambda: "status" in screen.held)
    await screen.at(SIGNAL + 900 * MS, "a card")
    assert not (await screen.order(Confirm(CARD, 1), age_ms=1_001)).ok
    assert (await screen.order(Confirm(CARD, 1))).ok
    assert not (await screen.order(Confirm(CARD, 1))).ok
    await screen.at(SIGNAL + 2 * S, "an open trade")
    await screen.at(at("09:40:09"), "a second card")
    assert (await screen.order(Skip(f"{DATE}-STOP-2", 1))).ok
    screen.link.send(m.View(("ladder", "universe"), "WIDE", 10, ("WIDE", "TAKE")))
    await screen.at(at("09:40:10"), "another symbol")


async def _control_the_replay(screen: Screen) -> None:
    screen.link.send(m.Transport("pause"))
    await screen.until(lambda: screen.status().speed == "x1 paused")
    screen.desk.clock.ns += 5 * S
    screen.link.send(m.Transport("speed", 1_000))
    await screen.until(lambda: screen.status().speed == "x10 paused")
    assert screen.status().engine_ts == at("09:40:10")
    screen.link.send(m.Transport("play"))
    await screen.until(lambda: screen.status().speed == "x10")
    screen.desk.clock.ns += 100 * MS
    await screen.until(lambda: screen.status().engine_ts == at("09:40:11"))
    screen.link.send(m.Transport("speed", 100))
    await screen.until(lambda: screen.status().speed == "x1")
    await screen.at(at("09:40:12"), "after a pause")


async def _lose_the_pen_and_get_it_back(screen: Screen, server: Server) -> None:
    other = HostEnd()
    other.take(m.Hello(m.PROTO, __version__, OTHER_PID, "take"))
    server.join(other)
    assert await screen.answer() == m.Pen("reader", OTHER_PID)
    verdict = await screen.order(Lock())
    assert verdict.text == f"read-only: process {OTHER_PID} has the pen"
    screen.link.send(m.Transport("pause"))  # a reader's words about the replay do nothing
    await screen.at(at("09:40:13"), "read-only")
    other.end()
    assert await screen.answer() == m.Pen("writer", os.getpid())
    assert (await screen.order(Lock())).ok
    await screen.at(at("09:40:14"), "locked")


async def _end(screen: Screen) -> None:
    screen.link.send(m.End())
    assert await screen.answer() == m.Bye("ended by the operator", 0)
    with pytest.raises(StopAsyncIteration):
        await screen.until(lambda: False)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return morning().write(tmp_path_factory.mktemp("contract") / "session")


def test_the_same_script_gives_the_same_screen_over_either_link(
    session: Path, tmp_path: Path
) -> None:
    local = run_script(session, tmp_path, in_process)
    remote = run_script(session, tmp_path, over_a_socket)
    assert [type(message).__name__ for message in local.heard] == [
        *("Welcome", "Verdict", "Verdict", "Verdict", "Verdict"),
        *("Pen", "Verdict", "Pen", "Verdict", "Bye"),
    ]
    assert remote.heard == local.heard
    assert [name for name, _ in local.seen] == [name for name, _ in remote.seen]
    for (name, here), (_, there) in zip(local.seen, remote.seen, strict=True):
        assert set(here) == set(there) == set(m.SLICES) - {"timeline", "funnel"}, name
        assert {n: here[n] for n in here if here[n] != there.get(n)} == {}, name
    assert min(local.beats, remote.beats) >= len(local.seen)
    assert len({tuple(picture.values()) for _, picture in local.seen}) == 7
