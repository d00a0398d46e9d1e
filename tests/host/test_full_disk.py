"""A running session whose disk refuses: it shows the market, decides nothing, says so, comes back.

The disks are real ones of a few kilobytes where the machine lets this user mount one.
"""

import errno
import os
import shutil
import subprocess
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import RESUMED, Confirm, Lock
from ramstock_tui.errors import JournalError
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host.disk_watch import DiskLimits
from ramstock_tui.host.live import LiveSession
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import compare
from ramstock_tui.host.views import Views
from ramstock_tui.journal.check import check
from ramstock_tui.journal.disk import DISK, Disk
from ramstock_tui.journal.ledger_reader import read_ledger
from ramstock_tui.journal.market_walk import Walk
from ramstock_tui.link import schema as m
from tests.core.sessions import rules
from tests.host.help import Clock, ran_from
from tests.host.wire_screen import Host, Screen
from tests.journal.journal_help import FaultyDisk
from tests.session_writer import MS, at, opened

START = at("09:31:00")
S = 1_000 * MS
Mounter = Callable[[str], Path]


class Run:
    """A demo session by a clock that only the test moves."""

    def __init__(
        self, where: Path, limits: DiskLimits | None = None, disk: Disk = DISK, rate: int = 400
    ) -> None:
        self.where = where
        self.clock = Clock()
        self.recorder = Recorder.create(
            Engine(rules(), observe=True),
            where,
            session_id=bytes(16),
            date=20261123,
            mode=3,
            created_ns=START,
            disk=disk,
        )
        feed = DemoMarket(
            DemoSpec(start_ns=START, symbols=8, rate=rate, cards_per_min=60, edge_bp=0)
        )
        self.session = LiveSession(
            self.recorder, feed, self.clock, mode="demo", clock_label="", limits=limits
        )
        self.session.open(opened(), START)

    def on(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let so much time pass in steps of 20 ms; True as soon as `until` holds."""
        for _ in range(int(seconds * 50)):
            self.clock.ns += 20 * MS
            while self.session.step():
                pass
            if until():
                return True
        return False

    def stopped(self) -> bool:
        return bool(self.session.stopped)

    def status(self) -> m.Status:
        found = Views(self.session).changed(m.View((), "", 10))["status"][1]
        assert isinstance(found, m.Status)
        return found

    def decided(self) -> int:
        return len(self.session.engine.history)

    def seal(self) -> None:
        self.session.desk.close()
        self.recorder.close({"session": {"decisions": self.decided()}})

    def abandon(self) -> None:
        self.session.desk.close()
        self.recorder.abandon()


def verified(where: Path) -> int:
    """The replay makes the decisions of the ledger and the files hold; how many of them."""
    recorded = Recording(where).decisions
    assert compare(ran_from(where, "ledger").history, recorded) >= 0
    report = check(where)
    assert report.ok, report.findings
    return len(recorded)


def lines(where: Path, kind: str) -> list[dict[str, Any]]:
    found = read_ledger(where / "ledger.jsonl")
    return [line.raw for line in found if line.raw["kind"] == kind]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Mounter]:
    """`mounted("300k")`: a new disk of that size; called again, the same one at another size."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()

    def mount(size: str) -> Path:
        again = ["-o", f"remount,size={size}"] if os.path.ismount(place) else ["-o", f"size={size}"]
        done = subprocess.run(
            ["mount", "-t", "tmpfs", *again, "none", str(place)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip(f"no small disk can be mounted: {done.stderr.decode().strip()}")
        return place

    yield mount
    subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


def test_given_a_full_disk_then_the_market_goes_on_and_nothing_is_decided(
    mounted: Mounter,
) -> None:
    run = Run(mounted("200k") / "one")
    assert run.on(120, run.stopped)
    assert "No space left on device" in run.session.stopped
    status = run.status()
    assert status.locks[0].word == "NOT RECORDED"
    assert "no new entries, no confirms" in status.locks[0].blocks
    assert not status.recording
    before, newest = run.decided(), run.session.engine.link_ts
    assert before == run.recorder.written
    run.on(20)
    assert run.session.engine.link_ts > newest + 19 * S
    assert run.decided() == before
    assert not run.session.engine.acting.state.pendings
    ok, text, _ = run.session.command(Confirm("A1", 1))
    assert not ok
    assert text.startswith("nothing done: ")
    assert any("No space left" in d.info.get("text", "") for _, d in run.session.log)
    run.abandon()
    mounted("1m")  # torn ends are moved aside
    again = Recorder.resume(Engine(rules()), run.where, 0)
    again.abandon()
    assert verified(run.where) >= before


def test_given_space_again_then_it_goes_on_and_the_replay_matches(mounted: Mounter) -> None:
    run = Run(mounted("200k") / "one")
    for size in ("330k", "450k", "8m"):
        assert run.on(120, run.stopped)
        run.on(5)
        mounted(size)
        waits = 0
        while run.stopped() and waits < 1_000:
            run.on(1.1)  # the file is read again by a thread meanwhile
            waits += 1
        assert not run.stopped()
    before = run.decided()
    run.on(40)
    assert run.decided() > before
    assert run.status().recording
    run.seal()
    resumed = [r for b in Recording(run.where).market.blocks() for r in b.rows() if r[2] == RESUMED]
    assert len(resumed) == 3
    assert verified(run.where) == run.decided()


@pytest.mark.parametrize("comes_back", [True, False])
def test_given_little_space_then_the_market_data_stop_before_the_ledger(
    comes_back: bool, mounted: Mounter
) -> None:
    filler = mounted("2200k") / "filler"
    run = Run(filler.parent / "one", DiskLimits(warn_mb=2, stop_mb=1))
    assert run.on(90, lambda: answered(run) and bool(run.session.desk.warning))
    assert "disk fills: 1 MB left" in run.status().note
    assert not run.stopped()
    filler.write_bytes(bytes(950_000))
    assert run.on(90, lambda: answered(run) and run.stopped())
    assert run.session.stopped == "disk nearly full (0 MB left)"
    size = (run.where / "market.rsm").stat().st_size
    run.on(3)
    assert (run.where / "market.rsm").stat().st_size == size
    assert lines(run.where, "recording")[-1]["state"] == "stopped"
    assert check(run.where).ok
    if comes_back:
        filler.unlink()
        mounted("3m")
        assert run.on(20, lambda: answered(run) and not run.stopped())
        run.on(15)
        assert lines(run.where, "recording")[-1]["state"] == "on"
    run.seal()
    assert verified(run.where) == run.decided() == run.recorder.written
    assert Recording(run.where).market.sealed


def answered(run: Run) -> bool:
    """The thread that looks at the disk has answered (its time is not the session's)."""
    asked = run.session.desk._watch._asked
    if asked is not None:
        asked.result()
    return True


def test_given_a_failed_fsync_then_nothing_is_decided_until_a_restart(tmp_path: Path) -> None:
    disk = FaultyDisk()
    run = Run(tmp_path / "one", disk=disk)
    assert run.on(60, lambda: run.decided() > 20)
    disk.sync_error = errno.EIO
    assert run.on(60, run.stopped)
    assert run.session.stopped == "ledger cannot be written (Input/output error), restart the host"
    before = run.decided()
    disk.sync_error = 0
    run.on(20)
    assert run.stopped()
    assert run.decided() == before
    run.abandon()
    engine = Engine(rules())
    Recorder.resume(engine, run.where, 0).abandon()
    assert verified(run.where) >= before


def test_given_a_confirm_whose_fsync_fails_then_it_did_not_happen(tmp_path: Path) -> None:
    disk = FaultyDisk()
    run = Run(tmp_path / "one", disk=disk)
    assert run.on(60, lambda: bool(run.session.engine.acting.state.pendings))
    (pending,) = run.session.engine.acting.state.pendings.values()
    disk.sync_error = errno.EIO
    ok, text, _ = run.session.command(Confirm(pending.id, pending.version))
    assert not ok
    assert "Input/output error" in text
    assert not run.session.engine.acting.state.trades
    assert not [d for _, d in run.session.log if d.kind == "confirm"]
    disk.sync_error = 0
    run.abandon()
    assert not lines(run.where, "command")
    verified(run.where)


def test_given_a_lock_when_the_ledger_fails_then_the_lock_stays(tmp_path: Path) -> None:
    disk = FaultyDisk()
    run = Run(tmp_path / "one", disk=disk)
    run.on(5)
    assert run.session.command(Lock())[0]
    disk.error, disk.sync_error = errno.EIO, errno.EIO
    assert run.on(60, run.stopped)
    assert [row.word for row in run.status().locks][:2] == ["NOT RECORDED", "LOCKED"]
    run.abandon()


def test_given_a_directory_that_is_gone_then_it_says_so_for_good(tmp_path: Path) -> None:
    run = Run(tmp_path / "one")
    run.on(5)
    shutil.rmtree(run.where)
    assert run.on(60, run.stopped)
    assert "No such file or directory" in run.session.stopped
    assert run.session.desk.for_good
    run.abandon()


def test_given_a_market_file_that_fails_then_the_ledger_tells_of_it(tmp_path: Path) -> None:
    disk = FaultyDisk()
    run = Run(tmp_path / "one", disk=disk)
    run.on(10)
    disk.fail_at = disk.calls + 1
    assert run.on(1, run.stopped)
    said = "market data cannot be recorded (Input/output error)"
    assert run.session.stopped == f"{said}, restart the host"
    (line,) = lines(run.where, "recording")
    assert (line["state"], line["why"]) == ("stopped", said)
    with pytest.raises(JournalError, match="nothing more is written"):
        run.recorder.market.sync()
    run.abandon()
    Recorder.resume(Engine(rules()), run.where, 0).abandon()
    verified(run.where)


def test_given_a_disk_that_cannot_be_written_then_the_start_is_refused(mounted: Mounter) -> None:
    place = mounted("100k")
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    with pytest.raises(JournalError, match="cannot be created: Read-only file system"):
        Run(place / "one")


def test_a_kill_at_any_moment_loses_at_most_100_ms_of_the_market(tmp_path: Path) -> None:
    run = Run(tmp_path / "one", rate=1_000)
    late = [90, 35, 130, 20, 400]  # the loop does not always come in time
    seen = []
    for pause_ms in [20] * 60 + late * 6:
        run.clock.ns += pause_ms * MS
        busy = True
        while busy:
            busy = run.session.step()
            seen.append((run.session.engine.link_ts, newest_on_disk(run.where)))
    run.abandon()
    times = [row[0] for block in Recording(run.where).market.blocks() for row in block.rows()]
    lost = [newest - times[bisect_right(times, disk)] for newest, disk in seen if newest > disk]
    assert 25 * MS < max(lost) <= 100 * MS


def newest_on_disk(where: Path) -> int:
    """ts of the last record that a kill would leave."""
    fd = os.open(where / "market.rsm", os.O_RDONLY)
    try:
        return Walk(fd).last_ts
    finally:
        os.close(fd)


def test_given_a_market_file_at_its_limit_then_the_ledger_does_not_fill_with_attempts(
    tmp_path: Path,
) -> None:
    class Limited(FaultyDisk):
        """Only the market file has reached a limit, such as RLIMIT_FSIZE sets."""

        def write(self, fd: int, data: bytes | memoryview) -> int:
            if self.room == 0 and bytes(data[:4]) == b"BLK1":
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
            return Disk.write(self, fd, data)

    disk = Limited()
    run = Run(tmp_path / "one", disk=disk)
    run.on(5)
    disk.room = 0
    run.on(60)
    assert run.session.stopped == "market data cannot be recorded (File too large)"
    assert [line["state"] for line in lines(run.where, "recording")] == ["stopped"]
    assert sum(d.kind == "recording" for _, d in run.session.log) == 1
    run.abandon()


def test_a_host_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    mounted: Mounter, tmp_path: Path
) -> None:
    where = mounted("160k") / "one"
    free = {"RAMSTOCK_RECORDING__WARN_FREE_MB": "0", "RAMSTOCK_RECORDING__STOP_FREE_MB": "0"}
    words = ("--symbols", "12", "--rate", "1000", "--cards", "60", "--speed", "60")
    with Host(tmp_path, where, *words, **free) as host:
        screen = Screen(host.socket())
        while (status := screen.status()).recording:
            pass
        assert status.locks[0].word == "NOT RECORDED"
        assert "No space left on device" in status.locks[0].blocks
        screen.send(m.Order(1, 0, time.monotonic_ns(), Lock()))
        verdict = screen.of(m.Verdict)
        assert (verdict.ok, verdict.text[:14]) == (False, "nothing done: ")
        assert screen.status().engine_ts > status.engine_ts
        mounted("20m")
        while not screen.status().recording:
            pass
        screen.send(m.Order(2, 0, time.monotonic_ns(), Lock()))
        assert screen.of(m.Verdict).ok
        screen.send(m.End())
        assert host.wait() == 0
    assert verified(where) > 0
    assert len(lines(where, "command")) == 1
