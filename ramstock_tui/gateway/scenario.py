"""Scenario files: a market, a gateway, what goes wrong when, and what is to come of it.

clock_at = "2026-11-23T09:31:00"     # New York
seed = 7

[market]                             # kind "scenes" (default) or "demo"
stocks = [ { symbol = "AAAA", price = 12.0 } ]
scenes = [ { at_s = 10, symbol = "AAAA", scene = "wins" } ]

[gateway]                            # see `config.GatewayConfig`
depth_steps = "overwrite"

[[faults]]                           # see `faults.Fault`
at_s = 30
fault = "drop"
refuse_s = 2

[[signals]]                          # what the engine must find, and nothing else
symbol = "AAAA"
at_s = 22.1
within_s = 1.0
"""

import asyncio
import tomllib
from pathlib import Path

import msgspec

from ramstock_tui.errors import ConfigError
from ramstock_tui.feeds import Feed
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.fault import Fault
from ramstock_tui.gateway.faults import check, strike
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.log import Log
from ramstock_tui.gateway.scene_market import SceneMarket, ScenePlan, StockPlan
from ramstock_tui.schedule import from_new_york


class MarketPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the data comes from. symbols, rate: of the demo market."""

    kind: str = "scenes"
    stocks: list[StockPlan] = []
    scenes: list[ScenePlan] = []
    symbols: int = 48
    rate: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("scenes", "demo"):
            raise ValueError(f"kind was {self.kind!r}, must be scenes or demo")
        if self.kind == "scenes" and not self.stocks:
            raise ValueError("stocks: at least one")


class Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A signal that must come, this much earlier or later at most."""

    symbol: str
    at_s: float
    within_s: float = 1.0


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole scenario. runs_s: how long it is of interest. gateways: how many run side by side."""

    about: str = ""
    clock_at: str = "2026-11-23T09:31:00"
    seed: int = 7
    runs_s: float = 60.0
    gateways: int = 1
    market: MarketPlan = MarketPlan(kind="demo")
    gateway: GatewayConfig = GatewayConfig()
    faults: list[Fault] = []
    signals: list[Signal] = []

    def __post_init__(self) -> None:
        check(self.faults)
        known = {plan.symbol for plan in self.market.stocks}
        for fault in self.faults:
            strangers = set(fault.symbols) - known
            if self.market.kind == "scenes" and strangers:
                raise ValueError(f"fault at {fault.at_s:g} s: no stock {sorted(strangers)[0]!r}")
            if not 0 <= fault.gateway < self.gateways:
                raise ValueError(f"fault at {fault.at_s:g} s: no gateway {fault.gateway}")

    @property
    def start_ns(self) -> int:
        """When its market opens, epoch ns."""
        return from_new_york(self.clock_at)

    def feed(self, start_ns: int | None = None) -> Feed:
        """Its market, from its own beginning on or from another."""
        start = self.start_ns if start_ns is None else start_ns
        plan = self.market
        if plan.kind == "scenes":
            return SceneMarket(start, plan.stocks, plan.scenes, self.seed)
        spec = DemoSpec(start_ns=start, seed=self.seed, symbols=plan.symbols, rate=plan.rate)
        return DemoMarket(spec)


def load(path: Path) -> Scenario:
    """A scenario file. Raises ConfigError naming the file and the key."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Scenario)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigError(str(path), "", str(problem)) from None
    except msgspec.ValidationError as problem:
        words, _, key = str(problem).partition(" - at `$.")
        raise ConfigError(str(path), key.rstrip("`"), words) from None


def build(
    scenario: Scenario, *, start_ns: int | None = None, speed: float = 1.0, log: Path | None = None
) -> Gateway:
    """Its gateway, not yet listening."""
    start = scenario.start_ns if start_ns is None else start_ns
    clock = EventClock(start, speed)
    return Gateway(scenario.feed(start), clock, scenario.gateway, Log(log))


async def play(gateway: Gateway, faults: list[Fault], which: int = 0) -> None:
    """Let everything go wrong that is meant for this gateway, each at its time."""
    due = sorted((f for f in faults if f.gateway == which), key=lambda fault: fault.at_s)
    await gateway.running.wait()
    for fault in due:
        wait = gateway.clock.real_s(fault.at_s - gateway.clock.elapsed_s())
        await asyncio.sleep(max(0.0, wait))
        strike(gateway, fault)
