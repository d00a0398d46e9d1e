"""The generated histories, and what must hold for the readings of any of them."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramstock_tui.core import records as rec
from ramstock_tui.core.records import RECORD, Row
from tests.histories import STYLES, batch, batch_times, histories, history, moments, session, symbol
from tests.history_market import Market

from . import Reference
from .book import batches_of

NAMES = [
    "book_valid",
    "book_reason",
    "book_age",
    "bid",
    "ask",
    "bid_depth",
    "ask_depth",
    "ask_depth_to_entry",
    "spread",
    "spread_ticks",
    "spread_delta_3s",
    "spread_tight_for",
    "ratio_3",
    "ratio_5",
    "imbalance_5",
    "ofi_3s",
    "weighted_mid",
    "tape_count_3s",
    "tape_velocity",
    "tape_acceleration",
    "last",
    "last_print_age",
    "vwap",
    "last_minus_vwap",
    "volume_surge",
    "reclaim_platform",
    "reclaim_quant",
    "reclaim_small_account",
    "wall_price",
    "wall_size",
    "wall_age",
    "flash",
    "flash_hold",
    "flash_count_5min",
    "flash_quarantine",
    "fake_wall",
    "ask_pulled_2s",
    "ask_pull_limit",
    "spoof",
    "ask_fills_3s",
    "ask_cancels_3s",
    "ask_adds_3s",
    "ask_refill_net_3s",
    "absorption",
    "replenish_gross",
    "replenish",
    "iceberg",
    "refill_count_5s",
    "refill",
    "stacking",
    "eaten_ask",
    "wall_pressure",
    "wall_depletion",
    "spread_penalty",
    "stall",
    "silent_5s",
    "collapse",
    "collapse_hold",
    "max_60s",
    "min_60s",
    "move_60s",
    "luld_reference",
    "luld_lower",
    "luld_upper",
    "near_band",
    "halted",
    "halt_risk",
    "quarantine",
    "heatmap_no_flash",
    "lots_suspected",
]

few = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def reference(rows: list[Row]) -> Reference:
    return Reference(session(), symbol(), rows)


@pytest.mark.parametrize("style", STYLES)
def test_a_history_is_in_order_packable_and_the_same_each_time(style: str) -> None:
    rows = history(7, batches=60, style=style)
    assert rows == history(7, batches=60, style=style)
    assert rows != history(8, batches=60, style=style)
    times = batch_times(rows)
    assert len(times) == 60
    assert sorted(set(times)) == times
    assert {row[0] for row in rows} == set(times)
    for row in rows:
        RECORD.pack(*row)
        assert row[2] not in (rec.PRINT, rec.LEVEL_SET) or row[4] > 0


@pytest.mark.parametrize("style", STYLES)
def test_prints_come_before_the_changes_of_their_batch(style: str) -> None:
    changed = False
    for row in history(3, batches=80, style=style):
        assert not (changed and row[2] == rec.PRINT)
        changed = row[2] in (rec.LEVEL_SET, rec.DEPTH_ROW) and not row[3] & rec.LAST


@few
@given(histories(max_batches=30), st.integers(0, 99))
def test_every_name_has_a_value_or_a_reason(rows: list[Row], seed: int) -> None:
    for t in moments(seed, rows, 3):
        readings = reference(rows).readings(t)
        assert set(readings) == set(NAMES)
        for name, (value, reason) in readings.items():
            assert (value is None) == (reason != ""), name


@few
@given(histories(max_batches=30), st.integers(0, 99))
def test_a_reading_depends_on_records_up_to_its_instant_alone(rows: list[Row], seed: int) -> None:
    for t in moments(seed, rows, 2):
        known = [row for row in rows if row[0] <= t]
        assert reference(known).readings(t) == reference(rows).readings(t)


@pytest.mark.parametrize("style", ["positional", "bursty"])
def test_the_book_of_the_reference_is_the_book_of_the_market(style: str) -> None:
    market = Market(random.Random(5), style)
    rows = batch(1, *market.fill())
    actions = (Market.change, Market.buy, Market.wall, Market.later, Market.empty)
    for ts in range(2, 200):
        cells = market.rng.choice(actions)(market) + market.keep_apart()
        rows += batch(ts, *(cells or market.noise()))
        book = batches_of(rows)[-1].after
        assert dict(book.bids) == market.bid
        assert dict(book.asks) == market.ask
        assert book.ok


def test_before_the_first_record_nothing_is_known() -> None:
    rows = history(1, batches=5, style="quiet")
    readings = reference(rows).readings(rows[0][0] - 1)
    assert readings["book_reason"] == ("no_book", "")
    assert readings["tape_count_3s"] == (None, "warming")
    assert readings["quarantine"] == (False, "")


def test_the_styles_make_rare_readings_true() -> None:
    rare = {
        "flash": ("flash", "flash_hold", "fake_wall"),
        "bursty": ("eaten_ask", "iceberg"),
        "moves": ("halt_risk", "quarantine"),
        "halts": ("halted",),
        "emptied": ("collapse_hold",),
        "vwap": ("reclaim_quant",),
    }
    for style, names in rare.items():
        assert seen_in(style, names) == set(names), style


def seen_in(style: str, names: tuple[str, ...]) -> set[str]:
    """Which of the names turn true within a few histories of a style."""
    seen: set[str] = set()
    for seed in range(12):
        rows = history(seed, batches=60, style=style)
        for t in moments(seed, rows, 4):
            readings = reference(rows).readings(t)
            seen.update(name for name in names if readings[name][0] is True)
        if len(seen) == len(names):
            break
    return seen
