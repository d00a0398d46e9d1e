"""The tuned engine against its plain twin: every reading, the score and the rejections."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core.gates import against
from ramstock_tui.core.readings import readings
from ramstock_tui.core.records import Row
from ramstock_tui.core.score import Scorer
from tests import histories as h
from tests.core.sessions import opened, rules
from tests.reference import Reference
from tests.reference import rejects as plain_rejects
from tests.reference import score as plain_score

# reclaims of profiles that this configuration does not have
NOT_YET = frozenset(["reclaim_quant", "reclaim_platform"])


def assert_same_market(rows: list[Row], moments: list[int]) -> None:
    """At every moment: the same readings with the same reasons, score and rejections."""
    engine, plain = opened(), Reference(h.session(), h.symbol(), rows)
    profile = rules().profiles[0]
    scorer = Scorer(profile)
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
        assert set(expected) - set(found) == NOT_YET
        wrong = {k: (v, expected[k]) for k, v in found.items() if not _same(v, expected[k])}
        assert not wrong, t
        assert scorer.score(symbol, t) == plain_score(profile, expected)[0], t
        if not symbol.reason(t):
            assert against(profile, symbol, t) == plain_rejects(profile, expected), t


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
