"""`ramstock demo`: a seeded market in a host of its own, and the screen on it.

The host is started before the screen's libraries are imported: both load at the same time.
"""

import importlib
import sys
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ramstock_tui import schedule
from ramstock_tui.errors import RamstockError
from ramstock_tui.link import Link
from ramstock_tui.settings.files import data_dir, state_dir

SEED, SYMBOLS = 1, 40


@dataclass(frozen=True)
class Wish:
    """What the command line asks for; None: as the host decides. clock_at: New York time."""

    seed: int = SEED
    symbols: int = SYMBOLS
    speed: str | None = None
    rate: int | None = None
    edge: float | None = None
    cards: int | None = None
    clock_at: str | None = None
    phase: int | None = None
    equity: float | None = None
    profile: str | None = None
    config: Path | None = None

    def options(self) -> list[str]:
        """As the host's command line says it."""
        said = ["--seed", str(self.seed), "--symbols", str(self.symbols)]
        names = ("rate", "edge", "cards", "speed", "clock_at", "phase", "equity", "profile")
        for name in names:
            if (value := getattr(self, name)) is not None:
                said += [f"--{name.replace('_', '-')}", f"{value}"]
        if self.config is not None:
            said += ["--config", str(self.config.absolute())]
        return said


def unasked() -> int:
    """`ramstock` without a verb."""
    sys.stderr.write("ramstock: no endpoint configured: starting the demo market\n")
    return run(Wish())


def run(wish: Wish, directory: Path | None = None, inside: bool = False) -> int:
    """Show a new demo session, or go on with that of `directory`; the exit code of the screen.
    inside: the host runs in the screen's own process. RamstockError: no terminal, no place."""
    from ramstock_tui.ui.needs import need_terminal

    need_terminal()
    date = _date(wish)
    place = _new_directory(date, wish.seed) if directory is None else _given(directory)
    if inside:
        return _show(in_process(place, wish), wish)
    from ramstock_tui.link.managed import HostLink

    link = HostLink(place, wish.options())
    link.spawn_unless_held()
    return _show(link, wish)


def in_process(directory: Path, wish: Wish) -> Link:
    """The same host as a task of the screen's loop. RamstockError: this build has none."""
    try:
        runner = importlib.import_module("ramstock_tui.host.runner")
    except ModuleNotFoundError as missing:
        raise RamstockError("--in-process: the host cannot run in this process") from missing
    link: Link = runner.local_link(directory, wish)
    return link


def _show(link: Link, wish: Wish) -> int:
    from ramstock_tui import settings
    from ramstock_tui.ui.run import run_cockpit

    ui = settings.screen(wish.config)
    return run_cockpit(link, theme=ui.theme, fps=ui.fps, report_dir=state_dir())


def _date(wish: Wish) -> int:
    """The day of the session, yyyymmdd: that of the clock asked for, else the last trading day
    before today."""
    if wish.clock_at is not None:
        return schedule.date_of(schedule.from_new_york(wish.clock_at))
    return schedule.previous_session(schedule.date_of(time.time_ns()))


def _new_directory(date: int, seed: int) -> Path:
    """`<data>/demo/<date>-<seed>-<n>/`, made here: no other start gets the same."""
    base = (data_dir() / "demo").absolute()
    day = f"{date // 10_000:04}-{date // 100 % 100:02}-{date % 100:02}"
    _make(base)
    for n in count(1):
        path = base / f"{day}-{seed}-{n}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return path
    raise AssertionError


def _given(directory: Path) -> Path:
    path = directory.absolute()
    _make(path)
    return path


def _make(path: Path) -> None:
    """The directory and what is missing above it, 0700."""
    if not path.is_dir():
        if path.parent != path:
            _make(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
