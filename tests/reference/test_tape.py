"""Prints, VWAP and reclaim, both sides of every boundary."""

import pytest

from ramstock_tui.core import records as rec
from tests.histories import OPEN_NS

from .book import NS, batches_of
from .scene import BUY, MID, SELL, SUBSCRIBED, T0, Scene, ask, calm, feed_vwap, session, trade

MINUTE_MS = 60_000


def sides(scene: Scene) -> list[str]:
    return [x.side for b in batches_of(scene.rows()) for x in b.trades]


def test_sides_stated_then_quote_then_tick_then_mid() -> None:
    scene = calm(0)
    scene.at(1, trade(120_100, 1))  # inside, no change of price yet
    scene.at(2, trade(120_300, 1), trade(120_000, 1))  # at the ask, at the bid
    scene.at(3, trade(120_100, 1), trade(120_100, 1))  # inside after a rise, unchanged
    scene.at(4, trade(120_050, 1))  # inside after a fall
    scene.at(5, trade(120_300, 1, SELL), trade(120_000, 1, BUY), trade(120_300, 1, MID))
    assert sides(scene) == ["mid", "buy", "sell", "buy", "buy", "sell", "sell", "buy", "mid"]


def test_prints_are_classified_with_the_book_before_their_batch() -> None:
    scene = calm(0).at(5, ask(120_100, 100), trade(120_200, 1), trade(120_150, 1))
    assert sides(scene) == ["mid", "sell"]  # with the new ask both were buys


def test_excluded_prints_exist_for_nothing() -> None:
    scene = calm().at(4_000, trade(120_300, 100, rec.PAST_LIMIT), trade(1, 9, rec.UNREPORTED))
    readings = scene.readings(4_000)
    assert readings["tape_count_3s"] == (0, "")
    assert readings["last"] == (None, "no_print")
    assert readings["max_60s"] == (None, "no_print")


def test_the_count_covers_three_seconds_half_open() -> None:
    scene = calm().at(1_000, *[trade(120_300, 1)] * 11).at(2_000, trade(120_300, 1))
    assert scene.readings(3_000, -1)["tape_count_3s"] == (None, "warming")
    assert scene.readings(3_000)["tape_count_3s"] == (12, "")
    assert scene.readings(3_000)["tape_velocity"] == (4.0, "")
    assert scene.value("tape_count_3s", 4_000, -1) == 12
    assert scene.value("tape_count_3s", 4_000) == 1


def test_acceleration_compares_three_seconds_with_the_thirty_before() -> None:
    scene = Scene().at(0, SUBSCRIBED).at(10_000, trade(100, 600)).at(40_000, trade(100, 90))
    assert scene.readings(33_000, -1)["tape_acceleration"] == (None, "warming")
    assert scene.value("tape_acceleration", 33_000) == 0.0
    assert scene.value("tape_acceleration", 40_000) == 10 * 90 / 600
    assert scene.value("tape_acceleration", 43_000, -1) == 10 * 90 / 600
    assert scene.value("tape_acceleration", 43_000) == 0.0
    assert scene.value("tape_acceleration", 13_000) is None


def test_acceleration_has_a_floor_of_ten_shares_a_second() -> None:
    scene = Scene().at(0, SUBSCRIBED).at(40_000, trade(100, 90))
    assert scene.value("tape_acceleration", 40_000) == 3.0


@pytest.mark.parametrize(("fast", "expected"), [(99, False), (100, True)])
def test_surge_needs_twice_the_rate_of_the_minute_before(fast: int, expected: bool) -> None:
    scene = Scene().at(0, SUBSCRIBED).at(20_000, trade(100, 1_000)).at(70_000, trade(100, fast))
    assert scene.readings(63_000, -1)["volume_surge"] == (None, "warming")
    assert scene.value("volume_surge", 63_000) is False
    assert scene.value("volume_surge", 70_000) is expected


@pytest.mark.parametrize(("ns", "stalled"), [(0, False), (1, True)])
def test_stall_begins_after_exactly_two_seconds(ns: int, stalled: bool) -> None:
    scene = calm().at(4_000, trade(120_300, 1))
    assert scene.readings(6_000, ns)["stall"] == (stalled, "")
    assert scene.value("last_print_age", 6_000, ns) == 2 * NS + ns
    assert scene.readings(3_999)["stall"] == (None, "no_print")


