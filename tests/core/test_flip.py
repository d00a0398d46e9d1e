"""The nearest flip: what it says turns the decision, what is smaller does not."""

from itertools import chain

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.flip import RATIO_PARTS, Case, Flip, flips
from ramstock_tui.core.gates import against
from ramstock_tui.core.profile import Profile
from ramstock_tui.core.records import Row
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol
from tests import histories as h
from tests.core.sessions import opened, rules
from tests.host.scenes import warm
from tests.session_writer import ASKS, BIDS, MS, THIN_BIDS, Levels, Script

SMALL = next(each for each in rules().profiles if each.name == "small_account")
FARTHEST = 3_000  # steps that are tried one by one


def steps_of(case: Case, flip: Flip) -> int:
    """The change of a flip in steps of the value's grid."""
    return round(flip.change * RATIO_PARTS) if flip.unit == "ratio" else int(flip.change)


def assert_smallest(case: Case, flip: Flip) -> None:
    """It turns the decision, and no smaller change of that value alone does."""
    k = steps_of(case, flip)
    assert k != 0
    assert case.accepted(case.with_change(flip.value, k)) != case.accepts
    assert flip.to == ("reject" if case.accepts else "accept")
    smaller = range(1, min(abs(k), FARTHEST))
    for j in chain(smaller, (-j for j in smaller)):
        possible = case.values[flip.value] + j * case.step(flip.value) >= 0
        assert not possible or case.accepted(case.with_change(flip.value, j)) == case.accepts, j


def assert_sound(profile: Profile, s: Symbol, t: int) -> tuple[Flip, ...]:
    """The case is the engine's; each flip is the smallest; none is left out; nearest first."""
    found, why = flips(profile, s, t)
    assert bool(found) != bool(why)
    if s.reason(t):
        assert found == ()
        return found
    case = Case(profile, s, t)
    assert case.score_e4(case.values) == Scorer(profile).score(s, t)
    assert tuple(case.against(case.values)) == against(profile, s, t)
    for flip in found:
        assert_smallest(case, flip)
    silent = set(case.values) - {flip.value for flip in found}
    for name in silent:
        for j in (*range(-60, 61), -5_000, 5_000, 100_000):
            assert not reachable(case, name, j), (name, j)
    near = [flip.nearness for flip in found if flip.nearness is not None]
    assert near == sorted(near)
    return found


def reachable(case: Case, name: str, steps: int) -> bool:
    """A value that can be, and that turns the decision."""
    after = case.values[name] + steps * case.step(name)
    least = 1 if name in ("spread", "ask_depth", "bid_depth") else 0
    if steps == 0 or after < least or (name == "spread_tight_for" and steps < 0):
        return False
    if (name == "reclaim" or name in case.codes) and after > 1:
        return False
    return case.accepted(case.with_change(name, steps)) != case.accepts


@pytest.mark.parametrize("style", h.STYLES)
def test_every_flip_is_the_smallest_and_none_is_missing(style: str) -> None:
    rows = h.history(4, batches=70, style=style)
    checked(rows, h.moments(4, rows, 30), SMALL)


@settings(max_examples=25)
@given(h.histories(max_batches=40), st.integers(0, 1000), st.sampled_from((30_000, 50_000, 80_000)))
def test_every_flip_is_the_smallest_under_other_thresholds(
    rows: list[Row], seed: int, need_e4: int
) -> None:
    profile = msgspec.structs.replace(SMALL, min_score_e4=need_e4)
    assume(rows)
    checked(rows, h.moments(seed, rows, 10), profile)


def checked(rows: list[Row], moments: list[int], profile: Profile) -> None:
    engine, at = opened(), 0
    for t in moments:
        upto = next((i for i in range(at, len(rows)) if rows[i][0] > t), len(rows))
        engine.run(3 + at, rows[at:upto])
        at = upto
        engine.tick(t)
        assert_sound(profile, engine.symbols[1], t)


# on the market itself -----------------------------------------------------------------------------
def stood(bids: Levels = BIDS, asks: Levels = ASKS, prints: int = 1) -> tuple[Engine, int]:
    """The book that scores 9 once so many of the prints that are needed have come."""
    script = Script()
    stock = script.stock("FLIP")
    warm(script, stock, "09:31:00", bids, asks)
    if prints:
        stock.trade(prints, px=1203)
    engine = Engine(rules(), observe=True)
    for chunk in script.chunks():
        engine.run(chunk.first_seq, chunk.rows, chunk.blob)
    return engine, script.ts


