"""A session that runs with its own clock: a feed into the recorder, the operator's commands."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.listing import Universe
from ramstock_tui.core.records import Command, RequestSlot, Row, SessionOpened
from ramstock_tui.feeds import Away, BrokerFeed, Feed, Portion
from ramstock_tui.host import words
from ramstock_tui.host.alerts.desk import Alerts
from ramstock_tui.host.clock import WallWatch
from ramstock_tui.host.disk_watch import DiskLimits, DiskWatch
from ramstock_tui.host.keeper import Keeper
from ramstock_tui.host.lag import Lag
from ramstock_tui.host.next_day import NEVER, day_ends_ns
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.refresher import Refresher
from ramstock_tui.host.session import LOG_ROWS
from ramstock_tui.host.source import Chunk
from ramstock_tui.link.schema import Alert, DiscordRow, GuardRow, TimelineView
from ramstock_tui.settings.alerts import AlertSettings

STALL_NS = 1_000_000_000  # the loop stood for so long: what the books say is not now any more
WARM_NS = 3_000_000_000  # after the start; latencies count from then on
SLICE_NS = 50_000_000  # session time that one step brings at most, so that screens get their turn


@dataclass(frozen=True)
class SessionClock:
    """Session time from a monotonic clock. start: session time, ns, at the monotonic `since`.
    speed_pct: 100 = real speed."""

    start: int
    since: int
    speed_pct: int = 100

    def at(self, mono: int) -> int:
        """Session time, ns."""
        return self.start + (mono - self.since) * self.speed_pct // 100

    def mono(self, ts: int) -> int:
        """The monotonic time at which session time is ts."""
        return self.since + (ts - self.start) * 100 // self.speed_pct


class LiveSession:
    """See `Watched`. Everything is recorded before the engine sees it; limits: of the disk that
    takes it. mono: monotonic ns. wall: session time follows the wall clock (not with speed_pct);
    None = it runs by itself. keep: called with new decisions before anybody sees them; what is
    wrong then, in words (see `account_day.py`). alerts: None = nobody but the screens is told.
    refresher: keeps the universe of the day; None = there is none.
    """

    policy = "keys"

    def __init__(
        self,
        recorder: Recorder,
        feed: Feed,
        mono: Callable[[], int],
        *,
        mode: str,
        clock_label: str,
        speed_pct: int = 100,
        limits: DiskLimits | None = None,
        alerts: Alerts | None = None,
        wall: WallWatch | None = None,
        keep: Callable[[Engine, list[Decision]], str] | None = None,
        broker: BrokerFeed | None = None,
        refresher: Refresher | None = None,
    ) -> None:
        """broker: the feed once more, when it is one that a broker gives."""
        self.engine = recorder.engine
        self.mode = mode
        self.clock_label = clock_label
        self.log: list[tuple[int, Decision]] = []
        self.logged = 0
        self.decided = 0  # decisions so far, shown or not
        self.now = 0
        self._more = ""  # what stands behind the feed's own note
        self._broker = broker
        self.done = False
        self.lag = Lag()
        self.rows_fed = 0
        self.stalls = 0
        self._recorder = recorder
        watch = DiskWatch(recorder.dir.path, limits or DiskLimits())
        self.desk = Keeper(recorder, watch, mono)
        self.alerts = alerts or Alerts(AlertSettings(), recorder.dir.path, mono)
        self._feed = feed
        self._refresher = refresher
        self._followed: Universe | None = None
        self._mono = mono
        self._wall = wall
        self._keep = keep
        self._trouble = ""
        self._speed_pct = speed_pct
        self._ends = NEVER  # the first instant that belongs to the next exchange day
        self._clock = SessionClock(0, mono(), speed_pct)
        self._stepped = mono()  # when the last step began
        self._warm_at: int | None = None  # monotonic ns, None = it is warm

    # begin ---------------------------------------------------------------------------------------
    def open(self, opened: SessionOpened, ts: int) -> None:
        """A new session whose clock starts at ts."""
        blob = msgspec.msgpack.encode(opened)
        row = (ts, 0, r.SESSION, r.LAST, 0, 0, len(blob))
        self._start(ts)
        self._ends = day_ends_ns(opened)
        self._take(([row], blob))
        self._note_decisions()
        self._take(self._feed.begin(ts))
        self._refresh(begins=True, restore=True)
        self.alerts.begin(self)

    def go_on(self) -> None:
        """A session whose host died: its clock goes on where the recording ends, and where it
        follows the wall clock from now: reading the recording took a while."""
        ts = self._recorder.resumed_ts
        if self._wall is not None:
            ts = max(ts, self._wall.now())
        self._start(ts)
        if self.engine.session is not None:
            self._ends = day_ends_ns(self.engine.session)
        self.decided = len(self.engine.history)
        self._kept(self._recorder.taken)
        self._recorder.taken = []  # what the restart decided stands in the history too
        numbered = enumerate(self.engine.history, start=1)
        self.log = [(n, d) for n, d in numbered if words.shown(d, self._acting)][-LOG_ROWS:]
        self.logged = self.log[-1][0] if self.log else 0
        self._take(self._feed.again(ts, self._recorder.lasts))
        self._refresh(begins=True)
        self._more = "engine restarted"
        self.alerts.begin(self)

    def _start(self, ts: int) -> None:
        self.now = ts
        self._stepped = self._mono()
        self._clock = SessionClock(ts, self._stepped, self._speed_pct)
        self._warm_at = self._stepped + WARM_NS

    # run -----------------------------------------------------------------------------------------
    @property
    def day_over(self) -> bool:
        """The exchange day has ended: nothing more happens in this session."""
        return self.now >= self._ends - 1

    @property
    def clock_ts(self) -> int:
        """Session time by the clock, ns; `now` follows it."""
        return self._clock.at(self._mono())

    @property
    def recording(self) -> bool:
        """Inputs and decisions are written down."""
        return not self.desk.stopped

    @property
    def stopped(self) -> str:
        """Why nothing is recorded and so nothing decided, "" while all is well."""
        return self.desk.stopped

    @property
    def note(self) -> str:
        """What the operator must know of the market and the disk."""
        keeper = self._refresher
        universe = "" if keeper is None else keeper.words(self.engine.universe)
        parts = (self._feed.note, self._more, self.desk.warning, self._trouble, universe)
        return " · ".join(part for part in parts if part)

    @property
    def slots(self) -> tuple[int, ...]:
        """Of a broker's feed: lines, books and tapes that are served, each with how many it gives;
        empty for any other."""
        return self._broker.figures() if self._broker is not None else ()

    @property
    def away(self) -> Away:
        """Endpoints of a broker's feed that bring nothing now; none of any other."""
        return self._broker.away() if self._broker is not None else Away()

    @property
    def lag_p95_ms(self) -> int:
        """Ingest to decision, p95 of the last while, rounded up to ms."""
        return self.lag.recent_p95_ms()

    @property
    def speed(self) -> str:
        """`x10`; "" at real speed."""
        return "" if self._speed_pct == 100 else f"x{self._speed_pct / 100:g}"

    @property
    def lag_p99_ms(self) -> int:
        """Ingest to decision, p99 of the last while, rounded up to ms."""
        return self.lag.recent_p99_ms()

    def step(self) -> bool:
        """Bring the market up to the clock, at most one slice; True when there is more."""
        mono = self._mono()
        stood, self._stepped = mono - self._stepped, mono
        if stood > STALL_NS:
            self._stalled(mono)
        if self._warm_at is not None and mono >= self._warm_at:
            self.lag, self._warm_at = Lag(), None
        if self._wall is not None:
            self._compare(self._wall, mono)
        due = min(self._clock.at(mono), self._ends - 1)
        until = min(due, self.now + SLICE_NS)
        if self._refresher is not None:
            until = max(self.now, min(until, self._refresher.stop_ts(self.now)))
        self._take(self._feed.rows(until))
        self.now = max(self.now, until)
        self._refresh()
        self.desk.tick(self.now)
        if self.desk.back(self.now) is not None:
            self._take(self._feed.again(self.now, {}))
        self._note_decisions()
        self.alerts.look(mono)
        return until < due

    def _refresh(self, *, begins: bool = False, restore: bool = False) -> None:
        """What the universe brings at this instant; the broker's feed watches its members."""
        keeper = self._refresher
        if keeper is None:
            return
        if begins:
            self._take(keeper.open(self.now, self.engine, restore=restore))
        else:
            self._take(keeper.step(self.now, self.engine))
        universe = self.engine.universe
        if self._broker is not None and universe is not None and universe is not self._followed:
            self._followed = universe
            self._broker.follow(tuple(one.ticker for one in universe.members))

    def _compare(self, wall: WallWatch, mono: int) -> None:
        """Where the wall clock and session time parted: what came until then stands before the
        step; after a jump session time goes on from there and the market begins anew."""
        due = self._clock.at(mono)
        step = wall.look(due)
        if step is None:
            return
        self._take(self._feed.rows(min(due, self._ends - 1)))
        self.now = max(self.now, min(step[0], self._ends - 1))
        self._take(([(self.now, *step[1:])], b""))
        if step[0] > due:
            self._clock = SessionClock(step[0], mono)
            self._take(self._feed.again(self.now, {}))

    def _stalled(self, mono: int) -> None:
        """This process stood still: nothing from before may count as current."""
        self.stalls += 1
        self.now = min(self._clock.at(mono), self._ends - 1)
        self._take(self._feed.again(self.now, {}))

    def _take(self, portion: Portion) -> None:
        rows, blob = portion
        if not rows:
            return
        first: Row = rows[0]
        self.desk.rows(Chunk(0, rows, blob))
        self.rows_fed += len(rows)
        self.lag.add(self._mono() - self._clock.mono(first[0]))

    def _note_decisions(self) -> None:
        decisions, self._recorder.taken = self._recorder.taken, []
        self._kept(decisions)
        notices, self.desk.notices = self.desk.notices, []
        if self._broker is not None and self._broker.notices:
            notices += self._said(self._broker)
        if decisions:
            self.alerts.decided(decisions)
        for decision in decisions + notices:
            self.decided += 1
            if words.shown(decision, self._acting):
                self.logged = self.decided
                self.log.append((self.logged, decision))
        del self.log[:-LOG_ROWS]

    def _said(self, broker: BrokerFeed) -> list[Decision]:
        """Lines of the feed for the log; no decisions, so they are not written down."""
        said, broker.notices[:] = broker.notices[:], []
        seq = self.engine.seq
        return [
            Decision("feed", seq, n.ts, 0, "", n.ticker, info={"text": n.text, "level": n.level})
            for n in said
        ]

    @property
    def _acting(self) -> str | None:
        opened = self.engine.session
        return None if opened is None else opened.acting

    def _kept(self, decisions: list[Decision]) -> None:
        if self._keep is not None and decisions:
            self._trouble = self._keep(self.engine, decisions)

    # alerts --------------------------------------------------------------------------------------
    def wall_s(self, ts: int) -> int:
        """Wall time, s since the epoch, at which session time is ts."""
        return round(time.time() + (ts - self.clock_ts) * 100 / self._speed_pct / 1e9)

    @property
    def discord(self) -> DiscordRow | None:
        """How alerts get out."""
        return self.alerts.row()

    def heard(self) -> list[Alert]:
        """Alerts since the last call."""
        return self.alerts.heard()

    def retry_alerts(self) -> str:
        """Send again what could not be delivered."""
        return self.alerts.retry()

    # end -----------------------------------------------------------------------------------------
    def leave(self) -> None:
        """The loop ends: what runs in it for the universe ends too."""
        if self._refresher is not None:
            self._refresher.leave()

    def close(self) -> None:
        """Nothing runs on behind the session."""
        self.alerts.close()
        self._ended()

    def abandon(self) -> None:
        """The same, of a session that is gone on with later."""
        self.alerts.abandon()
        self._ended()

    def _ended(self) -> None:
        self.desk.close()
        if self._refresher is not None:
            self._refresher.close()

    def figures(self) -> dict[str, Any]:
        """What a benchmark asks for at the end."""
        return {"rows": self.rows_fed, "stalls": self.stalls, "lag": self.lag.snapshot()}

    # operator ------------------------------------------------------------------------------------
    def command(self, command: Command) -> tuple[bool, str, tuple[GuardRow, ...]]:
        """Judged with the newest event: the market is brought up to the clock as it is now, also by
        a host that never quite catches up with it."""
        due = self._clock.at(self._mono())
        while self.step() and self.now < due:
            pass
        ok, text, guards = self.desk.command(None, self.now, command)
        if ok and isinstance(command, RequestSlot) and self._broker is not None:
            self._broker.request_slot(command.ticker)
        self._note_decisions()
        return ok, text, tuple(GuardRow(*guard) for guard in guards)

    def transport(self, verb: str, value: int) -> str:
        """A market cannot be paused."""
        return "the market goes on by itself"

    def timeline(self) -> TimelineView | None:
        """It has no end yet."""
        return None
