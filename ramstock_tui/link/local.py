"""The link inside one process: the host is a task of the cockpit's own loop (rulings 1)."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable

from ramstock_tui import __version__
from ramstock_tui.link.schema import PROTO, Bye, Down, Hello, Up


class HostEnd:
    """The host's side: what the cockpit sent, and where answers go."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.closed = False
        self._inbox: list[Down] = []
        self._outbox: asyncio.Queue[Up | None] = asyncio.Queue()

    def receive(self) -> list[Down]:
        """Everything that came since the last call."""
        self.wake.clear()
        messages, self._inbox = self._inbox, []
        return messages

    def send(self, message: Up) -> None:
        """Queue one message for the cockpit; never waits. The host sends at most one Frame that is
        not acknowledged, so the queue stays short."""
        if not self.closed:
            self._outbox.put_nowait(message)

    def take(self, message: Down) -> None:
        """The cockpit's messages come in here."""
        self._inbox.append(message)
        self.wake.set()

    def end(self) -> None:
        """No more messages from either side."""
        if not self.closed:
            self.closed = True
            self.wake.set()
            self._outbox.put_nowait(None)

    async def next(self) -> Up | None:
        """The next message for the cockpit; None at the end."""
        return await self._outbox.get()


class LocalLink:
    """`Link` over a host that runs as `serve(end)` in this loop."""

    def __init__(self, serve: Callable[[HostEnd], Awaitable[None]]) -> None:
        self._serve = serve
        self._end: HostEnd | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the host; its Welcome is the first message."""
        self._end = HostEnd()
        self._end.take(Hello(PROTO, __version__, os.getpid(), "free"))
        self._task = asyncio.create_task(self._run(self._end), name="host")

    async def _run(self, end: HostEnd) -> None:
        try:
            await self._serve(end)
        except Exception as error:  # the screen must say that its host is gone
            end.send(Bye(f"{type(error).__name__}: {error}", 1))
            raise
        finally:
            end.end()

    def send(self, message: Down) -> None:
        """Queue one message; after `close` it does nothing."""
        if self._end is not None and not self._end.closed:
            self._end.take(message)

    async def messages(self) -> AsyncIterator[Up]:
        """Every message of the host in order; ends when either side closes."""
        while self._end is not None and (message := await self._end.next()) is not None:
            yield message

    async def close(self) -> None:
        """Stop the host and wait for it."""
        if self._end is not None:
            self._end.end()
        if self._task is not None:
            task, self._task = self._task, None
            await asyncio.gather(task, return_exceptions=True)
