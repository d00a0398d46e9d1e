"""60 s range, LULD estimate, halt risk and quarantine, both sides of every boundary."""

from fractions import Fraction

import pytest

from tests.histories import OPEN_NS

from .halts import band_width
from .scene import NS, RESTART, SUBSCRIBED, T0, Scene, calm, halt, trade

OPEN_MS = (OPEN_NS - T0) // 1_000_000  # -120,000


def prints(*at: tuple[float, int], tier: int = 2) -> Scene:
    """Prints (ms, px) of 100 shares, each its own batch."""
    scene = Scene(tier=tier).at(-200_000, SUBSCRIBED)
    for ms, px in at:
        scene.at(ms, trade(px, 100))
    return scene


def test_the_range_holds_the_window_and_the_value_in_force_at_its_start() -> None:
    scene = prints((-70_000, 100_000), (-65_000, 99_000), (0, 101_000))
    readings = scene.readings(0)
    assert readings["min_60s"] == (99_000, "")
    assert readings["max_60s"] == (101_000, "")
    assert readings["move_60s"] == (101_000 / 99_000, "")


def test_a_value_leaves_the_range_when_the_next_one_is_sixty_seconds_old() -> None:
    scene = prints((-70_000, 100_000), (-30_000, 102_000))
    assert scene.value("min_60s", 30_000, -1) == 100_000
    assert scene.value("min_60s", 30_000) == 102_000


def test_the_range_does_not_reach_before_the_open_but_counts_a_print_at_it() -> None:
    before = prints((OPEN_MS - 1, 90_000), (OPEN_MS + 10, 100_000))
    assert before.value("min_60s", OPEN_MS + 100) == 100_000
    at = prints((OPEN_MS, 90_000), (OPEN_MS + 10, 100_000))
    assert at.value("min_60s", OPEN_MS + 100) == 90_000
    assert before.readings(OPEN_MS + 5)["min_60s"] == (None, "no_print")


def test_the_range_does_not_reach_before_the_latest_resume() -> None:
    scene = prints((0, 90_000), (2_000, 100_000)).at(1_000, halt(2)).at(1_500, halt(0))
    assert scene.value("min_60s", 1_400) == 90_000
    assert scene.readings(1_999)["min_60s"] == (None, "no_print")
    assert scene.value("min_60s", 2_000) == 100_000


def test_last_is_the_last_print_of_a_batch() -> None:
    scene = prints((0, 100_000)).at(1_000, trade(120_000, 1), trade(100_100, 1))
    assert scene.value("max_60s", 1_000) == 100_100


@pytest.mark.parametrize(("px", "risk"), [(103_000, False), (103_001, True)])
def test_halt_risk_needs_more_than_three_percent(px: int, risk: bool) -> None:
    scene = prints((0, 100_000), (10_000, px))
    assert scene.readings(10_000)["halt_risk"] == (risk, "")
    assert scene.value("quarantine", 10_000) is risk


def test_quarantine_lasts_five_minutes_after_the_last_batch_with_risk() -> None:
    scene = prints((0, 100_000), (10_000, 103_100), (65_000, 103_100))
    assert scene.value("halt_risk", 65_000) is True  # 100,000 is in force until 70 s
    assert scene.value("halt_risk", 70_000) is False
    assert scene.value("quarantine", 365_000, -1) is True
    assert scene.value("quarantine", 365_000) is False


def test_a_halt_quarantines_until_a_minute_after_the_resume() -> None:
    scene = prints((0, 100_000)).at(1_000, halt(2)).at(5_000, halt(0)).at(5_500, halt(0))
    assert scene.value("quarantine", 999) is False
    assert scene.value("quarantine", 1_000) is True
    assert scene.value("halt_risk", 5_000) is False
    assert scene.value("quarantine", 65_000, -1) is True
    assert scene.value("quarantine", 65_000) is False


def test_a_restart_forgets_the_quarantine() -> None:
    scene = prints((0, 100_000), (10_000, 103_100)).at(11_000, RESTART)
    assert scene.value("quarantine", 11_000) is False


# LULD ---------------------------------------------------------------------------------------------
def test_the_first_reference_is_the_first_print_at_or_after_the_open() -> None:
    scene = prints((OPEN_MS - 1, 90_000)).at(OPEN_MS + 5, trade(100_000, 1), trade(101_000, 9))
    assert scene.readings(OPEN_MS + 4)["luld_reference"] == (None, "no_reference")
    assert scene.readings(OPEN_MS + 4)["near_band"] == (None, "no_reference")
    readings = scene.readings(OPEN_MS + 5)
    assert readings["luld_reference"] == (100_000.0, "")
    assert readings["luld_lower"] == (90_000.0, "")
    assert readings["luld_upper"] == (110_000.0, "")


@pytest.mark.parametrize(("px", "after"), [(101_999, 100_000.0), (102_000, 101_000.0)])
def test_a_reference_is_replaced_when_the_mean_differs_by_one_percent(
    px: int, after: float
) -> None:
    scene = prints((0, 100_000), (30_000, px))
    assert scene.value("luld_reference", 30_000) == after


def test_a_reference_stays_for_thirty_seconds() -> None:
    early = prints((0, 100_000), (29_999, 110_000))
    assert early.value("luld_reference", 29_999) == 100_000.0
    later = early.at(30_000, trade(105_000, 1))
    assert later.value("luld_reference", 30_000) == 105_000.0  # mean per print of all three


@pytest.mark.parametrize(
    ("px", "near"), [(108_899, False), (108_900, True), (90_901, False), (90_900, True)]
)
def test_near_a_band(px: int, near: bool) -> None:
    assert prints((0, 100_000), (1_000, px)).readings(1_000)["near_band"] == (near, "")


@pytest.mark.parametrize(
    ("ref", "tier", "time_s", "width"),
    [
        (30_001, 2, 36_000, Fraction(30_001, 10)),
        (30_000, 2, 36_000, Fraction(6_000)),
        (7_500, 2, 36_000, Fraction(1_500)),
        (7_499, 2, 36_000, Fraction(1_500)),
        (1_000, 2, 36_000, Fraction(750)),
        (30_001, 1, 36_000, Fraction(30_001, 20)),
        (30_000, 1, 36_000, Fraction(6_000)),
        (100_000, 2, 56_100, Fraction(10_000)),
        (100_000, 1, 56_099, Fraction(5_000)),
        (100_000, 1, 56_100, Fraction(10_000)),
        (30_000, 2, 56_100, Fraction(12_000)),
        (100_000, 1, 57_600, Fraction(5_000)),
    ],
)
def test_band_widths(ref: int, tier: int, time_s: int, width: Fraction) -> None:
    assert band_width(Fraction(ref), tier, time_s * NS) == width


def test_halted_and_collapse_do_not_hide_price_readings() -> None:
    readings = calm().at(4_000, trade(120_300, 1), halt(1)).readings(4_000)
    assert readings["max_60s"] == (120_300, "")
    assert readings["halt_risk"] == (True, "")
