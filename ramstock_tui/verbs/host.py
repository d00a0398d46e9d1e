"""`ramstock host`: the engine without a screen, for a screen to attach to."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ramstock_tui import settings
from ramstock_tui.core.records import SessionOpened
from ramstock_tui.feeds.demo import DemoSpec
from ramstock_tui.host import demo
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link.places import run_dir
from ramstock_tui.schedule import date_of, from_new_york, previous_session, session_day
from ramstock_tui.verbs import options
from ramstock_tui.verbs.options import UsageError

LINGER_S = 10  # a demo without a screen ends after so long (rulings 2)
EQUITY = 40_000.0
PHASE = 3
START = "09:31:00"
TRIES = 10_000  # numbers of demo directories of one day and seed


@dataclass(frozen=True)
class DemoOptions:
    """What the command line says of a demo market. None = the default. speed: factor as text.
    clock_at: New York time such as 2026-11-23T09:31:00. equity: dollars. edge_bp: 1/10,000."""

    seed: int = 7
    symbols: int = 48
    rate: int | None = None
    edge_bp: int = 0
    cards_per_min: int = 0
    speed: str = "1"
    clock_at: str | None = None
    phase: int | None = None
    equity: float | None = None
    profile: str | None = None
    config: Path | None = None


def run(
    given: DemoOptions, directory: Path | None, keep: bool, probe: Path | None, no_screen_s: int
) -> int:
    """Serve a demo session until it ends. directory: an unfinished session there is gone on with;
    None = a new one below the data directory. keep: without a screen it stays. Exit code 8 when
    another host has the directory."""
    os.umask(0o077)
    where = new_directory(given) if directory is None else Path(os.path.realpath(directory))
    live = open_demo(given, where)
    from ramstock_tui.host.runner import serve

    folder = run_dir(settings.state_dir())
    return serve(live, folder, linger_s=None if keep else no_screen_s, probe=probe)


def open_demo(given: DemoOptions, directory: Path) -> demo.DemoRun:
    """The session of a directory: gone on with when it was begun, else a new one."""
    if demo.unfinished(directory):
        return demo.go_on(directory)
    return demo.start(plan(given), directory)


def plan(given: DemoOptions) -> demo.DemoPlan:
    """The demo session that the options describe. Raises UsageError, ConfigError."""
    start_ns = start_of(given)
    try:
        spec = DemoSpec(
            start_ns=start_ns,
            seed=given.seed,
            symbols=given.symbols,
            rate=given.rate,
            edge_bp=given.edge_bp,
            cards_per_min=given.cards_per_min,
        )
    except ValueError as problem:
        raise UsageError(f"demo market: {problem}") from None
    overrides = {} if given.profile is None else {"profile": given.profile}
    loaded = settings.load(config=given.config, overrides=overrides)
    for line in loaded.warnings:
        sys.stderr.write(f"ramstock: {line}\n")
    return demo.DemoPlan(
        spec=spec,
        speed_pct=options.speed_pct(given.speed, slowest=0.1, fastest=100),
        opened=_opened(given, loaded, start_ns),
        rules=loaded.rules,
    )


def start_of(given: DemoOptions) -> int:
    """When the session's clock starts: `--clock-at`, else 09:31 of the last trading day."""
    if given.clock_at is not None:
        return from_new_york(given.clock_at)
    day = str(previous_session(date_of(time.time_ns())))
    return from_new_york(f"{day[:4]}-{day[4:6]}-{day[6:]}T{START}")


def new_directory(given: DemoOptions) -> Path:
    """`<data>/demo/<date>-<seed>-<n>/`, made now, with the first number that is free."""
    base = settings.data_dir() / "demo"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    date = date_of(start_of(given))
    for n in range(1, TRIES):
        path = base / f"{date}-{given.seed}-{n}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return SessionDir(path).path
    raise UsageError(f"{base}: holds {TRIES} demos of {date} and seed {given.seed} already")


def _opened(given: DemoOptions, loaded: settings.Settings, start_ns: int) -> SessionOpened:
    day = session_day(date_of(start_ns))
    return SessionOpened(
        date=day.date,
        midnight_ns=day.midnight_ns,
        open_ns=day.open_ns,
        close_ns=day.close_ns,
        next_date=day.next_date,
        mode="demo",
        acting=loaded.acting,
        phase=PHASE if given.phase is None else options.phase(given.phase),
        equity_cents=options.cents(EQUITY if given.equity is None else given.equity),
        fee_model=loaded.fee_model,
        allow_partial_vwap=True,
        source="demo",
    )
