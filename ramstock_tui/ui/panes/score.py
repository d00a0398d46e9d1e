"""4 Score: why, or why not; one line a rule with value, need and points, then gates and flip."""

from ramstock_tui.link.schema import ScoreRow, ScoreView
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, hatch, rule_name, say, tick
from ramstock_tui.ui.text import Line, clean

WIDE, MID = 52, 38  # from here on the columns NEED and HELD fit, or NEED alone


def title(scene: Scene, cells: int) -> Line:
    view = scene.held.score
    name = "4 Score" if view is None else f"4 Score {clean(view.ticker)[:12]}"
    return ((name, "title"), (" why / why not", "dim")) if cells >= 40 else ((name, "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    view = scene.held.score
    if view is None:
        return say("waiting for a score")
    lines = [_head(cells)] if height >= len(view.rows) + 4 else []
    lines += [_row(row, scene, cells) for row in view.rows]
    lines.append(_total(view))
    lines += _below(view, cells, max(1, height - len(lines)))
    first = max(0, min(scene.top.get("score", 0), len(lines) - height))
    return hatch(lines[first:]) if scene.stale else lines[first:]


def _columns(cells: int, name: str, value: str, need: str, pts: str, held: str) -> str:
    """One line of the table: all columns, without HELD, or without NEED and HELD."""
    if cells >= WIDE:
        return f"{name:<13}{value[:8]:>8}  {need[:9]:<9}{pts:>5}  {held:>6} "
    if cells >= MID:
        return f"{name:<12} {value[:7]:>7} {need[:8]:<8}{pts:>6} "
    return f"{name:<12} {value[:7]:>7}{pts:>5} "


def _head(cells: int) -> Line:
    return ((_columns(cells, "RULE", "VALUE", "NEED", "PTS", "HELD"), "dim"),)


def _row(row: ScoreRow, scene: Scene, cells: int) -> Line:
    got = f"{_short(row.points_e4)}/{_short(row.of_e4)}"
    held = text.DASH
    if row.since_ts is not None:
        held = text.age(max(0, scene.now.now_ts - row.since_ts))
    value, need = clean(row.value or text.DASH), clean(row.need)
    line = _columns(cells, rule_name(row.rule)[:12], value, need, got, held)
    reason = ((f" {clean(row.reason)}", "dim"),) if row.reason and cells >= WIDE else ()
    return ((line, "" if row.passed else "dim"), tick(row.passed), *reason)


def _short(points_e4: int) -> str:
    """Points without a needless `.0`."""
    return text.points(points_e4).removesuffix(".0")


def _total(view: ScoreView) -> Line:
    if view.score_e4 is None:
        return ((f"TOTAL {text.DASH} need {text.points(view.need_e4)}  ", "title"), _verdict(view))
    sign = "≥" if view.score_e4 >= view.need_e4 else "<"
    total = f"TOTAL {text.points(view.score_e4)} {sign} {text.points(view.need_e4)}  "
    return ((total, "title"), _verdict(view))


def _verdict(view: ScoreView) -> tuple[str, str]:
    good = view.verdict.upper().startswith("ACCEPT")
    return (clean(view.verdict), "good" if good else "warn")


def _below(view: ScoreView, cells: int, room: int) -> list[Line]:
    """What stands against it first, with its detail; then what holds; then the nearest flip."""
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
    if len(against) + len(listed) + len(flip) > room and holds:
        listed = [((count, "dim"),)]
    return (against + listed + flip)[: max(room, len(against))]
