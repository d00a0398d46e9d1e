"""Faults do to the client library what they say."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ib_async import IB, Contract, Stock

from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.fault import Fault
from ramstock_tui.gateway.faults import strike
from ramstock_tui.gateway.gateway import Gateway
from tests.gateway import checks
from tests.gateway.scripted import HandMarket, client, collect, running, until

Errors = list[tuple[int, int, str]]
Body = Callable[[Gateway, IB, HandMarket, Errors, Contract], Awaitable[None]]


def scene(body: Body, **config: Any) -> None:
    async def run() -> None:
        market = HandMarket(["FLTA", "FLTB"])
        async with running(GatewayConfig(**config), market) as gateway, client(gateway) as ib:
            market.levels("FLTA", True, (99_900, 500), (99_800, 600))
            market.levels("FLTA", False, (100_100, 400))
            market.trade("FLTA", 100_000, 100)
            await until(lambda: gateway.listing.by_symbol["FLTA"].last)
            (contract,) = await ib.qualifyContractsAsync(Stock("FLTA", "SMART", "USD"))
            assert isinstance(contract, Contract)
            await body(gateway, ib, market, collect(ib), contract)

    asyncio.run(run())


def fault(gateway: Gateway, name: str, **values: Any) -> None:
    strike(gateway, Fault(at_s=0, fault=name, **values))


@pytest.mark.parametrize("name", ["drop", "reset"])
def test_a_lost_line_ends_the_session_and_nobody_is_let_in_for_a_while(name: str) -> None:
    async def body(gateway: Gateway, ib: IB, _m: Any, _e: Errors, contract: Contract) -> None:
        ib.reqMktDepth(contract, 5, True)
        await until(lambda: gateway.streams.slots["depth"].taken)
        port = gateway.port
        fault(gateway, name, refuse_s=0.4)
        await until(lambda: not ib.isConnected())
        await until(lambda: not gateway.streams.slots["depth"].taken)
        again = IB()
        with pytest.raises(ConnectionRefusedError):
            await again.connectAsync("127.0.0.1", port, clientId=1, timeout=1)
        await until(lambda: gateway.listening)
        await again.connectAsync("127.0.0.1", port, clientId=1, timeout=2)
        again.disconnect()

    scene(body)


@pytest.mark.parametrize("name", ["garbage", "truncate", "huge_frame", "half_open"])
def test_a_line_without_framing_looks_connected_and_says_nothing(name: str) -> None:
    async def body(gateway: Gateway, ib: IB, market: Any, _e: Errors, contract: Contract) -> None:
        ticker = ib.reqTickByTickData(contract, "AllLast")
        seen: list[Any] = []
        ticker.updateEvent += lambda t: seen.extend(t.tickByTicks)
        await until(lambda: gateway.streams.slots["tape"].taken)
        market.trade("FLTA", 100_000, 7)
        await until(lambda: len(seen) == 1)
        fault(gateway, name)
        market.trade("FLTA", 100_000, 8)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ib.reqCurrentTimeAsync(), 0.3)
        assert ib.isConnected()
        assert len(seen) == 1

    scene(body)


def test_nonsense_and_framed_garbage_leave_the_line_alive() -> None:
    async def body(gateway: Gateway, ib: IB, _m: Any, _e: Errors, contract: Contract) -> None:
        fault(gateway, "nonsense")
        fault(gateway, "garbage", ending="framed")
        assert await asyncio.wait_for(ib.reqCurrentTimeAsync(), 2)

    scene(body)


@pytest.mark.parametrize(("ending", "trades"), [("", 3), ("lost", 1)])
def test_a_stall_is_made_up_for_or_lost(ending: str, trades: int) -> None:
    async def body(gateway: Gateway, ib: IB, market: Any, _e: Errors, contract: Contract) -> None:
        ticker = ib.reqTickByTickData(contract, "AllLast")
        seen: list[Any] = []
        ticker.updateEvent += lambda t: seen.extend(t.tickByTicks)
        await until(lambda: gateway.streams.slots["tape"].taken)
        fault(gateway, "stall", for_s=0.3, ending=ending)
        market.trade("FLTA", 100_000, 7)
        market.trade("FLTA", 100_000, 8)
        await until(lambda: gateway.listing.by_symbol["FLTA"].trades == 3)
        assert seen == []
        await until(lambda: not gateway.mute_new)
        market.trade("FLTA", 100_000, 9)
        await until(lambda: len(seen) == trades)
        assert seen[-1].size == 9

    scene(body)


@pytest.mark.parametrize(("code", "slots"), [(1101, 0), (1102, 1)])
def test_connectivity_comes_back_with_or_without_the_subscriptions(code: int, slots: int) -> None:
    async def body(gateway: Gateway, ib: IB, market: Any, errors: Errors, stock: Contract) -> None:
        ticker = ib.reqMktDepth(stock, 5, False)
        await until(lambda: ticker.domBids)
        fault(gateway, "connectivity", for_s=0.2, code=code)
        market.levels("FLTA", True, (99_900, 900))
        await until(lambda: code in [e[1] for e in errors])
        assert [e[1] for e in errors][:2] == [1100, code]
        assert len(gateway.streams.slots["depth"].taken) == slots
        if slots:
            await until(lambda: ticker.domBids[0].size == 900)

    scene(body)


def test_a_farm_can_come_back_with_dead_streams_that_hold_their_slots() -> None:
    async def body(gateway: Gateway, ib: IB, market: Any, errors: Errors, stock: Contract) -> None:
        ticker = ib.reqMktDepth(stock, 5, False)
        await until(lambda: ticker.domBids)
        fault(gateway, "farm", for_s=0.1, ending="dead")
        await until(lambda: [e[1] for e in errors] == [2103, 2104])
        market.levels("FLTA", True, (99_900, 900))
        await until(lambda: gateway.listing.by_symbol["FLTA"].best(True)[1] == 900)
        assert await ib.reqCurrentTimeAsync()
        assert ticker.domBids[0].size == 500
        ib.cancelMktDepth(stock)
        await until(lambda: not gateway.streams.slots["depth"].taken)
        assert checks.behaves(gateway.log.entries) == []

    scene(body)


def test_a_reset_of_depth_sends_the_whole_book_again() -> None:
    async def body(gateway: Gateway, ib: IB, market: Any, errors: Errors, stock: Contract) -> None:
        ticker = ib.reqMktDepth(stock, 5, False)
        await until(lambda: len(ticker.domBids) == 2 and ticker.domAsks)
        inserts: list[Any] = []
        ticker.updateEvent += lambda t: inserts.extend(d for d in t.domTicks if d.operation == 0)
        fault(gateway, "depth_reset")
        await until(lambda: 317 in [e[1] for e in errors] and len(inserts) == 3)

    scene(body)


def test_trades_come_twice_or_in_the_wrong_order() -> None:
    async def body(gateway: Gateway, ib: IB, market: Any, _e: Errors, contract: Contract) -> None:
        ticker = ib.reqTickByTickData(contract, "AllLast")
        seen: list[Any] = []
        ticker.updateEvent += lambda t: seen.extend(t.tickByTicks)
        await until(lambda: gateway.streams.slots["tape"].taken)
        gateway.weather.twice = True
        market.trade("FLTA", 100_000, 1)
        await until(lambda: len(seen) == 2)
        gateway.weather.twice = False
        fault(gateway, "shuffle", for_s=0.2)
        for size in (2, 3, 4):
            market.trade("FLTA", 100_000, size)
        await until(lambda: len(seen) == 5)
        assert [t.size for t in seen] == [1, 1, 3, 2, 4]

    scene(body)


def test_competing_and_delayed_rights_and_back() -> None:
    async def body(gateway: Gateway, ib: IB, market: Any, errors: Errors, stock: Contract) -> None:
        line = ib.reqMktData(stock)
        ib.reqMktDepth(stock, 5, False)
        await until(lambda: line.bid == 9.99)
        fault(gateway, "competing", for_s=0.2)
        await until(lambda: [e[1] for e in errors] == [10197, 10197])
        await until(lambda: gateway.weather.market_data == "live")
        fault(gateway, "delayed", for_s=0.3)
        await until(lambda: line.marketDataType == 3)
        await until(lambda: line.marketDataType == 1)
        assert [e[1] for e in errors[2:]] == [10167, 354]
        fault(gateway, "halt", symbols=("FLTA",), code=2, for_s=0.5)
        await until(lambda: line.halted == 2)
        await until(lambda: line.halted == 0)

    scene(body)


def test_answers_can_be_late_and_requests_refused() -> None:
    async def body(gateway: Gateway, ib: IB, _m: Any, errors: Errors, stock: Contract) -> None:
        fault(gateway, "late", value=0.3, for_s=0.1)
        begin = asyncio.get_running_loop().time()
        await ib.reqCurrentTimeAsync()
        assert asyncio.get_running_loop().time() - begin >= 0.29
        await until(lambda: not gateway.weather.late_s)
        fault(gateway, "refuse", request="req_mkt_depth", code=10092, symbols=("FLTA",))
        ib.reqMktDepth(stock, 5, True)
        await until(lambda: [e[1] for e in errors] == [10092])
        fault(gateway, "skew", value=60.0)
        seen = await ib.reqCurrentTimeAsync()
        assert seen.timestamp() - gateway.clock.now() / 1e9 > 55

    scene(body)
