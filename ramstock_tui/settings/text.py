"""Words for messages: nothing from a file reaches the terminal raw, long or secret."""

from decimal import Decimal
from typing import Any

from ramstock_tui.plain import clean

Loc = tuple[str | int, ...]

_LONGEST = 24  # characters of a value that a message repeats
_LONGEST_KEY = 120
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def short(name: str) -> str:
    """The name of a key, clean and cut to a length that fits a message."""
    return clean(name if len(name) <= _LONGEST_KEY else f"{name[:_LONGEST_KEY]}...")


def dotted(loc: Loc) -> str:
    """`("profiles", "mine", "rules", 2, "points")` as `profiles.mine.rules[2].points`."""
    words = ""
    for part in loc:
        if isinstance(part, int):
            words += f"[{part}]"
        else:
            words += ("." if words else "") + _key(part)
    return short(words)


def shown(value: Any) -> str:
    """A short form of a value read from a file; long texts and addresses only by their length."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 64:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    words = str(value).lower() if isinstance(value, Decimal) else str(value)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."


def _text(value: str) -> str:
    if len(value) > _LONGEST or "://" in value:
        return f"a text of {len(value)} characters"
    return f'"{clean(value)}"'


def _key(part: str) -> str:
    if part and len(part) <= 2 * _LONGEST and _BARE.issuperset(part):
        return part
    short = part if len(part) <= _LONGEST else f"{part[:_LONGEST]}..."
    return f'"{clean(short)}"'
