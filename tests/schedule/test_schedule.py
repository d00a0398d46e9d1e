"""Sessions of the exchange and New York time, whatever the time zone of the machine is."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui import schedule
from ramstock_tui.schedule import ScheduleError, session_day

HOUR_NS = 3_600 * schedule.SECOND_NS


def utc(ts_ns: int) -> str:
    return datetime.fromtimestamp(ts_ns // schedule.SECOND_NS, UTC).strftime("%Y-%m-%d %H:%M:%S")


def test_an_ordinary_winter_day() -> None:
    day = session_day(20261123)
    assert (utc(day.open_ns), utc(day.close_ns)) == ("2026-11-23 14:30:00", "2026-11-23 21:00:00")
    assert utc(day.midnight_ns) == "2026-11-23 05:00:00"
    assert (day.date, day.next_date, day.early_close, day.note) == (20261123, 20261124, False, "")


def test_thanksgiving_is_closed_and_the_day_after_closes_at_13() -> None:
    with pytest.raises(ScheduleError, match=r"2026-11-26 .*Thanksgiving.*refuses to trade"):
        session_day(20261126)
    friday = session_day(20261127)
    assert friday.early_close
    assert utc(friday.close_ns) == "2026-11-27 18:00:00"
    assert "13:00" in friday.note
    assert session_day(20261125).next_date == 20261127
    assert friday.next_date == 20261130


def test_christmas_eve_of_2026_closes_early() -> None:
    day = session_day(20261224)
    assert (day.early_close, day.next_date) == (True, 20261228)


CLOSED_2027 = (101, 118, 215, 326, 531, 618, 705, 906, 1125, 1224)


@pytest.mark.parametrize("month_day", CLOSED_2027)
def test_the_published_holidays_of_2027_are_closed(month_day: int) -> None:
    with pytest.raises(ScheduleError, match="refuses to trade"):
        session_day(20270000 + month_day)


def test_2027_has_one_early_close() -> None:
    days = [day for day in weekdays(2027, 2027) if day not in {20270000 + d for d in CLOSED_2027}]
    assert [day for day in days if session_day(day).early_close] == [20271126]


@pytest.mark.parametrize("day", [20010911, 20010914, 20040611, 20070102, 20121030, 20181205])
def test_special_closings_of_the_past_are_closed(day: int) -> None:
    with pytest.raises(ScheduleError, match="special closing"):
        session_day(day)


@pytest.mark.parametrize(("day", "word"), [(20261128, "Saturday"), (20261129, "Sunday")])
def test_a_weekend_is_named(day: int, word: str) -> None:
    with pytest.raises(ScheduleError, match=word):
        session_day(day)


@pytest.mark.parametrize("day", [19991231, 20360102, 20370105, 10101, 99991231])
def test_an_unknown_year_refuses_to_trade(day: int) -> None:
    with pytest.raises(ScheduleError, match=r"unknown year.*2000 to 2035.*refuses to trade"):
        session_day(day)


@pytest.mark.parametrize("day", [0, -1, 20261301, 20260230, 2026, 10**20])
def test_what_is_no_date_is_refused(day: int) -> None:
    with pytest.raises(ScheduleError, match=f"{day} is not a date"):
        session_day(day)


def test_the_last_known_session_still_knows_the_next_one() -> None:
    assert session_day(20351231).next_date == 20360102


def test_previous_session_steps_over_holidays_and_weekends() -> None:
    assert schedule.previous_session(20261127) == 20261125
    assert schedule.previous_session(20261130) == 20261127
    assert schedule.previous_session(20261129) == 20261127
    with pytest.raises(ScheduleError):
        schedule.previous_session(20000103)


# (last session before, first session after a change of the clocks), including the rule until 2006
CHANGES = [(20060331, 20060403), (20061027, 20061030), (20260306, 20260309), (20261030, 20261102)]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_clock_changes_move_the_session_in_utc_and_not_in_new_york(before: int, after: int) -> None:
    old, new = session_day(before), session_day(after)
    assert old.next_date == after
    days = (date_of(after) - date_of(before)).days
    moved_ns = new.open_ns - old.open_ns - days * 24 * HOUR_NS
    assert abs(moved_ns) == HOUR_NS
    for day in (old, new):
        assert schedule.new_york(day.open_ns).strftime("%H:%M:%S") == "09:30:00"
        assert schedule.new_york(day.midnight_ns).strftime("%H:%M:%S") == "00:00:00"


def test_offsets_on_both_sides_of_a_change() -> None:
    change_ns = 1_793_512_800 * schedule.SECOND_NS  # 2026-11-01 06:00 UTC
    assert schedule.utc_offset_s(change_ns - 1) == -14_400
    assert schedule.utc_offset_s(change_ns) == -18_000
    assert schedule.new_york(change_ns - 1).isoformat() == "2026-11-01T01:59:59.999999-04:00"
    assert schedule.new_york(change_ns).isoformat() == "2026-11-01T01:00:00-05:00"


@given(st.integers(0, 86_399), st.sampled_from([20260309, 20261102, 20261127, 20000103, 20350702]))
def test_midnight_plus_seconds_is_that_time_of_day(second: int, number: int) -> None:
    day = session_day(number)
    wall = schedule.new_york(day.midnight_ns + second * schedule.SECOND_NS)
    assert wall.hour * 3600 + wall.minute * 60 + wall.second == second
    assert schedule.date_of(day.midnight_ns + second * schedule.SECOND_NS) == number


@given(st.integers(946_857_600_000_000, 2_082_700_000_000_000))
def test_new_york_and_back_is_the_same_instant_or_the_first_of_two(microseconds: int) -> None:
    ts_ns = microseconds * 1_000
    wall = schedule.new_york(ts_ns)
    again = schedule.from_new_york(wall.replace(tzinfo=None).isoformat())
    assert ts_ns - again == (HOUR_NS if wall.fold else 0)


def test_a_rehearsal_time_is_read_as_new_york_time() -> None:
    assert utc(schedule.from_new_york("2026-11-23T09:31:00")) == "2026-11-23 14:31:00"
    assert utc(schedule.from_new_york("2026-07-06T09:31:00")) == "2026-07-06 13:31:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a time"),
        ("\x1b[2J", "is not a time"),
        ("2026-11-23T25:00:00", "is not a time"),
        ("2026-11-23T09:31:00Z", "offset"),
        ("2026-11-23T09:31:00+01:00", "offset"),
        ("2026-03-08T02:30:00", "does not exist"),
        ("9999-12-31T23:59:59", "unknown year"),
        ("0001-01-01T00:00:00", "unknown year"),
    ],
)
def test_a_rehearsal_time_that_cannot_be_meant_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ScheduleError, match=reason) as caught:
        schedule.from_new_york(text)
    assert str(caught.value).isprintable()


PROBE = """
from ramstock_tui import schedule
for day in (20260306, 20260309, 20261030, 20261102, 20261127):
    print(schedule.session_day(day))
