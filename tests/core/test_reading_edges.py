"""The exact share, millisecond and tick at which the readings of platform and quant turn.

Every value is asked of the engine and of the reference, which must agree.
"""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from ramstock_tui.core.readings import readings
from tests.core.sessions import opened
from tests.histories import OPEN_NS, session
from tests.reference import Reference
from tests.reference.scene import (
    ASKS,
    BIDS,
    BUY,
    MS,
    NS,
    SELL,
    SUBSCRIBED,
    T0,
    Scene,
    ask,
    bid,
    calm,
    trade,
)


def value(scene: Scene, name: str, ms: float, ns: int = 0) -> Any:
    """A reading at so many ms (and ns) after 09:32:00, the same in engine and reference."""
    rows, t = scene.rows(), T0 + round(ms * MS) + ns
    engine = opened()
    engine.run(3, [row for row in rows if row[0] <= t])
    found = readings(engine.symbols[1], t, engine.rules.profiles)[name]
    assert found == Reference(scene.opened, scene.info, rows).readings(t)[name]
    return found[0]


def wall_gone(left: int, after_ms: float, ns: int = 0, sold: int = 0) -> Scene:
    """A wall of 3,000 at 12.00 from 5 s on; `left` remain so much later, `sold` are printed."""
    scene = calm().at(5_000, bid(120_000, 3_000))
    gone_ms = 5_000 + after_ms + ns / MS
    if sold:
        scene.at(5_100, trade(120_000, sold, SELL))
    return scene.at(gone_ms, bid(120_000, left))


@pytest.mark.parametrize(
    ("scene", "fake"),
    [
        (wall_gone(600, 999), True),  # 20 % left
        (wall_gone(601, 999), False),
        (wall_gone(600, 999, 999_999), True),
        (wall_gone(600, 1_000), False),
        (wall_gone(600, 999, sold=479), True),  # below 20 % of the fall of 2,400
        (wall_gone(600, 999, sold=480), False),
    ],
)
def test_a_young_wall_that_goes_unexplained_is_fake(scene: Scene, fake: bool) -> None:
    assert value(scene, "fake_wall", 6_200) is fake


def test_a_fake_wall_rejects_for_10_s() -> None:
    scene = wall_gone(0, 500).beat(11_000, 17_000)
    assert value(scene, "fake_wall", 15_500, -1) is True
    assert value(scene, "fake_wall", 15_500) is False


@pytest.mark.parametrize(
    ("size", "after_ms", "ns", "fake"),
    [
        (1_700, 0, 0, True),
        (1_600, 0, 0, False),
        (1_700, 999, 999_999, True),
        (1_700, 1_000, 0, False),
    ],
)
def test_a_young_wall_may_not_hold_more_than_half_of_the_bids(
    size: int, after_ms: int, ns: int, fake: bool
) -> None:
    """The other bids hold 1,600: 900 more stand below the two of the usual book."""
    scene = calm().at(4_000, bid(119_700, 600), bid(119_600, 300)).at(5_000, bid(120_000, size))
    assert value(scene, "fake_wall", 5_000 + after_ms, ns) is fake


def pulled(left: int, bought: int = 0, at_ms: float = 5_000) -> Scene:
    """12.04 shows 4,000 asks from 2 s on, `left` of them from at_ms on."""
    scene = calm().at(2_000, ask(120_400, 4_000)).at(at_ms, ask(120_400, left))
    return scene.at(at_ms - 1, trade(120_400, bought, BUY)) if bought else scene


@pytest.mark.parametrize(
    ("scene", "shares", "spoof"),
    [
        (pulled(2_000), 2_000, True),
        (pulled(2_001), 1_999, False),
        (pulled(1_999, bought=1), 2_000, True),
        (pulled(2_000, bought=1), 1_999, False),
    ],
)
def test_offers_that_were_pulled_and_not_bought_are_counted(
    scene: Scene, shares: int, spoof: bool
) -> None:
    assert value(scene, "ask_pulled_2s", 5_500) == shares
    assert value(scene, "spoof", 5_500) is spoof


def test_pulled_offers_are_those_of_the_book_2_s_ago() -> None:
    assert value(pulled(0), "spoof", 7_000, -1) is True
    assert value(pulled(0), "spoof", 7_000) is False


def test_the_limit_for_pulled_offers_follows_the_median_ask_once_it_is_known() -> None:
    scene = calm(14_000).at(0, ask(120_300, 900), ask(120_400, 900), ask(120_500, 900))
    assert value(scene, "ask_pull_limit", 9_000 - 1) == 2_000
    assert value(scene, "ask_pull_limit", 9_000) == 2_700


