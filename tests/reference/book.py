"""Batches of a history and the books between them (N-01), told apart into well formed or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ramstock_tui.core import records as rec
from ramstock_tui.core.records import Row

NS = 1_000_000_000
MS = 1_000_000

Level = tuple[int, int]  # (price 1/10,000 USD, shares)
RESETS_OF_FEED = frozenset({rec.FEED_SUBSCRIBED, rec.FEED_SLOT_OPENED, rec.FEED_GAP})


@dataclass(frozen=True, slots=True)
class Book:
    """Displayed levels, best first, merged by price. flaw: "" or why the book is malformed."""

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    flaw: str = "empty_bid"

    @property
    def ok(self) -> bool:
        """Well formed (N-02 without the halt)."""
        return self.flaw == ""

    @property
    def bid(self) -> int:
        return self.bids[0][0]

    @property
    def ask(self) -> int:
        return self.asks[0][0]

    @property
    def spread(self) -> int:
        return self.ask - self.bid

    def bid_size(self, px: int) -> int:
        """Shares displayed at a bid price, 0 when it is not displayed."""
        return dict(self.bids).get(px, 0)

    def ask_size(self, px: int) -> int:
        """Shares displayed at an ask price, 0 when it is not displayed."""
        return dict(self.asks).get(px, 0)

    def bid_out_of_view(self, px: int) -> bool:
        """The price lies below the worst visible bid."""
        return bool(self.bids) and px < self.bids[-1][0]

    def ask_out_of_view(self, px: int) -> bool:
        """The price lies above the worst visible ask."""
        return bool(self.asks) and px > self.asks[-1][0]


NO_BOOK = Book()


@dataclass(frozen=True, slots=True)
class Trade:
    """One counted public print. side: buy, sell or mid (N-09)."""

    ts: int
    px: int
    size: int
    side: str


@dataclass(frozen=True, slots=True)
class Batch:
    """All records of one timestamp and what they left behind.

    before: the book at the end of the batch before; it classifies the prints. base: the book that
    changes are measured against; empty when the batch holds a reset. depth: a depth record came
    after the last reset of the batch. resumed: trading resumed in it. restart: RESUMED came.
    """

    ts: int
    before: Book
    base: Book
    after: Book
    trades: tuple[Trade, ...]
    depth: bool
    reset: bool
    halted: bool
    resumed: bool
    restart: bool
    feed_vwap: int | None

    @property
    def change_ok(self) -> bool:
        """The books on both sides of the change are well formed (N-03)."""
        return self.base.ok and self.after.ok


def flaw_of(bids: Sequence[Level], asks: Sequence[Level]) -> str:
    """Why raw rows in the order of the source are no book: "" or the first reason of N-02."""
    if not bids:
        return "empty_bid"
    if not asks:
        return "empty_ask"
    if any(size <= 0 for _, size in (*bids, *asks)):
        return "bad_size"
    bid_px, ask_px = [px for px, _ in bids], [px for px, _ in asks]
    if bid_px != sorted(bid_px, reverse=True) or ask_px != sorted(ask_px):
        return "not_monotonic"
    return "crossed" if bid_px[0] >= ask_px[0] else ""


def merged(rows: Iterable[Level], *, best_is_high: bool) -> tuple[Level, ...]:
    """Rows merged by price, best first; sizes of equal prices are summed."""
    sums: dict[int, int] = {}
    for px, size in rows:
        sums[px] = sums.get(px, 0) + size
    return tuple(sorted(sums.items(), reverse=best_is_high))


@dataclass
class Side:
    """One side as the source sends it: prices with sizes, or rows by position."""

    keyed: dict[int, int] = field(default_factory=dict)
    rows: list[Level] = field(default_factory=list)

    def level_set(self, px: int, size: int) -> None:
        self.keyed.pop(px, None)
        if size:
            self.keyed[px] = size

    def depth_row(self, px: int, size: int, aux: int) -> None:
        position, op = aux & 0xFF, aux >> 8 & 0x3
        exists = position < len(self.rows)
        if op == rec.OP_DELETE:
            if exists:
                del self.rows[position]
        elif op == rec.OP_UPDATE and exists:
            self.rows[position] = (px, size)
        else:
            self.rows.insert(position, (px, size))  # beyond the end: appended

    def raw(self, *, best_is_high: bool) -> list[Level]:
        return self.rows + sorted(self.keyed.items(), reverse=best_is_high)


class _Builder:
    """Applies rows batch by batch; keeps what one batch hands to the next."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.book = NO_BOOK
        self.bids, self.asks = Side(), Side()
        self.halted = False
        self.last_px: int | None = None
        self.direction = "mid"

    def batch(self, rows: Sequence[Row]) -> Batch:
        if any(row[2] == rec.RESUMED for row in rows):
            self.forget()
            nothing = NO_BOOK
            return Batch(
                rows[-1][0], nothing, nothing, nothing, (), False, True, False, False, True, None
            )
        before, was_halted = self.book, self.halted
        trades = tuple(self.trade(row) for row in rows if counted(row))
        depth = reset = False
        vwap = None
        for row in rows:
            kind = row[2]
            if is_reset(row):
                self.bids, self.asks = Side(), Side()
                depth, reset = False, True
            elif kind in (rec.LEVEL_SET, rec.DEPTH_ROW):
                self.change(row)
                depth = True
            elif kind == rec.HALT:
                self.halted = row[6] != 0
            elif kind == rec.L1_VALUE and row[6] == rec.L1_VWAP:
                vwap = rec.join_i64(row[4], row[5])
        self.book = self.shown()
        return Batch(
            ts=rows[-1][0],
            before=before,
            base=NO_BOOK if reset else before,
            after=self.book,
            trades=trades,
            depth=depth,
            reset=reset,
            halted=self.halted,
            resumed=was_halted and not self.halted,
            restart=False,
            feed_vwap=vwap,
        )

    def change(self, row: Row) -> None:
        side = self.bids if row[3] & rec.BID else self.asks
        if row[2] == rec.LEVEL_SET:
            side.level_set(row[4], row[5])
        else:
            side.depth_row(row[4], row[5], row[6])

    def shown(self) -> Book:
        bids, asks = self.bids.raw(best_is_high=True), self.asks.raw(best_is_high=False)
        return Book(
            merged(bids, best_is_high=True),
            merged(asks, best_is_high=False),
            flaw_of(bids, asks),
        )

    def trade(self, row: Row) -> Trade:
        px = row[4]
        if self.last_px is not None and px != self.last_px:
            self.direction = "buy" if px > self.last_px else "sell"
        self.last_px = px
        return Trade(row[0], px, row[5], self.side(px, row[3] & rec.SIDE_MASK))

    def side(self, px: int, stated: int) -> str:
        if stated != rec.SIDE_NONE:
            return {rec.SIDE_BUY: "buy", rec.SIDE_SELL: "sell", rec.SIDE_MID: "mid"}[stated]
        if self.book.ok and px >= self.book.ask:
            return "buy"
        if self.book.ok and px <= self.book.bid:
            return "sell"
        return self.direction


def counted(row: Row) -> bool:
    """A print that exists for the readings (N-09)."""
    return row[2] == rec.PRINT and not row[3] & (rec.PAST_LIMIT | rec.UNREPORTED)


def is_reset(row: Row) -> bool:
    """The book is cleared and its three seconds start again."""
    return row[2] == rec.BOOK_CLEAR or (row[2] == rec.FEED and row[6] in RESETS_OF_FEED)


def batches_of(rows: Sequence[Row]) -> tuple[Batch, ...]:
    """The batches of a history in order; rows after the last LAST flag are not yet a batch."""
    builder = _Builder()
    done: list[Batch] = []
    open_rows: list[Row] = []
    for row in rows:
        open_rows.append(row)
        if row[3] & rec.LAST:
            done.append(builder.batch(open_rows))
            open_rows = []
    return tuple(done)
