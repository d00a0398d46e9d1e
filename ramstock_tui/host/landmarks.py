"""The decisions of a replay as places to go to, and the time line that shows them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ramstock_tui.core.decisions import Decision
from ramstock_tui.host import words
from ramstock_tui.link import schema as m

BINS = 400  # at most one mark of a kind in each: the widest screen has fewer cells
OTHER = "other"


class Landmarks:
    """Decisions that the log shows, in order of time, as far as they are known."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self._major: list[int] = []
        self._decisions: list[Decision] = []
        self._marks: tuple[tuple[int, str], ...] = ()
        self._made_of: tuple[int, int, int] = (0, 0, 0)

    def add(self, decisions: Sequence[Decision], acting: str) -> None:
        """More of them, none earlier than those before. acting: the profile that trades."""
        for decision in decisions:
            if words.shown(decision):
                self.times.append(decision.ts)
                self._decisions.append(decision)
                if mark(decision) != OTHER and decision.profile in ("", acting):
                    self._major.append(decision.ts)

    def beyond(self, ts: int, by: int, major: bool) -> int | None:
        """Time of the next (+1) or previous (-1) one after or before ts, None when there is none.
        major: only alerts, fills, outcomes, locks and halts."""
        times = self._major if major else self.times
        at = bisect_right(times, ts) if by > 0 else bisect_left(times, ts) - 1
        return times[at] if 0 <= at < len(times) else None

    def place(self, ts: int) -> tuple[int, int]:
        """(how many there are up to ts, how many in all)."""
        return bisect_right(self.times, ts), len(self.times)

    def next(self, ts: int) -> Decision | None:
        """The first one after ts."""
        at = bisect_right(self.times, ts)
        return self._decisions[at] if at < len(self._decisions) else None

    def marks(self, start: int, end: int) -> tuple[tuple[int, str], ...]:
        """(time, kind), at most `BINS` of a kind over the session; the same object until there are
        more."""
        made_of = (len(self.times), start, end)
        if made_of != self._made_of:
            bin_ns = max(1, (end - start) // BINS)
            seen: dict[tuple[int, str], int] = {}
            for decision in self._decisions:
                seen.setdefault(((decision.ts - start) // bin_ns, mark(decision)), decision.ts)
            self._marks = tuple((ts, kind) for (_, kind), ts in seen.items())
            self._made_of = made_of
        return self._marks


def mark(decision: Decision) -> str:
    """What the time line calls it: `alert`, `fill`, `win`, `loss`, `lock`, `halt` or `other`."""
    if decision.body.get("shadow"):
        return OTHER
    if decision.kind == "outcome":
        return "win" if (decision.body.get("net_e4") or 0) > 0 else "loss"
    return _MARKS.get(decision.kind, OTHER)


_MARKS = {"signal": "alert", "fill": "fill", "lock": "lock", "pause": "lock", "halt": "halt"}


def view(
    marks: Landmarks,
    now: int,
    bounds: tuple[int, int],
    known_ts: int,
    gaps: Sequence[tuple[int, int]],
    seek: tuple[int, int] | None,
) -> m.TimelineView:
    """The slice. seek: (target, per cent done) while the replay is on its way."""
    after = marks.next(now)
    return m.TimelineView(
        start_ts=bounds[0],
        end_ts=bounds[1],
        known_ts=known_ts,
        marks=marks.marks(*bounds),
        gaps=tuple(gaps),
        place=marks.place(now),
        next_ts=None if after is None else after.ts,
        next_text="" if after is None else f"{after.ticker} {words.log_text(after)}".strip(),
        seek=seek,
    )
