"""Rows that wait for the session's next step, in the order of time; and books said again."""

from collections import deque

from ramstock_tui.core import records as r
from ramstock_tui.core.records import BLOB_KINDS, LAST, Row
from ramstock_tui.feeds.ibkr.instrument import Stock


class Portions:
    """What came since the last step."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, list[Row], bytes]] = deque()
        self._newest = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, ts: int, rows: list[Row], blob: bytes) -> int:
        """Rows of one instant, at or after every instant before; the instant that they got."""
        if ts < self._newest:
            ts = self._newest
            rows = [(ts, *row[1:]) for row in rows]
        self._newest = ts
        self._waiting.append((ts, rows, blob))
        return ts

    def take(self, until: int) -> tuple[list[Row], bytes]:
        """Everything up to an instant."""
        out: list[Row] = []
        area = b""
        while self._waiting and self._waiting[0][0] <= until:
            _, rows, blob = self._waiting.popleft()
            out += _moved(rows, len(area)) if blob and area else rows
            area += blob
        return out, area


def _moved(rows: list[Row], by: int) -> list[Row]:
    """Rows whose blobs stand further back in the area."""
    return [(*row[:5], row[5] + by, row[6]) if row[2] in BLOB_KINDS else row for row in rows]


def said_again(ts: int, stock: Stock) -> list[Row]:
    """What is subscribed for a stock, and its book."""
    if not stock.sym:
        return []
    codes = [r.FEED_LINE] if stock.line is not None else []
    if stock.shown:
        codes.append(r.FEED_SLOT_OPENED)
    codes.append(r.FEED_TAPE if stock.tape is not None else r.FEED_TAPE_END)
    rows: list[Row] = [(ts, stock.sym, r.FEED, 0, stock.endpoint, 0, code) for code in codes]
    return rows + image(ts, stock)


def image(ts: int, stock: Stock) -> list[Row]:
    """The book of a stock as inserts, into an empty one."""
    if not stock.shown:
        return []
    rows: list[Row] = [
        (ts, stock.sym, r.DEPTH_ROW, r.BID if bid else 0, px, size, at | op << 8)
        for bid, at, op, px, size in stock.rows.image()
    ]
    if rows:
        rows[-1] = (*rows[-1][:3], rows[-1][3] | LAST, *rows[-1][4:])
    return rows
