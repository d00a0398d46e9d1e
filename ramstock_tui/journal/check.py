"""Checking a session: both files, each by its sums, and their numbers against each other.

Nothing is changed. What a power cut may leave (the ledger names inputs that the recording never
got) is told as a note: it contradicts nothing.
"""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ramstock_tui.core.records import RECORD, RESUMED
from ramstock_tui.errors import JournalError
from ramstock_tui.journal.disk import DISK, open_file
from ramstock_tui.journal.ledger_reader import LedgerLine, LedgerReader
from ramstock_tui.journal.lines import is_decision
from ramstock_tui.journal.market_reader import Block, MarketReader, block_after, block_end
from ramstock_tui.journal.session_dir import SessionDir

MAX_FINDINGS = 1000  # of one kind that are kept; the ledger reader counts the rest


class Finding(msgspec.Struct, frozen=True):
    """What is wrong. offset: byte in the file; line or block: from 1, None = the file as a whole;
    torn: the end of a file that a kill or a power cut left, which `repair` moves aside."""

    file: str
    offset: int
    problem: str
    line: int | None = None
    block: int | None = None
    torn: bool = False

    def __str__(self) -> str:
        """One line for people."""
        part = f"line {self.line} " if self.line else f"block {self.block} " if self.block else ""
        where = f"{part}(byte {self.offset})" if part else f"byte {self.offset}"
        return f"{self.file}: {where}: {self.problem}"


class Report(msgspec.Struct):
    """What a check found. ledger_lines: that hold; None without a ledger (imports). decisions: how
    many of them are decisions.
    market_records: of the whole blocks before the first damage. ahead: inputs that the ledger names
    and the recording lacks at its end. held_by: pid of the process that writes it, None = nobody.
    """

    path: str
    ledger_lines: int | None = None
    decisions: int = 0
    market_records: int = 0
    market_blocks: int = 0
    sealed: bool = False
    held_by: str | None = None
    ahead: int = 0
    findings: list[Finding] = msgspec.field(default_factory=list)
    finding_count: int = 0
    notes: list[str] = msgspec.field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.finding_count

    @property
    def only_torn(self) -> bool:
        """Nothing but torn ends is wrong."""
        return all(finding.torn for finding in self.findings)

    def add(self, finding: Finding, count: int = 1) -> None:
        """One more finding, kept while there is room."""
        self.finding_count += count
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)


class _Gap(NamedTuple):
    """Numbers that no market record has. restart: a `Resumed` record follows them."""

    first: int
    last: int
    offset: int
    block: int
    restart: bool


class _Ledger(NamedTuple):
    """What the ledger says of the numbers. commands: (seq, line, offset)."""

    commands: list[tuple[int, int, int]]
    last_seq: int


def check(path: Path, *, ours: bool = False) -> Report:
    """Read everything of the session in `path`. ours: the caller holds it, and nobody writes.
    Raises JournalError when it is no session."""
    where = SessionDir.open(path)
    report = Report(str(path))
    if not ours:
        _check_holder(where, report)
    # The ledger first: a session that is being written may grow meanwhile, and a ledger never
    # names a market record that is not in the file yet.
    ledger = _check_ledger(where, report)
    gaps, last_seq = _check_market(where, report)
    if gaps is not None:
        _check_numbers(report, ledger, gaps, last_seq)
    _check_toml(where, report)
    return report


def _check_holder(where: SessionDir, report: Report) -> None:
    try:
        holder = where.holder()
    except (JournalError, OSError) as problem:
        report.notes.append(f"cannot tell whether a process holds it: {problem}")
        return
    if holder is not None:
        report.held_by = holder.get("pid", "")


def _check_ledger(where: SessionDir, report: Report) -> _Ledger:
    name, commands = where.ledger.name, list[tuple[int, int, int]]()
    try:
        reader = LedgerReader(where.ledger)
    except JournalError as problem:
        if not where.ledger.is_symlink() and not where.ledger.exists():
            return _Ledger([], 0)  # `_check_market` knows whether it may be missing
        report.add(Finding(name, 0, _without_path(problem, where.ledger)))
        return _Ledger([], 0)
    lines = 0
    for line in reader:
        lines += 1
        report.decisions += is_decision(line.raw)
        if line.raw["kind"] == "command":
            _take_command(line, lines, commands, report, name)
    report.ledger_lines = lines
    if reader.sealed:
        report.notes.append(f"{name}: {reader.sealed} torn lines that a marker explains")
    _add_ledger_problems(reader, name, report)
    return _Ledger(commands, reader.last_seq)


def _take_command(
    line: LedgerLine, number: int, commands: list[tuple[int, int, int]], report: Report, name: str
) -> None:
    seq: Any = line.raw.get("seq")
    last = commands[-1][0] if commands else 0
    if type(seq) is not int or seq <= last:
        problem = f"expected a command with a seq above {last}, was {str(seq)[:40]}"
        report.add(Finding(name, line.offset, problem, line=line.n))
        return
    commands.append((seq, line.n, line.offset))


def _add_ledger_problems(reader: LedgerReader, name: str, report: Report) -> None:
    for problem in reader.problems:
        torn = problem.offset >= reader.end
        if torn and report.held_by is not None:
            report.notes.append(f"{name}: line {problem.line} is being written")
            continue
        report.add(Finding(name, problem.offset, problem.reason, line=problem.line, torn=torn))
    more = reader.problem_count - len(reader.problems)
    if more:
        report.add(Finding(name, reader.end, f"{more:,} problems more"), more)


