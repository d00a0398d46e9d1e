"""The table of readings (N-05): every name with its value, or None and the reason why.

Prices 1/10,000 USD, sizes shares, times and ages ns, ratios float64, booleans bool. `weighted_mid`,
`vwap`, `last_minus_vwap` and `luld_*` are quotients in 1/10,000 USD, rounded once to float64.
Everything is recomputed from the whole history at every question.

What was chosen where the text leaves room: "Readings of the text" in the package docstring.
"""

from collections.abc import Callable, Sequence
from math import exp

from msgspec import structs

from ramstock_tui.core.records import Row, SessionOpened, SymbolInfo

from . import collapse, flow, halts, tape, walls
from .book import NS, Level, batches_of
from .past import Past, book_reason, last_depth_ts, past_at, since

Value = int | float | bool | str | None
Reading = tuple[Value, str]
Rules = dict[str, Callable[[Past], Value | Reading]]

TIGHT_E4 = 400  # N-32: a spread of 0.04 is tight


class Reference:
    """Readings of one symbol, by definition. rows: its records in time order."""

    def __init__(
        self,
        session: SessionOpened,
        info: SymbolInfo,
        rows: Sequence[Row],
        declared: int | None = None,
    ) -> None:
        """declared: ts of the symbol's declaration, None = after 09:31."""
        began = session.midnight_ns + 34_260 * 10**9
        if session.mode == "import" and declared is not None and declared <= began:
            session = structs.replace(session, allow_partial_vwap=True)
        self._session = session
        self._info = info
        self._batches = batches_of(rows)

    def past(self, t: int) -> Past:
        """What is known at t, ns since the epoch."""
        return past_at(self._session, self._info, self._batches, t)

    def readings(self, t: int) -> dict[str, Reading]:
        """Reading name -> (value, "") or (None, reason), for every name of the table."""
        past = self.past(t)
        reason = book_reason(past)
        found: dict[str, Reading] = {
            "book_valid": (reason == "", ""),
            "book_reason": (reason, ""),
        }
        for name, rule in FROM_BOOK.items():
            found[name] = (None, reason) if reason else _reading(rule(past))
        for name, rule in ALWAYS.items():
            found[name] = _reading(rule(past))
        found["fake_wall"] = _fake_wall(past, reason)
        return found


def _reading(result: Value | Reading) -> Reading:
    return result if isinstance(result, tuple) else (result, "")


def _or(value: Value, reason: str) -> Reading:
    return (None, reason) if value is None else (value, "")


# book ---------------------------------------------------------------------------------------------
def _book_age(past: Past) -> Reading:
    newest = last_depth_ts(past)
    return (None, "no_book") if newest is None else (past.t - newest, "")


def _ask_depth_to_entry(past: Past) -> int:
    entry = past.book.ask + max(100, past.info.tick_e4)
    return sum(size for px, size in past.book.asks if px <= entry)


def _spread_delta(past: Past) -> int:
    return past.book.spread - past.book_at(past.t - 3 * NS).spread


def _tight_for(past: Past) -> int:
    """t - the later of `since` and the batch at which the spread last fell to <= 0.04."""
    start = since(past)
    if past.book.spread > TIGHT_E4 or start is None:
        return 0
    fell = past.t
    for b in reversed(past.batches):
        if not b.after.ok or b.after.spread > TIGHT_E4:
            break
        fell = b.ts
    return past.t - max(start, fell)


def _both_sides(past: Past, levels: int) -> tuple[Sequence[Level], Sequence[Level]] | None:
    """The best k = min(levels, bids, asks) levels of either side; None when k < 2 (N-10)."""
    book = past.book
    k = min(levels, len(book.bids), len(book.asks))
    return None if k < 2 else (book.bids[:k], book.asks[:k])


def _ratio(levels: int) -> Callable[[Past], Reading]:
    def rule(past: Past) -> Reading:
        sides = _both_sides(past, levels)
        if sides is None:
            return None, "one_level"
        bids, asks = (sum(size for _, size in side) for side in sides)
        return bids / asks, ""

    return rule


