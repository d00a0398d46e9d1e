"""Locks and pauses in words: the row of a locked day, when each ends, the bar of a loss pause."""

from ramstock_tui.link.schema import LockRow, Status
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import Line, clean, money
from ramstock_tui.ui.verdict import cause, is_day_lock

HARD = "HARD LOCK"  # word of the lock at the hard rung
LOSSES = "losses of the day"  # why the soft lock: its rung, or a second loss pause


def locked(status: Status, locks: list[LockRow], opened: int = 0, cells: int = 160) -> str:
    """`LOCKED — daily loss -$436.50 < -$400 — no new entries until Tue 24 Nov`; at the hard rung
    `HARD LOCK — daily loss -$612.00 ≤ -$600 — flatten 1 open — read only until Tue 24 Nov`. As
    long as there is room for; without a loss beyond a rung also the net."""
    if hard := next((lock for lock in locks if lock.word == HARD), None):
        return _hard(status, hard, opened, cells)
    said = ["LOCKED"]
    lost = status.soft_e4 is not None and status.net_e4 < -status.soft_e4
    if lost:
        rung = money(-(status.soft_e4 or 0), cents=False)
        said.append(f"daily loss {money(status.net_e4)} < {rung}")
    for lock in locks[:1]:
        why, _, what = clean(lock.blocks).partition(": ")
        if why and what and not (lost and why == LOSSES):
            said.append(why)
        said.append(f"{what or why or clean(lock.word)} {lock_end(lock, status)}")
    if not locks:
        said.append("no new entries today")
    if not lost:
        said.append(f"net {money(status.net_e4, plus=True)}")
    return " " + " — ".join(said)


def _hard(status: Status, lock: LockRow, opened: int, cells: int) -> str:
    """The rung that was reached, what is still to do and the end, which is never cut away."""
    net, end = money(status.net_e4), lock_end(lock, status)
    rung = "" if status.hard_e4 is None else f" ≤ {money(-status.hard_e4, cents=False)}"
    if status.hard_e4 is None or status.net_e4 > -status.hard_e4:
        rung = ""  # the share of equity came first, or the net has come back since
    loss = (f"daily loss {net}{rung}", f"{net}{rung}", net)
    work = (f"FLATTEN {opened} OPEN", f"FLATTEN {opened}") if opened else ("all cancelled", "")
    for lost, todo in ((loss[0], work[0]), (loss[1], work[0]), (loss[2], work[1])):
        said = " — ".join(part for part in (HARD, lost, todo, f"read only {end}") if part)
        if len(said) < cells:
            break
    return f" {said}"


def _when(ts: int, status: Status) -> str:
    clock = text.clock(ts, status.utc_offset_s)[:5]
    day = text.day(ts, status.utc_offset_s)
    return clock if day == text.day(status.engine_ts, status.utc_offset_s) else f"{day} {clock}"


def lock_ends(lock: LockRow, status: Status, now_ts: int) -> str:
    """When a lock ends, in words."""
    left = "" if lock.ends_ts is None else f" ({text.span(lock.ends_ts - now_ts)})"
    return lock_end(lock, status) + left


def lock_end(lock: LockRow, status: Status) -> str:
    """The instant, the session or the event that ends a lock."""
    if lock.ends_ts is not None and is_day_lock(lock):
        return f"until {text.day(lock.ends_ts, status.utc_offset_s)}"
    if lock.ends_ts is not None:
        return f"until {_when(lock.ends_ts, status)}"
    return _ENDS.get(lock.word, "until the next session")


_ENDS = {
    "PAUSED": "until you acknowledge it (A)",
    "FEED": "until data are back",
    "ALERTS OFF": "until you want them again (.)",
    "EQUITY FLOOR": "until the account is above it",
    "MONITOR": "until the phase is earned again",
}


def bar(scene: Scene, cells: int) -> Line:
    """After the third loss: one row in reverse video with the time left and the way out."""
    status = scene.live.status
    lock = next((x for x in status.locks if x.word == "PAUSED"), None) if status else None
    if lock is None:
        return ()
    why = cause(lock)
    if lock.ends_ts is not None:
        left = text.span(lock.ends_ts - scene.now.now_ts)
        said = f" PAUSED {left} left — {why}: no new entries — then press A "
    else:
        said = f" PAUSED, time is over — {why} — press A, type ok, to trade again "
    return text.fit(((said, "locked"),), cells, "locked")
