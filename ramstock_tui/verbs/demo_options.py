"""What the command line says of a demo market, for the screen that spawns its host and the host.

Imports little: the screen's process reads it before it starts the host.
"""

import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ramstock_tui import schedule
from ramstock_tui.settings.files import data_dir

SEED, SYMBOLS = 7, 48
START = "09:31:00"


@dataclass(frozen=True)
class DemoOptions:
    """None = the default. speed: a factor as text. clock_at: New York time such as
    2026-11-23T09:31:00. equity: dollars. edge: added chance of a win, 1/10,000. cards: clean
    signals a minute on top of the script (load)."""

    seed: int = SEED
    symbols: int = SYMBOLS
    rate: int | None = None
    edge: int = 0
    cards: int = 0
    speed: str = "1"
    clock_at: str | None = None
    phase: int | None = None
    equity: float | None = None
    profile: str | None = None
    config: Path | None = None

    def words(self) -> list[str]:
        """As the host's command line says it."""
        said = []
        for name in ("seed", "symbols", "rate", "edge", "cards", "speed", "clock_at", "phase"):
            said += _word(name, getattr(self, name))
        said += _word("equity", self.equity) + _word("profile", self.profile)
        return said + _word("config", None if self.config is None else self.config.absolute())

    def start_ns(self) -> int:
        """When the session's clock starts: `--clock-at`, else 09:31 of the last trading day."""
        if self.clock_at is not None:
            return schedule.from_new_york(self.clock_at)
        date = schedule.previous_session(schedule.date_of(time.time_ns()))
        return schedule.from_new_york(f"{_iso(date)}T{START}")

    def new_directory(self) -> Path:
        """`<data>/demo/<date>-<seed>-<n>/`, made here: no other start gets the same."""
        base = (data_dir() / "demo").absolute()
        make_private(base)
        for n in count(1):
            path = base / f"{_iso(schedule.date_of(self.start_ns()))}-{self.seed}-{n}"
            try:
                path.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return path
        raise AssertionError


def make_private(path: Path) -> None:
    """The directory and what is missing above it, 0700."""
    if not path.is_dir():
        if path.parent != path:
            make_private(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def _word(name: str, value: object) -> list[str]:
    return [] if value is None else [f"--{name.replace('_', '-')}", str(value)]


def _iso(date: int) -> str:
    return f"{date // 10_000:04}-{date // 100 % 100:02}-{date % 100:02}"
