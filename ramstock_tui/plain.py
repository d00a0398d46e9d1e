"""Foreign text made safe for a terminal: what stands in a file never reaches it raw."""

import re

_NOT_PLAIN = re.compile(r"[^ -~]")
CUT = "..."


def clean(text: str, limit: int | None = None) -> str:
    """`text` with every character that is not printable written as an escape; more than `limit`
    characters of it are cut off."""
    if limit is not None and len(text) > limit:
        return clean(text[:limit]) + CUT
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def ascii_json(packed: bytes) -> str:
    """JSON without blanks between its parts as the same JSON in printable ASCII."""
    return _NOT_PLAIN.sub(_escaped, packed.decode(errors="replace"))


def _escaped(found: re.Match[str]) -> str:
    # Such characters stand in strings only, so an escape means the same.
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
