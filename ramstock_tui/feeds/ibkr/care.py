"""Books that are served and yet cannot be right: unsorted, crossed, silent."""

from collections.abc import Iterable

from ramstock_tui.feeds.ibkr.instrument import Stock

# a book that is so for so long is asked for again
FLAW_S = {"unsorted": 0.5, "crossed": 2.0, "empty rows": 2.0}
AGAIN_S = 15.0  # between two new requests for a book because of what stands in it
SILENT_S = 5.0  # neither prints nor depth, while others tick (D-17)
SILENT_GAPS = 20  # ... and so many times its usual gap
SILENT_AGAIN_S = 60.0
BUCKET_S, BUCKETS = 10.0, 6  # the pace of a symbol is that of the last 60 s


class Care:
    """Times are seconds of the event loop."""

    def __init__(self) -> None:
        self._asked: dict[Stock, float] = {}
        self._counted = 0.0

    def asked(self, stock: Stock, now: float) -> None:
        """Its book is asked for again."""
        self._asked[stock] = now

    def since(self, stock: Stock, now: float) -> float:
        """How long ago its book was asked for again."""
        return now - self._asked.get(stock, -1e9)

    def count(self, stocks: Iterable[Stock], now: float) -> None:
        """How busy each has been, every 10 s."""
        if now - self._counted < BUCKET_S:
            return
        self._counted = now
        for stock in stocks:
            stock.pace = [*stock.pace[-BUCKETS + 1 :], stock.reads]
            stock.reads = 0

    def why_again(self, stock: Stock, now: float, ts: int, ticking: bool) -> str:
        """Why the book of a stock is to be asked for again, "" = it is not. ts: session time, ns;
        ticking: some symbol had a record in the last 5 s."""
        return self._flaw(stock, now) or (self._silence(stock, now, ts) if ticking else "")

    def _flaw(self, stock: Stock, now: float) -> str:
        flaw = stock.rows.flaw()
        if not flaw:
            stock.flaw_since = 0.0
        elif not stock.flaw_since:
            stock.flaw_since = now
        elif now - stock.flaw_since > FLAW_S[flaw] and self._may(stock, now, AGAIN_S):
            stock.flaw_since = 0.0
            return flaw
        return ""

    def _silence(self, stock: Stock, now: float, ts: int) -> str:
        silent = (ts - stock.depth_ts) / 1e9
        seen = sum(stock.pace)
        usual = BUCKET_S * max(1, len(stock.pace)) / seen if seen else SILENT_AGAIN_S
        if silent < max(SILENT_S, SILENT_GAPS * usual) or not self._may(stock, now, SILENT_AGAIN_S):
            return ""
        return f"silent for {silent:.0f} s"

    def _may(self, stock: Stock, now: float, apart_s: float) -> bool:
        return now - max(self._asked.get(stock, -1e9), stock.opened_s) >= apart_s
