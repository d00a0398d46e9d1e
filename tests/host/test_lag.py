"""The latency record against plain sorting."""

import random

import pytest

from ramstock_tui.host.lag import TURN, Lag

MS = 1_000_000


def filled(samples: list[int]) -> Lag:
    lag = Lag()
    for ns in samples:
        lag.add(ns)
    return lag


def test_without_a_sample_everything_is_zero() -> None:
    assert Lag().snapshot() == {"count": 0, "p50_ms": 0, "p99_ms": 0, "max_ms": 0}
    assert Lag().recent_p99_ms() == 0


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_at_most_a_sixteenth_above_the_sorted_ones(seed: int) -> None:
    chance = random.Random(seed)
    samples = [int(10 ** chance.uniform(0, 10)) for _ in range(5_000)]
    found = filled(samples).snapshot()
    samples.sort()
    assert found["count"] == 5_000
    assert found["max_ms"] == samples[-1] / MS
    for name, at in (("p50_ms", 2_499), ("p99_ms", 4_949)):
        assert samples[at] <= found[name] * MS <= samples[at] * 17 / 16 + 1


@pytest.mark.parametrize("ns", [0, 1, 15, 16, 31, 32, 33, 1_000, 12_345_678, (1 << 62) - 1])
def test_a_single_sample_is_itself(ns: int) -> None:
    assert filled([ns]).snapshot()["p99_ms"] == ns / MS


def test_an_early_portion_counts_as_no_delay() -> None:
    assert filled([-5_000]).snapshot() == {"count": 1, "p50_ms": 0, "p99_ms": 0, "max_ms": 0}


def test_the_recent_figure_forgets_and_the_snapshot_does_not() -> None:
    lag = filled([50 * MS] * TURN + [2 * MS] * 2 * TURN)
    assert lag.recent_p99_ms() == 3  # 2 ms, at most a sixteenth above it, rounded up
    assert lag.snapshot()["p99_ms"] == 50
