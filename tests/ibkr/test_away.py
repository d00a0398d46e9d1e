"""A part of the endpoints is lost: what the screen is told of it, until it is back."""

import asyncio
from pathlib import Path
from typing import Any

from ramstock_tui.feeds import Away
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.host.views import Views
from ramstock_tui.link import schema
from tests.ibkr.rig import AT, Rig, rig, verified
from tests.ui.front import cockpit

NAMES = ("PETI", "FIC", "KADI", "LAVT", "FECL", "CECU")  # dealt out in turn: PETI, KADI, FECL first
CONFIG = GatewayConfig(limits=Limits(tape_repeat_s=0.5))
PANES = ("ladder", "heatmap", "tape", "score")


def market() -> DemoMarket:
    return DemoMarket(DemoSpec(start_ns=AT, symbols=6))


def seen(made: Rig, ticker: str) -> dict[str, Any]:
    """Every slice of a screen that opens now and selects a symbol."""
    view = schema.View(PANES, ticker, 10)
    return {name: value for name, (_, value) in Views(made.session).changed(view).items()}


def screen(made: Rig, ticker: str, width: int = 80, height: int = 24) -> str:
    """That screen as text."""
    state = cockpit(width, height, {})
    found = Views(made.session).changed(schema.View(PANES, ticker, 10))
    state.receive(schema.Frame(1, made.session.now, 0, found), 0)
    return "\n".join("".join(words for words, _ in line) for line in state.picture(0))


async def both_up(made: Rig) -> None:
    await made.until(lambda: all(made.streams(i)["tape"] == 3 for i in (0, 1)))
    await made.until(lambda: all(s.book.bid for s in made.engine.symbols.values()))
    await made.until(lambda: not made.engine.down)


def test_a_lost_endpoint_is_said_in_the_status_row_and_in_its_books_until_it_is_back(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with rig(tmp_path, [market(), market()], NAMES, CONFIG) as made:
            await both_up(made)
            assert made.session.away == Away(of=2)
            assert seen(made, "PETI")["status"].away == ()
            made.strike("drop", refuse_s=2.0)
            await made.until(lambda: made.line.drops == 1)
            lost_ts = made.session.clock_ts
            await asyncio.sleep(1.2)
            found = seen(made, "PETI")
            lost, of, since = found["status"].away
            assert (lost, of, found["status"].data_state) == (1, 2, "ok")
            assert abs(since - lost_ts) < 200_000_000
            assert found["ladder"].reason == found["heatmap"].reason == schema.CONNECTION_LOST
            assert found["score"].verdict == "CONNECTION LOST"
            other = seen(made, "FIC")
            assert other["ladder"].reason != schema.CONNECTION_LOST
            assert "CONNECTION" not in other["score"].verdict
            picture = screen(made, "PETI")
            assert "DATA PART 1 of 2 lost 1s" in picture.splitlines()[0]
            wide = screen(made, "PETI", 120, 40)
            assert "DATA PART 1 of 2 gateways lost 1s" in wide.splitlines()[0]
            assert "CONNECTION LOST" in picture
            assert "BOOK?" not in picture
            await made.until(lambda: made.line.up)
            assert made.session.away == Away(of=2), "at once"
            assert seen(made, "PETI")["status"].away == ()
            assert seen(made, "PETI")["ladder"].reason != schema.CONNECTION_LOST
            assert "DATA PART" not in screen(made, "PETI")

    asyncio.run(run())
    assert verified(tmp_path) == 0


def test_when_every_endpoint_is_lost_the_data_are_lost_and_not_a_part_of_them(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with rig(tmp_path, [market(), market()], NAMES[:4], CONFIG) as made:
            await made.until(lambda: all(s.book.bid for s in made.engine.symbols.values()))
            await made.until(lambda: len(made.engine.symbols) == 4 and not made.engine.down)
            for gateway in (0, 1):
                made.strike("drop", gateway, refuse_s=60)
            await made.until(lambda: made.engine.down == "down")
            first = screen(made, "PETI").splitlines()[0]
            assert "DATA LOST" in first
            assert "PART" not in first

    asyncio.run(run())


def test_an_endpoint_that_never_was_there_is_away_since_the_session_began(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, [market(), market()], NAMES, CONFIG) as made:
            made.gateways[1].refuse()
            await made.until(lambda: len(made.deep()) == 3 and not made.engine.down)
            away = made.session.away
            assert (away.lost, away.of) == (1, 2)
            assert away.since_ts - AT < 500_000_000
            assert away.tickers == {"FIC", "LAVT", "CECU"}
            assert "DATA PART 1 of 2 lost" in screen(made, "PETI").splitlines()[0]
            made.gateways[1].reopen()
            await made.until(lambda: made.feed.lines[1].up)
            assert made.session.away.lost == 0

    asyncio.run(run())


def test_a_gateway_that_lost_its_broker_is_a_lost_part_too(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, [market(), market()], NAMES, CONFIG) as made:
            await both_up(made)
            made.strike("connectivity", for_s=0.6, code=1102)
            await made.until(lambda: made.session.away.lost)
            assert "CONNECTION LOST" in screen(made, "PETI")
            await made.until(lambda: not made.session.away.lost)
            assert "CONNECTION LOST" not in screen(made, "PETI")

    asyncio.run(run())