def found_in(engine: Engine, t: int) -> dict[str, Flip]:
    """Flips of the symbol by value."""
    return {flip.value: flip for flip in assert_sound(SMALL, engine.symbols[1], t)}


def signalled(engine: Engine) -> bool:
    return any(d.kind == "signal" for d in engine.history)


def test_one_print_short_the_flip_is_one_print_and_that_print_brings_the_signal() -> None:
    engine, t = stood(prints=0)
    assert not signalled(engine)
    found, _ = flips(SMALL, engine.symbols[1], t)
    assert (found[0].value, found[0].change, found[0].to) == ("tape_count_3s", 1, "accept")
    assert found[0].text == "tape +1 prints/3s"
    assert signalled(stood(prints=1)[0])


def test_the_flip_of_an_accepted_depth_is_the_share_below_the_gate() -> None:
    engine, t = stood()
    flip = found_in(engine, t)["ask_depth"]
    assert (flip.change, flip.unit, flip.limit, flip.to) == (-201, "shares", 1200, "reject")
    assert flip.text == "ask depth -201 sh"
    # the same book with that many shares less and with one less than that
    assert not signalled(stood(asks=[(1203, 1400 - 201), (1204, 1201), *ASKS[2:]])[0])
    assert signalled(stood(asks=[(1203, 1400 - 200), (1204, 1200), *ASKS[2:]])[0])


def test_the_flip_of_the_spread_is_in_ticks() -> None:
    engine, t = stood()
    flip = found_in(engine, t)["spread"]
    assert (flip.change, flip.unit, flip.to) == (2, "ticks", "reject")
    wider = [(px + 2, size) for px, size in ASKS]
    assert not signalled(stood(asks=wider)[0])
    assert signalled(stood(asks=[(px + 1, size) for px, size in ASKS])[0])


def test_the_flip_of_a_ratio_is_rounded_away_from_zero() -> None:
    engine, t = stood(bids=THIN_BIDS)  # 5,600 : 3,300 = 1.6969...
    flip = found_in(engine, t)["ratio_3"]
    assert (flip.change, flip.unit, flip.limit, flip.to) == (0.81, "ratio", 2.5, "accept")
    assert flip.nearness == pytest.approx(0.81 / 2.5)
    more: Levels = [(1200, 2600 + 2651), *THIN_BIDS[1:]]  # 2.5003
    assert signalled(stood(bids=more)[0])
    assert not signalled(stood(bids=[(1200, 2600 + 2649), *THIN_BIDS[1:]])[0])


def test_the_nearest_flip_has_the_smallest_part_of_its_limit() -> None:
    engine, t = stood()
    found, _ = flips(SMALL, engine.symbols[1], t)
    by_nearness = {flip.value: flip.nearness for flip in found}
    assert by_nearness["ratio_3"] == pytest.approx(0.11 / 2.5)  # 8,600 : 3,300 = 2.606
    assert by_nearness["tape_count_3s"] == pytest.approx(1 / 12)
    assert by_nearness["ask_depth"] == pytest.approx(201 / 1200)
    assert by_nearness["spread"] == pytest.approx(200 / 400)
    assert [flip.value for flip in found][:4] == [
        "ratio_3",
        "tape_count_3s",
        "ask_depth",
        "spread",
    ]


def test_two_faults_leave_no_single_flip_and_the_reason_names_them() -> None:
    engine, t = stood(bids=THIN_BIDS, prints=0)
    found, why = flips(SMALL, engine.symbols[1], t)
    assert found == ()
    assert why == "no single value is enough: score 4 of 8"


def test_a_book_that_is_not_valid_has_no_flip() -> None:
    engine, t = stood()
    found, why = flips(SMALL, engine.symbols[1], t + 2_001 * MS)
    assert (found, why) == ((), "the book is not valid: stale")


def test_a_profile_whose_points_rise_by_degrees_is_said_to_have_no_flip() -> None:
    engine, t = stood()
    step = msgspec.structs.replace(SMALL.rules[0], op="ramp")
    profile = msgspec.structs.replace(SMALL, rules=(step, *SMALL.rules[1:]))
    found, why = flips(profile, engine.symbols[1], t)
    assert (found, why) == ((), "points rise by degrees: no limit of a rule to cross")
