"""A scripted link: the test puts messages in and reads what the cockpit sent. No engine."""

import asyncio
from collections.abc import AsyncIterator

from ramstock_tui.core.records import Command
from ramstock_tui.link.schema import Down, Order, Up


class FakeLink:
    def __init__(self, *script: Up) -> None:
        self.sent: list[Down] = []
        self.started = self.closed = False
        self._queue: asyncio.Queue[Up | None] = asyncio.Queue()
        for message in script:
            self._queue.put_nowait(message)

    async def start(self) -> None:
        self.started = True

    def send(self, message: Down) -> None:
        self.sent.append(message)

    def say(self, *messages: Up) -> None:
        """What the host says next."""
        for message in messages:
            self._queue.put_nowait(message)

    async def messages(self) -> AsyncIterator[Up]:
        while (message := await self._queue.get()) is not None:
            yield message

    async def close(self) -> None:
        self.closed = True
        self._queue.put_nowait(None)

    @property
    def commands(self) -> list[Command]:
        return [message.command for message in self.sent if isinstance(message, Order)]


class FakeClock:
    """A monotonic clock that moves when told to."""

    def __init__(self) -> None:
        self.ns = 1_000_000_000_000

    def __call__(self) -> int:
        return self.ns

    def forward(self, seconds: float) -> None:
        self.ns += round(seconds * 1e9)
