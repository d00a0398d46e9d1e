"""Writing a market recording: records gather in one open block that leaves with one write().

A recording that was killed is continued with `MarketWriter.resume`.
"""

import os
import struct
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter, le
from pathlib import Path

import zstandard

from ramstock_tui.core.records import BLOB_KINDS, RECORD, RECORD_SIZE, Row
from ramstock_tui.errors import JournalError
from ramstock_tui.journal import codec
from ramstock_tui.journal.codec import BLOCK_RECORDS, MAX_RAW, FileHeader
from ramstock_tui.journal.disk import DISK, Disk, create_file, move_tail_aside, open_file, write_all
from ramstock_tui.journal.market_reader import Block, ContentSum, MarketReader, block_after
from ramstock_tui.journal.market_walk import Walk

__all__ = ["Block", "ContentSum", "MarketReader", "MarketWriter"]

BLOCK_NS = 50_000_000  # a block stays open for so long; a kill may take 100 ms (rulings 4)
_FULL = BLOCK_RECORDS * RECORD_SIZE
_DEAD_TS = 1 << 63  # above every ts: sends each append of a dead writer to its slow path
_ts, _kind = itemgetter(0), itemgetter(2)
# The layout of RECORD needs no padding, so on a little-endian machine the native form gives the
# same bytes in half the time; pack() is faster again than pack_into() (0.12 against 0.28 us).
_NATIVE = struct.Struct("@" + RECORD.format[1:])
_PACK = _NATIVE if sys.byteorder == "little" and _NATIVE.size == RECORD_SIZE else RECORD
_pack = _PACK.pack


@lru_cache(maxsize=16)
def _many(count: int) -> struct.Struct:
    return struct.Struct(_PACK.format[0] + RECORD.format[1:] * count)


