"""The lowest row: keys that act now. Help, confirm and quit are always among them."""

from ramstock_tui.link.schema import Status
from ramstock_tui.ui import text
from ramstock_tui.ui.text import Line

HELP: Line = (("esc, q or ?: close help   t theme", "dim"),)
ALWAYS: Line = (("c confirm  ? help  q quit", "dim"),)
WATCHING: Line = (("? help  q quit", "dim"),)


def keys(
    status: Status | None,
    cells: int,
    *,
    off: bool = False,
    muted: str = "",
    zoomed: bool = False,
    pen: str = "",
    past: bool = False,
) -> Line:
    """The keys in the order of the screen, the least wanted left out first. off: no trading key
    acts here, so that they stand back. muted: words about the bell. zoomed: a pane fills the
    screen. past: a moment of a session that goes on. pen: who writes where this one does not."""
    replay = status is not None and status.mode == "replay"
    ended = status is not None and status.data_state == "done"
    parts = [text.part(3, ((muted, "warn"),))] if muted else []
    if pen:
        parts.append(text.part(0, ((f"{pen} (attach --take)", "warn"),)))
    if past and status is not None:
        at = text.clock(status.engine_ts, status.utc_offset_s)
        parts += [text.part(0, ((f"MOMENT {at}", "warn"),)), _key(0, "esc live")]
    if ended and not past:
        word = "REPLAY ENDED" if replay else "SESSION ENDED"
        parts.append(text.part(0, ((word, "warn"),)))
    if replay:
        parts += [] if ended else [_key(0, "p pause"), _key(2, "-/= speed")]
        parts += [_key(1, "←/→ decision"), _key(1, "J jump")]
    if not (off and (replay or pen)):
        parts += [_key(0, "c confirm")]
        parts += [] if off else [_key(1, "x skip"), _key(5, "r re-price")]
    parts += [_key(1, "esc back")] if zoomed else []
    parts += [_key(3, "w why"), _key(2, "j/k select"), _key(4, "/ filter"), _key(8, ": command")]
    parts += [_key(6, "1-9 pane"), _key(7, "z zoom"), _key(9, "m mute"), _key(10, "t theme")]
    parts += [_key(0, "? help"), _key(0, "q quit")]
    return text.fit_parts(parts, cells)


def with_hint(hint: text.Span, cells: int, watching: bool = False) -> Line:
    """A hint at the left; at the right the keys that are always named, where both fit. watching:
    no card can be confirmed here."""
    keys = WATCHING if watching else ALWAYS
    if len(hint[0]) + text.width(keys) + 3 > cells:
        return text.cut((hint,), cells)
    return text.two_sides((hint,), keys, cells)


def with_offer(offer: str, hint: text.Span | None, cells: int) -> Line:
    """What can be done about an engine that is gone, then a hint or the way out."""
    return text.cut(((f"{offer}  ", "accent"), hint or ("q quit", "dim")), cells)


def _key(rank: int, words: str) -> text.Part:
    return text.part(rank, ((words, "dim"),))
