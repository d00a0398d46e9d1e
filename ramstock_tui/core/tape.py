"""Tape of one symbol: counted prints, rolling windows, sides, session VWAP (D-06 to D-08, N-09)."""

from array import array
from bisect import bisect_right

S1 = 1_000_000_000
OPEN_NS = 34_200 * S1  # 09:30:00 of the New York day
MINUTE_NS = 60 * S1
HOURS_NS = 23_400 * S1  # from 09:30 to 16:00:00
KEEP_NS = 35 * S1  # windows over single prints reach back 30 s
SUMS_NS = 310 * S1  # those over sums of shares 63 s, of prices 5 minutes (LULD reference)
TRIM_AT = 256  # a list that is shorter is left alone
BUY, SELL, MID = 1, 2, 3

# (ts, px, size, side, shares up to and with this print, sum of px up to and with it, flags)
PrintRow = tuple[int, int, int, int, int, int, int]


def _ts(row: PrintRow) -> int:
    return row[0]


class Tape:
    """Counted prints, newest last.

    `start` is the symbol's first record since the latest restart (N-09), far off while there is
    none: before start + 3 s a count is None. Prints older than KEEP_NS are dropped from the front;
    of these `old_ts`, `old_shares` and `old_px` keep the instant and the sums so far (24 bytes
    instead of 270) for SUMS_NS.
    """

    __slots__ = (
        "direction",
        "feed_vwap",
        "head_3s",
        "last",
        "old_px",
        "old_shares",
        "old_ts",
        "open_ns",
        "partial_ok",
        "prints",
        "pv",
        "start",
        "total_px",
        "total_shares",
        "volume",
    )

    def __init__(self, start: int, midnight_ns: int, partial_ok: bool) -> None:
        self.start = start
        self.open_ns = midnight_ns + OPEN_NS
        self.partial_ok = partial_ok  # own VWAP of a late recording may be scored
        self.prints: list[PrintRow] = []
        self.old_ts = array("q")
        self.old_shares = array("q")
        self.old_px = array("q")
        self.head_3s = 0  # index of the first print inside the 3 s window
        self.last = 0  # price of the last counted print, 0 = none
        self.direction = MID  # sign of the last price change, as a side (tick rule)
        self.total_shares = 0
        self.total_px = 0
        self.pv = 0  # sum of px x size inside regular hours
        self.volume = 0  # shares inside regular hours
        self.feed_vwap: int | None = None  # 1/10,000 USD x 10,000, as the feed sent it

    def side_of(self, px: int, stated: int, bid: int, ask: int) -> int:
        """Aggressor (N-09): as stated, else the quote rule on a well formed book (bid, ask > 0),
        else the sign of the last price change, else mid."""
        if stated:
            return stated
        if bid and ask:
            if px >= ask:
                return BUY
            if px <= bid:
                return SELL
        if self.last and px != self.last:
            return BUY if px > self.last else SELL
        return self.direction

    def add(self, ts: int, px: int, size: int, side: int, flags: int) -> None:
        """One counted print; for the VWAP it counts from 09:30:00 until before 16:00:00."""
        last = self.last
        if last and px != last:
            self.direction = BUY if px > last else SELL
        self.last = px
        self.total_shares += size
        self.total_px += px
        self.prints.append((ts, px, size, side, self.total_shares, self.total_px, flags))
        if 0 <= ts - self.open_ns < HOURS_NS:
            self.pv += px * size
            self.volume += size

    def trim(self, t: int) -> None:
        """Drop what no window can reach any more; called about once a second."""
        prints = self.prints
        if len(prints) > TRIM_AT and prints[len(prints) // 4][0] < t - KEEP_NS:
            cut = bisect_right(prints, t - KEEP_NS, key=_ts) - 1  # keeps one before the window
            self.old_ts.extend([row[0] for row in prints[:cut]])
            self.old_shares.extend([row[4] for row in prints[:cut]])
            self.old_px.extend([row[5] for row in prints[:cut]])
            del prints[:cut]
            self.head_3s = max(0, self.head_3s - cut)
        old = self.old_ts
        if len(old) > TRIM_AT and old[len(old) // 4] < t - SUMS_NS:
            cut = bisect_right(old, t - SUMS_NS) - 1
            del old[:cut], self.old_shares[:cut], self.old_px[:cut]

    # windows -------------------------------------------------------------------------------------
    def index(self, t: int) -> int:
        """Number of kept prints with ts <= t."""
        prints = self.prints
        if not prints or prints[-1][0] <= t:  # mostly
            return len(prints)
        return bisect_right(prints, t, key=_ts) if prints[0][0] <= t else 0

    def count_3s(self, t: int) -> int:
        """Prints in (t - 3 s, t]; t must not be before the newest print."""
        prints = self.prints
        head, n = self.head_3s, len(prints)
        limit = t - 3 * S1
        while head < n and prints[head][0] <= limit:
            head += 1
        self.head_3s = head
        return n - head

    def prints_in(self, t: int, window_ns: int) -> int:
        """Prints in (t - window, t]."""
        return self.index(t) - self.index(t - window_ns)

    def shares(self, after: int, upto: int) -> int:
        """Shares printed in (after, upto], at most SUMS_NS before the newest time."""
        return self._shares_at(upto) - self._shares_at(after)

    def _shares_at(self, t: int) -> int:
        """Sum of the shares up to t."""
        if inside := self.index(t):
            return self.prints[inside - 1][4]
        place = bisect_right(self.old_ts, t)
        return self.old_shares[place - 1] if place else 0

    def price_sum(self, after: int, upto: int) -> tuple[int, int]:
        """(sum of prices, number) of the prints in (after, upto], at most SUMS_NS before the newest
        time."""
        low, high = self._place(after), self._place(upto)
        return self._price_at(high) - self._price_at(low), high - low

    def _place(self, t: int) -> int:
        """Number of prints with ts <= t, of those whose sums are known."""
        inside = self.index(t)
        return len(self.old_ts) + inside if inside else bisect_right(self.old_ts, t)

    def _price_at(self, place: int) -> int:
        """Sum of the prices up to and with the print of that number, counted from 1."""
        old = self.old_px
        if place > len(old):
            return self.prints[place - len(old) - 1][5]
        return old[place - 1] if place else 0  # the first print of all has no sum before it

    def buys_at(self, px: int, after: int, upto: int) -> int:
        """Shares of buy prints at exactly px in (after, upto]."""
        rows = self.prints[self.index(after) : self.index(upto)]
        return sum(row[2] for row in rows if row[3] == BUY and row[1] == px)

    def shares_at_or_below(self, px: int, after: int, upto: int) -> int:
        """Shares of all prints at prices <= px in (after, upto]."""
        rows = self.prints[self.index(after) : self.index(upto)]
        return sum(row[2] for row in rows if row[1] <= px)

    # readings ------------------------------------------------------------------------------------
    def acceleration(self, t: int) -> float | None:
        """D-07 in integers (N-43): 10 x V(3 s) / max(V(33 s to 3 s), 300); None for 33 s."""
        if t - self.start < 33 * S1:
            return None
        recent = self.shares(t - 3 * S1, t)
        return 10 * recent / max(self.shares(t - 33 * S1, t - 3 * S1), 300)

    def surge(self, t: int) -> bool | None:
        """Volume surge (N-07): 10 x V(3 s) >= V of the 60 s before, V(3 s) > 0; None for 63 s."""
        if t - self.start < 63 * S1:
            return None
        recent = self.shares(t - 3 * S1, t)
        return recent > 0 and 10 * recent >= self.shares(t - 63 * S1, t - 3 * S1)

    def vwap_reason(self, t: int) -> str:
        """Why there is no VWAP at t: `first_60s` before 09:31, `after_close` from 16:00 on,
        `no_print` without a print or a value of the feed; "" with one (N-08, N-43)."""
        since_open = t - self.open_ns
        if since_open < MINUTE_NS:
            return "first_60s"
        if since_open >= HOURS_NS:
            return "after_close"
        return "" if self.volume or self.feed_vwap is not None else "no_print"

    def vwap(self, t: int) -> tuple[int, int]:
        """VWAP as (numerator, denominator) in 1/10,000 USD; (0, 0) when there is none. The feed's
        value wins over the own one (N-08)."""
        if self.vwap_reason(t):
            return 0, 0
        return (self.pv, self.volume) if self.feed_vwap is None else (self.feed_vwap, 10_000)

    def vwap_partial(self) -> bool:
        """Own VWAP of a recording that began after 09:31 (N-08), without leave to use it."""
        late = self.start > self.open_ns + MINUTE_NS
        return late and self.feed_vwap is None and not self.partial_ok
