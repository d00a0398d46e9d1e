"""What a trader would try, over the broker's protocol: moves, halts, a feed that dies, books that
are tortured, three slots for forty stocks."""

import asyncio
import random
from pathlib import Path

import pytest

from ramstock_tui.core import slots
from ramstock_tui.feeds.ibkr import slots as feed_slots
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.gateway.scenario import load, play
from tests.gateway.scripted import HandMarket
from tests.ibkr.rig import AT, Rig, rig, verified

SCENARIOS = Path(__file__).parents[1] / "gateway" / "scenarios"
S1 = 1_000_000_000
STOCKS = ("ABCD", "EFGH", "IJKL", "MNOP")


def quoted(market: HandMarket, ticker: str, mid: int = 100_000) -> None:
    market.levels(ticker, True, *((mid - 100 * n, 1_500) for n in range(1, 6)))
    market.levels(ticker, False, *((mid + 100 * n, 1_500) for n in range(1, 6)))


async def deep(made: Rig, market: HandMarket, count: int) -> None:
    for ticker in market.symbols:
        quoted(market, ticker)
    await made.until(lambda: len(made.deep()) == count)


def test_a_move_of_three_per_cent_quarantines_its_symbol_and_three_pause_everything(
    tmp_path: Path,
) -> None:
    market = HandMarket(STOCKS[:3])

    async def run() -> None:
        async with rig(tmp_path, market, STOCKS[:3]) as made:
            await deep(made, market, 3)
            engine = made.engine

            for ticker in STOCKS[:3]:
                market.trade(ticker, 100_000, 100)
            await made.until(lambda: all(s.tape.last for s in engine.symbols.values()))
            market.trade("ABCD", 103_100, 100)
            await made.until(lambda: made.decided("halt"))
            assert [(d.ticker, d.reasons) for d in made.decided("halt")] == [("ABCD", ("move",))]
            now = made.session.now
            assert engine.by_ticker["ABCD"].halts.quarantined(now)
            assert not engine.by_ticker["EFGH"].halts.quarantined(now)
            assert not engine.acting.state.pause_until
            market.trade("EFGH", 103_100, 100)
            market.trade("IJKL", 103_100, 100)
            await made.until(lambda: engine.acting.state.pause_until)

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.parametrize("code", [1, 2, -1])
def test_a_halt_and_one_that_nobody_knows_stop_the_symbol_until_it_trades(
    tmp_path: Path, code: int
) -> None:
    market = HandMarket(STOCKS[:1])

    async def run() -> None:
        async with rig(tmp_path, market, STOCKS[:1]) as made:
            await deep(made, market, 1)
            symbol = made.engine.by_ticker["ABCD"]
            market.halt("ABCD", code)
            await made.until(lambda: symbol.halted)
            assert symbol.reason(made.session.now) == "halted"
            market.halt("ABCD", 0)
            await made.until(lambda: not symbol.halted)
            assert symbol.halts.quarantined(made.session.now), "60 s after the resume"

    asyncio.run(run())


def test_a_headline_that_says_a_halt_quarantines_its_symbol_alone(tmp_path: Path) -> None:
    market = HandMarket(STOCKS[:2])
    text = "ABCD: T1 trading halt, news pending"

    async def run() -> None:
        async with rig(tmp_path, market, STOCKS[:2], news=("BRFG",)) as made:
            await deep(made, market, 2)
            made.strike("headline", symbols=["EFGH"], text="EFGH knows of no trading halt")
            made.strike("headline", symbols=["ABCD"], text=text)
            await made.until(lambda: made.decided("halt"))
            assert [(d.ticker, d.reasons) for d in made.decided("halt")] == [
                ("ABCD", ("headline",))
            ]
            engine, now = made.engine, made.session.now
            assert engine.by_ticker["ABCD"].halts.quarantined(now)
            assert not engine.by_ticker["EFGH"].halts.quarantined(now)
            assert not engine.acting.state.pause_until

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.long
def test_a_feed_that_dies_is_said_and_alerts_wait_until_it_is_clean(tmp_path: Path) -> None:
    market = HandMarket(STOCKS[:2])

    async def run() -> None:
        async with rig(tmp_path, market, STOCKS[:2]) as made:
            await deep(made, market, 2)
            engine = made.engine
            stopped = made.session.now
            await made.until(lambda: engine.down == "stale", 8.0)
            assert 5 * S1 <= made.session.now - stopped <= 7 * S1
            assert engine.acting.suspended
            for symbol in engine.symbols.values():
                assert symbol.reason(made.session.now) == "stale"
            quoted(market, "ABCD", 100_100)
            await made.until(lambda: engine.down == "")
            back = made.session.now
            assert engine.acting.suspended, "10 s of clean data come first"
            flip = 0
            while engine.acting.suspended:
                flip = 100 - flip
                market.levels("ABCD", True, (99_900, 1_500 + flip))
                await asyncio.sleep(0.2)
                said = [d.info["text"] for _, d in made.session.log if d.kind == "feed"]
                assert made.session.now - back < 12 * S1, said
            assert made.session.now - back >= 9_900_000_000

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.parametrize("overflow", ["delete", "fall"])
@pytest.mark.parametrize("steps", ["shift", "overwrite"])
def test_the_book_equals_the_market_whatever_way_it_is_told(
    tmp_path: Path, steps: str, overflow: str
) -> None:
    """Levels come and go at random, split over exchanges, more than there are rows for."""
    market, dice = HandMarket(STOCKS[:1]), random.Random(f"{steps}{overflow}")
    config = GatewayConfig(depth_steps=steps, depth_overflow=overflow)

    def moved() -> None:
        for bid in (True, False):
            sign = -1 if bid else 1
            levels = [
                (100_000 + sign * 100 * n, dice.choice((0, 100, 300, 900, 2_500)))
                for n in dice.sample(range(1, 25), 6)
            ]
            market.levels("ABCD", bid, *levels)

    async def run() -> None:
        async with rig(tmp_path, market, STOCKS[:1], config) as made:
            await deep(made, market, 1)
            stock = made.gateway.listing.by_sym[1]
            book = made.engine.by_ticker["ABCD"].book

            def same() -> bool:
                return all(book.levels(b)[:5] == stock.side(b)[:5] for b in (True, False))

            for _ in range(60):
                for _ in range(dice.randint(1, 4)):
                    moved()
                await made.until(lambda: not market._rows, 1.0)
                await made.until(same, 2.0)
            assert not made.line.stream.skipped
            made.strike("depth_reset")
            await made.until(lambda: same() and len(made.deep()) == 1)

    asyncio.run(run())
    assert verified(tmp_path) == 0