def _imbalance(past: Past) -> Reading:
    sides = _both_sides(past, 5)
    if sides is None:
        return None, "one_level"
    bids, asks = (sum(exp(-0.5 * i) * size for i, (_, size) in enumerate(side)) for side in sides)
    return (bids - asks) / (bids + asks), ""


def _weighted_mid(past: Past) -> float:
    (bid, bid_size), (ask, ask_size) = past.book.bids[0], past.book.asks[0]
    return (ask * bid_size + bid * ask_size) / (bid_size + ask_size)


# walls --------------------------------------------------------------------------------------------
def _wall(of: Callable[[Past, walls.Wall], int]) -> Callable[[Past], Reading]:
    def rule(past: Past) -> Reading:
        wall = walls.largest_wall(walls.wall_history(past)[0])
        return (None, "no_wall") if wall is None else (of(past, wall), "")

    return rule


def _fake_wall(past: Past, reason: str) -> Reading:
    if walls.faked(past):
        return True, ""
    return (None, reason) if reason else (walls.young_wall_dominates(past), "")


# ask ----------------------------------------------------------------------------------------------
def _flow(past: Past) -> flow.AskFlow:
    return flow.ask_flow(past.back(3 * NS))


def _absorption(past: Past) -> Reading:
    at_ask = _flow(past)
    moved = at_ask.fills + at_ask.cancels
    return (at_ask.fills / moved, "") if moved else (None, "no_flow")


def _replenish_gross(past: Past) -> bool:
    return 300 <= _flow(past).fills <= _flow(past).adds


def _replenish(past: Past) -> bool:
    return 300 <= _flow(past).fills <= _flow(past).net_refill


def _stacking(past: Past) -> bool:
    return _flow(past).fills == 0 and _flow(past).adds >= 1_000


def _spread_penalty(past: Past) -> float:
    """-min(2, 50 max(0, s - 0.02)), s in USD; points."""
    return -min(20_000, 50 * max(0, past.book.spread - 200)) / 10_000


# tape ---------------------------------------------------------------------------------------------
def _velocity(past: Past) -> Reading:
    count = tape.count_3s(past)
    return (None, "warming") if count is None else (count / 3, "")


def _last(past: Past) -> Reading:
    return (None, "no_print") if past.last is None else (past.last.px, "")


def _last_age(past: Past) -> Reading:
    return (None, "no_print") if past.last is None else (past.t - past.last.ts, "")


def _stall(past: Past) -> Reading:
    return (None, "no_print") if past.last is None else (past.t - past.last.ts > 2 * NS, "")


def _silent(past: Past) -> Reading:
    if any(b.trades or b.depth for b in past.back(5 * NS)):
        return False, ""
    return (True, "") if tape.older_than(past, 5 * NS) else (None, "warming")


def _vwap(past: Past) -> Reading:
    value, reason = tape.vwap(past)
    return _or(None if value is None else float(value), reason)


def _last_minus_vwap(past: Past) -> Reading:
    value, reason = tape.vwap(past)
    if value is None:
        return None, reason
    return (None, "no_print") if past.last is None else (float(past.last.px - value), "")


def _surge(past: Past) -> Reading:
    if past.day_ns >= tape.CLOSE_NS:
        return None, "after_close"
    return _or(tape.surge(past), "warming")


def _extreme(pick: Callable[[tuple[int, int]], Value]) -> Callable[[Past], Reading]:
    def rule(past: Past) -> Reading:
        extremes = halts.range_60s(past)
        return (None, "no_print") if extremes is None else (pick(extremes), "")

    return rule


def _luld(pick: Callable[[halts.Bands], Value]) -> Callable[[Past], Reading]:
    def rule(past: Past) -> Reading:
        estimate = halts.bands(past)
        return (None, "no_reference") if estimate is None else (pick(estimate), "")

    return rule


def _no_flash(past: Past) -> Reading:
    reason = book_reason(past)
    return (None, reason) if reason else (walls.no_flash(past), "")


def _lots_suspected(past: Past) -> Reading:
    """>= 95 % of the newest 200 top-3 sizes of either side are < 50 and the price is > $2."""
    sizes: list[int] = []
    for b in reversed(past.batches):
        if b.depth and b.after.ok:
            sizes += [size for _, size in (*b.after.bids[:3], *b.after.asks[:3])]
    sizes = sizes[:200]
    if len(sizes) < 200:
        return None, "few_sizes"
    if past.last is None:
        return None, "no_print"
    small = sum(1 for size in sizes if size < 50)
    return past.last.px > 20_000 and 100 * small >= 95 * len(sizes), ""


