"""The depth slots of one endpoint: ranks from the engine's estimates, changes to the broker."""

from typing import Protocol

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.estimate import estimate
from ramstock_tui.core.slots import SlotPlan
from ramstock_tui.feeds.ibkr.endpoint import Line
from ramstock_tui.feeds.ibkr.instrument import Stock

S1 = 1_000_000_000
SETTLE_NS = 3 * S1  # after every line told its quote: who is busy shows, then slots are given
SETTLE_MOST_NS = 12 * S1  # ... however many lines tell nothing
STEP_NS = S1
MEASURED_NS = 120 * S1  # so long the outcome of an unconfirmed signal keeps a slot
RATE_MOST = 600  # trades a minute that count: up to one point
NEAR_E4 = 20_000  # what a symbol near a signal is worth more than its estimate
NEVER = 1 << 62


class Log(Protocol):
    def say(self, ticker: str, text: str, level: str) -> None: ...


class Slots:
    """plan: who has a slot, and since when."""

    def __init__(self, line: Line) -> None:
        self.plan = SlotPlan()
        self._line = line
        self._from = self._told = 0  # session time of the first look, and when every line had told
        self._settled = False
        self._seen: dict[int, list[int]] = {}  # ranks of each while the lines settle
        self._next = 0

    def step(self, t: int, engine: Engine, log: Log) -> None:
        """Called about twice a second; changes at most once a second."""
        universe = engine.universe
        closed_for_new = universe is not None and not universe.promotes(t)  # X8
        stocks = {
            stock.sym: stock
            for stock in self._line.stocks
            if _can(stock) and (stock.wanted or not closed_for_new)
        }
        if t < self._next:
            return
        first = not self._settled
        self._settled = self._settled or self._settles(t, engine)
        if not self._settled:  # a dwell of 90 s begins: no slot is given before ranks mean anything
            held = engine.watched | self.plan.opened.keys()
            stocks = {sym: stock for sym, stock in stocks.items() if sym in held}
            if not stocks:
                return
        self._next = t + STEP_NS
        ranks = {sym: rank(engine, sym) for sym in stocks}
        if first and self._settled:  # a quote flickers: its mean says who is busy
            ranks = {sym: _mean(self._seen.get(sym, []), now) for sym, now in ranks.items()}
            self._seen.clear()
        busy, measured = _busy(engine), _measured(engine, t)
        for change in self.plan.step(t, ranks, busy, self._line.subs.slots, measured):
            closed = self._stock(change.closed)
            opened = self._stock(change.opened)
            if closed is not None:
                self._line.subs.close(closed)
            if opened is not None:
                self._line.subs.open(opened)
            left = "" if closed is None else f"{closed.ticker} → "
            ticker = opened.ticker if opened is not None else "no slot"
            about = opened or closed
            if about is not None:
                log.say(about.ticker, f"deep {left}{ticker}: {change.why}", "info")

    def _settles(self, t: int, engine: Engine) -> bool:
        """May the first slots be given: there are enough for all, or the lines told who is busy."""
        stocks = self._line.stocks
        if not stocks:
            return False  # the universe is not known yet
        self._from = self._from or t
        if len(stocks) <= self._line.subs.slots or t - self._from >= SETTLE_MOST_NS:
            return True
        for stock in stocks:
            if _quoted(engine, stock):
                self._seen.setdefault(stock.sym, []).append(rank(engine, stock.sym))
        if not self._told and all(stock.refused or _quoted(engine, stock) for stock in stocks):
            self._told = t
        return bool(self._told) and t - self._told >= SETTLE_NS

    def _stock(self, sym: int) -> Stock | None:
        return next((each for each in self._line.stocks if sym and each.sym == sym), None)


def rank(engine: Engine, sym: int) -> int:
    """Points x 10,000: the estimate under the acting profile, what the trades are worth, and more
    when a lane has it near a signal."""
    symbol = engine.symbols.get(sym)
    if symbol is None:
        return 0
    lane = engine.acting
    quote = symbol.level1
    found = estimate(lane.profile, quote) or 0
    found += min(quote.rate_min, RATE_MOST) * 10_000 // RATE_MOST
    if lane.state_of(sym) != "idle":
        found += NEAR_E4
    return found


def _busy(engine: Engine) -> set[int]:
    """Symbols with a card or an open trade of the acting lane."""
    state = engine.acting.state
    held = {card.ticker for card in state.pendings.values()}
    held |= {trade.ticker for trade in state.trades.values()}
    return {engine.by_ticker[ticker].sym for ticker in held if ticker in engine.by_ticker}


def _measured(engine: Engine, t: int) -> set[int]:
    """Symbols with a signal, of any lane, that is no older than MEASURED_NS and whose outcome is
    not known yet. It is no open trade (N-24), but without its book nobody can tell."""
    found: set[int] = set()
    for lane in engine.lanes:
        for trade in lane.state.shadows.values():
            if t - trade.created_ts < MEASURED_NS and trade.ticker in engine.by_ticker:
                found.add(engine.by_ticker[trade.ticker].sym)
    return found


def _mean(seen: list[int], now: int) -> int:
    return (sum(seen) + now) // (len(seen) + 1)


def _quoted(engine: Engine, stock: Stock) -> bool:
    symbol = engine.symbols.get(stock.sym)
    return symbol is not None and bool(symbol.level1.bid and symbol.level1.ask)


def _can(stock: Stock) -> bool:
    return bool(stock.sym) and stock.contract is not None and not stock.refused