for ts in (1_793_512_799_999_999_999, 1_793_512_800_000_000_000):
    print(schedule.new_york(ts), schedule.utc_offset_s(ts), schedule.date_of(ts))
print(schedule.from_new_york("2026-11-23T09:31:00"))
"""


def test_the_time_zone_of_the_machine_changes_nothing() -> None:
    answers = {
        zone: subprocess.run(
            [sys.executable, "-c", PROBE],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone in ("UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York")
    }
    assert len(set(answers.values())) == 1, answers
    assert "early_close=True" in answers["UTC"]


def date_of(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)


def weekdays(first: int, last: int) -> list[int]:
    day, found = date(first, 1, 1), []
    while day.year <= last:
        if day.weekday() < 5:
            found.append(day.year * 10_000 + day.month * 100 + day.day)
        day += timedelta(days=1)
    return found


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (20261121, ""),
        (20261122, "Fri 27 Nov closes 13:00"),
        (20261125, "Fri 27 Nov closes 13:00"),
        (20261127, "closes 13:00 today"),
        (20261130, ""),
        (20261221, "Thu 24 Dec closes 13:00"),
        (20351231, ""),
        (20370101, ""),
    ],
)
def test_an_early_close_is_told_the_days_before(day: int, said: str) -> None:
    assert schedule.early_closes(day) == said
