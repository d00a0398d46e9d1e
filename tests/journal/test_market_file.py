"""A market recording gives back what was appended, and never more."""

import errno
import os
import struct
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_help import (
    TS,
    UNSYNCED,
    Event,
    FaultyDisk,
    content,
    event_lists,
    events,
    expected,
    fill,
    raw_records,
    row,
    symbol,
    torn_files,
    writer,
)

from ramstock_tui.core.records import HEADLINE, LEVEL_SET, PRINT, SYMBOL, SymbolInfo
from ramstock_tui.errors import JournalError
from ramstock_tui.journal import codec
from ramstock_tui.journal.market import Block, MarketReader, MarketWriter

SLOW_OK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@SLOW_OK
@given(what=event_lists(), cuts=st.sets(st.integers(0, 80)))
def test_given_any_records_when_written_then_they_are_read_back(
    what: list[Event], cuts: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "market.rsm"
    market = writer(path)
    for i, (one, blob) in enumerate(what):
        assert market.append(one, blob) == i + 1
        if i in cuts:
            market.close_block()
    market.close()
    assert content(path) == expected(what)


def test_given_more_than_a_block_when_extended_then_blocks_hold_4096(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    rows = [row(i) for i in range(10_000)]
    market.append(rows[0])
    market.extend(rows[1:])
    market.close()
    blocks = list(MarketReader(market.path).blocks())
    assert [block.count for block in blocks] == [4096, 4096, 1808]
    assert [one for block in blocks for one in block.rows()] == rows
    assert [block.first_seq for block in blocks] == [1, 4097, 8193]


def test_the_header_tells_the_session(tmp_path: Path) -> None:
    writer(tmp_path / "market.rsm", imported=True).close()
    reader = MarketReader(tmp_path / "market.rsm")
    assert (reader.session_id, reader.session_date, reader.mode) == (
        b"0123456789abcdef",
        20261123,
        3,
    )
    assert (reader.sealed, reader.imported, reader.created_ns) == (False, True, TS)
    assert (tmp_path / "market.rsm").stat().st_mode & 0o777 == 0o600


def test_a_block_is_due_100_ms_after_its_first_record(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    assert not market.due(TS + 10**12)
    market.append(row(0))
    market.append(row(90_000))
    assert not market.due(TS + 99_999_999)
    assert market.due(TS + 100_000_000)
    market.close_block()
    assert not market.due(TS + 10**12)


def test_an_open_block_is_not_in_the_file_and_a_closed_one_is(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    market.append(row(0))
    assert content(market.path) == []
    market.close_block(by_ledger=True)
    (block,) = MarketReader(market.path).blocks()
    assert (block.count, block.flags) == (1, codec.BY_LEDGER)


def test_a_command_takes_a_seq_only_between_blocks(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    market.append(row(0))
    with pytest.raises(JournalError, match="while a block is open"):
        market.skip_seq()
    market.close_block(by_ledger=True)
    assert market.skip_seq() == 2
    assert market.append(row(1)) == 3
    market.close()
    assert [seq for seq, _, _ in content(market.path)] == [1, 3]


def test_counts_symbols_and_times_come_from_a_scan(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    fill(market, events(200))
    market.append((TS + 10**9, 7, SYMBOL, 0, 0, 0, 0), symbol("WXYZ"))
    market.close()
    reader = MarketReader(market.path)
    assert reader.counts == {SYMBOL: 2, HEADLINE: 2, LEVEL_SET: 197}
    assert reader.symbols == {1: SymbolInfo("ABCD"), 7: SymbolInfo("WXYZ")}
    assert (reader.first_ts, reader.last_ts, reader.records) == (TS, TS + 10**9, 201)


BIG = bytes(17 << 20)


# what a writer refuses --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("bad", "blob", "why"),
    [
        ((TS, 1, PRINT, 0, 2**31, 1, 0), b"", "seq 2"),
        ((TS, 1, PRINT, 0, 1, 2**32, 0), b"", "seq 2"),
        ((TS, 1, PRINT, 0, 1, -1, 0), b"", "seq 2"),
        ((TS, 2**16, PRINT, 0, 1, 1, 0), b"", "seq 2"),
        ((TS, 1, 256, 0, 1, 1, 0), b"", "seq 2"),
        ((TS - 1, 1, PRINT, 0, 1, 1, 0), b"", "older"),
        ((2**63, 1, PRINT, 0, 1, 1, 0), b"", "seq 2"),
        ((TS, 1, PRINT, 0, 1, 1, 0), b"x", "kind does not carry"),
        ((TS, 1, HEADLINE, 0, 2**31, 0, 0), b"x", "seq 2"),
        ((TS, 1, HEADLINE, 0, 0, 0, 0), BIG, "has a blob of"),
    ],
    ids=range(10),
)
def test_a_record_that_cannot_stand_is_refused_and_nothing_changes(
    bad: tuple[int, int, int, int, int, int, int], blob: bytes, why: str, tmp_path: Path
) -> None:
    market = writer(tmp_path / "market.rsm")
    market.append(row(0))
    with pytest.raises(JournalError, match=why):
        market.append(bad, blob)
    assert market.append(row(1, HEADLINE), b"after") == 2
    market.close()
    assert content(market.path) == expected([(row(0), b""), (row(1, HEADLINE), b"after")])


@pytest.mark.parametrize("bad", [row(0), row(5, HEADLINE), (TS + 9000, 1, PRINT, 0, 2**40, 1, 0)])
def test_extend_refuses_what_append_refuses(
    bad: tuple[int, int, int, int, int, int, int], tmp_path: Path
) -> None:
    market = writer(tmp_path / "market.rsm")
    market.extend([row(1), row(2)])
    with pytest.raises(JournalError, match="seq 3"):
        market.extend([row(3), bad])
    assert market.next_seq == 3
    market.close()
    assert content(market.path) == expected([(row(1), b""), (row(2), b"")])


def test_blobs_beyond_the_block_limit_start_a_new_block(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    big = [(row(i, HEADLINE), bytes([i]) * (6 << 20)) for i in range(4)]
    fill(market, big)
    market.close()
    assert [block.count for block in MarketReader(market.path).blocks()] == [2, 2]
    assert content(market.path) == expected(big)


def test_a_wrong_session_id_is_refused_before_a_file_exists(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="16 bytes"):
        MarketWriter(tmp_path / "m.rsm", session_id=b"x", session_date=1, mode=0, created_ns=0)
    assert list(tmp_path.iterdir()) == []


# disks that fail --------------------------------------------------------------------------------
def test_short_writes_are_continued(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.chunk = 7
    market = writer(tmp_path / "market.rsm", disk=disk)
    fill(market, events(100))
    market.close()
    assert content(market.path) == expected(events(100))


def test_given_a_full_disk_when_written_then_the_writer_is_dead_and_resume_heals(
    tmp_path: Path,
) -> None:
    disk = FaultyDisk()
    market = writer(tmp_path / "market.rsm", disk=disk)
    fill(market, events(100))
    market.close_block()
    disk.room = 30
    market.append(row(200))
    with pytest.raises(JournalError, match=r"market.rsm: write stopped after 30 of \d+ bytes: No "):
        market.close_block()
    disk.room = None
    for call in (
        lambda: market.append(row(201)),
        lambda: market.append(row(201, HEADLINE), b"x"),
        lambda: market.extend([row(201)]),
        market.close_block,
        market.skip_seq,
        market.sync,
    ):
        with pytest.raises(JournalError, match="nothing more is written: write stopped"):
            call()
    market.close()
    again = MarketWriter.resume(market.path)
    assert (again.torn, again.next_seq) == (30, 101)
    assert content(market.path) == expected(events(100))


def test_a_failed_fsync_is_not_tried_again(tmp_path: Path) -> None:
    disk = FaultyDisk()
    market = writer(tmp_path / "market.rsm", disk=disk)
    market.append(row(0))
    market.close_block()
    disk.sync_error = errno.EIO
    with pytest.raises(JournalError, match="fsync failed: Input/output error"):
        market.sync()
    disk.sync_error = 0
    with pytest.raises(JournalError, match="fsync failed"):
        market.sync()
    with pytest.raises(JournalError, match="fsync failed"):
        market.append(row(1))


def test_a_closed_writer_says_so(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    market.close()
    market.close()
    with pytest.raises(JournalError, match="it is closed"):
        market.append(row(0))


@pytest.mark.parametrize("room", [0, 10])
def test_a_file_that_cannot_be_started_leaves_nothing(room: int, tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.room = room
    with pytest.raises(JournalError, match="cannot be started: No space"):
        writer(tmp_path / "market.rsm", disk=disk)
    assert list(tmp_path.iterdir()) == []


def test_what_stands_at_the_path_is_never_replaced(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_bytes(b"mine")
    (tmp_path / "link.rsm").symlink_to(target)
    (tmp_path / "dangling.rsm").symlink_to(tmp_path / "nothing")
    for name in ("elsewhere", "link.rsm", "dangling.rsm"):
        with pytest.raises(JournalError, match="stands already"):
            writer(tmp_path / name)
    with pytest.raises(JournalError, match="symlink"):
        MarketWriter.resume(tmp_path / "link.rsm")
    assert target.read_bytes() == b"mine"
    assert not (tmp_path / "nothing").exists()


def test_a_fifo_or_directory_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.rsm")
    (tmp_path / "dir.rsm").mkdir()
    for name in ("fifo.rsm", "dir.rsm"):
        with pytest.raises(JournalError, match=r"regular file|directory"):
            MarketReader(tmp_path / name)


# damage -----------------------------------------------------------------------------------------
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
        (block(ONE, raw_len=24, base_ts=TS), "base_ts"),
        (block(ONE, raw_len=24, base_ts=TS + 10**9 + 1), "start at base_ts"),
        (block(BACK, raw_len=48, count=2), "never decrease"),
        (block(FAR, raw_len=48, count=2, flags=2), "64 bits"),
        (block(BLOB + b"1234", raw_len=28), "blob at 0"),
        (block(ONE + b"1234", raw_len=28), "blobs of 4"),
    ],
    ids=range(16),
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
