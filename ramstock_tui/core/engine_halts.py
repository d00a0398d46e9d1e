"""What concerns the market of every lane: halts (D-22) by exchange, headline, market or hand."""

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine_state import Answer, EngineState
from ramstock_tui.core.halts import HEADLINE, MANUAL
from ramstock_tui.core.headlines import says_halt
from ramstock_tui.core.listing import FDA
from ramstock_tui.core.records import Halt
from ramstock_tui.core.symbol import COLLAPSE_BEGAN, FLASHED, TRIPPED, Symbol


def halt(engine: EngineState, ts: int, s: Symbol, flags: int, code: int) -> None:
    """A halt or resumption as the exchange says it, of the symbol or of the whole market."""
    s.halt(ts, code)
    if flags & 2 and code > 0:
        for lane in engine.lanes:
            lane.on_market_wide_halt(ts)
        engine.reschedule()


def headline(engine: EngineState, t: int, s: Symbol, text: str) -> None:
    """A headline of a symbol. One that says a halt is halt risk at its instant (D-22)."""
    if FDA.search(text):
        engine.fda.add(s.ticker)
    said = "" if engine.held else says_halt(text)
    if not said:
        return
    trips = not s.halts.risk
    s.halts.on_headline(t)
    body = {"said": said}
    engine.emit(Decision("halt", engine.seq, t, 0, "", s.ticker, None, (HEADLINE,), body))
    if trips:
        for lane in engine.lanes:
            lane.on_halt_trip(t, s.ticker, HEADLINE)
        engine.reschedule()


def market_decisions(engine: EngineState, t: int, s: Symbol, event: int) -> None:
    """Decisions that concern every lane; event: the bits of `Symbol.end_batch`."""
    if event & TRIPPED:
        _emit(engine, "halt", t, s.ticker, (s.halts.tripped,))
        for lane in engine.lanes:
            lane.on_halt_trip(t, s.ticker, s.halts.tripped)
    if event & FLASHED:
        _emit(engine, "flash", t, s.ticker, ())
    if event & COLLAPSE_BEGAN:
        _emit(engine, "collapse", t, s.ticker, ())


def _emit(engine: EngineState, kind: str, t: int, ticker: str, reasons: tuple[str, ...]) -> None:
    engine.emit(Decision(kind, engine.seq, t, 0, "", ticker, None, reasons))


def by_hand(engine: EngineState, t: int, command: Halt) -> Answer:
    """A halt that the operator enters or takes back. When the answer is yes and the symbol is
    known, the caller ends a batch of it at t."""
    ticker, on = command.ticker, command.on
    s = engine.by_ticker.get(ticker)
    problem = _cannot(engine, s, command)
    if problem:
        code, text = problem
        said = {"text": text}
        refused = {"command": "halt", "id": ""}
        lane = engine.acting.profile.name
        engine.emit(
            Decision("refuse", engine.seq, t, 0, lane, ticker, None, (code,), refused, said)
        )
        return False, text, []
    body = {"by_hand": int(on)}
    engine.emit(Decision("halt", engine.seq, t, 0, "", ticker, None, (MANUAL,), body))
    (engine.by_hand.add if on else engine.by_hand.discard)(ticker)
    if s is not None:
        _halted_by_hand(engine, t, s, on)
    if on:
        return True, f"{ticker} halted by hand: no alert on it until :resume {ticker}", []
    feed = s is not None and s.halts.by_feed
    later = "the exchange still halts it" if feed else "quarantined for 60 s more"
    return True, f"{ticker} no longer halted by hand; {later}", []


def _cannot(engine: EngineState, s: Symbol | None, command: Halt) -> tuple[str, str] | None:
    """(code, words) of why a halt by hand, or its end, can do nothing."""
    ticker, stands = command.ticker, command.ticker in engine.by_hand
    if s is None and not stands:
        return "no_symbol", f"{ticker} is no symbol of this session"
    if command.on and stands:
        return "halted", f"{ticker} is already halted by hand"
    if not command.on and not stands:
        return "not_halted", f"{ticker} was not halted by hand"
    return None


def _halted_by_hand(engine: EngineState, t: int, s: Symbol, on: bool) -> None:
    trips = on and not s.halts.risk
    s.halt_by_hand(t, on)
    if trips:
        for lane in engine.lanes:
            lane.on_halt_trip(t, s.ticker, MANUAL)
