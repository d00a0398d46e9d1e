"""1 Universe: the symbols in the host's order, which is selected, and what each is doing."""

from functools import lru_cache

from ramstock_tui.link.schema import ROWS_UNASKED, UniverseRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import SHORT_STATE, STATES, Scene, hatch, say
from ramstock_tui.ui.text import Line, clean
from ramstock_tui.ui.views import passing

NARROW = 38  # below it short states and no score bar
ROOMY = 56  # from here on a state is explained
SCORE_BAR, BAR_AT = 4, 15  # cells, and where they begin
PRICE = 6  # cells of a price
TOP_E4 = 100_000  # the most points
LOOKS = {
    "PENDING": "accent",
    "ORDER": "accent",
    "OPEN": "accent",
    "HALT": "bad",
    "rejected": "warn",
    "near": "title",
}


def title(scene: Scene, cells: int) -> Line:
    """`1 Universe 48 · deep 3/3 · 2 pending`, `1 Universe 3 of 48 /AB`."""
    tickers, typed = scene.held.tickers, scene.filters.get("universe", "")
    if not tickers:
        return (("1 Universe", "title"),)
    if typed:
        count = len(passing(tickers, typed))
        said: Line = ((f"1 Universe {count} of {len(tickers)} ", "title"), (f"/{typed}", "accent"))
        return text.cut(said, cells)
    waiting, opened = scene.live.open_items()
    head: Line = ((f"1 Universe {len(tickers)}", "title"),)
    parts = [text.part(0, head)]
    status = scene.live.status
    if status is not None and status.slots:
        parts.append(text.part(3, ((f"deep {status.slots[2]}/{status.slots[3]}", ""),)))
    for rank, count, word in ((1, waiting, "pending"), (2, opened, "open")):
        if count:
            parts.append(text.part(rank, ((f"{count} {word}", "accent"),)))
    return text.fit_parts(parts, cells, " · ")


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    """A head and one line a symbol."""
    tickers = scene.held.tickers
    if not tickers:
        return say("waiting for symbols")
    shown = passing(tickers, scene.filters.get("universe", ""))
    head: Line = ((_columns(cells, " SYM", "LAST", "SCORE", "T/s", "STATE"), "dim"),)
    if not shown:
        return [head, *say("no symbol matches; esc clears", "warn")]
    room = min(ROWS_UNASKED, max(1, height - 1))  # the host sends no more rows
    first = max(0, min(scene.top.get("universe", 0), len(shown) - room))
    doing, now = scene.held.trading(), scene.now.now_ts
    rows = [
        _line(
            ticker,
            row := scene.held.rows.get(ticker),
            doing.get(ticker, ""),
            _left(row, now),
            ticker == scene.selected,
            cells,
        )
        for ticker in shown[first : first + room]
    ]
    return [head, *(hatch(rows) if scene.stale else rows)]


def _left(row: UniverseRow | None, now_ts: int) -> int:
    """Seconds that the state of a row still lasts, rounded up; 0 when it has no end."""
    if row is None or row.until_ts is None:
        return 0
    return max(0, -(-(row.until_ts - now_ts) // text.NS))


def _columns(cells: int, ticker: str, last: str, score: str, tape: str, state: str) -> str:
    if cells < NARROW:
        score = score.removesuffix("ORE")
        return f"{ticker:<6}{last:>6}{score:>4}{tape:>4} {state}"
    return f"{ticker:<7}{last:>7} {score:>8}{tape:>5}  {state}"


@lru_cache(maxsize=1024)
def _line(
    ticker: str, row: UniverseRow | None, doing: str, left_s: int, here: bool, cells: int
) -> Line:
    """One symbol; most of them are as they were in the last picture."""
    word = doing or ("" if row is None else clean(row.state))
    mark = "▶" if here else "!" if word.upper().startswith("HALT") else " "
    slot = "◆" if row is not None and row.deep else ""
    room = 5 if cells < NARROW else 6
    shown = clean(ticker)
    name = mark + (slot + shown if len(slot + shown) <= room else shown[:room])
    known = ("…", "…", "…") if row is None else _figures(row, cells)
    line = _columns(cells, name, *known, _state(word, left_s, cells))
    look = "pick" if here else LOOKS.get(word.split(" ")[0], "")
    return text.fit(_parts(line, look, cells >= NARROW and here), cells, look)


def _parts(line: str, look: str, apart: bool) -> Line:
    """The line in one look. apart: without its bar, which reverse video would turn around."""
    if not apart or line[BAR_AT] not in "█░":
        return ((line, look),)
    bar = slice(BAR_AT, BAR_AT + SCORE_BAR)
    return ((line[: bar.start], look), (line[bar], ""), (line[bar.stop :], look))


def _figures(row: UniverseRow, cells: int) -> tuple[str, str, str]:
    about = "~" if row.estimate else ""  # what a level-1 line suggests
    score = text.points(row.score_e4).replace("10.0", "10")
    if about and row.score_e4 is not None:
        score = about + score
    if cells >= NARROW:
        points = row.score_e4 or 0
        full = max(0, min(SCORE_BAR, points * SCORE_BAR // TOP_E4))
        shape = "" if row.score_e4 is None else "█" * full + "░" * (SCORE_BAR - full)
        score = f"{shape} {score:>3}"
    speed = _speed(row.tape_count_3s)
    return _price(row.last_e4), score, about + speed if row.tape_count_3s is not None else speed


def _price(last_e4: int | None) -> str:
    """The price; to the cent where parts of a cent do not fit."""
    shown = text.dollars(last_e4)
    if last_e4 is None or len(shown) <= PRICE:
        return shown
    return text.dollars((last_e4 + 50) // 100 * 100)


def _speed(count_3s: int | None) -> str:
    """Prints a second: `4.7`, from ten on whole."""
    if count_3s is None:
        return text.DASH
    return f"{count_3s / 3:.1f}" if count_3s < 30 else f"{min(999, count_3s // 3)}"


def _state(word: str, left_s: int, cells: int) -> str:
    """The state in words, and how long it lasts; in a narrow pane the word gives way."""
    if not word:
        return "…"
    long, short, meaning = STATES.get(word, (word, word[:SHORT_STATE], ""))
    if cells < NARROW:
        return _brief(short, left_s)
    said = f"{long} {text.span(left_s * text.NS)}" if left_s else long
    return f"{said:<11} {meaning}" if cells >= ROOMY and meaning else said


def _brief(short: str, left_s: int) -> str:
    """`cool8m`: minutes rounded up; the word alone where both do not fit."""
    minutes = f"{-(-left_s // 60)}m" if left_s else ""
    return f"{short}{minutes}" if len(short) + len(minutes) <= SHORT_STATE else short