class MarketWriter:
    """Appends to one `market.rsm`. next_seq: the number the next record gets; last_ts: ts of the
    newest record, ns (0 without one): no record may be older; torn: bytes `resume` moved aside.

    Every method raises JournalError. A record that cannot be stored (out of range, older than the
    one before) is refused by name and nothing changes; after a failed write or fsync the writer is
    dead: what the file holds is no longer known, so every later call is refused.
    """

    def __init__(
        self,
        path: Path,
        *,
        session_id: bytes,
        session_date: int,
        mode: int,
        created_ns: int,
        imported: bool = False,
        first_seq: int = 1,
        disk: Disk = DISK,
    ) -> None:
        flags = codec.IMPORTED if imported else 0
        try:
            head = codec.pack_file_header(
                FileHeader(flags, session_date, mode, session_id, created_ns)
            )
        except (ValueError, struct.error) as problem:
            raise JournalError(f"{path}: header: {problem}") from problem
        self._begin(path, disk, create_file(disk, path, head), first_seq, last_ts=0, torn=0)

    @classmethod
    def resume(cls, path: Path, *, min_next_seq: int = 1, disk: Disk = DISK) -> "MarketWriter":
        """Continue a recording that was killed, after checking the sums of every block.

        What is torn at its end moves to `STEM.torn-N`. min_next_seq: one above the last seq that
        the ledger knows, since a command may have taken the last numbers. Raises JournalError for
        a sealed recording, and for a damaged one that has whole blocks after the damage.
        """
        fd = open_file(disk, path, write=True)
        try:
            walk = _whole_part(path, fd)
            torn = move_tail_aside(disk, fd, path, walk.end)
        except JournalError:
            os.close(fd)
            raise
        self = cls.__new__(cls)
        self._begin(path, disk, fd, max(walk.next_seq, min_next_seq), walk.last_ts, torn)
        self.walk = walk
        return self

    def _begin(
        self, path: Path, disk: Disk, fd: int, next_seq: int, last_ts: int, torn: int
    ) -> None:
        self.path = path
        self.walk: Walk | None = None  # what a resumed one found
        self._next_seq = next_seq
        self.torn = torn
        self._last_ts = last_ts
        self._disk = disk
        self._fd = fd
        self._dead = ""
        self._zstd = zstandard.ZstdCompressor(level=1)
        self._blob = bytearray()
        self._parts: list[bytes] = []  # packed records of the open block
        self._push = self._parts.append
        self._open(next_seq)

    def _open(self, first_seq: int) -> None:
        self._first_seq = first_seq
        self._full_seq = first_seq + BLOCK_RECORDS - 1  # its record closes the block
        self._parts.clear()
        self._blob.clear()

    @property
    def next_seq(self) -> int:
        """The seq of the next record."""
        return self._next_seq

    @property
    def dead(self) -> str:
        """Why nothing more is ever written, "" while the writer lives."""
        return self._dead

    @property
    def last_ts(self) -> int:
        """ts of the newest record, ns; 0 without one."""
        return 0 if self._dead else self._last_ts

    def append(self, row: Row, blob: bytes = b"") -> int:
        """Store one record in the open block; its seq. A blob kind's size and aux are set here.

        The 4,096th record closes the block.
        """
        if row[0] < self._last_ts or blob or row[2] in BLOB_KINDS:
            row = self._placed(row, blob)
        try:
            self._push(_pack(*row))
        except struct.error as problem:
            raise self._refusal(row, str(problem)) from problem
        self._last_ts = row[0]
        seq = self._next_seq
        self._next_seq = seq + 1
        if seq == self._full_seq:
            self.close_block()
        return seq

    def extend(self, rows: Sequence[Row]) -> None:
        """Store many records, none of a blob kind. After an error the records before the chunk
        that holds the named one are stored, none after."""
        self._check_alive()
        start = 0
        while start < len(rows):
            part = rows[start : start + self._full_seq + 1 - self._next_seq]
            self._check_part(part)
            try:
                self._push(_many(len(part)).pack(*chain.from_iterable(part)))
            except struct.error as problem:
                raise self._refusal(part, str(problem)) from problem
            self._last_ts = part[-1][0]
            self._next_seq += len(part)
            start += len(part)
            if self._next_seq > self._full_seq:
                self.close_block()

    def due(self, now_ns: int) -> bool:
        """Has the open block been open for 50 ms, counted from the ts of its first record?"""
        if not self._parts:
            return False
        return bool(now_ns - RECORD.unpack_from(self._parts[0])[0] >= BLOCK_NS)

    def close_block(self, by_ledger: bool = False) -> None:
        """Hand the open block to the kernel with one write(); nothing when none is open. After it
        a kill of the process loses nothing of it; `sync` guards against a power cut."""
        self._check_alive()
        if not self._parts:
            return
        packed = codec.pack_block(
            self._first_seq,
            b"".join(self._parts),
            bytes(self._blob),
            codec.BY_LEDGER if by_ledger else 0,
            self._zstd,
        )
        done, failed = write_all(self._disk, self._fd, packed)
        if failed is not None:
            self._die(f"write stopped after {done} of {len(packed)} bytes", failed)
        self._open(self._next_seq)

    def skip_seq(self) -> int:
        """The next seq, given to something that stands in the ledger. The block must be closed."""
        self._check_alive()
        if self._parts:
            raise JournalError(f"{self.path}: a seq cannot be given away while a block is open")
        seq = self._next_seq
        self._next_seq = seq + 1
        self._open(seq + 1)
        return seq

    def sync(self) -> None:
        """fsync what was written; the open block is not part of it."""
        self._check_alive()
        try:
            self._disk.fsync(self._fd)
        except OSError as problem:
            self._die("fsync failed", problem)

    def close(self) -> None:
        """Close the open block, fsync, close the file. A dead writer only closes the file."""
        if self._fd < 0:
            return
        try:
            if not self._dead:
                self.close_block()
                self.sync()
        finally:
            os.close(self._fd)
            self._fd = -1
            self._dead = self._dead or "it is closed"
            self._last_ts = _DEAD_TS

    def _placed(self, row: Row, blob: bytes) -> Row:
        # The slow path of `append`: blob records, and everything that must be refused.
        self._check_alive()
        if row[0] < self._last_ts:
            raise self._refusal(row, f"is older than the record before it ({self._last_ts})")
        if row[2] not in BLOB_KINDS:
            raise self._refusal(row, "has a blob, which its kind does not carry")
        if len(blob) > MAX_RAW - _FULL:
            raise self._refusal(row, f"has a blob of {len(blob)} bytes")
        placed = (*row[:5], len(self._blob), len(blob))
        try:
            RECORD.pack(*placed)
        except struct.error as problem:
            raise self._refusal(row, str(problem)) from problem
        if len(self._blob) + len(blob) > MAX_RAW - _FULL:
            self.close_block()
            placed = (*row[:5], 0, len(blob))
        self._blob += blob
        return placed

    def _check_part(self, part: Sequence[Row]) -> None:
        if BLOB_KINDS.intersection(map(_kind, part)):
            raise self._refusal(part, "holds a record that needs a blob; append it")
        times = [self._last_ts, *map(_ts, part)]
        if not all(map(le, times, times[1:])):
            raise self._refusal(part, f"goes back in time (the record before: {self._last_ts})")

    def _refusal(self, what: object, problem: str) -> JournalError:
        text = repr(what)
        text = text if len(text) <= 120 else text[:117] + "..."
        return JournalError(f"{self.path}: seq {self._next_seq}: {text} {problem}")

    def _check_alive(self) -> None:
        if self._dead:
            raise JournalError(f"{self.path}: nothing more is written: {self._dead}")

    def _die(self, what: str, problem: OSError) -> None:
        self._dead = f"{what}: {problem.strerror}"
        self._last_ts = _DEAD_TS
        raise JournalError(f"{self.path}: {self._dead}") from problem


def _whole_part(path: Path, fd: int) -> Walk:
    """What stands in the file, by whole blocks. Raises JournalError."""
    reader = MarketReader(path)
    reader.close()
    if reader.sealed:
        raise JournalError(f"{path}: is sealed; a sealed recording is not continued")
    try:
        walk = Walk(fd)
    except codec.Damaged as problem:
        raise JournalError(f"{path}: its last block: {problem}") from problem
    if walk.broken and block_after(fd, walk.end) is not None:
        raise JournalError(
            f"{path}: byte {walk.end}: {walk.broken}; whole blocks follow, so it is not continued"
        )
    return walk
