"""From one exchange day to the next: when it is over, and what the next one takes over.

Locks, counters, cool-offs and throttles belong to their day (D-21) and end with it. The phase, the
equity and the figures of the week and the month go on.
"""

from datetime import date
from functools import cache
from itertools import count
from pathlib import Path

import msgspec

from ramstock_tui.core.records import SessionOpened
from ramstock_tui.schedule import ScheduleError, session_day

NEVER = 1 << 62
CENT_E4 = 100


def day_ends_ns(opened: SessionOpened) -> int:
    """Midnight in New York before the next session date, ns since the epoch; on a Friday that is
    Monday's. Never where the calendar does not know that date."""
    try:
        return session_day(opened.next_date).midnight_ns
    except ScheduleError:
        return NEVER


@cache
def next_open_ns(next_date: int) -> int | None:
    """When the session of that date opens, ns since the epoch; None where the calendar ends."""
    try:
        return session_day(next_date).open_ns
    except ScheduleError:
        return None


def carried(opened: SessionOpened, net_e4: int, phase: int) -> SessionOpened:
    """What the next session assumes. net_e4: net of the day that ended, 1/10,000 USD, after fees;
    phase: in which it ended. Raises ScheduleError where the calendar does not know the next date.
    """
    day = session_day(opened.next_date)
    before, after = _date(opened.date), _date(day.date)
    same_week = before.isocalendar()[:2] == after.isocalendar()[:2]
    same_month = (before.year, before.month) == (after.year, after.month)
    return msgspec.structs.replace(
        opened,
        date=day.date,
        midnight_ns=day.midnight_ns,
        open_ns=day.open_ns,
        close_ns=day.close_ns,
        next_date=day.next_date,
        phase=phase,
        carried=(),
        notes=(),
        equity_cents=opened.equity_cents + net_e4 // CENT_E4,
        week_net_e4=opened.week_net_e4 + net_e4 if same_week else 0,
        month_net_e4=opened.month_net_e4 + net_e4 if same_month else 0,
    )


def directory_beside(directory: Path, number: int, suffix: str) -> Path:
    """A new directory beside the session's, `2026-11-24-SUFFIX-N`, made here. number: yyyymmdd."""
    for n in count(1):
        path = directory.parent / f"{_date(number)}-{suffix}-{n}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return path
    raise AssertionError


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
