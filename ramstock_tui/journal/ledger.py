"""Writing a ledger: one JSON object per line, one write() per line, chained and check-summed."""

import errno
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

from ramstock_tui.errors import JournalError
from ramstock_tui.journal import lines
from ramstock_tui.journal.disk import (
    DISK,
    NO_SPACE,
    Disk,
    copy_anew,
    create_file,
    move_tail_aside,
    open_file,
    write_all,
)
from ramstock_tui.journal.ledger_reader import LedgerLine, LedgerReader, Problem, read_ledger
from ramstock_tui.journal.lines import (
    FIRST_HASH,
    TORN,
    VERSION,
    command_from,
    command_line,
    decision_from,
    decision_line,
    is_decision,
)

__all__ = [
    "Ledger",
    "LedgerLine",
    "LedgerReader",
    "Problem",
    "command_from",
    "command_line",
    "decision_from",
    "decision_line",
    "is_decision",
    "read_ledger",
]

GROUP_NS = 200_000_000  # class B lines are on the disk after so long at the latest


class Ledger:
    """Appends to one `ledger.jsonl`. n: number of the last line written; last_seq: the highest
    input seq that a resumed ledger named; torn: bytes that `resume` moved aside.

    Errors are JournalError. A line that cannot stand (no kind, too long ...) is refused and nothing
    changes. A full disk refuses the line; when space returns, the next line is written after a
    marker that seals what was torn. Any other failed write, every failed fsync and a file that is
    gone from its path kill the writer: what the disk holds is no longer known, so every later call
    is refused. After a failed fsync the lines move to a new file under the same name where the
    disk takes it, since the kernel counts the pages of the old one as written.
    """

    def __init__(self, path: Path, fd: int, wall_ns: Callable[[], int], disk: Disk) -> None:
        """For `create` and `resume`."""
        self.path = path
        self.n = 0
        self.last_seq = 0
        self.torn = 0
        self._fd = fd
        self._wall_ns = wall_ns
        self._disk = disk
        self._chain = FIRST_HASH
        self._dead = ""
        self._torn_line = 0  # bytes of a line that the disk took before it was full
        self._unsynced = False
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="ledger-fsync")
        self._syncing: Future[None] | None = None
        self._quiet_ns: int | None = None  # the last time at which nothing waited for fsync
        found = os.fstat(fd)
        self._file = (found.st_dev, found.st_ino)

    @property
    def dead(self) -> str:
        """Why nothing more is ever written, "" while the writer lives."""
        return self._dead

    @classmethod
    def create(cls, path: Path, *, wall_ns: Callable[[], int], disk: Disk = DISK) -> "Ledger":
        """A new ledger; wall_ns gives wall time, ns since the epoch, for the key `w`."""
        return cls(path, create_file(disk, path, b""), wall_ns, disk)

    @classmethod
    def resume(
        cls,
        path: Path,
        *,
        wall_ns: Callable[[], int],
        disk: Disk = DISK,
        see: Callable[[LedgerLine], object] = id,
    ) -> "Ledger":
        """Continue a ledger that was killed, after checking every line; see: is shown each.

        What is torn at its end moves to `STEM.torn-N`. Raises JournalError when lines that hold
        follow a damaged one (which one it was decides about locks and money, so a person must look)
        and when a newer version wrote the file: it can be read, not continued.
        """
        fd = open_file(disk, path, write=True)
        try:
            reader = LedgerReader(path)
            for line in reader:
                see(line)
            _check_continuable(path, reader)
            torn = move_tail_aside(disk, fd, path, reader.end) if reader.problem_count else 0
        except JournalError:
            os.close(fd)
            raise
        self = cls(path, fd, wall_ns, disk)
        self.n, self._chain = reader.n, reader.chain
        self.last_seq, self.torn = reader.last_seq, torn
        return self

    def write(self, line: dict[str, Any], *, sync: bool) -> int:
        """Append one line; its n. sync: it is on the disk before this returns (class A).

        The caller gives kind, ts (event ns) and seq or at; v, n, timestamp, w, h, c are added.
        NaN and infinities become null.
        """
        if self._syncing is not None and self._syncing.done():
            self._settle()
        self._check_alive()
        if self._torn_line:
            self._seal_torn_line(line.get("ts"))
        return self._append(line, sync=sync, before=b"")

    def sync_if_due(self, now_mono_ns: int) -> bool:
        """fsync when lines wait for it and it is 200 ms since none did, by the caller's monotonic
        clock; True when it was begun. A thread does it, since a disk may take its time and the
        caller's loop may not; what it failed with is raised by the next call of any method. Call
        it every 100 ms or oftener."""
        if self._syncing is not None and not self._syncing.done():
            return False
        self._settle()
        if not self._unsynced:
            self._quiet_ns = now_mono_ns
            return False
        if self._quiet_ns is not None and now_mono_ns - self._quiet_ns < GROUP_NS:
            return False
        self._check_alive()
        self.check_named()
        self._unsynced = False
        self._syncing = self._helper.submit(self._disk.fsync, self._fd)
        self._quiet_ns = now_mono_ns
        return True

    def _settle(self, unasked: int = 0) -> None:
        """Wait for the fsync that a thread does; raises what it failed with. unasked: bytes at the
        end of the file that nobody may act on then."""
        syncing, self._syncing = self._syncing, None
        if syncing is not None and (problem := syncing.exception()) is not None:
            if not isinstance(problem, OSError):
                raise problem
            self._sync_failed(problem, unasked)

    def sync(self, unasked: int = 0) -> None:
        """fsync now, whatever waits. unasked: bytes at the end of the file that are taken back
        when it fails."""
        self._settle(unasked)
        self._check_alive()
        self.check_named()
        try:
            self._disk.fsync(self._fd)
        except OSError as problem:
            self._sync_failed(problem, unasked)
        self._unsynced = False

    def _sync_failed(self, problem: OSError, unasked: int) -> NoReturn:
        stands = os.fstat(self._fd).st_size - unasked
        left = ""
        try:
            copy_anew(self._disk, self._fd, self.path, stands)
        except (OSError, JournalError):
            left = self._cut(stands) if unasked else ""
        if unasked and not left:
            self.n -= 1
        self._die("fsync failed", problem, left)

    def _cut(self, length: int) -> str:
        try:
            self._disk.truncate(self._fd, length)
        except OSError as problem:
            return f"; line {self.n} could not be taken back: {problem.strerror}"
        return ""

    def check_named(self) -> None:
        """Does the file still stand at its path? Else what is written there is lost with us."""
        try:
            found = os.stat(self.path, follow_symlinks=False)
        except OSError as problem:
            self._die("its file is gone", problem)
        if (found.st_dev, found.st_ino) != self._file:
            self._die("another file stands in its place", OSError(errno.ESTALE, "Stale file"))

    def close(self) -> None:
        """fsync what waits and close the file. A dead writer only closes the file."""
        if self._fd < 0:
            return
        try:
            if not self._dead:
                self._settle()
            if self._unsynced and not self._dead:
                self.sync()
        finally:
            self._helper.shutdown()
            os.close(self._fd)
            self._fd = -1
            self._dead = self._dead or "it is closed"

    def _append(self, line: dict[str, Any], *, sync: bool, before: bytes) -> int:
        n = self.n + 1
        try:
            packed, chain = lines.pack_line(line, n, self._wall_ns(), self._chain)
        except (ValueError, TypeError, OverflowError, RecursionError) as problem:
            raise JournalError(f"{self.path}: line {n} is refused: {problem}") from problem
        done, failed = write_all(self._disk, self._fd, before + packed)
        if failed is not None:
            self._stopped(done, len(packed), failed)
        self.n, self._chain = n, chain
        self._unsynced = True
        if sync:
            self.sync(len(packed))  # the caller will not act on a line that this fails for
        return n

    def _stopped(self, done: int, length: int, failed: OSError) -> NoReturn:
        if failed.errno not in NO_SPACE:
            self._die(f"write stopped after {done} of {length} bytes", failed)
        self._torn_line += done
        raise JournalError(
            f"{self.path}: line {self.n + 1} is not written: {failed.strerror}"
        ) from failed

    def _seal_torn_line(self, ts: object) -> None:
        marker = {"kind": TORN, "ts": ts, "bytes": self._torn_line}
        self._append(marker, sync=False, before=b"\n")
        self._torn_line = 0

    def _check_alive(self) -> None:
        if self._dead:
            raise JournalError(f"{self.path}: nothing more is written: {self._dead}")

    def _die(self, what: str, problem: OSError, more: str = "") -> NoReturn:
        self._dead = f"{what}: {problem.strerror}{more}"
        raise JournalError(f"{self.path}: {self._dead}") from problem


def _check_continuable(path: Path, reader: LedgerReader) -> None:
    if reader.newest_version > VERSION:
        raise JournalError(
            f"{path}: written by version {reader.newest_version} of the format; this program "
            f"writes {VERSION}: it can be read, not continued"
        )
    inside = [problem for problem in reader.problems if problem.offset < reader.end]
    if inside:
        line, offset, reason = inside[0]
        raise JournalError(
            f"{path}: line {line} (byte {offset}): {reason}; lines that hold follow, "
            "so it is not continued"
        )
