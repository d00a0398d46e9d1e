"""1 Universe: the symbols in the host's order, which is selected, and what each is doing."""

from functools import lru_cache

from ramstock_tui.link.schema import ROWS_UNASKED, FunnelView, Listed, UniverseRow
from ramstock_tui.ui import text
from ramstock_tui.ui.layout import funnel_rows
from ramstock_tui.ui.listed import listed
from ramstock_tui.ui.panes import funnel
from ramstock_tui.ui.scene import SHORT_STATE, STATES, Scene, hatch, say
from ramstock_tui.ui.text import Line, clean
from ramstock_tui.ui.views import passing

NARROW = 38  # below it short states and no score bar
ROOMY = 56  # from here on a state is explained
SCORE_BAR, BAR_AT = 4, 15  # cells, and where they begin
MIDDLE_BAR_AT, WIDE_BAR_AT = 23, 32  # ... with the columns of a universe
EXPLAINED = 96  # from here on, beside the columns of a universe, a state is explained
EXCLUDED = "EXCL"  # the state of a symbol outside of the universe
PRICE = 6  # cells of a price
TOP_E4 = 100_000  # the most points
LOOKS = {
    "PENDING": "accent",
    "ORDER": "accent",
    "OPEN": "accent",
    "HALT": "bad",
    "rejected": "warn",
    "near": "title",
    EXCLUDED: "dim",
}


def title(scene: Scene, cells: int) -> Line:
    """`1 Universe 48 · deep 3/3 · 2 pending · ttl 4m12s`, `1 Universe 3 of 48 /AB`."""
    tickers, typed, made = scene.held.tickers, scene.filters.get("universe", ""), scene.held.funnel
    if not tickers and made is None:
        return (("1 Universe", "title"),)
    if typed:
        shown = _shown(scene)
        total = len(tickers if made is None else listed(scene.held, "", scene.only))
        said: Line = ((f"1 Universe {len(shown)} of {total} ", "title"), (f"/{typed}", "accent"))
        return text.cut(said, cells)
    waiting, opened = scene.live.open_items()
    head: Line = ((f"1 Universe {len(tickers)}", "title"),)
    if scene.only and made is not None:
        head = ((f"1 Excluded {len(made.excluded)}", "warn"),)
    parts = [text.part(0, head)]
    status = scene.live.status
    if status is not None and status.slots:
        parts.append(text.part(3, ((f"deep {status.slots[2]}/{status.slots[3]}", ""),)))
    for rank, count, word in ((1, waiting, "pending"), (2, opened, "open")):
        if count:
            parts.append(text.part(rank, ((f"{count} {word}", "accent"),)))
    if made is not None:
        parts += _made(scene, made)
    return text.fit_parts(parts, cells, " · ")


def _made(scene: Scene, made: FunnelView) -> list[text.Part]:
    """What the title says of the universe: its time, its troubles, the order."""
    words, look = funnel.ttl(made, scene.now.now_ts)
    parts = [text.part(3 if look != "bad" else 0, ((words, look or "dim"),))]
    if made.store:
        parts.append(text.part(1, (("STORE?", "bad"),)))
    if scene.order:
        parts.append(text.part(2, ((f"by {scene.order}", "accent"),)))
    return parts


def _shown(scene: Scene) -> tuple[str, ...]:
    if scene.shown is not None:
        return scene.shown
    return passing(scene.held.tickers, scene.filters.get("universe", ""))


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    """A head, one line a symbol, and how the universe came about where there is room."""
    tickers, made = scene.held.tickers, scene.held.funnel
    if not tickers and made is None:
        return say("waiting for symbols")
    shown = _shown(scene)
    below = 0 if made is None else funnel_rows(height + 2)
    foot = [] if made is None else funnel.lines(scene, made, cells, below)
    head: Line = ((_head(cells, made is not None), "dim"),)
    if made is not None and not made.members and not tickers and not scene.only:
        rows = text.wrap(((funnel.nobody(made), "warn"),), cells)[: height - 1 - below]
        listing = _rows(scene, shown, cells, height - 1 - below - len(rows))
        return [*rows, head, *listing[: height - 1 - below - len(rows)], *foot][:height]
    if not shown:
        nothing = "nothing is excluded" if scene.only else "no symbol matches; esc clears"
        return [head, *say(nothing, "warn")]
    room = min(ROWS_UNASKED, max(1, height - 1 - below))  # the host sends no more rows
    found = _rows(scene, shown, cells, room)
    found += [()] * (room - len(found)) if foot else []
    return [head, *found, *foot]


def _rows(scene: Scene, shown: tuple[str, ...], cells: int, room: int) -> list[Line]:
    first = max(0, min(scene.top.get("universe", 0), len(shown) - room))
    doing, now = scene.held.trading(), scene.now.now_ts
    rich = scene.held.funnel is not None
    rows = [
        _line(
            ticker,
            row := scene.held.rows.get(ticker),
            doing.get(ticker, ""),
            _left(row, now),
            ticker == scene.selected,
            cells,
            rich,
        )
        for ticker in shown[first : first + max(0, room)]
    ]
    return hatch(rows) if scene.stale else rows


