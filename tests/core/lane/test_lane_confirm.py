"""What a pending blueprint lives through: guards, one confirm, undo, new prices, cancels."""

from collections.abc import Callable

import pytest

from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.records import Acknowledge, Confirm, Lock, Reprice, Skip, Undo
from tests.core.lane.lane_script import ASKS, BIDS, MS, S, Script, at, changed, small_account

T = at("10:00:00")


def failing(guards: list[tuple[str, bool, str]]) -> dict[str, str]:
    return {name: text for name, holds, text in guards if not holds}


def blocked(script: Script, blueprint: str, t: int) -> dict[str, str]:
    """Failing guards of a confirm at t; {} = confirmed. Checks that a block changed nothing."""
    script.ticks(t)
    before = script.dump()
    ok, text, guards = script.command(t, Confirm(blueprint, 1))
    found = failing(guards)
    assert ok == (not found)
    if not ok:
        assert script.dump() == before
        (line,) = script.kinds("block")
        assert line.reasons == tuple(sorted(found))
        assert text == "blocked: " + "; ".join(found.values())
    return found


def test_one_key_once() -> None:
    script = Script()
    blueprint = script.signal(T)
    answers = [script.command(T + (300 + k) * MS, Confirm(blueprint, 1))[:2] for k in range(5)]
    assert [ok for ok, _ in answers] == [True, False, False, False, False]
    assert {text for ok, text in answers if not ok} == {"already confirmed"}
    script.batch(T + 800 * MS)
    script.batch(T + 900 * MS)
    assert len(script.kinds("confirm")) == 1
    assert [d.body["shares"] for d in script.kinds("fill") if not d.body["shadow"]] == [500]
    script.batch(T + S, bids=[(122_300, 5_000)], asks=[(122_400, 900)])
    ok, text, guards = script.command(T + 2 * S, Confirm(blueprint, 1))
    assert (ok, text, guards) == (False, "no longer pending", [("pending", False, text)])
    assert len(script.kinds("confirm")) == 1


def test_a_key_meant_for_another_version_confirms_nothing() -> None:
    script = Script()
    blueprint = script.signal(T)
    assert script.command(T + 100 * MS, Reprice(blueprint, 1))[0]
    assert blocked(script, blueprint, T + 200 * MS) == {"version": "card v2 != v1"}
    assert script.command(T + 300 * MS, Confirm(blueprint, 2))[0]


@pytest.mark.parametrize(
    ("age_ms", "extra_ns", "found"),
    [
        (500, 0, {}),
        (500, 1, {"link": "quote 0.6s > 0.5s"}),
        (600, 0, {"link": "quote 0.6s > 0.5s"}),
    ],
)
def test_a_frozen_link_blocks_beyond_half_a_second(
    age_ms: int, extra_ns: int, found: dict[str, str]
) -> None:
    script = Script()
    blueprint = script.signal(T)
    assert blocked(script, blueprint, T + age_ms * MS + extra_ns) == found
    assert (blueprint in script.lane.state.pendings) == bool(found)


@pytest.mark.parametrize(
    ("age_ns", "found"),
    [
        (1_500 * MS, {}),
        (2_000 * MS, {}),
        (2_000 * MS + 1, {"quote": "quote 2.1s > 2.0s"}),
        (2_100 * MS, {"quote": "quote 2.1s > 2.0s"}),
    ],
)
def test_a_resting_book_on_a_live_link_can_be_confirmed_for_two_seconds(
    age_ns: int, found: dict[str, str]
) -> None:
    script = Script()
    blueprint = script.signal(T)
    script.batch(T + age_ns - 100, "OTHER")
    assert blocked(script, blueprint, T + age_ns) == found


def _ask(px: int, size: int = 1_400) -> Callable[[Script], None]:
    def change(script: Script) -> None:
        script.batch(T + 2_100 * MS, bids=[(px - 300, 3_000)], asks=[(px, size)], score=0)
        script.evals["ABCD"] = Evaluation(90_000)

    return change


def _score(score: int, rejects: tuple[str, ...] = ()) -> Callable[[Script], None]:
    def change(script: Script) -> None:
        script.batch(T + 2_100 * MS)
        script.evals["ABCD"] = Evaluation(score, rejects)

    return change


def _spread(bid: int) -> Callable[[Script], None]:
    def change(script: Script) -> None:
        script.batch(T + 2_100 * MS, bids=[(bid, 3_000)])
        script.evals["ABCD"] = Evaluation(90_000)

    return change


