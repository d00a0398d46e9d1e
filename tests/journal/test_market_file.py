"""A market recording gives back what was appended, and never more."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramstock_tui.core.records import HEADLINE, LEVEL_SET, PRINT, SYMBOL, SymbolInfo
from ramstock_tui.errors import JournalError
from ramstock_tui.journal import codec
from ramstock_tui.journal.market import MarketReader, MarketWriter
from tests.journal.journal_help import (
    TS,
    Event,
    FaultyDisk,
    content,
    event_lists,
    events,
    expected,
    fill,
    row,
    symbol,
    writer,
)

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


def test_a_block_is_due_50_ms_after_its_first_record(tmp_path: Path) -> None:
    market = writer(tmp_path / "market.rsm")
    assert not market.due(TS + 10**12)
    market.append(row(0))
    market.append(row(40_000))
    assert not market.due(TS + 49_999_999)
    assert market.due(TS + 50_000_000)
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
