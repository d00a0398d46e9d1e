"""May I trade: one answer in words, from the state that the host reports. No rule is decided here;
the host checks every confirm itself."""

from ramstock_tui.link.schema import LockRow, Status
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import Line, clean

READER = "READ-ONLY"
ALERTS_OFF = "ALERTS OFF"  # word of the row: no alerts by hand, cards can still be confirmed


def verdict(status: Status, scene: Scene) -> list[Line]:
    """The answer, from long to short."""
    for said in (_gone(status, scene), _locked(status, scene.now.now_ts), _used_up(status)):
        if said:
            return [((word, token),) for word, token in said]
    waiting, _ = scene.live.open_items()
    if not waiting and (full := _alerts(status, scene.now.now_ts)):
        return [((word, "warn"),) for word in full]
    return [(("MAY TRADE", "good"),)]


Said = list[text.Span]


def _gone(status: Status, scene: Scene) -> Said:
    """Nobody trades here: no host, no data, no pen, or a replay that decides by itself."""
    if scene.stale:
        return [(f"NO TRADING: {scene.stale.lower()}", "bad")]
    if status.data_state == "done":
        return [("REPLAY ENDED" if status.mode == "replay" else "SESSION ENDED", "warn")]
    if status.data_state == "waiting":
        return [("NOT YET: no data", "warn")]
    if scene.reader:
        return [(f"{READER}: another screen trades", "warn"), (READER, "warn")]
    if status.confirm_policy != "keys":
        return _watched(status, scene.now.now_ts)
    return []


def _watched(status: Status, now_ts: int) -> Said:
    """Nobody decides here; a lock or pause is part of what is watched."""
    watch = [(f"WATCH ONLY: {clean(status.mode)}", "warn"), ("WATCH ONLY", "warn")]
    if found := _locked(status, now_ts):
        return [(f"WATCH ONLY: {found[0][0]}", "warn"), (f"WATCH ONLY: {found[-1][0]}", "warn")]
    return watch


def _locked(status: Status, now_ts: int) -> Said:
    """A lock or pause: why, and how long still."""
    if day := [lock for lock in status.locks if is_day_lock(lock)]:
        why = cause(day[0])
        return [(f"NO ENTRIES: {why}", "bad"), ("NO ENTRIES: LOCKED", "bad")]
    against = [lock for lock in status.locks if lock.word != ALERTS_OFF]
    if not against:
        return [("NO ALERTS: paused by hand (.)", "warn")] if status.locks else []
    lock = against[0]
    left = "" if lock.ends_ts is None else f", {short_span(lock.ends_ts - now_ts)} left"
    if lock.ends_ts is None and lock.word == "PAUSED":
        left = ", press A"
    why = cause(lock)
    brief = why.partition(" in ")[0]
    return [(f"NO ENTRIES: {why}{left}", "bad"), (f"NO ENTRIES: {brief}{left}", "bad")]


def is_day_lock(lock: LockRow) -> bool:
    """A lock of the day, which only the next session ends; anything else is a pause."""
    return "LOCK" in lock.word.upper()


def cause(lock: LockRow) -> str:
    """`third loss in 30 min: no new entries` -> `third loss in 30 min`."""
    return clean(lock.blocks).partition(":")[0] or clean(lock.word)


def _used_up(status: Status) -> Said:
    """The day's trades or the window's are used, or the window is closed."""
    if status.entries_max and status.entries >= status.entries_max:
        return [(f"NO ENTRIES: {status.entries} of {status.entries_max} trades used", "warn")]
    ends = _at(status.window_ends_ts, status)
    if not status.window_allows:
        until = f" until {ends}" if ends else " for today"
        return [(f"NO ENTRIES: window closed{until}", "warn"), (f"CLOSED{until}", "warn")]
    most = status.window_entries_max
    if most is not None and status.window_entries >= most:
        return [(f"NO ENTRIES: window full until {ends or 'its end'}", "warn")]
    return []


def _alerts(status: Status, now_ts: int) -> list[str]:
    if status.next_alert_ts is None or status.next_alert_ts <= now_ts:
        return []
    return [f"NO ALERTS until {_at(status.next_alert_ts, status)}"]


def _at(ts: int | None, status: Status) -> str:
    return "" if ts is None else text.clock(ts, status.utc_offset_s)[:5]


def short_span(ns: int) -> str:
    """Minutes alone from one minute on: `12m`, `48s`, `2h10m`."""
    left = text.span(ns)
    return left.split("m")[0] + "m" if "m" in left and "h" not in left else left
