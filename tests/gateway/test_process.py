"""The gateway as a process: bursts, two side by side, what it refuses to start with."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from ib_async import IB, Contract, Stock

from ramstock_tui.gateway.log import read_log
from tests.gateway import checks
from tests.gateway.process import refused, started
from tests.gateway.scripted import until

SCENARIOS = Path(__file__).parent / "scenarios"


def burst_file(tmp_path: Path, rate: int, seconds: float) -> Path:
    """The burst scenario, sooner and as long as asked."""
    text = (SCENARIOS / "burst.toml").read_text()
    text = text.replace("at_s = 15", "at_s = 1.5").replace("value = 100000", f"value = {rate}")
    path = tmp_path / "burst.toml"
    path.write_text(text.replace("for_s = 10", f"for_s = {seconds}"))
    return path


async def count(port: int, seconds: float) -> dict[str, list[float]]:
    """Trades and shares by symbol that the library gives until a burst is over."""
    ib = IB()
    await ib.connectAsync("127.0.0.1", port, clientId=1)
    names = ("BRSA", "BRSB", "BRSC")
    seen: dict[str, list[float]] = {name: [0, 0] for name in names}

    def on(tickers: set[Any]) -> None:
        for ticker in tickers:
            sums = seen[ticker.contract.symbol]
            sums[0] += len(ticker.tickByTicks)
            sums[1] += sum(tick.size for tick in ticker.tickByTicks)

    ib.pendingTickersEvent += on
    for contract in await ib.qualifyContractsAsync(*[Stock(n, "SMART", "USD") for n in names]):
        assert isinstance(contract, Contract)
        ib.reqTickByTickData(contract, "AllLast")
    await until(lambda: sum(n for n, _ in seen.values()) > 5_000, 20)
    quiet = [0.0, time.monotonic()]

    def over() -> bool:
        total = sum(n for n, _ in seen.values())
        if total > quiet[0] + 200:  # the ordinary flow is far below
            quiet[:] = [total, time.monotonic()]
        return time.monotonic() - quiet[1] > 0.7

    await until(over, seconds * 4 + 20)
    ib.disconnect()
    return seen


def compare(tmp_path: Path, rate: int, seconds: float) -> dict[str, str]:
    """Run the burst; every trade it sent was counted, and the log agrees. Its first entry."""
    log = tmp_path / "gateway.jsonl"
    path = burst_file(tmp_path, rate, seconds)
    with started("--scenario", str(path), "--log", str(log)) as port:
        seen = asyncio.run(count(port, seconds))
    entries = read_log(log)
    bursts = [entry for entry in entries if entry.what == "burst"]
    assert len(bursts) == 3
    for entry in bursts:
        trades, shares = int(entry.fields["trades"]), int(entry.fields["shares"])
        # the market itself trades a few times a second beside it
        assert trades == int(rate / 3) * seconds // 1
        assert 0 <= seen[entry.symbol][0] - trades <= 200
        assert 0 <= seen[entry.symbol][1] - shares <= 40_000
    assert checks.behaves(entries) == []
    return bursts[0].fields


def test_a_burst_arrives_without_a_loss(tmp_path: Path) -> None:
    compare(tmp_path, 20_000, 1.0)


@pytest.mark.long
def test_a_hundred_thousand_trades_a_second_for_ten_seconds(tmp_path: Path) -> None:
    fields = compare(tmp_path, 100_000, 10.0)
    assert float(fields["seconds"]) < 10.5


def test_two_gateways_with_one_clock_show_one_market(tmp_path: Path) -> None:
    async def book(port: int) -> Any:
        ib = IB()
        await ib.connectAsync("127.0.0.1", port, clientId=1)
        (contract,) = await ib.qualifyContractsAsync(Stock("TWOA", "SMART", "USD"))
        assert isinstance(contract, Contract)
        ticker = ib.reqMktData(contract)
        await until(lambda: ticker.close or ticker.bid > 0)
        at = await ib.reqCurrentTimeAsync()
        ib.disconnect()
        return at, ticker.bid

    async def both(first: int, second: int) -> list[Any]:
        return list(await asyncio.gather(book(first), book(second)))

    scenario = ("--scenario", str(SCENARIOS / "two_gateways.toml"))
    zero = ("--clock-zero", str(time.monotonic_ns()), "--clock-at", "2026-11-23T10:00:00")
    with started(*scenario, *zero) as first, started(*scenario, *zero, "--which", "1") as second:
        (at, bid), (other_at, other_bid) = asyncio.run(both(first, second))
    assert abs((at - other_at).total_seconds()) <= 1
    assert abs(bid - other_bid) <= 0.05
    assert (at.hour, at.minute) == (15, 0)  # UTC


def test_a_wrong_start_is_refused_with_a_line(tmp_path: Path) -> None:
    code, words = refused("--scenario", str(tmp_path / "none.toml"))
    assert (code, words.count("\n")) == (3, 1)
    assert "none.toml" in words
    code, words = refused("--set", "depth_steps=x")
    assert (code, words.count("\n")) == (2, 1)
    assert "depth_steps was 'x'" in words
