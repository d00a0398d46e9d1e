"""Readings that look back at the book or the walls when somebody asks; nothing is kept for them."""

from collections.abc import Iterator
from itertools import islice

from ramstock_tui.core.lots import SIZES as LOTS_SIZES
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import S1
from ramstock_tui.core.walls import KEEP_NS

PULL_NS = 2 * S1
PULL_SHARES = 2_000
DEPLETION_NS = 5 * S1
SILENT_NS = 5 * S1
LOTS_SHARE_PCT, LOTS_BELOW, LOTS_PRICE = 95, 50, 20_000


def pulled(s: Symbol, t: int) -> int:
    """N-19: shares that left the ask levels 1-3 of t - 2 s without being bought."""
    start = t - PULL_NS
    _, then = s.book.at(start)
    now, worst = s.book.ask_sizes, s.book.asks.worst()
    total = 0
    for px in sorted(then)[:3]:
        left = then[px] - now.get(px, 0)
        if px <= worst and left > 0:
            total += max(0, left - s.tape.buys_at(px, start, t))
    return total


def pull_limit(s: Symbol) -> int:
    """Twice the shares from which pulled offers reject: twice max(2,000, 3 x median)."""
    median2 = s.samples.double_median_asks() if s.samples is not None else None
    return 2 * PULL_SHARES if median2 is None else max(2 * PULL_SHARES, 3 * median2)


def spoofed(s: Symbol, t: int) -> bool:
    """N-19: the imbalance came from pulled offers, not from buying."""
    shares = pulled(s, t)
    return shares >= PULL_SHARES and 2 * shares >= pull_limit(s)


def depletion(s: Symbol, t: int) -> float | None:
    """N-26: bought in 5 s at the largest of the top five asks of t - 5 s, over its size then; None
    when that book was malformed."""
    start = t - DEPLETION_NS
    if not s.form_at(start):
        return None
    _, then = s.book.at(start)
    px = max(sorted(then)[:5], key=lambda price: (then[price], -price))
    return s.tape.buys_at(px, start, t) / then[px]


def silent(s: Symbol, t: int) -> bool | None:
    """Neither a print nor a depth record in (t - 5 s, t]; None while the symbol is younger."""
    prints = s.tape.prints
    newest = max(s.book.depth_ts, s.book.depth_before, prints[-1][0] if prints else 0)
    if newest > t - SILENT_NS:
        return False
    return True if s.last_ts and t - s.tape.start >= SILENT_NS else None


def no_flash(s: Symbol, t: int) -> bool:
    """D-30: no flash and no fake wall in 60 s, and a bid wall that has stood for 1 s."""
    walls = s.walls
    if walls is None or not walls.stable(t, s.book):
        return False
    return not (s.flash.active(t, s.tape, KEEP_NS) or walls.faked(t, s.tape, KEEP_NS))


def eaten(s: Symbol, t: int) -> bool:
    """N-22: the best ask was eaten in the last 10 s."""
    return s.asks is not None and s.asks.eaten(t)


def fake_wall(s: Symbol, t: int) -> bool:
    """N-13: a young wall went in the last 10 s, or one holds more than half of the top five."""
    walls = s.walls
    if walls is None:
        return False
    return walls.faked(t, s.tape) or (walls.dominates(t, s.book) and not s.reason(t))


def lots(s: Symbol, t: int) -> tuple[bool | None, str]:
    """D-05 unit guard (N-34) on the last 200 displayed top-3 sizes, newest records first; None with
    a reason while there are fewer, or no print."""
    sizes = list(_newest_sizes(s))
    if len(sizes) < LOTS_SIZES:
        return None, "few_sizes"
    if not s.tape.last:
        return None, "no_print"
    small = sum(size < LOTS_BELOW for size in sizes)
    return s.tape.last > LOTS_PRICE and 100 * small >= LOTS_SHARE_PCT * LOTS_SIZES, ""


def in_lots(s: Symbol) -> bool:
    """The same as yes or no; it stops at the first large size too many, which is soon."""
    if s.tape.last <= LOTS_PRICE:
        return False
    left = LOTS_SIZES * (100 - LOTS_SHARE_PCT) // 100
    count = 0
    for size in _newest_sizes(s):
        count += 1
        if size >= LOTS_BELOW:
            left -= 1
            if left < 0:
                return False
    return count == LOTS_SIZES


def _newest_sizes(s: Symbol) -> Iterator[int]:
    """The newest 200 displayed sizes, or as many as there were."""
    return islice(s.shown.newest(s.book, s.form_at), LOTS_SIZES) if s.shown else iter(())
