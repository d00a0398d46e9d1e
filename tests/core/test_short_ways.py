"""The loop of the engine does the common end of a batch itself: as if nothing had been left out."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Gates, Rules, Step
from ramstock_tui.core.readings import readings
from ramstock_tui.core.records import LAST, SIDE_BUY, SIDE_SELL, Row
from ramstock_tui.core.symbol import Symbol
from tests import histories as h
from tests.core.sessions import opened, rules
from tests.history_market import level, trade
from tests.reference.scene import SUBSCRIBED, T0, Scene, ask, bid, calm

QUALIFIED = ("signal", "reject", "suppress")
LOOK_EVERY = 97  # records; nothing that goes on for long is overlooked


def eager(least_e4: int) -> Rules:
    """The shipped profiles, with a score that random markets reach."""
    tables = rules()
    some = [msgspec.structs.replace(each, min_score_e4=least_e4) for each in tables.profiles]
    return msgspec.structs.replace(tables, profiles=tuple(some))


def busy(seed: int, batches: int) -> list[Row]:
    """A deep book that stands: nearly every batch changes one size, as on a busy stock. What one
    side shows swings, so that scores rise and fall and whole sides thin out."""
    rng = random.Random(seed)
    bids = [120_000 - 100 * i for i in range(7)]
    asks = [120_100 + 100 * i for i in range(7)]
    ts = h.OPEN_NS + 120 * h.NS
    fill = [level(side, px, 900) for side, prices in ((True, bids), (False, asks)) for px in prices]
    rows, heavy = h.batch(ts, *fill), [1.0, 1.0]
    for n in range(batches):
        ts += rng.choice((0, 1, 7, 20, 60, 250)) * h.MS
        if n % 40 == 0:
            heavy = [rng.choice((0.05, 0.3, 1, 4)), rng.choice((0.05, 0.3, 1, 4))]
        cells, bid = [], rng.random() < 0.5
        if rng.random() < 0.15:
            px, side = rng.choice(((asks[0], SIDE_BUY), (bids[0], SIDE_SELL)))
            cells += [trade(px, rng.choice((100, 700, 2_000)), side)]
        for _ in range(rng.choice((1, 1, 1, 1, 1, 2))):
            px = (bids if bid else asks)[min(6, int(rng.expovariate(0.9)))]
            size = int(rng.choice((100, 400, 900, 1_500, 7_000)) * heavy[bid]) + rng.choice((0, 1))
            cells += [level(bid, px, size if rng.random() < 0.97 else 0)]
        rows += h.batch(ts, *cells)
    return rows


def squeezed(rows: list[Row]) -> list[Row]:
    """The same records in a fiftieth of the time and whole milliseconds: many at one instant."""
    first = rows[0][0]
    return [(first + (ts - first) // 50 // h.MS * h.MS, *row) for ts, *row in rows]  # type: ignore[misc]


def state(s: Symbol) -> list[Any]:
    """What a batch end leaves behind, but for what is only dropped when somebody looks."""
    if s.asks is None or s.walls is None or s.shown is None:
        raise AssertionError("everything is to be watched")
    book, halts, asks, walls = s.book, s.halts, s.asks, s.walls
    live = {px: (wall.birth, wall.largest) for px, wall in walls.live.items()}
    gone = [(each.ts, each.px, each.drop) for each in (*s.flash.gone, *walls.falls)]
    sizes = [book.bid_size, book.ask_size, book.bids3, book.bids5, book.asks3, book.asks5]
    return [
        [s.form, s.cond, s.since, s.valid_from, s.collapsed, s.collapse_until, s.shown.fed],
        [halts.risk, halts.last_risk, halts.near, halts.halted],
        [sizes, book.bid_sizes, book.ask_sizes, book.log, s.flow.rows],
        [live, gone, asks.refills, asks.eaten_ts, asks.since_ask],
    ]


def outcome(engine: Engine, t: int) -> list[Any]:
    """Every decision with its score and reasons, what can be read at t, what stands."""
    s = engine.symbols[1]
    decisions = [d.hashed() for d in engine.history]
    return [decisions, readings(s, t, engine.rules.profiles), state(s)]


def alone(metric: str, num: int, den: int) -> Rules:
    """One profile that needs nothing but that the book leans so far, and rejects nothing."""
    tables = rules()
    op: Any = "ramp" if metric == "imbalance_5" else "at_least"
    step = Step(metric, 100_000, op, num, den, full_num=num, full_den=den - 1)
    least = 1 if op == "ramp" else 100_000
    gates = Gates(spread_max_e4=10_000, spread_inclusive=True, ask_depth_min=None)
    acting = next(each for each in tables.profiles if each.name == "small_account")
    profile = msgspec.structs.replace(
        acting, rules=(step,), min_score_e4=least, gates=gates, rejects=()
    )
    return msgspec.structs.replace(tables, profiles=(profile,))


def almost(seed: int, num: int, den: int, batches: int) -> list[Row]:
    """A valid book whose bids are a few shares short of so many times the asks; each batch changes
    one size by a few shares."""
    rng = random.Random(seed)
    deep = rng.choice((2, 400))  # with nothing behind the best, bounds of a lean are tight
    sizes = {
        (True, 120_000 - 100 * i): (deep if i else 400) + rng.randrange(deep) for i in range(6)
    }
    for (_, px), size in list(sizes.items()):
        sizes[False, 240_100 - px] = max(1, size * den // num) + rng.choice((0, 1, 2, 5, 12))
    ts = h.OPEN_NS + 120 * h.NS
    rows = h.batch(ts, *(level(side, px, size) for (side, px), size in sizes.items()))
    for second in (1, 2, 3):
        rows += h.batch(ts + second * h.NS, level(True, 119_000, 1 + second))
    for _ in range(batches):
        ts += rng.choice((1, 3, 40)) * h.MS
        best = rng.choice(((True, 120_000), (False, 120_100)))
        key = best if rng.random() < 0.6 else rng.choice(list(sizes))
        sizes[key] = max(1, sizes[key] + rng.choice((-2, 1, 2, 3, 9)) * (1 if key[0] else -1))
        rows += h.batch(ts + 3 * h.NS, level(*key, sizes[key]))
    return rows


def ask_all(engine: Engine) -> None:
    """The next batch goes the whole way."""
    book = engine.symbols[1].book
    book.stirred = book.bids_moved = True
    book.slack, book.over = 0, 0.0


def assert_same_on_the_long_way(rows: list[Row]) -> None:
    """`Symbol.end_batch` and the lanes are asked at every batch, or only where it may matter."""
    for tables in (eager(45_000), eager(65_000)):
        short, long = opened(tables=tables), opened(tables=tables)
        at = 0
        for seq, row in enumerate(rows, 3):
            ask_all(long)
            long.run(seq, [row])
            if seq == len(rows) + 2 or (row[3] & LAST and seq - 3 - at > LOOK_EVERY):
                short.run(3 + at, rows[at : seq - 2])
                at = seq - 2
                assert outcome(short, row[0]) == outcome(long, row[0])


@pytest.mark.parametrize("style", h.STYLES)
def test_short_ways_through_every_style_of_market_change_nothing(style: str) -> None:
    for seed in range(6 if style == "flash" else 2):
        rows = h.history(seed, batches=250, style=style)
        assert_same_on_the_long_way(rows if seed % 2 else squeezed(rows))


@pytest.mark.parametrize("seed", range(6))
def test_short_ways_through_a_busy_book_that_stands_change_nothing(seed: int) -> None:
    assert_same_on_the_long_way(busy(seed, 1_200))


@pytest.mark.parametrize(
    ("metric", "num", "den"),
    [("ratio_3", 5, 2), ("ratio_5", 3, 1), ("ratio_5", 2, 3), ("imbalance_5", 3, 10)],
)
def test_a_book_on_the_limit_is_asked_at_the_very_share(metric: str, num: int, den: int) -> None:
    lean = (num, den) if metric != "imbalance_5" else (den + num, den - num)
    tables = alone(metric, num, den)
    for seed in range(250):
        rows = almost(seed, *lean, 25)
        short, long = opened(tables=tables, observe=False), opened(tables=tables, observe=False)
        short.run(3, rows)
        for seq, row in enumerate(rows, 3):
            ask_all(long)
            long.run(seq, [row])
        assert [d.hashed() for d in short.history] == [d.hashed() for d in long.history], seed


@settings(max_examples=12)
@given(h.histories(max_batches=60), st.booleans())
def test_short_ways_through_random_histories_change_nothing(rows: list[Row], dense: bool) -> None:
    assert_same_on_the_long_way(squeezed(rows) if dense else rows)


def test_given_a_clock_that_stands_still_then_a_book_and_its_rise_are_taken() -> None:
    rows = h.history(1836, batches=300, style=h.STYLES[1836 % len(h.STYLES)])
    assert_same_on_the_long_way([(rows[0][0], *row[1:]) for row in rows])


def asked(scene: Scene, profile: str) -> int:
    """When the score of a profile qualified for the first time, ms after 09:32:00."""
    engine = opened()
    engine.run(3, scene.rows())
    asked = [d.ts for d in engine.history if d.profile == profile and d.kind in QUALIFIED]
    return (asked[0] - T0) // h.MS


def closed_book() -> Scene:
    """From 5.5 s on all but the ratio is there: 6,749 bids to 2,700 asks."""
    deep = [bid(119_700, 10), bid(119_600, 10), ask(120_600, 9_000), ask(120_700, 9_000)]
    scene = calm(7_000).at(5_000, bid(119_900, 3_000), bid(119_800, 3_249), *deep)
    for ms in range(5_100, 5_400, 20):
        scene.at(ms, trade(120_000, 1, SIDE_SELL))
    return scene.at(5_500, ask(120_900, 0))


def test_given_a_book_one_share_short_when_a_bid_grows_then_it_qualifies_at_once() -> None:
    assert asked(closed_book().at(5_600, bid(120_000, 501)), "small_account") == 5_600


def test_given_a_book_one_share_short_when_an_ask_shrinks_then_it_qualifies_at_once() -> None:
    assert asked(closed_book().at(5_600, ask(120_500, 699)), "small_account") == 5_600


def test_given_points_that_rise_by_time_alone_then_the_next_record_finds_them() -> None:
    """An old print of 5,000 leaves the window that the tape's acceleration is measured against."""
    fill = [bid(120_000 - 100 * i, 100 if i else 1_400) for i in range(5)]
    fill += [ask(120_100 + 100 * i, 300 if i else 100) for i in range(5)]
    scene = Scene().at(0, SUBSCRIBED, *fill).beat(1_000, 35_000).at(500, trade(120_000, 5_000))
    for ms in range(32_600, 32_740, 20):
        scene.at(ms, trade(120_100, 100, SIDE_BUY))
    scene.at(33_400, ask(125_000, 0)).at(33_600, ask(125_000, 0))
    assert asked(scene, "quant") == 33_600


def test_given_a_small_book_when_a_bid_grows_to_a_thousand_then_a_wall_stands_at_once() -> None:
    scene = Scene().at(0, SUBSCRIBED, *[bid(120_000 - 100 * i, 200) for i in range(3)])
    scene.at(0, *[ask(120_100 + 100 * i, 200) for i in range(3)]).beat(1_000, 5_000)
    scene.at(5_100, bid(119_900, 999)).at(5_200, bid(119_900, 1_000))
    engine = opened()
    engine.run(3, scene.rows())
    walls = engine.symbols[1].walls
    assert walls is not None
    assert {px: wall.birth for px, wall in walls.live.items()} == {119_900: T0 + 5_200 * h.MS}
