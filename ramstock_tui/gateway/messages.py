"""The messages of the protocol as data: who sends what, with which id and fields.

A layout is the list of its fields in order of the wire, separated by blanks:

    name        one field
    name@164    only from server version 164 on
    name@<164   only before server version 164
    name*       how many rows follow, then the cells of each row
    =6          a constant, such as the version number that older messages carry

Contracts that clients send are the same twelve fields everywhere, written `<contract>`.
Source: the client library's own encoder and decoder, ib_async 2.1.0.
"""

CONTRACT = (
    "con_id symbol sec_type last_trade strike right multiplier exchange primary_exchange currency"
    " local_symbol trading_class"
)

# gateway to client: name -> (id, layout)
SENT: dict[str, tuple[int, str]] = {
    "tick_price": (1, "=6 req_id tick price size attributes"),
    "tick_size": (2, "=6 req_id tick size"),
    "order_status": (
        3,
        "order_id status filled remaining average perm_id parent_id last client_id why cap",
    ),
    "error": (4, "=2 req_id code text advanced@166"),
    "account_value": (6, "=2 key value currency account"),
    "portfolio": (
        7,
        "=8 con_id symbol sec_type last_trade strike right multiplier primary_exchange currency"
        " local_symbol trading_class position price value cost unrealized realized account",
    ),
    "account_time": (8, "=1 time"),
    "next_valid_id": (9, "=1 order_id"),
    "contract_details": (
        10,
        "version@<164 req_id symbol sec_type last_trade strike right exchange currency"
        " local_symbol market_name trading_class con_id min_tick size_multiplier@<164 multiplier"
        " order_types valid_exchanges price_magnifier under_con_id long_name primary_exchange"
        " contract_month industry category subcategory time_zone trading_hours liquid_hours"
        " ev_rule ev_multiplier sec_ids* agg_group under_symbol under_sec_type market_rules"
        " expiration stock_type min_size@164 size_increment@164 suggested_increment@163",
    ),
    "depth": (12, "=1 req_id position op side price size"),
    "depth_l2": (13, "=1 req_id position maker op side price size smart"),
    "managed_accounts": (15, "=1 accounts"),
    "historical_data": (17, "req_id start end bars*"),
    "scanner_parameters": (19, "=1 xml"),
    "scanner_data": (20, "=3 req_id rows*"),
    "tick_generic": (45, "=6 req_id tick value"),
    "tick_string": (46, "=6 req_id tick value"),
    "current_time": (49, "=1 time"),
    "realtime_bar": (50, "=3 req_id time open high low close volume average count"),
    "fundamental_data": (51, "=1 req_id xml"),
    "contract_details_end": (52, "=1 req_id"),
    "open_orders_end": (53, "=1"),
    "account_download_end": (54, "=1 account"),
    "executions_end": (55, "=1 req_id"),
    "tick_snapshot_end": (57, "=1 req_id"),
    "market_data_type": (58, "=1 req_id kind"),
    "position": (
        61,
        "=3 account con_id symbol sec_type last_trade strike right multiplier exchange currency"
        " local_symbol trading_class position cost",
    ),
    "positions_end": (62, "=1"),
    "account_summary": (63, "=1 req_id account tag value currency"),
    "account_summary_end": (64, "=1 req_id"),
    "account_multi": (73, "=1 req_id account model key value currency"),
    "account_multi_end": (74, "=1 req_id"),
    "matching_symbols": (79, "req_id samples*"),
    "depth_exchanges": (80, "exchanges*"),
    "tick_parameters": (81, "req_id min_tick bbo_exchange permissions"),
    "smart_components": (82, "req_id components*"),
    "news_article": (83, "req_id kind text"),
    "tick_news": (84, "req_id time provider article headline extra"),
    "news_providers": (85, "providers*"),
    "historical_news": (86, "req_id time provider article headline"),
    "historical_news_end": (87, "req_id more"),
    "head_timestamp": (88, "req_id time"),
    "historical_update": (90, "req_id count time open close high low average volume"),
    "market_rule": (93, "rule steps*"),
    "pnl": (94, "req_id daily unrealized realized"),
    "pnl_single": (95, "req_id position daily unrealized realized value"),
    "historical_ticks_last": (98, "req_id ticks* done"),
    "tape": (99, "req_id kind time price size mask exchange conditions"),
    "tape_quote": (99, "req_id =3 time bid ask bid_size ask_size mask"),
    "completed_orders_end": (102, ""),
    "user_info": (107, "req_id white_brand"),
}

