"""Real servers for the tests: started on a free loopback port, ended with the test."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_S = 10.0


def free_port() -> int:
    """A port that nobody listens at right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """One redis-server process. options: lines of its configuration."""

    def __init__(self, program: str, folder: Path, options: tuple[str, ...] = ()) -> None:
        self._program = program
        self._folder = folder
        self._options = options
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *more: str, ready: bool = True) -> None:
        """Start it, at the same port each time; ready: wait until it answers."""
        lines = [
            "bind 127.0.0.1", f"dir {self._folder}", "appendonly no", 'save ""',
            *([] if any(line.startswith("port ") for line in self._options)
              else [f"port {self.port}"]),
            *self._options, *more,
        ]  # fmt: skip
        config = self._folder / "redis.conf"
        config.write_text("\n".join(lines) + "\n")
        log = (self._folder / "redis.log").open("wb")
        with log:
            self.process = subprocess.Popen([self._program, config], stdout=log, stderr=log)
        until(self._listens, "redis-server does not listen")
        if ready:
            until(lambda: b"LOADING" not in self.say(b"PING"), "redis-server keeps loading")

    def say(self, *words: bytes) -> bytes:
        """The first bytes of the answer to a command in its inline form, without any library."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as line:
            line.sendall(b" ".join(words) + b"\r\n")
            return line.recv(4096)

    def kill(self) -> None:
        """Gone at once, nothing saved."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


@contextlib.contextmanager
def redis_server(program: str, folder: Path, *options: str) -> Iterator[RedisServer]:
    """A running server."""
    server = RedisServer(program, folder, options)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def until(holds: object, problem: str) -> None:
    """Wait until `holds()` is true."""
    end = time.monotonic() + PATIENCE_S
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, problem
        time.sleep(0.005)
