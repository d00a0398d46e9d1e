"""Text for the screen: cleaning of foreign text, number formats, and lines of styled spans.

A line is a tuple of (text, token) spans. A token names what the text means (`bid`, `bad`, `stale`
...); the theme decides its look. Every character that reaches a line is one cell wide, so lengths
are cells.
"""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len

Span = tuple[str, str]
Line = tuple[Span, ...]

NS = 1_000_000_000
DASH = "–"
BAD_CHAR = "�"
BLOCKS = "▁▂▃▄▅▆▇"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=4096)
def clean(text: str, limit: int = 400) -> str:
    """Foreign text made safe for a line: line breaks and tabs become a blank; control characters
    (C0, C1, ESC), bidi and other invisible marks, and whatever is not one cell wide become `�`.
    At most `limit` characters."""
    cut = text[:limit]
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(_safe(char) for char in cut)


def _safe(char: str) -> str:
    if char in "\t\n\r\v\f\x85\u2028\u2029":
        return " "
    if unicodedata.category(char)[0] in "CM" or cell_len(char) != 1:
        return BAD_CHAR
    return " " if char.isspace() else char


# numbers -----------------------------------------------------------------------------------------
def dollars(px_e4: int | None, tick_e4: int = 100) -> str:
    """Price in dollars: 2 places, 4 when the tick is below a cent or the price is off the cent."""
    if px_e4 is None:
        return DASH
    whole, rest = divmod(abs(px_e4), 10_000)
    sign = "-" if px_e4 < 0 else ""
    if tick_e4 < 100 or rest % 100:
        return f"{sign}{whole}.{rest:04d}"
    return f"{sign}{whole}.{rest // 100:02d}"


def short_dollars(px_e4: int, plus: bool = False) -> str:
    """A small difference as the trade says it: `.03`, `-.09`, `+.18`."""
    text = dollars(abs(px_e4)).removeprefix("0")
    sign = "-" if px_e4 < 0 else "+" if plus else ""
    return sign + text


def on_the_cent(value_e4: int, price_e4: int) -> int:
    """An average, or a difference to one, as a price of that size is quoted: on whole cents from
    1 USD on, halves away from zero; unchanged below."""
    if price_e4 < 10_000:
        return value_e4
    cents = (abs(value_e4) + 50) // 100 * 100
    return -cents if value_e4 < 0 else cents


def money(e4: int | None, plus: bool = False, cents: bool = True) -> str:
    """Money: `$86.50`, `-$48.50`, `+$90.00`; whole cents, halves rounded away from zero."""
    if e4 is None:
        return DASH
    total = (abs(e4) + 50) // 100
    sign = "-" if e4 < 0 and total else "+" if plus and e4 > 0 else ""
    if not cents and total % 100 == 0:
        return f"{sign}${total // 100:,}"
    return f"{sign}${total // 100:,}.{total % 100:02d}"


def shares(count: int | None) -> str:
    return DASH if count is None else f"{count:,}"


def points(score_e4: int | None) -> str:
    """A score × 10,000 with one place: `9.0`; cut, not rounded, so 7.99 never reads 8.0."""
    if score_e4 is None:
        return DASH
    tenths = abs(score_e4) // 1000
    return f"{'-' if score_e4 < 0 else ''}{tenths // 10}.{tenths % 10}"


def percent(bp: int) -> str:
    """1/10,000 as percent with one place: 3593 -> `35.9%`."""
    tenths = (bp + 5) // 10
    return f"{tenths // 10}.{tenths % 10}%"


