"""What a lane needs from the market half of the engine, and what it is told about one symbol."""

from typing import Any, Protocol

from ramstock_tui.core.decisions import Decision


class MarketView(Protocol):
    """One symbol as a lane sees it. Prices 1/10,000 USD, sizes shares, times ns.

    bid, ask: best prices, 0 while that side is empty. bid_size, ask_size: displayed there.
    last_ts: newest record of any kind of this symbol, 0 before the first.
    """

    @property
    def sym(self) -> int: ...
    @property
    def ticker(self) -> str: ...
    @property
    def tick_e4(self) -> int: ...
    @property
    def bid(self) -> int: ...
    @property
    def ask(self) -> int: ...
    @property
    def bid_size(self) -> int: ...
    @property
    def ask_size(self) -> int: ...
    @property
    def last_ts(self) -> int: ...
    @property
    def halted(self) -> bool: ...

    def reason(self, t: int) -> str:
        """Why the book is not valid at t (D-00), "" when it is."""
        ...

    def levels(self, bid_side: bool) -> list[tuple[int, int]]:
        """(price, displayed shares) of one side, best first."""
        ...

    def prints_in(self, t: int, window_ns: int) -> int:
        """Counted prints in (t - window_ns, t]."""
        ...


class Evaluation:
    """One full decision of a profile on one symbol.

    score_e4: score × 10,000. parts: (rule, value, need, points × 10,000). rejects: sorted codes of
    the gates and rejections against it, () = none. book_reason: as `MarketView.reason`.
    """

    __slots__ = ("book_reason", "parts", "readings", "rejects", "score_e4")

    def __init__(
        self,
        score_e4: int,
        rejects: tuple[str, ...] = (),
        book_reason: str = "",
        parts: list[tuple[str, Any, Any, int]] | None = None,
        readings: dict[str, Any] | None = None,
    ) -> None:
        self.score_e4 = score_e4
        self.rejects = rejects
        self.book_reason = book_reason
        self.parts = [] if parts is None else parts
        self.readings = {} if readings is None else readings


class Context(Protocol):
    """The engine as a lane sees it. seq: the last input. link_ts: newest record of any symbol."""

    @property
    def seq(self) -> int: ...
    @property
    def link_ts(self) -> int: ...

    def emit(self, decision: Decision) -> None:
        """Takes the decision and gives it its `i` within (seq, ts)."""
        ...

    def view(self, ticker: str) -> MarketView | None:
        """The symbol, None when it is not known (yet, after a restart)."""
        ...

    def evaluate(self, ticker: str, t: int) -> Evaluation:
        """The full decision on the newest state at t; score 0 when there is none."""
        ...

    def below(self, ticker: str, t: int) -> Evaluation:
        """Score, readings of the rules, and as rejects the rules without points: what the ledger
        keeps of a symbol that is below the threshold."""
        ...
