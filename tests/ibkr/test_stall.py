"""Data that were held up on their way: whatever comes late is not taken for new."""

import asyncio
from pathlib import Path

import pytest

from ramstock_tui.feeds.ibkr import care, endpoint, feed
from ramstock_tui.feeds.ibkr.pulse import Pulse
from tests.gateway.scripted import HandMarket
from tests.ibkr.rig import Rig, rig, verified
from tests.ibkr.test_confirm import ASK, ASKS, BID, BIDS

S1 = 1_000_000_000


async def warmed(made: Rig, market: HandMarket, *tickers: str) -> None:
    """Books that score 9 but for the tape, valid for 3 s."""
    for ticker in tickers:
        market.levels(ticker, True, *BIDS)
        market.levels(ticker, False, *ASKS)
    await made.until(lambda: len(made.deep()) == len(tickers))
    symbols = [made.engine.by_ticker[ticker] for ticker in tickers]
    flip = 0
    while made.session.now < max(symbol.since for symbol in symbols) + 3 * S1:
        flip = 100 - flip
        for ticker in tickers:
            market.levels(ticker, True, (BID - 500, 200 + flip))
        await asyncio.sleep(0.1)


async def rally(market: HandMarket) -> None:
    """Fourteen buys within a second."""
    for n in range(14):
        market.trade("ABCD", ASK, 10 + n)
        market.levels("ABCD", True, (BID - 500, 400 + n))
        await asyncio.sleep(0.06)


def test_a_rally_that_was_held_up_for_two_seconds_makes_no_card_when_it_comes(
    tmp_path: Path,
) -> None:
    market = HandMarket(("ABCD",))

    async def run() -> None:
        async with rig(tmp_path, market, ("ABCD",)) as made:
            await warmed(made, market, "ABCD")
            made.strike("stall", for_s=2.7)
            await asyncio.sleep(1.6)
            await rally(market)
            symbol = made.engine.by_ticker["ABCD"]
            await made.until(lambda: len(symbol.tape.prints) >= 14)
            await made.until(lambda: made.engine.acting.suspended, 0.5)
            assert not made.decided("signal")
            assert any("held up 2." in d.info["text"] for _, d in made.session.log if d.info)

    asyncio.run(run())
    assert verified(tmp_path) == 0


def test_the_same_rally_on_a_line_that_flows_makes_one(tmp_path: Path) -> None:
    market = HandMarket(("ABCD",))

    async def run() -> None:
        async with rig(tmp_path, market, ("ABCD",)) as made:
            await warmed(made, market, "ABCD")
            await rally(market)
            await made.until(lambda: made.decided("signal"), 1.0)

    asyncio.run(run())


@pytest.mark.usefixtures("quick")
def test_a_connection_that_says_nothing_is_no_reason_to_ask_for_a_silent_stock_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One stock was quiet a moment before the line froze, another one was not."""
    monkeypatch.setattr(care, "SILENT_S", 0.8)
    monkeypatch.setattr(feed, "SILENT_NS", int(0.8 * S1))
    monkeypatch.setattr(endpoint, "HELD_UP_S", 0.4)
    market = HandMarket(("ABCD", "EFGH"))

    async def run() -> None:
        async with rig(tmp_path, market, ("ABCD", "EFGH")) as made:
            await warmed(made, market, "ABCD", "EFGH")
            for stock in made.line.stocks:
                stock.pace = [1_000] * 6
            market.levels("ABCD", True, (BID - 500, 700))
            await asyncio.sleep(0.25)
            market.levels("EFGH", True, (BID - 500, 700))
            await asyncio.sleep(0.05)
            before = len(made.gateway.log.entries)
            made.strike("stall", for_s=3.0)
            await made.until(lambda: made.line.drops == 1, 3.0)
            asked = {entry.what for entry in made.gateway.log.entries[before:]}
            assert not asked & {"cancelMktDepth", "reqMktDepth", "cancelTickByTickData"}, asked

    asyncio.run(run())


def asked(*at: float) -> Pulse:
    pulse = Pulse(at[0])
    for each in at:
        pulse.ask(each)
    return pulse


def test_an_answer_is_to_the_first_of_two_questions_unless_data_came_all_the_time() -> None:
    late = asked(100.2, 102.2)
    late.answer(103.5, 100, (100.0,), False)
    assert late.rtt_ms == 3_300
    lost = asked(100.2, 102.2)
    lost.answer(102.3, 100, (100.0,), True)
    assert lost.rtt_ms == 100
    slow = asked(100.2, 102.2)
    slow.answer(103.5, 100, (100.0,), True)
    assert slow.rtt_ms == 3_300, "no answer takes so long for the second question"


def test_what_comes_after_a_silence_is_old_where_an_answer_was_due() -> None:
    pulse = asked(101.0)
    assert pulse.behind(101.9, 100.0, 101.9) == 0.0, "not for so long"
    assert pulse.behind(102.0, 100.0, 102.0) == 2.0
    pulse.answer(102.0, 100, (100.0,))
    assert pulse.behind(104.0, 102.0, 104.0) == 0.0, "nobody had anything to say"


def test_what_comes_after_this_program_stood_still_is_old() -> None:
    pulse = asked(100.0)
    pulse.answer(100.1, 100, (100.0,))
    assert pulse.behind(103.0, 100.5, 101.0) == 2.5
    assert pulse.behind(103.0, 100.5, 102.9) == 0.0
