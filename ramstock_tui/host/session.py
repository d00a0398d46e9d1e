"""A replayed session that somebody watches: paced rows, jumps, operator commands, recording."""

from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Command
from ramstock_tui.feeds import Away
from ramstock_tui.host import landmarks, words
from ramstock_tui.host.drive import Driver
from ramstock_tui.host.landmarks import Landmarks
from ramstock_tui.host.passes import Pass, Source
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.rest import Rest
from ramstock_tui.host.rewind import Rewind
from ramstock_tui.host.seek import FAR, Seek
from ramstock_tui.host.source import Input
from ramstock_tui.host.survey import Survey
from ramstock_tui.link.schema import Alert, GuardRow, TimelineView
from ramstock_tui.schedule import utc_offset_s

LOG_ROWS = 200
NS = 1_000_000_000


class Clock(Protocol):
    """Monotonic ns, injected."""

    def __call__(self) -> int: ...


class Playback:
    """Inputs of a recording against a clock. speed_pct: 100 = as it was, 0 = as fast as it goes.
    source: what the inputs come from, None = something that just ends. rewind: makes passes for
    jumps; without one, and while it is recorded, the replay only goes on.
    """

    def __init__(
        self,
        engine: Engine,
        inputs: Iterator[Input],
        policy: str,
        clock: Clock,
        speed_pct: int,
        source: Source | None = None,
    ) -> None:
        self._begin(Pass(engine, inputs, policy, source), policy, clock, speed_pct)

    @classmethod
    def over(cls, rewind: Rewind, clock: Clock, speed_pct: int) -> "Playback":
        """One that can jump."""
        self = cls.__new__(cls)
        self._begin(rewind.begin(), rewind.policy, clock, speed_pct)
        self._rewind, self._survey = rewind, Survey(rewind.recording)
        return self

    def assume(self, what_if: str) -> None:
        """How its rules differ from those of the session, in words; "" = they do not."""
        self.what_if = self.note = what_if

    def _begin(self, run: Pass, policy: str, clock: Clock, speed_pct: int) -> None:
        self.run = run
        self.engine = run.engine
        self.policy = policy
        self.recorder: Recorder | None = None
        self.log: list[tuple[int, Decision]] = []  # (running number, decision), oldest first
        self.logged = 0
        self.paused = False
        self.done = False
        self.speed_pct = speed_pct
        self.now = 0  # event time shown
        self.what_if = ""
        self.note = ""  # what the operator must know about the recording
        self._clock = clock
        self._anchor = (clock(), 0)  # (monotonic ns, event ns) from which time runs
        self._rewind: Rewind | None = None
        self._survey: Survey | None = None
        self._seek: Seek | None = None
        self._landmarks = Landmarks()
        self._seen: tuple[int, Decision | None] = (0, None)  # how far the log is, and the last one
        self._noted = 0  # decisions of a pass that are landmarks
        self._known_ts = 0  # landmarks are complete up to there

    def record_into(self, recorder: Recorder) -> None:
        """Record from here on. A resumed recording goes on behind what it holds; market records
        and commands that died with its host, older than its restart, are gone as they would be
        live. What the session says of itself (symbols and the like) is said again."""
        self.recorder = recorder
        run = self.run
        run.driver = Driver(recorder, self.policy)
        if not recorder.resumed_ts:
            return
        rest = Rest(recorder)
        first = () if run.next is None else (run.next,)
        found = map(rest.of, chain(first, run.inputs))
        run.inputs = (item for item in found if item is not None)
        run.next = next(run.inputs, None)
        self._start(recorder.resumed_ts)

    # for the screen ------------------------------------------------------------------------------
    mode = "replay"
    lag_p99_ms = 0
    slots: tuple[int, ...] = ()  # a recording has none to give
    away = Away()  # and no endpoints
    discord = None  # a replay tells nobody anything
    stopped = ""  # what the disk refuses ends a replay

    @property
    def clock_label(self) -> str:
        """Whose clock it is, and whether the session ran under other rules."""
        return "WHAT-IF" if self.what_if else "REPLAY CLOCK"

    @property
    def recording(self) -> bool:
        """A recorder writes down what happens."""
        return self.recorder is not None

    @property
    def rows_fed(self) -> int:
        """Records since the pass that is shown began."""
        return self.run.rows_fed

    @property
    def speed(self) -> str:
        """`x10`, `max`, with ` paused` while it stands."""
        speed = f"x{self.speed_pct / 100:g}" if self.speed_pct else "max"
        return f"{speed} paused" if self.paused else speed

    def timeline(self) -> TimelineView | None:
        """Where the replay is between its ends; None where it cannot jump."""
        survey = self._survey
        if survey is None or self.recorder is not None:
            return None
        start, end = survey.start, max(survey.end, self.now)
        seek = self._seek
        return landmarks.view(
            self._landmarks,
            self.now,
            (start, end),
            max(self._known_ts, self.now),
            survey.gaps,
            None if seek is None else (min(seek.target, end), seek.done_pct(end)),
        )

    def heard(self) -> list[Alert]:
        """Nothing that was recorded is news."""
        return []

    def retry_alerts(self) -> str:
        """There is nothing to send."""
        return "a replay sends no alerts"

    # control -------------------------------------------------------------------------------------
    def transport(self, verb: str, value: int) -> str:
        """See `schema.Transport`."""
        if verb == "speed":
            self.set_speed(max(0, value))
        elif verb in ("pause", "play"):
            if self.done:
                return "the replay has ended"
            self.pause(verb == "pause")
        elif verb == "cancel":
            self._cancel()
        elif self._rewind is None or self.recorder is not None:
            return "this replay is being recorded: it only goes on"
        elif verb == "jump":
            return self.jump(value)
        elif verb in ("decision", "mark"):
            return self.go(value, major=verb == "mark")
        return ""

    def set_speed(self, speed_pct: int) -> None:
        """Go on from here at another speed."""
        self._anchor = (self._clock(), self.now)
        self.speed_pct = speed_pct

    def pause(self, paused: bool) -> None:
        """Event time stands still while paused."""
        self._anchor = (self._clock(), self.now)
        if paused and not self.paused and self._seek is None:
            self._rest()
        self.paused = paused

    def jump(self, ts: int) -> str:
        """Go to an event time, ns; why that cannot be, "" when it is under way."""
        survey = self._survey
        if self._rewind is None or survey is None:
            return "this replay cannot jump"
        if not survey.start <= ts <= survey.end and (ts < survey.start or survey.complete):
            ends = f"{_clock(survey.start)} to {_clock(survey.end)}"
            return f"{_clock(ts)} is outside of the session: {ends}"
        if self.done:
            self.paused = True
        self._seek = Seek(self._rewind, self.run, ts)
        return ""

    def go(self, by: int, *, major: bool) -> str:
        """To the next (+1) or previous (-1) decision, and stay there; why not, "" = under way."""
        rewind = self._rewind
        if rewind is None:
            return "this replay cannot jump"
        seek = self._seek
        now = self.now if seek is None or seek.target == FAR else seek.target
        ts = self._landmarks.beyond(now, by, major)
        if ts is None and (by < 0 or rewind.as_it_was or self.run.next is None):
            return "no earlier decision" if by < 0 else "no later decision"
        self.paused = True
        if ts is not None:
            self._seek = Seek(rewind, self.run, ts)
        else:
            self._seek = Seek(rewind, self.run, FAR, lambda run: self._new(run, now, major))
        return ""

    def _new(self, run: Pass, since: int, major: bool) -> int | None:
        """The first decision after `since` that this pass has come to."""
        self._learn(run)
        return self._landmarks.beyond(since, 1, major)

    def _cancel(self) -> None:
        """Stay where the shown pass is."""
        if self._seek is not None:
            self._seek = None
            self._rest()
            self._shown(self.run)

    def _rest(self) -> None:
        """Stand still: what is due at this very moment has happened."""
        if self._rewind is not None:
            self._rewind.drop()
        self.run.tick(self.run.now)

    # pace ----------------------------------------------------------------------------------------
    def step(self) -> bool:
        """Bring event time up to the clock, or feed one portion at full speed, or go on with a
        jump. True when there is more to do at once."""
        if self._seek is not None:
            return self._go_on(self._seek)
        run = self.run
        if self.done or self.paused:
            self._take()
            return self._look_ahead()
        if run.next is None:
            self._finish()
            return False
        if not self.now:
            self._start(run.next_ts)
        until = self._target()
        busy = run.feed(until) if self._rewind is None else self._rewind.step(run, until)
        if not busy and self.speed_pct:
            run.tick(until)
        self.now = run.now
        self._take()
        return busy or self._look_ahead()

    def _go_on(self, seek: Seek) -> bool:
        more = seek.step()
        run = seek.run
        if more or run is None:
            return True  # the moment that was shown stays on the screens until the jump is over
        self._seek = None
        end = FAR if run.next is not None or run.source is None else run.source.end_ts
        run.tick(min(seek.target, end))
        self._shown(run)
        if run.now >= end:
            self._finish()
        return False

    def _shown(self, run: Pass) -> None:
        """Show this pass where it is; time goes on from here."""
        self.run, self.engine = run, run.engine
        self.done = False
        self._start(run.now)
        self._take()

    def _look_ahead(self) -> bool:
        return self._survey is not None and self._survey.step()

    def _start(self, ts: int) -> None:
        self.now = self.run.now = ts
        self._anchor = (self._clock(), ts)

    def _target(self) -> int:
        if not self.speed_pct:
            return FAR
        since, event = self._anchor
        return event + (self._clock() - since) * self.speed_pct // 100

    def _finish(self) -> None:
        run = self.run
        if run.source is not None:
            run.now = max(run.now, run.source.end_ts)
            self.note = run.source.broken or self.what_if
        run.tick(run.now)
        self.now = run.now
        self._take()
        self.done = True

    # decisions -----------------------------------------------------------------------------------
    def _take(self) -> None:
        if self.recorder is not None:
            self.recorder.taken = []
        else:
            self.engine.drain()
        history = self.engine.history
        n, last = self._seen
        if len(history) < n or (n and history[n - 1] is not last):
            n, self.log, self.logged = 0, [], 0  # another pass, or a restart forgot some
        if len(history) > n:
            new = enumerate(history[n:], start=n + 1)
            opened = self.engine.session
            acting = None if opened is None else opened.acting
            self.log += [(n, d) for n, d in new if words.shown(d, acting)]
            self.log = self.log[-LOG_ROWS:]
            self.logged = self.log[-1][0] if self.log else 0
            self._seen = len(history), history[-1]
        self._learn(self.run)

    def _learn(self, run: Pass) -> None:
        """Decisions become landmarks: where the session is replayed as it was, those of its ledger,
        else what a pass has come to."""
        engine, rewind = run.engine, self._rewind
        if rewind is None or not engine.lanes or self._known_ts == FAR:
            return
        acting = engine.acting.profile.name
        if rewind.as_it_was:
            self._landmarks.add(rewind.recording.decisions, acting)
            self._known_ts = FAR
            return
        self._landmarks.add(engine.history[self._noted :], acting)
        self._noted = max(self._noted, len(engine.history))
        self._known_ts = max(self._known_ts, run.now)

    # operator ------------------------------------------------------------------------------------
    def command(self, command: Command) -> tuple[bool, str, tuple[GuardRow, ...]]:
        """What the person at the screen wants, at the event time that the screen shows."""
        if self.policy != "keys":
            return False, _REFUSALS[self.policy], ()
        if self.done:
            return False, "replay: the recording has ended", ()
        if not self.engine.lanes:
            return False, "replay: nothing has begun", ()
        ok, text, guards = self.run.driver.desk.command(None, self.now, command)
        self._take()
        return ok, text, tuple(GuardRow(*guard) for guard in guards)


def _clock(ts: int) -> str:
    """Exchange time of day: `10:29:59`."""
    s = (ts // NS + utc_offset_s(ts)) % 86_400
    return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}"


_REFUSALS = {
    "ledger": "replay: commands come from the ledger",
    "all": "replay: --confirm all confirms by itself",
    "none": "replay: --confirm none leaves every card alone",
}
