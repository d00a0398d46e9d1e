"""What a gateway is set to: who logged in, what it may see, which limits hold."""

import msgspec


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the broker. messages: in any second; disconnect_after: violations of it before the
    socket is closed, 0 = never. tape_repeat_s: least time between two requests for one stock.
    histories: open at once; small_bars, small_bars_s: requests for bars of 30 s and less in so many
    seconds; same_history_s: between two equal ones; burst_histories: for one contract in 2 s."""

    lines: int = 100
    depth: int = 3
    tape: int = 3
    tape_repeat_s: float = 15.0
    messages: int = 50
    disconnect_after: int = 0
    histories: int = 50
    small_bars: int = 60
    small_bars_s: float = 600.0
    same_history_s: float = 15.0
    burst_histories: int = 6
    scanners: int = 10
    scanner_rows: int = 50
    clients: int = 32
    fundamentals: int = 60


class GatewayConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a gateway is started with. Prices and money in USD.

    market_data: `live`, `delayed` (type 3 and 10167, asked for or not), `none` (no_data_code, or
    delayed data where the client asked for type 3 or 4) or `competing` (10197).
    depth: `smart` (SMART depth is split by exchange), `off` (10092). depth_steps: `shift` (inserts
    and deletes renumber), `overwrite` (rows change in place). depth_overflow: `delete` or `fall`
    (a row that is pushed out goes without a word). lots: sizes of quotes, trades and depth in
    round lots. volume_lots: so are volumes. sample_ms: between two looks of a level-1 line.
    skew_s: how far the broker's clock is ahead of event time. history_s, scanner_s: how long
    history takes and a scan waits for its next rows, event time.
    """

    server_version: int = 178
    account: str = "DU1234567"
    account_type: str = "INDIVIDUAL"
    equity: float = 40_000.0
    buying_power: float = 160_000.0
    daily_pnl: float | None = 0.0
    market_data: str = "live"
    no_data_code: int = 354
    depth: bool = True
    tape: bool = True
    fundamentals: bool = False
    news: tuple[str, ...] = ("BRFG", "DJNL")
    depth_steps: str = "shift"
    depth_overflow: str = "delete"
    lots: bool = False
    volume_lots: bool = False
    sample_ms: int = 250
    skew_s: float = 0.0
    history_s: float = 0.2
    scanner_s: float = 30.0
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        choices = (
            ("market_data", self.market_data, ("live", "delayed", "none", "competing")),
            ("depth_steps", self.depth_steps, ("shift", "overwrite")),
            ("depth_overflow", self.depth_overflow, ("delete", "fall")),
        )
        for name, value, allowed in choices:
            if value not in allowed:
                raise ValueError(f"{name} was {value!r}, must be one of {', '.join(allowed)}")
        if self.sample_ms < 1:
            raise ValueError(f"sample_ms was {self.sample_ms}, must be at least 1")
