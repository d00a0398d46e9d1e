"""What is explained is what the naive twin finds, and explaining changes nothing."""

import math
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.explain import Explanation, Limit, explain
from ramstock_tui.core.profile import Profile
from ramstock_tui.core.readings import BOOK, OTHER
from ramstock_tui.core.records import LAST, RESUMED, Row
from ramstock_tui.core.units import UNITS
from ramstock_tui.feeds.lobster import ImportStats, read
from ramstock_tui.host.drive import Direct, Driver
from tests import histories as h
from tests.core.sessions import opened, rules
from tests.host.scenes import morning
from tests.reference import Reference
from tests.reference import rejects as plain_rejects
from tests.reference import score as plain_score
from tests.reference.scene import calm
from tests.session_writer import S

SMALL = "small_account"


def small() -> Profile:
    """The profile that the tests look at."""
    return next(each for each in rules().profiles if each.name == SMALL)


def explained(rows: list[Row], moments: list[int]) -> list[Explanation]:
    """One engine that stands at each of the moments in turn."""
    engine, found, at = opened(), [], 0
    for t in moments:
        upto = at
        while upto < len(rows) and rows[upto][0] <= t:
            upto += 1
        engine.run(3 + at, rows[at:upto])
        engine.tick(t)
        at = upto
        found.append(explain(engine, engine.symbols[1], t))
    return found


def assert_equals_twin(rows: list[Row], moments: list[int]) -> None:
    plain, profile = Reference(h.session(), h.symbol(), rows), small()
    for told in explained(rows, moments):
        expected = plain.readings(told.at_ns)
        assert set(told.readings) <= set(expected)
        for name, reading in told.readings.items():
            value, reason = expected[name]
            assert reading.reason == (reason or None), name
            assert _same(reading.value, value), name
        view = told.profiles[SMALL]
        score, parts = plain_score(profile, expected)
        assert round(view.score * 10_000) == score
        assert [round(rule.points * 10_000) for rule in view.rules] == [p.points_e4 for p in parts]
        if view.rejects != ("size",):
            assert view.rejects == plain_rejects(profile, expected), told.at_ns
            assert sorted(c for gate in view.gates for c in gate.codes) == list(view.rejects)
        tested = [gate.gate for gate in view.gates if gate.passed is not None]
        assert ("spread_gate" in tested) == ("iceberg" in tested) == expected["book_valid"][0]


def _same(found: Any, expected: Any) -> bool:
    """Integers, booleans and texts are equal, ratios to 1e-9."""
    if isinstance(found, float) and expected is not None:
        return math.isclose(found, expected, rel_tol=1e-9)
    return type(found) is type(expected) and bool(found == expected)


@pytest.mark.parametrize("style", h.STYLES)
def test_values_reasons_score_and_rejections_are_those_of_a_recount(style: str) -> None:
    rows = h.history(23, batches=50, style=style)
    assert_equals_twin(rows, h.moments(23, rows, 15))


@settings(max_examples=8)
@given(h.histories(max_batches=30), st.integers(0, 1000))
def test_values_and_reasons_are_those_of_a_recount_on_random_histories(
    rows: list[Row], seed: int
) -> None:
    assert_equals_twin(rows, h.moments(seed, rows, 8))


@pytest.mark.parametrize("away_ns", [-1, 0, 1, 3_000_000_000])
def test_given_an_instant_on_an_event_then_the_event_counts_and_a_later_one_does_not(
    away_ns: int,
) -> None:
    rows = h.history(3, batches=30, style="quiet")
    times = h.batch_times(rows)
    assert_equals_twin(rows, sorted({ts + away_ns for ts in times[1::3]}))
    (told,) = explained(rows, [times[7] + away_ns])
    assert told.seq == 2 + sum(row[0] <= times[7] + away_ns for row in rows)


def test_a_symbol_without_a_record_has_no_book_and_a_cold_tape() -> None:
    rows = h.history(3, batches=5, style="quiet")
    assert_equals_twin(rows, [rows[0][0] - 90_000_000_000, rows[0][0] - 1])
    (told,) = explained(rows, [rows[0][0] - 1])
    assert told.readings["book_reason"].value == "no_book"
    assert told.readings["tape_count_3s"].reason == "warming"


def test_after_a_restart_the_tape_is_cold_until_the_next_record() -> None:
    rows = h.history(9, batches=40, style="quiet")
    t = rows[-1][0] + 1_000_000_000
    again = h.history(9, batches=9, style="quiet")
    away = t + 7_000_000_000 - again[0][0]
    later: list[Row] = [(row[0] + away, *row[1:]) for row in again]
    rows = [*rows, (t, 0, RESUMED, LAST, 0, 0, 0), *later]
    assert_equals_twin(rows, [t, t + 6_000_000_000, later[0][0], later[-1][0]])


