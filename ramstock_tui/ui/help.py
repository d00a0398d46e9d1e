"""The one page behind `?`: what this is, the keys that matter most, then the screen."""

from ramstock_tui.ui import text
from ramstock_tui.ui.text import Line

INTRO = (
    "ramstock watches many stocks and scores moments when buyers crowd the book.",
    "A card offers a ready order: you decide. Fills are simulated, none is sent.",
)
_LEFT = (
    ("", "FIRST"),
    ("c", "confirm the card as shown"),
    ("x", "skip the card"),
    ("q ?", "back or quit; this page"),
    ("", "MOVE"),
    ("j k ↓ ↑", "select a symbol, scroll"),
    ("1-9 tab", "go to a pane; z zooms it"),
    ("/ n o e", "filter, next; order; excl."),
    ("w :", "why not; a command (:help)"),
    ("", "CARD AND SESSION"),
    ("r u y", "re-price, undo, copy order"),
    ("d D h", "slot; coverage; heatmap (9)"),
    (". L A", "alerts off; lock; end pause"),
    ("space t", "freeze the view; theme"),
    ("] [ m M", "other card; mute 5 min, all"),
    ("R", "log (8): look at the moment"),
)
_REPLAY = (
    ("", "REPLAY"),
    ("p - =", "pause, play; speed"),
    ("← → b f", "previous, next decision"),
    ("⇧← ⇧→", "only alerts, fills, locks"),
    ("J", "jump to a time"),
    ("R", "log (8): go to its line"),
)
_RIGHT = (
    ("", "ROWS 1-3"),
    ("1", "profile, clock, is DATA alive"),
    ("2", "net today; loss: | soft ! hard"),
    ("3", "MAY TRADE or why not; PENDING"),
    ("", "PANES"),
    ("2 Ladder", "the book; ENTRY STOP TARGET"),
    ("4 Score", "✓ rule holds, ✗ not; NEED, PTS"),
    ("5 Pend.", "the card; BE = wins needed"),
    ("░ hatch", "old data: do not act on it"),
    ("", "WORDS IN THE UNIVERSE"),
    ("near", "at half the need; quiet: below"),
    ("rejected", "enough, but a check says no"),
    ("held", "enough, but a limit or lock"),
    ("cool 8m", "rests after its last alert"),
    ("warm", "book too young; stale: too old"),
    ("! · ▶", "halted; excluded; selected"),
)
KEY_CELLS = 9


def page(cells: int, height: int, replay: bool = False) -> list[Line]:
    """The page in exactly `height` lines of `cells`. replay: with the keys of a replay."""
    keys: tuple[tuple[str, str], ...] = _LEFT
    if replay:  # no card can be decided there
        at = _LEFT.index(("", "CARD AND SESSION"))
        keys = (*_LEFT[:1], *_LEFT[3:at], *_REPLAY, ("space t", "freeze the view; theme"))
        keys += (("", ""),) * (len(_LEFT) - len(keys))
    left = min(60, (cells - 1) // 2)
    spare = height - len(_LEFT) - len(INTRO)
    lines: list[Line] = [text.fit(((line, ""),), cells) for line in _intro(cells)]
    if spare >= 2:
        lines.append(text.fit((), cells))
    for (a, b), (c, d) in zip(keys, _RIGHT, strict=True):
        one = text.fit(text.cut(_entry(a, b), left - 1), left)  # a gap between the columns
        lines.append(text.fit((*one, *_entry(c, d)), cells))
    lines += [text.fit((), cells)] * max(0, height - len(lines))
    return lines[:height]


def _intro(cells: int) -> list[str]:
    """The two lines, in one where the screen is wide."""
    whole = " ".join(INTRO)
    return [whole] if len(whole) <= cells else list(INTRO)


def _entry(key: str, words: str) -> Line:
    if not key and not words:
        return ()
    if not key:
        return ((words, "title"),)
    return ((f"{key:<{KEY_CELLS}}", "accent"), (words, ""))
