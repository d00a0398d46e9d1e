"""A market for the scanner: stocks that belong into the universe, and others that do not."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.records import RefData, Row, SymbolInfo
from ramstock_tui.feeds import Portion

S = 1_000_000_000


class Paper(NamedTuple):
    """A stock of the gateway. px, spread: 1/10,000 USD, 0 = no book. halted: code of tick 49."""

    ticker: str
    px: int = 81_000
    spread: int = 300
    kind: str = "COMMON"
    exchange: str = "NASDAQ"
    sector: str = "Technology"
    shares: int | None = 20_000_000
    rvol_e4: int = 50_000
    halted: int = 0


GOOD = (
    Paper("GOOD", rvol_e4=60_000),
    Paper("FINE", rvol_e4=50_000, px=25_000),
    Paper("NICE", rvol_e4=40_000, px=190_000, exchange="NYSE"),
)
BAD = (
    Paper("ETFX", kind="ETF"),
    Paper("ADRX", kind="ADR"),
    Paper("REIT", kind="REIT"),
    Paper("WARR", kind="WARRANT"),
    Paper("OTCX", exchange="PINK"),
    Paper("CHEA", px=15_000),
    Paper("DEAR", px=310_000),
    Paper("TINY", shares=3_000_000),
    Paper("HUGE", shares=90_000_000),
    Paper("NOFL", shares=None),
    Paper("CALM", rvol_e4=15_000),
    Paper("WIDE", spread=900),
    Paper("THIN", spread=100),
    Paper("STOP", halted=1),
    Paper("BIOX", sector="Healthcare"),
    Paper("XBIX"),
    Paper("FDAX"),
    Paper("R200"),
    Paper("R162"),
    Paper("R354"),
    Paper("NONE", kind=""),
)


class DecoyMarket:
    """A `Feed` whose stocks print and quote around one price, twice a second each."""

    name = "decoys"
    note = ""

    def __init__(self, papers: tuple[Paper, ...]) -> None:
        self.papers = papers
        self._next = 0
        self._turn = 0

    def begin(self, ts: int) -> Portion:
        rows: list[Row] = []
        area = b""
        for sym, paper in enumerate(self.papers, 1):
            info = SymbolInfo(
                paper.ticker, exchange=paper.exchange, con_id=5_000 + sym, stock_class=paper.kind
            )
            data = RefData(paper.shares, paper.rvol_e4, paper.sector)
            for kind, value in ((r.SYMBOL, info), (r.REFDATA, data)):
                packed = msgspec.msgpack.encode(value)
                rows.append((ts, sym, kind, r.LAST, 0, len(area), len(packed)))
                area += packed
        for sym, paper in enumerate(self.papers, 1):
            if paper.px:
                rows += self._book(ts, sym, paper)
            if paper.halted:
                rows.append((ts, sym, r.HALT, r.LAST, 0, 0, paper.halted))
        self._next = ts + S // 2
        return rows, area

    def rows(self, until: int) -> Portion:
        out: list[Row] = []
        while self._next <= until:
            self._turn += 1
            for sym, paper in enumerate(self.papers, 1):
                if paper.px and not paper.halted:
                    size = 300 + 100 * (self._turn % 2)
                    ask = paper.px + paper.spread
                    out.append((self._next, sym, r.PRINT, r.SIDE_BUY, ask, 10, 0))
                    out.append((self._next, sym, r.LEVEL_SET, r.LAST, ask, size, 1))
            self._next += S // 2
        return out, b""

    def again(self, ts: int, lasts: Mapping[int, int]) -> Portion:
        return [], b""

    def _book(self, ts: int, sym: int, paper: Paper) -> list[Row]:
        bid, ask = paper.px, paper.px + paper.spread
        return [
            (ts, sym, r.PRINT, r.SIDE_BUY, ask, 100, 0),
            *((ts, sym, r.LEVEL_SET, r.BID, bid - i * 100, 400, 1) for i in range(5)),
            *((ts, sym, r.LEVEL_SET, 0, ask + i * 100, 300, 1) for i in range(4)),
            (ts, sym, r.LEVEL_SET, r.LAST, ask + 400, 300, 1),
        ]
