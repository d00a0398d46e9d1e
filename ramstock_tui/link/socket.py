"""The link over a Unix socket, as the cockpit holds it."""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

from ramstock_tui import __version__
from ramstock_tui.errors import RamstockError
from ramstock_tui.link.peer import check_peer, check_socket_file
from ramstock_tui.link.schema import PROTO, Down, End, Hello, Up, Welcome
from ramstock_tui.link.wire import BadMessage, pack, up_unpacker

ANSWER_S = 5.0  # from the connection to Welcome
UNSENT_LIMIT = 256 * 1024  # bytes that the host did not take; then it is stuck
UNREAD_MANY, UNREAD_FEW = 256, 64  # messages: stop reading, read again
END_S = 2.0  # for the host to close a session that this screen ended
CLOSE_S = 0.3  # for the last bytes to a host that takes them


class LinkError(RamstockError):
    """The connection cannot go on, or never came about."""


class NoAnswerError(LinkError):
    """Connected, but the host says nothing: it is stopped or hangs."""


class _Wire(asyncio.Protocol):
    """Bytes of one connection: messages that came, and why it ended."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.unread: deque[Up] = deque()
        self.wake = asyncio.Event()
        self.gone = asyncio.Event()
        self.fault = ""
        self._unpacker = up_unpacker()
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self.unread.extend(self._unpacker.feed(data))
        except BadMessage as problem:
            self.fail(f"the engine host sent {problem}")
        self.wake.set()
        if len(self.unread) > UNREAD_MANY and not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        self.wake.set()

    def fail(self, fault: str) -> None:
        """End the connection at once for a reason."""
        self.fault = self.fault or fault
        if self.transport is not None:
            self.transport.abort()

    async def arrived(self) -> bool:
        """Wait for a message; False at the end of the connection."""
        while not self.unread:
            if self.gone.is_set():
                return False
            self.wake.clear()
            await self.wake.wait()
        return True

    async def next(self) -> Up | None:
        """The next message, None at the end."""
        if not await self.arrived():
            return None
        message = self.unread.popleft()
        if self._paused and len(self.unread) < UNREAD_FEW and self.transport is not None:
            self._paused = False
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self.transport.resume_reading()
        return message


class SocketLink:
    """`Link` to the host that listens at `path`. pen: as in Hello."""

    def __init__(self, path: Path, pen: str = "free", *, answer_s: float = ANSWER_S) -> None:
        self.path = path
        self._pen = pen
        self._answer_s = answer_s
        self._wire: _Wire | None = None
        self._ending = False

    async def start(self) -> None:
        """Connect and greet; the answer waits in `messages`. LinkError: nobody listens there,
        another version or another user does, or it says nothing in time (NoAnswerError)."""
        check_socket_file(self.path)
        loop = asyncio.get_running_loop()
        try:
            _, wire = await loop.create_unix_connection(_Wire, str(self.path))
        except OSError as problem:
            said = problem.strerror or str(problem)
            raise LinkError(f"{self.path}: cannot be reached: {said}") from problem
        self._wire = wire
        try:
            await self._greet(wire)
        except BaseException:
            if wire.transport is not None:
                wire.transport.abort()
            raise

    async def _greet(self, wire: _Wire) -> None:
        assert wire.transport is not None  # noqa: S101 - the connection has been made
        check_peer(wire.transport.get_extra_info("socket"))
        self.send(Hello(PROTO, __version__, os.getpid(), self._pen))
        try:
            async with asyncio.timeout(self._answer_s):
                answered = await wire.arrived()
        except TimeoutError:
            raise NoAnswerError(f"no answer in {self._answer_s:g} s") from None
        if not answered:
            raise LinkError(wire.fault or "the engine host closed the connection without a word")
        first = wire.unread[0]
        if isinstance(first, Welcome) and (first.proto, first.version) != (PROTO, __version__):
            raise LinkError(
                f"the engine host is version {first.version} (protocol {first.proto}), this "
                f"screen {__version__} ({PROTO}): stop it and start again"
            )

    def send(self, message: Down) -> None:
        """Queue one message. A host that does not take them any more loses the connection, which
        `messages` tells."""
        wire = self._wire
        if wire is None or wire.transport is None or wire.transport.is_closing():
            return
        self._ending |= isinstance(message, End)
        wire.transport.write(pack(message))
        if wire.transport.get_write_buffer_size() > UNSENT_LIMIT:
            wire.fail(f"the engine host is stuck: it left {UNSENT_LIMIT // 1024} KiB unread")

    async def messages(self) -> AsyncIterator[Up]:
        """Every message in order; ends with the connection. LinkError: why it had to be ended."""
        wire = self._wire
        while wire is not None:
            message = await wire.next()
            if message is None:
                if wire.fault:
                    raise LinkError(wire.fault)
                return
            yield message

    async def close(self) -> None:
        """Hang up. After `End` the host gets END_S to close its session first."""
        wire, self._wire = self._wire, None
        if wire is None or wire.transport is None:
            return
        if self._ending:
            await _within(END_S, wire)
        wire.transport.close()
        await _within(CLOSE_S, wire)
        wire.transport.abort()


async def _within(seconds: float, wire: _Wire) -> None:
    """Wait for the end of a connection; what still comes is thrown away."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while await wire.next() is not None:
                pass
            await wire.gone.wait()
