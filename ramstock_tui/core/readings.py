"""The table of readings (N-05): every name, as a value or None with a reason.

A reading at t is a function of the records with ts <= t and of t alone; t must not be before the
symbol's newest record. Units: prices 1/10,000 USD, sizes shares, times and ages ns, ratios float.
The engine must have been made with `observe=True` for the wall readings.
"""

from collections.abc import Callable
from typing import Any

from ramstock_tui.core import offers, ramps
from ramstock_tui.core.asks import REFILLS
from ramstock_tui.core.gates import iceberg, stall
from ramstock_tui.core.profile import Profile
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.symbol_state import TIGHT_E4, WARM_NS
from ramstock_tui.core.tape import S1

Reading = tuple[Any, str]
Best = tuple[int, int, int, int]  # bid, its size, ask, its size
Read = Callable[[Symbol, int], Reading]
STACKING_SHARES = 1_000


def readings(s: Symbol, t: int, profiles: tuple[Profile, ...] = ()) -> dict[str, Reading]:
    """Every reading of the symbol at t; `reclaim_NAME` for each profile given."""
    s.sample(t)
    s.reclaim.open(t, s.tape, s.tick_e4)
    invalid = s.reason(t)
    out: dict[str, Reading] = {}
    for name, read in BOOK.items():
        out[name] = (None, invalid) if invalid else read(s, t)
    for name, read in OTHER.items():
        out[name] = read(s, t)
    for profile in profiles:
        out[f"reclaim_{profile.name}"] = _reclaim(s, t, profile)
    return out


def _reclaim(s: Symbol, t: int, profile: Profile) -> Reading:
    reason = s.tape.vwap_reason(t)
    if reason:
        return None, reason
    if s.tape.vwap_partial():
        return None, "partial"
    return s.reclaim.live(t, s.tape, profile.reclaim), ""


def _ratio(n: int) -> Read:
    def read(s: Symbol, t: int) -> Reading:
        sums = s.book.sums(n)
        return (sums[0] / sums[1], "") if sums else (None, "one_level")

    return read


def imbalance_5(s: Symbol, t: int) -> Reading:
    """D-04: (Qb - Qa) / (Qb + Qa) over the best k <= 5 levels, weights e^-0.5(i-1)."""
    value = ramps.imbalance_5(s, t)
    return (None, "one_level") if value is None else (value, "")


def weighted_mid(s: Symbol, t: int) -> Reading:
    """(ask x bid size + bid x ask size) / (sizes), 1/10,000 USD."""
    total = s.ask_size + s.bid_size
    return (s.ask * s.bid_size + s.bid * s.ask_size) / total, ""


def spread_delta_3s(s: Symbol, t: int) -> Reading:
    """D-03: spread now less the spread in force 3 s ago; negative = compressing."""
    bids, asks = s.book.at(t - 3 * S1)
    if not bids or not asks:
        return None, "warming"
    return s.ask - s.bid - (min(asks) - max(bids)), ""


def depth_to_entry(s: Symbol, t: int) -> Reading:
    """Ask shares displayed at or below ask + max(0.01 USD, 1 tick) (D-05)."""
    entry = s.ask + max(100, s.tick_e4)
    return sum(size for px, size in s.levels(False) if px <= entry), ""


def ofi_3s(s: Symbol, t: int) -> Reading:
    """Order flow imbalance over (t - 3 s, t] (D-04), terms with an ill formed book left out."""
    since = t - 3 * S1
    total = 0
    after: Best | None = None
    for ts, bids, asks, cleared in s.book.back(since):
        here = _best(bids, asks) if s.form_at(ts) else None
        if here and after and not cleared:
            total += _ofi_term(here, after)
        after = here
    return total, ""


def _best(bids: dict[int, int], asks: dict[int, int]) -> Best:
    bid, ask = max(bids), min(asks)
    return bid, bids[bid], ask, asks[ask]


def _ofi_term(before: Best, after: Best) -> int:
    bid0, bid_size0, ask0, ask_size0 = before
    bid1, bid_size1, ask1, ask_size1 = after
    term = 0
    if bid1 >= bid0:
        term += bid_size1
    if bid1 <= bid0:
        term -= bid_size0
    if ask1 <= ask0:
        term -= ask_size1
    if ask1 >= ask0:
        term += ask_size0
    return term


def _wall(index: int) -> Read:
    def read(s: Symbol, t: int) -> Reading:
        wall = s.walls.largest(s.book) if s.walls is not None else None
        if wall is None:
            return None, "no_wall"
        return (t - wall[2] if index == 2 else wall[index]), ""

    return read


