"""Contracts of the stocks of one endpoint: asked for once, kept over connections.

The price step is that of the contract's market rule at the prices that are traded here (2 USD and
above), else the contract's smallest one.
"""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from ib_async.contract import Contract, ContractDetails
from ib_async.objects import PriceIncrement

from ramstock_tui.feeds.ibkr.instrument import Stock
from ramstock_tui.feeds.ibkr.pacer import Pacer
from ramstock_tui.feeds.ibkr.wire import Wire

AT_PRICE = Decimal(2)  # no stock below is watched
TICK_E4 = 100
TICK_MOST_E4 = 10_000
NO_SUCH = "no such stock: correct the ticker in universe.symbols"
ANSWER_S = 10.0  # for an answer; then it is asked for again
AGAIN_S = 60.0  # after a refusal: the security-definition farm may have been away


class Contracts:
    """declare: the contract of a stock is known; ready: it can be subscribed; tell: why it is not
    known. Times are seconds of the event loop."""

    def __init__(
        self,
        declare: Callable[[Stock, ContractDetails], None],
        ready: Callable[[Stock], None],
        tell: Callable[[Stock, str], None],
    ) -> None:
        self._declare = declare
        self._ready = ready
        self._tell = tell
        self._told: dict[Stock, str] = {}
        self._since: dict[Stock, float] = {}  # when it was asked for last
        self._asked: dict[int, tuple[Stock, list[ContractDetails]]] = {}
        self._rules: dict[int, int] = {}  # market rule -> tick, 1/10,000 USD
        self._waiting: dict[int, list[tuple[Stock, ContractDetails]]] = {}  # for a rule

    def due(self, stock: Stock, now: float) -> bool:
        """Is it to be asked for again: refused a while ago, or never answered?"""
        since = self._since.get(stock)
        return since is not None and now - since > (AGAIN_S if stock.refused else ANSWER_S)

    def ask(self, stock: Stock, wire: Wire, pacer: Pacer) -> None:
        """Ask for the contract, behind everything else."""

        def send() -> None:
            if stock.contract is not None:
                return
            self._since[stock] = asyncio.get_running_loop().time()
            number = wire.getReqId()
            self._asked[number] = (stock, [])
            wire.reqContractDetails(number, wanted(stock.ticker))

        self._since.pop(stock, None)
        pacer.bulk(send)

    def stop(self) -> None:
        """The connection is over; answers that are missing will not come."""
        self._asked.clear()
        self._waiting.clear()
        self._since.clear()

    def on_details(self, request: int, details: ContractDetails) -> None:
        """One contract that fits."""
        if request in self._asked:
            self._asked[request][1].append(details)

    def on_end(self, request: int, wire: Wire, pacer: Pacer) -> None:
        """All that fit are known."""
        if request not in self._asked:
            return
        stock, found = self._asked.pop(request)
        best = chosen(stock.ticker, found)
        if best is None:
            self._refused(stock, NO_SUCH)
            return
        rule = rule_of(best)
        if rule is None or rule in self._rules:
            self._known(stock, best, self._rules.get(rule or 0))
        elif rule in self._waiting:
            self._waiting[rule].append((stock, best))
        else:
            self._waiting[rule] = [(stock, best)]
            pacer.urgent(lambda: wire.reqMarketRule(rule))

    def on_rule(self, rule: int, increments: list[PriceIncrement]) -> None:
        """Price steps of a market rule."""
        tick = step(increments)
        if tick is not None:
            self._rules[rule] = tick
        self._settle(rule, tick)

    def give_up_rules(self) -> None:
        """Rules that nobody answered for: the contracts' own steps have to do."""
        for rule in list(self._waiting):
            self._settle(rule, None)

    def on_error(self, request: int, code: int, text: str) -> bool:
        """Was it about a contract?"""
        if request not in self._asked:
            return False
        stock, _ = self._asked.pop(request)
        self._refused(stock, NO_SUCH if code == 200 else f"no contract: {text} ({code})")
        return True

    def _refused(self, stock: Stock, why: str) -> None:
        stock.refused = why
        if self._told.get(stock) != why:
            self._told[stock] = why
            self._tell(stock, why)

    def _settle(self, rule: int, tick: int | None) -> None:
        for stock, details in self._waiting.pop(rule, []):
            self._known(stock, details, tick)

    def _known(self, stock: Stock, details: ContractDetails, tick: int | None) -> None:
        smallest = e4(details.minTick)
        stock.tick_e4 = tick or (smallest if 0 < smallest <= TICK_MOST_E4 else TICK_E4)
        found = details.contract
        stock.contract = wanted(stock.ticker)
        if found is not None:
            stock.contract.conId = found.conId
            stock.contract.primaryExchange = found.primaryExchange
            stock.contract.localSymbol = found.localSymbol
            stock.contract.tradingClass = found.tradingClass
        stock.refused = ""
        self._declare(stock, details)
        self._ready(stock)


def wanted(ticker: str) -> Contract:
    """The stock as it is asked for: any exchange, in USD."""
    return Contract(secType="STK", symbol=ticker, exchange="SMART", currency="USD")


def chosen(ticker: str, found: list[ContractDetails]) -> ContractDetails | None:
    """The stock among what was found; None when there is none."""
    for details in found:
        contract = details.contract
        if contract is None or contract.conId <= 0:
            continue
        if contract.symbol == ticker and contract.secType == "STK" and contract.currency == "USD":
            return details
    return None


def rule_of(details: ContractDetails) -> int | None:
    """Number of the market rule on SMART."""
    rules = details.marketRuleIds.split(",")
    exchanges = details.validExchanges.split(",")
    at = exchanges.index("SMART") if "SMART" in exchanges else 0
    number = rules[at].strip() if at < len(rules) else ""
    return int(number) if number.isdigit() and len(number) < 10 else None


def step(increments: list[PriceIncrement]) -> int | None:
    """Price step at AT_PRICE, 1/10,000 USD; None when the rule says none that can be."""
    below = [each for each in increments if Decimal(str(each.lowEdge)) <= AT_PRICE]
    if not below:
        return None
    tick = e4(max(below, key=lambda each: each.lowEdge).increment)
    return tick if 0 < tick <= TICK_MOST_E4 else None


def e4(value: float) -> int:
    """1/10,000 USD; 0 for what is no price."""
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) > 1_000_000:
        return 0
    return round(number * 10_000)
