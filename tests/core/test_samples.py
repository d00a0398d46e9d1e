"""The limits that the sampled seconds give, against a recount."""

from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.samples import Sample, Samples
from ramstock_tui.core.tape import S1

# seconds that pass, then the book as it stood in them; None = malformed
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 1, 2, 3, 9, 10, 11, 59, 60, 61, 200]),
        st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=80,
)


def sample(bids: int, rest: int) -> Sample:
    return bids, bids + rest, (bids, rest, 1), (rest,)


@given(STEPS)
def test_limits_and_medians_equal_a_recount_over_every_gap(
    steps: list[tuple[int, tuple[int, int] | None]],
) -> None:
    samples = Samples(S1, pooled=True)
    held: dict[int, Sample] = {}
    last = 0
    for seconds, book in steps:
        found = None if book is None else sample(*book)
        samples.add((last + seconds) * S1, found)
        held |= {} if found is None else dict.fromkeys(range(last + 1, last + seconds + 1), found)
        last += seconds
        minute = [each for second, each in held.items() if second > last - 60]
        short = [each for second, each in held.items() if second > last - 10]
        bids = [each[0] for each in minute]
        boths = [each[1] for each in short]
        for total in range(40):
            collapsed = len(bids) >= 10 and 4 * total < median(bids)
            assert (total <= samples.bid_limit) == collapsed
            collapsed = len(boths) >= 5 and 5 * total < 2 * median(boths)
            assert (total <= samples.both_limit) == collapsed
        levels = [size for each in minute for size in each[2]]
        wanted = 2 * median(levels) if len(minute) >= 10 else None
        assert samples.double_median_bids() == wanted
