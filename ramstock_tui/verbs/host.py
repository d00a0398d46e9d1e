"""`ramstock host`: the engine without a screen, for a screen to attach to."""

import os
import sys
import time
from pathlib import Path

from ramstock_tui import settings
from ramstock_tui.core.listing import SIMULATED_MOST
from ramstock_tui.core.pnl import fee_row
from ramstock_tui.core.records import SessionOpened
from ramstock_tui.errors import ConfigError
from ramstock_tui.feeds.demo import DemoSpec
from ramstock_tui.host import demo
from ramstock_tui.host.disk_watch import DiskLimits
from ramstock_tui.host.refresher import Plan as UniversePlan
from ramstock_tui.host.run import Run
from ramstock_tui.host.shelf import key, open_shelf
from ramstock_tui.link.places import run_dir
from ramstock_tui.schedule import date_of, session_day
from ramstock_tui.secret import Secret
from ramstock_tui.verbs import options
from ramstock_tui.verbs.demo_options import DemoOptions
from ramstock_tui.verbs.options import UsageError
from ramstock_tui.verbs.shadow_options import ShadowOptions

LINGER_S = 10  # a demo without a screen ends after so long (rulings 2)
EQUITY = 40_000.0
PHASE = 3


def run(
    given: DemoOptions,
    directory: Path | None,
    keep: bool,
    probe: Path | None,
    no_screen_s: int,
    over_tws: bool = False,
) -> int:
    """Serve a demo session until it ends. directory: an unfinished session there is gone on with;
    None = a new one below the data directory. keep: without a screen it stays. Exit code 8 when
    another host has the directory."""
    os.umask(0o077)
    where = given.new_directory() if directory is None else Path(os.path.realpath(directory))
    live: Run = open_over_tws(given, where) if over_tws else open_demo(given, where)
    from ramstock_tui.host.runner import serve

    folder = run_dir(settings.state_dir())
    return serve(live, folder, linger_s=None if keep else no_screen_s, probe=probe)


def run_shadow(given: ShadowOptions, directory: Path | None, probe: Path | None) -> int:
    """Serve a session on the broker's market until it is ended, or the day is off and nobody looks.
    directory: None = that of the exchange day."""
    os.umask(0o077)
    from ramstock_tui.verbs import shadow

    loaded = shadow.load(given)
    where = shadow.directory_of(given) if directory is None else Path(os.path.realpath(directory))
    live = shadow.open_shadow(given, loaded, where)
    from ramstock_tui.host.runner import serve

    return serve(live, run_dir(settings.state_dir()), linger_s=None, probe=probe)


def open_over_tws(given: DemoOptions, directory: Path) -> Run:
    """The demo market over the broker's protocol: the session of a directory, gone on with or new.
    Raises UsageError, ConfigError."""
    import msgspec

    from ramstock_tui.feeds.ibkr.spec import IbkrSpec
    from ramstock_tui.host import shadow
    from ramstock_tui.host.rehearsal import open_rehearsal
    from ramstock_tui.verbs.shadow import BROKER_LOG, log_to

    made = plan(given)
    offset_ns = made.spec.start_ns - time.time_ns()
    wanted = shadow.ShadowPlan(
        spec=IbkrSpec((), ()),
        rules=made.rules,
        opened=msgspec.structs.replace(
            made.opened, source="ibkr", allow_partial_vwap=False, admission="assumed"
        ),
        base=directory.parent,
        offset_ns=offset_ns,
    )
    live = open_rehearsal(made.spec, wanted, directory)
    log_to(directory / BROKER_LOG)
    return live


def open_demo(given: DemoOptions, directory: Path) -> demo.DemoRun:
    """The session of a directory: gone on with when it was begun, else a new one."""
    if demo.unfinished(directory):
        wanted = _wanted(given)
        if wanted is None:
            return demo.go_on(directory)
        machine = _machine(wanted.recording, wanted.alerts, wanted.redis_url)
        return demo.go_on(directory, machine, wanted.rules)
    alerts, _ = settings.load_alerts(config=given.config)  # `plan` tells the warnings
    url = settings.load_redis(config=given.config)
    machine = _machine(settings.load_recording(config=given.config), alerts, url)
    return demo.start(plan(given), directory, machine)


def _machine(
    found: settings.RecordingSettings, alerts: settings.AlertSettings, url: Secret | None
) -> demo.Machine:
    limits = DiskLimits(warn_mb=found.warn_free_mb, stop_mb=found.stop_free_mb)
    return demo.Machine(limits, alerts, shelf=lambda: open_shelf(settings.state_dir(), url))


def plan(given: DemoOptions) -> demo.DemoPlan:
    """The demo session that the options describe. Raises UsageError, ConfigError."""
    start_ns = given.start_ns()
    try:
        spec = DemoSpec(
            start_ns=start_ns,
            seed=given.seed,
            symbols=given.symbols,
            rate=given.rate,
            edge_bp=given.edge,
            cards_per_min=given.cards,
        )
    except ValueError as problem:
        raise UsageError(f"demo market: {problem}") from None
    loaded = _settings(given)
    return demo.DemoPlan(
        spec=spec,
        speed_pct=options.speed_pct(given.speed, slowest=0.1, fastest=100),
        opened=_opened(given, loaded, start_ns),
        rules=loaded.rules,
        universe=UniversePlan(
            limits=loaded.universe.limits[loaded.acting],
            refresh_s=loaded.universe.refresh_s,
            ttl_s=loaded.universe.ttl_s,
            lines=SIMULATED_MOST,
            key=key("demo"),
        ),
    )


def _wanted(given: DemoOptions) -> settings.Settings | None:
    """The settings as they are now. A file that cannot be used, perhaps half edited, must not keep
    a session with its locks and open trades from going on: None = it keeps its own."""
    try:
        return _settings(given)
    except ConfigError as problem:
        sys.stderr.write(f"ramstock: {problem}; the session goes on under its own rules\n")
        return None


def _settings(given: DemoOptions) -> settings.Settings:
    overrides = {} if given.profile is None else {"profile": given.profile}
    loaded = settings.load(config=given.config, overrides=overrides)
    for line in loaded.warnings:
        sys.stderr.write(f"ramstock: {line}\n")
    return loaded


def _opened(given: DemoOptions, loaded: settings.Settings, start_ns: int) -> SessionOpened:
    day = session_day(date_of(start_ns))
    try:
        fee_row(loaded.rules.fees, loaded.fee_model, day.date)
    except ValueError as problem:
        raise UsageError(f"{problem}; set fee_model or its [fees] table") from None
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
        admission="universe",
        allow_partial_vwap=True,
        source="demo",
    )
