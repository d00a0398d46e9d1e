"""Exchange days of New York: sessions, holidays, early closes, and the local time of an instant.

The table is generated (`scripts/make_calendar.py`) and covers 2000 to 2035; for any other year
there is no session, so nothing trades on a guess. Openings that were late or closings that were
extended by minutes are not in it. Nothing here reads a clock or the time zone of this machine.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ramstock_tui.errors import RamstockError

SECOND_NS = 1_000_000_000
OPEN_S = 34_200  # 09:30, seconds of the New York day
CLOSE_S = 57_600  # 16:00
EARLY_CLOSE_S = 46_800  # 13:00
SOON_DAYS = 5  # an early close is told so many days before


class ScheduleError(RamstockError):
    """There is no such session, or nobody knows: nothing may trade."""


@dataclass(frozen=True, slots=True)
class SessionDay:
    """One exchange day. date, next_date: yyyymmdd, this and the next session.

    midnight_ns: epoch ns such that midnight_ns + seconds × 1e9 is that time of day in New York
    during regular hours. open_ns, close_ns: regular hours, early closes included. note: words for
    the screen, "" on an ordinary day.
    """

    date: int
    midnight_ns: int
    open_ns: int
    close_ns: int
    next_date: int
    early_close: bool
    note: str


def session_day(date: int) -> SessionDay:
    """The session on `date` (yyyymmdd). Raises ScheduleError on a closed day or an unknown year."""
    day = _day(date)
    calendar = _calendar()
    reason = calendar.closed_because(day)
    if reason:
        raise ScheduleError(f"{day} is no exchange day ({reason}): refuses to trade")
    early = date in calendar.early
    midnight_ns = _wall_ns(day, OPEN_S) - OPEN_S * SECOND_NS
    return SessionDay(
        date=date,
        midnight_ns=midnight_ns,
        open_ns=midnight_ns + OPEN_S * SECOND_NS,
        close_ns=midnight_ns + (EARLY_CLOSE_S if early else CLOSE_S) * SECOND_NS,
        next_date=_neighbour(day, 1),
        early_close=early,
        note="closes early, at 13:00" if early else "",
    )


@cache
def early_closes(date: int, days: int = SOON_DAYS) -> str:
    """The sessions from `date` (yyyymmdd) on that close early, as far as so many days ahead:
    `Fri 27 Nov closes 13:00`, `closes 13:00 today`; "" when none does or nobody knows."""
    try:
        first = _day(date)
        calendar = _calendar()
        ahead = [first + timedelta(days=n) for n in range(days + 1)]
        early = [day for day in ahead if _number(day) in calendar.early]
    except ScheduleError:
        return ""
    said = [
        "closes 13:00 today" if day == first else f"{_short(day)} closes 13:00" for day in early
    ]
    return " · ".join(said)


def previous_session(date: int) -> int:
    """The last session before `date`, which need not be one itself; both yyyymmdd.

    Raises ScheduleError in an unknown year and before the first session of the table.
    """
    day = _day(date)
    _calendar().closed_because(day)
    return _neighbour(day, -1)


def new_york(ts_ns: int) -> datetime:
    """The time in New York at an instant (epoch ns), rounded down to µs."""
    seconds, rest_ns = divmod(ts_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, _zone())
    return moment.replace(microsecond=rest_ns // 1_000)


def utc_offset_s(ts_ns: int) -> int:
    """Seconds that New York is ahead of UTC at an instant: -18,000 or -14,400."""
    offset = new_york(ts_ns).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def date_of(ts_ns: int) -> int:
    """The date in New York at an instant, yyyymmdd; not necessarily an exchange day."""
    return _number(new_york(ts_ns).date())


def from_new_york(text: str) -> int:
    """Epoch ns of a New York time such as `2026-11-23T09:31:00`.

    Raises ScheduleError when it is no such text, names an offset, is in an unknown year, or when
    the clocks skip it. Of an hour that comes twice it is the first.
    """
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise ScheduleError(f"{text!r} is not a time such as 2026-11-23T09:31:00") from None
    if wall.tzinfo is not None:
        raise ScheduleError(f"{text!r} names an offset; a New York time has none")
    _calendar().closed_because(wall.date())
    moment = wall.replace(tzinfo=_zone()).astimezone(UTC)
    if moment.astimezone(_zone()).replace(tzinfo=None) != wall:
        raise ScheduleError(f"{text!r} does not exist in New York: the clocks skip it")
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * SECOND_NS + wall.microsecond * 1_000


@dataclass(frozen=True, slots=True)
class _Calendar:
    first: int
    last: int
    after: int  # first session after `last`, yyyymmdd
    closed: dict[int, str]
    early: frozenset[int]

    def closed_because(self, day: date) -> str:
        """Why there is no session, "" when there is one; ScheduleError in an unknown year."""
        if not self.first <= day.year <= self.last:
            known = f"the calendar knows {self.first} to {self.last}"
            raise ScheduleError(f"{day} is in an unknown year ({known}): refuses to trade")
        if day.weekday() >= 5:
            return ("Saturday", "Sunday")[day.weekday() - 5]
        return self.closed.get(_number(day), "")


@cache
def _calendar() -> _Calendar:
    path = Path(__file__).with_name("calendar.json")
    table = json.loads(path.read_text(encoding="utf-8"))
    return _Calendar(
        first=table["first"],
        last=table["last"],
        after=table["next"],
        closed={day: name for name, days in table["closed"].items() for day in days},
        early=frozenset(table["early"]),
    )


@cache
def _zone() -> ZoneInfo:
    try:
        return ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        problem = "this machine has no time zone data: install the package tzdata"
        raise ScheduleError(problem) from None


def _neighbour(day: date, step: int) -> int:
    """The next (step 1) or the last (step -1) session beside a day."""
    calendar = _calendar()
    while True:
        day += timedelta(days=step)
        if step > 0 and day.year == calendar.last + 1:
            return calendar.after
        if not calendar.closed_because(day):
            return _number(day)


def _wall_ns(day: date, seconds: int) -> int:
    wall = datetime.combine(day, time(), _zone()) + timedelta(seconds=seconds)
    return int(wall.timestamp()) * SECOND_NS


def _day(number: int) -> date:
    try:
        return date(number // 10_000, number // 100 % 100, number % 100)
    except (ValueError, OverflowError):
        raise ScheduleError(f"{number} is not a date (yyyymmdd)") from None


def _short(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