def refills(low: int, back: int, back_ms: float, bought: int, times: int = 2) -> Scene:
    """12.03 shows 1,000; it falls to `low` right after prints and comes back, a second apart."""
    scene = calm().at(4_000, ask(120_300, 1_000))
    for i in range(times):
        at = 5_000 + 1_000 * i
        scene.at(at - 100 + 0.000001, trade(120_300, bought, BUY)).at(at, ask(120_300, low))
        scene.at(at + back_ms, ask(120_300, back)).at(at + 500, ask(120_300, 1_000))
    return scene


@pytest.mark.parametrize(
    ("scene", "count"),
    [
        (refills(799, 800, 250, 201), 2),
        (refills(800, 1_000, 250, 200), 0),  # not below 80 %
        (refills(799, 799, 250, 201), 0),  # not back at 80 %
        (refills(799, 800, 250.000001, 201), 0),
        (refills(500, 800, 250, 400), 2),  # 80 % of the decrease was bought
        (refills(500, 800, 250, 399), 0),
        (refills(799, 800, 250, 201, times=1), 1),
    ],
)
def test_a_bought_ask_that_is_filled_again_within_250_ms_counts(scene: Scene, count: int) -> None:
    assert value(scene, "refill_count_5s", 6_900) == count
    assert value(scene, "refill", 6_900) is (count >= 2)


def test_refills_count_for_5_s() -> None:
    scene = refills(799, 800, 250, 201).beat(10_000, 12_000)
    assert value(scene, "refill", 10_250, -1) is True
    assert value(scene, "refill", 10_250) is False


def eaten(bought: int, left: int, added: int = 0) -> Scene:
    """12.03 shows 1,400; `bought` are printed, `added` come in between, `left` remain."""
    scene = calm().at(5_000, trade(120_300, bought, BUY))
    if added:
        scene.at(5_200, ask(120_300, 1_400 + added))
    return scene.at(5_500, ask(120_300, left))


@pytest.mark.parametrize(
    ("scene", "found"),
    [
        (eaten(1_000, 420), True),
        (eaten(999, 420), False),
        (eaten(1_000, 421), False),
        (eaten(1_000, 0), True),
        (eaten(1_000, 420, added=499), True),
        (eaten(1_000, 420, added=500), False),
    ],
)
def test_an_ask_is_eaten_when_buyers_take_70_percent_of_it(scene: Scene, found: bool) -> None:
    assert value(scene, "eaten_ask", 6_000) is found


def test_an_eaten_ask_is_known_for_10_s() -> None:
    scene = eaten(1_000, 0).beat(11_000, 17_000)
    assert value(scene, "eaten_ask", 15_500, -1) is True
    assert value(scene, "eaten_ask", 15_500) is False


@pytest.mark.parametrize(("after_ms", "ns", "pressure"), [(999, 999_999, 0.0), (1_000, 0, 2.5)])
def test_a_wall_gives_pressure_from_1_s_on(after_ms: int, ns: int, pressure: float) -> None:
    scene = calm().at(5_000, bid(120_000, 3_500))
    assert value(scene, "wall_pressure", 5_000 + after_ms, ns) == pressure


@pytest.mark.parametrize(("shown", "pressure"), [(99, 35.0), (100, 35.0), (101, 3_500 / 101)])
def test_the_best_ask_counts_as_at_least_100_shares(shown: int, pressure: float) -> None:
    scene = calm().at(4_000, bid(120_000, 3_500), ask(120_300, shown))
    assert value(scene, "wall_pressure", 5_500) == pressure


@pytest.mark.parametrize(("ms", "ns", "depletion"), [(8_000, -1, 0.25), (8_000, 0, 0.0)])
def test_depletion_is_what_was_bought_in_5_s_of_the_largest_ask(
    ms: int, ns: int, depletion: float
) -> None:
    scene = calm().at(1_000, ask(120_300, 1_400)).at(3_000, trade(120_300, 350, BUY))
    assert value(scene, "wall_depletion", ms, ns) == depletion


@pytest.mark.parametrize(
    ("spread_e4", "points"),
    [(200, 0.0), (300, -0.5), (500, -1.5), (600, -2.0), (700, -2.0)],
)
def test_the_spread_penalty_has_the_figures_of_the_page(spread_e4: int, points: float) -> None:
    book = (*(bid(*level) for level in BIDS), ask(120_000 + spread_e4, 900), ask(121_000, 900))
    scene = Scene().at(0, SUBSCRIBED, *book).beat(1_000, 5_000)
    assert value(scene, "spread_penalty", 5_000) == points


@pytest.mark.parametrize(("ms", "ns", "silent"), [(10_000, -1, False), (10_000, 0, True)])
def test_silence_is_5_s_without_print_or_depth(ms: int, ns: int, silent: bool) -> None:
    assert value(calm(5_000), "silent_5s", ms, ns) is silent


