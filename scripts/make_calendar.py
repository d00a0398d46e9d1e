"""Write `ramstock_tui/calendar.json`: closed days and early closes of the New York exchanges.

Needs exchange_calendars (a large package; use an environment of its own):

    python scripts/make_calendar.py

Read the difference before it is committed.
"""

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import exchange_calendars

FIRST, LAST = 2000, 2035
TARGET = Path(__file__).resolve().parents[1] / "ramstock_tui" / "calendar.json"


def table() -> dict[str, Any]:
    """closed: name -> dates (yyyymmdd); early: dates that close at 13:00; next: session after."""
    calendar = exchange_calendars.get_calendar(
        "XNYS", start=f"{FIRST}-01-01", end=f"{LAST + 1}-01-31"
    )
    sessions = {session.date() for session in calendar.sessions}
    return {
        "source": f"exchange_calendars {exchange_calendars.__version__}, XNYS",
        "first": FIRST,
        "last": LAST,
        "next": min(number(day) for day in sessions if day.year > LAST),
        "closed": _closed(calendar, sessions),
        "early": sorted(number(day.date()) for day in calendar.early_closes if day.year <= LAST),
    }


def number(day: date) -> int:
    """yyyymmdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def _closed(calendar: Any, sessions: set[date]) -> dict[str, list[int]]:
    holidays = calendar.regular_holidays.holidays(
        f"{FIRST}-01-01", f"{LAST}-12-31", return_name=True
    )
    names = {stamp.date(): name for stamp, name in holidays.items()}
    found: dict[str, list[int]] = defaultdict(list)
    day = date(FIRST, 1, 1)
    while day.year <= LAST:
        if day.weekday() < 5 and day not in sessions:
            found[names.get(day, "special closing")].append(number(day))
        day += timedelta(days=1)
    return dict(sorted(found.items()))


def _lines(content: dict[str, Any]) -> str:
    """JSON with one line per holiday, for readable differences."""
    closed = ",\n".join(
        f"    {json.dumps(name)}: {json.dumps(days)}" for name, days in content["closed"].items()
    )
    rows = [
        f'  "closed": {{\n{closed}\n  }}' if key == "closed" else f'  "{key}": {json.dumps(value)}'
        for key, value in content.items()
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(_lines(table()), encoding="utf-8")
