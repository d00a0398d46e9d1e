"""A demo session: made new or gone on with after its host died."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import SessionOpened
from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host.alerts.desk import Alerts
from ramstock_tui.host.demo_facts import DemoFacts
from ramstock_tui.host.disk_watch import DiskLimits
from ramstock_tui.host.live import LiveSession
from ramstock_tui.host.next_day import carried, directory_beside
from ramstock_tui.host.recorder import Recorder, begun
from ramstock_tui.host.refresher import Plan as UniversePlan
from ramstock_tui.host.refresher import Refresher
from ramstock_tui.host.source import Recording, rules_of
from ramstock_tui.host.summary import decision_hash
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.settings.alerts import AlertSettings
from ramstock_tui.store.worker import Worker

MODE_DEMO = MODES.index("demo")
NO_LIMITS = DiskLimits()
NO_ALERTS = AlertSettings()
CLOCK_LABEL = "DEMO CLOCK"


@dataclass(frozen=True)
class DemoPlan:
    """A new demo session. speed_pct: 100 = real speed. opened: with the date, phase and equity
    that it assumes (rulings 9). universe: None = it has none."""

    spec: DemoSpec
    speed_pct: int
    opened: SessionOpened
    rules: Rules
    universe: UniversePlan | None = None


@dataclass(frozen=True)
class Machine:
    """What a session takes from the machine it runs on: limits of the disk, where alerts go,
    monotonic ns, where the universe is kept for others (None = nowhere)."""

    limits: DiskLimits = NO_LIMITS
    alerts: AlertSettings = NO_ALERTS
    mono: Callable[[], int] = time.monotonic_ns
    shelf: Callable[[], Worker] | None = None


MACHINE = Machine()


class DemoRun:
    """One demo session of this process: its recorder and the session that screens see."""

    caps: tuple[str, ...] = ("end",)

    def __init__(
        self,
        recorder: Recorder,
        session: LiveSession,
        about: dict[str, Any],
        machine: Machine,
        wanted: Rules,
    ) -> None:
        """For `start` and `go_on`."""
        self.recorder = recorder
        self.session = session
        self._about = about
        self._machine = machine
        self._wanted = wanted

    @property
    def directory(self) -> Path:
        """Where it is recorded."""
        return self.recorder.dir.path

    def close(self) -> None:
        """End the session cleanly: sealed and described. Raises JournalError, and leaves it as it
        stands, when the disk refuses that or had refused to record and has not come back."""
        desk, engine = self.session.desk, self.session.engine
        self.session.close()
        if desk.stopped and not desk.resting:
            self.recorder.abandon()
            raise JournalError(f"{self.directory}: is not finished: {desk.stopped}")
        found = {"decisions": len(engine.history), "decision_hash": self._hash(engine)}
        self.recorder.close({**self._about, "session": {**self._about["session"], **found}})

    def next_day(self) -> "DemoRun":
        """After `close`, when the day is over: the session of the next exchange day, in a directory
        beside this one. The same market, shifted to its date, under the rules as configured."""
        engine = self.session.engine
        if engine.session is None:
            raise JournalError(f"{self.directory}: holds no session")
        opened = carried(engine.session, engine.acting.state.net_e4, engine.acting.phase)
        spec, speed_pct = _spec(self.recorder.dir, self._about)
        shift_ns = opened.midnight_ns - engine.session.midnight_ns
        spec = msgspec.structs.replace(spec, start_ns=spec.start_ns + shift_ns)
        where = directory_beside(self.directory, opened.date, str(spec.seed))
        begin = max(self.session.clock_ts, opened.midnight_ns)
        plan = DemoPlan(spec, speed_pct, opened, self._wanted, _universe(self._about))
        return start(plan, where, self._machine, begin)

    def heard(self, wake: Callable[[], None]) -> None:
        """The market asks for nothing."""

    def alone(self) -> str:
        """`linger_s` of the host says how long it stays without a screen."""
        return ""

    def leave(self) -> None:
        """Nothing of it runs in the loop."""

    def abandon(self) -> None:
        """Leave it as it stands; the same directory can be gone on with."""
        self.session.abandon()
        self.recorder.abandon()

    def _hash(self, engine: Engine) -> str:
        return decision_hash(engine, Recording(self.directory).default_policy)


def start(
    plan: DemoPlan, directory: Path, machine: Machine = MACHINE, begin_ns: int | None = None
) -> DemoRun:
    """A new session in a new or empty directory. begin_ns: session time at which its clock starts,
    None = where the market's script does."""
    engine = Engine(plan.rules, observe=True)
    session_id = os.urandom(16)
    recorder = Recorder.create(
        engine,
        directory,
        session_id=session_id,
        date=plan.opened.date,
        mode=MODE_DEMO,
        created_ns=time.time_ns(),
    )
    about: dict[str, Any] = {
        "session": {"mode": "demo", "date": plan.opened.date, "id": session_id.hex()},
        "demo": {
            "speed_pct": plan.speed_pct,
            **{k: v for k, v in msgspec.to_builtins(plan.spec).items() if v is not None},
        },
    }
    if plan.universe is not None:
        kept = msgspec.structs.replace(plan.universe, run="")
        about["universe"] = {"plan": msgspec.json.encode(kept).decode()}
    recorder.dir.write_toml(about)
    session = _session(recorder, plan.spec, plan.speed_pct, machine, plan.universe)
    session.open(plan.opened, plan.spec.start_ns if begin_ns is None else begin_ns)
    return DemoRun(recorder, session, about, machine, plan.rules)


