"""A slow second reading of LOBSTER files, to compare an import with."""

import gzip
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import zstandard

from ramstock_tui.core.records import BID, BOOK_CLEAR, LAST, LEVEL_SET, Row

EMPTY = 9_999_999_999
Side = dict[int, int]


def table(path: Path) -> list[list[str]]:
    """The cells of every row, without a header."""
    data = path.read_bytes()
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    elif path.suffix == ".gz":
        data = gzip.decompress(data)
    rows = [line.split(",") for line in data.decode().splitlines()]
    return rows[1:] if any(letter.isalpha() for letter in rows[0][0]) else rows


def book_of(cells: list[str]) -> tuple[Side, Side]:
    """(asks, bids) of one orderbook row, size by price, empty levels left out."""
    numbers = [int(cell) for cell in cells]
    asks = zip(numbers[0::4], numbers[1::4], strict=True)
    bids = zip(numbers[2::4], numbers[3::4], strict=True)
    asks_there = {px: size for px, size in asks if size and abs(px) != EMPTY}
    return asks_there, {px: size for px, size in bids if size and abs(px) != EMPTY}


def time_ns(cell: str) -> int:
    """Nanoseconds since midnight, by decimal arithmetic."""
    return int(Decimal(cell) * 10**9)


def books_at_batch_ends(rows: Iterable[Row]) -> Iterator[tuple[int, Side, Side]]:
    """(ts, asks, bids) after each record flagged LAST."""
    asks: Side = {}
    bids: Side = {}
    for ts, _, kind, flags, px, size, _ in rows:
        if kind == BOOK_CLEAR:
            asks.clear()
            bids.clear()
        elif kind == LEVEL_SET:
            side = bids if flags & BID else asks
            side[px] = size
            if not size:
                del side[px]
        if flags & LAST:
            yield ts, asks, bids


def assert_same_books(rows: Iterable[Row], message: Path, orderbook: Path, midnight: int) -> int:
    """Every batch end shows the last orderbook row of its timestamp; returns how many there were.

    Only timestamps of nothing but crosses that leave the book alone may lack records.
    """
    pairs = zip(table(message), table(orderbook), strict=True)
    expected = []
    for time, group in groupby(pairs, key=lambda pair: pair[0][0]):
        expected.append((midnight + time_ns(time), book_of(list(group)[-1][1])))
    count = 0
    ends = books_at_batch_ends(rows)
    for (ts, asks, bids), (wanted_ts, wanted) in zip(ends, expected, strict=True):
        assert ts == wanted_ts
        assert (asks, bids) == wanted, f"after the batch at {ts}"
        count += 1
    return count
