"""A whole session on the gateway with scans and a real Redis server: from the scan to subscribed
symbols, to the store, to a replay that needs neither."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from ramstock_tui.addresses import address
from ramstock_tui.feeds.ibkr.spec import Endpoint
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.host import shadow
from ramstock_tui.host.demo import Machine
from ramstock_tui.host.refresher import Plan, Refresher
from ramstock_tui.secret import Secret
from ramstock_tui.store.redis import RedisStore
from ramstock_tui.store.worker import Worker
from ramstock_tui.verbs import universe as verb
from tests.core.universe.support import SMALL
from tests.ibkr.decoys import BAD, GOOD, DecoyMarket, Paper
from tests.ibkr.rig import Rig, plan_of, verified
from tests.ibkr.test_universe import AT, SCAN
from tests.store.servers import RedisServer, redis_server

SPEED = 10
KEY = "rs:universe:shadow"
FEW = (*GOOD[:2], *(paper for paper in BAD if paper.ticker in ("ETFX", "DEAR", "BIOX")))


def config() -> GatewayConfig:
    return GatewayConfig(fundamentals=True, history_s=0.5)


@asynccontextmanager
async def session(
    path: Path, papers: tuple[Paper, ...], server: RedisServer | None, refresh_s: int = 120
) -> AsyncIterator[Rig]:
    gateway = Gateway(DecoyMarket(papers), EventClock(AT, SPEED), config())
    await gateway.start()
    plan = _plan(path, gateway.port, refresh_s)
    url = "" if server is None else server.url
    shelf = (lambda: _worker(url)) if url else None
    made = Rig([gateway], shadow.start(plan, path / "session", Machine(shelf=shelf), AT))
    refresher = made.session._refresher
    assert isinstance(refresher, Refresher)
    refresher._facts.sessions_back = 10  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        await made.end()
        made.run.close()
        await gateway.stop()


def _worker(url: str) -> Worker:
    import time

    return Worker(RedisStore(address(Secret(url))), time.monotonic_ns)


def _plan(path: Path, port: int, refresh_s: int) -> shadow.ShadowPlan:
    from dataclasses import replace as changed

    plan = plan_of(path, (Endpoint(port=port, max_lines=4),), ())
    scans = shadow.ScanPlan(
        plan=Plan(SMALL, refresh_s, refresh_s + 30, 4, KEY), scans=(SCAN,), pinned=(),
        max_rows=500, spare=10, floats=dict, xbi=frozenset(), learned=None, client_id=117,
    )  # fmt: skip
    assert plan.opened is not None
    opened = replace(plan.opened, admission="universe")
    return changed(plan, universe=scans, opened=opened, speed_pct=100 * SPEED, offset_ns=0)


def members(rig: Rig) -> list[str]:
    universe = rig.engine.universe
    return [] if universe is None else [one.ticker for one in universe.members]


@pytest.mark.timeout(120)
def test_members_are_subscribed_stored_and_replayed(
    tmp_path: Path, require_program: Callable[[str], str]
) -> None:
    async def script() -> None:
        with redis_server(require_program("redis-server"), tmp_path) as server:
            async with session(tmp_path, FEW, server) as rig:
                assert rig.engine.acting.blockers(rig.session.now, "GOOD").count("universe") == 1
                await rig.until(lambda: members(rig) == ["GOOD", "FINE"], 60)
                await rig.until(lambda: set(rig.engine.by_ticker) == {"GOOD", "FINE"})
                await rig.until(lambda: rig.streams()["line"] == 2)
                assert "universe" not in rig.engine.acting.blockers(rig.session.now, "GOOD")
                stored = json.loads(server.say(b"GET", KEY.encode()).split(b"\r\n")[1])
                assert [one["ticker"] for one in stored["members"]] == ["GOOD", "FINE"]
                assert stored["run"] == rig.run.recorder.session_id.hex()
                assert 0 < int(server.say(b"PTTL", KEY.encode())[1:]) <= 150_000
                universe = rig.engine.universe
                assert universe is not None
                assert universe.store == ""
                assert {one.ticker: one.rule for one in universe.excluded} == {
                    "ETFX": "type", "DEAR": "price", "BIOX": "biotech",
                }  # fmt: skip
                sym = rig.engine.by_ticker["GOOD"].sym
                await rig.until(lambda: rig.engine.refdata[sym].float_shares == 20_000_000)

    asyncio.run(script())
    assert verified(tmp_path) == 0, "without gateway and store"
    assert [one.ticker for one in verb.newest(tmp_path / "session").members] == ["GOOD", "FINE"]


@pytest.mark.timeout(180)
@pytest.mark.long
@pytest.mark.parametrize("what", ["killed", "stopped", "full", "readonly"])
def test_a_store_in_trouble_is_said_and_whole_again_after_the_next_refresh(
    tmp_path: Path, require_program: Callable[[str], str], what: str
) -> None:
    slowest = 0.0

    async def watch(rig: Rig) -> None:
        nonlocal slowest
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(0.01)
            slowest = max(slowest, loop.time() - began)

    async def script() -> None:
        with redis_server(require_program("redis-server"), tmp_path) as server:
            async with session(tmp_path, FEW[:2], server, refresh_s=60) as rig:
                await rig.until(lambda: len(members(rig)) == 2, 60)
                watching = asyncio.get_running_loop().create_task(watch(rig))
                _trouble(server, what)
                await rig.until(lambda: bool(rig.engine.universe and rig.engine.universe.store), 60)
                assert len(members(rig)) == 2, "what there is goes on"
                assert rig.engine.universe is not None
                assert "redis" in rig.session.note
                _mend(server, what)
                await rig.until(lambda: not rig.engine.universe.store, 60)  # type: ignore[union-attr]
                watching.cancel()
                stored = json.loads(server.say(b"GET", KEY.encode()).split(b"\r\n")[1])
                assert len(stored["members"]) == 2
                assert stored["n"] >= 3

    asyncio.run(script())
    assert slowest < 0.25
    assert verified(tmp_path) == 0


def _trouble(server: RedisServer, what: str) -> None:
    if what == "killed":
        server.kill()
    elif what == "stopped":
        server.freeze()
    elif what == "full":
        server.say(b"CONFIG", b"SET", b"maxmemory", b"1")
    else:
        server.say(b"REPLICAOF", b"127.0.0.1", b"1")


def _mend(server: RedisServer, what: str) -> None:
    if what == "killed":
        server.start()  # empty
    elif what == "stopped":
        server.thaw()
    elif what == "full":
        server.say(b"CONFIG", b"SET", b"maxmemory", b"0")
    else:
        server.say(b"REPLICAOF", b"NO", b"ONE")
