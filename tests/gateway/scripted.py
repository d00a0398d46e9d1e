"""A market that a test moves by hand, as a `Feed`, and the client library on it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

import msgspec
from ib_async import IB

from ramstock_tui.core import records as r
from ramstock_tui.core.records import RefData, Row, SymbolInfo
from ramstock_tui.feeds import Portion
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.schedule import from_new_york

AT = from_new_york("2026-11-23T09:31:00")
DEADLINE_S = 8.0


class HandMarket:
    """Rows that a test puts in come out at the next look, stamped with that time."""

    name = "hand"
    note = ""

    def __init__(self, symbols: Iterable[str] = ("ABCD", "EFGH", "IJKL", "MNOP")) -> None:
        self.symbols = list(symbols)
        self._rows: list[Row] = []

    def begin(self, ts: int) -> Portion:
        rows: list[Row] = []
        area = b""
        for sym, ticker in enumerate(self.symbols, 1):
            for kind, value in (
                (r.SYMBOL, SymbolInfo(ticker, con_id=4_000 + sym)),
                (r.REFDATA, RefData(12_000_000, 20_000, "Technology")),
            ):
                packed = msgspec.msgpack.encode(value)
                rows.append((ts, sym, kind, r.LAST, 0, len(area), len(packed)))
                area += packed
        return rows, area

    def rows(self, until: int) -> Portion:
        found, self._rows = self._rows, []
        return [(until, *row[1:]) for row in found], b""

    def again(self, ts: int, lasts: Mapping[int, int]) -> Portion:
        return [], b""

    def sym(self, ticker: str) -> int:
        return self.symbols.index(ticker) + 1

    def levels(self, ticker: str, bid: bool, *levels: tuple[int, int]) -> None:
        """One batch of levels of a side: (price 1/10,000, size), size 0 takes it away."""
        side = r.BID if bid else 0
        rows = [(0, self.sym(ticker), r.LEVEL_SET, side, px, size, 1) for px, size in levels]
        rows[-1] = (*rows[-1][:3], rows[-1][3] | r.LAST, *rows[-1][4:])
        self._rows += rows

    def trade(self, ticker: str, px: int, size: int, flags: int = 0) -> None:
        self._rows.append((0, self.sym(ticker), r.PRINT, flags | r.LAST, px, size, 0))

    def halt(self, ticker: str, code: int) -> None:
        self._rows.append((0, self.sym(ticker), r.HALT, r.LAST, 0, 0, code))


@asynccontextmanager
async def running(
    config: GatewayConfig | None = None, feed: HandMarket | None = None
) -> AsyncIterator[Gateway]:
    """A gateway on a free port."""
    gateway = Gateway(feed or HandMarket(), EventClock(AT), config or GatewayConfig())
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


@asynccontextmanager
async def client(gateway: Gateway, client_id: int = 1) -> AsyncIterator[IB]:
    """The client library, unchanged, connected."""
    logging.getLogger("ib_async").setLevel(logging.CRITICAL)
    ib = IB()
    await ib.connectAsync("127.0.0.1", gateway.port, clientId=client_id, raiseSyncErrors=True)
    try:
        yield ib
    finally:
        ib.disconnect()


async def until(true: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Wait until it is true; fails after the deadline."""
    end = asyncio.get_running_loop().time() + deadline_s
    while not true():
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"not true within {deadline_s} s")
        await asyncio.sleep(0.005)


def collect(ib: IB) -> list[tuple[int, int, str]]:
    """(request id, code, text) of every error from now on."""
    found: list[tuple[int, int, str]] = []
    ib.errorEvent += lambda req_id, code, text, _contract: found.append((req_id, code, text))
    return found
