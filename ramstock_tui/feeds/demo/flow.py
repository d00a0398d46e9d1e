"""The order flow of a stock that nothing special happens to. Tuned: one call per batch."""

from collections.abc import Callable

from ramstock_tui.core.records import Row
from ramstock_tui.feeds.demo.stock import TICK_E4, Stock

Rand = Callable[[], float]  # uniform in [0, 1)
ROWS_PER_EVENT = 1.4  # measured
DRAWS = 32  # sizes to draw from per level
_PLACE = (
    0,
    0,
    0,
    0,
    0,
    1,
    1,
    1,
    1,
    2,
    2,
    2,
    3,
    3,
    3,
    4,
    4,
    4,
    5,
    5,
    6,
    6,
    7,
    7,
    8,
    8,
    9,
    9,
    1,
    2,
    0,
    5,
)
_TRADE = (10, 25, 50, 100, 100, 100, 100, 100, 200, 200, 300, 15, 5, 100, 40, 100)
_KIND_SET, _KIND_PRINT = 3, 5
_BID, _ASK, _BID_LAST, _ASK_LAST, _LAST = 0x01, 0x00, 0x81, 0x80, 0x80


def event(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    """One batch of the stock at t: an order, a cancel, a trade, a sweep or a new quote."""
    u = rnd()
    if u < 0.58:
        resize(s, t, rnd, out)
    elif u < 0.80:
        trade(s, t, rnd, out)
    elif u < 0.97:
        requote(s, t, rnd, out)
    else:
        sweep(s, t, rnd, out)


def resize(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    """An order comes or goes somewhere in the book, nearer to the touch more often."""
    u = rnd() * 64
    cell = int(u)
    level = _PLACE[cell >> 1]
    draw = int((u - cell) * DRAWS)
    if cell & 1:
        sizes = s.bids
        old = sizes[level]
        new = s.mood[0][level][draw]
        flags, px = _BID_LAST, s.bid - level * TICK_E4
    else:
        sizes = s.asks
        old = sizes[level]
        new = s.mood[1][level][draw]
        flags, px = _ASK_LAST, s.ask + level * TICK_E4
    new = (old + old + new) // 300 * 100
    if new == old:
        new += 100
    elif not new:
        new = 100
    sizes[level] = new
    s.depth_ts = t
    out.append((t, s.sym, _KIND_SET, flags, px, new, new >> 7 | 1))


def trade(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    """A market order takes from the touch, or all of it: then the quote moves."""
    u = rnd() * 16
    cell = int(u)
    size = _TRADE[cell]
    s.depth_ts = t
    if u - cell < 0.5:
        left = s.bids[0] - size
        out.append((t, s.sym, _KIND_PRINT, 0, s.bid, size if left >= 0 else s.bids[0], 0))
        if left > 0:
            s.bids[0] = left
            out.append((t, s.sym, _KIND_SET, _BID_LAST, s.bid, left, left >> 7 | 1))
        else:
            _bid_gone(s, t, rnd, out)
    else:
        left = s.asks[0] - size
        out.append((t, s.sym, _KIND_PRINT, 0, s.ask, size if left >= 0 else s.asks[0], 0))
        if left > 0:
            s.asks[0] = left
            out.append((t, s.sym, _KIND_SET, _ASK_LAST, s.ask, left, left >> 7 | 1))
        else:
            _ask_gone(s, t, rnd, out)


def requote(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    """A wide spread is narrowed from either side; a narrow one loses a queue."""
    spread = (s.ask - s.bid) // TICK_E4
    up = rnd() < 0.5
    s.depth_ts = t
    if spread > s.spread:
        if (up and s.ask <= s.high) or s.bid < s.low:
            _bid_up(s, t, rnd, out)
        else:
            _ask_down(s, t, rnd, out)
    elif spread < s.spread or rnd() < 0.12:
        if up:
            _ask_gone(s, t, rnd, out)
        else:
            _bid_gone(s, t, rnd, out)
    else:
        resize(s, t, rnd, out)


def sweep(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    """One order takes the whole touch and a part of the next level."""
    sym = s.sym
    s.depth_ts = t
    if rnd() < 0.5:
        if s.bid <= s.low:
            return trade(s, t, rnd, out)
        part = s.bids[1] // 3
        out.append((t, sym, _KIND_PRINT, 0, s.bid, s.bids[0], 0))
        if part:
            out.append((t, sym, _KIND_PRINT, 0, s.bid - TICK_E4, part, 0))
            left = s.bids[1] - part
            s.bids[1] = left
            out.append((t, sym, _KIND_SET, _BID, s.bid - TICK_E4, left, left >> 7 | 1))
        _bid_gone(s, t, rnd, out)
    else:
        if s.ask >= s.high:
            return trade(s, t, rnd, out)
        part = s.asks[1] // 3
        out.append((t, sym, _KIND_PRINT, 0, s.ask, s.asks[0], 0))
        if part:
            out.append((t, sym, _KIND_PRINT, 0, s.ask + TICK_E4, part, 0))
            left = s.asks[1] - part
            s.asks[1] = left
            out.append((t, sym, _KIND_SET, _ASK, s.ask + TICK_E4, left, left >> 7 | 1))
        _ask_gone(s, t, rnd, out)
    return None


def _bid_gone(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    """The best bid is empty: the quote falls, or, at the end of its leash, the queue is new."""
    sizes = s.bids
    if s.bid <= s.low or s.ask - s.bid >= 6 * TICK_E4:
        sizes[0] = size = s.mood[0][0][int(rnd() * DRAWS)]
        out.append((t, s.sym, _KIND_SET, _BID_LAST, s.bid, size, size >> 7 | 1))
        return
    size = s.mood[0][9][int(rnd() * DRAWS)]
    out.append((t, s.sym, _KIND_SET, _BID, s.bid, 0, 0))
    del sizes[0]
    sizes.append(size)
    s.bid -= TICK_E4
    out.append((t, s.sym, _KIND_SET, _BID_LAST, s.bid - 9 * TICK_E4, size, size >> 7 | 1))


def _ask_gone(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    sizes = s.asks
    if s.ask >= s.high or s.ask - s.bid >= 6 * TICK_E4:
        sizes[0] = size = s.mood[1][0][int(rnd() * DRAWS)]
        out.append((t, s.sym, _KIND_SET, _ASK_LAST, s.ask, size, size >> 7 | 1))
        return
    size = s.mood[1][9][int(rnd() * DRAWS)]
    out.append((t, s.sym, _KIND_SET, _ASK, s.ask, 0, 0))
    del sizes[0]
    sizes.append(size)
    s.ask += TICK_E4
    out.append((t, s.sym, _KIND_SET, _ASK_LAST, s.ask + 9 * TICK_E4, size, size >> 7 | 1))


def _bid_up(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    size = s.mood[0][0][int(rnd() * DRAWS)]
    out.append((t, s.sym, _KIND_SET, _BID, s.bid - 9 * TICK_E4, 0, 0))
    s.bids.pop()
    s.bids.insert(0, size)
    s.bid += TICK_E4
    out.append((t, s.sym, _KIND_SET, _BID_LAST, s.bid, size, size >> 7 | 1))


def _ask_down(s: Stock, t: int, rnd: Rand, out: list[Row]) -> None:
    size = s.mood[1][0][int(rnd() * DRAWS)]
    out.append((t, s.sym, _KIND_SET, _ASK, s.ask + 9 * TICK_E4, 0, 0))
    s.asks.pop()
    s.asks.insert(0, size)
    s.ask -= TICK_E4
    out.append((t, s.sym, _KIND_SET, _ASK_LAST, s.ask, size, size >> 7 | 1))
