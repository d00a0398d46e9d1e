"""Gates and rejections: what stands against a score that qualifies (N-16, N-38)."""

from collections.abc import Callable

from ramstock_tui.core import offers
from ramstock_tui.core.profile import Profile
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import S1

STALL_NS = 2 * S1
ICEBERG_NS = 10 * S1

Against = Callable[[Symbol, int], tuple[str, ...]]


def stall(s: Symbol, t: int) -> tuple[str, ...]:
    """D-17: the last print is older than 2.0 s."""
    prints = s.tape.prints
    return ("stall",) if prints and t - prints[-1][0] > STALL_NS else ()


def flash(s: Symbol, t: int) -> tuple[str, ...]:
    """N-12: a flash in the last 10 s or its quarantine; `flash_hold` while a rise is unproven."""
    watch = s.flash
    if not watch.gone and not watch.rises:
        return ()
    codes: tuple[str, ...] = ()
    if watch.active(t, s.tape) or watch.quarantined(t, s.tape):
        codes = ("flash",)
    return (*codes, "flash_hold") if watch.hold(t) else codes


def replenish(s: Symbol, t: int) -> tuple[str, ...]:
    """N-14: the best ask refills faster than it is bought."""
    return ("replenish",) if s.flow.replenishes(t) else ()


def iceberg(s: Symbol, t: int) -> tuple[str, ...]:
    """N-21: buys at the best ask are at least 3 times the most that was displayed there in 10 s."""
    px = s.book.ask
    bought = s.tape.buys_at(px, t - ICEBERG_NS, t)
    if not bought or s.book.displayed(px, t - ICEBERG_NS, bought // 3 + 1):
        return ()
    return ("iceberg",)


def collapse(s: Symbol, t: int) -> tuple[str, ...]:
    """N-15: suppressed for 30 s after a collapse."""
    return ("collapse",) if t < s.collapse_until else ()


def quarantine(s: Symbol, t: int) -> tuple[str, ...]:
    """N-24: halt risk, or its quarantine."""
    return ("quarantine",) if s.halts.quarantined(t) else ()


def fake_wall(s: Symbol, t: int) -> tuple[str, ...]:
    """N-13: a wall went before it was 1 s old, or one so young carries the bid side."""
    return ("fake_wall",) if offers.fake_wall(s, t) else ()


def spoof(s: Symbol, t: int) -> tuple[str, ...]:
    """N-19: offers were pulled, not bought."""
    return ("spoof",) if offers.spoofed(s, t) else ()


def refill(s: Symbol, t: int) -> tuple[str, ...]:
    """N-20: a bought ask was filled again twice in 5 s."""
    return ("refill",) if s.asks is not None and s.asks.refilled(t) else ()


def lots(s: Symbol, t: int) -> tuple[str, ...]:
    """D-05 (N-34): the sizes look like lots, so every number of shares would be wrong."""
    return ("lots",) if offers.in_lots(s) else ()


def heatmap(s: Symbol, t: int) -> tuple[str, ...]:
    """D-30: the picture of the book does not confirm an eaten ask above a standing bid."""
    return () if offers.eaten(s, t) and offers.no_flash(s, t) else ("heatmap",)


def near_vwap(s: Symbol, t: int, within_e4: int) -> bool:
    """Is there a VWAP that may be scored, and last within so much of it, either way."""
    num, den = s.tape.vwap(t)
    if not den or not s.tape.last or s.tape.vwap_partial():
        return False
    return abs(s.tape.last * den - num) <= within_e4 * den


REJECTS: dict[str, Against] = {
    "stall": stall,
    "flash": flash,
    "replenish": replenish,
    "iceberg": iceberg,
    "collapse": collapse,
    "quarantine": quarantine,
    "fake_wall": fake_wall,
    "spoof": spoof,
    "refill": refill,
    "lots": lots,
}


def confirmations(profile: Profile, s: Symbol, t: int) -> list[str]:
    """Codes of what the profile wants confirmed and is not: VWAP near (X13), heatmap (D-30)."""
    codes: list[str] = []
    within = profile.gates.vwap_within_e4
    if within is not None and not near_vwap(s, t, within):
        codes.append("vwap_gate")
    if profile.heatmap == "required":
        codes += heatmap(s, t)
    return codes


def against(profile: Profile, s: Symbol, t: int) -> tuple[str, ...]:
    """Sorted codes of every gate and rejection of the profile that stands against a signal now."""
    codes: list[str] = []
    gates = profile.gates
    book = s.book
    spread = book.ask - book.bid
    limit = gates.spread_max_e4
    if spread > limit or (spread == limit and not gates.spread_inclusive):
        codes.append("spread_gate")
    if gates.ask_depth_min is not None and book.ask_size < gates.ask_depth_min:
        codes.append("depth_gate")
    codes += confirmations(profile, s, t)
    for name in profile.rejects:
        codes += REJECTS[name](s, t)
    return tuple(sorted(codes))
