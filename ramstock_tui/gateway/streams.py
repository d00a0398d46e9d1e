"""What a client is subscribed to: level-1 lines, depth, tape. Each remembers what it sent."""

from collections.abc import Callable
from typing import Any, Protocol

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row
from ramstock_tui.gateway import depth, ticks
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.instruments import Instrument
from ramstock_tui.gateway.ticks import Sizes
from ramstock_tui.gateway.wire import px_text

Send = Callable[..., None]  # message name, values


class Stream(Protocol):
    """A subscription. family: `line`, `depth` or `tape`."""

    family: str
    req_id: int
    stock: Instrument


class Line:
    """A level-1 line: what changed since the last look goes out, quotes first."""

    family = "line"

    def __init__(
        self,
        req_id: int,
        stock: Instrument,
        generic: frozenset[int],
        providers: frozenset[str],
        config: GatewayConfig,
        delayed: bool,
    ) -> None:
        self.req_id = req_id
        self.stock = stock
        self.generic = generic
        self.providers = providers
        self.delayed = delayed
        self._sizes = Sizes(config.lots, config.volume_lots)
        self._revision = -1
        self._trades = stock.trades
        self._shown: dict[int, Any] = {}

    def begin(self, send: Send, now: int) -> None:
        """What comes at once: parameters, kind of data, halt state, then a first look."""
        tick = px_text(self.stock.info.tick_e4)
        send("tick_parameters", self.req_id, tick, "9c0001", 3)
        send("market_data_type", self.req_id, 3 if self.delayed else 1)
        self.look(send, now)
        for px_tick, px in ticks.day(self.stock):
            self._price(send, px_tick, px, 0)

    def turn(self, send: Send, delayed: bool) -> None:
        """From now on the data is delayed, or live again: everything is said anew."""
        self.delayed = delayed
        self._revision = -1
        self._shown.clear()
        send("market_data_type", self.req_id, 3 if delayed else 1)

    def look(self, send: Send, now: int) -> None:
        """One sample. Nothing when nothing changed."""
        stock = self.stock
        if stock.revision == self._revision:
            return
        self._revision = stock.revision
        for px_tick, px, size_tick, size in ticks.prices(stock, self._sizes):
            moved = self._changed(px_tick, px) | (px_tick == ticks.LAST and self._traded)
            if moved:
                self._price(send, px_tick, px, size)
            if self._changed(size_tick, size) or moved:
                send("tick_size", self.req_id, self._tick(size_tick), size)
        if self._traded:
            self._trade(send)
        if self._changed(ticks.HALTED, stock.halted):
            self._generic(send, ticks.HALTED, stock.halted)
        for tick, value in ticks.statistics(stock, self.generic, self._sizes, now):
            if self._changed(tick, value):
                self._generic(send, tick, value)
        self._trades = stock.trades

    @property
    def _traded(self) -> bool:
        return self.stock.trades != self._trades or ticks.LAST not in self._shown

    def _trade(self, send: Send) -> None:
        stock = self.stock
        if not stock.last:
            return
        self._shown[ticks.LAST] = stock.last
        seconds = str(stock.last_ts // 1_000_000_000)
        if self._changed(ticks.LAST_TIME, seconds):
            send("tick_string", self.req_id, self._tick(ticks.LAST_TIME), seconds)
        volume = self._sizes.volume(stock.day_volume)
        if self._changed(ticks.VOLUME, volume):
            send("tick_size", self.req_id, self._tick(ticks.VOLUME), volume)
        single = stock.trades - self._trades <= 1
        for generic, tick in ((233, ticks.RT_VOLUME), (375, ticks.RT_TRADE_VOLUME)):
            if generic in self.generic and not self.delayed:
                value = ticks.rt_volume(stock, self._sizes, single)
                send("tick_string", self.req_id, tick, value)

    def _changed(self, tick: int, value: Any) -> bool:
        if self._shown.get(tick) == value:
            return False
        self._shown[tick] = value
        return True

    def _tick(self, tick: int) -> int:
        return ticks.DELAYED.get(tick, tick) if self.delayed else tick

    def _price(self, send: Send, tick: int, px: int, size: int) -> None:
        """An empty side is price -1 of size 0."""
        text = px_text(px) if px else "-1.0"
        send("tick_price", self.req_id, self._tick(tick), text, size, ticks.PRICE_ATTRIBUTES)

    def _generic(self, send: Send, tick: int, value: float | int) -> None:
        name = "tick_size" if tick in ticks.SIZE_TICKS else "tick_generic"
        send(name, self.req_id, self._tick(tick), value)


class Depth:
    """A depth stream of so many rows a side."""

    family = "depth"

    def __init__(
        self, req_id: int, stock: Instrument, rows: int, smart: bool, config: GatewayConfig
    ) -> None:
        self.req_id = req_id
        self.stock = stock
        self.rows = rows
        self.smart = smart
        self._lots = Sizes(config.lots, config.volume_lots)
        self._shift = config.depth_steps == "shift"
        self._falls = rows if config.depth_overflow == "fall" else 0
        self.sent: dict[bool, list[depth.DepthRow]] = {True: [], False: []}

    def reset(self) -> None:
        """The client was told to empty its book: the next change is a whole image."""
        self.sent = {True: [], False: []}

    def change(self, send: Send) -> None:
        """The steps from what the client holds to the book as it stands."""
        for bid in (False, True):
            levels = self.stock.side(bid)
            split = depth.venue_rows if self.smart else depth.level_rows
            new = split(levels, self.rows)
            old = self.sent[bid]
            if new == old:
                continue
            for position, op, row in self._steps(old, new):
                self._step(send, position, op, bid, row)
            self.sent[bid] = new

    def _steps(self, old: list[depth.DepthRow], new: list[depth.DepthRow]) -> list[depth.Step]:
        if not self._shift:
            return depth.overwrites(old, new)
        return depth.steps(old, new, self._falls)

    def _step(self, send: Send, position: int, op: int, bid: bool, row: depth.DepthRow) -> None:
        px, shares, venue = row
        size = self._lots.size(shares, self.stock.info.lot)
        values = (op, int(bid), px_text(px), size)
        if self.smart:
            send("depth_l2", self.req_id, position, venue, *values, 1)
        else:
            send("depth", self.req_id, position, *values)


class Tape:
    """Tick by tick. kind: 1 Last, 2 AllLast."""

    family = "tape"

    def __init__(self, req_id: int, stock: Instrument, kind: int, config: GatewayConfig) -> None:
        self.req_id = req_id
        self.stock = stock
        self.kind = kind
        self._sizes = Sizes(config.lots, config.volume_lots)

    def trade(self, send: Send, row: Row) -> None:
        """One print. The wire has whole seconds of exchange time."""
        ts, _, _, flags, px, shares, _ = row
        mask = (1 if flags & r.PAST_LIMIT else 0) | (2 if flags & r.UNREPORTED else 0)
        venue = "FINRA" if flags & r.HIDDEN else depth.VENUES[px // 100 % len(depth.VENUES)]
        size = self._sizes.size(shares, self.stock.info.lot)
        send(
            "tape", self.req_id, self.kind, ts // 1_000_000_000, px_text(px), size, mask, venue, ""
        )
