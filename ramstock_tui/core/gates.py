"""Gates and rejections: what stands against a score that qualifies (N-16, N-38)."""

from collections.abc import Callable

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


REJECTS: dict[str, Against] = {
    "stall": stall,
    "flash": flash,
    "replenish": replenish,
    "iceberg": iceberg,
    "collapse": collapse,
    "quarantine": quarantine,
}


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
    for name in profile.rejects:
        codes += REJECTS[name](s, t)
    return tuple(sorted(codes))
