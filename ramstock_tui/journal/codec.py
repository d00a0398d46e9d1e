"""Layouts of `market.rsm`, little-endian, with their limits; packing and checked unpacking.

A file is a header, blocks, and, once sealed, a trailer:

- file header, 64 B: `FILE_HEADER` with a CRC over the bytes before it;
- block: header, 40 B, with a CRC over itself and the stored bytes, then the stored bytes: `count`
  records of 24 B and a blob area that the blob records cover in order, without gaps. Raw or zstd;
  with `DIFFERENCES` every record's ts is the difference to the record before (the first: 0);
- trailer: head, index (one entry per block), symbol table (msgpack), counts per kind, and a foot
  with the trailer's whole length, its CRC and the magic `RSMX`.

The trailer's sha256 covers sha256(records) + sha256(blobs), where records have absolute ts and 0
instead of a blob offset, so that a file has the same sum before and after it is sealed.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import sub

import msgspec
import zstandard

from ramstock_tui.core.records import BLOB_KINDS, RECORD, RECORD_SIZE, SymbolInfo

VERSION = 1
FILE_HEADER = struct.Struct("<4sHHHHIB3x16sq16xI")
BLOCK_HEADER = struct.Struct("<4sIIIBBHQqI")
TRAILER_HEAD = struct.Struct("<4sIIIQqq32s")
INDEX_ENTRY = struct.Struct("<QQqI")
KIND_COUNT = struct.Struct("<BQ")
TRAILER_FOOT = struct.Struct("<II4s")
_CRC = struct.Struct("<I")

FILE_MAGIC, BLOCK_MAGIC, TRAILER_MAGIC, END_MAGIC = b"RSM1", b"BLK1", b"RSMT", b"RSMX"
SEALED, IMPORTED = 1, 2  # file flags
BY_LEDGER, DIFFERENCES = 1, 2  # block flags
RAW, ZSTD = 0, 1  # codecs
MODES = ("shadow", "paper", "live", "demo", "replay", "import")  # the header's mode is the place

BLOCK_RECORDS = 4096  # records of a full block
RAW_BELOW = 32  # blocks with fewer records are stored raw
MAX_RAW = 16 << 20  # bytes of a decoded block
MAX_TRAILER = 64 << 20
_OFFSET_AT = 16  # of `size` in a record
_NO_BLOB = bytes(kind for kind in range(256) if kind not in BLOB_KINDS)
_U32 = struct.Struct("<I")
_U32_I32 = struct.Struct("<Ii")


class Damaged(ValueError):
    """Bytes that are not what the layout says; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class FileHeader:
    """session_id: 16 bytes; session_date: yyyymmdd; created_ns: wall time, ns since the epoch."""

    flags: int
    session_date: int
    mode: int
    session_id: bytes
    created_ns: int


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """Lengths in bytes; base_ts: ts of the first record."""

    raw_len: int
    stored_len: int
    count: int
    codec: int
    flags: int
    first_seq: int
    base_ts: int
    crc: int


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One block of a sealed file."""

    offset: int
    first_seq: int
    base_ts: int
    count: int


@dataclass(frozen=True, slots=True)
class Trailer:
    """What a sealed file says about itself; counts: records per kind; ts 0 without records."""

    index: tuple[IndexEntry, ...]
    symbols: dict[int, SymbolInfo]
    counts: dict[int, int]
    records: int
    first_ts: int
    last_ts: int
    sha256: bytes


def pack_file_header(header: FileHeader) -> bytes:
    """64 bytes. Raises struct.error for figures out of range, ValueError for a wrong id."""
    if len(header.session_id) != 16:
        raise ValueError(f"a session id has 16 bytes, was {len(header.session_id)}")
    packed = FILE_HEADER.pack(
        FILE_MAGIC, VERSION, FILE_HEADER.size, RECORD_SIZE, header.flags, header.session_date,
        header.mode, header.session_id, header.created_ns, 0,
    )  # fmt: skip
    return packed[:-4] + _CRC.pack(zlib.crc32(packed[:-4]))


def unpack_file_header(data: bytes) -> FileHeader:
    """The inverse; raises Damaged."""
    if len(data) < FILE_HEADER.size:
        raise Damaged(f"expected a file header of {FILE_HEADER.size} bytes, was {len(data)}")
    magic, version, length, record, flags, date, mode, ident, created, crc = FILE_HEADER.unpack(
        data[: FILE_HEADER.size]
    )
    if magic != FILE_MAGIC:
        raise Damaged(f"expected magic {FILE_MAGIC!r}, was {magic!r}: not a market recording")
    if version != VERSION:
        raise Damaged(f"expected format version {VERSION}, was {version}")
    if crc != zlib.crc32(data[: FILE_HEADER.size - 4]):
        raise Damaged("expected a file header whose checksum holds")
    if length != FILE_HEADER.size or record != RECORD_SIZE or flags & ~(SEALED | IMPORTED):
        raise Damaged("expected a header of 64 bytes, records of 24 and known flags")
    return FileHeader(flags, date, mode, ident, created)


def pack_block(
    first_seq: int, data: bytes, blob: bytes, flags: int, pack: zstandard.ZstdCompressor
) -> bytes:
    """Header and stored bytes of one block; data: its records with absolute ts.

    Below RAW_BELOW records, or where compression gains nothing, the bytes are stored raw.
    """
    base_ts = RECORD.unpack_from(data)[0]
    if flags & DIFFERENCES:
        data = to_differences(data)
    raw = data + blob
    count = len(data) // RECORD_SIZE
    codec, stored = RAW, raw
    if count >= RAW_BELOW and len(squeezed := pack.compress(raw)) < len(raw):
        codec, stored = ZSTD, squeezed
    head = BLOCK_HEADER.pack(
        BLOCK_MAGIC, len(raw), len(stored), count, codec, flags, 0, first_seq, base_ts, 0
    )[:-4]
    return head + _CRC.pack(zlib.crc32(stored, zlib.crc32(head))) + stored


def unpack_block_header(data: bytes) -> BlockHeader:
    """The inverse, within the decoder limits; the checksum is `unpack_block`'s. Raises Damaged."""
    if len(data) < BLOCK_HEADER.size:
        raise Damaged(f"expected a block header of {BLOCK_HEADER.size} bytes, was {len(data)}")
    magic, *rest = BLOCK_HEADER.unpack(data)
    if magic != BLOCK_MAGIC:
        raise Damaged(f"expected block magic {BLOCK_MAGIC!r}, was {magic!r}")
    raw_len, stored_len, count, codec, flags, _, first_seq, base_ts, crc = rest
    head = BlockHeader(raw_len, stored_len, count, codec, flags, first_seq, base_ts, crc)
    if not 0 < count * RECORD_SIZE <= raw_len <= MAX_RAW:
        raise Damaged(f"expected 0 < count * 24 <= raw_len <= {MAX_RAW}, was {count}, {raw_len}")
    if codec > ZSTD or flags & ~(BY_LEDGER | DIFFERENCES):
        raise Damaged(f"expected a known codec and known flags, was {codec}, {flags}")
    if stored_len > raw_len or (codec == RAW and stored_len != raw_len):
        raise Damaged(f"expected stored_len within raw_len {raw_len}, was {stored_len}")
    return head


