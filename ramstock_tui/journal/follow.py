"""Reading a ledger while it grows: whole lines only, across restarts of its writer."""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ramstock_tui.journal import lines
from ramstock_tui.journal.disk import DISK, open_file
from ramstock_tui.journal.lines import MAX_LINE, Unreadable

_KEPT = 256  # lines whose hashes are kept, to know them again when the file was cut back
_CHUNK = 1 << 20


class Followed(NamedTuple):
    """A line that came. raw: its object, None when it does not hold; offset: byte it starts at;
    problem: why it does not hold, or what happened to the file, else ""."""

    offset: int
    raw: dict[str, Any] | None
    problem: str


class LedgerFollower:
    """Gives the lines of one ledger as they come. A line without its newline waits; the end that a
    restart moves aside was never given, so nothing is lost or told twice. Raises JournalError when
    there is no ledger."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = open_file(DISK, path, write=False, follow=True)
        self._offset = 0
        self._skipping = False  # within a line that is too long
        self._known: deque[tuple[int, bytes]] = deque(maxlen=_KEPT)
        self._again: dict[int, bytes] = {}  # n -> h of lines given before the file was cut
        self._again_from = 0  # what stands before this n was given too

    def close(self) -> None:
        """Give the file back."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def poll(self) -> Iterator[Followed]:
        """What has come since the last poll."""
        yield from self._check_file()
        while chunk := os.pread(self._fd, _CHUNK, self._offset):
            end = chunk.rfind(b"\n") + 1
            if end:
                yield from self._lines(chunk[:end])
            elif len(chunk) >= MAX_LINE:
                yield from self._too_long(len(chunk))
            elif self._skipping:
                self._offset += len(chunk)
            else:
                return

    def _lines(self, whole: bytes) -> Iterator[Followed]:
        for raw in whole[:-1].split(b"\n"):
            offset = self._offset
            self._offset += len(raw) + 1
            if self._skipping:
                self._skipping = False
                continue
            found = self._line(raw, offset)
            if found is not None:
                yield found

    def _line(self, raw: bytes, offset: int) -> Followed | None:
        try:
            line, hashed, _ = lines.unpack_line(raw)
        except Unreadable as problem:
            return Followed(offset, None, f"byte {offset}: {problem}")
        if line["n"] < self._again_from or self._again.pop(line["n"], b"") == hashed:
            return None
        self._known.append((line["n"], hashed))
        return Followed(offset, line, "")

    def _too_long(self, length: int) -> Iterator[Followed]:
        if not self._skipping:
            problem = f"byte {self._offset}: longer than {MAX_LINE} bytes"
            yield Followed(self._offset, None, problem)
        self._skipping = True
        self._offset += length

    def _check_file(self) -> Iterator[Followed]:
        now = os.fstat(self._fd)
        try:
            there = os.stat(self.path)
        except OSError:
            there = now  # it may come back
        if (there.st_dev, there.st_ino) != (now.st_dev, now.st_ino):
            self.close()
            self._fd = open_file(DISK, self.path, write=False, follow=True)
            self._restart()
            self._again, self._again_from = {}, 0
            yield Followed(0, None, "a new ledger stands here")
        elif now.st_size < self._offset:
            self._again = dict(self._known)
            self._again_from = min(self._again, default=0)
            self._restart()
            yield Followed(now.st_size, None, f"the ledger was cut back to byte {now.st_size}")

    def _restart(self) -> None:
        self._offset, self._skipping = 0, False
