"""A small parent that outlives the screen and puts the terminal right again when it dies.

A killed process cannot restore the terminal it used. So every verb that shows a screen forks
early: the child goes on and shows it, the parent only waits. Only the standard library is imported
here, and the fork comes before threads and heavy imports, so the parent stays small.
"""

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable
from typing import Any

RESET = (
    "\x18"  # ends a sequence that was cut in the middle
    "\x1b[?2026l"  # synchronized output off: show what is written
    "\x1b[<u"  # the terminal's own keyboard protocol, before the alternate screen is left
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse reports off
    "\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # focus, paste and size reports off
    "\x1b[23;2t"  # the window has its own name again
    "\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"  # wrap on, normal screen, cursor shown, plain letters
)
_FORWARDED = (
    signal.SIGTERM, signal.SIGHUP, signal.SIGCONT, signal.SIGTSTP, signal.SIGUSR1, signal.SIGUSR2,
)  # fmt: skip
_IGNORED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTTOU, signal.SIGTTIN)
PATIENCE_S = 10  # a recording may have to be closed
_parent_fd: int | None = None


def parent_fd() -> int | None:
    """A descriptor that hangs up when the waiting parent has died; None: there is no parent."""
    return _parent_fd


def guarded(show: Callable[[], int], reports: Callable[[], str] | None = None) -> int:
    """Run `show` in a guarded child; its exit code. See `guard`."""
    guard(reports)
    return show()


def guard(reports: Callable[[], str] | None = None) -> None:
    """Fork; returns in the child alone. The parent waits and ends with the child's exit code.

    A child that dies by a signal gives 128 + its number: the parent then restores the terminal and
    says on one line of stderr what happened and names the folder that `reports` tells. Without a
    terminal, or in a guarded child already, nothing is forked. Call it before any thread starts.
    """
    global _parent_fd
    if _parent_fd is not None or not _on_terminal():
        return
    sys.stdout.flush()
    sys.stderr.flush()
    kept = termios.tcgetattr(0)
    alive, held = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*_FORWARDED, *_IGNORED})
    child = os.fork()
    if child == 0:
        os.close(held)
        _parent_fd = alive
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    os.close(alive)
    code = 1
    try:
        screen = _Child(child, kept, reports)
        screen.watch(before)
        code = screen.wait()
    finally:
        os._exit(code)  # nothing of the caller's may run twice


def _on_terminal() -> bool:
    """Standard input and standard error are what the screen uses."""
    streams = (sys.__stdin__, sys.__stderr__)
    with contextlib.suppress(ValueError, OSError):
        return all(stream is not None and stream.isatty() for stream in streams) and os.isatty(0)
    return False


class _Child:
    """The screen's process as its parent sees it. kept: the modes of the terminal before it."""

    def __init__(self, pid: int, kept: list[Any], reports: Callable[[], str] | None) -> None:
        self.pid = pid
        self.kept = kept
        self.reports = reports
        self.asked = 0  # the signal that asked us to end

    def watch(self, mask: set[Any]) -> None:
        """Hand signals on; those of the keyboard reach the child without us."""
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        for number in _FORWARDED:
            signal.signal(number, self.forward)
        signal.signal(signal.SIGALRM, lambda number, frame: self.forward(signal.SIGKILL, frame))
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def forward(self, number: int, frame: object) -> None:
        """One signal to the child; one that hangs and does not end in time is killed."""
        if number in (signal.SIGTERM, signal.SIGHUP):
            self.asked = self.asked or number
            signal.alarm(PATIENCE_S)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Until the child has ended; the exit code."""
        while True:
            _, status = os.waitpid(self.pid, os.WUNTRACED)
            if os.WIFSTOPPED(status):
                self._stop_too()
            elif os.WIFSIGNALED(status):
                number = os.WTERMSIG(status)
                _restore(self.kept)
                _tell(number, self.reports)
                return 128 + (self.asked or number)
            else:
                _set_modes(self.kept)  # the child did so, unless the terminal did not let it
                return os.WEXITSTATUS(status)

    def _stop_too(self) -> None:
        """Stop with the child, so that the shell sees a stopped job; SIGCONT goes on.

        The whole group stops, as it does when the terminal itself sends the signal: a script that
        called us must not wait in the foreground. Without job control the kernel drops it."""
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self.forward)


def _restore(kept: list[Any]) -> None:
    """What a screen may have changed about the terminal, undone."""
    with contextlib.suppress(termios.error):
        termios.tcflush(0, termios.TCIFLUSH)  # mouse reports that nobody read are no commands
    _set_modes(kept)
    with contextlib.suppress(OSError):
        os.write(2, RESET.encode())


def _set_modes(kept: list[Any]) -> None:
    """Only in the foreground: in the background the shell owns the modes already."""
    with contextlib.suppress(termios.error, OSError):
        if os.tcgetpgrp(0) == os.getpgrp():
            termios.tcsetattr(0, termios.TCSANOW, kept)


def _tell(number: int, reports: Callable[[], str] | None) -> None:
    name = signal.strsignal(number) or "unknown signal"
    where = f"; reports are in {reports()}" if reports else ""
    line = f"ramstock: the screen was ended by signal {number} ({name}); terminal restored{where}"
    with contextlib.suppress(OSError):
        os.write(2, "".join(c if c.isprintable() else " " for c in line).encode() + b"\n")
