"""Halt trips and their escalation, and a suspended feed."""

from typing import Any

import pytest

from ramstock_tui.core.records import Confirm
from tests.core.lane.lane_script import ASKS, BIDS, MS, S, Script, at, changed, small_account

T = at("10:00:00")


def with_scope(scope: str) -> Script:
    return Script(changed(small_account(), halt_scope=scope))


def cancels(script: Script) -> list[tuple[str, Any]]:
    return [(d.ticker, d.reasons[0]) for d in script.kinds("cancel")]


def test_a_trip_elsewhere_leaves_the_others_alone() -> None:
    script = with_scope("escalating")
    script.signal(T)
    script.lane.on_halt_trip(T + S, "OTHER", "move")
    assert not script.kinds("pause", "cancel")


def test_a_trip_of_a_pending_symbol_pauses_everything_for_five_minutes() -> None:
    script = with_scope("escalating")
    script.signal(T)
    script.signal(T + MS, "SECOND")
    script.lane.on_halt_trip(T + S, "ABCD", "move")
    assert cancels(script) == [("ABCD", "halt"), ("SECOND", "global_pause")]
    end = T + 301 * S
    assert script.lane.locks_now(end - 1) == [("global_pause", end)]
    made = script.batch(end - 1, "THIRD", BIDS, ASKS, score=90_000)
    assert made[-1].reasons == ("global_pause",)
    script.batch(end, "THIRD", BIDS, ASKS, score=90_000)
    assert [d.ts for d in script.kinds("resume")] == [end]
    assert [d.ts for d in script.kinds("signal")][-1] == end


def test_an_open_trade_escalates_and_a_shadow_does_not() -> None:
    script = with_scope("escalating")
    script.signal(T, "SHADOW")
    script.batch(T + 30 * S, "SHADOW")
    script.lane.on_halt_trip(T + 31 * S, "SHADOW", "halted")
    assert not script.kinds("pause")
    blueprint = script.signal(T + 40 * S, "REAL")
    script.command(T + 40 * S + 100 * MS, Confirm(blueprint, 1))
    script.lane.on_halt_trip(T + 41 * S, "REAL", "halted")
    assert len(script.kinds("pause")) == 1


@pytest.mark.parametrize(("third_ns", "pauses"), [(60 * S - 1, 1), (60 * S, 0)])
def test_three_different_symbols_within_sixty_seconds(third_ns: int, pauses: int) -> None:
    script = with_scope("escalating")
    for after, ticker in ((0, "A"), (S, "B"), (2 * S, "B"), (third_ns, "C")):
        script.lane.on_halt_trip(T + after, ticker, "move")
    assert len(script.kinds("pause")) == pauses


def test_each_new_escalating_trip_restarts_the_pause() -> None:
    script = with_scope("global")
    script.lane.on_halt_trip(T, "A", "move")
    script.lane.on_halt_trip(T + 100 * S, "B", "move")
    assert script.lane.state.pause_until == T + 400 * S
    script.batch(T + 350 * S, "X")
    assert not script.kinds("resume")


@pytest.mark.parametrize(("scope", "pauses"), [("global", 1), ("escalating", 0), ("symbol", 0)])
def test_the_first_foreign_trip_by_scope(scope: str, pauses: int) -> None:
    script = with_scope(scope)
    script.lane.on_halt_trip(T, "OTHER", "move")
    assert len(script.kinds("pause")) == pauses


def test_scope_symbol_cancels_the_card_and_never_escalates() -> None:
    script = with_scope("symbol")
    script.signal(T)
    script.signal(T + MS, "SECOND")
    for k, ticker in enumerate(("ABCD", "X", "Y")):
        script.lane.on_halt_trip(T + S + k, ticker, "move")
    assert cancels(script) == [("ABCD", "halt")]
    assert not script.kinds("pause")


@pytest.mark.parametrize(("scope", "pauses"), [("escalating", 1), ("symbol", 0)])
def test_a_market_wide_halt_cancels_every_card(scope: str, pauses: int) -> None:
    script = with_scope(scope)
    script.signal(T)
    script.lane.on_market_wide_halt(T + S)
    assert cancels(script) == [("ABCD", "halt")]
    assert len(script.kinds("pause")) == pauses


def test_a_suspended_feed_cancels_cards_and_holds_signals_back() -> None:
    script = Script()
    script.signal(T)
    script.lane.on_feed_suspended(T + 3 * S, "silent")
    assert cancels(script) == [("ABCD", "feed")]
    made = script.batch(T + 4 * S, "XYZ", BIDS, ASKS, score=90_000)
    assert made[-1].reasons == ("feed",)
    script.lane.on_feed_resumed(T + 5 * S)
    script.signal(T + 6 * S, "XYZ")
