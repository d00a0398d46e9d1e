"""The positional rows of one book as the broker numbers them: is an operation possible at all.

The engine keeps the book itself (`core/book.py`); here stands a copy, so that what cannot be ends
the book at once and a host that stood still can show its books again.
"""

from itertools import pairwise

from ramstock_tui.core import records as r
from ramstock_tui.core.book import Rows

ROWS_MOST = 200  # positions are a byte in a record
SILENT_DROPS = 3  # batches that left a row too many, and nobody deleted it: nobody will
OK, IGNORED, BAD = 0, 1, 2
Op = tuple[bool, int, int, int, int]  # (bid side, position, op, price, size)


class Depth:
    """Both sides. limit: rows a side that the broker keeps; an insert that pushes one beyond it
    drops that one, whether the broker says so (a delete) or not. at_once: the broker does not say
    so; a row that was pushed out is gone before the next operation, not only after the batch."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.sides = (Rows(+1), Rows(-1))  # asks, bids
        self._grown = False
        self._silent = 0
        self._says_so = False
        self._cut = [0, 0]  # rows a side that were dropped before the broker said so
        self._venues: tuple[list[int], list[int]] = ([], [])

    def clear(self) -> None:
        """Nothing stands in it."""
        self.sides = (Rows(+1), Rows(-1))
        self._cut = [0, 0]
        self._venues = ([], [])

    def apply(self, bid: bool, position: int, op: int, px: int, size: int) -> int:
        """One operation: OK, IGNORED (the row is gone already) or BAD (the book is not as the
        broker thinks)."""
        rows = self.sides[bid]
        count = len(rows.rows)
        if op == r.OP_DELETE and position == count and self._cut[bid]:
            self._cut[bid] -= 1
            self._says_so = True
            return IGNORED
        if op == r.OP_INSERT and position == count >= self.limit:
            self.limit = min(position + 1, ROWS_MOST)
        if position >= ROWS_MOST or not rows.apply(position, op, px, size):
            return BAD
        self._grown = self._grown or op == r.OP_INSERT
        if op != r.OP_UPDATE:
            self._cut[bid] = 0
        return OK

    @property
    def at_once(self) -> bool:
        """See the class."""
        return self._silent >= SILENT_DROPS and not self._says_so

    def overflow(self) -> list[Op]:
        """After a batch (`at_once`: an insert): deletes of the rows that were pushed out."""
        if not self._grown:
            return []
        self._grown = False
        out: list[Op] = []
        for bid in (False, True):
            rows = self.sides[bid].rows
            self._cut[bid] = max(0, len(rows) - self.limit)
            self._silent += self._cut[bid] > 0
            while len(rows) > self.limit:
                rows.pop()
                out.append((bid, len(rows), r.OP_DELETE, 0, 0))
        return out

    def image(self) -> list[Op]:
        """Inserts that build it."""
        return [
            (bool(bid), at, r.OP_INSERT, px, size)
            for bid in (1, 0)
            for at, (px, size) in enumerate(self.sides[bid].rows)
        ]

    def flaw(self) -> str:
        """`unsorted`, `crossed`, `empty rows` (one without shares) or ""."""
        asks, bids = self.sides[0].rows, self.sides[1].rows
        if not all(size for _, size in asks) or not all(size for _, size in bids):
            return "empty rows"
        if any(b[0] < a[0] for a, b in pairwise(asks)) or any(
            b[0] > a[0] for a, b in pairwise(bids)
        ):
            return "unsorted"
        if asks and bids and bids[0][0] > asks[0][0]:
            return "crossed"
        return ""
