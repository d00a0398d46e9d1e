"""The book at whole seconds of event time, and the medians over it (N-04, D-18 as N-15)."""

from bisect import bisect_left, insort
from collections import deque

from ramstock_tui.core.tape import S1

MINUTE_SAMPLES = 60
SHORT_SAMPLES = 10
MINUTE_NEED = 10
SHORT_NEED = 5
COLLAPSE_HOLD_NS = 30 * S1

# (top-3 bid sum, top-5 bid + ask sum, top-3 bid sizes, top-3 ask sizes)
Sample = tuple[int, int, tuple[int, ...], tuple[int, ...]]


def double_median(values: list[int]) -> int:
    """Twice the median of a non-empty list: the sum of the middle two, so that it stays whole."""
    ordered = sorted(values)
    n = len(ordered)
    return ordered[n // 2] + ordered[(n - 1) // 2]


class Samples:
    """Samples of the last 60 whole seconds, and the two collapse limits that follow from them.

    bid_limit: the top-3 bid sum has collapsed at or below it; both_limit: the top-5 sum of both
    sides is under 40 % of its median at or below it; -1 = too few samples, no limit.
    """

    __slots__ = ("bid_limit", "both_limit", "boths", "kept", "newer", "next_ns", "ordered", "pool")

    def __init__(self, ts: int, *, pooled: bool) -> None:
        """pooled: somebody asks for the median of the bid levels every second."""
        self.pool: list[int] | None = [] if pooled else None  # bid level sizes, sorted
        self.kept: deque[tuple[int, Sample]] = deque()  # (whole second, sample)
        self.ordered: list[int] = []  # the top-3 bid sums of `kept`, sorted
        self.newer: deque[tuple[int, int]] = deque()  # (whole second, top-5 sum) of the newest 10 s
        self.boths: list[int] = []  # the top-5 sums of `newer`, sorted
        self.next_ns = -(-ts // S1) * S1  # first whole second at or after ts
        self.bid_limit = -1
        self.both_limit = -1

    def add(self, upto: int, sample: Sample | None) -> None:
        """The same book (None = malformed) held at every whole second from next_ns to `upto` ns."""
        first, last = self.next_ns // S1, upto // S1
        self.next_ns = (last + 1) * S1
        if sample is not None:
            for second in range(max(first, last - MINUTE_SAMPLES + 1), last + 1):
                self._keep(second, sample)
        self._drop(last)
        ordered, boths = self.ordered, self.boths
        n = len(ordered)
        # sum < median / 4  <=>  sum <= (2 median - 1) // 8
        middle = ordered[n // 2] + ordered[(n - 1) // 2] if n >= MINUTE_NEED else 0
        self.bid_limit = (middle - 1) // 8
        n = len(boths)
        # sum < 0.4 median  <=>  sum <= (2 median - 1) // 5
        middle = boths[n // 2] + boths[(n - 1) // 2] if n >= SHORT_NEED else 0
        self.both_limit = (middle - 1) // 5

    def _keep(self, second: int, sample: Sample) -> None:
        bids, both, levels, _ = sample
        self.kept.append((second, sample))
        insort(self.ordered, bids)
        self.newer.append((second, both))
        insort(self.boths, both)
        pool = self.pool
        if pool is not None:
            for size in levels:
                insort(pool, size)

    def _drop(self, last: int) -> None:
        """What is too old at this second."""
        kept, newer, pool = self.kept, self.newer, self.pool
        while kept and kept[0][0] <= last - MINUTE_SAMPLES:
            bids, _, levels, _ = kept.popleft()[1]
            del self.ordered[bisect_left(self.ordered, bids)]
            if pool is not None:
                for size in levels:
                    del pool[bisect_left(pool, size)]
        while newer and newer[0][0] <= last - SHORT_SAMPLES:
            del self.boths[bisect_left(self.boths, newer.popleft()[1])]

    def double_median_bids(self) -> int | None:
        """Twice the median of all kept top-3 bid level sizes; None under 10 samples."""
        pool = self.pool
        if pool is None:
            return _pooled([s[2] for _, s in self.kept])
        n = len(pool)
        return pool[n // 2] + pool[(n - 1) // 2] if len(self.kept) >= MINUTE_NEED and n else None

    def double_median_asks(self) -> int | None:
        """Twice the median of all kept top-3 ask level sizes; None under 10 samples."""
        return _pooled([s[3] for _, s in self.kept])


def _pooled(levels: list[tuple[int, ...]]) -> int | None:
    sizes = [size for level in levels for size in level]
    return double_median(sizes) if len(levels) >= MINUTE_NEED and sizes else None