def _halt(script: Script) -> None:
    script.batch(T + 2_100 * MS)
    script.evals["ABCD"] = Evaluation(90_000)
    script.symbol("ABCD").halted = True


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_ask(120_400), {}),
        (_ask(120_500), {"price": "ask 12.05 > entry 12.04"}),
        (_ask(120_200), {}),
        (_ask(120_100), {"price": "ask 12.01 moved 2 ticks > 1"}),
        (_ask(120_300, 1_200), {}),
        (_ask(120_300, 1_199), {"depth": "depth 1,199 < 1,200"}),
        (_spread(119_850), {}),
        (_spread(119_800), {"spread": "spread 0.05 > 1.5x 0.03"}),
        (_score(70_000), {}),
        (_score(69_999), {"score": "score 6.9999 < 7.0"}),
        (_score(90_000, ("quarantine",)), {"quarantine": "quarantined"}),
        (_score(90_000, ("stall",)), {}),
        (_halt, {"book": "book halted"}),
    ],
)
def test_each_guard_at_its_boundary(
    change: Callable[[Script], None], found: dict[str, str]
) -> None:
    script = Script()
    blueprint = script.signal(T)
    change(script)
    assert blocked(script, blueprint, T + 2_200 * MS) == found


def test_locks_and_windows_guard_a_confirm() -> None:
    script = Script()
    blueprint = script.signal(T)
    script.lane.state.locks["soft"] = T  # as a decision would have left it
    assert blocked(script, blueprint, T + 100 * MS) == {"lock": "soft_lock"}


def test_a_cap_reached_while_two_cards_hang_blocks_the_second() -> None:
    windows = tuple(changed(w, entries=1) for w in small_account().day.windows)
    script = Script(changed(small_account(), day=changed(small_account().day, windows=windows)))
    first, second = script.signal(T, "AAA"), script.signal(T + MS, "BBB")
    assert blocked(script, first, T + 100 * MS) == {}
    assert blocked(script, second, T + 200 * MS) == {"window": "window_cap"}


def test_skip_drops_the_card_and_keeps_its_shadow() -> None:
    script = Script()
    blueprint = script.signal(T)
    assert script.command(T + S, Skip(blueprint, 2))[:2] == (False, "card v1 != v2")
    assert script.command(T + S, Skip(blueprint, 1))[0]
    assert script.command(T + S, Skip(blueprint, 1))[:2] == (False, "no longer pending")
    script.batch(T + 2 * S, bids=[(122_300, 5_000)], asks=[(122_400, 900)])
    (line,) = script.kinds("outcome")
    assert (line.body["label"], line.body["shadow"]) == ("TP", 1)
    assert (script.lane.state.net_e4, script.lane.state.entries) == (0, 0)


def test_reprice_gives_new_prices_and_leaves_the_clock_and_the_throttle() -> None:
    script = Script()
    blueprint = script.signal(T)
    script.batch(T + S, bids=[(120_200, 3_000)], asks=[(120_500, 1_400)], score=90_000)
    assert script.command(T + S, Reprice(blueprint, 1))[0]
    pending = script.lane.state.pendings[blueprint]
    assert (pending.version, pending.plan.entry_e4, pending.expires_ts) == (2, 120_600, T + 20 * S)
    assert len(script.lane.state.alerts) == 1
    assert script.command(T + S, Reprice(blueprint, 1))[1] == "card v2 != v1"
    assert script.command(T + S + MS, Confirm(blueprint, 2))[0]


@pytest.mark.parametrize(
    ("ev", "reasons"),
    [
        (Evaluation(79_999), ("score",)),
        (Evaluation(90_000, ("flash", "stall")), ("flash", "stall")),
        (Evaluation(90_000, (), "stale"), ("book",)),
    ],
)
def test_reprice_needs_the_whole_decision_now(ev: Evaluation, reasons: tuple[str, ...]) -> None:
    script = Script()
    blueprint = script.signal(T)
    script.evals["ABCD"] = ev
    assert not script.command(T + MS, Reprice(blueprint, 1))[0]
    (line,) = script.kinds("refuse")
    assert line.reasons == reasons
    assert script.lane.state.pendings[blueprint].version == 1


@pytest.mark.parametrize(
    ("after_ns", "text"),
    [(400 * MS - 1, "withdrawn #A1 ABCD"), (400 * MS, "already filled")],
)
def test_undo_works_until_the_order_reaches_the_market(after_ns: int, text: str) -> None:
    script = Script()
    blueprint = script.signal(T)
    confirmed = T + 300 * MS
    script.command(confirmed, Confirm(blueprint, 1))
    assert script.command(confirmed + after_ns, Undo(blueprint))[1] == text
    withdrawn = text != "already filled"
    assert script.lane.state.entries == (0 if withdrawn else 1)
    script.batch(T + 2 * S, bids=[(122_300, 5_000)], asks=[(122_400, 900)])
    assert [d.body["shadow"] for d in script.kinds("outcome")] == [int(withdrawn)]
    later = script.command(T + 3 * S, Undo(blueprint))[1]
    assert later == ("nothing to undo" if withdrawn else "already filled")
    assert script.lane.alerts_hour(T + 3 * S) == 1


