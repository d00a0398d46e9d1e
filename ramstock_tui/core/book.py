"""The book of one symbol: price-keyed sides, positional rows with shift semantics, undo log."""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from heapq import merge
from itertools import islice, pairwise
from typing import Any

from sortedcontainers import SortedList

from ramstock_tui.core.records import OP_DELETE, OP_INSERT, OP_UPDATE

Level = tuple[int, int]  # (price, size)
FAR = 1 << 31  # beyond any price
STALE_NS = 2_000_000_000  # a book without a depth record for longer is stale (N-02)
LOG_NS = 11_000_000_000  # the undo log reaches back to every window over the book (10 s)
TRIM_AT = 256  # a log that is shorter is left alone


def _ts(row: tuple[int, int, Any]) -> int:
    return row[0]


class Side:
    """One side, price-keyed: displayed shares by price, and the prices in order.

    `keys` holds prices of asks, negated prices of bids, so that the best is always first.
    """

    __slots__ = ("keys", "sign", "sizes")

    def __init__(self, sign: int) -> None:
        self.sign = sign  # +1 asks, -1 bids
        self.sizes: dict[int, int] = {}
        self.keys: SortedList[int] = SortedList()

    def set(self, px: int, size: int) -> int:
        """Absolute size at a price, 0 removes the level; returns the size before."""
        sizes = self.sizes
        old = sizes.get(px, 0)
        if size:
            sizes[px] = size
            if not old:
                self.keys.add(px * self.sign)
        elif old:
            del sizes[px]
            self.keys.remove(px * self.sign)
        return old

    def top(self, n: int) -> list[Level]:
        """The best n levels, best first."""
        sign, sizes = self.sign, self.sizes
        return [(key * sign, sizes[key * sign]) for key in islice(self.keys, n)]

    def worst(self) -> int:
        """Worst displayed price, 0 when empty."""
        return self.keys[-1] * self.sign if self.keys else 0

    def clear(self) -> None:
        self.sizes.clear()
        self.keys.clear()


