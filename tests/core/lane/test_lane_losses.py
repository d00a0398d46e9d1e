"""Third loss, soft and hard rung, locks that last until the next session date."""

import pytest

from ramstock_tui.core.pnl import buy_fee_e4, open_net_e4, result, rung, sell_fee_e4
from ramstock_tui.core.profile import FeeModel, Losses
from ramstock_tui.core.records import Acknowledge, Confirm
from tests.core.lane.lane_script import (
    ASKS,
    BIDS,
    MS,
    Levels,
    S,
    Script,
    at,
    changed,
    session,
    small_account,
)

SEED = FeeModel("seed_flat", 35, 0)
LIMITS = Losses(4_000_000, 6_000_000, 150, 3, 1_800, 1_800)
STOPPED: Levels = [(119_400, 5_000)]
WON: Levels = [(122_300, 5_000)]


def busy(**values: int) -> Script:
    """small_account without hourly and window limits, so that a script can trade often."""
    profile = small_account()
    windows = tuple(changed(w, entries=None) for w in profile.day.windows)
    throttle = changed(profile.throttle, per_hour=99, per_day=99)
    day = changed(profile.day, windows=windows)
    return Script(changed(profile, day=day, throttle=throttle), **values)


def open_position(script: Script, t: int, ticker: str) -> None:
    assert script.command(t + 300 * MS, Confirm(script.signal(t, ticker), 1))[0]
    script.batch(t + 700 * MS, ticker)


@pytest.mark.parametrize(
    ("net", "locks"),
    [
        (-4_000_000, ""),
        (-4_000_001, "soft"),
        (-4_000_100, "soft"),
        (-5_999_999, "soft"),
        (-6_000_000, "hard"),
        (0, ""),
        (9_000_000, ""),
    ],
)
def test_the_rungs_at_their_exact_limits(net: int, locks: str) -> None:
    assert rung(net, LIMITS, 4_000_000)[0] == locks


@pytest.mark.parametrize(("net", "locks"), [(-4_500_000, "hard"), (-4_499_999, "soft")])
def test_the_share_of_equity_comes_first_in_a_smaller_account(net: int, locks: str) -> None:
    assert rung(net, LIMITS, 3_000_000)[0] == locks


def test_unknown_equity_leaves_the_amounts() -> None:
    assert rung(0, LIMITS, 0) == ("", 0)
    assert rung(-6_000_000, LIMITS, 0) == ("hard", 6_000_000)


@pytest.mark.parametrize(
    ("net", "word"),
    [(-35_000, "scratch"), (-35_001, "loss"), (35_000, "scratch"), (35_001, "win"), (0, "scratch")],
)
def test_within_its_own_fees_a_trade_is_a_scratch(net: int, word: str) -> None:
    assert result(net, 35_000) == word


def test_fees_of_each_side_and_of_an_open_position() -> None:
    assert (buy_fee_e4(SEED, 500, 1), buy_fee_e4(SEED, 0, 0)) == (17_500, 0)
    assert sell_fee_e4(FeeModel("fixed", 50, 10_000), 100, 1, takes=True) == 10_000
    assert open_net_e4(SEED, 120_000, 500, 500 * 120_300) == -500 * 300 - 35_000


def test_the_third_loss_pauses_and_only_an_acknowledgement_after_it_ends_it() -> None:
    script = busy()
    for minute, ticker in ((0, "AAA"), (5, "BBB"), (10, "CCC")):
        assert not script.kinds("pause")
        assert script.trade(at(f"10:{minute:02}:00"), STOPPED, ticker).body["result"] == "loss"
    (line,) = script.kinds("pause")
    third = script.kinds("outcome")[-1].ts
    assert (line.ts, line.body["until"]) == (third, third + 1_800 * S)  # PRIMARY ends before that
    until = line.body["until"]
    made = script.batch(at("10:20:00"), "DDD", BIDS, ASKS, score=90_000)
    assert made[0].reasons == ("loss_pause",)
    ok, text, _ = script.command(until - 1, Acknowledge())
    assert (ok, text) == (False, f"pause runs until {script.lane._desk.plan.clock(until)}")
    script.batch(until, "DDD", BIDS, ASKS, score=90_000)
    assert not [d for d in script.kinds("signal") if d.ticker == "DDD"]
    assert script.lane.locks_now(until) == [("loss_pause", None)]
    assert script.command(until, Acknowledge())[0]
    script.signal(until + 1, "DDD")


