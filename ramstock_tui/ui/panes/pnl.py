"""6 Session P&L: net of the day, open part, what is left to the locks, and the trades."""

from ramstock_tui.link.schema import Status
from ramstock_tui.ui.panes.pending import outcome
from ramstock_tui.ui.panes.status import meter, step
from ramstock_tui.ui.scene import Scene, say
from ramstock_tui.ui.text import Line, money

METER_MAX = 60
TALL = 6


def title(scene: Scene, cells: int) -> Line:
    return (("6 Session P&L", "title"), (" net of fees", "dim"))


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    status = scene.live.status
    if status is None:
        return say("waiting for figures")
    lines = [_net(status), *_left(status, cells, height), _counts(status)]
    last = scene.live.pending.last if scene.live.pending else ()
    room = max(0, height - len(lines))
    rows = [outcome(row, scene.offset_s, cells) for row in last[:room]]
    return lines + (rows or [(("no trades yet", "dim"),)])


def _net(status: Status) -> Line:
    token = "good" if status.net_e4 > 0 else "bad" if status.net_e4 < 0 else ""
    part = f"open {money(status.open_net_e4, plus=True)}" if status.open_net_e4 else "open none"
    return (("net ", "dim"), (money(status.net_e4, plus=True), token), (f"  {part}", ""))


def _left(status: Status, cells: int, height: int) -> list[Line]:
    """The meter (`▒` is the open part), and, where trades have room beside it, what may still be
    lost before each rung."""
    rungs = [("soft", status.soft_e4), ("hard", status.hard_e4)]
    known = [(name, rung) for name, rung in rungs if rung is not None]
    if not known:
        return []
    word, token = step(status.net_e4, status.soft_e4)
    room = min(METER_MAX, cells - 2 - len(word) - 1)
    look = token if word != "LOCKED" else "bad"  # reverse video would turn the bar around
    shape = meter(status.net_e4, status.open_net_e4, status.soft_e4, status.hard_e4, room)
    said = [f"{money(max(0, rung + status.net_e4), cents=False)} to {name}" for name, rung in known]
    bar: Line = ((f"[{shape}]", look), (f" {word}", token))
    return [bar, (("left: ", "dim"), (" · ".join(said), ""))] if height >= TALL else [bar]


def _counts(status: Status) -> Line:
    counts = f"W{status.wins} L{status.losses}  trades {status.entries}/{status.entries_max}"
    return ((f"{counts}  peak {money(status.peak_e4)}", ""),)
