"""The requests of one connection on the wire: numbered, paced, cancelled as they were asked for."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row
from ramstock_tui.feeds.ibkr.instrument import DEPTH, TAPE, Request, Stock
from ramstock_tui.feeds.ibkr.wire import Wire

if TYPE_CHECKING:
    from ramstock_tui.feeds.ibkr.endpoint import Hub, Line

FORGOT_S = 30.0  # after 1101 what was served before may still be; by then all is asked for again
BURIED_S = 1.0  # for the refusals of what was asked for before


class Requests:
    """What the broker serves stands in the stream's table, by number."""

    def __init__(self, line: "Line", hub: "Hub") -> None:
        self._line = line
        self._stream = line.stream
        self._stream.undead = self.undead
        self._hub = hub
        self._forgot_s = 0.0  # when the broker lost every request
        self._buried_s: dict[str, float] = {}  # kind -> when the last of it was buried

    def count(self, kind: str) -> int:
        """Requests of a kind that the broker serves."""
        return sum(request.kind is kind for request in self._stream.requests.values())

    def number(self, kind: str, stock: Stock, wire: Wire, smart: bool = False) -> Request:
        """A new request; data with its number are for the stock from here on."""
        request = Request(kind, stock, wire.getReqId(), smart)
        self._stream.requests[b"%d" % request.number] = request
        return request

    def release(self, request: Request | None) -> None:
        """Data that still come for it are late."""
        if request is not None:
            self._stream.requests.pop(b"%d" % request.number, None)

    def cancel(self, request: Request | None) -> None:
        """Tell the broker, with the flags it was asked with; None = there is nothing."""
        if request is None:
            return

        def send(wire: Wire) -> None:
            if request.kind is DEPTH:
                wire.cancelMktDepth(request.number, request.smart)
            elif request.kind is TAPE:
                wire.cancelTickByTickData(request.number)
            else:
                wire.cancelMktData(request.number)

        self.send(send)

    def send(self, request: Callable[[Wire], None], *, bulk: bool = False) -> None:
        """In its turn; without a connection never. bulk: behind everything that is urgent."""
        wire, pacer = self._line.wire, self._line.pacer
        if wire is None or pacer is None:
            return
        if bulk:
            pacer.bulk(lambda: request(wire))
        else:
            pacer.urgent(lambda: request(wire))

    def say(self, stock: Stock, code: int) -> None:
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

    def forget(self) -> None:
        """The broker has lost them all, or says so."""
        self._forgot_s = _now()
        self._stream.zombies.update(self._stream.requests)
        self._stream.requests.clear()

    def undead(self, request: Request) -> None:
        """It comes although the broker said that it had forgotten it."""
        self._buried_s[request.kind] = _now()
        self.cancel(request)

    def bury(self, kind: str) -> bool:
        """Cancel what the broker should have forgotten (1101) of a kind; True when that was the
        reason of a refusal that comes now: there was something, or it went a moment ago."""
        zombies = self._stream.zombies
        if _now() - self._forgot_s > FORGOT_S:
            zombies.clear()
        for number in [n for n, each in zombies.items() if each.kind is kind]:
            self.undead(zombies.pop(number))
        return _now() - self._buried_s.get(kind, -1e9) <= BURIED_S


def _now() -> float:
    return asyncio.get_running_loop().time()
