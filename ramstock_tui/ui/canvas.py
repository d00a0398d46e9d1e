"""The one widget: shows lines of spans, repaints only what differs from the last picture."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ramstock_tui.ui.text import Line
from ramstock_tui.ui.theme import TOKENS


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
        regions = []
        for y, (before, after) in enumerate(zip(old, rows, strict=True)):
            if before != after:
                self._strips.pop(y, None)
                regions.append(_changed(before, after, y))
        if regions:
            self.refresh(*regions)
        return len(regions)

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
            strip = Strip([Segment(part, self._look(token)) for part, token in line])
            self._strips[y] = strip
        return strip

    def _look(self, token: str) -> Style:
        look = self._looks.get(token)
        if look is None:
            known = f"cell--{token}" in self.COMPONENT_CLASSES
            look = self.get_component_rich_style(f"cell--{token}") if known else self.rich_style
            self._looks[token] = look
        return look


def _changed(before: Line, after: Line, y: int) -> Region:
    """The cells of row `y` that differ: common spans at both ends are left out."""
    left = first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        left += len(after[first][0])
        first += 1
    total = sum(len(part) for part, _ in after)
    right, last = total, 1
    most = min(len(before), len(after)) - first
    same_width = total == sum(len(part) for part, _ in before)
    while same_width and last <= most and before[-last] == after[-last]:
        right -= len(after[-last][0])
        last += 1
    return Region(left, y, max(1, right - left), 1)
