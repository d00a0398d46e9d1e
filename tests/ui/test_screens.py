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
from ramstock_tui.ui.moment import PAST, Moment
from ramstock_tui.ui.state import State
from ramstock_tui.ui.text import Line
from ramstock_tui.ui.theme import TOKENS
from tests.ui import frames
from tests.ui.fake_link import FakeClock, FakeLink
from tests.ui.front import Front, cockpit, screen


def front(state: State) -> Front:
    assert isinstance(state.front, Front)
    return state.front


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


LOCK = schema.LockRow("LOCKED", "losses of the day: no new entries", None)
PAUSE = schema.LockRow(
    "PAUSED", "third loss in 30 min: no new entries", frames.NOW + 745 * frames.S
)
ONE = frames.universe("ABCD")
QUIET = frames.pending()
DEMO = frames.demo_status()
OPEN = schema.OutcomeRow("20261123-EFGH-4", "EFGH", "OPEN", 500, None, frames.NOW - 21 * frames.S)
RUNNING = frames.pending(last=(OPEN, *frames.OUTCOMES))
BOTH = ((80, 24), (120, 40))


@pytest.mark.parametrize("size", BOTH)
@pytest.mark.parametrize(
    ("name", "values", "actions"),
    [
        ("starting", {}, []),
        ("waiting", {"status": frames.starting_status()}, []),
        ("demo", frames.slices(status=DEMO, pending=QUIET), []),
        ("trade", frames.slices(
            status=frames.demo_status(net_e4=-127_0000, open_net_e4=-30_0000),
            pending=RUNNING), []),
        ("stale", frames.slices(
            status=frames.status(data_state="stale", data_age_ns=31 * 10**8)), []),
        ("lost", frames.slices(
            status=frames.status(data_state="lost", data_age_ns=12 * 10**9)), []),
        ("part", frames.slices(
            status=frames.status(away=(1, 2, frames.NOW - 7 * frames.S), rtt_ms=4,
                                 slots=(6, 200, 3, 6, 3, 6)),
            ladder=frames.ladder(reason=schema.CONNECTION_LOST)), []),
        ("paused", frames.slices(status=frames.demo_status(
            locks=(PAUSE,), losses=3, losses_recent=3, net_e4=-145_5000), pending=QUIET), []),
        ("frozen", frames.slices(), ["freeze"]),
        ("filter", frames.slices(), ["filter", "type E"]),
        ("ended", frames.slices(
            status=frames.replay_status(data_state="done"), pending=QUIET), []),
        ("help", frames.slices(), ["help"]),
    ],
)  # fmt: skip
def test_state(
    name: str, size: tuple[int, int], values: dict[str, Any], actions: Sequence[str]
) -> None:
    state = cockpit(*size, values)
    for action in actions:
        if action.startswith("type "):
            state.answer(action[5:], action[5:], 0)
        else:
            state.act(action, 0, 0)
    check(f"{name}-{size[0]}", state.picture(5_000_000_000 if name == "frozen" else 0))


@pytest.mark.parametrize("size", BOTH)
def test_a_screen_without_the_pen(size: tuple[int, int]) -> None:
    state = cockpit(*size)
    state.receive(schema.Pen("reader", 77), 0)
    check(f"reader-{size[0]}", state.picture(0))


@pytest.mark.parametrize(
    ("name", "size", "values", "actions"),
    [
        ("between", (100, 30), frames.slices(status=DEMO), []),
        ("between-wide", (132, 43), frames.slices(status=DEMO), []),
        ("roomy", (200, 60), frames.slices(status=DEMO), []),
        ("small", (60, 18), frames.slices(status=DEMO), []),
        ("live", (80, 24), frames.slices(), []),
        ("live-wide", (120, 40), frames.slices(), []),
        ("replay-wide", (120, 40),
         frames.slices(universe=ONE, status=frames.replay_status(), pending=QUIET), []),
        ("why-not", (80, 24), frames.slices(score=frames.thin_score(), pending=QUIET), ["why"]),
        ("halted", (80, 24), frames.slices(ladder=frames.ladder(reason="halted")), []),
        ("locked", (80, 24), frames.slices(
            status=frames.status(net_e4=-436_5000, locks=(LOCK,)), pending=QUIET), []),
    ],
)  # fmt: skip
def test_screen(
    name: str, size: tuple[int, int], values: dict[str, Any], actions: Sequence[str]
) -> None:
    check(name, screen(*size, values, actions))


def test_screen_of_a_silent_host() -> None:
    check("silent", cockpit().picture(1_700_000_000))


REPLAYED = frames.slices(status=frames.replay_status(clock_label="REPLAY CLOCK"))
SIZES = ((80, 24), (120, 40), (200, 60))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "line", "status", "typed"),
    [
        ("", {}, {}, ""),
        ("-jump", {"seek": (frames.NOW + 1800 * frames.S, 43)}, {}, ""),
        ("-typing", {}, {}, "9:5"),
        ("-unknown", {"known_ts": frames.NOW, "place": (4, 4), "next_ts": None}, {}, ""),
        ("-what-if", {}, {"clock_label": "WHAT-IF", "note": "what if spread_max=0.05"}, ""),
    ],
)
def test_a_replay_with_its_time_line(
    name: str, size: tuple[int, int], line: dict[str, Any], status: dict[str, Any], typed: str
) -> None:
    values = REPLAYED | {"timeline": frames.timeline(**line)}
    values["status"] = frames.replay_status(**{"clock_label": "REPLAY CLOCK"} | status)
    state = cockpit(*size, values)
    if typed:
        state.act("jump", 0, 0)
        for key in (*typed, "enter"):
            state.answer(key, key[:1], 0)
    check(f"timeline{name}-{size[0]}", state.picture(0))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("card", [False, True])
def test_a_past_moment_below_the_live_status(size: tuple[int, int], card: bool) -> None:
    quiet = {} if card else {"pending": QUIET}
    state = cockpit(*size, frames.slices(status=DEMO, **quiet))
    past = cockpit(*size, REPLAYED | {"timeline": frames.timeline(), "pending": QUIET})
    past.desk.past = PAST
    state.moments.opened(Moment(past, front(past).send, frames.NOW))
    check(f"moment{'-card' * card}-{size[0]}", state.picture(0))


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
