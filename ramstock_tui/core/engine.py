"""The engine: rows and commands in, decisions out; `run` is the tuned loop of rulings 3."""

from collections.abc import Iterable

from ramstock_tui.core.book import STALE_NS, Book
from ramstock_tui.core.engine_halts import by_hand, market_decisions
from ramstock_tui.core.engine_lanes import restart_lanes
from ramstock_tui.core.engine_records import other
from ramstock_tui.core.engine_state import CLEAN_NS, Answer, BadRecord, EngineState
from ramstock_tui.core.flash import RISE_SHARES
from ramstock_tui.core.offers import fake_wall
from ramstock_tui.core.records import Command, Halt, RequestSlot, Row
from ramstock_tui.core.score import LEAN_ASKS, LEAN_BIDS, lean_gap
from ramstock_tui.core.symbol import COLLAPSED, FLASHED, Symbol
from ramstock_tui.core.symbol_state import NEVER
from ramstock_tui.core.walls import NO_SPAN

__all__ = ["CLEAN_NS", "Answer", "BadRecord", "Engine"]
NEAR, IDLE = "near", "idle"


class Engine(EngineState):
    """One session. Feed rows with `run`, commands with `command`, time without input with `tick`.

    Raises BadRecord for rows that cannot be (undeclared symbol, no session).
    """

    # inputs --------------------------------------------------------------------------------------
    def run(  # noqa: C901 - tuned: one loop, no call per record (rulings 3)
        self, seq: int, rows: Iterable[Row], blob: bytes = b""
    ) -> int:
        """Apply rows whose first has number `seq`; returns the number after the last.

        blob: the blob area that rows of the kinds in BLOB_KINDS point into.
        """
        symbols, books = self.symbols, self.books
        wide = self.leads.wide
        (num3, den3), (num5, den5), lean = self.leads
        (b1, b3, b5), (a1, a3, a5) = LEAN_BIDS, LEAN_ASKS
        weight3, weight5 = max(num3, den3), max(num5, den5)
        soon = self.soon
        newest, event = self.link_ts, 0
        try:
            for ts, sym, kind, flags, px, size, aux in rows:
                if ts >= soon:
                    if ts >= self.next_due:
                        self.seq, self.link_ts = seq - 1, newest
                        self._advance(ts)
                    if ts >= self.next_order and sym in books:
                        books[sym].slack = 0  # the end of its batch is to look at the orders
                    soon = self.soon
                if kind == 3:  # LEVEL_SET: `Book.set_level`, inlined, and short ways to a batch end
                    b = books[sym]
                    if ts >= b.next_sample:
                        if ts > b.next_sample:
                            symbols[sym].begin(ts, True)
                        b.stirred = True
                    b.depth_ts = ts
                    if flags & 1:
                        sizes = b.bid_sizes
                        old = sizes.get(px, 0)
                        if old != size:
                            b.touched = True
                            b.log.append((ts, -px, old))
                            if b.rising and (size < old or not old):
                                b.stirred = True
                            if size and old:
                                sizes[px] = size
                                if px >= b.bid_limit5:
                                    grew = size - old
                                    b.bids5 += grew
                                    if px >= b.bid_limit3:
                                        b.bids3 += grew
                                        if size > b.calm:
                                            low, high = b.spans.get(px, NO_SPAN)
                                            if not low <= size <= high:
                                                b.bids_moved = b.stirred = True
                                        if px == b.bid:
                                            if (
                                                flags & 128
                                                and grew <= RISE_SHARES
                                                and not b.stirred
                                            ):
                                                b.bid_size = size
                                            else:
                                                b.stirred = True
                                    if grew > 0:
                                        b.slack -= grew
                                    elif (
                                        b.bids3 <= b.bid_floor or b.bids5 + b.asks5 <= b.both_floor
                                    ):
                                        b.stirred = True
                            else:
                                b.bids.set(px, size)
                                if px >= b.bid_limit5:
                                    b.bid_dirty = b.restate = b.stirred = True
                    else:
                        sizes = b.ask_sizes
                        old = sizes.get(px, 0)
                        if old != size:
                            b.touched = True
                            b.log.append((ts, px, old))
                            if b.dips and size > old and px in b.dips:
                                b.stirred = True
                            if size and old:
                                sizes[px] = size
                                if px <= b.ask_limit5:
                                    grew = size - old
                                    b.asks5 += grew
                                    if grew < 0:
                                        b.slack += grew
                                        if b.bids5 + b.asks5 <= b.both_floor:
                                            b.stirred = True
                                    if px <= b.ask_limit3:
                                        b.asks3 += grew
                                        if px == b.ask:
                                            if not flags & 128 or (
                                                grew < 0
                                                and ts < b.bought_until
                                                and (5 * grew < -old or b.bought_until == NEVER)
                                            ):
                                                b.stirred = True
                                            if not b.stirred:
                                                b.ask_size = size
                                                b.flows.append(
                                                    (ts, 0, 0, grew, px)
                                                    if grew > 0
                                                    else (ts, 0, -grew, 0, px)
                                                )
                            else:
                                b.asks.set(px, size)
                                if px <= b.ask_limit5:
                                    b.ask_dirty = b.restate = b.stirred = True
                elif kind == 5:  # PRINT
                    b = books[sym]
                    symbols[sym].print(ts, px, size, flags)
                else:
                    self.seq, self.link_ts = seq, newest
                    belongs = other(self, (ts, sym, kind, flags, px, size, aux), blob)
                    wide = self.leads.wide
                    (num3, den3), (num5, den5), lean = self.leads
                    weight3, weight5 = max(num3, den3), max(num5, den5)
                    soon, newest = self.soon, self.link_ts
                    if not belongs:
                        seq += 1
                        continue
                    b = books[sym]
                    b.stirred = True
                if flags & 128:
                    newest = ts
                    if b.stirred:
                        s = symbols[sym]
                        event = s.end_batch(ts)
                        b.slack = 0
                        b.over = lean[s.walled][ts < s.brisk_until][ts < s.busy_until]
                    else:  # nothing that a batch end would look at, or done above
                        b.fed.append(ts)
                    if b.slack <= 0:
                        s = symbols[sym]
                        ask = event or s.attention
                        if not ask and ts >= s.valid_from:
                            slack = lack = num3 * b.asks3 - den3 * b.bids3
                            ask = lack <= 0 or b.few
                            if not ask:
                                slack = lack // weight3
                                if wide:
                                    lack = num5 * b.asks5 - den5 * b.bids5
                                    ask = lack <= 0 or b.few5
                                    if lack < slack * weight5:
                                        slack = lack // weight5
                            if not ask:
                                b.slack = slack or 1
                                if ts < s.lively_until:
                                    over = b.over
                                    gap = over * (a1 * b.ask_size + a3 * b.asks3 + a5 * b.asks5) - (
                                        b1 * b.bid_size + b3 * b.bids3 + b5 * b.bids5
                                    )
                                    if gap <= 0:
                                        ask = self._leans(s, b, ts)
                                    else:
                                        if over > 1:  # a share of asks counts more than one of bids
                                            gap /= over
                                        if gap < slack:
                                            b.slack = int(gap) or 1
                        if ask:
                            b.slack = 0
                            self.seq, self.link_ts = seq, ts
                            self._batch(ts, s, event)
                            soon = self.soon
                        event = 0
                        if ts >= self.next_order:
                            self.seq, self.link_ts = seq, ts
                            self._orders(ts)
                            soon = self.soon
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
            answer = by_hand(self, ts, command)
            if answer[0]:
                self._hand_batch(ts, command.ticker)
        else:
            answer = self.acting.command(ts, command)
        self.reschedule()
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

    def hold(self, ts: int, acknowledged: int) -> None:
        """Decide nothing until the next `Resumed`: what is decided cannot be written down. Rows go
        on into the books, for those who look. The lanes stand as the first `acknowledged` decisions
        of the session leave them, without pendings; what was decided after those never was. The
        session must be open."""
        self.held = True
        restart_lanes(self, ts, acknowledged)
        self.decisions.clear()
        self.reschedule()

    # time ----------------------------------------------------------------------------------------
    def _advance(self, ts: int) -> None:
        """Everything that is due at or before ts, in time order: exact instants first, then the
        tick (rulings 6) at which waiting orders reach the market."""
        while True:
            due = min(lane.next_due for lane in self.lanes)
            tick = self.order_tick()
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
            self.reschedule()

    def _orders(self, t: int) -> None:
        self.tried = t
        for lane in self.lanes:
            if t >= lane.next_order_due:
                lane.on_tick_or_input(t)
        self.reschedule()

    # batch ends ----------------------------------------------------------------------------------
    def _batch(self, t: int, s: Symbol, event: int) -> None:
        """The rest of N-44 at a batch end that somebody has to hear of: halt trip and escalation,
        cancels and outcomes of what is open, then the score of each lane. Below the threshold it is
        near at or above half of it (N-48), else idle; between these two it is looked at once a
        second only."""
        if self.held:
            return
        if event or s.watched:
            self._events(t, s, event)
        valid = t >= s.valid_from and t - s.book.depth_ts <= STALE_NS
        sym, look, marked = s.sym, s.look, False
        for lane, scorer in self.scorers:
            near = look and valid and scorer.near(s, t)
            if (near if look else valid) and scorer.trigger(s, t) >= 0:
                lane.qualified(t, s, scorer.evaluate(s, t))
                self.reschedule()
            elif look or lane.states.get(sym, NEAR) != NEAR:
                state = NEAR if (near if look else valid and scorer.near(s, t)) else IDLE
                if lane.states.get(sym, IDLE) != state:
                    lane.unqualified(t, s, state)
            if lane.states.get(sym, NEAR) != NEAR:
                marked = True
        s.look, s.marked = False, marked
        s.attention = marked or s.watched

    def _hand_batch(self, t: int, ticker: str) -> None:
        """The batch of a symbol that the operator's word, not a record, ends at t."""
        s = self.by_ticker.get(ticker)
        if s is None or not s.last_ts:
            return
        if t > s.book.next_sample:
            s.begin(t, False)
        s.book.slack = 0
        self._batch(t, s, s.end_batch(t))

    def _leans(self, s: Symbol, b: Book, t: int) -> bool:
        """Does a lane whose points rise by degrees have enough of them: then it is to be asked."""
        b.over = over = self.leads.lean[s.walled][t < s.brisk_until][t < s.busy_until]
        gap = lean_gap(b, over)
        if gap > 0:
            b.slack = min(b.slack, int(gap / over if over > 1 else gap)) or 1
            return False
        b.slack = 0  # points may rise by time alone
        return any(scorer.trigger(s, t) >= 0 for scorer in self.leaners)

    def _events(self, t: int, s: Symbol, event: int) -> None:
        changed = bool(event)
        if event:
            market_decisions(self, t, s, event)
        for lane in self.lanes:
            if s.sym in lane.watching:
                names = lane.profile.rejects
                flashed = bool(event & FLASHED) and "flash" in names
                faked = "fake_wall" in names and s.form and fake_wall(s, t)
                if lane.on_batch(t, s, bool(event & COLLAPSED), flashed, faked):
                    changed = True
        if changed:
            self.reschedule()
