"""What records and the end of a batch do to a symbol.

What the batch before left (`form`, the book's best prices and their sizes) stays until `end_batch`,
so prints meet the book that they traded against (N-01). The plain twin of this tuned code is
`tests/reference`.
"""

from ramstock_tui.core.asks import EATEN_SHARES, FILLED_NS, AskWatch
from ramstock_tui.core.book import STALE_NS, Book
from ramstock_tui.core.flash import RISE_SHARES
from ramstock_tui.core.flow import WINDOW_NS as FLOW_NS
from ramstock_tui.core.level1 import Level1
from ramstock_tui.core.minute import Minute
from ramstock_tui.core.records import PAST_LIMIT, UNREPORTED
from ramstock_tui.core.samples import COLLAPSE_HOLD_NS, Sample, Samples
from ramstock_tui.core.symbol_state import NEVER, TIGHT_E4, WARM_NS, SymbolState
from ramstock_tui.core.tape import BUY, S1

TRIPPED, FLASHED, COLLAPSED, COLLAPSE_BEGAN = 1, 2, 4, 8  # what `end_batch` found, as bits
TRIM_NS = 4 * S1
FORMS = 8192
TRIM_SHOWN = 4096
UNCOUNTED = PAST_LIMIT | UNREPORTED


class Symbol(SymbolState):
    """One symbol, as records and batch ends move it on."""

    __slots__ = ()

    # records -------------------------------------------------------------------------------------
    def begin(self, ts: int, depth: bool) -> None:
        """A record came later than the next whole second that is to be sampled, or is the first of
        its sort: warm-ups start, seconds before ts are sampled."""
        if not self.other_ts:
            self.tape.start = ts
            self.other_ts = ts
        self.reclaim.open(ts - 1, self.tape, self.tick_e4)
        if self.samples is not None:
            self.sample(ts - 1)
        elif depth:
            self.samples = Samples(ts, pooled=self.walls is not None)
            self.book.next_sample = self.samples.next_ns

    def depth_row(self, ts: int, bid: bool, position: int, op: int, px: int, size: int) -> bool:
        """One positional row; False when it cannot be (the book is then cleared as after a gap)."""
        if self.book.row(ts, bid, position, op, px, size):
            return True
        self.clear_book(ts)
        return False

    def clear_book(self, ts: int) -> None:
        """317, reconnect, gap, seed, subscription: empty book, the 3 s start again. What the book
        was before is compared with nothing that comes after."""
        self.book.clear(ts)
        self.book.ask = self.book.ask_size = 0
        self.cond = self.form = self.book.rising = False
        self.form_log.append((ts, False))
        self.flash.rises.clear()
        self.valid_from = NEVER
        if self.walls is not None:
            self.walls.forget()
            self.walled = False
        if self.asks is not None:
            self.asks.forget()

    def lost(self) -> None:
        """Its connection is gone: neither line nor slot are left."""
        self.deep = False
        self.tape.start = NEVER
        self.level1 = Level1()
        self.look_again()

    def clean_from(self, at: int) -> None:
        """Its connection came back, or its data were held up: no book counts before. One that came
        with the first data is none of before."""
        self.clean_at = at
        if self.cond:
            self.since = max(self.since, at - WARM_NS)
            self.valid_from = self.since + WARM_NS

    def look_again(self) -> None:
        """The score is to be looked at when the next batch ends, whatever it is."""
        self.look = self.attention = True
        self.book.slack = 0

    def print(self, ts: int, px: int, size: int, flags: int) -> None:
        """One print; past-limit and unreported ones are not counted."""
        book = self.book
        if ts > book.next_sample:
            self.begin(ts, False)
        book.stirred = True
        self.other_ts = ts
        if flags & UNCOUNTED:
            return
        tape = self.tape
        form = self.form
        side = tape.side_of(px, flags & 3, book.bid if form else 0, book.ask if form else 0)
        tape.add(ts, px, size, side, flags)
        self.batch_prints += 1
        if self.asks is not None and book.bought_until < NEVER:
            book.bought_until = ts + FILLED_NS
        if side == BUY and form and px >= book.ask:
            self.batch_fills += size

    def outdated(self, t: int) -> None:
        """No record from before t is current any more: the book is stale until its next one."""
        self.book.depth_ts = min(self.book.depth_ts, t - STALE_NS - 1)
        self.other_ts = min(self.other_ts, t - STALE_NS - 1)

    def halt(self, ts: int, code: int) -> None:
        """Halted tick (see `HaltRisk.on_halt`)."""
        self.halts.on_halt(ts, code)
        self.book.touched = self.book.restate = self.book.stirred = self.halt_watch = True

    def halt_by_hand(self, ts: int, on: bool) -> None:
        """The operator halts the symbol, or takes that back; no record of the market."""
        self.halts.on_hand(ts, on)
        self.book.touched = self.book.restate = self.book.stirred = self.halt_watch = True

    def vwap_value(self, ts: int, value: int) -> None:
        """The feed's VWAP, 1/10,000 USD x 10,000."""
        self.tape.feed_vwap = value
        self.reclaim.on_vwap(ts, self.tape, self.tick_e4)

    # batch end -----------------------------------------------------------------------------------
    def end_batch(self, t: int) -> int:  # noqa: C901 - tuned (rulings 3)
        """Everything that is tested at a batch end, in the order of N-44 up to the lanes. Returns
        what pendings must hear of, as bits: TRIPPED, FLASHED, COLLAPSED, COLLAPSE_BEGAN."""
        book = self.book
        was_valid = t >= self.valid_from
        moved = book.touched
        if moved:
            book.touched = False
            if book.restate:
                self._restructure(t, book)
            elif self.form:  # sizes changed, prices did not
                old_size = book.bid_size
                book.bid_size = size = book.bid_sizes[book.bid]
                if size - old_size > RISE_SHARES:
                    self.flash.rose(t, book.bid, size - old_size, size)
                    book.rising = True
                old_size = book.ask_size
                book.ask_size = size = book.ask_sizes[book.ask]
                if size != old_size or self.batch_fills:
                    self._flow(t, book.ask, old_size)
            else:
                book.resize()
                self._broken(t, 0, 0)
            if book.dips and self.asks is not None:
                self.asks.check(t, book.ask_sizes)
        elif self.batch_fills:
            self._flow(t, book.ask, book.ask_size)
        if t == book.next_sample:
            self.sample(t)
        found = self._prints(t) if self.batch_prints or self.halt_watch else 0
        if was_valid:
            if (
                book.bids3 <= book.bid_floor
                or book.thin
                or book.bids5 + book.asks5 <= book.both_floor
            ):
                found |= self._collapse(t)
            else:
                self.collapsed = False
        elif self.collapsed:
            self.collapsed = False
        if book.rising and moved and self._flashes(t):
            found |= FLASHED
        walls = self.walls
        if book.bids_moved and walls is not None:
            book.bids_moved = False
            if self.form:
                walls.end_batch(t, book, self.samples)
            else:
                walls.broken(t, book)
            book.calm = walls.calm
            self.walled = bool(walls.live)
        if book.depth_ts == t:
            book.fed.append(t)
        book.stirred = (
            not self.form
            or book.thin
            or book.bids3 <= book.bid_floor
            or book.bids5 + book.asks5 <= book.both_floor
            or (book.rising and self.flash.due(book.bid_sizes))
            or self.halt_watch
            or (bool(book.dips) and self.asks is not None and self.asks.due(book.ask_sizes))
        )
        return found

    def _restructure(self, t: int, book: Book) -> None:
        """A level came or went among the best five, or the conditions may have changed."""
        was_form = self.form
        old_bid, old_bid_size = book.bid, book.bid_size
        old_ask, old_ask_size = book.ask, book.ask_size
        book.restructure(t)
        self._conditions(t, book)
        good = self.form and was_form
        if good:
            if book.bid_size > RISE_SHARES:
                self._rise(t, old_bid, old_bid_size)
            self._flow(t, old_ask, old_ask_size)
        elif self.batch_fills:
            self.flow.rows.append((t, self.batch_fills, 0, 0, 0))
            self._filled(t)
        if self.asks is not None:
            if not good:
                self._broken(t, old_ask if was_form else 0, old_ask_size)
            if book.ask != old_ask:
                self.asks.moved(t)
                book.bought_until = self.tape.prints[-1][0] + FILLED_NS if self.tape.prints else 0

    def _conditions(self, t: int, book: Book) -> None:
        bid, ask = book.bid, book.ask
        form = 0 < bid < ask and not book.problem
        if form != self.form:
            self.form = form
            self.form_log.append((t, form))
            book.bids_moved = True
        cond = form and not self.halts.halted
        if cond and not self.cond:
            self.since = max(t, self.clean_at - WARM_NS)
        self.cond = cond
        self.valid_from = self.since + WARM_NS if cond else NEVER
        if not (form and ask - bid <= TIGHT_E4):
            self.tight = False
        elif not self.tight:
            self.tight = True
            self.tight_from = t

    def _flow(self, t: int, old_ask: int, old_size: int) -> None:
        """N-06 for one batch; the book was well formed before and after it."""
        drops = adds = 0
        change = self.book.ask_sizes.get(old_ask, 0) - old_size
        if change < 0:
            drops = -change
        elif self.book.ask == old_ask:
            adds = change
        fills = self.batch_fills
        if fills or drops or adds:
            self.flow.rows.append((t, fills, drops, adds, old_ask))
            if fills:
                self._filled(t)
            if drops and self.asks is not None:
                self._shrank(t, self.asks, old_ask, old_size, drops)

    def _shrank(self, t: int, asks: AskWatch, ask: int, old_size: int, drops: int) -> None:
        """The best ask before the batch at t lost so much in it."""
        prints = self.tape.prints  # most decreases are small, or nobody bought
        bought = prints and prints[-1][0] > t - FILLED_NS and 5 * drops > old_size
        if bought or asks.since_ask >= EATEN_SHARES:
            asks.shrank(t, ask, old_size, self.book, self.flow, self.tape)

    def _broken(self, t: int, old_ask: int, old_size: int) -> None:
        """A batch with a malformed book on one of its sides: refills and eaten asks are latched and
        go on (N-03). old_ask: of a well formed book before it, 0 = it was none."""
        asks = self.asks
        if asks is not None:
            asks.broken(t)
            self.book.bought_until = NEVER
            drops = old_size - self.book.ask_sizes.get(old_ask, 0)
            if old_ask and drops > 0:
                self._shrank(t, asks, old_ask, old_size, drops)

    def _filled(self, t: int) -> None:
        """The batch at t had fills; they stand in the flow."""
        least = self.watching.fills
        if least and self.flow.sums(t)[0] >= least:
            self.busy_until = t + FLOW_NS
            self.lively_until = max(self.busy_until, self.brisk_until)
        if self.asks is not None:
            self.asks.bought(t, self.batch_fills, self.tape.start)
            if self.asks.since_ask >= EATEN_SHARES:
                self.book.bought_until = NEVER
        self.batch_fills = 0

    def _rise(self, t: int, old_bid: int, old_bid_size: int) -> None:
        book = self.book
        px = book.bid
        before = old_bid_size if px == old_bid else book.bid_size_before(t, px)
        amount = book.bid_size - before
        if amount > RISE_SHARES and (before or not self._out_of_view_before(t, px)):
            self.flash.rose(t, px, amount, book.bid_size)
            book.rising = True

    def _out_of_view_before(self, t: int, px: int) -> bool:
        """Was px beyond the levels that were shown at the end of the batch before: then it only
        came into view, and is no rise (N-12)."""
        before, _ = self.book.at(t - 1)
        return bool(before) and px < min(before)  # empty: all of it came in batches of this instant

    def _collapse(self, t: int) -> int:
        """N-15; the caller has tested that the book was valid before the batch, and that one of
        the three conditions may hold."""
        book = self.book
        self.collapsed = (
            (book.thin and self.session.depth_levels > 1)
            or book.bids3 <= book.bid_floor
            or (
                book.bids5 + book.asks5 <= book.both_floor
                and book.both_at(t - S1) > book.both_floor
            )
        )
        if not self.collapsed:
            return 0
        began = COLLAPSE_BEGAN if t >= self.collapse_until else 0
        self.collapse_until = t + COLLAPSE_HOLD_NS
        return COLLAPSED | began

    def _flashes(self, t: int) -> bool:
        found = self.flash.check(t, self.book.bid_sizes, self.book.bids.worst(), self.tape)
        self.book.rising = bool(self.flash.rises)
        return found

    def _prints(self, t: int) -> int:
        halts = self.halts
        if self.batch_prints:
            self.batch_prints = 0
            least, prints = self.watching.prints, self.tape.prints
            if least and len(prints) >= least and prints[-least][0] + FLOW_NS > t:
                self.brisk_until = prints[-least][0] + FLOW_NS
                self.lively_until = max(self.busy_until, self.brisk_until)
            self.reclaim.on_prints(t, self.tape, self.tick_e4)
            halts.on_prints(t, self.tape)
        halts.tripped = ""
        halts.end_batch(t)
        self.halt_watch = halts.risk or halts.halted
        return TRIPPED if halts.tripped else 0

    # whole seconds -------------------------------------------------------------------------------
    def sample(self, upto: int) -> None:
        """The book as it is held at every whole second from the next one to `upto` (N-04)."""
        samples = self.samples
        if samples is None or upto < samples.next_ns:
            return
        if self.minute is not None:
            self._picture(samples.next_ns, self.minute)
        samples.add(upto, self._sample() if self.form else None)
        self.book.bids_moved = self.book.stirred = True  # a median may have moved
        self.book.next_sample = samples.next_ns
        self.book.bid_floor, self.book.both_floor = samples.bid_limit, samples.both_limit
        self.look_again()
        if samples.next_ns % TRIM_NS < S1:
            self._trim(upto)

    def _picture(self, whole_ns: int, minute: Minute) -> None:
        """The same book and the prints of the second that ends then, for the eye."""
        prints, since = self.tape.prints, whole_ns - S1
        first = n = len(prints)
        while first and prints[first - 1][0] > since:
            first -= 1
        book = self.book
        bids, asks = (dict(book.bid_sizes), dict(book.ask_sizes)) if self.form else ({}, {})
        minute.add(whole_ns // S1, bids, asks, prints[first:] if first < n else [])

    def _sample(self) -> Sample:
        book = self.book
        bids, asks = book.bid_sizes, book.ask_sizes
        if book.few:
            top = (
                tuple(bids[px] for px in book.bid_top[:3]),
                tuple(asks[px] for px in book.ask_top[:3]),
            )
        else:
            b1, b2, b3, *_ = book.bid_top
            a1, a2, a3, *_ = book.ask_top
            top = ((bids[b1], bids[b2], bids[b3]), (asks[a1], asks[a2], asks[a3]))
        return (book.bids3, book.bids5 + book.asks5, *top)

    def _trim(self, t: int) -> None:
        self.flash.settle(t, self.tape)
        if self.walls is not None:
            self.walls.settle(t, self.tape)
        cut = self.book.cut(t)
        if self.shown is not None and (cut or len(self.shown.fed) > TRIM_SHOWN):
            steady = self.form_log[-1][0] if self.form else NEVER
            self.shown.keep(max(cut, steady), self.book, self.form_at)
        if cut:
            self.book.trim(cut)
        if len(self.form_log) > FORMS:
            del self.form_log[: FORMS // 2]
        self.tape.trim(t)
        self.flow.trim(t)
