"""`ramstock journal show DIR`: the ledger of a session, filtered."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from itertools import islice
from pathlib import Path
from typing import Any

from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.journal.ledger_reader import LedgerLine, LedgerReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.plain import clean
from ramstock_tui.schedule import new_york
from ramstock_tui.verbs.journal.words import json_line, ledger_text

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?", re.ASCII)


class UsageError(RamstockError):
    """The command line asks for something that cannot be."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are wanted; None = all. begin, end: time of day in New York, end exclusive."""

    symbol: str | None
    kinds: frozenset[str] | None
    reason: str | None
    begin: time | None
    end: time | None

    @classmethod
    def parse(
        cls,
        *,
        symbol: str | None = None,
        kind: str | None = None,
        reason: str | None = None,
        begin: str | None = None,
        end: str | None = None,
    ) -> "Filter":
        """From the words of the command line. Raises UsageError, exit code 2."""
        kinds = None if kind is None else frozenset(k.strip() for k in kind.split(",") if k.strip())
        if kinds is not None and not kinds:
            raise UsageError("--kind: expected names of kinds, was none")
        return cls(
            symbol.upper() if symbol else None,
            kinds,
            reason,
            _time("--from", begin),
            _time("--to", end),
        )

    def wants(self, raw: dict[str, Any]) -> bool:
        """Does this ledger line pass?"""
        return (
            (self.kinds is None or raw["kind"] in self.kinds)
            and (self.symbol is None or self.symbol == _symbol(raw))
            and (self.reason is None or self.reason in _reasons(raw))
            and self._in_time(raw["ts"])
        )

    def _in_time(self, ts: int) -> bool:
        if self.begin is None and self.end is None:
            return True
        try:
            at = new_york(ts).time()
        except (OverflowError, ValueError, OSError):
            return False  # an instant that no calendar has
        return (self.begin is None or at >= self.begin) and (self.end is None or at < self.end)


def run(directory: Path, wanted: Filter, limit: int | None, as_json: bool) -> int:
    """0; raises JournalError when the ledger is missing or, after what could be shown, damaged."""
    where = SessionDir(directory)
    if not where.ledger.exists() and where.market.exists():
        raise JournalError(f"{directory}: holds no {where.ledger.name}: an import decides nothing")
    reader = LedgerReader(where.ledger)
    kinds: Counter[str] = Counter()
    shown = 0
    for line in islice(_wanted(reader, wanted, kinds), limit):
        sys.stdout.write((json_line(line.raw) if as_json else ledger_text(line.raw)) + "\n")
        shown += 1
    if not shown and kinds:
        there = ", ".join(f"{clean(kind, 40)} {n:,}" for kind, n in kinds.most_common(30))
        sys.stderr.write(f"ramstock: no line passes the filters; the ledger holds {there}\n")
    _tell_damage(where, reader)
    return 0


def _wanted(reader: LedgerReader, wanted: Filter, kinds: Counter[str]) -> Iterator[LedgerLine]:
    for line in reader:
        kinds[line.raw["kind"]] += 1
        if wanted.wants(line.raw):
            yield line


def _tell_damage(where: SessionDir, reader: LedgerReader) -> None:
    if not reader.problem_count:
        return
    number, offset, reason = reader.problems[0]
    if offset >= reader.end and where.holder() is not None:
        return  # it is being written
    more = f" and {reader.problem_count - 1:,} more" if reader.problem_count > 1 else ""
    raise JournalError(f"{reader.path}: line {number} (byte {offset}): {reason}{more}; left out")


def _symbol(raw: dict[str, Any]) -> str:
    """The ticker of a line; that of a command stands in the name of its blueprint."""
    command = raw.get("command")
    if raw["kind"] == "command" and isinstance(command, dict):
        return str(command.get("blueprint", "")).partition("-")[2].rpartition("-")[0]
    return str(raw.get("ticker") or "")


def _reasons(raw: dict[str, Any]) -> list[str]:
    reasons = raw.get("rejection_reason")
    return reasons.split(",") if isinstance(reasons, str) else []


def _time(option: str, text: str | None) -> time | None:
    if text is None:
        return None
    if not _TIME.fullmatch(text):
        raise UsageError(f"{option}: expected HH:MM or HH:MM:SS, was {clean(text, 40)!r}")
    return time.fromisoformat(text)
