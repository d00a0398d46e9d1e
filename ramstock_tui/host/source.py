"""A recorded session as a stream of inputs in the order of their numbers."""

import copy
from bisect import bisect_left, bisect_right
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
from ramstock_tui.journal.disk import DISK, open_file
from ramstock_tui.journal.ledger_reader import LedgerLine, LedgerReader, read_ledger
from ramstock_tui.journal.lines import command_from, decision_from, is_decision
from ramstock_tui.journal.market_reader import BEGIN, MarketReader, Place, block_after
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
_NO_EVENTS = frozenset({"config", "recording", "sink"})
_KIND_AT = 10  # of a record


class LedgerContent:
    """What the lines of a ledger hold. commands: by number; decisions: in order; rules: the profile
    tables that the session ran under; ts: newest event time, ns."""

    def __init__(self) -> None:
        self.commands: list[tuple[int, int, Command]] = []
        self.decisions: list[Decision] = []
        self.rules: Rules | None = None
        self.ts = 0

    def take(self, line: LedgerLine) -> None:
        """The next line. Raises JournalError for one that is not what its kind says."""
        raw = line.raw
        if raw["kind"] not in _NO_EVENTS:
            self.ts = max(self.ts, raw["ts"])
        if raw["kind"] == "command":
            self.commands.append(command_from(raw))
        elif raw["kind"] == "config":
            try:
                self.rules = msgspec.convert(raw.get("rules"), Rules)
            except msgspec.ValidationError as problem:
                raise JournalError(f"ledger line {line.n}: no rules: {problem}") from problem
        elif is_decision(raw):
            self.decisions.append(decision_from(raw))


def rules_of(where: SessionDir) -> Rules:
    """The rules that a session runs under, from the first line of its ledger. Raises JournalError
    when it has none."""
    content = LedgerContent()
    for line in read_ledger(where.ledger, strict=False):
        content.take(line)
        break
    if content.rules is None:
        raise JournalError(f"{where.ledger}: has no rules to go on with")
    return content.rules


class Recording:
    """One session directory, read only.

    commands: those of the ledger, by number. decisions: those of the ledger, in order. rules: the
    profile tables that the session ran under, None when it has no ledger (imports). broken: where
    and why the files end too early, None = they do not; what stands before it can be used. events,
    first_ts, last_ts, last_seq: of the inputs given so far; ts ns, 0 before the first. places: of
    the blocks read so far by anybody, each with its first number and the records before it.

    Raises JournalError for what cannot be used at all: no session, a ledger damaged inside.
    """

    def __init__(self, path: Path) -> None:
        self.dir = SessionDir.open(path)
        self.market = MarketReader(self.dir.market)
        self._ledger = LedgerContent()
        self.commands = self._ledger.commands
        self.decisions = self._ledger.decisions
        self.rules: Rules | None = None
        self.broken: str | None = None
        self.events = self.first_ts = self.last_ts = self.last_seq = 0
        self._ledger_torn = True  # nothing is wrong with it but perhaps a torn last line
        self.places: list[tuple[int, Place, int]] = []
        if self.dir.ledger.exists():
            self._read_ledger(LedgerReader(self.dir.ledger))

    def twin(self) -> "Recording":
        """The same recording for a second reader: figures of its own, files and ledger shared."""
        other = copy.copy(self)
        other.events = other.first_ts = other.last_ts = other.last_seq = 0
        return other

    @property
    def end_ts(self) -> int:
        """Event time that the session reached, ns; asked after the last input. Where the files
        break, what the ledger says of later times does not count."""
        return self.last_ts if self.broken else max(self.last_ts, self._ledger.ts)

    @property
    def torn_end(self) -> bool:
        """Is what is broken no more than the end that a kill leaves (the kernel may tear a write)?
        Asked after the last input; a restart moves it aside."""
        if self.market.sealed or not self._ledger_torn:
            return False
        if self.market.broken is None:
            return True
        with open(open_file(DISK, self.market.path, write=False, follow=True), "rb") as file:
            return block_after(file.fileno(), self.market.broken_at) is None

    @property
    def default_policy(self) -> str:
        """The confirm policy that gives what the session did."""
        return "ledger" if self.commands else "none"

    def _read_ledger(self, reader: LedgerReader) -> None:
        for line in reader:
            try:
                self._ledger.take(line)
            except JournalError as problem:
                raise JournalError(f"{self.dir.path}: {problem}") from problem
        self.rules = self._ledger.rules
        if not reader.problem_count:
            return
        number, offset, reason = reader.problems[0]
        text = f"{self.dir.ledger}: line {number} (byte {offset}): {reason}"
        if offset < reader.end or reader.problem_count > 1 or not reader.n:
            raise JournalError(text)
        self._ledger_torn = reason.startswith("torn")
        self.broken = f"{text}; the {reader.n:,} lines before it were used"

    def inputs(
        self, *, with_commands: bool, as_it_was: bool = True, since: int = 0
    ) -> Iterator[Input]:
        """Every input in the order of its number, up to the end or to where the file breaks
        (`broken` says where then).

        as_it_was: a restart forgets the decisions that died with its host, counted by the ledger.
        With other rules or confirms the count means nothing: without it, none is forgotten. since:
        the first number wanted; what comes before it was read already, by this or a twin.
        """
        place, self.events = self._place(since)
        waiting = [c for c in reversed(self.commands) if c[0] >= since] if with_commands else []
        for block in self.market.blocks(strict=False, place=place):
            place = place._replace(offset=block.offset, seq=block.first_seq)
            self._note(place)
            while waiting and waiting[-1][0] < block.first_seq:
                yield self._passed(waiting.pop())
            rows = list(RECORD.iter_unpack(block.data))
            if not as_it_was and RESUMED in block.data[_KIND_AT::RECORD_SIZE]:
                rows = [(*row[:4], *_ALL, row[6]) if row[2] == RESUMED else row for row in rows]
            self.first_ts = self.first_ts or rows[0][0]
            self.last_ts = rows[-1][0]
            self.events += len(rows)
            self.last_seq = block.first_seq + len(rows) - 1
            place = Place(number=place.number + 1, last_ts=self.last_ts)
            known = max(0, since - block.first_seq)
            if known < len(rows):
                yield Chunk(block.first_seq + known, rows[known:], block.blob)
        if self.market.broken is not None:
            self.broken = f"{self.market.broken}; the {self.events:,} records before it were used"
            return
        while waiting:
            yield self._passed(waiting.pop())

    def _note(self, place: Place) -> None:
        if not self.places or self.places[-1][0] < place.seq:
            self.places.append((place.seq, place, self.events))

    def _place(self, seq: int) -> tuple[Place, int]:
        """The block that holds this number, and how many records stand before it."""
        at = bisect_right(self.places, seq, key=lambda noted: noted[0])
        return self.places[at - 1][1:] if at and seq else (BEGIN, 0)

    def events_at(self, ts: int) -> int:
        """About how many records are older than ts, as far as the file was read."""
        at = bisect_right(self.places, ts, key=lambda noted: noted[1].last_ts)
        return self.places[at - 1][2] if at else 0

    def read_to(self) -> int:
        """Event time up to which the file was read by anybody, ns."""
        return self.places[-1][1].last_ts if self.places else 0

    def _passed(self, command: tuple[int, int, Command]) -> tuple[int, int, Command]:
        self.last_seq = command[0]
        return command
