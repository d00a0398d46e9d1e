"""A session on the broker's market in which nothing is ever sent: the mode `shadow`."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from msgspec.structs import replace as replace_struct

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import SessionOpened
from ramstock_tui.errors import JournalError
from ramstock_tui.feeds.ibkr.answers import IbkrAnswers
from ramstock_tui.feeds.ibkr.feed import IbkrFeed
from ramstock_tui.feeds.ibkr.instrument import TAPE_AGAIN_S
from ramstock_tui.feeds.ibkr.spec import IbkrSpec, Known, Surroundings
from ramstock_tui.feeds.screening import Scan
from ramstock_tui.host.account_day import Day, open_day, resume_day
from ramstock_tui.host.alerts.desk import Alerts
from ramstock_tui.host.broker_facts import BrokerFacts, Screening
from ramstock_tui.host.clock import WallWatch
from ramstock_tui.host.day import date_at
from ramstock_tui.host.demo import MACHINE, Machine, unfinished
from ramstock_tui.host.live import LiveSession
from ramstock_tui.host.next_day import carried
from ramstock_tui.host.recorder import Recorder, begun
from ramstock_tui.host.refresher import Plan as UniversePlan
from ramstock_tui.host.refresher import Refresher
from ramstock_tui.host.source import Recording, rules_of
from ramstock_tui.host.summary import decision_hash
from ramstock_tui.journal.codec import FILE_HEADER, MODES
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.market_walk import Walk
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.settings import Settings
from ramstock_tui.store.learned import Learned

__all__ = ["MODE", "ShadowPlan", "ShadowRun", "go_on", "place", "start", "unfinished"]

MODE = "shadow"
REVIEW_NS = 3_600_000_000_000  # that the host stays after OFF without a screen
REHEARSAL = "REHEARSAL CLOCK"


@dataclass(frozen=True)
class ScanPlan:
    """How the universe is made. learned: where what is learned in a day is kept. client_id: of the
    connection that asks, at the first endpoint."""

    plan: UniversePlan
    scans: tuple[Scan, ...]
    pinned: tuple[str, ...]
    max_rows: int
    spare: int
    floats: Callable[[], dict[str, int]]
    xbi: frozenset[str]
    learned: Path | None
    client_id: int


@dataclass(frozen=True)
class ShadowPlan:
    """offset_ns: session clock minus wall clock, 0 = the session has the wall clock. base: the
    folder of the sessions of this mode. opened: what a session assumes when it is made up. loaded:
    the settings of one that belongs to an account: its phase, locks and limits come from there
    (`account_day`), and `opened` and `rules` are not used. universe: how it is made from scans;
    None = the symbols of the spec, always. speed_pct: of a market that is played faster. asked: the
    file of when tapes were asked for."""

    spec: IbkrSpec
    rules: Rules
    opened: SessionOpened | None
    base: Path
    offset_ns: int = 0
    mode: str = MODE
    loaded: Settings | None = None
    universe: ScanPlan | None = None
    speed_pct: int = 100
    asked: Path | None = None


class ShadowRun:
    """See `Run`."""

    caps: tuple[str, ...] = ()

    def __init__(
        self,
        recorder: Recorder,
        session: LiveSession,
        feed: IbkrFeed,
        plan: ShadowPlan,
        machine: Machine,
        day: Day | None,
    ) -> None:
        """For `start` and `go_on`. day: of its account."""
        self._day = day
        self.recorder = recorder
        self.session = session
        self._feed = feed
        self._plan = plan
        self._machine = machine

    @property
    def directory(self) -> Path:
        return self.recorder.dir.path

    def heard(self, wake: Callable[[], None]) -> None:
        self._feed.wake = wake

    def alone(self) -> str:
        """After OFF of the acting profile, and an hour for the review."""
        engine = self.session.engine
        if not engine.lanes or self.session.now < engine.acting.off_ns + REVIEW_NS:
            return ""
        return "the day is off and no screen looks"

    def leave(self) -> None:
        self._feed.close()
        self.session.leave()

    def close(self) -> None:
        self._feed.close()
        desk, engine = self.session.desk, self.session.engine
        self.session.close()
        if desk.stopped and not desk.resting:
            self.recorder.abandon()
            if self._day is not None:
                self._day.abandon()
            raise JournalError(f"{self.directory}: is not finished: {desk.stopped}")
        policy = Recording(self.directory).default_policy
        found = {"decisions": len(engine.history), "decision_hash": decision_hash(engine, policy)}
        about = self.recorder.dir.read_toml()
        self.recorder.close({**about, "session": {**about["session"], **found}})
        if self._day is not None:
            self._day.close(engine)

    def abandon(self) -> None:
        self._feed.close()
        self.session.abandon()
        self.recorder.abandon()
        if self._day is not None:
            self._day.abandon()

    def next_day(self) -> "ShadowRun":
        engine = self.session.engine
        if engine.session is None:
            raise JournalError(f"{self.directory}: holds no session")
        opened = carried(engine.session, engine.acting.state.net_e4, engine.acting.phase)
        begin = max(self.session.clock_ts, opened.midnight_ns)
        plan = replace(self._plan, opened=opened)
        return start(plan, place(plan.base, opened.date), self._machine, begin)


def place(base: Path, number: int) -> Path:
    """The directory of an exchange day, yyyymmdd: that of its unfinished session, else a new one:
    `2026-11-23`, and `2026-11-23-2` when the first session of that day was ended."""
    day = date(number // 10_000, number // 100 % 100, number % 100).isoformat()
    for n in count(1):
        path = base / (day if n == 1 else f"{day}-{n}")
        if not _finished(path):
            return path
    raise AssertionError


def _finished(path: Path) -> bool:
    market = SessionDir(path).market
    return market.exists() and begun(path) and MarketReader(market).sealed


def start(
    plan: ShadowPlan, directory: Path, machine: Machine = MACHINE, begin_ns: int | None = None
) -> ShadowRun:
    """A new session in a new or empty directory. begin_ns: session time at which its clock starts,
    None = now. Raises ScheduleError, AccountHeld (exit code 8), JournalError."""
    begin = time.time_ns() + plan.offset_ns if begin_ns is None else begin_ns
    day = None
    if plan.loaded is not None:
        date_ = date_at(begin)
        rehearsal = bool(plan.offset_ns)
        admission = "assumed" if plan.universe is None else "universe"
        day = open_day(
            plan.mode, date_, plan.loaded, directory, rehearsal=rehearsal, admission=admission
        )
    opened = plan.opened if day is None else day.opened
    if opened is None:
        raise JournalError(f"{directory}: nothing says what the session assumes")
    try:
        engine = Engine(plan.rules if day is None else day.rules, observe=True)
        session_id = os.urandom(16)
        recorder = Recorder.create(
            engine,
            directory,
            session_id=session_id,
            date=opened.date,
            mode=MODES.index(plan.mode),
            created_ns=time.time_ns(),
        )
        recorder.dir.write_toml(_about(plan, opened.date, session_id))
        run = _run(recorder, plan, machine, _Past(day=day))
        if begin_ns is None:  # its clock starts when it does, not when this did
            begin = time.time_ns() + plan.offset_ns
        run.session.open(opened, begin)
    except BaseException:
        if day is not None:
            day.abandon()
        raise
    return run


def go_on(directory: Path, plan: ShadowPlan, machine: Machine = MACHINE) -> ShadowRun:
    """A session whose host died: under its own rules and its own clock, with the endpoints and the
    symbols of now. What of the settings is tighter acts at once."""
    where = SessionDir.open(directory)
    if where.market.stat().st_size <= FILE_HEADER.size:  # killed before its first record
        where.market.unlink()
        where.ledger.unlink(missing_ok=True)
        return start(plan, directory, machine)
    clock = where.read_toml().get("clock", {})
    offset_ns = int(clock.get("offset_ns", 0)) if isinstance(clock, dict) else 0
    day = None if plan.loaded is None else resume_day(plan.mode, directory)
    plan = replace(plan, offset_ns=offset_ns)
    try:
        engine = Engine(rules_of(where) if day is None else day.rules, observe=True)
        asked = asked_ago_s(where)
        wanted = None if plan.loaded is None else plan.loaded.rules
        recorder = Recorder.resume(engine, directory, time.time_ns() + offset_ns, wanted)
        known = {
            s.ticker: Known(s.sym, s.info.con_id, s.info.tick_e4, asked.get(s.sym, 1e9))
            for s in engine.symbols.values()
        }
        run = _run(recorder, plan, machine, _Past(known, day))
        run.session.go_on()
    except BaseException:
        if day is not None:
            day.abandon()
        raise
    return run


def asked_ago_s(where: SessionDir) -> dict[int, float]:
    """Symbol id -> how long ago its tape was asked for, s, of those that the host which wrote the
    recording asked for in its last seconds: the broker refuses another request so soon."""
    since_s = max(0.0, time.time() - where.market.stat().st_mtime)
    found: dict[int, float] = {}
    with open(where.market, "rb") as file:
        walk = Walk(file.fileno())
        for block in walk.newest():
            for ts, sym, kind, _, _, _, aux in block.rows():
                if kind == r.FEED and aux == r.FEED_TAPE:
                    ago_s = since_s + (walk.last_ts - ts) / 1e9
                    found[sym] = min(ago_s, found.get(sym, ago_s))
            if walk.last_ts - ts > (TAPE_AGAIN_S + 1) * 1e9:
                break
    return found


@dataclass(frozen=True)
class _Past:
    """What an earlier host left: symbols by ticker; and the account's day."""

    known: dict[str, Known] = field(default_factory=dict)
    day: Day | None = None


