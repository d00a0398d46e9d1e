"""A program on a real pseudo terminal, keys that are timed until the screen answers, and what the
processes cost."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

SIZE = (60, 200)  # rows, columns
TAIL = 64  # bytes kept between two reads: no pattern is longer
SELECTED = re.compile(rb"\xe2\x96\xb6([A-Z][A-Z0-9.]*)")  # the marker of the universe and a ticker
CONFIRMED = re.compile(rb"confirmed #A(\d+) ")
NO_CARD = re.compile(rb"nothing to confirm|armed in|ignored: |already sent|has expired|blocked: ")
FIRST_PAINT = re.compile(rb"RAMSTOCK")
TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """The program; `run` reads and presses until an instant. Times are seconds of `monotonic`."""

    def __init__(self, command: list[str], env: dict[str, str], folder: Path) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, SIZE)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=env,
            start_new_session=True, preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(slave)
        self.ended = 0.0
        self.bytes = 0
        self.selected = b""
        self.confirmed: set[bytes] = set()  # numbers of the cards
        self.last = b""  # the newest bytes, for a message when the program fails
        self.seen: dict[str, float] = {}  # what came when, seconds after the start
        self._tail = b""
        self._waits: Callable[[bytes], bool] | None = None

    def read(self, wait_s: float) -> float | None:
        """Take what comes within wait_s. The instant at which the answer that is waited for was
        read, else None. EOFError: the program has closed the terminal."""
        if not select.select([self.master], [], [], max(0.0, wait_s))[0]:
            return None
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            data = b""
        now = time.monotonic()
        if not data:
            raise EOFError
        self.bytes += len(data)
        fresh = self._tail + data
        self._tail = fresh[-TAIL:]
        self.last = (self.last + data)[-4_000:]
        answered = self._waits is not None and self._waits(fresh)
        self._look(fresh, now)
        return now if answered else None

    def _look(self, fresh: bytes, now: float) -> None:
        since = now - self.started
        if "first paint" not in self.seen and FIRST_PAINT.search(fresh):
            self.seen["first paint"] = since
        found = SELECTED.findall(fresh)
        if found:
            self.selected = found[-1]
            self.seen.setdefault("live data", since)

    def until(self, name: str, within_s: float) -> bool:
        """Read until `name` was seen; False when it was not."""
        end = time.monotonic() + within_s
        while name not in self.seen and time.monotonic() < end:
            self.read(end - time.monotonic())
        return name in self.seen

    def press(self, key: bytes, answer: Callable[[bytes], bool], within_s: float) -> float | None:
        """Seconds from the byte into the terminal until the answer was read; None without one."""
        self._waits = answer
        self._tail = b""
        sent = time.monotonic()
        os.write(self.master, key)
        try:
            while (left := sent + within_s - time.monotonic()) > 0:
                if (at := self.read(left)) is not None:
                    return at - sent
        finally:
            self._waits = None
        return None

    def move(self, key: bytes) -> float | None:
        """Press a key that selects another symbol, until that one is marked."""
        before = self.selected

        def moved(fresh: bytes) -> bool:
            return any(ticker != before for ticker in SELECTED.findall(fresh))

        return self.press(key, moved, 1.0)

    def confirm(self) -> float | None:
        """Press `c` until the host's answer is on the screen; None when nothing was confirmed."""
        new: list[bytes] = []

        def answered(fresh: bytes) -> bool:
            new.extend(
                number for number in CONFIRMED.findall(fresh) if number not in self.confirmed
            )
            return bool(new) or NO_CARD.search(fresh) is not None

        took = self.press(b"c", answered, 1.0)
        self.confirmed.update(new)
        return took if new else None

    def idle(self, until: float) -> None:
        """Read until an instant."""
        while (left := until - time.monotonic()) > 0:
            self.read(left)

    def close(self) -> int | None:
        """End the program as a terminal's user would with `kill`; its exit code."""
        self.ended = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 8
        with contextlib.suppress(EOFError):
            while self.process.poll() is None and time.monotonic() < end:
                self.read(0.05)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        return self.process.returncode


def _own_terminal() -> None:
    """In the child: the terminal becomes the one that controls it."""
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Cost:
    """CPU seconds and memory of processes and all their children, but not of `without`."""

    def __init__(self, root: int, without: int = 0) -> None:
        self._root = root
        self._without = without

    def read(self) -> tuple[float, float]:
        """(CPU seconds used so far, resident MB); 0 for what has ended."""
        table = _processes()
        cpu = memory = 0.0
        waiting = [self._root]
        while waiting:
            pid = waiting.pop()
            if pid == self._without or pid not in table:
                continue
            cpu += table[pid][1]
            memory += table[pid][2]
            waiting += [child for child, row in table.items() if row[0] == pid]
        return cpu, memory


def _processes() -> dict[int, tuple[int, float, float]]:
    """pid -> (parent, CPU seconds, resident MB)."""
    if not sys.platform.startswith("linux"):
        return _by_ps()
    found = {}
    page_mb = os.sysconf("SC_PAGE_SIZE") / 1e6
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                cpu = (int(fields[11]) + int(fields[12])) / TICKS
                found[int(entry.name)] = int(fields[1]), cpu, int(fields[21]) * page_mb
    return found


def _by_ps() -> dict[int, tuple[int, float, float]]:
    """The same where there is no /proc; CPU time in hundredths or whole seconds."""
    said = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,time=,rss="],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = {}
    for line in said.splitlines():
        pid, parent, cpu, rss = line.split()
        seconds = 0.0
        for part in cpu.replace("-", ":").split(":"):
            seconds = seconds * 60 + float(part)
        found[int(pid)] = int(parent), seconds, int(rss) / 1000
    return found
