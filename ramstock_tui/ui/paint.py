"""A whole picture as lines: status rows, boxes with their panes, hint row. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ramstock_tui.ui import help as help_page
from ramstock_tui.ui import text
from ramstock_tui.ui.layout import MIN_HEIGHT, MIN_WIDTH, STATUS_ROWS, Box
from ramstock_tui.ui.panes import (
    book,
    ladder,
    log,
    pending,
    pnl,
    score,
    status,
    tape,
    throttle,
    universe,
)
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import Line


class Pane(NamedTuple):
    """title(scene, cells) in the border; body(scene, cells, height) at most `height` lines."""

    title: Callable[[Scene, int], Line]
    body: Callable[[Scene, int, int], list[Line]]


PANES = {
    "universe": Pane(universe.title, universe.body),
    "ladder": Pane(ladder.title, ladder.body),
    "tape": Pane(tape.title, tape.body),
    "book": Pane(book.title, book.body),
    "score": Pane(score.title, score.body),
    "pending": Pane(pending.title, pending.body),
    "pnl": Pane(pnl.title, pnl.body),
    "throttle": Pane(throttle.title, throttle.body),
    "log": Pane(log.title, log.body),
}

PLAIN, HEAVY = tuple("┌─┐│└┘"), tuple("┏━┓┃┗┛")


@dataclass(frozen=True)
class Chrome:
    """What is around the panes: the focused pane, the help page, the lowest line. report: lines
    shown in place of the panes, none when empty."""

    focus: str = ""
    help: bool = False
    hint: Line = ()
    report: tuple[str, ...] = ()


def picture(scene: Scene, boxes: list[Box], chrome: Chrome, width: int, height: int) -> list[Line]:
    """Exactly `height` lines of `width` cells."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return _small(scene, chrome, width, height)
    middle = height - STATUS_ROWS - 1
    if chrome.help:
        cover = Box("help", 0, STATUS_ROWS, width, middle)
        inner = help_page.page(_inner(width), middle - 2)
        body = _frame(cover, (("? Help", "title"),), inner, True)
    elif chrome.report:
        cover = Box("report", 0, STATUS_ROWS, width, middle)
        body = _frame(
            cover, (("Engine log", "title"),), _report(chrome.report, width, middle), True
        )
    else:
        body = _tile(scene, boxes, chrome.focus, width, middle)
    return [*status.rows(scene, width), *body, text.fit(chrome.hint, width)]


def _report(said: tuple[str, ...], width: int, height: int) -> list[Line]:
    """The lines, wrapped; of too many the last ones."""
    lines = [line for one in said for line in text.wrap(((text.clean(one), ""),), _inner(width))]
    return lines[-(height - 2) :]


def _tile(scene: Scene, boxes: list[Box], focus: str, width: int, height: int) -> list[Line]:
    """The boxes side by side; they leave no gaps."""
    rows: list[list[text.Span]] = [[] for _ in range(height)]
    for box in sorted(boxes, key=lambda b: (b.y, b.x)):
        for i, line in enumerate(_draw(scene, box, focus == box.pane)):
            rows[box.y - STATUS_ROWS + i].extend(line)
    return [text.fit(tuple(row), width) for row in rows]


def _draw(scene: Scene, box: Box, focused: bool) -> list[Line]:
    pane = PANES[box.pane]
    if box.rule:
        title = pane.title(scene, box.w - 4)
        return _rule(box, title, pane.body(scene, box.w, box.h - 1), focused)
    title = pane.title(scene, box.w - 5)
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
