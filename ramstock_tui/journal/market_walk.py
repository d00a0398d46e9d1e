"""The blocks of an unsealed recording by their headers and sums alone, none unpacked.

A restart has to know where a recording ends, that its blocks hold, and where the few stand that it
needs; a day has 200,000 blocks and more.
"""

import os
import zlib
from collections import deque
from collections.abc import Iterator

from ramstock_tui.core.records import RECORD, RECORD_SIZE
from ramstock_tui.journal import codec
from ramstock_tui.journal.codec import BLOCK_HEADER, FILE_HEADER, Damaged
from ramstock_tui.journal.market_reader import Block

TAIL = 20_000  # newest blocks that are remembered: half an hour and more
_CHUNK = 4 << 20


class Walk:
    """What stands in a recording. next_seq, last_ts, end: number, ts (0 without blocks) and byte
    after the last whole block; broken: what stopped it there, "" = nothing. with_blobs: offsets of
    the blocks with blobs; tail: those of the newest blocks, oldest first."""

    def __init__(self, fd: int) -> None:
        """Reads the file; the header was checked. fd stays the caller's, and must stay open."""
        self.next_seq = 1
        self.last_ts = 0
        self.end = FILE_HEADER.size
        self.broken = ""
        self.with_blobs: list[int] = []
        self.tail: deque[int] = deque(maxlen=TAIL)
        self._fd = fd
        try:
            self._read()
        except Damaged as problem:
            self.broken = str(problem)
        if self.tail:
            data = self.block(self.tail[-1]).data
            self.last_ts = RECORD.unpack_from(data, len(data) - RECORD_SIZE)[0]

    def block(self, offset: int) -> Block:
        """One block, unpacked. Raises Damaged."""
        packed = os.pread(self._fd, BLOCK_HEADER.size, offset)
        head = codec.unpack_block_header(packed)
        stored = os.pread(self._fd, head.stored_len, offset + BLOCK_HEADER.size)
        data, blob = codec.unpack_block(packed, head, stored)
        return Block(head.first_seq, head.count, data, blob, offset, head.flags)

    def newest(self) -> Iterator[Block]:
        """The blocks of the tail, newest first."""
        return map(self.block, reversed(self.tail))

    def _read(self) -> None:
        crc32, size = zlib.crc32, BLOCK_HEADER.size
        data, at, last_ts = memoryview(b""), 0, 0
        while True:
            if len(data) - at < size:
                data, at = self._more(self.end, size), 0
                if not data:
                    return
            head = bytes(data[at : at + size])
            checked = codec.unpack_block_header(head)
            if len(data) - at < size + checked.stored_len:
                data, at = self._more(self.end, size + checked.stored_len), 0
            stored = data[at + size : at + size + checked.stored_len]
            if len(stored) != checked.stored_len:
                raise Damaged(f"expected {checked.stored_len} bytes of block, was {len(stored)}")
            if checked.crc != crc32(stored, crc32(head[:-4])):
                raise Damaged("expected a block whose checksum holds")
            if checked.first_seq < self.next_seq or checked.base_ts < last_ts:
                raise Damaged(f"expected seq >= {self.next_seq} and base_ts >= {last_ts}")
            last_ts = checked.base_ts
            self.tail.append(self.end)
            if checked.raw_len > checked.count * RECORD_SIZE:
                self.with_blobs.append(self.end)
            self.next_seq = checked.first_seq + checked.count
            self.end += size + checked.stored_len
            at += size + checked.stored_len

    def _more(self, offset: int, least: int) -> memoryview:
        return memoryview(os.pread(self._fd, max(_CHUNK, least), offset))
