"""A check of a session finds every damage, and calls nothing damage that a power cut may leave."""

from pathlib import Path

import pytest

from ramstock_tui.core.records import LAST, RESUMED
from ramstock_tui.journal.check import Report, check
from ramstock_tui.journal.market import MarketReader, MarketWriter
from ramstock_tui.journal.seal import seal
from ramstock_tui.journal.session_dir import SessionDir
from tests.journal.journal_help import TS, UNSYNCED, ledger, resumed, row, signal, writer


def made(path: Path, *, blocks: int = 4, each: int = 5) -> SessionDir:
    """A session whose every block is followed by a command and a signal."""
    where = SessionDir.create(path)
    market, book = writer(where.market), ledger(where.ledger)
    for _ in range(blocks):
        add(market, book.write, each)
    market.close()
    book.close()
    return where


def add(market: MarketWriter, write: object, each: int) -> None:
    assert callable(write)
    for _ in range(each):
        market.append(row(market.next_seq))
    market.close_block(by_ledger=True)
    seq = market.skip_seq()
    write({"kind": "command", "seq": seq, "ts": row(seq)[0]}, sync=False)
    write(signal(seq), sync=False)


def told(report: Report) -> list[str]:
    return [str(finding) for finding in report.findings]


def test_a_whole_session_is_ok_sealed_or_not(tmp_path: Path) -> None:
    where = made(tmp_path / "s")
    report = check(where.path)
    assert (report.ok, report.ledger_lines, report.market_records) == (True, 8, 20)
    assert (report.sealed, report.held_by, report.notes) == (False, None, [])
    seal(where.market)
    report = check(where.path)
    assert (report.ok, report.sealed, report.market_records) == (True, True, 20)


@pytest.mark.parametrize("sealed", [False, True])
def test_every_changed_byte_of_the_recording_is_found(tmp_path: Path, sealed: bool) -> None:
    where = made(tmp_path / "s", blocks=2, each=2)
    if sealed:
        seal(where.market)
    data = where.market.read_bytes()
    for at in range(len(data)):
        where.market.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
        report = check(where.path)
        assert not report.ok, at
        assert all(finding.file == "market.rsm" for finding in report.findings), at


def test_every_changed_byte_of_the_ledger_is_found(tmp_path: Path) -> None:
    where = made(tmp_path / "s", blocks=1)
    data = where.ledger.read_bytes()
    for at in range(len(data)):
        where.ledger.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
        assert not check(where.path).ok, at


def test_a_cut_within_the_last_line_or_block_is_a_torn_end(tmp_path: Path) -> None:
    where = made(tmp_path / "s")
    for path in (where.ledger, where.market):
        data = path.read_bytes()
        for cut in range(1, 30):
            path.write_bytes(data[:-cut])
            [finding] = check(where.path).findings
            assert (finding.file, finding.torn) == (path.name, True)
        path.write_bytes(data)


def test_given_a_power_cut_that_took_blocks_then_the_ledger_is_ahead_and_all_is_well(
    tmp_path: Path,
) -> None:
    where = made(tmp_path / "s", blocks=4, each=5)
    last = list(MarketReader(where.market).blocks())[-1]
    with where.market.open("rb+") as file:
        file.truncate(last.offset)
    report = check(where.path)
    assert (report.ok, report.ahead) == (True, 5)
    assert report.notes == ["ledger ahead by 5 events"]


def test_given_a_restart_after_a_power_cut_then_the_numbers_that_are_gone_are_a_note(
    tmp_path: Path,
) -> None:
    where = made(tmp_path / "s", blocks=2, each=5)
    last = list(MarketReader(where.market).blocks())[-1]
    with where.market.open("rb+") as file:
        file.truncate(last.offset)
    book = resumed(where.ledger)
    market = MarketWriter.resume(where.market, min_next_seq=book.last_seq + 1, disk=UNSYNCED)
    market.append((TS + 13_000, 0, RESUMED, LAST, 0, 0, 1))
    add(market, book.write, 3)
    market.close()
    book.close()
    report = check(where.path)
    assert report.ok
    assert report.notes == ["ledger was ahead by 5 events before the restart at seq 13"]