def _left(row: UniverseRow | None, now_ts: int) -> int:
    """Seconds that the state of a row still lasts, rounded up; 0 when it has no end."""
    if row is None or row.until_ts is None:
        return 0
    return max(0, -(-(row.until_ts - now_ts) // text.NS))


def _head(cells: int, rich: bool) -> str:
    """Names of the columns."""
    if rich and cells >= ROOMY:
        return _wide((" SYM", "LAST", "SPR", "RVOL", "FLOAT", "SCORE", "T/s", "RANK", "STATE"))
    if rich and cells >= NARROW:
        return _middle((" SYM", "LAST", "SPR", "RVOL", "SCORE", "STATE"))
    return _columns(cells, " SYM", "LAST", "SCORE", "T/s", "STATE")


def _columns(cells: int, ticker: str, last: str, score: str, tape: str, state: str) -> str:
    if cells < NARROW:
        score = score.removesuffix("ORE")
        return f"{ticker:<6}{last:>6}{score:>4}{tape:>4} {state}"
    return f"{ticker:<7}{last:>7} {score:>8}{tape:>5}  {state}"


def _middle(v: tuple[str, ...]) -> str:
    """Symbol, last, spread, relative volume, score, state."""
    return f"{v[0]:<7}{v[1]:>6}{v[2]:>4}{v[3]:>5} {v[4]:>8} {v[5]}"


def _wide(v: tuple[str, ...]) -> str:
    """... with float, prints a second and rank."""
    return f"{v[0]:<7}{v[1]:>7}{v[2]:>5}{v[3]:>6}{v[4]:>6} {v[5]:>8}{v[6]:>5}{v[7]:>5}  {v[8]}"


@lru_cache(maxsize=1024)
def _line(
    ticker: str,
    row: UniverseRow | None,
    doing: str,
    left_s: int,
    here: bool,
    cells: int,
    rich: bool = False,
) -> Line:
    """One symbol; most of them are as they were in the last picture."""
    word = doing or ("" if row is None else clean(row.state))
    slot = "◆" if row is not None and row.deep else ""
    room = 5 if cells < NARROW else 6
    shown = clean(ticker)
    name = _mark(row, word, here) + (slot + shown if len(slot + shown) <= room else shown[:room])
    last, score, tape = ("…", "…", "…") if row is None else _figures(row, cells)
    known = Listed() if row is None or row.listed is None else row.listed
    state = _said(known, word, left_s, cells) if rich else _state(word, left_s, cells)
    at = BAR_AT
    if not rich or cells < NARROW:
        line = _columns(cells, name, last, score, tape, state)
    else:
        more = (funnel.spread_text(known), funnel.rvol_text(known))
        if cells < ROOMY:
            line, at = _middle((name, last, *more, score, state)), MIDDLE_BAR_AT
            if word == EXCLUDED:  # it has no score: the rule takes its place
                line = f"{line[: MIDDLE_BAR_AT + 3]}{text.DASH} {state}"
        else:
            rank = str(known.rank) if known.rank else text.DASH
            shares = funnel.float_text(known.float_shares)
            line = _wide((name, last, *more, shares, score, tape, rank, state))
            at = WIDE_BAR_AT
    look = "pick" if here else LOOKS.get(word.split(" ")[0], "")
    return text.fit(_parts(line, look, at if cells >= NARROW and here else None), cells, look)


def _mark(row: UniverseRow | None, word: str, here: bool) -> str:
    if here:
        return "▶"
    if word.upper().startswith("HALT"):
        return "!"
    return "·" if word == EXCLUDED else " "


def _parts(line: str, look: str, at: int | None) -> Line:
    """The line in one look. at: where its bar begins, which reverse video would turn around; None =
    that does not matter."""
    if at is None or line[at] not in "█░":
        return ((line, look),)
    bar = slice(at, at + SCORE_BAR)
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


def _said(known: Listed, word: str, left_s: int, cells: int) -> str:
    """The state; of an excluded symbol the rule, of one that is kept all the same the reason."""
    if word == EXCLUDED:
        if cells < NARROW:
            return funnel.short_rule(known)
        return f"EXCL {funnel.reason(known) if cells >= ROOMY else funnel.short_rule(known)}"
    if cells < ROOMY and left_s >= 60:
        return f"{STATES.get(word, (word,))[0]} {-(-left_s // 60)}m"
    said = _state(word, left_s, cells if cells >= EXPLAINED else min(cells, ROOMY - 1))
    if not known.kept or cells < ROOMY:
        return said
    return f"{said.rstrip()} · {known.kept}: {funnel.reason(known)}"


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
