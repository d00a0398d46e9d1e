"""Ladder and tape of a symbol at the instant of its alert, for a picture."""

from ramstock_tui.core.engine import Engine
from ramstock_tui.host import rows
from ramstock_tui.schedule import utc_offset_s
from ramstock_tui.sinks.alert import Alert, Shot

LEVELS = 10
PRINTS = 20
NS = 1_000_000_000
DAY_NS = 86_400 * NS


def shot_of(engine: Engine, alert: Alert, now: int) -> Shot | None:
    """None when the symbol is not known (any more)."""
    blueprint = engine.acting.state.pendings.get(alert.key)
    symbol = engine.by_ticker.get(blueprint.ticker) if blueprint is not None else None
    if blueprint is None or symbol is None:
        return None
    plan, shift = blueprint.plan, utc_offset_s(now) * NS
    prints = [rows.tape_row(p) for p in reversed(symbol.tape.prints[-PRINTS:])]
    return Shot(
        ticker=alert.ticker,
        head=alert.line,
        bids=tuple(symbol.book.bids.top(LEVELS)),
        asks=tuple(symbol.book.asks.top(LEVELS)),
        tape=tuple(((p.ts + shift) % DAY_NS, p.px_e4, p.size, p.side) for p in prints),
        marks=(plan.entry_e4, plan.stop_e4, plan.target_e4),
    )
