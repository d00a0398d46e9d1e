"""The reducer: what a restart gives back, and limits that no sequence of inputs exceeds."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core.decisions import KINDS, Decision
from ramstock_tui.core.lane_state import LaneState
from ramstock_tui.core.profile import Profile, Window
from ramstock_tui.core.records import Acknowledge, Command, Confirm, Lock, Reprice, Skip, Undo
from tests.core.lane.lane_script import (
    ASKS,
    BIDS,
    MS,
    Levels,
    S,
    Script,
    at,
    changed,
    clock_s,
    small_account,
)

T = at("10:00:00")
TICKERS = ("AAA", "BBB", "CCC")
QUOTES: tuple[tuple[Levels, Levels], ...] = (
    (BIDS, ASKS),
    (BIDS, [(120_300, 200), (120_400, 100), (120_500, 900)]),
    ([(120_100, 900)], [(120_500, 1_400)]),
    ([(122_300, 5_000)], [(122_500, 1_400)]),
    ([(119_300, 200), (119_200, 100)], [(119_600, 1_400)]),
    ([(100_000, 900)], [(100_300, 1_400)]),
    ([], [(120_300, 900)]),
)
STEP = st.one_of(
    st.tuples(
        st.just("batch"),
        st.sampled_from(TICKERS),
        st.sampled_from(QUOTES),
        st.sampled_from((0, 90_000, 90_000, 90_000)),
        st.sampled_from(("", "", "", "", "flash", "collapse")),
    ),
    st.tuples(st.just("open"), st.sampled_from(TICKERS)),
    st.tuples(st.just("move"), st.sampled_from(QUOTES)),
    st.tuples(
        st.just("command"),
        st.sampled_from(("confirm", "confirm", "skip", "reprice", "undo", "acknowledge")),
    ),
    st.tuples(st.just("engine"), st.sampled_from(("trip", "feed", "feed", "feed", "lock"))),
)
GAPS = st.sampled_from((MS, 300 * MS, 450 * MS, 500 * MS, 3 * S, 12 * S, 70 * S, 400 * S, 950 * S))
PLAYS = st.lists(st.tuples(GAPS, STEP), min_size=25, max_size=60)
FEW = st.lists(st.tuples(GAPS, STEP), min_size=8, max_size=25)


def copied(d: Decision) -> Decision:
    """The decision as a ledger gives it back."""
    body = msgspec.json.decode(msgspec.json.encode(d.body))
    return Decision(d.kind, d.seq, d.ts, d.i, d.profile, d.ticker, d.score, d.reasons, body)


def reduced(decisions: list[Decision]) -> bytes:
    state = LaneState()
    for d in decisions:
        state.apply(copied(d))
    return msgspec.msgpack.encode(state.dump())


def act(script: Script, t: int, step: tuple[Any, ...]) -> int:
    """One step of a play; gives the instant at which it ended."""
    what, *rest = step
    if what == "batch":
        ticker, (bids, asks), score, found = rest
        script.batch(t, ticker, bids, asks, score, (), found == "collapse", found == "flash")
    elif what == "open":
        script.batch(t, rest[0], BIDS, ASKS, score=90_000)
        script.command(t + 200 * MS, Confirm(*aim(script)))
        return t + 200 * MS
    elif what == "move":
        for k, trade in enumerate(list(script.lane.state.trades.values())):
            script.batch(t + k, trade.ticker, *rest[0])
        return t + 3
    elif what == "command":
        fresh(script, t)
        script.command(t, command_named(script, rest[0]))
    elif rest[0] == "lock":
        script.command(t, Lock())
    else:
        script.ticks(t)
        if rest[0] == "trip":
            script.lane.on_halt_trip(t, "AAA", "move")
        else:
            script.lane.on_feed_suspended(t, "silent")
            script.lane.on_feed_resumed(t)
    return t


def fresh(script: Script, t: int) -> None:
    script.link_ts = t
    for view in script.views.values():
        view.last_ts = t


def command_named(script: Script, name: str) -> Command:
    blueprint, version = aim(script)
    commands: dict[str, Command] = {
        "confirm": Confirm(blueprint, version),
        "skip": Skip(blueprint, version),
        "reprice": Reprice(blueprint, version),
        "undo": Undo(next(iter(script.lane.state.trades), "none")),
        "acknowledge": Acknowledge(),
    }
    return commands[name]


def aim(script: Script) -> tuple[str, int]:
    for pending in script.lane.state.pendings.values():
        return pending.id, pending.version
    return "none", 1


Play = list[tuple[int, tuple[Any, ...]]]


def unlimited() -> Profile:
    """No caps and no cool-off: many trades, so that loss rules and locks come into play."""
    profile = small_account()
    windows = (Window("ALL", clock_s("09:30"), clock_s("15:00"), "signals"),)
    profile = changed(profile, throttle=changed(profile.throttle, per_hour=99, per_day=99))
    profile = changed(profile, throttle=changed(profile.throttle, cooloff_s=0))
    unlimited_profile: Profile = changed(profile, day=changed(profile.day, windows=windows))
    return unlimited_profile


def played(play: Play, profile: Profile | None = None) -> Script:
    script = Script(profile)
    t = at("09:30:00")
    for gap, step in play:
        t = act(script, t + gap, step)
        assert reduced(script.decisions) == script.dump()
        check_blockers(script, t)
    return script


def check_blockers(script: Script, t: int) -> None:
    """The remembered reasons equal a fresh look, now and at instants that follow."""
    desk = script.lane._desk
    for later in (t, t + 5 * S, t + 600 * S):
        for ticker in TICKERS:
            fresh_look = desk.alert_reasons(later, ticker) + desk.window_reasons(later)
            fresh_look += desk.lock_reasons(later)
            assert script.lane.blockers(later, ticker) == tuple(sorted(fresh_look))


def check_limits(script: Script) -> None:
    """Alerts per hour, cool-off, one confirm per id, window and day caps of what was confirmed."""
    throttle, plan = script.profile.throttle, script.lane._desk.plan
    alerts = [d.ts for d in script.kinds("signal")]
    for k, ts in enumerate(alerts):
        recent = [x for x in alerts[:k] if x > ts - 3_600 * S]
        assert len(recent) < throttle.per_hour or ts - recent[-1] >= throttle.then_every_s * S
    confirms = script.kinds("confirm")
    assert len({d.body["id"] for d in confirms}) == len(confirms)
    gone = {d.body["id"] for d in script.kinds("withdraw")} | {
        d.body["id"]
        for d in script.kinds("outcome")
        if not d.body["shadow"] and not d.body["shares"]
    }
    kept = [d for d in confirms if d.body["id"] not in gone]
    assert len(kept) <= throttle.per_day
    for span in plan.spans:
        inside = [d for d in kept if span.start_ns <= d.ts < span.end_ns]
        assert span.allow in ("signals", "if_ahead") or not inside
        assert span.cap is None or len(inside) <= span.cap


@settings(max_examples=60, deadline=None)
@given(PLAYS, st.booleans())
def test_the_decisions_alone_give_the_state_at_every_point_and_no_limit_breaks(
    play: Play, free: bool
) -> None:
    script = played(play, unlimited() if free else None)
    check_limits(script)
    times = [d.ts for d in script.decisions]
    assert times == sorted(times)
    for d in script.decisions:
        assert d.kind in KINDS
        assert all(type(v) in (int, str, type(None), list) for v in d.body.values()), d


@settings(max_examples=30, deadline=None)
@given(FEW, FEW, st.booleans())
def test_a_restarted_lane_goes_on_as_the_one_that_replays_the_restart(
    before: Play, after: Play, free: bool
) -> None:
    profile = unlimited() if free else None
    replayed = played(before, profile)
    restarted = Script(profile)
    restarted.seq, restarted.now, restarted.link_ts = replayed.seq, replayed.now, replayed.link_ts
    restarted.views, restarted.evals = replayed.views, replayed.evals
    for d in replayed.decisions:
        restarted.lane.apply(copied(d))
    known = len(replayed.decisions)
    t = max(replayed.now, at("09:30:00")) + 5 * S
    for script in (replayed, restarted):
        script.lane.resume(t)
        script.now = t
        quotes = {name: (view.bids, view.asks) for name, view in script.views.items()}
        u = t
        for gap, step in after:
            u = act(script, u + gap, step)
        for name, (bids, asks) in quotes.items():  # the second one starts where the first did
            script.views[name].bids, script.views[name].asks = bids, asks
    tail = [d.hashed() for d in replayed.decisions[known:]]
    assert [d.hashed() for d in restarted.decisions] == tail
    assert restarted.dump() == replayed.dump()


def test_after_a_restart_cards_are_gone_and_the_rest_stays() -> None:
    script = Script()
    blueprint = script.signal(T, "AAA")
    assert script.command(T + 300 * MS, Confirm(blueprint, 1))[0]
    script.batch(T + 700 * MS, "AAA")
    script.signal(T + S, "BBB")
    again = Script()
    again.views = script.views
    for d in script.decisions:
        again.lane.apply(copied(d))
    again.lane.resume(T + 60 * S)
    assert [(d.ts, d.reasons) for d in again.kinds("expire")] == [(T + 60 * S, ("restart",))]
    state = again.lane.state
    assert (list(state.trades), state.entries, len(state.alerts)) == ([blueprint], 1, 2)
    assert state.trades[blueprint].filled == 500
    assert "cooloff" in again.lane.blockers(T + 60 * S, "BBB")
    assert again.lane.watching == {1, 2}
    assert again.lane.open_net_e4 == -35_000  # no mark yet
    again.batch(T + 61 * S, "AAA", bids=[(122_300, 900)], asks=[(122_400, 900)])
    assert again.kinds("outcome")[0].body["label"] == "TP"
    again.signal(T + 62 * S, "CCC")
    assert list(again.lane.state.pendings) == ["20261123-CCC-3"]


def test_what_became_due_while_it_was_down_happens_at_the_restart() -> None:
    script = Script()
    script.signal(T, "AAA")
    script.lane.on_halt_trip(T + S, "AAA", "move")
    script.lane.resume(T + 900 * S)
    script.lane.due(T + 900 * S)
    assert [d.ts for d in script.kinds("resume")] == [T + 900 * S]


def test_a_lane_ignores_the_decisions_of_others() -> None:
    script = Script()
    script.signal(T)
    other = Script(changed(small_account(), name="another"))
    for d in script.decisions:
        other.lane.apply(d)
    assert other.lane.state.n == 0


def test_a_decision_about_nothing_known_is_a_bug_and_says_so() -> None:
    with pytest.raises(KeyError):
        LaneState().apply(Decision("skip", 1, T, 0, "p", "AAA", body={"id": "none", "version": 1}))


def test_a_session_with_an_unknown_fee_model_does_not_open() -> None:
    with pytest.raises(ValueError, match="the fee model 'free' has no table"):
        Script(fee_model="free")