def _run(recorder: Recorder, plan: ShadowPlan, machine: Machine, past: _Past) -> ShadowRun:
    feed = IbkrFeed(plan.spec, past.known)
    keeper = None
    if plan.universe is not None:
        keeper = _refresher(recorder, plan, machine, lambda: session.clock_ts)
    session = LiveSession(
        recorder,
        feed,
        machine.mono,
        mode=plan.mode,
        clock_label=REHEARSAL if plan.offset_ns else "",
        speed_pct=plan.speed_pct,
        limits=machine.limits,
        broker=feed,
        refresher=keeper,
        alerts=Alerts(machine.alerts, recorder.dir.path, machine.mono),
        wall=None if plan.speed_pct != 100 else _wall(plan, machine),
        keep=None if past.day is None else past.day.keep,
    )
    feed.attach(
        Surroundings(
            clock=lambda: session.clock_ts,
            engine=session.engine,
            lag_p95_ms=lambda: session.lag_p95_ms,
            rehearsal=bool(plan.offset_ns),
            asked=plan.asked,
        )
    )
    return ShadowRun(recorder, session, feed, plan, machine, past.day)


def _wall(plan: ShadowPlan, machine: Machine) -> WallWatch:
    return WallWatch(lambda: time.time_ns() + plan.offset_ns, machine.mono)


