"""Odd places to start in: it works, or refuses with one line and leaves the terminal alone."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.pty_help import DEADLINE_S, environment, replay, terminal

PYTHON = [sys.executable, "-P", "-m", "ramstock_tui"]


def few_files(session: Path) -> list[str]:
    return ["sh", "-c", 'ulimit -n 64; exec "$0" "$@"', *replay(session)]


def optimized(session: Path) -> list[str]:
    return [sys.executable, "-O", *replay(session)[1:]]


@pytest.mark.parametrize(
    ("how", "variables"),
    [
        (replay, {"LC_ALL": "C", "LANG": "C"}),
        (replay, {"LC_ALL": "POSIX", "NO_COLOR": "1"}),
        (replay, {"PYTHONIOENCODING": "latin-1"}),
        (optimized, {}),
        (few_files, {}),
    ],
    ids=["locale-C", "no-color", "latin-1", "optimized", "64-files"],
)
def test_the_screen_works_there(
    tmp_path: Path, session: Path, how: object, variables: dict[str, str]
) -> None:
    assert callable(how)
    with terminal(how(session), tmp_path, **variables) as screen:
        screen.shows("1 Universe", "q quit")
        screen.process.send_signal(signal.SIGTERM)
        assert screen.code() == 143
        assert screen.modes() == screen.before


def test_given_a_dumb_terminal_then_one_line_refuses(tmp_path: Path, session: Path) -> None:
    with terminal(replay(session), tmp_path, TERM="dumb") as screen:
        assert screen.code() == 1
        assert screen.out.count(b"\n") == 1
        assert b"ramstock: TERM=dumb: " in screen.out
        assert b"\x1b" not in screen.out
        assert screen.modes() == screen.before


def test_given_no_terminal_then_one_line_refuses_and_nothing_is_forked(
    tmp_path: Path, session: Path
) -> None:
    done = subprocess.run(
        replay(session), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        cwd=tmp_path, env=environment(tmp_path), timeout=DEADLINE_S,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is no terminal" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [["--version"], ["replay", "--help"]])
def test_given_a_terminal_and_no_screen_asked_for_then_nothing_of_it_is_touched(
    tmp_path: Path, words: list[str]
) -> None:
    with terminal([*PYTHON, *words], tmp_path) as screen:
        assert screen.code() == 0
        assert b"\x1b" not in screen.out
        assert screen.modes() == screen.before
