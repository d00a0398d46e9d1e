"""Fills, cancels, refills, icebergs, pulled offers, eaten asks, collapse; boundaries included."""

import pytest

from .scene import BUY, SELL, SUBSCRIBED, Scene, ask, bid, book, calm, session, trade


def values(scene: Scene, ms: float, *names: str) -> list[object]:
    readings = scene.readings(ms)
    return [readings[name][0] for name in names]


FLOW = ("ask_fills_3s", "ask_cancels_3s", "ask_adds_3s", "ask_refill_net_3s")


def test_fills_cancels_and_adds_at_the_best_ask() -> None:
    scene = calm().at(4_000, trade(120_300, 300, BUY), ask(120_300, 1_000))  # 400 off, 300 sold
    scene.at(4_500, ask(120_300, 1_500))  # 500 back
    scene.at(4_600, trade(120_400, 50, BUY), trade(120_300, 70, SELL))  # above counts, a sell not
    assert values(scene, 5_000, *FLOW) == [350, 50, 500, 450]
    assert scene.value("absorption", 5_000) == 350 / 400
    assert values(scene, 7_000, *FLOW) == [50, 0, 500, 500]  # 4,000 is out of (4,000, 7,000]


def test_depth_before_its_print_is_no_cancel_within_the_window() -> None:
    scene = calm().at(4_000, ask(120_300, 1_000)).at(4_100, trade(120_300, 400, BUY))
    assert values(scene, 4_050, *FLOW) == [0, 400, 0, 0]
    assert values(scene, 4_100, *FLOW) == [400, 0, 0, 0]


def test_adds_count_only_while_the_price_stays_the_best_ask() -> None:
    scene = calm().at(4_000, ask(120_200, 900)).at(4_100, ask(120_200, 0))
    assert values(scene, 4_200, *FLOW) == [0, 900, 0, 0]


def test_absorption_without_flow_is_none() -> None:
    assert calm().readings(4_000)["absorption"] == (None, "no_flow")


@pytest.mark.parametrize(
    ("bought", "added", "gross", "net"),
    [
        (400, 500, True, True),
        (400, 399, False, False),
        (400, 400, True, True),
        (299, 900, False, False),
    ],
)
def test_replenishment(bought: int, added: int, gross: bool, net: bool) -> None:
    scene = calm().at(4_000, trade(120_300, bought, BUY), ask(120_300, 1_400 - bought))
    scene.at(4_500, ask(120_300, 1_400 - bought + added))
    assert values(scene, 4_500, "replenish_gross", "replenish") == [gross, net]


def test_replenishment_is_net_of_cancels() -> None:
    scene = calm().at(4_000, trade(120_300, 400, BUY), ask(120_300, 900))  # 100 cancelled
    scene.at(4_500, ask(120_300, 1_300))  # 400 added
    assert values(scene, 4_500, "replenish_gross", "replenish") == [True, False]


@pytest.mark.parametrize(("added", "stacked"), [(999, False), (1_000, True)])
def test_stacking_is_adds_without_fills(added: int, stacked: bool) -> None:
    scene = calm().at(4_000, ask(120_300, 1_400 + added))
    assert scene.readings(4_000)["stacking"] == (stacked, "")
    assert scene.at(4_001, trade(120_300, 1, BUY)).value("stacking", 4_001) is False


# iceberg and refill -------------------------------------------------------------------------------
@pytest.mark.parametrize(("bought", "found"), [(4_199, False), (4_200, True)])
def test_an_iceberg_prints_three_times_what_it_shows(bought: int, found: bool) -> None:
    scene = calm(20_000).at(4_000, trade(120_300, bought, BUY))
    assert scene.readings(4_000)["iceberg"] == (found, "")
    assert scene.value("iceberg", 14_000, -1) is found
    assert scene.value("iceberg", 14_000) is False


def test_an_iceberg_is_measured_against_the_largest_size_of_ten_seconds() -> None:
    scene = calm(20_000).at(4_000, ask(120_300, 100)).at(5_000, trade(120_300, 300, BUY))
    assert scene.value("iceberg", 13_999) is False  # 1,400 was shown at 3,999
    assert scene.value("iceberg", 14_000) is True


def dip(scene: Scene, ms: float, *, left: int, bought: int, back_ms: float, back: int) -> Scene:
    scene.at(ms, trade(120_300, bought, BUY), ask(120_300, left))
    return scene.at(ms + back_ms, ask(120_300, back)).at(ms + 900, ask(120_300, 1_000))


