"""Acceptance 11 (under `platform`), 16 and 17: from records to cards, pauses and their ends."""

import msgspec
import pytest

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.host import rows
from ramstock_tui.host.drive import replay
from tests.core.sessions import rules
from tests.host.scenes import alert, warm
from tests.session_writer import MS, S, Script, Stock, at, opened


def ran(script: Script, scope: str = "escalating") -> Engine:
    tables = rules()
    profiles = tuple(msgspec.structs.replace(p, halt_scope=scope) for p in tables.profiles)
    return replay(msgspec.structs.replace(tables, profiles=profiles), script.chunks(), "none")


def of(engine: Engine, kind: str, *, to: str = "23:00:00") -> list[Decision]:
    names = ("", engine.acting.profile.name)
    return [d for d in engine.history if d.kind == kind and d.profile in names and d.ts < at(to)]


def jump(script: Script, stock: Stock, clock: str, px: int = 1240, ms: int = 0) -> None:
    """3.2 % within a minute: prints at 12.02, then one at px."""
    script.at(clock, ms)
    stock.beat([(1202, 10)])
    script.wait(1_000)
    stock.beat([(px, 10)])


def test_three_percent_on_another_symbol_quarantines_that_symbol_alone() -> None:
    script = Script()
    wild, calm = script.stock("WILD"), script.stock("CALM")
    warm(script, wild, "09:31:00")
    jump(script, wild, "09:33:00")
    warm(script, wild, "09:34:00")
    wild.trade(4, px=1203)
    alert(script, calm, "09:34:30")
    engine = ran(script)
    assert {(d.ticker, d.reasons) for d in of(engine, "halt")} == {("WILD", ("move",))}
    assert not of(engine, "pause")
    assert [d.ticker for d in of(engine, "signal")] == ["CALM"]
    assert ("quarantine",) in [d.reasons for d in of(engine, "reject") if d.ticker == "WILD"]


def test_a_quarantined_symbol_says_so_and_until_when() -> None:
    script = Script()
    wild = script.stock("WILD")
    warm(script, wild, "09:31:00")
    jump(script, wild, "09:33:00")
    risk_ended = script.ts + 60 * S  # the low of 12.02 has left the minute
    wild.stand(70)
    engine = ran(script)
    symbol, lane = engine.by_ticker["WILD"], engine.acting
    word, until = rows.symbol_state(symbol, lane, script.ts, False)
    assert word == "quarantine"
    assert until is not None
    assert abs(until - (risk_ended + 300 * S)) <= S
    assert rows.symbol_state(symbol, lane, until, False)[0] != "quarantine"
    assert rows.symbol_state(symbol, lane, until - 1, False)[0] == "quarantine"


@pytest.mark.parametrize(("px", "trips"), [(1239, True), (1238, False)])
def test_the_move_that_trips_is_above_three_percent_to_the_cent(px: int, trips: bool) -> None:
    script = Script()
    wild = script.stock("WILD")
    warm(script, wild, "09:31:00")
    jump(script, wild, "09:33:00", px)
    assert bool(of(ran(script), "halt")) is trips


def test_three_percent_on_the_pending_symbol_pauses_everything_for_five_minutes() -> None:
    script = Script()
    wild, calm = script.stock("WILD"), script.stock("CALM")
    alert(script, wild, "09:31:00")
    script.wait(200)
    wild.beat([(1240, 10)])
    tripped = script.ts
    alert(script, calm, "09:33:00")
    calm.trade(920, px=1203)  # goes on until the pause has ended
    engine = ran(script)
    assert [d.reasons for d in of(engine, "cancel", to="09:32:00")] == [("halt",)]
    (pause,) = of(engine, "pause")
    assert (pause.ts, pause.body["until"]) == (tripped, tripped + 300 * S)
    held = [d.reasons for d in of(engine, "suppress") if d.ticker == "CALM"]
    assert held[0] == ("global_pause",)
    first = next(d for d in of(engine, "signal") if d.ticker == "CALM")
    assert tripped + 300 * S <= first.ts < tripped + 300 * S + 300 * MS


@pytest.mark.parametrize(("ms", "pauses"), [(999, 1), (1_000, 0)])
def test_the_third_symbol_within_sixty_seconds_pauses_everything(ms: int, pauses: int) -> None:
    script = Script()
    stocks = [script.stock(name) for name in ("AAA", "BBB", "CCC")]
    for stock in stocks:
        warm(script, stock, "09:31:00")
    jump(script, stocks[0], "09:32:59")
    jump(script, stocks[1], "09:33:20")
    jump(script, stocks[2], "09:33:58", ms=ms)
    engine = ran(script)
    assert len(of(engine, "halt")) == 3
    assert len(of(engine, "pause")) == pauses


@pytest.mark.parametrize(("scope", "pauses"), [("global", 1), ("escalating", 0), ("symbol", 0)])
def test_the_scope_decides_whether_a_foreign_symbol_pauses_everything(
    scope: str, pauses: int
) -> None:
    script = Script()
    wild = script.stock("WILD")
    warm(script, wild, "09:31:00")
    jump(script, wild, "09:33:00")
    assert len(of(ran(script, scope), "pause")) == pauses


def test_a_halted_symbol_alerts_again_60_s_after_its_resume_with_3_s_of_valid_book() -> None:
    script = Script()
    stock = script.stock("HALT")
    alert(script, stock, "09:31:00")
    script.wait(100)
    stock.halt(2)
    halted = script.ts
    script.ts = at("09:50:00")
    stock.halt(0)
    stock.stand(50)
    stock.trade(120, px=1203)  # 24 s, so the tape is fast when the quarantine ends
    engine = ran(script)
    assert [(d.ts, d.reasons) for d in of(engine, "cancel")] == [(halted, ("halt",))]
    signals = [d.ts for d in of(engine, "signal")]
    assert len(signals) == 2
    assert at("09:51:00") <= signals[1] <= at("09:51:00", 200)
    refused = {d.reasons for d in of(engine, "reject") if d.ts > at("09:50:00")}
    assert refused == {("quarantine",)}


def test_under_platform_the_fourth_alert_waits_until_the_first_is_an_hour_old() -> None:
    script = Script(opened(acting="platform"))
    names = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
    clocks = ("09:31:00", "09:40:00", "09:52:00", "10:05:00", "10:12:00", "10:31:00")
    for name, clock in zip(names, clocks, strict=True):
        stock = script.stock(name)
        script.at(clock)
        stock.book(
            [(px, 5000) for px in (1200, 1199, 1198, 1197, 1196)],
            [(1203, 1400), (1204, 1000), (1205, 900), (1206, 1000), (1207, 1000)],
        )
        stock.stand(6)
        stock.trade(40, px=1203, every_ms=150)
    engine = ran(script)
    signals = of(engine, "signal")
    assert [d.ticker for d in signals] == ["AAA", "BBB", "CCC", "FFF"]
    free = signals[0].ts + 3_600 * S
    assert free <= signals[3].ts < free + 150 * MS
    held = [(d.ticker, d.reasons) for d in of(engine, "suppress") if d.ts < free]
    assert [x for x in held if x[0] in ("DDD", "EEE")] == [
        ("DDD", ("hourly",)), ("EEE", ("hourly",)),
    ]  # fmt: skip
