"""ctrl+z and fg in a real interactive shell, and stops where there is no shell."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.terminal.pty_help import Terminal, children, replay, state, terminal

PROMPT = "prompt-9>"


def shell(bash: str, folder: Path) -> Terminal:
    screen = Terminal(
        [bash, "--norc", "--noprofile", "-i"], folder, PS1=f"prompt-$((4+5))>", HISTFILE=""
    )
    screen.shows(PROMPT)
    return screen


def prompts(screen: Terminal) -> int:
    return screen.out.count(PROMPT.encode())


def test_given_ctrl_z_then_the_shell_is_back_and_fg_brings_the_picture_back(
    tmp_path: Path, session: Path, require_program: Callable[[str], str]
) -> None:
    screen = shell(require_program("bash"), tmp_path)
    try:
        screen.keys(" ".join(replay(session)) + "\r")
        screen.shows("q quit", "no trades yet")
        for _ in range(2):
            before, left = prompts(screen), screen.out.count(b"\x1b[?1049l")
            screen.keys("\x1a")
            screen.until(lambda n=before: prompts(screen) > n)
            assert screen.out.count(b"\x1b[?1049l") == left + 1
            screen.keys("jobs; stty -a | tr ';' '\\n' | grep -cw -e icanon -e isig\r")
            screen.until(lambda: b"Stopped" in screen.out)
            pictures = screen.out.count(b"\x1b[?1049h")
            at = len(screen.out)
            screen.keys("fg\r")
            screen.until(lambda n=pictures: screen.out.count(b"\x1b[?1049h") > n)
            screen.until(lambda n=at: b"Universe" in screen.out[n:] and b"q quit" in screen.out[n:])
        before = prompts(screen)
        screen.keys("q")
        screen.shows("y/N")
        screen.keys("y")
        screen.until(lambda: prompts(screen) > before)
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