def test_the_three_losses_of_a_pause_are_used_up() -> None:
    script = busy()
    t = at("10:00:00")
    tickers = ("AAA", "BBB", "CCC", "DDD")
    for k, ticker in enumerate(tickers):
        open_position(script, t + k * S, ticker)
    for k, ticker in enumerate(tickers):
        script.batch(t + (10 + k) * S, ticker, bids=STOPPED)
        script.batch(t + (10 + k) * S + 400 * MS, ticker)
    assert script.lane.state.losses == 4
    assert (len(script.kinds("pause")), script.kinds("lock")) == (1, [])
    assert script.lane.losses_recent(t + 20 * S) == 1


def test_a_pause_lasts_to_the_end_of_a_window_that_ends_later() -> None:
    script = busy()
    for minute, ticker in ((32, "AAA"), (34, "BBB"), (36, "CCC")):
        script.trade(at(f"09:{minute}:00"), STOPPED, ticker)
    assert script.kinds("pause")[0].body["until"] == at("10:30:00")


def test_a_scratch_is_no_loss() -> None:
    script = busy()
    scratch = [(120_300, 5_000)]  # out at the entry price after 15 minutes: net = -fees
    for minute, ticker in ((0, "AAA"), (1, "BBB")):
        script.trade(at(f"10:{minute:02}:00"), STOPPED, ticker)
    open_position(script, at("10:02:00"), "CCC")
    script.batch(at("10:03:00"), "CCC", bids=scratch, asks=[(120_400, 900)])
    script.batch(at("10:17:02"), "CCC")
    assert script.kinds("outcome")[-1].body["result"] == "scratch"
    assert not script.kinds("pause")
    assert (script.lane.state.losses, script.lane.losses_recent(at("10:17:02"))) == (2, 2)


@pytest.mark.parametrize(("ns", "paused"), [(-1, True), (0, False)])
def test_the_first_loss_leaves_the_window_after_exactly_thirty_minutes(
    ns: int, paused: bool
) -> None:
    script = busy()
    first = script.trade(at("09:31:00"), STOPPED, "AAA").ts
    script.trade(at("09:40:00"), STOPPED, "BBB")
    exit_ts = first + 1_800 * S + ns
    open_position(script, at("09:50:00"), "CCC")
    script.batch(exit_ts - 400 * MS, "CCC", bids=STOPPED)
    script.batch(exit_ts, "CCC")
    assert script.kinds("outcome")[-1].ts == exit_ts
    assert bool(script.kinds("pause")) == paused


def test_the_second_pause_of_a_day_is_a_soft_lock() -> None:
    script = busy()
    for minute, ticker in ((32, "AAA"), (34, "BBB"), (36, "CCC")):
        script.trade(at(f"09:{minute}:00"), STOPPED, ticker)
    assert script.command(at("10:30:00"), Acknowledge())[0]
    for minute, ticker in ((31, "DDD"), (33, "EEE")):
        script.trade(at(f"10:{minute}:00"), STOPPED, ticker)
    assert not script.kinds("lock")
    script.trade(at("10:35:00"), STOPPED, "FFF")
    assert len(script.kinds("pause")) == 1
    (line,) = script.kinds("lock")
    assert (line.body["rung"], line.body["cause"]) == ("soft", "losses")


def mark_for(script: Script, total_e4: int) -> int:
    """The bid at which realized and open net of one 500-share position at 12.03 is the total."""
    return (total_e4 - script.lane.state.net_e4 + 35_000 + 500 * 120_300) // 500


def crash(script: Script, total_e4: int) -> int:
    """An open position marked so that the net is `total_e4`; gives the instant."""
    t = at("10:00:00")
    open_position(script, t, "AAA")
    script.signal(t + S, "CARD")
    bid = mark_for(script, total_e4)
    assert script.lane.state.net_e4 + open_net_e4(SEED, bid, 500, 500 * 120_300) == total_e4
    script.batch(t + 2 * S, "AAA", bids=[(bid, 900)], asks=[(bid + 300, 900)])
    return t + 2 * S


