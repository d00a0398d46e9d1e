"""A ledger gives back every line it acknowledged, in a form that other programs read."""

import errno
import hashlib
import json
import os
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.errors import JournalError
from ramstock_tui.journal.ledger import (
    Ledger,
    LedgerReader,
    read_ledger,
)
from tests.journal.journal_help import (
    TS,
    FaultyDisk,
    json_values,
    ledger,
    resumed,
    signal,
    torn_files,
)

LONG = "x" * (1 << 20)


def raws(path: Path) -> list[dict[str, Any]]:
    return [line.raw for line in read_ledger(path)]


def test_a_line_has_the_documented_form(tmp_path: Path) -> None:
    book = ledger(tmp_path / "ledger.jsonl")
    assert book.write({"kind": "lock", "seq": 4, "ts": TS + 1234, "word": "é"}, sync=True) == 1
    assert book.write(signal(5, rejection_reason="spread,late"), sync=False) == 2
    book.close()
    first, second = (tmp_path / "ledger.jsonl").read_bytes().splitlines()
    assert " ".join(json.loads(first)) == (
        "v n seq timestamp ts kind ticker profile score rejection_reason word w h c"
    )
    line = json.loads(second)
    assert line["timestamp"] == "2026-11-23T14:31:00.000000Z"
    assert json.loads(first)["timestamp"] == "2026-11-23T14:31:00.000001Z"
    assert (line["v"], line["n"], line["at"], line["w"]) == (1, 2, [5, TS + 5], TS + 5)
    head, _, crc = second.rpartition(b',"c":')
    assert crc == b'"%08x"}' % zlib.crc32(head)
    body = second.rpartition(b',"h":')[0] + b"}"
    previous = json.loads(first)["h"].encode()
    assert line["h"] == hashlib.sha256(previous + body).hexdigest()[:16]
    assert (tmp_path / "ledger.jsonl").stat().st_mode & 0o777 == 0o600


@settings(max_examples=40, deadline=None)
@given(
    payloads=st.lists(st.dictionaries(st.sampled_from(["x", "y", "z"]), json_values), max_size=6)
)
def test_given_any_payload_when_written_then_it_is_read_back(
    payloads: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    book = ledger(tmp_path_factory.mktemp("any") / "ledger.jsonl")
    for seq, payload in enumerate(payloads):
        book.write(signal(seq, **payload), sync=False)
    book.close()
    found = raws(book.path)
    assert [line["n"] for line in found] == list(range(1, len(payloads) + 1))
    for line, payload in zip(found, payloads, strict=True):
        kept = {key: line[key] for key in payload}
        assert kept == payload
        assert repr(kept) == repr(payload)  # 1.0 stays a float, True stays a bool


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"kind": "x"}, "a kind and a ts"),
        ({"ts": 1}, "a kind and a ts"),
        ({"kind": "x", "ts": 1, "h": "f"}, "sets h itself"),
        ({"kind": "x", "ts": 1, "n": 1, "w": 2}, "sets n, w itself"),
        ({"kind": "x", "ts": 1, "text": LONG}, "at most"),
        ({"kind": "x", "ts": 1, "what": object()}, "refused"),
        ({"kind": "x", "ts": 1, "text": "\ud800"}, "refused"),
        ({"kind": "x", "ts": 1 << 80}, "refused"),
    ],
    ids=range(8),
)
def test_a_line_that_cannot_stand_is_refused_and_nothing_changes(
    line: dict[str, Any], why: str, tmp_path: Path
) -> None:
    book = ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(JournalError, match=rf"ledger.jsonl: line 1 is .*{why}"):
        book.write(line, sync=True)
    assert book.path.read_bytes() == b""
    assert book.write(signal(1), sync=True) == 1
    assert len(raws(book.path)) == 1


def test_given_a_resumed_ledger_then_number_and_chain_go_on(tmp_path: Path) -> None:
    book = ledger(tmp_path / "ledger.jsonl")
    book.write(signal(8), sync=False)
    book.write({"kind": "command", "seq": 12, "ts": TS}, sync=True)
    book.close()
    again = resumed(book.path)
    assert (again.n, again.last_seq, again.torn) == (2, 12, 0)
    assert again.write(signal(13), sync=False) == 3
    again.close()
    assert [line["n"] for line in raws(book.path)] == [1, 2, 3]


def test_an_empty_ledger_can_be_resumed(tmp_path: Path) -> None:
    ledger(tmp_path / "ledger.jsonl").close()
    assert resumed(tmp_path / "ledger.jsonl").write(signal(1), sync=True) == 1


