"""A market of named stocks that play given scenes at given times, with ordinary flow between."""

import heapq
import math
from collections.abc import Mapping
from random import Random

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.records import RefData, Row, SymbolInfo
from ramstock_tui.feeds import Portion
from ramstock_tui.feeds.demo import flow
from ramstock_tui.feeds.demo.stage import Hand, Run, S, steps
from ramstock_tui.feeds.demo.stock import DEPTH, TICK_E4, Sizes, Stock
from ramstock_tui.gateway.plays import PLAYS

THIN_CAP = 1_000  # below the ask depth that a signal needs, so none comes by chance
DRAWS = 32
_SHAPE = (1.0, 0.95, 0.9, 0.86, 0.8, 0.73, 0.66, 0.59, 0.52, 0.45)


class StockPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stock. price: USD; spread: ticks it likes; rate: records a second of its ordinary flow."""

    symbol: str
    price: float
    spread: int = 3
    rate: float = 8.0
    float_shares: int = 20_000_000
    rvol: float = 4.0
    stock_class: str = "COMMON"
    sector: str = "Technology"
    exchange: str = "NASDAQ"

    def __post_init__(self) -> None:
        if not 1.0 <= self.price <= 1_000.0:
            raise ValueError(f"{self.symbol}: price was {self.price}, must be 1 to 1000")
        if not 0 < self.rate <= 10_000:
            raise ValueError(f"{self.symbol}: rate was {self.rate}, must be above 0, at most 10000")


class ScenePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scene. at_s: event seconds after the start; scene: its name in `PLAYS`."""

    at_s: float
    symbol: str
    scene: str

    def __post_init__(self) -> None:
        if self.scene not in PLAYS:
            raise ValueError(f"scene {self.scene!r}: must be one of {', '.join(sorted(PLAYS))}")


class SceneMarket:
    """A `Feed`. The same plan and seed give the same rows, whichever way time is cut."""

    name = "scenes"
    note = "scripted market"

    def __init__(
        self, start_ns: int, stocks: list[StockPlan], scenes: list[ScenePlan], seed: int = 7
    ) -> None:
        self.start_ns = start_ns
        self._plans = stocks
        self._stocks: dict[str, Stock] = {}
        self._rngs: dict[str, Random] = {}
        for sym, plan in enumerate(stocks, 1):
            if plan.symbol in self._stocks:
                raise ValueError(f"{plan.symbol}: is there twice")
            rng = Random(f"{seed}/{plan.symbol}")  # noqa: S311 - a market, not a secret
            px = round(plan.price * 100) * TICK_E4
            mood = (_sizes(rng), _sizes(rng))
            self._rngs[plan.symbol] = rng
            self._stocks[plan.symbol] = Stock(sym, plan.symbol, px, plan.spread, False, [mood])
        self._scenes = scenes
        for scene in scenes:
            if scene.symbol not in self._stocks:
                raise ValueError(f"scene at {scene.at_s} s: no stock {scene.symbol!r}")
        self._heap: list[tuple[int, int, Run]] = []
        self._number = 0
        self._last = 0

    # Feed -----------------------------------------------------------------------------------------
    def begin(self, ts: int) -> Portion:
        """Declarations, FEED_UP, first books, all at ts."""
        rows: list[Row] = []
        area = bytearray()
        for plan in self._plans:
            stock = self._stocks[plan.symbol]
            for kind, value in ((r.SYMBOL, _info(plan)), (r.REFDATA, _data(plan))):
                packed = msgspec.msgpack.encode(value)
                rows.append((ts, stock.sym, kind, r.LAST, 0, len(area), len(packed)))
                area += packed
        rows.append((ts, 0, r.FEED, r.LAST, 0, 0, r.FEED_UP))
        for stock in self._stocks.values():
            stock.image(ts, rows)
        self._open(ts)
        return rows, bytes(area)

    def rows(self, until: int) -> Portion:
        """Every row with ts <= until that was not given yet."""
        out: list[Row] = []
        heap = self._heap
        while heap:
            ts = max(heap[0][0], self._last + 1)
            if ts > until:
                break
            self._last = ts
            _, _, step = heapq.heappop(heap)
            wait = step(ts, out)
            if wait:
                self._add(ts + wait, step)
        return out, b""

    def again(self, ts: int, lasts: Mapping[int, int]) -> Portion:
        """A gap, then books around the last prices; scenes that should have begun are left out."""
        rows: list[Row] = [(ts, 0, r.FEED, r.LAST, 0, 0, r.FEED_GAP)]
        for stock in self._stocks.values():
            stock.held = False
            stock.stand_at(lasts.get(stock.sym, (stock.bid + stock.ask) // 2))
            rows.append((ts, stock.sym, r.BOOK_CLEAR, 0, 0, 0, r.CLEAR_GAP))
            stock.image(ts, rows)
        rows.append((ts, 0, r.FEED, r.LAST, 0, 0, r.FEED_UP))
        self._heap = []
        self._open(ts)
        return rows, b""

    # agenda ---------------------------------------------------------------------------------------
    def _open(self, ts: int) -> None:
        self._last = ts
        for plan in self._plans:
            self._add(ts + 1, self._flow(self._stocks[plan.symbol], plan))
        for scene in self._scenes:
            due = self.start_ns + int(scene.at_s * S)
            if due > ts:
                self._add(due, self._cue(scene))

    def _add(self, ts: int, step: Run) -> None:
        self._number += 1
        heapq.heappush(self._heap, (ts, self._number, step))

    def _flow(self, stock: Stock, plan: StockPlan) -> Run:
        rnd = self._rngs[plan.symbol].random
        gap_ns = S * flow.ROWS_PER_EVENT / plan.rate

        def event(ts: int, out: list[Row]) -> int:
            if not stock.held:
                flow.event(stock, ts, rnd, out)
            return 1 + int(-gap_ns * math.log(1.0 - rnd()))

        return event

    def _cue(self, plan: ScenePlan) -> Run:
        def begin(ts: int, out: list[Row]) -> int:
            stock = self._stocks[plan.symbol]
            if not stock.held:
                stock.held = True
                hand = Hand(stock, self._rngs[plan.symbol])
                self._add(ts + 1, steps(hand, PLAYS[plan.scene](hand)))
            return 0

        return begin


def _sizes(rng: Random) -> Sizes:
    scale = rng.uniform(450, 850)
    return [
        [_lots(scale * _SHAPE[level] * rng.lognormvariate(0, 0.3)) for _ in range(DRAWS)]
        for level in range(DEPTH)
    ]


def _lots(shares: float) -> int:
    return min(THIN_CAP, max(1, round(shares / 100)) * 100)


def _info(plan: StockPlan) -> SymbolInfo:
    return SymbolInfo(
        plan.symbol, TICK_E4, 100, plan.exchange, stock_class=plan.stock_class, tier=2
    )


def _data(plan: StockPlan) -> RefData:
    return RefData(plan.float_shares, round(plan.rvol * 10_000), plan.sector)
