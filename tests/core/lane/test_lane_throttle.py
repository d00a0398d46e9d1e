"""Hourly limit, cool-off, windows and caps, at their exact boundaries."""

import pytest

from ramstock_tui.core.profile import Window
from ramstock_tui.core.records import Confirm
from ramstock_tui.core.throttle import DayPlan, alerts_within_hour
from tests.core.lane.lane_script import (
    BIDS,
    MS,
    S,
    Script,
    at,
    changed,
    clock_s,
    platform,
    session,
    small_account,
)

WIN = [(122_300, 5_000)]
LOSS = [(119_400, 5_000)]


def refused(script: Script, t: int, ticker: str) -> tuple[str, tuple[str, ...]]:
    """Kind and reasons of what a qualifying batch gives; ("signal", ()) when it alerts."""
    made = script.batch(t, ticker, BIDS, [(120_300, 1_400), (120_400, 900)], score=90_000)
    (line,) = [d for d in made if d.kind in ("signal", "suppress", "reject")]
    return line.kind, line.reasons


def three_alerts(script: Script) -> None:
    for clock, ticker in (("09:31:00", "AAA"), ("09:40:00", "BBB"), ("09:52:00", "CCC")):
        script.signal(at(clock), ticker)


def test_the_fourth_signal_waits_twenty_minutes_after_the_third() -> None:
    script = Script()
    three_alerts(script)
    assert refused(script, at("10:05:00"), "DDD") == ("suppress", ("hourly",))
    assert script.lane.next_alert_ts(at("10:05:00")) == at("10:12:00")
    assert refused(script, at("10:12:00", -1), "EEE") == ("suppress", ("hourly",))
    assert refused(script, at("10:12:00"), "DDD") == ("signal", ())
    assert script.lane.next_alert_ts(at("10:12:00")) == at("10:32:00")


def test_under_pause_the_fourth_signal_waits_for_the_oldest() -> None:
    script = Script(platform(), acting="platform")
    three_alerts(script)
    assert refused(script, at("10:05:00"), "DDD") == ("suppress", ("hourly",))
    assert script.lane.next_alert_ts(at("10:05:00")) == at("10:31:00")
    assert refused(script, at("10:31:00", -1), "EEE") == ("suppress", ("hourly",))
    assert refused(script, at("10:31:00"), "DDD") == ("signal", ())


def test_the_same_ticker_is_free_again_after_exactly_fifteen_minutes() -> None:
    script = Script()
    script.signal(at("10:00:00"))
    assert refused(script, at("10:14:59"), "ABCD") == ("suppress", ("cooloff",))
    assert script.lane.cooloff_ends("ABCD", at("10:14:59")) == at("10:15:00")
    assert refused(script, at("10:15:00", -1), "OTHER") == ("signal", ())
    assert refused(script, at("10:15:00"), "ABCD") == ("signal", ())


@pytest.mark.parametrize(("after_ns", "allowed"), [(2 * S, True), (2 * S + 1, False)])
def test_an_alert_cancelled_within_two_seconds_leaves_no_cool_off(
    after_ns: int, allowed: bool
) -> None:
    script = Script()
    t = at("10:00:00")
    script.signal(t)
    script.batch(t + after_ns, collapsed=True)
    assert [d.reasons for d in script.kinds("cancel")] == [("collapse",)]
    kind, reasons = refused(script, t + 3 * S, "ABCD")
    assert (kind, reasons) == (("signal", ()) if allowed else ("suppress", ("cooloff",)))
    assert script.lane.alerts_hour(t + 3 * S) == (2 if allowed else 1)  # the hour counts both


def test_an_early_cancel_gives_back_the_cool_off_of_the_alert_before() -> None:
    script = Script(
        changed(small_account(), throttle=changed(small_account().throttle, per_hour=9))
    )
    t = at("10:00:00")
    script.signal(t)
    script.batch(t + 1 * S, collapsed=True)
    script.signal(t + 3 * S)
    script.batch(t + 10 * S, collapsed=True)
    assert refused(script, t + 903 * S - 1, "ABCD")[0] == "suppress"
    script.signal(t + 903 * S)
    script.batch(t + 904 * S, collapsed=True)
    assert script.lane.state.cool["ABCD"] == t + 3 * S
    script.signal(t + 905 * S)


def test_while_one_is_pending_on_the_symbol_none_follows() -> None:
    profile = changed(small_account(), throttle=changed(small_account().throttle, cooloff_s=0))
    script = Script(profile)
    t = at("10:00:00")
    script.signal(t)
    assert refused(script, t + S, "ABCD") == ("suppress", ("pending",))


