"""DBN records as batches of market records.

All records of one instrument and one time are one batch (definitions N-01): prints first, then what
changed in the book, the last record flagged LAST. Books: mbp-10 and mbp-1 carry an image, which is
the truth; mbo carries orders, which are summed, and a batch waits for the end of its event
(F_LAST). The image of tbbo is the quote before its trade: that of the first trade of a batch is a
batch of its own one nanosecond before, that of the last one is what changed in the book. Trades
have no book at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row
from ramstock_tui.feeds.dbn_book import ASK, BID, I32_MAX, Image, Oddities, Orders

F_LAST, F_BAD_TS_RECV, F_MAYBE_BAD_BOOK = 0x80, 0x08, 0x04
NO_TIME = 0xFFFF_FFFF_FFFF_FFFF
WAIT_NS = 1_000_000_000  # an event without an end is ended after so long
AUX_NS = 100_000  # unit of a print's exchange time
SIDES = {"B": r.SIDE_BUY, "A": r.SIDE_SELL}


@dataclass(slots=True)
class DbnStats:
    """What an import has met so far. unchanged: records that changed nothing that is kept."""

    rows: int = 0
    prints: int = 0
    level_changes: int = 0
    unchanged: int = 0
    oddities: Oddities = field(default_factory=Oddities)


class Clock:
    """Event times that never go back."""

    def __init__(self, oddities: Oddities) -> None:
        self.ts = 0
        self._found = oddities.found

    def at(self, record: Any) -> int:
        """ts_recv of a record; where it has none, ts_event, and where that has none, as before."""
        ts: int = record.ts_recv
        if ts == NO_TIME:
            self._found["no receive time"] += 1
            ts = record.ts_event
            if ts == NO_TIME:
                self._found["no time at all"] += 1
                ts = self.ts
        if ts < self.ts:
            self._found["time went back"] += 1
            ts = self.ts
        self.ts = ts
        return ts


class _Instrument:
    """What one instrument has in the batch that is open."""

    __slots__ = ("book", "ended", "prints", "quote", "since", "sym", "told")

    def __init__(self, sym: int, book: Image | Orders) -> None:
        self.sym = sym
        self.book = book
        self.prints: list[tuple[int, int, int, int]] = []  # (price, shares, flags, exchange time)
        self.quote: list[Row] = []  # tbbo: what was shown before the first of them
        self.told = 0  # ts of its newest batch
        self.since = 0  # ts of the first record of the open batch
        self.ended = True

    def changes(self, ts: int) -> list[Row]:
        """What differs from what was told, as records without LAST."""
        rows: list[Row] = []
        if self.book.cleared:
            rows.append((ts, self.sym, r.BOOK_CLEAR, 0, 0, 0, r.CLEAR_GAP))
        for side, px, size, orders in self.book.changes():
            flags = r.BID if side == BID else 0
            rows.append((ts, self.sym, r.LEVEL_SET, flags, px, size, min(orders, I32_MAX)))
        return rows

    def trades(self, ts: int) -> list[Row]:
        """The prints, as records without LAST."""
        rows: list[Row] = []
        for px, size, flags, exchange in self.prints:
            late = max(-I32_MAX, min(I32_MAX, (exchange - ts) // AUX_NS))
            rows.append((ts, self.sym, r.PRINT, flags, px, size, late))
        self.prints = []
        return rows

    def again(self, ts: int) -> list[Row]:
        """The best bid (else ask) as it is: the source has just confirmed the book."""
        for name, flag, best in ((BID, r.BID, max), (ASK, 0, min)):
            if side := self.book.sides[name]:
                px = best(side)
                return [(ts, self.sym, r.LEVEL_SET, flag, px, *side[px])]
        return []


class Batches:
    def __init__(self, schema: str, syms: dict[int, int], stats: DbnStats) -> None:
        self._orders = schema == "mbo"
        self._quotes = schema == "tbbo"
        self._images = schema.startswith("mbp") or self._quotes
        self._stats = stats
        self._clock = Clock(stats.oddities)
        self._open: dict[int, _Instrument] = {}  # with records in the open batch
        self._all = {number: _Instrument(sym, self._book()) for number, sym in syms.items()}

    def _book(self) -> Image | Orders:
        oddities = self._stats.oddities
        return Orders(oddities) if self._orders else Image(oddities, one_venue=self._quotes)

    def take(self, record: Any) -> Iterator[list[Row]]:
        """One record of the file; the batches that it ends."""
        self._stats.rows += 1
        before = self._clock.ts
        ts = self._clock.at(record)
        if ts != before:
            yield from self._ended(before, ts)
        self._flags(record.flags)
        one = self._all[record.instrument_id]
        first = record.instrument_id not in self._open
        if first:
            one.since = ts
            self._open[record.instrument_id] = one
        self._apply(one, record)
        if first and self._quotes and one.told < ts - 1:
            one.quote = one.changes(ts - 1) or one.again(ts - 1)

    def _apply(self, one: _Instrument, record: Any) -> None:
        action = str(record.action)
        if action == "T":
            self._print(one, record)
        if isinstance(one.book, Orders):
            one.ended = bool(record.flags & F_LAST)
            one.book.apply(record)
        elif self._images:
            if action == "R":
                one.book.clear()
            one.book.show(record)

    def _print(self, one: _Instrument, record: Any) -> None:
        px, rounded = self._stats.oddities.price(record.price)
        if not px or not record.size:
            self._stats.oddities.found["trade without a price or size"] += 1
            return
        flags = SIDES.get(str(record.side), r.SIDE_NONE) | (r.ROUNDED if rounded else 0)
        exchange = record.ts_event if record.ts_event != NO_TIME else record.ts_recv
        one.prints.append((px, record.size, flags, exchange))

    def _flags(self, flags: int) -> None:
        if flags & F_BAD_TS_RECV:
            self._stats.oddities.found["receive time marked as bad"] += 1
        if flags & F_MAYBE_BAD_BOOK:
            self._stats.oddities.found["book marked as maybe bad"] += 1

    def _ended(self, ts: int, now: int) -> Iterator[list[Row]]:
        """Batches whose time is over."""
        for one in self._open.values():
            yield from self._told_of(one, one.quote)
            one.quote = []
        for number, one in list(self._open.items()):
            if not one.ended:
                if now - one.since < WAIT_NS:
                    continue
                self._stats.oddities.found["event without an end"] += 1
                one.ended = True
            del self._open[number]
            rows = one.trades(ts) + one.changes(ts)
            if not rows:
                self._stats.unchanged += 1
                rows = one.again(ts)
            yield from self._told_of(one, rows)

    def _told_of(self, one: _Instrument, rows: list[Row]) -> Iterator[list[Row]]:
        if not rows:
            return
        ts, sym, kind, flags, px, size, aux = rows[-1]
        rows[-1] = (ts, sym, kind, flags | r.LAST, px, size, aux)
        one.told = ts
        self._stats.prints += sum(row[2] == r.PRINT for row in rows)
        self._stats.level_changes += sum(row[2] == r.LEVEL_SET for row in rows)
        yield rows

    def finish(self) -> Iterator[list[Row]]:
        """What is still open when the file ends."""
        for one in self._open.values():
            one.ended = True
        yield from self._ended(self._clock.ts, self._clock.ts)