# client to gateway: id -> (name, layout); what follows the layout is kept as it came
RECEIVED: dict[int, tuple[str, str]] = {
    1: (
        "req_mkt_data",
        "version req_id <contract> delta_neutral generic_ticks snapshot regulatory options",
    ),
    2: ("cancel_mkt_data", "version req_id"),
    3: ("place_order", "order_id <contract>"),
    4: ("cancel_order", "version order_id"),
    5: ("req_open_orders", "version"),
    6: ("req_account_updates", "version subscribe account"),
    7: ("req_executions", "version req_id client_id account time symbol sec_type exchange side"),
    8: ("req_ids", "version count"),
    9: (
        "req_contract_details",
        "version req_id <contract> expired sec_id_type sec_id issuer_id@176",
    ),
    10: ("req_mkt_depth", "version req_id <contract> rows smart options"),
    11: ("cancel_mkt_depth", "version req_id smart"),
    12: ("req_news_bulletins", "version all"),
    13: ("cancel_news_bulletins", "version"),
    14: ("set_server_log_level", "version level"),
    15: ("req_auto_open_orders", "version bind"),
    16: ("req_all_open_orders", "version"),
    17: ("req_managed_accounts", "version"),
    20: (
        "req_historical_data",
        "req_id <contract> expired end bar_size duration rth what format_date keep_up options",
    ),
    21: ("exercise_options", "version req_id"),
    22: (
        "req_scanner",
        "req_id rows instrument location code above_price below_price above_volume cap_above"
        " cap_below moody_above moody_below sp_above sp_below maturity_above maturity_below"
        " coupon_above coupon_below exclude_convertible option_volume setting_pairs stock_type"
        " filters options",
    ),
    23: ("cancel_scanner", "version req_id"),
    24: ("req_scanner_parameters", "version"),
    25: ("cancel_historical_data", "version req_id"),
    49: ("req_current_time", "version"),
    50: ("req_realtime_bars", "version req_id <contract> bar_size what rth options"),
    51: ("cancel_realtime_bars", "version req_id"),
    52: (
        "req_fundamental_data",
        "version req_id con_id symbol sec_type exchange primary_exchange currency local_symbol"
        " report",
    ),
    53: ("cancel_fundamental_data", "version req_id"),
    58: ("req_global_cancel", "version"),
    59: ("req_market_data_type", "version kind"),
    61: ("req_positions", "version"),
    62: ("req_account_summary", "version req_id group tags"),
    63: ("cancel_account_summary", "version req_id"),
    64: ("cancel_positions", "version"),
    71: ("start_api", "version client_id capabilities"),
    76: ("req_account_multi", "version req_id account model ledger"),
    77: ("cancel_account_multi", "version req_id"),
    81: ("req_matching_symbols", "req_id pattern"),
    82: ("req_depth_exchanges", ""),
    83: ("req_smart_components", "req_id exchange"),
    84: ("req_news_article", "req_id provider article options"),
    85: ("req_news_providers", ""),
    86: ("req_historical_news", "req_id con_id providers start end total options"),
    87: ("req_head_timestamp", "req_id <contract> expired rth what format_date"),
    90: ("cancel_head_timestamp", "req_id"),
    91: ("req_market_rule", "rule"),
    92: ("req_pnl", "req_id account model"),
    93: ("cancel_pnl", "req_id"),
    94: ("req_pnl_single", "req_id account model con_id"),
    95: ("cancel_pnl_single", "req_id"),
    96: ("req_historical_ticks", "req_id <contract> expired start end count what rth"),
    97: ("req_tape", "req_id <contract> kind count ignore_size"),
    98: ("cancel_tape", "req_id"),
    99: ("req_completed_orders", "api_only"),
    104: ("req_user_info", "req_id"),
}

ORDERS = frozenset({"place_order", "cancel_order", "exercise_options", "req_global_cancel"})
