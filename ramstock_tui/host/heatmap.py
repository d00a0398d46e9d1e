"""The last minute of a symbol's book, prints and what the engine found in them, for the screen."""

from collections.abc import Iterator

from ramstock_tui.core import offers
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.minute import SECONDS, Picture, top, traded
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import S1
from ramstock_tui.host import rows, words
from ramstock_tui.link import schema as m

SPAN_NS = SECONDS * S1
# rejection -> its mark in the picture, and whether it is one of the bid side
MARKS = {
    "replenish": ("R", False),
    "refill": ("R", False),
    "iceberg": ("I", False),
    "spoof": ("P", False),
    "flash": ("F", True),
    "flash_hold": ("F", True),
    "fake_wall": ("F", True),
}
EATEN = "A"


class Heatmap:
    """See above. An ask that refills marks the seconds in which somebody looked; nothing is kept of
    it otherwise."""

    def __init__(self) -> None:
        self._of: tuple[Engine | None, str] = (None, "")
        self._at = 0
        self._refilled: set[int] = set()  # seconds, by the whole second that ends them

    def view(
        self, engine: Engine, s: Symbol, t: int, vwap_e4: int | None, lost: str = ""
    ) -> m.HeatmapView:
        """Of the symbol at t, by the rules of the acting profile. The engine must have been made
        with `observe=True`: else the minute is empty. lost: why nothing comes for it, "" = it may.
        """
        s.sample(t)
        last = t // S1
        self._look(engine, s, t)
        kept = [None] * SECONDS if s.minute is None else s.minute.columns(last)
        past = enumerate(kept[1:], last - SECONDS + 2)
        return m.HeatmapView(
            ticker=s.ticker,
            tick_e4=s.tick_e4,
            end_ts=last * S1,
            columns=(*(self._column(second, found) for second, found in past), self._now(s, t)),
            events=_events(engine, s, t),
            eaten=offers.eaten(s, t),
            steady=offers.no_flash(s, t),
            rule=engine.acting.profile.heatmap,
            reason=lost or s.reason(t),
            vwap_e4=vwap_e4,
        )

    def _look(self, engine: Engine, s: Symbol, t: int) -> None:
        if (engine, s.ticker) != self._of or t < self._at:
            self._of, self._refilled = (engine, s.ticker), set()
        self._at = t
        if _refills(s, t):
            self._refilled = {u for u in self._refilled if u > t // S1 - SECONDS} | {-(-t // S1)}

    def _column(self, second: int, found: Picture | None) -> m.HeatColumn | None:
        return None if found is None else m.HeatColumn(*found, second in self._refilled)

    def _now(self, s: Symbol, t: int) -> m.HeatColumn | None:
        """The running second."""
        if not s.form:
            return None
        last = t // S1
        prints = s.tape.prints[s.tape.index(last * S1) : s.tape.index(t)]
        sides = top(s.book.bid_sizes, s.book.ask_sizes)
        return m.HeatColumn(*sides, traded(prints), last + 1 in self._refilled)


def _refills(s: Symbol, t: int) -> bool:
    """N-14 at this moment, whatever the score."""
    return not s.reason(t) and s.flow.replenishes(t)


def _events(engine: Engine, s: Symbol, t: int) -> tuple[m.HeatEvent, ...]:
    """The newest first: flash walls, an eaten ask, and signals that were rejected for what the book
    did, each once a second; what would reject one now."""
    found = [*_now_against(engine, s, t), *_flashes(s, t), *_eaten(s, t), *_rejected(engine, s, t)]
    once: dict[tuple[int, str], m.HeatEvent] = {}
    for event in sorted(found, key=lambda each: -each.ts):
        once.setdefault((event.ts // S1, event.text.partition(" ")[0]), event)
    return tuple(once.values())


def _flashes(s: Symbol, t: int) -> Iterator[m.HeatEvent]:
    for gone in s.flash.gone:
        if gone.ts > t - SPAN_NS and gone.is_flash(t, s.tape):
            yield m.HeatEvent(gone.rose, gone.px, MARKS["flash"][0], f"flash wall {gone.drop:,}")


def _eaten(s: Symbol, t: int) -> Iterator[m.HeatEvent]:
    if s.asks is not None and s.asks.eaten_ts > t - SPAN_NS and s.asks.eaten_ts:
        yield m.HeatEvent(s.asks.eaten_ts, s.asks.eaten_px, EATEN, "absorbed: the ask was eaten")


def _rejected(engine: Engine, s: Symbol, t: int) -> Iterator[m.HeatEvent]:
    profile = engine.acting.profile.name
    for d in reversed(engine.history):
        if d.ts <= t - SPAN_NS:
            return
        if d.kind == "reject" and d.ticker == s.ticker and d.profile == profile:
            yield from _of(d)


def _of(d: Decision) -> Iterator[m.HeatEvent]:
    readings = d.info.get("readings", {})
    for code in d.reasons:
        if code in MARKS:
            mark, bid = MARKS[code]
            said = words.log_text(d).partition(": ")[2] if len(d.reasons) == 1 else ""
            px = readings.get("bid" if bid else "ask", 0)
            yield m.HeatEvent(d.ts, px, mark, said or words.reason_words((code,)))


def _now_against(engine: Engine, s: Symbol, t: int) -> Iterator[m.HeatEvent]:
    """An ask that refills."""
    if _refills(s, t):
        said = rows.gate_detail("replenish", s, engine.acting, t)
        yield m.HeatEvent(t, s.ask, MARKS["replenish"][0], said)
