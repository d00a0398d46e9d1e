"""4 Score: why, or why not; one line a rule with value, need and points, then gates and flip."""

from ramstock_tui.link.schema import LaneRow, LanesView, ScoreRow, ScoreView
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, hatch, rule_name, say, tick
from ramstock_tui.ui.text import Line, clean

MID = 36  # from here on the column NEED fits
REASON = 52  # and the reason beside a rule
TIMES = 56  # and since when it has been true


def title(scene: Scene, cells: int) -> Line:
    view = scene.held.score
    name = "4 Score" if view is None else f"4 Score {clean(view.ticker)[:12]}"
    return ((name, "title"), (" why / why not", "dim")) if cells >= 40 else ((name, "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    lines = rules(scene, cells, height)
    first = max(0, min(scene.top.get("score", 0), len(lines) - height))
    return hatch(lines[first:]) if scene.stale else lines[first:]


def rules(scene: Scene, cells: int, height: int) -> list[Line]:
    """Every rule, the total, what stands against it, the other profiles, the nearest flips: in
    about `height` lines."""
    view = scene.held.score
    if view is None:
        return say("waiting for a score")
    lines = [_head(cells)] if height >= len(view.rows) + 4 else []
    lines += [_row(row, scene, cells) for row in view.rows]
    others = _others(view, scene.held.lanes)
    tall = height >= len(view.rows) + 6 + len(others)
    lines.append(_total(view, cells, [] if tall else _brief(others)))
    lines += _below(view, cells, max(1, height - len(lines)), _long(others, cells) if tall else [])
    return lines


def _others(view: ScoreView, lanes: LanesView | None) -> list[LaneRow]:
    """The profiles that only watch, when what is known of them concerns the same symbol."""
    if lanes is None or lanes.ticker != view.ticker:
        return []
    return [row for row in lanes.rows if not row.acting]


def _passes(row: LaneRow) -> bool:
    return row.verdict.startswith("ACCEPT")


def _brief(others: list[LaneRow]) -> list[Line]:
    """`platform 5.0 ✗  quant 6.8 uncalibrated ✗`, and shorter with `?` for that word."""
    return [text.join([_named(row, doubt) for row in others]) for doubt in (" uncalibrated", "?")]


def _named(row: LaneRow, doubt: str) -> Line:
    score = f"{clean(row.profile)[:12]} {text.points(row.score_e4)}"
    mark = () if row.calibrated else ((doubt, "warn"),)
    return ((score, "dim"), *mark, (" ", ""), tick(_passes(row)))


def _long(others: list[LaneRow], cells: int) -> list[Line]:
    """One line a profile: score, verdict, nearest flip and its own day."""
    lines: list[Line] = [(("other profiles now (they only watch)", "dim"),)] if others else []
    for row in others:
        score = f"{text.points(row.score_e4)}/{text.points(row.need_e4)}"
        won = f"{row.signals} alerts W{row.wins} L{row.losses} {text.money(row.net_e4, plus=True)}"
        parts = [
            text.part(0, ((f"{clean(row.profile)[:12]:<12} {score:>9} ", ""), tick(_passes(row)))),
            text.part(1, ((clean(row.verdict), "dim"),)),
            text.part(2, *([] if row.calibrated else [(("uncalibrated", "warn"),)])),
            text.part(4, *([((f"flip {clean(row.flip)}", "dim"),)] if row.flip else [])),
            text.part(3, ((won, "dim"),)),
        ]
        lines.append(text.fit_parts([part for part in parts if part[1]], cells))
    return lines


def _columns(cells: int, name: str, value: str, need: str, pts: str, times: tuple[str, str]) -> str:
    """One line of the table, without its times and NEED where they do not fit."""
    if cells >= TIMES:
        held, since = times
        rule = f"{name:<13}{value[:8]:>8} {need[:8]:<8}{pts:>5}"
        return f"{rule} {held[:6]:>6} " + (f"{since[:11]:<11} " if since else "")
    if cells >= REASON:
        return f"{name:<14}{value[:9]:>9}  {need[:12]:<12}{pts:>6} "
    if cells >= MID:
        return f"{name:<12} {value[:7]:>7} {need[:8]:<8}{pts:>6} "
    return f"{name:<12} {value[:7]:>7}{pts:>5} "


def _head(cells: int) -> Line:
    times = "HELD", "SINCE"
    return ((_columns(cells, "RULE", "VALUE", "NEED", "PTS", times), "dim"),)


def _times(row: ScoreRow, scene: Scene) -> tuple[str, str]:
    """`1.4s` and `09:47:05.8`, `–` while the rule is not true. `≥` and `≤`: it was true by then
    already; `~`: since it was first seen so."""
    if row.since_ts is None:
        return text.DASH, ""
    mark = clean(row.since_mark)[:1]
    held = text.age(max(0, scene.now.now_ts - row.since_ts))
    clock = text.clock(row.since_ts, scene.offset_s, tenths=True)
    return f"{mark}{held}", f"{'≤' if mark == '≥' else mark}{clock}"


def _row(row: ScoreRow, scene: Scene, cells: int) -> Line:
    got = f"{_short(row.points_e4)}/{_short(row.of_e4)}"
    value, need = clean(row.value or text.DASH), clean(row.need)
    line = _columns(cells, rule_name(row.rule)[:12], value, need, got, _times(row, scene))
    reason = ((f" {clean(row.reason)}", "dim"),) if row.reason and cells >= REASON else ()
    return ((line, "" if row.passed else "dim"), tick(row.passed), *reason)


def _short(points_e4: int) -> str:
    """Points without a needless `.0`."""
    return text.points(points_e4).removesuffix(".0")


def _total(view: ScoreView, cells: int, others: list[Line]) -> Line:
    """others: the other profiles from long to short, where the line has room for them."""
    need = text.points(view.need_e4)
    if view.score_e4 is None:
        bare: Line = ((f"TOTAL {text.DASH} need {need}  ", "title"), _verdict(view))
        return text.fit_parts([text.part(0, bare), *_after(others)], cells)
    sign = "≥" if view.score_e4 >= view.need_e4 else "<"
    missing = max(0, view.need_e4 - view.score_e4)
    parts = [text.part(0, ((f"TOTAL {text.points(view.score_e4)} {sign} {need}", "title"),))]
    if missing:
        parts.append(text.part(1, ((f"missing {text.points(missing)}", "warn"),)))
    return text.fit_parts([*parts, text.part(0, (_verdict(view),)), *_after(others)], cells)


def _after(others: list[Line]) -> list[text.Part]:
    return [text.part(2, *others)] if any(others) else []


def _verdict(view: ScoreView) -> tuple[str, str]:
    good = view.verdict.upper().startswith("ACCEPT")
    return (clean(view.verdict), "good" if good else "warn")


def _below(view: ScoreView, cells: int, room: int, others: list[Line]) -> list[Line]:
    """What stands against it first, with its detail; then what holds, the nearest flip, the other
    profiles."""
    against: list[Line] = []
    for gate in view.gates:
        if not gate.passed:
            why = clean(gate.detail or gate.name)
            against += text.wrap((tick(False), (f" {why}", "bad")), cells)
    holds = [gate for gate in view.gates if gate.passed]
    names = " ".join(f"{clean(gate.name)}✓" for gate in holds)
    count = f"{'other' if against else 'all'} {len(holds)} gates ✓"
    flip: list[Line] = []
    if view.flip:
        words = " or ".join(clean(one) for one in view.flip)
        flip = text.wrap((("flip: ", "dim"), (words, "")), cells)
    listed = text.wrap(((names, "dim"),), cells) if holds else []
    if len(against) + len(listed) + len(others) + len(flip) > room and holds:
        listed = [((count, "dim"),)]
    return (against + listed + flip + others)[: max(room, len(against))]
