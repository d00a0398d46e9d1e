"""The whole live path without an account: the broker's feed on the package's own gateway.

Gateway and feed share the host's loop and speak over a real socket. Everything else is a shadow
session: connection, slots, recording, screens.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ramstock_tui.errors import RamstockError
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.feeds.ibkr.spec import Endpoint, IbkrSpec
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.gateway import HOST, Gateway
from ramstock_tui.host import shadow
from ramstock_tui.host.demo import MACHINE, Machine

MODE = "demo"


class Rehearsal:
    """A demo market behind a gateway that begins to listen when the host's loop runs."""

    def __init__(self, market: DemoSpec) -> None:
        self.gateway = Gateway(DemoMarket(market), EventClock(market.start_ns), GatewayConfig())
        self.port = _free_port()
        self._task: asyncio.Task[int] | None = None

    @property
    def spec(self) -> IbkrSpec:
        """What the feed is told."""
        symbols = tuple(stock.symbol for stock in self.gateway.listing.by_sym.values())
        return IbkrSpec((Endpoint(port=self.port),), symbols)

    def begin(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self.gateway.start(self.port), name="gateway")

    def end(self) -> None:
        """Listen no more; its tasks end with the loop."""
        self.gateway.refuse()
        for session in list(self.gateway.sessions):
            session.pipe.close()


def open_rehearsal(
    market: DemoSpec, plan: shadow.ShadowPlan, directory: Path, machine: Machine = MACHINE
) -> shadow.ShadowRun:
    """A session in `directory`: gone on with when it was begun, else a new one."""
    rehearsal = Rehearsal(market)
    plan = replace(plan, spec=rehearsal.spec, mode=MODE)
    if shadow.unfinished(directory):
        run = shadow.go_on(directory, plan, machine)
    else:
        run = shadow.start(plan, directory, machine, market.start_ns)
    return _joined(run, rehearsal)


def _joined(run: shadow.ShadowRun, rehearsal: Rehearsal) -> shadow.ShadowRun:
    heard, leave = run.heard, run.leave

    def begin(wake: Callable[[], None]) -> None:
        rehearsal.begin()
        heard(wake)

    def end() -> None:
        leave()
        rehearsal.end()

    def next_day() -> shadow.ShadowRun:
        raise RamstockError(f"{run.directory}: the rehearsal ends with its day")

    run.caps = ("end",)
    run.heard, run.leave, run.next_day = begin, end, next_day  # type: ignore[method-assign]
    return run


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
