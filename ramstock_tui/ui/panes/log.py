"""8 Log: the last events, newest first."""

from ramstock_tui.link.schema import LogRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, say
from ramstock_tui.ui.text import Line, clean
from ramstock_tui.ui.views import log_rows

NARROW = 60  # below it the hour is left out
LEVELS = {"good": ("✓", "good"), "warn": ("!", "warn"), "bad": ("✗", "bad")}


def title(scene: Scene, cells: int) -> Line:
    """`8 Log`, `8 Log 3 of 60 /QRST`."""
    view, typed = scene.held.log, scene.filters.get("log", "")
    if view is None or not typed:
        return (("8 Log", "title"),)
    count = len(log_rows(view.rows, typed))
    line: Line = ((f"8 Log {count} of {len(view.rows)} ", "title"), (f"/{typed}", "accent"))
    return text.cut(line, cells)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    view = scene.held.log
    if view is None or not view.rows:
        return say("nothing yet")
    rows = log_rows(view.rows, scene.filters.get("log"))
    if not rows:
        return say("no line matches; esc clears", "warn")
    first = max(0, min(scene.top.get("log", 0), len(rows) - height))
    return [
        _row(row, scene.offset_s, cells, row.n == scene.row) for row in rows[first : first + height]
    ]


def _row(row: LogRow, offset_s: int, cells: int, picked: bool) -> Line:
    glyph, token = LEVELS.get(row.level, (" ", ""))
    stamp = text.clock(row.ts, offset_s)[0 if cells >= NARROW else 3 :]
    ticker = f"{clean(row.ticker)[:8]} " if row.ticker else ""
    line: Line = ((f"{stamp} ", "dim"), (f"{glyph} ", token), (ticker + clean(row.text), token))
    if picked:
        words = "".join(part for part, _ in line)
        return text.fit(((words.replace(" ", "▶", 1), "pick"),), cells, "pick")
    return text.cut(line, cells)