def absorption(s: Symbol, t: int) -> Reading:
    """D-12: F / (F + C) over 3 s at the best ask; None (`no_flow`) when both are 0."""
    fills, cancels, _, _ = s.flow.readings(t)
    return (fills / (fills + cancels), "") if fills + cancels else (None, "no_flow")


def _flow(index: int) -> Read:
    return lambda s, t: (s.flow.readings(t)[index], "")


def replenish_gross(s: Symbol, t: int) -> Reading:
    """Gross adds A at least F, F >= 300 (the D-13 wording, shown beside the net one)."""
    fills, _, adds, _ = s.flow.readings(t)
    return fills >= 300 and adds >= fills, ""


def stacking(s: Symbol, t: int) -> Reading:
    """D-13: no fills, adds of at least 1,000 shares."""
    fills, _, adds, _ = s.flow.readings(t)
    return fills == 0 and adds >= STACKING_SHARES, ""


def wall_depletion(s: Symbol, t: int) -> Reading:
    """D-14 as N-26 words it."""
    value = offers.depletion(s, t)
    return (None, "malformed") if value is None else (value, "")


def pull_limit(s: Symbol, t: int) -> Reading:
    """max(2,000, 3 x median ask level); half shares can be."""
    limit2 = offers.pull_limit(s)
    return limit2 / 2 if limit2 % 2 else limit2 // 2, ""


def spread_penalty(s: Symbol, t: int) -> Reading:
    """D-15, points: -min(2, 50 x max(0, spread - 0.02))."""
    return -min(20_000, 50 * max(0, s.ask - s.bid - 200)) / 10_000, ""


def silent_5s(s: Symbol, t: int) -> Reading:
    """D-17."""
    value = offers.silent(s, t)
    return (None, "warming") if value is None else (value, "")


def fake_wall(s: Symbol, t: int) -> Reading:
    """N-13; a wall that went is known without a book."""
    if s.walls is not None and s.walls.faked(t, s.tape):
        return True, ""
    reason = s.reason(t)
    return (None, reason) if reason else (offers.fake_wall(s, t), "")


def refills(s: Symbol, t: int) -> int:
    """Refills in 5 s (N-20)."""
    return s.asks.refill_count(t) if s.asks is not None else 0


def tape_count_3s(s: Symbol, t: int) -> Reading:
    """Counted prints in (t - 3 s, t]; None for the first 3 s."""
    return (None, "warming") if t - s.tape.start < WARM_NS else (s.tape.count_3s(t), "")


def tape_velocity(s: Symbol, t: int) -> Reading:
    """Prints per second over 3 s."""
    count, reason = tape_count_3s(s, t)
    return (None, reason) if reason else (count / 3, "")


def tape_acceleration(s: Symbol, t: int) -> Reading:
    """D-07; None for the first 33 s."""
    value = s.tape.acceleration(t)
    return (None, "warming") if value is None else (value, "")


def last(s: Symbol, t: int) -> Reading:
    """Price of the last counted print."""
    return (s.tape.last, "") if s.tape.last else (None, "no_print")


def last_print_age(s: Symbol, t: int) -> Reading:
    """Age of the last counted print, ns."""
    prints = s.tape.prints
    return (t - prints[-1][0], "") if prints else (None, "no_print")


def vwap(s: Symbol, t: int) -> Reading:
    """Session VWAP, 1/10,000 USD as a float."""
    num, den = s.tape.vwap(t)
    return (num / den, "") if den else (None, s.tape.vwap_reason(t))


def last_minus_vwap(s: Symbol, t: int) -> Reading:
    """last - VWAP, 1/10,000 USD, the exact difference as a float."""
    num, den = s.tape.vwap(t)
    if not den:
        return None, s.tape.vwap_reason(t)
    return ((s.tape.last * den - num) / den, "") if s.tape.last else (None, "no_print")


def volume_surge(s: Symbol, t: int) -> Reading:
    """N-07; None for the first 63 s of the tape."""
    if s.tape.vwap_reason(t) == "after_close":
        return None, "after_close"
    value = s.tape.surge(t)
    return (None, "warming") if value is None else (value, "")


def _bound(index: int) -> Read:
    def read(s: Symbol, t: int) -> Reading:
        value = s.halts.move.bounds(t)[index]
        return (value, "") if value else (None, "no_print")

    return read


def move_60s(s: Symbol, t: int) -> Reading:
    """max / min of last over 60 s (N-23), as a ratio."""
    high, low = s.halts.move.bounds(t)
    return (high / low, "") if low else (None, "no_print")


