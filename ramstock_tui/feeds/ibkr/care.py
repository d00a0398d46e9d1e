"""Books that are served and yet cannot be right: unsorted, crossed, silent."""

from collections.abc import Iterable

from ramstock_tui.feeds.ibkr.instrument import Stock

# a book that is so for so long is asked for again
FLAW_S = {"unsorted": 0.5, "crossed": 2.0, "empty rows": 2.0}
AGAIN_S = 15.0  # between two new requests for a book because of what stands in it
SILENT_S = 5.0  # neither prints nor depth, while others tick (D-17)
SILENT_GAPS = 20  # ... and so many times its usual gap
SILENT_AGAIN_S = 60.0
UNPRINTED = 20  # steps of the day's volume on the line (250 ms apart) without a print
BUCKET_S, BUCKETS = 10.0, 6  # the pace of a symbol is that of the last 60 s


class Care:
    """Times are seconds of the event loop."""

    def __init__(self) -> None:
        self._asked: dict[Stock, float] = {}
        self._silenced: dict[Stock, float] = {}  # ... because it was silent
        self._tapeless: dict[Stock, float] = {}  # ... its tape, because it was
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

    def flaw(self, stock: Stock, now: float) -> str:
        """What in a book is a reason to ask for it again now, "" = nothing."""
        flaw = stock.rows.flaw()
        if not flaw:
            stock.flaw_since = 0.0
        elif not stock.flaw_since:
            stock.flaw_since = now
        elif now - stock.flaw_since > FLAW_S[flaw] and self._may(stock, now, AGAIN_S):
            stock.flaw_since = 0.0
            return flaw
        return ""

    def silence(self, stock: Stock, now: float, ts: int) -> str:
        """How long neither book nor tape came, when that is a reason to ask for both again now, ""
        = it is none. ts: session time, ns. Only to be asked while other symbols tick."""
        silent = (ts - stock.depth_ts) / 1e9
        seen = sum(stock.pace)
        usual = BUCKET_S * max(1, len(stock.pace)) / seen if seen else SILENT_AGAIN_S
        apart_s = now - self._silenced.get(stock, -1e9)
        if silent < max(SILENT_S, SILENT_GAPS * usual) or apart_s < SILENT_AGAIN_S:
            return ""
        if not self._may(stock, now, SILENT_S):
            return ""
        self._silenced[stock] = now
        return f"silent for {silent:.0f} s"

    def tapeless(self, stock: Stock, now: float) -> bool:
        """The day's volume grows and grows and no print comes: the tape died without a word."""
        if stock.tape is None or stock.unprinted < UNPRINTED or now - stock.asked_s < SILENT_S:
            return False
        if now - self._tapeless.get(stock, -1e9) < SILENT_AGAIN_S:
            return False
        self._tapeless[stock] = now
        stock.unprinted = 0
        return True

    def _may(self, stock: Stock, now: float, apart_s: float) -> bool:
        return now - max(self._asked.get(stock, -1e9), stock.opened_s) >= apart_s
