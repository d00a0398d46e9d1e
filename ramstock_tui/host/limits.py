"""Every limit of the acting profile for the screen: used, most, what it blocks, what not, its end.

Only words are made here; whether a limit holds says the lane.
"""

from collections.abc import Iterator

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.lane import TRIPS_ESCALATE, Lane
from ramstock_tui.core.profile import Throttle
from ramstock_tui.host import words
from ramstock_tui.link import schema as m

OFF = "OFF"
OPEN = "open trades"
RUN = "open trades run on"
# code of a lock or pause -> what it leaves alone
ALLOWS = {
    "soft_lock": f"{RUN} to stop or target; scoring goes on",
    "hard_lock": "scoring and recording go on; flatten what is open",
    "manual_lock": f"{RUN} to stop or target; scoring goes on",
    "lost_lock": f"{RUN} to stop or target; scoring goes on",
    "loss_pause": f"{RUN}; scoring goes on",
    "global_pause": f"{RUN}; scoring goes on",
    "feed": f"{RUN}, and exit at the next valid book",
    "phase": "scoring and recording go on",
    "equity_floor": f"{RUN} to stop or target; scoring goes on",
    "alerts_off": "cards that wait, and open trades",
}


def allows(code: str) -> str:
    """What a lock or pause does not block, in words."""
    return ALLOWS.get(code, f"{RUN}; scoring goes on")


def view(engine: Engine, lane: Lane, t: int) -> m.LimitsView:
    """Every limiter in the order of the screen, and the cool-offs that run."""
    cools = _cools(lane, t)
    rows = [_hourly(lane, t), _trades(lane), _window(lane, t), _losses(lane, t)]
    rows += [_cooloff(lane, cools), _rungs(lane), _halts(lane, t), _feed(engine, lane)]
    return m.LimitsView(tuple(rows), cools, tuple(_others(engine, t)))


def _hourly(lane: Lane, t: int) -> m.LimitRow:
    limit, ends = lane.profile.throttle, lane.next_alert_ts(t)
    return m.LimitRow(
        "signals/h",
        lane.alerts_hour(t),
        limit.per_hour,
        ends is not None,
        "" if ends is not None else "free now",
        _over(limit),
        "confirms of open cards",
        ends,
    )


def _over(limit: Throttle) -> str:
    if limit.over == "pause":
        return "alerts until the oldest of them is 60 min old"
    return f"alerts but one every {limit.then_every_s // 60} min"


def _trades(lane: Lane) -> m.LimitRow:
    used, most = lane.state.entries, lane.profile.throttle.per_day
    left = max(0, most - used)
    note = f"{left} left" if left else "none left today"
    return m.LimitRow("trades", used, most, not left, note, "alerts and confirms today", OPEN, None)


def _window(lane: Lane, t: int) -> m.LimitRow:
    name, lets_pass, used, cap, ends = lane.window_now(t)
    full = cap is not None and used >= cap
    note = name or window_gap(lane, t)
    if not lets_pass and note != OFF:
        note += " closed"
    elif full:
        note += " full"
    return m.LimitRow(
        "window", used, cap, not lets_pass or full, note, "alerts and confirms", OPEN, ends
    )


def window_gap(lane: Lane, t: int) -> str:
    """What a time without a window is called: `OFF` once no window comes any more (D-26)."""
    return OFF if lane.window_now(t)[4] is None else "between windows"


def _losses(lane: Lane, t: int) -> m.LimitRow:
    losses = lane.profile.losses
    paused = bool(lane.state.loss_until)
    blocks = "alerts, confirms to the end of the window"
    return m.LimitRow(
        f"losses/{losses.window_s // 60}m",
        lane.losses_recent(t),
        losses.count,
        paused,
        "paused" if paused else "then pause",
        blocks,
        OPEN,
        lane.state.loss_until or None,
    )


def _cools(lane: Lane, t: int) -> tuple[tuple[str, int], ...]:
    """(ticker, end), the one that ends first first."""
    ends = ((ticker, lane.cooloff_ends(ticker, t)) for ticker in lane.state.cool)
    found = [(ticker, end) for ticker, end in ends if end is not None]
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))


def _cooloff(lane: Lane, cools: tuple[tuple[str, int], ...]) -> m.LimitRow:
    minutes = lane.profile.throttle.cooloff_s // 60
    blocks = f"a second alert within {minutes} min"
    return m.LimitRow("cool-off", len(cools), None, bool(cools), "", blocks, "other symbols", None)


def _rungs(lane: Lane) -> m.LimitRow:
    losses, locks = lane.profile.losses, lane.state.locks
    rungs = [words.money(-rung) for rung in (losses.soft_e4, losses.hard_e4) if rung]
    amounts = " / ".join(each.removesuffix(".00") for each in rungs)
    share = f"{losses.hard_bp / 100:g} % of equity"
    armed = f"armed at {amounts} or {share}" if amounts else f"armed at {share}"
    held = words.reason_words(tuple(f"{rung}_lock" for rung in sorted(locks)))
    note = held or armed
    blocks = "new entries (soft), cards too and for good (hard)"
    return m.LimitRow("day lock", None, None, bool(locks), note, blocks, OPEN, None)


def _halts(lane: Lane, t: int) -> m.LimitRow:
    trips, scope = lane.trips_recent(t), lane.profile.halt_scope
    until = lane.state.pause_until
    paused = until > t
    what = {
        "escalating": f"the symbol; all on a card or trade, {TRIPS_ESCALATE} trips",
        "global": "everything for 5 min on any trip",
        "symbol": "the symbol alone",
    }
    note = f"{scope} {trips}/{TRIPS_ESCALATE} trips" if scope == "escalating" else scope
    return m.LimitRow(
        "halt scope", None, None, paused, note, what[scope], OPEN, until if paused else None
    )


def _feed(engine: Engine, lane: Lane) -> m.LimitRow:
    reason = lane.suspended
    note = f"suspended: {reason.replace('_', ' ')}" if reason else "ok"
    ends = engine.clean_at if reason and engine.clean_at < 1 << 62 else None
    return m.LimitRow(
        "feed gate",
        None,
        None,
        bool(reason),
        note,
        "alerts and confirms until 10 s clean",
        OPEN,
        ends,
    )


def _others(engine: Engine, t: int) -> Iterator[tuple[str, str]]:
    """(profile, what holds it back whatever the symbol) of every other lane."""
    for lane in engine.lanes:
        if not lane.acting:
            yield lane.profile.name, words.reason_words(lane.blockers(t, "")) or "free"
