"""Bid walls (D-09 as N-11 words it) and fake walls (N-13): each price has its own, born and ended
at batches."""

from ramstock_tui.core.book import Book
from ramstock_tui.core.flash import Gone
from ramstock_tui.core.samples import Samples
from ramstock_tui.core.tape import S1, Tape

MIN_SHARES = 1_000
LEVELS = 3
STABLE_NS = S1  # younger walls give no credit (X15) and are fake when they go
FAKE_NS = 10 * S1  # so long a fake wall rejects
KEEP_NS = 60 * S1  # so far back the heatmap looks (D-30)
NO_SPAN = 1, 0  # no size at all
PRESSURE_ASK = 100  # the best ask counts as at least so many shares (D-14)


class Wall:
    """A live wall: birth (ns) and the largest size since."""

    __slots__ = ("birth", "largest")

    def __init__(self, birth: int, size: int) -> None:
        self.birth = birth
        self.largest = size


class WallWatch:
    """Live walls of one symbol by price, and the falls of young ones. Kept only where a rule or
    somebody looks; leaving it out elsewhere changes no decision."""

    __slots__ = ("calm", "falls", "limit2", "live", "seen_ns", "spans", "top")

    def __init__(self) -> None:
        self.live: dict[int, Wall] = {}
        self.falls: list[Gone] = []
        self.seen_ns = -1  # sampling state that limit2 belongs to
        self.limit2 = 2 * MIN_SHARES  # twice the size from which a level is a wall
        # the loop of the engine looks at these two. calm: no wall lives, and a bid of at most so
        # many shares begins none; -1 = walls live, and `spans` says between which sizes nothing
        # happens to each of the best three bids
        self.calm = -1
        self.spans: dict[int, tuple[int, int]] = {}
        self.top: list[int] | None = None  # the best bids that they belong to

    def end_batch(self, t: int, book: Book, samples: Samples | None) -> None:
        """Age, end and start walls with the well formed book after the batch at t. To be called
        when a size among the best three bids may have changed, or a median."""
        if samples is not None and samples.next_ns != self.seen_ns:
            if not self.live and book.bids3 < MIN_SHARES:
                self.calm = MIN_SHARES - 1
                return
            self._limit(samples)
        sizes = book.bid_sizes
        if not self.live:
            self.calm = calm = (self.limit2 + 1) // 2 - 1  # the largest size that is no wall
            if book.bids3 <= calm or all(sizes[px] <= calm for px in book.bid_top[:LEVELS]):
                return
        elif book.bid_top is self.top and all(
            low <= sizes[px] <= high for px, (low, high) in self.spans.items()
        ):
            return
        self._look(t, book)

    def _limit(self, samples: Samples) -> None:
        """The size of a wall by the seconds sampled so far."""
        self.seen_ns = samples.next_ns
        median2 = samples.double_median_bids()
        limit2 = 2 * MIN_SHARES if median2 is None else max(2 * MIN_SHARES, 3 * median2)
        if limit2 != self.limit2:
            self.limit2, self.top = limit2, None

    def forget(self) -> None:
        """The book is malformed, or another one: every wall ended."""
        self.live.clear()
        self.spans.clear()
        self.top, self.calm = None, -1

    def _look(self, t: int, book: Book) -> None:
        live, sizes = self.live, book.bid_sizes
        limit2 = self.limit2
        stay = 0
        for px in book.bid_top[:LEVELS]:
            size = sizes[px]
            wall = live.get(px)
            if wall is not None and 5 * size >= 4 * wall.largest:
                if size > wall.largest:
                    wall.largest = size
                stay += 1
            elif 2 * size >= limit2:
                break
        else:
            if stay == len(live):
                self._bound(book)
                return
        self._change(t, book, limit2)
        self._bound(book)

    def _bound(self, book: Book) -> None:
        """Keep between which sizes the best three bids stay what they are: a wall, or none."""
        live, spans = self.live, self.spans
        spans.clear()
        none = 0, (self.limit2 + 1) // 2 - 1  # up to the largest size that is no wall
        self.calm = -1 if live else none[1]
        for px in book.bid_top[:LEVELS] if live else ():
            wall = live.get(px)
            spans[px] = none if wall is None else (-(-4 * wall.largest // 5), wall.largest)
        self.top = book.bid_top

    def _change(self, t: int, book: Book, limit2: int) -> None:
        """Some wall began or ended."""
        live, sizes = self.live, book.bid_sizes
        kept: dict[int, Wall] = {}
        for px in book.bid_top[:LEVELS]:
            size = sizes[px]
            wall = live.get(px)
            if wall is not None and 5 * size >= 4 * wall.largest:
                if size > wall.largest:
                    wall.largest = size
                kept[px] = wall
            elif 2 * size >= limit2:
                kept[px] = Wall(t, size)
        for px, wall in live.items():
            if kept.get(px) is not wall and t - wall.birth < STABLE_NS:
                self._fell(t, px, wall, book)
        self.live = kept

    def broken(self, t: int, book: Book) -> None:
        """The book after the batch at t is malformed, which ends all walls; some may have gone."""
        for px, wall in self.live.items():
            if t - wall.birth < STABLE_NS:
                self._fell(t, px, wall, book)
        self.forget()

    def _fell(self, t: int, px: int, wall: Wall, book: Book) -> None:
        """A young wall ended: gone when at most 20 % is left of it and the price is in view."""
        size = book.bid_sizes.get(px, 0)
        if 5 * size <= wall.largest and px >= book.bids.worst():
            self.falls = [fall for fall in self.falls if fall.ts > t - KEEP_NS]
            self.falls.append(Gone(t, wall.birth, px, wall.largest - size))

    def settle(self, t: int, tape: Tape) -> None:
        """Judge falls while the prints that may explain them are kept."""
        for fall in self.falls:
            fall.is_flash(t, tape)

    def faked(self, t: int, tape: Tape, within_ns: int = FAKE_NS) -> bool:
        """A young wall went unexplained at u with u <= t < u + within_ns."""
        return any(t < fall.ts + within_ns and fall.is_flash(t, tape) for fall in self.falls)

    def dominates(self, t: int, book: Book) -> bool:
        """A live wall younger than 1 s holds more than half of the top five bids."""
        for px, wall in self.live.items():
            if t - wall.birth < STABLE_NS and 2 * book.bid_sizes[px] > book.bids5:
                return True
        return False

    def stable(self, t: int, book: Book) -> int:
        """Size of the largest live wall of age >= 1 s, 0 without one."""
        sizes = book.bid_sizes
        old = (sizes[px] for px, wall in self.live.items() if t - wall.birth >= STABLE_NS)
        return max(old, default=0)

    def pressure(self, t: int, book: Book) -> float:
        """D-14 as N-26: the largest stable wall against the best ask."""
        size = self.stable(t, book) if self.live else 0
        return size / max(book.ask_size, PRESSURE_ASK)

    def largest(self, book: Book) -> tuple[int, int, int] | None:
        """(price, size, birth) of the largest live wall (tie: the higher price), or None."""
        sizes = book.bid_sizes
        best: tuple[int, int, int] | None = None
        for px, wall in sorted(self.live.items(), reverse=True):
            size = sizes.get(px, 0)
            if best is None or size > best[1]:
                best = (px, size, wall.birth)
        return best
