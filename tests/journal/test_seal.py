"""Sealing keeps every record and leaves the old or the new file, whatever happens."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramstock_tui.core.records import BLOB_KINDS, HEADLINE
from ramstock_tui.errors import JournalError
from ramstock_tui.journal import codec
from ramstock_tui.journal.market import Block, MarketReader, MarketWriter
from ramstock_tui.journal.seal import seal
from tests.journal.journal_help import (
    TS,
    UNSYNCED,
    Event,
    FaultyDisk,
    content,
    event_lists,
    events,
    expected,
    fill,
    row,
    writer,
)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Blocks of 100 with two seq gaps."""
    market = writer(tmp_path / "market.rsm")
    for i, event in enumerate(events(6000)):
        market.append(*event)
        if i % 100 == 99:
            market.close_block()
        if i in (999, 4999):
            market.skip_seq()
    market.close()
    return market.path


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(what=event_lists(), cuts=st.sets(st.integers(0, 80)), gaps=st.sets(st.integers(0, 80)))
def test_given_any_recording_when_sealed_then_its_content_is_the_same(
    what: list[Event], cuts: set[int], gaps: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    market = writer(tmp_path_factory.mktemp("any") / "market.rsm")
    for i, event in enumerate(what):
        market.append(*event)
        if i in cuts | gaps:
            market.close_block()
        if i in gaps:
            market.skip_seq()
    market.close()
    before, loose = content(market.path), MarketReader(market.path)
    sums = (loose.sha256, loose.counts, loose.symbols, loose.records, loose.first_ts, loose.last_ts)
    report = seal(market.path, disk=UNSYNCED)
    sealed = MarketReader(market.path)
    assert content(market.path) == before
    assert sums == (
        sealed.sha256,
        sealed.counts,
        sealed.symbols,
        sealed.records,
        sealed.first_ts,
        sealed.last_ts,
    )
    assert (report.records, report.sha256, report.already) == (len(what), sums[0], False)


def test_sealed_blocks_are_full_except_at_gaps(recording: Path) -> None:
    report = seal(recording)
    reader = MarketReader(recording)
    blocks = list(reader.blocks())
    assert [(block.first_seq, block.count) for block in blocks] == [
        (1, 1000),
        (1002, 4000),
        (5003, 1000),
    ]
    assert all(block.flags == codec.DIFFERENCES for block in blocks)
    assert (reader.sealed, report.blocks, reader.block_count) == (True, 3, 3)
    assert reader.session_id == b"0123456789abcdef"
    assert report.bytes == recording.stat().st_size
    assert report.bytes_per_event == report.bytes / 6000


def test_a_sealed_file_tells_its_sums_without_reading_blocks(recording: Path) -> None:
    counts = MarketReader(recording).counts
    seal(recording)
    data = bytearray(recording.read_bytes())
    data[64 + 50] ^= 1  # the blocks are damaged, the trailer is not
    recording.write_bytes(data)
    reader = MarketReader(recording)
    assert (reader.counts, reader.first_ts, reader.records) == (counts, TS, 6000)
    with pytest.raises(JournalError, match="byte 64: expected a block whose checksum holds"):
        reader.scan()


def test_a_second_seal_changes_nothing(recording: Path) -> None:
    first = seal(recording)
    data, inode = recording.read_bytes(), recording.stat().st_ino
    second = seal(recording)
    assert (recording.read_bytes(), recording.stat().st_ino) == (data, inode)
    assert (second.already, second.sha256, second.bytes) == (True, first.sha256, first.bytes)


def test_an_empty_recording_can_be_sealed(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    market.close()
    report = seal(market.path)
    assert (report.records, report.blocks, report.bytes_per_event) == (0, 0, None)
    assert content(market.path) == []


def test_blobs_too_big_for_one_block_are_sealed_into_several(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    big = [(row(i, HEADLINE), os.urandom(16) * (300 << 10)) for i in range(5)]
    fill(market, big)
    market.close()
    seal(market.path)
    assert content(market.path) == expected(big)


def test_whatever_call_fails_then_the_old_or_the_new_file_stands(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    fill(market, events(300))
    market.close()
    old = market.path.read_bytes()
    for call in range(1, 40):
        market.path.write_bytes(old)
        disk = FaultyDisk()
        disk.fail_at = call
        try:
            seal(market.path, disk=disk)
        except JournalError:
            assert content(market.path) == expected(events(300))
            if not MarketReader(market.path).sealed:
                assert market.path.read_bytes() == old
            assert [path.name for path in tmp_path.iterdir()] == ["market.rsm"]
        else:
            break
    assert call == disk.calls + 1 > 5
    assert MarketReader(market.path).sealed


class LyingDisk(FaultyDisk):
    """Keeps another byte than it was given, late in each write."""

    def write(self, fd: int, data: bytes | memoryview) -> int:
        kept = bytearray(data)
        kept[-1] ^= len(kept) > 4000
        return super().write(fd, bytes(kept))


def test_a_copy_that_reads_back_differently_is_not_used(recording: Path) -> None:
    old = recording.read_bytes()
    with pytest.raises(JournalError, match="expected a block whose checksum holds"):
        seal(recording, disk=LyingDisk())
    assert recording.read_bytes() == old
    assert list(recording.parent.iterdir()) == [recording]


def test_a_draft_that_a_crash_left_is_no_obstacle(recording: Path) -> None:
    draft = recording.with_name("market.rsm.sealing")
    draft.write_bytes(b"half")
    before = content(recording)
    seal(recording)
    assert content(recording) == before
    assert not draft.exists()


def test_a_torn_recording_is_not_sealed(recording: Path) -> None:
    data = recording.read_bytes()[:-5]
    recording.write_bytes(data)
    with pytest.raises(JournalError, match="bytes of block"):
        seal(recording)
    assert recording.read_bytes() == data
    MarketWriter.resume(recording).close()
    assert seal(recording).records == 5900


def test_a_sealed_recording_is_not_continued(recording: Path) -> None:
    seal(recording)
    with pytest.raises(JournalError, match="is sealed"):
        MarketWriter.resume(recording)


def test_a_symlink_is_not_sealed(recording: Path) -> None:
    link = recording.with_name("link.rsm")
    link.symlink_to(recording)
    with pytest.raises(JournalError, match="symlink"):
        seal(link)
    assert content(link) == content(recording)


# damage to sealed files --------------------------------------------------------------------------
@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    market = writer(tmp_path / "market.rsm")
    fill(market, events(40))
    market.close_block()
    market.skip_seq()
    market.append(row(50))
    market.close()
    seal(market.path)
    return market.path


def test_every_flipped_bit_of_a_sealed_file_is_found(sealed: Path) -> None:
    data = sealed.read_bytes()
    for byte in range(len(data)):
        flipped = bytearray(data)
        flipped[byte] ^= 1 << byte % 8
        sealed.write_bytes(flipped)
        with pytest.raises(JournalError):
            MarketReader(sealed).scan()


def test_given_a_cut_sealed_file_then_its_whole_blocks_are_read(sealed: Path) -> None:
    data = sealed.read_bytes()
    last = list(MarketReader(sealed).blocks())[-1].offset
    for cut in range(last, len(data)):
        sealed.write_bytes(data[:cut])
        found: list[Block] = []
        with pytest.raises(JournalError, match="the sealed file's end is damaged"):
            found.extend(MarketReader(sealed).blocks())
        whole = last + 40 + 24
        assert [block.count for block in found] == ([40, 1] if cut >= whole else [40])


def test_a_trailer_that_sums_up_something_else_is_found(sealed: Path) -> None:
    reader = MarketReader(sealed)
    trailer = reader._trailer
    assert trailer is not None
    blocks = list(reader.blocks())
    end = reader.end_of(blocks[-1])
    wrongs: tuple[dict[str, Any], ...] = (
        {"sha256": bytes(32)},
        {"records": 9},
        {"counts": {1: 41}},
        {"symbols": {}},
        {"index": trailer.index[:1]},
        {"index": (*trailer.index, trailer.index[1])},
        {"index": ()},
    )
    for wrong in wrongs:
        changed = replace(trailer, **wrong)
        sealed.write_bytes(sealed.read_bytes()[:end] + codec.pack_trailer(changed))
        with pytest.raises(JournalError, match="expected the "):
            MarketReader(sealed).scan()


def test_blob_offsets_of_merged_blocks_point_to_their_blobs(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    for i in range(50):
        market.append(row(i, HEADLINE), b"text %d" % i)
        market.close_block()
    market.close()
    seal(market.path)
    (block,) = MarketReader(market.path).blocks()
    assert [block.blob_of(one) for one in block.rows()] == [b"text %d" % i for i in range(50)]
    assert all(one[2] in BLOB_KINDS for one in block.rows())
