"""Lanes from the session, from changed rules, and after a restart from the decisions so far."""

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine_state import EngineState
from ramstock_tui.core.halts import halted_by_hand, headlined
from ramstock_tui.core.health import Health
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_context import LaneContext
from ramstock_tui.core.pnl import fee_row
from ramstock_tui.core.records import ConfigChanged, SessionOpened
from ramstock_tui.core.score import Scorer, leads
from ramstock_tui.core.symbol_state import NEVER


def open_session(engine: EngineState, session: SessionOpened, ts: int) -> None:
    """The one session of this engine begins. Raises BadRecord for a second one, an acting profile
    without a table and a fee model without a row for the date."""
    if engine.session is not None:
        raise engine.bad_record("a second session was opened; each has a directory of its own")
    if session.acting not in {profile.name for profile in engine.rules.profiles}:
        raise engine.bad_record(f"the acting profile {session.acting!r} has no table")
    try:
        fee_row(engine.rules.fees, session.fee_model, session.date)
    except ValueError as problem:
        raise engine.bad_record(str(problem)) from None
    engine.session = session
    _build_lanes(engine, ts)
    if session.notes:
        body = {"texts": list(session.notes)}
        engine.emit(Decision("note", engine.seq, ts, 0, "", "", None, (), body))
    for lane in engine.lanes:
        lane.begin(ts)
    engine.reschedule()


def configured(engine: EngineState, changed: ConfigChanged, ts: int) -> None:
    """The lanes go on under these rules; what they hold stays, but for pendings. A replay under
    other rules than the session had (what-if) keeps its own."""
    if changed.before != engine.rules:
        return
    engine.rules = changed.rules
    engine.changed = engine.seq, changed
    body = {"now": list(changed.now), "later": list(changed.later)}
    engine.emit(Decision("limits", engine.seq, ts, 0, "", "", None, (), body))
    restart_lanes(engine, ts, len(engine.history))
    engine.reschedule()


def resumed(engine: EngineState, ts: int, acknowledged: int) -> None:
    """A restart: market state is forgotten; the lanes are rebuilt by the reducer from the decisions
    that the ledger had acknowledged (rulings 4). Decisions after those died with the host, so they
    never were."""
    for s in engine.symbols.values():
        s.forget()
        engine.books[s.sym] = s.book
    engine.clean_at = NEVER
    engine.down, engine.health = "", Health()
    engine.link_ts = engine.alive_ts = 0
    engine.coverage.forget(ts)
    engine.account = {}
    engine.tried = ts
    engine.held = False
    restart_lanes(engine, ts, acknowledged)
    engine.reschedule()


def restart_lanes(engine: EngineState, ts: int, acknowledged: int) -> None:
    """Fresh lanes as the first `acknowledged` decisions of the session leave them, without
    pendings; the later decisions are forgotten. Raises BadRecord when no session is open."""
    del engine.history[acknowledged:]
    known = {id(decision) for decision in engine.history}
    engine.decisions = [d for d in engine.decisions if id(d) in known]
    _build_lanes(engine, ts)
    for lane in engine.lanes:
        for decision in engine.history:
            lane.apply(decision)
        lane.resume(ts, held=engine.held)
    for ticker, said in headlined(engine.history).items():
        if ticker in engine.by_ticker:
            engine.by_ticker[ticker].halts.on_headline(said)
    engine.by_hand = halted_by_hand(engine.history)
    for s in engine.symbols.values():
        if s.halts.by_hand != (s.ticker in engine.by_hand):
            s.halt_by_hand(ts, not s.halts.by_hand)


def _build_lanes(engine: EngineState, ts: int) -> None:
    """Fresh lanes for the session."""
    if engine.session is None:
        raise engine.bad_record("a session was resumed before it was opened")
    engine.lanes = []
    engine.scorers = []
    for profile in engine.rules.profiles:
        scorer = Scorer(profile)
        lane = Lane(profile, engine.rules, LaneContext(engine, scorer))
        lane.open_session(engine.session, ts)
        engine.lanes.append(lane)
        engine.scorers.append((lane, scorer))
    engine.leads = leads([scorer for _, scorer in engine.scorers])
    for book in engine.books.values():
        book.slack, book.over = 0, 0.0
    engine.leaners = [scorer for _, scorer in engine.scorers if scorer.ramped]
    admit(engine)


def admit(engine: EngineState) -> None:
    """Where the universe decides who may alert, the lanes hear of it."""
    if engine.session is None or engine.session.admission != "universe":
        return
    known: frozenset[str] = frozenset()
    admitted = known if engine.universe is None else engine.universe.admitted()
    for lane in engine.lanes:
        lane.admit(admitted)
