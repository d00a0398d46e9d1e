"""ctrl+z and fg in a real interactive shell, and stops where there is no shell."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.terminal.pty_help import Terminal, children, replay, state, terminal

PROMPT = "prompt-9>"
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


def shell(bash: str, folder: Path) -> Terminal:
    screen = Terminal(
        [bash, "--norc", "--noprofile", "-i"], folder, PS1="prompt-$((4+5))>", HISTFILE=""
    )
    screen.shows(PROMPT)
    return screen


def more(screen: Terminal, sequence: str, seen: int) -> None:
    """Wait until the program wrote this once more."""
    screen.until(lambda: screen.out.count(sequence.encode()) > seen)


def count(screen: Terminal, sequence: str) -> int:
    return screen.out.count(sequence.encode())


def test_given_ctrl_z_then_the_shell_is_back_and_fg_brings_the_picture_back(
    tmp_path: Path, session: Path, require_program: Callable[[str], str]
) -> None:
    screen = shell(require_program("bash"), tmp_path)
    try:
        screen.keys(" ".join(replay(session)) + "\r")
        screen.shows("q quit", "no trades yet")
        for _ in range(2):
            before, left = count(screen, PROMPT), count(screen, LEAVE)
            screen.keys("\x1a")
            more(screen, PROMPT, before)
            assert count(screen, LEAVE) == left + 1
            stopped = count(screen, "Stopped")
            screen.keys("jobs\r")
            more(screen, "Stopped", stopped)
            shown = count(screen, ENTER), count(screen, "Universe"), count(screen, "q quit")
            screen.keys("fg\r")
            for sequence, seen in zip((ENTER, "Universe", "q quit"), shown, strict=True):
                more(screen, sequence, seen)
        before = count(screen, PROMPT)
        screen.keys("q")
        screen.shows("y/N")
        screen.keys("y")
        more(screen, PROMPT, before)
        screen.keys("echo code=$?\r")
        screen.until(lambda: b"code=0" in screen.out)
    finally:
        screen.close()


def test_given_no_shell_when_ctrl_z_is_pressed_then_the_screen_comes_back_by_itself(
    tmp_path: Path, session: Path
) -> None:
    """The kernel stops nobody whom no one could wake."""
    with terminal(replay(session), tmp_path) as screen:
        screen.shows("q quit")
        screen.keys("\x1a")
        screen.until(lambda: screen.out.count(b"\x1b[?1049h") == 2)
        at = len(screen.out)
        screen.until(lambda: b"Universe" in screen.out[at:])


def test_given_a_stop_from_outside_then_a_continue_shows_it_again(
    tmp_path: Path, session: Path
) -> None:
    with terminal(replay(session), tmp_path) as screen:
        screen.shows("q quit")
        (child,) = children(screen.process.pid)
        os.kill(child, signal.SIGSTOP)
        screen.until(lambda: state(child) == "T")
        os.kill(screen.process.pid, signal.SIGCONT)
        screen.until(lambda: state(child) in "SR")
        at = len(screen.out)
        screen.until(lambda: b"09:27" in screen.out[at:] or len(screen.out) > at)
        screen.process.send_signal(signal.SIGTERM)
        assert screen.code() == 143