def test_silence_of_five_seconds() -> None:
    scene = Scene().at(0, SUBSCRIBED).at(6_000, trade(100, 1))
    assert scene.readings(5_000, -1)["silent_5s"] == (None, "warming")
    assert scene.value("silent_5s", 5_000) is True
    assert scene.value("silent_5s", 11_000, -1) is False
    assert scene.value("silent_5s", 11_000) is True


# VWAP ---------------------------------------------------------------------------------------------
def test_own_vwap_counts_from_the_open_and_shows_from_the_second_minute() -> None:
    scene = Scene().at(-121_000, SUBSCRIBED, trade(50_000, 900)).at(-110_000, trade(100_000, 100))
    scene.at(-100_000, trade(101_000, 300))
    assert scene.readings(-60_000, -1)["vwap"] == (None, "first_60s")
    assert scene.readings(-60_000)["vwap"] == (100_750.0, "")
    assert scene.readings(-60_000)["last_minus_vwap"] == (250.0, "")


def test_vwap_without_a_print_and_after_the_close() -> None:
    scene = Scene().at(-100_000, SUBSCRIBED)
    assert scene.readings(0)["vwap"] == (None, "no_print")
    close_ms = (57_600 - 34_200 - 120) * 1_000
    late = scene.at(0, trade(100, 1))
    assert late.value("vwap", close_ms, -1) == 100.0
    for name in ("vwap", "last_minus_vwap", "volume_surge", "reclaim_quant"):
        assert late.readings(close_ms)[name] == (None, "after_close")


def test_the_feed_wins_from_its_first_value_on() -> None:
    scene = Scene().at(-100_000, SUBSCRIBED, trade(100_000, 100))
    scene.at(1_000, feed_vwap(1_000_512_345)).at(2_000, trade(100_100, 100))
    assert scene.value("vwap", 999) == 100_000.0
    assert scene.value("vwap", 2_000) == 100_051.2345
    assert scene.value("last_minus_vwap", 2_000) == pytest.approx(48.7655, abs=1e-9)


def test_a_late_recording_is_partial_unless_allowed_or_fed() -> None:
    def late(start_ns: int, *, allowed: bool = False, fed: bool = False) -> Scene:
        ms = (OPEN_NS + 60 * NS + start_ns - T0) / 1_000_000
        scene = Scene(session(allow_partial_vwap=allowed))
        scene.at(ms, SUBSCRIBED, trade(100, 1))
        return scene.at(0, feed_vwap(1_000_000)) if fed else scene

    assert late(0).readings(0)["reclaim_quant"] == (False, "")
    assert late(1).readings(0)["reclaim_quant"] == (None, "partial")
    assert late(1).readings(0)["vwap"] == (100.0, "")
    assert late(1, allowed=True).readings(0)["reclaim_quant"] == (False, "")
    assert late(1, fed=True).readings(0)["reclaim_quant"] == (False, "")


# reclaim ------------------------------------------------------------------------------------------
def below(spell_ms: int = 5_000) -> Scene:
    """VWAP held at 10.00 by a large print; last 9.99 from 9.99's batch until `spell_ms` later."""
    scene = Scene().at(-100_000, SUBSCRIBED).at(-90_000, trade(100_000, 10_000_000))
    return scene.at(-spell_ms, trade(99_800, 1))


def test_two_batches_above_vwap_after_five_seconds_below_are_a_reclaim() -> None:
    scene = below().at(0, trade(100_100, 1)).at(400, trade(100_200, 1))
    assert scene.readings(400, -1)["reclaim_quant"] == (False, "")
    assert scene.readings(400)["reclaim_quant"] == (True, "")
    assert scene.value("reclaim_quant", 10_400, -1) is True
    assert scene.value("reclaim_quant", 10_400) is False


def test_one_batch_above_vwap_completes_after_exactly_500_ms() -> None:
    scene = below().at(0, trade(100_100, 1), trade(100_100, 1))  # one batch, two fragments
    assert scene.value("reclaim_quant", 500, -1) is False
    assert scene.value("reclaim_quant", 500) is True


