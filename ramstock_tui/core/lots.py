"""Displayed sizes for the guard against a feed that counts in lots (D-05 as N-34 words it)."""

from collections.abc import Callable, Iterator
from itertools import islice

from ramstock_tui.core.book import Book

SIZES = 200  # so many newest sizes are looked at
ENOUGH = 100  # batches that have them, at two sizes or more each


class ShownSizes:
    """The sizes that one symbol's book displayed, newest depth record first.

    Nothing is added up while records come: `fed` holds when batches with a depth record ended, and
    the log of the book says what it showed then. Where that log is cut sooner than 200 sizes were
    shown, `keep` writes them down: a level-1 book needs 100 batches, whatever time they take.
    """

    __slots__ = ("fed", "kept")

    def __init__(self) -> None:
        self.fed: list[int] = []  # since `keep`
        self.kept: list[int] = []  # before, newest first

    def newest(self, book: Book, well_formed: Callable[[int], bool]) -> Iterator[int]:
        """Bids 1-3, then asks 1-3 after each batch with a depth record and a well formed book."""
        fed = self.fed
        n = len(fed)
        for ts, bids, asks, _ in book.back(fed[0] - 1) if n else ():
            best: list[int] | None = None
            while n and fed[n - 1] >= ts:  # batches since this one showed the same book
                n -= 1
                if not well_formed(fed[n]):
                    continue
                if best is None:
                    best = [bids[px] for px in sorted(bids, reverse=True)[:3]]
                    best += [asks[px] for px in sorted(asks)[:3]]
                yield from best
        yield from self.kept

    def keep(self, told: int, book: Book, well_formed: Callable[[int], bool]) -> None:
        """Write down the newest sizes before the log of the book is cut. told: after this instant
        the log stays and the book was always well formed, so that 100 batches are enough."""
        fed = self.fed
        if len(fed) >= ENOUGH and fed[-ENOUGH] > told:
            self.kept = []
            del fed[:-ENOUGH]
        elif fed:
            self.kept = list(islice(self.newest(book, well_formed), SIZES))
            del fed[:]
