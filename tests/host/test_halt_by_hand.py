"""`:halt SYM`: what it does to cards, alerts and books, and that it outlives a restart."""

from ramstock_tui.core import records as r
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Confirm, Halt
from tests.host.help import ran
from tests.host.scenes import alert
from tests.session_writer import ASKS, BIDS, MS, S, Script, Stock, at


def of(engine: Engine, kind: str) -> list[Decision]:
    return [d for d in engine.history if d.kind == kind and d.profile in ("", "small_account")]


def carded() -> tuple[Engine, Script, Stock]:
    """An engine with a card on ACME, and the script that goes on from there."""
    script = Script()
    stock = script.stock("ACME")
    alert(script, stock, "09:31:00")
    return ran(script), script, stock


def fed_on(engine: Engine, script: Script) -> None:
    """The rest of the script, after what the engine has had."""
    rows = [row for row, _ in script.inputs() if row[0] > engine.now]
    engine.run(engine.seq + 1, rows)


def test_a_halt_by_hand_cancels_the_card_at_once_and_pauses_as_any_halt_does() -> None:
    engine, script, _ = carded()
    (pending,) = engine.acting.state.pendings.values()
    t = script.ts + 10 * MS
    ok, said, _ = engine.command(engine.seq + 1, t, Halt("ACME"))
    assert (ok, said) == (True, "ACME halted by hand: no alert on it until :resume ACME")
    assert [(d.ticker, d.reasons, d.body) for d in of(engine, "halt")] == [
        ("ACME", ("manual",), {"by_hand": 1})
    ]
    assert [d.reasons for d in of(engine, "cancel")] == [("halt",)]
    (pause,) = of(engine, "pause")
    assert (pause.ts, pause.body["cause"]) == (t, "manual")
    acme = engine.by_ticker["ACME"]
    assert (acme.reason(t), acme.halts.cause(t)) == ("halted", "manual")
    assert not engine.command(engine.seq + 1, t, Confirm(pending.id, 1))[0]


def test_after_its_end_the_symbol_rests_60_s_and_its_book_warms_up_anew() -> None:
    engine, script, stock = carded()
    t = script.ts + 10 * MS
    engine.command(engine.seq + 1, t, Halt("ACME"))
    end = t + 30 * S
    ok, said, _ = engine.command(engine.seq + 1, end, Halt("ACME", False))
    assert (ok, said) == (True, "ACME no longer halted by hand; quarantined for 60 s more")
    script.ts = end
    stock.stand(70)
    fed_on(engine, script)
    acme = engine.by_ticker["ACME"]
    assert acme.since == end
    assert acme.halts.quarantined(end + 60 * S - 1)
    assert not acme.halts.quarantined(end + 60 * S)


def test_the_exchange_halt_goes_on_when_the_one_by_hand_ends() -> None:
    engine, script, stock = carded()
    t = script.ts + 10 * MS
    engine.command(engine.seq + 1, t, Halt("ACME"))
    script.ts = t + S
    stock.halt(1)
    fed_on(engine, script)
    said = engine.command(engine.seq + 1, t + 2 * S, Halt("ACME", False))[1]
    assert said == "ACME no longer halted by hand; the exchange still halts it"
    assert engine.by_ticker["ACME"].halted


def test_what_cannot_be_halted_or_resumed_is_refused_in_words() -> None:
    engine, script, _ = carded()
    t = script.ts
    cases = [
        (Halt("NONE"), "NONE is no symbol of this session"),
        (Halt("ACME", False), "ACME was not halted by hand"),
    ]
    for command, said in cases:
        assert engine.command(engine.seq + 1, t, command)[:2] == (False, said)
    engine.command(engine.seq + 1, t, Halt("ACME"))
    again = engine.command(engine.seq + 1, t, Halt("ACME"))
    assert again[:2] == (False, "ACME is already halted by hand")
    assert [d.reasons for d in of(engine, "refuse")] == [
        ("no_symbol",),
        ("not_halted",),
        ("halted",),
    ]


def test_a_halt_by_hand_outlives_a_restart_and_trips_no_second_time() -> None:
    engine, script, _ = carded()
    t = script.ts + 10 * MS
    engine.command(engine.seq + 1, t, Halt("ACME"))
    known = len(engine.history)
    px, size = r.split_i64(known)
    engine.run(engine.seq + 1, [(t + S, 0, r.RESUMED, r.LAST, px, size, r.RESUME_RESTART)])
    fresh = Script(begin="09:32:00")
    stock = fresh.stock("ACME")
    fresh.at("09:32:01")
    stock.book(BIDS, ASKS)
    stock.stand(10)
    engine.run(engine.seq + 1, [row for row, blob in fresh.inputs() if not blob])
    acme = engine.by_ticker["ACME"]
    assert (acme.halted, acme.reason(at("09:32:11"))) == (True, "halted")
    assert len(engine.history) == known
    assert engine.command(engine.seq + 1, at("09:32:12"), Halt("ACME", False))[0]
    assert not acme.halted


def test_a_halt_whose_line_was_never_written_never_was() -> None:
    engine, script, _ = carded()
    t, known = script.ts + 10 * MS, len(engine.history)
    engine.command(engine.seq + 1, t, Halt("ACME"))
    engine.hold(t, known)
    assert not engine.by_ticker["ACME"].halted
    assert not engine.by_hand
