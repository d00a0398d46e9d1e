"""Which symbols have a depth slot: by rank, with dwell, hysteresis and cool-off (two tiers).

A slot is depth and every print of one symbol; the broker gives few. Nothing here knows of the
broker: ranks and limits come in, changes come out, and the caller records what became of them.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

S1 = 1_000_000_000
DWELL_NS = 90 * S1  # a slot stays with its symbol at least so long
COOL_NS = 120 * S1  # a symbol that lost one waits so long, unless somebody asks for it
LEAD_E4 = 10_000  # points by which a challenger must be ahead of the one it replaces
WAIT_E4 = 10_000  # points that a minute of waiting is worth, so that everything is looked at once
WAIT_MOST_E4 = 30_000
REQUEST_NS = 600 * S1  # a wish that could not be granted for so long is forgotten


class Change(NamedTuple):
    """closed, opened: symbol ids, 0 = none. why: words for the log."""

    closed: int
    opened: int
    why: str


class SlotPlan:
    """The slots of one endpoint. opened: symbol id -> when its slot was opened. Times are ns, ranks
    points x 10,000; a symbol without a rank cannot have a slot."""

    def __init__(self) -> None:
        self.opened: dict[int, int] = {}
        self._left: dict[int, int] = {}  # symbol -> when it lost its slot last
        self._wishes: dict[int, int] = {}  # symbol -> when it was asked for
        self._first: dict[int, int] = {}  # symbol -> when it was ranked first

    def request(self, t: int, sym: int) -> bool:
        """The operator wants this symbol; False when it has a slot already."""
        if sym in self.opened:
            return False
        self._wishes[sym] = t
        return True

    def drop(self, t: int, sym: int) -> None:
        """The slot is gone for a reason of its own: refused, or its symbol left."""
        if self.opened.pop(sym, None) is not None:
            self._left[sym] = t

    def clear(self) -> None:
        """The connection is gone and every slot with it; nobody lost one by that."""
        self.opened.clear()

    def step(
        self,
        t: int,
        ranks: Mapping[int, int],
        busy: Collection[int],
        capacity: int,
        measured: Collection[int] = (),
    ) -> list[Change]:
        """What changes at t. busy: symbols with something pending or open; they keep theirs.
        measured: those with the outcome of an unconfirmed signal; they give theirs only to a wish
        or to what is busy."""
        for sym in ranks:
            self._first.setdefault(sym, t)
        self._wishes = {s: at for s, at in self._wishes.items() if t - at < REQUEST_NS}
        changes = self._shrink(t, ranks, busy, capacity)
        while len(self.opened) < capacity:
            best = self._challenger(t, ranks, busy)
            if best is None:
                return changes
            changes.append(self._open(t, best, 0, self._reason(best)))
        swap = self._swap(t, ranks, busy, measured)
        return changes if swap is None else [*changes, swap]

    def next_swap_ns(self, t: int, busy: Collection[int]) -> int:
        """How long until a slot may change hands at the earliest."""
        ends = [at + DWELL_NS for sym, at in self.opened.items() if sym not in busy]
        return max(0, min(ends, default=t) - t)

    def _shrink(
        self, t: int, ranks: Mapping[int, int], busy: Collection[int], capacity: int
    ) -> list[Change]:
        changes = []
        for sym in [s for s in self.opened if s not in ranks]:
            self.drop(t, sym)
            changes.append(Change(sym, 0, "left the list"))
        while len(self.opened) > capacity:
            sym = min(self.opened, key=lambda s: (s in busy, ranks[s], -s))
            self.drop(t, sym)
            changes.append(Change(sym, 0, "fewer slots"))
        return changes

    def _challenger(self, t: int, ranks: Mapping[int, int], busy: Collection[int]) -> int | None:
        """Who waits with the best claim: what is pending or open, a wish, then by rank."""
        waiting = [sym for sym in ranks if sym not in self.opened]
        if not waiting:
            return None

        def claim(sym: int) -> tuple[bool, bool, bool, int, int, int]:
            wished, cooled = sym in self._wishes, self._cooled(t, sym)
            worth, waits = self._worth(t, sym, ranks[sym]), self._waited(t, sym)
            return sym in busy, wished, cooled, worth, waits, -sym

        return max(waiting, key=claim)

    def _swap(
        self,
        t: int,
        ranks: Mapping[int, int],
        busy: Collection[int],
        measured: Collection[int],
    ) -> Change | None:
        best = self._challenger(t, ranks, busy)
        if best is None:
            return None
        urgent = best in busy or best in self._wishes
        kept = busy if urgent else {*busy, *measured}
        free = [s for s, at in self.opened.items() if s not in kept and t - at >= DWELL_NS]
        if not free:
            return None
        worst = min(free, key=lambda sym: (ranks[sym], self.opened[sym], sym))
        if best not in busy and best not in self._wishes:
            ahead = self._worth(t, best, ranks[best]) >= ranks[worst] + LEAD_E4
            if not (ahead and self._cooled(t, best)):
                return None
        why = self._reason(best)
        self.drop(t, worst)
        return self._open(t, best, worst, why)

    def _open(self, t: int, sym: int, closed: int, why: str) -> Change:
        self.opened[sym] = t
        self._wishes.pop(sym, None)
        return Change(closed, sym, why)

    def _reason(self, sym: int) -> str:
        return "asked for" if sym in self._wishes else "rank"

    def _cooled(self, t: int, sym: int) -> bool:
        left = self._left.get(sym)
        return left is None or t - left >= COOL_NS

    def _worth(self, t: int, sym: int, rank: int) -> int:
        """The rank, and something for having waited."""
        return rank + min(self._waited(t, sym) * WAIT_E4 // (60 * S1), WAIT_MOST_E4)

    def _waited(self, t: int, sym: int) -> int:
        """Since it had a slot last, or was ranked first."""
        return t - max(self._left.get(sym, 0), self._first.get(sym, t))
