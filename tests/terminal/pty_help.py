"""The real program on a real terminal (pty) of any size, seen through a terminal emulator."""

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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyte

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 15.0
_PRIVATE = re.compile(r"\x1b\[[<>=?][0-9;]*\$?[a-zA-Z]")  # pyte takes some of these for others
Condition = Callable[[], Any]


class Terminal:
    """One program on a pty. out: every byte it wrote. The program is the leader of a session whose
    terminal this is, as in a terminal window."""

    def __init__(
        self, command: list[str], folder: Path, size: tuple[int, int] = (80, 24), **env: str
    ) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (size[1], size[0]))
        self.before = termios.tcgetattr(self.slave)
        self.out = b""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self._screen)
        self._fed = 0
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd=folder,
            env=environment(folder, **env), start_new_session=True, preexec_fn=_own_terminal,
        )  # fmt: skip

    def read(self, wait_s: float = 0.05) -> bool:
        """Take what has been written; False when nothing came, or never will again."""
        if not select.select([self.master], [], [], wait_s)[0]:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # nobody has the other end any more
            return False
        self.out += data
        return bool(data)

    def until(self, condition: Condition, reading: bool = True) -> Any:
        """Read until the condition holds; what it gave."""
        end = time.monotonic() + DEADLINE_S
        while not (found := condition()):
            if time.monotonic() > end:
                raise AssertionError(f"it never came: {self.text()}\n{self.out[-600:]!r}")
            if reading:
                self.read()
            else:
                select.select([], [], [], 0.02)
        return found

    def text(self) -> str:
        """The screen as a person sees it now, a line each."""
        fresh, self._fed = self.out[self._fed :], len(self.out)
        self._stream.feed(_PRIVATE.sub("", fresh.decode(errors="replace")))
        return "\n".join(self._screen.display)

    def shows(self, *words: str) -> Any:
        return self.until(lambda: all(word in self.text() for word in words))

    def resize(self, width: int, height: int) -> None:
        """As a window does: the kernel tells the program, which paints everything anew."""
        self._fed = len(self.out)
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self._screen)
        termios.tcsetwinsize(self.master, (height, width))

    def keys(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def code(self) -> int:
        """Read to the end; the exit code."""
        self.until(lambda: self.process.poll() is not None)
        while self.read(0):
            pass
        return self.process.wait()

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self.slave)

    def hang_up(self) -> None:
        """Close the window."""
        for end in (self.master, self.slave):
            os.close(end)
        self.master = self.slave = -1

    def close(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.master >= 0:
            self.hang_up()


@contextlib.contextmanager
def terminal(command: list[str], folder: Path, **options: Any) -> Iterator[Terminal]:
    shown = Terminal(command, folder, **options)
    try:
        yield shown
    finally:
        shown.close()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A user who has never seen the program: an empty home, no settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = {"HOME": str(folder), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    return {**kept, **home, **more}


def replay(session: Path, *words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "ramstock_tui", "replay", str(session), *words]


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


def alive(pid: int) -> bool:
    """It exists and is no zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def state(pid: int) -> str:
    """`S` sleeping, `R` running, `T` stopped ..., empty when there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return ""


def rss_kb(pid: int) -> int:
    """Resident memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _own_terminal() -> None:
    os.closerange(3, 64)
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
