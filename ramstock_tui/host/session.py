"""A replayed session that somebody watches: paced rows, operator commands, optional recording."""

from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import BLOB_KINDS, RESUMED, Command, Row
from ramstock_tui.host.drive import Direct, Driver
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Chunk, Input
from ramstock_tui.link.schema import GuardRow

MAX_ROWS = 512  # rows between two looks at the operator, at full speed
LOG_ROWS = 200


class Clock(Protocol):
    """Monotonic ns, injected."""

    def __call__(self) -> int: ...


class Source(Protocol):
    """What a recording knows after its last input."""

    @property
    def end_ts(self) -> int:
        """Event time that the session reached, ns."""
        ...

    @property
    def broken(self) -> str | None:
        """Where and why it ends too early, None = it does not."""
        ...


class Playback:
    """Inputs of a recording against a clock. speed_pct: 100 = as it was, 0 = as fast as it goes.
    source: what the inputs come from, None = something that just ends.
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
        self.note = ""  # what the operator must know about the recording
        self.rows_fed = 0
        self._clock = clock
        self._source = source
        self._inputs = inputs
        self._next: Input | None = next(inputs, None)
        self._anchor = (clock(), 0)  # (monotonic ns, event ns) from which time runs

    def record_into(self, recorder: Recorder) -> None:
        """Record from here on. A resumed recording goes on behind what it holds; market records
        and commands that died with its host, older than its restart, are gone as they would be
        live. What the session says of itself (symbols and the like) is said again."""
        self.recorder = recorder
        self.driver = Driver(recorder, self.policy)
        if not recorder.resumed_ts:
            return
        rest = _Rest(recorder)
        first = () if self._next is None else (self._next,)
        found = map(rest.of, chain(first, self._inputs))
        self._inputs = (item for item in found if item is not None)
        self._next = next(self._inputs, None)
        self._start(recorder.resumed_ts)

    # for the screen ------------------------------------------------------------------------------
    mode = "replay"
    clock_label = "REPLAY CLOCK"
    lag_p99_ms = 0
    stopped = ""  # what the disk refuses ends a replay

    @property
    def recording(self) -> bool:
        """A recorder writes down what happens."""
        return self.recorder is not None

    @property
    def speed(self) -> str:
        """`x10`, `max`, with ` paused` while it stands."""
        speed = f"x{self.speed_pct / 100:g}" if self.speed_pct else "max"
        return f"{speed} paused" if self.paused else speed

    def transport(self, verb: str, value: int) -> None:
        """`pause`, `play`, or `speed` in per cent, 0 = max."""
        if verb == "speed":
            self.set_speed(max(0, value))
        elif verb in ("pause", "play"):
            self.pause(verb == "pause")

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
            self.driver.tick(until)
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

    def _finish(self) -> None:
        if self._source is not None:
            self.now = max(self.now, self._source.end_ts)
            self.note = self._source.broken or ""
        self.driver.tick(self.now)
        self._take()
        self.done = True

    # decisions -----------------------------------------------------------------------------------
    def _take(self) -> None:
        if self.recorder is not None:
            decisions, self.recorder.taken = self.recorder.taken, []
        else:
            decisions = self.engine.drain()
        for decision in decisions:
            self.logged += 1
            self.log.append((self.logged, decision))
        del self.log[:-LOG_ROWS]

    # operator ------------------------------------------------------------------------------------
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


class _Rest:
    """What of a source's inputs a resumed recording does not hold yet."""

    def __init__(self, recorder: Recorder) -> None:
        self._since = recorder.resumed_ts
        self._rows = recorder.rows_then  # so many of this very instant are in it
        self._commands = recorder.commands_then
        self._blobs = recorder.blobs

    def of(self, item: Input) -> Input | None:
        """The part of an input that is to be fed; None = nothing."""
        if not isinstance(item, Chunk):
            return item if self._is_new_command(item[1]) else None
        rows = item.rows
        if self._blobs <= 0 and not self._rows and rows[0][0] > self._since:
            return item
        rows = [self._placed(row) for row in rows if self._is_new(row)]
        return Chunk(item.next_seq - len(rows), rows, item.blob) if rows else None

    def _is_new(self, row: Row) -> bool:
        ts, kind = row[0], row[2]
        if kind in BLOB_KINDS:
            self._blobs -= 1
            return self._blobs < 0
        if kind == RESUMED:
            return ts > self._since
        if ts == self._since and self._rows:
            self._rows -= 1
            return False
        return ts >= self._since

    def _placed(self, row: Row) -> Row:
        return row if row[0] >= self._since else (self._since, *row[1:])

    def _is_new_command(self, ts: int) -> bool:
        if ts == self._since and self._commands:
            self._commands -= 1
            return False
        return ts >= self._since


_REFUSALS = {
    "ledger": "replay: commands come from the ledger",
    "all": "replay: --confirm all confirms by itself",
    "none": "replay: --confirm none leaves every card alone",
}
