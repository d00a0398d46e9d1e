"""How much room the session's disk has left, looked at by a thread once a second."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

LOOK_NS = 1_000_000_000
MB = 1_000_000
ROOM = 64 * 1024  # bytes
OK, LOW, FULL = "ok", "low", "full"


@dataclass(frozen=True)
class DiskLimits:
    """Free space in MB (1,000,000 bytes) below which the screen warns and below which recording
    stops; 0 = no such limit. It goes on when a fifth more than `stop_mb` is free."""

    warn_mb: int = 0
    stop_mb: int = 0


def free_bytes(path: Path) -> int:
    """What an ordinary user may still write to the disk of `path`. Raises OSError."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


class DiskWatch:
    """state: `ok`, `low` or `full` (below the limit to stop at, and until a fifth more is free);
    free_mb: None before the first answer; room: a few lines would fit. A disk that does not answer
    changes nothing."""

    def __init__(
        self, path: Path, limits: DiskLimits, *, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self.limits = limits
        self.state = OK
        self.free_mb: int | None = None
        self.room = True
        self._path = path
        self._free = free
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="disk-watch")
        self._asked: Future[int] | None = None
        self._next_ns = 0

    def look(self, mono_ns: int) -> None:
        """Take an answer that has come; ask again when a second has passed. Never waits."""
        if self._asked is not None and self._asked.done():
            asked, self._asked = self._asked, None
            if asked.exception() is None:
                self._found(asked.result())
        if self._asked is None and mono_ns >= self._next_ns:
            self._next_ns = mono_ns + LOOK_NS
            self._asked = self._helper.submit(self._free, self._path)

    def _found(self, free: int) -> None:
        self.free_mb = free // MB
        self.room = free >= ROOM
        stop = self.limits.stop_mb * MB
        if self.state == FULL:
            stop += stop // 5
        if free < stop:
            self.state = FULL
        else:
            self.state = LOW if free < self.limits.warn_mb * MB else OK

    def close(self) -> None:
        """No further look; a thread that still waits for an answer is left alone."""
        self._helper.shutdown(wait=False, cancel_futures=True)
