"""What the tape forgets makes no difference to any window that may be asked for."""

from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.tape import KEEP_NS, S1, SUMS_NS, TRIM_AT, Tape

MS = 1_000_000
# far apart in long sessions, so that most prints are dropped; equal instants occur
GAPS = st.lists(st.sampled_from([0, 1, 40 * MS, 300 * MS, S1, 9 * S1]), min_size=1, max_size=60)


@given(GAPS, st.integers(0, 300), st.integers(0, 400))
def test_sums_of_prices_equal_a_recount_of_everything(
    gaps: list[int], window_s: int, rest_s: int
) -> None:
    tape, everything, t = Tape(0, 0, False), [], S1
    for i in range(8 * TRIM_AT):
        t += gaps[i % len(gaps)]
        px = 50_000 + 100 * (i * 7 % 23)
        tape.add(t, px, 100, 1, 0)
        everything.append((t, px))
        if i % 50 == 0:
            tape.trim(t)
    t += rest_s * S1
    tape.trim(t)
    after = t - window_s * S1
    found = [px for ts, px in everything if after < ts <= t]
    assert tape.price_sum(after, t) == (sum(found), len(found))
    assert tape.shares(after, t) == 100 * len(found)


def test_memory_is_bounded_by_the_windows() -> None:
    tape, t = Tape(0, 0, False), 0
    for _ in range(40_000):
        t += 20 * MS
        tape.add(t, 50_000, 100, 1, 0)
        if not t % S1:
            tape.trim(t)
    assert len(tape.prints) <= 1.4 * KEEP_NS / (20 * MS)
    assert len(tape.old_ts) == len(tape.old_px) <= 1.4 * SUMS_NS / (20 * MS)
