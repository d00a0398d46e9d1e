"""What a screen is told of limits, locks, other profiles and of why there is no alert."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.held import Spell
from ramstock_tui.core.profile import Losses
from ramstock_tui.core.records import Halt, Lock
from ramstock_tui.host import limits, rows
from ramstock_tui.host.held import Held
from ramstock_tui.host.tally import Tally
from ramstock_tui.host.whynot import WhyNot
from ramstock_tui.journal.lines import decision_line
from ramstock_tui.link import schema as m
from tests.host.help import ran
from tests.host.scenes import alert, warm
from tests.session_writer import ASKS, BIDS, S, Script, at


def limit(engine: Engine, name: str, t: int) -> m.LimitRow:
    view = limits.view(engine, engine.acting, t)
    (found,) = [row for row in view.rows if row.name == name]
    return found


def why(engine: Engine, *order: str, now: int) -> m.WhyView:
    parts = WhyNot().view(engine, order or tuple(engine.by_ticker), now)
    try:
        while True:
            next(parts)
    except StopIteration as done:
        found: m.WhyView = done.value
        return found


def alerted(*clocks: str) -> tuple[Engine, Script]:
    script = Script()
    for i, clock in enumerate(clocks):
        alert(script, script.stock(f"S{i}"), clock)
    return ran(script), script


def test_three_alerts_in_an_hour_show_when_the_next_is_free_and_what_stays_open() -> None:
    engine, script = alerted("09:31:00", "09:40:00", "09:52:00")
    row = limit(engine, "signals/h", script.ts)
    assert (row.used, row.most, row.on) == (3, 3, True)
    assert row.ends_ts == at("10:12:08", 400)
    assert (row.blocks, row.allows) == ("alerts but one every 20 min", "confirms of open cards")
    view = limits.view(engine, engine.acting, script.ts)
    assert [ticker for ticker, _ in view.cools] == ["S0", "S1", "S2"][-len(view.cools) :]
    assert limit(engine, "signals/h", at("10:12:08", 400)).on is False


def test_the_profiles_that_only_watch_say_what_holds_them() -> None:
    engine, _ = alerted("09:31:00")
    view = limits.view(engine, engine.acting, at("11:45:00"))
    assert dict(view.others) == {"platform": "window closed", "quant": "window closed"}
    row = limit(engine, "window", at("11:45:00"))
    assert (row.on, row.note, row.ends_ts) == (True, "DARK closed", at("14:00:00"))


def test_after_the_last_window_it_is_off() -> None:
    engine, _ = alerted("09:31:00")
    last = limit(engine, "window", at("14:59:59"))
    assert (last.note, last.ends_ts) == ("FINAL closed", at("15:00:00"))
    off = limit(engine, "window", at("15:00:00"))
    assert (off.on, off.note, off.ends_ts) == (True, "OFF", None)


def test_a_lock_says_what_it_leaves_alone() -> None:
    engine, script = alerted("09:31:00")
    engine.command(engine.seq + 1, script.ts, Lock())
    (row,) = (
        rows.lock(code, end, engine.acting.profile.losses)
        for code, end in engine.acting.locks_now(script.ts)
    )
    assert row.blocks == "by hand: no new entries"
    assert row.allows == "open trades run on to stop or target; scoring goes on"
    assert limit(engine, "day lock", script.ts).note == "locked by hand"


def test_every_lock_and_pause_has_words_for_both() -> None:
    assert set(rows._LOCKS) <= set(limits.ALLOWS)


def test_the_closest_symbols_say_what_blocks_them_and_since_when() -> None:
    script = Script()
    near, held, short = (script.stock(name) for name in ("NEAR", "HELD", "SHRT"))
    alert(script, held, "09:31:28")
    warm(script, near, "09:31:30")
    script.at("09:31:30")
    warm(script, short, "09:31:30")
    short.level(False, 1203, 1199)
    short.trade(4, px=1203)
    engine = ran(script)
    now = script.ts
    engine.command(engine.seq + 1, now, Halt("NEAR"))
    view = why(engine, now=now)
    by = {row.ticker: row for row in view.rows}
    assert "HELD" not in by  # it has a card
    assert (by["NEAR"].score_e4, by["NEAR"].blocked) == (None, "halted by hand")
    row = by["SHRT"]
    assert row.score_e4 == 70_000
    assert "depth 1,199" in row.blocked
    assert row.shortfall == "ask depth +1 sh"
    states = [d for d in engine.history if d.ticker == "SHRT" and d.profile == "small_account"]
    assert row.since_ts == states[-1].ts


def test_a_refilling_ask_shows_how_fast_it_refills() -> None:
    script = Script()
    stock = script.stock("ACME")
    script.at("09:31:00")
    bids = [(1200 - i, 1_000) for i in range(5)]
    stock.book([(px, 3_000) for px, _ in bids], [(1203, 1_400), (1204, 500), (1205, 400)])
    stock.stand(6)
    for _ in range(6):
        script.wait(250)
        stock.level(False, 1203, 1_000, [(1203, 400)])
        stock.trade(1, px=1203, every_ms=100)
        stock.level(False, 1203, 1_500)
        stock.trade(1, px=1203, every_ms=100)
        script.wait(50)
    engine = ran(script)
    acme = engine.by_ticker["ACME"]
    detail = rows.gate_detail("replenish", acme, engine.acting, script.ts)
    fills, _, _, refill = acme.flow.readings(script.ts)
    assert detail == f"ask refills {refill / fills:.2f}× fills"


def test_todays_counts_are_those_of_the_journal() -> None:
    engine, script = alerted("09:31:00", "09:40:00", "09:52:00", "10:05:00")
    view = why(engine, now=script.ts)
    mine = [d for d in engine.history if d.profile == "small_account"]

    def of(kind: str) -> list[Any]:
        return [d for d in mine if d.kind == kind]

    assert (view.signals, view.rejected, view.held) == (
        len(of("signal")),
        len(of("reject")),
        len(of("suppress")),
    )
    assert view.near == sum(len(of(k)) for k in ("near", "signal", "reject", "suppress"))
    assert dict(view.blockers)["hourly limit"] == sum("hourly" in d.reasons for d in of("suppress"))


def nearly() -> tuple[Engine, Script]:
    """Two symbols with an ask that is one share short, one of them with a wide spread later."""
    script = Script()
    for name, clock in (("SHRT", "09:31:00"), ("WIDE", "09:32:00")):
        stock = script.stock(name)
        script.at(clock)
        stock.book(BIDS, [(1203, 1199), *ASKS[1:]])
        stock.stand(6)
        stock.trade(11, px=1203)
        stock.book(asks=[(1206, 1199), *ASKS[3:]])
        stock.stand(5)
    return ran(script), script


def test_a_symbol_on_its_way_is_written_down_with_what_its_rules_read() -> None:
    engine, _ = nearly()
    mine = [
        d for d in engine.history if d.profile == "small_account" and d.kind in ("near", "idle")
    ]
    assert [d.kind for d in mine][:1] == ["near"]
    rules = {step.metric for step in engine.acting.profile.rules}
    for d in mine:
        assert set(d.info["readings"]) == rules  # those alone
        assert d.score is not None
        given = sum(s.points_e4 for s in engine.acting.profile.rules if s.metric not in d.reasons)
        assert d.kind == "idle" or d.score == given
    short = [d for d in mine if "ask_depth" in d.reasons]
    assert short
    assert all(d.info["readings"]["ask_depth"] < 1_200 for d in short)


def test_the_top_blockers_count_rules_without_points_as_the_journal_does() -> None:
    engine, script = nearly()
    view = why(engine, now=script.ts)
    lines = [decision_line(d) for d in engine.history if d.profile == "small_account"]
    counted = Counter(
        code
        for line in lines
        if line["kind"] in ("near", "reject", "suppress")
        for code in line["rejection_reason"].split(",")
    )
    assert view.blocked == sum(counted.values())
    assert dict(view.blockers)["depth<1,200"] == counted["ask_depth"] > 0
    assert (
        sorted((n for _, n in view.blockers), reverse=True)
        == sorted(counted.values(), reverse=True)[: len(view.blockers)]
    )


def test_a_tally_begins_anew_when_the_engine_forgot_some_decisions() -> None:
    engine, _ = alerted("09:31:00")
    tally = Tally()
    tally.look(engine)
    assert tally.kinds["signal"] == 1
    del engine.history[:]
    tally.look(engine)
    assert (tally.kinds["signal"], tally.since) == (0, {})


def test_every_profile_is_on_screen_with_its_score_and_whether_it_is_fitted() -> None:
    engine, script = alerted("09:31:00")
    s = engine.by_ticker["S0"]
    made = [rows.lane_row(lane, engine.scorer(lane), s, script.ts) for lane in engine.lanes]
    assert [(row.profile, row.calibrated) for row in made] == [
        ("platform", True), ("quant", False), ("small_account", True),
    ]  # fmt: skip
    assert all(row.score_e4 is not None for row in made)
    assert script.ts < at("09:31:00") + 60 * S


def test_a_score_says_since_when_each_rule_has_been_true() -> None:
    script = Script()
    stock = script.stock("ABCD")
    warm(script, stock, "09:31:00")
    stock.trade(2, px=1203)
    engine, t = ran(script), script.ts
    s, lane, held = engine.by_ticker["ABCD"], engine.acting, Held()

    def since(later: int) -> dict[str, tuple[int, str] | None]:
        ev = engine.scorer(lane).evaluate(s, t + later)
        names = [step.metric for step in lane.profile.rules]
        return dict(zip(names, held.look(engine, lane, s, t + later, ev), strict=True))

    first = since(0)
    assert first["tape_velocity"] == (at("09:31:08", 400), "")
    assert first["ratio_3"] == (at("09:31:03"), "")
    assert first["reclaim"] is None
    assert since(S // 2) == first  # it stands
    assert since(3 * S)["tape_velocity"] is None
    assert since(3 * S)["ratio_3"] is None  # the book is stale


def test_a_spell_that_only_looks_can_tell_says_so_and_ends_when_nobody_looked() -> None:
    held = Held()
    assert held._since(None, None, 10 * S) == (10 * S, "~")
    held._at = 10 * S
    assert held._since(None, (10 * S, "~"), 11 * S) == (10 * S, "~")
    assert held._since(None, (10 * S, "~"), 11 * S + 1) == (11 * S + 1, "~")
    # the engine knows no more than 10 s; an earlier look knew when it began
    assert held._since(Spell(9 * S, False), (4 * S, ""), 19 * S) == (4 * S, "")
    assert held._since(Spell(10 * S + 1, False), (4 * S, ""), 21 * S) == (10 * S + 1, "≥")
    assert held._since(Spell(12 * S, True), (4 * S, ""), 19 * S) == (12 * S, "")


def test_a_symbol_without_a_depth_slot_says_so_in_the_list() -> None:
    script = Script()
    stock = script.stock("PROB")
    script.at("09:31:00")
    script.row((script.ts, stock.sym, r.FEED, r.LAST, 0, 0, r.FEED_LINE))
    script.wait(100)
    script.row((script.ts, stock.sym, r.QUOTE_SIDE, r.LAST | r.BID, 120_000, 300, 0))
    (row,) = why(ran(script), now=script.ts).rows
    assert (row.score_e4, row.blocked, row.shortfall) == (
        None,
        "no depth slot",
        "key d asks for one",
    )


@pytest.mark.parametrize(
    ("count", "window_s", "said"),
    [(3, 1_800, "third loss in 30 min"), (2, 2_700, "second loss in 45 min"), (7, 60, "7th loss")],
)
def test_a_loss_pause_names_the_profile_s_own_limits(count: int, window_s: int, said: str) -> None:
    losses = script_losses(count, window_s)
    row = rows.lock("loss_pause", None, losses)
    assert row.blocks.startswith(said)
    assert row.blocks.endswith(": no new entries")


def script_losses(count: int, window_s: int) -> Losses:
    return msgspec.structs.replace(
        alerted("09:31:00")[0].acting.profile.losses, count=count, window_s=window_s
    )
