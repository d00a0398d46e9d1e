"""Rows of hand-made and generated LOBSTER files become the right batches."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core.records import (
    BID,
    BOOK_CLEAR,
    CLEAR_SEED,
    HALT,
    HIDDEN,
    LAST,
    LEVEL_SET,
    PRINT,
    SIDE_BUY,
    SIDE_SELL,
    Row,
)
from ramstock_tui.feeds.lobster import ImportStats, read
from tests.feeds.recount import assert_same_books, table, time_ns
from tests.lobster_writer import write_session

MIDNIGHT = 1_340_251_200_000_000_000
AT = MIDNIGHT + 34_200 * 10**9
BOOK = "120100,300,120000,500,120200,100,119900,200"


def batches_of(
    folder: Path, messages: list[str], books: list[str]
) -> tuple[list[list[Row]], ImportStats]:
    message, orderbook = folder / "message.csv", folder / "orderbook.csv"
    message.write_text("\n".join(messages) + "\n")
    orderbook.write_text("\n".join(books) + "\n")
    stats = ImportStats()
    return list(read(message, orderbook, MIDNIGHT, 1, skip_bad=False, stats=stats)), stats


def after_seed(folder: Path, messages: list[str], books: list[str]) -> list[list[Row]]:
    """Batches after a first row at 34200 that shows BOOK."""
    batches, _ = batches_of(folder, ["34200,1,1,500,120000,1", *messages], [BOOK, *books])
    return batches[1:]


def test_the_first_row_is_a_full_image(tmp_path: Path) -> None:
    batches, stats = batches_of(tmp_path, ["34200,1,1,500,120000,1"], [BOOK])
    assert batches == [
        [
            (AT, 1, BOOK_CLEAR, 0, 0, 0, CLEAR_SEED),
            (AT, 1, LEVEL_SET, 0, 120_100, 300, 0),
            (AT, 1, LEVEL_SET, 0, 120_200, 100, 0),
            (AT, 1, LEVEL_SET, BID, 120_000, 500, 0),
            (AT, 1, LEVEL_SET, BID | LAST, 119_900, 200, 0),
        ]
    ]
    assert (stats.rows, stats.level_changes, stats.unchanged_rows, stats.levels) == (1, 4, 0, 2)


def test_an_execution_is_a_print_and_then_the_change_of_its_level(tmp_path: Path) -> None:
    [batch] = after_seed(
        tmp_path, ["34201.5,4,9,100,120100,-1"], [BOOK.replace("120100,300", "120100,200")]
    )
    ts = AT + 1_500_000_000
    assert batch == [
        (ts, 1, PRINT, SIDE_BUY, 120_100, 100, 0),
        (ts, 1, LEVEL_SET, LAST, 120_100, 200, 0),
    ]


def test_a_hit_bid_is_seller_initiated(tmp_path: Path) -> None:
    [batch] = after_seed(
        tmp_path, ["34201,4,9,100,120000,1"], [BOOK.replace("120000,500", "120000,400")]
    )
    assert batch[0][2:6] == (PRINT, SIDE_SELL, 120_000, 100)


def test_a_hidden_execution_alone_is_only_a_print(tmp_path: Path) -> None:
    [batch] = after_seed(tmp_path, ["34201,5,0,70,120050,-1"], [BOOK])
    assert batch == [(AT + 10**9, 1, PRINT, SIDE_BUY | HIDDEN | LAST, 120_050, 70, 0)]


def test_prints_of_a_timestamp_come_before_its_book_changes(tmp_path: Path) -> None:
    one = BOOK.replace("120100,300", "120100,200")
    two = one.replace("120100,200", "120100,50")
    [batch] = after_seed(
        tmp_path, ["34201,4,9,100,120100,-1", "34201,4,10,150,120100,-1"], [one, two]
    )
    assert [(row[2], row[4], row[5], row[3] & LAST) for row in batch] == [
        (PRINT, 120_100, 100, 0),
        (PRINT, 120_100, 150, 0),
        (LEVEL_SET, 120_100, 200, 0),
        (LEVEL_SET, 120_100, 50, LAST),
    ]


def test_a_row_that_changes_nothing_repeats_the_best_bid(tmp_path: Path) -> None:
    [batch] = after_seed(
        tmp_path, ["34201,1,9,100,110000,1", "34201,3,9,100,110000,1"], [BOOK, BOOK]
    )
    assert batch == [(AT + 10**9, 1, LEVEL_SET, BID | LAST, 120_000, 500, 0)]


def test_a_row_that_changes_nothing_is_silent_beside_one_that_does(tmp_path: Path) -> None:
    changed = BOOK.replace("119900,200", "119900,300")
    batches, stats = batches_of(
        tmp_path,
        ["34200,1,1,500,120000,1", "34201,1,9,100,110000,1", "34201,1,8,100,119900,1"],
        [BOOK, BOOK, changed],
    )
    assert batches[1] == [(AT + 10**9, 1, LEVEL_SET, BID | LAST, 119_900, 300, 0)]
    assert (stats.level_changes, stats.unchanged_rows) == (5, 1)


def test_a_hidden_print_beside_an_unchanged_row_keeps_the_book_alive(tmp_path: Path) -> None:
    [batch] = after_seed(
        tmp_path, ["34201,5,0,70,120050,1", "34201,1,9,100,110000,1"], [BOOK, BOOK]
    )
    assert [row[2] for row in batch] == [PRINT, LEVEL_SET]
    assert batch[1][3:6] == (BID | LAST, 120_000, 500)


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        ("120100,300,-9999999999,0", (0, 120_100, 300)),
        ("9999999999,0,-9999999999,0", (BID, 110_000, 0)),
    ],
)
def test_without_a_bid_the_repeat_uses_what_there_is(
    tmp_path: Path, book: str, expected: tuple[int, int, int]
) -> None:
    batches, _ = batches_of(
        tmp_path, ["34200,3,1,500,120000,1", "34201,1,9,100,110000,1"], [book, book]
    )
    ts, sym, kind, flags, px, size, aux = batches[1][0]
    assert (flags & ~LAST, px, size) == expected
    assert (ts, sym, kind, aux, len(batches[1])) == (AT + 10**9, 1, LEVEL_SET, 0, 1)


def test_a_level_that_leaves_is_removed_before_the_one_that_comes(tmp_path: Path) -> None:
    [batch] = after_seed(
        tmp_path, ["34201,1,9,100,120050,1"], ["120100,300,120050,100,120200,100,120000,500"]
    )
    assert [row[3:6] for row in batch] == [
        (BID, 119_900, 0),
        (BID | LAST, 120_050, 100),
    ]


def test_a_level_whose_size_falls_to_nothing_at_the_same_price_is_removed(tmp_path: Path) -> None:
    [batch] = after_seed(tmp_path, ["34201,3,9,100,120200,-1"], [BOOK.replace("200,100", "200,0")])
    assert [row[3:6] for row in batch] == [(LAST, 120_200, 0)]


@pytest.mark.parametrize(("price", "code"), [(-1, 1), (0, 1), (1, 0)])
def test_halts_say_whether_trading_goes_on(tmp_path: Path, price: int, code: int) -> None:
    [batch] = after_seed(tmp_path, [f"34201,7,0,0,{price},-1"], [BOOK])
    assert batch == [(AT + 10**9, 1, HALT, LAST, 0, 0, code)]


def test_a_cross_is_left_out_but_its_book_is_not(tmp_path: Path) -> None:
    changed = BOOK.replace("120100,300", "120100,250")
    batches, stats = batches_of(
        tmp_path,
        ["34200,1,1,500,120000,1", "34201,6,-1,900,120050,-1", "34202,6,-1,900,120050,-1"],
        [BOOK, BOOK, changed],
    )
    assert batches[1:] == [[(AT + 2 * 10**9, 1, LEVEL_SET, LAST, 120_100, 250, 0)]]
    assert (stats.rows, stats.crosses, stats.prints, stats.unchanged_rows) == (3, 2, 0, 0)


def test_a_crossed_book_is_data(tmp_path: Path) -> None:
    crossed = "120000,300,120100,500,120200,100,119900,200"
    [batch] = after_seed(tmp_path, ["34201,1,9,500,120100,1"], [crossed])
    assert {row[4] for row in batch} == {120_000, 120_100}


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("34200", 34_200_000_000_000),
        ("34200.", 34_200_000_000_000),
        ("34200.1", 34_200_100_000_000),
        ("34200.000000001", 34_200_000_000_001),
        ("57599.999999999", 57_599_999_999_999),
        ("34200.0000000019", 34_200_000_000_001),
    ],
)
def test_times_are_exact_nanoseconds(tmp_path: Path, text: str, ns: int) -> None:
    batches, stats = batches_of(tmp_path, [f"{text},1,1,500,120000,1"], [BOOK])
    assert batches[0][0][0] == MIDNIGHT + ns
    assert stats.first_ts == stats.last_ts == MIDNIGHT + ns
    assert stats.cut_times == (len(text) > 15)


@pytest.mark.parametrize("with_header", [{"message"}, {"orderbook"}, {"message", "orderbook"}])
def test_header_lines_are_left_out(tmp_path: Path, with_header: set[str]) -> None:
    messages, books = ["34200,1,1,500,120000,1"], [BOOK]
    expected, _ = batches_of(tmp_path, messages, books)
    if "message" in with_header:
        messages.insert(0, "Time,Type,OrderId,Size,Price,Direction")
    if "orderbook" in with_header:
        books.insert(0, "Ask1,AskSize1,Bid1,BidSize1,Ask2,AskSize2,Bid2,BidSize2")
    batches, stats = batches_of(tmp_path, messages, books)
    assert batches == expected
    assert stats.rows == 1


GENERATED: list[dict[str, Any]] = [
    {"seed": 1, "rows": 1500},
    {"seed": 2, "rows": 1500, "levels": 1},
    {"seed": 3, "rows": 400, "levels": 50},
    {"seed": 4, "rows": 1000, "resting": 4},
    {"seed": 5, "rows": 1200, "levels": 5, "halts": True, "price_e4": 9_900, "start_s": 36_000},
]


@pytest.mark.parametrize("arguments", GENERATED, ids=lambda a: f"seed{a['seed']}")
def test_rebuilt_books_equal_the_orderbook_file(tmp_path: Path, arguments: dict[str, Any]) -> None:
    message, orderbook = write_session(tmp_path, **arguments)
    stats = ImportStats()
    batches = list(read(message, orderbook, MIDNIGHT, 1, skip_bad=False, stats=stats))
    rows = [row for batch in batches for row in batch]
    assert assert_same_books(rows, message, orderbook, MIDNIGHT) == len(batches)
    assert all(sum(row[3] >= LAST for row in batch) == 1 for batch in batches)
    assert_counts(stats, rows, message, orderbook)


def assert_counts(stats: ImportStats, rows: list[Row], message: Path, orderbook: Path) -> None:
    messages, books = table(message), table(orderbook)
    kinds = [cells[1] for cells in messages]
    kept = zip(kinds[1:], books, books[1:], strict=False)
    assert stats.rows == len(messages)
    assert stats.prints == kinds.count("4") + kinds.count("5") == sum(r[2] == PRINT for r in rows)
    assert stats.halts == kinds.count("7") == sum(r[2] == HALT for r in rows)
    assert stats.unchanged_rows == sum(a == b and k in "1234" for k, a, b in kept)
    assert stats.first_ts == MIDNIGHT + time_ns(messages[0][0])
    assert stats.last_ts == MIDNIGHT + time_ns(messages[-1][0])


def test_every_print_is_its_message_row(tmp_path: Path) -> None:
    message, orderbook = write_session(tmp_path, seed=6, rows=1500, levels=3)
    stats = ImportStats()
    batches = read(message, orderbook, MIDNIGHT, 1, skip_bad=False, stats=stats)
    prints = [(*r[:3], r[3] & ~LAST, *r[4:]) for batch in batches for r in batch if r[2] == PRINT]
    assert prints == [
        (
            MIDNIGHT + time_ns(time),
            1,
            PRINT,
            (SIDE_SELL if side == "1" else SIDE_BUY) | (HIDDEN if kind == "5" else 0),
            int(price),
            int(size),
            0,
        )
        for time, kind, _, size, price, side in table(message)
        if kind in "45"
    ]


def test_the_writer_repeats_itself_and_shows_what_the_suite_needs(tmp_path: Path) -> None:
    first = write_session(tmp_path / "a", seed=7, rows=3000, halts=True)
    again = write_session(tmp_path / "b", seed=7, rows=3000, halts=True)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    other = write_session(tmp_path / "c", seed=8, rows=3000, halts=True)
    assert other[0].read_bytes() != first[0].read_bytes()
    messages, books = table(first[0]), table(first[1])
    assert {cells[1] for cells in messages} == {"1", "2", "3", "4", "5", "7"}
    assert len({cells[0] for cells in messages}) < len(messages)
    assert any(a[0::4] != b[0::4] for a, b in pairwise(books))
    assert all(int(cells[0]) > int(cells[2]) for cells in books)
