"""Which pane stands where, for every size of the terminal."""

from typing import NamedTuple

from ramstock_tui.link.schema import ROWS_UNASKED

MIN_WIDTH, MIN_HEIGHT = 80, 24
WIDE_WIDTH, WIDE_HEIGHT = 120, 40
FULL_WIDTH = 180  # from here on "why not" has a place of its own
HEAT_WIDTH = 196  # and from here on the heatmap
STATUS_ROWS = 3
CARD_ROWS = 6

PANE_KEYS = {
    "1": "universe",
    "2": "ladder",
    "3": "tape",
    "4": "score",
    "5": "pending",
    "6": "pnl",
    "7": "throttle",
    "8": "log",
    "9": "heatmap",
}

SLICES_OF = {
    "universe": ("universe",),
    "ladder": ("ladder",),
    "heatmap": ("heatmap",),
    "tape": ("tape",),
    "book": ("ladder", "tape"),
    "score": ("score", "lanes"),
    "why": ("score", "lanes", "why"),
    "whynot": ("why",),
    "pending": ("pending",),
    "pnl": ("pending",),
    "throttle": ("limits",),
    "log": ("log",),
    "coverage": ("coverage",),
}


class Box(NamedTuple):
    """A pane's place, borders included. `rule`: a title line only, no frame."""

    pane: str
    x: int
    y: int
    w: int
    h: int
    rule: bool = False


def layout(
    width: int, height: int, many: bool, zoom: str = "", card: bool = False, foot: int = 0
) -> list[Box]:
    """Boxes in tab order; they fill the rows between the status rows and the hint row.

    many: the session has more than one symbol. zoom: this pane takes everything, except that a
    card stays in sight. foot: rows above the hint row that are left free; the lowest panes give
    them. Below 80×24 there are none."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return []
    if zoom:
        return _zoomed(width, height - foot, zoom, card)
    if width >= WIDE_WIDTH and height >= WIDE_HEIGHT:
        boxes = _wide(width, height, many)
    else:
        boxes = _compact(width, height, many)
    return [_cut(box, height - 1 - foot) for box in boxes]


def _cut(box: Box, below: int) -> Box:
    """A box that ends above the row `below`."""
    return box._replace(h=min(box.h, below - box.y))


def _zoomed(width: int, height: int, zoom: str, card: bool) -> list[Box]:
    room = height - STATUS_ROWS - 1
    if zoom == "pending" or not card:
        return [Box(zoom, 0, STATUS_ROWS, width, room)]
    above = room - CARD_ROWS
    return [
        Box(zoom, 0, STATUS_ROWS, width, above),
        Box("pending", 0, STATUS_ROWS + above, width, CARD_ROWS),
    ]


def _compact(width: int, height: int, many: bool) -> list[Box]:
    """80×24 of C.2; more rows go to the book (two thirds) and the log."""
    top = 10 + (height - MIN_HEIGHT) * 2 // 3
    left = 30 + (width - MIN_WIDTH) * 2 // 5
    below = STATUS_ROWS + top
    log_y = below + CARD_ROWS
    return [
        Box("universe" if many else "score", 0, STATUS_ROWS, left, top),
        Box("book", left, STATUS_ROWS, width - left, top),
        Box("pending", 0, below, width, CARD_ROWS),
        Box("log", 0, log_y, width, height - 1 - log_y, rule=True),
    ]


def _wide(width: int, height: int, many: bool) -> list[Box]:
    """120×40 of C.2; more rows go in equal parts to the book and to the lowest row."""
    low = 7 + (height - WIDE_HEIGHT) // 2
    mid = 11
    top = height - STATUS_ROWS - 1 - mid - low
    rows = _many_rows(width) if many else _single_rows(width)
    boxes: list[Box] = []
    y = STATUS_ROWS
    for h, row in zip((top, mid, low), rows, strict=True):
        x = 0
        for pane, w in row:
            boxes.append(Box(pane, x, y, w, h))
            x += w
        y += h
    return boxes


Row = list[tuple[str, int]]
_BOOK = (("universe", 44), ("ladder", 40), ("tape", 36))
_BOOK_FULL = (("universe", 27), ("heatmap", 47), ("ladder", 22), ("tape", 24))
_DECIDE_FULL = (("score", 36), ("pending", 42), ("whynot", 42))


def _share(width: int, panes: tuple[tuple[str, int], ...]) -> Row:
    """Widths in the proportion of a 120-cell row; the last pane takes the rest."""
    row = [(pane, width * cells // 120) for pane, cells in panes[:-1]]
    return [*row, (panes[-1][0], width - sum(cells for _, cells in row))]


def _many_rows(width: int) -> tuple[Row, Row, Row]:
    return (
        _share(width, _BOOK_FULL if width >= HEAT_WIDTH else _BOOK),
        _share(width, _DECIDE_FULL if width >= FULL_WIDTH else (("score", 60), ("pending", 60))),
        _share(width, (("pnl", 37), ("throttle", 37), ("log", 46))),
    )


def _single_rows(width: int) -> tuple[Row, Row, Row]:
    return (
        _share(width, (("ladder", 40), ("tape", 36), ("score", 44))),
        _share(width, (("pending", 72), ("throttle", 48))),
        _share(width, (("pnl", 48), ("log", 72))),
    )


FOOTS = ((30, 5), (16, 4))  # height of the pane, lines of it that the funnel takes


def funnel_rows(height: int) -> int:
    """Lines of the universe pane, frame included, that say how it came about."""
    return next((lines for least, lines in FOOTS if height >= least), 0)


def universe_rows(boxes: list[Box], funnel: bool = False) -> int:
    """Tickers that the universe pane has room for, 0 when it is not on screen. A frame takes two
    lines and the head one; the host sends at most ROWS_UNASKED rows. funnel: the session has a
    universe, whose funnel takes some."""
    heights = [
        box.h - 3 - (funnel_rows(box.h) if funnel else 0) for box in boxes if box.pane == "universe"
    ]
    return max(0, min(ROWS_UNASKED, *heights)) if heights else 0


def log_rows(boxes: list[Box]) -> int:
    """Lines that the log has room for, 0 when it is not on screen."""
    return max((box.h - (1 if box.rule else 2) for box in boxes if box.pane == "log"), default=0)


def slices_for(boxes: list[Box]) -> tuple[str, ...]:
    """Slice ids that these boxes need; status and pending always."""
    wanted = {"status", "pending"}
    for box in boxes:
        wanted.update(SLICES_OF[box.pane])
    return tuple(sorted(wanted))
