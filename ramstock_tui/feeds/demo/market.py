"""The demo market itself: arrivals, scenes and feed states in order of time."""

import heapq
import math
from collections.abc import Mapping
from random import Random

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row
from ramstock_tui.feeds import Portion
from ramstock_tui.feeds.demo import flow, listing, script
from ramstock_tui.feeds.demo.scan import DemoScan
from ramstock_tui.feeds.demo.scenes import clean, null_bp
from ramstock_tui.feeds.demo.spec import DemoSpec
from ramstock_tui.feeds.demo.stage import Hand, Run, S, steps
from ramstock_tui.feeds.demo.stock import Stock

STEADY_NS = S  # every stock's book changes at least so often
PICKS = 4_096
LEAST_PX_E4 = 80_000  # a path to a target is under 3 % of such a price
# ts, running number, what to run, does a stall of the feed put it off
Item = tuple[int, int, Run, bool]


class DemoMarket:
    """A `Feed`. The same spec gives the same rows, however the time is cut into calls."""

    name = "demo"

    def __init__(self, spec: DemoSpec) -> None:
        self.spec = spec
        self.note = spec.note
        rng = Random(spec.seed)  # noqa: S311 - a market, not a secret
        self._stocks, self._cast = listing.stocks(spec.symbols, rng)
        self._papers = [listing.papers(stock, rng) for stock in self._stocks]
        shares = listing.weights(self._stocks, self._cast, rng)
        self._picks = rng.choices(self._stocks, shares, k=PICKS)
        self._gap_ns = S * flow.ROWS_PER_EVENT / spec.records_per_s  # between arrivals, mean
        self._rng = rng
        self._heap: list[Item] = []
        self._number = 0
        self._last = self._next = 0  # newest batch, next arrival, ns

    # Feed -----------------------------------------------------------------------------------------
    def begin(self, ts: int) -> Portion:
        """Declarations, FEED_UP, first books, all at ts."""
        rows: list[Row] = []
        area = bytearray()
        for stock, (info, data) in zip(self._stocks, self._papers, strict=True):
            for kind, value in ((r.SYMBOL, info), (r.REFDATA, data)):
                packed = msgspec.msgpack.encode(value)
                rows.append((ts, stock.sym, kind, r.LAST, 0, len(area), len(packed)))
                area += packed
        rows.append((ts, 0, r.FEED, r.LAST, 0, 0, r.FEED_UP))
        for stock in self._stocks:
            stock.image(ts, rows)
        self._open(ts)
        return rows, bytes(area)

    def rows(self, until: int) -> Portion:
        """Every row with ts <= until that was not given yet; nothing before `begin` or `again`."""
        out: list[Row] = []
        heap, picks, rnd = self._heap, self._picks, self._rng.random
        event, log, gap = flow.event, math.log, -self._gap_ns
        while heap:
            if heap[0][0] <= self._next:
                ts = max(heap[0][0], self._last + 1)
                if ts > until:
                    break
                self._last = ts
                self._play(ts, out)
                if self._next <= ts:
                    self._next = ts + 1
                continue
            # arrivals until the next item of the agenda
            ts, end = self._next, min(until, heap[0][0] - 1)
            if ts > until:
                break
            while ts <= end:
                stock = picks[int(rnd() * PICKS)]
                if not stock.held:
                    event(stock, ts, rnd, out)
                self._last = ts
                ts += 1 + int(gap * log(1.0 - rnd()))
            self._next = ts
        return out, b""

    def again(self, ts: int, lasts: Mapping[int, int]) -> Portion:
        """Books around `lasts` (without one: where the stock stands), a gap of the feed around
        them. Scenes that run are broken off, those that should have begun before ts are left out.
        From here on the rows follow from the spec, ts and the prices alone."""
        rng = Random(f"{self.spec.seed}/{ts}")  # noqa: S311 - a market, not a secret
        rows: list[Row] = [(ts, 0, r.FEED, r.LAST, 0, 0, r.FEED_GAP)]
        for stock in self._stocks:
            if stock.halted:
                rows.append((ts, stock.sym, r.HALT, 0, 0, 0, 0))
            stock.held = stock.halted = False
            stock.mood = stock.moods[0]
            stock.rested = 0
            stock.stand_at(lasts.get(stock.sym, (stock.bid + stock.ask) // 2))
            rows.append((ts, stock.sym, r.BOOK_CLEAR, 0, 0, 0, r.CLEAR_GAP))
            stock.image(ts, rows)
        rows.append((ts, 0, r.FEED, r.LAST, 0, 0, r.FEED_UP))
        self._rng = rng
        self._heap = []
        self._open(ts)
        return rows, b""

    def scan(self) -> DemoScan:
        """What a scanner of this market brings."""
        papers = {info.ticker: data for info, data in self._papers}
        return DemoScan(self._stocks, papers, self.spec.seed)

    # agenda ---------------------------------------------------------------------------------------
    def _open(self, ts: int) -> None:
        """The agenda from ts on."""
        spec, start = self.spec, self.spec.start_ns
        self._last, self._next = ts, ts + 1
        self._add(ts + S // 10, self._steady(), True)
        for second, place, play in script.OPENING:
            self._at(start + second * S, ts, self._cue(place, play))
        stall = start + script.STALL_AT_S * S
        if stall > ts:
            self._at(stall, ts, self._stall)
            self._at(stall + script.STALE_AFTER_S * S, ts, _says(r.FEED_STALE))
            self._at(stall + script.STALL_S * S, ts, _says(r.FEED_UP))
        self._later(max(ts, start + script.OPENING_NS), script.BY_CHANCE_S)
        if spec.cards_per_min:
            self._later(max(ts, start + script.LOAD_FROM_NS), 60 / spec.cards_per_min)

    def _add(self, ts: int, run: Run, delayed: bool) -> None:
        self._number += 1
        heapq.heappush(self._heap, (ts, self._number, run, delayed))

    def _at(self, due: int, now: int, run: Run) -> None:
        if due > now:
            self._add(due, run, False)

    def _play(self, ts: int, out: list[Row]) -> None:
        _, _, run, delayed = heapq.heappop(self._heap)
        wait = run(ts, out)
        if wait:
            self._add(ts + wait, run, delayed)

    def _steady(self) -> Run:
        """Visits one stock after the other, each once in `STEADY_NS`: a quiet book moves, prices
        that the market walks around drift, moods change."""
        stocks = self._stocks
        step = STEADY_NS // len(stocks)
        at = -1

        def visit(ts: int, out: list[Row]) -> int:
            nonlocal at
            at = (at + 1) % len(stocks)
            stock = stocks[at]
            if not stock.held:
                self._drift(stock)
                if ts - stock.depth_ts > STEADY_NS // 2:
                    flow.resize(stock, ts, self._rng.random, out)
            return step

        return visit

    def _drift(self, stock: Stock) -> None:
        rng = self._rng
        if rng.random() < 0.03:
            stock.mood = stock.moods[int(rng.random() * len(stock.moods))]
        stock.anchor += round(rng.gauss(0.0, 0.0002) * stock.anchor)
        stock.leash()

    def _stall(self, ts: int, out: list[Row]) -> int:
        """Nothing moves until the feed is up again: everything but the script is put off."""
        late = script.STALL_S * S
        self._heap[:] = [
            (due + late, number, run, delayed) if delayed else (due, number, run, delayed)
            for due, number, run, delayed in self._heap
        ]
        heapq.heapify(self._heap)
        self._next += late
        return 0

    # scenes ---------------------------------------------------------------------------------------
    def _cue(self, place: int, play: script.Play) -> Run:
        def begin(ts: int, out: list[Row]) -> int:
            stock = self._cast[place % len(self._cast)]
            if not stock.held:
                self._start(ts, stock, play)
            return 0

        return begin

    def _start(self, ts: int, stock: Stock, play: script.Play) -> None:
        stock.held = True
        stock.rested = ts + script.REST_NS
        hand = Hand(stock, self._rng)
        self._add(ts + 1, steps(hand, play(hand)), True)

    def _later(self, ts: int, mean_s: float) -> None:
        """Clean signals by chance, so long apart in the mean."""

        def begin(ts: int, out: list[Row]) -> int:
            self._by_chance(ts)
            return self._wait(mean_s)

        self._add(ts + self._wait(mean_s), begin, True)

    def _wait(self, mean_s: float) -> int:
        return 1 + int(-math.log(1.0 - self._rng.random()) * mean_s * S)

    def _by_chance(self, ts: int) -> None:
        """On a free deep stock, a rested one before others. Whether it wins is drawn at the rate of
        a driftless price plus the edge; the path is the same whether anybody buys or not."""
        script_over = ts >= self.spec.start_ns + script.OPENING_NS
        kept = () if script_over else self._cast
        free = [s for s in self._stocks if s.deep and not s.held and s.bid >= LEAST_PX_E4]
        free = [stock for stock in free if stock not in kept]
        free = [stock for stock in free if stock.rested <= ts] or free
        if free:
            stock = free[int(self._rng.random() * len(free))]
            chance = null_bp(min(stock.spread, 4)) + self.spec.edge_bp
            wins = self._rng.random() * 10_000 < chance
            self._start(ts, stock, lambda hand: clean(hand, wins))


def _says(code: int) -> Run:
    def say(ts: int, out: list[Row]) -> int:
        out.append((ts, 0, r.FEED, r.LAST, 0, 0, code))
        return 0

    return say
