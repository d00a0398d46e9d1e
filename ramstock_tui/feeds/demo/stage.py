"""What a scene works with: one stock in hand, moved step by step while other stocks go on."""

from collections.abc import Callable, Generator, Iterable, Sequence
from random import Random

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row
from ramstock_tui.feeds.demo.stock import TICK_E4, Stock, Trade

MS = 1_000_000
S = 1_000_000_000
Scene = Generator[int, None, None]  # yields how long to wait before its next step, ns
Run = Callable[[int, list[Row]], int]  # at ts, rows go to the list; wait then, ns, 0 = it is over

# Asks that keep the top-3 ratio below 2.5 and those that lift it above, at 1,200 and more at the
# touch: with 300 shares of play on every bid and 100 at the ask the first give at most 2.0, the
# second at least 2.5.
BIDS = (3_800, 2_900, 2_600, 2_100, 1_900, 1_700, 1_400, 1_200, 1_000, 900)
CALM = (1_800, 1_900, 1_900, 1_800, 1_700, 1_600, 1_300, 1_100, 1_000, 800)
THIN = (1_500, 1_000, 900, 1_600, 1_700, 1_600, 1_300, 1_100, 1_000, 800)
RISING = (1_000, 1_200, 1_300, 1_500, 1_500, 1_400, 1_200, 1_000, 900, 800)  # short of 1,200
EVEN = (2_000, 1_900, 1_800, 1_700, 1_600, 1_500, 1_300, 1_200, 1_000, 900)


class Hand:
    """A stock in hand. ts: now, out: where its rows go; both are set before every step.

    bids, asks: what the book is kept near; a step plays with the levels far from the touch.
    """

    __slots__ = ("asks", "bid", "bids", "out", "rng", "spread", "stock", "ts")

    def __init__(self, stock: Stock, rng: Random) -> None:
        self.stock = stock
        self.rng = rng
        self.ts = 0
        self.out: list[Row] = []
        self.bid = stock.bid
        self.spread = min(stock.spread, 4) * TICK_E4
        self.bids = list(BIDS)
        self.asks = list(CALM)

    @property
    def ask(self) -> int:
        """Best ask, 1/10,000 USD."""
        return self.bid + self.spread

    def show(self, trades: Iterable[Trade] = ()) -> None:
        """One batch: trades, then the book as it is to stand, with a little play far out."""
        level = 4 + int(self.rng.random() * 6)
        side = self.bids if self.rng.random() < 0.5 else self.asks
        side[level] = max(300, side[level] + self.rng.choice((-100, 100)))
        self.stock.put(self.ts, self.out, self.bid, self.bids, self.ask, self.asks, trades)

    def shape(self, bids: Sequence[int] | None = None, asks: Sequence[int] | None = None) -> None:
        """What the book is to look like from the next batch on."""
        self.bids = self.bids if bids is None else list(bids)
        self.asks = self.asks if asks is None else list(asks)

    def varied(self, sizes: Sequence[int], most: int) -> list[int]:
        """The same sizes with up to `most` shares more on each level, in steps of 100."""
        return [size + 100 * self.rng.randint(0, most // 100) for size in sizes]

    def beat(self) -> int:
        """A batch with one small trade of no consequence at the touch or inside the spread; how
        long to wait then: 6 to 8 such trades a second."""
        u = self.rng.random()
        size = self.rng.randint(1, 6) * 5
        if u < 0.25:
            self.asks[0] = self._worn(self.asks[0], size, 1_300)
            trade = (self.ask, size, 0)
        elif u < 0.5:
            self.bids[0] = self._worn(self.bids[0], size, 3_500)
            trade = (self.bid, size, 0)
        else:
            inside = self.spread // TICK_E4 - 1
            step = self.rng.randint(1, inside) if inside > 0 else 0
            trade = (self.bid + step * TICK_E4, size, r.HIDDEN)
        self.show([trade])
        return self.rng.randint(110, 170) * MS

    def beats(self, lasting: int) -> Scene:
        """Such trades for so long, ns; the wait after the last one is cut."""
        end = self.ts + lasting
        while self.ts < end:
            yield min(self.beat(), end - self.ts)

    def stands(self, lasting: int) -> Scene:
        """Orders far out come and go for so long, ns; nobody trades."""
        end = self.ts + lasting
        while self.ts < end:
            self.show()
            yield min(self.rng.randint(150, 350) * MS, end - self.ts)

    def walks(self, ticks: int, pace_ms: int) -> Scene:
        """The quote goes so many ticks up (down when negative), one every pace_ms or so, with
        trades at the touch."""
        step = TICK_E4 if ticks > 0 else -TICK_E4
        for _ in range(abs(ticks)):
            px = self.ask if ticks > 0 else self.bid
            size = self.rng.randint(1, 5) * 20
            self.bid += step
            self.show([(px, size, 0)])
            yield self.rng.randint(pace_ms // 2, pace_ms * 3 // 2) * MS

    def _worn(self, size: int, taken: int, least: int) -> int:
        """A queue after a small trade; it is filled up when it gets short."""
        return size - taken if size - taken >= least else least + 200


def steps(hand: Hand, scene: Scene) -> Run:
    """A scene as something that runs; at its end the stock in hand is let go."""

    def step(ts: int, out: list[Row]) -> int:
        hand.ts, hand.out = ts, out
        wait = next(scene, 0)
        if not wait:
            stock = hand.stock
            stock.held = False
            stock.anchor = (stock.bid + stock.ask) // 2
            stock.leash()
        return wait

    return step
