"""Which exchange day it is, and what a session without an account assumes of it."""

from ramstock_tui.core.records import SessionOpened
from ramstock_tui.schedule import ScheduleError, date_of, previous_session, session_day

PHASE = 1


def date_at(ts: int) -> int:
    """The exchange day that an instant belongs to, yyyymmdd: its own, else the next one."""
    date = date_of(ts)
    try:
        return session_day(date).date
    except ScheduleError:
        return session_day(previous_session(date)).next_date


def assumed_day(
    ts: int, *, mode: str, acting: str, fee_model: str, equity_cents: int, source: str
) -> SessionOpened:
    """The day of `ts` with nothing won or lost in its week and month."""
    day = session_day(date_at(ts))
    return SessionOpened(
        date=day.date,
        midnight_ns=day.midnight_ns,
        open_ns=day.open_ns,
        close_ns=day.close_ns,
        next_date=day.next_date,
        mode=mode,
        acting=acting,
        phase=PHASE,
        equity_cents=equity_cents,
        fee_model=fee_model,
        admission="assumed",
        source=source,
    )
