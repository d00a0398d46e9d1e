"""The gateway: a server on loopback, the market behind it, the clients in front."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from ramstock_tui import schedule
from ramstock_tui.core import records as r
from ramstock_tui.core.records import RefData, Row, SymbolInfo
from ramstock_tui.feeds import Feed, Portion
from ramstock_tui.gateway import clock as clocks
from ramstock_tui.gateway import (
    requests_account,
    requests_data,
    requests_history,
    requests_other,
    requests_reference,
)
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.headlines import Headline
from ramstock_tui.gateway.instruments import Instrument, Listing
from ramstock_tui.gateway.limits import Pause, Rate
from ramstock_tui.gateway.log import Entry, Log
from ramstock_tui.gateway.registry import Streams
from ramstock_tui.gateway.session import Session
from ramstock_tui.gateway.weather import Weather
from ramstock_tui.gateway.wire import Protocol

HOST = "127.0.0.1"
PUMP_S = 0.004  # how often the market is looked at
HANDLERS = {
    **requests_account.HANDLERS,
    **requests_data.HANDLERS,
    **requests_history.HANDLERS,
    **requests_other.HANDLERS,
    **requests_reference.HANDLERS,
}


class Gateway:
    """One login. `start` it on a running loop, `stop` it there.

    The market's clock starts with the first client, or by `begin`.
    """

    def __init__(
        self, feed: Feed, clock: EventClock, config: GatewayConfig, log: Log | None = None
    ) -> None:
        self.feed = feed
        self.clock = clock
        self.config = config
        self.log = log or Log()
        self.handlers = HANDLERS
        self.protocol = Protocol(config.server_version)
        self.listing = Listing()
        self.streams = Streams(config.limits)
        self.weather = Weather(config.market_data)
        self.headlines: list[Headline] = []
        self._bound(config)
        self.sessions: list[Session] = []
        self.daily_pnl = config.daily_pnl
        self.skew_s = config.skew_s
        self.ghosts: set[int] = set()  # client ids of connections that died without a word
        self.port = 0
        self.mono = clocks.mono_ns
        self.running = asyncio.Event()  # the clock runs
        self.mute_new = ""  # mode of connections that come, "" = as usual
        self._connections = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._sampled_ns = 0
        self._scanned_ns = clock.at_ns
        self._take(feed.begin(clock.at_ns))

    def _bound(self, config: GatewayConfig) -> None:
        """Counters of what the login may ask for."""
        limits = config.limits
        self.tape_pause = Pause(limits.tape_repeat_s)
        self.small_bars = Rate(limits.small_bars, limits.small_bars_s)
        self.same_history = Pause(limits.same_history_s)
        self.fundamentals = Rate(limits.fundamentals, 600.0)
        self._bursts: dict[int, Rate] = {}

    def burst_of(self, con_id: int) -> Rate:
        """Requests for small bars of one contract in 2 s."""
        return self._bursts.setdefault(con_id, Rate(self.config.limits.burst_histories - 1, 2.0))

    # life -----------------------------------------------------------------------------------------
    async def start(self, port: int = 0) -> int:
        """Listen on loopback and let the market run; returns the port (0 = any)."""
        await self.listen(port)
        self.spawn(self._pump())
        return self.port

    async def listen(self, port: int = 0) -> None:
        """Take connections, again after `refuse`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, HOST, port or self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Take no connections: a client that tries is refused."""
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def listening(self) -> bool:
        """Does it take connections?"""
        return self._server is not None

    def reopen(self) -> None:
        """Take connections again."""
        self.spawn(self.listen())

    async def stop(self) -> None:
        """End everything."""
        self.refuse()
        for session in list(self.sessions):
            session.pipe.close()
        for task in self._tasks:
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.log.close()

    def begin(self, zero_ns: int | None = None) -> None:
        """Let the market's clock run; see `EventClock.start`."""
        self.clock.start(zero_ns)
        self.running.set()

    def began(self) -> None:
        """A client has started."""
        self.begin()

    def _session(self) -> Session:
        self._connections += 1
        return Session(self, self._connections)

    def joined(self, session: Session) -> None:
        """A connection stands."""
        self.sessions.append(session)
        if self.mute_new:
            session.pipe.set_mode(self.mute_new)

    def left(self, session: Session) -> None:
        """It is gone."""
        self.sessions.remove(session)

    def has_client(self, client_id: int) -> bool:
        """Is the client id in use?"""
        return client_id in self.ghosts or any(
            session.client_id == client_id for session in self.sessions
        )

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside everything else, until the gateway stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        problem = None if task.cancelled() else task.exception()
        if problem is not None:  # a fault of this program: nobody may take it for the broker's
            self.note("violation", kind="gateway", text=repr(problem), bad=True)
            asyncio.get_running_loop().call_exception_handler(
                {"message": "gateway", "exception": problem, "task": task}
            )

    def later(self, seconds: float, call: Callable[..., None], *values: Any) -> None:
        """Call it after so many seconds of real time."""
        asyncio.get_running_loop().call_later(seconds, call, *values)

    # clock ----------------------------------------------------------------------------------------
    def broker_time_s(self) -> int:
        """What the broker's clock shows, whole seconds."""
        return int(self.clock.now() / clocks.SECOND_NS + self.skew_s)

    def now_text(self) -> str:
        """Event time as the protocol writes it: `20261123 09:31:00 EST`."""
        return schedule.new_york(self.clock.now()).strftime("%Y%m%d %H:%M:%S %Z")

    def note(self, what: str, connection: int = 0, **facts: Any) -> None:
        """A line of the log."""
        at, event = self.mono(), self.clock.now()
        self.log.add(Entry(mono_ns=at, event_ns=event, connection=connection, what=what, **facts))

    # market ---------------------------------------------------------------------------------------
    async def _pump(self) -> None:
        while True:
            self.turn()
            await asyncio.sleep(PUMP_S)

    def turn(self) -> None:
        """Take in what the market did and tell everybody who subscribed to it."""
        self._take(self.feed.rows(self.clock.now()))
        self._sample()
        self._refresh()
        for session in self.sessions:
            session.pipe.flush()

    def _take(self, portion: Portion) -> None:
        rows, area = portion
        for row in rows:
            if row[2] in (r.SYMBOL, r.REFDATA):
                self._paper(row, area)
                continue
            stock = self.listing.by_sym.get(row[1])
            if stock is not None:
                stock.apply(row)
                self._tell(stock, row)

    def everyone(self) -> list[Session]:
        """Clients that have started."""
        return [session for session in self.sessions if session.client_id is not None]

    def _paper(self, row: Row, area: bytes) -> None:
        _, sym, kind, _, _, offset, length = row
        packed = area[offset : offset + length]
        if kind == r.SYMBOL:
            self.listing.add(Instrument(sym, msgspec.msgpack.decode(packed, type=SymbolInfo)))
            return
        data, stock = msgspec.msgpack.decode(packed, type=RefData), self.listing.by_sym[sym]
        stock.float_shares, stock.sector = data.float_shares, data.sector
        stock.opened(row[0], data.rvol_e4)

    def _tell(self, stock: Instrument, row: Row) -> None:
        if not self.weather.flows(stock.symbol):
            return
        if row[2] == r.PRINT:
            for session, tape in self.streams.tapes.get(stock.sym, ()):
                self.weather.trade(tape, session.send, row)
        if row[3] & r.LAST:
            for session, depth in self.streams.depths.get(stock.sym, ()):
                self.weather.change(depth, session.send)

    def _sample(self) -> None:
        now = self.mono()
        if now - self._sampled_ns < self.config.sample_ms * 1_000_000 / self.clock.speed:
            return
        self._sampled_ns = now
        at = self.clock.now()
        for sym, held in self.streams.lines.items():
            if held and self.weather.flows(self.listing.by_sym[sym].symbol):
                for session, line in held:
                    line.look(session.send, at)

    def _refresh(self) -> None:
        """New rows for every scan when it is time."""
        now = self.clock.now()
        if now - self._scanned_ns < self.config.scanner_s * clocks.SECOND_NS:
            return
        self._scanned_ns = now
        for session in self.sessions:
            for (kind, req_id), request in list(session.following.items()):
                if kind == "scan" and not self.weather.offline:
                    requests_other.tell_scan(session, req_id, request)

    def catch_up(self) -> None:
        """Depth streams and lines get what they missed."""
        for held in self.streams.depths.values():
            for session, depth in held:
                if self.weather.flows(depth.stock.symbol):
                    depth.change(session.send)
        self._sampled_ns = 0
