"""Prices and size of a blueprint: the worked examples, to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.blueprint import Blueprint, dollars, draft, size_note
from ramstock_tui.core.profile import FeeModel, Profile
from tests.core.lane.lane_script import changed, platform, small_account

SEED = FeeModel("seed_flat", 35, 0)


def drafted(
    profile: Profile,
    bid: int = 120_000,
    ask: int = 120_300,
    tick: int = 100,
    equity_cents: int = 4_000_000,
    phase: int = 3,
    low: bool = False,
    fee: FeeModel = SEED,
) -> Blueprint | None:
    return draft(bid, ask, tick, profile.bracket, profile.size, fee, equity_cents, phase, low)


def shares(blueprint: Blueprint | None) -> int:
    return 0 if blueprint is None else blueprint.shares


def test_the_twelve_dollar_stock_holds_to_the_cent() -> None:
    b = drafted(small_account())
    assert b is not None
    assert (b.entry_e4, b.stop_e4, b.target_e4, b.shares) == (120_400, 119_500, 122_200, 500)
    assert (b.risk_e4, b.reward_e4, b.fees_e4) == (450_000, 900_000, 35_000)
    assert (b.net_target_e4, b.net_stop_e4) == (865_000, -485_000)
    assert (b.break_even_bp, b.null_bp) == (3_593, 2_407)  # 35.9 %, 24.1 %
    assert size_note(b) == "$100/.09=1,111→cap 500"


def test_the_same_quote_under_the_platform_profile() -> None:
    b = drafted(platform())
    assert b is not None
    assert (b.entry_e4, b.stop_e4, b.target_e4, b.shares) == (120_300, 119_100, 122_700, 833)
    assert (b.risk_e4, b.reward_e4) == (999_600, 1_999_200)
    assert size_note(b) == "$100/.12=833"


@pytest.mark.parametrize(
    ("equity_cents", "budget", "under"),
    [(3_000_000, 7_500, 0), (4_000_000, 10_000, 0), (8_000_000, 10_000, 0), (2_999_999, 7_499, 1)],
)
def test_risk_is_a_share_of_equity_and_bounded(equity_cents: int, budget: int, under: int) -> None:
    b = drafted(small_account(), equity_cents=equity_cents)
    assert b is not None
    assert (b.risk_budget_cents, b.under_plan) == (budget, under)
    assert size_note(b).endswith("under plan size") == bool(under)


@pytest.mark.parametrize(("phase", "most"), [(1, 100), (2, 300), (3, 500), (9, 500), (0, 0)])
def test_no_equity_and_no_setting_lifts_the_phase_ceiling(phase: int, most: int) -> None:
    size = changed(small_account().size, share_cap=5_000, risk_max_cents=None)
    huge = drafted(changed(small_account(), size=size), equity_cents=10**10, phase=phase)
    assert shares(huge) == most
    if phase == 1:
        assert huge is not None
        assert huge.cap == "phase"


def test_the_ceiling_holds_where_no_phase_does() -> None:
    size = changed(small_account().size, phase_caps=(), share_cap=5_000)
    assert shares(drafted(changed(small_account(), size=size))) == 600


def test_half_size_of_a_low_confidence_window_is_rounded_after_halving() -> None:
    assert shares(drafted(small_account(), low=True)) == 200
    assert shares(drafted(platform(), low=True)) == 416


def test_below_one_round_lot_there_is_no_trade() -> None:
    wide, wider = (120_000, 123_300), (120_000, 123_400)  # stop .99 and 1.02: 101 and 98 shares
    assert shares(drafted(small_account(), *wide)) == 100
    assert drafted(small_account(), *wider) is None


def test_a_one_cent_spread_keeps_two_to_one_at_the_minimum_stop() -> None:
    b = drafted(small_account(), 120_200, 120_300)
    assert b is not None
    assert (b.entry_e4 - b.stop_e4, b.target_e4 - b.entry_e4) == (400, 800)


def test_half_penny_ticks_are_four_ticks_at_least_and_entry_a_cent_above() -> None:
    b = drafted(small_account(), 120_250, 120_300, tick=50)
    assert b is not None
    assert (b.entry_e4, b.stop_e4, b.target_e4) == (120_400, 120_200, 120_800)


def test_a_price_off_the_tick_is_rounded_against_us() -> None:
    b = drafted(small_account(), 120_000, 120_350)
    assert b is not None
    assert b.entry_e4 == 120_500  # 12.035 + .01 up
    assert b.stop_e4 == 119_400  # 12.05 - .105 down
    assert b.target_e4 == 122_600  # 12.05 + .21


def test_commission_minimum_raises_the_break_even_of_a_hundred_shares() -> None:
    fixed = FeeModel("ibkr_fixed", 50, 10_000)
    b = drafted(small_account(), phase=1, fee=fixed)
    assert b is not None
    assert b.break_even_bp == 4_074  # 40.7 %


@given(
    st.integers(20_000, 200_000), st.integers(1, 50), st.integers(1, 3), st.sampled_from([50, 100])
)
def test_prices_lie_on_the_tick_and_risk_stays_in_budget(
    bid: int, spread_ticks: int, phase: int, tick: int
) -> None:
    bid -= bid % tick
    b = drafted(small_account(), bid, bid + spread_ticks * tick, tick, phase=phase)
    if b is None:
        return
    assert [b.entry_e4 % tick, b.stop_e4 % tick, b.target_e4 % tick] == [0, 0, 0]
    assert b.target_e4 - b.entry_e4 == 2 * (b.entry_e4 - b.stop_e4)
    assert b.risk_e4 <= b.risk_budget_cents * 100
    assert b.shares % 100 == 0
    assert Blueprint.from_body(b.body()).body() == b.body()


def test_prices_read_as_dollars() -> None:
    assert [dollars(x) for x in (120_400, 120_450, 900, -100)] == [
        "12.04",
        "12.0450",
        "0.09",
        "-0.01",
    ]
