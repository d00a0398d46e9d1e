"""An engine that runs with a demo market, step by step."""

from collections import Counter
from collections.abc import Callable

from ramstock_tui.core import records as r
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Confirm, Row
from ramstock_tui.feeds import Feed
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from tests.core.sessions import blob_row, rules
from tests.session_writer import S, at, opened

START = at("09:31:00")
STEP_NS = S // 4


class Floor:
    """An engine, its market, and everything that the market said. wait_ns: how long after its
    signal each card is confirmed, None = never."""

    def __init__(self, wait_ns: int | None = None, **spec: int) -> None:
        self.market: Feed = DemoMarket(DemoSpec(start_ns=START, **spec))
        self.engine = Engine(rules())
        self.wait_ns = wait_ns
        self.answers: list[tuple[bool, str]] = []
        self.rows: list[Row] = []
        self._due: list[tuple[int, str, int]] = []
        session = opened(mode="demo", source="demo", allow_partial_vwap=True, phase=1)
        row, blob = blob_row(START, 0, r.SESSION, session)
        self._seq = self.engine.run(1, [row], blob)
        self.take(*self.market.begin(START))

    def take(self, rows: list[Row], blob: bytes) -> None:
        """Rows to the engine."""
        self.rows += rows
        self._seq = self.engine.run(self._seq, rows, blob)

    def run(self, until_s: int, look: Callable[[int], None] = lambda t: None) -> "Floor":
        """To so many seconds after the start. look: called after every step."""
        t = max(START, self.engine.link_ts)
        while t < START + until_s * S:
            t = min(t + STEP_NS, self._due[0][0] if self._due else t + STEP_NS)
            self.take(*self.market.rows(t))
            self.engine.tick(t)
            self._confirm(t)
            look(t)
        return self

    def seen(self, *kinds: str) -> list[Decision]:
        """Decisions of these kinds, in order."""
        return [decision for decision in self.engine.history if decision.kind in kinds]

    def second(self, decision: Decision) -> float:
        """When it was made, seconds after the start."""
        return (decision.ts - START) / S

    def trades(self) -> list[tuple[float, str]]:
        """(second, label) of the outcomes of confirmed cards."""
        outcomes = [d for d in self.seen("outcome") if d.body and not d.body["shadow"]]
        return [(self.second(d), d.body["label"]) for d in outcomes if d.body]

    def _confirm(self, t: int) -> None:
        for decision in self.engine.drain():
            if decision.kind == "signal" and self.wait_ns is not None and decision.body:
                due = decision.ts + self.wait_ns
                self._due.append((due, decision.body["id"], decision.body["version"]))
        while self._due and self._due[0][0] <= t:
            _, blueprint, version = self._due.pop(0)
            acted, words, _ = self.engine.command(self._seq, t, Confirm(blueprint, version))
            self.answers.append((acted, words))


def reasons(decisions: list[Decision]) -> Counter[str]:
    """How often each reason stands in them."""
    return Counter(reason for decision in decisions for reason in decision.reasons)
