"""The book of one symbol: price-keyed sides, positional rows with shift semantics, undo log."""

from itertools import islice

from sortedcontainers import SortedList

from ramstock_tui.core.records import OP_DELETE, OP_INSERT, OP_UPDATE

Level = tuple[int, int]  # (price, size)
TOP = 5


class Side:
    """One side, price-keyed: displayed shares by price, and the prices in order.

    `keys` holds prices of asks, negated prices of bids, so that the best is always first.
    """

    __slots__ = ("keys", "sign", "sizes")

    def __init__(self, sign: int) -> None:
        self.sign = sign  # +1 asks, -1 bids
        self.sizes: dict[int, int] = {}
        self.keys: SortedList[int] = SortedList()

    def set(self, px: int, size: int) -> int:
        """Absolute size at a price, 0 removes the level; returns the size before."""
        sizes = self.sizes
        old = sizes.get(px, 0)
        if size:
            sizes[px] = size
            if not old:
                self.keys.add(px * self.sign)
        elif old:
            del sizes[px]
            self.keys.remove(px * self.sign)
        return old

    def top(self, n: int) -> list[Level]:
        """The best n levels, best first."""
        sign, sizes = self.sign, self.sizes
        return [(key * sign, sizes[key * sign]) for key in islice(self.keys, n)]

    def worst(self) -> int:
        """Worst displayed price, 0 when empty."""
        return self.keys[-1] * self.sign if self.keys else 0

    def clear(self) -> None:
        self.sizes.clear()
        self.keys.clear()


class Rows:
    """One side of a positional feed: rows as the source numbers them (SMART: one per venue)."""

    __slots__ = ("rows", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.rows: list[Level] = []

    def apply(self, position: int, op: int, px: int, size: int) -> bool:
        """Insert shifts later rows down, delete shifts them up. False when the row cannot be: an
        insert past the end, an update or delete of a row that is not there, an unknown op."""
        rows = self.rows
        if op == OP_INSERT and position <= len(rows):
            rows.insert(position, (px, size))
        elif op == OP_UPDATE and position < len(rows):
            rows[position] = (px, size)
        elif op == OP_DELETE and position < len(rows):
            del rows[position]
        else:
            return False
        return True

    def merged(self) -> dict[int, int]:
        """Displayed shares by price, rows of one price added up."""
        sizes: dict[int, int] = {}
        for px, size in self.rows:
            sizes[px] = sizes.get(px, 0) + size
        return sizes

    def problem(self) -> str:
        """`bad_size`, `not_monotonic` or "" (equal prices from several venues are in order)."""
        rows = self.rows
        if any(size <= 0 for _, size in rows):
            return "bad_size"
        for (px, _), (later, _) in zip(rows, rows[1:], strict=False):
            if later * self.sign < px * self.sign:
                return "not_monotonic"
        return ""
