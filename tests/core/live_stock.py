"""A stock whose books and prints go into a running engine as a test asks for them."""

from typing import Protocol

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine

MS = 1_000_000


class Running(Protocol):
    """Where the rows go. ts: the clock, ns, which the stock moves."""

    ts: int

    @property
    def engine(self) -> Engine: ...

    def feed(self, rows: list[r.Row]) -> None:
        """One batch."""
        ...


class Stock:
    """One symbol of a running session."""

    def __init__(self, running: Running, sym: int) -> None:
        self.run, self.sym = running, sym
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self._beat = 0

    def quote(self, bid: int, ask: int) -> None:
        """A book that scores 9 around this quote."""
        bids = {bid - 100 * i: size for i, size in enumerate((3_600, 2_600, 2_400, 2_000))}
        asks = {ask + 100 * i: size for i, size in enumerate((1_400, 1_000, 900, 2_000))}
        rows = [self._level(True, px, 0) for px in self.bids if px not in bids]
        rows += [self._level(False, px, 0) for px in self.asks if px not in asks]
        rows += [self._level(True, px, size) for px, size in bids.items()]
        rows += [self._level(False, px, size) for px, size in asks.items()]
        self.bids, self.asks = bids, asks
        self._batch(rows)

    def stand(self, seconds: int) -> None:
        for _ in range(2 * seconds):
            self.run.ts += 500 * MS
            self._beats([])

    def buy_burst(self, px: int) -> None:
        """Twelve small prints and more in 3 s, until a card is there."""
        for _ in range(16):
            self.run.ts += 200 * MS
            self._beats([(self.run.ts, self.sym, r.PRINT, r.SIDE_NONE, px, 10, 0)])
            if self.run.engine.acting.state.pendings:
                return

    def _beats(self, rows: list[r.Row]) -> None:
        self._beat ^= 100
        far = min(self.bids) - 500
        self._batch([*rows, self._level(True, far, 200 + self._beat)])

    def _level(self, bid: bool, px: int, size: int) -> r.Row:
        return (self.run.ts, self.sym, r.LEVEL_SET, r.BID if bid else 0, px, size, 0)

    def _batch(self, rows: list[r.Row]) -> None:
        last = (*rows[-1][:3], rows[-1][3] | r.LAST, *rows[-1][4:])
        self.run.feed([*rows[:-1], last])
