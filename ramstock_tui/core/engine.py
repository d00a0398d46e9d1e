"""The engine: rows and commands in, decisions out; `run` is the tuned loop of rulings 3."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.book import STALE_NS, Book
from ramstock_tui.core.coverage import Coverage
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.halts import HEADLINE, MANUAL, halted_by_hand, headlined
from ramstock_tui.core.headlines import says_halt
from ramstock_tui.core.health import Health
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.listing import FDA, Universe
from ramstock_tui.core.offers import fake_wall
from ramstock_tui.core.pnl import fee_row
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import (
    Command,
    ConfigChanged,
    Halt,
    Headline,
    RefData,
    RequestSlot,
    Row,
    SessionOpened,
    SymbolInfo,
)
from ramstock_tui.core.score import (
    LEAN_ASKS,
    LEAN_BIDS,
    NEVER_LEANS,
    Leads,
    Scorer,
    leads,
    leaning,
    watches,
)
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
        self.universe: Universe | None = None  # the newest one
        self.refdata: dict[int, RefData] = {}  # by symbol id, the newest of each
        self.fda: set[str] = set()  # tickers that a headline of today names with the FDA (S-K3)
        self.lanes: list[Lane] = []
        self.scorers: list[tuple[Lane, Scorer]] = []
        self.leaners: list[Scorer] = []  # those of them whose points rise by degrees
        self.leads = Leads(ratio_3=(0, 0))  # what a book must show before any lane can trigger
        self.decisions: list[Decision] = []
        self.history: list[Decision] = []  # every decision of the session: the reducer's input
        self.seq = 0  # last input
        self.link_ts = 0  # newest market record of any symbol
        self.alive_ts = 0  # newest answer of the broker (N-18)
        self.coverage = Coverage()
        self.rtt_ms: dict[int, int] = {}  # endpoint -> round trip as sampled last
        self.lag_p95_ms = 0
        self.account: dict[int, int] = {}  # ACCOUNT_* -> newest value, cents
        self.now = 0  # newest event time
        self.next_due = NEVER  # earliest instant with something to do without input
        self.next_order = NEVER  # earliest order or exit walk that waits for an input or tick
        self.tried = 0  # when waiting orders were tried last
        self.watched: set[int] = set()  # symbols with something pending or open in any lane
        self.down = ""  # what the feed said when it stopped, "" = it runs
        self.health = Health()
        self.clean_at = NEVER  # when a resumed feed will have been clean for 10 s
        self.by_hand: set[str] = set()  # tickers that the operator halted
        self.changed: tuple[int, ConfigChanged | None] = 0, None  # the last one and its number
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
        (num3, den3), (num5, den5), leans, lean = self.leads
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
                    (num3, den3), (num5, den5), leans, lean = self.leads
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
                                            and (
                                                over := lean[s.walled][ts < s.brisk_until][
                                                    ts < s.busy_until
                                                ]
                                            )
                                            < NEVER_LEANS
                                            and b1 * b.bid_size + b3 * b.bids3 + b5 * b.bids5
                                            >= over
                                            * (a1 * b.ask_size + a3 * b.asks3 + a5 * b.asks5)
                                            and leaning(b, over)
                                            and self._leaps(s, ts)
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
        """One operator command with its own `seq`; the acting lane answers, but for what concerns
        the market of every lane."""
        if ts >= self.next_due:
            self._advance(ts)
        self.seq, self.now = seq, ts
        if isinstance(command, RequestSlot):
            return self._request_slot(command)
        if isinstance(command, Halt):
            answer = self._by_hand(ts, command)
        else:
            answer = self.acting.command(ts, command)
        self._reschedule()
        return answer

    def _request_slot(self, command: RequestSlot) -> Answer:
        """What the feed makes of the wish is recorded when it does it."""
        symbol = self.by_ticker.get(command.ticker)
        if symbol is None:
            return False, f"{command.ticker}: is not in the list", []
        if symbol.deep is None:
            return False, "this market shows every book", []
        if symbol.deep:
            return False, f"{command.ticker} has a depth slot", []
        return True, f"{command.ticker} gets the next depth slot", []

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
            near = s.look and scorer.near(s, t)
            if valid and (near or not s.look) and scorer.trigger(s, t) >= 0:
                lane.qualified(t, s, scorer.evaluate(s, t))
                self._reschedule()
            elif s.look or lane.states.get(s.sym, NEAR) != NEAR:
                self._fall_back(t, s, lane, near if s.look else scorer.near(s, t))
            s.marked = s.marked or lane.states.get(s.sym, NEAR) != NEAR
        s.look = False
        s.attention = s.marked or s.watched

    def _leaps(self, s: Symbol, t: int) -> bool:
        """Does a lane whose points rise by degrees have enough of them: then it is to be asked."""
        return any(scorer.trigger(s, t) >= 0 for scorer in self.leaners)

    def _fall_back(self, t: int, s: Symbol, lane: Lane, near: bool) -> None:
        """Below the threshold: `near` at or above half of it (N-48), else idle. Between these two
        a score is looked at once a second only."""
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
        elif kind == r.BOOK_CLEAR:
            s.clear_book(ts)
        elif kind == r.FEED:
            self._symbol_feed(ts, s, aux)
        elif kind == r.QUOTE_SIDE:
            s.level1.quote(ts, bool(flags & r.BID), px, size)
        elif kind == r.HALT:
            self._halt(ts, s, flags, aux)
        elif kind == r.L1_VALUE:
            value = r.join_i64(px, size)
            s.level1.value(ts, aux, value)
            if aux == r.L1_VWAP:
                s.vwap_value(ts, value)
        return True

    def _symbol_feed(self, ts: int, s: Symbol, code: int) -> None:
        """What became of one symbol's line or slot. What is pending goes with a book that ends."""
        coverage, lost = self.coverage, code in _FEED_WORDS
        if code in _FEED_RESETS or lost:
            s.clear_book(ts)
        if code in (r.FEED_LINE, r.FEED_LINE_END):
            s.deep = bool(s.deep)
            coverage.line(ts, s.sym, code == r.FEED_LINE)
        elif code in (r.FEED_SLOT_OPENED, r.FEED_SLOT_CLOSED):
            s.deep = code == r.FEED_SLOT_OPENED
            s.look = s.attention = True
            coverage.deep(ts, s.sym, s.deep)
        elif code in (r.FEED_TAPE, r.FEED_TAPE_END):
            s.tape.start = ts if code == r.FEED_TAPE else NEVER
        elif code == r.FEED_UP:
            s.clean_at = ts + CLEAN_NS
        elif lost and code != r.FEED_GAP:
            s.lost()
            coverage.lost(ts, s.sym)
        if lost:
            for lane in self.lanes:
                lane.on_symbol_lost(ts, s.ticker)
        self._reschedule()

    def _session_record(self, row: Row, blob: bytes) -> None:
        """A record of no symbol's batch."""
        ts, sym, kind, flags, px, size, aux = row
        if kind in r.BLOB_KINDS:
            self._blob(kind, sym, ts, blob[size : size + aux])
        elif kind == r.RESUMED:
            self._resumed(ts, r.join_i64(px, size))
        elif kind == r.FEED:
            self._feed(ts, aux)
        elif kind == r.HEALTH:
            if flags & r.ANSWERED:
                self.alive_ts = ts
            self._health(ts, aux, px, size)
        elif kind == r.ACCOUNT:
            self._account(ts, aux, r.join_i64(px, size))
        elif kind == r.CLOCK:
            self._clock(ts, aux, r.join_i64(px, size))

    def _blob(self, kind: int, sym: int, ts: int, blob: bytes) -> None:
        if kind == r.SESSION:
            self._open(self._decoded(blob, SessionOpened), ts)
        elif kind == r.CONFIG:
            self._configured(self._decoded(blob, ConfigChanged), ts)
        elif kind == r.SYMBOL:
            if self.session is None:
                raise self._bad("a symbol was declared before the session was opened")
            info = self._decoded(blob, SymbolInfo)
            s = Symbol(sym, info, self.session, self.watching, ts)
            self.symbols[sym] = self.by_ticker[info.ticker] = s
            self.books[sym] = s.book
            self.coverage.declare(ts, sym)
            if s.ticker in self.by_hand:
                s.halt_by_hand(ts, True)
            for lane in self.lanes:
                lane.rewatch(ts)
            self._reschedule()
        else:
            self._reference(kind, sym, ts, blob)

    def _reference(self, kind: int, sym: int, ts: int, blob: bytes) -> None:
        """What is known of symbols besides their market."""
        if kind == r.REFDATA:
            self.refdata[sym] = self._decoded(blob, RefData)
        elif kind == r.HEADLINE and sym:
            self._headline(ts, self.symbols[sym], self._decoded(blob, Headline).text)
        elif kind == r.UNIVERSE:
            self.universe = self._decoded(blob, Universe)
            self._admit()

    def _headline(self, t: int, s: Symbol, text: str) -> None:
        """A headline of a symbol. One that says a halt is halt risk at its instant (D-22)."""
        if FDA.search(text):
            self.fda.add(s.ticker)
        said = "" if self.held else says_halt(text)
        if not said:
            return
        trips = not s.halts.risk
        s.halts.on_headline(t)
        body = {"said": said}
        self.emit(Decision("halt", self.seq, t, 0, "", s.ticker, None, (HEADLINE,), body))
        if trips:
            for lane in self.lanes:
                lane.on_halt_trip(t, s.ticker, HEADLINE)
            self._reschedule()

    def _admit(self) -> None:
        """Where the universe decides who may alert, the lanes hear of it."""
        if self.session is None or self.session.admission != "universe":
            return
        known: frozenset[str] = frozenset()
        admitted = known if self.universe is None else self.universe.admitted()
        for lane in self.lanes:
            lane.admit(admitted)

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
        try:
            fee_row(self.rules.fees, session.fee_model, session.date)
        except ValueError as problem:
            raise self._bad(str(problem)) from None
        self.session = session
        self._build_lanes(ts)
        if session.notes:
            body = {"texts": list(session.notes)}
            self.emit(Decision("note", self.seq, ts, 0, "", "", None, (), body))
        for lane in self.lanes:
            lane.begin(ts)
        self._reschedule()

    def _configured(self, changed: ConfigChanged, ts: int) -> None:
        """The lanes go on under these rules; what they hold stays, but for pendings. A replay under
        other rules than the session had (what-if) keeps its own."""
        if changed.before != self.rules:
            return
        self.rules = changed.rules
        self.changed = self.seq, changed
        body = {"now": list(changed.now), "later": list(changed.later)}
        self.emit(Decision("limits", self.seq, ts, 0, "", "", None, (), body))
        self._restart_lanes(ts, len(self.history))
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
        self.leaners = [scorer for _, scorer in self.scorers if scorer.ramped]
        self._admit()

    def _resumed(self, ts: int, acknowledged: int) -> None:
        """A restart: market state is forgotten; the lanes are rebuilt by the reducer from the
        decisions that the ledger had acknowledged (rulings 4). Decisions after those died with the
        host, so they never were."""
        for s in self.symbols.values():
            s.forget()
            self.books[s.sym] = s.book
        self.clean_at = NEVER
        self.down, self.health = "", Health()
        self.link_ts = self.alive_ts = 0
        self.coverage.forget(ts)
        self.account = {}
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
            lane.resume(ts, held=self.held)
        for ticker, said in headlined(self.history).items():
            if ticker in self.by_ticker:
                self.by_ticker[ticker].halts.on_headline(said)
        self.by_hand = halted_by_hand(self.history)
        for s in self.symbols.values():
            if s.halts.by_hand != (s.ticker in self.by_hand):
                s.halt_by_hand(ts, not s.halts.by_hand)

    def _feed(self, ts: int, code: int) -> None:
        if code in _FEED_WORDS:
            self.down = _FEED_WORDS[code]
            self.coverage.feed(ts, code not in _FEED_FLAWS)
            self._suspend(ts, self.down)
        elif code == r.FEED_UP:
            self.down = ""
            self.coverage.feed(ts, False)
            if self.health.clean:
                self.clean_at = ts + CLEAN_NS
        self._reschedule()

    def _health(self, ts: int, endpoint: int, lag_ms: int, rtt_ms: int) -> None:
        """A sample of lag and round trip (D-23)."""
        health = self.health
        self.lag_p95_ms, self.rtt_ms[endpoint] = lag_ms, rtt_ms
        if health.sample(ts, endpoint, lag_ms, rtt_ms):
            self._suspend(ts, health.reason)
        elif not health.clean:
            self.clean_at = NEVER if health.reason else self.clean_at
        elif self.acting.suspended and not self.down and self.clean_at == NEVER:
            self.clean_at = ts + CLEAN_NS
        self._reschedule()

    def _account(self, ts: int, field: int, value: int) -> None:
        """What the broker says of the account. The first equity after the start is that of the
        start of the day; without one that of the session's opening stands."""
        first = field not in self.account
        self.account[field] = value
        if field != r.ACCOUNT_EQUITY:
            return
        if first and value > 0:
            for lane in self.lanes:
                lane.on_day_equity(value)
        self._equity(ts, value)

    def _equity(self, ts: int, cents: int) -> None:
        """What the broker says the account is worth."""
        if self.held:
            return
        for lane in self.lanes:
            lane.on_equity(ts, cents)
        self._reschedule()

    def _clock(self, ts: int, reason: int, ns: int) -> None:
        """Session time and the wall clock parted (rulings 5). After a jump forward nothing that was
        seen before counts as current: every book waits for its next record, and alerts for a clean
        feed."""
        said = _CLOCK_WORDS.get(reason)
        if said is None:
            return
        self.emit(Decision("clock", self.seq, ts, 0, "", "", None, (said,), {"ns": ns}))
        if reason != r.CLOCK_FORWARD:
            return
        for s in self.symbols.values():
            s.outdated(ts)
        self.link_ts = min(self.link_ts, ts - STALE_NS - 1)
        self._suspend(ts, "clock")
        if not self.down and self.health.clean:
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

    # by hand -------------------------------------------------------------------------------------
    def _by_hand(self, t: int, command: Halt) -> Answer:
        """A halt that the operator enters or takes back, as a batch of the symbol at t."""
        ticker, on = command.ticker, command.on
        s = self.by_ticker.get(ticker)
        problem = self._cannot(s, command)
        if problem:
            code, text = problem
            said = {"text": text}
            refused = {"command": "halt", "id": ""}
            lane = self.acting.profile.name
            self.emit(
                Decision("refuse", self.seq, t, 0, lane, ticker, None, (code,), refused, said)
            )
            return False, text, []
        body = {"by_hand": int(on)}
        self.emit(Decision("halt", self.seq, t, 0, "", ticker, None, (MANUAL,), body))
        (self.by_hand.add if on else self.by_hand.discard)(ticker)
        if s is not None:
            self._halted_by_hand(t, s, on)
        if on:
            return True, f"{ticker} halted by hand: no alert on it until :resume {ticker}", []
        feed = s is not None and s.halts.by_feed
        later = "the exchange still halts it" if feed else "quarantined for 60 s more"
        return True, f"{ticker} no longer halted by hand; {later}", []

    def _cannot(self, s: Symbol | None, command: Halt) -> tuple[str, str] | None:
        """(code, words) of why a halt by hand, or its end, can do nothing."""
        ticker, stands = command.ticker, command.ticker in self.by_hand
        if s is None and not stands:
            return "no_symbol", f"{ticker} is no symbol of this session"
        if command.on and stands:
            return "halted", f"{ticker} is already halted by hand"
        if not command.on and not stands:
            return "not_halted", f"{ticker} was not halted by hand"
        return None

    def _halted_by_hand(self, t: int, s: Symbol, on: bool) -> None:
        trips = on and not s.halts.risk
        s.halt_by_hand(t, on)
        if trips:
            for lane in self.lanes:
                lane.on_halt_trip(t, s.ticker, MANUAL)
        if s.last_ts:
            if t > s.book.next_sample:
                s.begin(t, False)
            self._batch(t, s, s.end_batch(t))


_SYMBOL_KINDS = frozenset({r.DEPTH_ROW, r.BOOK_CLEAR, r.QUOTE_SIDE, r.L1_VALUE, r.HALT, r.FEED})
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
        """Newest market record of any symbol or answer of the broker (N-18), ns."""
        return max(self._engine.link_ts, self._engine.alive_ts)

    def emit(self, decision: Decision) -> None:
        """Number and publish a decision."""
        self._engine.emit(decision)

    def view(self, ticker: str) -> Symbol | None:
        """The symbol as it is now, None when it is not declared (yet)."""
        return self._engine.by_ticker.get(ticker)

    def evaluate(self, ticker: str, t: int) -> Evaluation:
        """The full decision on a symbol at t."""
        return self._scorer.evaluate(self._engine.by_ticker[ticker], t)

    def below(self, ticker: str, t: int) -> Evaluation:
        """What the ledger keeps of a symbol below the threshold."""
        return self._scorer.below(self._engine.by_ticker[ticker], t)