def luld_reference(s: Symbol, t: int) -> Reading:
    """LULD reference estimate, 1/10,000 USD."""
    halts = s.halts
    return (halts.ref_num / halts.ref_den, "") if halts.ref_num else (None, "no_reference")


def _band(index: int) -> Read:
    def read(s: Symbol, t: int) -> Reading:
        bands = s.halts.band(t)
        return (bands[index] / bands[2], "") if bands[1] else (None, "no_reference")

    return read


def age(s: Symbol, t: int) -> Reading:
    """Age of the newest depth record, ns."""
    return (t - s.book.depth_ts, "") if s.book.depth_ts else (None, "no_book")


BOOK: dict[str, Read] = {
    "bid": lambda s, t: (s.bid, ""),
    "ask": lambda s, t: (s.ask, ""),
    "bid_depth": lambda s, t: (s.bid_size, ""),
    "ask_depth": lambda s, t: (s.ask_size, ""),
    "ask_depth_to_entry": depth_to_entry,
    "spread": lambda s, t: (s.ask - s.bid, ""),
    "spread_ticks": lambda s, t: ((s.ask - s.bid) / s.tick_e4, ""),
    "spread_delta_3s": spread_delta_3s,
    "spread_tight_for": lambda s, t: (s.tight_for(t) if s.ask - s.bid <= TIGHT_E4 else 0, ""),
    "ratio_3": _ratio(3),
    "ratio_5": _ratio(5),
    "imbalance_5": imbalance_5,
    "ofi_3s": ofi_3s,
    "weighted_mid": weighted_mid,
    "wall_price": _wall(0),
    "wall_size": _wall(1),
    "wall_age": _wall(2),
    "ask_fills_3s": _flow(0),
    "ask_cancels_3s": _flow(1),
    "ask_adds_3s": _flow(2),
    "ask_refill_net_3s": _flow(3),
    "absorption": absorption,
    "replenish_gross": replenish_gross,
    "replenish": lambda s, t: (s.flow.replenishes(t), ""),
    "iceberg": lambda s, t: (bool(iceberg(s, t)), ""),
    "stacking": stacking,
    "ask_pulled_2s": lambda s, t: (offers.pulled(s, t), ""),
    "ask_pull_limit": pull_limit,
    "spoof": lambda s, t: (offers.spoofed(s, t), ""),
    "wall_pressure": lambda s, t: (s.walls.pressure(t, s.book) if s.walls else 0.0, ""),
    "wall_depletion": wall_depletion,
    "spread_penalty": spread_penalty,
    "heatmap_no_flash": lambda s, t: (offers.no_flash(s, t), ""),
}
OTHER: dict[str, Read] = {
    "book_valid": lambda s, t: (not s.reason(t), ""),
    "book_reason": lambda s, t: (s.reason(t), ""),
    "book_age": age,
    "tape_count_3s": tape_count_3s,
    "tape_velocity": tape_velocity,
    "tape_acceleration": tape_acceleration,
    "last": last,
    "last_print_age": last_print_age,
    "vwap": vwap,
    "last_minus_vwap": last_minus_vwap,
    "volume_surge": volume_surge,
    "flash": lambda s, t: (s.flash.active(t, s.tape), ""),
    "flash_hold": lambda s, t: (s.flash.hold(t), ""),
    "flash_count_5min": lambda s, t: (s.flash.count_5min(t, s.tape), ""),
    "flash_quarantine": lambda s, t: (s.flash.quarantined(t, s.tape), ""),
    "stall": lambda s, t: (bool(stall(s, t)), "") if s.tape.prints else (None, "no_print"),
    "collapse": lambda s, t: (s.collapsed, ""),
    "collapse_hold": lambda s, t: (t < s.collapse_until, ""),
    "max_60s": _bound(0),
    "min_60s": _bound(1),
    "move_60s": move_60s,
    "luld_reference": luld_reference,
    "luld_lower": _band(0),
    "luld_upper": _band(1),
    "near_band": lambda s, t: (s.halts.near, "") if s.halts.ref_num else (None, "no_reference"),
    "halted": lambda s, t: (s.halts.halted, ""),
    "halt_risk": lambda s, t: (bool(s.halts.cause(t)), ""),
    "quarantine": lambda s, t: (s.halts.quarantined(t), ""),
    "fake_wall": fake_wall,
    "refill_count_5s": lambda s, t: (refills(s, t), ""),
    "refill": lambda s, t: (refills(s, t) >= REFILLS, ""),
    "eaten_ask": lambda s, t: (offers.eaten(s, t), ""),
    "silent_5s": silent_5s,
    "lots_suspected": lambda s, t: offers.lots(s, t),
}
