"""What is known at one instant, and the validity, samples and medians that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ramstock_tui.core.records import SessionOpened, SymbolInfo

from .book import MS, NO_BOOK, NS, Batch, Book, Trade


@dataclass(frozen=True)
class Past:
    """Everything with a timestamp <= t since the latest restart; the only input of a reading."""

    session: SessionOpened
    info: SymbolInfo
    batches: tuple[Batch, ...]
    t: int

    def until(self, t: int) -> "Past":
        """The same past as it was at an earlier instant."""
        return replace(self, t=t, batches=tuple(b for b in self.batches if b.ts <= t))

    def window(self, after: int, to: int) -> list[Batch]:
        """Batches with after < ts <= to."""
        return [b for b in self.batches if after < b.ts <= to]

    def back(self, width_ns: int) -> list[Batch]:
        """Batches in (t - width, t]."""
        return self.window(self.t - width_ns, self.t)

    def trades(self, after: int, to: int) -> list[Trade]:
        """Counted prints with after < ts <= to."""
        return [trade for b in self.window(after, to) for trade in b.trades]

    def volume(self, after: int, to: int) -> int:
        """Shares printed in (after, to]."""
        return sum(trade.size for trade in self.trades(after, to))

    def bought_at(self, px: int, after: int, to: int) -> int:
        """Shares bought by aggressors at exactly this price in (after, to]."""
        return sum(x.size for x in self.trades(after, to) if x.side == "buy" and x.px == px)

    def book_at(self, ts: int) -> Book:
        """The book after all records with timestamp <= ts."""
        for batch in reversed(self.batches):
            if batch.ts <= ts:
                return batch.after
        return NO_BOOK

    @property
    def book(self) -> Book:
        return self.book_at(self.t)

    @property
    def first_ts(self) -> int | None:
        """Timestamp of the symbol's first record."""
        return self.batches[0].ts if self.batches else None

    @property
    def halted(self) -> bool:
        return bool(self.batches) and self.batches[-1].halted

    @property
    def last(self) -> Trade | None:
        """The newest counted print."""
        found = self.trades(-1, self.t)
        return found[-1] if found else None

    @property
    def day_ns(self) -> int:
        """Time of day in New York, ns."""
        return self.t - self.session.midnight_ns


def past_at(session: SessionOpened, info: SymbolInfo, batches: Sequence[Batch], t: int) -> Past:
    """The past at t: batches with ts <= t that follow the latest restart."""
    known = [b for b in batches if b.ts <= t]
    starts = [i for i, b in enumerate(known) if b.restart]
    return Past(session, info, tuple(known[starts[-1] + 1 :] if starts else known), t)


# validity (N-02) ----------------------------------------------------------------------------------
def since(past: Past) -> int | None:
    """When the conditions last became true, or the latest reset or resume; None: they are not."""
    start: int | None = None
    for b in past.batches:
        if not b.after.ok or b.halted:
            start = None
        elif start is None or b.reset or b.resumed:
            start = b.ts
    return start


def last_depth_ts(past: Past) -> int | None:
    """Time of the newest depth record since the latest reset."""
    found: int | None = None
    for b in past.batches:
        if b.reset:
            found = None
        if b.depth:
            found = b.ts
    return found


def book_reason(past: Past) -> str:
    """Why the book is not valid, the first reason that applies; "" when it is."""
    newest = last_depth_ts(past)
    start = since(past)
    if past.halted:
        return "halted"
    if newest is None:
        return "no_book"
    if not past.book.ok:
        return past.book.flaw
    if past.t - newest > 2_000 * MS:
        return "stale"
    assert start is not None  # a well formed book without a halt has a start
    return "warming" if past.t - start < 3_000 * MS else ""


# samples (N-04) -----------------------------------------------------------------------------------
def samples(past: Past, seconds: int) -> list[Book]:
    """Well formed books at the whole seconds that end at floor(t)."""
    newest = past.t // NS
    books = [past.book_at(k * NS) for k in range(newest - seconds + 1, newest + 1)]
    return [book for book in books if book.ok]


def median(values: Sequence[int]) -> Fraction:
    """The middle value, or the mean of the middle two; values must not be empty."""
    ordered = sorted(values)
    n = len(ordered)
    return Fraction(ordered[(n - 1) // 2] + ordered[n // 2], 2)


def median_top3(past: Past, side: str) -> Fraction | None:
    """Median size of the top 3 levels of a side over 60 s; None with fewer than 10 samples."""
    books = samples(past, 60)
    if len(books) < 10:
        return None
    sides = [book.bids if side == "bid" else book.asks for book in books]
    return median([size for levels in sides for _, size in levels[:3]])
