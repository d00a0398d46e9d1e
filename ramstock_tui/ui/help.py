"""The one page behind `?`."""

from ramstock_tui.ui import text
from ramstock_tui.ui.text import Line

_LEFT = (
    ("", "THE SCREEN, TOP TO BOTTOM"),
    ("row 1", "profile, phase, mode, New York"),
    ("", "time; is the DATA alive, how old"),
    ("row 2", "net today; | soft and ! hard rung"),
    ("row 3", "alerts, window, losses, PENDING"),
    ("Ladder", "book: bids ▏asks, size as bars"),
    ("Score", "rules and gates: ✓ held, ✗ not"),
    ("Pending", "the trade that awaits your word"),
    ("Σ3 QI", "size of 3 levels; imbalance"),
    ("BE null", "wins needed; wins by pure chance"),
    ("░ hatch", "old data: do not act on it"),
    ("", ""),
    ("", "CONFIRM IS OFF"),
    ("0.3 s", "after the card on screen changed"),
    ("silent", "while host or data do not speak"),
    ("away", "no focus; first key after it"),
)
_RIGHT = (
    ("", "KEYS"),
    ("c", "confirm the card as shown"),
    ("x r", "skip the card, re-price it"),
    ("u", "undo, before it is filled"),
    ("] [", "next, previous card"),
    ("y", "copy the order ticket"),
    ("w", "why, or why not"),
    ("1-8 tab", "go to a pane"),
    ("z", "zoom the pane"),
    ("j k ↓ ↑", "select a symbol, scroll"),
    ("space", "freeze view, engine runs"),
    ("p", "replay: pause, go on"),
    ("- = < >", "replay: slower, faster"),
    ("t", "theme dark, mono"),
    ("ctrl+l", "draw the screen again"),
    ("q esc", "back; q at the top: quit"),
)


def page(cells: int, height: int) -> list[Line]:
    """The page in exactly `height` lines of `cells`."""
    left = min(60, cells * 11 // 20 + 1)
    lines: list[Line] = []
    for (a, b), (c, d) in zip(_LEFT, _RIGHT, strict=True):
        one = text.fit(_entry(a, b, 8), left)
        lines.append(text.fit((*one, *_entry(c, d, 8)), cells))
    lines += [text.fit((), cells)] * max(0, height - len(lines))
    return lines[:height]


def _entry(key: str, words: str, cells: int) -> Line:
    if not key and words.isupper():
        return ((words, "title"),)
    return ((f"{key:<{cells}}", "accent"), (words, ""))
