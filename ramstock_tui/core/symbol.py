"""All that the engine keeps of one symbol, and what the end of a batch does to it.

The tuned part of the per-event path (`Engine.run` inlines the book update that `set_level` spells
out); its plain twin is `tests/reference`. Attributes that say "before" hold the state at the end of
the batch before, so prints of the running batch meet the book they traded against (N-01).
"""

from itertools import islice
from typing import Any

from ramstock_tui.core.book import Level, Rows, Side
from ramstock_tui.core.flash import RISE_SHARES, FlashWatch
from ramstock_tui.core.flow import AskFlow
from ramstock_tui.core.halts import HaltRisk
from ramstock_tui.core.reclaim import ReclaimWatch
from ramstock_tui.core.records import SessionOpened, SymbolInfo
from ramstock_tui.core.samples import COLLAPSE_HOLD_NS, Samples
from ramstock_tui.core.tape import BUY, S1, Tape
from ramstock_tui.core.walls import WallWatch

NEVER = 1 << 62
TRIPPED, FLASHED, COLLAPSED, COLLAPSE_BEGAN = 1, 2, 4, 8  # what `end_batch` found, as bits
FAR = 1 << 31  # beyond any price
WARM_NS = 3 * S1
STALE_NS = 2 * S1
TIGHT_E4 = 400  # D-03: the spread whose holding time is measured
LOG_NS = 11 * S1  # the undo log reaches back to every window over the book (10 s)
TRIM_AT = 8192
TRIM_NS = 32 * S1
FIRST_VWAP_S = 60  # no VWAP in the first minute (N-08)


