"""The opening script as the engine sees it."""

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import CLEAN_NS
from tests.feeds.demo.floor import START, Floor, reasons
from tests.session_writer import S

TTL_S = 20


@pytest.fixture(scope="module")
def opening() -> Floor:
    """Ten minutes in which every card is confirmed after a second."""
    return Floor(wait_ns=S, seed=7, symbols=12, rate=50).run(560)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_the_first_signal_comes_by_40_s(seed: int) -> None:
    floor = Floor(seed=seed, symbols=40, rate=200).run(40)
    assert [floor.second(d) for d in floor.seen("signal")] == [pytest.approx(26, abs=2)]


@pytest.mark.parametrize(("seed", "symbols"), [(7, 16), (11, 1), (12, 3)])
@pytest.mark.parametrize("wait_ms", [0, 1_000, 18_000, 19_900])
def test_given_the_first_card_when_confirmed_in_its_ttl_then_it_ends_by_120_s(
    seed: int, symbols: int, wait_ms: int
) -> None:
    wait_ns = wait_ms * 1_000_000
    floor = Floor(wait_ns=wait_ns, seed=seed, symbols=symbols, rate=symbols * 4).run(75)
    assert [acted for acted, _ in floor.answers] == [True], floor.answers
    ((second, label),) = floor.trades()
    assert label in ("TP", "SL")
    assert second < 120


def test_the_first_card_lives_its_whole_ttl_and_its_guards_hold_all_the_time() -> None:
    floor = Floor(seed=8, symbols=16)
    failing: list[tuple[float, str]] = []
    lane = floor.engine.acting

    def look(t: int) -> None:
        for pending in lane.state.pendings.values():
            guards = lane.guards_now(t, pending)
            failing.extend((t / S, text) for _, holds, text in guards if not holds)

    floor.run(50, look)
    assert not failing
    (signal,), (end,) = floor.seen("signal"), floor.seen("expire", "cancel")
    assert (end.kind, end.reasons) == ("expire", ("ttl",))
    assert end.ts - signal.ts == TTL_S * S


def test_three_confirmed_cards_lose_and_the_third_pauses(opening: Floor) -> None:
    assert [label for _, label in opening.trades()] == ["SL"] * 3
    (pause,) = opening.seen("pause")
    assert pause.reasons == ("losses",)
    assert pause.ts == opening.seen("outcome")[-1].ts
    assert opening.second(pause) < 480


def test_each_rejection_stands_alone_against_a_score_that_qualifies(opening: Floor) -> None:
    alone = {d.reasons[0] for d in opening.seen("reject") if len(d.reasons) == 1}
    profile = opening.engine.acting.profile
    # `lots` guards against a feed in another unit, which this market is not
    assert alone >= set(profile.rejects) - {"lots"}
    for decision in opening.seen("reject"):
        assert decision.score is not None
        assert decision.score >= profile.min_score_e4


def test_one_stock_halts_and_trades_again_after_a_minute_or_more(opening: Floor) -> None:
    ticks = [(row[0], row[6]) for row in opening.rows if row[2] == r.HALT]
    assert [code for _, code in ticks] == [2, 0]
    assert ticks[1][0] - ticks[0][0] >= 60 * S
    assert reasons(opening.seen("halt")) == {"halted": 1, "move": 1}
    assert not any(s.halted for s in opening.engine.symbols.values())


def test_the_feed_stalls_for_seven_seconds_and_says_so(opening: Floor) -> None:
    codes = [(row[0], row[6]) for row in opening.rows if row[2] == r.FEED]
    (_, first), (stale, said), (up, back) = codes
    assert (first, said, back) == (r.FEED_UP, r.FEED_STALE, r.FEED_UP)
    inside = [row for row in opening.rows if stale - 2 * S < row[0] < up and row[2] != r.FEED]
    assert not inside
    assert up - stale == 5 * S
    held = [d for d in opening.seen("signal", "confirm") if stale - 2 * S <= d.ts < up + CLEAN_NS]
    assert not held


def test_given_a_stalled_feed_when_it_is_up_for_10_s_then_alerts_are_possible_again() -> None:
    floor = Floor(seed=9, symbols=5)
    blocked: list[float] = []

    def look(t: int) -> None:
        if "feed" in floor.engine.acting.blockers(t, "ANY"):
            blocked.append((t - START) / S)

    floor.run(165, look)
    assert blocked[0] == pytest.approx(142, abs=0.3)
    assert blocked[-1] == pytest.approx(157, abs=0.3)


def test_only_scenes_bring_signals(opening: Floor) -> None:
    signals = [opening.second(d) for d in opening.seen("signal")]
    assert signals == [pytest.approx(s, abs=2) for s in (26, 180, 308)]
