"""NO_COLOR and the mono theme on a real terminal: no byte that sets a colour."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.test_run import Terminal

SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
COLOURS = {*range(30, 50), *range(90, 108)} - {39, 49}


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Terminal]:
    if request.param:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    program = Terminal(tmp_path)
    yield program
    program.close()


def codes(out: bytes) -> set[int]:
    """Every number of every SGR sequence."""
    return {int(n) for found in SGR.findall(out) for n in re.split(rb"[;:]", found) if n}


def walk(terminal: Terminal) -> None:
    """Through the panes, the help page, a filter and the question of leaving."""
    terminal.read(b"Universe")
    steps = ((b"j4", b"Score"), (b"?", b"FIRST"), (b"?1/E", b"keep"), (b"\rL", b"LOCK"))
    for keys, seen in steps:
        os.write(terminal.master, keys)
        terminal.read(seen)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.code() == 143


@pytest.mark.parametrize("terminal", [True], indirect=True)
def test_with_no_color_the_terminal_gets_no_colour_at_all(terminal: Terminal) -> None:
    walk(terminal)
    assert codes(terminal.out) & COLOURS == set()
    assert {1, 2, 7} <= codes(terminal.out)


@pytest.mark.parametrize("terminal", [False], indirect=True)
def test_without_no_color_there_are_colours(terminal: Terminal) -> None:
    walk(terminal)
    assert {38, 48} <= codes(terminal.out)
