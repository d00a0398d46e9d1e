"""The tables of `config.toml` as pydantic models: every key, its kind and its range.

Integers hold engine units already (see `fields.Number`). Keys without a default must be given; a
limit that may be absent is None, which means "no such limit".
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Entries
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from ramstock_tui.core.profile import METRICS, REJECTS
from ramstock_tui.settings.fields import (
    Clock,
    Date,
    Hidden,
    HostName,
    Number,
    OneOf,
    PathText,
    Plain,
    Provider,
    Raw,
    ServerAddress,
    Text,
    Ticker,
    Word,
    YesNo,
)

Flag = Annotated[bool, YesNo()]
Seconds = Annotated[int, Number("0", "86400")]
Name = Annotated[str, Word("_")]
Exchange = Annotated[str, Word(".", lower=False)]


class Table(BaseModel):
    """A table with exactly these keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UiTable(Table):
    fps: Annotated[int, Number("1", "30")]
    theme: Annotated[str, Word("-")]
    notify: Literal["auto", "off", "osc9", "osc777", "osc99"]
    sounds_per_min: Annotated[int, Number("0", "60")]


class DiscordTable(Table):
    url: Annotated[Any, Hidden()] = None
    url_file: Annotated[str, Text(400)]
    attach_screenshot: Flag


class AlertsTable(Table):
    command: Annotated[tuple[Annotated[str, Text(400)], ...], Entries(max_length=32)]
    command_timeout_s: Annotated[int, Number("1", "60")]


class RecordingTable(Table):
    warn_free_mb: Annotated[int, Number("0", "100000000")]
    stop_free_mb: Annotated[int, Number("0", "100000000")]


class ScanTable(Table):
    """One scanner of the broker. filters: by the broker's own names."""

    code: Annotated[str, Word("_", lower=False, longest=64)]
    instrument: Annotated[str, Word("._", lower=False)] = "STK"
    location: Annotated[str, Word("._", lower=False, longest=64)] = "STK.US.MAJOR"
    filters: Annotated[
        dict[Annotated[str, Word("", lower=False, longest=64)], Annotated[Any, Plain()]],
        Entries(max_length=16),
    ] = {}


class UniverseTable(Table):
    refresh_s: Annotated[int, Number("60", "3600")]
    ttl_s: Annotated[int, Number("60", "7200")]
    max_rows: Annotated[int, Number("1", "20000")]
    symbols: Annotated[tuple[Annotated[str, Ticker()], ...], Entries(max_length=20_000)]
    pinned: Annotated[tuple[Annotated[str, Ticker()], ...], Entries(max_length=50)]
    float_file: Annotated[str, PathText()]
    xbi_file: Annotated[str, PathText()]
    scans: Annotated[dict[Name, ScanTable], Entries(max_length=10)]


class RedisTable(Table):
    url: Annotated[Any, ServerAddress()]


class EndpointTable(Table):
    """A gateway of the broker; a host that is not this machine must be allowed."""

    host: Annotated[str, HostName()] = "127.0.0.1"
    port: Annotated[int, Number("1", "65535")]
    client_id: Annotated[int, Number("1", "2147483647")] = 17
    max_lines: Annotated[int, Number("1", "1000")] = 100
    max_depth: Annotated[int, Number("1", "60")] = 3
    max_tick_by_tick: Annotated[int, Number("1", "60")] = 3
    allow_remote: Flag = False


class IbkrTable(Table):
    endpoints: Annotated[tuple[EndpointTable, ...], Entries(max_length=8)] = ()
    smart_depth: Flag
    depth_rows: Annotated[int, Number("5", "100")]
    sizes: Literal["shares", "lots"]
    restart: Annotated[int, Clock()] | None = None
    restart_min: Annotated[int, Number("1", "240")]
    news: Annotated[tuple[Annotated[str, Provider()], ...], Entries(max_length=8)]


class GuardsTable(Table):
    link_age_ms: Annotated[int, Number("50", "5000")]
    quote_age_ms: Annotated[int, Number("50", "10000")]
    drift_ticks: Annotated[int, Number("0", "10")]
    score_slack: Annotated[int, Number("0", "10", places=4)]
    command_age_ms: Annotated[int, Number("50", "5000")]


