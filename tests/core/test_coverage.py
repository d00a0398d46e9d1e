"""Coverage adds up: deep, on a line, not watched are the whole time of every symbol."""

from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.coverage import Coverage

events = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.sampled_from(("line", "deep", "lost", "feed", "forget")),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=60,
)


@given(events, st.integers(0, 100))
def test_the_states_of_a_symbol_fill_its_time(
    script: list[tuple[int, str, int, bool]], rest: int
) -> None:
    found = Coverage()
    for sym in (1, 2, 3):
        found.declare(10 * sym, sym)
    t = 30
    for gap, what, sym, on in script:
        t += gap
        if what == "feed":
            found.feed(t, on)
        elif what == "forget":
            found.forget(t)
        elif what == "lost":
            found.lost(t, sym)
        else:
            getattr(found, what)(t, sym, on)
    t += rest
    for sym in (1, 2, 3):
        assert sum(found.watches[sym].at(t)) == t - 10 * sym
    assert sum(found.share(t)) == 3 * t - 60


def test_a_slot_counts_as_deep_and_only_while_data_come() -> None:
    found = Coverage()
    found.declare(0, 1)
    found.line(10, 1, True)
    found.deep(20, 1, True)
    found.feed(30, True)
    found.feed(35, False)
    found.deep(40, 1, False)
    assert found.watches[1].at(50) == (15, 20, 15)
    assert found.share(50).deep_bp == 3_000