def test_an_alert_of_exactly_an_hour_ago_is_out_of_the_window() -> None:
    t = at("10:40:00")
    assert alerts_within_hour([t - 3_600 * S, t - 3_600 * S + 1, t], t) == 2


def test_a_refusal_is_written_once_until_its_reasons_change() -> None:
    script = Script()
    t = at("11:40:00")
    first = script.batch(t, score=90_000)
    again = script.batch(t + MS, score=90_000)
    with_flash = script.batch(t + 2 * MS, score=90_000, rejects=("flash",))
    below = script.batch(t + 3 * MS, score=50_000)
    back = script.batch(t + 4 * MS, score=90_000, rejects=("flash",))
    kinds = [
        [(d.kind, d.reasons) for d in each] for each in (first, again, with_flash, below, back)
    ]
    assert kinds == [
        [("suppress", ("window",))],
        [],
        [("reject", ("flash",))],
        [("idle", ())],
        [("reject", ("flash",))],
    ]


def test_near_is_written_once_a_second_and_symbol() -> None:
    script = Script()
    view = script.symbol("ABCD")
    t = at("10:00:00")
    for offset in (0, 10, 20, 999, 1_000):
        script.lane.unqualified(t + offset * MS, view, "near")
        script.lane.unqualified(t + offset * MS + 1, view, "idle")
    assert [d.ts for d in script.kinds("near")] == [t, t + S]
    assert script.lane.state_of(view.sym) == "idle"


@pytest.mark.parametrize(
    ("clock", "ns", "reasons"),
    [
        ("09:30:00", -1, ("window",)),
        ("09:29:59", 0, ("window",)),
        ("09:30:00", 0, ()),
        ("10:30:00", 0, ()),
        ("11:29:59", 0, ()),
        ("11:30:00", -1, ()),
        ("11:30:00", 0, ("window",)),
        ("14:00:00", 0, ("if_ahead",)),
        ("15:00:00", -1, ("if_ahead",)),
        ("15:00:00", 0, ("window",)),
        ("08:00:00", 0, ("window",)),
    ],
)
def test_windows_start_inclusive_and_end_exclusive(
    clock: str, ns: int, reasons: tuple[str, ...]
) -> None:
    script = Script()
    assert refused(script, at(clock, ns), "ABCD") == ("suppress" if reasons else "signal", reasons)


def test_the_final_window_opens_only_ahead() -> None:
    ahead, behind = Script(), Script()
    assert ahead.trade(at("10:00:00"), WIN).body["net_e4"] > 0
    assert behind.trade(at("10:00:00"), LOSS).body["net_e4"] < 0
    assert refused(ahead, at("14:00:00"), "XYZ") == ("signal", ())
    assert refused(behind, at("14:00:00"), "XYZ") == ("suppress", ("if_ahead",))


def test_only_trades_closed_before_its_start_open_the_final_window() -> None:
    span = Window("FINAL", clock_s("14:00"), clock_s("15:00"), "if_ahead", 2)
    windows = (Window("OPEN", clock_s("13:00"), clock_s("14:00"), "signals", 3), span)
    profile = changed(small_account(), day=changed(small_account().day, windows=windows))
    script = Script(profile)
    blueprint = script.signal(at("13:59:50"))
    assert script.command(at("13:59:50", 300 * MS), Confirm(blueprint, 1))[0]
    script.batch(at("13:59:51"))
    script.batch(at("14:00:00"), bids=WIN, asks=[(122_400, 900)])
    assert script.lane.state.net_e4 > 0
    assert refused(script, at("14:00:01"), "XYZ") == ("suppress", ("if_ahead",))


def test_a_third_entry_fills_the_primary_window_and_a_new_one_counts_anew() -> None:
    quick = changed(small_account().throttle, per_hour=9)
    script = Script(changed(small_account(), throttle=quick))
    for minute, ticker in ((31, "AAA"), (33, "BBB"), (35, "CCC")):
        script.trade(at(f"09:{minute}:00"), WIN, ticker)
    assert refused(script, at("10:29:59"), "DDD") == ("suppress", ("window_cap",))
    assert script.lane.window_now(at("10:29:59")) == ("PRIMARY", True, 3, 3, at("10:30:00"))
    script.trade(at("10:30:00"), WIN, "DDD")
    script.trade(at("10:32:00"), WIN, "EEE")
    assert refused(script, at("11:00:00"), "FFF") == ("suppress", ("window_cap",))
    script.trade(at("14:00:00"), WIN, "GGG")
    assert refused(script, at("14:30:00"), "HHH") == ("suppress", ("day_cap",))


