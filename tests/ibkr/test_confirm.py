"""A confirm over the broker's protocol: a book that rests is live, a line that is frozen is not
(acceptance 6 and 6b); and OFF, after which nothing is subscribed."""

import asyncio
import re
from pathlib import Path

import pytest

from ramstock_tui.core.lane_state import Pending
from ramstock_tui.core.records import Confirm
from ramstock_tui.schedule import from_new_york
from tests.gateway.scripted import HandMarket
from tests.ibkr.rig import Rig, rig, verified

S1 = 1_000_000_000
BID, ASK = 120_000, 120_300
BIDS = tuple((BID - 100 * n, size) for n, size in enumerate((3_600, 2_600, 2_400, 2_000)))
ASKS = tuple((ASK + 100 * n, size) for n, size in enumerate((1_400, 1_000, 900, 2_000)))


async def carded(made: Rig, market: HandMarket) -> Pending:
    """A book that scores 9 stands, fourteen buys in a second, and then nothing: its card."""
    market.levels("ABCD", True, *BIDS)
    market.levels("ABCD", False, *ASKS)
    await made.until(lambda: len(made.deep()) == 1)
    engine, symbol = made.engine, made.engine.by_ticker["ABCD"]
    flip = 0
    while made.session.now < symbol.since + 3 * S1:
        flip = 100 - flip
        market.levels("ABCD", True, (BID - 500, 200 + flip))
        await asyncio.sleep(0.2)
    for n in range(60):
        market.trade("ABCD", ASK, 10 + n)
        market.levels("ABCD", True, (BID - 500, 400 + n))
        await asyncio.sleep(0.06)
        if engine.acting.state.pendings:
            break
    (pending,) = engine.acting.state.pendings.values()
    return pending


def test_a_book_that_rests_on_a_live_connection_can_be_confirmed(tmp_path: Path) -> None:
    market = HandMarket(("ABCD",))

    async def run() -> None:
        async with rig(tmp_path, market, ("ABCD",)) as made:
            pending = await carded(made, market)
            symbol = made.engine.by_ticker["ABCD"]
            await made.until(lambda: made.session.now - symbol.last_ts >= 1.5 * S1, 3.0)
            ok, text, guards = made.session.command(Confirm(pending.id, pending.version))
            assert ok, text
            found = {guard.name: (guard.passed, guard.detail) for guard in guards}
            assert found["quote"][0]
            assert float(found["quote"][1].split()[1].rstrip("s")) >= 1.5
            assert found["link"][0]
            assert made.decided("confirm")

    asyncio.run(run())
    assert verified(tmp_path) == 0


def test_a_frozen_line_blocks_the_confirm_and_the_card_stays(tmp_path: Path) -> None:
    market = HandMarket(("ABCD",))

    async def run() -> None:
        async with rig(tmp_path, market, ("ABCD",)) as made:
            pending = await carded(made, market)
            engine = made.engine
            made.strike("stall", for_s=3.0)

            def frozen() -> bool:
                link = max(engine.link_ts, engine.alive_ts)
                return made.session.now - link >= 0.6 * S1

            await made.until(frozen, 3.0)
            ok, text, guards = made.session.command(Confirm(pending.id, pending.version))
            assert not ok
            assert [guard.name for guard in guards if not guard.passed] == ["link"], guards
            assert re.fullmatch(r"blocked: quote 0\.\ds > 0\.5s", text)
            assert pending.id in engine.acting.state.pendings
            assert [d.reasons for d in made.decided("block")] == [("link",)]

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_at_off_everything_is_given_up_and_a_new_connection_asks_for_nothing(
    tmp_path: Path,
) -> None:
    market = HandMarket(("ABCD", "EFGH"))
    nothing = {"line": 0, "depth": 0, "tape": 0}

    async def run() -> None:
        at = from_new_york("2026-11-23T14:59:57")
        async with rig(tmp_path, market, market.symbols, at=at) as made:
            for ticker in market.symbols:
                market.levels(ticker, True, *BIDS)
                market.levels(ticker, False, *ASKS)
            await made.until(lambda: len(made.deep()) == 2)
            off = made.engine.acting.off_ns
            assert made.session.now < off
            await made.until(lambda: made.streams() == nothing)
            assert off <= made.session.now < off + 2 * S1
            await made.until(lambda: not any(s.deep for s in made.engine.symbols.values()))
            texts = [d.info["text"] for _, d in made.session.log if d.info]
            assert "OFF: subscriptions are given up" in texts
            begun = made.line.generation
            made.strike("drop")
            await made.until(lambda: made.line.up and made.line.generation > begun)
            await asyncio.sleep(1.0)
            assert made.streams() == nothing
            assert not [e for e in made.gateway.log.entries if e.bad or e.what == "violation"]

    asyncio.run(run())
    assert verified(tmp_path) == 0
