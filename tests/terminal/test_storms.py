"""A window that changes its size all the time, and a terminal that does not read."""

import os
import signal
import time
from pathlib import Path

from tests.terminal.pty_help import Terminal, children, replay, rss_kb, terminal

SIZES = [(20, 5), (300, 100), (80, 24), (120, 40), (1, 1), (200, 60)]


def resize(screen: Terminal, times: int, reading: bool) -> None:
    """As fast as the program takes them, at most 200 a second."""
    for n in range(times):
        screen.resize(*SIZES[n % len(SIZES)])
        if reading:
            screen.read(0.005)
        else:
            time.sleep(0.005)  # a window manager's pace


def test_given_500_resizes_in_a_burst_of_data_then_the_last_size_is_right(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session, "--speed", "50"), tmp_path) as screen:
        screen.shows("q quit")
        resize(screen, 500, reading=True)
        screen.resize(20, 5)
        screen.until(lambda: "too small" in screen.text().lower())
        screen.resize(120, 40)
        screen.shows("1 Universe", "q quit")
        for line in screen.text().splitlines():
            assert "too small" not in line.lower()
        screen.process.send_signal(signal.SIGTERM)
        assert screen.code() == 143


def test_given_a_terminal_that_stops_reading_then_nothing_grows_and_the_picture_is_current_after(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session, "--speed", "50"), tmp_path, size=(200, 60)) as screen:
        screen.shows("q quit")
        (child,) = children(screen.process.pid)
        resize(screen, 60, reading=True)
        before = rss_kb(child)
        resize(screen, 400, reading=False)
        assert rss_kb(child) - before < 12_000
        screen.resize(120, 40)
        screen.keys("?")
        screen.shows("close help")
        screen.keys("q")
        screen.shows("1 Universe", "q quit")


def test_given_a_terminal_that_does_not_read_then_a_request_to_end_is_still_obeyed(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session, "--speed", "50"), tmp_path, size=(200, 60)) as screen:
        screen.shows("q quit")
        resize(screen, 100, reading=False)
        asked = time.monotonic()
        os.kill(screen.process.pid, signal.SIGTERM)
        assert screen.process.wait(5) == 143
        assert time.monotonic() - asked < 2.5
        assert screen.modes() == screen.before
        while screen.read(0):
            pass
        assert screen.out.rstrip().endswith(b"\x1b[?1049l\x1b[?25h\x1b[0m")


def test_given_a_terminal_that_does_not_read_then_q_is_still_obeyed(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session, "--speed", "50"), tmp_path, size=(200, 60)) as screen:
        screen.shows("q quit")
        resize(screen, 100, reading=False)
        screen.keys("q")
        screen.until(
            lambda: os.write(screen.master, b"y") and screen.process.poll() is not None,
            reading=False,
        )
        assert screen.process.wait() == 0
        assert screen.modes() == screen.before
