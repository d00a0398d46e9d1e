"""3 Tape: the newest prints and the figures of the last seconds."""

from ramstock_tui.link.schema import TapeRow, TapeView
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, hatch, say, tick
from ramstock_tui.ui.text import Line, clean, dollars

SIDES = {"B": ("▲", "up"), "S": ("▼", "down")}
FOOT = 4


def title(scene: Scene, cells: int) -> Line:
    view = scene.held.tape
    if view is None:
        return (("3 Tape", "title"),)
    head: Line = ((f"3 Tape {clean(view.ticker)[:12]}", "title"), (f"  {_speed(view)} ", ""))
    room = cells - text.width(head)
    return text.cut((*head, (text.spark(view.spark, min(12, max(0, room))), "accent")), cells)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    view = scene.held.tape
    if view is None:
        return say("waiting for prints")
    room = max(1, height - 1 - FOOT)
    first = max(0, min(scene.top.get("tape", 0), len(view.rows) - room))
    rows = view.rows[first : first + room]
    fine = any(row.px_e4 % 100 for row in rows)
    stamp = 10 if cells >= 40 else 7
    head: Line = ((f"{'TIME':<{stamp}}{'PX':>7}{'  ' * fine}{'SIZE':>7}", "dim"),)
    lines = [_row(row, scene.offset_s, fine, stamp) for row in rows]
    if not lines:
        lines = say("no prints yet")
    lines = hatch(lines) if scene.stale else lines
    return [head, *lines] + [()] * max(0, room - len(lines)) + _foot(view)


def compact(scene: Scene, cells: int, rows: int) -> list[Line]:
    """One line of figures and `rows` lines of prints side by side."""
    view = scene.held.tape
    if view is None:
        return say("waiting for prints")
    lines = [text.fit_parts(_figures(view), cells)]
    prints = [_short(row) for row in view.rows]
    if rows > 1:  # in columns
        widest = max((text.width(one) for one in prints), default=0)
        prints = [text.fit(one, widest) for one in prints]
    stamp = text.clock(view.rows[0].ts, scene.offset_s) if view.rows else ""
    for i in range(rows):
        line: Line = ((f"{stamp} " if i == 0 else " " * 9, "dim"),)
        while prints and text.width(line) + text.width(prints[0]) + 3 <= cells:
            line = (*line, *prints.pop(0), ("  ", ""))
        lines.append(line)
    return hatch(lines) if scene.stale else lines


def _figures(view: TapeView) -> list[text.Part]:
    return [
        text.part(0, ((f"TAPE {_speed(view)}", ""),)),
        text.part(3, ((text.spark(view.spark, 8), "accent"),)),
        text.part(1, ((_shares(view)[0], ""),)),
        text.part(4, ((f"accel {_times(view)}", ""),)),
        text.part(2, ((f"vs VWAP {_away(view)}", ""),)),
    ]


def _speed(view: TapeView) -> str:
    """Prints a second over the last 3 s."""
    return text.DASH if view.count_3s is None else f"{view.count_3s / 3:.1f}/s"


def _times(view: TapeView) -> str:
    return text.DASH if view.acceleration is None else f"{view.acceleration:.1f}x"


def _away(view: TapeView) -> str:
    if view.last_minus_vwap_e4 is None:
        return text.DASH
    price = view.rows[0].px_e4 if view.rows else 0
    return text.short_dollars(text.on_the_cent(view.last_minus_vwap_e4, price), plus=True)


def _shares(view: TapeView) -> tuple[str, str, str]:
    total = view.buy_shares + view.sell_shares + view.mid_shares
    if not total:
        return f"buy {text.DASH}", f"sell {text.DASH}", f"mid {text.DASH}"
    buy, sell = (round(100 * part / total) for part in (view.buy_shares, view.sell_shares))
    return f"buy {buy}%", f"sell {sell}%", f"mid {max(0, 100 - buy - sell)}%"


def _row(row: TapeRow, offset_s: int, fine: bool, stamp: int) -> Line:
    """fine: some price in view is off the cent, so cents are padded to align the points. stamp:
    cells for the time, 10 with the hour or 7 without."""
    glyph, token = SIDES.get(row.side, ("•", "flat"))
    flags = "hidden" if row.hidden else "inside" if row.inside else ""
    price = dollars(row.px_e4) + ("  " if fine and row.px_e4 % 100 == 0 else "")
    return (
        (text.clock(row.ts, offset_s, tenths=True)[-stamp:], "dim"),
        (f"{price:>{9 if fine else 7}}{row.size:>7,} {glyph} ", token),
        (flags, "dim"),
    )


def _short(row: TapeRow) -> Line:
    glyph, token = SIDES.get(row.side, ("•", "flat"))
    return ((f"{dollars(row.px_e4)} {glyph}{row.size:,}", token),)


def _foot(view: TapeView) -> list[Line]:
    buy, sell, mid = _shares(view)
    lines: list[Line] = [((f"{buy}  {sell}  {mid}", ""),)]
    lines.append(((f"v3s {_speed(view)}  accel {_times(view)}", ""),))
    lines.append(((f"last - VWAP {_away(view)}", ""),))
    if view.reclaim is None:
        lines.append(((f"reclaim {text.DASH} {clean(view.reclaim_reason)}", "dim"),))
    else:
        lines.append(
            (("reclaim ", ""), tick(view.reclaim), (f" {clean(view.reclaim_reason)}", "dim"))
        )
    return lines
