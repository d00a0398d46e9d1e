"""One stock of the demo market: its book and the batches that change it."""

from collections.abc import Iterable, Sequence

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row

TICK_E4 = 100
DEPTH = 10  # levels a side
Trade = tuple[int, int, int]  # price, shares, flags
Sizes = list[list[int]]  # per level, sizes to draw from


class Stock:
    """A book of ten levels a side on neighbouring ticks. Prices 1/10,000 USD, sizes shares.

    bids, asks: displayed sizes, best first. spread: the spread it likes, ticks. anchor: the price
    around which the market walks. moods: (sizes of bids, sizes of asks) to draw from; mood: the
    one in force. held: a scene moves it, the market does not. depth_ts: newest change, rested: when
    the next scene may come, ns.
    """

    __slots__ = (
        "anchor", "ask", "asks", "bid", "bids", "deep", "depth_ts", "halted", "held", "high",
        "low", "mood", "moods", "rested", "spread", "sym", "ticker",
    )  # fmt: skip

    def __init__(
        self,
        sym: int,
        ticker: str,
        px: int,
        spread: int,
        deep: bool,
        moods: list[tuple[Sizes, Sizes]],
    ) -> None:
        self.sym = sym
        self.ticker = ticker
        self.spread = spread
        self.deep = deep
        self.moods = moods
        self.mood = moods[0]
        self.held = self.halted = False
        self.depth_ts = self.rested = 0
        self.stand_at(px)

    def stand_at(self, px: int) -> None:
        """A fresh book around px."""
        self.anchor = max(px // TICK_E4 * TICK_E4, 40 * TICK_E4)
        self.bid = self.anchor - self.spread // 2 * TICK_E4
        self.ask = self.bid + self.spread * TICK_E4
        bids, asks = self.mood
        self.bids = [sizes[0] for sizes in bids]
        self.asks = [sizes[0] for sizes in asks]
        self.leash()

    def leash(self) -> None:
        """How far the quote may walk: 0.8 % from the anchor, so that no walk of a minute comes near
        the 3 % that count as halt risk (D-22)."""
        reach = max(TICK_E4, self.anchor // 125 // TICK_E4 * TICK_E4)
        self.low = self.anchor - reach
        self.high = self.anchor + reach

    def image(self, ts: int, out: list[Row]) -> None:
        """The whole book as the rest of a batch, the last record marked."""
        sym = self.sym
        for i, size in enumerate(self.bids):
            out.append((ts, sym, r.LEVEL_SET, r.BID, self.bid - i * TICK_E4, size, size >> 7 | 1))
        for i, size in enumerate(self.asks):
            out.append((ts, sym, r.LEVEL_SET, 0, self.ask + i * TICK_E4, size, size >> 7 | 1))
        out[-1] = (*out[-1][:3], out[-1][3] | r.LAST, *out[-1][4:])
        self.depth_ts = ts

    def put(
        self,
        ts: int,
        out: list[Row],
        bid: int,
        bids: Sequence[int],
        ask: int,
        asks: Sequence[int],
        trades: Iterable[Trade] = (),
    ) -> None:
        """One batch: trades, then the level changes to this book. No row when nothing changed."""
        cells = [(r.PRINT, flags, px, size) for px, size, flags in trades]
        old, new = _ladder(self.bid, self.bids, -1), _ladder(bid, bids, -1)
        cells += [(r.LEVEL_SET, r.BID, px, size) for px, size in _changes(old, new)]
        old, new = _ladder(self.ask, self.asks, 1), _ladder(ask, asks, 1)
        cells += [(r.LEVEL_SET, 0, px, size) for px, size in _changes(old, new)]
        self.bid, self.bids, self.ask, self.asks = bid, list(bids), ask, list(asks)
        if cells:
            if cells[-1][0] == r.LEVEL_SET:
                self.depth_ts = ts
            kind, flags, px, size = cells.pop()
            sym = self.sym
            out += [(ts, sym, k, f, p, s, _orders(k, s)) for k, f, p, s in cells]
            out.append((ts, sym, kind, flags | r.LAST, px, size, _orders(kind, size)))


def _orders(kind: int, size: int) -> int:
    """A plausible number of orders behind a displayed size."""
    return size >> 7 | 1 if kind == r.LEVEL_SET and size else 0


def _ladder(best: int, sizes: Sequence[int], sign: int) -> dict[int, int]:
    return {best + sign * i * TICK_E4: size for i, size in enumerate(sizes)}


def _changes(old: dict[int, int], new: dict[int, int]) -> list[tuple[int, int]]:
    gone = [(px, 0) for px in old if px not in new]
    return gone + [(px, size) for px, size in new.items() if old.get(px) != size]
