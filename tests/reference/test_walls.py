"""Bid walls, flash walls and fake walls, both sides of every boundary."""

import pytest

from .readings import Reading
from .scene import BUY, GAP, SELL, Scene, ask, bid, calm, trade


# walls --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("size", "wall"), [(999, (None, "no_wall")), (1_000, (120_000, ""))])
def test_a_wall_is_born_at_a_thousand_shares(size: int, wall: Reading) -> None:
    scene = calm().at(4_000, bid(120_000, size))
    assert scene.readings(4_000)["wall_price"] == wall


@pytest.mark.parametrize(("size", "born"), [(1_199, False), (1_200, True)])
def test_with_ten_samples_a_wall_needs_three_times_the_median(size: int, born: bool) -> None:
    scene = calm(20_000).at(9_500, bid(120_000, size))  # samples 0..9 s: 500, 400, 300
    assert scene.readings(9_500)["wall_size"][0] == (size if born else None)
    few = calm(20_000).at(8_500, bid(120_000, 1_000))  # nine samples
    assert few.value("wall_size", 8_500) == 1_000


def test_a_wall_ages_while_it_holds_80_percent_of_its_largest_size() -> None:
    scene = calm().at(4_000, bid(120_000, 1_000)).at(4_500, bid(120_000, 2_000))
    kept = scene.at(5_000, bid(120_000, 1_600))
    assert kept.readings(5_200)["wall_age"] == (1_200_000_000, "")
    assert kept.readings(5_200)["wall_size"] == (1_600, "")
    ended = kept.at(5_500, bid(120_000, 1_599))
    assert ended.value("wall_age", 5_500) == 0  # reborn in the same batch


def test_a_wall_ends_when_it_leaves_the_top_three() -> None:
    scene = calm().at(4_000, bid(119_800, 1_500))
    assert scene.value("wall_price", 4_000) == 119_800
    scene.at(4_500, bid(120_100, 10)).at(4_600, bid(120_100, 0))
    assert scene.readings(4_500)["wall_price"] == (None, "no_wall")
    assert scene.value("wall_age", 4_700) == 100_000_000


def test_the_largest_wall_is_shown_and_of_equal_ones_the_higher() -> None:
    scene = calm().at(4_000, bid(120_000, 1_000), bid(119_900, 1_000))
    assert scene.value("wall_price", 4_000) == 120_000
    assert scene.at(5_000, bid(119_900, 1_001)).value("wall_price", 5_000) == 119_900
    assert scene.value("wall_age", 5_000) == 1_000_000_000


def test_a_wall_ends_with_a_malformed_book() -> None:
    scene = calm().at(0, bid(120_000, 2_000)).at(1_000, bid(120_300, 1)).at(1_001, bid(120_300, 0))
    assert scene.value("wall_age", 5_000) == 3_999_000_000


def test_wall_pressure_counts_walls_from_one_second_on() -> None:
    scene = calm().at(4_000, bid(120_000, 2_800))
    assert scene.value("wall_pressure", 5_000, -1) == 0.0
    assert scene.value("wall_pressure", 5_000) == 2.0
    thin = scene.at(5_000, ask(120_300, 50))
    assert thin.value("wall_pressure", 5_000) == 28.0  # at least 100 shares below the line


def test_wall_depletion_is_what_was_bought_of_the_largest_ask() -> None:
    scene = calm().at(3_000, trade(120_300, 350, BUY)).at(3_100, trade(120_400, 350, BUY))
    assert scene.readings(5_000)["wall_depletion"] == (0.25, "")
    assert scene.readings(5_000, -1)["wall_depletion"] == (None, "malformed")
    assert scene.value("wall_depletion", 8_000) == 0.0


def test_of_equal_largest_asks_the_lower_price_depletes() -> None:
    scene = calm().at(0, ask(120_400, 1_400)).at(3_000, trade(120_400, 700, BUY))
    assert scene.value("wall_depletion", 6_000) == 0.0


# flash --------------------------------------------------------------------------------------------
def rise(shares: int, *, gone_ms: float = 4_300, left: int = 500) -> Scene:
    """`shares` more at the best bid (500 before) at 4,000; `left` remain at gone_ms."""
    return calm(30_000).at(4_000, bid(120_000, 500 + shares)).at(gone_ms, bid(120_000, left))


@pytest.mark.parametrize(("shares", "is_flash"), [(5_000, False), (5_001, True)])
def test_a_flash_needs_more_than_five_thousand_shares(shares: int, is_flash: bool) -> None:
    scene = rise(shares)
    assert scene.readings(4_300)["flash"] == (is_flash, "")
    assert scene.value("flash_hold", 4_100) is is_flash


@pytest.mark.parametrize(("ms", "is_flash"), [(4_500, True), (4_500.001, False)])
def test_a_flash_is_gone_within_500_ms_inclusive(ms: float, is_flash: bool) -> None:
    assert rise(6_000, gone_ms=ms).value("flash", 4_600) is is_flash


@pytest.mark.parametrize(("left", "is_flash"), [(1_700, True), (1_701, False)])
def test_a_flash_loses_80_percent_of_its_amount(left: int, is_flash: bool) -> None:
    scene = rise(6_000, left=left)  # 4,800 of 6,000
    assert scene.value("flash", 4_300) is is_flash
    assert scene.value("flash_hold", 4_400) is not is_flash


def test_a_flash_rejects_for_ten_seconds() -> None:
    scene = rise(6_000)
    assert scene.value("flash", 4_300, -1) is False
    assert scene.value("flash", 14_300, -1) is True
    assert scene.value("flash", 14_300) is False


