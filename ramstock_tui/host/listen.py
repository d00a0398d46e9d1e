"""The host's socket: who may connect, bytes to messages, readers that are slow."""

import asyncio
import contextlib
import os
import socket
import tempfile
from pathlib import Path

from ramstock_tui.errors import RamstockError
from ramstock_tui.host.serve import Server
from ramstock_tui.link import schema as m
from ramstock_tui.link.peer import check_peer
from ramstock_tui.link.places import SOCKET_PATH_MAX
from ramstock_tui.link.wire import BadMessage, down_unpacker, pack

SCREENS_MAX = 16
INBOX_MAX = 256  # messages of one screen that wait for the loop
BEAT_BYTES = 64 * 1024  # a screen that leaves so much unread gets no more beats
UNREAD_BYTES = 8 * 1024 * 1024  # and at so much it is let go
FLUSH_S = 2.0  # for the last words to a screen


class SocketEnd(asyncio.Protocol):
    """`End` over one accepted connection."""

    def __init__(self, server: Server) -> None:
        self.closed = False
        self.wake = server.wake
        self._server = server
        self._inbox: list[m.Down] = []
        self._unpacker = down_unpacker()
        self._transport: asyncio.Transport | None = None

    # asyncio -------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream socket
        self._transport = transport
        try:
            check_peer(transport.get_extra_info("socket"))
        except RamstockError as problem:
            self._refuse("user", f"this host belongs to user {os.geteuid()}: {problem}")
            return
        if len(self._server.screens) >= SCREENS_MAX:
            self._refuse("full", f"{SCREENS_MAX} screens are attached already")
        else:
            self._server.join(self)

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        try:
            self._inbox += self._unpacker.feed(data)
        except BadMessage as problem:
            self._refuse("protocol", str(problem))
        if len(self._inbox) > INBOX_MAX and self._transport is not None:
            self._transport.pause_reading()
        self.wake.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.wake.set()

    # End -----------------------------------------------------------------------------------------
    def receive(self) -> list[m.Down]:
        """Everything that came since the last call."""
        messages, self._inbox = self._inbox, []
        if len(messages) > INBOX_MAX and not self.closed and self._transport is not None:
            self._transport.resume_reading()
        return messages

    def send(self, message: m.Up) -> None:
        """Hand it to the kernel, or keep it while the screen does not read."""
        if self.closed or self._transport is None:
            return
        unread = self._transport.get_write_buffer_size()
        if unread > UNREAD_BYTES:
            self.closed = True
            self._transport.abort()
        elif not (isinstance(message, m.Beat) and unread > BEAT_BYTES):
            self._transport.write(pack(message))

    def end(self) -> None:
        """Close once everything was sent, at the latest after FLUSH_S."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            asyncio.get_running_loop().call_later(FLUSH_S, self._transport.abort)
        self.closed = True

    def _refuse(self, code: str, text: str) -> None:
        self.send(m.Refused(code, text))
        self.end()


class Listener:
    """A bound socket in a private folder; `close` removes it."""

    def __init__(self, folder: Path, name: str) -> None:
        """folder: see `places.run_dir`; where its path is too long for a socket, a private folder
        of the system's temporary directory takes it. Raises RamstockError."""
        self.path = folder / f"{name}.sock"
        self._extra: Path | None = None
        if len(os.fsencode(self.path)) > SOCKET_PATH_MAX:
            self._extra = Path(tempfile.mkdtemp(prefix="ramstock-"))
            self.path = self._extra / "host.sock"
        self.path.unlink(missing_ok=True)  # of a dead host: the session's lock is ours
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o077)
        try:
            self.socket.bind(str(self.path))
            self.socket.listen(SCREENS_MAX)  # before anybody is told of it
        except OSError as problem:
            raise RamstockError(f"{self.path}: cannot listen: {problem.strerror}") from problem
        finally:
            os.umask(mask)

    async def serve(self, server: Server) -> asyncio.Server:
        """Accept screens for this server."""
        loop = asyncio.get_running_loop()
        return await loop.create_unix_server(lambda: SocketEnd(server), sock=self.socket)

    def close(self) -> None:
        """No socket stays behind."""
        self.socket.close()
        self.path.unlink(missing_ok=True)
        if self._extra is not None:
            with contextlib.suppress(OSError):
                self._extra.rmdir()
