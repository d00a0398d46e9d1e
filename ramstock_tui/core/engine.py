"""The engine: rows and commands in, decisions out; `run` is the tuned loop of rulings 3."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.book import STALE_NS, Book
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.health import Health
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.offers import fake_wall
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import Command, Row, SessionOpened, SymbolInfo
from ramstock_tui.core.score import LEAN_ASKS, LEAN_BIDS, Leads, Scorer, leads, leaning, watches
from ramstock_tui.core.symbol import (
    COLLAPSE_BEGAN,
    COLLAPSED,
    FLASHED,
    NEVER,
    TRIPPED,
    Symbol,
)

T = TypeVar("T")
Answer = tuple[bool, str, list[tuple[str, bool, str]]]
TICK_NS = 100_000_000
NEAR = "near"
CLEAN_NS = 10_000_000_000  # the feed must be clean for so long before alerts resume (D-23)


class BadRecord(ValueError):
    """A record that cannot stand where it stands; the text says which and why."""


class Engine:
    """One session. Feed rows with `run`, commands with `command`, time without input with `tick`.

    decisions: new ones in order; the caller takes them with `drain`. rules: profile tables.
    observe: also keep what only screens and `explain` look at (walls); it changes no decision.
    Raises BadRecord for rows that cannot be (undeclared symbol, no session).
    """

    def __init__(self, rules: Rules, *, observe: bool = False) -> None:
        self.rules = rules
        self.observe = observe
        self.watching = watches(rules.profiles, observe)
        self.session: SessionOpened | None = None
        self.symbols: dict[int, Symbol] = {}
        self.books: dict[int, Book] = {}  # the books of `symbols`, one look-up nearer
        self.by_ticker: dict[str, Symbol] = {}
        self.lanes: list[Lane] = []
        self.scorers: list[tuple[Lane, Scorer]] = []
        self.leads = Leads(ratio_3=(0, 0))  # what a book must show before any lane can trigger
        self.decisions: list[Decision] = []
        self.history: list[Decision] = []  # every decision of the session: the reducer's input
        self.seq = 0  # last input
        self.link_ts = 0  # newest market record of any symbol
        self.now = 0  # newest event time
        self.next_due = NEVER  # earliest instant with something to do without input
        self.next_order = NEVER  # earliest order or exit walk that waits for an input or tick
        self.tried = 0  # when waiting orders were tried last
        self.watched: set[int] = set()  # symbols with something pending or open in any lane
        self.down = ""  # what the feed said when it stopped, "" = it runs
        self.health = Health()
        self.clean_at = NEVER  # when a resumed feed will have been clean for 10 s
        self.held = False  # nothing is decided until the next `Resumed`
        self._at = (0, 0)
        self._index = 0

    # inputs --------------------------------------------------------------------------------------
    def run(  # noqa: C901 - tuned: one loop, no call per record (rulings 3)
        self, seq: int, rows: Iterable[Row], blob: bytes = b""
    ) -> int:
        """Apply rows whose first has number `seq`; returns the number after the last.

        blob: the blob area that rows of the kinds in BLOB_KINDS point into.
        """
        symbols, books = self.symbols, self.books
        wide = self.leads.wide
        (num3, den3), (num5, den5), leans, busy, calm = self.leads
        (b1, b3, b5), (a1, a3, a5) = LEAN_BIDS, LEAN_ASKS
        due, order = self.next_due, self.next_order
        newest = self.link_ts
        try:
            for ts, sym, kind, flags, px, size, aux in rows:
                if ts >= due:
                    self.seq, self.link_ts = seq - 1, newest
                    self._advance(ts)
                    due, order = self.next_due, self.next_order
                if kind == 3:  # LEVEL_SET: `Book.set_level`, inlined
                    b = books[sym]
                    if ts > b.next_sample:
                        symbols[sym].begin(ts, True)
                    b.depth_ts = ts
                    if flags & 1:
                        sizes = b.bid_sizes
                        old = sizes.get(px, 0)
                        if old != size:
                            b.touched = True
                            b.log.append((ts, -px, old))
                            b.log_keys.append(-px)
                            if size and old:
                                sizes[px] = size
                                if px >= b.bid_limit5:
                                    b.bids5 += size - old
                                    if px >= b.bid_limit3:
                                        b.bids3 += size - old
                                        b.bids_moved = True
                            else:
                                b.bids.set(px, size)
                                if px >= b.bid_limit5:
                                    b.bid_dirty = b.restate = True
                    else:
                        sizes = b.ask_sizes
                        old = sizes.get(px, 0)
                        if old != size:
                            b.touched = True
                            b.log.append((ts, px, old))
                            b.log_keys.append(px)
                            if size and old:
                                sizes[px] = size
                                if px <= b.ask_limit5:
                                    b.asks5 += size - old
                                    if px <= b.ask_limit3:
                                        b.asks3 += size - old
                            else:
                                b.asks.set(px, size)
                                if px <= b.ask_limit5:
                                    b.ask_dirty = b.restate = True
                elif kind == 5:  # PRINT
                    s = symbols[sym]
                    if ts > s.book.next_sample:
                        s.begin(ts, False)
                    s.other_ts = ts
                    if not flags & 12:
                        s.print(ts, px, size, flags)
                else:
                    self.seq, self.link_ts = seq, newest
                    belongs = self._other((ts, sym, kind, flags, px, size, aux), blob)
                    wide = self.leads.wide
                    (num3, den3), (num5, den5), leans, busy, calm = self.leads
                    due, order, newest = self.next_due, self.next_order, self.link_ts
                    if not belongs:
                        seq += 1
                        continue
                if flags & 128:  # LAST
                    s = symbols[sym]
                    event = s.end_batch(ts)
                    b = s.book
                    newest = ts
                    if (
                        event
                        or s.attention
                        or (
                            ts >= s.valid_from
                            and (
                                den3 * b.bids3 >= num3 * b.asks3
                                or b.few
                                or (
                                    wide
                                    and (
                                        den5 * b.bids5 >= num5 * b.asks5
                                        or b.few5
                                        or (
                                            leans
                                            and b1 * b.bid_size + b3 * b.bids3 + b5 * b.bids5
                                            >= (over := busy if ts < s.busy_until else calm)
                                            * (a1 * b.ask_size + a3 * b.asks3 + a5 * b.asks5)
                                            and leaning(b, over)
                                        )
                                    )
                                )
                            )
                        )
                    ):
                        self.seq, self.link_ts = seq, ts
                        self._batch(ts, s, event)
                        due, order = self.next_due, self.next_order
                    if ts >= order:
                        self.seq, self.link_ts = seq, ts
                        self._orders(ts)
                        due, order = self.next_due, self.next_order
                seq += 1
        except KeyError as error:
            if sym in symbols:
                raise
            raise BadRecord(f"record {seq}: symbol id {error} was not declared") from None
        self.seq, self.link_ts = seq - 1, newest
        return seq

    def command(self, seq: int, ts: int, command: Command) -> Answer:
        """One operator command with its own `seq`; the acting lane answers."""
        if ts >= self.next_due:
            self._advance(ts)
        self.seq, self.now = seq, ts
        answer = self.acting.command(ts, command)
        self._reschedule()
        return answer

    def tick(self, ts: int) -> None:
        """Event time reached ts without an input: what was due by then happens."""
        if ts >= self.next_due:
            self._advance(ts)

    def drain(self) -> list[Decision]:
        """Decisions since the last call."""
        out, self.decisions = self.decisions, []
        return out

    def restore(self, decisions: Iterable[Decision]) -> None:
        """Before the first input of a restarted host: every decision of the session so far. The
        `Resumed` input that follows rebuilds the lanes from them."""
        self.history = list(decisions)

    def hold(self, ts: int, acknowledged: int) -> None:
        """Decide nothing until the next `Resumed`: what is decided cannot be written down. Rows go
        on into the books, for those who look. The lanes stand as the first `acknowledged` decisions
        of the session leave them, without pendings; what was decided after those never was. The
        session must be open."""
        self.held = True
        self._restart_lanes(ts, acknowledged)
        self.decisions.clear()
        self._reschedule()

    @property
    def acting(self) -> Lane:
        """The lane whose alerts and locks count."""
        return next(lane for lane in self.lanes if lane.acting)

    def scorer(self, lane: Lane) -> Scorer:
        """The compiled rules of a lane."""
        return next(scorer for other, scorer in self.scorers if other is lane)

    # time ----------------------------------------------------------------------------------------
    def _advance(self, ts: int) -> None:
        """Everything that is due at or before ts, in time order: exact instants first, then the
        tick (rulings 6) at which waiting orders reach the market."""
        while True:
            due = min(lane.next_due for lane in self.lanes)
            tick = self._order_tick()
            t = min(due, tick, self.clean_at)
            if t > ts:
                break
            if t == self.clean_at:
                self.clean_at = NEVER
                self.health.reason = ""
                for lane in self.lanes:
                    lane.on_feed_resumed(t)
            elif due <= tick:
                for lane in self.lanes:
                    lane.due(t)
            else:
                self._orders(t)
            self._reschedule()

    def _order_tick(self) -> int:
        """The tick at which waiting orders are tried next. One that found no valid book is tried
        again at ticks only while some book may become valid by time alone (it warms up); any other
        waits for an input."""
        order = self.next_order
        if order <= self.tried:
            watched = (self.symbols[sym] for sym in self.watched)
            if not any(s.cond and s.valid_from > self.tried for s in watched):
                return NEVER
            order = self.tried + 1
        return -(-order // TICK_NS) * TICK_NS

    def _orders(self, t: int) -> None:
        self.tried = t
        for lane in self.lanes:
            if t >= lane.next_order_due:
                lane.on_tick_or_input(t)
        self._reschedule()

    def _reschedule(self) -> None:
        """After a lane did anything: when and for which symbols it wants to be called next."""
        if self.held:
            self.next_due = self.next_order = NEVER
            return
        due = order = NEVER
        watched: set[int] = set()
        for lane in self.lanes:
            due = min(due, lane.next_due)
            order = min(order, lane.next_order_due)
            watched |= lane.watching
        if watched != self.watched:
            for sym in watched ^ self.watched:
                s = self.symbols[sym]
                s.watched = sym in watched
                s.attention = s.watched or s.marked or s.look
            self.watched = watched
        self.next_order = order
        self.next_due = min(due, self.clean_at, self._order_tick())

    # batch ends ----------------------------------------------------------------------------------
    def _batch(self, t: int, s: Symbol, event: int) -> None:
        """The rest of N-44 at a batch end that somebody has to hear of: halt trip and escalation,
        cancels and outcomes of what is open, then the score of each lane."""
        if self.held:
            return
        if event or s.watched:
            self._events(t, s, event)
        valid = t >= s.valid_from and t - s.book.depth_ts <= STALE_NS
        s.marked = False
        for lane, scorer in self.scorers:
            if valid and scorer.trigger(s, t) >= 0:
                lane.qualified(t, s, scorer.evaluate(s, t))
                self._reschedule()
            elif s.look or lane.states.get(s.sym, NEAR) != NEAR:
                self._fall_back(t, s, lane, scorer)
            s.marked = s.marked or lane.states.get(s.sym, NEAR) != NEAR
        s.look = False
        s.attention = s.marked or s.watched

    def _fall_back(self, t: int, s: Symbol, lane: Lane, scorer: Scorer) -> None:
        """Below the threshold: `near` at or above half of it (N-48), else idle. Between these two
        a score is looked at once a second only."""
        near = scorer.near(s, t)
        if near or s.sym in lane.states:
            lane.unqualified(t, s, NEAR if near else "idle")

    def _events(self, t: int, s: Symbol, event: int) -> None:
        if event:
            self._market_decisions(t, s, event)
        for lane in self.lanes:
            if s.sym in lane.watching:
                names = lane.profile.rejects
                flashed = bool(event & FLASHED) and "flash" in names
                faked = "fake_wall" in names and s.form and fake_wall(s, t)
                lane.on_batch(t, s, bool(event & COLLAPSED), flashed, faked)
        self._reschedule()

    def _market_decisions(self, t: int, s: Symbol, event: int) -> None:
        if event & TRIPPED:
            self._emit_market("halt", t, s.ticker, (s.halts.tripped,))
            for lane in self.lanes:
                lane.on_halt_trip(t, s.ticker, s.halts.tripped)
        if event & FLASHED:
            self._emit_market("flash", t, s.ticker, ())
        if event & COLLAPSE_BEGAN:
            self._emit_market("collapse", t, s.ticker, ())

    def _emit_market(self, kind: str, t: int, ticker: str, reasons: tuple[str, ...]) -> None:
        self.emit(Decision(kind, self.seq, t, 0, "", ticker, None, reasons))

    def emit(self, decision: Decision) -> None:
        """Number a decision within its input and keep it."""
        if self.held:
            return
        at = (decision.seq, decision.ts)
        self._index = self._index + 1 if at == self._at else 0
        self._at = at
        decision.i = self._index
        self.decisions.append(decision)
        self.history.append(decision)

    # other records -------------------------------------------------------------------------------
    def _other(self, row: Row, blob: bytes) -> bool:
        """Rare records. True when the row belongs to a batch of its symbol."""
        ts, sym, kind, flags, px, size, aux = row
        self.now = ts
        if kind not in _SYMBOL_KINDS or not sym:
            self._session_record(row, blob)
            return False
        s = self.symbols[sym]
        if ts > s.book.next_sample:
            s.begin(ts, kind == r.DEPTH_ROW)
        s.other_ts = ts
        if kind == r.DEPTH_ROW:
            s.depth_row(ts, bool(flags & r.BID), aux & 0xFF, aux >> 8 & 3, px, size)
        elif kind == r.BOOK_CLEAR or (kind == r.FEED and aux in _FEED_RESETS):
            s.clear_book(ts)
        elif kind == r.HALT:
            self._halt(ts, s, flags, aux)
        elif kind == r.L1_VALUE and aux == r.L1_VWAP:
            s.vwap_value(ts, r.join_i64(px, size))
        return True

    def _session_record(self, row: Row, blob: bytes) -> None:
        """A record of no symbol's batch."""
        ts, sym, kind, _, px, size, aux = row
        if kind in r.BLOB_KINDS:
            self._blob(kind, sym, ts, blob[size : size + aux])
        elif kind == r.RESUMED:
            self._resumed(ts, r.join_i64(px, size))
        elif kind == r.FEED:
            self._feed(ts, aux)
        elif kind == r.HEALTH:
            self._health(ts, aux, px, size)

    def _blob(self, kind: int, sym: int, ts: int, blob: bytes) -> None:
        if kind == r.SESSION:
            self._open(self._decoded(blob, SessionOpened), ts)
        elif kind == r.SYMBOL:
            if self.session is None:
                raise self._bad("a symbol was declared before the session was opened")
            info = self._decoded(blob, SymbolInfo)
            s = Symbol(sym, info, self.session, self.watching, ts)
            self.symbols[sym] = self.by_ticker[info.ticker] = s
            self.books[sym] = s.book
            for lane in self.lanes:
                lane.rewatch(ts)
            self._reschedule()

    def _decoded(self, blob: bytes, kind: type[T]) -> T:
        try:
            return msgspec.msgpack.decode(blob, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise self._bad(f"no {kind.__name__}: {problem}") from problem

    def _bad(self, problem: str) -> BadRecord:
        return BadRecord(f"record {self.seq}: {problem}")

    def _open(self, session: SessionOpened, ts: int) -> None:
        if self.session is not None:
            raise self._bad("a second session was opened; each has a directory of its own")
        if session.acting not in {profile.name for profile in self.rules.profiles}:
            raise self._bad(f"the acting profile {session.acting!r} has no table")
        if session.fee_model not in {model.name for model in self.rules.fees}:
            raise self._bad(f"the fee model {session.fee_model!r} has no table")
        self.session = session
        self._build_lanes(ts)
        self._reschedule()

    def _build_lanes(self, ts: int) -> None:
        """Fresh lanes for the session."""
        if self.session is None:
            raise self._bad("a session was resumed before it was opened")
        self.lanes = []
        self.scorers = []
        for profile in self.rules.profiles:
            scorer = Scorer(profile)
            lane = Lane(profile, self.rules, LaneContext(self, scorer))
            lane.open_session(self.session, ts)
            self.lanes.append(lane)
            self.scorers.append((lane, scorer))
        self.leads = leads([scorer for _, scorer in self.scorers])

    def _resumed(self, ts: int, acknowledged: int) -> None:
        """A restart: market state is forgotten; the lanes are rebuilt by the reducer from the
        decisions that the ledger had acknowledged (rulings 4). Decisions after those died with the
        host, so they never were."""
        for s in self.symbols.values():
            s.forget()
            self.books[s.sym] = s.book
        self.clean_at = NEVER
        self.down, self.health = "", Health()
        self.link_ts = 0
        self.tried = ts
        self.held = False
        self._restart_lanes(ts, acknowledged)
        self._reschedule()

    def _restart_lanes(self, ts: int, acknowledged: int) -> None:
        del self.history[acknowledged:]
        known = {id(decision) for decision in self.history}
        self.decisions = [d for d in self.decisions if id(d) in known]
        self._build_lanes(ts)
        for lane in self.lanes:
            for decision in self.history:
                lane.apply(decision)
            lane.resume(ts)

    def _feed(self, ts: int, code: int) -> None:
        if code in _FEED_WORDS:
            self.down = _FEED_WORDS[code]
            self._suspend(ts, self.down)
        elif code == r.FEED_UP:
            self.down = ""
            if self.health.clean:
                self.clean_at = ts + CLEAN_NS
        self._reschedule()

    def _health(self, ts: int, endpoint: int, lag_ms: int, rtt_ms: int) -> None:
        """A sample of lag and round trip (D-23)."""
        health = self.health
        if health.sample(ts, endpoint, lag_ms, rtt_ms):
            self._suspend(ts, health.reason)
        elif health.reason and not health.clean:
            self.clean_at = NEVER
        elif health.reason and not self.down and self.clean_at == NEVER:
            self.clean_at = ts + CLEAN_NS
        self._reschedule()

    def _suspend(self, ts: int, reason: str) -> None:
        self.clean_at = NEVER
        for lane in self.lanes:
            lane.on_feed_suspended(ts, reason)

    def _halt(self, ts: int, s: Symbol, flags: int, code: int) -> None:
        s.halt(ts, code)
        if flags & 2 and code > 0:
            for lane in self.lanes:
                lane.on_market_wide_halt(ts)
            self._reschedule()


_SYMBOL_KINDS = frozenset({r.DEPTH_ROW, r.BOOK_CLEAR, r.QUOTE_SIDE, r.L1_VALUE, r.HALT, r.FEED})
_FEED_RESETS = frozenset({r.FEED_SUBSCRIBED, r.FEED_SLOT_OPENED, r.FEED_GAP})
_FEED_WORDS = {r.FEED_STALE: "stale", r.FEED_GAP: "gap", r.FEED_DOWN: "down"}


class LaneContext:
    """What a lane may ask the engine."""

    __slots__ = ("_engine", "_scorer")

    def __init__(self, engine: Engine, scorer: Scorer) -> None:
        self._engine = engine
        self._scorer = scorer

    @property
    def seq(self) -> int:
        """Number of the last input."""
        return self._engine.seq

    @property
    def link_ts(self) -> int:
        """Newest market record of any symbol, ns."""
        return self._engine.link_ts

    def emit(self, decision: Decision) -> None:
        """Number and publish a decision."""
        self._engine.emit(decision)

    def view(self, ticker: str) -> Symbol | None:
        """The symbol as it is now, None when it is not declared (yet)."""
        return self._engine.by_ticker.get(ticker)

    def evaluate(self, ticker: str, t: int) -> Evaluation:
        """The full decision on a symbol at t."""
        return self._scorer.evaluate(self._engine.by_ticker[ticker], t)
