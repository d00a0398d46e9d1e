"""In which order the symbols stand on the screen."""

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import S1

EVERY_NS = 5 * S1  # session time between two orders when nothing else calls for one
LOOKS = 25  # symbols that are scored in one call: 500 of them take 20 calls
POINT_E4 = 10_000
FIRST, WAITING, LAST = 0, 1, 2

Key = tuple[int, int]  # class of the symbol, whole points negated


class Order:
    """Cards in order of appearance, open trades, then symbols with a valid book by score in whole
    points, then those that wait (cool-off, no valid book), last the halted and quarantined; ties
    by ticker.

    Scoring a symbol costs time, so every call scores `LOOKS` of them in turn and keeps what it
    found: with 500 symbols at 10 calls a second a score in the order is at most 2 s old. The
    order is made anew every 5 s of session time, when a card or trade appears or ends, when a
    symbol is declared, and when the first round of scores is complete."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._tickers: tuple[str, ...] = ()
        self._front: tuple[str, ...] = ()
        self._made_ts = 0
        self._next = 0  # the symbol whose turn it is
        self._scored = 0  # symbols with a score in the last order

    @property
    def current(self) -> tuple[str, ...]:
        """The order that was given last; empty before."""
        return self._tickers

    def tickers(self, engine: Engine, now: int) -> tuple[str, ...]:
        """Every ticker in order. now: event time shown, ns. The same object until it changes."""
        self._look(engine, now)
        front = _front(engine)
        complete = len(self._keys) == len(engine.by_ticker)
        if (
            front != self._front
            or len(self._tickers) != len(engine.by_ticker)
            or (complete and self._scored < len(self._keys))
            or not 0 <= now - self._made_ts < EVERY_NS
        ):
            self._make(engine, front, now)
        return self._tickers

    def _look(self, engine: Engine, now: int) -> None:
        scorer = engine.scorer(engine.acting)
        symbols = list(engine.by_ticker.values())
        for _ in range(min(LOOKS, len(symbols))):
            if self._next >= len(symbols):
                self._next = 0
            symbol = symbols[self._next]
            self._keys[symbol.ticker] = _key(engine, scorer, symbol, max(now, symbol.last_ts))
            self._next += 1

    def _make(self, engine: Engine, front: tuple[str, ...], now: int) -> None:
        unknown = (WAITING, 0)
        rest = sorted(
            (self._keys.get(ticker, unknown), ticker)
            for ticker in engine.by_ticker
            if ticker not in front
        )
        known = [ticker for ticker in front if ticker in engine.by_ticker]
        made = (*known, *(ticker for _, ticker in rest))
        if made != self._tickers:
            self._tickers = made
        self._front, self._made_ts, self._scored = front, now, len(self._keys)


def _front(engine: Engine) -> tuple[str, ...]:
    """Tickers with a card, then those with an open trade, each once."""
    state = engine.acting.state
    cards = [pending.ticker for pending in state.pendings.values()]
    return tuple(dict.fromkeys(cards + [trade.ticker for trade in state.trades.values()]))


def _key(engine: Engine, scorer: Scorer, s: Symbol, t: int) -> Key:
    if s.halted or s.halts.quarantined(t) or s.flash.quarantined(t, s.tape):
        return LAST, 0
    if not s.last_ts or s.reason(t) or engine.acting.cooloff_ends(s.ticker, t) is not None:
        return WAITING, 0
    return FIRST, -((scorer.score(s, t) + POINT_E4 // 2) // POINT_E4)
