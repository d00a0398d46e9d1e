"""Liquidity collapse (N-15, D-18)."""

from .book import MS, NS, Book
from .past import Past, median, samples, since


def bid_sum_3(book: Book) -> int:
    """Shares of the top 3 bids."""
    return sum(size for _, size in book.bids[:3])


def depth_5(book: Book) -> int:
    """Shares of the top 5 bids and the top 5 asks."""
    return sum(size for _, size in (*book.bids[:5], *book.asks[:5]))


def few_levels(past: Past) -> bool:
    """(a) a side has fewer than two levels; not on a level-1 feed."""
    levels = min(len(past.book.bids), len(past.book.asks))
    return past.session.depth_levels > 1 and levels < 2


def bid_fell(past: Past) -> bool:
    """(b) the top 3 bids hold < 25 % of their 60 s median; false with fewer than 10 samples."""
    books = samples(past, 60)
    if len(books) < 10:
        return False
    return 4 * bid_sum_3(past.book) < median([bid_sum_3(book) for book in books])


def both_fell(past: Past) -> bool:
    """(c) top-5 depth < 40 % of its 10 s median now, and at t-1 s it was not."""
    books = samples(past, 10)
    if len(books) < 5:
        return False
    middle = median([depth_5(book) for book in books])
    before = depth_5(past.book_at(past.t - NS))
    return 5 * depth_5(past.book) < 2 * middle <= 5 * before


def collapse(past: Past) -> bool:
    """The newest batch was a collapse: tested only when the book before it was valid."""
    if not past.batches or past.batches[-1].reset:
        return False
    ts = past.batches[-1].ts
    start = since(past.until(ts - 1))
    if start is None or ts - start < 3_000 * MS:
        return False
    then = past.until(ts)
    return few_levels(then) or bid_fell(then) or both_fell(then)


def collapse_hold(past: Past) -> bool:
    """A collapse at a batch u with u <= t < u + 30 s."""
    return any(collapse(past.until(b.ts)) for b in past.back(30 * NS))