@pytest.mark.parametrize(("large", "suspected"), [(10, True), (11, False)])
def test_lots_are_suspected_when_95_percent_of_200_sizes_are_small(
    large: int, suspected: bool
) -> None:
    """40 batches with five levels each, of which so many sizes are 50, the others 49."""
    scene = Scene().at(0, SUBSCRIBED, trade(120_000, 5))
    for i in range(40):
        sizes = [50 if 5 * i + k < large else 49 for k in range(5)]
        prices = (120_000, 119_900, 119_800, 120_300, 120_400)
        scene.at(i * 100, *(_level(px, size) for px, size in zip(prices, sizes, strict=True)))
    assert value(scene, "lots_suspected", 3_900) is suspected


@pytest.mark.parametrize(("large", "suspected"), [(5, True), (6, False)])
def test_lots_are_counted_however_long_a_quiet_book_takes_to_show_200_sizes(
    large: int, suspected: bool
) -> None:
    """A level-1 book shows two sizes a batch: the newest 100 of 300 batches, 2 s each, count.
    large: so many of these show 500 shares, as all before do."""
    scene = Scene().at(0, SUBSCRIBED, trade(120_000, 5))
    for i in range(300):
        size = (500 if i < 200 + large else 48) + i % 2
        scene.at(i * 2_000, bid(120_000, size), ask(120_100, size))
    assert value(scene, "lots_suspected", 599_000) is suspected


def _level(px: int, size: int) -> Any:
    side: Callable[[int, int], Any] = bid if px <= 120_000 else ask
    return side(px, size)


@pytest.mark.parametrize(("stood_ms", "found"), [(999, False), (1_000, True)])
def test_the_heatmap_wants_a_bid_that_stands_and_no_flash(stood_ms: int, found: bool) -> None:
    scene = calm().at(5_000, bid(120_000, 3_000))
    assert value(scene, "heatmap_no_flash", 5_000 + stood_ms) is found


def test_a_fake_wall_spoils_the_heatmap_for_60_s() -> None:
    scene = wall_gone(0, 500).at(8_000, bid(120_000, 2_000)).beat(11_000, 67_000)
    assert value(scene, "heatmap_no_flash", 65_500, -1) is False
    assert value(scene, "heatmap_no_flash", 65_500) is True
    assert NS == 1_000 * MS


def test_an_ask_is_refilled_also_behind_a_better_one() -> None:
    scene = calm()
    for ms in (5_000, 6_000):
        scene.at(ms, trade(120_300, 1_000, BUY), ask(120_300, 400))
        scene.at(ms + 100, ask(120_200, 100)).at(ms + 200, ask(120_300, 1_400))
        scene.at(ms + 400, ask(120_200, 0))
    assert value(scene, "refill_count_5s", 5_200, -1) == 0
    assert value(scene, "refill_count_5s", 5_200) == 1
    assert value(scene, "refill", 6_200) is True


NO_ASKS = tuple(ask(px, 0) for px, _ in ASKS)


@pytest.mark.parametrize(
    ("name", "scene"),
    [
        (
            "fake_wall",
            calm()
            .at(0, bid(119_900, 5_000))
            .at(5_000, bid(120_000, 3_000))
            .at(5_400, bid(120_000, 0), *NO_ASKS),
        ),
        ("flash", calm().at(5_000, bid(120_000, 6_000)).at(5_400, bid(120_000, 400), *NO_ASKS)),
        (
            "refill",
            calm()
            .at(5_000, trade(120_300, 1_400, BUY), ask(120_300, 0))
            .at(5_100, bid(120_300, 100), ask(120_300, 1_400))
            .at(5_200, bid(120_300, 0))
            .at(5_300, trade(120_300, 1_400, BUY), ask(120_300, 0))
            .at(5_400, bid(120_300, 100), ask(120_300, 1_400)),
        ),
    ],
)
def test_what_went_or_came_back_is_seen_though_the_book_is_malformed_then(
    name: str, scene: Scene
) -> None:
    assert value(scene, name, 5_400, -1) is not True
    assert value(scene, name, 5_400) is True


@pytest.mark.parametrize(
    ("mode", "declared_s", "reason"),
    [("import", 0, ""), ("import", 60, ""), ("import", 61, "partial"), ("demo", 0, "partial")],
)
def test_a_recording_from_before_09_31_is_whole_for_a_symbol_that_trades_later(
    mode: str, declared_s: int, reason: str
) -> None:
    scene = Scene(structs.replace(session(), mode=mode)).at(0, trade(120_000, 100))
    declared = OPEN_NS + declared_s * NS
    engine = opened(session=scene.opened, ts=declared)
    engine.run(3, scene.rows())
    found = readings(engine.symbols[1], T0, engine.rules.profiles)
    assert found["reclaim_quant"] == ((False, "") if not reason else (None, reason))
    plain = Reference(scene.opened, scene.info, scene.rows(), declared)
    assert plain.readings(T0)["reclaim_quant"] == found["reclaim_quant"]
