"""The demo market as a feed: batches, books, determinism."""

import hashlib
import re
import subprocess
import sys
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core import records as r
from ramstock_tui.core.records import RECORD, RefData, Row, SymbolInfo
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.feeds.demo.scenes import null_bp
from tests.feeds.demo.floor import START, Floor
from tests.session_writer import S


def market(**spec: int) -> DemoMarket:
    return DemoMarket(DemoSpec(start_ns=START, **spec))


def digest(rows: list[Row]) -> str:
    return hashlib.sha256(b"".join(RECORD.pack(*row) for row in rows)).hexdigest()


def rows_of(made: DemoMarket, seconds: int) -> list[Row]:
    return made.begin(START)[0] + made.rows(START + seconds * S)[0]


@pytest.fixture(scope="module")
def minutes() -> list[Row]:
    """Three minutes with the stall of the feed in them."""
    return rows_of(market(seed=3, symbols=40, cards_per_min=6), 180)


def test_batches_are_prints_then_levels_with_the_last_record_marked(minutes: list[Row]) -> None:
    before: Row | None = None  # the record before it, when it is of the same batch
    newest = (0, 0)
    for row in minutes:
        ts, sym, kind, flags, px, size, _ = row
        if kind in r.BLOB_KINDS or not sym:
            assert flags & r.LAST
            assert before is None
            continue
        if before is None:
            assert (ts, sym) > newest
            newest = ts, sym
        else:
            assert (ts, sym) == newest
            assert not (before[2] == r.LEVEL_SET and kind == r.PRINT)
        assert px > 0 or kind == r.HALT
        assert size > 0 or kind != r.PRINT
        before = None if flags & r.LAST else row
    assert before is None


def test_times_never_go_back_and_stay_within_what_was_asked() -> None:
    made = market(seed=1)
    rows = made.begin(START)[0]
    for step in range(1, 200):
        until = START + step * S // 7
        part = made.rows(until)[0]
        assert all(row[0] <= until for row in part)
        rows += part
    assert all(a[0] <= b[0] for a, b in pairwise(rows))


def test_books_are_ten_levels_a_side_and_never_locked_or_crossed(minutes: list[Row]) -> None:
    books: dict[int, tuple[dict[int, int], dict[int, int]]] = {}
    for _, sym, kind, flags, px, size, _ in minutes:
        if kind == r.LEVEL_SET:
            side = books.setdefault(sym, ({}, {}))[0 if flags & r.BID else 1]
            if size:
                side[px] = size
            else:
                del side[px]  # a level that goes was there
        if flags & r.LAST and kind in (r.LEVEL_SET, r.PRINT):
            bids, asks = books[sym]
            assert len(bids) == len(asks) == 10
            assert max(bids) < min(asks)
    assert len(books) == 40


def test_nothing_comes_before_the_first_books() -> None:
    assert market(seed=3).rows(START + 10 * S) == ([], b"")


def test_prints_stand_at_the_book_before_them_or_within_a_tick_of_it() -> None:
    floor = Floor(seed=3, symbols=40)
    symbols = floor.engine.symbols
    for row in floor.market.rows(START + 20 * S)[0]:
        if row[2] == r.PRINT:
            s = symbols[row[1]]
            assert s.bid - s.tick_e4 <= row[4] <= s.ask + s.tick_e4
        floor.take([row], b"")


def test_every_book_moves_every_other_second_and_is_valid() -> None:
    invalid: list[str] = []
    floor = Floor(seed=5, symbols=60, rate=120)

    def look(t: int) -> None:
        if t > START + 4 * S:
            invalid.extend(filter(None, (s.reason(t) for s in floor.engine.symbols.values())))

    floor.run(40, look)
    assert not invalid


def test_stocks_are_plausible() -> None:
    rows, blob = market(seed=2, symbols=500).begin(START)
    infos, data = [], []
    for _, _, kind, _, _, offset, length in rows:
        if kind == r.SYMBOL:
            infos.append(msgspec.msgpack.decode(blob[offset : offset + length], type=SymbolInfo))
        elif kind == r.REFDATA:
            data.append(msgspec.msgpack.decode(blob[offset : offset + length], type=RefData))
    assert len({info.ticker for info in infos}) == len(data) == 500
    assert all(re.fullmatch(r"[A-Z]{3,4}", info.ticker) for info in infos)
    assert all(info.tick_e4 == 100 for info in infos)
    for each in data:
        assert 2_000_000 < (each.float_shares or 0) <= 50_000_000
        assert 20_000 < (each.rvol_e4 or 0) < 100_000
    prices = [row[4] for row in rows if row[2] == r.LEVEL_SET]
    assert min(prices) > 15_000
    assert max(prices) < 205_000


