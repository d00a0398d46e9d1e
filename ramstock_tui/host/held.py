"""HELD and SINCE of the score pane: since when each rule has been true, as far as can be told."""

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.held import Spell, spell
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import S1

EXACT, AT_LEAST, SEEN = "", "≥", "~"  # what is said before the time
LOOKS_NS = S1  # of a rule that is looked at more rarely nobody knows that it stayed true

Since = tuple[int, str]


class Held:
    """Since when the rules of the symbol on screen give points: (ns, mark), None = they do not.

    What the engine keeps tells it exactly, or that a rule was true by an instant (AT_LEAST); then
    an earlier look that knew more still holds. The rest is true since it was first seen so (SEEN).
    """

    def __init__(self) -> None:
        self._of: tuple[Engine | None, str, str] = (None, "", "")
        self._at = 0
        self._known: dict[int, Since] = {}

    def look(
        self, engine: Engine, lane: Lane, s: Symbol, t: int, ev: Evaluation
    ) -> tuple[Since | None, ...]:
        """One for each rule of the lane; ev: its evaluation of the symbol at t."""
        of = engine, lane.profile.name, s.ticker
        if of != self._of or t < self._at:
            self._of, self._known = of, {}
        known: dict[int, Since] = {}
        rules = zip(lane.profile.rules, ev.parts, strict=True)
        for i, (step, (_, _, _, points)) in enumerate(rules):
            if points > 0:
                found = spell(s, t, step, lane.profile)
                known[i] = self._since(found, self._known.get(i), t)
        self._at, self._known = t, known
        return tuple(known.get(i) for i in range(len(ev.parts)))

    def _since(self, found: Spell | None, before: Since | None, t: int) -> Since:
        if found is None:
            return before if before and t - self._at <= LOOKS_NS else (t, SEEN)
        if found.exact:
            return found.since, EXACT
        if before and found.since <= self._at:
            return before
        return found.since, AT_LEAST
