"""Worked examples and acceptance cases, from the records to the ledger line, to the cent."""

import pytest

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Confirm
from ramstock_tui.host import summary
from ramstock_tui.journal.lines import decision_line
from tests.host.help import ran
from tests.host.scenes import alert, warm
from tests.session_writer import ASKS, BIDS, MS, Levels, S, Script, Stock, at, opened


def one(
    clock: str = "09:31:00", *, begin: str = "09:25:00", **session: object
) -> tuple[Script, Stock]:
    script = Script(opened(**session), begin)
    return script, script.stock("ACME")


def of(engine: Engine, kind: str) -> list[Decision]:
    return [d for d in engine.history if d.kind == kind]


def signal_of(script: Script) -> Decision:
    (found,) = of(ran(script), "signal")
    return found


def test_the_12_dollar_stock_gives_the_card_of_the_worked_example() -> None:
    script, stock = one()
    alert(script, stock, "09:31:00")
    line = decision_line(signal_of(script))
    body = line["body"]
    assert (body["entry_e4"], body["stop_e4"], body["target_e4"]) == (120_400, 119_500, 122_200)
    assert (body["formula_shares"], body["shares"], body["cap"]) == (1_111, 500, "share_cap")
    assert (body["risk_e4"], body["reward_e4"], body["fees_e4"]) == (450_000, 900_000, 35_000)
    assert (body["net_target_e4"], body["net_stop_e4"]) == (865_000, -485_000)
    assert body["break_even_bp"] == 3_593  # 35.9 %
    assert body["null_bp"] == 2_407  # 24.1 %
    assert (line["score"], line["ticker"], line["rejection_reason"]) == (9.0, "ACME", None)
    assert line["info"]["size"] == "$100/.09=1,111→cap 500"


def test_the_parts_of_the_score_are_those_of_the_worked_example() -> None:
    script, stock = one()
    alert(script, stock, "09:31:00")
    (signal,) = summary.profiles(ran(script))["small_account"]["signals"]
    points = {rule: part["points"] for rule, part in signal["parts"].items()}
    assert points == {
        "ratio_3": 3,
        "spread": 2,
        "tape_velocity": 2,
        "ask_depth": 2,
        "reclaim": 0,
    }
    assert signal["parts"]["ratio_3"]["value"] == pytest.approx(8_600 / 3_300)
    assert signal["parts"]["spread"]["value"] == "0.03"
    assert signal["blueprint"] == {
        "entry": "12.04",
        "stop": "11.95",
        "target": "12.22",
        "shares": 500,
        "risk_usd": "45.00",
    }


@pytest.mark.parametrize(
    ("equity", "budget_cents"), [(30_000, 7_500), (40_000, 10_000), (80_000, 10_000)]
)
def test_the_risk_of_a_trade_is_a_quarter_percent_up_to_100_dollars(
    equity: int, budget_cents: int
) -> None:
    script, stock = one(equity_cents=equity * 100)
    alert(script, stock, "09:31:00")
    body = signal_of(script).body
    assert body["risk_budget_cents"] == budget_cents
    assert body["formula_shares"] == budget_cents * 100 // 900


@pytest.mark.parametrize(("phase", "shares"), [(1, 100), (2, 300), (3, 500)])
def test_the_phase_caps_the_shares(phase: int, shares: int) -> None:
    script, stock = one(phase=phase, equity_cents=100_000_000)
    alert(script, stock, "09:31:00")
    assert signal_of(script).body["shares"] == shares


def test_one_share_short_at_the_ask_gives_no_card_and_says_so() -> None:
    script, stock = one()
    warm(script, stock, "09:31:00")
    stock.level(False, 1203, 1199)
    stock.trade(4, px=1203)
    engine = ran(script)
    assert not of(engine, "signal")
    ev = engine.scorer(engine.acting).evaluate(engine.symbols[1], script.ts)
    assert ev.rejects == ("depth_gate",)
    assert ev.score_e4 == 70_000
    assert ("ask_depth", 1_199, ">= 1,200", 0) in ev.parts


def reclaiming(script: Script, stock: Stock, asks: Levels) -> None:
    """The tape was below its VWAP for 6 s and crosses it by a cent: the reclaim point."""
    script.at("09:31:00")
    stock.book(BIDS, asks)
    stock.trade(4, px=1203, every_ms=500, size=100)
    stock.trade(14, px=1200, every_ms=500, size=1)
    stock.trade(12, px=1204, every_ms=200, size=1)


