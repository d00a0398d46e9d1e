"""Fee models by date, and what they make of the trade of the worked example (A.6-4)."""

import msgspec
import pytest

from ramstock_tui import settings
from ramstock_tui.core.blueprint import Blueprint, draft
from ramstock_tui.core.pnl import buy_fee_e4, fee_row, open_net_e4, sell_fee_e4
from ramstock_tui.core.profile import FeeModel
from tests.core.lane.lane_script import small_account
from tests.core.sessions import rules

TODAY = 20261123


def fees(name: str, date: int = TODAY) -> FeeModel:
    return fee_row(rules().fees, name, date)


def card(model: FeeModel, phase: int = 3) -> Blueprint:
    """The $12 stock: entry 12.04, stop 11.95, target 12.22; 500 shares in phase 3, 100 in 1."""
    profile = small_account()
    b = draft(120_000, 120_300, 100, profile.bracket, profile.size, model, 4_000_000, phase, False)
    assert b is not None
    return b


def at_stop(b: Blueprint) -> int:
    return -b.net_stop_e4 - b.risk_e4


def test_500_shares_tiered_cost_5_42_at_the_target_and_6_92_at_the_stop() -> None:
    b = card(fees("ibkr_tiered"))
    # 2 x 1.75 + 1.50 taken once + .20 clearing + .0975 TAF + 20.60 a million of 6,110 dollars
    assert b.fees_e4 == 35_000 + 15_000 + 2_000 + 975 + 1_259
    # taken twice; 20.60 a million of 5,975 dollars
    assert at_stop(b) == 35_000 + 30_000 + 2_000 + 975 + 1_231
    assert (b.net_target_e4, b.net_stop_e4) == (900_000 - 54_234, -450_000 - 69_206)


def test_500_shares_fixed_cost_5_dollars_and_what_the_law_takes() -> None:
    b = card(fees("ibkr_fixed"))
    assert b.fees_e4 == 50_000 + 975 + 1_259
    assert at_stop(b) == 50_000 + 975 + 1_231


@pytest.mark.parametrize(("name", "break_even"), [("ibkr_tiered", 3_593), ("ibkr_fixed", 4_074)])
def test_100_shares_break_even_at_35_9_and_40_7_percent_of_wins(name: str, break_even: int) -> None:
    """The broker's own part: its commission with the minimum of an order."""
    row = fees(name)
    own = FeeModel(name, row.per_share_e4, row.min_order_e4)
    assert card(own, phase=1).break_even_bp == break_even
    assert card(row, phase=1).break_even_bp > break_even


def test_the_seed_costs_3_50_whatever_happens() -> None:
    b = card(fees("seed_flat"))
    assert (b.fees_e4, at_stop(b), b.break_even_bp) == (35_000, 35_000, 3_593)


@pytest.mark.parametrize(
    ("date", "taf", "sec"),
    [
        (20240522, 16_600, 2_780),
        (20250513, 16_600, 2_780),
        (20250514, 16_600, 0),
        (20251231, 16_600, 0),
        (20260101, 19_500, 0),
        (20260403, 19_500, 0),
        (20260404, 19_500, 2_060),
        (20991231, 19_500, 2_060),  # no later row is known: the newest one
    ],
)
@pytest.mark.parametrize("name", ["ibkr_tiered", "ibkr_fixed"])
def test_the_newest_row_that_is_not_later_holds(name: str, date: int, taf: int, sec: int) -> None:
    row = fees(name, date)
    assert (row.taf_e8, row.sec_cents) == (taf, sec)


def test_before_the_first_row_and_for_an_unknown_model_it_says_what_is_missing() -> None:
    with pytest.raises(
        ValueError, match="'ibkr_fixed' begins on 2024-05-22, the session is 2024-05-21"
    ):
        fees("ibkr_fixed", 20240521)
    with pytest.raises(ValueError, match="'free' has no table"):
        fees("free")


def test_the_bound_of_one_percent_beats_the_minimum() -> None:
    row = fees("ibkr_fixed", 20260101)
    assert buy_fee_e4(row, 10, 10 * 2_000) == 200  # 2 dollars of value: 2 cents
    assert buy_fee_e4(row, 100, 100 * 100_000) == 10_000
    assert buy_fee_e4(row, 200, 200 * 100_000) == 10_000
    assert buy_fee_e4(row, 201, 201 * 100_000) == 10_050


def test_the_activity_fee_is_rounded_up_and_bounded() -> None:
    row = FeeModel("x", 0, 0, taf_e8=19_500, taf_max_e4=97_900)
    assert sell_fee_e4(row, 1, 100_000, takes=True) == 2  # 1.95
    assert sell_fee_e4(row, 50_205, 1, takes=True) == 97_900
    assert buy_fee_e4(row, 100, 1) == 0


def test_an_open_position_is_marked_with_the_fees_of_leaving_at_the_bid() -> None:
    row = fees("ibkr_tiered")
    worth, cost = 500 * 120_000, 500 * 120_300
    paid = buy_fee_e4(row, 500, cost) + sell_fee_e4(row, 500, worth, takes=True)
    assert open_net_e4(row, 120_000, 500, cost) == worth - cost - paid


def test_a_flat_model_is_written_as_it_always_was() -> None:
    assert msgspec.to_builtins(fees("seed_flat")) == {
        "name": "seed_flat", "per_share_e4": 35, "min_order_e4": 0,
    }  # fmt: skip
    plain = settings.resolved(rules())
    assert settings.rules_from(plain) == rules()
