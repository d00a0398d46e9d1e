"""Damage to a market recording is found, and what is whole before it is kept."""

import struct
import zlib
from pathlib import Path

import pytest
import zstandard

from ramstock_tui.core.records import HEADLINE, PRINT, SYMBOL
from ramstock_tui.errors import JournalError
from ramstock_tui.journal import codec
from ramstock_tui.journal.market import Block, MarketReader, MarketWriter
from tests.journal.journal_help import (
    TS,
    UNSYNCED,
    content,
    expected,
    fill,
    raw_records,
    row,
    torn_files,
    writer,
)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Three small blocks."""
    market = writer(tmp_path / "market.rsm")
    for start in (0, 10, 20):
        fill(market, [(row(start + i), b"") for i in range(9)])
        market.append(row(start + 9, HEADLINE), b"blob %d" % start)
        market.close_block()
    market.close()
    return market.path


WHOLE = expected(
    [(row(i, HEADLINE), b"blob %d" % (i - 9)) if i % 10 == 9 else (row(i), b"") for i in range(30)]
)


def test_given_a_cut_at_any_byte_of_the_last_block_then_the_blocks_before_it_stand(
    recording: Path,
) -> None:
    data = recording.read_bytes()
    blocks = list(MarketReader(recording).blocks())
    for cut in range(blocks[2].offset + 1, len(data)):
        recording.write_bytes(data[:cut])
        reader = MarketReader(recording)
        found: list[Block] = []
        with pytest.raises(JournalError, match=rf"market.rsm: byte {blocks[2].offset}: expected"):
            found.extend(reader.blocks())
        assert [block.first_seq for block in found] == [1, 11]
        assert len(list(reader.blocks(strict=False))) == 2
        assert reader.broken is not None
        assert f"byte {blocks[2].offset}" in reader.broken
        market = MarketWriter.resume(recording, disk=UNSYNCED)
        assert (market.torn, market.next_seq) == (cut - blocks[2].offset, 21)
        market.append(row(50))
        market.close()
        assert content(recording) == [*WHOLE[:20], (21, row(50), b"")]
        (side,) = torn_files(recording)
        assert side.read_bytes() == data[blocks[2].offset : cut]
        side.unlink()


def test_every_flipped_bit_is_found(recording: Path) -> None:
    data = recording.read_bytes()
    for byte in range(len(data)):
        flipped = bytearray(data)
        flipped[byte] ^= 1 << byte % 8
        recording.write_bytes(flipped)
        with pytest.raises(JournalError):
            list(MarketReader(recording).blocks())


def test_every_single_bit_of_a_small_block_counts(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    market.append(row(1, HEADLINE), b"text")
    market.close()
    data = market.path.read_bytes()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        market.path.write_bytes(flipped)
        with pytest.raises(JournalError):
            list(MarketReader(market.path).blocks())


def test_given_damage_before_whole_blocks_when_resumed_then_refused_and_untouched(
    recording: Path,
) -> None:
    data = bytearray(recording.read_bytes())
    data[list(MarketReader(recording).blocks())[1].offset + 60] ^= 1
    recording.write_bytes(data)
    with pytest.raises(JournalError, match="whole blocks follow"):
        MarketWriter.resume(recording)
    assert recording.read_bytes() == data
    assert torn_files(recording) == []


def test_given_a_clean_recording_when_resumed_then_it_goes_on(recording: Path) -> None:
    market = MarketWriter.resume(recording, min_next_seq=33)
    assert (market.torn, market.next_seq, market.last_ts) == (0, 33, row(29)[0])
    with pytest.raises(JournalError, match="older"):
        market.append(row(28))
    market.append(row(30))
    market.close()
    assert content(recording) == [*WHOLE, (33, row(30), b"")]


def test_side_files_are_numbered(recording: Path) -> None:
    for _ in range(2):
        with recording.open("ab") as file:
            file.write(b"garbage")
        MarketWriter.resume(recording).close()
    assert [path.name for path in torn_files(recording)] == ["market.torn-1", "market.torn-2"]
    assert content(recording) == WHOLE


@pytest.mark.parametrize(
    ("at", "fmt", "value", "why"),
    [(0, "4s", b"PK\3\4", "not a market"), (4, "<H", 2, "version 1, was 2"), (8, "<H", 25, "24")],
)
def test_an_unknown_header_is_refused(
    at: int, fmt: str, value: bytes | int, why: str, recording: Path
) -> None:
    data = bytearray(recording.read_bytes())
    struct.pack_into(fmt, data, at, value)
    data[60:64] = struct.pack("<I", zlib.crc32(data[:60]))
    recording.write_bytes(data)
    with pytest.raises(JournalError, match=why):
        MarketReader(recording)
    with pytest.raises(JournalError, match=why):
        MarketWriter.resume(recording)


# hostile blocks, well check-summed --------------------------------------------------------------
def block(
    stored: bytes,
    *,
    raw_len: int,
    count: int = 1,
    codec_id: int = 0,
    seq: int = 31,
    base_ts: int = TS + 10**9,
    flags: int = 0,
) -> bytes:
    head = codec.BLOCK_HEADER.pack(
        b"BLK1", raw_len, len(stored), count, codec_id, flags, 0, seq, base_ts, 0
    )[:-4]
    return head + struct.pack("<I", zlib.crc32(stored, zlib.crc32(head))) + stored


ONE = raw_records([(TS + 10**9, 1, PRINT, 0, 1, 1, 0)])
OLD = raw_records([(TS + 28_999, 1, PRINT, 0, 1, 1, 0)])
BLOB = raw_records([(TS + 10**9, 1, HEADLINE, 0, 1, 1, 4)])
BACK = raw_records([(TS + 10**9, 1, PRINT, 0, 1, 1, 0), (TS, 1, PRINT, 0, 1, 1, 0)])
ZEROS = zstandard.ZstdCompressor().compress(bytes(64 << 20))
UNSIZED = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1 << 20))
FAR = raw_records([(0, 1, PRINT, 0, 1, 1, 0), (2**63 - 1, 1, PRINT, 0, 1, 1, 0)])


@pytest.mark.parametrize(
    ("hostile", "why"),
    [
        (block(ZEROS, raw_len=16 << 20, codec_id=1), "zstd frame of"),
        (block(ZEROS, raw_len=64 << 20, codec_id=1), "raw_len"),
        (block(UNSIZED, raw_len=1 << 20, codec_id=1), "zstd frame of"),
        (block(bytes(100), raw_len=200, codec_id=1), "zstd frame"),
        (block(ONE, raw_len=24, count=2), "count"),
        (block(ONE, raw_len=24, count=0), "count"),
        (block(ONE, raw_len=48), "stored_len"),
        (block(ONE, raw_len=24, codec_id=2), "known codec"),
        (block(ONE, raw_len=24, flags=4), "known codec"),
        (block(ONE, raw_len=24, seq=30), "seq >= 31"),
        (block(OLD, raw_len=24, base_ts=TS + 28_999), "base_ts >= "),
        (block(ONE, raw_len=24, base_ts=TS + 29_000), "start at base_ts"),
        (block(ONE, raw_len=24, base_ts=TS + 10**9 + 1), "start at base_ts"),
        (block(BACK, raw_len=48, count=2), "never decrease"),
        (block(FAR, raw_len=48, count=2, flags=2), "64 bits"),
        (block(BLOB + b"1234", raw_len=28), "blob at 0"),
        (block(ONE + b"1234", raw_len=28), "blobs of 4"),
    ],
    ids=range(17),
)
def test_a_hostile_block_is_refused(hostile: bytes, why: str, recording: Path) -> None:
    size = recording.stat().st_size
    with recording.open("ab") as file:
        file.write(hostile)
    found: list[Block] = []
    with pytest.raises(JournalError, match=rf"byte {size}: .*{why}"):
        found.extend(MarketReader(recording).blocks())
    assert len(found) == 3


def test_the_pattern_of_hostile_blocks_is_a_good_one(recording: Path) -> None:
    with recording.open("ab") as file:
        file.write(block(ONE, raw_len=24))
    assert content(recording)[-1] == (31, (TS + 10**9, 1, PRINT, 0, 1, 1, 0), b"")


def test_a_symbol_that_does_not_decode_is_damage(recording: Path) -> None:
    market = MarketWriter.resume(recording)
    market.append((TS + 10**9, 1, SYMBOL, 0, 0, 0, 0), b"\xc1" * 20)
    market.close()
    with pytest.raises(JournalError, match="expected a symbol"):
        MarketReader(recording).scan()
