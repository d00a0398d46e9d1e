"""The client library, unchanged, sees over a real socket exactly what the market does."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from math import isnan

import pytest
from ib_async import IB, MktDepthData, Stock
from ib_async.objects import TickByTickAllLast
from ib_async.ticker import Ticker

from ramstock_tui.core import records as r
from ramstock_tui.gateway.config import GatewayConfig
from tests.gateway.scripted import AT, HandMarket, client, collect, running, until

ROW = tuple[float, float, str]


class Rows:
    """A book by row numbers, as the protocol says: insert shifts, delete shifts. count: rows a side
    has; one more falls off where falls, else it must never come."""

    def __init__(self, ticker: Ticker, count: int, falls: bool) -> None:
        self.count = count
        self.falls = falls
        self.wrong: list[MktDepthData] = []  # an assertion in a handler would only be logged
        self.sides: dict[int, list[ROW]] = {0: [], 1: []}
        ticker.updateEvent += self._on

    def _on(self, ticker: Ticker) -> None:
        for tick in ticker.domTicks:
            self._apply(tick)

    def _apply(self, tick: MktDepthData) -> None:
        side = self.sides[tick.side]
        row = (tick.price, tick.size, tick.marketMaker)
        if tick.operation == 0:
            if tick.position > len(side):
                self.wrong.append(tick)
            side.insert(tick.position, row)
        elif tick.operation == 1:
            side[tick.position] = row
        else:
            del side[tick.position]
        if self.falls:
            del side[self.count :]
        if len(side) > self.count:
            self.wrong.append(tick)


async def qualified(ib: IB, symbol: str) -> Stock:
    (contract,) = await ib.qualifyContractsAsync(Stock(symbol, "SMART", "USD"))
    assert isinstance(contract, Stock)
    return contract


@pytest.mark.parametrize("version", [157, 163, 164, 176, 178])
def test_a_session_starts_and_knows_its_account(version: int) -> None:
    async def scene() -> None:
        config = GatewayConfig(server_version=version, equity=41_250.5)
        async with running(config) as gateway, client(gateway) as ib:
            assert ib.client.serverVersion() == version
            assert ib.managedAccounts() == ["DU1234567"]
            values = {v.tag: v.value for v in ib.accountValues()}
            assert values["NetLiquidation"] == "41250.50"
            assert ib.positions() == []
            assert ib.openOrders() == []
            seen = await ib.reqCurrentTimeAsync()
            assert 0 <= seen.timestamp() - AT / 1e9 < 5
            (details,) = await ib.reqContractDetailsAsync(Stock("ABCD", "SMART", "USD"))
            assert details.contract is not None
            assert details.contract.conId == 4_001
            assert details.contract.primaryExchange == "NASDAQ"
            assert (details.minTick, details.stockType) == (0.01, "COMMON")
            assert details.industry == "Technology"
            assert not [e for e in gateway.log.entries if e.bad]

    asyncio.run(scene())


def test_an_unknown_security_is_200() -> None:
    async def scene() -> None:
        async with running() as gateway, client(gateway) as ib:
            errors = collect(ib)
            assert await ib.qualifyContractsAsync(Stock("NOPE", "SMART", "USD")) == [None]
            assert [code for _, code, _ in errors] == [200]

    asyncio.run(scene())


def test_a_line_shows_quote_trade_volume_and_halt() -> None:
    async def scene() -> None:
        market = HandMarket()
        async with running(feed=market) as gateway, client(gateway) as ib:
            contract = await qualified(ib, "ABCD")
            market.levels("ABCD", True, (100_500, 700), (100_400, 900))
            market.levels("ABCD", False, (100_700, 300))
            market.trade("ABCD", 100_600, 200)
            market.trade("ABCD", 100_700, 100)
            ticker = ib.reqMktData(contract, "233,165,236,293,294,295")
            await until(lambda: ticker.last == 10.07)
            before = gateway.listing.by_symbol["ABCD"].base_volume
            assert before > 10_000  # twice the usual of the pre-market and the first minute
            await until(lambda: ticker.volume == before + 300)
            assert (ticker.bid, ticker.bidSize, ticker.ask, ticker.askSize) == (
                10.05, 700.0, 10.07, 300.0,
            )  # fmt: skip
            assert ticker.lastSize == 100
            money = 10.06 * (before + 200) + 10.07 * 100
            assert ticker.vwap == pytest.approx(money / (before + 300), abs=1e-8)
            assert ticker.rtVolume == before + 300
            assert ticker.halted == 0
            assert (ticker.avVolume, ticker.shortable) == (200_000, 3.0)
            assert ticker.shortableShares == 250_000
            assert (ticker.tradeCount, ticker.tradeRate, ticker.volumeRate) == (2, 2, 300)
            assert (ticker.marketDataType, ticker.minTick) == (1, 0.01)
            market.halt("ABCD", 2)
            await until(lambda: ticker.halted == 2)
            market.halt("ABCD", 0)
            await until(lambda: ticker.halted == 0)
            market.levels("ABCD", False, (100_700, 0))
            await until(lambda: ticker.ask == -1 or isnan(ticker.ask))
            assert ib.cancelMktData(contract)
            await until(lambda: not gateway.streams.slots["line"].taken)

    asyncio.run(scene())


@pytest.mark.parametrize("smart", [False, True])
@pytest.mark.parametrize("overflow", ["delete", "fall"])
@pytest.mark.parametrize("style", ["shift", "overwrite"])
def test_depth_rows_follow_the_book(smart: bool, overflow: str, style: str) -> None:
    async def scene() -> None:
        market = HandMarket()
        config = GatewayConfig(depth_steps=style, depth_overflow=overflow)
        async with running(config, market) as gateway, client(gateway) as ib:
            contract = await qualified(ib, "ABCD")
            bids = {100_000 - 100 * i: 1_000 + 100 * i for i in range(8)}
            asks = {100_200 + 100 * i: 600 + 50 * i for i in range(8)}
            market.levels("ABCD", True, *bids.items())
            market.levels("ABCD", False, *asks.items())
            count = 20 if smart else 5
            ticker = ib.reqMktDepth(contract, numRows=count, isSmartDepth=smart)
            rows = Rows(ticker, count, overflow == "fall")
            moves: list[tuple[bool, int, int]] = [
                (True, 100_100, 400),  # a better bid pushes the last row out
                (True, 99_800, 0),  # one from the middle goes
                (False, 100_200, 0),  # the best ask goes
                (False, 100_150, 250),  # a finer one comes
                (True, 99_900, 5_000),  # one grows
                (False, 100_300, 100),  # one shrinks to a single exchange
            ]
            for bid, px, size in moves:
                market.levels("ABCD", bid, (px, size))
                book = bids if bid else asks
                book[px] = size
                if not size:
                    del book[px]
                expected = {1: dict(bids), 0: dict(asks)}
                await until(partial(_both_show, rows, expected, count))
            assert rows.wrong == []
            makers = {row[2] for side in rows.sides.values() for row in side}
            assert len(makers) >= 3 if smart else makers == {""}
            ib.cancelMktDepth(contract, isSmartDepth=smart)
            await until(lambda: not gateway.streams.slots["depth"].taken)
            assert not [e for e in gateway.log.entries if e.bad]

    asyncio.run(scene())


def _both_show(rows: Rows, books: dict[int, dict[int, int]], count: int) -> bool:
    return all(_shows(rows, side, books[side], count) for side in (0, 1))


def _shows(rows: Rows, side: int, book: dict[int, int], count: int) -> bool:
    """Do the rows, added up by price, show the top of the book, best first?"""
    held = rows.sides[side]
    prices = [row[0] for row in held]
    if prices != sorted(prices, reverse=bool(side)):
        return False
    summed: dict[int, int] = {}
    for price, size, _ in held:
        px = round(price * 10_000)
        summed[px] = summed.get(px, 0) + int(size)
    best = sorted(book, reverse=bool(side))
    full = len(held) == count  # then the last price may be cut between exchanges
    shown = list(summed)
    if shown != best[: len(shown)] or (not full and len(shown) != len(best)):
        return False
    whole = shown[:-1] if full else shown
    return bool(shown) and all(summed[px] == book[px] for px in whole)


def test_the_tape_has_every_print_in_order() -> None:
    async def scene() -> None:
        market = HandMarket()
        async with running(feed=market) as gateway, client(gateway) as ib:
            contract = await qualified(ib, "ABCD")
            ticker = ib.reqTickByTickData(contract, "AllLast")
            seen: list[TickByTickAllLast] = []
            ticker.updateEvent += lambda t: seen.extend(t.tickByTicks)
            await until(lambda: gateway.streams.slots["tape"].taken)
            sent = [(100_000 + 100 * (i % 7), 10 + i) for i in range(500)]
            for px, size in sent:
                market.trade("ABCD", px, size)
            market.trade("ABCD", 99_000, 5, r.PAST_LIMIT)
            market.trade("ABCD", 99_100, 6, r.UNREPORTED)
            await until(lambda: len(seen) == 502)
            assert [(round(t.price * 10_000), t.size) for t in seen[:500]] == sent
            assert seen[500].tickAttribLast.pastLimit
            assert seen[501].tickAttribLast.unreported
            assert {t.tickType for t in seen} == {2}
            assert abs((seen[0].time - datetime.now(UTC)).total_seconds()) < 10
            ib.cancelTickByTickData(contract, "AllLast")
            await until(lambda: not gateway.streams.slots["tape"].taken)

    asyncio.run(scene())
