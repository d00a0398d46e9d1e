"""The level-1 line of one symbol: what a probe knows (sampled, never the basis of an alert)."""

from ramstock_tui.core import records as r

_FIELDS = {
    r.L1_VWAP: "vwap_e8",
    r.L1_VOLUME: "volume",
    r.L1_TRADE_COUNT: "trades",
    r.L1_TRADE_RATE: "rate_min",
    r.L1_AVG_VOLUME: "average_volume",
    r.L1_LAST: "last",
}


class Level1:
    """Newest values, 0 = none yet. Prices 1/10,000 USD, sizes shares. rate_min: trades a minute as
    the broker counts them. vwap_e8: 1/10,000 USD x 10,000. ts: newest record, ns."""

    __slots__ = (
        "ask", "ask_size", "average_volume", "bid", "bid_size", "last", "rate_min", "trades", "ts",
        "volume", "vwap_e8",
    )  # fmt: skip

    def __init__(self) -> None:
        self.ts = 0
        self.bid = self.bid_size = self.ask = self.ask_size = 0
        self.last = self.vwap_e8 = self.volume = 0
        self.trades = self.rate_min = self.average_volume = 0

    def quote(self, ts: int, bid_side: bool, px: int, size: int) -> None:
        """One side of the quote."""
        self.ts = ts
        if bid_side:
            self.bid, self.bid_size = px, size
        else:
            self.ask, self.ask_size = px, size

    def value(self, ts: int, field: int, value: int) -> None:
        """Any other value; a field that nobody keeps is left out."""
        name = _FIELDS.get(field)
        if name is not None:
            self.ts = ts
            setattr(self, name, value)
