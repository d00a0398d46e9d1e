"""What is recorded of the stocks besides their market: their numbers, contracts and headlines."""

from collections.abc import Callable

import msgspec
from ib_async.contract import ContractDetails

from ramstock_tui.core import records as r
from ramstock_tui.core.records import LAST, Headline, RefData, Row, SymbolInfo
from ramstock_tui.feeds.ibkr.instrument import Stock
from ramstock_tui.feeds.ibkr.spec import Known
from ramstock_tui.plain import clean

TEXT_MOST = 1_000


class Symbols:
    """known: symbols that the session declared, by ticker; new ones are added. clock: session time,
    ns. put: takes the rows of an instant and their blob."""

    def __init__(
        self,
        known: dict[str, Known],
        clock: Callable[[], int],
        put: Callable[[int, list[Row], bytes], None],
    ) -> None:
        self._known = known
        self._next_sym = 1 + max((each.sym for each in known.values()), default=0)
        self._clock = clock
        self._put = put

    def declare(self, stock: Stock, details: ContractDetails) -> None:
        """A contract is known: the symbol gets its number, once in a session."""
        if stock.sym:
            return
        known = self._known.get(stock.ticker)
        if known is not None:
            stock.sym, stock.tick_e4 = known.sym, known.tick_e4
            return
        stock.sym, self._next_sym = self._next_sym, self._next_sym + 1
        contract = details.contract
        info = SymbolInfo(
            ticker=stock.ticker,
            tick_e4=stock.tick_e4,
            exchange="" if contract is None else clean(contract.primaryExchange, 20),
            con_id=0 if contract is None else contract.conId,
            stock_class=clean(details.stockType, 20) or "COMMON",
        )
        self._known[stock.ticker] = Known(stock.sym, info.con_id, stock.tick_e4)
        sector = clean(" / ".join(filter(None, (details.industry, details.category))), 80)
        self._declare(stock.sym, r.SYMBOL, msgspec.msgpack.encode(info))
        self._declare(stock.sym, r.REFDATA, msgspec.msgpack.encode(RefData(sector=sector)))

    def _declare(self, sym: int, kind: int, blob: bytes) -> None:
        ts = self._clock()
        self._put(ts, [(ts, sym, kind, LAST, 0, 0, len(blob))], blob)

    def headline(self, stock: Stock, provider: str, article: str, text: str) -> str:
        """Record a headline of a stock; the words for the log, "" = the stock is not declared."""
        if not stock.sym:
            return ""
        words = clean(text, TEXT_MOST)
        line = Headline(clean(provider, 20), clean(article, 60), words)
        self._declare(stock.sym, r.HEADLINE, msgspec.msgpack.encode(line))
        return f"news {line.provider}: {words}"
