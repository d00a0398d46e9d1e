"""Depth slots: dwell, hysteresis, cool-off, wishes, and what is pending keeps its own."""

from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.slots import COOL_NS, DWELL_NS, LEAD_E4, S1, SlotPlan

SYMS = range(1, 9)
ranks = st.dictionaries(st.sampled_from(SYMS), st.integers(0, 120_000), min_size=1)
steps = st.lists(
    st.tuples(
        st.integers(1, 40),  # seconds since the step before
        ranks,
        st.sets(st.sampled_from(SYMS), max_size=2),  # busy
        st.integers(0, 4),  # capacity
        st.none() | st.sampled_from(SYMS),  # asked for
    ),
    max_size=40,
)


def played(script: list[tuple[int, dict[int, int], set[int], int, int | None]]) -> None:
    plan = SlotPlan()
    t = 1_000 * S1
    shown: set[int] = set()
    opened: dict[int, int] = {}
    for seconds, found, busy, capacity, wish in script:
        t += seconds * S1
        if wish is not None:
            plan.request(t, wish)
        before = set(plan.opened)
        for change in plan.step(t, found, busy, capacity):
            if change.closed:
                shown.discard(change.closed)
                left = change.closed not in found or len(before) > capacity
                assert left or change.closed not in busy, "what is pending keeps its slot"
                assert left or t - opened[change.closed] >= DWELL_NS
            if change.opened:
                shown.add(change.opened)
                opened[change.opened] = t
        assert shown == set(plan.opened), "every change is told"
        assert len(plan.opened) <= capacity
        assert set(plan.opened) <= set(found)
        assert len(plan.opened) == min(capacity, len(found)), "no slot lies idle"


@given(steps)
def test_slots_follow_their_rules_whatever_comes(
    script: list[tuple[int, dict[int, int], set[int], int, int | None]],
) -> None:
    played(script)


def full(t: int) -> SlotPlan:
    plan = SlotPlan()
    plan.step(t, {1: 50_000, 2: 40_000, 3: 30_000}, (), 3)
    return plan


def test_a_challenger_waits_for_the_dwell_and_must_be_ahead() -> None:
    t = 1_000 * S1
    plan = full(t)
    better = {1: 50_000, 2: 40_000, 3: 30_000, 4: 30_000 + LEAD_E4}
    assert plan.step(t + DWELL_NS - 1, better, (), 3) == []
    (change,) = plan.step(t + DWELL_NS, better, (), 3)
    assert (change.closed, change.opened) == (3, 4)


def test_a_challenger_that_is_not_ahead_waits_until_waiting_counts_enough() -> None:
    t = 1_000 * S1
    plan = full(t)
    equal = {1: 30_000, 2: 30_000, 3: 30_000, 4: 30_000}
    assert plan.step(t + DWELL_NS, equal, (), 3) == []
    changes = plan.step(t + DWELL_NS + 60 * S1, equal, (), 3)
    assert [change.opened for change in changes] == [4]


def test_who_lost_a_slot_cools_off_unless_asked_for() -> None:
    t = 1_000 * S1
    plan = full(t)
    t += DWELL_NS
    plan.step(t, {1: 50_000, 2: 40_000, 3: 0, 4: 90_000}, (), 3)
    hot = {1: 0, 2: 0, 3: 120_000, 4: 90_000}
    assert plan.step(t + COOL_NS - 1, hot, (), 3) == []
    plan.request(t + COOL_NS - 1, 3)
    (change,) = plan.step(t + COOL_NS - 1, hot, (), 3)
    assert change.opened == 3
    assert change.why == "asked for"


def test_a_wish_takes_no_slot_from_what_is_pending() -> None:
    t = 1_000 * S1
    plan = full(t)
    plan.request(t, 4)
    found = {1: 0, 2: 0, 3: 0, 4: 0}
    assert plan.step(t + 2 * DWELL_NS, found, {1, 2, 3}, 3) == []


def test_a_symbol_that_has_a_slot_needs_none() -> None:
    assert not full(1_000 * S1).request(1_001 * S1, 1)


def test_among_equals_everybody_gets_a_turn() -> None:
    plan, t = SlotPlan(), 1_000 * S1
    equal = dict.fromkeys(range(1, 21), 50_000)
    seen: set[int] = set()
    for _ in range(40 * 60):
        plan.step(t, equal, (), 3)
        seen |= set(plan.opened)
        t += S1
    assert seen == set(equal)


def test_a_measured_outcome_gives_its_slot_to_a_wish_and_to_a_card_but_not_to_rank() -> None:
    """1 has the only slot and is no longer worth it, 2 is far ahead."""
    t, ranks = 1_000 * S1, {1: 0, 2: 90_000}

    def after(plan: SlotPlan, busy: set[int]) -> set[int]:
        plan.step(t + DWELL_NS, ranks, busy, 1, {1})
        return set(plan.opened)

    def given() -> SlotPlan:
        plan = SlotPlan()
        plan.step(t, {1: 90_000}, (), 1)
        return plan

    assert after(given(), set()) == {1}
    assert after(given(), {2}) == {2}
    wished = given()
    wished.request(t + DWELL_NS, 2)
    assert after(wished, set()) == {2}
    later = given()
    later.step(t + DWELL_NS, ranks, (), 1, ())
    assert set(later.opened) == {2}
