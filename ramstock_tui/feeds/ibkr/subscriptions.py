"""What is subscribed on one connection: never twice, never more than the broker gives.

Requests are numbered and kept here, one for each thing: a slot whose number is lost is a slot lost
(ib_async keeps one number per stock and kind). Depth is cancelled with the flag it was asked with.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row
from ramstock_tui.feeds.ibkr import refusals
from ramstock_tui.feeds.ibkr.care import Care
from ramstock_tui.feeds.ibkr.instrument import DEPTH, LINE, TAPE, TAPE_AGAIN_S, Request, Stock
from ramstock_tui.feeds.ibkr.spec import IbkrSpec
from ramstock_tui.feeds.ibkr.wire import Wire

if TYPE_CHECKING:
    from ramstock_tui.feeds.ibkr.endpoint import Hub, Line

GENERIC = "233,165,236,293,294"
RUINED_S = 2.0  # between two new requests because of operations that cannot be
FORGOT_S = 30.0  # after 1101 what was served before may still be; by then all is asked for again
BURIED_S = 1.0  # for the refusals of what was asked for before
PARTNER_S = 0.3  # between the refusals of a book and of its tape
RULES_S = 1.5  # for an answer about market rules


class Subscriptions:
    """max_lines, slots: what the broker gives, learned where it refuses. wanted: stocks that should
    have a slot."""

    def __init__(self, line: "Line", spec: IbkrSpec, hub: "Hub") -> None:
        self.max_lines = line.at.max_lines
        self.max_depth = line.at.max_depth
        self.max_tape = line.at.max_tick_by_tick
        self._line = line
        self._stream = line.stream
        self._stream.undead = self._undead
        self._spec = spec
        self._hub = hub
        self._care = Care()
        self._forgot_s = 0.0  # when the broker lost every request
        self._buried_s: dict[str, float] = {}  # kind -> when the last of it was buried
        self._waiting: set[Stock] = set()  # whose tape is asked for by a timer
        self._over = False  # the day is off
        self._started = 0.0

    # figures -------------------------------------------------------------------------------------
    def count(self, kind: str) -> int:
        """Requests of a kind that the broker serves."""
        return sum(request.kind is kind for request in self._stream.requests.values())

    @property
    def slots(self) -> int:
        """Depth slots that can be had."""
        return min(self.max_depth, self.max_tape)

    # the whole connection ------------------------------------------------------------------------
    def all(self, *, cancel: bool, keep: bool = False) -> None:
        """Subscribe everything: slots first, then lines, then contracts nobody knows yet. cancel:
        the broker serves the old requests; keep: and they are good, but for the books."""
        self._started = _now()
        if self._over:
            return
        for stock in self._line.stocks:
            if stock.wanted:
                self._slot_again(stock, cancel, keep)
        for stock in self._line.stocks:
            if stock.contract is None:
                self._ask_contract(stock)
            elif stock.line is not None and keep:
                self._say(stock, r.FEED_LINE)
            else:
                if cancel:
                    self._cancel(stock.line)
                self.release(stock.line)
                stock.line = None
                self.line(stock)

    def _slot_again(self, stock: Stock, cancel: bool, keep: bool) -> None:
        if cancel:
            self._cancel(stock.depth)
        self.release(stock.depth)
        stock.depth = None
        if stock.tape is not None and not keep:
            if cancel:
                self._cancel(stock.tape)
            self.release(stock.tape)
            stock.tape = None
        self.open(stock)

    def lost(self) -> None:
        """The connection is over."""
        self._stream.zombies.clear()
        for stock in self._line.stocks:
            stock.forget()
            self._say(stock, r.FEED_DOWN)

    def suspended(self) -> None:
        """Nothing that comes counts any more."""
        for stock in self._line.stocks:
            stock.rows.clear()
            self._say(stock, r.FEED_DOWN)

    def forgotten(self) -> None:
        """The broker has lost every request (1101). One that it serves nevertheless is cancelled
        when its data show that (`_undead`)."""
        self._forgot_s = _now()
        self._stream.zombies.update(self._stream.requests)
        self._stream.requests.clear()
        for stock in self._line.stocks:
            stock.forget()

    def _undead(self, request: Request) -> None:
        self._buried_s[request.kind] = _now()
        self._cancel(request)

    def bury(self, kind: str) -> bool:
        """Cancel what the broker should have forgotten (1101) of a kind; True when that was the
        reason of a refusal that comes now: there was something, or it went a moment ago."""
        zombies = self._stream.zombies
        if _now() - self._forgot_s > FORGOT_S:
            zombies.clear()
        for number in [n for n, each in zombies.items() if each.kind is kind]:
            self._undead(zombies.pop(number))
        return _now() - self._buried_s.get(kind, -1e9) <= BURIED_S

    def give_up(self) -> None:
        """Everything is cancelled, and nothing asked for any more."""
        self._over = True
        for stock in self._line.stocks:
            if stock.wanted or stock.depth is not None or stock.tape is not None:
                self.close(stock)
            if stock.line is not None:
                self._cancel(stock.line)
                self.release(stock.line)
                stock.line = None
                self._say(stock, r.FEED_LINE_END)

    def rights_back(self) -> None:
        """Lines are live again: what was refused may be asked for."""
        for stock in self._line.stocks:
            if stock.contract is not None:
                stock.refused = ""

    # lines ---------------------------------------------------------------------------------------
    def _ask_contract(self, stock: Stock) -> None:
        wire, pacer = self._line.wire, self._line.pacer
        if wire is not None and pacer is not None and not stock.refused:
            self._line.contracts.ask(stock, wire, pacer)

    def line(self, stock: Stock) -> None:
        """Ask for the level-1 line of a stock, behind everything that is urgent."""
        if stock.wanted and stock.depth is None:
            self.open(stock)

        def send(wire: Wire) -> None:
            if stock.line is not None or self.count(LINE) >= self.max_lines:
                return
            stock.line = self._number(LINE, stock, wire)
            generic = GENERIC + "".join(f",292:{name}" for name in self._spec.news)
            wire.reqMktData(stock.line.number, stock.contract, generic, False, False, [])
            self._say(stock, r.FEED_LINE)
            if stock.tape is None:
                self._say(stock, r.FEED_TAPE_END)

        self._send(send, bulk=True)

    def join(self, stock: Stock) -> None:
        """A stock that is to be watched from now on; while the connection is away it waits."""
        self._ask_contract(stock)

    def leave(self, stock: Stock) -> None:
        """A stock that nobody wants any more: its slot and its line are free."""
        if stock.wanted:
            self.close(stock)
        if stock.line is not None:
            self._cancel(stock.line)
            self.release(stock.line)
            stock.line = None
            self._say(stock, r.FEED_LINE_END)
        self._say(stock, r.FEED_DOWN)

    # slots ---------------------------------------------------------------------------------------
    def open(self, stock: Stock) -> None:
        """Give the stock a slot: its book now, its tape as soon as the broker allows it."""
        stock.wanted = True

        def send(wire: Wire) -> None:
            if stock.depth is not None or not stock.wanted or stock.contract is None:
                return
            if self.count(DEPTH) >= self.max_depth:
                return
            stock.rows.limit = self._spec.depth_rows
            stock.rows.clear()
            stock.ruined = ""
            stock.depth = self._number(DEPTH, stock, wire, self._spec.smart_depth)
            wire.reqMktDepth(
                stock.depth.number,
                stock.contract,
                self._spec.depth_rows,
                self._spec.smart_depth,
                [],
            )
            stock.opened_s, stock.flaw_since = _now(), 0.0
            stock.depth_ts = self._hub.clock()
            if stock.shown:
                self._say(stock, r.FEED_GAP)
            else:
                self._say(stock, r.FEED_SLOT_OPENED)
                self._say(stock, r.FEED_TAPE if stock.tape is not None else r.FEED_TAPE_END)

        self._send(send)
        self._tape(stock, _now())

    def close(self, stock: Stock) -> None:
        """Take the slot away."""
        stock.wanted = False
        for request in (stock.depth, stock.tape):
            self._cancel(request)
            self.release(request)
        stock.depth = stock.tape = None
        stock.rows.clear()
        stock.book.clear()
        self._say(stock, r.FEED_SLOT_CLOSED)
        self._say(stock, r.FEED_TAPE_END)

    def _tape(self, stock: Stock, now: float) -> None:
        if now - stock.asked_s < TAPE_AGAIN_S:
            self._later(stock)
            return
        if self.count(TAPE) >= self.max_tape:
            return

        def send(wire: Wire) -> None:
            if stock.tape is not None or not stock.wanted or stock.contract is None:
                return
            if self.count(TAPE) >= self.max_tape or _now() - stock.asked_s < TAPE_AGAIN_S:
                return
            stock.tape = self._number(TAPE, stock, wire)
            stock.asked_s = _now()
            wire.reqTickByTickData(stock.tape.number, stock.contract, "AllLast", 0, False)
            if stock.depth is not None:
                self._say(stock, r.FEED_TAPE)

        self._send(send)

    def _later(self, stock: Stock) -> None:
        """The tape again, to the instant at which the broker allows it."""
        if stock not in self._waiting:
            self._waiting.add(stock)
            at = stock.asked_s + TAPE_AGAIN_S
            asyncio.get_running_loop().call_at(at, self._allowed, stock)

    def _allowed(self, stock: Stock) -> None:
        self._waiting.discard(stock)
        if stock.wanted and stock.tape is None and not self._line.broken:
            self._tape(stock, _now())

    def book_again(self, stock: Stock, why: str) -> None:
        """Cancel the book and ask for it anew; the tape goes on."""
        if stock.depth is None or not stock.wanted:
            return
        self._care.asked(stock, _now())
        self._cancel(stock.depth)
        self.release(stock.depth)
        stock.depth = None
        stock.rows.clear()
        self._hub.say(stock.ticker, f"book asked for again: {why}", "warn")
        self.open(stock)

    def _drop_tape(self, stock: Stock) -> None:
        """Cancel the tape; it is asked for anew as soon as the broker allows it."""
        if stock.tape is None:
            return
        self._cancel(stock.tape)
        self.release(stock.tape)
        stock.tape = None
        self._say(stock, r.FEED_TAPE_END)

    def ruined(self, stock: Stock) -> None:
        """An operation that cannot be. Where they come one after the other there is no book, and it
        is not asked for without end."""
        if self._care.since(stock, _now()) < RUINED_S:
            return
        why, stock.ruined = stock.ruined, ""
        self.book_again(stock, why)

    # looking after -------------------------------------------------------------------------------
    def look(self, now: float) -> None:
        """Called about 20 times a second while the connection stands."""
        pacer = self._line.pacer
        if self._line.broken or pacer is None or self._over:
            return
        if now - self._started > RULES_S:
            self._line.contracts.give_up_rules()
        self._care.count(self._line.stocks, now)
        for stock in self._line.stocks:
            if stock.contract is None:
                if self._line.contracts.due(stock, now):
                    stock.refused = ""
                    self._ask_contract(stock)
                continue
            if not pacer.waiting:
                self._missing(stock, now)
            if stock.wanted and stock.depth is not None:
                self._right(stock, now)

    def _right(self, stock: Stock, now: float) -> None:
        """Ask anew for what is served and yet cannot be right."""
        if stock.ruined:
            self.ruined(stock)
        elif why := self._care.flaw(stock, now):
            self.book_again(stock, why)
        elif self._hub.ticking and (why := self._care.silence(stock, now, self._hub.clock())):
            self._drop_tape(stock)
            self.book_again(stock, why)
        elif self._care.tapeless(stock, now):
            self.tell(stock, "trades come and no tape: it is asked for again")
            self._drop_tape(stock)

    def _missing(self, stock: Stock, now: float) -> None:
        """Ask for what it should have and has not."""
        if stock.refused and now - stock.refused_s > refusals.AGAIN_S:
            stock.refused = ""
        if stock.line is None and not stock.refused and self.count(LINE) < self.max_lines:
            self.line(stock)
        if not stock.wanted:
            return
        if stock.depth is None and self.count(DEPTH) < self.max_depth:
            self.open(stock)
        elif stock.depth is not None and stock.tape is None:
            self._tape(stock, now)

    # refusals ------------------------------------------------------------------------------------
    def on_error(self, number: int, code: int, text: str) -> bool:
        """A number about a request; False when it is about none of these."""
        request = self._stream.requests.get(b"%d" % number)
        if request is None:  # one that the broker refuses needs no cancel
            return self._stream.zombies.pop(b"%d" % number, None) is not None
        return refusals.take(self, request, code, text)

    def gone(self, request: Request) -> None:
        """A request that the broker does not serve is not cancelled; what belongs to it is."""
        stock = request.stock
        if request.kind is LINE:
            stock.line = None
            self._say(stock, r.FEED_LINE_END)
            return
        if request.kind is DEPTH:
            stock.depth = None
            stock.rows.clear()
            if stock.shown:
                self._say(stock, r.FEED_GAP)
        else:
            stock.tape = None
        stock.wanted = False
        asyncio.get_running_loop().call_later(PARTNER_S, self._part, stock, self._line.generation)

    def _part(self, stock: Stock, generation: int) -> None:
        """What is left of a slot of which one half was refused. The other half's refusal often
        follows at once, and what the broker has ended is not cancelled."""
        if stock.wanted or not self._line.up or generation != self._line.generation:
            return
        self.close(stock)
        self._hub.slot_refused(self._line, stock)

    def cleared(self, stock: Stock) -> None:
        """317: new rows follow on the same request."""
        if not self._stream.muted:
            self._stream.cleared(stock)

    def tell(self, stock: Stock, text: str) -> None:
        """A line for the log."""
        self._hub.say(stock.ticker, text, "warn")

    # the wire ------------------------------------------------------------------------------------
    def _number(self, kind: str, stock: Stock, wire: Wire, smart: bool = False) -> Request:
        request = Request(kind, stock, wire.getReqId(), smart)
        self._stream.requests[b"%d" % request.number] = request
        return request

    def release(self, request: Request | None) -> None:
        """Data that still come for it are late."""
        if request is not None:
            self._stream.requests.pop(b"%d" % request.number, None)

    def _cancel(self, request: Request | None) -> None:
        if request is None:
            return

        def send(wire: Wire) -> None:
            if request.kind is DEPTH:
                wire.cancelMktDepth(request.number, request.smart)
            elif request.kind is TAPE:
                wire.cancelTickByTickData(request.number)
            else:
                wire.cancelMktData(request.number)

        self._send(send)

    def _send(self, request: Callable[[Wire], None], *, bulk: bool = False) -> None:
        wire, pacer = self._line.wire, self._line.pacer
        if wire is None or pacer is None:
            return
        if bulk:
            pacer.bulk(lambda: request(wire))
        else:
            pacer.urgent(lambda: request(wire))

    def _say(self, stock: Stock, code: int) -> None:
        """Record what became of a stock's line or slot. The row ends no batch: nothing is fresher
        by it."""
        if code == r.FEED_SLOT_OPENED:
            stock.shown = True
        elif code in (r.FEED_SLOT_CLOSED, r.FEED_DOWN):
            stock.shown = False
        if stock.sym:
            ts = self._hub.clock()
            row: Row = (ts, stock.sym, r.FEED, 0, self._line.index, 0, code)
            self._hub.put(ts, [row])


def _now() -> float:
    return asyncio.get_running_loop().time()
