"""The one page behind `?`."""

from ramstock_tui.ui import text
from ramstock_tui.ui.text import Line

_LEFT = (
    ("", "THE SCREEN, TOP TO BOTTOM"),
    ("row 1", "profile, phase, mode, New York time,"),
    ("", "is the DATA alive, and how old is it"),
    ("row 2", "net of the day; | soft rung ! hard rung"),
    ("row 3", "alerts used, window, losses, PENDING"),
    ("Ladder", "bids left/below, asks right/above"),
    ("Score", "rules that passed ✓ or not ✗, the gates"),
    ("Pending", "the trade that waits for your decision"),
    ("Σ3 QI", "size of the best 3 levels; imbalance"),
    ("BE null", "win rate to break even; by pure chance"),
    ("░ hatch", "old data: do not act on it"),
    ("", ""),
    ("", "CONFIRM IS OFF for 0.3 s after a card"),
    ("", "changes, while data or host are silent,"),
    ("", "while the view is FROZEN, and for the"),
    ("", "first key after the focus comes back."),
)
_RIGHT = (
    ("", "KEYS"),
    ("c", "confirm the card as shown"),
    ("x r", "skip the card, re-price it"),
    ("u", "undo a confirm (first 0.4 s)"),
    ("] [", "next, previous card"),
    ("y", "copy the order ticket"),
    ("w", "why, or why not"),
    ("1-8", "go to a pane  (tab: the next)"),
    ("z", "zoom the pane  (esc: back)"),
    ("j k ↓ ↑", "select a symbol, scroll"),
    ("space", "freeze the view, engine runs"),
    ("p", "replay: pause, go on"),
    ("- = < >", "replay: slower, faster"),
    ("t", "theme dark, mono"),
    ("ctrl+l", "draw the screen again"),
    ("q esc", "back; q at the top: quit"),
)


def page(cells: int, height: int) -> list[Line]:
    """The page in exactly `height` lines of `cells`."""
    left = min(50, cells * 11 // 20)
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
