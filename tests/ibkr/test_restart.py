"""What a host that was killed had asked for, from its recording."""

import asyncio
import os
from pathlib import Path

import pytest

from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host.shadow import asked_ago_s
from ramstock_tui.journal.session_dir import SessionDir
from tests.ibkr.rig import AT, rig


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
