"""Bid walls (D-09 as N-11 words it): each price has its own, born and ended at batches."""

from ramstock_tui.core.book import Book
from ramstock_tui.core.samples import Samples

MIN_SHARES = 1_000
LEVELS = 3


class Wall:
    """A live wall: birth (ns) and the largest size since."""

    __slots__ = ("birth", "largest")

    def __init__(self, birth: int, size: int) -> None:
        self.birth = birth
        self.largest = size


class WallWatch:
    """Live walls of one symbol by price. Kept only where somebody looks: no rule of a profile in
    use decides on it, so leaving it out changes no decision."""

    __slots__ = ("limit2", "live", "prices", "seen_ns")

    def __init__(self) -> None:
        self.live: dict[int, Wall] = {}
        self.prices: tuple[int, ...] | None = None  # of the best bids, None = look again
        self.seen_ns = -1  # sampling state that limit2 belongs to
        self.limit2 = 2 * MIN_SHARES  # twice the size from which a level is a wall

    def end_batch(
        self, t: int, book: Book, well_formed: bool, samples: Samples | None, restated: bool
    ) -> None:
        """Age, end and start walls with the book after the batch at t. restated: a level may have
        come or gone among the best since the call before."""
        if not well_formed:
            self.live.clear()
            self.prices = None
            return
        if restated or self.prices is None:
            self.prices = tuple(px for px, _ in book.bids.top(LEVELS))
        limit2 = self._limit2(samples)
        sizes = book.bid_sizes
        live: dict[int, Wall] = {}
        for px in self.prices:
            size = sizes[px]
            wall = self.live.get(px)
            if wall is not None and 5 * size >= 4 * max(wall.largest, size):
                wall.largest = max(wall.largest, size)
                live[px] = wall
            elif 2 * size >= limit2:
                live[px] = Wall(t, size)
        self.live = live

    def _limit2(self, samples: Samples | None) -> int:
        if samples is not None and samples.next_ns != self.seen_ns:
            self.seen_ns = samples.next_ns
            median2 = samples.double_median_bids()
            self.limit2 = 2 * MIN_SHARES if median2 is None else max(2 * MIN_SHARES, 3 * median2)
        return self.limit2

    def largest(self, book: Book) -> tuple[int, int, int] | None:
        """(price, size, birth) of the largest live wall (tie: the higher price), or None."""
        sizes = book.bid_sizes
        best: tuple[int, int, int] | None = None
        for px, wall in sorted(self.live.items(), reverse=True):
            size = sizes.get(px, 0)
            if best is None or size > best[1]:
                best = (px, size, wall.birth)
        return best
