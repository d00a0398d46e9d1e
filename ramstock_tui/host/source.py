"""A recorded session as a stream of inputs in the order of their numbers."""

from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import (
    RECORD,
    RECORD_SIZE,
    RESUMED,
    Command,
    Row,
    split_i64,
)
from ramstock_tui.errors import JournalError
from ramstock_tui.journal.ledger_reader import LedgerLine, LedgerReader
from ramstock_tui.journal.lines import command_from, decision_from, is_decision
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.session_dir import SessionDir


class Chunk:
    """Rows with consecutive numbers, and the blob area they point into."""

    __slots__ = ("blob", "first_seq", "rows")

    def __init__(self, first_seq: int, rows: list[Row], blob: bytes) -> None:
        self.first_seq = first_seq
        self.rows = rows
        self.blob = blob

    @property
    def next_seq(self) -> int:
        """The number after the last row."""
        return self.first_seq + len(self.rows)

    def split(self, ts: int) -> tuple["Chunk", "Chunk"]:
        """(rows before ts, rows at or after ts)."""
        i = bisect_left(self.rows, ts, key=lambda row: row[0])
        head = Chunk(self.first_seq, self.rows[:i], self.blob)
        return head, Chunk(self.first_seq + i, self.rows[i:], self.blob)


Input = Chunk | tuple[int, int, Command]  # a command is (seq, ts, command)
_ALL = split_i64((1 << 63) - 1)  # a `Resumed` that every decision before it survives
# lines of no event time: what the clock said when the file was made; that the disk took no more
_NO_EVENTS = frozenset({"config", "recording"})
_KIND_AT = 10  # of a record


class Recording:
    """One session directory, read only.

    commands: those of the ledger, by number. decisions: those of the ledger, in order. rules: the
    profile tables that the session ran under, None when it has no ledger (imports). broken: where
    and why the files end too early, None = they do not; what stands before it can be used. events,
    first_ts, last_ts, last_seq: of the inputs given so far; ts ns, 0 before the first.

    Raises JournalError for what cannot be used at all: no session, a ledger damaged inside.
    """

    def __init__(self, path: Path) -> None:
        self.dir = SessionDir.open(path)
        self.market = MarketReader(self.dir.market)
        self.commands: list[tuple[int, int, Command]] = []
        self.decisions: list[Decision] = []
        self.rules: Rules | None = None
        self.broken: str | None = None
        self.events = self.first_ts = self.last_ts = self.last_seq = 0
        self._ledger_ts = 0
        if self.dir.ledger.exists():
            self._read_ledger(LedgerReader(self.dir.ledger))

    @property
    def end_ts(self) -> int:
        """Event time that the session reached, ns; asked after the last input. Where the files
        break, what the ledger says of later times does not count."""
        return self.last_ts if self.broken else max(self.last_ts, self._ledger_ts)

    @property
    def default_policy(self) -> str:
        """The confirm policy that gives what the session did."""
        return "ledger" if self.commands else "none"

    def _read_ledger(self, reader: LedgerReader) -> None:
        for line in reader:
            try:
                self._take(line)
            except JournalError as problem:
                raise JournalError(f"{self.dir.path}: {problem}") from problem
        if not reader.problem_count:
            return
        number, offset, reason = reader.problems[0]
        text = f"{self.dir.ledger}: line {number} (byte {offset}): {reason}"
        if offset < reader.end or reader.problem_count > 1 or not reader.n:
            raise JournalError(text)
        self.broken = f"{text}; the {reader.n:,} lines before it were used"

    def _take(self, line: LedgerLine) -> None:
        raw = line.raw
        if raw["kind"] not in _NO_EVENTS:
            self._ledger_ts = max(self._ledger_ts, raw["ts"])
        if raw["kind"] == "command":
            self.commands.append(command_from(raw))
        elif raw["kind"] == "config":
            try:
                self.rules = msgspec.convert(raw.get("rules"), Rules)
            except msgspec.ValidationError as problem:
                raise JournalError(f"ledger line {line.n}: no rules: {problem}") from problem
        elif is_decision(raw):
            self.decisions.append(decision_from(raw))

    def inputs(self, *, with_commands: bool, as_it_was: bool = True) -> Iterator[Input]:
        """Every input in the order of its number, up to the end or to where the file breaks
        (`broken` says where then).

        as_it_was: a restart forgets the decisions that died with its host, counted by the ledger.
        With other rules or confirms the count means nothing: without it, none is forgotten.
        """
        waiting = list(reversed(self.commands)) if with_commands else []
        for block in self.market.blocks(strict=False):
            while waiting and waiting[-1][0] < block.first_seq:
                yield self._passed(waiting.pop())
            rows = list(RECORD.iter_unpack(block.data))
            if not as_it_was and RESUMED in block.data[_KIND_AT::RECORD_SIZE]:
                rows = [(*row[:4], *_ALL, row[6]) if row[2] == RESUMED else row for row in rows]
            self.first_ts = self.first_ts or rows[0][0]
            self.last_ts = rows[-1][0]
            self.events += len(rows)
            self.last_seq = block.first_seq + len(rows) - 1
            yield Chunk(block.first_seq, rows, block.blob)
        if self.market.broken is not None:
            self.broken = f"{self.market.broken}; the {self.events:,} records before it were used"
            return
        while waiting:
            yield self._passed(waiting.pop())

    def _passed(self, command: tuple[int, int, Command]) -> tuple[int, int, Command]:
        self.last_seq = command[0]
        return command
