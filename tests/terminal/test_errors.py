"""Errors of our own code: the terminal is restored or told, and no secret is written anywhere."""

import sys
from pathlib import Path

import pytest

from tests.terminal.pty_help import Terminal, terminal

SECRETS = (b"PLANTED-SECRET", b"webhooks/1/P")


def broken(where: str, folder: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "tests.terminal.broken", where, str(folder)]


def assert_reported(folder: Path, screen: Terminal) -> None:
    """One report of mode 0600 that says where, without what the exception or a local said."""
    (report,) = folder.glob("crash-*.txt")
    assert report.stat().st_mode & 0o777 == 0o600
    text = report.read_bytes()
    assert b"ValueError" in text
    assert b"broken.py" in text
    assert not [secret for secret in SECRETS if secret in text + screen.out]


@pytest.mark.parametrize("where", ["handler", "timer", "worker", "thread-worker"])
def test_given_an_error_in_the_program_then_it_ends_with_1_and_names_the_report(
    tmp_path: Path, where: str
) -> None:
    folder = tmp_path / "state"
    with terminal(broken(where, folder), tmp_path, size=(120, 40)) as screen:
        assert screen.code() == 1
        assert screen.modes() == screen.before
        left = screen.out.rpartition(b"\x1b[?1049l")[2]
        assert b"ramstock stopped: ValueError; report: " in b" ".join(left.split())
        assert_reported(folder, screen)


@pytest.mark.parametrize(
    "where",
    ["quiet-worker", *(pytest.param(w, marks=pytest.mark.long) for w in ("task", "thread"))],
)
def test_given_an_error_in_the_background_then_the_screen_says_so_and_goes_on(
    tmp_path: Path, where: str
) -> None:
    folder = tmp_path / "state"
    with terminal(broken(where, folder), tmp_path, size=(120, 40)) as screen:
        screen.shows("INTERNAL ERROR", "ValueError; report: ")
        assert_reported(folder, screen)
        screen.keys("?")
        screen.until(lambda: "INTERNAL ERROR" not in screen.text())
        assert screen.process.poll() is None
