"""A whole picture as lines: status rows, boxes with their panes, hint row. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ramstock_tui.ui import help as help_page
from ramstock_tui.ui import text
from ramstock_tui.ui.layout import MIN_HEIGHT, MIN_WIDTH, STATUS_ROWS, Box
from ramstock_tui.ui.panes import (
    book,
    coverage,
    heatmap,
    ladder,
    locks,
    log,
    pending,
    pnl,
    score,
    status,
    tape,
    throttle,
    universe,
    whynot,
)
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import Line


class Pane(NamedTuple):
    """title(scene, cells) in the border; body(scene, cells, height) at most `height` lines.
    reads: the slices that it shows. moves: it also shows an age or a countdown."""

    title: Callable[[Scene, int], Line]
    body: Callable[[Scene, int, int], list[Line]]
    reads: tuple[str, ...]
    moves: bool = True


PANES = {
    "universe": Pane(universe.title, universe.body, ("symbols", "funnel", "universe", "pending")),
    "ladder": Pane(ladder.title, ladder.body, ("ladder",)),
    "heatmap": Pane(heatmap.title, heatmap.body, ("heatmap",)),
    "tape": Pane(tape.title, tape.body, ("tape",), moves=False),
    "book": Pane(book.title, book.body, ("ladder", "tape")),
    "score": Pane(score.title, score.body, ("score", "lanes")),
    "why": Pane(whynot.whole_title, whynot.whole, ("score", "lanes", "why")),
    "whynot": Pane(whynot.title, whynot.body, ("why",)),
    "pending": Pane(pending.title, pending.body, ("pending", "score", "universe")),
    "pnl": Pane(pnl.title, pnl.body, ("status", "pending"), moves=False),
    "throttle": Pane(throttle.title, throttle.body, ("status", "limits")),
    "coverage": Pane(coverage.title, coverage.body, ("coverage",)),
    "log": Pane(log.title, log.body, ("log",), moves=False),
}
STEP_NS = 100_000_000  # ages and countdowns move in tenths of a second

PLAIN, HEAVY = tuple("┌─┐│└┘"), tuple("┏━┓┃┗┛")


@dataclass(frozen=True)
class Chrome:
    """What is around the panes: the focused pane, the help page, the lowest line. report: lines
    shown in place of the panes, none when empty. foot: rows between the panes and the lowest."""

    focus: str = ""
    help: bool = False
    hint: Line = ()
    report: tuple[str, ...] = ()
    foot: tuple[Line, ...] = ()


class Cached(NamedTuple):
    """What something was painted from, and what came of it."""

    made_from: tuple[Any, ...]
    lines: list[Line]


Cache = dict[str, Cached]


def picture(
    scene: Scene,
    boxes: list[Box],
    chrome: Chrome,
    width: int,
    height: int,
    cache: Cache | None = None,
) -> list[Line]:
    """Exactly `height` lines of `width` cells. cache: what was painted before; a pane and a row
    whose sources are the same are taken from there."""
    cache = {} if cache is None else cache
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return _small(scene, chrome, width, height)
    middle = height - STATUS_ROWS - 1 - len(chrome.foot)
    if chrome.help:
        cover = Box("help", 0, STATUS_ROWS, width, middle)
        inner = help_page.page(_inner(width), middle - 2, _replay(scene))
        body = _frame(cover, (("? Help", "title"),), inner, True)
    elif chrome.report:
        cover = Box("report", 0, STATUS_ROWS, width, middle)
        body = _frame(
            cover, (("Engine log", "title"),), _report(chrome.report, width, middle), True
        )
    else:
        body = _tile(scene, boxes, chrome.focus, width, middle, cache)
    if bar := locks.bar(scene, width):
        body[-1] = bar
    return [*status.rows(scene, width), *body, *chrome.foot, text.fit(chrome.hint, width)]


def _replay(scene: Scene) -> bool:
    return scene.live.status is not None and scene.live.status.mode == "replay"


def _report(said: tuple[str, ...], width: int, height: int) -> list[Line]:
    """The lines, wrapped; of too many the last ones."""
    lines = [line for one in said for line in text.wrap(((text.clean(one), ""),), _inner(width))]
    return lines[-(height - 2) :]


def _tile(
    scene: Scene, boxes: list[Box], focus: str, width: int, height: int, cache: Cache
) -> list[Line]:
    """The boxes side by side; they leave no gaps."""
    rows: list[list[Line]] = [[] for _ in range(height)]
    for box in sorted(boxes, key=lambda b: (b.y, b.x)):
        for i, line in enumerate(_cached(scene, box, focus == box.pane, cache)):
            rows[box.y - STATUS_ROWS + i].append(line)
    return [_row(y, parts, width, cache) for y, parts in enumerate(rows)]


def _row(y: int, parts: list[Line], width: int, cache: Cache) -> Line:
    made_from = (width, *parts)
    old = cache.get(f"row {y}")
    if old is None or old.made_from != made_from:
        line = text.fit(tuple(span for part in parts for span in part), width)
        old = cache[f"row {y}"] = Cached(made_from, [line])
    return old.lines[0]


def _cached(scene: Scene, box: Box, focused: bool, cache: Cache) -> list[Line]:
    made_from = (box, focused, *_sources(scene, box.pane))
    old = cache.get(box.pane)
    if old is None or old.made_from != made_from:
        old = cache[box.pane] = Cached(made_from, _draw(scene, box, focused))
    return old.lines


def _sources(scene: Scene, name: str) -> tuple[Any, ...]:
    """Everything that the picture of a pane depends on."""
    pane = PANES[name]
    own = tuple(store.held.get(one) for store in (scene.held, scene.live) for one in pane.reads)
    look = (scene.top.get(name, 0), scene.filters.get(name), scene.stale, scene.offset_s)
    moves = scene.now.mono // STEP_NS if pane.moves else 0
    if name == "universe":
        return (*own, *look, moves, scene.selected, scene.order, scene.only)
    if name == "log":
        return (*own, *look, moves, scene.row)
    if name == "pending":
        said = scene.said.get(scene.card.id) if scene.card else None
        return (*own, *look, moves, scene.card, scene.place, said, scene.off)
    return (*own, *look, moves)


def _draw(scene: Scene, box: Box, focused: bool) -> list[Line]:
    pane = PANES[box.pane]
    if box.rule:
        title = pane.title(scene, box.w - 4)
        return _rule(box, title, pane.body(scene, box.w, box.h - 1), focused)
    title = pane.title(scene, box.w - 4)
    return _frame(box, title, pane.body(scene, _inner(box.w), box.h - 2), focused)


def _frame(box: Box, title: Line, lines: list[Line], focused: bool) -> list[Line]:
    edge = "focus" if focused else "edge"
    nw, bar, ne, side, sw, se = HEAVY if focused else PLAIN
    fill = box.w - 3 - text.width(title)
    top: Line = ((nw + bar, edge), *title, (bar * fill + ne, edge))
    out = [top]
    room = _inner(box.w)
    pad = " " * (box.w - 3 - room)
    for i in range(box.h - 2):
        inner = text.fit(lines[i] if i < len(lines) else (), room)
        out.append(((f"{side} ", edge), *inner, (pad + side, edge)))
    out.append(((sw + bar * (box.w - 2) + se, edge),))
    return out


def _inner(cells: int) -> int:
    """Cells inside a frame: a blank at both sides, in a narrow one only at the left."""
    return cells - (4 if cells >= 36 else 3)


def _rule(box: Box, title: Line, lines: list[Line], focused: bool) -> list[Line]:
    bar, edge = ("━", "focus") if focused else ("─", "edge")
    head: Line = ((bar, edge), *title, (" ", edge))
    rest = box.w - text.width(head)
    out: list[Line] = [(*head, (bar * rest, edge))]
    out += [text.fit(line, box.w) for line in lines]
    return out + [text.fit((), box.w)] * (box.h - len(out))


def _small(scene: Scene, chrome: Chrome, width: int, height: int) -> list[Line]:
    """Too small for panes: the notice, the status rows and the card as running text."""
    lines: list[Line] = [((f"too small (need {MIN_WIDTH}×{MIN_HEIGHT})", "warn"),)]
    for row in status.rows(scene, max(MIN_WIDTH, width)):
        lines += text.wrap(_squeeze(row), width)
    if scene.card is not None:
        lines += text.wrap(pending.title(scene, MIN_WIDTH), width)
        for line in pending.body(scene, MIN_WIDTH - 4, 4):
            lines += text.wrap(_squeeze(line), width)
    lines += [()] * max(0, height - len(lines))
    shown = [*lines[: height - 1], chrome.hint] if height > 4 else lines[:height]
    return [text.fit(line, width) for line in shown]


def _squeeze(line: Line) -> Line:
    """Without the blanks that only align."""
    return tuple((" ".join(part.split()) + " ", token) for part, token in line if part.strip())
