"""LOBSTER message and orderbook files as batches of market records.

The orderbook file is the truth of the book: each row becomes the level changes against the row
before. All rows of one timestamp are one batch (definitions N-01): first its prints, then halts,
then its level changes in row order, the last record flagged LAST.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from ramstock_tui.core.records import (
    BID,
    BOOK_CLEAR,
    HALT,
    HIDDEN,
    LAST,
    LEVEL_SET,
    PRINT,
    SIDE_BUY,
    SIDE_SELL,
    Row,
)
from ramstock_tui.errors import ImportRefused
from ramstock_tui.feeds.lobster_book import I32_MAX, U32_MAX, BadRow, OrderbookRows
from ramstock_tui.feeds.textfile import lines

NAMED_SKIPS = 20
DAY_S = 86_400

EXECUTION, HIDDEN_EXECUTION, CROSS, HALTED = 4, 5, 6, 7
_COLUMNS = ("time", "type", "order id", "size", "price", "direction")
_MESSAGE = re.compile(
    r"([0-9]{1,6})(?:\.([0-9]*))?,([1-7]),(-?[0-9]+),([0-9]{1,10}),(-?[0-9]{1,11}),(-?1|0)"
)
_TIME = re.compile(r"[0-9]{1,6}(\.[0-9]*)?")
_WHOLE = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*")

# (ts, type, size, price, direction)
Message = tuple[int, int, int, int, int]


@dataclass(slots=True)
class ImportStats:
    """What an import has met so far.

    rows: pairs of rows in the files, skipped ones too. prints: type 4 and 5. level_changes: levels
    set or removed. unchanged_rows: rows of type 1 to 4 that left the kept levels as they were.
    crosses: type 6, left out. halts: type 7. skipped: pairs left out by `skip_bad`, with a total
    per reason and the first 20 by name. cut_times: times with more than nine decimals, the rest cut
    off. levels: a side. first_ts, last_ts: ns since the epoch, 0 before the first row.
    """

    rows: int = 0
    prints: int = 0
    level_changes: int = 0
    unchanged_rows: int = 0
    crosses: int = 0
    halts: int = 0
    skipped: int = 0
    cut_times: int = 0
    levels: int = 0
    first_ts: int = 0
    last_ts: int = 0
    skip_reasons: dict[str, int] = field(default_factory=dict)
    skip_examples: list[str] = field(default_factory=list)


def read(
    message: Path,
    orderbook: Path,
    midnight_ns: int,
    sym: int,
    *,
    skip_bad: bool,
    stats: ImportStats,
) -> Iterator[list[Row]]:
    """One list of records per timestamp, in file order; `stats` is complete when this ends.

    midnight_ns: epoch ns of the day's midnight in New York. A row that cannot be used raises
    ImportRefused, or with `skip_bad` is left out in both files and counted; the next row is then
    compared with the last kept one. Files of different length are always refused: nothing tells
    which rows belong together.
    """
    clock = _Clock(midnight_ns, stats)
    book = OrderbookRows()
    batch = _Batch(sym, book, stats)
    for line, book_line, text, book_text in _pairs(message, orderbook, book):
        stats.rows += 1
        try:
            event = clock.parse(text)
            changed = book.advance(book_text, event[0], sym)
        except BadRow as bad:
            where = f"{orderbook}:{book_line}" if bad.in_book else f"{message}:{line}"
            if not skip_bad:
                raise ImportRefused(f"{where}: {bad.detail}") from None
            _skip(stats, bad, where)
            continue
        clock.accept(event[0])
        stats.levels = book.levels
        if event[0] != batch.ts:
            if done := batch.close():
                yield done
            batch.ts = event[0]
        batch.add(event, changed)
    if done := batch.close():
        yield done


class _Clock:
    """Parses message rows; their times are exact ns, taken from the text, and never go back."""

    __slots__ = ("_fraction", "_midnight_ns", "_second", "_stats", "_ts")

    def __init__(self, midnight_ns: int, stats: ImportStats) -> None:
        self._midnight_ns = midnight_ns
        self._stats = stats
        self._ts = 0

    def parse(self, text: str) -> Message:
        """The message of one row. Raises BadRow."""
        found = _MESSAGE.fullmatch(text)
        if found is None:
            raise _why_not(text)
        second, fraction, kind_text, _, size_text, price_text, direction_text = found.groups()
        kind, size, price = int(kind_text), int(size_text), int(price_text)
        direction = int(direction_text)
        ts = self._ns(int(second), fraction or "")
        if not (kind < CROSS and 0 < size <= U32_MAX and 0 < price <= I32_MAX and direction):
            _check(kind, size, price, direction)
        return ts, kind, size, price, direction

    def accept(self, ts: int) -> None:
        """This row counts: no later row may be earlier."""
        if not self._ts:
            self._stats.first_ts = ts
        self._ts = self._stats.last_ts = ts

    def _ns(self, second: int, fraction: str) -> int:
        if second >= DAY_S:
            raise BadRow("time", f"expected a time of 0 to below {DAY_S}, was {second}")
        if len(fraction) > 9:
            self._stats.cut_times += 1
            fraction = fraction[:9]
        since_midnight = second * 10**9 + int(fraction.ljust(9, "0"))
        ts = self._midnight_ns + since_midnight
        if ts < self._ts:
            before = seconds_text(self._ts - self._midnight_ns)
            now = seconds_text(since_midnight)
            raise BadRow("time back", f"expected a time not before {before}, was {now}")
        return ts


class _Batch:
    """The records of one timestamp."""

    __slots__ = ("_again", "_book", "_changes", "_front", "_halts", "_stats", "_sym", "ts")

    def __init__(self, sym: int, book: OrderbookRows, stats: ImportStats) -> None:
        self.ts = -1
        self._sym = sym
        self._book = book
        self._stats = stats
        self._front: list[Row] = []
        self._halts: list[Row] = []
        self._changes: list[Row] = []
        self._again: Row | None = None

    def add(self, event: Message, changed: list[Row]) -> None:
        """Count one row and keep its records. changed: what its orderbook row changed."""
        ts, kind, size, price, direction = event
        stats = self._stats
        if kind in (EXECUTION, HIDDEN_EXECUTION):
            # direction is that of the resting order: a hit bid is a sale
            flags = SIDE_SELL if direction == 1 else SIDE_BUY
            if kind == HIDDEN_EXECUTION:
                flags |= HIDDEN
            self._front.append((ts, self._sym, PRINT, flags, price, size, 0))
            stats.prints += 1
        elif kind == HALTED:
            # -1 halted, 0 quoting again but no trading, 1 trading
            self._halts.append((ts, self._sym, HALT, 0, 0, 0, 0 if price == 1 else 1))
            stats.halts += 1
        elif kind == CROSS:
            stats.crosses += 1
        if changed:
            self._changes += changed
            stats.level_changes += len(changed) - (changed[0][2] == BOOK_CLEAR)
        elif kind <= EXECUTION:
            stats.unchanged_rows += 1
            self._repeat(ts, price, direction)

    def close(self) -> list[Row]:
        """The records of the batch, the last one flagged; empty when nothing is to be told."""
        rows = self._front
        if self._halts:
            rows += self._halts
            self._halts = []
        if self._changes:
            rows += self._changes
        elif self._again is not None:
            rows.append(self._again)
        self._front, self._changes, self._again = [], [], None
        if rows:
            ts, sym, kind, flags, px, size, aux = rows[-1]
            rows[-1] = (ts, sym, kind, flags | LAST, px, size, aux)
        return rows

    def _repeat(self, ts: int, price: int, direction: int) -> None:
        """A depth row beyond the kept levels still shows that the book is alive (N-02).

        It becomes a size that is set to what it is; on an empty book, the removal of a level that
        is not there. Only needed while nothing else in the batch changes the book.
        """
        if self._again is None and not self._changes:
            nothing = (ts, self._sym, LEVEL_SET, BID if direction == 1 else 0, price, 0, 0)
            self._again = self._book.best_again(ts, self._sym) or nothing


def seconds_text(ns: int) -> str:
    """Nanoseconds since midnight as the seconds of a LOBSTER file, nine decimals."""
    return f"{ns // 10**9}.{ns % 10**9:09d}"


def _pairs(
    message: Path, orderbook: Path, book: OrderbookRows
) -> Iterator[tuple[int, int, str, str]]:
    """(line, line, text, text) of both files without headers. Raises ImportRefused."""
    texts, line = _data_lines(message, None)
    book_texts, book_line = _data_lines(orderbook, book)
    for text, book_text in zip_longest(texts, book_texts):
        if text is None or book_text is None:
            ended, going_on = (message, orderbook) if text is None else (orderbook, message)
            at = line if text is None else book_line
            at_other = book_line if text is None else line
            raise ImportRefused(
                f"{ended}:{at}: expected a row for row {going_on}:{at_other}, was the end of the"
                " file; the two files have different numbers of rows"
            )
        yield line, book_line, text, book_text
        line += 1
        book_line += 1


def _data_lines(path: Path, book: OrderbookRows | None) -> tuple[Iterator[str], int]:
    """The lines after a header line, if there is one, and the number of the first of them."""
    found = lines(path)
    first = next(found, None)
    if first is None:
        raise ImportRefused(f"{path}:1: expected a row, was an empty file")
    cells = first.split(",")
    if not any(_NUMBER.fullmatch(cell) for cell in cells):
        _expect_header(path, cells, book)
        second = next(found, None)
        if second is None:
            raise ImportRefused(f"{path}:2: expected a row, was the end of the file")
        return _with_first(second, found), 2
    return _with_first(first, found), 1


def _expect_header(path: Path, cells: list[str], book: OrderbookRows | None) -> None:
    if book is None and len(cells) != len(_COLUMNS):
        raise ImportRefused(f"{path}:1: expected {len(_COLUMNS)} columns, was {len(cells)}")
    if book is not None:
        try:
            book.expect_columns(len(cells))
        except BadRow as bad:
            raise ImportRefused(f"{path}:1: {bad.detail}") from None


def _with_first(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _skip(stats: ImportStats, bad: BadRow, where: str) -> None:
    stats.skipped += 1
    stats.skip_reasons[bad.reason] = stats.skip_reasons.get(bad.reason, 0) + 1
    if len(stats.skip_examples) < NAMED_SKIPS:
        stats.skip_examples.append(f"{where}: {bad.detail}")


def _check(kind: int, size: int, price: int, direction: int) -> None:
    """Ranges that the pattern of a row leaves open. Raises BadRow."""
    if size > U32_MAX:
        raise BadRow("size", f"expected a size of 0 to {U32_MAX}, was {size}")
    if kind == HALTED:
        if not -1 <= price <= 1:
            raise BadRow("price", f"expected -1, 0 or 1 as price of a type 7 row, was {price}")
        return
    if not 0 < price <= I32_MAX and kind != CROSS:
        raise BadRow("price", f"expected a price of 1 to {I32_MAX}, was {price}")
    if not direction and kind != CROSS:
        raise BadRow("direction", "expected direction 1 or -1, was 0")
    if not size and EXECUTION <= kind <= HIDDEN_EXECUTION:
        raise BadRow("size", "expected an execution of at least 1 share, was 0")


def _why_not(text: str) -> BadRow:
    """Names what is wrong with a message row that does not look like one."""
    cells = text.split(",")
    if len(cells) != len(_COLUMNS):
        return BadRow("columns", f"expected {len(_COLUMNS)} columns, was {len(cells)}")
    _, kind, _, size, price, _ = cells
    for name, cell in zip(_COLUMNS, cells, strict=True):
        pattern, wanted = (_TIME, "seconds after midnight") if name == "time" else (_WHOLE, "")
        if not pattern.fullmatch(cell):
            reason = "time" if name == "time" and _NUMBER.fullmatch(cell) else "number"
            wanted = wanted or "a whole number"
            return BadRow(reason, f"expected {wanted} as {name}, was {cell[:40]!r}")
    if not 1 <= int(kind[:9]) <= 7 or len(kind) > 1:
        return BadRow("type", f"expected a type of 1 to 7, was {kind[:40]}")
    if size.startswith("-") or len(size) > 10:
        return BadRow("size", f"expected a size of 0 to {U32_MAX}, was {size[:40]}")
    if len(price.lstrip("-")) > 11:
        return BadRow("price", f"expected a price of 1 to {I32_MAX}, was {price[:40]}")
    return BadRow("direction", f"expected direction 1 or -1, was {cells[5][:40]}")
