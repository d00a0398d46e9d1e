"""Coverage: which symbol was watched how long, with a depth slot or on its line only, and not."""

from ramstock_tui.link.schema import CoverageRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, say
from ramstock_tui.ui.text import Line, clean

NONE = "this market shows every book; there is nothing to share out"
HEAD = f" {'SYM':<7}{'DEEP':>8}{'LINE':>8}{'NONE':>8}{'SLOTS':>6}  NOW"


def title(scene: Scene, cells: int) -> Line:
    """`Coverage · deep 12% of universe-time`."""
    status = scene.live.status
    share = None if status is None else status.deep_bp
    more = "" if share is None else f" · deep {share / 100:.1f}% of universe-time"
    return ((f"Coverage{more}", "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    """A head, one line a symbol, and their sum."""
    view = scene.held.coverage
    if view is None or not view.rows:
        return say(NONE)
    now = scene.now.now_ts
    first = max(0, min(scene.top.get("coverage", 0), len(view.rows) - 1))
    room = max(1, height - 2)
    lines: list[Line] = [((HEAD, "dim"),)]
    lines += [_line(row, now) for row in view.rows[first : first + room]]
    sums = [sum(times) for times in zip(*(row[1:4] for row in map(_times, view.rows)), strict=True)]
    total = "".join(f"{text.span(ns):>8}" for ns in sums)
    lines.append(((f" {'all':<7}{total}", "title"),))
    return [text.cut(line, cells) for line in lines[:height]]


def _times(row: CoverageRow) -> tuple[str, int, int, int]:
    return row.ticker, row.deep_ns, row.probe_ns, row.none_ns


def _line(row: CoverageRow, now_ts: int) -> Line:
    times = "".join(f"{text.span(ns):>8}" for ns in _times(row)[1:])
    mark = "◆" if row.state == "deep" else " "
    since = text.span(max(0, now_ts - row.since_ts))
    token = {"deep": "accent", "none": "warn"}.get(row.state, "")
    said = f"{mark}{clean(row.ticker):<7}{times}{row.spells:>6}  {row.state} {since}"
    return ((said, token),)
