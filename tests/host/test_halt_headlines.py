"""A headline that says a halt (D-22): which do, what it does to cards and alerts, restarts."""

from pathlib import Path

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.explain import explain
from ramstock_tui.core.headlines import says_halt
from ramstock_tui.core.records import Headline
from ramstock_tui.host.summary import decision_hash
from tests.host.help import played, ran, ran_from
from tests.host.scenes import alert, warm
from tests.host.test_halts_end_to_end import of
from tests.session_writer import S, Script, Stock, at

HALT = "ACME: T1 trading halt, news pending"


def news(script: Script, stock: Stock, text: str = HALT) -> None:
    script.blob(stock.sym, r.HEADLINE, Headline("BRFG", "BRFG$1", text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ACME (ACME): T1 news pending", "T1"),
        ("ACME T12", "T12"),
        ("Nasdaq: ACME H10, SEC suspension", "H10"),
        ("ACME paused, code LUDP", "LUDP"),
        ("LULD pause in ACME", "LULD pause"),
        ("Trading halt: ACME", "Trading halt"),
        ("Trading in ACME suspended by the SEC", "Trading in ACME suspended"),
        ("ACME shares halted for news", "halted"),
        ("NYSE halts trading of ACME", "halts trading"),
        ("ACME halt, news pending", "halt, news pending"),
        ("HALT ACME", "HALT"),
        ("No comment on price: ACME halted", "halted"),
        ("ACME says there is no trading halt", ""),
        ("ACME was not halted today", ""),
        ("ACME hasn't halted", ""),
        ("ACME halts production of its T100 and AT1 bonds", ""),
        ("ACME T3: trading resumes 10:35", ""),
        ("ACME model t1 is out", ""),
        ("whaleshalted ACME", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_codes_and_words_of_a_halt_are_told_from_other_news(text: str, said: str) -> None:
    assert says_halt(text) == said


def test_it_cancels_the_card_pauses_everything_and_rests_the_symbol_for_five_minutes() -> None:
    script = Script()
    wild = script.stock("WILD")
    alert(script, wild, "09:31:00")
    script.wait(10)
    news(script, wild)
    t = script.ts
    wild.stand(310)
    engine = ran(script)
    (halt,) = of(engine, "halt")
    assert (halt.ts, halt.ticker, halt.reasons, halt.body) == (
        t,
        "WILD",
        ("headline",),
        {"said": "T1"},
    )
    assert [(d.ts, d.reasons) for d in of(engine, "cancel")] == [(t, ("halt",))]
    (pause,) = of(engine, "pause")
    assert (pause.body["cause"], pause.body["until"]) == ("headline", t + 300 * S)
    halts = engine.by_ticker["WILD"].halts
    assert (halts.quarantined(t + 300 * S - 1), halts.quarantined(t + 300 * S)) == (True, False)


def test_a_quiet_symbol_is_quarantined_alone_and_explain_says_why() -> None:
    script = Script()
    wild, calm = script.stock("WILD"), script.stock("CALM")
    script.at("09:31:00")
    news(script, wild)
    news(script, calm, "CALM says there is no trading halt")
    warm(script, wild, "09:32:00")
    wild.trade(4, px=1203)
    alert(script, calm, "09:34:30")
    engine = ran(script)
    assert not of(engine, "pause")
    assert [d.ticker for d in of(engine, "signal")] == ["CALM"]
    assert ("quarantine",) in [d.reasons for d in of(engine, "reject") if d.ticker == "WILD"]
    found = explain(engine, engine.by_ticker["WILD"], engine.now)
    assert found.readings["quarantine"].value is True
    (gate,) = [g for g in found.profiles["small_account"].gates if g.gate == "quarantine"]
    assert gate.codes == ("quarantine",)


def test_three_symbols_in_a_minute_pause_everything() -> None:
    script = Script()
    for name, clock in (("AAA", "09:31:00"), ("BBB", "09:31:30"), ("CCC", "09:31:59")):
        stock = script.stock(name)
        script.at(clock)
        news(script, stock)
        if name == "AAA":  # another wire has it too: still one symbol of three
            news(script, stock)
    assert [(d.ts, d.ticker) for d in of(ran(script), "pause")] == [(at("09:31:59"), "CCC")]


def test_news_of_no_symbol_and_of_a_halted_symbol_trip_nothing_more() -> None:
    script = Script()
    wild = script.stock("WILD")
    alert(script, wild, "09:31:00")
    script.wait(10)
    wild.halt(1)
    script.wait(10)
    news(script, wild)
    script.blob(0, r.HEADLINE, Headline("BRFG", "BRFG$2", HALT))
    engine = ran(script)
    assert [d.reasons for d in of(engine, "halt")] == [("halted",), ("headline",)]
    assert len(of(engine, "pause")) == 1


def test_its_quarantine_outlives_a_restart() -> None:
    script = Script()
    wild = script.stock("WILD")
    script.at("09:31:00")
    wild.stand(1)
    news(script, wild)
    engine = ran(script)
    px, size = r.split_i64(len(engine.history))
    t = script.ts + S
    engine.run(engine.seq + 1, [(t, 0, r.RESUMED, r.LAST, px, size, r.RESUME_RESTART)])
    halts = engine.by_ticker["WILD"].halts
    assert halts.quarantined(script.ts + 300 * S - 1)
    assert not halts.quarantined(script.ts + 300 * S)


def test_a_recording_with_one_decides_the_same_at_any_pace(tmp_path: Path) -> None:
    script = Script()
    wild = script.stock("WILD")
    alert(script, wild, "09:31:00")
    script.wait(10)
    news(script, wild)
    wild.stand(30)
    path = script.write(tmp_path / "news")
    wanted = decision_hash(ran_from(path, "none"), "none")
    assert of(ran_from(path, "none"), "halt")
    assert played(path, "none", 10_000, 70) == wanted
    assert played(path, "none", 100_000, 900, observe=False) == wanted
