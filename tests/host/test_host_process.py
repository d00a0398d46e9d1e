"""A host process and the screens that attach to it: real processes, real sockets."""

import os
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core.records import RESUMED, Lock
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import schema as m
from ramstock_tui.link.places import hosts
from tests.host.help import ramstock
from tests.host.wire_screen import Host, Screen

Starter = Callable[..., Host]


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="rt-") as folder:
        yield Path(folder)


@pytest.fixture
def start(tmp_path: Path, runtime: Path) -> Iterator[Starter]:
    """Starts hosts of demo sessions with few stocks."""
    begun: list[Host] = []

    def one(*words: str, **env: str) -> Host:
        more = {"XDG_RUNTIME_DIR": str(runtime), **env}
        host = Host(tmp_path, tmp_path / "demo" / "one", "--symbols", "12", *words, **more)
        begun.append(host)
        return host

    yield one
    for host in begun:
        host.__exit__(None, None, None)


def test_a_screen_gets_a_welcome_frames_and_beats(start: Starter) -> None:
    host = start()
    screen = Screen(host.socket())
    welcome = screen.of(m.Welcome)
    assert (welcome.mode, welcome.role, welcome.pid) == ("demo", "writer", host.process.pid)
    assert welcome.directory == str(host.directory)
    status = screen.status()
    assert (status.mode, status.clock_label, status.recording) == ("demo", "DEMO CLOCK", True)
    assert len(screen.slices["symbols"][0]) == 12
    beats = [screen.of(m.Beat) for _ in range(4)]
    gaps_ms = [(b.mono_ns - a.mono_ns) / 1e6 for a, b in pairwise(beats)]
    assert max(gaps_ms) < 500
    assert beats[-1].engine_ts > beats[0].engine_ts


def test_one_screen_writes_until_another_takes_the_pen(start: Starter) -> None:
    path = start().socket()
    first = Screen(path, pid=11)
    assert first.of(m.Welcome).role == "writer"
    second = Screen(path, pid=22)
    welcome = second.of(m.Welcome)
    assert (welcome.role, welcome.pen_pid) == ("reader", 11)
    second.send(m.Order(1, 0, time.monotonic_ns(), Lock()))
    refused = second.of(m.Verdict)
    assert not refused.ok
    assert refused.text == "read-only: process 11 has the pen"
    third = Screen(path, pen="take", pid=33)
    assert third.of(m.Welcome).role == "writer"
    assert (first.of(m.Pen), second.of(m.Pen)) == (m.Pen("reader", 33), m.Pen("reader", 33))
    third.send(m.Order(1, 0, time.monotonic_ns(), Lock()))
    assert third.of(m.Verdict).ok
    third.close()
    assert first.of(m.Pen) == m.Pen("writer", 11)


def test_a_screen_that_only_looks_never_gets_the_pen(start: Starter) -> None:
    path = start().socket()
    writer, looker = Screen(path, pid=1), Screen(path, pen="none", pid=2)
    writer.of(m.Welcome)
    looker.of(m.Welcome)
    writer.close()
    assert looker.of(m.Pen) == m.Pen("reader", 0)
    again = Screen(path, pid=3)
    assert again.of(m.Welcome).role == "writer"


@pytest.mark.parametrize(
    ("hello", "said"),
    [({"proto": 1}, "protocol 1"), ({"version": "9.9"}, "9.9"), ({"session": "ff"}, "another")],
)
def test_a_screen_that_does_not_fit_is_told_why(
    hello: dict[str, Any], said: str, start: Starter
) -> None:
    screen = Screen(start().socket(), **hello)
    assert said in screen.of(m.Refused).text
    assert screen.read() is None
    assert screen.ended


@pytest.mark.parametrize(
    "data", [b"\xff\xff\xff\xff", b"\x02\0\0\0\x63\x90", b"\x03\0\0\0\x20\x91\xc1", b"\0\0\0\0"]
)
def test_garbage_ends_that_link_only(data: bytes, start: Starter) -> None:
    path = start().socket()
    good, bad = Screen(path), Screen(path, pen="none")
    bad.of(m.Welcome)
    bad.raw(data)
    assert bad.of(m.Refused).code == "protocol"
    good.of(m.Frame)
    good.of(m.Beat)


def test_commands_before_hello_are_refused(start: Starter) -> None:
    host = start()
    screen = Screen(host.socket(), pen="")
    screen.send(m.End())
    assert screen.of(m.Refused).code == "hello"
    assert host.process.poll() is None


def test_an_old_key_press_does_nothing(start: Starter) -> None:
    screen = Screen(start().socket())
    screen.status()
    screen.send(m.Order(7, 0, time.monotonic_ns() - 1_100_000_000, Lock()))
    verdict = screen.of(m.Verdict)
    assert (verdict.cmd_id, verdict.ok) == (7, False)
    assert "key press 1.1 s old" in verdict.text