def test_one_share_short_is_rejected_by_name_when_the_score_qualifies_without_it() -> None:
    script, stock = one()
    reclaiming(script, stock, [(1203, 1199), *ASKS[1:]])
    found = of(ran(script), "reject")
    assert [(d.score, d.reasons) for d in found] == [(80_000, ("depth_gate",))]
    script, stock = one()
    reclaiming(script, stock, ASKS)
    assert [d.score for d in of(ran(script), "signal")] == [80_000]  # no tape yet


BLOWOUTS = [
    (1200, 1203, 1204, False),  # .03 -> .04
    (1200, 1203, 1205, True),  # .03 -> .05
    (1200, 1202, 1203, False),  # .02 -> .03, exactly half more
    (1200, 1202, 1204, True),
]


@pytest.mark.parametrize(("bid", "ask", "later", "gone"), BLOWOUTS)
def test_a_spread_that_widens_by_more_than_half_cancels_the_card(
    bid: int, ask: int, later: int, gone: bool
) -> None:
    script, stock = one()
    script.at("09:31:00")
    stock.book(BIDS, [(ask, 1400), *ASKS[1:]])
    stock.stand(6)
    stock.trade(12, px=ask)
    stock.trade(5, px=ask)
    stock.book(asks=[(later, 1400), *[(px, n) for px, n in ASKS if px > later]])
    stock.trade(4, px=later)
    engine = ran(script)
    (signal,) = of(engine, "signal")
    assert signal.body["ask_e4"] == ask * 100
    found = [d.reasons for d in of(engine, "cancel")]
    assert found == ([("blow_out",)] if gone else [])


def pending_at(asks: Levels) -> tuple[Engine, Script]:
    """A card 2.4 s old, then an ask that moved away without widening the spread."""
    script, stock = one()
    warm(script, stock, "09:31:00")
    stock.trade(13, px=1203)
    shift = asks[0][0] - 1203
    stock.book([(px + shift, n) for px, n in BIDS], asks)
    stock.trade(1, px=asks[0][0])
    return ran(script), script


def confirmed(engine: Engine, ts: int) -> str:
    (pending,) = engine.acting.state.pendings.values()
    return engine.command(engine.seq + 1, ts, Confirm(pending.id, pending.version))[1]


def test_a_confirm_is_blocked_when_the_price_ran() -> None:
    engine, script = pending_at([(1205, 1400), (1206, 1000), (1207, 900), (1208, 2000)])
    assert confirmed(engine, script.ts) == "blocked: ask 12.05 > entry 12.04"
    assert of(engine, "block")[0].reasons == ("price",)
    assert len(engine.acting.state.pendings) == 1


def test_a_confirm_one_tick_higher_is_taken() -> None:
    engine, script = pending_at([(1204, 1400), (1205, 1000), (1206, 900), (1207, 2000)])
    assert confirmed(engine, script.ts) == "confirmed #A1 500 ACME at 12.04"


@pytest.mark.parametrize(("silent_ms", "said"), [(500, "confirmed"), (600, "blocked")])
def test_a_confirm_on_a_frozen_feed_is_blocked(silent_ms: int, said: str) -> None:
    script, stock = one()
    alert(script, stock, "09:31:00")
    engine = ran(script)
    text = confirmed(engine, script.ts + silent_ms * MS)
    assert text.startswith(said)
    assert ("quote 0.6s > 0.5s" in text) == (silent_ms == 600)


def test_a_flash_wall_is_rejected_and_one_that_is_eaten_is_not() -> None:
    script, stock = one()
    warm(script, stock, "09:31:00")
    stock.level(True, 1200, 9_600)
    stock.trade(1, px=1203)  # the 12th print
    script.wait(100)
    stock.level(True, 1200, 3_600)
    stock.trade(4, px=1203)
    engine = ran(script)
    assert [d.reasons for d in of(engine, "reject")] == [("flash_hold",), ("flash",)]
    assert (len(of(engine, "flash")), of(engine, "signal")) == (1, [])
    script, stock = one()
    warm(script, stock, "09:31:00")
    stock.level(True, 1200, 9_600)
    stock.trade(6, px=1203)  # 1.2 s
    stock.level(True, 1200, 3_600, [(1200, 6_000)])
    stock.trade(1, px=1203)
    engine = ran(script)
    assert not of(engine, "flash")
    assert len(of(engine, "signal")) == 1


