"""However the program ends, the terminal is usable and the exit code says how it went."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.terminal.pty_help import Terminal, alive, children, replay, rss_kb, terminal

OFF = (
    b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?1006l", b"\x1b[?1015l",
    b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[<u", b"\x1b[?7h",
)  # fmt: skip


def shown(screen: Terminal) -> int:
    """Wait for the first picture; the process that shows it."""
    screen.shows("q quit")
    (child,) = children(screen.process.pid)
    return child


def assert_restored(screen: Terminal) -> None:
    assert screen.modes() == screen.before
    for sequence in OFF:
        on = sequence.replace(b"<u", b">25u")[:-1] + {b"l": b"h", b"h": b"l"}.get(
            sequence[-1:], b"u"
        )
        assert screen.out.rfind(sequence) > screen.out.rfind(on), sequence


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_given_a_screen_that_dies_then_the_parent_restores_the_terminal(
    tmp_path: Path, session: Path, number: signal.Signals
) -> None:
    with terminal(replay(session), tmp_path) as screen:
        os.kill(shown(screen), number)
        assert screen.code() == 128 + number
        assert_restored(screen)
        last = screen.out.splitlines()[-1].decode(errors="replace")  # it may die in a letter
        assert f"ramstock: the screen was ended by signal {number.value}" in last
        assert str(tmp_path) in last


def test_given_a_parent_that_dies_then_the_screen_leaves_and_restores_the_terminal(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session), tmp_path) as screen:
        child = shown(screen)
        screen.process.kill()
        screen.until(lambda: not alive(child))
        while screen.read(0):
            pass
        assert_restored(screen)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["TERM", "HUP"]
)
@pytest.mark.parametrize("to", ["parent", "screen", "both"])
def test_given_a_request_to_end_then_it_is_obeyed_within_2_s(
    tmp_path: Path, session: Path, number: signal.Signals, code: int, to: str
) -> None:
    with terminal(replay(session), tmp_path) as screen:
        child = shown(screen)
        asked = time.monotonic()
        for pid in {"parent": [screen.process.pid], "screen": [child]}.get(
            to, [screen.process.pid, child]
        ):
            os.kill(pid, number)
        assert screen.code() == code
        assert time.monotonic() - asked < 2.0
        assert_restored(screen)


def test_given_ctrl_c_from_outside_then_the_program_leaves_with_130(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session), tmp_path) as screen:
        shown(screen)
        os.killpg(screen.process.pid, signal.SIGINT)
        assert screen.code() == 130
        assert_restored(screen)


def test_given_a_window_that_is_closed_then_nothing_stays_behind(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session), tmp_path) as screen:
        child = shown(screen)
        screen.hang_up()
        assert screen.process.wait(5) == 129
        assert not alive(child)


def test_the_parent_is_small(tmp_path: Path, session: Path) -> None:
    with terminal(replay(session), tmp_path) as screen:
        shown(screen)
        assert rss_kb(screen.process.pid) < 16_000


def test_given_a_screen_that_hangs_when_asked_to_end_then_only_that_is_waited_for(
    tmp_path: Path, session: Path
) -> None:
    """A stopped process takes no request; a kill still restores the terminal."""
    with terminal(replay(session), tmp_path) as screen:
        child = shown(screen)
        os.kill(child, signal.SIGSTOP)
        os.kill(screen.process.pid, signal.SIGTERM)
        os.kill(child, signal.SIGKILL)
        assert screen.code() == 143
        assert_restored(screen)
