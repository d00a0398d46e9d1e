"""How far a long verb has come, on one line that never reaches standard output."""

import time
from collections.abc import Callable
from typing import TextIO

TERMINAL_S = 0.2  # between two updates of the line
LOG_S = 2.0  # between two lines where there is no terminal


class Progress:
    """Says `done of total` at most every 0.2 s on a terminal (one line, rewritten), every 2 s
    elsewhere (a line each), and never to None. clock: seconds, monotonic."""

    def __init__(
        self, stream: TextIO | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream is not None and stream.isatty()
        self._every_s = TERMINAL_S if self._terminal else LOG_S
        self._next_s = clock() + self._every_s
        self._shown = False

    def show(self, done: int, total: int) -> None:
        """Tell, unless it was told just now. total: 0 = unknown."""
        now_s = self._clock()
        if self._stream is None or now_s < self._next_s:
            return
        self._next_s = now_s + self._every_s
        of = f" of {total:,} ({min(100, 100 * done // total)} %)" if total else ""
        self._write(f"{done:,} rows{of}")

    def end(self) -> None:
        """Leave the terminal line empty, if there is one."""
        if self._shown and self._terminal:
            self._write("")

    def _write(self, text: str) -> None:
        assert self._stream is not None  # noqa: S101 - show() returns before
        self._shown = True
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()
