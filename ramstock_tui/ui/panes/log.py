"""8 Log: the last events, newest first."""

from ramstock_tui.link.schema import LogRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, say
from ramstock_tui.ui.text import Line, clean

LEVELS = {"good": ("✓", "good"), "warn": ("!", "warn"), "bad": ("✗", "bad")}


def title(scene: Scene, cells: int) -> Line:
    return (("8 Log", "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    view = scene.held.log
    if view is None or not view.rows:
        return say("nothing yet")
    first = max(0, min(scene.top.get("log", 0), len(view.rows) - height))
    return [_row(row, scene.offset_s, cells) for row in view.rows[first : first + height]]


def _row(row: LogRow, offset_s: int, cells: int) -> Line:
    glyph, token = LEVELS.get(row.level, (" ", ""))
    stamp = text.clock(row.ts, offset_s)
    ticker = f"{clean(row.ticker)[:8]} " if row.ticker else ""
    line: Line = ((f"{stamp} ", "dim"), (f"{glyph} ", token), (ticker + clean(row.text), token))
    return text.cut(line, cells)
