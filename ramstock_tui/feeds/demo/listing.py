"""The stocks of a demo market: made-up names, prices, sizes, activity."""

import math
from random import Random

from ramstock_tui.core.records import RefData, SymbolInfo
from ramstock_tui.feeds.demo.stock import DEPTH, TICK_E4, Sizes, Stock

_FIRST, _VOWEL, _REST = "BCDFGHKLMNPRSTVWZ", "AEIOUY", "BCDFGKLMNPRSTVXZ"
# well-known tickers that the pattern can hit
_REAL = frozenset({"BIDU", "COIN", "CAT", "COP", "COST", "DIS", "GOLD", "HOOD", "LULU", "LYFT"})
_REAL |= {"META", "MU", "PEP", "PYPL", "PINS", "RIOT", "SOFI", "SONY", "TSLA", "VALE", "VIX"}
_REAL |= {"GEV", "GIS", "LOW", "MAR", "MAS", "MET", "NET", "NIO", "RIG", "SAP", "SPY", "WIX"}
_SECTORS = ("Technology", "Industrials", "Energy", "Consumer", "Financials", "Materials")
_SHAPE = (1.0, 0.95, 0.9, 0.86, 0.8, 0.73, 0.66, 0.59, 0.52, 0.45)  # sizes away from the touch
_DRAWS = 32
KINDS = 8  # different books of each depth; stocks share them
_THIN_CAP = 1_000  # with a step of 100 more it stays below the 1,200 that a signal needs at the ask
ROLE_STOCKS = 10  # the first stocks of the shuffled list are those of the opening script


def tickers(count: int, rng: Random) -> list[str]:
    """So many different names of 3 or 4 letters."""
    found: dict[str, None] = {}
    while len(found) < count:
        name = rng.choice(_FIRST) + rng.choice(_VOWEL) + rng.choice(_REST)
        if rng.random() < 0.75:
            name += rng.choice(_VOWEL + _REST)
        if name not in _REAL:
            found[name] = None
    return list(found)


def stocks(count: int, rng: Random) -> tuple[list[Stock], list[Stock]]:
    """(all stocks by symbol id from 1 on, those that the opening script uses in its order)."""
    names = tickers(count, rng)
    cast = rng.sample(range(count), min(count, ROLE_STOCKS))
    made = []
    kinds = {deep: [_moods(deep, rng) for _ in range(KINDS)] for deep in (True, False)}
    for i, name in enumerate(names):
        if i in cast:
            px, deep = _role_price(cast.index(i), rng), True
        else:
            px, deep = _price(rng), rng.random() < 0.55
        moods = rng.choice(kinds[deep])
        made.append(Stock(i + 1, name, px, _spread(px, deep, rng), deep, moods))
    return made, [made[i] for i in cast]


def weights(listed: list[Stock], roles: list[Stock], rng: Random) -> list[float]:
    """Activity of each stock: a few busy ones, many quiet ones; the cast in the middle."""
    ranks = list(range(len(listed)))
    rng.shuffle(ranks)
    cast = {stock.sym for stock in roles}
    shares = [1 / (rank + 2) ** 0.9 for rank in ranks]
    middle = sorted(shares)[len(shares) // 2]
    return [
        middle if stock.sym in cast else share for stock, share in zip(listed, shares, strict=True)
    ]


def papers(stock: Stock, rng: Random) -> tuple[SymbolInfo, RefData]:
    """What is known about a stock."""
    info = SymbolInfo(stock.ticker, tick_e4=TICK_E4, lot=100, exchange="DEMO", tier=2)
    shares = round(math.exp(rng.uniform(math.log(5.1e6), math.log(4.9e7))), -5)
    rvol = round(10_000 * math.exp(rng.uniform(math.log(2.05), math.log(9.0))))
    return info, RefData(int(shares), rvol, rng.choice(_SECTORS))


def _role_price(role: int, rng: Random) -> int:
    """The last of the cast runs up 3 % tick by tick, so it is a cheap one."""
    cents = rng.randint(520, 680) if role == ROLE_STOCKS - 1 else rng.randint(900, 1_600)
    return cents * 100


def _price(rng: Random) -> int:
    if rng.random() < 0.4:
        return round(100 * math.exp(rng.uniform(math.log(2.2), math.log(20.0)))) * 100
    return rng.randint(800, 1_990) * 100


def _spread(px: int, deep: bool, rng: Random) -> int:
    if px < 50_000:
        return 2
    if deep:
        return 2 if px < 120_000 else 3
    return rng.choice((2, 3, 3, 4, 4, 5))


def _moods(deep: bool, rng: Random) -> list[tuple[Sizes, Sizes]]:
    """Balanced, more bids, more asks. Deep books stay near balance: with 1,200 and more at the ask
    only the ratio stands between them and a signal."""
    scale = rng.uniform(1_700, 2_300) if deep else rng.uniform(450, 850)
    lean = 1.12 if deep else 1.5
    cap = 4_000 if deep else _THIN_CAP
    even = _sizes(scale, 1, cap, deep, rng), _sizes(scale, 1, cap, deep, rng)
    more = _sizes(scale, lean, 4_000, deep, rng)
    less = _sizes(scale, 1 / lean, cap, deep, rng)
    heavy = _sizes(scale, lean, cap, deep, rng)
    return [even, even, (more, less), (less, heavy)]


def _sizes(scale: float, lean: float, cap: int, deep: bool, rng: Random) -> Sizes:
    spread = 0.18 if deep else 0.3
    return [
        [
            min(
                cap,
                max(1, round(scale * lean * _SHAPE[i] * rng.lognormvariate(0, spread) / 100)) * 100,
            )
            for _ in range(_DRAWS)
        ]
        for i in range(DEPTH)
    ]
