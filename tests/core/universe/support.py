"""Limits of the three profiles as the product ships them, and a stock that passes all of them."""

from typing import Any

import msgspec

from ramstock_tui.core.listing import Limits
from ramstock_tui.core.rvol import Rvol
from ramstock_tui.core.universe import Candidate

S = 1_000_000_000
SMALL = Limits(
    price_min_e4=20_000,
    price_max_e4=200_000,
    float_min=5_000_000,
    float_max=50_000_000,
    float_inclusive=True,
    unknown_float="reject",
    rvol_above_e4=20_000,
    spread_min_e4=200,
    spread_max_e4=500,
    spread_inclusive=True,
    exchanges=("NASDAQ", "NYSE", "AMEX"),
    exclude=("biotech", "xbi", "fda"),
    most=150,
)
PLATFORM = msgspec.structs.replace(
    SMALL,
    price_max_e4=500_000,
    float_min=None,
    float_inclusive=False,
    unknown_float="flag",
    spread_min_e4=None,
    spread_inclusive=False,
    exclude=(),
    most=500,
)


def stock(ticker: str = "GOOD", **changed: Any) -> Candidate:
    """A candidate that every profile admits, with some of its facts changed."""
    facts: dict[str, Any] = {
        "stock_type": "COMMON",
        "exchange": "NASDAQ",
        "groups": ("Technology", "Software", "Application Software"),
        "last_e4": 81_000,
        "bid_e4": 80_900,
        "ask_e4": 81_200,
        "float_shares": 20_000_000,
        "float_from": "file",
        "rvol": Rvol(5, 1),
        "spread": (300 * 60 * S, 60 * S),
        "halted": 0,
    }
    return Candidate(ticker=ticker, **(facts | changed))