class AccountTable(Table):
    warn_below: Annotated[int, Number("0", "100000000", places=2)] | None = None
    block_below: Annotated[int, Number("0", "100000000", places=2)] | None = None
    withdraw_above: Annotated[int, Number("0", "100000000", places=2)] | None = None
    capped_above: Annotated[int, Number("0", "100000000", places=2, above=True)] | None = None


class ExecutionTable(Table):
    latency_ms: Annotated[int, Number("0", "10000")]
    fill_within_ms: Annotated[int, Number("1", "60000")]
    timeout_s: Annotated[int, Number("1", "23400")]


class FeeRow(Table):
    """What orders cost; every key but the first two may be left out."""

    per_share: Annotated[int, Number("0", "1", places=4)] | None = None
    min_order: Annotated[int, Number("0", "100", places=4)] | None = None
    max_pct: Annotated[int, Number("0", "100", places=2)] = 0
    take: Annotated[int, Number("0", "1", places=4)] = 0
    clearing: Annotated[int, Number("0", "1", places=4)] = 0
    taf: Annotated[int, Number("0", "0.01", places=8)] = 0
    taf_max: Annotated[int, Number("0", "100", places=4)] | None = None
    sec: Annotated[int, Number("0", "1000", places=2)] = 0


class DatedFees(FeeRow):
    """The same, from a session date on."""

    since: Annotated[int, Date()]


class FeesTable(FeeRow):
    """One row that always holds, or several with the dates from which they do."""

    dated: Annotated[tuple[DatedFees, ...], Entries(min_length=1, max_length=64)] | None = None


class RuleTable(Table):
    metric: Annotated[str, OneOf(METRICS)]
    points: Annotated[int, Number("-10", "10", places=4)]
    at_least: Annotated[Any, Raw()] = None
    at_most: Annotated[Any, Raw()] = None
    zero_at: Annotated[Any, Raw()] = None
    full_at: Annotated[Any, Raw()] = None
    held_s: Annotated[int, Number("0", "60", places=3)] = 0
    least: Annotated[int, Number("0", "1000000")] = 0


class GatesTable(Table):
    spread_at_most: Annotated[int, Number("0", "10", places=4, above=True)] | None = None
    spread_below: Annotated[int, Number("0", "10", places=4, above=True)] | None = None
    min_ask_depth: Annotated[int, Number("1", "10000000")] | None = None
    vwap_within: Annotated[int, Number("0", "10", places=4)] | None = None


class ReclaimTable(Table):
    surge: Flag
    max_above: Annotated[int, Number("0", "10", places=4)] | None = None


class ThrottleTable(Table):
    per_hour: Annotated[int, Number("1", "60")]
    over: Literal["pause", "throttle"]
    then_every_s: Seconds = 0
    cooloff_s: Seconds
    per_day: Annotated[int, Number("1", "100")]


class WindowTable(Table):
    name: Annotated[str, Word("_-", lower=False, longest=16)]
    start: Annotated[int, Clock()]
    end: Annotated[int, Clock()]
    allow: Literal["signals", "monitor", "low", "if_ahead"]
    entries: Annotated[int, Number("0", "100")] | None = None


class BracketTable(Table):
    entry_above: Annotated[int, Number("0", "1", places=4)]
    entry_above_ticks: Annotated[int, Number("0", "100")]
    stop_spreads: Annotated[int, Number("1", "20")]
    min_stop_ticks: Annotated[int, Number("1", "100")]
    ttl_s: Annotated[int, Number("1", "300", places=3)]


class SizeTable(Table):
    risk_pct: Annotated[int, Number("0", "1", places=2, above=True)]
    risk_max: Annotated[int, Number("0", "100000", places=2, above=True)] | None = None
    plan_min: Annotated[int, Number("0", "100000", places=2)] = 0
    phase_caps: (
        Annotated[
            tuple[Annotated[int, Number("1", "1000000")], ...],
            Entries(min_length=3, max_length=3),
        ]
        | None
    ) = None
    share_cap: Annotated[int, Number("1", "1000000")] | None = None
    ceiling: Annotated[int, Number("1", "1000000")] | None = None
    round_to: Annotated[int, Number("1", "1000")]
    notional_pct: Annotated[int, Number("0", "100", places=2, above=True)] | None = None


