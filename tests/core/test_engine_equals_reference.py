"""The tuned engine against its plain twin: every reading, the score and the rejections."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core.gates import against
from ramstock_tui.core.profile import REJECTS, Gates, Profile
from ramstock_tui.core.readings import readings
from ramstock_tui.core.records import Row
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol
from tests import histories as h
from tests.core.sessions import opened, rules
from tests.reference import Reference
from tests.reference import rejects as plain_rejects
from tests.reference import score as plain_score


def assert_same_market(rows: list[Row], moments: list[int]) -> None:
    """At every moment: the same readings with the same reasons, score and rejections."""
    engine, plain = opened(), Reference(h.session(), h.symbol(), rows)
    scorers = [Scorer(profile) for profile in (*rules().profiles, *strict())]
    at = 0
    for t in moments:
        upto = at
        while upto < len(rows) and rows[upto][0] <= t:
            upto += 1
        engine.run(3 + at, rows[at:upto])
        at = upto
        symbol = engine.symbols[1]
        expected = plain.readings(t)
        found = readings(symbol, t, engine.rules.profiles)
        assert set(expected) == set(found)
        wrong = {k: (v, expected[k]) for k, v in found.items() if not _same(v, expected[k])}
        assert not wrong, t
        for scorer in scorers:
            assert_same_verdict(scorer, symbol, t, expected)


def assert_same_verdict(
    scorer: Scorer, symbol: Symbol, t: int, expected: dict[str, tuple[Any, str]]
) -> None:
    """The same score, the same answer of its short cuts, the same gates and rejections."""
    profile = scorer.profile
    score = plain_score(profile, expected)[0]
    assert scorer.score(symbol, t) == score, (profile.name, t)
    if not symbol.reason(t):
        assert scorer.near(symbol, t) == (2 * score >= scorer.threshold_e4), (profile.name, t)
        reached = score >= scorer.threshold_e4
        assert scorer.trigger(symbol, t) == (score if reached else -1), (profile.name, t)
        assert against(profile, symbol, t) == plain_rejects(profile, expected), (profile.name, t)


def strict() -> tuple[Profile, ...]:
    """Every profile with what its configuration may ask for besides."""
    gates = Gates(spread_max_e4=600, spread_inclusive=True, ask_depth_min=300, vwap_within_e4=200)
    return tuple(
        msgspec.structs.replace(
            profile, heatmap="required", rejects=REJECTS, gates=gates, min_score_e4=20_000
        )
        for profile in rules().profiles
    )


def _same(found: tuple[Any, str], expected: tuple[Any, str]) -> bool:
    """Integers, booleans, reasons to the last unit; ratios to 1e-12."""
    value, other = found[0], expected[0]
    close = isinstance(value, float) and other is not None and math.isclose(value, other)
    return found[1] == expected[1] and (value == other or close)


@pytest.mark.parametrize("style", h.STYLES)
def test_every_reading_equals_a_recount_in_every_style_of_market(style: str) -> None:
    rows = h.history(7, batches=60, style=style)
    assert_same_market(rows, h.moments(7, rows, 25))


@settings(max_examples=12)
@given(h.histories(max_batches=40), st.integers(0, 1000))
def test_every_reading_equals_a_recount_on_random_histories(rows: list[Row], seed: int) -> None:
    assert_same_market(rows, h.moments(seed, rows, 12))
