"""Validity, spread and ratio readings, both sides of every boundary."""

from math import exp

import pytest

from ramstock_tui.core import records as rec

from .book import batches_of
from .past import median
from .scene import (
    CLEAR_317,
    GAP,
    RESTART,
    SUBSCRIBED,
    Cell,
    Scene,
    ask,
    bid,
    book,
    calm,
    halt,
    row_op,
    session,
    trade,
)

INSERT, UPDATE, DELETE = rec.OP_INSERT, rec.OP_UPDATE, rec.OP_DELETE


def test_a_book_is_valid_from_exactly_three_seconds_on() -> None:
    scene = calm()
    assert scene.readings(3_000, -1)["book_reason"] == ("warming", "")
    assert scene.readings(3_000, -1)["book_valid"] == (False, "")
    assert scene.readings(3_000)["book_reason"] == ("", "")
    assert scene.readings(3_000)["book_valid"] == (True, "")


def test_a_book_is_stale_after_two_seconds_and_staleness_does_not_restart_the_warm_up() -> None:
    scene = calm(4_000).at(9_000, ask(120_600, 100))
    assert scene.value("book_reason", 6_000) == ""
    assert scene.value("book_reason", 6_000, 1) == "stale"
    assert scene.value("book_age", 6_000, 1) == 2_000_000_001
    assert scene.value("book_reason", 9_000) == ""


def test_an_unchanged_level_is_a_depth_record_and_a_print_is_none() -> None:
    assert calm(4_000).at(5_000, ask(120_300, 1_400)).value("book_reason", 7_000) == ""
    assert calm(4_000).at(5_000, trade(120_300, 100)).value("book_reason", 7_000) == "stale"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ((bid(120_000, 0), bid(119_900, 0), bid(119_800, 0)), "empty_bid"),
        ((ask(120_300, 0), ask(120_400, 0), ask(120_500, 0)), "empty_ask"),
        ((bid(120_300, 100),), "crossed"),
        ((bid(120_400, 100),), "crossed"),
        ((halt(1), bid(120_400, 100)), "halted"),
        ((CLEAR_317,), "no_book"),
        ((GAP,), "no_book"),
        ((GAP, bid(120_000, 100)), "empty_ask"),
    ],
)
def test_the_first_reason_that_applies_is_named(cells: tuple[Cell, ...], reason: str) -> None:
    readings = calm().at(5_000, *cells).readings(5_000)
    assert readings["book_reason"] == (reason, "")
    assert readings["ratio_3"] == (None, reason)


def test_a_break_of_the_conditions_restarts_three_seconds() -> None:
    scene = calm().at(5_000, bid(120_300, 100)).at(5_001, bid(120_300, 0))
    assert scene.value("book_reason", 5_000) == "crossed"
    assert scene.value("book_reason", 8_001, -1) == "warming"
    assert scene.value("book_reason", 8_001) == ""


def test_a_book_that_is_crossed_only_inside_a_batch_stays_valid() -> None:
    scene = calm().at(5_000, bid(120_300, 100), bid(120_300, 0))
    assert scene.value("book_reason", 5_000) == ""


def test_a_resume_restarts_three_seconds() -> None:
    scene = calm().at(4_000, halt(2)).at(6_000, halt(0))
    assert scene.readings(5_999)["halted"] == (True, "")
    assert scene.readings(6_000)["halted"] == (False, "")
    assert scene.value("book_reason", 8_999) == "warming"
    assert scene.value("book_reason", 9_000) == ""


def test_a_restart_forgets_everything() -> None:
    readings = calm().at(3_500, trade(120_300, 100)).at(5_000, RESTART).readings(5_500)
    assert readings["book_reason"] == ("no_book", "")
    assert readings["last"] == (None, "no_print")
    assert readings["tape_count_3s"] == (None, "warming")