def unpack_block(packed: bytes, head: BlockHeader, stored: bytes) -> tuple[bytes, bytes]:
    """(records with absolute ts, blob area); packed: the header's own bytes. Raises Damaged."""
    if len(stored) != head.stored_len:
        raise Damaged(f"expected {head.stored_len} bytes of block, was {len(stored)}")
    if head.crc != zlib.crc32(stored, zlib.crc32(packed[:-4])):
        raise Damaged("expected a block whose checksum holds")
    raw = stored if head.codec == RAW else _decompressed(stored, head.raw_len)
    size = head.count * RECORD_SIZE
    data, blob = raw[:size], raw[size:]
    if head.flags & DIFFERENCES:
        data = from_differences(data, head.base_ts)
    times = _words(data)[0::3].tolist()
    if times[0] != head.base_ts or times != sorted(times):
        raise Damaged("expected times that start at base_ts and never decrease")
    if blob or data[10::RECORD_SIZE].translate(None, _NO_BLOB):
        _check_blobs(data, len(blob))
    return data, blob


def _decompressed(stored: bytes, raw_len: int) -> bytes:
    # The size is checked before a byte is unpacked: a frame that claims more is never allocated.
    try:
        if zstandard.frame_content_size(stored) != raw_len:
            raise Damaged(f"expected a zstd frame of {raw_len} bytes")
        return zstandard.ZstdDecompressor(max_window_size=MAX_RAW).decompress(
            stored, max_output_size=raw_len, allow_extra_data=False
        )
    except zstandard.ZstdError as problem:
        raise Damaged(f"expected a whole zstd frame: {problem}") from problem


