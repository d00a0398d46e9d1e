"""One connection: the library's client with a bounded buffer, a hot path and a generation.

`ib_async.Client` makes the connection, writes the requests and decodes the rare messages. Market
data, hundreds of thousands of messages a minute, are taken from the bytes here: its own path keeps
a book that cannot be trusted, drops the exchange's time and costs three times as much.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from ib_async.client import Client
from ib_async.contract import ContractDetails
from ib_async.objects import PriceIncrement

FRAME_MOST = 1 << 20  # bytes of one message; more is no message but lost framing
READ_MOST = 1 << 16  # bytes of one read: what a burst brings is decided in portions of 10 ms
CONNECT_S = 5.0
FIELDS_MOST = 4_096
NOISE_MOST = 3  # frames of nonsense on end: the framing is lost
# what fields of the wrong number, kind or size raise; NaN and infinite ones are ArithmeticError
WRONG = (ValueError, IndexError, ArithmeticError)
Fields = list[bytes]


class Sink(Protocol):
    """Who gets what a connection receives. Rare messages by name, market data as fields."""

    def read_begins(self) -> None:
        """A network read: everything until `read_ends` has one timestamp."""
        ...

    def read_ends(self) -> None: ...
    def on_error(self, request: int, code: int, text: str) -> None: ...
    def on_details(self, request: int, details: ContractDetails) -> None: ...
    def on_details_end(self, request: int) -> None: ...
    def on_rule(self, rule: int, increments: list[PriceIncrement]) -> None: ...


class ProtocolError(ConnectionError):
    """The peer sends what is no message: the framing is lost."""


class _Wrapper:
    """What the library's decoder calls; everything else that it offers is of no use here."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def connectAck(self) -> None: ...
    def setEventsDone(self) -> None: ...
    def connectionClosed(self) -> None: ...

    def error(self, request: int, code: int, text: str, _more: str) -> None:
        self._sink.on_error(request, code, text)

    def contractDetails(self, request: int, details: ContractDetails) -> None:
        self._sink.on_details(request, details)

    def contractDetailsEnd(self, request: int) -> None:
        self._sink.on_details_end(request)

    def marketRule(self, rule: int, increments: list[PriceIncrement]) -> None:
        self._sink.on_rule(rule, increments)


_DECODED = frozenset({b"4", b"10", b"52", b"93"})


class Wire(Client):
    """hot: message id -> handler. lost: done when the connection is over, with the reason. alive:
    loop time of the newest whole message. faults: what could not be read, by reason. It places no
    order: nothing here or above calls what could."""

    def __init__(self, sink: Sink, hot: dict[bytes, Callable[[Fields], None]]) -> None:
        super().__init__(_Wrapper(sink))
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.alive = 0.0
        self.faults: Counter[str] = Counter()
        self._sink = sink
        self._hot = hot
        self._loop = asyncio.get_running_loop()
        self._over = False
        self._noise = 0

    async def open(self, host: str, port: int, client_id: int) -> None:
        """Connect and shake hands. OSError or TimeoutError when that fails, with the reason."""
        connecting = asyncio.ensure_future(self.connectAsync(host, port, client_id, CONNECT_S))
        await asyncio.wait({connecting, self.lost}, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            connecting.cancel()
            await asyncio.wait({connecting})
            raise ConnectionError(self.lost.result())
        connecting.result()
        if self.conn.transport is not None:
            self.conn.transport.max_size = READ_MOST  # of asyncio's transport; else 256 KiB

    def shut(self) -> None:
        """End it now; nothing that still comes counts."""
        self._over = True
        self._ended("closed")
        if self.conn.transport is not None:
            self.conn.transport.abort()

    def _ended(self, why: str) -> None:
        if not self.lost.done():
            self.lost.set_result(why)

    def _onSocketDisconnected(self, msg: str) -> None:
        ready = self.isReady()
        super()._onSocketDisconnected(msg)
        self._ended(msg or ("the gateway closed the connection" if ready else "not let in"))

    def _onSocketHasData(self, data: bytes) -> None:
        if self._over:
            return
        try:
            self._sink.read_begins()
            self._take(data)
        except ProtocolError as problem:
            self.faults["protocol error"] += 1
            self._over = True
            self._ended(str(problem))
        finally:
            self._sink.read_ends()

    def _take(self, data: bytes) -> None:
        if self.isReady():
            self._data += data
            self._numBytesRecv += len(data)
            self._messages()
            return
        waiting = self._data + data
        if len(waiting) >= 4 and int.from_bytes(waiting[:4]) > FRAME_MOST:
            raise ProtocolError("the peer does not speak the protocol of TWS")
        try:
            super()._onSocketHasData(data)
        except WRONG as problem:
            raise ProtocolError("the peer does not speak the protocol of TWS") from problem
        self.alive = self._loop.time()

    def _messages(self) -> None:
        """Every whole message of the buffer; what is left of the last one stays. A message is never
        read twice, whatever it does to its handler."""
        buffer, hot = self._data, self._hot
        at, end, count = 0, len(buffer), 0
        try:
            while end - at >= 4:
                size = int.from_bytes(buffer[at : at + 4])
                if size > FRAME_MOST:
                    raise ProtocolError(f"a message of {size} bytes was announced: framing lost")
                after = at + 4 + size
                if after > end:
                    break
                fields = buffer[at + 4 : after].split(b"\0")
                at = after
                count += 1
                handle = hot.get(fields[0])
                try:
                    if handle is not None:
                        self._noise = 0
                        handle(fields)
                    else:
                        self._rare(fields)
                except WRONG:
                    self.faults["wrong fields"] += 1
        finally:
            self._data = buffer[at:]
        if count:
            self.alive = self._loop.time()
            self._numMsgRecv += count

    def _rare(self, fields: Fields) -> None:
        number = fields[0]
        if number in _DECODED and len(fields) < FIELDS_MOST:
            self._decoded([field.decode(errors="backslashreplace") for field in fields[:-1]])
        elif not number.isdigit() or len(number) > 4:
            self.faults["no message"] += 1
            self._noise += 1
            if self._noise >= NOISE_MOST:
                raise ProtocolError("messages without a number: framing lost")

    def _decoded(self, fields: list[Any]) -> None:
        try:
            self.decoder.handlers[int(fields[0])](fields)
        except (*WRONG, TypeError, KeyError):
            self.faults["wrong fields"] += 1
