"""Records other than levels and prints, which the loop of the engine applies itself."""

from typing import TypeVar

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.engine_feed import account, clock, feed, health, symbol_feed
from ramstock_tui.core.engine_halts import halt, headline
from ramstock_tui.core.engine_lanes import admit, configured, open_session, resumed
from ramstock_tui.core.engine_state import EngineState
from ramstock_tui.core.listing import Universe
from ramstock_tui.core.records import (
    ConfigChanged,
    Headline,
    RefData,
    Row,
    SessionOpened,
    SymbolInfo,
)
from ramstock_tui.core.symbol import Symbol

T = TypeVar("T")
_SYMBOL_KINDS = frozenset({r.DEPTH_ROW, r.BOOK_CLEAR, r.QUOTE_SIDE, r.L1_VALUE, r.HALT, r.FEED})


def other(engine: EngineState, row: Row, blob: bytes) -> bool:
    """Rare records. True when the row belongs to a batch of its symbol."""
    ts, sym, kind, flags, px, size, aux = row
    engine.now = ts
    if kind not in _SYMBOL_KINDS or not sym:
        _session_record(engine, row, blob)
        return False
    s = engine.symbols[sym]
    if ts > s.book.next_sample:
        s.begin(ts, kind == r.DEPTH_ROW)
    s.other_ts = ts
    if kind == r.DEPTH_ROW:
        s.depth_row(ts, bool(flags & r.BID), aux & 0xFF, aux >> 8 & 3, px, size)
    elif kind == r.BOOK_CLEAR:
        s.clear_book(ts)
    elif kind == r.FEED:
        symbol_feed(engine, ts, s, aux)
    elif kind == r.QUOTE_SIDE:
        s.level1.quote(ts, bool(flags & r.BID), px, size)
    elif kind == r.HALT:
        halt(engine, ts, s, flags, aux)
    elif kind == r.L1_VALUE:
        value = r.join_i64(px, size)
        s.level1.value(ts, aux, value)
        if aux == r.L1_VWAP:
            s.vwap_value(ts, value)
    return True


def _session_record(engine: EngineState, row: Row, blob: bytes) -> None:
    """A record of no symbol's batch."""
    ts, sym, kind, flags, px, size, aux = row
    if kind in r.BLOB_KINDS:
        _blob(engine, kind, sym, ts, blob[size : size + aux])
    elif kind == r.RESUMED:
        resumed(engine, ts, r.join_i64(px, size))
    elif kind == r.FEED:
        feed(engine, ts, aux)
    elif kind == r.HEALTH:
        if flags & r.ANSWERED:
            engine.alive_ts = ts
        health(engine, ts, aux, px, size)
    elif kind == r.ACCOUNT:
        account(engine, ts, aux, r.join_i64(px, size))
    elif kind == r.CLOCK:
        clock(engine, ts, aux, r.join_i64(px, size))


def _blob(engine: EngineState, kind: int, sym: int, ts: int, blob: bytes) -> None:
    if kind == r.SESSION:
        open_session(engine, _decoded(engine, blob, SessionOpened), ts)
    elif kind == r.CONFIG:
        configured(engine, _decoded(engine, blob, ConfigChanged), ts)
    elif kind == r.SYMBOL:
        if engine.session is None:
            raise engine.bad_record("a symbol was declared before the session was opened")
        info = _decoded(engine, blob, SymbolInfo)
        s = Symbol(sym, info, engine.session, engine.watching, ts)
        engine.symbols[sym] = engine.by_ticker[info.ticker] = s
        engine.books[sym] = s.book
        engine.coverage.declare(ts, sym)
        if s.ticker in engine.by_hand:
            s.halt_by_hand(ts, True)
        for lane in engine.lanes:
            lane.rewatch(ts)
        engine.reschedule()
    else:
        _reference(engine, kind, sym, ts, blob)


def _reference(engine: EngineState, kind: int, sym: int, ts: int, blob: bytes) -> None:
    """What is known of symbols besides their market."""
    if kind == r.REFDATA:
        engine.refdata[sym] = _decoded(engine, blob, RefData)
    elif kind == r.HEADLINE and sym:
        headline(engine, ts, engine.symbols[sym], _decoded(engine, blob, Headline).text)
    elif kind == r.UNIVERSE:
        engine.universe = _decoded(engine, blob, Universe)
        admit(engine)


def _decoded(engine: EngineState, blob: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(blob, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise engine.bad_record(f"no {kind.__name__}: {problem}") from problem
