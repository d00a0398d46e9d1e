"""One client's connection: frames in, requests to their handlers, streams, messages out."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ramstock_tui.gateway import codes, wire
from ramstock_tui.gateway.limits import Rate
from ramstock_tui.gateway.log import Entry
from ramstock_tui.gateway.messages import ORDERS
from ramstock_tui.gateway.pipe import Pipe
from ramstock_tui.gateway.streams import Depth, Line, Stream, Tape
from ramstock_tui.gateway.wire import Request, WireError

if TYPE_CHECKING:
    from ramstock_tui.gateway.gateway import Gateway

Handler = Callable[["Session", Request], None]
Key = tuple[str, int]  # family, request id


class Session(asyncio.Protocol):
    """A connection. number: running, from 1 on; client_id: None until it started."""

    pipe: Pipe

    def __init__(self, gateway: "Gateway", number: int) -> None:
        self.gateway = gateway
        self.number = number
        self.client_id: int | None = None
        self.streams: dict[Key, Stream] = {}
        self.following: dict[Key, Any] = {}  # subscriptions that are no market data
        self.wanted_type = 1  # market data type that the client asked for
        self.deaf = False  # takes nothing in any more, as a peer that is gone
        self._greeted = False
        self._head = b""
        self._frames = wire.Frames()
        self._rate = Rate(gateway.config.limits.messages, 1.0)
        self._excess = 0

    # asyncio.Protocol -----------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.pipe = Pipe(cast(asyncio.Transport, transport))
        self.gateway.joined(self)
        self.note("connected")

    def connection_lost(self, exc: Exception | None) -> None:
        self.note("closed", text=str(exc or ""))
        self.end_all("connection closed")
        self.gateway.left(self)

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        try:
            if not self._greeted:
                data = self._greet(data)
            for payload in self._frames.take(data):
                self._payload(payload)
        except WireError as problem:
            self.note("violation", text=str(problem), bad=True)
            self.pipe.reset()
        self.pipe.flush()

    # in -------------------------------------------------------------------------------------------
    def _greet(self, data: bytes) -> bytes:
        self._head += data
        if not wire.GREETING.startswith(self._head[:4]):
            raise WireError(f"greeting was {self._head[:16]!r}, must begin with 'API'")
        if len(self._head) < 4:
            return b""
        self._greeted = True
        return self._head[4:]

    def _payload(self, payload: bytes) -> None:
        if payload[:1] == b"v" and self.client_id is None:
            self._version(payload.decode(errors="replace"))
            return
        now = self.gateway.mono()
        request = self._read(payload)
        if not self._rate.take(now):
            self._too_fast(request)
        elif request is not None:
            self._handle(request)

    def _version(self, offered: str) -> None:
        self.note("hello", text=offered)
        version = self.gateway.config.server_version
        low, _, high = offered[1:].split(" ")[0].partition("..")
        if not (low.isdigit() and int(low) <= version <= int(high or low)):
            raise WireError(f"client offers {offered!r}, the server has version {version}")
        at = self.gateway.now_text()
        self.pipe.raw(wire.framed(f"{version}\0{at}\0".encode()))

    def _read(self, payload: bytes) -> Request | None:
        try:
            request = self.gateway.protocol.request(payload)
        except WireError as problem:
            self.note("violation", text=str(problem), bad=True)
            self.error(-1, 320, why=str(problem))
            return None
        self.gateway.log.add(
            Entry(
                mono_ns=self.gateway.mono(),
                event_ns=self.gateway.clock.now(),
                connection=self.number,
                client_id=self.client_id,
                what=request.name,
                fields=request.fields,
            )
        )
        return request

    def _too_fast(self, request: Request | None) -> None:
        self._excess += 1
        rate, limits = self._rate, self.gateway.config.limits
        text = f"{rate.count} messages in a second, at most {rate.most}"
        self.note("violation", kind=request.name if request else "", code=100, text=text, bad=True)
        self.error(-1, 100, max=rate.most, count=rate.count, times=self._excess)
        if limits.disconnect_after and self._excess >= limits.disconnect_after:
            self.pipe.close()

    def _handle(self, request: Request) -> None:
        if self.client_id is None and request.name != "start_api":
            raise WireError(f"{request.name} before the start of the session")
        if request.name in ORDERS:
            self._order(request)
            return
        refusal = self.gateway.weather.refusal(request)
        if refusal is not None and "req_id" in request.fields:
            self.refuse(request.number("req_id"), refusal, kind=request.name)
            return
        if self.gateway.weather.unanswered(request):
            self.note("unanswered", kind=request.name)
            return
        try:
            self.gateway.handlers[request.name](self, request)
        except WireError as problem:
            self.note("violation", kind=request.name, text=str(problem), bad=True)
            self.error(-1, 320, why=str(problem))

    def _order(self, request: Request) -> None:
        """No order is ever taken; that one came is the worst that can be logged."""
        self.note("violation", kind=request.name, text="an order arrived", code=201, bad=True)
        order_id = request.fields.get("order_id", "-1")
        self.error(
            int(order_id) if order_id.lstrip("-").isdigit() else -1,
            201,
            why="This gateway takes no orders.",
        )

    # out ------------------------------------------------------------------------------------------
    def send(self, name: str, *values: Any) -> None:
        """A message of a stream, or one that nobody asked for."""
        self.pipe.write(self.gateway.protocol.frame(name, *values))

    def answer(self, name: str, *values: Any) -> None:
        """A message that answers a request; late when the weather says so."""
        frame = self.gateway.protocol.frame(name, *values)
        late = self.gateway.weather.late_s
        if late:
            self.gateway.later(late, self._late, frame)
        else:
            self.pipe.write(frame)

    def _late(self, frame: bytes) -> None:
        self.pipe.raw(frame)

    def error(self, req_id: int, code: int, **values: object) -> None:
        """An error or a notice; req_id -1 = about no request."""
        text = codes.text_of(code, req_id=req_id, **values)
        self.answer("error", req_id, code, text, "")

    def refuse(self, req_id: int, code: int, kind: str = "", **values: object) -> None:
        """The request is refused: said to the client and logged."""
        self.note("refused", kind=kind, req_id=req_id, code=code)
        self.error(req_id, code, **values)

    # streams --------------------------------------------------------------------------------------
    def open(self, stream: Stream) -> None:
        """It is subscribed from now on."""
        self.streams[stream.family, stream.req_id] = stream
        self.gateway.streams.add(self, stream)
        self.note("opened", kind=stream.family, req_id=stream.req_id, symbol=stream.stock.symbol)

    def end(self, family: str, req_id: int, why: str = "") -> Stream | None:
        """It is no more; None = there was none."""
        stream = self.streams.pop((family, req_id), None)
        if stream is not None:
            self.gateway.streams.remove(self, stream)
            symbol = stream.stock.symbol
            self.note("ended", kind=family, req_id=req_id, symbol=symbol, text=why)
        return stream

    def end_all(self, why: str) -> None:
        """Every stream is over."""
        for family, req_id in list(self.streams):
            self.end(family, req_id, why)
        self.following.clear()

    def of(self, family: type[Line] | type[Depth] | type[Tape]) -> list[Any]:
        """Its streams of a family."""
        return [stream for stream in self.streams.values() if isinstance(stream, family)]

    def note(self, what: str, **facts: Any) -> None:
        """Into the log."""
        self.gateway.note(what, connection=self.number, client_id=self.client_id, **facts)
