"""Textual's driver of a Unix terminal, made to survive a terminal that stalls, stops or goes away.

Textual itself waits in its loop once 30 writes are queued: a terminal that does not read would
freeze the keys, the watchdog and the way out.
"""

import contextlib
import os
import select
import signal
import sys
import termios
import threading
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from ramstock_tui.errors import RamstockError
from ramstock_tui.launcher import RESET
from ramstock_tui.ui.notify import POP_TITLE, PUSH_TITLE, window_title

BUSY_BYTES = 32 * 1024  # more waits for the terminal: no further picture is painted
FULL_BYTES = 256 * 1024  # more is dropped, and the screen is painted anew later
PIECE_BYTES = 16 * 1024
CLOSE_S = 0.8  # for the last bytes to a terminal that does not read
LOOK_MS = 50  # how often a waiting writer looks whether it is still wanted
FLUSHED_S = 0.2  # for the reset after everything else was thrown away


class Output(threading.Thread):
    """Writes to the terminal in the background; `write` never waits and holds FULL_BYTES at most.

    dropped: something was thrown away since the owner last looked. stuck: the terminal did not
    take the last bytes in time, or is gone."""

    def __init__(self, fileno: int, encoding: str) -> None:
        super().__init__(name="terminal-output", daemon=True)
        self.dropped = False
        self.stuck = False
        self.unbounded = False
        self._shared = fileno
        self._fileno = _reopened(fileno)
        self._encoding = encoding
        self._waiting: list[bytes] = []
        self._size = 0
        self._closed = False
        self._changed = threading.Condition()

    @property
    def backlog(self) -> int:
        """Bytes that the terminal has not taken yet."""
        return self._size

    def write(self, text: str) -> None:
        data = text.encode(self._encoding, "replace")
        with self._changed:
            if self._closed or self.stuck:
                return
            if self._size + len(data) > FULL_BYTES and not self.unbounded:
                self.dropped = True
                return
            self._waiting.append(data)
            self._size += len(data)
            self._changed.notify()

    def close(self) -> None:
        """Write what is left and end the thread; after CLOSE_S throw it away and only reset."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self.join(CLOSE_S)
        if self.is_alive():
            self.stuck = True
            self.join(FLUSHED_S)
        if self._fileno != self._shared and not self.is_alive():
            os.close(self._fileno)

    def run(self) -> None:
        try:
            while data := self._next():
                self._put(data)
            if self.stuck:
                self._reset()
        except OSError:  # the terminal is gone; whoever watches it ends the program
            self.stuck = True

    def _next(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            data = b"".join(self._waiting)
            self._waiting.clear()
            return data

    def _put(self, data: bytes) -> None:
        """Write in pieces, as the terminal takes them."""
        room = select.poll()
        room.register(self._fileno, select.POLLOUT)
        at = 0
        while at < len(data) and not self.stuck:
            if not room.poll(LOOK_MS):
                continue
            with contextlib.suppress(BlockingIOError):
                done = os.write(self._fileno, data[at : at + PIECE_BYTES])
                at += done
                with self._changed:
                    self._size -= done

    def _reset(self) -> None:
        """Throw away what waits in the kernel; the reset then finds room without waiting."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._fileno, termios.TCOFLUSH)
        with contextlib.suppress(BlockingIOError):
            os.write(self._fileno, RESET.encode())


def _reopened(fileno: int) -> int:
    """The same terminal through a descriptor of our own that never waits: the flag belongs to the
    open file, and the given one is shared with the shell. Where it cannot be opened, the given."""
    try:
        return os.open(os.ttyname(fileno), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return fileno


class Terminal(LinuxDriver):
    """The driver of the cockpit. Its way of stopping obeys job control: in a group without a shell
    the kernel drops the stop, and the screen simply comes back."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.output: Output | None = None
        self._showing = self._named = False
        super().__init__(*args, **options)

    @property
    def busy(self) -> bool:
        """The terminal lags behind: a picture now would only be late."""
        return self.output is not None and self.output.backlog > BUSY_BYTES

    @property
    def stuck(self) -> bool:
        """The terminal took no more bytes when it was left."""
        return self.output is not None and self.output.stuck

    def recovered(self) -> bool:
        """Once after output was dropped, when the terminal reads again: paint everything."""
        output = self.output
        if output is None or not output.dropped or output.backlog:
            return False
        output.dropped = False
        return True

    def write(self, data: str) -> None:
        if self.output is not None:
            self.output.write(data)

    def start_application_mode(self) -> None:
        if self._showing:  # a second SIGCONT
            return
        self._showing = True
        screen = sys.__stderr__
        if screen is None:
            raise RamstockError("standard error is closed: the screen needs it")
        self.output = Output(screen.fileno(), screen.encoding)
        self.output.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        thread = self._writer_thread  # Textual's own, idle: shows whether it could start
        self._showing = thread is not None and thread.is_alive()

    def name_window(self, words: str) -> None:
        """The name that it had comes back when the screen is left."""
        self.write(("" if self._named else PUSH_TITLE) + window_title(words))
        self._named = True

    def stop_application_mode(self) -> None:
        if self.output is not None:
            self.output.unbounded = True  # what leaves the screen is never dropped
            if self._named:
                self.write(POP_TITLE)
        self._named = False
        super().stop_application_mode()

    def close(self) -> None:
        if self.output is not None:
            self.output.close()
        super().close()
        self._showing = False

    def _sigtstp_application(self, *_: Any) -> None:
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # goes on here after SIGCONT
        signal.signal(signal.SIGTSTP, self._sigtstp_application)
        if self._auto_restart:
            self.resume_application_mode()

    def _sigcont_application(self, *_: Any) -> None:
        if self._auto_restart and not self._showing:
            self.resume_application_mode()

    def _run_input_thread(self) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone or belongs to another group
            super()._run_input_thread()
