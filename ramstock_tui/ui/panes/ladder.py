"""2 Ladder: the book of the selected symbol, with its sums, wall, VWAP and own prices."""

from ramstock_tui.link.schema import LadderView
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, book_fault, hatch, say, tick
from ramstock_tui.ui.text import Line, Span, clean, dollars, shares

Level = tuple[int, int]
TITLE_CELLS = 36  # from here on the title says the age


def title(scene: Scene, cells: int) -> Line:
    """Symbol, best prices, spread in price and ticks, age, and whether the book can be used."""
    view = scene.held.ladder
    if view is None:
        return (("2 Ladder", "title"),)
    parts = [text.part(1, ((f"2 {clean(view.ticker)[:12]}", "title"),))]
    if view.bids and view.asks:
        bid, ask, tick_e4 = view.bids[0][0], view.asks[0][0], max(1, view.tick_e4)
        price = f"{dollars(bid, tick_e4)}×{dollars(ask, tick_e4)}"
        spread = f"sp {text.short_dollars(ask - bid)}"
        ticks = f"{spread} {(ask - bid) // tick_e4}t"
        parts += [text.part(2, ((price, ""),)), text.part((5, 4), ((ticks, ""),), ((spread, ""),))]
    parts.append(text.part(3, ((f"age {scene.age_text('ladder', view.age_ns)}", "dim"),)))
    parts.append(text.part(0, state(scene)))
    return text.fit_parts(parts, cells, " ")


