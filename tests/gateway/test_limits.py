"""The broker's limits: each is refused as the broker does it, and the log tells."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from ib_async import IB, Contract, Order, Stock

from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.gateway.gateway import Gateway
from tests.gateway import checks
from tests.gateway.scripted import HandMarket, client, collect, running, until

Body = Callable[[Gateway, IB, list[tuple[int, int, str]], list[Contract]], Awaitable[None]]


def scene(body: Body, **config: Any) -> None:
    async def run() -> None:
        market = HandMarket([f"LIM{c}" for c in "ABCDEFGH"])
        async with running(GatewayConfig(**config), market) as gateway, client(gateway) as ib:
            for name in market.symbols:
                market.levels(name, True, (100_000, 500))
                market.levels(name, False, (100_200, 500))
            errors = collect(ib)
            names = [Stock(name, "SMART", "USD") for name in market.symbols]
            contracts = list(await ib.qualifyContractsAsync(*names))
            await body(gateway, ib, errors, contracts)  # type: ignore[arg-type]

    asyncio.run(run())


def test_the_fourth_depth_stream_is_309_and_a_slot_comes_back() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        for stock in stocks[:4]:
            ib.reqMktDepth(stock, 5, True)
        await until(lambda: [e[1] for e in errors] == [309])
        ib.cancelMktDepth(stocks[0], True)
        await until(lambda: len(gateway.streams.slots["depth"].taken) == 2)
        ib.reqMktDepth(stocks[4], 5, True)
        await until(lambda: len(gateway.streams.slots["depth"].taken) == 3)
        assert checks.most_at_once(gateway.log.entries, "depth") == 3
        assert checks.behaves(gateway.log.entries) == []

    scene(body)


def test_a_cancel_with_the_other_flag_is_310_and_the_stream_goes_on() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        ticker = ib.reqMktDepth(stocks[0], 5, True)
        await until(lambda: ticker.domBids)
        ib.cancelMktDepth(stocks[0], False)
        await until(lambda: [e[1] for e in errors] == [310])
        assert len(gateway.streams.slots["depth"].taken) == 1
        assert checks.live(gateway.log.entries, "depth") == {"LIMA": 1}
        assert len(checks.behaves(gateway.log.entries)) == 2

    scene(body)


def test_tapes_are_three_and_not_the_same_stock_within_15_s() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        for stock in stocks[:4]:
            ib.reqTickByTickData(stock, "AllLast")
        await until(lambda: [e[1] for e in errors] == [10190])
        ib.cancelTickByTickData(stocks[0], "AllLast")
        await until(lambda: len(gateway.streams.slots["tape"].taken) == 2)
        assert checks.behaves(gateway.log.entries) == []
        ib.reqTickByTickData(stocks[0], "AllLast")
        await until(lambda: len(errors) == 2)
        assert errors[1][1] == 10189
        assert len(gateway.streams.slots["tape"].taken) == 2
        assert "again within 15 s" in checks.behaves(gateway.log.entries)[0]

    scene(body)


def test_lines_beyond_the_allowance_are_101() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        for stock in stocks[:6]:
            ib.reqMktData(stock)
        await until(lambda: len(errors) == 1)
        assert errors[0][1] == 101

    scene(body, limits=Limits(lines=5))


def test_the_51st_message_in_a_second_is_100_and_the_third_ends_the_session() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        ib.client.MaxRequests = 0  # the library's own brake
        for _ in range(60):
            ib.client.reqCurrentTime()  # type: ignore[no-untyped-call]
        await until(lambda: not ib.isConnected())
        assert [e[1] for e in errors][:3] == [100, 100, 100]
        assert checks.busiest_second(gateway.log.entries) > 50
        assert any("messages in a second" in words for words in checks.behaves(gateway.log.entries))

    scene(body, limits=Limits(disconnect_after=3))


def test_an_order_is_refused_and_stands_in_the_log() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        order = Order(action="BUY", totalQuantity=100, orderType="LMT", lmtPrice=10.0, tif="DAY")
        ib.placeOrder(stocks[0], order)
        await until(lambda: [e[1] for e in errors] == [201])
        assert len(checks.orders(gateway.log.entries)) == 2
        assert checks.behaves(gateway.log.entries) != []

    scene(body)


def test_a_client_id_works_once() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        second = IB()
        seen = collect(second)
        with contextlib.suppress(ConnectionError, TimeoutError):
            await second.connectAsync("127.0.0.1", gateway.port, clientId=1, timeout=2)
        assert [e[1] for e in seen] == [326]
        assert not second.isConnected()
        assert ib.isConnected()
        third = IB()
        await third.connectAsync("127.0.0.1", gateway.port, clientId=2)
        third.disconnect()

    scene(body)


def test_slots_are_shared_by_all_clients_and_come_back_when_one_goes() -> None:
    async def body(gateway: Gateway, ib: IB, errors: list[Any], stocks: list[Contract]) -> None:
        async with client(gateway, 2) as other:
            for stock in stocks[:2]:
                other.reqMktDepth(stock, 5, False)
            await until(lambda: len(gateway.streams.slots["depth"].taken) == 2)
            for stock in stocks[2:4]:
                ib.reqMktDepth(stock, 5, False)
            await until(lambda: [e[1] for e in errors] == [309])
        await until(lambda: len(gateway.streams.slots["depth"].taken) == 1)

    scene(body)
