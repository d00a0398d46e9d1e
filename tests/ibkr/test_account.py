"""Cash or margin account, from the words or the figures of the broker: said and recorded."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.feeds.ibkr.account import account_type
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.host.views import Views
from tests.ibkr.rig import AT, recorded, rig, verified


@pytest.mark.parametrize(
    ("word", "money", "found"),
    [
        (b"INDIVIDUAL", {b"AvailableFunds": 40_000, b"BuyingPower": 160_000}, r.ACCOUNT_MARGIN),
        (b"INDIVIDUAL", {b"AvailableFunds": 40_000, b"BuyingPower": 40_000}, r.ACCOUNT_CASH),
        (b"INDIVIDUAL", {b"AvailableFunds": 9_000, b"BuyingPower": 36_000,
                         b"NetLiquidation": 40_000}, r.ACCOUNT_MARGIN),
        (b"INDIVIDUAL", {b"NetLiquidation": 40_000, b"BuyingPower": 39_000}, r.ACCOUNT_CASH),
        (b"INDIVIDUAL", {b"AvailableFunds": 40_000, b"BuyingPower": 50_000}, 0),
        (b"INDIVIDUAL", {b"AvailableFunds": 0, b"BuyingPower": 0}, 0),
        (b"INDIVIDUAL", {b"NetLiquidation": 40_000}, 0),
        (b"CASH", {b"AvailableFunds": 40_000, b"BuyingPower": 160_000}, r.ACCOUNT_CASH),
        (b"REG T MARGIN", {}, r.ACCOUNT_MARGIN),
        (b"", {}, 0),
    ],
)  # fmt: skip
def test_the_type_is_the_brokers_word_or_what_its_figures_allow(
    word: bytes, money: dict[bytes, int], found: int
) -> None:
    assert account_type([word], {key: Decimal(value) for key, value in money.items()}) == found


@pytest.mark.parametrize(
    ("power", "kind", "note"),
    [(40_000.0, r.ACCOUNT_CASH, "cash account: settled cash only"),
     (160_000.0, r.ACCOUNT_MARGIN, "")],
)  # fmt: skip
def test_it_is_recorded_once_and_the_status_row_knows_a_cash_account(
    tmp_path: Path, power: float, kind: int, note: str
) -> None:
    config = GatewayConfig(buying_power=power)

    async def run() -> None:
        market = DemoMarket(DemoSpec(start_ns=AT, symbols=2))
        async with rig(tmp_path, market, ("PETI",), config) as made:
            await made.until(lambda: r.ACCOUNT_TYPE in made.engine.account)
            assert made.engine.account[r.ACCOUNT_TYPE] == kind
            assert made.engine.account[r.ACCOUNT_EQUITY] == 4_000_000
            said = Views(made.session)._status().note
            assert ("cash account" in said) is bool(note)
            assert note in said

    asyncio.run(run())
    rows = [row for row in recorded(tmp_path) if row[2] == r.ACCOUNT and row[6] == r.ACCOUNT_TYPE]
    assert [r.join_i64(row[4], row[5]) for row in rows] == [kind]
    assert verified(tmp_path) == 0
