"""A locked day against everything that an operator may try: kill -9, other settings, other clock.

A real host, a real socket, a real settings file.
"""

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ramstock_tui.core.records import Confirm, Lock, PauseAlerts
from ramstock_tui.journal.check import check
from ramstock_tui.link import schema as m
from ramstock_tui.ui.panes.locks import lock_end
from ramstock_tui.verbs.replay import run as replay
from tests.host.help import ramstock
from tests.host.wire_screen import Host, Screen

LOOSER = """
[profiles.small_account]
losses = { soft = 4000, hard = 6000, hard_pct = 9, count = 9, window_min = 1, pause_min = 1 }
throttle = { per_hour = 60, over = "throttle", then_every_s = 1, cooloff_s = 0, per_day = 99 }
"""
TIGHTER = """
[profiles.small_account]
losses = { soft = 300, hard = 600, hard_pct = 1.5, count = 3, window_min = 30, pause_min = 30 }
throttle = { per_hour = 2, over = "throttle", then_every_s = 1200, cooloff_s = 900, per_day = 6 }
"""


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="rt-") as folder:
        yield Path(folder)


class Trader:
    """One home, one session directory, one settings file; a host at a time."""

    def __init__(self, home: Path, runtime: Path) -> None:
        self.home = home
        self.runtime = runtime
        self.out = home / "demo" / "one"

    def settings(self, text: str) -> None:
        """What the user's file says from now on."""
        path = self.home / "ramstock" / "config.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def host(self, *words: str) -> Host:
        """`ramstock host` in the directory."""
        env = {"XDG_RUNTIME_DIR": str(self.runtime)}
        return Host(self.home, self.out, "--symbols", "4", "--keep", *words, **env)


def order(screen: Screen, command: Lock | PauseAlerts) -> m.Verdict:
    screen.send(m.Order(1, 0, time.monotonic_ns(), command))
    return screen.of(m.Verdict)


def kill(host: Host) -> None:
    host.process.send_signal(signal.SIGKILL)
    assert host.wait() == -signal.SIGKILL


def log(screen: Screen) -> list[str]:
    """Lines of the log pane, newest first."""
    while "log" not in screen.slices:
        screen.of(m.Frame)
    return [row.text for row in msgspec.convert(screen.slices["log"], m.LogView).rows]


def words_of(status: m.Status) -> list[tuple[str, str]]:
    """Locks and pauses but for the feed, which is not clean yet after a restart."""
    rows = [row for row in status.locks if row.word != "FEED"]
    return [(row.word, lock_end(row, status)) for row in rows]


def test_a_locked_day_stays_locked_whatever_is_tried(tmp_path: Path, runtime: Path) -> None:
    trader = Trader(tmp_path, runtime)
    with trader.host("--clock-at", "2026-11-23T10:30:00") as host:
        screen = Screen(host.socket())
        assert order(screen, Lock()).ok
        kill(host)
    trader.settings(LOOSER)
    shutil.rmtree(tmp_path / "state", ignore_errors=True)
    with trader.host("--clock-at", "2026-11-23T09:30:00") as host:
        screen = Screen(host.socket())
        status = screen.status()
        assert words_of(status) == [("LOCKED", "until Tue 24 Nov")]
        assert (status.soft_e4, status.alerts_hour_max, status.entries_max) == (4_000_000, 3, 6)
        (said,) = [line for line in log(screen) if "limits changed" in line]
        assert said.startswith("limits changed; effective tomorrow (next session): ")
        assert "small_account.losses.soft 400 -> 4,000" in said
        assert order(screen, Lock()).text == "already locked until the next session"
        kill(host)
    trader.settings(TIGHTER)
    with trader.host() as host:
        screen = Screen(host.socket())
        status = screen.status()
        assert words_of(status) == [("LOCKED", "until Tue 24 Nov")]
        assert (status.soft_e4, status.alerts_hour_max) == (3_000_000, 2)
        said = next(line for line in log(screen) if "limits changed" in line)
        assert said == (
            "limits changed; acts now: small_account.throttle.per_hour 3 -> 2, "
            "small_account.losses.soft 400 -> 300"
        )
        kill(host)
    trader.settings("profile = [this is no settings file")
    with trader.host() as host:
        screen = Screen(host.socket())
        status = screen.status()
        assert (words_of(status)[0][0], status.soft_e4) == ("LOCKED", 3_000_000)
        assert len([line for line in log(screen) if "limits changed" in line]) == 2
        screen.send(m.End())
        assert host.wait() == 0
        assert "the session goes on under its own rules" in host.said()
    verify(trader)


