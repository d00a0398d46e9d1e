"""Painting only what changed shows the same as painting everything."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.ui.cells import changed
from ramstock_tui.ui.text import Line
from tests.ui import frames
from tests.ui.front import cockpit

MS = 1_000_000


def cells(line: Line) -> list[tuple[str, str]]:
    return [(char, token) for part, token in line for char in part]


SPANS = st.lists(st.tuples(st.text("ab", min_size=1, max_size=4), st.sampled_from(("", "x"))))


@given(SPANS, SPANS, st.integers(0, 12))
def test_the_runs_cover_every_cell_that_differs(
    before: list[tuple[str, str]], after: list[tuple[str, str]], same: int
) -> None:
    """Both rows as wide as a screen, with a common end."""
    width = max(len(cells(tuple(before))), len(cells(tuple(after))))
    tail = (("z" * same, ""),) if same else ()
    old, new = (
        (*line, *(((" " * (width - len(cells(tuple(line)))), ""),)), *tail)
        for line in (before, after)
    )
    covered = {x for run in changed(old, new, 3) for x in range(run.left, run.right)}
    differing = {i for i, (a, b) in enumerate(zip(cells(old), cells(new), strict=True)) if a != b}
    assert differing <= covered
    assert covered <= set(range(width + same))


ACTIONS = (
    "down", "up", "page_down", "first", "last", "pane_1", "pane_2", "pane_5", "pane_8", "zoom",
    "why", "help", "freeze", "back", "next_card", "filter", "mute",
)  # fmt: skip
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"status": frames.status(data_state="lost", data_age_ns=9_000_000_000)},
    {"status": frames.demo_status(net_e4=-300_0000, utc_offset_s=0)},
    {"ladder": frames.ladder(ticker="EFGH", reason="crossed")},
    {"tape": frames.tape(ticker="EFGH", count_3s=99)},
    {"pending": frames.pending()},
    {"pending": frames.pending(frames.card(id="B-7", ticker="EFGH"))},
    {"universe": frames.universe("ABCD", "QRST")},
    {"score": frames.thin_score()},
)
STEPS = st.lists(
    st.one_of(
        st.sampled_from(ACTIONS),
        st.integers(0, len(CHANGES) - 1),
        st.sampled_from([(80, 24), (120, 40), (60, 16)]),
        st.just(700.0),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_picture_from_the_cache_is_the_picture_made_anew(steps: list[Any]) -> None:
    state, ms = cockpit(80, 24), 0
    for n, step in enumerate(steps, start=2):
        ms += 100
        if isinstance(step, str) and state.prompt is None:
            state.act(step, ms * MS, ms * MS)
        elif isinstance(step, str):
            state.answer("enter" if step == "back" else "e", "e", ms * MS)
        elif isinstance(step, int):
            state.receive(frames.frame(n, frames.slices(**CHANGES[step])), ms * MS)
        elif isinstance(step, tuple):
            state.resize(*step)
        else:
            ms += 700
        kept = state.picture(ms * MS)
        cache, state._cache = state._cache, {}
        assert kept == state.picture(ms * MS)
        state._cache = cache