def test_scores_of_quiet_and_busy_stocks_differ_and_none_qualifies() -> None:
    found: set[int] = set()
    floor = Floor(seed=9)

    def look(t: int) -> None:
        scorer = floor.engine.scorer(floor.engine.acting)
        if t % S == 0:
            found.update(scorer.score(s, t) // 10_000 for s in floor.engine.symbols.values())

    floor.run(24, look)  # before the first scene qualifies
    assert found >= {2, 4, 6}
    assert max(found) < 8


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 40_000), max_size=30), st.integers(0, 1_000))
def test_the_rows_are_the_same_however_the_time_is_cut(cuts_ms: list[int], seed: int) -> None:
    spec = {"seed": seed, "symbols": 8, "cards_per_min": 20}
    made = market(**spec)
    rows = made.begin(START)[0]
    for cut in sorted(cuts_ms):
        rows += made.rows(START + cut * 1_000_000)[0]
    rows += made.rows(START + 40 * S)[0]
    assert rows == rows_of(market(**spec), 40)


@pytest.mark.parametrize("at_s", [139, 140, 141, 143, 147, 148])
def test_a_cut_within_the_stall_changes_nothing(at_s: int) -> None:
    made = market(seed=4, symbols=10, rate=40)
    rows = made.begin(START)[0] + made.rows(START + at_s * S)[0] + made.rows(START + 150 * S)[0]
    assert rows == rows_of(market(seed=4, symbols=10, rate=40), 150)


def test_the_rows_do_not_hang_on_the_hash_seed() -> None:
    code = (
        "from tests.feeds.demo.test_market import digest, market, rows_of;"
        "print(digest(rows_of(market(seed=8, symbols=20), 30)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert said == {digest(rows_of(market(seed=8, symbols=20), 30))}


def test_another_seed_is_another_market() -> None:
    assert digest(rows_of(market(seed=1), 5)) != digest(rows_of(market(seed=2), 5))


@pytest.mark.parametrize(("symbols", "rate"), [(40, 400), (100, 8_000)])
def test_the_rate_is_about_what_was_asked(symbols: int, rate: int) -> None:
    made = market(seed=1, symbols=symbols, rate=rate)
    made.begin(START)
    assert len(made.rows(START + 8 * S)[0]) == pytest.approx(8 * rate, rel=0.12)


def test_cards_per_min_brings_so_many_signals_that_only_limits_hold_back() -> None:
    floor = Floor(seed=6, symbols=80, rate=100, cards_per_min=60).run(60)
    known = {d.ticker for d in floor.seen("signal", "suppress")}
    assert 15 <= len(known) <= 45  # about 28 scenes reach their trigger between 32 s and 60 s


def test_given_no_edge_then_the_note_says_none_and_the_chance_is_the_cards_null() -> None:
    assert market().note == "demo edge: none"
    assert market(edge_bp=500).note == "demo edge: +5 pts"
    assert market(edge_bp=-250).note == "demo edge: -2.5 pts"
    signal = Floor(seed=7).run(30).seen("signal")[0]
    assert signal.body is not None
    spread = (signal.body["ask_e4"] - signal.body["bid_e4"]) // signal.body["tick_e4"]
    assert null_bp(spread) == signal.body["null_bp"]


@pytest.mark.parametrize(("edge_bp", "label"), [(10_000, "TP"), (-10_000, "SL")])
def test_the_edge_decides_how_clean_signals_by_chance_end(edge_bp: int, label: str) -> None:
    chance = Floor(seed=5, symbols=24, rate=100, cards_per_min=60, edge_bp=edge_bp).run(100)
    opening = {d.ticker for d in Floor(seed=5, symbols=24, rate=100).run(30).seen("signal")}
    ends = {d.body["label"] for d in chance.seen("outcome") if d.body and d.ticker not in opening}
    assert ends == {label}


def test_impossible_specs_are_refused() -> None:
    for wrong in ({"symbols": 0}, {"symbols": 501}, {"rate": 0}, {"edge_bp": 10_001}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} was"):
            market(**wrong)
