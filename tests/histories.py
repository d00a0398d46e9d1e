"""Random histories of one symbol as engine rows, seeded, in styles that make rare things happen.

Every history starts near 09:30:00 New York of 2012-06-21, has strictly increasing batch times,
ends every batch with LAST, and often hits exact boundaries (500 ms, 3,000 ms, whole seconds).
"""

import random
from collections.abc import Sequence

from hypothesis import strategies as st

from ramstock_tui.core import records as rec
from ramstock_tui.core.records import Row, SessionOpened, SymbolInfo
from tests.history_market import ACTIONS, TICK, Action, Cell, Market, level, row_op, trade

NS = 1_000_000_000
MS = 1_000_000
MIDNIGHT_NS = 1_340_251_200 * NS  # 2012-06-21 00:00 New York
OPEN_NS = MIDNIGHT_NS + 34_200 * NS

STYLES = tuple(ACTIONS)

# steps between batches; the odd ones make instants that are no whole milliseconds
EXACT_MS = (1, 10, 50, 100, 250, 500, 1_000, 2_000, 3_000)
STEPS_MS: dict[str, tuple[int, ...]] = {
    "quiet": (500, 1_000, 1_500, 2_000, 2_001, 3_000),
    "gaps": (100, 500, 1_900, 2_000, 2_001, 3_000, 5_000, 61_000),
    "moves": (100, 250, 1_000, 2_000, 10_000, 30_000),
    "vwap": (100, 250, 499, 500, 501, 1_000, 2_000, 5_000),
    "halts": (100, 500, 1_000, 2_000, 3_000, 20_000),
    "walls": (50, 100, 200, 500, 900, 999, 1_000),
    "flash": (50, 100, 200, 300, 499, 500, 501),
}
STARTS_S: dict[str, tuple[int, ...]] = {"vwap": (-5, 0, 40, 55, 60, 61), "moves": (-30, 0, 30)}
ODD_NS = (0, 0, 0, 1, -1, 123_457)


def session(*, depth_levels: int = 10, allow_partial_vwap: bool = False) -> SessionOpened:
    """The session that histories belong to."""
    return SessionOpened(
        date=20120621,
        midnight_ns=MIDNIGHT_NS,
        open_ns=OPEN_NS,
        close_ns=MIDNIGHT_NS + 57_600 * NS,
        next_date=20120622,
        mode="demo",
        acting="small_account",
        phase=3,
        equity_cents=4_000_000,
        fee_model="seed_flat",
        allow_partial_vwap=allow_partial_vwap,
        depth_levels=depth_levels,
    )


def symbol(*, tick_e4: int = TICK, tier: int = 2) -> SymbolInfo:
    """The symbol that histories belong to; sym id 1."""
    return SymbolInfo(ticker="DEMO", tick_e4=tick_e4, tier=tier)


def batch(ts: int, *rows: Cell) -> list[Row]:
    """Rows (kind, flags, px, size, aux) of one timestamp as one batch of sym 1."""
    return [
        (ts, 1, kind, flags | (rec.LAST if i == len(rows) - 1 else 0), px, size, aux)
        for i, (kind, flags, px, size, aux) in enumerate(rows)
    ]


def history(seed: int, *, batches: int, style: str) -> list[Row]:
    """So many batches in a style of `STYLES`; the same arguments give the same rows."""
    rng = random.Random(f"{style}:{seed}")
    market = Market(rng, style)
    start_s = rng.choice(STARTS_S.get(style, (-5, 0, 29, 57, 61)))
    ts = OPEN_NS + start_s * NS + rng.choice((0, 0, 250 * MS, 1))
    rows = batch(ts, (rec.FEED, 0, 0, 0, rec.FEED_SUBSCRIBED), *market.fill())
    actions = [action for action, _ in ACTIONS[style]]
    weights = [weight for _, weight in ACTIONS[style]]
    if style == "vwap" and rng.random() < 0.3:
        weights[-1] = 1  # the feed's VWAP
    for _ in range(batches - 1):
        ts += _step(rng, style, ts)
        action = rng.choices(actions, weights)[0]
        rows += batch(ts, *_cells(market, action))
    return rows


def _step(rng: random.Random, style: str, ts: int) -> int:
    """ns to the next batch, at least 1; often an exact boundary."""
    pick = rng.random()
    if pick < 0.1:
        return NS - ts % NS  # the next whole second
    if pick < 0.2:
        return MS - ts % MS + rng.choice(EXACT_MS) * MS
    known = STEPS_MS.get(style)
    step_ms = rng.choice(known if known and rng.random() < 0.6 else EXACT_MS)
    return step_ms * MS + (rng.choice(ODD_NS) if pick < 0.4 else 0)


def _cells(market: Market, action: Action) -> list[Cell]:
    """One to three actions as one batch, prints first."""
    rng = market.rng
    if action in (Market.restart, Market.halt):
        return action(market)
    cells = market.later() if rng.random() < 0.6 else []
    if not cells or rng.random() < 0.3:
        cells += action(market)
    while rng.random() < 0.3:
        cells += market.change()
    if action is Market.clear and rng.random() < 0.7:
        cells += market.fill()
    tidy = 0.3 if action in (Market.cross, Market.empty, Market.clear) else 0.95
    if rng.random() < tidy:
        cells += market.keep_apart()
    prints = [cell for cell in cells if cell[0] == rec.PRINT]
    others = [cell for cell in cells if cell[0] != rec.PRINT]
    return prints + others or market.noise()


def batch_times(rows: Sequence[Row]) -> list[int]:
    """Timestamps of the batch ends."""
    return [row[0] for row in rows if row[3] & rec.LAST]


def moments(seed: int, rows: Sequence[Row], count: int) -> list[int]:
    """Instants worth asking about, in order: batch ends, and exact distances from them."""
    rng = random.Random(f"moments:{seed}")
    times = batch_times(rows)
    found = set()
    for _ in range(count):
        away_ms = rng.choice((0, 0, 0, 100, 250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 60_000))
        found.add(rng.choice(times) + away_ms * MS + rng.choice((0, 0, 1, -1)))
    return sorted(found)


def histories(
    *, styles: Sequence[str] = STYLES, max_batches: int = 80
) -> st.SearchStrategy[list[Row]]:
    """Histories for hypothesis; shrinks to few batches and small seeds."""

    def build(seed: int, batches: int, style: str) -> list[Row]:
        return history(seed, batches=batches, style=style)

    return st.builds(
        build, st.integers(0, 1 << 20), st.integers(1, max_batches), st.sampled_from(tuple(styles))
    )


__all__ = [
    "MIDNIGHT_NS",
    "MS",
    "NS",
    "OPEN_NS",
    "STYLES",
    "TICK",
    "Cell",
    "batch",
    "batch_times",
    "histories",
    "history",
    "level",
    "moments",
    "row_op",
    "session",
    "symbol",
    "trade",
]