# durability -------------------------------------------------------------------------------------
class CountingDisk(FaultyDisk):
    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []

    def write(self, fd: int, data: bytes | memoryview) -> int:
        self.log.append("write")
        return super().write(fd, data)

    def fsync(self, fd: int) -> None:
        self.log.append("fsync")
        super().fsync(fd)


def test_class_a_is_synced_at_once_and_every_line_is_one_write(tmp_path: Path) -> None:
    disk = CountingDisk()
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    disk.log.clear()
    book.write(signal(1), sync=False)
    book.write(signal(2), sync=True)
    assert disk.log == ["write", "write", "fsync"]


def test_class_b_is_synced_within_200_ms(tmp_path: Path) -> None:
    disk = CountingDisk()
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    ms = 1_000_000
    assert not book.sync_if_due(0)
    assert not book.sync_if_due(100 * ms)
    book.write(signal(1), sync=False)
    book.write(signal(2), sync=False)
    assert not book.sync_if_due(200 * ms)
    assert book.sync_if_due(300 * ms)
    assert not book.sync_if_due(600 * ms)
    book.write(signal(3), sync=True)
    disk.log.clear()
    assert not book.sync_if_due(900 * ms)
    assert disk.log == []
    book.write(signal(4), sync=False)
    book.close()
    assert disk.log == ["write", "fsync"]


def test_a_line_before_the_first_look_at_the_clock_is_synced_by_it(tmp_path: Path) -> None:
    book = ledger(tmp_path / "ledger.jsonl")
    book.write(signal(1), sync=False)
    assert book.sync_if_due(5)


# disks that fail --------------------------------------------------------------------------------
@pytest.mark.parametrize("room", [0, 1, 100])
def test_given_a_full_disk_when_space_returns_then_the_torn_line_is_sealed(
    room: int, tmp_path: Path
) -> None:
    disk = FaultyDisk()
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    book.write(signal(1), sync=True)
    disk.room = room
    for _ in range(2):
        with pytest.raises(JournalError, match="line 2 is not written: No space left"):
            book.write(signal(2), sync=True)
    disk.room = None
    book.write(signal(3), sync=True)
    found = raws(book.path)
    kinds = ["signal", "torn", "signal"] if room else ["signal", "signal"]
    assert [line["kind"] for line in found] == kinds
    assert found[-1]["at"][0] == 3
    reader = LedgerReader(book.path)
    assert len(list(reader)) == len(found)
    assert (reader.problems, reader.sealed) == ([], 1 if room else 0)
    book.close()
    assert resumed(book.path).n == len(found)


def test_given_a_disk_that_fills_again_and_again_then_one_marker_explains_all(
    tmp_path: Path,
) -> None:
    for more in range(1, 450, 7):
        disk = FaultyDisk()
        book = ledger(tmp_path / f"ledger{more}.jsonl", disk=disk)
        book.write(signal(1), sync=True)
        for room in (20, more, 1):
            disk.room = room
            with pytest.raises(JournalError, match="No space"):
                book.write(signal(2), sync=True)
        disk.room = None
        book.write(signal(3), sync=True)
        found = raws(book.path)
        assert [line["at"][0] for line in found if line["kind"] == "signal"] == [1, 3]
        book.close()


def test_a_torn_line_that_was_never_sealed_is_moved_aside(tmp_path: Path) -> None:
    disk = FaultyDisk()
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    book.write(signal(1), sync=True)
    disk.room = 50
    with pytest.raises(JournalError, match="No space"):
        book.write(signal(2), sync=True)
    book.close()
    again = resumed(book.path)
    assert (again.torn, again.n) == (50, 1)
    assert torn_files(book.path)[0].stat().st_size == 50


def test_given_a_failed_group_fsync_then_the_next_calls_say_so(tmp_path: Path) -> None:
    disk = FaultyDisk()
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    book.write(signal(1), sync=False)
    disk.sync_error = errno.EIO
    assert book.sync_if_due(5)
    with pytest.raises(JournalError, match="fsync failed: Input/output error"):
        book.sync()
    with pytest.raises(JournalError, match="nothing more is written: fsync failed"):
        book.write(signal(2), sync=False)


def test_given_a_failed_fsync_then_the_line_is_taken_back_and_the_writer_dead(
    tmp_path: Path,
) -> None:
    disk = FaultyDisk()
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    book.write(signal(1), sync=True)
    disk.sync_error = errno.EIO
    with pytest.raises(JournalError, match="fsync failed: Input/output error"):
        book.write({"kind": "command", "seq": 2, "ts": TS}, sync=True)
    disk.sync_error = 0
    for call in (lambda: book.write(signal(3), sync=False), book.sync):
        with pytest.raises(JournalError, match="nothing more is written: fsync failed"):
            call()
    book.close()
    assert [line["kind"] for line in raws(book.path)] == ["signal"]


