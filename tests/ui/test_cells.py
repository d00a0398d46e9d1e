"""The bytes for the cells that changed bring a terminal to the new picture."""

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.style import Style

from ramstock_tui.ui.cells import CellUpdate, Run, cut, differing
from ramstock_tui.ui.text import Line, width

COLS, ROWS = 40, 3
LOOKS = {
    "": Style.parse("#ffffff on #101419"),
    "good": Style.parse("bold #00ff00 on #101419"),
    "bad": Style.parse("reverse #ff0000 on #101419"),
    "plain": Style.null(),
}
CONSOLE = Console(color_system="truecolor", force_terminal=True)
SPAN = st.tuples(st.text("abxé│█▶", min_size=1, max_size=9), st.sampled_from(sorted(LOOKS)))


def full(spans: list[tuple[str, str]]) -> Line:
    line = cut(tuple(spans), 0, COLS)
    assert width(line) == COLS
    return line


LINES = st.lists(st.lists(SPAN, max_size=12).map(full), min_size=ROWS, max_size=ROWS)


def painted(*updates: CellUpdate) -> list[list[tuple[object, ...]]]:
    """Every cell of a terminal that got them, with its looks."""
    screen = pyte.Screen(COLS, ROWS)
    stream = pyte.Stream(screen)
    for update in updates:
        stream.feed(update.render_segments(CONSOLE))
    return [
        [tuple(screen.buffer[y][x]) for x in range(COLS)]
        for y in range(ROWS)
    ]  # fmt: skip


def whole(rows: list[Line]) -> CellUpdate:
    return CellUpdate(rows, [Run(y, 0, COLS) for y in range(ROWS)], LOOKS.__getitem__, {})


@given(LINES, LINES)
def test_given_a_painted_screen_when_the_differences_are_written_then_it_shows_the_new_picture(
    before: list[Line], after: list[Line]
) -> None:
    change = CellUpdate(after, differing(before, after), LOOKS.__getitem__, {})
    assert painted(whole(before), change) == painted(whole(after))


def test_equal_pictures_write_nothing() -> None:
    rows = [full([("abc", "good")])] * ROWS
    assert differing(rows, list(rows)) == []
    assert CellUpdate(rows, [], LOOKS.__getitem__, {}).render_segments(CONSOLE) == ""


def test_a_change_at_the_right_edge_does_not_repaint_the_row() -> None:
    before, after = (full([("a" * (COLS - 1), ""), (last, "bad")]) for last in "xy")
    runs = differing([before] * ROWS, [before, after, before])
    assert runs == [Run(1, COLS - 1, COLS)]


def test_what_a_pane_forgot_to_clean_does_not_reach_the_terminal() -> None:
    rows: list[Line] = [(("a\x1b]0;b\x07" + "c" * (COLS - 7), ""),)] * ROWS
    text = CellUpdate(rows, [Run(0, 0, COLS)], LOOKS.__getitem__, {}).render_segments(CONSOLE)
    assert "\x1b]" not in text
    assert "\x07" not in text


def test_cells_that_a_row_does_not_have_are_blank() -> None:
    assert cut((("abc", "good"),), 2, 6) == (("c", "good"), ("   ", ""))
