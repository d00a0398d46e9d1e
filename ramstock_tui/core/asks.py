"""Asks that were bought: refilled after a fill (N-20), or eaten (N-22)."""

from collections import deque

from ramstock_tui.core.book import Book
from ramstock_tui.core.flow import AskFlow
from ramstock_tui.core.tape import BUY, S1, Tape

FILLED_NS = S1 // 10  # prints so long before a decrease may explain it
BACK_NS = S1 // 4
REFILL_NS = 5 * S1
REFILLS = 2
EATEN_NS = 10 * S1  # so long `eaten_ask` is true
WINDOW_NS = 3 * S1
EATEN_SHARES = 1_000
BUCKETS, BUCKETS_NEED = 200, 20
KEEP_NS = 10 * S1


class AskWatch:
    """Dips of the best ask that prints explain, their refills, and eaten asks of one symbol. Kept
    only where a rule or somebody looks; leaving it out elsewhere changes no decision.

    The fills F (N-06) of complete 3 s buckets, aligned to multiples of 3 s of event time, tell
    what is usual: their sum and sum of squares move along with them.
    """

    __slots__ = (
        "ask_from", "broken_at", "bucket_end", "bucket_fills", "buckets", "dips", "eaten_px",
        "eaten_ts", "eats", "partial", "prices", "refills", "since_ask", "squares", "total",
    )  # fmt: skip

    def __init__(self, eats: bool) -> None:
        """eats: eaten asks are wanted too, not only refills."""
        self.eats = eats
        # (ts, price, size from which it is filled again), oldest first
        self.dips: list[tuple[int, int, int]] = []
        self.prices: set[int] = set()  # of `dips`; the loop of the engine looks here
        self.refills: list[int] = []  # instants, oldest first
        self.eaten_ts = self.eaten_px = 0  # the latest eaten ask, 0 = none
        self.ask_from = (
            0  # batch since which the best ask is what it is, be the book well formed or not
        )
        self.since_ask = 0  # F since then
        self.broken_at = 0  # the latest batch with a malformed book on one of its sides
        self.buckets: deque[int] = deque()
        self.bucket_end = 0  # of the running bucket, 0 = no record yet
        self.bucket_fills = 0
        self.partial = True  # the running bucket began before the first record
        self.total = 0
        self.squares = 0

    def bought(self, t: int, fills: int, start: int) -> None:
        """F of the batch at t; start: the symbol's first record."""
        if not self.eats:
            return
        self._advance(t - 1, start)
        self.bucket_fills += fills
        self.since_ask += fills

    def broken(self, t: int) -> None:
        """The batch at t has a malformed book before or after it: F tells no longer what was bought
        at the ask (it needs a good book), prints are counted one by one."""
        self.broken_at = t
        self.since_ask = max(self.since_ask, EATEN_SHARES)

    def moved(self, t: int) -> None:
        """After the batch at t the best ask is another one."""
        self.ask_from = t
        self.since_ask = 0

    def shrank(self, t: int, ask: int, before: int, book: Book, flow: AskFlow, tape: Tape) -> None:
        """The size at `ask`, the best ask before the batch at t, fell from `before`."""
        size = book.ask_sizes.get(ask, 0)
        if 5 * size < 4 * before and tape.prints and tape.prints[-1][0] > t - FILLED_NS:
            bought = tape.buys_at(ask, t - FILLED_NS, t)
            if 5 * bought >= 4 * (before - size):
                self.dips.append((t, ask, -(-4 * before // 5)))
                self.prices.add(ask)
        if self.since_ask >= EATEN_SHARES:
            fills = flow.sums(t)[0]  # a level that stood all the time has no more than this
            enough = fills >= EATEN_SHARES and self._unusual(t, fills, tape.start)
            if enough or self.broken_at > t - WINDOW_NS:
                self._eaten(t, ask, size, book, flow, tape)

    def check(self, t: int, asks: dict[int, int]) -> None:
        """Are dips filled again in the book after the batch at t, be it well formed or not; to be
        asked whenever the book may have changed: another ask may be the best by then."""
        for ts, px, filled in self.dips:
            if t > ts + BACK_NS or (asks.get(px, 0) >= filled and t > ts):
                break
        else:
            return  # mostly
        keep = []
        for dip in self.dips:
            ts, px, filled = dip
            if t > ts + BACK_NS:
                continue
            if t > ts and asks.get(px, 0) >= filled:
                self.refills = [u for u in self.refills if u > t - KEEP_NS]
                self.refills.append(t)
            else:
                keep.append(dip)
        self.dips = keep
        self.prices.clear()
        self.prices.update([px for _, px, _ in keep])

    def forget(self) -> None:
        """The book is another one: no dip of before comes back."""
        self.dips.clear()
        self.prices.clear()

    def due(self, asks: dict[int, int]) -> bool:
        """Was a dip filled again by another batch of its own instant: it counts at the next batch
        of the book that comes later."""
        for _, px, filled in self.dips:  # noqa: SIM110 - `any` costs twice as much
            if asks.get(px, 0) >= filled:
                return True
        return False

    def refill_count(self, t: int) -> int:
        """Refills in (t - 5 s, t]."""
        return sum(ts > t - REFILL_NS for ts in self.refills)

    def refilled(self, t: int) -> bool:
        """Two refills in 5 s."""
        return len(self.refills) >= REFILLS and self.refill_count(t) >= REFILLS

    def eaten(self, t: int) -> bool:
        """An ask was eaten in (t - 10 s, t]."""
        return self.eaten_ts > t - EATEN_NS and self.eaten_ts > 0

    def _eaten(self, t: int, ask: int, size: int, book: Book, flow: AskFlow, tape: Tape) -> None:
        prints = tape.prints[tape.index(t - WINDOW_NS) :]
        at_ask = [row for row in prints if row[3] == BUY and row[1] == ask]
        bought = sum(row[2] for row in at_ask)
        if bought < EATEN_SHARES or at_ask[0][0] <= self.ask_from:
            return
        # size at most 30 % of the largest displayed; nothing left always is
        if size and not book.displayed(ask, t - WINDOW_NS, -(-10 * size // 3)):
            return
        if 2 * flow.adds_at(t, ask) < bought and self._unusual(t, bought, tape.start):
            self.eaten_ts, self.eaten_px = t, ask

    def _unusual(self, t: int, fills: int, start: int) -> bool:
        """At least mean + 2 sigma of the complete buckets; always with fewer than 20 of them."""
        self._advance(t, start)
        n = len(self.buckets)
        if n < BUCKETS_NEED:
            return True
        excess = n * fills - self.total
        return excess >= 0 and excess**2 >= 4 * (n * self.squares - self.total**2)

    def _advance(self, t: int, start: int) -> None:
        """Close the buckets that end at or before t."""
        if not self.bucket_end:
            self.bucket_end = -(-start // WINDOW_NS) * WINDOW_NS
        if t >= self.bucket_end + BUCKETS * WINDOW_NS:  # a long silence: nothing older counts
            self._close()
            skipped = (t - self.bucket_end) // WINDOW_NS - BUCKETS
            self.bucket_end += max(0, skipped) * WINDOW_NS
        while self.bucket_end <= t:
            self._close()

    def _close(self) -> None:
        fills, self.bucket_fills = self.bucket_fills, 0
        self.bucket_end += WINDOW_NS
        if self.partial:
            self.partial = False
            return
        self.buckets.append(fills)
        self.total += fills
        self.squares += fills**2
        if len(self.buckets) > BUCKETS:
            old = self.buckets.popleft()
            self.total -= old
            self.squares -= old**2
