"""The broker's feed in a recorded session, on the package's gateway over a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui import settings
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.records import Row
from ramstock_tui.feeds import Feed
from ramstock_tui.feeds.ibkr.endpoint import Line
from ramstock_tui.feeds.ibkr.spec import Endpoint, IbkrSpec
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.fault import Fault
from ramstock_tui.gateway.faults import strike
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.host import shadow
from ramstock_tui.host.day import assumed_day
from ramstock_tui.host.source import Chunk, Recording
from ramstock_tui.schedule import from_new_york
from ramstock_tui.verbs import replay

AT = from_new_york("2026-11-23T09:31:00")
DEADLINE_S = 20.0


class Rig:
    """A session and its gateways. Nothing runs between two `until`s but the loop."""

    def __init__(self, gateways: list[Gateway], run: shadow.ShadowRun) -> None:
        self.gateways = gateways
        self.run = run
        self.session = run.session
        self.engine = run.session.engine
        self.feed = run._feed
        self._wake = asyncio.Event()
        run.heard(self._wake.set)
        self._task = asyncio.get_running_loop().create_task(self._drive())

    @property
    def line(self) -> Line:
        return self.feed.lines[0]

    @property
    def gateway(self) -> Gateway:
        return self.gateways[0]

    async def _drive(self) -> None:
        while True:
            pause = 0.0 if self.session.step() else 0.005
            self._wake.clear()
            timer = asyncio.get_running_loop().call_later(pause, self._wake.set)
            await self._wake.wait()
            timer.cancel()

    def strike(self, name: str, gateway: int = 0, **how: object) -> None:
        """A fault happens now."""
        strike(self.gateways[gateway], Fault(at_s=0.0, fault=name, **how))  # type: ignore[arg-type]

    async def until(self, true: Callable[[], object], deadline_s: float = DEADLINE_S) -> float:
        """Wait until it is true; how long that took, s."""
        began = time.monotonic()
        while not true():
            if self._task.done():
                self._task.result()
            if time.monotonic() - began > deadline_s:
                raise AssertionError(f"not true within {deadline_s} s; {self.feed.note}")
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    def deep(self) -> list[str]:
        """Tickers whose book and tape the gateway serves, and the engine has a book of."""
        served = []
        for stock in self.line.stocks:
            symbol = self.engine.symbols.get(stock.sym)
            if symbol is None or not (stock.depth and stock.tape and symbol.deep):
                continue
            if symbol.book.bid and symbol.tape.start < 1 << 62:
                served.append(stock.ticker)
        return served

    def streams(self, gateway: int = 0) -> dict[str, int]:
        """How many of each kind the gateway serves now."""
        held = self.gateways[gateway].streams
        return {
            "line": sum(map(len, held.lines.values())),
            "depth": sum(map(len, held.depths.values())),
            "tape": sum(map(len, held.tapes.values())),
        }

    def decided(self, kind: str) -> list[Decision]:
        return [d for d in self.engine.history if d.kind == kind]

    async def end(self) -> None:
        self._task.cancel()
        self.run.leave()
        await asyncio.sleep(0)


@asynccontextmanager
async def rig(
    path: Path,
    feed: Feed | list[Feed],
    symbols: Iterable[str],
    config: GatewayConfig | None = None,
    *,
    endpoint: Endpoint | None = None,
    at: int = AT,
    kept: Path | None = None,
    **spec: Any,
) -> AsyncIterator[Rig]:
    """A shadow session below `path` that is closed and sealed at the end. at: its first instant.
    kept: folder of what the next program should know. spec: fields of `IbkrSpec`."""
    feeds = feed if isinstance(feed, list) else [feed]
    gateways = []
    for each in feeds:
        gateways.append(Gateway(each, EventClock(at), config or GatewayConfig()))
        await gateways[-1].start()
    ends = tuple(msgspec.structs.replace(endpoint or Endpoint(), port=g.port) for g in gateways)
    plan = _keeping(plan_of(path, ends, symbols, at, **spec), kept)
    made = Rig(gateways, shadow.start(plan, path / "session"))
    try:
        yield made
    finally:
        await made.end()
        made.run.close()
        for gateway in gateways:
            await gateway.stop()


def beside(other: Rig, path: Path, kept: Path | None = None) -> Rig:
    """A second session, below another path, on the gateways and with the symbols of a first one."""
    plan = replace(other.run._plan, base=path)
    return Rig(other.gateways, shadow.start(_keeping(plan, kept), path / "session"))


def _keeping(plan: shadow.ShadowPlan, kept: Path | None) -> shadow.ShadowPlan:
    return plan if kept is None else replace(plan, asked=kept / "asked.json")


def plan_of(
    path: Path,
    endpoints: tuple[Endpoint, ...],
    symbols: Iterable[str],
    at: int = AT,
    **spec: Any,
) -> shadow.ShadowPlan:
    loaded = settings.load(env={"XDG_CONFIG_HOME": str(path)})
    opened = assumed_day(
        at,
        mode="shadow",
        acting=loaded.acting,
        fee_model=loaded.fee_model,
        equity_cents=loaded.equity_cents,
        source="ibkr",
    )
    told = IbkrSpec(endpoints, tuple(symbols), **spec)
    return shadow.ShadowPlan(told, loaded.rules, opened, path, at - time.time_ns())


def verified(path: Path) -> int:
    """Exit code of `replay --verify`."""
    return replay.run(
        directory=path / "session",
        speed="max",
        headless=True,
        as_json=True,
        confirm=None,
        verify=True,
        into=None,
        config=None,
        symbol=None,
        changed=[],
    )


def recorded(path: Path) -> list[Row]:
    """Every market record of the session."""
    rows: list[Row] = []
    for item in Recording(path / "session").inputs(with_commands=False):
        if isinstance(item, Chunk):
            rows += item.rows
    return rows
