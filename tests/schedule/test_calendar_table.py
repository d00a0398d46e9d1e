"""The generated table, day by day, against the exchange's rules and against its source."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from ramstock_tui.schedule import ScheduleError, session_day
from tests.schedule import reference

FIRST, LAST = date(2000, 1, 1), date(2035, 12, 31)


def differences(closes: Callable[[date], str]) -> list[str]:
    """Days on which the table says something else than `closes` (16:00, 13:00 or "")."""
    return [
        f"{day}: table {ours or 'closed'}, expected {theirs or 'closed'}"
        for day in every_day()
        if (ours := table_says(day)) != (theirs := closes(day))
    ]


def every_day() -> list[date]:
    return [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def table_says(day: date) -> str:
    try:
        session = session_day(day.year * 10_000 + day.month * 100 + day.day)
    except ScheduleError:
        return ""
    hour = (session.close_ns - session.midnight_ns) // 3_600_000_000_000
    return f"{hour}:00"


def test_every_day_follows_the_published_rules_and_special_closings() -> None:
    closed = {day for year in range(2000, 2036) for day in reference.closed(year)}
    early = {day for year in range(2000, 2036) for day in reference.early(year)}

    def closes(day: date) -> str:
        if day.weekday() >= 5 or day in closed:
            return ""
        return "13:00" if day in early else "16:00"

    assert differences(closes) == []


def test_the_next_date_of_every_session_is_the_session_after_it() -> None:
    known = [session_day(number(day)) for day in every_day() if table_says(day)]
    assert [day.next_date for day in known[:-1]] == [day.date for day in known[1:]]


def test_every_day_agrees_with_exchange_calendars() -> None:
    library = pytest.importorskip(
        "exchange_calendars", reason="exchange_calendars is not installed"
    )
    calendar = library.get_calendar("XNYS", start=str(FIRST), end=str(LAST))
    closes = {
        stamp.date(): close.tz_localize("UTC") if close.tzinfo is None else close
        for stamp, close in calendar.closes.items()
    }
    opens = {stamp.date(): open_.value for stamp, open_ in calendar.opens.items()}

    def close_of(day: date) -> str:
        close = closes.get(day)
        return "" if close is None else str(close.tz_convert("America/New_York").strftime("%H:%M"))

    assert differences(close_of) == []
    assert [
        day
        for day in every_day()
        if table_says(day) and session_day(number(day)).open_ns != opens[day]
    ] == []


def number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
