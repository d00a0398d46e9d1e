"""Ladder and tape in one box, for small screens."""

from ramstock_tui.ui.panes import ladder, tape
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import Line

title = ladder.title


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    """Levels, sums, tape figures, prints and the depth line; more height, more of each."""
    more = max(0, height - 8)
    levels = min(10, 3 + more // 2)
    prints = max(1, height - levels - 4)
    lines = ladder.compact(scene, cells, levels) + tape.compact(scene, cells, prints)
    return [*lines, ladder.depth_line(scene, cells)]
