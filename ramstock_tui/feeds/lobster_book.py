"""One row of a LOBSTER orderbook file, and what it changes against the row before."""

import re
from itertools import compress, pairwise
from operator import gt, lt, ne

from ramstock_tui.core.records import BID, BOOK_CLEAR, CLEAR_SEED, LEVEL_SET, Row

MAX_LEVELS = 50
EMPTY_PRICE = 9_999_999_999  # an ask that is not there; a bid has the negative
I32_MAX = 2**31 - 1
U32_MAX = 2**32 - 1

_WHOLE = re.compile(r"-?[0-9]{1,18}")


class BadRow(ValueError):
    """One row of an input that cannot be used.

    reason: short, for totals. detail: what was expected and what was there. in_book: the row of the
    orderbook file is meant, not that of the message file.
    """

    def __init__(self, reason: str, detail: str, *, in_book: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.in_book = in_book


class _Side:
    """One side as the last row showed it: prices best first, and the size at each."""

    __slots__ = ("flags", "name", "prices", "sizes")

    def __init__(self, name: str, flags: int) -> None:
        self.name = name
        self.flags = flags
        self.prices: list[int] = []
        self.sizes: dict[int, int] = {}

    def parse(self, price_cells: list[str], size_cells: list[str]) -> dict[int, int]:
        """Size by price of new cells, best first, empty levels left out. Raises BadRow."""
        prices, sizes = _whole_numbers(price_cells), _whole_numbers(size_cells)
        if 0 in sizes or abs(prices[-1]) == EMPTY_PRICE:
            prices, sizes = self._filled(prices, sizes)
        if not prices:
            return {}
        if not all(map(gt if self.flags & BID else lt, prices, prices[1:])):
            raise BadRow("levels", self._disorder(prices), in_book=True)
        if min(sizes) < 0 or max(sizes) > U32_MAX:
            raise _range("size", f"{self.name} sizes", sizes, 0, U32_MAX)
        if not (0 < prices[0] <= I32_MAX and 0 < prices[-1] <= I32_MAX):
            raise _range("price", f"{self.name} prices", prices, 1, I32_MAX)
        return dict(zip(prices, sizes, strict=True))

    def replace(self, new: dict[int, int], ts: int, sym: int) -> list[Row]:
        """Take the new state; returns what left the view, then what came or changed."""
        old, flags = self.sizes, self.flags
        rows: list[Row] = [(ts, sym, LEVEL_SET, flags, px, 0, 0) for px in old if px not in new]
        rows += [
            (ts, sym, LEVEL_SET, flags, px, size, 0)
            for px, size in new.items()
            if old.get(px) != size
        ]
        self.prices, self.sizes = list(new), new
        return rows

    def _filled(self, prices: list[int], sizes: list[int]) -> tuple[list[int], list[int]]:
        """Without the empty levels, which may only stand behind the filled ones."""
        filled = [s != 0 and abs(p) != EMPTY_PRICE for p, s in zip(prices, sizes, strict=True)]
        count = sum(filled)
        if not all(filled[:count]):
            level = filled.index(False) + 1
            detail = f"expected no {self.name} behind an empty level, level {level} is empty"
            raise BadRow("levels", detail, in_book=True)
        return prices[:count], sizes[:count]

    def _disorder(self, prices: list[int]) -> str:
        """Which neighbours stand in the wrong order; there are some."""
        down = self.flags & BID
        level, left, right = next(
            (i, a, b)
            for i, (a, b) in enumerate(pairwise(prices), 1)
            if (a <= b if down else a >= b)
        )
        order = "falling" if down else "rising"
        return f"expected {order} {self.name} prices, level {level + 1} was {right} after {left}"


class OrderbookRows:
    """The kept levels of both sides, fed with the rows of one orderbook file in order.

    levels: levels a side, 1 to 50, set by the first row (or by `expect_columns`, from a header).
    """

    __slots__ = ("_asks", "_bids", "_cells", "_columns", "_text", "levels")

    def __init__(self) -> None:
        self.levels = 0
        self._columns = range(0)
        self._text: str | None = None
        self._cells: list[str] = []
        self._asks = _Side("ask", 0)
        self._bids = _Side("bid", BID)

    def expect_columns(self, count: int) -> None:
        """Fix the number of levels from the number of columns. Raises BadRow when impossible."""
        if count % 4 or not 4 <= count <= 4 * MAX_LEVELS:
            wanted = f"expected 4 columns a level and 1 to {MAX_LEVELS} levels"
            raise BadRow("columns", f"{wanted}, was {count} columns", in_book=True)
        self.levels = count // 4
        self._columns = range(count)

    def advance(self, text: str, ts: int, sym: int) -> list[Row]:
        """Records that turn the row before into this one; the first row gives a full image.

        On each side prices that left the view come before new sizes. A row that cannot be used
        raises BadRow and changes nothing.
        """
        if text == self._text:
            return []
        cells = self._split(text)
        rows: list[Row] | None
        if self._text is None:
            clear = (ts, sym, BOOK_CLEAR, 0, 0, 0, CLEAR_SEED)
            rows = [clear, *self._replaced(cells, ts, sym)]
        else:
            changed = list(compress(self._columns, map(ne, cells, self._cells)))
            rows = self._resized(cells, changed, ts, sym)
            if rows is None:
                rows = self._replaced(cells, ts, sym)
        self._text, self._cells = text, cells
        return rows

    def best_again(self, ts: int, sym: int) -> Row | None:
        """The best bid (without one the best ask) set to the size it has; None on an empty book."""
        for side in (self._bids, self._asks):
            if side.prices:
                px = side.prices[0]
                return (ts, sym, LEVEL_SET, side.flags, px, side.sizes[px], 0)
        return None

    def _split(self, text: str) -> list[str]:
        cells = text.split(",")
        if not self.levels:
            self.expect_columns(len(cells))
        if len(cells) != len(self._columns):
            detail = f"expected {len(self._columns)} columns, was {len(cells)}"
            raise BadRow("columns", detail, in_book=True)
        return cells

    def _resized(self, cells: list[str], changed: list[int], ts: int, sym: int) -> list[Row] | None:
        """The usual row, made short: sizes changed at prices that stay. None for any other row."""
        rows: list[Row] = []
        for column in changed:
            cell = cells[column]
            side = self._bids if column & 2 else self._asks
            level = column >> 2
            if not column & 1 or not cell.isdecimal() or level >= len(side.prices):
                return None
            size = int(cell) if len(cell) <= 10 else 0
            if not 0 < size <= U32_MAX:
                return None
            rows.append((ts, sym, LEVEL_SET, side.flags, side.prices[level], size, 0))
        for _, _, _, flags, px, size, _ in rows:
            (self._bids if flags else self._asks).sizes[px] = size
        return rows

    def _replaced(self, cells: list[str], ts: int, sym: int) -> list[Row]:
        """Both sides compared price by price."""
        asks = self._asks.parse(cells[0::4], cells[1::4])
        bids = self._bids.parse(cells[2::4], cells[3::4])
        return self._asks.replace(asks, ts, sym) + self._bids.replace(bids, ts, sym)


def _whole_numbers(cells: list[str]) -> list[int]:
    # int() alone would accept "1_000", " 7" and "+7"
    if not all(map(str.isdecimal, cells)) and not all(map(_WHOLE.fullmatch, cells)):
        raise _not_whole(cells)
    try:
        return list(map(int, cells))
    except ValueError:  # thousands of digits
        raise _not_whole(cells) from None


def _not_whole(cells: list[str]) -> BadRow:
    """Names the first cell that is no whole number."""
    cell = next((c for c in cells if not _WHOLE.fullmatch(c)), "")
    return BadRow("number", f"expected whole numbers, was {cell[:40]!r}", in_book=True)


def _range(reason: str, what: str, values: list[int], low: int, high: int) -> BadRow:
    worst = next((v for v in values if not low <= v <= high), 0)
    return BadRow(reason, f"expected {what} of {low} to {high}, was {worst}", in_book=True)
