"""1 Universe: the symbols, which of them is selected, and what each is doing."""

from ramstock_tui.link.schema import UniverseRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, hatch, say
from ramstock_tui.ui.text import Line, clean

NARROW = 38  # below it no T/s, and short states
HOT = {"PENDING": "accent", "HALT": "bad", "OPEN": "accent"}


def title(scene: Scene, cells: int) -> Line:
    view = scene.held.universe
    return ((f"1 Universe {len(view.rows) if view else text.DASH}", "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    """A head and one line a symbol, scrolled so that the selected one is in view."""
    view = scene.held.universe
    if view is None:
        return say("waiting for symbols")
    if not view.rows:
        return say("no symbol passes the universe's filters", "warn")
    room = max(1, height - 1)
    first = top(scene, room)
    head: Line = (
        (
            _columns(cells, " SYM", "LAST", "SCORE" if cells >= NARROW else "SC", "T/s", "STATE"),
            "dim",
        ),
    )
    rows = [_row(row, scene, cells) for row in view.rows[first : first + room]]
    return [head, *(hatch(rows) if scene.stale else rows)]


def top(scene: Scene, room: int) -> int:
    rows = scene.held.universe.rows if scene.held.universe else ()
    at = next((i for i, row in enumerate(rows) if row.ticker == scene.selected), 0)
    return max(0, min(at - room // 2, len(rows) - room))


def _columns(cells: int, ticker: str, last: str, score: str, tape: str, state: str) -> str:
    if cells < NARROW:
        return f"{ticker:<6}{last:>6}{score:>5} {state}"
    return f"{ticker:<7}{last:>8}{score:>6}{tape:>5}  {state}"


def _row(row: UniverseRow, scene: Scene, cells: int) -> Line:
    here = row.ticker == scene.selected
    mark = "▶" if here else "!" if row.state.upper().startswith("HALT") else " "
    tape = text.DASH if row.tape_count_3s is None else f"{row.tape_count_3s / 3:.1f}"
    state = _state(row, scene, cells)
    name = clean(row.ticker)[:6]
    score = text.points(row.score_e4)
    line = _columns(cells, mark + name, text.dollars(row.last_e4), score, tape, state)
    token = HOT.get(row.state.split(" ")[0], "pick" if here else "")
    return text.fit(((line, token),), cells, token)


def _state(row: UniverseRow, scene: Scene, cells: int) -> str:
    """The state word, and how long it lasts; in a narrow pane the word gives way."""
    word = clean(row.state)
    if row.until_ts is None or row.until_ts <= scene.now.now_ts:
        return word
    left = text.span(row.until_ts - scene.now.now_ts)
    if cells >= NARROW:
        return f"{word} {left}"
    left = left.split("m")[0] + "m" if "m" in left and "h" not in left else left
    return f"{word[: max(1, cells - 19 - len(left))]} {left}"
