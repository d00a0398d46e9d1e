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
from ramstock_tui.journal.codec import BLOCK_HEADER, BLOCK_MAGIC, FILE_HEADER, MAX_RAW, Damaged
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

    def _read(self) -> None:  # tuned: a day has 200,000 blocks
        unpack, crc32, size = BLOCK_HEADER.unpack, zlib.crc32, BLOCK_HEADER.size
        record, tail, blobs = RECORD_SIZE, self.tail.append, self.with_blobs.append
        data, at, last_ts = memoryview(b""), 0, 0
        while True:
            if len(data) - at < size:
                data, at = self._more(self.end, size), 0
                if not data:
                    return
            head = bytes(data[at : at + size])
            if len(head) < size:
                codec.unpack_block_header(head)
            _, raw_len, length, count, _, _, _, first_seq, base_ts, crc = unpack(head)
            if len(data) - at < size + length <= MAX_RAW + size:
                data, at = self._more(self.end, size + length), 0
            stored = data[at + size : at + size + length]
            if crc32(stored, crc32(head[:-4])) != crc or len(stored) != length:
                codec.unpack_block(head, codec.unpack_block_header(head), bytes(stored))
            if head[:4] != BLOCK_MAGIC or first_seq < self.next_seq or base_ts < last_ts:
                raise Damaged(f"expected a block of seq >= {self.next_seq}, base_ts >= {last_ts}")
            tail(self.end)
            if raw_len > count * record:
                blobs(self.end)
            last_ts = base_ts
            self.next_seq = first_seq + count
            self.end += size + length
            at += size + length

    def _more(self, offset: int, least: int) -> memoryview:
        return memoryview(os.pread(self._fd, max(_CHUNK, least), offset))