def verify(trader: Trader) -> None:
    """Replays, under its own rules and under others, and what stands on the disk."""
    assert replay(trader.out, "max", False, False, None, True, None, None, None) == 0
    assert not check(trader.out).findings
    trader.settings("")
    what_if = ramstock(
        trader.home, "replay", trader.out, "--headless", "--set", "profiles.quant.min_score=5",
        "--into", trader.home / "what-if",
    )  # fmt: skip
    assert what_if.returncode == 0, what_if.stderr
    again = ramstock(trader.home, "replay", trader.home / "what-if", "--verify")
    assert (again.returncode, again.stderr) == (0, ""), again.stdout


NARROW = """
[profiles.small_account]
losses = { soft = 20, hard = 600, hard_pct = 1.5, count = 9, window_min = 30, pause_min = 30 }
throttle = { per_hour = 60, over = "throttle", then_every_s = 1, cooloff_s = 0, per_day = 99 }
"""


def lose_until_locked(host: Host) -> m.Status:
    """Confirm every card that comes; the first stop is more than the day may lose."""
    screen = Screen(host.socket())
    tried: set[str] = set()
    until = time.monotonic() + 40
    while time.monotonic() < until:
        frame = screen.of(m.Frame)
        for name, (_, value) in frame.slices.items():
            if name == "status":
                status = msgspec.convert(value, m.Status)
                if any("LOCK" in row.word for row in status.locks):
                    return status
            elif name == "pending":
                for card in msgspec.convert(value, m.PendingView).cards:
                    if card.id not in tried:
                        tried.add(card.id)
                        order = Confirm(card.id, card.version)
                        screen.send(m.Order(len(tried), frame.n, time.monotonic_ns(), order))
    raise AssertionError(f"no lock after {len(tried)} cards")


def test_a_soft_lock_of_a_lost_day_survives_kill_settings_and_clock(
    tmp_path: Path, runtime: Path
) -> None:
    trader = Trader(tmp_path, runtime)
    trader.settings(NARROW)
    market = ("--speed", "40", "--cards", "60", "--clock-at", "2026-11-23T10:00:00")
    with trader.host(*market) as host:
        locked = lose_until_locked(host)
        kill(host)
    trader.settings(LOOSER)
    shutil.rmtree(tmp_path / "state", ignore_errors=True)
    with trader.host("--clock-at", "2026-11-23T09:00:00") as host:
        screen = Screen(host.socket())
        status = screen.status()
        assert ("LOCKED", "until Tue 24 Nov") in words_of(status)
        assert locked.net_e4 < -200_000  # realised or open, whatever is open now
        assert (status.soft_e4, status.entries) == (200_000, locked.entries)
        assert any("effective tomorrow" in line for line in log(screen))
        screen.send(m.End())
        assert host.wait() == 0
    verify(trader)


def test_paused_alerts_survive_a_kill(tmp_path: Path, runtime: Path) -> None:
    trader = Trader(tmp_path, runtime)
    with trader.host() as host:
        screen = Screen(host.socket())
        assert order(screen, PauseAlerts(True)).text == "no new alerts"
        kill(host)
    with trader.host() as host:
        screen = Screen(host.socket())
        assert words_of(screen.status()) == [("ALERTS OFF", "until you want them again (.)")]
        assert not order(screen, PauseAlerts(True)).ok
        assert order(screen, PauseAlerts(False)).text == "alerts come again"
        assert words_of(screen.status()) == []
        screen.send(m.End())
        assert host.wait() == 0
    assert replay(trader.out, "max", False, False, None, True, None, None, None) == 0
