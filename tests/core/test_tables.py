"""The names that a configuration may use are those that the engine knows."""

from ramstock_tui.core import gates, metrics, profile


def test_every_metric_that_a_rule_may_name_is_one_that_the_engine_computes() -> None:
    assert set(profile.METRICS) == set(metrics.METRICS)


def test_every_rejection_that_a_profile_may_name_is_one_that_the_engine_tests() -> None:
    assert set(profile.REJECTS) == set(gates.REJECTS)