class LossesTable(Table):
    soft: Annotated[int, Number("0", "1000000", places=4, above=True)] | None = None
    hard: Annotated[int, Number("0", "1000000", places=4, above=True)] | None = None
    hard_pct: Annotated[int, Number("0", "10", places=2, above=True)]
    count: Annotated[int, Number("1", "20")]
    window_min: Annotated[int, Number("1", "390")]
    pause_min: Annotated[int, Number("1", "390")]


class AdmitsTable(Table):
    """Which symbols a profile admits to its universe."""

    price: Annotated[
        tuple[Annotated[int, Number("0", "10000", places=4, above=True)], ...],
        Entries(min_length=2, max_length=2),
    ]
    float_from: Annotated[int, Number("0", "100000000000")] | None = None
    float_to: Annotated[int, Number("1", "100000000000")] | None = None
    float_below: Annotated[int, Number("1", "100000000000")] | None = None
    unknown_float: Literal["reject", "flag"]
    rvol_above: Annotated[int, Number("0", "1000", places=4)]
    spread_from: Annotated[int, Number("0", "10", places=4, above=True)] | None = None
    spread_at_most: Annotated[int, Number("0", "10", places=4, above=True)] | None = None
    spread_below: Annotated[int, Number("0", "10", places=4, above=True)] | None = None
    exchanges: Annotated[tuple[Exchange, ...], Entries(min_length=1, max_length=32)]
    exclude: tuple[Annotated[str, OneOf(("biotech", "xbi", "fda"))], ...]
    most: Annotated[int, Number("1", "500")]


# what a profile without such a table admits: any common stock of an exchange
ADMITS_ALL = {
    "price": [Decimal("0.0001"), 10_000],
    "float_to": 100_000_000_000,
    "unknown_float": "flag",
    "rvol_above": 0,
    "spread_at_most": 10,
    "exchanges": ["NASDAQ", "NYSE", "AMEX", "ARCA", "BATS"],
    "exclude": [],
    "most": 150,
}


class StrictTable(Table):
    """What `strict_seed` puts in the place of softened rules (X13, X22, X26)."""

    halt_scope: Literal["escalating", "global", "symbol"] | None = None
    vwap_within: Annotated[int, Number("0", "10", places=4)] | None = None
    per_day: Annotated[int, Number("1", "100")] | None = None


class ProfileTable(Table):
    min_score: Annotated[int, Number("0", "10", places=4, above=True)]
    rules: Annotated[tuple[RuleTable, ...], Entries(min_length=1, max_length=16)]
    gates: GatesTable
    rejects: tuple[Annotated[str, OneOf(REJECTS)], ...]
    reclaim: ReclaimTable
    throttle: ThrottleTable
    windows: Annotated[tuple[WindowTable, ...], Entries(min_length=1, max_length=24)]
    off: Annotated[int, Clock()]
    early_close_off_min: Annotated[int, Number("0", "210")]
    bracket: BracketTable
    size: SizeTable
    losses: LossesTable
    halt_scope: Literal["escalating", "global", "symbol"]
    heatmap: Literal["off", "info", "required"]
    universe: AdmitsTable = AdmitsTable.model_validate(ADMITS_ALL)
    calibrated: Flag
    strict: StrictTable = StrictTable()


class Config(BaseSettings):
    """The whole configuration, merged from layers.

    Construct it with `layers=[...]`, dicts in the order strongest first; they are merged key by
    key (tables into tables, anything else replaced).
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True, case_sensitive=True)

    profile: Name
    fee_model: Name
    strict_seed: Flag
    equity: Annotated[int, Number("1", "1000000000", places=2)]
    phase: Annotated[int, Number("1", "3")]
    ui: UiTable
    recording: RecordingTable
    alerts: AlertsTable
    discord: DiscordTable
    ibkr: IbkrTable
    universe: UniverseTable
    redis: RedisTable
    guards: GuardsTable
    account: AccountTable
    execution: ExecutionTable
    fees: dict[Name, FeesTable]
    profiles: Annotated[dict[Name, ProfileTable], Entries(max_length=16)]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only our layers: they were read with exact decimals and know their origin."""
        layers = init_settings()["layers"]
        return tuple(InitSettingsSource(settings_cls, layer) for layer in layers)