@pytest.mark.parametrize("first", ["09:30:00", "10:00:00"])
def test_values_and_reasons_are_those_of_a_recount_on_real_order_flow(
    shared: Path, first: str
) -> None:
    stem = {"09:30:00": "34200000_34500000", "10:00:00": "36000000_37800000"}[first]
    message, orderbook = (
        shared / "data" / "lobster" / f"MSFT_2012-06-21_{stem}_{name}.csv.zst"
        for name in ("message_50", "orderbook_10")
    )
    batches = read(message, orderbook, h.MIDNIGHT_NS, 1, skip_bad=False, stats=ImportStats())
    rows = [row for batch in islice(batches, 400) for row in batch]
    assert_equals_twin(rows, h.moments(1, rows, 6))


def test_every_reading_that_exists_has_a_unit_and_every_name_of_the_table_too() -> None:
    names = {*BOOK, *OTHER, "reclaim_small_account"}
    assert names <= set(UNITS)
    assert all(UNITS.values())


def test_a_value_has_no_reason_and_none_has_one() -> None:
    rows = h.history(5, batches=40, style="gaps")
    for told in explained(rows, h.moments(5, rows, 20)):
        for name, reading in told.readings.items():
            assert (reading.value is None) == (reading.reason is not None), name


def run_of_the_morning(every_ns: int) -> tuple[Engine, list[Explanation]]:
    """The scripted morning; every symbol explained so often, 0 = never."""
    engine = Engine(rules(), observe=bool(every_ns))
    driver, told, due = Driver(Direct(engine), "all"), [], 0
    for chunk in morning().chunks(100):
        due = due or chunk.rows[0][0] + every_ns
        while every_ns and chunk.rows and due < chunk.rows[-1][0]:
            head, chunk = chunk.split(due + 1)
            driver.feed(head)
            driver.tick(due)
            told += [explain(engine, s, due) for s in engine.symbols.values() if s.last_ts]
            due += every_ns
        driver.feed(chunk)
    driver.tick(engine.link_ts)
    return engine, told


def test_explaining_changes_no_decision() -> None:
    silent, _ = run_of_the_morning(0)
    asked, told = run_of_the_morning(17 * S + 123_456_789)
    assert len(told) > 500
    assert [d.hashed() for d in asked.history] == [d.hashed() for d in silent.history]


def test_what_forbids_a_signal_is_all_of_throttles_and_locks() -> None:
    engine, told = run_of_the_morning(31 * S)
    seen: set[str] = set()
    for each in told:
        view = each.profiles[SMALL]
        limits = (*view.throttles, *view.locks)
        codes = [code for limit in limits for code in limit.codes]
        assert len(codes) == len(set(codes))
        assert all(limit.passed != bool(limit.codes) for limit in limits)
        seen |= set(codes)
    assert {"cooloff", "hourly", "window"} <= seen
    s = engine.symbols[1]
    view = explain(engine, s, s.last_ts).profiles[SMALL]
    codes = [code for limit in (*view.throttles, *view.locks) for code in limit.codes]
    assert tuple(sorted(codes)) == engine.acting.blockers(s.last_ts, s.ticker)


def test_profiles_of_other_lanes_are_explained_beside_the_acting_one_or_alone() -> None:
    both = msgspec.structs.replace(
        rules(),
        profiles=(
            small(),
            msgspec.structs.replace(small(), name="wide", min_score_e4=30_000),
        ),
    )
    engine = Engine(both, observe=True)
    for chunk in morning().chunks():
        engine.run(chunk.first_seq, chunk.rows, chunk.blob)
    s = engine.symbols[1]
    told = explain(engine, s, s.last_ts)
    assert [(name, view.acting) for name, view in told.profiles.items()] == [
        (SMALL, True),
        ("wide", False),
    ]
    assert (told.profiles["wide"].threshold, told.profiles[SMALL].threshold) == (3.0, 8.0)
    alone = explain(engine, s, s.last_ts, ("wide",))
    assert alone.profiles == {"wide": told.profiles["wide"]}
    assert {"reclaim_small_account", "reclaim_wide"} <= set(alone.readings)


def test_locks_show_what_is_used_of_what() -> None:
    engine, _ = run_of_the_morning(0)
    s = engine.symbols[1]
    locks = {limit.name: limit for limit in explain(engine, s, s.last_ts).profiles[SMALL].locks}
    lane = engine.acting
    net = lane.state.net_e4 + lane.open_net_e4
    assert net != 0
    assert locks["soft_lock"] == Limit("soft_lock", True, (), net, -4_000_000, "usd_e4")
    assert locks["hard_lock"].limit == -6_000_000


def test_every_profile_is_explained_with_what_it_wants_confirmed() -> None:
    tables = tuple(
        msgspec.structs.replace(
            table,
            heatmap="required",
            gates=msgspec.structs.replace(table.gates, vwap_within_e4=200),
        )
        for table in rules().profiles
    )
    engine = opened()
    for table, (lane, scorer) in zip(tables, engine.scorers, strict=True):
        lane.profile = scorer.profile = table
    rows = calm().rows()
    engine.run(3, rows)
    found = explain(engine, engine.symbols[1], rows[-1][0])
    assert set(found.profiles) == {"platform", "quant", "small_account"}
    for view in found.profiles.values():
        stand = {gate.gate for gate in view.gates if gate.passed is False}
        assert stand >= {"vwap_gate", "heatmap"}
        assert stand <= set(view.rejects)
