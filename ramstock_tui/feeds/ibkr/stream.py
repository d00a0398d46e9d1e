"""Market data of one connection into rows: one timestamp a network read, one batch a symbol.

The order inside a batch is that of definitions N-01: prints, which met the book as it was, then
level-1 values and halts, then the book. Positions of a book stay positions.
"""

from collections import Counter
from collections.abc import Callable

from ramstock_tui.core import records as r
from ramstock_tui.core.records import LAST, Row
from ramstock_tui.feeds.ibkr.instrument import DEPTH, LINE, TAPE, Request, Stock
from ramstock_tui.feeds.ibkr.rows import BAD, IGNORED
from ramstock_tui.feeds.ibkr.values import NEGATIVE, NOT_NUMBER, ZERO, Numbers, exact_e8, whole
from ramstock_tui.feeds.ibkr.wire import Fields

AUX_MOST = (1 << 31) - 1
TICKS_100US = 100_000  # ns in a step of the exchange time of a print
VENUE_MOST = 0x7FFF
# print attributes of the broker -> flags of a record
_MASKS = {b"0": 0, b"1": r.PAST_LIMIT, b"2": r.UNREPORTED, b"3": r.PAST_LIMIT | r.UNREPORTED}
_QUOTES = {b"1": True, b"2": False}  # price ticks of the quote: bid side
_SIZES = {b"0": True, b"3": False}
_VALUES = {b"54": r.L1_TRADE_COUNT, b"55": r.L1_TRADE_RATE}
_SHARES = {b"8": r.L1_VOLUME, b"21": r.L1_AVG_VOLUME, b"89": r.L1_SHORTABLE}


