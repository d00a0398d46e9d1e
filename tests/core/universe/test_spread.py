"""The mean spread of a minute equals a recount instant by instant."""

from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.spread import LEAST_NS, WINDOW_NS, SpreadMeter

S = 1_000_000_000
quotes = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.one_of(st.none(), st.integers(0, 5)),
        st.one_of(st.none(), st.integers(0, 9)),
    ),
    max_size=40,
)


@given(quotes, st.integers(0, 90))
def test_it_equals_a_recount_second_by_second(steps: list[tuple[int, int, int]], wait: int) -> None:
    meter, ts = SpreadMeter(), 0
    spread_from: dict[int, int | None] = {}
    for gap, bid, ask in steps:
        ts += gap
        meter.quote(ts * S, bid, ask)
        spread_from[ts] = ask - bid if bid and ask and ask >= bid else None
    end = ts + wait
    stood, total, time = None, 0, 0
    for second in range(end):
        stood = spread_from.get(second, stood)
        if second >= end - 60 and stood is not None:
            total, time = total + stood * S, time + S
    assert meter.mean(end * S) == ((total, time) if time >= LEAST_NS else None)


def test_a_value_counts_for_as_long_as_it_stood() -> None:
    meter = SpreadMeter()
    meter.quote(0, 10_000, 10_300)
    meter.quote(45 * S, 10_000, 10_700)
    assert meter.mean(60 * S) == ((300 * 45 + 700 * 15) * S, 60 * S)
    assert meter.mean(105 * S) == (700 * 60 * S, 60 * S)


def test_it_keeps_no_more_than_the_window_needs() -> None:
    meter = SpreadMeter()
    for i in range(10_000):
        meter.quote(i * S, 10_000, 10_100 + i % 7)
    assert len(meter._steps) <= WINDOW_NS // S + 2
