"""What the acting profile has decided today, counted from the decisions themselves."""

from collections import Counter
from typing import Any

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine

COUNTED = ("near", "signal", "reject", "suppress")
BLOCKED = ("near", "reject", "suppress")  # kinds whose reasons are what was in the way
STATES = frozenset({*COUNTED, "idle"})


class Tally:
    """kinds: decisions of each kind of COUNTED; reasons: how often each code stood in the way: a
    rule without points at a `near`, what stood against a score that was enough; since: ticker ->
    when its state (near, rejected ...) began. All of the acting lane. Every decision is looked at
    once; where the engine began anew or went back, all are looked at again."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.since: dict[str, int] = {}
        self._seen: tuple[int, Decision | None] = (0, None)

    def look(self, engine: Engine) -> None:
        """Take in what is new."""
        history, (n, last) = engine.history, self._seen
        if len(history) < n or (n and history[n - 1] is not last):
            self._clear()
            n = 0
        acting = engine.acting.profile.name
        for d in history[n:]:
            if d.profile == acting and d.kind in STATES:
                self._count(d)
        self._seen = len(history), history[-1] if history else None

    def _count(self, d: Decision) -> None:
        self.since[d.ticker] = d.ts
        if d.kind in COUNTED:
            self.kinds[d.kind] += 1
        if d.kind in BLOCKED:
            self.reasons.update(d.reasons)

    def top(self, count: int) -> list[tuple[str, int]]:
        """The commonest codes, ties by name."""
        return sorted(self.reasons.items(), key=lambda pair: (-pair[1], pair[0]))[:count]

    def body(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return {
            **{kind: self.kinds[kind] for kind in COUNTED},
            "reasons": dict(sorted(self.reasons.items())),
        }