def go_on(directory: Path, machine: Machine = MACHINE, wanted: Rules | None = None) -> DemoRun:
    """A session whose host died, with the market that it was begun with. wanted: the rules as
    configured now, which may tighten its own and count from the next day; None = its own. Raises
    RamstockError when it was finished: a finished demo is never opened again."""
    where = SessionDir.open(directory)
    if MarketReader(where.market).sealed:
        raise RamstockError(f"{directory}: this demo is finished; a new one gets a new directory")
    about = where.read_toml()
    spec, speed_pct = _spec(where, about)
    engine = Engine(rules_of(where), observe=True)
    recorder = Recorder.resume(engine, directory, spec.start_ns, wanted)
    session = _session(recorder, spec, speed_pct, machine, _universe(about))
    session.go_on()
    return DemoRun(recorder, session, about, machine, wanted or engine.rules)


def unfinished(directory: Path) -> bool:
    """Does a session stand there that was begun?"""
    return directory.is_dir() and begun(directory)


def _spec(where: SessionDir, about: dict[str, Any]) -> tuple[DemoSpec, int]:
    try:
        found = dict(about["demo"])
        speed_pct = int(found.pop("speed_pct"))
        return msgspec.convert(found, DemoSpec), speed_pct
    except (KeyError, TypeError, ValueError) as problem:
        raise JournalError(f"{where.toml}: [demo]: cannot be read: {problem}") from problem


def _universe(about: dict[str, Any]) -> UniversePlan | None:
    if "universe" not in about:
        return None
    try:
        return msgspec.json.decode(about["universe"]["plan"], type=UniversePlan)
    except (KeyError, TypeError, msgspec.DecodeError) as problem:
        raise JournalError(f"session.toml: [universe]: cannot be read: {problem}") from problem


def _session(
    recorder: Recorder,
    spec: DemoSpec,
    speed_pct: int,
    machine: Machine,
    universe: UniversePlan | None,
) -> LiveSession:
    market = DemoMarket(spec)
    refresher = None
    if universe is not None:
        shelf = None if machine.shelf is None else machine.shelf()
        plan = msgspec.structs.replace(universe, run=recorder.session_id.hex())
        refresher = Refresher(plan, DemoFacts(market.scan()), shelf, machine.mono)
    return LiveSession(
        recorder,
        market,
        machine.mono,
        mode="demo",
        clock_label=CLOCK_LABEL,
        speed_pct=speed_pct,
        limits=machine.limits,
        alerts=Alerts(machine.alerts, recorder.dir.path, machine.mono),
        refresher=refresher,
    )
