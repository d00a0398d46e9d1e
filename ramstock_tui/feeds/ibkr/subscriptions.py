"""What is subscribed on one connection: never twice, never more than the broker gives.

Requests are numbered and kept (`requests.py`), one for each thing: a slot whose number is lost is a
slot lost (ib_async keeps one number per stock and kind). Depth is cancelled with the flag it was
asked with.
"""

import asyncio
from typing import TYPE_CHECKING

from ramstock_tui.core import records as r
from ramstock_tui.feeds.ibkr import refusals
from ramstock_tui.feeds.ibkr.care import Care
from ramstock_tui.feeds.ibkr.instrument import DEPTH, LINE, TAPE, Request, Stock
from ramstock_tui.feeds.ibkr.limits import WORDS, Limit
from ramstock_tui.feeds.ibkr.requests import Requests
from ramstock_tui.feeds.ibkr.spec import IbkrSpec
from ramstock_tui.feeds.ibkr.tapes import Tapes
from ramstock_tui.feeds.ibkr.wire import Wire

if TYPE_CHECKING:
    from ramstock_tui.feeds.ibkr.endpoint import Hub, Line

GENERIC = "233,165,236,293,294"
RUINED_S = 2.0  # between two new requests because of operations that cannot be
PARTNER_S = 0.3  # between the refusals of a book and of its tape
RULES_S = 1.5  # for an answer about market rules


