"""A recorded session as a stream of inputs in the order of their numbers."""

from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import RECORD, Command, Row
from ramstock_tui.journal.ledger_reader import LedgerLine, read_ledger
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


class Recording:
    """One session directory, read only.

    commands: those of the ledger, by number. decisions: those of the ledger, in order. rules: the
    profile tables that the session ran under, None when it has no ledger (imports).
    """

    def __init__(self, path: Path) -> None:
        self.dir = SessionDir.open(path)
        self.market = MarketReader(self.dir.market)
        self.commands: list[tuple[int, int, Command]] = []
        self.decisions: list[Decision] = []
        self.rules: Rules | None = None
        self.last_ts = 0
        if self.dir.ledger.exists():
            for line in read_ledger(self.dir.ledger):
                self._take(line)

    def _take(self, line: LedgerLine) -> None:
        raw = line.raw
        self.last_ts = max(self.last_ts, int(raw.get("ts") or 0))
        if raw["kind"] == "command":
            self.commands.append(command_from(raw))
        elif raw["kind"] == "config":
            self.rules = msgspec.convert(raw["rules"], Rules)
        elif is_decision(raw):
            self.decisions.append(decision_from(raw))

    def inputs(self, *, with_commands: bool) -> Iterator[Input]:
        """Every input in the order of its number. Raises JournalError where the file breaks, after
        every whole block before it."""
        waiting = list(reversed(self.commands)) if with_commands else []
        for block in self.market.blocks():
            while waiting and waiting[-1][0] < block.first_seq:
                yield waiting.pop()
            yield Chunk(block.first_seq, list(RECORD.iter_unpack(block.data)), block.blob)
        while waiting:
            yield waiting.pop()
