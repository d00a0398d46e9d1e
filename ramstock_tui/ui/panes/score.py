"""4 Score: why, or why not; one line a rule with value, need and points, then gates and flip."""

from ramstock_tui.link.schema import ScoreRow, ScoreView
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, hatch, rule_name, say, tick
from ramstock_tui.ui.text import Line, clean

WIDE = 52  # from here on the columns NEED and HELD fit


def title(scene: Scene, cells: int) -> Line:
    view = scene.held.score
    name = "4 Score" if view is None else f"4 Score {clean(view.ticker)[:12]}"
    return ((name, "title"), (" why / why not", "dim")) if cells >= 40 else ((name, "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    view = scene.held.score
    if view is None:
        return say("waiting for a score")
    wide = cells >= WIDE
    lines = [_head(wide)] if height >= len(view.rows) + 4 else []
    lines += [_row(row, scene, wide) for row in view.rows]
    lines.append(_total(view))
    lines += _below(view, cells, max(1, height - len(lines)))
    first = max(0, min(scene.top.get("score", 0), len(lines) - height))
    return hatch(lines[first:]) if scene.stale else lines[first:]


def _head(wide: bool) -> Line:
    if wide:
        return ((f"{'RULE':<13}{'VALUE':>8}  {'NEED':<9}{'PTS':>5}  {'HELD':>6}", "dim"),)
    return ((f"{'RULE':<12}{'VALUE':>7}{'PTS':>6}", "dim"),)


def _row(row: ScoreRow, scene: Scene, wide: bool) -> Line:
    token = "" if row.passed else "dim"
    got = f"{_short(row.points_e4)}/{_short(row.of_e4)}"
    name, value = rule_name(row.rule)[:12], clean(row.value or text.DASH)
    if not wide:
        return ((f"{name:<12}{value[:7]:>7}{got:>6} ", token), tick(row.passed))
    held = text.DASH
    if row.since_ts is not None:
        held = text.age(max(0, scene.now.now_ts - row.since_ts))
    line = f"{name:<13}{value[:8]:>8}  {clean(row.need)[:9]:<9}{got:>5}  {held:>6} "
    reason = (f" {clean(row.reason)}", "dim")
    return ((line, token), tick(row.passed), *((reason,) if row.reason else ()))


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
            why = f"{clean(gate.name)} {clean(gate.detail)}".strip()
            against += text.wrap((tick(False), (f" {why}", "bad")), cells)
    holds = [f"{clean(gate.name)}✓" for gate in view.gates if gate.passed]
    lines = against + (text.wrap(((" ".join(holds), "dim"),), cells) if holds else [])
    if view.flip:
        flip = " or ".join(clean(one) for one in view.flip)
        lines += text.wrap((("flip: ", "dim"), (flip, "")), cells)
    return lines[: max(room, len(against))]
