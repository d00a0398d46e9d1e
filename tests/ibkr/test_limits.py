"""What the broker refuses is learned, and asked for again when there may be more."""

import asyncio
from pathlib import Path

import pytest

from ramstock_tui.feeds.ibkr import refusals, tapes
from ramstock_tui.feeds.ibkr.instrument import DEPTH
from ramstock_tui.feeds.ibkr.limits import AGAIN_MOST_S, AGAIN_S, Limit
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.gateway.instruments import FIRST_CON_ID
from tests.ibkr.rig import Rig, rig
from tests.ibkr.test_life import NAMES, market

TWO = GatewayConfig(limits=Limits(depth=2, tape_repeat_s=0.5))
FULL = {"line": 5, "depth": 3, "tape": 3}


def refused(made: Rig) -> int:
    """Books that the gateway had no slot for."""
    return sum(entry.code == 309 for entry in made.gateway.log.entries)


async def learned(made: Rig) -> list[str]:
    """Wait until the limit of two books is known; who has them."""
    await made.until(lambda: made.line.subs.max_depth == 2 and len(made.deep()) == 2)
    await made.until(lambda: made.streams()["tape"] == 2)
    return made.deep()


@pytest.mark.usefixtures("quick")
def test_a_new_connection_forgets_what_was_learned(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], TWO) as made:
            await learned(made)
            made.gateway.streams.slots["depth"].most = 3
            made.strike("drop", refuse_s=0.3)
            await made.until(lambda: made.streams() == FULL and len(made.deep()) == 3)
            assert made.line.subs.max_depth == 3

    asyncio.run(run())


@pytest.mark.usefixtures("quick")
def test_one_more_is_tried_after_a_while_and_takes_nobodys_slot(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], TWO) as made:
            deep = await learned(made)
            limit, before = made.line.subs.limits[DEPTH], refused(made)
            limit.again_s = asyncio.get_running_loop().time()  # the ten minutes are over
            await made.until(lambda: refused(made) == before + 1 and limit.now == 2)
            await asyncio.sleep(1.2)  # the plan of the slots has looked again
            assert made.deep() == deep
            assert refused(made) == before + 1
            assert made.streams() == {"line": 5, "depth": 2, "tape": 2}
            made.gateway.streams.slots["depth"].most = 3
            limit.again_s = asyncio.get_running_loop().time()
            await made.until(lambda: made.streams() == FULL and len(made.deep()) == 3)
            assert set(deep) < set(made.deep())

    asyncio.run(run())


@pytest.mark.usefixtures("quick")
def test_a_tape_that_another_program_had_a_moment_ago_comes_when_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = GatewayConfig(limits=Limits(tape_repeat_s=3.0))
    for module in (refusals, tapes):
        monkeypatch.setattr(module, "TAPE_AGAIN_S", 3.1)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:3], config) as made:
            gateway = made.gateway
            for sym in range(1, 7):
                gateway.tape_pause.take(FIRST_CON_ID + sym, gateway.mono())
            await made.until(lambda: made.streams()["depth"] == 3)
            await made.until(lambda: len(made.deep()) == 3)
            assert made.line.subs.max_tape == 3
            assert sum("again within" in entry.text for entry in gateway.log.entries) == 3

    asyncio.run(run())


def test_a_limit_is_tried_later_and_later_and_never_above_what_is_configured() -> None:
    limit, at = Limit(3), 0.0
    for wait in (AGAIN_S, 2 * AGAIN_S, 4 * AGAIN_S, AGAIN_MOST_S, AGAIN_MOST_S):
        limit.refused(2, at)
        assert (limit.now, limit.tried(at + wait - 1)) == (2, False)
        at += wait
        assert (limit.tried(at), limit.now, limit.tried(at + 1e9)) == (True, 3, False)
    limit.refused(1, at)
    assert limit.words(at) == "one more is tried in 60 min"
    assert [limit.tried(at + n * AGAIN_MOST_S) for n in (1, 2, 3)] == [True, True, False]
    limit.forget()
    assert (limit.now, limit.wait_s) == (3, AGAIN_S)
