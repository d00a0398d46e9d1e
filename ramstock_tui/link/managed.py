"""The link of a cockpit that also starts its host, and starts it again."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from ramstock_tui.errors import RamstockError
from ramstock_tui.link import spawn
from ramstock_tui.link.schema import Down, Up
from ramstock_tui.link.socket import NoAnswerError, SocketLink

ALIVE_LOOKS, ALIVE_S = 10, 0.03  # a dying process frees its lease a moment after its sockets


class HostLink:
    """`Link` to the host of one session directory. Only the directory decides: is its lease held,
    `start` connects; is it free, a host is started there. One connection at a time; after its end
    `start` may be called again. options: command line of the host beside `--dir`."""

    def __init__(
        self,
        directory: Path,
        options: Sequence[str] = (),
        *,
        pen: str = "free",
        argv: Sequence[str] | None = None,
        ready_s: float = spawn.READY_S,
    ) -> None:
        """argv: the whole command line, for another program than ours."""
        self.directory = directory
        self._argv = list(argv) if argv is not None else spawn.host_argv(directory, options)
        self._pen = pen
        self._ready_s = ready_s
        self._child: spawn.Child | None = None
        self._link: SocketLink | None = None
        self._stop = threading.Event()
        self._failed: RamstockError | None = None
        self._pid = 0

    def spawn_unless_held(self) -> None:
        """Start the host now, so that it comes up while the screen loads. What goes wrong is told
        by `start`."""
        try:
            if spawn.holder_pid(self.directory) is None:
                self._child = spawn.start_host(self._argv, self.directory)
        except RamstockError as error:
            self._failed = error

    async def start(self) -> None:
        """Connect, after starting a host where none lives. RamstockError: it cannot start (with the
        end of its log), or does not answer."""
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        path = await asyncio.to_thread(self._ready)
        link = SocketLink(path, self._pen)
        try:
            await link.start()
        except NoAnswerError as error:
            raise NoAnswerError(f"the engine host, process {self._pid}: {error}") from None
        self._link = link

    def _ready(self) -> Path:
        if self._child is None and spawn.holder_pid(self.directory) is None:
            self._child = spawn.start_host(self._argv, self.directory)
        child, self._child = self._child, None  # one that ended is not asked again
        path = spawn.wait_ready(self.directory, child, self._ready_s, self._stop)
        self._pid = spawn.holder_pid(self.directory) or 0
        return path

    def send(self, message: Down) -> None:
        if self._link is not None:
            self._link.send(message)

    async def messages(self) -> AsyncIterator[Up]:
        """Of the present connection; ends with it."""
        if self._link is not None:
            async for message in self._link.messages():
                yield message

    async def alive(self) -> bool:
        """Does a host of this session live, though the connection has ended?"""
        for _ in range(ALIVE_LOOKS):
            if spawn.holder_pid(self.directory) is None:
                return False
            await asyncio.sleep(ALIVE_S)
        return True

    async def kill(self) -> None:
        """Kill the host that this link spoke to last: it hangs. RamstockError: another process has
        the session now, or it cannot be killed."""
        await asyncio.to_thread(spawn.kill_host, self.directory, self._pid)

    async def close(self) -> None:
        """Leave; the host goes on."""
        self._stop.set()
        if self._link is not None:
            link, self._link = self._link, None
            await link.close()
