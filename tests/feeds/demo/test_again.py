"""What follows a gap: the host stood still, or another one goes on with its recording."""

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from tests.feeds.demo.floor import START, Floor
from tests.session_writer import S


def test_the_rows_of_the_gap_clear_and_rebuild_every_book_around_the_last_price() -> None:
    floor = Floor(seed=7, symbols=20).run(20)
    lasts = {sym: s.tape.last for sym, s in floor.engine.symbols.items() if s.tape.last}
    ts = START + 60 * S
    rows, blob = DemoMarket(DemoSpec(seed=7, symbols=20, start_ns=START)).again(ts, lasts)
    assert blob == b""
    assert {row[0] for row in rows} == {ts}
    assert (rows[0][2], rows[0][6]) == (r.FEED, r.FEED_GAP)
    assert (rows[-1][2], rows[-1][6]) == (r.FEED, r.FEED_UP)
    assert [row[1] for row in rows[1:-1]] == sorted(row[1] for row in rows[1:-1])
    floor.take(rows, b"")
    for sym, px in lasts.items():
        s = floor.engine.symbols[sym]
        assert s.reason(ts) == "warming"
        assert s.bid <= px <= s.ask
        assert [len(s.levels(side)) for side in (True, False)] == [10, 10]


@pytest.mark.parametrize("after_s", [5, 27, 141, 144, 420, 900])
def test_given_a_new_object_then_it_goes_on_from_ts_and_is_the_same_each_time(after_s: int) -> None:
    ts = START + after_s * S

    def made() -> list[r.Row]:
        market = DemoMarket(DemoSpec(seed=7, symbols=20, start_ns=START))
        return market.again(ts, {3: 123_400})[0] + market.rows(ts + 20 * S)[0]

    rows = made()
    assert rows == made()
    assert min(row[0] for row in rows) == ts
    assert max(row[0] for row in rows) > ts + 19 * S


def test_given_a_gap_within_a_scene_then_the_scene_is_over_and_the_later_ones_come() -> None:
    floor = Floor(seed=7, symbols=12).run(30)
    ts = START + 70 * S
    floor.take(*floor.market.again(ts, {}))
    floor.run(190)
    assert [floor.second(d) for d in floor.seen("signal")] == [
        pytest.approx(26, abs=2),
        pytest.approx(180, abs=2),
    ]


def test_given_a_gap_within_a_halt_then_the_stock_trades_after_it() -> None:
    floor = Floor(seed=7, symbols=12, rate=40).run(410)
    assert [s.halted for s in floor.engine.symbols.values()].count(True) == 1
    floor.take(*floor.market.again(START + 430 * S, {}))
    assert not any(s.halted for s in floor.engine.symbols.values())


def test_given_a_gap_that_covers_the_stall_then_no_stall_is_said() -> None:
    market = DemoMarket(DemoSpec(seed=7, symbols=12, start_ns=START))
    market.begin(START)
    market.rows(START + 100 * S)
    market.again(START + 200 * S, {})
    rows = market.rows(START + 260 * S)[0]
    assert not [row for row in rows if row[2] == r.FEED]


def test_given_a_restarted_host_then_its_new_market_goes_on_with_the_script() -> None:
    floor = Floor(wait_ns=S, seed=7, symbols=12).run(60)
    ts = START + 90 * S
    known = len(floor.engine.history)
    high, low = r.split_i64(known)
    floor.take([(ts, 0, r.RESUMED, r.LAST, high, low, r.RESUME_RESTART)], b"")
    lasts = {row[1]: row[4] for row in floor.rows if row[2] == r.PRINT}
    floor.market = DemoMarket(DemoSpec(seed=7, symbols=12, start_ns=START))
    floor.take(*floor.market.again(ts, lasts))
    floor.run(220)
    after = [d for d in floor.engine.history[known:] if d.kind == "signal"]
    assert [floor.second(d) for d in after] == [pytest.approx(180, abs=2)]
    assert [label for _, label in floor.trades()] == ["SL", "SL"]
    first = {sym: s.tape.prints[0][1] for sym, s in floor.engine.symbols.items()}
    assert all(abs(px - lasts[sym]) < lasts[sym] // 20 for sym, px in first.items())


def test_a_market_that_ran_and_a_new_one_go_on_alike() -> None:
    spec = DemoSpec(seed=7, symbols=12, start_ns=START)
    ran, new = DemoMarket(spec), DemoMarket(spec)
    ran.begin(START)
    ran.rows(START + 405 * S)
    ts = START + 420 * S
    lasts = {sym: 100_000 + 500 * sym for sym in range(1, 13)}
    images = [[row for row in each.again(ts, lasts)[0] if row[2] != r.HALT] for each in (ran, new)]
    assert images[0] == images[1]
    assert ran.rows(ts + 60 * S) == new.rows(ts + 60 * S)
