"""What the feed says of itself and of the account: lines, slots, gaps, lag, the clock, equity."""

from ramstock_tui.core import records as r
from ramstock_tui.core.book import STALE_NS
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine_state import CLEAN_NS, EngineState
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.symbol_state import NEVER

_FEED_RESETS = frozenset({r.FEED_SUBSCRIBED, r.FEED_SLOT_OPENED, r.FEED_SLOT_CLOSED})
_FEED_WORDS = {
    r.FEED_STALE: "stale",
    r.FEED_GAP: "gap",
    r.FEED_DOWN: "down",
    r.FEED_DELAYED: "delayed",
    r.FEED_SKEW: "skew",
    r.FEED_COMPETING: "competing",
}
_FEED_FLAWS = frozenset({r.FEED_DELAYED, r.FEED_SKEW})  # data come, but not to be traded on
_CLOCK_WORDS = {r.CLOCK_FORWARD: "forward", r.CLOCK_BEHIND: "wall_behind"}


def symbol_feed(engine: EngineState, ts: int, s: Symbol, code: int) -> None:
    """What became of one symbol's line or slot. What is pending goes with a book that ends."""
    coverage, lost = engine.coverage, code in _FEED_WORDS
    if code in _FEED_RESETS or lost:
        s.clear_book(ts)
    if code in (r.FEED_LINE, r.FEED_LINE_END):
        s.deep = bool(s.deep)
        coverage.line(ts, s.sym, code == r.FEED_LINE)
    elif code in (r.FEED_SLOT_OPENED, r.FEED_SLOT_CLOSED):
        s.deep = code == r.FEED_SLOT_OPENED
        s.look_again()
        coverage.deep(ts, s.sym, s.deep)
    elif code in (r.FEED_TAPE, r.FEED_TAPE_END):
        s.tape.start = ts if code == r.FEED_TAPE else NEVER
    elif code == r.FEED_UP:
        s.clean_from(ts + CLEAN_NS)
    elif lost and code != r.FEED_GAP:
        s.lost()
        coverage.lost(ts, s.sym)
    if lost:
        for lane in engine.lanes:
            lane.on_symbol_lost(ts, s.ticker)
    engine.reschedule()


def feed(engine: EngineState, ts: int, code: int) -> None:
    """What became of the feed as a whole. It is clean some time after it came up."""
    if code in _FEED_WORDS:
        engine.down = _FEED_WORDS[code]
        engine.coverage.feed(ts, code not in _FEED_FLAWS)
        engine.suspend(ts, engine.down)
    elif code == r.FEED_UP:
        engine.down = ""
        engine.coverage.feed(ts, False)
        if engine.health.clean:
            engine.clean_at = ts + CLEAN_NS
    engine.reschedule()


def health(engine: EngineState, ts: int, endpoint: int, lag_ms: int, rtt_ms: int) -> None:
    """A sample of lag and round trip (D-23)."""
    judge = engine.health
    engine.lag_p95_ms, engine.rtt_ms[endpoint] = lag_ms, rtt_ms
    if judge.sample(ts, endpoint, lag_ms, rtt_ms):
        engine.suspend(ts, judge.reason)
    elif not judge.clean:
        engine.clean_at = NEVER if judge.reason else engine.clean_at
    elif engine.acting.suspended and not engine.down and engine.clean_at == NEVER:
        engine.clean_at = ts + CLEAN_NS
    engine.reschedule()


def clock(engine: EngineState, ts: int, reason: int, ns: int) -> None:
    """Session time and the wall clock parted (rulings 5). After a jump forward nothing that was
    seen before counts as current: every book waits for its next record, and alerts for a clean
    feed."""
    said = _CLOCK_WORDS.get(reason)
    if said is None:
        return
    engine.emit(Decision("clock", engine.seq, ts, 0, "", "", None, (said,), {"ns": ns}))
    if reason != r.CLOCK_FORWARD:
        return
    for s in engine.symbols.values():
        s.outdated(ts)
    engine.link_ts = min(engine.link_ts, ts - STALE_NS - 1)
    engine.suspend(ts, "clock")
    if not engine.down and engine.health.clean:
        engine.clean_at = ts + CLEAN_NS
    engine.reschedule()


def account(engine: EngineState, ts: int, field: int, value: int) -> None:
    """What the broker says of the account. The first equity after the start is that of the start
    of the day; without one that of the session's opening stands."""
    first = field not in engine.account
    engine.account[field] = value
    if field != r.ACCOUNT_EQUITY:
        return
    if first and value > 0:
        for lane in engine.lanes:
            lane.on_day_equity(value)
    _equity(engine, ts, value)


def _equity(engine: EngineState, ts: int, cents: int) -> None:
    """What the broker says the account is worth."""
    if engine.held:
        return
    for lane in engine.lanes:
        lane.on_equity(ts, cents)
    engine.reschedule()