@pytest.mark.parametrize(
    ("bid", "ask", "after_ns", "dies"),
    [
        (120_000, 120_400, S, False),  # .03 -> .04
        (119_900, 120_400, S, True),  # .03 -> .05
        (119_900, 120_400, 2 * S, True),
        (119_900, 120_400, 2 * S + 1, False),  # later it only blocks the confirm
        (0, 120_400, S, False),  # no quote, no spread
    ],
)
def test_blow_out_from_three_cents(bid: int, ask: int, after_ns: int, dies: bool) -> None:
    script = Script()
    script.signal(T)
    script.batch(T + after_ns, bids=[(bid, 900)] if bid else [], asks=[(ask, 1_400)])
    assert [d.reasons for d in script.kinds("cancel")] == ([("blow_out",)] if dies else [])


def test_two_to_three_cents_is_exactly_half_more_and_lives() -> None:
    script = Script()
    script.batch(T, bids=BIDS, asks=[(120_200, 1_400)], score=90_000)
    assert script.kinds("signal")
    script.batch(T + S, asks=[(120_300, 1_400)])
    assert not script.kinds("cancel")


@pytest.mark.parametrize(
    ("halted", "collapsed", "flash", "reason"),
    [
        (True, True, True, "halt"),
        (False, True, True, "collapse"),
        (False, False, True, "flash"),
    ],
)
def test_one_cancel_with_the_first_reason(
    halted: bool, collapsed: bool, flash: bool, reason: str
) -> None:
    script = Script()
    script.signal(T)
    script.symbol("ABCD").halted = halted
    script.batch(T + S, collapsed=collapsed, flash=flash)
    assert [d.reasons for d in script.kinds("cancel")] == [(reason,)]


def test_tape_slowdown_on_two_checks_on_end_cancels_at_its_exact_instant() -> None:
    script = Script()
    view = script.symbol("ABCD")
    view.prints = [T - k * 100 * MS for k in range(12)]  # 12 in 3 s: needs 4 in 2 s
    script.signal(T)
    view.prints += [T + 1_000 * MS + k for k in range(3)]
    script.batch(T + 5 * S, "OTHER")
    (line,) = script.kinds("cancel")
    # t0 + 1.0 s still sees ten of the old and one of the new; at 1.5 s 5 + 3, at 2.0 s 3, 2.5 s 3
    assert (line.ts, line.reasons) == (T + 2_500 * MS, ("slowdown",))


@pytest.mark.parametrize(("other_s", "cancelled"), [(4, True), (0, False)])
def test_a_symbol_silent_for_5_s_is_frozen_only_while_others_tick(
    other_s: int, cancelled: bool
) -> None:
    script = Script()
    view = script.symbol("ABCD")
    view.prints = []  # no rate at the trigger, so no slowdown
    script.signal(T)
    script.link_ts = T + other_s * S
    script.ticks(T + 6 * S)
    found = [(d.ts, d.reasons) for d in script.kinds("cancel")]
    assert found == ([(T + 5 * S, ("freeze",))] if cancelled else [])


def test_a_single_slow_check_does_not_cancel() -> None:
    script = Script()
    view = script.symbol("ABCD")
    view.prints = [T - k * 100 * MS for k in range(12)]
    script.signal(T)
    view.prints += [T + 2_100 * MS + k * 100 * MS for k in range(200)]
    script.batch(T + 19 * S, "OTHER")
    assert not script.kinds("cancel")


def test_commands_without_a_subject_are_refused_and_written() -> None:
    script = Script()
    assert script.command(T, Acknowledge())[:2] == (False, "no pause to acknowledge")
    assert script.command(T, Undo("x"))[:2] == (False, "nothing to undo")
    assert script.command(T, Reprice("x", 1))[:2] == (False, "no longer pending")
    assert [d.body["command"] for d in script.kinds("refuse")] == ["acknowledge", "undo", "reprice"]


def test_a_lock_by_hand_cancels_cards_and_stays() -> None:
    script = Script()
    blueprint = script.signal(T)
    assert script.command(T + S, Lock())[0]
    assert [d.reasons for d in script.kinds("cancel")] == [("manual_lock",)]
    assert not script.command(T + S, Lock())[0]
    assert not script.command(T + S, Confirm(blueprint, 1))[0]
    made = script.batch(T + 2 * S, "XYZ", BIDS, ASKS, score=90_000)
    assert made[0].reasons == ("manual_lock",)
    assert script.lane.locks_now(T + S) == [("manual_lock", None)]
