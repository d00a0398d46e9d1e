"""The engine's own book against the orderbook file, after every batch, on all levels."""

from itertools import groupby
from pathlib import Path

import pytest
import zstandard

from ramstock_tui.core.book import Book
from ramstock_tui.feeds.lobster import ImportStats, read
from tests import histories as h
from tests.core.sessions import opened
from tests.feeds.recount import book_of, table
from tests.lobster_writer import write_session


def assert_engine_book_is_the_file(message: Path, orderbook: Path) -> int:
    """Feeds batch by batch; returns how many batches were compared."""
    pairs = zip(table(message), table(orderbook), strict=True)
    expected = [list(rows)[-1][1] for _, rows in groupby(pairs, key=lambda pair: pair[0][0])]
    engine = opened(observe=False)
    seq, count = 3, 0
    batches = read(message, orderbook, h.MIDNIGHT_NS, 1, skip_bad=False, stats=ImportStats())
    for batch, cells in zip(batches, expected, strict=True):
        seq = engine.run(seq, batch)
        asks, bids = book_of(cells)
        book = engine.books[1]
        assert (book.levels(False), book.levels(True)) == (
            sorted(asks.items()),
            sorted(bids.items(), reverse=True),
        )
        assert_sums_are_a_recount(book)
        count += 1
    return count


def assert_sums_are_a_recount(book: Book) -> None:
    """Best prices, their sizes and the sums of the best three and five levels."""
    bids, asks = book.levels(True), book.levels(False)
    assert (book.bid, book.bid_size) == (bids[0] if bids else (0, 0))
    assert (book.ask, book.ask_size) == (asks[0] if asks else (0, 0))
    for n, (of_bids, of_asks) in {
        3: (book.bids3, book.asks3),
        5: (book.bids5, book.asks5),
    }.items():
        assert of_bids == sum(size for _, size in bids[:n])
        assert of_asks == sum(size for _, size in asks[:n])


@pytest.mark.parametrize(("seed", "levels"), [(1, 10), (2, 10), (3, 1), (4, 5), (5, 50)])
def test_on_generated_order_flow(tmp_path: Path, seed: int, levels: int) -> None:
    message, orderbook = write_session(tmp_path, seed=seed, rows=1_500, levels=levels, halts=True)
    assert assert_engine_book_is_the_file(message, orderbook) > 500


@pytest.mark.parametrize(
    "stem",
    [
        "MSFT_2012-06-21_34200000_34500000_{}_{}.csv.zst",
        "MSFT_2012-06-21_35999954_first1000_{}_{}.csv.zst",
    ],
)
def test_on_real_order_flow(shared: Path, stem: str) -> None:
    folder = shared / "data" / "lobster"
    message = folder / stem.format("message", 50)
    orderbook = folder / stem.format("orderbook", 50 if "first1000" in stem else 10)
    assert zstandard.get_frame_parameters(message.read_bytes()[:64])
    assert assert_engine_book_is_the_file(message, orderbook) > 300
