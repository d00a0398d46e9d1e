"""The host of a session on the broker's market, from settings and command line."""

import logging
import os
import sys
import time
from pathlib import Path

from ramstock_tui import settings
from ramstock_tui.errors import ConfigError
from ramstock_tui.feeds.ibkr.spec import Endpoint, IbkrSpec
from ramstock_tui.host import shadow
from ramstock_tui.host.day import date_at
from ramstock_tui.host.demo import Machine, unfinished
from ramstock_tui.host.disk_watch import DiskLimits
from ramstock_tui.plain import clean
from ramstock_tui.verbs.demo_options import make_private
from ramstock_tui.verbs.shadow_options import ShadowOptions

BROKER_LOG = "broker.log"
LOT = 100
ENDPOINT_MISSING = "is empty; a gateway is named by [[ibkr.endpoints]] with host and port"
SYMBOLS_MISSING = 'is empty; name the stocks to watch, such as ["ABCD", "EFGH"]'


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
        DiskLimits(warn_mb=free.warn_free_mb, stop_mb=free.stop_free_mb), loaded.alerts
    )
    plan = shadow.ShadowPlan(
        spec=spec_of(loaded.ibkr),
        rules=loaded.rules,
        opened=None,
        base=directory.parent,
        offset_ns=given.offset_ns(),
        loaded=loaded,
    )
    if unfinished(directory):
        live = shadow.go_on(directory, plan, machine)
    else:
        live = shadow.start(plan, directory, machine)
    log_to(directory / BROKER_LOG)
    return live


def load(given: ShadowOptions) -> settings.Settings:
    """The settings, with endpoints and symbols. Raises ConfigError where they name none."""
    overrides = {} if given.profile is None else {"profile": given.profile}
    loaded = settings.load(config=given.config, overrides=overrides)
    for line in loaded.warnings:
        sys.stderr.write(f"ramstock: {line}\n")
    if not loaded.ibkr.endpoints:
        raise ConfigError("settings", "ibkr.endpoints", ENDPOINT_MISSING)
    if not loaded.ibkr.symbols:
        raise ConfigError("settings", "universe.symbols", SYMBOLS_MISSING)
    return loaded


def spec_of(found: settings.IbkrSettings) -> IbkrSpec:
    """What the feed is told."""
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
    )


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
