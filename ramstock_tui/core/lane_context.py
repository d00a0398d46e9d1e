"""The engine as a lane sees it."""

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine_state import EngineState
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol


class LaneContext:
    """What a lane may ask the engine."""

    __slots__ = ("_engine", "_scorer")

    def __init__(self, engine: EngineState, scorer: Scorer) -> None:
        self._engine = engine
        self._scorer = scorer

    @property
    def seq(self) -> int:
        """Number of the last input."""
        return self._engine.seq

    @property
    def link_ts(self) -> int:
        """Newest market record of any symbol or answer of the broker (N-18), ns."""
        return max(self._engine.link_ts, self._engine.alive_ts)

    def emit(self, decision: Decision) -> None:
        """Number and publish a decision."""
        self._engine.emit(decision)

    def view(self, ticker: str) -> Symbol | None:
        """The symbol as it is now, None when it is not declared (yet)."""
        return self._engine.by_ticker.get(ticker)

    def evaluate(self, ticker: str, t: int) -> Evaluation:
        """The full decision on a symbol at t."""
        return self._scorer.evaluate(self._engine.by_ticker[ticker], t)

    def below(self, ticker: str, t: int) -> Evaluation:
        """What the ledger keeps of a symbol below the threshold."""
        return self._scorer.below(self._engine.by_ticker[ticker], t)
