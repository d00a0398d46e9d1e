"""kill -9 of a recording host at any moment: nothing acknowledged is lost, the replay verifies."""

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import RESUMED
from ramstock_tui.host.recorder import Recorder, begun
from ramstock_tui.host.source import Recording
from ramstock_tui.journal.ledger_reader import read_ledger
from tests.core.sessions import rules
from tests.host.help import environment, ramstock, ran_from
from tests.host.scenes import morning

SPEED = 5_000  # the morning takes about 1.5 s


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return morning().write(tmp_path_factory.mktemp("kill") / "session")


def command(source: Path, out: Path) -> list[str]:
    words = ["replay", source, "--headless", "--into", out, "--confirm", "all", "--speed", SPEED]
    return [sys.executable, "-m", "ramstock_tui", *map(str, words)]


def killed(source: Path, out: Path, rng: random.Random) -> tuple[bytes, str | None]:
    """Record until a random moment, kill; what a reader had seen of the ledger just before, and
    what the program said if it came to its end before that."""
    host = subprocess.Popen(
        command(source, out), stderr=subprocess.PIPE, text=True, env=environment(out.parent)
    )
    deadline = time.monotonic() + 20
    while not begun(out) and host.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 1.5))
    seen = (out / "ledger.jsonl").read_bytes()
    finished = host.poll() is not None
    host.kill()
    said = host.communicate()[1]
    return seen, said if finished else None


def check(out: Path, seen: list[bytes], home: Path) -> None:
    """Readable, complete, verified; and a restart stands where its replay stands."""
    lines = list(read_ledger(out / "ledger.jsonl"))
    assert lines[0].raw["kind"] == "config"
    ledger = (out / "ledger.jsonl").read_bytes()
    for before in seen:
        assert ledger.startswith(before)
    done = ramstock(home, "replay", out, "--verify")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("match: ")


def check_restart(out: Path, copy: Path) -> None:
    """The lanes of a restarted host equal those of a replay that ends at the same restart."""
    shutil.copytree(out, copy)
    engine = Engine(Recording(copy).rules or rules())
    recorder = Recorder.resume(engine, copy, 0)
    recorder.abandon()
    engine.tick(recorder.resumed_ts)  # what fell due while the host was down
    again = ran_from(copy, "ledger")
    assert [lane.state.dump() for lane in engine.lanes] == [
        lane.state.dump() for lane in again.lanes
    ]
    assert [d.hashed() for d in engine.history] == [d.hashed() for d in again.history]
    assert not any(lane.state.pendings for lane in engine.lanes)
    times = [(lane.next_due, lane.next_order_due, lane.watching) for lane in engine.lanes]
    assert times == [(lane.next_due, lane.next_order_due, lane.watching) for lane in again.lanes]


def session_with_kills(seed: int, source: Path, home: Path) -> None:
    rng = random.Random(seed)
    out = home / "out"
    seen: list[bytes] = []
    for n in range(rng.choice((1, 2, 3))):
        before, said = killed(source, out, rng)
        seen.append(before)
        if said is not None:
            break
        check(out, seen, home)
        if not Recording(out).market.sealed:
            check_restart(out, home / f"copy-{n}")
    check(out, seen, home)
    if not Recording(out).market.sealed:
        done = subprocess.run(
            command(source, out), capture_output=True, check=False, env=environment(home)
        )
        assert done.returncode == 0, done.stderr
        check(out, seen, home)
    market = Recording(out).market
    assert market.sealed
    # what followed the last restart is all there
    rows = [row for block in Recording(source).market.blocks() for row in block.rows()]
    kept = [row for block in market.blocks() for row in block.rows() if row[2] != RESUMED]
    assert kept[-1] == rows[-1]
    assert len(rows) * 3 // 4 <= len(kept) <= len(rows)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2, 3))])
def test_a_recording_host_can_be_killed_at_any_moment(
    seed: int, source: Path, tmp_path: Path
) -> None:
    session_with_kills(seed, source, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(100, 150))
def test_a_recording_host_can_be_killed_at_fifty_moments(
    seed: int, source: Path, tmp_path: Path
) -> None:
    session_with_kills(seed, source, tmp_path)


def test_a_session_of_another_day_resumes_at_its_own_time(source: Path, tmp_path: Path) -> None:
    """The ledger's first line has the time of the clock; it must not move the session there."""
    out = tmp_path / "out"
    engine = Engine(rules())
    recorder = Recorder.create(
        engine, out, session_id=bytes(16), date=20261123, mode=4, created_ns=1 << 62
    )
    rows = [
        item
        for item in Recording(source).inputs(with_commands=False)
        if not isinstance(item, tuple)
    ]
    recorder.rows(rows[0])
    recorder.abandon()
    resumed = Recorder.resume(Engine(rules()), out, 0)
    resumed.abandon()
    assert resumed.resumed_ts == rows[0].rows[-1][0]
