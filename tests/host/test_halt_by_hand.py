"""`:halt SYM`: what it does to cards, alerts and books, and that it outlives a restart."""

import time
from pathlib import Path

from ramstock_tui.core import records as r
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Confirm, Halt
from ramstock_tui.journal.ledger_reader import read_ledger
from ramstock_tui.link import schema as m
from tests.host.help import ramstock, ran
from tests.host.scenes import alert
from tests.host.wire_screen import Host, Screen
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


def test_a_halt_by_hand_survives_the_kill_of_a_real_host_and_the_session_verifies(
    tmp_path: Path,
) -> None:
    words = ("--symbols", "6", "--rate", "200", "--speed", "40", "--seed", "7", "--keep")
    directory = tmp_path / "demo" / "halted"
    with Host(tmp_path, directory, *words) as host:
        screen = Screen(host.socket())
        ticker = ""
        while not ticker:
            screen.of(m.Frame)
            listed = screen.slices.get("symbols")
            ticker = listed[0][0] if listed and listed[0] else ""
        screen.send(m.Order(1, 0, time.monotonic_ns(), Halt(ticker)))
        verdict = screen.of(m.Verdict)
        assert (verdict.ok, f"{ticker} halted by hand" in verdict.text) == (True, True)
        began = screen.status().engine_ts
        while screen.status().engine_ts < began + 121 * S:  # two minutes of session time
            continue
        host.process.kill()
        assert host.wait() == -9
    with Host(tmp_path, directory, *words) as again:
        screen = Screen(again.socket())
        screen.send(m.View(("universe",), "", 10))
        states: dict[str, str] = {}
        while states.get(ticker) != "HALT":
            screen.of(m.Frame)
            rows = screen.slices.get("universe") or [[]]
            states = {row[0]: row[4] for row in rows[0]}
        screen.send(m.Order(2, 0, time.monotonic_ns(), Halt(ticker, False)))
        assert screen.of(m.Verdict).ok
        screen.send(m.End())
        assert again.wait() == 0
    lines = [line.raw for line in read_ledger(directory / "ledger.jsonl")]
    counters = [line for line in lines if line["kind"] == "counters"]
    assert counters
    assert all(line["ts"] % (60 * S) == 0 for line in counters)
    done = ramstock(tmp_path, "replay", directory, "--verify")
    assert (done.returncode, done.stderr) == (0, "")