def _refresher(
    recorder: Recorder, plan: ShadowPlan, machine: Machine, clock: Callable[[], int]
) -> Refresher:
    asked, where = plan.universe, plan.spec.endpoints[0]
    assert asked is not None  # noqa: S101
    engine = recorder.engine
    facts = BrokerFacts(
        IbkrAnswers(where.host, where.port, asked.client_id, clock, plan.spec.news),
        Screening(
            asked.scans, asked.pinned, asked.max_rows, asked.plan.lines, asked.spare,
            asked.floats, asked.xbi, lambda: frozenset(engine.fda),
        ),
        Learned(asked.learned),
        clock,
    )  # fmt: skip
    shelf = None if machine.shelf is None else machine.shelf()
    named = replace_struct(asked.plan, run=recorder.session_id.hex())
    return Refresher(named, facts, shelf, machine.mono)


def _about(plan: ShadowPlan, number: int, session_id: bytes) -> dict[str, Any]:
    spec = plan.spec
    return {
        "session": {"mode": plan.mode, "date": number, "id": session_id.hex()},
        "clock": {"offset_ns": plan.offset_ns},
        "ibkr": {
            "endpoints": [each.name for each in spec.endpoints],
            "symbols": list(spec.symbols),
            "smart_depth": spec.smart_depth,
            "depth_rows": spec.depth_rows,
        },
    }