# market -------------------------------------------------------------------------------------------
class _Seen:
    """What the blocks on the way say about their numbers."""

    def __init__(self) -> None:
        self.gaps: list[_Gap] = []
        self.blocks = 0
        self.next_seq = 1

    def see(self, block: Block) -> None:
        self.blocks += 1
        if block.first_seq > self.next_seq:
            restart = RECORD.unpack_from(block.data)[2] == RESUMED
            gap = _Gap(self.next_seq, block.first_seq - 1, block.offset, self.blocks, restart)
            self.gaps.append(gap)
        self.next_seq = block.first_seq + block.count


def _check_market(where: SessionDir, report: Report) -> tuple[list[_Gap] | None, int]:
    """(gaps, last seq); no gaps are given when the file cannot be read at all."""
    name = where.market.name
    try:
        reader = MarketReader(where.market)
    except JournalError as problem:
        report.add(Finding(name, 0, _without_path(problem, where.market)))
        return None, 0
    try:
        seen = _Seen()
        report.market_records = reader.scan(strict=False, see=seen.see).records
        report.sealed, report.market_blocks = reader.sealed, seen.blocks
        if report.ledger_lines is None and not reader.imported and not where.ledger.exists():
            report.add(Finding(where.ledger.name, 0, "expected a ledger, there is none"))
        if reader.broken is not None:
            _add_market_problem(reader, name, seen.blocks, report)
        return seen.gaps, seen.next_seq - 1
    finally:
        reader.close()


def _add_market_problem(reader: MarketReader, name: str, blocks: int, report: Report) -> None:
    end, offset = reader.blocks_end, reader.broken_at
    if offset >= end:  # the sums of the trailer
        report.add(Finding(name, offset, reader.broken_why))
        return
    fd = open_file(DISK, reader.path, write=False, follow=True)
    with open(fd, "rb"):
        after = block_after(fd, offset)
        torn = after is None and not reader.sealed
        if torn and report.held_by is not None:
            report.notes.append(f"{name}: a block at byte {offset} is being written")
            return
        report.add(Finding(name, offset, reader.broken_why, block=blocks + 1, torn=torn))
        _add_later_damage(fd, after, end, name, report)


def _add_later_damage(fd: int, offset: int | None, end: int, name: str, report: Report) -> None:
    whole = 0
    while offset is not None and offset < end:
        following = block_end(fd, offset)
        if following is not None:
            whole, offset = whole + 1, following
            continue
        report.add(Finding(name, offset, "expected a whole block"))
        offset = block_after(fd, offset)
    if whole:
        report.notes.append(f"{name}: {whole:,} whole blocks follow the damage")


# both ---------------------------------------------------------------------------------------------
def _check_numbers(report: Report, ledger: _Ledger, gaps: list[_Gap], last_seq: int) -> None:
    """Every number belongs to one market record or one command."""
    inside = 0
    for gap in gaps:
        taken = sum(gap.first <= seq <= gap.last for seq, _, _ in ledger.commands)
        inside += taken
        missing = gap.last - gap.first + 1 - taken
        if missing:
            _add_gap(report, ledger, gap, missing)
    if inside != sum(seq <= last_seq for seq, _, _ in ledger.commands):
        _add_doubles(report, ledger, gaps, last_seq)
    beyond = sum(seq > last_seq for seq, _, _ in ledger.commands)
    report.ahead = max(0, ledger.last_seq - last_seq - beyond)
    if report.ahead:
        report.notes.append(f"ledger ahead by {report.ahead:,} events")


def _add_gap(report: Report, ledger: _Ledger, gap: _Gap, missing: int) -> None:
    if report.held_by is not None and gap.last > ledger.last_seq:
        return  # commands that came while this was read
    if gap.restart:
        note = f"ledger was ahead by {missing:,} events before the restart at seq {gap.last + 1}"
        report.notes.append(note)
        return
    problem = f"expected seq {gap.first}, was {gap.last + 1}: {missing:,} are in neither file"
    report.add(Finding("market.rsm", gap.offset, problem, block=gap.block))


def _add_doubles(report: Report, ledger: _Ledger, gaps: list[_Gap], last_seq: int) -> None:
    for seq, n, offset in ledger.commands:
        if seq <= last_seq and not any(gap.first <= seq <= gap.last for gap in gaps):
            problem = f"seq {seq} stands in market.rsm too"
            report.add(Finding("ledger.jsonl", offset, problem, line=n))


def _check_toml(where: SessionDir, report: Report) -> None:
    if not where.toml.exists():
        return
    try:
        session = where.read_toml().get("session")
    except JournalError as problem:
        report.add(Finding(where.toml.name, 0, _without_path(problem, where.toml)))
        return
    # Whole lines that are gone from the end break no chain; the summary knows how many there were.
    said = session.get("decisions") if isinstance(session, dict) else None
    if report.ledger_lines is not None and type(said) is int and said != report.decisions:
        text = f"expected {said:,} decisions, as {where.toml.name} says, was {report.decisions:,}"
        report.add(Finding(where.ledger.name, 0, text))


def _without_path(problem: JournalError, path: Path) -> str:
    return str(problem).removeprefix(f"{path}: ").removeprefix("byte 0: ")