# the table ----------------------------------------------------------------------------------------
FROM_BOOK: Rules = {  # None with the reason of D-00 while the book is invalid (N-03)
    "bid": lambda past: past.book.bid,
    "ask": lambda past: past.book.ask,
    "bid_depth": lambda past: past.book.bids[0][1],
    "ask_depth": lambda past: past.book.asks[0][1],
    "ask_depth_to_entry": _ask_depth_to_entry,
    "spread": lambda past: past.book.spread,
    "spread_ticks": lambda past: past.book.spread / past.info.tick_e4,
    "spread_delta_3s": _spread_delta,
    "spread_tight_for": _tight_for,
    "ratio_3": _ratio(3),
    "ratio_5": _ratio(5),
    "imbalance_5": _imbalance,
    "ofi_3s": flow.ofi,
    "weighted_mid": _weighted_mid,
    "wall_price": _wall(lambda past, wall: wall.px),
    "wall_size": _wall(lambda past, wall: wall.size),
    "wall_age": _wall(lambda past, wall: past.t - wall.born),
    "ask_pulled_2s": flow.pulled,
    "ask_pull_limit": flow.pull_limit,
    "spoof": lambda past: flow.pulled(past) >= flow.pull_limit(past),
    "ask_fills_3s": lambda past: _flow(past).fills,
    "ask_cancels_3s": lambda past: _flow(past).cancels,
    "ask_adds_3s": lambda past: _flow(past).adds,
    "ask_refill_net_3s": lambda past: _flow(past).net_refill,
    "absorption": _absorption,
    "replenish_gross": _replenish_gross,
    "replenish": _replenish,
    "iceberg": flow.iceberg,
    "stacking": _stacking,
    "wall_pressure": walls.wall_pressure,
    "wall_depletion": lambda past: _or(walls.wall_depletion(past), "malformed"),
    "spread_penalty": _spread_penalty,
}

ALWAYS: Rules = {
    "book_age": _book_age,
    "tape_count_3s": lambda past: _or(tape.count_3s(past), "warming"),
    "tape_velocity": _velocity,
    "tape_acceleration": lambda past: _or(tape.acceleration(past), "warming"),
    "last": _last,
    "last_print_age": _last_age,
    "vwap": _vwap,
    "last_minus_vwap": _last_minus_vwap,
    "volume_surge": _surge,
    "reclaim_platform": lambda past: tape.reclaim(past, surge_needed=True, max_above_e4=None),
    "reclaim_quant": lambda past: tape.reclaim(past, surge_needed=False, max_above_e4=None),
    "reclaim_small_account": lambda past: tape.reclaim(past, surge_needed=False, max_above_e4=200),
    "flash": walls.flash,
    "flash_hold": walls.flash_hold,
    "flash_count_5min": walls.flash_count,
    "flash_quarantine": walls.flash_quarantine,
    "refill_count_5s": flow.refill_count,
    "refill": lambda past: flow.refill_count(past) >= 2,
    "eaten_ask": flow.eaten,
    "stall": _stall,
    "silent_5s": _silent,
    "collapse": collapse.collapse,
    "collapse_hold": collapse.collapse_hold,
    "max_60s": _extreme(lambda extremes: extremes[1]),
    "min_60s": _extreme(lambda extremes: extremes[0]),
    "move_60s": _extreme(lambda extremes: extremes[1] / extremes[0]),
    "luld_reference": _luld(lambda estimate: float(estimate.reference)),
    "luld_lower": _luld(lambda estimate: float(estimate.lower)),
    "luld_upper": _luld(lambda estimate: float(estimate.upper)),
    "near_band": lambda past: _or(halts.near_band(past), "no_reference"),
    "halted": lambda past: past.halted,
    "halt_risk": halts.halt_risk,
    "quarantine": halts.quarantine,
    "heatmap_no_flash": _no_flash,
    "lots_suspected": _lots_suspected,
}