def test_forty_stocks_share_three_slots_and_the_coverage_adds_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "DWELL_NS", S1)
    monkeypatch.setattr(slots, "COOL_NS", 2 * S1)
    monkeypatch.setattr(slots, "WAIT_E4", 60 * 10_000)
    names = [f"{a}{b}" for a in "ABCDE" for b in "KLMNOPQR"]
    market = HandMarket(names)
    config = GatewayConfig(limits=Limits(tape_repeat_s=0.5))
    most = {"depth": 0, "tape": 0}

    async def run() -> None:
        async with rig(tmp_path, market, names, config) as made:
            for ticker in names:
                quoted(market, ticker)
            opened: set[str] = set()

            def rotated() -> bool:
                for kind in most:
                    most[kind] = max(most[kind], made.streams()[kind])
                opened.update(made.deep())
                return len(opened) >= 9

            await made.until(rotated)
            said = [d.info["text"] for _, d in made.session.log if d.kind == "feed"]
            assert sum("→" in text for text in said) >= 4, "every rotation is told"
            coverage, now = made.engine.coverage, made.session.now
            begins = [watch.spells[0][0] for watch in coverage.watches.values()]
            assert sum(coverage.share(now)) == sum(now - begin for begin in begins)
            assert not [e for e in made.gateway.log.entries if e.bad or e.what == "violation"]

    asyncio.run(run())
    assert most == {"depth": 3, "tape": 3}
    assert verified(tmp_path) == 0


def test_the_first_slots_go_to_the_best_of_the_whole_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines are asked for 20 a second: the last of forty tell later than the first."""
    monkeypatch.setattr(feed_slots, "SETTLE_NS", S1 // 2)
    monkeypatch.setattr(feed_slots, "SETTLE_MOST_NS", 12 * S1)
    names = [f"{a}{b}" for a in "ABCDE" for b in "KLMNOPQR"]
    market = HandMarket(names)

    async def run() -> None:
        async with rig(tmp_path, market, names) as made:
            for ticker in names:
                quoted(market, ticker)
            for ticker in names[-3:]:  # bids of 2.5 times the asks
                market.levels(ticker, True, (99_900, 4_000))
            await made.until(lambda: made.streams()["depth"])
            first = [stock.ticker for stock in made.line.stocks if stock.wanted]
            assert first == names[-3:]
            assert made.session.now - AT < 10 * S1

    asyncio.run(run())


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.parametrize("steps", ["shift", "overwrite"])
@pytest.mark.parametrize(
    "name",
    [
        *("breakout_among_decoys", "near_misses", "flash_wall", "blow_out_after_trigger"),
        *("halt_on_pending", "two_gateways"),
    ],
)
def test_exactly_the_signals_of_a_scenario_come_at_their_second(
    tmp_path: Path, name: str, steps: str
) -> None:
    scenario = load(SCENARIOS / f"{name}.toml")
    config = GatewayConfig(depth_steps=steps)

    async def run() -> list[tuple[str, float]]:
        feeds = [scenario.feed() for _ in range(scenario.gateways)]
        symbols = [stock.symbol for stock in scenario.market.stocks]
        async with rig(tmp_path, list(feeds), symbols, config) as made:
            loop = asyncio.get_running_loop()
            plays = [
                loop.create_task(play(gateway, scenario.faults, which))
                for which, gateway in enumerate(made.gateways)
            ]
            await asyncio.sleep(scenario.runs_s)
            for task in plays:
                task.cancel()
            acting = made.engine.acting.profile.name
            signals = [d for d in made.decided("signal") if d.profile == acting]
            return [(d.ticker, (d.ts - AT) / S1) for d in signals]

    found = asyncio.run(run())
    assert [ticker for ticker, _ in found] == [signal.symbol for signal in scenario.signals]
    for (_, at), signal in zip(found, scenario.signals, strict=True):
        assert abs(at - signal.at_s) <= signal.within_s
    assert verified(tmp_path) == 0