def test_a_screen_that_stops_reading_costs_the_host_nothing(start: Starter) -> None:
    host = start("--rate", "2000")
    path = host.socket()
    deaf, screen = Screen(path, pen="none"), Screen(path)
    deaf.of(m.Frame)
    before = screen.status().engine_ts
    frames = 0
    until = time.monotonic() + 3
    while time.monotonic() < until:
        frames += isinstance(screen.read(0.5), m.Frame)
    assert frames > 10
    assert screen.status().engine_ts - before > 2_000_000_000
    seen = 0  # what waits for it: the frame it did not acknowledge, and beats
    while (message := deaf.read(0.05)) is not None and seen < 100:
        seen += isinstance(message, m.Frame)
        if seen:
            break
    assert seen <= 1


def test_the_last_screen_that_leaves_ends_a_demo(start: Starter) -> None:
    host = start("--no-screen-s", "1")
    screen = Screen(host.socket())
    screen.status()
    screen.close()
    assert host.wait() == 0
    market = SessionDir(host.directory).market.read_bytes()
    assert market.endswith(b"RSMX")
    assert SessionDir(host.directory).read_toml()["demo"]["seed"] == 7


def test_ending_says_goodbye_to_every_screen_and_seals(
    start: Starter, tmp_path: Path, runtime: Path
) -> None:
    host = start()
    first, second = Screen(host.socket()), Screen(host.socket(), pen="none")
    first.status()
    second.of(m.Welcome)
    second.send(m.End())
    assert first.of(m.Bye).reason == "ended by the operator"
    assert second.of(m.Bye).code == 0
    assert host.wait() == 0
    assert not list((runtime / "ramstock").iterdir())
    done = ramstock(tmp_path, "replay", host.directory, "--verify")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_finished_demo_is_never_opened_again(start: Starter) -> None:
    host = start()
    Screen(host.socket()).status()
    host.process.send_signal(signal.SIGTERM)
    assert host.wait() == 0
    again = start()
    assert again.wait() == 1
    assert "this demo is finished" in again.said()


def test_a_second_host_of_a_session_is_refused(start: Starter) -> None:
    host = start()
    host.socket()
    second = start()
    assert second.wait() == 8
    assert f"held by process {host.process.pid}" in second.said()


def test_a_killed_host_goes_on_with_what_it_knew(start: Starter, tmp_path: Path) -> None:
    host = start()
    screen = Screen(host.socket())
    before = screen.status()
    screen.send(m.Order(1, 0, time.monotonic_ns(), Lock()))
    assert screen.of(m.Verdict).ok
    host.process.kill()
    assert host.wait() == -9
    again = start()
    screen = Screen(again.socket())
    after = screen.status()
    assert after.engine_ts >= before.engine_ts
    assert any("LOCK" in lock.word for lock in after.locks)
    assert "restarted" in after.note
    screen.send(m.End())
    assert again.wait() == 0
    blocks = MarketReader(SessionDir(host.directory).market).blocks()
    assert sum(row[2] == RESUMED for block in blocks for row in block.rows()) == 1
    done = ramstock(tmp_path, "replay", host.directory, "--verify")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_host_that_stood_still_starts_its_books_again(start: Starter) -> None:
    host = start()
    screen = Screen(host.socket())
    screen.status()
    host.process.send_signal(signal.SIGSTOP)
    try:
        until = time.monotonic() + 1.6
        while time.monotonic() < until:
            screen.read(0.2)
    finally:
        host.process.send_signal(signal.SIGCONT)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        status = screen.status()
        if any("feed" in row.word.lower() for row in status.locks):
            return
    raise AssertionError(f"nothing says that the feed had a gap: {status}")


def test_the_socket_is_private_and_found_by_its_note(start: Starter, tmp_path: Path) -> None:
    host = start()
    path = host.socket()
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    Screen(path).of(m.Welcome)
    (entry,) = hosts(path.parent)
    assert (entry.directory, entry.pid, entry.socket) == (host.directory, host.process.pid, path)
    host.process.kill()
    host.wait()
    assert hosts(path.parent) == []
    assert not list(path.parent.iterdir())


def test_a_path_too_long_for_a_socket_gets_a_private_folder(start: Starter, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90)
    deep.mkdir(mode=0o700)
    host = start(XDG_RUNTIME_DIR=str(deep))
    path = host.socket()
    assert len(os.fsencode(path)) <= 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    screen = Screen(path)
    screen.status()
    screen.send(m.End())
    assert host.wait() == 0
    assert not path.parent.exists()


def test_a_folder_that_others_can_enter_is_refused(start: Starter, tmp_path: Path) -> None:
    open_folder = tmp_path / "run"
    (open_folder / "ramstock").mkdir(parents=True)
    (open_folder / "ramstock").chmod(0o777)
    host = start(XDG_RUNTIME_DIR=str(open_folder))
    assert host.wait() == 1
    assert "open to other users" in host.said()