def test_rows_by_position_shift_and_merge_by_price() -> None:
    scene = Scene().at(
        0,
        row_op(True, INSERT, 0, 119_900, 200),
        row_op(True, INSERT, 0, 120_000, 100),  # shifts 11.99 down
        row_op(True, INSERT, 1, 120_000, 150),  # second venue at 12.00
        row_op(True, INSERT, 3, 119_800, 300),
        row_op(False, INSERT, 0, 120_200, 50),
        row_op(False, INSERT, 1, 120_300, 500),
        row_op(False, INSERT, 2, 120_400, 600),
        row_op(False, DELETE, 0),  # 12.03 moves up
        row_op(False, UPDATE, 1, 120_400, 650),
    )
    after = batches_of(scene.rows())[-1].after
    assert after.bids == ((120_000, 250), (119_900, 200), (119_800, 300))
    assert after.asks == ((120_300, 500), (120_400, 650))
    assert after.flaw == ""


@pytest.mark.parametrize(
    ("cell", "flaw"),
    [
        (row_op(False, UPDATE, 1, 120_400, 0), "bad_size"),
        (row_op(False, UPDATE, 1, 120_100, 10), "not_monotonic"),
        (row_op(False, UPDATE, 1, 120_300, 10), ""),
        (row_op(False, DELETE, 7), ""),
    ],
)
def test_flaws_of_rows_by_position(cell: Cell, flaw: str) -> None:
    scene = Scene().at(
        0,
        row_op(True, INSERT, 0, 120_000, 100),
        row_op(False, INSERT, 0, 120_300, 500),
        row_op(False, INSERT, 1, 120_400, 600),
        cell,
    )
    assert batches_of(scene.rows())[-1].after.flaw == flaw


def test_records_behind_the_last_batch_end_are_not_seen() -> None:
    rows = calm(0).rows()
    open_row = (rows[-1][0] + 1, 1, rec.LEVEL_SET, 0, 120_100, 5, 0)
    assert len(batches_of([*rows, open_row])) == len(batches_of(rows))


def test_quote_and_depth_readings() -> None:
    readings = calm().readings(3_000)
    expected = {
        "bid": 120_000,
        "ask": 120_300,
        "bid_depth": 500,
        "ask_depth": 1_400,
        "ask_depth_to_entry": 2_000,  # 12.03 and 12.04
        "spread": 300,
        "spread_ticks": 3.0,
        "spread_penalty": -0.5,
        "ratio_3": 1_200 / 2_700,
        "weighted_mid": (120_300 * 500 + 120_000 * 1_400) / 1_900,
    }
    assert {name: readings[name][0] for name in expected} == expected


@pytest.mark.parametrize(("best", "penalty"), [(120_200, 0.0), (120_500, -1.5), (120_900, -2.0)])
def test_spread_penalty(best: int, penalty: float) -> None:
    scene = Scene().at(0, *book()[:3], ask(best, 100), ask(121_000, 100)).beat(1_000, 3_000)
    assert scene.value("spread_penalty", 3_000) == penalty


def test_ratio_uses_as_many_levels_as_both_sides_have() -> None:
    two_asks = calm().at(0, ask(120_500, 0))
    assert two_asks.value("ratio_3", 3_000) == 900 / 2_000
    assert two_asks.value("ratio_5", 3_000) == 900 / 2_000
    one_ask = calm().at(0, ask(120_500, 0), ask(120_400, 0))
    assert one_ask.readings(3_000)["ratio_3"] == (None, "one_level")
    assert one_ask.readings(3_000)["imbalance_5"] == (None, "one_level")


def test_imbalance_weights_levels() -> None:
    weights = [1.0, exp(-0.5), exp(-1.0)]
    bids = sum(w * q for w, q in zip(weights, (500, 400, 300), strict=True))
    asks = sum(w * q for w, q in zip(weights, (1_400, 600, 700), strict=True))
    value = calm().value("imbalance_5", 3_000)
    assert value == pytest.approx((bids - asks) / (bids + asks), abs=1e-12)


