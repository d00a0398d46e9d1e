"""What a scanner of the demo market brings: its stocks, and others that no profile wants."""

from collections.abc import Mapping
from random import Random
from typing import Any

from ramstock_tui.core.records import RefData
from ramstock_tui.core.rvol import Rvol
from ramstock_tui.core.spread import Mean
from ramstock_tui.core.universe import Candidate
from ramstock_tui.feeds.demo.listing import tickers
from ramstock_tui.feeds.demo.stock import TICK_E4, Stock

_E4 = 10_000
_STOOD = 60_000_000_000  # ns that a made-up spread stood
# what is wrong with each of the others
_OTHERS: tuple[dict[str, Any], ...] = (
    {"stock_type": "ETF"},
    {"stock_type": "ETF", "exchange": "ARCA"},
    {"stock_type": "ADR"},
    {"stock_type": "ADR", "exchange": "NYSE"},
    {"stock_type": "REIT", "exchange": "NYSE"},
    {"stock_type": "WARRANT"},
    {"stock_type": "PREFERRED", "exchange": "NYSE"},
    {"exchange": "PINK"},
    {"exchange": "PINK", "stock_type": "COMMON"},
    {"refused": "200 No security definition has been found for the request", "stock_type": None},
    {"last_e4": 14_200},
    {"last_e4": 9_900},
    {"last_e4": 248_700},
    {"last_e4": 1_034_000},
    {"last_e4": None, "bid_e4": None, "ask_e4": None},  # 354: no market data for it
    {"float_shares": 3_200_000},
    {"float_shares": 88_000_000},
    {"float_shares": 412_000_000},
    {"float_shares": None, "float_from": ""},  # 430: no fundamentals
    {"float_shares": None, "float_from": ""},
    {"rvol": Rvol(17, 10)},
    {"rvol": Rvol(2, 1)},
    {"rvol": Rvol(8, 10)},
    {"rvol": None, "rvol_why": "few_sessions"},
    {"rvol": None, "rvol_why": "162 history refused"},
    {"spread": (610 * _STOOD, _STOOD)},
    {"spread": (1_240 * _STOOD, _STOOD)},
    {"spread": (110 * _STOOD, _STOOD)},
    {"spread": None},
    {"halted": 1},
    {"halted": 2},
    {"groups": ("Consumer, Non-cyclical", "Biotechnology", "Medical-Biomedical/Gene")},
    {"groups": ("Consumer, Non-cyclical", "Pharmaceuticals", "Medical-Drugs")},
    {"xbi": True, "groups": ("Consumer, Non-cyclical", "Healthcare-Services", "")},
    {"fda": True},
)


class DemoScan:
    """Candidates of a market. The same seed gives the same ones at the same time."""

    def __init__(self, stocks: list[Stock], papers: Mapping[str, RefData], seed: int) -> None:
        self._stocks = stocks
        self._papers = papers
        self._seed = seed
        rng = Random(f"{seed}/others")  # noqa: S311 - a market, not a secret
        taken = {stock.ticker for stock in stocks}
        names = [name for name in tickers(len(_OTHERS) + len(taken), rng) if name not in taken]
        self._others = [
            _other(name, changed, rng) for name, changed in zip(names, _OTHERS, strict=False)
        ]

    def rows(self, ts: int, spreads: Mapping[str, Mean | None]) -> tuple[Candidate, ...]:
        """The scan at ts. spreads: means of a minute by ticker; where there is none yet, the one
        that the stock keeps to."""
        rng = Random(f"{self._seed}/{ts}")  # noqa: S311 - a market, not a secret
        found = [self._stock(stock, spreads, rng) for stock in self._stocks] + self._others
        rng.shuffle(found)
        return tuple(found)

    def _stock(self, stock: Stock, spreads: Mapping[str, Mean | None], rng: Random) -> Candidate:
        paper = self._papers[stock.ticker]
        mean = spreads.get(stock.ticker) or (stock.spread * TICK_E4 * _STOOD, _STOOD)
        rvol = max(20_100, (paper.rvol_e4 or _E4) * rng.randint(92, 110) // 100)
        return Candidate(
            ticker=stock.ticker,
            stock_type="COMMON",
            exchange=("NASDAQ", "NYSE", "AMEX")[stock.sym % 3],
            groups=(paper.sector, "", ""),
            tick_e4=TICK_E4,
            last_e4=(stock.bid + stock.ask) // (2 * TICK_E4) * TICK_E4,
            bid_e4=stock.bid,
            ask_e4=stock.ask,
            float_shares=paper.float_shares,
            float_from="demo",
            rvol=Rvol(rvol, _E4),
            spread=mean,
            halted=int(stock.halted),
        )


def _other(name: str, changed: dict[str, Any], rng: Random) -> Candidate:
    """A stock that would pass but for what is changed."""
    px = rng.randint(300, 1_900) * TICK_E4
    facts: dict[str, Any] = {
        "stock_type": "COMMON",
        "exchange": "NASDAQ",
        "groups": ("Technology", "", ""),
        "tick_e4": TICK_E4,
        "last_e4": px,
        "bid_e4": px - TICK_E4,
        "ask_e4": px + 2 * TICK_E4,
        "float_shares": rng.randint(60, 480) * 100_000,
        "float_from": "demo",
        "rvol": Rvol(rng.randint(22_000, 95_000), _E4),
        "spread": (rng.randint(210, 390) * _STOOD, _STOOD),
        "halted": 0,
    }
    return Candidate(ticker=name, **(facts | changed))
