"""The time line of a replay: its ends, what was decided, where it stands. Above the key line."""

from ramstock_tui.link.schema import TimelineView
from ramstock_tui.ui import text
from ramstock_tui.ui.layout import WIDE_HEIGHT, WIDE_WIDTH
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import NS, Line, Span, clean

# kinds of marks, the weightiest first: only one fits into a cell
MARKS: dict[str, Span] = {
    "lock": ("■", "bad"),
    "loss": ("✗", "bad"),
    "win": ("✓", "good"),
    "fill": ("●", "accent"),
    "alert": ("▲", "good"),
    "halt": ("H", "warn"),
    "other": ("┴", "dim"),
}
NAMES = {"alert": "alert", "fill": "fill", "win": "won", "loss": "lost", "lock": "lock"}
RANK = {kind: at for at, kind in enumerate(MARKS)}
HERE: Span = ("┃", "title")
GOAL: Span = ("╎", "warn")
DONE: Span = ("━", "accent")
AHEAD: Span = ("─", "dim")
UNSEEN: Span = ("╌", "dim")
GAP: Span = (" ", "dim")
SHORT_NS = 600 * NS  # below it the ends are shown to the second


def height(width: int, rows: int) -> int:
    """Rows that it takes on a screen of this size."""
    return 2 if width >= WIDE_WIDTH and rows >= WIDE_HEIGHT else 1


def lines(scene: Scene, cells: int, count: int) -> list[Line]:
    """Exactly `count` rows; none before the host has told of a time line."""
    view = scene.live.timeline
    if view is None:
        return []
    offset = scene.offset_s
    head: Line = ((f" {_end(view.start_ts, view, offset)} ", "dim"),)
    tail = _tail(view, scene)
    room = cells - text.width(head) - text.width(tail)
    rows = [text.fit((*head, *line(view, scene.now.now_ts, room), *tail), cells)]
    if count > 1:
        rows.append(text.fit(_words(view, scene, cells), cells))
    return rows


def line(view: TimelineView, now: int, cells: int) -> Line:
    """The line itself in `cells` characters."""
    if cells < 3 or view.end_ts <= view.start_ts:
        return ((" " * max(0, cells), ""),)
    shown = [_ground(view, now, i, cells) for i in range(cells)]
    best: dict[int, str] = {}
    for ts, kind in view.marks:
        at = _cell(view, ts, cells)
        if kind in RANK and (at not in best or RANK[kind] < RANK[best[at]]):
            best[at] = kind
    for at, kind in best.items():
        shown[at] = MARKS[kind]
    if view.seek is not None:
        shown[_cell(view, view.seek[0], cells)] = GOAL
    shown[_cell(view, now, cells)] = HERE
    return _merged(shown)


def _ground(view: TimelineView, now: int, i: int, cells: int) -> Span:
    """What stands in a cell without a mark."""
    span = view.end_ts - view.start_ts
    first, last = (view.start_ts + span * k // cells for k in (i, i + 1))
    if any(a <= first and last <= b for a, b in view.gaps):
        return GAP
    if last <= now:
        return DONE
    return AHEAD if first <= view.known_ts else UNSEEN


def _cell(view: TimelineView, ts: int, cells: int) -> int:
    at = (ts - view.start_ts) * cells // (view.end_ts - view.start_ts)
    return max(0, min(cells - 1, at))


def _merged(spans: list[Span]) -> Line:
    out: list[Span] = []
    for part, token in spans:
        if out and out[-1][1] == token:
            out[-1] = (out[-1][0] + part, token)
        else:
            out.append((part, token))
    return tuple(out)


def _end(ts: int, view: TimelineView, offset_s: int) -> str:
    short = view.end_ts - view.start_ts < SHORT_NS
    return text.clock(ts, offset_s)[: 8 if short else 5]


def _tail(view: TimelineView, scene: Scene) -> Line:
    """The end; how far a jump is, else which decision of how many this is."""
    end: Line = ((f" {_end(view.end_ts, view, scene.offset_s)} ", "dim"),)
    if view.seek is not None:
        goal, done = view.seek
        to = text.clock(goal, scene.offset_s)
        return (*end, (f" to {to} {done:2d}% ", "warn"), ("esc: stop ", "dim"))
    at, count = view.place
    more = "+" if view.known_ts < view.end_ts else ""
    return (*end, (f" {at}/{count}{more} ", "accent"))


def _words(view: TimelineView, scene: Scene, cells: int) -> Line:
    """The decision that comes next, and what the marks mean."""
    at, count = view.place
    all_known = "" if view.known_ts >= view.end_ts else " so far"
    said: Line = ((f" decision {at} of {count}{all_known}", ""),)
    if view.next_ts is not None:
        when = text.clock(view.next_ts, scene.offset_s)
        wait = text.span(max(0, view.next_ts - scene.now.now_ts))
        said = (*said, (" · ", "dim"), (f"next {when} (in {wait}) ", "dim"))
        said = (*said, (clean(view.next_text), ""))
    legend: Line = tuple(
        span for kind, name in NAMES.items() for span in (MARKS[kind], (f" {name}  ", "dim"))
    )
    legend = (*legend, (MARKS["other"][0], "dim"), (" other ", "dim"))
    room = cells - text.width(legend) - 2
    return text.two_sides(text.cut(said, max(20, room)), legend, cells)
