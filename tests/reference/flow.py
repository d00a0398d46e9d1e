"""What happens at the ask: fills, cancels, refills, icebergs, pulled offers, eaten asks."""

from dataclasses import dataclass
from fractions import Fraction

from .book import MS, NS, Batch, Book
from .past import Past, median_top3


@dataclass(frozen=True, slots=True)
class AskFlow:
    """N-06 over a window: fills F, cancels C, adds A+, shares."""

    fills: int
    cancels: int
    adds: int

    @property
    def net_refill(self) -> int:
        return max(0, self.adds - self.cancels)


def fills_of(b: Batch) -> int:
    """Buy prints at or above the best ask before the batch; 0 without such an ask."""
    if not b.before.ok:
        return 0
    return sum(x.size for x in b.trades if x.side == "buy" and x.px >= b.before.ask)


def decrease_of(b: Batch) -> int:
    """What the best ask of before lost in the batch."""
    if not b.change_ok:
        return 0
    px, size = b.base.asks[0]
    return max(0, size - b.after.ask_size(px))


def add_of(b: Batch) -> int:
    """What the best ask of before gained while it is still the best."""
    if not b.change_ok or b.after.ask != b.base.ask:
        return 0
    return max(0, b.after.asks[0][1] - b.base.asks[0][1])


def ask_flow(batches: list[Batch]) -> AskFlow:
    """F, C and A+ of the batches of a window."""
    fills = sum(fills_of(b) for b in batches)
    decreases = sum(decrease_of(b) for b in batches)
    return AskFlow(fills, max(0, decreases - fills), sum(add_of(b) for b in batches))


def ofi(past: Past) -> int:
    """Order flow imbalance over (t-3 s, t], shares; batches with a malformed book are skipped."""
    return sum(ofi_term(b) for b in past.back(3 * NS) if b.change_ok)


def ofi_term(b: Batch) -> int:
    """Cont, Kukanov and Stoikov (2014): the change of both best levels in one batch."""
    (bid0, bid_size0), (ask0, ask_size0) = b.base.bids[0], b.base.asks[0]
    (bid1, bid_size1), (ask1, ask_size1) = b.after.bids[0], b.after.asks[0]
    term = bid_size1 if bid1 >= bid0 else 0
    term -= bid_size0 if bid1 <= bid0 else 0
    term -= ask_size1 if ask1 <= ask0 else 0
    term += ask_size0 if ask1 >= ask0 else 0
    return term


# pulled offers (N-19) -----------------------------------------------------------------------------
def pulled(past: Past) -> int:
    """Shares that left the ask levels 1-3 of t-2 s without being bought."""
    start = past.t - 2 * NS
    total = 0
    for px, size in past.book_at(start).asks[:3]:
        if not past.book.ask_out_of_view(px):
            bought = past.bought_at(px, start, past.t)
            total += max(0, size - past.book.ask_size(px) - bought)
    return total


def pull_limit(past: Past) -> int | float:
    """max(2,000, 3 x median of the top 3 ask levels over 60 s), shares."""
    middle = median_top3(past, "ask")
    limit = Fraction(2_000) if middle is None else max(Fraction(2_000), 3 * middle)
    return int(limit) if limit.denominator == 1 else float(limit)


# iceberg (N-21), refill (N-20) ----------------------------------------------------------------
def largest_ask(past: Past, px: int, start: int, books: list[Book]) -> int:
    """Largest size displayed at an ask price in the book of `start` and in these books."""
    return max(book.ask_size(px) for book in [past.book_at(start), *books])


def iceberg(past: Past) -> bool:
    """Buy prints of 10 s at the best ask >= 3 x the largest size displayed there."""
    px, start = past.book.ask, past.t - 10 * NS
    shown = largest_ask(past, px, start, [b.after for b in past.back(10 * NS)])
    return past.bought_at(px, start, past.t) >= 3 * shown


def refills(past: Past) -> list[int]:
    """Times at which a bought best ask was back at >= 80 % within 250 ms."""
    done = []
    for b in past.batches:
        if not b.base.ok:
            continue
        px, size0 = b.base.asks[0]
        size1 = b.after.ask_size(px)
        bought = past.bought_at(px, b.ts - 100 * MS, b.ts)
        if 5 * size1 < 4 * size0 and 5 * bought >= 4 * (size0 - size1):
            done += back_at(past, b.ts, px, size0)
    return sorted(done)


def back_at(past: Past, ts: int, px: int, size0: int) -> list[int]:
    """Time of the first batch <= 250 ms later with >= 80 % of the size, if there is one."""
    for b in past.window(ts, ts + 250 * MS):
        if b.reset:
            return []
        if 5 * b.after.ask_size(px) >= 4 * size0:
            return [b.ts]
    return []


def refill_count(past: Past) -> int:
    """Refills in (t - 5 s, t]."""
    return sum(1 for ts in refills(past) if ts > past.t - 5 * NS)


# eaten ask (N-22) ---------------------------------------------------------------------------------
def eaten(past: Past) -> bool:
    """An ask was eaten at a batch in (t - 10 s, t]."""
    return any(is_eaten(past.until(b.ts), b) for b in past.back(10 * NS))


def best_ask(b: Batch) -> int | None:
    """The best ask before the batch, be the book well formed or not; None after a reset."""
    return b.base.asks[0][0] if b.base.asks and not b.reset else None


def is_eaten(past: Past, b: Batch) -> bool:
    """The batch b, the last one of this past, ends an eaten ask."""
    if not b.base.ok:
        return False
    (px, size0), start = b.base.asks[0], b.ts - 3 * NS
    if b.after.ask_size(px) >= size0:
        return False
    bought = past.bought_at(px, start, b.ts)
    if bought < 1_000 or not above_usual(past, bought):
        return False
    first = next(x.ts for x in past.trades(start, b.ts) if x.side == "buy" and x.px == px)
    unmoved = all(best_ask(x) == px for x in past.window(first - 1, b.ts))
    books = [x.after for x in past.window(start, b.ts - 1)]
    shown = largest_ask(past, px, start, books)
    adds = sum(add_of(x) for x in past.window(start, b.ts) if x.base.ok and x.base.ask == px)
    return unmoved and 10 * b.after.ask_size(px) <= 3 * shown and 2 * adds < bought


def above_usual(past: Past, bought: int) -> bool:
    """bought >= mean + 2 sigma of F over the last 200 complete 3 s buckets; true with < 20."""
    fills = bucket_fills(past)
    n = len(fills)
    if n < 20:
        return True
    total, squares = sum(fills), sum(f * f for f in fills)
    excess = n * bought - total
    return excess >= 0 and excess * excess >= 4 * (n * squares - total * total)


def bucket_fills(past: Past) -> list[int]:
    """F of the last 200 buckets (3k s, 3k+3 s] that lie between the first record and t."""
    width = 3 * NS
    end = past.t // width * width
    fills: list[int] = []
    while past.first_ts is not None and end - width >= past.first_ts and len(fills) < 200:
        fills.append(ask_flow(past.window(end - width, end)).fills)
        end -= width
    return fills
