"""The outbox on the disk: a line for each change, the last one of a message holds.

Lines are for a restart of the host on the same machine; nothing else reads them but `alerts
status`. What must survive a power cut is synced: the id of a message that was created, since a
second create would be a second alert.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ramstock_tui.sinks.discord.entry import Kept

NAME = "alerts.jsonl"
MOST_BYTES = 8 << 20  # then it is written anew with the last line of each
LINE_BYTES = 64 << 10
_FLAGS = os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
SYNC = getattr(os, "fdatasync", os.fsync)  # macOS has no other
_decode = msgspec.json.Decoder(Kept).decode


def read(path: Path) -> list[Kept]:
    """Every message, in order of its first line; [] without a file. A torn or foreign line is left
    out. Raises OSError."""
    found: dict[str, Kept] = {}
    try:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb") as file:
            for raw in file:
                with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    if len(raw) <= LINE_BYTES and raw.endswith(b"\n"):
                        kept = _decode(raw)
                        found[kept.key] = kept
    except FileNotFoundError:
        return []
    return list(found.values())


class Store:
    """Appends to one file. failed: why the disk refused, "" while it takes lines; a line that it
    refused is written with the next change of that message."""

    def __init__(self, path: Path, kept: Iterable[Kept] = ()) -> None:
        """Begins the file anew with these. Raises OSError."""
        self.path = path
        self.failed = ""
        self._fd = -1
        self._size = 0
        self.rewrite(kept)

    def rewrite(self, kept: Iterable[Kept]) -> None:
        """The last line of each message, nothing else. Raises OSError; the old file stays then."""
        anew = self.path.with_suffix(".anew")
        data = b"".join(map(_line, kept))
        fd = os.open(anew, os.O_WRONLY | os.O_APPEND | os.O_TRUNC | _FLAGS, 0o600)
        try:
            _write(fd, data)
            os.fsync(fd)
            os.replace(anew, self.path)
        except OSError:
            os.close(fd)
            raise
        self.close()
        self._fd, self._size = fd, len(data)

    def add(self, kept: Kept) -> None:
        """One line, handed to the kernel: it survives the death of this process."""
        data = _line(kept)
        try:
            _write(self._fd, data)
            self._size += len(data)
            self.failed = ""
        except OSError as problem:
            self.failed = problem.strerror or "error"

    @property
    def full(self) -> bool:
        """It is time to `rewrite`."""
        return self._size > MOST_BYTES

    def sync(self) -> None:
        """What was added survives a power cut. May take its time; errors are kept in `failed`."""
        try:
            SYNC(self._fd)
        except OSError as problem:
            self.failed = problem.strerror or "error"

    def close(self) -> None:
        """No more lines."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _line(kept: Kept) -> bytes:
    return msgspec.json.encode(kept) + b"\n"


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
