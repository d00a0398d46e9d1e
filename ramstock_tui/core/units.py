"""The unit of every reading of N-05, as `explain` prints it.

`usd_e4` = 1/10,000 USD, `shares`, `ns`, `ratio`, `ticks`, `prints`, `prints/s`, `count`, `points`,
`bool`, `text`.
"""

_NAMES = {
    "bool": "book_valid reclaim_platform reclaim_quant reclaim_small_account volume_surge flash"
    " flash_hold flash_quarantine fake_wall spoof replenish_gross replenish iceberg refill stacking"
    " eaten_ask stall silent_5s collapse collapse_hold near_band halted halt_risk"
    " quarantine heatmap_no_flash lots_suspected",
    "text": "book_reason",
    "ns": "book_age spread_tight_for last_print_age wall_age",
    "usd_e4": "bid ask spread spread_delta_3s weighted_mid last vwap last_minus_vwap wall_price"
    " max_60s min_60s luld_reference luld_lower luld_upper",
    "shares": "bid_depth ask_depth ask_depth_to_entry ofi_3s wall_size ask_pulled_2s ask_pull_limit"
    " ask_fills_3s ask_cancels_3s ask_adds_3s ask_refill_net_3s",
    "ticks": "spread_ticks",
    "ratio": "ratio_3 ratio_5 imbalance_5 tape_acceleration absorption wall_pressure wall_depletion"
    " move_60s",
    "prints": "tape_count_3s",
    "prints/s": "tape_velocity",
    "count": "flash_count_5min refill_count_5s",
    "points": "spread_penalty",
}
UNITS = {name: unit for unit, names in _NAMES.items() for name in names.split()}
METRIC_UNITS = {"e4": "usd_e4", "per_s": "prints/s", "yes": "bool"}  # the rest as they are


def unit_of(name: str) -> str:
    """The unit of a reading; KeyError for a name that is none."""
    return "bool" if name.startswith("reclaim_") else UNITS[name]
