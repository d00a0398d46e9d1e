"""What the feed is told: endpoints, their limits, symbols."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from ramstock_tui.core.engine import Engine
from ramstock_tui.feeds.ibkr.restart import RestartWindow


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gateway. max_lines: level-1 lines; max_depth, max_tick_by_tick: slots that it gives."""

    host: str = "127.0.0.1"
    port: int = 4002
    client_id: int = 17
    max_lines: int = 100
    max_depth: int = 3
    max_tick_by_tick: int = 3

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


class IbkrSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """smart_depth: books of all exchanges in one. depth_rows: rows a side to ask for.
    shares_per_unit: 100 where the gateway sends lots. news: providers of headlines, none = no
    headlines. restart: when the gateways restart each day, None = nobody said."""

    endpoints: tuple[Endpoint, ...]
    symbols: tuple[str, ...]
    smart_depth: bool = True
    depth_rows: int = 20
    shares_per_unit: int = 1
    news: tuple[str, ...] = ()
    restart: RestartWindow | None = None


class Known(NamedTuple):
    """A symbol that an earlier host of the session declared. asked_ago_s: how long ago that host
    asked for its tape."""

    sym: int
    con_id: int
    tick_e4: int
    asked_ago_s: float = 1e9


@dataclass(frozen=True)
class Surroundings:
    """What the feed takes from the session. clock: session time, ns. lag_p95_ms: ingest to
    decision. rehearsal: the session's clock is not the wall clock. asked: file of when tapes were
    asked for, None = only this program knows."""

    clock: Callable[[], int]
    engine: Engine
    lag_p95_ms: Callable[[], int]
    rehearsal: bool = False
    asked: Path | None = None
