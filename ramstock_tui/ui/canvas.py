"""The one widget: shows lines of spans, repaints only what differs from the last picture."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ramstock_tui.ui.cells import CellUpdate, differing, printable
from ramstock_tui.ui.text import Line
from ramstock_tui.ui.theme import TOKENS, plain_styles


class Canvas(Widget):
    """Draws a picture of the cockpit. The look of a token is the component class `cell--TOKEN`.

    A full repaint goes through Textual; what changes from one picture to the next is written at
    once, as cells (see `ui/cells.py`)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"cell--{token}" for token in TOKENS}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="canvas")
        self.rows: list[Line] = []
        self._looks: dict[str, Style] = {}
        self._codes: dict[str, str] = {}

    def show(self, rows: list[Line]) -> int:
        """Take a picture; the number of runs of cells that were painted."""
        old, self.rows = self.rows, rows
        if len(old) != len(rows):
            self.refresh()
            return len(rows)
        runs = differing(old, rows)
        if runs and self.app._batch_count:  # Textual holds its output back, and drops ours
            self.refresh()
        elif runs:
            self.app._display(self.screen, CellUpdate(rows, runs, self._look, self._codes))
        return len(runs)

    def redraw(self) -> None:
        """Forget everything that was painted."""
        self._looks.clear()
        self._codes.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        self._looks.clear()
        self._codes.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of `crop`; the styles cache is passed by, since the lines are complete."""
        return [
            self._strip(y).crop_extend(crop.x, crop.right, self._look(""))
            for y in range(crop.y, crop.bottom)
        ]

    def _strip(self, y: int) -> Strip:
        line = self.rows[y] if y < len(self.rows) else ()
        return Strip([Segment(printable(part), self._look(token)) for part, token in line])

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
