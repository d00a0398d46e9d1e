"""The last minute of a symbol's book, prints and what the engine found in them, for the screen."""

from collections.abc import Iterator

from ramstock_tui.core import offers
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.minute import LEVELS, SECONDS, Picture, traded
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import S1
from ramstock_tui.host import words
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


def view(engine: Engine, s: Symbol, t: int, vwap_e4: int | None) -> m.HeatmapView:
    """Of the symbol at t, by the rules of the acting profile."""
    s.sample(t)
    last = t // S1
    return m.HeatmapView(
        ticker=s.ticker,
        tick_e4=s.tick_e4,
        end_ts=last * S1,
        columns=(*map(_column, s.minute.columns(last)[1:]), _now(s, t, last)),
        events=_events(engine, s, t),
        eaten=offers.eaten(s, t),
        steady=offers.no_flash(s, t),
        rule=engine.acting.profile.heatmap,
        reason=s.reason(t),
        vwap_e4=vwap_e4,
    )


def _column(picture: Picture | None) -> m.HeatColumn | None:
    return None if picture is None else m.HeatColumn(*picture[1:])


def _now(s: Symbol, t: int, last: int) -> m.HeatColumn | None:
    """The running second."""
    if not s.form:
        return None
    prints = s.tape.prints[s.tape.index(last * S1) : s.tape.index(t)]
    bids, asks = tuple(s.book.bids.top(LEVELS)), tuple(s.book.asks.top(LEVELS))
    return m.HeatColumn(bids, asks, traded(prints), s.flow.replenishes(t))


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
    """An ask that refills at this moment, whatever the score."""
    if not s.reason(t) and s.flow.replenishes(t):
        fills, _, _, refill = s.flow.readings(t)
        times = words.refill_times({"ask_fills_3s": fills, "ask_refill_net_3s": refill})
        yield m.HeatEvent(t, s.ask, MARKS["replenish"][0], f"ask refills {times}")
