"""The cells that differ between two pictures, and the bytes that bring them to the terminal.

Textual's compositor repaints a line from the left edge of its widget up to the changed cell, and
keeps seven caches for each strip, which end in cycles: with a canvas as wide as the screen that is
15 kB and 4 ms a picture, and pauses of 50 ms when the collector comes. Only full repaints take
that way; see `Canvas`.
"""

from collections.abc import Callable
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.strip import Strip

from ramstock_tui.ui.text import Line, clean

NEAR_CELLS = 12  # a gap that costs more as a cursor movement than its cells do
_MARK = "x"  # stands for the text in the bytes of a style


class Run(NamedTuple):
    """Cells [left, right) of row y, from 0."""

    y: int
    left: int
    right: int


class CellUpdate(CompositorUpdate):
    """What a terminal gets: each run at its place, styled as `look` says for a token."""

    def __init__(
        self,
        rows: list[Line],
        runs: list[Run],
        look: Callable[[str], Style],
        codes: dict[str, str],
    ) -> None:
        """codes: bytes of the styles that were used before, by token; they are added to."""
        self.rows = rows
        self.runs = runs
        self._look = look
        self._codes = codes

    def render_segments(self, console: Console) -> str:
        """Cursor movements, styles and text; the last style is ended."""
        out: list[str] = []
        last = ""
        for y, left, right in self.runs:
            out.append(f"\x1b[{y + 1};{left + 1}H")
            for part, token in cut(self.rows[y], left, right):
                code = self._code(token, console)
                if code != last:
                    out.append(f"\x1b[0m{code}")
                    last = code
                out.append(printable(part))
        if last:
            out.append("\x1b[0m")
        return "".join(out)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(self.render_segments(console))

    def _code(self, token: str, console: Console) -> str:
        code = self._codes.get(token)
        if code is None:
            styled = Strip([Segment(_MARK, self._look(token))]).render(console)
            code = self._codes[token] = styled.partition(_MARK)[0]
        return code


def printable(part: str) -> str:
    """The last gate: panes clean what is foreign, and nothing passes that they forgot."""
    return part if part.isprintable() else clean(part)


def cut(line: Line, left: int, right: int) -> Line:
    """The cells [left, right) of a line; what it does not have is blank."""
    out: list[tuple[str, str]] = []
    at = 0
    for part, token in line:
        end = at + len(part)
        if end > left:
            out.append((part[max(0, left - at) : right - at], token))
        at = end
        if at >= right:
            return tuple(out)
    return (*out, (" " * (right - max(at, left)), ""))


def differing(before: list[Line], after: list[Line]) -> list[Run]:
    """The runs that differ between two pictures of the same height."""
    return [
        run
        for y, (old, new) in enumerate(zip(before, after, strict=True))
        if old is not new and old != new
        for run in changed(old, new, y)
    ]


def changed(before: Line, after: Line, y: int) -> list[Run]:
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
    return [Run(y, left, right) for left, right in runs]


def _extend(runs: list[list[int]], left: int, right: int) -> None:
    if runs and left - runs[-1][1] <= NEAR_CELLS:
        runs[-1][1] = max(runs[-1][1], right)
    elif right > left:
        runs.append([left, right])


def _cells(line: Line) -> int:
    return sum(len(part) for part, _ in line)