class Stream:
    """requests: id on the wire -> what it is for. clock: session time, ns. out: takes the rows of
    a read. late: data for requests that are none any more. skipped: what was left out and why."""

    def __init__(
        self,
        clock: Callable[[], int],
        out: Callable[[int, list[Row]], None],
        ruined: Callable[[Stock], None],
        numbers: Numbers,
    ) -> None:
        self.requests: dict[bytes, Request] = {}
        self.late = 0
        self.zombies: dict[bytes, Request] = {}  # that the broker should have forgotten
        self.undead: Callable[[Request], None] = lambda request: None
        self.skipped: Counter[str] = Counter()
        self.venues: dict[bytes, int] = {}
        self.ts = 0
        self.muted = False  # data come, but do not count
        self.muted_count = 0
        self.typed: Callable[[Stock], None] = lambda stock: None
        self._clock = clock
        self._out = out
        self._ruined = ruined
        self._numbers = numbers
        self._dirty: list[Stock] = []
        self._second = (b"", 0)  # exchange time read last: text, its `aux` in this read
        self.hot: dict[bytes, Callable[[Fields], None]] = {
            b"1": self._price,
            b"2": self._size,
            b"12": self._depth,
            b"13": self._depth_venue,
            b"45": self._generic,
            b"46": self._text,
            b"58": self._type,
            b"99": self._tape,
        }

    # reads ---------------------------------------------------------------------------------------
    def begin(self) -> None:
        """A network read: everything until `end` has this timestamp."""
        self.ts = self._clock()
        self._second = (b"", 0)

    def end(self) -> None:
        """Give what it brought, symbol after symbol; then say whose book is ruined."""
        dirty = self._dirty
        if not dirty:
            return
        self._dirty = []
        rows: list[Row] = []
        ruined = []
        for stock in sorted(dirty, key=_sym) if len(dirty) > 1 else dirty:
            rows += self._batch(stock)
            if stock.ruined:
                ruined.append(stock)
        if rows:
            self._out(self.ts, rows)
        for stock in ruined:
            self._ruined(stock)

    def _batch(self, stock: Stock) -> list[Row]:
        self._pushed_out(stock)
        batch = stock.prints
        if batch:
            stock.unprinted = 0
        if batch or stock.book:
            stock.reads += 1
        if stock.values:
            batch += stock.values
            stock.values = []
        if stock.book:
            batch += stock.book
            stock.book = []
        stock.prints = []
        stock.dirty = False
        if batch:
            ts, sym, kind, flags, px, size, aux = batch[-1]
            batch[-1] = (ts, sym, kind, flags | LAST, px, size, aux)
        return batch

    def _pushed_out(self, stock: Stock) -> None:
        for bid, position, op, px, size in stock.rows.overflow():
            self._row(stock, bid, position, op, px, size, 0)

    def _touch(self, stock: Stock) -> None:
        stock.dirty = True
        self._dirty.append(stock)

    def _stock(self, number: bytes, kind: str) -> Stock | None:
        request = self.requests.get(number)
        if request is None or request.kind is not kind:
            self.late += 1
            if number in self.zombies:
                self.undead(self.zombies.pop(number))
            return None
        if self.muted:
            self.muted_count += 1
            return None
        stock = request.stock
        if not stock.dirty:
            stock.dirty = True
            self._dirty.append(stock)
        return stock

    # tick by tick --------------------------------------------------------------------------------
    def _tape(self, f: Fields) -> None:
        """One print; 100,000 of them a second are no more than the open brings on a bad day."""
        _, number, _, seconds, price, size, mask, _, _, _ = f
        request = self.requests.get(number)
        if request is None or request.kind is not TAPE or self.muted:
            self._stock(number, TAPE)
            return
        stock, numbers, ts = request.stock, self._numbers, self.ts
        px = numbers.prices.get(price) or numbers.price(price)
        shares = numbers.sizes.get(size) or numbers.size(size)
        if px < 0 or shares < 0:
            numbers.drop(min(px, shares))
            return
        text, aux = self._second
        if text != seconds:
            aux = self._exchange(seconds)
        flags = _MASKS.get(mask)
        if flags is None:
            flags = _MASKS[b"%d" % (int(mask) & 3)]
        if numbers.rounded and price in numbers.rounded:
            flags |= r.ROUNDED
        if not stock.dirty:
            stock.dirty = True
            self._dirty.append(stock)
            stock.depth_ts = ts
        stock.prints.append((ts, stock.sym, 5, flags, px, shares, aux))

    def _exchange(self, seconds: bytes) -> int:
        """Exchange time minus the time of the read, 100 us, as far as a record can hold it."""
        aux = int(seconds) * 10_000 - self.ts // TICKS_100US
        aux = max(-AUX_MOST, min(aux, AUX_MOST))
        self._second = (seconds, aux)
        return aux

    # depth ---------------------------------------------------------------------------------------
    def _depth(self, f: Fields) -> None:
        _, _, number, position, op, side, price, size, _ = f
        self._operation(number, position, op, side, price, size, b"")

    def _depth_venue(self, f: Fields) -> None:
        _, _, number, position, venue, op, side, price, size, _, _ = f
        self._operation(number, position, op, side, price, size, venue)

    def _operation(
        self,
        number: bytes,
        position: bytes,
        op: bytes,
        side: bytes,
        price: bytes,
        size: bytes,
        venue: bytes,
    ) -> None:
        stock = self._stock(number, DEPTH)
        if stock is None or stock.ruined:
            return
        stock.depth_ts = self.ts
        if side not in (b"0", b"1") or op not in (b"0", b"1", b"2") or not position.isdigit():
            self._spoil(stock, "an operation that does not exist")
            return
        what, at, bid = int(op), int(position), side == b"1"
        px = shares = 0
        if what != r.OP_DELETE:
            px, shares = self._level(price, size)
        done = stock.rows.apply(bid, at, what, px, shares)
        if done == BAD:
            self._spoil(stock, "a row that is not there")
        elif done != IGNORED:
            self._row(stock, bid, at, what, px, shares, self._venue(venue))
            if what == r.OP_INSERT and stock.rows.at_once:
                self._pushed_out(stock)

    def _level(self, price: bytes, size: bytes) -> tuple[int, int]:
        """Of a row. One that says nothing keeps its place, as a row of no shares: those after it
        have their positions from it, and no book with it is valid."""
        numbers = self._numbers
        px = numbers.prices.get(price) or numbers.price(price)
        shares = numbers.sizes.get(size) or numbers.size(size)
        if px < 0 or shares < 0:
            numbers.drop(min(px, shares))
        return max(px, 0), 0 if px < 0 else max(shares, 0)

    def _row(
        self, stock: Stock, bid: bool, at: int, op: int, px: int, size: int, venue: int
    ) -> None:
        request = stock.depth
        flags = (r.BID if bid else 0) | (r.SMART if request is not None and request.smart else 0)
        aux = at | op << 8 | venue << 16
        stock.book.append((self.ts, stock.sym, r.DEPTH_ROW, flags, px, size, aux))

    def _venue(self, name: bytes) -> int:
        if not name:
            return 0
        found = self.venues.get(name)
        if found is None:
            found = self.venues[name] = min(len(self.venues) + 1, VENUE_MOST)
        return found

    def _spoil(self, stock: Stock, why: str) -> None:
        """The book is not what the broker thinks: it ends here and is asked for again."""
        self.skipped[why] += 1
        stock.ruined = why
        stock.rows.clear()
        stock.book.clear()
        stock.book.append((self.ts, stock.sym, r.BOOK_CLEAR, 0, 0, 0, r.CLEAR_GAP))

    def cleared(self, stock: Stock) -> None:
        """317: empty, and new rows follow. Also between two reads."""
        stock.rows.clear()
        if not stock.dirty:
            self._touch(stock)
        stock.book.clear()
        stock.book.append((self.ts, stock.sym, r.BOOK_CLEAR, 0, 0, 0, r.CLEAR_317))

    # level 1 -------------------------------------------------------------------------------------
    def _price(self, f: Fields) -> None:
        _, _, number, tick, price, size, _, _ = f
        stock = self._stock(number, LINE)
        if stock is None:
            return
        if tick in _QUOTES:
            self._quote(stock, _QUOTES[tick], price, size)
        elif tick == b"4":
            px = self._numbers.price(price)
            if px > 0:
                self._value(stock, r.L1_LAST, px)
            else:
                self._numbers.drop(px)

    def _quote(self, stock: Stock, bid: bool, price: bytes, size: bytes) -> None:
        """A side without an offer comes as price -1 or 0: it is empty."""
        numbers = self._numbers
        px, shares = numbers.price(price), numbers.size(size or b"0")
        if px in (NEGATIVE, ZERO):
            px = shares = 0
        elif px < 0:
            numbers.drop(px)
            return
        shares = max(0, shares)
        if bid:
            stock.bid, stock.bid_size = px, shares
        else:
            stock.ask, stock.ask_size = px, shares
        self._side(stock, bid)

    def _size(self, f: Fields) -> None:
        _, _, number, tick, size, _ = f
        stock = self._stock(number, LINE)
        if stock is None:
            return
        if tick in _SIZES:
            shares = self._numbers.size(size)
            if shares == NOT_NUMBER or (shares < 0 and shares != ZERO):
                self._numbers.drop(shares)
                return
            if _SIZES[tick]:
                stock.bid_size = max(0, shares)
            else:
                stock.ask_size = max(0, shares)
            self._side(stock, _SIZES[tick])
        elif tick in _SHARES:
            self._whole(stock, _SHARES[tick], size)

    def _side(self, stock: Stock, bid: bool) -> None:
        px, size = (stock.bid, stock.bid_size) if bid else (stock.ask, stock.ask_size)
        flags = r.BID if bid else 0
        stock.values.append((self.ts, stock.sym, r.QUOTE_SIDE, flags, px, size, 0))

    def _whole(self, stock: Stock, field: int, text: bytes) -> None:
        value = whole(text)
        if value is None:
            self._numbers.drop(NOT_NUMBER)
        else:
            self._value(stock, field, value)

    def _value(self, stock: Stock, field: int, value: int) -> None:
        px, size = r.split_i64(value)
        stock.values.append((self.ts, stock.sym, r.L1_VALUE, 0, px, size, field))

    def _generic(self, f: Fields) -> None:
        _, _, number, tick, value, _ = f
        stock = self._stock(number, LINE)
        if stock is None:
            return
        if tick == b"49":
            code = int(float(value))
            if -1 <= code <= 99:
                stock.values.append((self.ts, stock.sym, r.HALT, 0, 0, 0, code))
        elif tick in _VALUES:
            self._whole(stock, _VALUES[tick], value)

    def _text(self, f: Fields) -> None:
        _, _, number, tick, text, _ = f
        stock = self._stock(number, LINE)
        if stock is not None and tick == b"48":
            self._trade(stock, text)

    def _trade(self, stock: Stock, text: bytes) -> None:
        """RTVolume: price;size;ms;volume;VWAP;single. Price and size are empty for a trade that
        is not reported."""
        _, _, _, volume, vwap, _ = text.split(b";")
        self._whole(stock, r.L1_VOLUME, volume)
        day = whole(volume) or 0
        stock.unprinted += 0 <= stock.volume < day
        stock.volume = max(day, stock.volume)
        scaled = self._numbers.price(vwap)
        if scaled > 0:
            self._value(stock, r.L1_VWAP, exact_e8(vwap))
        elif vwap:
            self._numbers.drop(scaled)

    def _type(self, f: Fields) -> None:
        _, _, number, kind, _ = f
        request = self.requests.get(number)
        if request is not None and kind.isdigit():
            request.stock.data_type = int(kind)
            self.typed(request.stock)


def _sym(stock: Stock) -> int:
    return stock.sym
