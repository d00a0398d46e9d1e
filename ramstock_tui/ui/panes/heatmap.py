"""9 Heatmap: a minute of the selected symbol's book as price by time, with prints and findings."""

import math
from itertools import groupby

from ramstock_tui.link.schema import HeatColumn, HeatEvent, HeatmapView
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, book_fault, hatch, say, tick
from ramstock_tui.ui.text import NS, Line, Span, clean, dollars

PRICE_CELLS, RIGHT_CELLS = 8, 5
SHADES = "·░▒▓"
BIG = 500  # shares of a print that is drawn large
EVENTS = 3
NEED = "needs a depth slot: d asks for one"
LEGEND = "o O buy (O 500+)  x sell  R refills I iceberg P pulled F flash A absorbed"
Shown = dict[int, Span]  # what stands at a price in one column


def title(scene: Scene, cells: int) -> Line:
    """Symbol, and the two parts of the confirmation: ask absorbed, bid without a flash wall."""
    view = scene.held.heatmap
    if view is None:
        return (("9 Heatmap", "title"),)
    parts = [text.part(1, ((f"9 Heatmap {clean(view.ticker)[:12]} 60s", "title"),))]
    if scene.stale or view.reason:
        why = (scene.stale, "bad") if scene.stale else book_fault(view.reason)
        return text.fit_parts([*parts, text.part(0, (why,))], cells, " ")
    said: Line = (("absorbed ", ""), tick(view.eaten), ("  firm bid ", ""), tick(view.steady))
    rule = {"required": "required", "info": "for info"}.get(view.rule, "no rule")
    parts += [text.part(3, said), text.part(4, ((f"({rule})", "dim"),))]
    return text.fit_parts(parts, cells, " ")


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    """Prices from high to low, one tick a line; the time below, then the latest findings."""
    view = scene.held.heatmap
    if view is None or not any(view.columns):
        return say(_nothing(scene))
    events = _events(view, scene, cells) if height >= 10 else []
    room = max(1, height - 1 - len(events))
    wide = max(1, (cells - PRICE_CELLS - RIGHT_CELLS) // len(view.columns))
    columns = view.columns[-max(1, (cells - PRICE_CELLS - RIGHT_CELLS) // wide) :]
    top = _top_price(view, room)
    if top is None:
        return say("no book in the last minute")
    drawn = _drawn(view, columns)
    lines = [_row(view, drawn, top - i * view.tick_e4, wide) for i in range(room)]
    lines.append(_times(len(columns), wide))
    lines += events
    made = [text.cut(line, cells) for line in lines]
    return hatch(made) if scene.stale or view.reason else made


def _nothing(scene: Scene) -> str:
    status = scene.live.status
    slots = status is not None and bool(status.slots)
    return NEED if slots else "waiting for a book"


def _top_price(view: HeatmapView, room: int) -> int | None:
    """The uppermost line's price: the newest book's middle stands in the middle, moved by steps of
    a few ticks, so that the picture rests while the price trembles."""
    book = next((c for c in reversed(view.columns) if c is not None and c.bids and c.asks), None)
    if book is None:
        return None
    tick_e4 = max(1, view.tick_e4)
    step = tick_e4 * max(1, room // 6)
    middle = (book.bids[0][0] + book.asks[0][0]) // 2 // step * step
    return middle // tick_e4 * tick_e4 + (room // 2) * tick_e4


def _drawn(view: HeatmapView, columns: tuple[HeatColumn | None, ...]) -> list[Shown]:
    """Each column as glyphs by price: resting size, over it prints, over them findings."""
    sizes = [size for c in columns if c is not None for _, size in c.bids + c.asks]
    low, high = (min(sizes), max(sizes)) if sizes else (1, 1)
    tick_e4 = max(1, view.tick_e4)
    drawn = [_glyphs(column, low, high, tick_e4) for column in columns]
    for event in reversed(view.events):
        at = len(columns) - 1
        if event.ts <= view.end_ts:
            at -= 1 + (view.end_ts - event.ts) // NS
        if 0 <= at < len(drawn):
            drawn[at][_line_of(event.px_e4, tick_e4)] = (clean(event.mark)[:1], "warn")
    return drawn


def _line_of(px: int, tick_e4: int) -> int:
    """What is between two ticks stands in the line of the lower one."""
    return px - px % tick_e4


def _glyphs(column: HeatColumn | None, low: int, high: int, tick_e4: int) -> Shown:
    if column is None:
        return {}
    shown: Shown = {
        _line_of(px, tick_e4): (_shade(size, low, high), "bid") for px, size in column.bids
    }
    shown |= {_line_of(px, tick_e4): (_shade(size, low, high), "ask") for px, size in column.asks}
    for exact, bought, other in column.prints:
        px = _line_of(exact, tick_e4)
        if bought:
            shown[px] = ("O" if bought >= BIG else "o", "up")
        if other > bought:
            shown[px] = ("x", "down")
    if column.refills and column.asks:
        shown[_line_of(column.asks[0][0], tick_e4)] = ("R", "warn")
    return shown


def _shade(size: int, low: int, high: int) -> str:
    """Four steps between the smallest and the largest size of the minute, by their logarithm."""
    if high <= low:
        return SHADES[-1]
    part = math.log(max(low, size) / low) / math.log(high / low)
    return SHADES[min(3, int(part * 4))]


def _row(view: HeatmapView, drawn: list[Shown], px: int, wide: int) -> Line:
    """`12.03 ▓▓▓o▒▒ ◄ask`"""
    spans: list[Span] = [(f"{dollars(px, view.tick_e4):>7} ", "")]
    cells = [shown.get(px, (" ", "")) for shown in drawn]
    for token, group in groupby(cells, key=lambda span: span[1]):
        spans.append(("".join(_widened(glyph, wide) for glyph, _ in group), token))
    return (*spans, _right(view, px))


def _widened(glyph: str, wide: int) -> str:
    """A size fills its cell; a letter stands once."""
    return glyph * wide if glyph in SHADES else glyph.ljust(wide)


def _right(view: HeatmapView, px: int) -> Span:
    now = view.columns[-1]
    if now is not None and now.asks and now.asks[0][0] == px:
        return "◄ask", "ask"
    if now is not None and now.bids and now.bids[0][0] == px:
        return "◄bid", "bid"
    near = view.vwap_e4 is not None and abs(px - view.vwap_e4) * 2 <= view.tick_e4
    return (" vwap", "dim") if near else ("", "")


def _times(count: int, wide: int) -> Line:
    """`-60s       -30s       now` below the columns."""
    cells = count * wide
    first, half = f"-{count}s", f"-{count // 2}s"
    line = first + half.rjust(cells // 2 - len(first) + len(half) // 2)
    return ((" " * PRICE_CELLS + line + "now".rjust(cells - len(line)), "dim"),)


def _events(view: HeatmapView, scene: Scene, cells: int) -> list[Line]:
    """What the marks mean, and the newest findings."""
    lines: list[Line] = [((LEGEND, "dim"),)]
    if not view.events:
        return [*lines, (("no flash wall, refill or absorption in 60 s", "dim"),)]
    return lines + [_event(event, scene) for event in view.events[:EVENTS]]


def _event(event: HeatEvent, scene: Scene) -> Line:
    at = text.clock(event.ts, scene.offset_s)
    price = f" @{dollars(event.px_e4)}" if event.px_e4 else ""
    return ((f"{at} ", "dim"), (f"{clean(event.mark)[:1]} {clean(event.text)}{price}", "warn"))
