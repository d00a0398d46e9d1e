"""Whole screens, kept as text with the token of every cell, and a few as pictures.

`RAMSTOCK_REWRITE=1 pytest tests/ui/test_screens.py` writes the text files anew; read the diff.
Pictures: `pytest tests/ui/test_screens.py --snapshot-update`.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from ramstock_tui.link import schema
from ramstock_tui.ui.app import Cockpit
from ramstock_tui.ui.text import Line
from ramstock_tui.ui.theme import TOKENS
from tests.ui import frames
from tests.ui.fake_link import FakeClock, FakeLink
from tests.ui.front import cockpit, screen

SCREENS = Path(__file__).parent / "screens"
LETTERS = dict(zip(("", *TOKENS), ".baudfgwxslATmeFp", strict=True))


def written(lines: list[Line]) -> str:
    """The picture, then the same cells as one letter for each token."""
    words = ["".join(part for part, _ in line) for line in lines]
    looks = ["".join(LETTERS[token] * len(part) for part, token in line) for line in lines]
    legend = " ".join(f"{letter}={token or 'text'}" for token, letter in LETTERS.items())
    return "\n".join([*words, legend, *looks]) + "\n"


def check(name: str, lines: list[Line]) -> None:
    path = SCREENS / f"{name}.txt"
    if os.environ.get("RAMSTOCK_REWRITE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(lines), encoding="utf-8")
    assert written(lines) == path.read_text(encoding="utf-8")


LOCK = schema.LockRow("SOFT LOCK", "no new entries", frames.NOW + 86_400 * frames.S)
ONE = frames.universe("ABCD")
QUIET = frames.pending()


@pytest.mark.parametrize(
    ("name", "size", "values", "actions"),
    [
        ("empty", (80, 24), {}, []),
        ("live", (80, 24), frames.slices(), []),
        ("live-wide", (120, 40), frames.slices(), []),
        ("replay-wide", (120, 40),
         frames.slices(universe=ONE, status=frames.replay_status(), pending=QUIET), []),
        ("why-not", (80, 24), frames.slices(score=frames.thin_score(), pending=QUIET), ["why"]),
        ("halted", (80, 24), frames.slices(ladder=frames.ladder(reason="halted")), []),
        ("locked", (80, 24), frames.slices(
            status=frames.status(net_e4=-436_5000, locks=(LOCK,)), pending=QUIET), []),
        ("help", (80, 24), frames.slices(), ["help"]),
    ],
)  # fmt: skip
def test_screen(
    name: str, size: tuple[int, int], values: dict[str, Any], actions: Sequence[str]
) -> None:
    check(name, screen(*size, values, actions))


def test_screen_of_a_silent_host() -> None:
    check("silent", cockpit().picture(1_700_000_000))


Compare = Callable[..., bool]


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "dark"), ((120, 40), "dark"), ((80, 24), "mono")]
)
def test_picture(snap_compare: Compare, size: tuple[int, int], theme: str) -> None:
    app = Cockpit(FakeLink(), theme=theme, clock=FakeClock())

    async def show(pilot: Pilot[int]) -> None:
        app.receive(frames.frame())
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=show)


def test_pictures_load_nothing_from_the_network() -> None:
    pictures = [
        *Path(__file__).parent.rglob("*.svg"),
        *(Path(__file__).parents[2] / "docs").glob("*.svg"),
    ]
    assert pictures
    for path in pictures:
        found = re.findall(r"https?://[^\s\"'<)]+", path.read_text(encoding="utf-8"))
        assert {url.split("/")[2] for url in found} <= {"www.w3.org", "www.textualize.io"}
