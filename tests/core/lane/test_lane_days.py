"""Windows of ordinary and short days under the shipped tables, on any time zone of the machine."""

import os
import subprocess
import sys

import pytest

from ramstock_tui import settings
from ramstock_tui.core.profile import Profile
from ramstock_tui.core.records import Carried, SessionOpened
from ramstock_tui.core.throttle import DayPlan
from ramstock_tui.schedule import ScheduleError, from_new_york, new_york, session_day
from tests.core.lane.lane_script import ASKS, BIDS, Script, at

RULES = settings.load(env={}).rules
S = 1_000_000_000
E4 = 10_000


def profile(name: str) -> Profile:
    return next(each for each in RULES.profiles if each.name == name)


def opened(date: int) -> SessionOpened:
    day = session_day(date)
    return SessionOpened(
        date=day.date,
        midnight_ns=day.midnight_ns,
        open_ns=day.open_ns,
        close_ns=day.close_ns,
        next_date=day.next_date,
        mode="shadow",
        acting="small_account",
        phase=3,
        equity_cents=4_000_000,
        fee_model="seed_flat",
    )


def clock(ts: int) -> str:
    return f"{new_york(ts):%H:%M}"


def windows(name: str, date: int) -> list[str]:
    plan = DayPlan(profile(name).day, opened(date))
    spans = [f"{s.name} {clock(s.start_ns)}-{clock(s.end_ns)}" for s in plan.spans]
    return [*spans, f"OFF {clock(plan.off_ns)}"]


# an ordinary day ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("time", "ns", "reasons"),
    [
        ("09:29:59", 0, ("window",)),
        ("09:30:00", -1, ("window",)),
        ("09:30:00", 0, ()),
        ("10:29:59", 0, ()),
        ("10:30:00", 0, ()),
        ("11:29:59", 0, ()),
        ("11:30:00", -1, ()),
        ("11:30:00", 0, ("window",)),
        ("13:59:59", 0, ("window",)),
        ("15:00:00", 0, ("window",)),
    ],
)
def test_a_signal_passes_in_the_morning_windows_alone(
    time: str, ns: int, reasons: tuple[str, ...]
) -> None:
    script = Script(profile("small_account"))
    made = script.batch(at(time, ns), "AAA", BIDS, ASKS, score=90_000)
    assert [d.kind for d in made] == (["suppress"] if reasons else ["signal"])
    assert made[0].reasons == reasons


@pytest.mark.parametrize(
    ("net", "time", "kind", "reasons"),
    [
        (1 * E4, "14:00:00", "signal", ()),
        (1, "14:00:00", "signal", ()),
        (0, "14:00:00", "suppress", ("if_ahead",)),
        (-1 * E4, "14:00:00", "suppress", ("if_ahead",)),
        (1 * E4, "14:59:59", "signal", ()),
        (1 * E4, "15:00:00", "suppress", ("window",)),
    ],
)
def test_the_afternoon_opens_after_a_morning_that_is_ahead(
    net: int, time: str, kind: str, reasons: tuple[str, ...]
) -> None:
    """The morning's net is carried from an earlier session of the date: the same rule."""
    morning = Carried("small_account", net_e4=net, closed=((at("11:00:00"), net),))
    script = Script(profile("small_account"), carried=(morning,))
    (made,) = script.batch(at(time), "AAA", BIDS, ASKS, score=90_000)
    assert (made.kind, made.reasons) == (kind, reasons)


def test_a_morning_without_a_trade_does_not_open_the_afternoon() -> None:
    script = Script(profile("small_account"))
    (made,) = script.batch(at("14:00:00"), "AAA", BIDS, ASKS, score=90_000)
    assert made.reasons == ("if_ahead",)


# short days and changes of the clock --------------------------------------------------------------
def test_the_day_after_thanksgiving() -> None:
    assert windows("small_account", 20261127) == [
        "PRE 09:25-09:30",
        "PRIMARY 09:30-10:30",
        "SECONDARY 10:30-11:30",
        "DARK 11:30-12:00",
        "OFF 12:00",
    ]
    assert windows("platform", 20261127) == [
        "PRE 09:25-09:30",
        "MORNING 09:30-11:30",
        "GAP 11:30-12:00",
        "LOW 12:00-12:45",
        "OFF 12:45",
    ]


@pytest.mark.parametrize("date", [20261123, 20270312, 20270315, 20261030, 20261102])
def test_an_ordinary_day_on_both_sides_of_a_change_of_the_clock(date: int) -> None:
    assert windows("small_account", date)[1:] == [
        "PRIMARY 09:30-10:30",
        "SECONDARY 10:30-11:30",
        "DARK 11:30-14:00",
        "FINAL 14:00-15:00",
        "OFF 15:00",
    ]


def test_no_hour_is_lost_or_doubled_over_the_change() -> None:
    """Friday to Monday, 09:30 to 09:30: 71 hours in spring, 73 in autumn."""
    spring = session_day(20270315).open_ns - session_day(20270312).open_ns
    autumn = session_day(20261102).open_ns - session_day(20261030).open_ns
    assert (spring, autumn) == (71 * 3_600 * S, 73 * 3_600 * S)
    with pytest.raises(ScheduleError, match="skip"):
        from_new_york("2027-03-14T02:30:00")


SHOWN = """
from tests.core.lane.test_lane_days import windows
from ramstock_tui.journal.lines import iso
from ramstock_tui.schedule import session_day
for date in (20261127, 20270312, 20270315):
    print(windows("small_account", date), iso(session_day(date).open_ns))
"""


def test_a_machine_in_berlin_tokyo_or_utc_sees_the_same_day() -> None:
    said = set()
    for zone in ("Europe/Berlin", "UTC", "Asia/Tokyo"):
        done = subprocess.run(
            [sys.executable, "-c", SHOWN],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        )
        said.add(done.stdout)
    (text,) = said
    assert [line.rpartition(" ")[2] for line in text.splitlines()] == [
        "2026-11-27T14:30:00.000000Z",
        "2027-03-12T14:30:00.000000Z",
        "2027-03-15T13:30:00.000000Z",
    ]