# times -------------------------------------------------------------------------------------------
def clock(ts: int, offset_s: int, tenths: bool = False) -> str:
    """Time of day in New York, `09:47:12` or `09:47:11.9`."""
    local = ts + offset_s * NS
    seconds = local // NS % 86_400
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{local % NS // 100_000_000}" if tenths else text


def day(ts: int, offset_s: int, year: bool = False) -> str:
    """Date in New York, `Mon 23 Nov` or `Mon 23 Nov 2026`."""
    days = (ts // NS + offset_s) // 86_400
    era_day = days + 719_468  # days since 1 Mar of year 0 (civil calendar, Howard Hinnant)
    era, doe = divmod(era_day, 146_097)
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    text = f"{DAYS[(days + 3) % 7]} {doy - (153 * mp + 2) // 5 + 1} {MONTHS[month - 1]}"
    return f"{text} {yoe + era * 400 + (month <= 2)}" if year else text


def age(ns: int | None) -> str:
    """An age: `38ms` below 0.1 s, `0.6s` below 10 s, `12s`, `3m05s`, `2h10m`."""
    if ns is None:
        return DASH
    ms = max(0, ns) // 1_000_000
    if ms < 100:
        return f"{ms}ms"
    return f"{ms // 1000}.{ms % 1000 // 100}s" if ms < 10_000 else span(ns)


def span(ns: int) -> str:
    """A duration in whole seconds, rounded down: `42s`, `42m05s`, `2h10m`."""
    seconds = max(0, ns) // NS
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02d}s"
    return f"{seconds // 3600}h{seconds // 60 % 60:02d}m"


# lines -------------------------------------------------------------------------------------------
def width(line: Line) -> int:
    cells = 0
    for words, _ in line:  # a plain loop: this is the hottest line of a picture
        cells += len(words)
    return cells


def fit(line: Line, cells: int, token: str = "") -> Line:
    """The line cut or padded to exactly `cells`; a cut text ends in `…`."""
    have = width(line)
    if have == cells:
        return line
    if have < cells:
        return (*line, (" " * (cells - have), token))
    return cut(line, cells)


def clip(words: str, cells: int) -> str:
    """The words in exactly `cells`; cut ones end in `…`."""
    return words.ljust(cells) if len(words) <= cells else f"{words[: max(0, cells - 1)]}…"[:cells]


def cut(line: Line, cells: int) -> Line:
    """At most `cells` cells, `…` in the last when something was left out."""
    if width(line) <= cells:
        return line
    out: list[Span] = []
    left = cells - 1
    for text, token in line:
        if len(text) >= left:
            out.append((text[: max(0, left)] + "…", token))
            break
        out.append((text, token))
        left -= len(text)
    return tuple(out) if cells > 0 else ()


def join(parts: list[Line], gap: str = "  ", token: str = "") -> Line:
    """Lines one after the other with `gap` between them."""
    out: list[Span] = []
    for part in parts:
        if out:
            out.append((gap, token))
        out.extend(part)
    return tuple(out)


def two_sides(left: Line, right: Line, cells: int) -> Line:
    """`left` at the left edge, `right` at the right edge; the left one is cut first."""
    room = cells - width(right) - 1
    if room < 1:
        return fit(left, cells)
    return (*fit(left, room), (" ", ""), *right)


def wrap(line: Line, cells: int) -> list[Line]:
    """The line over several lines of at most `cells`, broken at blanks where there are some."""
    room = max(1, cells)
    lines: list[list[Span]] = [[]]
    used = 0
    for word in _words(line):
        size = width(word)
        if used and used + 1 + size > room:
            lines.append([])
            used = 0
        if used:
            lines[-1].append((" ", ""))
            used += 1
        for text, token in word:
            while used + len(text) > room:
                lines[-1].append((text[: room - used], token))
                text = text[room - used :]
                lines.append([])
                used = 0
            lines[-1].append((text, token))
            used += len(text)
    return [tuple(row) for row in lines]


def _words(line: Line) -> list[Line]:
    """Runs without a blank; a run may have several tokens."""
    words: list[list[Span]] = [[]]
    for text, token in line:
        for i, piece in enumerate(text.split(" ")):
            if i and words[-1]:
                words.append([])
            if piece:
                words[-1].append((piece, token))
    return [tuple(word) for word in words if word]


Part = tuple[tuple[int, ...], list[Line]]


def part(rank: int | tuple[int, ...], *variants: Line) -> Part:
    """A part of a row: variants from long to short, and the rank of each step down (the last step
    leaves the part out). One number is the rank of every step; rank 0 is never shortened."""
    steps = rank if isinstance(rank, tuple) else (rank,) * len(variants)
    return steps, list(variants)


def fit_parts(parts: list[Part], cells: int, gap: str = "  ") -> Line:
    """As much as fits into `cells`: the open step of the highest rank is taken first."""
    at = [0] * len(parts)
    row = _row(parts, at, gap)
    while width(row) > cells:
        rank, where = max(
            (_step(one, k), -i) for i, (one, k) in enumerate(zip(parts, at, strict=True))
        )
        if rank == 0:
            return cut(row, cells)
        at[-where] += 1
        row = _row(parts, at, gap)
    return row


def _row(parts: list[Part], at: list[int], gap: str) -> Line:
    shown = [one[1][k] for one, k in zip(parts, at, strict=True) if k < len(one[1])]
    return join(shown, gap)


def _step(one: Part, at: int) -> int:
    """Rank of the next step of a part, 0 when there is none."""
    return one[0][at] if at < min(len(one[0]), len(one[1])) else 0


def bar(value: int, top: int, cells: int, right: bool = False) -> str:
    """A bar of full blocks, at least one for a value above 0; right-aligned when `right`."""
    full = 0 if value <= 0 or top <= 0 else max(1, min(cells, round(value * cells / top)))
    text = "█" * full
    return text.rjust(cells) if right else text.ljust(cells)


def spark(values: tuple[int, ...], cells: int) -> str:
    """The newest `cells` values as blocks, scaled to their largest; 0 is the lowest block."""
    shown = values[-cells:] if cells > 0 else ()
    top = max(shown, default=0)
    if top <= 0:
        return BLOCKS[0] * len(shown)
    return "".join(BLOCKS[min(6, value * 6 // top)] for value in shown)
