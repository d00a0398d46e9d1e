"""7 Throttle and locks: each limit with used and most, when it frees, in plain words."""

from ramstock_tui.link.schema import Status
from ramstock_tui.ui import text
from ramstock_tui.ui.panes.status import lock_ends
from ramstock_tui.ui.scene import Scene, say
from ramstock_tui.ui.text import Line, clean, money


def title(scene: Scene, cells: int) -> Line:
    return (("7 Throttle & locks", "title"),)


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    status = scene.live.status
    if status is None:
        return say("waiting for figures")
    now = scene.now.now_ts
    lines = _locks(status, now, cells)
    lines += [
        _used("signals/h", status.alerts_hour, status.alerts_hour_max, _next(status, now)),
        _used("trades", status.entries, status.entries_max, _rest(status)),
        _used("window", status.window_entries, status.window_entries_max, clean(status.window)),
        _used("losses/30m", status.losses_30m, status.losses_30m_max, "then pause"),
        (("day lock   ", "dim"), (_rungs(status), "")),
    ]
    return [text.cut(line, cells) for line in lines[:height]]


def _used(name: str, used: int, most: int | None, note: str) -> Line:
    if most is None:
        return ((f"{name:<11}", "dim"), (f"{used}  no limit  {note}", ""))
    token = "warn" if used >= most else ""
    cells = min(6, max(1, most))
    shape = "█" * min(cells, used) + "░" * max(0, cells - used)
    return ((f"{name:<11}", "dim"), (f"{shape:<6} {used}/{most}", token), (f"  {note}", "dim"))


def _next(status: Status, now_ts: int) -> str:
    if status.next_alert_ts is None or status.next_alert_ts <= now_ts:
        return "free now"
    return f"next {text.clock(status.next_alert_ts, status.utc_offset_s)[:5]}"


def _rest(status: Status) -> str:
    left = max(0, status.entries_max - status.entries)
    return f"{left} left" if left else "none left"


def _rungs(status: Status) -> str:
    rungs = [money(-rung, cents=False) for rung in (status.soft_e4, status.hard_e4) if rung]
    return f"armed at {' / '.join(rungs)}" if rungs else "none"


def _locks(status: Status, now_ts: int, cells: int) -> list[Line]:
    """Locks and pauses in force, first."""
    lines: list[Line] = []
    for lock in status.locks:
        said = f"{clean(lock.word)}: {clean(lock.blocks)}, {lock_ends(lock, status, now_ts)}"
        lines += text.wrap(((said, "bad"),), cells)
    return lines or [(("locks      none", "good"),)]