def test_an_ask_that_refills_as_fast_as_it_is_bought_is_rejected() -> None:
    script, stock = one()
    script.at("09:31:00")
    stock.book([(px, 1_000) for px, _ in BIDS], ASKS)
    stock.stand(6)
    for _ in range(3):
        stock.level(False, 1203, 1_000, [(1203, 400)])
        stock.trade(2, px=1200, every_ms=200)
        stock.level(False, 1203, 1_500)
        stock.trade(3, px=1200, every_ms=200)
        script.wait(0)
        stock.level(False, 1203, 1_400)
    stock.book(BIDS)
    engine = ran(script)
    assert [d.reasons for d in of(engine, "reject")] == [("replenish",)]


def test_the_fourth_alert_of_an_hour_waits_20_minutes_for_the_third() -> None:
    script = Script()
    names = ("AAA", "BBB", "CCC", "DDD", "EEE")
    stocks = {name: script.stock(name) for name in names}
    for name, clock in zip(names, ("09:31:00", "09:40:00", "09:52:00"), strict=False):
        alert(script, stocks[name], clock)
    alert(script, stocks["DDD"], "10:05:00")
    alert(script, stocks["EEE"], "10:11:59")  # would alert at 10:12:07.4: allowed at 10:12:08.4
    engine = ran(script)
    (refused,) = [d for d in of(engine, "suppress") if d.ticker == "DDD"]
    assert refused.reasons == ("hourly",)
    third, fourth = (d.ts for d in of(engine, "signal")[2:])
    assert third == at("09:52:08", 400)
    assert fourth == third + 1_200 * S


def test_the_same_ticker_cools_off_for_15_minutes_to_the_nanosecond() -> None:
    script, stock = one()
    alert(script, stock, "10:00:00")
    first = at("10:00:08", 400)
    script.ts = first + 897 * S
    stock.book(BIDS, ASKS)
    stock.trade(14, px=1203)
    script.ts = first + 900 * S - 1
    stock.beat([(1203, 10)])
    script.ts += 1
    stock.beat([(1203, 10)])
    engine = ran(script)
    assert [d.ts for d in of(engine, "signal")] == [first, first + 900 * S]
    late = [d for d in of(engine, "suppress") if d.ts > first + 60 * S]
    assert [d.reasons for d in late] == [("cooloff",)]


def test_given_a_card_and_a_halt_then_the_card_goes_and_everything_pauses_for_5_minutes() -> None:
    script, stock = one()
    alert(script, stock, "09:31:00")
    stock.halt(1)
    script.wait(400)
    stock.halt(0)
    engine = ran(script)
    assert [d.reasons for d in of(engine, "cancel")] in ([("halt",)], [("global_pause",)])
    (pause,) = of(engine, "pause")
    assert pause.body["until"] == pause.ts + 300 * S


def test_given_an_order_and_an_emptied_book_when_an_hour_passes_then_the_order_is_a_miss() -> None:
    script, stock = one()
    warm(script, stock, "09:31:00")
    stock.trade(1, px=1203)
    script.wait(100)
    stock.book([], [])
    script.wait(3_600_000)
    stock.book(BIDS, ASKS)
    engine = ran(script)
    assert len(of(engine, "signal")) == 1
    assert [d.body["label"] for d in of(engine, "outcome")] == ["MISS"]


def test_given_an_exit_under_way_when_the_book_is_stale_then_it_leaves_at_the_next_valid_one() -> (
    None
):
    script, stock = one()
    alert(script, stock, "09:31:00")
    stock.trade(8, px=1203)
    script.at("09:50:00")  # the forced exit was due in between
    stock.beat()
    engine = ran(script)
    (exit_,) = of(engine, "exit")
    assert exit_.body["label"] == "TIMEOUT"
    assert exit_.ts == at("09:46:08", 800)
    (outcome,) = of(engine, "outcome")
    assert (outcome.ts, outcome.body["label"]) == (at("09:50:00"), "TIMEOUT")
    assert outcome.body["net_e4"] == -150_000 - 35_000
