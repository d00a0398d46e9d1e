"""1 Universe: the symbols in the host's order, which is selected, and what each is doing."""

from ramstock_tui.link.schema import UniverseRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, hatch, say
from ramstock_tui.ui.text import Line, clean
from ramstock_tui.ui.views import passing

NARROW = 38  # below it short states and no score bar
SHORT_STATE = 6  # cells of a state in a narrow pane
ROOMY = 56  # from here on a state is explained
SCORE_BAR = 4
TOP_E4 = 100_000  # the most points
LOOKS = {"PENDING": "accent", "OPEN": "accent", "HALT": "bad", "rejected": "warn", "near": "title"}

# word of the host: (word, short word, what it means); `until` adds the time left
STATES = {
    "idle": ("quiet", "quiet", "score under half of what is needed"),
    "near": ("near", "near", "at least half of the score needed"),
    "rejected": ("rejected", "reject", "score enough, a check says no"),
    "suppressed": ("held back", "held", "score enough, a limit or lock says no"),
    "cool": ("cool", "cool", "rests after its last alert"),
    "PENDING": ("PENDING", "PEND", "a card waits for your decision"),
    "OPEN": ("OPEN", "OPEN", "a trade is running"),
    "HALT": ("HALT", "HALT", "trading is halted"),
    "halted": ("HALT", "HALT", "trading is halted"),
    "warming": ("warming", "warm", "the book is too young to judge"),
    "stale": ("stale", "stale", "no fresh book"),
    "no book": ("no book", "nobook", "no book yet"),
    "empty bid": ("no bids", "nobids", "one side of the book is empty"),
    "empty ask": ("no asks", "noasks", "one side of the book is empty"),
    "crossed": ("crossed", "crossd", "bid above ask: the book is wrong"),
}


def title(scene: Scene, cells: int) -> Line:
    """`1 Universe 48 · 2 pending`, `1 Universe 3 of 48 /AB`."""
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
    room = max(1, height - 1)
    first = max(0, min(scene.top.get("universe", 0), len(shown) - room))
    doing = scene.held.trading()
    rows = [_line(ticker, scene, cells, doing) for ticker in shown[first : first + room]]
    return [head, *(hatch(rows) if scene.stale else rows)]


def _columns(cells: int, ticker: str, last: str, score: str, tape: str, state: str) -> str:
    if cells < NARROW:
        score = score.removesuffix("ORE")
        return f"{ticker:<6}{last:>6}{score:>4}{tape:>4} {state}"
    return f"{ticker:<7}{last:>7} {score:>8}{tape:>5}  {state}"


def _line(ticker: str, scene: Scene, cells: int, doing: dict[str, str]) -> Line:
    row = scene.held.rows.get(ticker)
    here = ticker == scene.selected
    word = doing.get(ticker) or ("" if row is None else clean(row.state))
    mark = "▶" if here else "!" if word.upper().startswith("HALT") else " "
    name = mark + clean(ticker)[: 5 if cells < NARROW else 6]
    known = ("…", "…", "…") if row is None else _figures(row, cells)
    line = _columns(cells, name, *known, _state(word, row, scene, cells))
    look = "pick" if here else LOOKS.get(word.split(" ")[0], "")
    return text.fit(((line, look),), cells, look)


def _figures(row: UniverseRow, cells: int) -> tuple[str, str, str]:
    score = text.points(row.score_e4).replace("10.0", "10")
    if cells >= NARROW:
        points = row.score_e4 or 0
        full = max(0, min(SCORE_BAR, points * SCORE_BAR // TOP_E4))
        shape = "" if row.score_e4 is None else "█" * full + "░" * (SCORE_BAR - full)
        score = f"{shape} {score:>3}"
    return text.dollars(row.last_e4), score, _speed(row.tape_count_3s)


def _speed(count_3s: int | None) -> str:
    """Prints a second: `4.7`, from ten on whole."""
    if count_3s is None:
        return text.DASH
    return f"{count_3s / 3:.1f}" if count_3s < 30 else f"{min(999, count_3s // 3)}"


def _state(word: str, row: UniverseRow | None, scene: Scene, cells: int) -> str:
    """The state in words, and how long it lasts; in a narrow pane the word gives way."""
    if not word:
        return "…"
    long, short, meaning = STATES.get(word, (word, word[:SHORT_STATE], ""))
    left = ""
    if row is not None and row.until_ts is not None and row.until_ts > scene.now.now_ts:
        left = text.span(row.until_ts - scene.now.now_ts)
    if cells < NARROW:
        return _brief(short, row, scene) if left else short
    said = f"{long} {left}".rstrip()
    return f"{said:<11} {meaning}" if cells >= ROOMY and meaning else said


def _brief(short: str, row: UniverseRow | None, scene: Scene) -> str:
    """`cool8m`: minutes rounded up; the word alone where both do not fit."""
    until = 0 if row is None or row.until_ts is None else row.until_ts
    minutes = f"{-(-(until - scene.now.now_ts) // (60 * text.NS))}m"
    return f"{short}{minutes}" if len(short) + len(minutes) <= SHORT_STATE else short
