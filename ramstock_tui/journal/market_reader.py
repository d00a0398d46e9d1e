"""Reading a market recording: sealed, live or killed; block by block, checked."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from ramstock_tui.core.records import RECORD, RECORD_SIZE, SYMBOL, Row, SymbolInfo
from ramstock_tui.errors import JournalError
from ramstock_tui.journal import codec
from ramstock_tui.journal.codec import BLOCK_HEADER, FILE_HEADER, TRAILER_FOOT, Damaged
from ramstock_tui.journal.disk import DISK, open_file


class Block:
    """Consecutive records: record i has seq first_seq + i.

    data: count × 24 bytes with absolute ts; blob: the bytes that blob records point into; offset:
    where the block's header stands in its file, in bytes; flags: `codec.BY_LEDGER` and others.
    """

    __slots__ = ("blob", "count", "data", "first_seq", "flags", "offset")

    def __init__(
        self, first_seq: int, count: int, data: bytes, blob: bytes, offset: int, flags: int
    ) -> None:
        self.first_seq = first_seq
        self.count = count
        self.data = data
        self.blob = blob
        self.offset = offset
        self.flags = flags

    def rows(self) -> Iterator[Row]:
        """The records in order."""
        return RECORD.iter_unpack(self.data)

    def blob_of(self, row: Row) -> bytes:
        """The bytes of a blob record of this block."""
        return self.blob[row[5] : row[5] + row[6]]


class Place(NamedTuple):
    """Where reading goes on: byte of a block's header, number of that block, and the least seq and
    time, ns, that it may have."""

    offset: int = FILE_HEADER.size
    number: int = 0
    seq: int = 1
    last_ts: int = 0


BEGIN = Place()


class ContentSum:
    """Running sum, counts and symbols of records; the same for every cut into blocks."""

    def __init__(self) -> None:
        self._data = hashlib.sha256()
        self._blob = hashlib.sha256()
        self.counts: Counter[int] = Counter()
        self.symbols: dict[int, SymbolInfo] = {}
        self.records = 0
        self.first_ts = self.last_ts = 0

    def add(self, data: bytes, blob: bytes) -> None:
        """The next records; raises Damaged for a symbol record that does not decode."""
        if not self.records:
            self.first_ts = RECORD.unpack_from(data)[0]
        self.last_ts = RECORD.unpack_from(data, len(data) - RECORD_SIZE)[0]
        self.records += len(data) // RECORD_SIZE
        self.counts.update(data[10::RECORD_SIZE])
        self._data.update(codec.with_blob_offsets(data, None))
        self._blob.update(blob)
        for index, offset, length in codec.blob_records(data):
            _, sym, kind, *_ = RECORD.unpack_from(data, index * RECORD_SIZE)
            if kind == SYMBOL:
                self.symbols[sym] = _symbol(blob[offset : offset + length])

    def digest(self) -> bytes:
        """32 bytes."""
        return hashlib.sha256(self._data.digest() + self._blob.digest()).digest()


def _symbol(blob: bytes) -> SymbolInfo:
    try:
        return msgspec.msgpack.decode(blob, type=SymbolInfo)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Damaged(f"expected a symbol: {problem}") from problem


class MarketReader:
    """One `market.rsm`. A live file may grow while it is read: what is whole is read.

    broken: where and why reading stopped, None as long as nothing did; broken_at, broken_why: the
    same in parts, byte and words. Raises JournalError when the file is missing, no recording, or of
    another format version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken: str | None = None
        self.broken_at = 0
        self.broken_why = ""
        self._fd = open_file(DISK, path, write=False, follow=True)
        self._trailer: codec.Trailer | None = None
        self._summary: codec.Trailer | ContentSum | None = None
        self._end: int | None = None  # of the blocks, when known
        self._end_problem = ""
        try:
            self.header = codec.unpack_file_header(os.pread(self._fd, FILE_HEADER.size, 0))
        except Damaged as problem:
            self.close()
            raise JournalError(f"{path}: byte 0: {problem}") from problem
        self.session_id = self.header.session_id
        self.session_date = self.header.session_date
        self.mode = self.header.mode
        self.created_ns = self.header.created_ns
        self.sealed = bool(self.header.flags & codec.SEALED)
        self.imported = bool(self.header.flags & codec.IMPORTED)
        if self.sealed:
            self._read_trailer()

    def close(self) -> None:
        """Give the file back; reading after it is an error."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        # Readers are handed about as plain objects; most of their users never close them.
        if getattr(self, "_fd", -1) >= 0:
            self.close()

    def blocks(self, strict: bool = True, place: Place = BEGIN) -> Iterator[Block]:
        """Every whole block in order. At the first that is not: JournalError naming file, byte and
        what was expected, or, not strict, the end, and `broken` says the same. place: of the first
        block wanted."""
        offset, number, seq, last_ts = place
        while offset != self._end:
            try:
                head, block = self._block(offset, seq, last_ts)
                self._check_index(number, head, offset)
            except EOFError:
                return
            except Damaged as problem:
                self._stop(offset, self._end_problem or str(problem), strict)
                return
            yield block
            offset += BLOCK_HEADER.size + head.stored_len
            last_ts = RECORD.unpack_from(block.data, len(block.data) - RECORD_SIZE)[0]
            seq, number = head.first_seq + head.count, number + 1

    def end_of(self, block: Block) -> int:
        """Where the next block's header stands, in bytes."""
        packed = os.pread(self._fd, BLOCK_HEADER.size, block.offset)
        return block.offset + BLOCK_HEADER.size + codec.unpack_block_header(packed).stored_len

    def scan(self, strict: bool = True, see: Callable[[Block], None] | None = None) -> ContentSum:
        """Read every block and count; for a sealed file also compare with what its trailer says.
        see: is shown every block on the way."""
        total = ContentSum()
        for block in self.blocks(strict):
            if see is not None:
                see(block)
            try:
                total.add(block.data, block.blob)
            except Damaged as problem:
                self._stop(block.offset, str(problem), strict)
                break
        trailer = self._trailer
        if trailer is not None and self.broken is None:
            said = (trailer.sha256, trailer.counts, trailer.symbols, trailer.records)
            if said != (total.digest(), total.counts, total.symbols, total.records):
                self._stop(self._end or 0, "expected the contents that the trailer sums up", strict)
        self._summary = total
        return total

    @property
    def blocks_end(self) -> int:
        """Byte after the last block: where the trailer begins, else the length of the file."""
        return os.fstat(self._fd).st_size if self._end is None else self._end

    @property
    def counts(self) -> dict[int, int]:
        """Records per kind, of the whole blocks."""
        return dict(self._sums().counts)

    @property
    def symbols(self) -> dict[int, SymbolInfo]:
        """sym id -> symbol; the last record of an id holds."""
        return dict(self._sums().symbols)

    @property
    def records(self) -> int:
        """Number of records."""
        return self._sums().records

    @property
    def block_count(self) -> int | None:
        """Blocks that the index names; None while unsealed."""
        return None if self._trailer is None else len(self._trailer.index)

    @property
    def first_ts(self) -> int:
        """ts of the first record, 0 without records."""
        return self._sums().first_ts

    @property
    def last_ts(self) -> int:
        """ts of the last record, 0 without records."""
        return self._sums().last_ts

    @property
    def sha256(self) -> str:
        """64 hex digits over the contents; sealing does not change it."""
        sums = self._sums()
        return (sums.sha256 if isinstance(sums, codec.Trailer) else sums.digest()).hex()

    def _sums(self) -> "codec.Trailer | ContentSum":
        return self._summary or self.scan(strict=False)

    def _read_trailer(self) -> None:
        size = os.fstat(self._fd).st_size
        try:
            length = codec.trailer_length(
                os.pread(self._fd, TRAILER_FOOT.size, max(0, size - TRAILER_FOOT.size))
            )
            if length > size - FILE_HEADER.size:
                raise Damaged("expected a trailer within the file")
            self._trailer = codec.unpack_trailer(os.pread(self._fd, length, size - length))
            self._end, self._summary = size - length, self._trailer
        except Damaged as problem:
            self._end_problem = f"the sealed file's end is damaged: {problem}"

    def _block(self, offset: int, seq: int, last_ts: int) -> tuple[codec.BlockHeader, Block]:
        packed = os.pread(self._fd, BLOCK_HEADER.size, offset)
        if not packed and not self.sealed:
            raise EOFError
        head = codec.unpack_block_header(packed)
        if head.first_seq < seq or head.base_ts < last_ts:
            raise Damaged(
                f"expected seq >= {seq} and base_ts >= {last_ts}, "
                f"was {head.first_seq}, {head.base_ts}"
            )
        stored = os.pread(self._fd, head.stored_len, offset + BLOCK_HEADER.size)
        data, blob = codec.unpack_block(packed, head, stored)
        return head, Block(head.first_seq, head.count, data, blob, offset, head.flags)

    def _check_index(self, number: int, head: codec.BlockHeader, offset: int) -> None:
        if self._trailer is None:
            return
        index = self._trailer.index
        here = codec.IndexEntry(offset, head.first_seq, head.base_ts, head.count)
        if number >= len(index) or index[number] != here:
            raise Damaged("expected the block that the index names")
        end = offset + BLOCK_HEADER.size + head.stored_len
        if (number == len(index) - 1) != (end == self._end):
            raise Damaged("expected the index to name every block")

    def _stop(self, offset: int, problem: str, strict: bool) -> None:
        self.broken = f"{self.path}: byte {offset}: {problem}"
        self.broken_at, self.broken_why = offset, problem
        if strict:
            raise JournalError(self.broken)


def block_end(fd: int, offset: int) -> int | None:
    """Byte after the whole block that starts at `offset`; None when none does."""
    packed = os.pread(fd, BLOCK_HEADER.size, offset)
    try:
        head = codec.unpack_block_header(packed)
        stored = os.pread(fd, head.stored_len, offset + BLOCK_HEADER.size)
        codec.unpack_block(packed, head, stored)
    except Damaged:
        return None
    return offset + BLOCK_HEADER.size + head.stored_len


def block_after(fd: int, offset: int) -> int | None:
    """Where the first whole block beyond `offset` starts. None: there is none, so damage at
    `offset` is a torn tail."""
    offset += 1
    while chunk := os.pread(fd, 1 << 20, offset):
        at = chunk.find(codec.BLOCK_MAGIC)
        if at < 0:
            offset += max(1, len(chunk) - 3)
            continue
        offset += at
        if block_end(fd, offset) is not None:
            return offset
        offset += 1
    return None