def test_a_miss_gives_its_entry_back() -> None:
    script = Script()
    blueprint = script.signal(at("09:31:00"))
    assert script.command(at("09:31:00", 300 * MS), Confirm(blueprint, 1))[0]
    assert script.lane.state.by_window == {"PRIMARY": 1}
    script.batch(at("09:31:00", 350 * MS), asks=[(120_500, 900)])
    script.batch(at("09:31:20"))
    assert [d.body["label"] for d in script.kinds("outcome")] == ["MISS"]
    assert (script.lane.state.entries, script.lane.state.by_window) == (0, {"PRIMARY": 0})


def test_a_pending_lives_on_into_a_window_that_allows_signals() -> None:
    script = Script()
    script.signal(at("10:29:50"))
    script.batch(at("10:30:05"), "XYZ")
    assert not script.kinds("expire")


def test_a_pending_expires_at_the_boundary_of_a_closed_window() -> None:
    script = Script()
    script.signal(at("11:29:50"))
    script.batch(at("11:30:05"), "XYZ")
    (line,) = script.kinds("expire")
    assert (line.ts, line.reasons) == (at("11:30:00"), ("window",))


def test_time_to_live_ends_at_its_exact_instant() -> None:
    script = Script()
    t = at("10:00:00", 123)
    blueprint = script.signal(t)
    script.batch(t + 16 * S)  # the symbol itself is not frozen
    script.batch(t + 20 * S - 1, "XYZ")
    assert blueprint in script.lane.state.pendings
    script.batch(t + 20 * S, "XYZ")
    assert [(d.ts, d.reasons) for d in script.kinds("expire")] == [(t + 20 * S, ("ttl",))]


def test_an_early_close_ends_the_day_an_hour_before_it() -> None:
    half = session(close_ns=at("13:00:00"))
    plan = DayPlan(small_account().day, half)
    assert plan.off_ns == at("12:00:00")
    assert [(s.name, s.end_ns) for s in plan.spans] == [
        ("PRE", at("09:30:00")),
        ("PRIMARY", at("10:30:00")),
        ("SECONDARY", at("11:30:00")),
        ("DARK", at("12:00:00")),
    ]
    low = Window("LOW", clock_s("12:00"), clock_s("14:00"), "low")
    day = changed(
        small_account().day, windows=(low,), off_s=clock_s("15:45"), early_close_off_s=900
    )
    late = DayPlan(day, half)
    assert (late.off_ns, late.spans[0].end_ns) == (at("12:45:00"), at("12:45:00"))
    assert DayPlan(day, session()).off_ns == at("15:45:00")


def test_a_closed_window_says_when_the_next_may_open() -> None:
    whole, half = (Script(small_account(), close_ns=at(c)) for c in ("16:00:00", "13:00:00"))
    for clock, opens in (
        ("09:00:00", "09:30:00"),
        ("09:27:00", "09:30:00"),
        ("11:40:00", "14:00:00"),
    ):
        assert whole.lane.opens_next(at(clock)) == at(opens)
    assert whole.lane.opens_next(at("14:10:00")) is None
    assert half.lane.opens_next(at("11:40:00")) is None  # cut at 12:00, nothing opens there


def test_phase_zero_is_monitor_only() -> None:
    assert refused(Script(phase=0), at("10:00:00"), "ABCD") == ("suppress", ("phase",))


def test_a_low_confidence_window_alerts_at_half_size() -> None:
    low = Window("LOW", clock_s("12:00"), clock_s("14:00"), "low")
    script = Script(changed(small_account(), day=changed(small_account().day, windows=(low,))))
    script.signal(at("12:30:00"))
    (line,) = script.kinds("signal")
    assert (line.body["low"], line.body["shares"]) == (1, 200)


def test_a_signal_too_small_to_trade_is_rejected_for_its_size() -> None:
    script = Script(equity_cents=300_000)  # $7.50 at risk: 83 shares
    assert refused(script, at("10:00:00"), "ABCD") == ("reject", ("size",))


def test_remembered_reasons_end_with_the_last_window() -> None:
    lane = Script().lane
    assert lane.blockers(at("15:00:00", -1), "ABCD") == ("if_ahead",)
    assert lane.blockers(at("15:00:00"), "ABCD") == ("window",)