def blob_records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(index, offset, length) of the records that carry a blob, in order."""
    kinds = data[10::RECORD_SIZE]
    if not kinds.translate(None, _NO_BLOB):
        return
    for index, kind in enumerate(kinds):
        if kind in BLOB_KINDS:
            offset, length = _U32_I32.unpack_from(data, index * RECORD_SIZE + _OFFSET_AT)
            yield index, offset, length


def _check_blobs(data: bytes, size: int) -> None:
    # In order and without gaps or overlaps, so that a file cannot unfold to more than it holds.
    end = 0
    for _, offset, length in blob_records(data):
        if offset != end or length < 0:
            raise Damaged(f"expected a blob at {end}, was {offset} of length {length}")
        end += length
    if end != size:
        raise Damaged(f"expected blobs of {size} bytes, was {end}")


def with_blob_offsets(data: bytes, start: int | None) -> bytes:
    """The records with blob offsets moved so that the first is `start`; None: all 0."""
    moved: bytearray | None = None
    for index, offset, _ in blob_records(data):
        if moved is None:
            moved, first = bytearray(data), offset
        to = 0 if start is None else offset - first + start
        _U32.pack_into(moved, index * RECORD_SIZE + _OFFSET_AT, to)
    return data if moved is None else bytes(moved)


def to_differences(data: bytes) -> bytes:
    """Records whose ts is the difference to the record before; the first is 0."""
    words = _words(data)
    times = words[0::3]
    words[0::3] = array("q", [0, *map(sub, times[1:], times)])
    return _bytes(words)


def from_differences(data: bytes, base_ts: int) -> bytes:
    """The inverse of `to_differences`; raises Damaged for times beyond 64 bits."""
    words = _words(data)
    try:
        words[0::3] = array("q", islice(accumulate(words[0::3], initial=base_ts), 1, None))
    except OverflowError:
        raise Damaged("expected times within 64 bits") from None
    return _bytes(words)


def _words(data: bytes) -> "array[int]":
    words = array("q", data)
    if sys.byteorder == "big":
        words.byteswap()
    return words


def _bytes(words: "array[int]") -> bytes:
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()


def pack_trailer(trailer: Trailer) -> bytes:
    """Head, index, symbols, counts, foot."""
    symbols = msgspec.msgpack.encode(sorted(trailer.symbols.items()))
    head = TRAILER_HEAD.pack(
        TRAILER_MAGIC, len(trailer.index), len(symbols), len(trailer.counts), trailer.records,
        trailer.first_ts, trailer.last_ts, trailer.sha256,
    )  # fmt: skip
    index = b"".join(
        INDEX_ENTRY.pack(entry.offset, entry.first_seq, entry.base_ts, entry.count)
        for entry in trailer.index
    )
    counts = b"".join(KIND_COUNT.pack(*pair) for pair in sorted(trailer.counts.items()))
    body = head + index + symbols + counts
    length = len(body) + TRAILER_FOOT.size
    crc = zlib.crc32(_U32.pack(length), zlib.crc32(body))
    return body + TRAILER_FOOT.pack(length, crc, END_MAGIC)


def trailer_length(foot: bytes) -> int:
    """Whole length of the trailer from its last 12 bytes; raises Damaged."""
    if len(foot) != TRAILER_FOOT.size or foot[-4:] != END_MAGIC:
        raise Damaged(f"expected a sealed file to end with {END_MAGIC!r}")
    length: int = TRAILER_FOOT.unpack(foot)[0]
    if not TRAILER_HEAD.size + TRAILER_FOOT.size <= length <= MAX_TRAILER:
        raise Damaged(f"expected a trailer of at most {MAX_TRAILER} bytes, was {length}")
    return length


def unpack_trailer(data: bytes) -> Trailer:
    """The inverse of `pack_trailer`; raises Damaged."""
    body = data[: -TRAILER_FOOT.size]
    length, crc, _ = TRAILER_FOOT.unpack(data[-TRAILER_FOOT.size :])
    if crc != zlib.crc32(_U32.pack(length), zlib.crc32(body)):
        raise Damaged("expected a trailer whose checksum holds")
    magic, blocks, symbols_len, kinds, records, first_ts, last_ts, sha256 = (
        TRAILER_HEAD.unpack_from(body)
    )
    symbols_at = TRAILER_HEAD.size + blocks * INDEX_ENTRY.size
    counts_at = symbols_at + symbols_len
    if magic != TRAILER_MAGIC or counts_at + kinds * KIND_COUNT.size != len(body):
        raise Damaged("expected a trailer whose parts fill it")
    try:
        pairs = msgspec.msgpack.decode(
            body[symbols_at:counts_at], type=list[tuple[int, SymbolInfo]]
        )
    except msgspec.DecodeError as problem:
        raise Damaged(f"expected a symbol table: {problem}") from problem
    index = INDEX_ENTRY.iter_unpack(body[TRAILER_HEAD.size : symbols_at])
    return Trailer(
        tuple(IndexEntry(*entry) for entry in index),
        dict(pairs),
        dict(KIND_COUNT.iter_unpack(body[counts_at:])),
        records,
        first_ts,
        last_ts,
        sha256,
    )
