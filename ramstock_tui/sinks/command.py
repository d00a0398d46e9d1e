"""Alerts to a program of the user: any other channel. It gets the event as JSON on its standard
input; its arguments are as configured, nothing from the market is put into them, and no shell reads
them. A program that takes too long is ended with everything that it started.
"""

import contextlib
import math
import os
import queue
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence

import msgspec

from ramstock_tui.plain import clean
from ramstock_tui.sinks.alert import Alert, Delivery

SINK = "command"
BOUND = 20  # alerts that wait for their turn
OUTPUT_BYTES = 4 * 1024  # of what it prints; the rest is thrown away
SHOWN = 120  # characters of it in a record
CLOSE_S = 1.0
LOOK_MS = 100
LAST_WORDS_S = 0.3  # what a program left behind may still print
_SECRETS = ("RAMSTOCK_DISCORD__URL", "RAMSTOCK_DISCORD__URL_FILE", "RAMSTOCK_REDIS__URL")


class Command(threading.Thread):
    """Runs the program once for every alert, one after the other."""

    def __init__(self, argv: Sequence[str], timeout_s: float) -> None:
        super().__init__(name="alert-command", daemon=True)
        self._argv = list(argv)
        self._timeout_s = timeout_s
        self._in: queue.Queue[Alert | None] = queue.Queue(BOUND)
        self._out: deque[Delivery] = deque(maxlen=10 * BOUND)
        self._quit = threading.Event()

    def put(self, alert: Alert) -> None:
        """Never waits; an alert for which there is no room is on record."""
        try:
            self._in.put_nowait(alert)
        except queue.Full:
            self._record(alert, "undelivered", None, f"more than {BOUND} wait")

    def records(self) -> list[Delivery]:
        """What happened since the last call."""
        found = []
        while self._out:
            found.append(self._out.popleft())
        return found

    def close(self, within_s: float = CLOSE_S) -> None:
        """Run what waits, not longer than this; the rest is on record."""
        with contextlib.suppress(queue.Full):
            self._in.put(None, timeout=within_s)
        self.join(within_s)
        self._quit.set()
        self.join(within_s)
        while not self._in.empty():
            alert = self._in.get_nowait()
            if alert is not None:
                self._record(alert, "undelivered", None, "the session ended")

    def run(self) -> None:
        while not self._quit.is_set() and (alert := self._in.get()) is not None:
            began = time.monotonic()
            why = self._run_once(alert)
            took_ms = round((time.monotonic() - began) * 1000)
            self._record(alert, "undelivered" if why else "done", took_ms, why)

    def _record(self, alert: Alert, state: str, took_ms: int | None, why: str) -> None:
        self._out.append(Delivery(SINK, alert.key, alert.prefix, state, took_ms, why))

    def _run_once(self, alert: Alert) -> str:
        """What went wrong, "" when nothing did."""
        env = {name: value for name, value in os.environ.items() if name not in _SECRETS}
        try:
            process = subprocess.Popen(  # noqa: S603 - what the user configured
                self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, cwd="/", env=env, start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as problem:
            said = problem.strerror if isinstance(problem, OSError) else "not a command"
            return f"cannot be started: {said}"
        output = _Output(process, msgspec.json.encode(alert) + b"\n")
        code = self._wait(process)
        if code is None:
            _end_all(process)
            output.end()
            return f"took longer than {self._timeout_s:g} s"
        said = output.end()
        return f"exit code {code}: {said}".removesuffix(": ") if code else ""

    def _wait(self, process: subprocess.Popen[bytes]) -> int | None:
        """Its exit code; None when it takes too long, or nobody waits for it any more."""
        end = time.monotonic() + self._timeout_s
        while not self._quit.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(min(0.1, max(0.0, end - time.monotonic())))
            if time.monotonic() >= end:
                break
        return None


class _Output(threading.Thread):
    """Hands a program its input and takes what it prints, however much that is."""

    def __init__(self, process: subprocess.Popen[bytes], data: bytes) -> None:
        super().__init__(name="alert-output", daemon=True)
        self._process = process
        self._data = data
        self._kept = b""
        self._until = math.inf  # monotonic s
        self._writer = threading.Thread(target=self._write, name="alert-input", daemon=True)
        self._writer.start()
        self.start()

    def end(self) -> str:
        """The beginning of its output in one harmless line. It has ended; what it has started may
        hold its output for as long as it likes, and nobody waits for that."""
        self._until = time.monotonic() + LAST_WORDS_S
        self.join(2 * LAST_WORDS_S)
        words = " ".join(self._kept.decode(errors="replace").split())
        return clean(words, SHOWN)

    def _write(self) -> None:
        pipe = self._process.stdin
        with contextlib.suppress(OSError, ValueError):
            if pipe is not None:
                pipe.write(self._data)
                pipe.close()

    def run(self) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        with contextlib.suppress(OSError, ValueError), pipe:
            ready = select.poll()
            ready.register(pipe, select.POLLIN)
            while time.monotonic() < self._until:
                if not ready.poll(LOOK_MS):
                    continue
                if not (piece := os.read(pipe.fileno(), 1 << 16)):
                    break
                self._kept += piece[: OUTPUT_BYTES - len(self._kept)]


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """The program and what it started: they are a process group of their own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