@pytest.mark.parametrize(("total", "locked"), [(-4_000_000, False), (-4_000_500, True)])
def test_the_soft_rung_counts_open_trades_and_is_strict(total: int, locked: bool) -> None:
    script = busy()
    t = crash(script, total)
    assert [d.body["rung"] for d in script.kinds("lock")] == (["soft"] if locked else [])
    assert not script.kinds("cancel")  # no new entries; the card itself stays, blocked
    assert ("soft_lock" in script.lane.blockers(t, "XYZ")) == locked


@pytest.mark.parametrize(("total", "locked"), [(-5_999_500, False), (-6_000_000, True)])
def test_the_hard_rung_cancels_the_card(total: int, locked: bool) -> None:
    script = busy()
    t = crash(script, total)
    assert [d.body["rung"] for d in script.kinds("lock")] == (["hard"] if locked else ["soft"])
    cancels = [(d.ticker, d.reasons) for d in script.kinds("cancel")]
    assert cancels == ([("CARD", ("hard_lock",))] if locked else [])
    made = script.batch(t + S, "XYZ", BIDS, ASKS, score=90_000)  # still evaluated and written
    assert made[-1].reasons == (("hard_lock",) if locked else ("soft_lock",))


def test_a_fill_counts_towards_the_rung_at_once_although_no_bid_moves() -> None:
    """The spread and the fees of a fill are lost at its instant."""
    script = busy()
    t = at("10:00:00")
    limits = script.lane.profile.losses
    assert limits.soft_e4 is not None
    script.lane.state.net_e4 = -limits.soft_e4  # exactly the rung: not locked
    open_position(script, t, "AAA")
    (fill,) = [d for d in script.kinds("fill") if not d.body["shadow"]]
    (lock,) = script.kinds("lock")
    assert (lock.ts, lock.body["rung"], lock.body["net_e4"]) == (fill.ts, "soft", -limits.soft_e4)
    assert lock.body["open_net_e4"] < 0


def test_at_the_hard_rung_a_waiting_order_is_withdrawn() -> None:
    script = busy()
    t = at("10:00:00")
    open_position(script, t, "AAA")
    waiting = script.signal(t + S, "BBB")
    assert script.command(t + 1_100 * MS, Confirm(waiting, 1))[0]
    script.batch(t + 1_400 * MS, "BBB", asks=[(120_500, 900)])
    script.batch(t + 2 * S, "AAA", bids=[(100_000, 900)])
    script.batch(t + 3 * S, "BBB", asks=[(120_300, 900)])
    (line,) = [d for d in script.kinds("outcome") if d.ticker == "BBB"]
    assert (line.body["label"], line.body["shares"]) == ("CANCELLED", 0)
    assert script.lane.state.entries == 1


def test_an_invalid_book_does_not_mark_a_position() -> None:
    script = busy()
    t = at("10:00:00")
    open_position(script, t, "AAA")
    script.symbol("AAA").bad = "crossed"
    script.batch(t + 2 * S, "AAA", bids=[(1_000, 900)])
    assert not script.kinds("lock")


def test_locks_clear_at_a_later_session_date_only() -> None:
    script = busy()
    crash(script, -6_000_000)
    script.lane.open_session(script.session, at("10:30:00"))
    script.lane.open_session(session(date=20261120), at("10:30:00"))
    assert script.lane.state.locks
    script.lane.open_session(session(date=20261124), at("10:30:00"))
    assert (script.lane.state.locks, script.lane.state.n) == ({}, 0)


def test_a_looser_limit_later_does_not_lift_a_lock() -> None:
    script = busy()
    crash(script, -4_000_500)
    loose = changed(script.profile.losses, soft_e4=40_000_000)
    again = busy()
    again.lane = type(script.lane)(
        changed(script.profile, losses=loose), script.lane._desk.rules, again
    )
    again.lane.open_session(script.session, at("10:10:00"))
    for d in script.decisions:
        again.lane.apply(d)
    again.lane.resume(at("10:10:00"))
    assert again.lane.blockers(at("10:10:00"), "XYZ") == ("soft_lock",)


def test_a_peak_is_the_best_realized_net_of_the_day() -> None:
    script = busy()
    won = script.trade(at("10:00:00"), WON, "AAA").body["net_e4"]
    script.trade(at("10:05:00"), STOPPED, "BBB")
    state = script.lane.state
    assert (state.peak_e4, state.wins, state.losses) == (won, 1, 1)
    assert state.net_e4 < won
