"""Steps between two images of a book, and the clock, without a network."""

from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.gateway import depth
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.depth import DELETE, INSERT, DepthRow, Step
from ramstock_tui.gateway.wire import px_text

LEVELS = st.dictionaries(
    st.integers(1, 30).map(lambda cents: 100_000 + 100 * cents), st.integers(1, 5_000), max_size=14
)


def applied(rows: list[DepthRow], found: list[Step], most: int = 0) -> list[DepthRow]:
    """What a client makes of them; most: a row beyond falls off, 0 = none may come."""
    rows = list(rows)
    for position, op, row in found:
        if op == INSERT:
            assert position <= len(rows)
            rows.insert(position, row)
        elif op == DELETE:
            del rows[position]
        else:
            rows[position] = row
        if most:
            del rows[most:]
    return rows


def image(levels: dict[int, int], count: int, smart: bool) -> list[DepthRow]:
    split = depth.venue_rows if smart else depth.level_rows
    return split(sorted(levels.items()), count)


@given(LEVELS, LEVELS, st.integers(1, 20), st.booleans())
def test_every_style_leads_from_one_image_to_the_next(
    old: dict[int, int], new: dict[int, int], count: int, smart: bool
) -> None:
    before, after = image(old, count, smart), image(new, count, smart)
    shifts = depth.steps(before, after)
    assert applied(before, shifts) == after
    assert applied(before, depth.steps(before, after, count), count) == after
    assert applied(before, depth.overwrites(before, after)) == after
    held = len(before)
    for _, op, _ in shifts:
        held += (op == INSERT) - (op == DELETE)
        assert held <= count


@given(LEVELS)
def test_the_exchanges_of_a_price_add_up_to_its_size(levels: dict[int, int]) -> None:
    rows = depth.venue_rows(sorted(levels.items()), 1_000)
    sums: dict[int, int] = {}
    for px, size, _ in rows:
        assert size > 0
        sums[px] = sums.get(px, 0) + size
    assert sums == levels
    assert len({(px, venue) for px, _, venue in rows}) == len(rows)


@given(st.integers(-(10**9), 10**9))
def test_prices_are_written_exactly(e4: int) -> None:
    assert round(float(px_text(e4)) * 10_000) == e4


def test_the_clock_stands_until_it_starts_and_then_runs_at_its_speed() -> None:
    mono = [5_000]
    clock = EventClock(1_000_000, 4.0, lambda: mono[0])
    mono[0] += 500
    assert clock.now() == 1_000_000
    clock.start()
    mono[0] += 250
    assert clock.now() == 1_001_000
    clock.start()  # again: it goes on
    assert clock.now() == 1_001_000
    shared = EventClock(1_000_000, 1.0, lambda: mono[0])
    shared.start(5_000)
    assert shared.now() == 1_000_750
