"""The host of a session on the broker's market, from settings and command line."""

import logging
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ramstock_tui import settings
from ramstock_tui.errors import ConfigError
from ramstock_tui.feeds.ibkr.restart import RestartWindow
from ramstock_tui.feeds.ibkr.spec import Endpoint, IbkrSpec
from ramstock_tui.feeds.screening import Scan
from ramstock_tui.host import shadow
from ramstock_tui.host.day import date_at
from ramstock_tui.host.demo import Machine, unfinished
from ramstock_tui.host.disk_watch import DiskLimits
from ramstock_tui.host.refresher import Plan as UniversePlan
from ramstock_tui.host.shelf import key, open_shelf
from ramstock_tui.plain import clean
from ramstock_tui.store import floats
from ramstock_tui.verbs.demo_options import make_private
from ramstock_tui.verbs.shadow_options import ShadowOptions

BROKER_LOG = "broker.log"
LEARNED = "learned.sqlite3"
ASKED = "tapes-asked.json"
SPARE_MOST = 20  # lines for candidates: each is watched for a minute
ASKING = 100  # added to the client id of the connection that asks
LOT = 100
ENDPOINT_MISSING = "is empty; a gateway is named by [[ibkr.endpoints]] with host and port"


def directory_of(given: ShadowOptions) -> Path:
    """Where the session of now stands or begins; made when it is missing."""
    base = given.base()
    make_private(base)
    path = shadow.place(base, date_at(time.time_ns() + given.offset_ns()))
    make_private(path)
    return path


def open_shadow(
    given: ShadowOptions, loaded: settings.Settings, directory: Path
) -> shadow.ShadowRun:
    """The session of a directory: gone on with when it was begun, else a new one."""
    free = loaded.recording
    machine = Machine(
        DiskLimits(warn_mb=free.warn_free_mb, stop_mb=free.stop_free_mb),
        loaded.alerts,
        shelf=lambda: open_shelf(settings.state_dir(), loaded.redis_url),
    )
    spec = spec_of(loaded.ibkr)
    scans = None if loaded.universe.symbols else scan_plan(loaded, spec)
    if scans is not None:
        spec = without_lines(spec, scans.spare)
    plan = shadow.ShadowPlan(
        spec=spec,
        universe=scans,
        rules=loaded.rules,
        opened=None,
        base=directory.parent,
        offset_ns=given.offset_ns(),
        loaded=loaded,
        asked=settings.state_dir() / ASKED,
    )
    if unfinished(directory):
        live = shadow.go_on(directory, plan, machine)
    else:
        live = shadow.start(plan, directory, machine)
    log_to(directory / BROKER_LOG)
    return live


def load(given: ShadowOptions) -> settings.Settings:
    """The settings, with endpoints. Raises ConfigError where they name none."""
    overrides = {} if given.profile is None else {"profile": given.profile}
    loaded = settings.load(config=given.config, overrides=overrides)
    for line in loaded.warnings:
        sys.stderr.write(f"ramstock: {line}\n")
    if not loaded.ibkr.endpoints:
        raise ConfigError("settings", "ibkr.endpoints", ENDPOINT_MISSING)
    return loaded


def spec_of(found: settings.IbkrSettings) -> IbkrSpec:
    """What the feed is told."""
    restart = None
    if found.restart_s is not None:
        restart = RestartWindow(found.restart_s, found.restart_for_s)
    return IbkrSpec(
        endpoints=tuple(
            Endpoint(
                each.host,
                each.port,
                each.client_id,
                each.max_lines,
                each.max_depth,
                each.max_tick_by_tick,
            )
            for each in found.endpoints
        ),
        symbols=found.symbols,
        smart_depth=found.smart_depth,
        depth_rows=found.depth_rows,
        shares_per_unit=LOT if found.sizes_in_lots else 1,
        news=found.news,
        restart=restart,
    )


def scan_plan(loaded: settings.Settings, spec: IbkrSpec) -> shadow.ScanPlan:
    """How the universe is made from scans. Raises FloatFileError for files of the user."""
    asked = loaded.universe
    first = spec.endpoints[0]
    spare = min(SPARE_MOST, max(1, first.max_lines // 5))
    lines = sum(each.max_lines for each in spec.endpoints) - spare
    today = datetime.now(UTC).date()
    xbi, _ = floats.read_symbols(asked.xbi_file or floats.XBI)
    return shadow.ScanPlan(
        plan=UniversePlan(
            limits=asked.limits[loaded.acting],
            refresh_s=asked.refresh_s,
            ttl_s=asked.ttl_s,
            lines=lines,
            key=key(shadow.MODE),
        ),
        scans=tuple(Scan(s.name, s.code, s.instrument, s.location, s.filters) for s in asked.scans),
        pinned=asked.pinned,
        max_rows=asked.max_rows,
        spare=spare,
        floats=floats.FloatFile(asked.float_file or settings.data_dir() / "float.csv", today),
        xbi=xbi,
        learned=settings.state_dir() / LEARNED,
        client_id=first.client_id + ASKING,
    )


def without_lines(spec: IbkrSpec, spare: int) -> IbkrSpec:
    """The first endpoint keeps some lines for candidates of the universe."""
    first, *rest = spec.endpoints
    first = msgspec.structs.replace(first, max_lines=first.max_lines - spare)
    return msgspec.structs.replace(spec, endpoints=(first, *rest))


def log_to(path: Path) -> None:
    """What the broker's library says goes to a file of the session, never to a terminal."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    handler = logging.StreamHandler(os.fdopen(fd, "a"))
    handler.setFormatter(_Plain("%(asctime)s %(name)s %(levelname)s %(message)s"))
    for name in ("ib_async", "eventkit", "ramstock.ibkr", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    for name in ("ib_async.client", "ib_async.wrapper", "ib_async.Decoder"):
        logging.getLogger(name).setLevel(logging.INFO)


class _Plain(logging.Formatter):
    """Lines without what a terminal could obey, of bounded length."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record), 2_000)