def test_given_an_io_error_on_write_then_the_writer_is_dead(tmp_path: Path) -> None:
    disk = FaultyDisk()
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    disk.fail_at = disk.calls + 1
    with pytest.raises(JournalError, match="write stopped after 0 of"):
        book.write(signal(1), sync=True)
    with pytest.raises(JournalError, match="nothing more is written"):
        book.write(signal(1), sync=True)


def test_short_writes_are_continued(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.chunk = 11
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    book.write(signal(1), sync=True)
    book.write(signal(2), sync=True)
    assert len(raws(book.path)) == 2


def test_a_symlink_or_a_standing_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"")
    link = tmp_path / "ledger.jsonl"
    link.symlink_to(target)
    with pytest.raises(JournalError, match="stands already"):
        ledger(link)
    with pytest.raises(JournalError, match="symlink"):
        resumed(link)
    with pytest.raises(JournalError, match="no such file"):
        resumed(tmp_path / "none.jsonl")
    with pytest.raises(JournalError, match="stands already"):
        ledger(target)


def test_50_000_lines_are_verified_in_3_seconds(tmp_path: Path) -> None:
    book = ledger(tmp_path / "ledger.jsonl")
    for seq in range(50_000):
        book.write(signal(seq), sync=False)
    book.close()
    start = time.process_time()
    assert sum(1 for _ in read_ledger(book.path)) == 50_000
    assert time.process_time() - start < 3


def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    book = Ledger.create(tmp_path / "ledger.jsonl", wall_ns=lambda: 0)
    book.close()
    book.close()
    with pytest.raises(JournalError, match="it is closed"):
        book.write(signal(1), sync=False)


class FailsOnce(FaultyDisk):
    """The fsync number `bad` fails, every later one works: as the kernel does, which forgets."""

    def __init__(self, bad: int) -> None:
        super().__init__()
        self.bad = bad
        self.syncs = 0

    def fsync(self, fd: int) -> None:
        self.syncs += 1
        if self.syncs == self.bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().fsync(fd)


@pytest.mark.parametrize("group", [True, False])
def test_given_a_failed_fsync_then_the_lines_move_to_a_new_file(
    group: bool, tmp_path: Path
) -> None:
    disk = FailsOnce(bad=4)  # the file, its directory, the first line
    book = ledger(tmp_path / "ledger.jsonl", disk=disk)
    before = book.path.stat().st_ino
    book.write(signal(1), sync=True)
    book.write(signal(2), sync=False)
    if group:
        assert book.sync_if_due(5)
    with pytest.raises(JournalError, match="fsync failed: Input/output error"):
        book.sync() if group else book.write({"kind": "command", "seq": 3, "ts": TS}, sync=True)
    assert (book.n, bool(book.dead)) == (2, True)
    assert book.path.stat().st_ino != before
    with pytest.raises(JournalError, match="nothing more is written"):
        book.write(signal(3), sync=False)
    book.close()
    again = resumed(book.path)
    assert (again.n, again.torn) == (2, 0)
    again.close()


def test_given_any_second_fault_then_the_lines_before_stand(tmp_path: Path) -> None:
    """EIO from fsync, and then from any call with which the lines would have been saved."""
    for later in range(12):
        disk = FailsOnce(bad=4)
        book = ledger(tmp_path / f"{later}.jsonl", disk=disk)
        book.write(signal(1), sync=True)
        disk.fail_at = disk.calls + 2 + later  # the first is the write of the line
        with pytest.raises(JournalError, match="fsync failed"):
            book.write({"kind": "command", "seq": 2, "ts": TS}, sync=True)
        book.close()
        assert [line["kind"] for line in raws(book.path)] == ["signal"]


@pytest.mark.parametrize("how", ["gone", "replaced"])
@pytest.mark.parametrize("sync", [True, False])
def test_given_a_file_that_left_its_path_then_the_writer_is_dead(
    how: str, sync: bool, tmp_path: Path
) -> None:
    book = ledger(tmp_path / "ledger.jsonl")
    book.write(signal(1), sync=True)
    book.path.rename(tmp_path / "elsewhere")
    if how == "replaced":
        book.path.write_bytes(b"")
    why = "its file is gone" if how == "gone" else "another file stands in its place"
    if not sync:
        book.write(signal(2), sync=False)
    with pytest.raises(JournalError, match=why):
        book.write(signal(3), sync=True) if sync else book.sync_if_due(1)
    assert why in book.dead
