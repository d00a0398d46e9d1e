"""The market scanner: which codes and filters there are, and which stocks they choose."""

from collections.abc import Callable, Iterable

from ramstock_tui.gateway.instruments import Instrument
from ramstock_tui.gateway.wire import px_text

Measure = Callable[[Instrument, int], float]


def _usd(stock: Instrument) -> float:
    return (stock.last or stock.best(True)[0]) / 10_000


def _gain(stock: Instrument, now: int) -> float:
    """Percent since the close before, the open where there is none."""
    before = stock.close or stock.open
    return 100 * (stock.last - before) / before if before and stock.last else 0.0


def _cap(stock: Instrument, now: int) -> float:
    return 1.25 * (stock.float_shares or 0) * _usd(stock) / 1e6


CODES: dict[str, Measure] = {
    "TOP_PERC_GAIN": _gain,
    "TOP_PERC_LOSE": lambda stock, now: -_gain(stock, now),
    "HOT_BY_VOLUME": lambda stock, now: float(stock.rates(now)[1]),
    "TOP_VOLUME_RATE": lambda stock, now: float(stock.rates(now)[1]),
    "TOP_TRADE_RATE": lambda stock, now: float(stock.rates(now)[0]),
    "TOP_TRADE_COUNT": lambda stock, now: float(stock.trades),
    "MOST_ACTIVE": lambda stock, now: float(stock.day_volume),
    "MOST_ACTIVE_USD": lambda stock, now: stock.day_volume * _usd(stock),
}
LOCATIONS = ("STK.US.MAJOR", "STK.US", "STK.NASDAQ", "STK.NYSE", "STK.AMEX")
MEASURES: dict[str, Measure] = {
    "price": lambda stock, now: _usd(stock),
    "volume": lambda stock, now: float(stock.day_volume),
    "avgVolume": lambda stock, now: float(stock.avg_volume),
    "usdVolume": lambda stock, now: stock.day_volume * _usd(stock),
    "marketCap": _cap,  # millions
    "changePerc": _gain,
}
FILTERS: dict[str, tuple[str, bool]] = {  # name -> (measure, is it a lower bound)
    "priceAbove": ("price", True),
    "priceBelow": ("price", False),
    "volumeAbove": ("volume", True),
    "avgVolumeAbove": ("avgVolume", True),
    "avgVolumeBelow": ("avgVolume", False),
    "usdVolumeAbove": ("usdVolume", True),
    "marketCapAbove1e6": ("marketCap", True),
    "marketCapBelow1e6": ("marketCap", False),
    "changePercAbove": ("changePerc", True),
    "changePercBelow": ("changePerc", False),
}
KINDS = {"CORP": "COMMON", "ETF": "ETF", "ADR": "ADR", "REIT": "REIT", "ETN": "ETN"}
BUILT_IN = {"above_price": "priceAbove", "below_price": "priceBelow", "above_volume": "volumeAbove"}
BUILT_IN |= {"cap_above": "marketCapAbove1e6", "cap_below": "marketCapBelow1e6"}


class ScanRefused(Exception):
    """The scan cannot be made; the message says why."""


def tags(text: str) -> dict[str, str]:
    """`priceAbove=2;volumeAbove=100000;` as names and values."""
    pairs = (word.partition("=") for word in text.split(";") if word)
    return {name: value for name, _, value in pairs}


def chosen(
    stocks: Iterable[Instrument], code: str, filters: dict[str, str], now: int
) -> list[Instrument]:
    """Best first. Raises ScanRefused."""
    measure = CODES.get(code)
    if measure is None:
        raise ScanRefused(f"Scan code {code} is not known")
    found = list(stocks)
    for name, value in filters.items():
        found = [stock for stock in found if _passes(stock, name, value, now)]
    return sorted(found, key=lambda stock: (-measure(stock, now), stock.symbol))


def _passes(stock: Instrument, name: str, value: str, now: int) -> bool:
    if name == "stkTypes":
        return _kind_passes(stock, value)
    if name not in FILTERS:
        raise ScanRefused(f"Scanner filter {name} is disabled")
    measure, lower = FILTERS[name]
    try:
        bound = float(value)
    except ValueError:
        raise ScanRefused(f"Scanner filter {name} has the value {value}") from None
    seen = MEASURES[measure](stock, now)
    return seen >= bound if lower else seen <= bound


def _kind_passes(stock: Instrument, value: str) -> bool:
    for word in value.split(","):
        mode, _, kind = word.partition(":")
        if mode not in ("inc", "exc") or kind not in KINDS:
            raise ScanRefused(f"Scanner filter stkTypes has the value {value}")
        if (stock.info.stock_class == KINDS[kind]) != (mode == "inc"):
            return False
    return True


def parameters() -> str:
    """The XML that lists codes, places and filters."""
    codes = "".join(
        f"<ScanType><displayName>{code}</displayName><scanCode>{code}</scanCode>"
        "<instruments>STK</instruments></ScanType>"
        for code in CODES
    )
    places = "".join(
        f"<Location><displayName>{place}</displayName><locationCode>{place}</locationCode>"
        "<instruments>STK</instruments></Location>"
        for place in LOCATIONS
    )
    names = "".join(
        f"<AbstractField><code>{name}</code></AbstractField>" for name in (*FILTERS, "stkTypes")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ScanParameterResponse>'
        "<InstrumentList><Instrument><name>US Stocks</name><type>STK</type></Instrument>"
        f"</InstrumentList><LocationTree>{places}</LocationTree>"
        f"<ScanTypeList>{codes}</ScanTypeList><FilterList>{names}</FilterList>"
        "</ScanParameterResponse>"
    )


def rows(stocks: list[Instrument], most: int) -> list[tuple[object, ...]]:
    """As the protocol sends them."""
    return [
        (rank, s.con_id, s.symbol, "STK", "", "0", "", "SMART", "USD", s.symbol, "NMS", "NMS",
         "", "", px_text(s.last), "")
        for rank, s in enumerate(stocks[:most])
    ]  # fmt: skip
