"""Account floors, the phase, paused alerts: what they forbid, and that they outlive a restart."""

from typing import Any

import pytest

from ramstock_tui.core.blueprint import PHASE_MOST, allowed, share_caps
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.pnl import equity_level
from ramstock_tui.core.profile import AccountLimits, Rules
from ramstock_tui.core.records import Confirm, Lock, LowerPhase, PauseAlerts, Reprice
from tests.core.lane.lane_script import (
    ASKS,
    BIDS,
    MS,
    S,
    Script,
    at,
    changed,
    platform,
    rules_for,
    small_account,
)

USD = 100
LIMITS = AccountLimits(30_000 * USD, 25_000 * USD, 80_000 * USD, 100_000 * USD)
NOON_LESS = at("10:00:00")


class Account(Script):
    """A script under account limits."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        rules: Rules = changed(rules_for(self.profile), account=LIMITS)
        self.lane = Lane(self.profile, rules, self)
        self.lane.open_session(self.session, at("09:25:00"))
        self.lane.begin(at("09:25:00"))

    def restarted(self, t: int) -> None:
        """The lane anew from its decisions, as after a kill."""
        rules: Rules = changed(rules_for(self.profile), account=LIMITS)
        self.lane = Lane(self.profile, rules, self)
        self.lane.open_session(self.session, t)
        for d in list(self.decisions):
            self.lane.apply(d)
        self.lane.resume(t)


# equity -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cents", "level"),
    [
        (2_499_999, "block"),
        (2_500_000, "warn"),
        (2_999_999, "warn"),
        (3_000_000, ""),
        (8_000_000, ""),
        (8_000_001, "withdraw"),
        (10_000_000, "withdraw"),
        (10_000_001, "capped"),
        (0, ""),
    ],
)
def test_the_floors_and_reminders_at_their_exact_cents(cents: int, level: str) -> None:
    assert equity_level(cents, LIMITS) == level
    assert equity_level(cents, AccountLimits()) == ""


def test_below_the_floor_nothing_new_is_entered_until_the_account_says_more() -> None:
    script = Account(equity_cents=2_499_999)
    (said,) = script.decisions
    assert (said.kind, said.reasons) == ("equity", ("block",))
    (made,) = script.batch(at("09:31:00"), "AAA", BIDS, ASKS, score=90_000)
    assert made.reasons == ("equity_floor",)
    assert script.lane.locks_now(at("09:31:00")) == [("equity_floor", None)]
    script.lane.on_equity(at("09:32:00"), 2_500_000)
    assert script.kinds("equity")[-1].body == {"level": "warn", "equity_cents": 2_500_000}
    script.signal(at("09:33:00"), "AAA")


def test_a_fall_below_the_floor_blocks_the_confirm_of_a_card() -> None:
    script = Account()
    assert script.decisions == []
    card = script.signal(at("09:31:00"))
    script.lane.on_equity(at("09:31:00", 100 * MS), 2_499_999)
    ok, text, _ = script.command(at("09:31:00", 200 * MS), Confirm(card, 1))
    assert (ok, text) == (False, "blocked: equity_floor")


@pytest.mark.parametrize("known", [2_000_000, 9_000_000, 4_000_000])
def test_what_the_account_said_last_survives_a_restart(known: int) -> None:
    script = Account(equity_cents=2_400_000)
    script.lane.on_equity(at("09:31:00"), known)
    before = script.dump()
    script.restarted(at("09:40:00"))
    assert script.dump() == before
    blocked = [("equity_floor", None)] if known < 2_500_000 else []
    assert script.lane.locks_now(at("09:40:00")) == blocked


def test_a_kill_before_the_line_about_the_floor_loses_nothing() -> None:
    script = Account(equity_cents=2_400_000)
    script.decisions.clear()
    script.restarted(at("09:40:00"))
    assert [d.kind for d in script.decisions] == ["equity"]
    assert script.lane.locks_now(at("09:40:00")) == [("equity_floor", None)]


def test_sizes_count_no_equity_above_the_cap() -> None:
    def shares(equity_cents: int) -> int:
        script = Account(profile=platform(), equity_cents=equity_cents, acting="platform")
        plan = script.lane._desk.draft(script.symbol("AAA"), NOON_LESS)
        assert plan is not None
        return plan.shares

    assert shares(9_000_000) < shares(10_000_000) == shares(500_000_000)


# phase --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("phase", [1, 2, 3])
@pytest.mark.parametrize("equity_cents", [4_000_000, 10**12])
def test_no_setting_and_no_equity_yields_more_than_the_phase(phase: int, equity_cents: int) -> None:
    most = PHASE_MOST[phase - 1]
    greedy = changed(
        small_account().size,
        phase_caps=(5_000, 5_000, 5_000),
        share_cap=5_000,
        ceiling=None,
        risk_max_cents=None,
    )
    script = Script(changed(small_account(), size=greedy), phase=phase, equity_cents=equity_cents)
    plan = script.lane._desk.draft(script.symbol("AAA"), NOON_LESS)
    assert plan is not None
    assert plan.shares <= most
    if equity_cents > 10**9:
        assert (plan.shares, plan.cap) == (most, "phase")


def test_a_profile_without_caps_is_bound_by_phases_1_and_2_too() -> None:
    size = platform().size
    caps = [dict(share_caps(size, 4_000_000, phase, 120_300)).get("phase") for phase in range(4)]
    assert caps == [0, 100, 300, None]


def test_a_cut_of_the_risk_only_lowers_it() -> None:
    size = small_account().size
    assert [allowed(size, bp).risk_bp for bp in (None, 15, 25, 40)] == [25, 15, 25, 25]
    script = Script(risk_bp=15)
    plan = script.lane._desk.draft(script.symbol("AAA"), NOON_LESS)
    assert plan is not None
    assert plan.risk_budget_cents == 6_000  # 0.15 % of $40,000


def test_a_lowered_phase_counts_at_once_and_for_waiting_cards() -> None:
    script = Account()
    card = script.signal(at("09:31:00"))
    assert script.command(at("09:31:00", 100 * MS), LowerPhase(1))[:2] == (True, "phase 3 -> 1")
    ok, text, _ = script.command(at("09:31:00", 200 * MS), Confirm(card, 1))
    assert (ok, text) == (False, "blocked: size 500 > 100")
    assert script.command(at("09:31:00", 300 * MS), Reprice(card, 1))[1].endswith(
        "v2 100 ABCD at 12.04"
    )
    script.restarted(at("09:40:00"))
    assert script.lane.phase == 1


@pytest.mark.parametrize("phase", [3, 4, 2, -1])
def test_by_hand_a_phase_never_rises(phase: int) -> None:
    script = Account(phase=2)
    ok, text, _ = script.command(at("09:31:00"), LowerPhase(phase))
    assert (ok, text) == (False, f"phase {phase} is not below phase 2: by hand it only falls")
    assert script.kinds("refuse")[-1].body["command"] == "lower_phase"
    assert script.lane.phase == 2


def test_phase_zero_by_hand_is_monitor_only() -> None:
    script = Account()
    assert script.command(at("09:31:00"), LowerPhase(0))[0]
    (made,) = script.batch(at("09:32:00"), "AAA", BIDS, ASKS, score=90_000)
    assert made.reasons == ("phase",)
    assert script.lane.locks_now(at("09:32:00")) == [("phase", None)]


# alerts off ---------------------------------------------------------------------------------------
def test_paused_alerts_stop_signals_and_not_the_card_that_waits() -> None:
    script = Account()
    card = script.signal(at("09:31:00"))
    assert script.command(at("09:31:00", 100 * MS), PauseAlerts(True))[0]
    made = script.batch(at("09:31:00", 200 * MS), "BBB", BIDS, ASKS, score=90_000)
    assert made[-1].reasons == ("alerts_off",)
    script.batch(at("09:31:00", 300 * MS), "ABCD", score=90_000)
    assert script.command(at("09:31:00", 400 * MS), Confirm(card, 1))[0]
    script.restarted(at("09:40:00"))
    assert script.lane.locks_now(at("09:40:00")) == [("alerts_off", None)]
    assert script.command(at("09:41:00"), PauseAlerts(False))[0]
    script.signal(at("09:42:00"), "BBB")


def test_a_pause_of_alerts_neither_hides_nor_ends_a_lock() -> None:
    script = Account()
    script.command(at("09:31:00"), Lock())
    script.command(at("09:31:01"), PauseAlerts(True))
    script.command(at("09:31:02"), PauseAlerts(False))
    script.restarted(at("09:40:00") + S)
    assert script.lane.locks_now(at("09:40:01")) == [("manual_lock", None)]
