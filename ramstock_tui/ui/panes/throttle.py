"""7 Throttle and locks: each limit with used and most, when it frees, in plain words."""

from ramstock_tui.link.schema import LimitRow, LimitsView, Status
from ramstock_tui.ui import text
from ramstock_tui.ui.panes.locks import lock_ends
from ramstock_tui.ui.scene import Scene, say
from ramstock_tui.ui.text import Line, clean

EXPLAINED = 2  # lines a limiter takes with its explanation


def title(scene: Scene, cells: int) -> Line:
    return (("7 Throttle & locks", "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    status, view = scene.live.status, scene.live.limits
    if status is None:
        return say("waiting for figures")
    now = scene.now.now_ts
    if view is None:
        return [text.cut(line, cells) for line in _locks(status, now, cells)[:height]]
    tall = height > EXPLAINED * len(view.rows)
    lines = _locks(status, now, cells, tall)
    for row in view.rows:
        lines.append(_limit(row, view, status, now, cells))
        if tall or (row.on and _room(view, lines, height)):
            lines.append(_explained(row, status))
    lines += _others(view)
    if len(lines) > height:
        lines = _compact(view, status, now, cells, height)
    return [text.cut(line, cells) for line in lines[:height]]


def _compact(view: LimitsView, status: Status, now: int, cells: int, height: int) -> list[Line]:
    """A line for each limiter, explained while there is room; the urgent ones where even that is
    too much."""
    locks = _locks(status, now, cells)
    spare = height - len(locks) - len(view.rows) - len(_others(view))
    if spare < 0:
        return _foremost(view, status, now, cells, height)
    lines = locks
    for row in sorted(view.rows, key=_rank):
        lines.append(_limit(row, view, status, now, cells))
        if spare > 0:
            lines.append(_explained(row, status))
            spare -= 1
    return lines + _others(view)


def _foremost(view: LimitsView, status: Status, now: int, cells: int, height: int) -> list[Line]:
    """Locks, what blocks now, what frees by time, what is used most; how many more there are."""
    locks = _locks(status, now, cells)
    room = max(1, height - len(locks) - 1)
    rows = sorted(view.rows, key=_rank)
    more = len(rows) - room + len(_others(view))
    lines = [_limit(row, view, status, now, cells) for row in rows[:room]]
    return [*locks[: max(0, height - len(lines) - 1)], *lines, ((f"+{more} more (7 z)", "dim"),)]


def _rank(row: LimitRow) -> tuple[bool, bool, float]:
    used = row.used / row.most if row.used is not None and row.most else 0.0
    return not row.on, row.ends_ts is None, -used


def _room(view: LimitsView, lines: list[Line], height: int) -> bool:
    """Is there a line to spare below all limiters?"""
    left = len(view.rows) + 1
    return len(lines) + left < height


def _limit(row: LimitRow, view: LimitsView, status: Status, now: int, cells: int) -> Line:
    """`signals/h  ███ 3/3  next 10:12`"""
    head: Line = ((f"{clean(row.name)[:11]:<11}", "dim"),)
    token = "warn" if row.on else ""
    if row.used is not None and row.most is None:
        head = (*head, (f"{row.used}  ", token))
    elif row.used is not None and row.most is not None:
        bar = min(6, max(1, row.most))
        shape = "█" * min(bar, row.used) + "░" * max(0, bar - row.used)
        head = (*head, (f"{shape:<6} {row.used}/{row.most}  ", token))
    look = token if row.used is None else "dim"
    notes: list[Line] = [((note, look),) for note in _notes(row, view, status, now)]
    return text.fit_parts([text.part(0, head), text.part(1, *notes)], cells, "")


def _notes(row: LimitRow, view: LimitsView, status: Status, now: int) -> list[str]:
    """The state in words, and when it frees; from long to short."""
    if row.name == "cool-off":
        cools = [f"{clean(ticker)[:6]} {text.span(end - now)}" for ticker, end in view.cools]
        return ["  ".join(cools[:n]) for n in range(len(cools), 0, -1)] or ["none"]
    said = clean(row.note)
    if row.ends_ts is None:
        return [said, said.partition(" or ")[0]]
    at = text.clock(row.ends_ts, status.utc_offset_s)[:5]
    end = f"{said} next {at}" if row.name == "signals/h" else f"{said} {_word(row)} {at}"
    return [f"{end.strip()} ({text.span(row.ends_ts - now)})", end.strip(), at]


def _word(row: LimitRow) -> str:
    """A window that is closed opens later; everything else ends."""
    return "opens" if row.name == "window" and row.note.startswith("between") else "ends"


def _explained(row: LimitRow, status: Status) -> Line:
    said = f"  blocks {clean(row.blocks)}; not: {clean(row.allows)}"
    return ((said, "warn" if row.on else "dim"),)


def _locks(status: Status, now_ts: int, cells: int, tall: bool = False) -> list[Line]:
    """Locks and pauses in force, first."""
    lines: list[Line] = []
    for lock in status.locks:
        said = f"{clean(lock.word)} {lock_ends(lock, status, now_ts)}: {clean(lock.blocks)}"
        lines += text.wrap(((said, "bad"),), cells)
        if lock.allows:
            more = text.wrap(((f"  not blocked: {clean(lock.allows)}", ""),), cells)
            lines += more if tall else more[:1]
    return lines or [(("locks      none", "good"),)]


def _others(view: LimitsView) -> list[Line]:
    """What holds the profiles that only watch, whatever the symbol."""
    if not view.others:
        return []
    said = " · ".join(f"{clean(profile)}: {clean(why)}" for profile, why in view.others)
    return [(("others     ", "dim"), (said, "dim"))]
