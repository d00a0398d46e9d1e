"""6 Session P&L: net of the day, open part, peak, and the last trades."""

from ramstock_tui.ui.panes.pending import outcome
from ramstock_tui.ui.scene import Scene, say
from ramstock_tui.ui.text import Line, money


def title(scene: Scene, cells: int) -> Line:
    return (("6 Session P&L", "title"), (" net of fees", "dim"))


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    status = scene.live.status
    if status is None:
        return say("waiting for figures")
    token = "good" if status.net_e4 > 0 else "bad" if status.net_e4 < 0 else ""
    open_part = (
        f"open {money(status.open_net_e4, plus=True)}" if status.open_net_e4 else "open none"
    )
    lines: list[Line] = [
        (("net ", "dim"), (money(status.net_e4, plus=True), token), (f"  {open_part}", "")),
        (
            (f"peak {money(status.peak_e4)}  W{status.wins} L{status.losses}  ", ""),
            (f"trades {status.entries}/{status.entries_max}", ""),
        ),
    ]
    last = scene.live.pending.last if scene.live.pending else ()
    room = max(0, height - len(lines))
    rows = [outcome(row, scene.offset_s, cells) for row in last[:room]]
    return lines + (rows or [(("no trades yet", "dim"),)])