@pytest.mark.parametrize(
    ("left", "bought", "back_ms", "back", "count"),
    [
        (799, 201, 250, 800, 1),
        (800, 200, 250, 1_000, 0),  # not below 80 %
        (500, 400, 250, 800, 1),
        (500, 399, 250, 800, 0),  # less than 80 % explained
        (500, 500, 250.001, 800, 0),
        (500, 500, 100, 799, 0),
        (0, 1_000, 100, 800, 1),  # the level was gone
    ],
)
def test_a_refill_after_a_fill(
    left: int, bought: int, back_ms: float, back: int, count: int
) -> None:
    scene = calm().at(3_000, ask(120_300, 1_000))
    dip(scene, 4_000, left=left, bought=bought, back_ms=back_ms, back=back)
    assert scene.readings(4_800)["refill_count_5s"] == (count, "")


def test_two_refills_within_five_seconds_reject() -> None:
    scene = calm(20_000).at(3_000, ask(120_300, 1_000))
    for ms in (4_000, 8_999):
        dip(scene, ms, left=0, bought=1_000, back_ms=100, back=1_000)
    assert scene.readings(9_099)["refill"] == (True, "")
    assert scene.readings(9_100)["refill"] == (False, "")


def test_prints_explain_a_dip_for_100_ms() -> None:
    def bought_before(ms: float) -> Scene:
        scene = calm().at(4_000 - ms, trade(120_300, 700, BUY)).at(4_000, ask(120_300, 700))
        return scene.at(4_100, ask(120_300, 1_400))

    assert bought_before(99.999).value("refill_count_5s", 4_100) == 1
    assert bought_before(100).value("refill_count_5s", 4_100) == 0


# pulled offers ------------------------------------------------------------------------------------
def test_pulled_offers_are_net_of_prints_and_of_the_levels_of_two_seconds_ago() -> None:
    scene = calm().at(4_000, ask(120_300, 400), ask(120_400, 900), trade(120_300, 300, BUY))
    assert scene.value("ask_pulled_2s", 5_000) == 700  # 1,000 - 300; the second level grew
    assert scene.value("ask_pulled_2s", 6_000, -1) == 700
    assert scene.value("ask_pulled_2s", 6_000) == 0


def test_a_price_beyond_the_worst_visible_ask_was_not_pulled() -> None:
    scene = calm().at(4_000, ask(120_500, 0))
    assert scene.value("ask_pulled_2s", 4_000) == 0
    assert scene.at(4_100, ask(120_600, 1)).value("ask_pulled_2s", 4_100) == 700


@pytest.mark.parametrize(("left", "found"), [(1, False), (0, True)])
def test_pulling_two_thousand_shares_is_spoofing(left: int, found: bool) -> None:
    scene = calm().at(0, ask(120_400, 2_000)).at(4_000, ask(120_400, left))
    assert scene.readings(4_000)["ask_pull_limit"] == (2_000, "")
    assert scene.readings(4_000)["spoof"] == (found, "")


def test_the_pull_limit_follows_the_median_from_ten_samples_on() -> None:
    scene = calm(20_000)
    assert scene.value("ask_pull_limit", 9_000, -1) == 2_000
    assert scene.value("ask_pull_limit", 9_000) == 2_100  # 3 x median of 600, 700, 1,400


# eaten ask ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("bought", "left", "eaten"),
    [(1_000, 420, True), (999, 0, False), (1_000, 421, False), (1_400, 0, True)],
)
def test_an_eaten_ask(bought: int, left: int, eaten: bool) -> None:
    scene = calm().at(4_000, trade(120_300, bought, BUY)).at(4_100, ask(120_300, left))
    assert scene.value("eaten_ask", 4_099) is False
    assert scene.readings(4_100)["eaten_ask"] == (eaten, "")


def test_an_eaten_ask_is_true_for_ten_seconds() -> None:
    scene = calm(20_000).at(4_000, trade(120_300, 1_400, BUY), ask(120_300, 0))
    assert scene.value("eaten_ask", 14_000, -1) is True
    assert scene.value("eaten_ask", 14_000) is False


@pytest.mark.parametrize(("added", "eaten"), [(599, True), (600, False)])
def test_adds_of_half_the_fills_are_not_eaten(added: int, eaten: bool) -> None:
    scene = calm().at(4_000, ask(120_300, 1_400 + added)).at(4_100, trade(120_300, 1_200, BUY))
    assert scene.at(4_200, ask(120_300, 0)).value("eaten_ask", 4_200) is eaten


