"""Relative volume against its definition, day by day and minute by minute."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.rvol import (
    CLOSE_S,
    EARLY_S,
    LEAST,
    OPEN_S,
    Bars,
    baseline,
    estimate,
    relative,
)

MINUTE = 60


def day(seed: int, since: int = EARLY_S, until: int = CLOSE_S, skip: float = 0.1) -> Bars:
    """One-minute bars of a day that trades in most minutes."""
    rng = Random(seed)
    minutes = range(since, until, MINUTE)
    return [(began, rng.randint(1, 9_000)) for began in minutes if rng.random() > skip]


def definition(days: list[Bars], today: Bars, second: int) -> Fraction:
    """D-02 as it is written, at a whole minute."""
    start = EARLY_S if second < OPEN_S else OPEN_S

    def shares(bars: Bars) -> int:
        return sum(v for began, v in bars if start <= began and began + MINUTE <= second)

    used = [each for each in days if each][-20:]
    return Fraction(shares(today)) / Fraction(sum(shares(each) for each in used), len(used))


def test_it_equals_the_definition_at_every_minute_of_the_day() -> None:
    days = [day(i) for i in range(23)]
    today = day(99)
    base = baseline(days)
    assert base.sessions == 20
    for second in (*range(EARLY_S + 60, OPEN_S, 60), *range(OPEN_S + 60, CLOSE_S, 60)):
        found, why = relative(base, [b for b in today if b[0] < second], second)
        assert found is not None, why
        assert Fraction(found.num, found.den) == definition(days, today, second), second


def test_the_two_windows_do_not_see_each_other() -> None:
    days = [[(OPEN_S - 60, 100), (OPEN_S, 10)]] * 20
    today = [(OPEN_S - 60, 700), (OPEN_S, 30)]
    before, _ = relative(baseline(days), today, OPEN_S - 1)
    after, _ = relative(baseline(days), today, OPEN_S + 60)
    assert before is not None
    assert (before.num, before.den) == (700 * 20 * 60, 59 * 100 * 20)
    assert after is not None
    assert Fraction(after.num, after.den) == 3


@pytest.mark.parametrize(
    ("second", "why"),
    [(EARLY_S - 1, "too_early"), (CLOSE_S, "closed"), (OPEN_S, "no_volume")],
)
def test_outside_of_its_hours_it_has_no_value(second: int, why: str) -> None:
    assert relative(baseline([day(i) for i in range(20)]), day(5), second) == (None, why)


def test_nine_sessions_say_nothing_and_ten_do() -> None:
    nine = [day(i) for i in range(LEAST - 1)]
    empty: Bars = []
    assert relative(baseline([*nine, empty, empty]), day(9), OPEN_S + 600) == (None, "few_sessions")
    found, _ = relative(baseline([*nine, day(10)]), day(9), OPEN_S + 600)
    assert found is not None
    assert Fraction(found.num, found.den) == definition([*nine, day(10)], day(9), OPEN_S + 600)


@given(st.integers(OPEN_S + 1, CLOSE_S - 1))
def test_within_a_minute_the_baseline_rises_evenly(second: int) -> None:
    base = baseline([[(m, 60) for m in range(OPEN_S, CLOSE_S, MINUTE)]] * 12)
    found, _ = relative(base, [(OPEN_S, 1_000)], second)
    assert found is not None
    assert Fraction(found.num, found.den) == Fraction(1_000, second - OPEN_S)


def test_two_exactly_is_not_above_two() -> None:
    base = baseline([[(OPEN_S, 100)]] * 20)
    exact, _ = relative(base, [(OPEN_S, 200)], OPEN_S + 60)
    more, _ = relative(base, [(OPEN_S, 201)], OPEN_S + 60)
    assert exact is not None
    assert not exact.above(20_000)
    assert more is not None
    assert more.above(20_000)


def test_the_daily_fallback_projects_the_day_and_says_so() -> None:
    found, _ = estimate([1_000_000] * 25, 300_000, OPEN_S + 3_900)  # a sixth of the day
    assert found is not None
    assert found.est
    assert Fraction(found.num, found.den) == Fraction(300_000 * 6, 1_000_000)
    assert estimate([1_000_000] * 9, 1, OPEN_S + 60) == (None, "few_sessions")
    assert estimate([1_000_000] * 20, 1, OPEN_S) == (None, "too_early")
    assert estimate([1_000_000] * 20, 1, CLOSE_S) == (None, "closed")
