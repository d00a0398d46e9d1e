"""What a host that was killed had asked for, from its recording."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host import shadow
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.shadow import asked_ago_s
from ramstock_tui.journal.session_dir import SessionDir
from tests.ibkr.rig import AT, rig, verified

S1 = 1_000_000_000


@pytest.mark.usefixtures("quick")
def test_only_tapes_of_the_last_seconds_are_waited_for(tmp_path: Path) -> None:
    async def run() -> set[int]:
        market = DemoMarket(DemoSpec(start_ns=AT, symbols=4))
        async with rig(tmp_path, market, ("PETI", "FIC", "KADI", "LAVT")) as made:
            await made.until(lambda: len(made.deep()) == 3)
            return {stock.sym for stock in made.line.stocks if stock.tape is not None}

    deep = asyncio.run(run())
    where = SessionDir(tmp_path / "session")
    now = where.market.stat().st_mtime
    found = asked_ago_s(where)
    assert found.keys() == deep
    assert all(0 <= ago_s < 10 for ago_s in found.values())
    os.utime(where.market, (now - 60, now - 60))
    assert all(ago_s >= 60 for ago_s in asked_ago_s(where).values())


def test_the_clock_of_a_resumed_session_does_not_wait_for_its_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        market = DemoMarket(DemoSpec(start_ns=AT, symbols=1))
        async with rig(tmp_path, market, ("PETI",)) as made:
            await made.until(lambda: made.deep() == ["PETI"])
            run = made.run
            await made.end()
            run.abandon()
            plan = run._plan
            resume = Recorder.resume

            def slow(*given: Any, **more: Any) -> Recorder:
                found = resume(*given, **more)
                found.resumed_ts -= S1  # as if reading it had taken a second
                return found

            monkeypatch.setattr(Recorder, "resume", slow)
            made.run = shadow.go_on(tmp_path / "session", plan)
            behind = time.time_ns() + plan.offset_ns - made.run.session.now
            assert 0 <= behind < S1 // 2

    asyncio.run(run())
    assert verified(tmp_path) == 0
