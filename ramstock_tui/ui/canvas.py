"""The one widget: shows lines of spans, repaints only what differs from the last picture."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ramstock_tui.ui.text import Line, clean
from ramstock_tui.ui.theme import TOKENS, plain_styles

NEAR_CELLS = 12  # a gap that costs more as a cursor movement than its cells do


class Canvas(Widget):
    """Draws a picture of the cockpit. The look of a token is the component class `cell--TOKEN`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"cell--{token}" for token in TOKENS}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="canvas")
        self.rows: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._looks: dict[str, Style] = {}

    def show(self, rows: list[Line]) -> int:
        """Take a picture; the number of rows that were repainted."""
        old, self.rows = self.rows, rows
        if len(old) != len(rows):
            self._strips.clear()
            self.refresh()
            return len(rows)
        regions: list[Region] = []
        for y, (before, after) in enumerate(zip(old, rows, strict=True)):
            if before is not after and before != after:
                self._strips.pop(y, None)
                regions += changed(before, after, y)
        if regions:
            self.refresh(*regions)
        return len({region.y for region in regions})

    def redraw(self) -> None:
        """Forget everything that was painted."""
        self._strips.clear()
        self._looks.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        self._strips.clear()
        self._looks.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of `crop`; the styles cache is passed by, since the lines are complete."""
        return [
            self._strip(y).crop_extend(crop.x, crop.right, self._look(""))
            for y in range(crop.y, crop.bottom)
        ]

    def _strip(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            line = self.rows[y] if y < len(self.rows) else ()
            # the last gate: panes clean what is foreign, and nothing passes that they forgot
            parts = ((part if part.isprintable() else clean(part), token) for part, token in line)
            strip = Strip([Segment(part, self._look(token)) for part, token in parts])
            self._strips[y] = strip
        return strip

    def _look(self, token: str) -> Style:
        look = self._looks.get(token)
        if look is None:
            look = self._looks[token] = self._made_look(token)
        return look

    def _made_look(self, token: str) -> Style:
        plain = plain_styles(self.app.theme)
        if plain is not None:
            return Style.parse(plain.get(token, "none"))
        known = f"cell--{token}" in self.COMPONENT_CLASSES
        return self.get_component_rich_style(f"cell--{token}") if known else self.rich_style


def changed(before: Line, after: Line, y: int) -> list[Region]:
    """The cells of row `y` that differ, as runs; runs that are close together are one."""
    runs: list[list[int]] = []
    i = j = old = new = 0
    while i < len(before) and j < len(after):
        span, other = after[j], before[i]
        if old == new and span == other:
            old = new = new + len(span[0])
            i, j = i + 1, j + 1
            continue
        start, end_old, end_new = min(old, new), old + len(other[0]), new + len(span[0])
        if end_old <= end_new:
            old, i = end_old, i + 1
        if end_new <= end_old:
            new, j = end_new, j + 1
        _extend(runs, start, min(end_old, end_new))
    rest = max(old + _cells(before[i:]), new + _cells(after[j:]))
    if rest > min(old, new):
        _extend(runs, min(old, new), rest)
    return [Region(left, y, right - left, 1) for left, right in runs]


def _extend(runs: list[list[int]], left: int, right: int) -> None:
    if runs and left - runs[-1][1] <= NEAR_CELLS:
        runs[-1][1] = max(runs[-1][1], right)
    elif right > left:
        runs.append([left, right])


def _cells(line: Line) -> int:
    return sum(len(part) for part, _ in line)