def test_spread_delta_compares_with_the_book_of_three_seconds_ago() -> None:
    scene = calm().at(5_000, ask(120_200, 100))
    assert scene.value("spread_delta_3s", 5_000) == -100
    assert scene.value("spread_delta_3s", 8_000, -1) == -100
    assert scene.value("spread_delta_3s", 8_000) == 0


def test_spread_tight_for_runs_from_the_fall_to_four_cents() -> None:
    scene = calm().at(4_000, ask(120_300, 0)).at(5_000, ask(120_400, 0)).at(6_000, ask(120_400, 9))
    assert scene.value("spread_tight_for", 4_500) == 4_500_000_000  # 0.04 is tight
    assert scene.value("spread_tight_for", 5_500) == 0  # 0.05
    assert scene.value("spread_tight_for", 6_000) == 0
    assert scene.value("spread_tight_for", 8_000) == 2_000_000_000


def test_spread_tight_for_does_not_reach_behind_a_break() -> None:
    scene = calm().at(2_000, bid(120_300, 1)).at(2_500, bid(120_300, 0))
    assert scene.value("spread_tight_for", 6_000) == 3_500_000_000


def test_ofi_sums_changes_of_both_best_levels() -> None:
    scene = calm()
    scene.at(4_000, bid(120_000, 700))  # +200
    scene.at(4_500, ask(120_300, 1_000))  # +400
    scene.at(5_000, bid(120_100, 100))  # better bid: +100
    scene.at(5_500, ask(120_200, 50))  # better ask: -50
    assert scene.value("ofi_3s", 6_000) == 650
    assert scene.value("ofi_3s", 7_000, -1) == 650
    assert scene.value("ofi_3s", 7_000) == 450  # (t-3 s, t]: the first is out


def test_a_level_changed_twice_in_one_batch_counts_its_difference() -> None:
    scene = calm().at(4_000, bid(120_000, 5_000), bid(120_000, 510))
    assert scene.value("ofi_3s", 4_000) == 10


def test_ofi_skips_changes_from_or_to_a_malformed_book() -> None:
    scene = calm().at(4_000, bid(120_300, 900)).at(4_100, bid(120_300, 0), bid(120_000, 600))
    scene.at(5_000, bid(120_000, 610))
    assert scene.value("ofi_3s", 7_100) == 10


def test_invalid_books_leave_tape_and_latched_readings_alone() -> None:
    scene = calm().at(5_000, trade(120_300, 100), bid(120_300, 100))
    readings = scene.readings(5_000)
    assert readings["tape_count_3s"] == (1, "")
    assert readings["last"] == (120_300, "")
    for name in ("bid", "ask_depth_to_entry", "ofi_3s", "replenish", "wall_pressure"):
        assert readings[name] == (None, "crossed")
    for name in ("flash", "refill", "eaten_ask", "collapse_hold"):
        assert readings[name] == (False, "")
    assert readings["fake_wall"] == (None, "crossed")


@pytest.mark.parametrize(("values", "middle"), [([3, 1, 2], 2), ([1, 2, 3, 4], 2.5), ([7], 7)])
def test_median(values: list[int], middle: float) -> None:
    assert median(values) == middle


def test_lots_are_suspected_when_nearly_all_sizes_are_small() -> None:
    def scene(small: int, px: int) -> Scene:
        made = Scene(session()).at(0, SUBSCRIBED, trade(px, 100))
        for i in range(34):  # 204 sizes; one level in each batch may be large
            sizes = [60 if i < small else 40, 10, 10]
            made.at(10 * i, *(bid(px - 100 * j, sizes[j]) for j in range(3)))
            made.at(10 * i, *(ask(px + 100 + 100 * j, 10 + i) for j in range(3)))
        return made

    assert scene(0, 120_000).readings(325)["lots_suspected"] == (None, "few_sizes")
    assert scene(0, 120_000).readings(330)["lots_suspected"] == (True, "")
    assert scene(0, 20_000).value("lots_suspected", 330) is False
    assert scene(10, 120_000).value("lots_suspected", 330) is True  # 190 of 200 are small
    assert scene(11, 120_000).value("lots_suspected", 330) is False