def test_a_moved_ask_is_not_eaten() -> None:
    scene = calm().at(4_000, trade(120_300, 700, BUY)).at(4_100, ask(120_200, 10))
    scene.at(4_200, ask(120_200, 0)).at(4_300, trade(120_300, 700, BUY), ask(120_300, 0))
    assert scene.value("eaten_ask", 4_300) is False


@pytest.mark.parametrize(("bought", "eaten"), [(1_099, False), (1_100, True)])
def test_with_twenty_buckets_an_eaten_ask_stands_out(bought: int, eaten: bool) -> None:
    scene = calm(70_000)
    for bucket in range(20):  # 800 and 1,000 in turn: mean 900, sigma 100
        scene.at(3_000 * bucket + 1_500, trade(120_300, 1_000 if bucket % 2 else 800, BUY))
    scene.at(61_500, trade(120_300, bought, BUY), ask(120_300, 0))
    assert scene.value("eaten_ask", 61_500) is eaten
    early = calm(70_000).at(61_500, trade(120_300, 1_000, BUY), ask(120_300, 0))
    assert early.value("eaten_ask", 61_500) is True


# collapse -----------------------------------------------------------------------------------------
def test_a_side_with_one_level_collapses_and_holds_thirty_seconds() -> None:
    scene = calm(40_000).at(4_000, ask(120_400, 0), ask(120_500, 0)).at(4_500, ask(120_400, 600))
    assert scene.readings(4_000)["collapse"] == (True, "")
    assert scene.readings(4_499)["collapse"] == (True, "")
    assert scene.readings(4_500)["collapse"] == (False, "")
    assert scene.value("collapse_hold", 34_000, -1) is True
    assert scene.value("collapse_hold", 34_000) is False


def test_an_emptied_side_collapses_and_a_level_one_feed_has_one_level() -> None:
    cells = (bid(120_000, 0), bid(119_900, 0), bid(119_800, 0))
    assert calm().at(4_000, *cells).value("collapse", 4_000) is True
    level_one = Scene(session(depth_levels=1)).at(0, SUBSCRIBED, *book()).beat(1_000, 5_000)
    assert level_one.at(4_000, *cells).value("collapse", 4_000) is False


def test_collapse_is_tested_only_after_a_valid_book() -> None:
    one_level = (ask(120_400, 0), ask(120_500, 0))
    assert calm().at(2_999, *one_level).value("collapse", 2_999) is False
    assert calm().at(3_000, *one_level).value("collapse", 3_000) is True
    stale = Scene().at(0, SUBSCRIBED, *book()).at(9_000, *one_level)
    assert stale.value("collapse", 9_000) is True


@pytest.mark.parametrize(("size", "collapsed"), [(98, False), (97, True)])
def test_bids_below_a_quarter_of_their_median_collapse(size: int, collapsed: bool) -> None:
    scene = calm(20_000).at(15_000, bid(120_000, size), bid(119_900, 101), bid(119_800, 101))
    assert scene.value("collapse", 15_000) is collapsed  # 1,200 / 4 = 300


def test_bids_do_not_collapse_with_fewer_than_ten_samples() -> None:
    scene = calm(20_000).at(8_500, bid(120_000, 10), bid(119_900, 10), bid(119_800, 10))
    assert scene.value("collapse", 8_500) is False


@pytest.mark.parametrize(("size", "collapsed"), [(360, False), (359, True)])
def test_both_sides_below_40_percent_within_a_second_collapse(size: int, collapsed: bool) -> None:
    scene = calm(20_000)  # 1,200 + 2,700 = 3,900; 40 % = 1,560; bids stay at 1,200
    thin = (ask(120_300, 100), ask(120_400, size - 100), ask(120_500, 0))
    assert scene.at(5_500, *thin).value("collapse", 5_500) is collapsed


def test_a_book_that_was_thin_a_second_ago_does_not_collapse_again() -> None:
    thin = (ask(120_300, 100), ask(120_400, 200), ask(120_500, 0))
    scene = calm(20_000).at(5_500, *thin).at(6_500, bid(120_000, 499))
    assert scene.value("collapse", 6_500) is False
    assert calm(20_000).at(5_501, *thin).at(6_500, bid(120_000, 499)).value("collapse", 6_500)
