"""kill -9 of a busy host with a screen on it: what the screen saw is on the disk.

The screen confirms every card it sees. After each kill: no line that it was shown is lost, no more
than 100 ms of the market that it was shown, the session verifies, and a restart stands where the
replay stands. The next host goes on in the same directory.
"""

import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.records import RECORD, RESUMED, Confirm, Lock
from ramstock_tui.host.recorder import begun
from ramstock_tui.host.source import Recording
from ramstock_tui.host.words import log_text
from ramstock_tui.journal.check import check
from ramstock_tui.link import schema as m
from ramstock_tui.verbs.replay import run as replay
from tests.host.help import ramstock
from tests.host.test_kill import check_restart
from tests.host.wire_screen import Host, Screen

MS = 1_000_000
BLOCK_NS = 100 * MS
BUSY = ("--symbols", "24", "--rate", "400", "--cards", "120", "--keep")


class Witness:
    """A screen that remembers what it was shown and confirms what it can. newest: event time of
    the newest market record shown, ns."""

    def __init__(self) -> None:
        self.lines: set[tuple[int, str, str]] = set()
        self.cards: set[str] = set()
        self.confirmed: set[str] = set()
        self.newest = 0
        self._asked: dict[int, str] = {}
        self._tried: set[str] = set()

    def watch(self, host: Host, seconds: float) -> None:
        """Look for so long, or until the host is gone."""
        screen = Screen(host.socket())
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not screen.ended:
            message = screen.read(left)
            if isinstance(message, m.Frame):
                self._frame(screen, message)
            elif isinstance(message, m.Beat) and message.data_age_ms is not None:
                self._saw(message.engine_ts - (message.data_age_ms + 1) * MS)
            elif isinstance(message, m.Verdict) and message.ok:
                self.confirmed.add(self._asked[message.cmd_id])
        screen.close()

    def _saw(self, ts: int) -> None:
        self.newest = max(self.newest, ts)

    def _frame(self, screen: Screen, frame: m.Frame) -> None:
        for name, (_, value) in frame.slices.items():
            if name == "log":
                rows = msgspec.convert(value, m.LogView).rows
                self.lines |= {(row.ts, row.ticker, row.text.partition("  ×")[0]) for row in rows}
            elif name == "status":
                status = msgspec.convert(value, m.Status)
                assert status.recording, status.locks
                if status.data_age_ns is not None:
                    self._saw(status.engine_ts - status.data_age_ns)
            elif name == "pending":
                for card in msgspec.convert(value, m.PendingView).cards:
                    self._card(screen, frame.n, card)

    def _card(self, screen: Screen, n: int, card: m.Card) -> None:
        self.cards.add(card.id)
        if card.id not in self._tried:
            self._tried.add(card.id)
            number = len(self._tried)
            self._asked[number] = card.id
            order = Confirm(card.id, card.version)
            screen.send(m.Order(number, n, time.monotonic_ns(), order))


def check_seen(out: Path, seen: Witness) -> dict[str, Any]:
    """Every line, card, confirm and all but 100 ms of the market that the screen was shown."""
    recording = Recording(out)
    decisions = recording.decisions
    known = {(d.ts, d.ticker, log_text(d)) for d in decisions}
    assert seen.lines <= known, sorted(seen.lines - known)[:3]
    ids = {kind: _ids(decisions, kind) for kind in ("signal", "confirm")}
    assert seen.cards <= ids["signal"]
    assert seen.confirmed <= ids["confirm"]
    blocks = list(recording.market.blocks(strict=False))
    data = blocks[-1].data if blocks else b""
    last = RECORD.unpack_from(data, len(data) - RECORD.size)[0] if data else 0
    lost = max(0, seen.newest - last)
    assert lost <= BLOCK_NS, f"{lost / MS} ms of the market are lost"
    return {"lines": len(seen.lines), "confirms": len(seen.confirmed), "lost_ms": lost / MS}


def _ids(decisions: list[Decision], kind: str) -> set[str]:
    return {d.body["id"] for d in decisions if d.kind == kind}


def verify(out: Path) -> None:
    """`ramstock replay DIR --verify` in this process: it matches, or it raises."""
    assert replay(out, "max", False, False, None, True, None, None, None) == 0
    report = check(out)
    assert report.only_torn, report.findings


def session_with_kills(seed: int, kills: int, home: Path, runtime: Path) -> None:
    rng = random.Random(seed)
    out = home / "demo" / "one"
    words = (*BUSY, "--seed", str(seed), "--speed", rng.choice(("25", "50", "100")))
    seen, done, found = Witness(), 0, dict[str, Any]()
    while done < kills:
        with Host(home, out, *words, XDG_RUNTIME_DIR=str(runtime)) as host:
            if rng.random() < 0.15:
                time.sleep(rng.uniform(0.2, 0.9))  # while it starts
            else:
                seen.watch(host, rng.uniform(0.0, 1.5))
            host.process.send_signal(signal.SIGKILL)
            assert host.wait() == -signal.SIGKILL
        done += 1
        if begun(out) and Recording(out).rules is not None:
            found = check_seen(out, seen)
            verify(out)
            check_restart(out, home / f"copy-{done}")
    end(home, out, words, runtime)
    check_seen(out, seen)
    kinds = [r[2] for block in Recording(out).market.blocks() for r in block.rows()]
    sys.stdout.write(f"kills {done} restarts {kinds.count(RESUMED)} {found}\n")


def end(home: Path, out: Path, words: tuple[str, ...], runtime: Path) -> None:
    """A last host that locks the day and ends cleanly; the program itself says that it matches."""
    with Host(home, out, *words, XDG_RUNTIME_DIR=str(runtime)) as host:
        screen = Screen(host.socket())
        screen.status()
        screen.send(m.Order(1, 0, time.monotonic_ns(), Lock()))
        assert screen.of(m.Verdict).ok
        screen.send(m.End())
        assert host.wait() == 0
    done = ramstock(home, "replay", out, "--verify")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert Recording(out).market.sealed


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="rt-") as folder:
        yield Path(folder)


@pytest.mark.long
def test_a_busy_host_can_be_killed_at_any_moment(tmp_path: Path, runtime: Path) -> None:
    session_with_kills(1, 4, tmp_path, runtime)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_busy_host_can_be_killed_at_two_hundred_moments(
    seed: int, tmp_path: Path, runtime: Path
) -> None:
    session_with_kills(seed, 10, tmp_path, runtime)
