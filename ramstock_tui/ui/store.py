"""What the cockpit knows: the newest slices, when each came, and what the host last said.

All times that end in `_mono` are ns of the cockpit's own monotonic clock.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec

from ramstock_tui.link.schema import (
    SLICES,
    Beat,
    Card,
    CoverageView,
    Frame,
    FunnelView,
    HeatmapView,
    LadderView,
    LanesView,
    LimitsView,
    LogView,
    PendingView,
    ScoreView,
    Status,
    SymbolsView,
    TapeView,
    TimelineView,
    UniverseRow,
    UniverseView,
    WhyView,
)

RUNNING = ("OPEN", "ORDER")  # labels of trades that are not over
SILENT_NS = 500_000_000  # no Beat and no Frame for so long: nothing on screen counts as current


class Held(NamedTuple):
    """One slice: version, value, engine time of its frame, and when it came."""

    version: int
    value: Any
    engine_ts: int
    came_mono: int


@dataclass(frozen=True)
class Now:
    """The moment a picture is made for. now_ts: engine time, estimated from the newest message.
    silent_ns: how long the host has been silent, None below the limit. replay: market time does
    not run with ours. frozen: the operator holds the view."""

    mono: int
    now_ts: int
    silent_ns: int | None
    replay: bool
    frozen: bool = False


class Store:
    """Merged slices. Frames that arrive twice or late change nothing."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}
        self.rows: dict[str, UniverseRow] = {}  # of the newest universe slice, by ticker
        self.frame_n = 0
        self.engine_ts = 0
        self.heard_mono: int | None = None
        self.ended = ""  # why there is no host any more, "" while there is one

    def on_frame(self, frame: Frame, mono: int) -> frozenset[str]:
        """Merge; the ids of the slices that changed. Unknown ids are ignored."""
        self._heard(frame.engine_ts if frame.n >= self.frame_n else self.engine_ts, mono)
        self.frame_n = max(self.frame_n, frame.n)
        changed: set[str] = set()
        for key, (version, value) in frame.slices.items():
            old = self.held.get(key)
            if key in SLICES and (old is None or version > old.version):
                typed = msgspec.convert(value, SLICES[key])  # from a socket: plain lists
                self.held[key] = Held(version, typed, frame.engine_ts, mono)
                changed.add(key)
        if "universe" in changed and self.universe is not None:
            self.rows = {row.ticker: row for row in self.universe.rows}
        return frozenset(changed)

    def on_beat(self, beat: Beat, mono: int) -> None:
        self._heard(beat.engine_ts, mono)

    def restart(self) -> None:
        """A new host speaks: its versions and frame numbers start again."""
        self.held.clear()
        self.rows = {}
        self.frame_n = self.engine_ts = 0

    def _heard(self, engine_ts: int, mono: int) -> None:
        back = self.status is not None and self.status.mode == "replay"  # it may jump back
        self.engine_ts = engine_ts if back else max(self.engine_ts, engine_ts)
        self.heard_mono = mono
        self.ended = ""

    def now(self, mono: int) -> Now:
        """Engine time goes on with our clock since the last message, except in a replay, where it
        stands until the host speaks (its speed is not ours)."""
        quiet = 0 if self.heard_mono is None else max(0, mono - self.heard_mono)
        replay = self.status is not None and self.status.mode == "replay"
        silent = quiet if self.heard_mono is not None and quiet > SILENT_NS else None
        on = 0 if replay and silent is None else quiet
        return Now(mono, self.engine_ts + on, silent, replay)

    def age_ns(self, slice_id: str, age_ns: int | None, now: Now) -> int | None:
        """An age inside a slice as it stands now: engine age + time since its frame."""
        held = self.held.get(slice_id)
        if age_ns is None or held is None:
            return None
        if now.replay:
            return age_ns + max(0, now.now_ts - held.engine_ts)
        return age_ns + max(0, now.mono - held.came_mono)

    def copy(self) -> "Store":
        """A second store with the same contents, for a frozen view."""
        twin = Store()
        twin.held, twin.rows = dict(self.held), self.rows
        twin.frame_n, twin.engine_ts = self.frame_n, self.engine_ts
        twin.heard_mono, twin.ended = self.heard_mono, self.ended
        return twin

    def _value(self, slice_id: str) -> Any:
        held = self.held.get(slice_id)
        return None if held is None else held.value

    @property
    def status(self) -> Status | None:
        return self._value("status")  # type: ignore[no-any-return]

    @property
    def tickers(self) -> tuple[str, ...]:
        """Every symbol in the host's order, none before the host has named them."""
        view: SymbolsView | None = self._value("symbols")
        return () if view is None else view.tickers

    @property
    def funnel(self) -> FunnelView | None:
        """The newest universe; None before the first, and in sessions that have none."""
        return self._value("funnel")  # type: ignore[no-any-return]

    @property
    def universe(self) -> UniverseView | None:
        return self._value("universe")  # type: ignore[no-any-return]

    @property
    def coverage(self) -> CoverageView | None:
        return self._value("coverage")  # type: ignore[no-any-return]

    @property
    def ladder(self) -> LadderView | None:
        return self._value("ladder")  # type: ignore[no-any-return]

    @property
    def heatmap(self) -> HeatmapView | None:
        return self._value("heatmap")  # type: ignore[no-any-return]

    @property
    def tape(self) -> TapeView | None:
        return self._value("tape")  # type: ignore[no-any-return]

    @property
    def score(self) -> ScoreView | None:
        return self._value("score")  # type: ignore[no-any-return]

    @property
    def lanes(self) -> LanesView | None:
        return self._value("lanes")  # type: ignore[no-any-return]

    @property
    def why(self) -> WhyView | None:
        return self._value("why")  # type: ignore[no-any-return]

    @property
    def limits(self) -> LimitsView | None:
        return self._value("limits")  # type: ignore[no-any-return]

    @property
    def pending(self) -> PendingView | None:
        return self._value("pending")  # type: ignore[no-any-return]

    @property
    def log(self) -> LogView | None:
        return self._value("log")  # type: ignore[no-any-return]

    @property
    def timeline(self) -> TimelineView | None:
        """Of a replay that can jump."""
        return self._value("timeline")  # type: ignore[no-any-return]

    @property
    def cards(self) -> tuple[Card, ...]:
        return () if self.pending is None else self.pending.cards

    def trading(self) -> dict[str, str]:
        """{ticker: `PENDING`, `ORDER` or `OPEN`} of cards, orders and trades that are not over."""
        pending = self.pending
        if pending is None:
            return {}
        found = {row.ticker: row.label for row in pending.last if row.label in RUNNING}
        return found | {c.ticker: "PENDING" for c in pending.cards if c.state == "pending"}

    def open_items(self) -> tuple[int, int]:
        """(cards that wait for a decision, trades that run or wait for their fill)."""
        pending = self.pending
        if pending is None:
            return 0, 0
        waiting = sum(card.state == "pending" for card in pending.cards)
        return waiting, sum(row.label in RUNNING for row in pending.last)


def frozen(now: Now) -> Now:
    return replace(now, frozen=True)
