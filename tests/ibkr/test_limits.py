"""What the broker refuses is learned, and asked for again when there may be more."""

import asyncio
from pathlib import Path

import pytest

from ramstock_tui.feeds.ibkr import refusals, tapes
from ramstock_tui.feeds.ibkr.instrument import DEPTH
from ramstock_tui.feeds.ibkr.limits import AGAIN_MOST_S, AGAIN_S, NONE_AGAIN_S, Limit
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.gateway.instruments import FIRST_CON_ID
from tests.ibkr.rig import Rig, rig
from tests.ibkr.test_life import NAMES, market

TWO = GatewayConfig(limits=Limits(depth=2, tape_repeat_s=0.5))
FULL = {"line": 5, "depth": 3, "tape": 3}


def refused(made: Rig) -> int:
    """Books that the gateway had no slot for."""
    return sum(entry.code == 309 for entry in made.gateway.log.entries)


def words(made: Rig) -> list[str]:
    """What the log says."""
    return [str(d.info["text"]) for _, d in made.session.log if "text" in d.info]


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


@pytest.mark.long
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


@pytest.mark.usefixtures("quick")
def test_refusals_that_come_together_are_one_and_the_words_say_when_it_is_tried_again(
    tmp_path: Path,
) -> None:
    one = GatewayConfig(limits=Limits(depth=1, tape_repeat_s=0.5))

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], one) as made:
            await made.until(lambda: made.line.subs.max_depth == 1 and len(made.deep()) == 1)
            assert refused(made) == 2
            said = [text for text in words(made) if "no depth slot is free" in text]
            assert said[-1].endswith("limit is 1 now, one more is tried in 10 min")
            limit = made.line.subs.limits[DEPTH]
            limit.again_s = asyncio.get_running_loop().time()
            await made.until(lambda: refused(made) == 3)
            await made.until(lambda: any("tried in 20 min" in text for text in words(made)))
            assert "one more depth slot is tried: 2" in words(made)

    asyncio.run(run())


@pytest.mark.long
@pytest.mark.usefixtures("quick")
def test_where_no_slot_is_left_one_is_asked_for_after_15_s_and_not_for_every_stock(
    tmp_path: Path,
) -> None:
    none = GatewayConfig(limits=Limits(depth=0, tape_repeat_s=0.5))

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], none) as made:
            await made.until(lambda: refused(made) == 3)
            await asyncio.sleep(2.5)  # the plan of the slots has looked again
            limit = made.line.subs.limits[DEPTH]
            assert (refused(made), limit.now, limit.wait_s) == (3, 0, NONE_AGAIN_S)
            assert any("has them all, one more is tried in 15 s" in text for text in words(made))
            limit.again_s = asyncio.get_running_loop().time()
            await made.until(lambda: limit.wait_s == 2 * NONE_AGAIN_S)  # it has been told as well
            made.gateway.streams.slots["depth"].most = 3
            for n in (1, 2, 3):
                limit.again_s = asyncio.get_running_loop().time()
                await made.until(lambda n=n: len(made.deep()) == n)  # type: ignore[misc]
            assert made.streams() == FULL
            assert refused(made) == 4

    asyncio.run(run())


def test_a_limit_is_tried_later_and_later_and_never_above_what_is_configured() -> None:
    limit, at = Limit(3), 0.0
    limit.refused(2, at)
    for wait in (AGAIN_S, 2 * AGAIN_S, 4 * AGAIN_S, AGAIN_MOST_S, AGAIN_MOST_S):
        assert (limit.now, limit.tried(2, at + wait - 1)) == (2, False)
        at += wait
        assert (limit.tried(2, at), limit.now, limit.tried(3, at + 1e9)) == (True, 3, False)
        limit.refused(2, at)
    assert limit.words(at) == "one more is tried in 60 min"
    limit.forget()
    assert (limit.now, limit.wait_s) == (3, AGAIN_S)


def test_a_trial_that_went_well_is_followed_by_the_next_and_only_when_it_is_used() -> None:
    limit = Limit(5)
    limit.refused(2, 0.0)
    assert not limit.tried(1, AGAIN_S), "one of the two is not even asked for"
    assert limit.tried(2, AGAIN_S)
    assert not limit.tried(2, 10 * AGAIN_S), "the third has not been asked for"
    assert limit.tried(3, 10 * AGAIN_S)
    limit.refused(3, 30 * AGAIN_S)
    assert limit.wait_s == AGAIN_S, "long after the trial another program took one"
    assert limit.tried(3, 31 * AGAIN_S)
    assert limit.tried(4, 32 * AGAIN_S)
    assert not limit.tried(5, 1e9)
    assert not limit.learned