class Subscriptions:
    """limits: what the broker gives of each kind, learned where it refuses and tried again."""

    def __init__(self, line: "Line", spec: IbkrSpec, hub: "Hub") -> None:
        self.limits = {
            LINE: Limit(line.at.max_lines),
            DEPTH: Limit(line.at.max_depth),
            TAPE: Limit(line.at.max_tick_by_tick),
        }
        self._line = line
        self._stream = line.stream
        self._spec = spec
        self._hub = hub
        self._care = Care()
        self.requests = Requests(line, hub)
        self._tapes = Tapes(line, self.requests, hub)
        self._over = False  # the day is off
        self._started = 0.0

    # figures -------------------------------------------------------------------------------------
    def count(self, kind: str) -> int:
        """Requests of a kind that the broker serves."""
        return self.requests.count(kind)

    def figures(self) -> tuple[int, int, int, int, int, int]:
        """(lines, of so many, books, of so many, tapes, of so many)."""
        lines, books, tapes = (self.count(kind) for kind in (LINE, DEPTH, TAPE))
        return lines, self.max_lines, books, self.max_depth, tapes, self.max_tape

    @property
    def max_lines(self) -> int:
        """Level-1 lines that are asked for at most."""
        return self.limits[LINE].now

    @property
    def max_depth(self) -> int:
        """Books that are asked for at most."""
        return self.limits[DEPTH].now

    @property
    def max_tape(self) -> int:
        """Tapes that are asked for at most."""
        return self.limits[TAPE].now

    @property
    def tapes_wait(self) -> int:
        """Stocks with a slot whose tape comes when the broker allows it."""
        return self._tapes.waiting

    @property
    def slots(self) -> int:
        """Depth slots that can be had."""
        return min(self.max_depth, self.max_tape)

    # the whole connection ------------------------------------------------------------------------
    def all(self, *, cancel: bool, keep: bool = False) -> None:
        """Subscribe everything: slots first, of them those with a card or an open trade (the broker
        may give fewer now); then lines, then contracts nobody knows yet. cancel: the broker serves
        the old requests; keep: and they are good, but for the books."""
        self._started = _now()
        if self._over:
            return
        wanted = [stock for stock in self._line.stocks if stock.wanted]
        for stock in sorted(wanted, key=lambda each: not self._hub.held(each)):
            self._slot_again(stock, cancel, keep)
        for stock in self._line.stocks:
            if stock.contract is None:
                self._ask_contract(stock)
            elif stock.line is not None and keep:
                self.requests.say(stock, r.FEED_LINE)
            else:
                if cancel:
                    self.requests.cancel(stock.line)
                self.requests.release(stock.line)
                stock.line = None
                self.line(stock)

    def _slot_again(self, stock: Stock, cancel: bool, keep: bool) -> None:
        if cancel:
            self.requests.cancel(stock.depth)
        self.requests.release(stock.depth)
        stock.depth = None
        if stock.tape is not None and not keep:
            if cancel:
                self.requests.cancel(stock.tape)
            self.requests.release(stock.tape)
            stock.tape = None
        self.open(stock)

    def lost(self) -> None:
        """The connection is over, and with it what is known of limits."""
        for limit in self.limits.values():
            limit.forget()
        self._stream.zombies.clear()
        for stock in self._line.stocks:
            stock.forget()
            self.requests.say(stock, r.FEED_DOWN)

    def suspended(self) -> None:
        """Nothing that comes counts any more."""
        for stock in self._line.stocks:
            stock.rows.clear()
            self.requests.say(stock, r.FEED_DOWN)

    def probe(self) -> None:
        """Another session had the data and may have ended every request: one line is asked for
        anew, its data tell when that is over. Whether a broker keeps what it answers with 10197
        nobody says: it is cancelled in any case, which harms nothing where there is nothing."""
        stock = next((each for each in self._line.stocks if each.contract is not None), None)
        if stock is None or self._over:
            return
        self.requests.cancel(stock.line)
        self.requests.release(stock.line)
        stock.line = None

        def send(wire: Wire) -> None:
            stock.line = self.requests.number(LINE, stock, wire)
            wire.reqMktData(stock.line.number, stock.contract, "", False, False, [])

        self.requests.send(send)

    def forgotten(self) -> None:
        """The broker has lost every request (1101). One that it serves nevertheless is cancelled
        when its data show that (`Requests.undead`)."""
        self.requests.forget()
        for stock in self._line.stocks:
            stock.forget()

    def give_up(self) -> None:
        """Everything is cancelled, and nothing asked for any more."""
        self._over = True
        for stock in self._line.stocks:
            if stock.wanted or stock.depth is not None or stock.tape is not None:
                self.close(stock)
            if stock.line is not None:
                self.requests.cancel(stock.line)
                self.requests.release(stock.line)
                stock.line = None
                self.requests.say(stock, r.FEED_LINE_END)

    def rights_back(self) -> None:
        """Lines are live again: what was refused may be asked for."""
        for stock in self._line.stocks:
            if stock.contract is not None:
                stock.refused = ""
                stock.refusals.clear()

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
            stock.line = self.requests.number(LINE, stock, wire)
            generic = GENERIC + "".join(f",292:{name}" for name in self._spec.news)
            wire.reqMktData(stock.line.number, stock.contract, generic, False, False, [])
            self.requests.say(stock, r.FEED_LINE)
            if stock.tape is None:
                self.requests.say(stock, r.FEED_TAPE_END)

        self.requests.send(send, bulk=True)

    def join(self, stock: Stock) -> None:
        """A stock that is to be watched from now on; while the connection is away it waits."""
        self._ask_contract(stock)

    def leave(self, stock: Stock) -> None:
        """A stock that nobody wants any more: its slot and its line are free."""
        if stock.wanted:
            self.close(stock)
        if stock.line is not None:
            self.requests.cancel(stock.line)
            self.requests.release(stock.line)
            stock.line = None
            self.requests.say(stock, r.FEED_LINE_END)
        self.requests.say(stock, r.FEED_DOWN)

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
            stock.depth = self.requests.number(DEPTH, stock, wire, self._spec.smart_depth)
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
                self.requests.say(stock, r.FEED_GAP)
            else:
                self.requests.say(stock, r.FEED_SLOT_OPENED)
                self.requests.say(stock, r.FEED_TAPE if stock.tape is not None else r.FEED_TAPE_END)

        self.requests.send(send)
        self._tapes.ask(stock, _now())

    def close(self, stock: Stock) -> None:
        """Take the slot away."""
        stock.wanted = False
        for request in (stock.depth, stock.tape):
            self.requests.cancel(request)
            self.requests.release(request)
        stock.depth = stock.tape = None
        stock.rows.clear()
        stock.book.clear()
        self.requests.say(stock, r.FEED_SLOT_CLOSED)
        self.requests.say(stock, r.FEED_TAPE_END)

    def book_again(self, stock: Stock, why: str) -> None:
        """Cancel the book and ask for it anew; the tape goes on."""
        if stock.depth is None or not stock.wanted:
            return
        self._care.asked(stock, _now())
        self.requests.cancel(stock.depth)
        self.requests.release(stock.depth)
        stock.depth = None
        stock.rows.clear()
        self._hub.say(stock.ticker, f"book asked for again: {why}", "warn")
        self.open(stock)

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
        for kind, limit in self.limits.items():
            if limit.tried(self.count(kind), now):
                self._hub.say("", f"one more {WORDS[kind]} is tried: {limit.now}", "info")
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
        elif (
            self._hub.ticking
            and self._line.heard(now)  # else the connection is silent, not the stock
            and (why := self._care.silence(stock, now, self._hub.clock()))
        ):
            self._tapes.drop(stock)
            self.book_again(stock, why)
        elif self._care.tapeless(stock, now):
            self.tell(stock, "trades come and no tape: it is asked for again")
            self._tapes.drop(stock)

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
            self._tapes.ask(stock, now)

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
            self.requests.say(stock, r.FEED_LINE_END)
            return
        if request.kind is DEPTH:
            stock.depth = None
            stock.rows.clear()
            if stock.shown:
                self.requests.say(stock, r.FEED_GAP)
        else:
            stock.tape = None
        stock.wanted = False
        self._hub.slot_refused(self._line, stock)  # before the ranks take another one for it
        asyncio.get_running_loop().call_later(PARTNER_S, self._part, stock, self._line.generation)

    def _part(self, stock: Stock, generation: int) -> None:
        """What is left of a slot of which one half was refused. The other half's refusal often
        follows at once, and what the broker has ended is not cancelled."""
        if stock.wanted or not self._line.up or generation != self._line.generation:
            return
        self.close(stock)

    def cleared(self, stock: Stock) -> None:
        """317: new rows follow on the same request."""
        if not self._stream.muted:
            self._stream.cleared(stock)

    def tell(self, stock: Stock, text: str) -> None:
        """A line for the log."""
        self._hub.say(stock.ticker, text, "warn")


def _now() -> float:
    return asyncio.get_running_loop().time()
