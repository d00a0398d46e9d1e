"""The fill model: entry, target, stop, timeout, and what happens in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.outcome import holds_target, take_asks, walk_out
from ramstock_tui.core.records import Confirm
from tests.core.lane.lane_script import ASKS, MS, Levels, S, Script, at

T = at("10:00:00")
C = T + 300 * MS  # the confirm
ARRIVES = C + 400 * MS


def confirmed() -> Script:
    script = Script()
    assert script.command(C, Confirm(script.signal(T), 1))[0]
    return script


def real(script: Script, kind: str) -> list[Decision]:
    return [d for d in script.kinds(kind) if not d.body["shadow"]]


def fills(script: Script) -> list[tuple[int, int, int]]:
    return [(d.ts - C, d.body["shares"], d.body["cost_e4"]) for d in real(script, "fill")]


def test_the_order_takes_what_is_shown_at_or_below_entry_a_latency_later() -> None:
    script = confirmed()
    script.batch(C + 350 * MS, asks=[(120_300, 200), (120_400, 250), (120_500, 900)])
    script.batch(ARRIVES + 50 * MS, "OTHER")
    assert fills(script) == [(400 * MS, 450, 200 * 120_300 + 250 * 120_400)]


def test_the_rest_takes_only_what_a_level_grows_by() -> None:
    script = confirmed()
    script.batch(C + 350 * MS, asks=[(120_400, 200), (120_500, 900)])
    for after_ms, shown in ((500, 200), (600, 150), (700, 200), (800, 260), (900, 1_000)):
        script.batch(C + after_ms * MS, asks=[(120_400, shown), (120_500, 900)])
    got = [(ts // MS, shares) for ts, shares, _ in fills(script)]
    assert got == [(400, 200), (700, 50), (800, 60), (900, 190)]


@pytest.mark.parametrize(("after_ns", "label"), [(10 * S - 1, "OPEN"), (10 * S, "MISS")])
def test_the_rest_waits_ten_seconds_from_the_confirm(after_ns: int, label: str) -> None:
    script = confirmed()
    script.batch(C + 350 * MS, asks=[(120_500, 900)])
    script.batch(C + after_ns, asks=[(120_400, 900)])
    outcomes = [d.body["label"] for d in real(script, "outcome")]
    assert outcomes == ([] if label == "OPEN" else ["MISS"])
    assert bool(fills(script)) == (label == "OPEN")
    if label == "MISS":
        (line,) = real(script, "outcome")
        assert (line.ts, line.body["net_e4"], line.body["result"]) == (C + 10 * S, 0, "none")


def test_a_part_filled_order_becomes_a_position_of_the_filled_shares() -> None:
    script = confirmed()
    script.batch(C + 350 * MS, asks=[(120_400, 200), (120_500, 900)])
    script.batch(C + 11 * S, asks=[(120_400, 900)])
    script.batch(C + 12 * S, bids=[(122_200, 200)], asks=[(122_300, 900)])
    (line,) = real(script, "outcome")
    assert (line.body["label"], line.body["shares"], line.body["fees_e4"]) == ("TP", 200, 14_000)
    assert line.body["net_e4"] == 200 * 1_800 - 14_000


@pytest.mark.parametrize(("after_ns", "shares"), [(10 * S - 1, 500), (10 * S, 200)])
def test_the_rest_of_a_part_filled_order_is_gone_after_ten_seconds(
    after_ns: int, shares: int
) -> None:
    script = confirmed()
    script.batch(C + 350 * MS, asks=[(120_400, 200), (120_500, 900)])
    script.batch(C + after_ns, asks=[(120_400, 900)])
    (trade,) = script.lane.state.trades.values()
    assert trade.filled == shares


def test_a_restart_forgets_which_displayed_shares_were_taken() -> None:
    script = confirmed()
    shown = [(120_400, 200), (120_500, 900)]
    script.batch(C + 350 * MS, asks=shown)
    script.batch(C + 900 * MS, asks=shown)
    assert [shares for _, shares, _ in fills(script)] == [200]
    script.lane.resume(C + S)
    script.batch(C + 2 * S, asks=shown)
    assert [shares for _, shares, _ in fills(script)] == [200, 200]


def test_nothing_fills_while_the_book_is_invalid() -> None:
    script = confirmed()
    script.symbol("ABCD").bad = "stale"
    script.batch(C + 450 * MS)
    assert not fills(script)
    script.symbol("ABCD").bad = ""
    script.batch(C + 950 * MS, "OTHER")
    assert fills(script) == [(500 * MS, 500, 500 * 120_300)]  # the first tick at which it is valid


@pytest.mark.parametrize(
    ("bids", "label"),
    [
        ([(122_200, 500)], "TP"),
        ([(122_200, 499)], ""),
        ([(122_300, 300), (122_200, 200)], "TP"),
        ([(122_300, 300), (122_100, 900)], ""),
        ([(122_199, 9_000)], ""),
    ],
)
def test_the_target_needs_bids_for_all_shares(bids: Levels, label: str) -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.batch(ARRIVES + S, bids=bids, asks=[(122_500, 900)])
    lines = real(script, "outcome")
    assert [d.body["label"] for d in lines] == ([label] if label else [])
    if label:  # exit at the target, not at the better bid
        assert lines[0].body["net_e4"] == 500 * (122_200 - 120_300) - 35_000


@pytest.mark.parametrize(("bid", "stopped"), [(119_500, True), (119_600, False)])
def test_the_stop_is_the_first_bid_at_or_below_it(bid: int, stopped: bool) -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.batch(ARRIVES + S, bids=[(bid, 900)])
    assert [d.ts for d in real(script, "exit")] == ([ARRIVES + S] if stopped else [])


def test_a_stop_walks_the_bids_of_a_latency_later() -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.batch(ARRIVES + S, bids=[(119_500, 900)])
    script.batch(ARRIVES + 1_350 * MS, bids=[(119_400, 300), (119_300, 100)])
    script.batch(ARRIVES + 1_450 * MS, bids=[(122_300, 9_000)], asks=[(122_400, 900)])
    (line,) = real(script, "outcome")
    assert (line.ts, line.body["label"]) == (ARRIVES + 1_400 * MS, "SL")
    assert line.body["proceeds_e4"] == 300 * 119_400 + 100 * 119_300 + 100 * 119_200


def test_halted_nothing_exits_and_a_resume_beyond_the_stop_walks() -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.symbol("ABCD").halted = True
    script.batch(ARRIVES + S, bids=[(110_000, 900)], asks=[(110_300, 900)])
    assert not real(script, "exit")
    script.symbol("ABCD").halted = False
    script.batch(ARRIVES + 60 * S)
    script.batch(ARRIVES + 61 * S)
    (line,) = real(script, "outcome")
    assert (line.body["label"], line.body["proceeds_e4"]) == ("SL", 500 * 110_000)


def test_an_exit_that_meets_a_halt_waits_for_the_first_valid_book() -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.batch(ARRIVES + S, bids=[(119_500, 900)])
    script.symbol("ABCD").halted = True
    script.batch(ARRIVES + 2 * S)
    assert not real(script, "outcome")
    script.ticks(ARRIVES + 30 * S)
    script.symbol("ABCD").halted = False
    script.batch(ARRIVES + 30 * S, bids=[(118_000, 900)])
    (line,) = real(script, "outcome")
    assert line.body["proceeds_e4"] == 500 * 118_000


def test_after_fifteen_minutes_it_leaves_at_its_exact_instant_plus_latency() -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.batch(ARRIVES + 900 * S + 500 * MS, "OTHER")
    (leaving,) = real(script, "exit")
    (line,) = real(script, "outcome")
    assert (leaving.ts, line.ts) == (ARRIVES + 900 * S, ARRIVES + 900 * S + 400 * MS)
    assert (line.body["label"], line.body["proceeds_e4"]) == ("TIMEOUT", 500 * 120_000)


def test_the_end_of_the_day_forces_an_exit() -> None:
    script = Script(close_ns=at("12:00:00"))  # off at 11:00
    t = at("10:59:50")
    assert script.command(t + 300 * MS, Confirm(script.signal(t), 1))[0]
    script.batch(at("11:00:01"))
    assert [(d.ts, d.body["label"]) for d in real(script, "exit")] == [(at("11:00:00"), "TIMEOUT")]


def test_the_shadow_of_an_expired_card_is_labelled_and_counts_for_nothing() -> None:
    script = Script()
    script.signal(T)
    script.batch(T + 30 * S, bids=[(119_400, 900)])
    script.batch(T + 31 * S)
    (line,) = script.kinds("outcome")
    assert (line.body["label"], line.body["shadow"], line.body["net_e4"] < 0) == ("SL", 1, True)
    state = script.lane.state
    assert (state.net_e4, state.losses, state.entries, state.loss_ts) == (0, 0, 0, [])
    assert not script.lane.watching


def test_a_confirmed_trade_replaces_its_shadow() -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.batch(ARRIVES + S, bids=[(122_300, 900)], asks=[(122_400, 900)])
    assert [d.body["shadow"] for d in script.kinds("outcome")] == [0]
    assert not script.lane.state.shadows


def test_the_range_of_the_bids_is_told_with_the_outcome() -> None:
    script = confirmed()
    script.batch(ARRIVES)
    script.batch(ARRIVES + S, bids=[(119_900, 900)])
    script.batch(ARRIVES + 2 * S, bids=[(122_300, 900)], asks=[(122_400, 900)])
    (line,) = real(script, "outcome")
    assert line.info == {"mae_e4": 500 * -400, "mfe_e4": 500 * 2_000}


LEVELS = st.lists(st.integers(1, 2_000), min_size=1, max_size=12).map(
    lambda sizes: [(120_000 - 100 * k, size) for k, size in enumerate(sizes)]
)


@given(LEVELS, st.integers(1, 5_000))
def test_a_walk_never_pays_more_than_the_best_bid(bids: Levels, shares: int) -> None:
    proceeds = walk_out(bids, shares, 100)
    shown = sum(size for _, size in bids)
    worst = bids[-1][0] - (0 if shares <= shown else -(-len(bids) // 5) * 100)
    assert worst * shares <= proceeds <= bids[0][0] * shares
    beyond = max(0, shares - shown)
    assert beyond == 0 or proceeds == sum(p * s for p, s in bids) + beyond * worst


@pytest.mark.parametrize(("levels", "below"), [(1, 100), (5, 100), (6, 200), (10, 200), (11, 300)])
def test_missing_shares_go_one_tick_lower_per_started_five_levels(levels: int, below: int) -> None:
    bids = [(120_000 - 100 * k, 10) for k in range(levels)]
    assert walk_out(bids, levels * 10 + 1, 100) - walk_out(bids, levels * 10, 100) == (
        bids[-1][0] - below
    )


@given(st.lists(st.lists(st.integers(0, 300), min_size=2, max_size=2), max_size=12))
def test_an_order_never_takes_more_of_a_level_than_it_grew_by(shown: list[list[int]]) -> None:
    used: dict[int, int] = {}
    taken = grown = 0
    last = [0, 0]
    for sizes in shown:
        asks = [(px, size) for px, size in zip((120_300, 120_400), sizes, strict=True) if size]
        shares, _ = take_asks(asks, 120_400, 10**9, used)
        grown += sum(max(0, now - then) for now, then in zip(sizes, last, strict=True))
        taken += shares
        last = sizes
        assert taken == grown


@given(LEVELS, st.integers(1, 3_000), st.integers(119_000, 120_100))
def test_the_target_holds_exactly_when_the_sum_reaches_the_shares(
    bids: Levels, shares: int, target: int
) -> None:
    enough = sum(size for px, size in bids if px >= target) >= shares
    assert holds_target(bids, target, shares) == enough


def test_a_level_above_entry_is_never_taken() -> None:
    assert take_asks(ASKS, 120_299, 500, {}) == (0, 0)
