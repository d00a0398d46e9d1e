"""A host that runs over the change of the exchange day: one directory for each session."""

import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ramstock_tui import settings
from ramstock_tui.core.engine import BadRecord
from ramstock_tui.core.records import Lock, LowerPhase, SessionOpened
from ramstock_tui.feeds.demo import DemoSpec
from ramstock_tui.host import demo
from ramstock_tui.host.next_day import carried, day_ends_ns
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import compare
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import schema as m
from ramstock_tui.schedule import from_new_york, session_day
from tests.core.sessions import rules
from tests.host.help import Clock, ramstock, ran, ran_from
from tests.host.wire_screen import Host, Screen
from tests.session_writer import MS, Script, opened

NS = 1_000 * MS


def of_day(date: int, **more: int) -> SessionOpened:
    day = session_day(date)
    return opened(
        date=date,
        midnight_ns=day.midnight_ns,
        open_ns=day.open_ns,
        close_ns=day.close_ns,
        next_date=day.next_date,
        **more,
    )


@pytest.mark.parametrize(
    ("date", "ends"),
    [
        (20261123, "2026-11-24T00:00:00"),
        (20261125, "2026-11-27T00:00:00"),  # Thanksgiving
        (20261127, "2026-11-30T00:00:00"),  # a Friday
        (20261030, "2026-11-02T00:00:00"),  # the clocks go back on Sunday
    ],
)
def test_a_day_ends_at_the_midnight_before_the_next_session(date: int, ends: str) -> None:
    assert day_ends_ns(of_day(date)) == from_new_york(ends)


@pytest.mark.parametrize(
    ("date", "week", "month"),
    [(20261123, -500, 700), (20261127, 0, 700), (20261130, -500, 0), (20261231, 0, 0)],
)
def test_the_figures_of_week_and_month_end_with_them(date: int, week: int, month: int) -> None:
    """A net of -$100.00 on top of +$99.95 and +$100.07."""
    found = carried(of_day(date, week_net_e4=999_500, month_net_e4=1_000_700), -1_000_000, 3)
    assert (found.week_net_e4, found.month_net_e4) == (week, month)
    assert found.equity_cents == 4_000_000 - 10_000
    assert found.phase == 3
    assert (found.date, found.next_date) == (
        session_day(date).next_date,
        session_day(found.date).next_date,
    )


class Midnight:
    """A demo session a few seconds before midnight, by a clock that the test moves."""

    def __init__(self, where: Path) -> None:
        self.clock = Clock()
        plan = demo.DemoPlan(
            spec=DemoSpec(start_ns=from_new_york("2026-11-23T23:59:50"), symbols=4),
            speed_pct=100,
            opened=of_day(20261123),
            rules=rules(),
        )
        self.run = demo.start(plan, where, demo.Machine(mono=self.clock))

    def on(self, seconds: float) -> None:
        for _ in range(int(seconds * 50)):
            self.clock.ns += 20 * MS
            while self.run.session.step():
                pass


def test_given_midnight_then_the_next_session_has_its_own_directory(
    tmp_path: Path,
) -> None:
    day = Midnight(tmp_path / "2026-11-23-7-1")
    first = day.run
    day.on(5)
    assert first.session.command(Lock())[0]
    day.on(20)
    assert first.session.day_over
    first.close()
    day.run = first.next_day()
    assert day.run.directory == tmp_path / "2026-11-24-7-1"
    day.on(10)
    assert not day.run.session.day_over
    assert not day.run.session.engine.acting.state.locks
    day.run.close()
    midnight = from_new_york("2026-11-24T00:00:00")
    for run, inside in ((first, range(0, midnight)), (day.run, range(midnight, 1 << 62))):
        recording = Recording(run.directory)
        assert recording.market.sealed
        rows = [row for block in recording.market.blocks() for row in block.rows()]
        assert rows[0][0] in inside
        assert rows[-1][0] in inside
        assert len(rows) > 100
        assert compare(ran_from(run.directory, "ledger").history, recording.decisions) >= 0
    assert Recording(day.run.directory).market.session_date == 20261124
    again = Recording(first.directory)
    assert [d.kind for d in again.decisions if d.kind == "lock"] == ["lock"]


def test_looser_settings_and_a_lowered_phase_count_from_the_next_day(tmp_path: Path) -> None:
    day = Midnight(tmp_path / "2026-11-23-7-1")
    day.on(2)
    day.run.abandon()
    key = {"profiles.small_account.throttle.per_day": 9}
    wanted = settings.load(env={}, overrides=key).rules
    day.run = demo.go_on(day.run.directory, demo.Machine(mono=day.clock), wanted)
    assert day.run.session.command(LowerPhase(1))[0]
    assert day.run.session.engine.acting.profile.throttle.per_day == 6
    day.on(20)
    day.run.close()
    day.run = day.run.next_day()
    acting = day.run.session.engine.acting
    assert (acting.profile.throttle.per_day, acting.phase) == (9, 1)
    day.run.close()


def test_a_second_session_in_one_directory_is_refused() -> None:
    script = Script()
    script.blob(0, 17, opened(date=20261124))
    with pytest.raises(BadRecord, match="a second session was opened"):
        ran(script)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="rt-") as folder:
        yield Path(folder)


def test_a_host_goes_over_midnight_into_the_next_directory(tmp_path: Path, runtime: Path) -> None:
    words = ("--symbols", "4", "--keep", "--clock-at", "2026-11-23T23:59:58")
    with Host(tmp_path, tmp_path / "demo" / "one", *words, XDG_RUNTIME_DIR=str(runtime)) as host:
        screen = Screen(host.socket())
        assert screen.of(m.Bye).reason == "the exchange day is over"
        host.directory = tmp_path / "demo" / "2026-11-24-7-1"
        until = time.monotonic() + 10
        while not host.directory.exists() and time.monotonic() < until:
            time.sleep(0.01)  # another process makes it
        status = Screen(host.socket()).status()
        assert status.engine_ts >= from_new_york("2026-11-24T00:00:00")
        host.process.send_signal(signal.SIGTERM)
        assert host.wait() == 0
    for name in ("one", "2026-11-24-7-1"):
        where = tmp_path / "demo" / name
        assert SessionDir(where).market.read_bytes().endswith(b"RSMX")
        done = ramstock(tmp_path, "replay", where, "--verify")
        assert (done.returncode, done.stderr) == (0, "")
