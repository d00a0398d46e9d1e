"""When a lane may alert: parts of the day, hourly limit, cool-off (D-19, D-20, D-26, N-30)."""

from collections.abc import Sequence

from ramstock_tui.core.profile import Day, Throttle
from ramstock_tui.core.records import SessionOpened

SECOND_NS = 1_000_000_000
HOUR_NS = 3_600 * SECOND_NS
REGULAR_CLOSE_S = 16 * 3_600
NEVER = 1 << 62  # later than every instant in ns


class Span:
    """One window of the day as instants: [start_ns, end_ns); the rest as in `Window`."""

    __slots__ = ("allow", "cap", "end_ns", "name", "start_ns")

    def __init__(self, name: str, start_ns: int, end_ns: int, allow: str, cap: int | None) -> None:
        self.name = name
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.allow = allow
        self.cap = cap


class DayPlan:
    """The windows of one session date in order of time, and the instant at which the day is off.

    An early close puts `off_ns` so long before it; windows are cut there, later ones vanish.
    """

    __slots__ = ("midnight_ns", "off_ns", "spans")

    def __init__(self, day: Day, session: SessionOpened) -> None:
        self.midnight_ns = session.midnight_ns
        self.off_ns = session.midnight_ns + day.off_s * SECOND_NS
        if session.close_ns < session.midnight_ns + REGULAR_CLOSE_S * SECOND_NS:
            early = session.close_ns - day.early_close_off_s * SECOND_NS
            self.off_ns = min(self.off_ns, early)
        self.spans: list[Span] = []
        for w in day.windows:
            start = session.midnight_ns + w.start_s * SECOND_NS
            end = min(session.midnight_ns + w.end_s * SECOND_NS, self.off_ns)
            if start < end:
                self.spans.append(Span(w.name, start, end, w.allow, w.entries))

    def at(self, t: int) -> Span | None:
        """The window that holds t; None in a gap, before the first and after the last."""
        for span in self.spans:
            if span.start_ns <= t < span.end_ns:
                return span
        return None

    def clock(self, t: int) -> str:
        """t as time of day in New York, `HH:MM:SS`."""
        s = (t - self.midnight_ns) // SECOND_NS
        return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}"


def alerts_within_hour(alerts: Sequence[int], t: int) -> int:
    """How many of the ascending instants lie in (t - 60 min, t]."""
    since = t - HOUR_NS
    return sum(1 for ts in alerts if ts > since)


def next_alert_ts(alerts: Sequence[int], limit: Throttle, t: int) -> int | None:
    """When the hourly limit next lets an alert pass; None when it does at t.

    alerts: ascending instants of emitted alerts; those of 60 min ago and older do not count.
    """
    count = alerts_within_hour(alerts, t)
    if count < limit.per_hour:
        return None
    free = alerts[len(alerts) - limit.per_hour] + HOUR_NS if limit.per_hour > 0 else NEVER
    if limit.over == "throttle" and alerts:
        free = min(free, alerts[-1] + limit.then_every_s * SECOND_NS)
    return free if free > t else None
