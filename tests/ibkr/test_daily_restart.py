"""The gateway's daily restart: connections that end then are waited for calmly."""

import asyncio
from pathlib import Path

import pytest

from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.feeds.ibkr import endpoint
from ramstock_tui.feeds.ibkr.restart import RestartWindow
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.schedule import from_new_york
from tests.ibkr.rig import AT, Rig, rig, verified

CONFIG = GatewayConfig(limits=Limits(tape_repeat_s=0.5))
NIGHT = RestartWindow(85_500, 1_800)  # 23:45 to 00:15


@pytest.mark.parametrize(
    ("clock", "left"),
    [
        ("2026-11-23T23:44:59", 0),
        ("2026-11-23T23:45:00", 1_800),
        ("2026-11-24T00:00:00", 900),
        ("2026-11-24T00:14:59", 1),
        ("2026-11-24T00:15:00", 0),
        ("2026-07-01T23:45:00", 1_800),
    ],
)
def test_the_window_is_new_york_time_and_reaches_over_midnight(clock: str, left: int) -> None:
    assert NIGHT.left_s(from_new_york(clock)) == left
    assert NIGHT.words == "daily restart until 00:15"


def lines(made: Rig) -> list[tuple[str, str]]:
    """(level, text) of what the log has of the endpoint."""
    name = made.line.at.name
    said = [(str(d.info["level"]), str(d.info["text"])) for _, d in made.session.log if d.info]
    return [(level, text) for level, text in said if text.startswith(name)]


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.usefixtures("quick")
def test_a_gateway_that_restarts_is_waited_for_and_that_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    monkeypatch.setattr(endpoint, "CALM_S", 0.4)
    window = RestartWindow(34_200 if inside else 36_000, 1_800)  # 09:30 or 10:00

    async def run() -> None:
        market = DemoMarket(DemoSpec(start_ns=AT, symbols=4))
        async with rig(tmp_path, market, ("PETI", "FIC"), CONFIG, restart=window) as made:
            await made.until(lambda: len(made.deep()) == 2)
            made.strike("drop", refuse_s=1.5)
            await made.until(lambda: made.engine.down == "down")
            if inside:
                await made.until(lambda: "daily restart until 10:00, waiting" in made.feed.note)
            await made.until(lambda: len(made.deep()) == 2 and not made.engine.down)
            name, said = made.line.at.name, lines(made)
            waits = [line for line in said if "daily restart" in line[1]]
            assert waits == [("info", f"{name}: daily restart until 10:00, waiting")] * inside
            assert any(level == "bad" for level, _ in said) is not inside
            assert said[-1] == ("good", f"{name}, connected again")

    asyncio.run(run())
    assert verified(tmp_path) == 0
