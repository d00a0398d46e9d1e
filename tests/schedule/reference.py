"""The exchange's holidays from its published rules: an independent twin of the table."""

from datetime import date, timedelta

SPECIAL = {
    date(2001, 9, 11),
    date(2001, 9, 12),
    date(2001, 9, 13),
    date(2001, 9, 14),
    date(2004, 6, 11),  # funeral of President Reagan
    date(2007, 1, 2),  # President Ford
    date(2012, 10, 29),  # hurricane
    date(2012, 10, 30),
    date(2018, 12, 5),  # President Bush
    date(2025, 1, 9),  # President Carter
}
EARLY_ONCE = {date(2002, 7, 5), date(2003, 12, 26)}


def closed(year: int) -> set[date]:
    """Weekdays without a session."""
    days = {
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        _easter(year) - timedelta(days=2),
        _last_monday_of_may(year),
        _observed(date(year, 7, 4)),
        _nth(year, 9, 0, 1),
        _nth(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    }
    new_year = date(year, 1, 1)
    if new_year.weekday() != 5:  # on a Saturday it is not moved into the old year
        days.add(_observed(new_year))
    if year >= 2022:
        days.add(_observed(date(year, 6, 19)))
    return days | {day for day in SPECIAL if day.year == year}


def early(year: int) -> set[date]:
    """Sessions that close at 13:00: after Thanksgiving, before Christmas, around July 4th."""
    off = closed(year)
    days = {_nth(year, 11, 3, 4) + timedelta(days=1)}
    eve = date(year, 12, 24)
    if eve.weekday() < 4:
        days.add(eve)
    third = date(year, 7, 3)
    if third.weekday() in (0, 1, 3) or (third.weekday() == 2 and year >= 2013):
        days.add(third)
    days |= {day for day in EARLY_ONCE if day.year == year}
    return {day for day in days if day not in off and day.weekday() < 5}


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _last_monday_of_may(year: int) -> date:
    end = date(year, 5, 31)
    return end - timedelta(days=end.weekday())


def _easter(year: int) -> date:
    """Sunday of the Gregorian Easter (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)
