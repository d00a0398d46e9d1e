"""Lag and round trip suspend alerts, and a clean feed gives them back (D-23)."""

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from tests import histories as h
from tests.core.sessions import opened

START = h.OPEN_NS
HALF_S = 500 * h.MS


def sampled(samples: list[tuple[int, int]]) -> tuple[Engine, int]:
    """An engine after (lag ms, round trip ms) samples each 500 ms, and the time of the last."""
    engine, ts = opened(), START
    for i, (lag_ms, rtt_ms) in enumerate(samples):
        ts = START + i * HALF_S
        engine.run(3 + i, [(ts, 0, r.HEALTH, r.LAST, lag_ms, rtt_ms, 0)])
    return engine, ts


def suspended(samples: list[tuple[int, int]]) -> str:
    return sampled(samples)[0].acting.suspended


@pytest.mark.parametrize(
    ("lag_ms", "count", "reason"),
    [(501, 11, "lag"), (501, 10, ""), (500, 60, "")],
)
def test_lag_above_500_ms_suspends_after_5_s(lag_ms: int, count: int, reason: str) -> None:
    assert suspended([(lag_ms, 10)] * count) == reason


def test_one_good_sample_starts_the_5_s_again() -> None:
    assert suspended([(501, 10)] * 10 + [(500, 10)] + [(501, 10)] * 10) == ""


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([1_001, 1_002], "round_trip"),
        ([1_001, 1_000], ""),
        ([1_001, 900, 1_001], ""),
        ([1_001] * 10, ""),  # one answer, sampled ten times in 4.5 s
        ([1_001] * 11, "round_trip"),  # the next one was as slow
    ],
)
def test_two_slow_answers_on_end_suspend(answers: list[int], reason: str) -> None:
    assert suspended([(10, rtt_ms) for rtt_ms in answers]) == reason


def test_every_lane_is_suspended() -> None:
    engine, _ = sampled([(900, 10)] * 11)
    assert {lane.suspended for lane in engine.lanes} == {"lag"}


def test_alerts_come_back_10_s_after_the_first_clean_sample_and_not_before() -> None:
    engine, ts = sampled([(900, 10)] * 11 + [(10, 10)])
    engine.tick(ts + 10 * h.NS - 1)
    assert engine.acting.suspended == "lag"
    engine.tick(ts + 10 * h.NS)
    assert engine.acting.suspended == ""


def test_a_bad_sample_in_the_clean_time_starts_it_again() -> None:
    engine, ts = sampled([(900, 10)] * 11 + [(10, 10)] * 10 + [(600, 10)] + [(10, 10)])
    engine.tick(ts + 10 * h.NS - 1)
    assert engine.acting.suspended == "lag"
    engine.tick(ts + 10 * h.NS)
    assert engine.acting.suspended == ""


def test_a_feed_that_is_down_stays_suspended_though_its_health_is_clean() -> None:
    engine, ts = sampled([(900, 10)] * 11)
    rows = [
        (ts + 1, 0, r.FEED, r.LAST, 0, 0, r.FEED_DOWN),
        (ts + 2, 0, r.HEALTH, r.LAST, 10, 10, 0),
    ]
    engine.run(14, rows)
    engine.tick(ts + 60 * h.NS)
    assert engine.acting.suspended == "down"
    engine.run(16, [(ts + 61 * h.NS, 0, r.FEED, r.LAST, 0, 0, r.FEED_UP)])
    engine.tick(ts + 71 * h.NS)
    assert engine.acting.suspended == ""