@pytest.mark.parametrize(("ms", "voided"), [(500, True), (501, False)])
def test_a_batch_at_or_below_vwap_voids_the_cross_until_500_ms_inclusive(
    ms: float, voided: bool
) -> None:
    scene = below().at(0, trade(100_100, 1)).at(ms, trade(99_990, 1))
    assert scene.value("reclaim_quant", 600) is not voided


def test_below_needs_five_unbroken_seconds_a_tick_under_vwap() -> None:
    above = (trade(100_100, 1),)
    assert below(4_499).at(0, *above).value("reclaim_quant", 500) is False
    assert below(4_999).at(0, *above).value("reclaim_quant", 500) is False
    assert below(5_000).at(0, *above).value("reclaim_quant", 500) is True
    shallow = Scene().at(-100_000, SUBSCRIBED).at(-90_000, trade(100_000, 10_000_000))
    shallow.at(-9_000, trade(99_950, 1)).at(0, *above)
    assert shallow.value("reclaim_quant", 500) is False
    broken = below(6_000).at(-3_000, trade(99_950, 1)).at(-2_900, trade(99_800, 1)).at(0, *above)
    assert broken.value("reclaim_quant", 500) is False


@pytest.mark.parametrize(("end_ms", "counts"), [(-54_500, True), (-54_501, False)])
def test_below_counts_only_what_lies_in_the_last_minute(end_ms: int, counts: bool) -> None:
    scene = below(70_000).at(end_ms, trade(99_950, 1)).at(0, trade(100_100, 1))
    assert scene.value("reclaim_quant", 500) is counts  # t_c = 500 ms: 5 s from -59.5 s on


def test_the_late_bound_belongs_to_small_account() -> None:
    near = below().at(0, trade(100_199, 1)).readings(500)
    assert near["reclaim_small_account"] == (True, "")
    assert near["reclaim_quant"] == (True, "")
    far = below().at(0, trade(100_201, 1)).readings(500)
    assert far["reclaim_small_account"] == (False, "")
    assert far["reclaim_quant"] == (True, "")


@pytest.mark.parametrize(("size", "surged"), [(9, False), (11, True)])
def test_platform_needs_the_surge_at_completion(size: int, surged: bool) -> None:
    scene = below().at(-20_000, trade(99_950, 100)).at(0, trade(100_100, size))
    readings = scene.readings(500)
    assert readings["reclaim_quant"] == (True, "")
    assert readings["reclaim_platform"] == (surged, "")


@pytest.mark.parametrize(("back_ms", "lives"), [(2_999, True), (3_000, False), (3_001, False)])
def test_an_event_dies_one_second_into_a_spell_more_than_a_tick_below(
    back_ms: float, lives: bool
) -> None:
    scene = below().at(0, trade(100_100, 1)).at(2_000, trade(99_800, 1))
    scene.at(back_ms, trade(99_950, 1))
    assert scene.value("reclaim_quant", 2_900) is True
    assert scene.value("reclaim_quant", 4_000) is lives


def test_a_feed_vwap_between_prints_voids_but_neither_starts_nor_completes() -> None:
    voided = below().at(0, trade(100_100, 1)).at(100, feed_vwap(1_001_000_000))
    assert voided.value("reclaim_quant", 600) is False
    started = below().at(0, feed_vwap(997_000_000)).at(100, trade(99_900, 1))
    assert started.value("reclaim_quant", 700) is False
    kept = below().at(0, trade(100_100, 1)).at(100, feed_vwap(1_000_000_000))
    assert kept.value("reclaim_quant", 499) is False
    assert kept.value("reclaim_quant", 500) is True


def test_nothing_is_below_before_the_second_minute() -> None:
    scene = (
        Scene().at(-118_000, SUBSCRIBED, trade(100_000, 10_000_000)).at(-110_000, trade(99_800, 1))
    )
    early = scene.at(-MINUTE_MS + 4_000, trade(100_100, 1))
    assert early.value("reclaim_quant", -MINUTE_MS + 4_499) is False
    assert early.value("reclaim_quant", -MINUTE_MS + 4_500) is False  # 4 s since 09:31:00
