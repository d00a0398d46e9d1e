"""Intervals, error rates and the phase gate at the values of the worked examples."""

import pytest

from ramstock_tui.core.evidence import (
    Evidence,
    abort_sentence,
    aborts,
    advances,
    at_most,
    conditions,
    drawdown_e4,
    false_alarm,
    missed_alarm,
    trades_to_tell,
    wilson,
)

EARNED = Evidence(signals=50, wins=30, label_net_e4=0, days=14)
EARNED_2 = Evidence(trading_days=10, net_e4=4_000_000, weeks=2, days=14)


@pytest.mark.parametrize(
    ("wins", "n", "low", "high"),
    [
        (30, 50, 46.2, 72.4),
        (27, 50, 40.4, 67.0),
        (60, 100, 50.2, 69.1),
        (180, 300, 54.4, 65.4),
        (360, 600, 56.0, 63.8),
    ],
)
def test_the_interval_of_a_win_rate(wins: int, n: int, low: float, high: float) -> None:
    found = wilson(wins, n)
    assert (round(100 * found[0], 1), round(100 * found[1], 1)) == (low, high)


def test_an_interval_without_trades_or_at_the_ends() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1)


def test_the_error_rates_of_the_rule_itself() -> None:
    assert (round(100 * false_alarm()), round(100 * missed_alarm())) == (23, 24)
    assert at_most(50, 50, 0.6) == pytest.approx(1)
    assert trades_to_tell(0.60, 0.55) == 606


@pytest.mark.parametrize(
    ("wins", "n", "ends"),
    [
        *((27, 50, True), (28, 50, False), (26, 49, False), (0, 49, False), (54, 100, True)),
        *((55, 100, False), (28, 51, True), (330, 600, False), (329, 600, True)),
    ],
)
def test_monitor_only_below_55_per_cent_from_50_signals_on(wins: int, n: int, ends: bool) -> None:
    assert aborts(Evidence(signals=n, wins=wins)) is ends


def test_the_sentence_names_the_rate_and_both_error_rates() -> None:
    said = abort_sentence(Evidence(signals=50, wins=27))
    assert said == (
        "monitor only: 27 wins of 50 signals (54.0 % [40-67]) are below 55 %, no edge shown; after "
        "50 signals a true 60 % system looks like this 23 % of the time, and a true 50 % system "
        "passes 24 % of the time"
    )


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"signals": 49}, False),
        ({"wins": 29}, False),
        ({"label_net_e4": -1}, False),
        ({"days": 13}, False),
        ({"signals": 51, "wins": 31}, True),
        ({"signals": 51, "wins": 30}, False),
    ],
)
def test_phase_2_at_its_exact_limits(change: dict[str, int], holds: bool) -> None:
    assert advances(1, EARNED._replace(**change)) is holds


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"trading_days": 9}, False),
        ({"net_e4": 3_999_999}, False),
        ({"weeks": 3}, False),
        ({"weeks": 3, "net_e4": 6_000_000}, True),
        ({"days": 13}, False),
        ({"signals": 50, "wins": 27}, False),
    ],
)
def test_phase_3_at_its_exact_limits(change: dict[str, int], holds: bool) -> None:
    assert advances(2, EARNED_2._replace(**change)) is holds


def test_nothing_leads_out_of_monitor_only_or_beyond_phase_3() -> None:
    everything = Evidence(1_000, 1_000, 10**9, 100, 10**9, 10, 100)
    assert [advances(phase, everything) for phase in (0, 3)] == [False, False]
    assert conditions(3, everything) == ()


@pytest.mark.parametrize(
    ("nets", "deepest"),
    [([], 0), ([5, 5], 0), ([-3], 3), ([10, -4, -4, 5, -20], 23), ([-1, -2, 10, -3], 3)],
)
def test_the_drawdown_counts_from_the_peak(nets: list[int], deepest: int) -> None:
    assert drawdown_e4(nets) == deepest