def state(scene: Scene) -> Line:
    """`VALID`, `BOOK? reason`, `CONNECTION LOST`, or why no data here is current."""
    view = scene.held.ladder
    if scene.stale:
        return ((scene.stale, "bad"),)
    if view is None:
        return ((text.DASH, "dim"),)
    return (book_fault(view.reason),) if view.reason else (("VALID", "good"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    """The tall form: asks above, bids below, one price a line."""
    view = scene.held.ladder
    if view is None:
        return say("waiting for a book")
    foot = _foot(view, scene, cells)
    room = max(3, height - len(foot) - 1)
    lines = _tall(view, cells, room)
    if scene.stale or view.reason:
        lines = hatch(lines)
    return lines + [()] * max(0, room + 1 - len(lines)) + foot


def compact(scene: Scene, cells: int, levels: int) -> list[Line]:
    """The flat form: bid and ask side by side, `levels` lines and a line of sums."""
    view = scene.held.ladder
    if view is None:
        return say("waiting for a book")
    half = (cells - 3) // 2
    top = _largest(view, levels)
    lines: list[Line] = [_flat_head(half)]
    for i in range(levels):
        left = _flat_bid(view, i, half, top)
        right = _flat_ask(view, i, half, top)
        lines.append((*left, (" │ ", "edge"), *right))
    lines.append(_sums(view, cells))
    return hatch(lines) if scene.stale or view.reason else lines


def depth_line(scene: Scene, cells: int) -> Line:
    """Ask depth against its gate, and the wall's age."""
    view = scene.held.ladder
    if view is None:
        return ()
    return text.fit_parts([text.part(0, _depth(view)), text.part(1, _wall(view, scene))], cells)


def _largest(view: LadderView, levels: int) -> int:
    return max((size for _, size in view.bids[:levels] + view.asks[:levels]), default=0)


# flat --------------------------------------------------------------------------------------------
def _flat_head(half: int) -> Line:
    return ((f"{'BID':>7}{'px':>{half - 7}} │ {'px':<8}{'ASK':>{half - 8}}", "dim"),)


def _flat_bid(view: LadderView, i: int, half: int, top: int) -> Line:
    if i >= len(view.bids):
        return ((" " * half, ""),)
    px, size = view.bids[i]
    cells = half - 16
    price = f"{dollars(px, view.tick_e4):>8}"
    shape = text.bar(size, top, cells, right=True)
    return ((f"{size:>7,} ", ""), (shape, "bid"), (price, _own(view, px) or "bid"))


def _flat_ask(view: LadderView, i: int, half: int, top: int) -> Line:
    if i >= len(view.asks):
        return ((" " * half, ""),)
    px, size = view.asks[i]
    price = f"{dollars(px, view.tick_e4):<8}"
    shape = text.bar(size, top, half - 16)
    return ((price, _own(view, px) or "ask"), (shape, "ask"), (f" {size:>7,}", ""))


def _own(view: LadderView, px: int) -> str:
    return "accent" if px in (view.entry_e4, view.stop_e4, view.target_e4) else ""


def _sums(view: LadderView, cells: int) -> Line:
    left = [f"Σ3 {shares(view.bid_sum_3)}", f"ratio {_ratio(view)}", f"Σ3 {shares(view.ask_sum_3)}"]
    tail = f"QI {_signed(view.imbalance_5)}"
    return text.two_sides((("   ".join(left), ""),), ((tail, ""),), cells)


def _ratio(view: LadderView) -> str:
    if view.bid_sum_3 is None or not view.ask_sum_3:
        return text.DASH
    return f"{view.bid_sum_3 / view.ask_sum_3:.2f}"


def _signed(value: float | None) -> str:
    """`+.45`, `-1.00`."""
    return text.DASH if value is None else f"{value:+.2f}".replace("0.", ".", 1)


# tall --------------------------------------------------------------------------------------------
def _tall(view: LadderView, cells: int, room: int) -> list[Line]:
    """`room` prices around the spread and the spread line."""
    asks, bids = _with_marks(view)
    up = min(len(asks), max(room - len(bids), (room + 1) // 2))
    down = min(len(bids), room - up)
    top = max((s for _, s in asks[:up] + bids[:down]), default=0)
    lines = [_level(view, px, size, top, cells, ask=True) for px, size in reversed(asks[:up])]
    lines.append(_middle(view, cells))
    lines += [_level(view, px, size, top, cells, ask=False) for px, size in bids[:down]]
    return lines


def _with_marks(view: LadderView) -> tuple[list[Level], list[Level]]:
    """Both sides, with a line of size 0 for each own price and the VWAP that has no level."""
    asks, bids = dict(view.asks), dict(view.bids)
    best = view.asks[0][0] if view.asks else None
    for px in (view.entry_e4, view.stop_e4, view.target_e4):
        if px is not None and best is not None:
            (asks if px >= best else bids).setdefault(px, 0)
    return sorted(asks.items()), sorted(bids.items(), reverse=True)


def _level(view: LadderView, px: int, size: int, top: int, cells: int, ask: bool) -> Line:
    side = max(9, (cells - 10) // 2)
    mark, token = _mark(view, px)
    price: Span = (f"{dollars(px, view.tick_e4):>8}  ", token or ("ask" if ask else "bid"))
    shown: Span = (f"{size:>7,} " if size else " " * 8, "")
    if ask:
        shape: Span = (text.bar(size, top, side - 8), "ask")
        return ((f"{mark:>{side}}", token), price, shape, shown)
    shape = (text.bar(size, top, side - 8, right=True), "bid")
    return (shown, shape, price, (mark, token))


def _mark(view: LadderView, px: int) -> tuple[str, str]:
    """What stands at this price, own prices first."""
    if px == view.entry_e4:
        return "ENTRY", "accent"
    if px == view.stop_e4:
        return "STOP", "accent"
    if px == view.target_e4:
        return "TARGET", "accent"
    if px == view.wall_price_e4:
        return "wall", "warn"
    near = view.vwap_e4 is not None and abs(px - view.vwap_e4) * 2 <= max(1, view.tick_e4)
    return ("vwap", "dim") if near else ("", "")


def _middle(view: LadderView, cells: int) -> Line:
    if not view.bids or not view.asks:
        return (("── one side is empty ".ljust(cells, "─"), "warn"),)
    spread = f"── {text.short_dollars(view.asks[0][0] - view.bids[0][0])} ──"
    if view.weighted_mid is not None:
        spread += f" micro {view.weighted_mid / 10_000:.3f} ──"
    return ((spread.center(cells, "─"), "edge"),)


def _foot(view: LadderView, scene: Scene, cells: int) -> list[Line]:
    """Sums, VWAP, ask depth, wall, validity; two to a line where they fit."""
    sums = f"Σ3 {shares(view.bid_sum_3)}  ratio {_ratio(view)}  Σ3 {shares(view.ask_sum_3)}"
    average = None if view.vwap_e4 is None else text.on_the_cent(view.vwap_e4, view.vwap_e4)
    vwap = f"VWAP {dollars(average)}" + (f" {clean(view.vwap_reason)}" if not view.vwap_e4 else "")
    quick = f"QI {_signed(view.imbalance_5)}   {vwap}"
    age: Line = ((f"age {scene.age_text('ladder', view.age_ns)}", "dim"),)  # no room in the title
    valid = [state(scene), *([age] if cells < TITLE_CELLS else []), _count(view)]
    lines: list[Line] = [((sums, ""),), ((quick, ""),), _depth(view), _wall(view, scene)]
    if cells >= 66:
        lines = [text.join(lines[i : i + 2], "   ") for i in (0, 2)]
    return [*lines, text.join(valid, " · ", "dim")]


def _count(view: LadderView) -> Line:
    return ((f"{len(view.bids)} bids {len(view.asks)} asks", "dim"),)


def _depth(view: LadderView) -> Line:
    shown = f"depth {shares(view.ask_depth)}"
    if view.ask_depth is None:
        return ((shown, ""),)
    if view.ask_depth_need is None:
        return ((shown, ""),)
    enough = view.ask_depth >= view.ask_depth_need
    sign = "≥" if enough else "<"
    return ((f"{shown} {sign}{shares(view.ask_depth_need)} ", ""), tick(enough))


def _wall(view: LadderView, scene: Scene) -> Line:
    if view.wall_price_e4 is None:
        return (("wall none", "dim"),)
    at = f"wall {dollars(view.wall_price_e4, view.tick_e4)}"
    return ((f"{at} {shares(view.wall_size)} {scene.age_text('ladder', view.wall_age_ns)}", ""),)
