"""Keeps the screen connected: starts the link, reads it, and starts it again when asked to."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeGuard

from ramstock_tui.errors import RamstockError
from ramstock_tui.link import Link
from ramstock_tui.link.schema import Bye, Refused, Up, Welcome
from ramstock_tui.ui.state import State

TRIES = 3  # to connect again by ourselves to a host that lives
PAUSE_S = 0.1


class Managed(Link, Protocol):
    """A link that can be started again after its end."""

    async def alive(self) -> bool:
        """Does the host live, though the connection has ended?"""

    async def kill(self) -> None:
        """Kill the host; RamstockError when that is not possible."""


class Supervisor:
    """One link, one state. `shown()` after every change brings the screen up to date."""

    def __init__(
        self, link: Link, state: State, receive: Callable[[Up], None], shown: Callable[[], None]
    ) -> None:
        self._link = link
        self._state = state
        self._receive = receive
        self._shown = shown
        self._wanted = asyncio.Event()
        self._tries = 0
        self._over = False
        state.supervised = _managed(link)

    async def run(self) -> None:
        """As long as the screen lives; without a managed link until its end."""
        while True:
            await self._session()
            link = self._link
            if not _managed(link):
                return
            if not await self._goes_on(link):
                await self._wanted.wait()
                self._tries = 0
            self._wanted.clear()
            self._state.starting()
            self._shown()

    async def _session(self) -> None:
        """One connection, from its start to its end. The last picture stays."""
        self._over = False
        try:
            await self._link.start()
            async for message in self._link.messages():
                self._note(message)
                self._receive(message)
                await asyncio.sleep(0)
        except (OSError, RamstockError) as error:
            self._state.failed(error)
        else:
            self._state.lost("HOST ENDED", 0)
        self._shown()

    def _note(self, message: Up) -> None:
        if isinstance(message, Welcome):
            self._tries = 0
        elif isinstance(message, Bye | Refused):
            self._over = True

    async def _goes_on(self, link: Managed) -> bool:
        """Only the connection broke: try again, a few times."""
        if self._over or self._state.stuck or self._tries >= TRIES or not await link.alive():
            return False
        self._tries += 1
        await asyncio.sleep(PAUSE_S)
        return True

    async def again(self, kill: bool) -> None:
        """Connect again or start the host again. kill: end the one that hangs before."""
        if kill and _managed(self._link):
            try:
                await self._link.kill()
            except RamstockError as error:
                self._state.say(str(error), "bad")
                self._shown()
                return
        self._wanted.set()


def _managed(link: Link) -> TypeGuard[Managed]:
    return hasattr(link, "alive") and hasattr(link, "kill")
