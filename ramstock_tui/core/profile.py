"""A profile as data: rules, gates, rejections, throttles, windows, bracket and size limits.

Settings build these from the `[profiles.NAME]` tables of `config.toml`; the resolved form goes into
the ledger and into the decision hash, so a replay needs no configuration. Money is in 1/10,000 USD
(`_e4`), points and scores × 10,000, times in seconds of the New York day or in ms.
"""

from typing import Literal

import msgspec

RULES_VERSION = 3  # of `Rules` and of what the engine makes of them; part of the decision hash

# what a rule may measure, and what may stand against a signal (definitions N-05, N-16)
METRICS = (
    "ratio_3",
    "ratio_5",
    "spread",
    "tape_velocity",
    "ask_depth",
    "bid_over_ask",
    "reclaim",
    "imbalance_5",
    "absorption",
    "tape_acceleration",
    "wall_pressure",
    "wall_depletion",
)
REJECTS = (
    "stall",
    "flash",
    "replenish",
    "iceberg",
    "collapse",
    "quarantine",
    "fake_wall",
    "spoof",
    "refill",
    "lots",
)


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`at_least`, `at_most`: all points when the metric is on the right side of the limit, else
    none. `ramp`: no points at the limit, all at `full`, and in proportion between (A.4); points
    below zero are a penalty. None scores none.

    limit: the exact threshold as numerator / denominator in the unit of the metric (prices in
    1/10,000 USD), so that no comparison needs a float. held_ms: only for `spread`: it must have
    been at or below 0.04 for so long (reading `spread_tight_for`, N-32). least: only for ramps of
    `absorption` (fills in 3 s, shares) and `tape_acceleration` (prints in 3 s): fewer give nothing.
    """

    metric: str
    points_e4: int
    op: Literal["at_least", "at_most", "ramp"]
    limit_num: int
    limit_den: int = 1
    held_ms: int = 0
    full_num: int = 0
    full_den: int = 1
    least: int = 0


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hard conditions at the trigger. spread_max_e4: inclusive or not (N-38). vwap_within_e4: last
    may be so far from VWAP at most, and there must be both (X13 as first written). None = no gate.
    """

    spread_max_e4: int
    spread_inclusive: bool
    ask_depth_min: int | None
    vwap_within_e4: int | None = None


class Reclaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What this profile's VWAP reclaim needs besides Below and Cross (N-07). None = no bound."""

    surge: bool
    max_above_e4: int | None


class Throttle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits on alerts. After `per_hour` alerts in 60 min: `pause` until the oldest is out, or
    `throttle` to one every `then_every_s` (D-20). per_day counts confirmed entries."""

    per_hour: int
    over: Literal["pause", "throttle"]
    then_every_s: int
    cooloff_s: int
    per_day: int


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the day, [start_s, end_s) in seconds of the New York day (D-26).

    entries: cap of confirmed entries, None = none but the day's. allow: `signals`, `monitor` (no
    alert), `low` (alert labelled LOW, half size) or `if_ahead` (signals only when the net of trades
    closed before start_s is above zero).
    """

    name: str
    start_s: int
    end_s: int
    allow: Literal["signals", "monitor", "low", "if_ahead"]
    entries: int | None = None


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Windows in order of time, and the minutes before an early close at which the day is off."""

    windows: tuple[Window, ...]
    off_s: int
    early_close_off_s: int


class Bracket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """D-24, N-28. Entry = ask + max(entry_above_e4, entry_above_ticks ticks); stop distance =
    max(stop_spreads × spread, min_stop_ticks ticks); target distance = 2 × stop distance."""

    entry_above_e4: int
    entry_above_ticks: int
    stop_spreads: int
    min_stop_ticks: int
    ttl_ms: int


class Size(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares. risk_bp: 1/10,000 of start-of-day equity; risk_max_cents: upper bound, None = none;
    plan_min_cents: below it the card says `under plan size`; phase_caps: shares by phase 1-3, empty
    = none; share_cap, ceiling: configured and absolute cap (config cannot raise the ceiling);
    round_to: shares are rounded down to it, below it there is no trade; notional_bp of equity."""

    risk_bp: int
    risk_max_cents: int | None
    plan_min_cents: int
    phase_caps: tuple[int, ...]
    share_cap: int | None
    ceiling: int | None
    round_to: int
    notional_bp: int | None


class Losses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """D-21. soft: no new entries when net < -soft (strict); hard: at net <= -hard or <= -hard_bp of
    start-of-day equity. The `count`-th loss inside window_s pauses for at least pause_s."""

    soft_e4: int | None
    hard_e4: int | None
    hard_bp: int
    count: int
    window_s: int
    pause_s: int


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One lane's rules. rejects: names from the REJECTS table of `core/gates.py` (N-16).
    halt_scope: escalating, global or symbol (D-22). heatmap: off, info or required (D-30)."""

    name: str
    min_score_e4: int
    rules: tuple[Step, ...]
    gates: Gates
    rejects: tuple[str, ...]
    reclaim: Reclaim
    throttle: Throttle
    day: Day
    bracket: Bracket
    size: Size
    losses: Losses
    halt_scope: Literal["escalating", "global", "symbol"]
    heatmap: Literal["off", "info", "required"]
    calibrated: bool


class FeeModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an order costs from a date on (A.6-4); a model may have several such rows. Money in
    1/10,000 USD.

    since: first session date, yyyymmdd, 0 = always. Commission: per share, at least the minimum,
    at most max_bp of the value (0 = no bound; it beats the minimum). take_e4: per share of an order
    that takes displayed liquidity; clearing_e4: per share. Of sales only: taf_e8, in 1e-8 USD a
    share, at most taf_max_e4 a sale; sec_cents: cents per million dollars of proceeds.
    """

    name: str
    per_share_e4: int
    min_order_e4: int
    since: int = 0
    max_bp: int = 0
    take_e4: int = 0
    clearing_e4: int = 0
    taf_e8: int = 0
    taf_max_e4: int | None = None
    sec_cents: int = 0


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fill model of shadow trades (D-25, N-45)."""

    latency_ms: int
    fill_within_ms: int
    timeout_s: int


class Guards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits checked when the operator confirms (C.4 as overridden by N-18)."""

    link_age_ms: int
    quote_age_ms: int
    drift_ticks: int
    score_slack_e4: int
    command_age_ms: int


class AccountLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the account's equity leads to, in cents (D-21); None = no such limit. Below warn: a
    warning; below block: no new entries; above withdraw: a reminder to take profits out; sizes
    count no equity above capped."""

    warn_cents: int | None = None
    block_cents: int | None = None
    withdraw_cents: int | None = None
    capped_cents: int | None = None


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a session's decisions depend on besides its inputs; recorded with it."""

    version: int
    profiles: tuple[Profile, ...]
    fees: tuple[FeeModel, ...]
    execution: Execution
    guards: Guards
    account: AccountLimits = AccountLimits()
