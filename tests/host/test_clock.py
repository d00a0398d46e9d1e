"""Session time and the wall clock: a jump forward is recorded and makes all data stale; a step back
warns and moves nothing."""

from pathlib import Path

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Lock, join_i64
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host.clock import APART_NS, LOOK_NS, WallWatch
from ramstock_tui.host.live import LiveSession
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import compare
from ramstock_tui.host.words import log_text
from tests.core.sessions import rules
from tests.host.help import Clock, ran_from
from tests.session_writer import DATE, MS, at, opened

S = 1_000 * MS
START = at("09:31:00")


class Wall:
    """A wall clock that runs with the monotonic one until the test sets it."""

    def __init__(self, mono: Clock) -> None:
        self.offset = START - mono.ns
        self._mono = mono

    def __call__(self) -> int:
        return self._mono.ns + self.offset


class Machine:
    """A watch and its two clocks; session time is START plus monotonic time plus the shift."""

    def __init__(self) -> None:
        self.mono = Clock()
        self.wall = Wall(self.mono)
        self.watch = WallWatch(self.wall, self.mono)
        self._since = self.mono.ns

    def look(self) -> r.Row | None:
        self.mono.ns += LOOK_NS
        return self.watch.look(START + self.mono.ns - self._since + self.watch.shift)


def ns_of(row: r.Row) -> int:
    return join_i64(row[4], row[5])


@pytest.mark.parametrize("step", [APART_NS + 1, 3_600 * S])
def test_a_wall_clock_set_forward_takes_session_time_along(step: int) -> None:
    machine = Machine()
    assert machine.look() is None
    machine.wall.offset += step
    row = machine.look()
    assert row is not None
    assert (row[0], row[2], row[6], ns_of(row)) == (machine.wall(), r.CLOCK, r.CLOCK_FORWARD, step)
    assert [machine.look() for _ in range(3)] == [None] * 3


@pytest.mark.parametrize("step", [APART_NS, -APART_NS, 0])
def test_up_to_200_ms_is_no_step(step: int) -> None:
    machine = Machine()
    machine.wall.offset += step
    assert [machine.look() for _ in range(3)] == [None] * 3


@pytest.mark.parametrize("step", [APART_NS + 1, 3_600 * S])
def test_a_wall_clock_set_back_is_said_once_and_moves_nothing(step: int) -> None:
    machine = Machine()
    machine.wall.offset -= step
    row = machine.look()
    assert row is not None
    assert (row[6], ns_of(row), machine.watch.shift) == (r.CLOCK_BEHIND, step, 0)
    assert row[0] == machine.wall() + step
    assert machine.look() is None
    machine.wall.offset += step  # set right again: session time is the wall clock's once more
    assert machine.look() is None
    machine.wall.offset -= step
    assert machine.look() is not None


def test_it_looks_twice_a_second_only() -> None:
    machine = Machine()
    machine.look()
    machine.wall.offset += 10 * S
    machine.mono.ns += LOOK_NS - 1
    assert machine.watch.look(machine.mono.ns) is None


class Live:
    """A session of the demo market whose time is that of the wall clock."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.mono = Clock()
        self.wall = Wall(self.mono)
        self.recorder = Recorder.create(
            Engine(rules()), out, session_id=b"0" * 16, date=DATE, mode=0, created_ns=START
        )
        self.session = self._session()
        self.session.open(opened(allow_partial_vwap=True), self.wall())

    def _session(self) -> LiveSession:
        return LiveSession(
            self.recorder,
            DemoMarket(DemoSpec(start_ns=START, symbols=4)),
            self.mono,
            mode="shadow",
            clock_label="",
            wall=WallWatch(self.wall, self.mono),
        )

    def killed(self) -> None:
        """Another host goes on with it at once."""
        self.session.desk.close()
        self.recorder.abandon()
        self.recorder = Recorder.resume(Engine(rules()), self.out, self.wall())
        self.session = self._session()
        self.session.go_on()

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.mono.ns += 50 * MS
            while self.session.step():
                pass

    def said(self) -> list[str]:
        return [log_text(d) for d in self.session.engine.history if d.kind == "clock"]

    def verify(self) -> None:
        self.session.desk.close()
        self.recorder.close({})
        again = ran_from(self.out, Recording(self.out).default_policy)
        assert compare(self.session.engine.history, again.history) == 0


def test_after_a_jump_forward_no_price_is_current_and_alerts_wait(tmp_path: Path) -> None:
    live = Live(tmp_path / "out")
    live.run(6)
    engine = live.session.engine
    assert not any(s.reason(engine.link_ts) for s in engine.symbols.values())
    live.wall.offset += 600 * MS
    live.run(0.6)
    assert live.said() == ["clock moved 0.6 s forward: all data stale, alerts wait for 10 s"]
    assert live.session.now == live.wall()
    assert engine.acting.suspended
    (jump,) = [d for d in engine.history if d.kind == "clock"]
    for s in engine.symbols.values():
        assert s.book.depth_ts >= jump.ts, s.ticker  # a new image, and that has to warm up
        assert s.reason(engine.link_ts) == "warming", s.ticker
    live.run(9.3)
    assert engine.acting.suspended
    live.run(1)
    assert engine.acting.suspended == ""
    live.verify()


def test_an_hour_back_warns_and_the_market_goes_on(tmp_path: Path) -> None:
    live = Live(tmp_path / "out")
    live.run(4)
    live.wall.offset -= 3_600 * S
    before = live.session.now
    live.run(2)
    assert live.said() == ["wall clock stands 3,600.0 s behind: session time goes on"]
    assert live.session.now == before + 2 * S
    assert live.session.engine.acting.suspended == ""
    live.verify()


def test_a_sleep_of_the_machine_is_a_jump_forward(tmp_path: Path) -> None:
    """The monotonic clock stands while a machine sleeps; the wall clock does not."""
    live = Live(tmp_path / "out")
    live.run(4)
    live.wall.offset += 1_800 * S
    live.run(1)
    assert live.said() == ["clock moved 1,800.0 s forward: all data stale, alerts wait for 10 s"]
    assert live.session.now == live.wall()
    live.verify()


def test_a_restart_with_the_clock_an_hour_back_goes_on_where_it_was(tmp_path: Path) -> None:
    live = Live(tmp_path / "out")
    live.run(4)
    assert live.session.command(Lock())[0]
    before = live.session.now
    live.wall.offset -= 3_600 * S
    live.killed()
    live.run(2)
    assert before + S < live.session.now <= before + 2 * S
    (said,) = live.said()
    assert said.endswith(" s behind: session time goes on")
    assert set(live.session.engine.acting.state.locks) == {"manual"}
    live.verify()
