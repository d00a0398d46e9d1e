"""Level 1: what a market data line shows of a stock, as messages."""

from collections.abc import Iterator
from typing import Any

from ramstock_tui.gateway.instruments import Instrument
from ramstock_tui.gateway.wire import px_text

Message = tuple[str, tuple[Any, ...]]  # name, values after the request id

BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, HIGH, LOW, VOLUME, CLOSE = range(10)
OPEN, AVG_VOLUME, LAST_TIME, SHORTABLE, RT_VOLUME, HALTED = 14, 21, 45, 46, 48, 49
TRADE_COUNT, TRADE_RATE, VOLUME_RATE, RT_TRADE_VOLUME, SHORTABLE_SHARES = 54, 55, 56, 77, 89
DELAYED = {
    BID_SIZE: 69, BID: 66, ASK: 67, ASK_SIZE: 70, LAST: 68, LAST_SIZE: 71, HIGH: 72, LOW: 73,
    VOLUME: 74, CLOSE: 75, OPEN: 76, LAST_TIME: 88, HALTED: 90,
}  # fmt: skip

# generic ticks a stock may ask for
GENERIC = {
    100, 101, 104, 105, 106, 165, 221, 225, 232, 233, 236, 256, 258, 292, 293, 294, 295, 318, 375,
    411, 456, 460, 576, 577, 578, 586, 587, 588, 595, 614, 619, 623,
}  # fmt: skip
PRICE_ATTRIBUTES = 1  # can be executed automatically


class Sizes:
    """How shares are written: as they are, or in round lots."""

    def __init__(self, lots: bool, volume_lots: bool) -> None:
        self.lots = lots
        self.volume_lots = volume_lots

    def size(self, shares: int, lot: int = 100) -> int:
        """Of a quote, a trade, a depth row."""
        return shares // lot if self.lots else shares

    def volume(self, shares: int) -> int:
        """Of a day."""
        return shares // 100 if self.volume_lots else shares


def prices(stock: Instrument, sizes: Sizes) -> Iterator[tuple[int, int, int, int]]:
    """(price tick, price, size tick, size) of both quotes and the last trade; price 0 = none."""
    for px_tick, size_tick, bid in ((BID, BID_SIZE, True), (ASK, ASK_SIZE, False)):
        px, size = stock.best(bid)
        yield px_tick, px, size_tick, sizes.size(size, stock.info.lot)
    if stock.last:
        yield LAST, stock.last, LAST_SIZE, sizes.size(stock.last_size, stock.info.lot)


def day(stock: Instrument) -> Iterator[tuple[int, int]]:
    """(tick, price) of the day's landmarks that exist."""
    for tick, px in (
        (HIGH, stock.high),
        (LOW, stock.low),
        (OPEN, stock.open),
        (CLOSE, stock.close),
    ):
        if px:
            yield tick, px


def statistics(
    stock: Instrument, generic: frozenset[int], sizes: Sizes, now: int
) -> Iterator[tuple[int, float | int]]:
    """(tick, value) of what the generic ticks ask for: tick_size for 21 and 89, else generic."""
    if 165 in generic:
        yield AVG_VOLUME, sizes.volume(stock.avg_volume)
    if 236 in generic:
        yield SHORTABLE, 3.0 if stock.shortable_shares >= 1_000 else 1.5
        yield SHORTABLE_SHARES, stock.shortable_shares
    count, shares = stock.rates(now)
    if 293 in generic:
        yield TRADE_COUNT, stock.trades
    if 294 in generic:
        yield TRADE_RATE, count
    if 295 in generic:
        yield VOLUME_RATE, sizes.volume(shares)


def rt_volume(stock: Instrument, sizes: Sizes, single: bool) -> str:
    """Tick 48: price;size;ms;volume;VWAP;single."""
    size = sizes.size(stock.last_size, stock.info.lot)
    return (
        f"{px_text(stock.last)};{size};{stock.last_ts // 1_000_000};"
        f"{sizes.volume(stock.day_volume)};{stock.vwap():.8f};{'true' if single else 'false'}"
    )


SIZE_TICKS = frozenset({AVG_VOLUME, SHORTABLE_SHARES, VOLUME})