class Symbol:
    """State of one symbol. Prices 1/10,000 USD, 0 = none; see the sections for the rest."""

    __slots__ = (
        "ask",
        "ask_dirty",
        "ask_limit3",
        "ask_limit5",
        "ask_size",
        "ask_sizes",
        "asks",
        "asks3",
        "asks5",
        "batch_fills",
        "batch_prints",
        "bid",
        "bid_dirty",
        "bid_floor",
        "bid_limit3",
        "bid_limit5",
        "bid_size",
        "bid_sizes",
        "bids",
        "bids3",
        "bids5",
        "both_floor",
        "collapse_until",
        "collapsed",
        "cond",
        "depth_levels",
        "depth_ts",
        "few",
        "flash",
        "flow",
        "form",
        "form_log",
        "halt_watch",
        "halts",
        "info",
        "log",
        "look",
        "marked",
        "next_sample",
        "other_ts",
        "problem",
        "reclaim",
        "restate",
        "rising",
        "row_sides",
        "rows_dirty",
        "samples",
        "session",
        "since",
        "sym",
        "tape",
        "thin",
        "tick_e4",
        "ticker",
        "tight",
        "tight_from",
        "touched",
        "valid_from",
        "walls",
        "watched",
    )  # fmt: skip

    def __init__(self, sym: int, info: SymbolInfo, session: SessionOpened, observe: bool) -> None:
        self.sym = sym
        self.info = info
        self.ticker = info.ticker
        self.tick_e4 = info.tick_e4
        self.session = session
        self.depth_levels = session.depth_levels
        self.halts = HaltRisk(info.tier, session.open_ns, session.close_ns)
        self.walls = WallWatch() if observe else None
        self.bids = Side(-1)
        self.asks = Side(+1)
        self.bid_sizes = self.bids.sizes  # the same dicts, one look-up nearer
        self.ask_sizes = self.asks.sizes
        self.watched = False  # a lane has something pending or open here
        self.marked = False  # a lane is not idle here
        self.forget(0)

    def forget(self, ts: int) -> None:
        """Start anew: nothing that market data built is left (first use, host restart)."""
        self.depth_ts = 0  # newest depth record, 0 = none yet
        self.other_ts = 0  # newest record of any other kind
        self.bids.clear()
        self.asks.clear()
        self.row_sides: tuple[Rows, Rows] | None = None  # (bid rows, ask rows)
        self.rows_dirty = False
        self.problem = ""  # what is wrong with the positional rows
        self.log: list[tuple[int, int, Any]] = []  # (ts, +ask px | -bid px | 0 cleared, before)
        self.form_log: list[tuple[int, bool]] = []  # (ts, well formed from then on)
        self._empty_tops()
        self.form = False  # well formed at the end of the batch before
        self.cond = False  # well formed and not halted (N-02 conditions)
        self.since = NEVER
        self.valid_from = NEVER  # since + 3 s while the conditions hold
        self.tight = False
        self.tight_from = 0
        self.batch_prints = 0
        self.batch_fills = 0
        self.collapsed = False  # collapse found at the last batch end
        self.collapse_until = 0
        self.next_sample = -1  # the first record of any kind meets `first_record`
        self.samples: Samples | None = None
        self.bid_floor = -1  # top-3 bid sum at or below it has collapsed (N-15 b), -1 = no limit
        self.both_floor = -1  # the same of both sides' top-5 sum (N-15 c)
        self.thin = False  # a side has fewer than two levels (N-15 a)
        self.touched = False  # a depth record or a condition came in this batch
        self.restate = False  # the conditions of N-02 are to be looked at again
        self.halt_watch = False  # halt risk is to be tested although nothing was printed
        self.look = True  # the score is to be looked at although it cannot trigger
        self.few = True  # a side has fewer than three levels
        self.tape = Tape(ts)
        self.flow = AskFlow()
        self.flash = FlashWatch()
        self.rising = False  # the flash watch has a rise that stands
        self.reclaim = ReclaimWatch()
        self.halts.restart()
        if self.walls is not None:
            self.walls = WallWatch()

    def _empty_tops(self) -> None:
        self.bid = self.bid_size = self.bids3 = self.bids5 = 0
        self.ask = self.ask_size = self.asks3 = self.asks5 = 0
        self.bid_limit3 = self.bid_limit5 = 0  # prices at or above are among the best 3, 5
        self.ask_limit3 = self.ask_limit5 = FAR
        self.bid_dirty = self.ask_dirty = False

    # records -----------------------------------------------------------------------------------
    def begin(self, ts: int, depth: bool) -> None:
        """A record came later than the next whole second that is to be sampled, or is the first of
        its sort: warm-ups start, seconds before ts are sampled."""
        if not self.other_ts:
            self.tape.start = ts
            self.other_ts = ts
        if self.samples is not None:
            self.sample(ts - 1)
        elif depth:
            self.samples = Samples(ts)
            self.next_sample = self.samples.next_ns

    def set_level(self, ts: int, bid: bool, px: int, size: int) -> None:
        """One LEVEL_SET: the book and the sums of the best 3 and 5 levels follow it."""
        self.touched = True
        if bid:
            old = self.bids.set(px, size)
            if old != size:
                self.log.append((ts, -px, old))
                if not old or not size:
                    if px >= self.bid_limit5:
                        self.bid_dirty = self.restate = True
                elif px >= self.bid_limit5:
                    self.bids5 += size - old
                    if px >= self.bid_limit3:
                        self.bids3 += size - old
        else:
            old = self.asks.set(px, size)
            if old != size:
                self.log.append((ts, px, old))
                if not old or not size:
                    if px <= self.ask_limit5:
                        self.ask_dirty = self.restate = True
                elif px <= self.ask_limit5:
                    self.asks5 += size - old
                    if px <= self.ask_limit3:
                        self.asks3 += size - old

    def depth_row(self, ts: int, bid: bool, position: int, op: int, px: int, size: int) -> bool:
        """One positional row; False when it cannot be (the book is then cleared as after a gap)."""
        self.depth_ts = ts
        if self.row_sides is None:
            self.row_sides = (Rows(-1), Rows(+1))
        if not self.row_sides[0 if bid else 1].apply(position, op, px, size):
            self.clear_book(ts)
            return False
        self.rows_dirty = self.touched = self.restate = True
        return True

    def clear_book(self, ts: int) -> None:
        """317, reconnect, gap or seed: empty book, the 3 s start again."""
        self.log.append((ts, 0, (dict(self.bids.sizes), dict(self.asks.sizes))))
        self.bids.clear()
        self.asks.clear()
        if self.row_sides is not None:
            self.row_sides = (Rows(-1), Rows(+1))
            self.problem = ""
        self.bid_dirty = self.ask_dirty = self.touched = self.restate = True
        self.interrupt()

    def interrupt(self) -> None:
        """Subscription or gap without a cleared book: the 3 s start again."""
        self.cond = False
        self.valid_from = NEVER
        self.touched = self.restate = True

    def print(self, ts: int, px: int, size: int, flags: int) -> None:
        """One counted print; the engine has left out past-limit and unreported ones."""
        tape, session = self.tape, self.session
        form = self.form
        side = tape.side_of(px, flags & 3, self.bid if form else 0, self.ask if form else 0)
        tape.add(ts, px, size, side, flags, session.open_ns <= ts < session.close_ns)
        self.batch_prints += 1
        if side == BUY and form and px >= self.ask:
            self.batch_fills += size

    def halt(self, ts: int, code: int) -> None:
        """Halted tick (see `HaltRisk.on_halt`)."""
        self.halts.on_halt(ts, code)
        self.touched = self.restate = self.halt_watch = True

    def vwap_value(self, ts: int, value: int) -> None:
        """The feed's VWAP, 1/10,000 USD x 10,000."""
        self.tape.feed_vwap = value
        self.reclaim.on_vwap(ts, self.tape, self.vwap(ts), self.tick_e4)

    # batch end ---------------------------------------------------------------------------------
    def end_batch(self, t: int) -> int:
        """Everything that is tested at a batch end, in the order of N-44 up to the lanes. Returns
        what pendings must hear of, as bits: TRIPPED, FLASHED, COLLAPSED, COLLAPSE_BEGAN."""
        was_valid = t >= self.valid_from
        moved = self.touched
        if moved:
            self.touched = False
            if self.restate:
                self._restructure(t)
            elif self.form:  # sizes changed, prices did not
                old_size = self.bid_size
                self.bid_size = size = self.bid_sizes[self.bid]
                if size - old_size > RISE_SHARES:
                    self.flash.rose(t, self.bid, size - old_size, size)
                    self.rising = True
                old_size = self.ask_size
                self.ask_size = size = self.ask_sizes[self.ask]
                if size != old_size or self.batch_fills:
                    self._flow(t, self.ask, old_size)
            else:
                self._sizes()
        elif self.batch_fills:
            self._flow(t, self.ask, self.ask_size)
        if t == self.next_sample:
            self.sample(t)
        found = self._prints(t) if self.batch_prints or self.halt_watch else 0
        if was_valid:
            if (
                self.bids3 <= self.bid_floor
                or self.thin
                or self.bids5 + self.asks5 <= self.both_floor
            ):
                found |= self._collapse(t)
            else:
                self.collapsed = False
        elif self.collapsed:
            self.collapsed = False
        if self.rising and moved and self._flashes(t):
            found |= FLASHED
        if self.walls is not None:
            self.walls.end_batch(t, self)
        return found

    def _restructure(self, t: int) -> None:
        """A level came or went among the best five, or the conditions may have changed."""
        if self.rows_dirty:
            self._merge_rows(t)
        self.restate = False
        was_form = self.form
        old_bid, old_bid_size, old_ask, old_ask_size = (
            self.bid,
            self.bid_size,
            self.ask,
            self.ask_size,
        )
        if self.bid_dirty:
            self._bid_tops()
        if self.ask_dirty:
            self._ask_tops()
        self._sizes()
        fewest = min(len(self.bid_sizes), len(self.ask_sizes))
        self.few = fewest < 3
        self.thin = fewest < 2 and self.depth_levels > 1
        self._conditions(t)
        if self.form and was_form:
            if self.bid_size > RISE_SHARES:
                self._rise(t, old_bid, old_bid_size)
            self._flow(t, old_ask, old_ask_size)
        elif self.batch_fills:
            self.flow.rows.append((t, self.batch_fills, 0, 0))
            self.batch_fills = 0

    def _sizes(self) -> None:
        self.bid_size = self.bids.sizes[self.bid] if self.bid else 0
        self.ask_size = self.asks.sizes[self.ask] if self.ask else 0

    def _conditions(self, t: int) -> None:
        bid, ask = self.bid, self.ask
        form = 0 < bid < ask and not self.problem
        if form != self.form:
            self.form = form
            self.form_log.append((t, form))
        cond = form and not self.halts.halted
        if cond and not self.cond:
            self.since = t
        self.cond = cond
        self.valid_from = self.since + WARM_NS if cond else NEVER
        if not (form and ask - bid <= TIGHT_E4):
            self.tight = False
        elif not self.tight:
            self.tight = True
            self.tight_from = t

    def _bid_tops(self) -> None:
        sizes = self.bids.sizes
        top = [-key for key in islice(self.bids.keys, 5)]
        n = len(top)
        self.bid_dirty = False
        self.bid = top[0] if n else 0
        self.bid_size = 0
        self.bid_limit3 = top[2] if n >= 3 else 0
        self.bid_limit5 = top[4] if n >= 5 else 0
        shown = [sizes[px] for px in top]
        self.bids5 = sum(shown)
        self.bids3 = sum(shown[:3])

    def _ask_tops(self) -> None:
        sizes = self.asks.sizes
        top = list(islice(self.asks.keys, 5))
        n = len(top)
        self.ask_dirty = False
        self.ask = top[0] if n else 0
        self.ask_size = 0
        self.ask_limit3 = top[2] if n >= 3 else FAR
        self.ask_limit5 = top[4] if n >= 5 else FAR
        shown = [sizes[px] for px in top]
        self.asks5 = sum(shown)
        self.asks3 = sum(shown[:3])

    def _flow(self, t: int, old_ask: int, old_size: int) -> None:
        """N-06 for one batch; the book was well formed before and after it."""
        drops = adds = 0
        change = self.asks.sizes.get(old_ask, 0) - old_size
        if change < 0:
            drops = -change
        elif self.ask == old_ask:
            adds = change
        if self.batch_fills or drops or adds:
            self.flow.rows.append((t, self.batch_fills, drops, adds))
        self.batch_fills = 0

    def _rise(self, t: int, old_bid: int, old_bid_size: int) -> None:
        px = self.bid
        before = old_bid_size if px == old_bid else self._size_before(t, px)
        amount = self.bid_size - before
        if amount > RISE_SHARES and (before or not self._out_of_view_before(t, px)):
            self.flash.rose(t, px, amount, self.bid_size)
            self.rising = True

    def _size_before(self, t: int, px: int) -> int:
        """Displayed bid size at px at the end of the batch before."""
        before = self.bids.sizes.get(px, 0)
        for ts, key, old in reversed(self.log):
            if ts != t or not key:
                break
            if key == -px:
                before = old
        return before

    def _out_of_view_before(self, t: int, px: int) -> bool:
        """Was px beyond the levels that the source showed at the end of the batch before."""
        before, _ = self.book_at(t - 1)
        return len(before) >= self.depth_levels and px < min(before)

    def _collapse(self, t: int) -> int:
        """N-15; the caller has tested that the book was valid before the batch, and that one of
        the three conditions may hold."""
        self.collapsed = (
            self.thin
            or self.bids3 <= self.bid_floor
            or (
                self.bids5 + self.asks5 <= self.both_floor
                and self._both_at(t - S1) > self.both_floor
            )
        )
        if not self.collapsed:
            return 0
        began = COLLAPSE_BEGAN if t >= self.collapse_until else 0
        self.collapse_until = t + COLLAPSE_HOLD_NS
        return COLLAPSED | began

    def _both_at(self, t: int) -> int:
        """Top-5 sum of both sides at t."""
        bids, asks = self.book_at(t)
        top_bids = sorted(bids, reverse=True)[:5]
        return sum(bids[p] for p in top_bids) + sum(asks[p] for p in sorted(asks)[:5])

    def _flashes(self, t: int) -> bool:
        bids = self.bids
        lowest = bids.worst() if len(bids.sizes) >= self.depth_levels else 0
        found = self.flash.check(t, bids.sizes, lowest, self.tape)
        self.rising = bool(self.flash.rises)
        return found

    def _prints(self, t: int) -> int:
        halts = self.halts
        if self.batch_prints:
            self.batch_prints = 0
            self.reclaim.on_prints(t, self.tape, self.vwap(t), self.tick_e4)
            halts.on_prints(t, self.tape)
        halts.tripped = ""
        halts.end_batch(t)
        self.halt_watch = halts.risk or halts.halted
        return TRIPPED if halts.tripped else 0

    def _merge_rows(self, t: int) -> None:
        self.rows_dirty = False
        if self.row_sides is None:
            return
        bid_rows, ask_rows = self.row_sides
        self.problem = bid_rows.problem() or ask_rows.problem()
        for is_bid, rows, side in ((True, bid_rows, self.bids), (False, ask_rows, self.asks)):
            merged = rows.merged()
            gone = [px for px in side.sizes if px not in merged]
            for px in gone:
                self.set_level(t, is_bid, px, 0)
            for px, size in merged.items():
                self.set_level(t, is_bid, px, size)

    # whole seconds ---------------------------------------------------------------------------------
    def sample(self, upto: int) -> None:
        """The book as it is held at every whole second from the next one to `upto` (N-04)."""
        samples = self.samples
        if samples is None or upto < samples.next_ns:
            return
        samples.add(upto, self._sample() if self.form else None)
        self.next_sample = samples.next_ns
        self.bid_floor, self.both_floor = samples.bid_limit, samples.both_limit
        self.look = True
        if self.next_sample % TRIM_NS < S1:
            self._trim(upto)

    def _sample(self) -> tuple[int, int, int, tuple[int, ...], tuple[int, ...]]:
        bids = tuple(size for _, size in self.bids.top(3)) if self.walls is not None else ()
        asks = tuple(size for _, size in self.asks.top(3)) if self.walls is not None else ()
        return (0, self.bids3, self.bids5 + self.asks5, bids, asks)

    def _trim(self, t: int) -> None:
        log = self.log
        if len(log) > TRIM_AT and log[TRIM_AT // 2][0] < t - LOG_NS:
            del log[: TRIM_AT // 2]
        if len(self.form_log) > TRIM_AT:
            del self.form_log[: TRIM_AT // 2]
        self.tape.trim(t)
        self.flow.trim(t)

    # readings ----------------------------------------------------------------------------------------
    def reason(self, t: int) -> str:
        """D-00 reason at t, "" = valid book."""
        if self.cond and t - self.since >= WARM_NS and t - self.depth_ts <= STALE_NS:
            return ""
        return self._why_invalid(t)

    def _why_invalid(self, t: int) -> str:
        if self.halts.halted:
            return "halted"
        if not self.depth_ts:
            return "no_book"
        if not self.bid:
            return "empty_bid"
        if not self.ask:
            return "empty_ask"
        if self.problem:
            return self.problem
        if self.bid >= self.ask:
            return "crossed"
        return "stale" if t - self.depth_ts > STALE_NS else "warming"

    def tight_for(self, t: int) -> int:
        """How long the spread has been at or below 0.04 (N-32), ns; 0 while it is wider."""
        return t - max(self.since, self.tight_from) if self.tight and self.cond else 0

    def vwap(self, t: int) -> tuple[int, int]:
        """VWAP as (numerator, denominator); (0, 0) when there is none (N-08)."""
        if t < self.session.open_ns + FIRST_VWAP_S * S1:
            return 0, 0
        return self.tape.vwap()

    def vwap_partial(self) -> bool:
        """Own VWAP of a recording that began after 09:31 (N-08), without leave to use it."""
        return (
            self.tape.feed_vwap is None
            and not self.session.allow_partial_vwap
            and self.tape.start > self.session.open_ns + FIRST_VWAP_S * S1
        )

    def levels(self, bid_side: bool) -> list[Level]:
        """Displayed levels of a side, best first."""
        side = self.bids if bid_side else self.asks
        return side.top(len(side.sizes))

    def sums(self, n: int) -> tuple[int, int] | None:
        """(bid, ask) shares of the best k levels, k = min(n, levels a side) (N-10); None if k < 2."""
        k = min(n, len(self.bids.sizes), len(self.asks.sizes))
        if k < 2:
            return None
        return sum(s for _, s in self.bids.top(k)), sum(s for _, s in self.asks.top(k))

    def book_at(self, t: int) -> tuple[dict[int, int], dict[int, int]]:
        """(bids, asks) as displayed after all records with ts <= t, t at most 10 s ago."""
        bids, asks = dict(self.bids.sizes), dict(self.asks.sizes)
        for ts, key, old in reversed(self.log):
            if ts <= t:
                break
            if not key:
                bids, asks = dict(old[0]), dict(old[1])
                continue
            side, px = (asks, key) if key > 0 else (bids, -key)
            if old:
                side[px] = old
            else:
                side.pop(px, None)
        return bids, asks

    def form_at(self, t: int) -> bool:
        """Was the book well formed after all records with ts <= t."""
        for ts, form in reversed(self.form_log):
            if ts <= t:
                return form
        return False

    @property
    def last_ts(self) -> int:
        """Newest record of any kind, 0 = none."""
        return max(self.depth_ts, self.other_ts)

    @property
    def halted(self) -> bool:
        return self.halts.halted

    def prints_in(self, t: int, window_ns: int) -> int:
        """Counted prints in (t - window, t]."""
        return self.tape.prints_in(t, window_ns)
