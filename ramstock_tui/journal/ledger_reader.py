"""Reading a ledger: every line checked, what is damaged named and set aside."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ramstock_tui.errors import JournalError
from ramstock_tui.journal import lines
from ramstock_tui.journal.disk import DISK, open_file
from ramstock_tui.journal.lines import FIRST_HASH, MAX_LINE, TORN, VERSION, Unreadable

MAX_PROBLEMS = 1000  # kept; more are counted
_MAX_PENDING = 64


class Problem(NamedTuple):
    """What is wrong with a ledger. line: number in the file, from 1; offset: byte it starts at."""

    line: int
    offset: int
    reason: str


class LedgerLine:
    """One line that holds. n: its number; raw: the object; offset: byte it starts at."""

    __slots__ = ("n", "offset", "raw")

    def __init__(self, n: int, raw: dict[str, Any], offset: int) -> None:
        self.n = n
        self.raw = raw
        self.offset = offset


class LedgerReader:
    """One pass over a ledger. Iterating gives every line that holds; meanwhile these grow:

    problems: what was set aside, repeated, missing or altered, the first 1,000; problem_count: all.
    sealed: torn lines that a marker explains (no problem). n, chain: of the last line given. end:
    byte after it. newest_version: the highest `v` seen. last_seq: the highest input seq named
    (`seq`, or the first of `at`). Raises JournalError when the file cannot be read, and, if strict,
    at the first problem.
    """

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.problem_count = 0
        self.sealed = 0
        self.n = 0
        self.chain = FIRST_HASH
        self.end = 0
        self.newest_version = VERSION
        self.last_seq = 0
        self._strict = strict
        self._pending: list[Problem] = []  # may yet be explained by the marker after them
        self._pending_bytes = 0
        self._bad = 0  # lines set aside since the last that held
        self._file: BinaryIO = os.fdopen(open_file(DISK, path, write=False, follow=True), "rb")

    def __iter__(self) -> Iterator[LedgerLine]:
        with self._file as file:
            number = offset = 0
            while raw := file.readline(MAX_LINE + 1):
                number += 1
                length = len(raw)
                if length > MAX_LINE:
                    length += 0 if raw.endswith(b"\n") else _rest_of_line(file)
                    self._set_aside(number, offset, length, f"longer than {MAX_LINE} bytes")
                elif not raw.endswith(b"\n"):
                    self._set_aside(number, offset, length, "torn: it has no newline")
                elif (line := self._checked(raw[:-1], number, offset)) is not None:
                    self.end = offset + length
                    yield line
                offset += length
        self._settle()

    def _checked(self, raw: bytes, number: int, offset: int) -> LedgerLine | None:
        try:
            line, hashed, body = lines.unpack_line(raw)
        except Unreadable as problem:
            self._set_aside(number, offset, len(raw) + 1, str(problem))
            return None
        if self._pending and self._is_marker(line):
            self.sealed += len(self._pending)
            self._pending.clear()
            self._bad = 0
        self._settle()
        n = line["n"]
        if n <= self.n:
            self._report(Problem(number, offset, f"line number {n} again; it is ignored"))
            return None
        if n > self.n + 1 + self._bad:
            self._report(Problem(number, offset, f"expected line number {self.n + 1}, was {n}"))
        elif not self._bad and not lines.chained(self.chain, hashed, body):
            self._report(
                Problem(number, offset, "the chain breaks here: altered, or lines replaced")
            )
        self._bad = 0
        self.n, self.chain = n, hashed
        self.newest_version = max(self.newest_version, line["v"])
        self.last_seq = max(self.last_seq, _seq_of(line))
        return LedgerLine(n, line, offset)

    def _is_marker(self, line: dict[str, Any]) -> bool:
        # A disk that stays full tears markers too, so one marker may explain several lines.
        known = self._bad == len(self._pending)
        return known and line["kind"] == TORN and line.get("bytes") == self._pending_bytes - 1

    def _set_aside(self, number: int, offset: int, length: int, reason: str) -> None:
        if len(self._pending) == _MAX_PENDING:
            self._settle()
        if not self._pending:
            self._pending_bytes = 0
        self._pending.append(Problem(number, offset, reason))
        self._pending_bytes += length
        self._bad += 1

    def _settle(self) -> None:
        pending, self._pending = self._pending, []
        for problem in pending:
            self._report(problem)

    def _report(self, problem: Problem) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        if self._strict:
            raise JournalError(
                f"{self.path}: line {problem.line} (byte {problem.offset}): {problem.reason}"
            )


def read_ledger(path: Path, *, strict: bool = True) -> Iterator[LedgerLine]:
    """Every line that holds, in order. strict: JournalError with file, line number and reason at
    the first problem; else problems are passed over (`LedgerReader` keeps them)."""
    return iter(LedgerReader(path, strict=strict))


def _seq_of(line: dict[str, Any]) -> int:
    at = line.get("at")
    seq = at[0] if isinstance(at, list) and at else line.get("seq")
    return seq if isinstance(seq, int) else 0


def _rest_of_line(file: BinaryIO) -> int:
    length = 0
    while chunk := file.readline(MAX_LINE):
        length += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return length
