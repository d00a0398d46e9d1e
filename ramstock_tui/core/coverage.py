"""What was watched when: each symbol deep, on a level-1 line only, or not at all."""

from typing import NamedTuple

NONE, PROBE, DEEP = 0, 1, 2
KEPT = 4_096  # changes kept of one symbol


class Watch:
    """One symbol. spells: (since, state), oldest first; the sums hold what lies before `since`."""

    __slots__ = ("deep", "line", "since", "spells", "state", "times")

    def __init__(self, since: int) -> None:
        self.since = since
        self.state = NONE
        self.line = self.deep = False
        self.times = [0, 0, 0]  # ns in each state, up to `since`
        self.spells: list[tuple[int, int]] = [(since, NONE)]

    def at(self, t: int) -> tuple[int, int, int]:
        """(not at all, line only, deep), ns, up to t."""
        now = list(self.times)
        now[self.state] += max(0, t - self.since)
        return now[NONE], now[PROBE], now[DEEP]

    def change(self, t: int, blind: bool) -> None:
        """Line, slot or the feed as a whole may have changed."""
        state = NONE if blind else DEEP if self.deep else PROBE if self.line else NONE
        if state == self.state:
            return
        self.times[self.state] += max(0, t - self.since)
        self.state, self.since = state, t
        self.spells.append((t, state))
        if len(self.spells) > KEPT:
            del self.spells[: KEPT // 2]


class Share(NamedTuple):
    """Of all symbols together, ns: deep, on a line only, not watched. Their sum is the number of
    symbols times the time since each was declared."""

    deep: int
    probe: int
    none: int

    @property
    def deep_bp(self) -> int:
        """Share of deep time, 1/10,000."""
        return 10_000 * self.deep // max(1, sum(self))


class Coverage:
    """All symbols of a session, by their id. blind: the whole feed is suspended."""

    def __init__(self) -> None:
        self.watches: dict[int, Watch] = {}
        self.blind = False

    def declare(self, t: int, sym: int) -> None:
        """A symbol exists from t on."""
        self.watches.setdefault(sym, Watch(t))

    def line(self, t: int, sym: int, on: bool) -> None:
        """Its level-1 line."""
        self._of(t, sym).line = on
        self._of(t, sym).change(t, self.blind)

    def deep(self, t: int, sym: int, on: bool) -> None:
        """Its depth slot."""
        self._of(t, sym).deep = on
        self._of(t, sym).change(t, self.blind)

    def lost(self, t: int, sym: int) -> None:
        """Its connection: line and slot are gone."""
        watch = self._of(t, sym)
        watch.line = watch.deep = False
        watch.change(t, self.blind)

    def feed(self, t: int, blind: bool) -> None:
        """The feed as a whole fails or comes back."""
        if blind != self.blind:
            self.blind = blind
            for watch in self.watches.values():
                watch.change(t, blind)

    def share(self, t: int) -> Share:
        """Sums over all symbols up to t."""
        times = [watch.at(t) for watch in self.watches.values()]
        return Share(*(sum(each[state] for each in times) for state in (DEEP, PROBE, NONE)))

    def forget(self, t: int) -> None:
        """The host died: nothing was watched from then on until it is said again."""
        self.blind = False
        for sym in self.watches:
            self.lost(t, sym)

    def _of(self, t: int, sym: int) -> Watch:
        return self.watches.setdefault(sym, Watch(t))
