"""A screen without a cockpit: a blocking socket that speaks the link, and the host behind it."""

import contextlib
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from ramstock_tui import __version__
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import schema as m
from ramstock_tui.link.wire import pack, up_unpacker
from tests.host.help import environment

DEADLINE_S = 20.0
T = TypeVar("T")


class Host:
    """A real `ramstock host` of a demo session; killed at the end when it still runs."""

    def __init__(self, home: Path, directory: Path, *words: str, **env: str) -> None:
        self.directory = directory
        directory.parent.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ramstock_tui", "host", "--dir", str(directory), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(home, **{"RAMSTOCK_DATA": str(home), "XDG_RUNTIME_DIR": "", **env}),
        )

    def socket(self) -> Path:
        """Where it listens, once it does."""
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until and self.process.poll() is None:
            label = SessionDir(self.directory).holder() or {}
            path = Path(label.get("socket", ""))
            own = label.get("pid") == str(self.process.pid)  # not left by one that was killed
            if own and label.get("socket") and path.exists():
                return path
            time.sleep(0.01)  # another process: nothing to wait on
        raise AssertionError(f"no host: {self.process.communicate(timeout=5)}")

    def wait(self) -> int:
        """Its exit code."""
        return self.process.wait(DEADLINE_S)

    def said(self) -> str:
        """What it printed on standard error; it has ended."""
        return self.process.communicate(timeout=DEADLINE_S)[1].decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=DEADLINE_S)


class Screen:
    """Connects, says Hello; `read` and `of` take what comes; frames are acknowledged."""

    def __init__(self, path: Path, pen: str = "free", **hello: Any) -> None:
        """pen "": says nothing."""
        self.slices: dict[str, Any] = {}
        self.ended = False
        self._unpacker = up_unpacker()
        self._waiting: list[m.Up] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        me: dict[str, Any] = {"proto": m.PROTO, "version": __version__, "pid": os.getpid()}
        if pen:
            self.send(m.Hello(pen=pen, **(me | hello)))

    def send(self, message: m.Down) -> None:
        """One message."""
        self.raw(pack(message))

    def raw(self, data: bytes) -> None:
        """Any bytes."""
        self._socket.sendall(data)

    def read(self, timeout_s: float = DEADLINE_S) -> m.Up | None:
        """The next message; None at the end of the link or when none came in time."""
        until = time.monotonic() + timeout_s
        while not self._waiting:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return None
            data = self._socket.recv(1 << 16)
            if not data:
                self.ended = True
                return None
            self._waiting += self._unpacker.feed(data)
        message = self._waiting.pop(0)
        if isinstance(message, m.Frame):
            for name, (_, value) in message.slices.items():
                self.slices[name] = value
            with contextlib.suppress(BrokenPipeError):  # its last words were sent before it left
                self.send(m.Ack(message.n))
        return message

    def of(self, kind: type[T]) -> T:
        """The next message of this kind; others are taken on the way."""
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            message = self.read(until - time.monotonic())
            if isinstance(message, kind):
                return message
            if message is None and self.ended:
                break
        raise AssertionError(f"no {kind.__name__} came")

    def status(self) -> m.Status:
        """The status slice of the next frame that has one."""
        self.slices.pop("status", None)
        while "status" not in self.slices:
            self.of(m.Frame)
        return msgspec.convert(self.slices["status"], m.Status)

    def close(self) -> None:
        """Leave."""
        self._socket.close()
