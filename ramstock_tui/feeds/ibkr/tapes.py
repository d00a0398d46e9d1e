"""The tapes of one connection: every print of a stock, asked for as often as the broker allows."""

import asyncio
from typing import TYPE_CHECKING

from ramstock_tui.core import records as r
from ramstock_tui.feeds.ibkr.instrument import TAPE, TAPE_AGAIN_S, Stock
from ramstock_tui.feeds.ibkr.requests import Requests
from ramstock_tui.feeds.ibkr.wire import Wire

if TYPE_CHECKING:
    from ramstock_tui.feeds.ibkr.endpoint import Hub, Line


class Tapes:
    """One request for an instrument in TAPE_AGAIN_S; what came too early is asked for then."""

    def __init__(self, line: "Line", requests: Requests, hub: "Hub") -> None:
        self._line = line
        self._hub = hub
        self._requests = requests
        self._waiting: set[Stock] = set()  # whose tape is asked for by a timer

    def ask(self, stock: Stock, now: float) -> None:
        """Now, or as soon as the broker allows it. now: loop time, s."""
        self._remind(stock, now)
        if now < self._from_s(stock):
            self._later(stock)
            return
        if self._requests.count(TAPE) >= self._line.subs.max_tape:
            return

        def send(wire: Wire) -> None:
            if stock.tape is not None or not stock.wanted or stock.contract is None:
                return
            if self._requests.count(TAPE) >= self._line.subs.max_tape or _now() < self._from_s(
                stock
            ):
                return
            stock.tape = self._requests.number(TAPE, stock, wire)
            stock.before_s, stock.asked_s = stock.asked_s, _now()
            self._hub.tape_asked(self._line, stock)
            wire.reqTickByTickData(stock.tape.number, stock.contract, "AllLast", 0, False)
            if stock.depth is not None:
                self._requests.say(stock, r.FEED_TAPE)

        self._requests.send(send)

    def _later(self, stock: Stock) -> None:
        """The tape again, to the instant at which the broker allows it."""
        if stock not in self._waiting:
            self._waiting.add(stock)
            asyncio.get_running_loop().call_at(self._from_s(stock), self._allowed, stock)

    def _from_s(self, stock: Stock) -> float:
        """Loop time from which on the broker allows it."""
        return stock.asked_s + TAPE_AGAIN_S + self._line.slack_s

    def _remind(self, stock: Stock, now: float) -> None:
        """Another program, or this one before its last start, may have asked for it."""
        if stock.reminded:
            return
        stock.reminded = True
        stock.asked_s = max(stock.asked_s, now - self._hub.tape_asked_ago_s(self._line, stock))
        left = self._from_s(stock) - now
        if left > 0:
            text = f"its tape was asked for a moment ago: again in {left:.0f} s"
            self._hub.say(stock.ticker, text, "info")

    def _allowed(self, stock: Stock) -> None:
        self._waiting.discard(stock)
        if stock.wanted and stock.tape is None and not self._line.broken:
            self.ask(stock, _now())

    @property
    def waiting(self) -> int:
        """Stocks whose tape comes when the broker allows it."""
        return sum(stock.wanted and stock.tape is None for stock in self._waiting)

    def drop(self, stock: Stock) -> None:
        """Cancel the tape; it is asked for anew as soon as the broker allows it."""
        if stock.tape is None:
            return
        self._requests.cancel(stock.tape)
        self._requests.release(stock.tape)
        stock.tape = None
        self._requests.say(stock, r.FEED_TAPE_END)


def _now() -> float:
    return asyncio.get_running_loop().time()
