"""w Why not: the closest symbols with what blocks them, and what blocked most often today."""

from ramstock_tui.link.schema import WhyRow, WhyView
from ramstock_tui.ui import text
from ramstock_tui.ui.panes import score
from ramstock_tui.ui.scene import Scene, hatch, say
from ramstock_tui.ui.text import Line, clean

LEAST = 9  # lines that the rules of a profile take
WIDE = 64  # from here on the shortfall has a column of its own


def title(scene: Scene, cells: int) -> Line:
    return (("w Why not?", "title"), (" closest in the universe", "dim"))


def whole_title(scene: Scene, cells: int) -> Line:
    view = scene.held.score
    name = "w Why not" if view is None else f"w Why, or why not {clean(view.ticker)[:12]}"
    return ((name, "title"),)


def whole(scene: Scene, cells: int, height: int) -> list[Line]:
    """The selected symbol's rules, then the closest symbols."""
    below = _lines(scene.held.why, scene, cells)
    lines = [*score.rules(scene, cells, max(height - len(below), LEAST)), *below]
    first = max(0, min(scene.top.get("why", 0), len(lines) - height))
    return hatch(lines[first:]) if scene.stale else lines[first:]


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    lines = _lines(scene.held.why, scene, cells)
    return hatch(lines) if scene.stale else lines


def _lines(view: WhyView | None, scene: Scene, cells: int) -> list[Line]:
    if view is None:
        return say("waiting for figures")
    lines: list[Line] = [
        ((_columns(cells, "SYM", "SCORE", "BLOCKED BY", "NEAREST CHANGE", "FOR"), "dim"),)
    ]
    lines += [((_row(row, scene, cells), ""),) for row in view.rows]
    if not view.rows:
        lines += say("no symbol waits for an alert")
    return [*lines, *_today(view, cells)]


def _columns(cells: int, ticker: str, points: str, blocked: str, change: str, since: str) -> str:
    head = f"{text.clip(ticker, 6)} {points[:5]:>5}  "
    rest = cells - len(head) - 8
    if cells < WIDE:
        return f"{head}{text.clip(blocked, rest)} {since[:7]:>7}"
    left = rest * 3 // 5
    right = rest - left - 1
    return f"{head}{text.clip(blocked, left)} {text.clip(change, right)} {since[:7]:>7}"


def _row(row: WhyRow, scene: Scene, cells: int) -> str:
    """FOR: how long it has been so; where time alone ends it, what is left of that."""
    now = scene.now.now_ts
    since = text.DASH if row.since_ts is None else text.span(now - row.since_ts)
    if row.until_ts is not None:
        since = f"-{text.span(row.until_ts - now)}"
    points = text.points(row.score_e4)
    return _columns(
        cells, clean(row.ticker), points, clean(row.blocked), clean(row.shortfall), since
    )


def _today(view: WhyView, cells: int) -> list[Line]:
    """Counts of the acting profile, equal to the journal."""
    half = text.points(view.need_e4 // 2)
    counts = [
        text.part(0, ((f"today {view.near}× at {half} or more", ""),)),
        text.part(0, ((f"{view.signals} alerts", "good"),)),
        text.part(0, ((f"{view.rejected} rejected", ""),)),
        text.part(1, ((f"{view.held} held by a limit", ""),)),
    ]
    lines = [text.fit_parts(counts, cells, " · ")]
    if view.blocked:
        tops = [(f"{clean(words)} {n * 100 // view.blocked}%", n) for words, n in view.blockers]
        head, counted = "top blockers  ", " · ".join(f"{words} ({n})" for words, n in tops)
        short = len(head) + len(counted) > cells
        said = " · ".join(words for words, _ in tops) if short else counted
        lines.append(text.cut(((head, "dim"), (said, "")), cells))
    return lines
