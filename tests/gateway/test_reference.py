"""History, scans, news, fundamentals, account: what the client library gets of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from ib_async import IB, Contract, ScannerSubscription, Stock, TagValue

from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.fault import Fault
from ramstock_tui.gateway.faults import strike
from ramstock_tui.gateway.gateway import Gateway
from tests.gateway import checks
from tests.gateway.scripted import HandMarket, client, collect, running, until

Body = Callable[[Gateway, IB, HandMarket, list[tuple[int, int, str]]], Awaitable[None]]


def scene(body: Body, **config: Any) -> None:
    async def run() -> None:
        market = HandMarket(["REFA", "REFB", "REFC"])
        async with running(GatewayConfig(**config), market) as gateway, client(gateway) as ib:
            for name in market.symbols:
                market.trade(name, 100_000, 100)
            await until(lambda: gateway.listing.by_symbol["REFC"].last)
            await body(gateway, ib, market, collect(ib))

    asyncio.run(run())


async def stock(ib: IB, symbol: str = "REFA") -> Contract:
    (found,) = await ib.qualifyContractsAsync(Stock(symbol, "SMART", "USD"))
    assert isinstance(found, Contract)
    return found


async def bars(ib: IB, contract: Contract, duration: str, size: str) -> Any:
    return await ib.reqHistoricalDataAsync(contract, "", duration, size, "TRADES", True)


def test_twenty_days_have_exactly_the_mean_volume() -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        days = await bars(ib, await stock(ib), "21 D", "1 day")
        assert [days[0].date, days[-1].date] == [date(2026, 10, 26), date(2026, 11, 23)]
        assert len(days) == 21
        past = [bar.volume for bar in days[:-1]]
        in_session = 200_000 * 0.95  # the rest trades before 09:30
        assert sum(past) / 20 == pytest.approx(in_session, abs=1)
        assert all(bar.low <= min(bar.open, bar.close) <= bar.high for bar in days)

    scene(body)


def test_minutes_add_up_to_the_day_and_todays_hold_the_prints() -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        contract = await stock(ib)
        market.trade("REFA", 101_000, 400)
        await until(lambda: gateway.listing.by_symbol["REFA"].volume == 500)
        minutes = await bars(ib, contract, "2 D", "1 min")
        days = await bars(ib, contract, "2 D", "1 day")
        first = [bar for bar in minutes if bar.date.day == 20]
        assert len(first) == 390
        assert abs(sum(bar.volume for bar in first) - days[0].volume) <= 390
        last = minutes[-1]
        assert (last.date.hour, last.date.minute) == (9, 31)
        assert (last.open, last.high, last.close, last.volume) == (10.0, 10.1, 10.1, 500)

    scene(body)


def test_small_bars_are_paced_and_wrong_requests_refused() -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        contract = await stock(ib)
        assert await bars(ib, contract, "60 S", "5 secs")
        assert not await bars(ib, contract, "60 S", "5 secs")  # the same within 15 s
        assert [e[1] for e in errors] == [162]
        assert checks.violations(gateway.log.entries)
        for duration, size in (("1 D", "7 mins"), ("9 X", "1 min")):
            with pytest.raises(TimeoutError):  # 321 is but a warning to the library
                await asyncio.wait_for(bars(ib, contract, duration, size), 0.1)
        assert [e[1] for e in errors][1:] == [321, 321]

    scene(body, history_s=0.0)


def test_a_scan_ranks_filters_and_refuses() -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        market.trade("REFB", 120_000, 5_000)
        await until(lambda: gateway.listing.by_symbol["REFB"].last == 120_000)
        scan = ScannerSubscription(
            instrument="STK", locationCode="STK.US.MAJOR", scanCode="TOP_PERC_GAIN", numberOfRows=2
        )
        rows = await ib.reqScannerDataAsync(scan)
        symbols = [row.contractDetails.contract.symbol for row in rows]  # type: ignore[union-attr]
        assert symbols == ["REFB", "REFA"]
        above = [TagValue("priceAbove", "11"), TagValue("stkTypes", "inc:CORP")]
        rows = await ib.reqScannerDataAsync(scan, [], above)
        assert len(rows) == 1
        live = ib.reqScannerSubscription(scan, [], [TagValue("priceAbove", "500")])
        await until(lambda: 165 in [e[1] for e in errors])
        ib.cancelScannerSubscription(live)
        await until(lambda: "cancelled" in errors[-1][2])
        wrong = [TagValue("floatBelow", "1")]
        ib.reqScannerSubscription(scan, [], wrong)
        await until(lambda: "floatBelow" in errors[-1][2])
        assert "TOP_PERC_GAIN" in await ib.reqScannerParametersAsync()

    scene(body, scanner_s=0.2)


def test_fundamentals_are_430_unless_the_account_has_them() -> None:
    async def refused(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        found = await ib.reqFundamentalDataAsync(await stock(ib), "ReportSnapshot")
        assert not found  # the library's way to say no
        assert [e[1] for e in errors] == [430]

    async def given(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        xml = await ib.reqFundamentalDataAsync(await stock(ib), "ReportSnapshot")
        assert 'TotalFloat="12000000.0">15000000.0</SharesOut>' in xml

    scene(refused)
    scene(given, fundamentals=True)


def test_headlines_reach_the_lines_that_carry_their_provider() -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        contract = await stock(ib)
        ib.reqMktData(contract, "mdoff,292:BRFG")
        ib.reqMktData(await stock(ib, "REFB"), "233")
        await until(lambda: len(gateway.streams.slots["line"].taken) == 2)
        text, both = "Up \x1b[2J", ("REFA", "REFB")
        strike(gateway, Fault(at_s=0, fault="headline", symbols=both, text=text))
        await until(lambda: ib.newsTicks())
        assert [(n.providerCode, n.headline) for n in ib.newsTicks()] == [("BRFG", text)]
        assert [p.code for p in await ib.reqNewsProvidersAsync()] == ["BRFG", "DJNL"]
        news = await ib.reqHistoricalNewsAsync(contract.conId, "BRFG", "", "", 5)
        assert news[0].headline == text  # type: ignore[index]

    scene(body)


def test_pnl_is_told_when_it_changes() -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        pnl = ib.reqPnL("DU1234567")
        await until(lambda: pnl.dailyPnL == 0.0)
        strike(gateway, Fault(at_s=0, fault="pnl", value=-412.5))
        await until(lambda: pnl.dailyPnL == -412.5)
        summary = {v.tag: v.value for v in await ib.accountSummaryAsync()}
        assert summary["NetLiquidation"] == "40000.00"

    scene(body)


@pytest.mark.parametrize(("lots", "expected"), [(False, (700.0, 200.0)), (True, (7.0, 2.0))])
def test_sizes_are_shares_or_lots(lots: bool, expected: tuple[float, float]) -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        market.levels("REFA", True, (99_000, 700))
        market.trade("REFA", 99_000, 200)
        ticker = ib.reqMktData(await stock(ib))
        depth = ib.reqMktDepth(await stock(ib), 5, False)
        await until(lambda: ticker.bidSize == expected[0] and ticker.lastSize == expected[1])
        await until(lambda: depth.domBids and depth.domBids[0].size == expected[0])

    scene(body, lots=lots)


@pytest.mark.parametrize(
    ("config", "codes"),
    [
        ({"market_data": "none"}, {354}),
        ({"market_data": "none", "no_data_code": 10089}, {10089}),
        ({"market_data": "competing"}, {10197}),
        ({"market_data": "delayed"}, {10167, 354, 10189}),
        ({"depth": False, "tape": False}, {10092, 10189}),
    ],
)
def test_what_the_login_may_not_see_is_refused(config: dict[str, Any], codes: set[int]) -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        contract = await stock(ib)
        ticker = ib.reqMktData(contract)
        ib.reqMktDepth(contract, 5, True)
        ib.reqTickByTickData(contract, "AllLast")
        await until(lambda: {e[1] for e in errors} >= codes - {10189})
        if config.get("market_data") == "delayed":
            await until(lambda: ticker.marketDataType == 3 and ticker.last == 10.0)

    scene(body, **config)


def test_delayed_data_is_given_to_who_asks_for_it() -> None:
    async def body(gateway: Gateway, ib: IB, market: HandMarket, errors: list[Any]) -> None:
        ib.reqMarketDataType(3)
        ticker = ib.reqMktData(await stock(ib))
        await until(lambda: ticker.marketDataType == 3 and ticker.last == 10.0)
        assert [e[1] for e in errors] == [10167]

    scene(body, market_data="none")