def test_numbers_that_neither_file_has_are_found(tmp_path: Path) -> None:
    where = SessionDir.create(tmp_path / "s")
    market, book = writer(where.market), ledger(where.ledger)
    add(market, book.write, 3)
    market.skip_seq()
    add(market, book.write, 3)
    market.close()
    book.close()
    [problem] = told(check(where.path))
    assert "block 2 (byte " in problem
    assert problem.endswith("expected seq 4, was 6: 1 are in neither file")


def test_a_number_in_both_files_is_found(tmp_path: Path) -> None:
    where = SessionDir.create(tmp_path / "s")
    market, book = writer(where.market), ledger(where.ledger)
    for _ in range(3):
        market.append(row(market.next_seq))
    book.write({"kind": "command", "seq": 2, "ts": TS}, sync=False)
    market.close()
    book.close()
    assert told(check(where.path)) == [
        "ledger.jsonl: line 1 (byte 0): seq 2 stands in market.rsm too"
    ]


def test_a_command_that_goes_back_is_found(tmp_path: Path) -> None:
    where = made(tmp_path / "s", blocks=1)
    book = resumed(where.ledger)
    book.write({"kind": "command", "seq": 6, "ts": TS}, sync=False)
    book.close()
    [problem] = told(check(where.path))
    assert problem.endswith("expected a command with a seq above 6, was 6")


def test_lines_that_are_missing_repeated_or_swapped_are_found(tmp_path: Path) -> None:
    where = made(tmp_path / "s")
    lines = where.ledger.read_bytes().splitlines(keepends=True)
    for changed in (
        [*lines[:3], *lines[4:]],
        [*lines[:4], lines[3], *lines[4:]],
        [*lines[:3], lines[4], lines[3], *lines[5:]],
        lines[1:],
    ):
        where.ledger.write_bytes(b"".join(changed))
        assert any(finding.file == "ledger.jsonl" for finding in check(where.path).findings)


@pytest.mark.parametrize("sealed", [False, True])
def test_given_two_damaged_blocks_then_both_are_named(tmp_path: Path, sealed: bool) -> None:
    where = SessionDir.create(tmp_path / "s")
    market = writer(where.market, imported=True)
    for _ in range(3 * 4096):
        market.append(row(market.next_seq))
        if market.next_seq % 1000 == 0:
            market.close_block()
    market.close()
    if sealed:
        seal(where.market)
    blocks = list(MarketReader(where.market).blocks())
    hurt = [blocks[0].offset, blocks[-1].offset]
    data = bytearray(where.market.read_bytes())
    for offset in hurt:
        data[offset + 50] ^= 4
    where.market.write_bytes(data)
    report = check(where.path)
    assert [finding.offset for finding in report.findings] == hurt
    assert not any(finding.torn for finding in report.findings)
    assert report.notes == [f"market.rsm: {len(blocks) - 2} whole blocks follow the damage"]


def test_what_a_living_process_is_writing_is_no_damage(tmp_path: Path) -> None:
    where = made(tmp_path / "s")
    for path in (where.ledger, where.market):
        path.write_bytes(path.read_bytes()[:-9])
    with where.lock():
        report = check(where.path)
        assert report.ok
        assert report.held_by
        assert len(report.notes) == 3  # the torn block makes the ledger look ahead
    assert not check(where.path).ok


def test_a_session_without_a_ledger_is_one_only_when_it_was_imported(tmp_path: Path) -> None:
    for name, imported in (("a", True), ("b", False)):
        where = SessionDir.create(tmp_path / name)
        market = writer(where.market, imported=imported)
        market.append(row(1))
        market.close()
        assert check(where.path).ok is imported


def test_a_file_that_is_no_recording_and_a_broken_summary_are_findings(tmp_path: Path) -> None:
    where = made(tmp_path / "s")
    where.market.write_bytes(b"PK\x03\x04" * 40)
    where.toml.write_text("[[[")
    assert {finding.file for finding in check(where.path).findings} == {
        "market.rsm",
        "session.toml",
    }


def test_given_a_summary_then_lines_cut_off_the_end_are_found(tmp_path: Path) -> None:
    where = made(tmp_path / "s", blocks=3)
    where.write_toml({"session": {"decisions": 3}})
    assert check(where.path).ok
    lines = where.ledger.read_bytes().splitlines(keepends=True)
    where.ledger.write_bytes(b"".join(lines[:-1]))
    [problem] = told(check(where.path))
    assert problem.endswith("expected 3 decisions, as session.toml says, was 2")
    where.write_toml({"session": {"decisions": "many"}})
    assert check(where.path).ok