class Rows:
    """One side of a positional feed: rows as the source numbers them (SMART: one per venue)."""

    __slots__ = ("rows", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.rows: list[Level] = []

    def apply(self, position: int, op: int, px: int, size: int) -> bool:
        """Insert shifts later rows down, delete shifts them up. False when the row cannot be: an
        insert past the end, an update or delete of a row that is not there, an unknown op."""
        rows = self.rows
        if op == OP_INSERT and position <= len(rows):
            rows.insert(position, (px, size))
        elif op == OP_UPDATE and position < len(rows):
            rows[position] = (px, size)
        elif op == OP_DELETE and position < len(rows):
            del rows[position]
        else:
            return False
        return True

    def merged(self) -> dict[int, int]:
        """Displayed shares by price, rows of one price added up."""
        sizes: dict[int, int] = {}
        for px, size in self.rows:
            sizes[px] = sizes.get(px, 0) + size
        return sizes

    def problem(self) -> str:
        """`bad_size`, `not_monotonic` or "" (equal prices from several venues are in order)."""
        rows = self.rows
        if any(size <= 0 for _, size in rows):
            return "bad_size"
        for (px, _), (later, _) in pairwise(rows):
            if later * self.sign < px * self.sign:
                return "not_monotonic"
        return ""


class Book:
    """Both sides of one symbol, with what the per-event path needs kept beside them.

    bid, ask: best prices, 0 = none; bid_size, ask_size: displayed there as of the batch before.
    bids3, bids5, asks3, asks5: displayed shares of the best 3 and 5 levels; bid_limit3 ...: prices
    at least as good are among them. log: what changed, to look back to any window over the book.
    touched, restate: sizes changed, prices (or the conditions of N-02) may have changed since the
    last `Symbol.end_batch`. next_sample: the next whole second to be sampled, -1 before the first
    record. stirred: there may be something for it to do; the fields after it are kept by the symbol
    for the loop of the engine, which does the rest itself.
    """

    __slots__ = (
        "ask", "ask_dirty", "ask_limit3", "ask_limit5", "ask_size", "ask_sizes", "ask_top", "asks",
        "asks3", "asks5", "bid", "bid_dirty", "bid_floor", "bid_limit3", "bid_limit5", "bid_size",
        "bid_sizes", "bid_top", "bids", "bids3", "bids5", "bids_moved", "both_floor",
        "bought_until", "calm", "depth_before", "depth_ts", "dips", "fed", "few", "few5",
        "flows", "log", "log_keys", "next_sample", "over", "problem", "restate", "rising", "rows",
        "rows_dirty", "slack", "spans", "stirred", "thin", "touched",
    )  # fmt: skip

    def __init__(self) -> None:
        self.bids = Side(-1)
        self.asks = Side(+1)
        self.bid_sizes = self.bids.sizes  # the same dicts, one look-up nearer
        self.ask_sizes = self.asks.sizes
        self.rows: tuple[Rows, Rows] | None = None  # (bid rows, ask rows) of a positional feed
        self.rows_dirty = False
        self.problem = ""  # what is wrong with the positional rows
        self.log: list[tuple[int, int, Any]] = []  # (ts, +ask px | -bid px | 0 cleared, before)
        self.log_keys = array("q")  # the keys of its first rows: to find a price among 20,000
        self.depth_ts = 0  # newest depth record, 0 = none yet
        self.next_sample = -1
        self.touched = False
        self.restate = False
        self.stirred = True
        self.over = 0.0  # what `Leads.lean` asked for last
        self.slack = 0  # by so many shares bids must grow or asks shrink before a lane can signal
        self.bid_floor = -1  # top-3 bid sum at or below it has collapsed (N-15 b), -1 = no limit
        self.both_floor = -1  # the same of both sides' top-5 sum (N-15 c)
        self.bought_until = 0  # before it prints may explain what goes from the best ask
        self.rising = False  # a rise of the best bid stands, which may go
        self.dips: set[int] = set()  # of `AskWatch`: asks that were bought and may come back
        self.spans: dict[int, tuple[int, int]] = {}  # of `WallWatch`
        self.calm = FAR  # no bid of at most so many shares begins or ends a wall
        self.flows: list[tuple[int, int, int, int, int]] = []  # the rows of `AskFlow`
        self.fed: list[int] | deque[int] = deque(maxlen=0)  # of `ShownSizes`, if anybody asks
        self.depth_before = 0  # newest depth record when the book was cleared last
        self.bid_top: list[int] = []  # the best five prices, best first, as of the batch before
        self.ask_top: list[int] = []
        self.bids_moved = False  # a size among the best three bids may have changed
        self.few = True  # a side has fewer than three levels
        self.few5 = True  # a side has fewer than five levels
        self.thin = False  # a side has fewer than two levels
        self.bid = self.bid_size = self.bids3 = self.bids5 = 0
        self.ask = self.ask_size = self.asks3 = self.asks5 = 0
        self.bid_limit3 = self.bid_limit5 = 0
        self.ask_limit3 = self.ask_limit5 = FAR
        self.bid_dirty = self.ask_dirty = False

    # records -------------------------------------------------------------------------------------
    def set_level(  # noqa: C901 - the plain form of what the engine's loop inlines
        self, ts: int, bid: bool, px: int, size: int
    ) -> None:
        """One LEVEL_SET: the book and the sums of the best 3 and 5 levels follow it."""
        self.touched = self.stirred = True
        if bid:
            old = self.bids.set(px, size)
            if old != size:
                self.log.append((ts, -px, old))
                if not old or not size:
                    if px >= self.bid_limit5:
                        self.bid_dirty = self.restate = True
                elif px >= self.bid_limit5:
                    self.bids5 += size - old
                    if px >= self.bid_limit3:
                        self.bids3 += size - old
                        self.bids_moved = True
        else:
            old = self.asks.set(px, size)
            if old != size:
                self.log.append((ts, px, old))
                if not old or not size:
                    if px <= self.ask_limit5:
                        self.ask_dirty = self.restate = True
                elif px <= self.ask_limit5:
                    self.asks5 += size - old
                    if px <= self.ask_limit3:
                        self.asks3 += size - old

    def row(self, ts: int, bid: bool, position: int, op: int, px: int, size: int) -> bool:
        """One positional row; False when it cannot be."""
        self.depth_ts = ts
        if self.rows is None:
            self.rows = (Rows(-1), Rows(+1))
        self.rows_dirty = self.touched = self.restate = self.stirred = True
        return self.rows[0 if bid else 1].apply(position, op, px, size)

    def clear(self, ts: int) -> None:
        """Empty both sides; a book that comes after is compared with nothing before."""
        self.log.append((ts, 0, (dict(self.bid_sizes), dict(self.ask_sizes))))
        self.bids.clear()
        self.asks.clear()
        if self.rows is not None:
            self.rows = (Rows(-1), Rows(+1))
            self.problem = ""
        self.bid_dirty = self.ask_dirty = self.touched = self.restate = self.stirred = True
        self.depth_before = max(self.depth_before, self.depth_ts)
        self.depth_ts = 0

    # batch end -----------------------------------------------------------------------------------
    def restructure(self, t: int) -> None:
        """Best prices, sums and sizes again, after levels came or went."""
        if self.rows_dirty:
            self._merge_rows(t)
        self.restate = False
        if self.bid_dirty:
            self._bid_tops()
        if self.ask_dirty:
            self._ask_tops()
        self.resize()
        fewest = min(len(self.bid_sizes), len(self.ask_sizes))
        self.few = fewest < 3
        self.few5 = fewest < 5
        self.thin = fewest < 2

    def resize(self) -> None:
        """Sizes at the best prices again."""
        self.bid_size = self.bid_sizes[self.bid] if self.bid else 0
        self.ask_size = self.ask_sizes[self.ask] if self.ask else 0

    def _bid_tops(self) -> None:
        sizes = self.bids.sizes
        self.bid_top = top = [-key for key in islice(self.bids.keys, 5)]
        n = len(top)
        self.bid_dirty = False
        self.bids_moved = True
        self.bid = top[0] if n else 0
        self.bid_size = 0
        self.bid_limit3 = top[2] if n >= 3 else 0
        self.bid_limit5 = top[4] if n >= 5 else 0
        shown = [sizes[px] for px in top]
        self.bids5 = sum(shown)
        self.bids3 = sum(shown[:3])

    def _ask_tops(self) -> None:
        sizes = self.asks.sizes
        self.ask_top = top = list(islice(self.asks.keys, 5))
        n = len(top)
        self.ask_dirty = False
        self.ask = top[0] if n else 0
        self.ask_size = 0
        self.ask_limit3 = top[2] if n >= 3 else FAR
        self.ask_limit5 = top[4] if n >= 5 else FAR
        shown = [sizes[px] for px in top]
        self.asks5 = sum(shown)
        self.asks3 = sum(shown[:3])

    def _merge_rows(self, t: int) -> None:
        self.rows_dirty = False
        if self.rows is None:
            return
        bid_rows, ask_rows = self.rows
        self.problem = bid_rows.problem() or ask_rows.problem()
        for is_bid, rows, side in ((True, bid_rows, self.bids), (False, ask_rows, self.asks)):
            merged = rows.merged()
            gone = [px for px in side.sizes if px not in merged]
            for px in gone:
                self.set_level(t, is_bid, px, 0)
            for px, size in merged.items():
                self.set_level(t, is_bid, px, size)

    # looking back --------------------------------------------------------------------------------
    def at(self, t: int) -> tuple[dict[int, int], dict[int, int]]:
        """(bids, asks) as displayed after all records with ts <= t, t at most 10 s ago."""
        log = self.log
        first: dict[int, int] = {}  # key -> what stood before its first change after t
        bids, asks = self.bid_sizes, self.ask_sizes
        for _, key, old in log[bisect_right(log, t, key=_ts) :]:
            if not key:
                bids, asks = old
                break
            if key not in first:
                first[key] = old
        bids, asks = dict(bids), dict(asks)
        for key, old in first.items():
            side, px = (asks, key) if key > 0 else (bids, -key)
            if old:
                side[px] = old
            else:
                side.pop(px, None)
        return bids, asks

    def back(self, since: int) -> Iterator[tuple[int, dict[int, int], dict[int, int], bool]]:
        """(ts, bids, asks, cleared) after each batch of (since, newest] that changed the book,
        newest first, then as it was at `since`, at most 10 s ago. cleared: the change that came
        next reset the book. The dicts are reused: they hold until the next step."""
        bids, asks = dict(self.bid_sizes), dict(self.ask_sizes)
        batch, cleared = 0, False
        for ts, key, old in reversed(self.log):
            if ts <= since:
                break
            if ts != batch:
                yield ts, bids, asks, cleared
                batch, cleared = ts, False
            if not key:
                bids, asks = dict(old[0]), dict(old[1])
                cleared = True
                continue
            side, px = (asks, key) if key > 0 else (bids, -key)
            if old:
                side[px] = old
            else:
                side.pop(px, None)
        yield since, bids, asks, cleared

    def bid_size_before(self, t: int, px: int) -> int:
        """Displayed bid size at px at the end of the batch before."""
        before = self.bid_sizes.get(px, 0)
        for ts, key, old in reversed(self.log):
            if ts != t or not key:
                break
            if key == -px:
                before = old
        return before

    def both_at(self, t: int) -> int:
        """Top-5 sum of both sides at t."""
        bids, asks = self.at(t)
        top_bids = sorted(bids, reverse=True)[:5]
        return sum(bids[p] for p in top_bids) + sum(asks[p] for p in sorted(asks)[:5])

    def displayed(self, px: int, since: int, shares: int) -> bool:
        """Were at least so many ask shares displayed at px at any batch end from `since` on, or by
        the book in force then."""
        if self.ask_sizes.get(px, 0) >= shares:
            return True
        at = bisect_right(self.log, since, key=_ts)
        batch = 0  # that of the change before, 0 = none
        for ts, key, old in self._changes_of(px, at):
            # what stood until this change: at the end of the batch before, if that was another
            if ts != batch and (old if key else old[1].get(px, 0)) >= shares:
                return True
            batch = ts
        return False

    def _changes_of(self, key: int, at: int) -> Iterator[tuple[int, int, Any]]:
        """Rows of the log from index `at` on that change this key or clear the book, in order."""
        log = self.log
        self.log_keys.extend([row[1] for row in log[len(self.log_keys) :]])
        return (log[i] for i in merge(self._indices(0, at), self._indices(key, at)))

    def _indices(self, key: int, at: int) -> Iterator[int]:
        find = self.log_keys.index
        with suppress(ValueError):  # no further one
            while True:
                at = find(key, at)
                yield at
                at += 1

    def cut(self, t: int) -> int:
        """Instant before which no window can reach any more; 0 while less than a quarter of the log
        is older, which is not worth dropping."""
        log, limit = self.log, t - LOG_NS
        return limit if len(log) > TRIM_AT and log[len(log) // 4][0] < limit else 0

    def trim(self, cut: int) -> None:
        """Drop the log from before an instant."""
        gone = bisect_right(self.log, cut, key=_ts) - 1
        del self.log[:gone], self.log_keys[:gone]

    def flaw(self, t: int) -> str:
        """Why the book is not valid at t (D-00), the first reason that applies; a book without any
        other flaw is `warming`."""
        if not self.depth_ts:
            return "no_book"
        if not self.bid:
            return "empty_bid"
        if not self.ask:
            return "empty_ask"
        if self.problem:
            return self.problem
        if self.bid >= self.ask:
            return "crossed"
        return "stale" if t - self.depth_ts > STALE_NS else "warming"

    # looking at it -------------------------------------------------------------------------------
    def levels(self, bid_side: bool) -> list[Level]:
        """Displayed levels of a side, best first."""
        side = self.bids if bid_side else self.asks
        return side.top(len(side.sizes))

    def sums(self, n: int) -> tuple[int, int] | None:
        """(bid, ask) shares of the best k = min(n, levels a side) (N-10); None if k < 2."""
        k = min(n, len(self.bids.sizes), len(self.asks.sizes))
        if k < 2:
            return None
        return sum(s for _, s in self.bids.top(k)), sum(s for _, s in self.asks.top(k))
