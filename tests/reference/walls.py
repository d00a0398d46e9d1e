"""Bid walls, flash walls and fake walls (N-10 to N-13, D-09, D-10) and wall pressure (N-26)."""

from dataclasses import dataclass, replace

from .book import MS, NS, Batch, Book
from .past import Past, median_top3


@dataclass(frozen=True, slots=True)
class Wall:
    """A live wall: its price, birth, largest size since birth and size now."""

    px: int
    born: int
    largest: int
    size: int


@dataclass(frozen=True, slots=True)
class Fall:
    """A bid that went: it stood from `since`, was gone at `at`, and lost `drop` shares."""

    px: int
    since: int
    at: int
    drop: int


def birth_size_reached(past: Past, size: int) -> bool:
    """size >= max(1,000, 3 x median of the top 3 bid levels over 60 s)."""
    if size < 1_000:
        return False
    middle = median_top3(past, "bid")
    return middle is None or size >= 3 * middle


def wall_history(past: Past) -> tuple[list[Wall], list[Fall]]:
    """(live walls at t, walls younger than 1 s that fell to <= 20 %, explained or not)."""
    live: dict[int, Wall] = {}
    falls: list[Fall] = []
    for b in past.batches:
        top3 = dict(b.after.bids[:3]) if b.after.ok else {}
        for wall in list(live.values()):
            size = top3.get(wall.px, 0)
            if b.reset or 5 * size < 4 * wall.largest:
                del live[wall.px]
                falls += fallen(wall, b)
            else:
                live[wall.px] = replace(wall, largest=max(wall.largest, size), size=size)
        for px, size in top3.items():
            if px not in live and birth_size_reached(past.until(b.ts), size):
                live[px] = Wall(px, b.ts, size, size)
    return list(live.values()), falls


def fallen(wall: Wall, b: Batch) -> list[Fall]:
    """The fall of a wall that this batch ends, when it is the first half of a fake wall."""
    size = b.after.bid_size(wall.px)
    young = b.ts - wall.born < 1_000 * MS
    gone = not b.reset and 5 * size <= wall.largest and not b.after.bid_out_of_view(wall.px)
    return [Fall(wall.px, wall.born, b.ts, wall.largest - size)] if young and gone else []


def unexplained(past: Past, fall: Fall) -> bool:
    """Prints at or below the price in (since, min(t, at + 100 ms)] are < 20 % of the drop."""
    stop = min(past.t, fall.at + 100 * MS)
    printed = sum(x.size for x in past.trades(fall.since, stop) if x.px <= fall.px)
    return 5 * printed < fall.drop


def largest_wall(walls: list[Wall]) -> Wall | None:
    """The largest wall; of equal ones the higher price."""
    return max(walls, key=lambda wall: (wall.size, wall.px), default=None)


def wall_pressure(past: Past) -> float:
    """Largest live wall of age >= 1 s / max(best ask size, 100); 0 without one."""
    stable = [w for w in wall_history(past)[0] if past.t - w.born >= 1_000 * MS]
    wall = largest_wall(stable)
    return wall.size / max(past.book.asks[0][1], 100) if wall else 0.0


def wall_depletion(past: Past) -> float | None:
    """Buy prints of 5 s at the largest top-5 ask level of t-5 s / its size then.

    None when the book of t-5 s is malformed or missing.
    """
    then = past.book_at(past.t - 5 * NS)
    if not then.ok:
        return None
    px, size = max(then.asks[:5], key=lambda level: (level[1], -level[0]))
    return past.bought_at(px, past.t - 5 * NS, past.t) / size


# flash walls (N-12) -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rise:
    """More than 5,000 shares came to the best bid in the batch at ts; size: what stood then."""

    ts: int
    px: int
    amount: int
    size: int


def rises(past: Past) -> list[Rise]:
    """Every rise that can be the first half of a flash."""
    found = []
    for b in past.batches:
        if not b.change_ok:
            continue
        px, size = b.after.bids[0]
        amount = size - b.base.bid_size(px)
        if amount > 5_000 and not b.base.bid_out_of_view(px):
            found.append(Rise(b.ts, px, amount, size))
    return found


def fate(past: Past, rise: Rise) -> tuple[str, Fall | None]:
    """("gone", fall), ("lost", None) when a reset hid the rest, or ("stands", None) so far."""
    for b in past.window(rise.ts, rise.ts + 500 * MS):
        if b.reset:
            return "lost", None
        if missing(rise, b.after):
            drop = rise.size - b.after.bid_size(rise.px)
            return "gone", Fall(rise.px, rise.ts, b.ts, drop)
    return "stands", None


def missing(rise: Rise, book: Book) -> bool:
    """>= 80 % of the amount is missing at the price, which is still in view."""
    drop = rise.size - book.bid_size(rise.px)
    return 5 * drop >= 4 * rise.amount and not book.bid_out_of_view(rise.px)


def flashes(past: Past) -> list[int]:
    """Times u of the flashes, as judged with what is known at t, in order of time."""
    falls = [fate(past, rise)[1] for rise in rises(past)]
    return sorted(fall.at for fall in falls if fall and unexplained(past, fall))


def flash(past: Past) -> bool:
    """A flash at u with u <= t < u + 10 s."""
    return any(past.t < u + 10 * NS for u in flashes(past))


def flash_hold(past: Past) -> bool:
    """A rise still stands and is younger than 500 ms (`wall unproven`)."""
    return any(
        past.t - rise.ts < 500 * MS and fate(past, rise)[0] == "stands" for rise in rises(past)
    )


def flash_count(past: Past) -> int:
    """Flashes with u in (t - 300 s, t]."""
    return sum(1 for u in flashes(past) if u > past.t - 300 * NS)


def flash_quarantine(past: Past) -> bool:
    """Three flashes within 300 s, the third less than 900 s ago."""
    times = flashes(past)
    return any(
        third - first < 300 * NS and past.t < third + 900 * NS
        for first, third in zip(times, times[2:], strict=False)
    )


# fake walls (N-13) --------------------------------------------------------------------------------
def fakes(past: Past) -> list[int]:
    """Times u at which a young wall disappeared unexplained."""
    return sorted(fall.at for fall in wall_history(past)[1] if unexplained(past, fall))


def faked(past: Past) -> bool:
    """A fake wall disappeared at u with u <= t < u + 10 s."""
    return any(past.t < u + 10 * NS for u in fakes(past))


def young_wall_dominates(past: Past) -> bool:
    """A live wall younger than 1 s holds more than half of the top 5 bids."""
    top5 = sum(size for _, size in past.book.bids[:5])
    live = wall_history(past)[0]
    return any(past.t - wall.born < 1_000 * MS and 2 * wall.size > top5 for wall in live)


def no_flash(past: Past) -> bool:
    """No flash or fake wall in (t - 60 s, t] and a live wall of age >= 1 s (D-30)."""
    recent = [u for u in flashes(past) + fakes(past) if u > past.t - 60 * NS]
    stable = any(past.t - wall.born >= 1_000 * MS for wall in wall_history(past)[0])
    return stable and not recent