def test_the_hold_lasts_less_than_500_ms() -> None:
    scene = calm().at(4_000, bid(120_000, 6_500))
    assert scene.value("flash_hold", 4_000) is True
    assert scene.value("flash_hold", 4_500, -1) is True
    assert scene.value("flash_hold", 4_500) is False


@pytest.mark.parametrize(("printed", "is_flash"), [(1_199, True), (1_200, False)])
def test_a_drop_explained_to_20_percent_is_no_flash(printed: int, is_flash: bool) -> None:
    scene = rise(6_000).at(4_200, trade(120_000, printed, SELL))
    assert scene.value("flash", 4_300) is is_flash


def test_prints_explain_up_to_100_ms_later_and_not_above_the_price() -> None:
    late = rise(6_000).at(4_400, trade(120_000, 1_200, SELL))
    assert late.value("flash", 4_400, -1) is True
    assert late.value("flash", 4_400) is False
    too_late = rise(6_000).at(4_400.001, trade(120_000, 1_200, SELL))
    assert too_late.value("flash", 4_500) is True
    above = rise(6_000).at(4_200, trade(120_100, 1_200, SELL))
    assert above.value("flash", 4_300) is True


def test_a_wall_that_lasts_and_is_eaten_is_no_flash() -> None:
    scene = rise(6_000, gone_ms=5_200).at(5_200, trade(120_000, 6_000, SELL))
    assert scene.value("flash", 5_300) is False


def test_a_new_best_bid_is_a_rise_and_one_that_came_into_view_is_not() -> None:
    new = calm().at(4_000, bid(120_100, 6_000)).at(4_100, bid(120_100, 0))
    assert new.value("flash", 4_100) is True
    seen = calm().at(
        4_000, *(bid(px, 0) for px in (120_000, 119_900, 119_800)), bid(119_700, 6_000)
    )
    assert seen.value("flash_hold", 4_000) is False


def test_a_level_that_left_the_view_is_not_gone() -> None:
    scene = calm().at(4_000, bid(120_000, 6_500))
    scene.at(4_100, bid(120_100, 10), *(bid(px, 0) for px in (120_000, 119_900, 119_800)))
    assert scene.value("flash", 4_200) is False
    assert scene.value("flash_hold", 4_200) is True


def test_a_reset_ends_a_standing_rise() -> None:
    scene = calm().at(4_000, bid(120_000, 6_500)).at(4_100, GAP)
    assert scene.value("flash_hold", 4_100) is False
    assert scene.value("flash", 4_100) is False


def flashes(*starts_ms: int) -> Scene:
    scene = calm(1_000)
    for ms in starts_ms:
        scene.at(ms, bid(120_000, 6_500)).at(ms + 100, bid(120_000, 500))
    return scene


def test_the_third_flash_within_five_minutes_quarantines_for_fifteen() -> None:
    scene = flashes(4_000, 100_000, 303_999)
    assert scene.readings(304_099)["flash_count_5min"] == (3, "")
    assert scene.value("flash_count_5min", 304_100) == 2
    assert scene.value("flash_quarantine", 304_098) is False
    assert scene.value("flash_quarantine", 1_204_099, -1) is True
    assert scene.value("flash_quarantine", 1_204_099) is False
    assert flashes(4_000, 100_000, 304_000).value("flash_quarantine", 304_100) is False


# fake ---------------------------------------------------------------------------------------------
def young(gone_ms: float, left: int = 0) -> Scene:
    """A wall of 1,000 at the second bid, born at 4,000; the top 5 bids hold far more."""
    scene = calm().at(0, bid(120_000, 990), bid(119_800, 990))
    return scene.at(4_000, bid(119_900, 1_000)).at(gone_ms, bid(119_900, left))


@pytest.mark.parametrize(
    ("gone_ms", "left", "fake"),
    [(4_999, 0, True), (5_000, 0, False), (4_500, 200, True), (4_500, 201, False)],
)
def test_a_fake_wall_falls_to_20_percent_within_a_second(
    gone_ms: float, left: int, fake: bool
) -> None:
    assert young(gone_ms, left).readings(5_100)["fake_wall"] == (fake, "")


def test_a_fake_wall_that_was_sold_into_is_none() -> None:
    assert young(4_500).at(4_400, trade(119_900, 199, SELL)).value("fake_wall", 4_500) is True
    assert young(4_500).at(4_400, trade(119_900, 200, SELL)).value("fake_wall", 4_500) is False


def test_a_young_wall_that_holds_more_than_half_of_the_bids_is_fake_until_it_is_a_second_old() -> (
    None
):
    scene = calm().at(4_000, bid(120_000, 1_000))  # 1,000 of 1,700
    assert scene.value("fake_wall", 5_000, -1) is True
    assert scene.value("fake_wall", 5_000) is False
    half = calm().at(0, bid(119_900, 500), bid(119_800, 500)).at(4_000, bid(120_000, 1_000))
    assert half.value("fake_wall", 4_000) is False


def test_no_flash_needs_a_stable_wall_and_a_quiet_minute() -> None:
    scene = calm(70_000).at(0, bid(119_900, 1_500))
    assert scene.readings(4_000)["heatmap_no_flash"] == (True, "")
    assert scene.readings(2_000)["heatmap_no_flash"] == (None, "warming")
    scene.at(4_000, bid(120_000, 6_500)).at(4_100, bid(120_000, 500))
    assert scene.value("heatmap_no_flash", 64_100, -1) is False
    assert scene.value("heatmap_no_flash", 64_100) is True
    assert calm().value("heatmap_no_flash", 4_000) is False
