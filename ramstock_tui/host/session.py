"""A replayed session that somebody watches: paced rows, operator commands, optional recording."""

from collections.abc import Iterator
from typing import Protocol

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Command
from ramstock_tui.host.drive import Direct, Driver
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Chunk, Input
from ramstock_tui.link.schema import GuardRow

MAX_ROWS = 512  # rows between two looks at the operator, at full speed
LOG_ROWS = 200


class Clock(Protocol):
    """Monotonic ns, injected."""

    def __call__(self) -> int: ...


class Playback:
    """Inputs of a recording against a clock. speed_pct: 100 = as it was, 0 = as fast as it goes."""

    def __init__(
        self, engine: Engine, inputs: Iterator[Input], policy: str, clock: Clock, speed_pct: int
    ) -> None:
        self.engine = engine
        self.policy = policy
        self.recorder: Recorder | None = None
        self.driver = Driver(Direct(engine), policy)
        self.log: list[tuple[int, Decision]] = []  # (running number, decision), oldest first
        self.logged = 0
        self.paused = False
        self.done = False
        self.speed_pct = speed_pct
        self.now = 0  # event time shown
        self.rows_fed = 0
        self._clock = clock
        self._inputs = inputs
        self._next: Input | None = next(inputs, None)
        self._anchor = (clock(), 0)  # (monotonic ns, event ns) from which time runs

    def record_into(self, recorder: Recorder, skip_rows: int) -> None:
        """Record from here on; skip_rows: rows of the source that the recording holds already."""
        self.recorder = recorder
        self.driver = Driver(recorder, self.policy)
        while skip_rows and isinstance(self._next, Chunk):
            chunk = self._next
            n = min(skip_rows, len(chunk.rows))
            skip_rows -= n
            self.rows_fed += n
            rest = Chunk(chunk.first_seq + n, chunk.rows[n:], chunk.blob)
            self._next = rest if rest.rows else next(self._inputs, None)

    # pace ----------------------------------------------------------------------------------------
    def set_speed(self, speed_pct: int) -> None:
        """Go on from here at another speed."""
        self._anchor = (self._clock(), self.now)
        self.speed_pct = speed_pct

    def pause(self, paused: bool) -> None:
        """Event time stands still while paused."""
        self._anchor = (self._clock(), self.now)
        self.paused = paused

    def step(self) -> bool:
        """Bring event time up to the clock, or feed one portion at full speed. True when there is
        more to do at once."""
        if self.done or self.paused:
            self._take()
            return False
        if self._next is None:
            self._finish()
            return False
        if not self.now:
            self._start(self._first_ts(self._next))
        until = self._target()
        busy = self._feed(until)
        if not busy and self.speed_pct:
            self.now = max(self.now, until)
            self._tick(until)
        self._take()
        return busy

    def _start(self, ts: int) -> None:
        self.now = ts
        self._anchor = (self._clock(), ts)

    def _target(self) -> int:
        if not self.speed_pct:
            return 1 << 62
        since, event = self._anchor
        return event + (self._clock() - since) * self.speed_pct // 100

    def _feed(self, until: int) -> bool:
        """At most one portion of inputs with ts <= until."""
        item = self._next
        if item is None or self._first_ts(item) > until:
            return False
        if isinstance(item, Chunk):
            item = self._portion(item, until)
        else:
            self._next = next(self._inputs, None)
        self.driver.feed(item)
        self.now = max(self.now, item.rows[-1][0] if isinstance(item, Chunk) else item[1])
        return True

    def _portion(self, chunk: Chunk, until: int) -> Chunk:
        """The rows to feed now; a batch is never cut."""
        cut = min(MAX_ROWS, len(chunk.rows))
        while cut < len(chunk.rows) and chunk.rows[cut][0] == chunk.rows[cut - 1][0]:
            cut += 1
        if chunk.rows[cut - 1][0] > until:
            cut = len(chunk.split(until + 1)[0].rows)
        head = Chunk(chunk.first_seq, chunk.rows[:cut], chunk.blob)
        rest = Chunk(chunk.first_seq + cut, chunk.rows[cut:], chunk.blob)
        self._next = rest if rest.rows else next(self._inputs, None)
        self.rows_fed += cut
        return head

    @staticmethod
    def _first_ts(item: Input) -> int:
        return item.rows[0][0] if isinstance(item, Chunk) else item[1]

    def _tick(self, ts: int) -> None:
        if self.recorder is not None:
            self.recorder.tick(ts)
        else:
            self.engine.tick(ts)

    def _finish(self) -> None:
        self.driver.finish(self.now)
        self._tick(self.now)
        self._take()
        self.done = True

    # decisions -------------------------------------------------------------------------------------
    def _take(self) -> None:
        if self.recorder is not None:
            decisions, self.recorder.taken = self.recorder.taken, []
        else:
            decisions = self.engine.drain()
        for decision in decisions:
            self.logged += 1
            self.log.append((self.logged, decision))
        del self.log[:-LOG_ROWS]

    # operator --------------------------------------------------------------------------------------
    def command(self, command: Command) -> tuple[bool, str, tuple[GuardRow, ...]]:
        """What the person at the screen wants, at the event time that the screen shows."""
        if self.policy != "keys":
            return False, _REFUSALS[self.policy], ()
        if self.done:
            return False, "replay: the recording has ended", ()
        if not self.engine.lanes:
            return False, "replay: nothing has begun", ()
        ok, text, guards = self.driver.desk.command(None, self.now, command)
        self._take()
        return ok, text, tuple(GuardRow(*guard) for guard in guards)


_REFUSALS = {
    "ledger": "replay: commands come from the ledger",
    "all": "replay: --confirm all confirms by itself",
    "none": "replay: --confirm none leaves every card alone",
}
