"""What the gateway knows about each stock: papers, book, trades of the day."""

from collections.abc import Iterable

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row, SymbolInfo
from ramstock_tui.gateway.bars import Days
from ramstock_tui.gateway.depth import Level

FIRST_CON_ID = 700_000_000


class Instrument:
    """A stock. Prices 1/10,000 USD, 0 = none yet; sizes and volumes shares.

    notional: sum of price times size of the day's reported trades. base_volume: traded before the
    feed began. avg_volume: shares a day in the mean. revision: grows with everything that changes.
    """

    def __init__(self, sym: int, info: SymbolInfo) -> None:
        self.sym = sym
        self.info = info
        self.con_id = info.con_id or FIRST_CON_ID + sym
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.last = self.last_size = self.last_ts = 0
        self.open = self.high = self.low = self.close = 0
        self.volume = self.notional = self.trades = 0
        self.base_volume = 0
        self.avg_volume = 200_000
        self.shortable_shares = 250_000
        self.float_shares: int | None = None
        self.rvol_e4: int | None = None
        self.sector = ""
        self.halted = 0
        self.revision = 0
        self.days = Days(info.ticker)
        self.recent: list[tuple[int, int]] = []  # (ts, shares) of the last minute's trades

    @property
    def symbol(self) -> str:
        """Its ticker."""
        return self.info.ticker

    def side(self, bid: bool) -> list[Level]:
        """Price levels of a side, best first."""
        if bid:
            return sorted(self.bids.items(), key=_by_price, reverse=True)
        return sorted(self.asks.items(), key=_by_price)

    def best(self, bid: bool) -> Level:
        """Price and size of the best level; (0, 0) without one."""
        book = self.bids if bid else self.asks
        if not book:
            return 0, 0
        px = max(book) if bid else min(book)
        return px, book[px]

    @property
    def day_volume(self) -> int:
        """Shares traded today."""
        return self.base_volume + self.volume

    def vwap(self) -> float:
        """USD, 0.0 without a trade. What was traded before the feed counts at the first price."""
        shares = self.day_volume
        return (self.notional + self.base_volume * self.open) / shares / 10_000 if shares else 0.0

    def opened(self, ts: int, rvol_e4: int | None) -> None:
        """The feed begins at ts: what was traded before follows from the relative volume that is
        said of it, against the mean of its days (None = 1)."""
        self.rvol_e4 = rvol_e4
        part = self.days.share_until(ts)
        self.base_volume = round(self.avg_volume * part * (rvol_e4 or 10_000) / 10_000)

    def apply(self, row: Row) -> None:
        """Take in one market record."""
        _, _, kind, flags, px, size, aux = row
        if kind == r.LEVEL_SET:
            book = self.bids if flags & r.BID else self.asks
            if size:
                book[px] = size
            else:
                book.pop(px, None)
        elif kind == r.PRINT:
            self._trade(row)
        elif kind == r.BOOK_CLEAR:
            self.bids.clear()
            self.asks.clear()
        elif kind == r.HALT:
            self.halted = aux
        self.revision += 1

    def _trade(self, row: Row) -> None:
        ts, _, _, flags, px, size, _ = row
        if flags & (r.PAST_LIMIT | r.UNREPORTED):
            return
        self.last, self.last_size, self.last_ts = px, size, ts
        self.open = self.open or px
        self.high = max(self.high, px)
        self.low = min(self.low, px) if self.low else px
        self.volume += size
        self.notional += px * size
        self.trades += 1
        self.days.trade(ts, px, size)
        self.recent.append((ts, size))
        if len(self.recent) > 4_096:
            del self.recent[:2_048]

    def rates(self, now: int) -> tuple[int, int]:
        """(trades, shares) of the last minute."""
        since = now - 60_000_000_000
        sizes = [size for ts, size in self.recent if ts > since]
        return len(sizes), sum(sizes)


def _by_price(level: Level) -> int:
    return level[0]


class Listing:
    """All stocks, found by what a client may name them with."""

    def __init__(self) -> None:
        self.by_sym: dict[int, Instrument] = {}
        self.by_con_id: dict[int, Instrument] = {}
        self.by_symbol: dict[str, Instrument] = {}

    def add(self, instrument: Instrument) -> None:
        """List it."""
        self.by_sym[instrument.sym] = instrument
        self.by_con_id[instrument.con_id] = instrument
        self.by_symbol[instrument.symbol] = instrument

    def find(self, con_id: int, symbol: str, sec_type: str, currency: str) -> Instrument | None:
        """By contract id, else by symbol of a US stock; None = no such security."""
        if con_id:
            return self.by_con_id.get(con_id)
        if sec_type not in ("", "STK") or currency not in ("", "USD"):
            return None
        return self.by_symbol.get(symbol.upper())

    def all(self) -> Iterable[Instrument]:
        """Every stock, in order of its id."""
        return self.by_sym.values()
