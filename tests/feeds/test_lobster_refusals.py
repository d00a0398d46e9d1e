"""Rows that cannot be used are named by file and line; `skip_bad` leaves them out and says so."""

import random
from pathlib import Path

import pytest

from ramstock_tui.core.records import LEVEL_SET, RECORD, RECORD_SIZE, Row
from ramstock_tui.errors import ImportRefused, RamstockError
from ramstock_tui.feeds.lobster import ImportStats, read
from tests.feeds.recount import assert_same_books
from tests.lobster_writer import write_session

GOOD = "34200.5,1,1,500,120000,1"
BOOK = "120100,300,120000,500,120200,100,119900,200"

# a message row that follows GOOD, and what is said about it
BAD_MESSAGES = {
    "too few columns": ("34201,1,1,500,120000", "expected 6 columns, was 5"),
    "too many columns": ("34201,1,1,500,120000,1,X", "expected 6 columns, was 7"),
    "blank line": ("", "expected 6 columns, was 1"),
    "text time": ("noon,1,1,500,120000,1", "expected seconds after midnight as time, was 'noon'"),
    "exponent time": ("3e4,1,1,5,120000,1", "expected seconds after midnight as time, was '3e4'"),
    "negative time": ("-1,1,1,5,120000,1", "expected seconds after midnight as time, was '-1'"),
    "time after the day": ("86400,1,1,5,120000,1", "expected a time of 0 to below 86400"),
    "long time": ("99999999,1,1,5,120000,1", "expected seconds after midnight as time"),
    "time back": ("34200.4,1,1,5,120000,1", "not before 34200.500000000, was 34200.400000000"),
    "type 0": ("34201,0,1,500,120000,1", "expected a type of 1 to 7, was 0"),
    "type 8": ("34201,8,1,500,120000,1", "expected a type of 1 to 7, was 8"),
    "type 12": ("34201,12,1,500,120000,1", "expected a type of 1 to 7, was 12"),
    "text type": ("34201,new,1,500,120000,1", "expected a whole number as type, was 'new'"),
    "text order": ("34201,1,x,500,120000,1", "expected a whole number as order id, was 'x'"),
    "negative size": ("34201,1,1,-500,120000,1", f"expected a size of 0 to {2**32 - 1}, was -500"),
    "size over u32": ("34201,1,1,4294967296,120000,1", f"0 to {2**32 - 1}, was 4294967296"),
    "huge size": (f"34201,1,1,{'9' * 50},120000,1", f"expected a size of 0 to {2**32 - 1}"),
    "underscore size": ("34201,1,1,5_0,120000,1", "expected a whole number as size, was '5_0'"),
    "decimal price": ("34201,1,1,5,12.5,1", "expected a whole number as price, was '12.5'"),
    "empty price": ("34201,1,1,5,,1", "expected a whole number as price, was ''"),
    "price 0": ("34201,1,1,5,0,1", f"expected a price of 1 to {2**31 - 1}, was 0"),
    "negative price": ("34201,4,1,5,-1,1", f"expected a price of 1 to {2**31 - 1}, was -1"),
    "price over i32": ("34201,1,1,5,2147483648,1", f"1 to {2**31 - 1}, was 2147483648"),
    "huge price": (f"34201,1,1,5,{'9' * 30},1", f"expected a price of 1 to {2**31 - 1}"),
    "direction 0": ("34201,1,1,500,120000,0", "expected direction 1 or -1, was 0"),
    "direction 2": ("34201,1,1,500,120000,2", "expected direction 1 or -1, was 2"),
    "print without shares": ("34201,4,1,0,120000,1", "at least 1 share, was 0"),
    "unknown halt": ("34201,7,0,0,5,-1", "expected -1, 0 or 1 as price of a type 7 row, was 5"),
    "binary": ("\x00\xff,1,1,5,120000,1", "expected seconds after midnight as time"),
}

BAD_BOOKS = {
    "too few columns": ("120100,300,120000,500", "expected 8 columns, was 4"),
    "blank line": ("", "expected 8 columns, was 1"),
    "text price": (BOOK.replace("120200", "abc"), "expected whole numbers, was 'abc'"),
    "empty price": (BOOK.replace("120200", ""), "expected whole numbers, was ''"),
    "decimal price": (BOOK.replace("120200", "12.02"), "expected whole numbers, was '12.02'"),
    "underscore size": (BOOK.replace(",100,", ",1_0,"), "expected whole numbers, was '1_0'"),
    "superscript size": (BOOK.replace(",100,", ",1²,"), "expected whole numbers, was "),
    "thousands of digits": (BOOK.replace(",100,", f",{'9' * 5000},"), "expected whole numbers"),
    "negative size": (BOOK.replace(",100,", ",-100,"), "expected ask sizes of 0 to"),
    "size over u32": (BOOK.replace(",100,", ",4294967296,"), "was 4294967296"),
    "price over i32": (BOOK.replace("120200", "2147483648"), "was 2147483648"),
    "price 0": (BOOK.replace("119900", "0"), "expected bid prices of 1 to"),
    "asks fall": (BOOK.replace("120200", "120000"), "expected rising ask prices, level 2 was 1200"),
    "bids rise": (BOOK.replace("119900", "120050"), "expected falling bid prices, level 2 was 120"),
    "ask twice": (BOOK.replace("120200", "120100"), "level 2 was 120100 after 120100"),
    "bid twice": (BOOK.replace("119900", "120000"), "level 2 was 120000 after 120000"),
    "hole": (BOOK.replace(",300,", ",0,"), "no ask behind an empty level, level 1 is empty"),
}


def files(folder: Path, messages: list[str], books: list[str]) -> tuple[Path, Path]:
    message, orderbook = folder / "message.csv", folder / "orderbook.csv"
    message.write_text("\n".join(messages) + "\n", encoding="latin-1")
    orderbook.write_text("\n".join(books) + "\n", encoding="latin-1")
    return message, orderbook


def run(paths: tuple[Path, Path], *, skip_bad: bool = False) -> tuple[list[Row], ImportStats]:
    stats = ImportStats()
    batches = read(*paths, 0, 1, skip_bad=skip_bad, stats=stats)
    return [row for batch in batches for row in batch], stats


def refusal(paths: tuple[Path, Path], *, skip_bad: bool = False) -> str:
    with pytest.raises(RamstockError) as caught:
        run(paths, skip_bad=skip_bad)
    assert caught.value.exit_code == 1
    return str(caught.value)


@pytest.mark.parametrize(("row", "said"), BAD_MESSAGES.values(), ids=BAD_MESSAGES)
def test_a_bad_message_row_is_named(tmp_path: Path, row: str, said: str) -> None:
    paths = files(tmp_path, [GOOD, row, "34300,1,1,500,120000,1"], [BOOK] * 3)
    text = refusal(paths)
    assert text.startswith(f"{paths[0]}:2: expected ")
    assert said in text
    assert len(text) < len(str(paths[0])) + 150


@pytest.mark.parametrize(("row", "said"), BAD_BOOKS.values(), ids=BAD_BOOKS)
def test_a_bad_orderbook_row_is_named(tmp_path: Path, row: str, said: str) -> None:
    paths = files(
        tmp_path, [GOOD, "34201,1,1,5,120000,1", "34300,1,1,5,120000,1"], [BOOK, row, BOOK]
    )
    text = refusal(paths)
    assert text.startswith(f"{paths[1]}:2: expected ")
    assert said in text
    assert len(text) < len(str(paths[1])) + 150


@pytest.mark.parametrize("name", sorted(set(BAD_BOOKS) - {"too few columns"}))
def test_a_bad_first_orderbook_row_is_named_too(tmp_path: Path, name: str) -> None:
    paths = files(
        tmp_path, [GOOD, GOOD], [BAD_BOOKS[name][0] + "\n" * (name == "blank line"), BOOK]
    )
    assert refusal(paths).startswith(f"{paths[1]}:1: expected ")


@pytest.mark.parametrize("columns", [1, 3, 6, 204])
def test_a_number_of_columns_that_makes_no_levels_is_refused(tmp_path: Path, columns: int) -> None:
    paths = files(tmp_path, [GOOD], [",".join(["1"] * columns)])
    assert f":1: expected 4 columns a level and 1 to 50 levels, was {columns}" in refusal(paths)


def test_lines_are_counted_with_the_header(tmp_path: Path) -> None:
    header = "Time,Type,OrderId,Size,Price,Direction"
    paths = files(tmp_path, [header, GOOD, "34201,9,1,5,120000,1"], [BOOK, BOOK])
    assert refusal(paths).startswith(f"{paths[0]}:3: ")
    paths = files(tmp_path, [GOOD, GOOD], ["a,b,c,d,e,f,g,h", BOOK, "x"])
    assert refusal(paths).startswith(f"{paths[1]}:3: ")


@pytest.mark.parametrize("skip_bad", [False, True])
def test_files_of_different_length_are_always_refused(tmp_path: Path, skip_bad: bool) -> None:
    paths = files(tmp_path, [GOOD, GOOD], [BOOK])
    assert refusal(paths, skip_bad=skip_bad).startswith(f"{paths[1]}:2: expected a row for row ")
    paths = files(tmp_path, [GOOD], [BOOK, BOOK])
    assert refusal(paths, skip_bad=skip_bad).startswith(f"{paths[0]}:2: expected a row for row ")


def test_an_empty_file_and_a_lone_header_are_refused(tmp_path: Path) -> None:
    paths = files(tmp_path, [""], [BOOK])
    assert refusal(paths) == f"{paths[0]}:1: expected a row, was an empty file"
    paths = files(tmp_path, [GOOD], ["a,b,c,d"])
    assert refusal(paths) == f"{paths[1]}:2: expected a row, was the end of the file"


def test_a_header_of_another_table_is_refused(tmp_path: Path) -> None:
    paths = files(tmp_path, ["Time,Price", GOOD], [BOOK])
    assert refusal(paths) == f"{paths[0]}:1: expected 6 columns, was 2"
    paths = files(tmp_path, [GOOD], ["a,b,c,d,e", BOOK])
    assert "orderbook.csv:1: expected 4 columns a level" in refusal(paths)


def test_skipped_rows_are_left_out_of_both_files_and_named(tmp_path: Path) -> None:
    bad = [row for row, _ in BAD_MESSAGES.values()]
    messages = [GOOD, *bad, "34300,1,1,500,120000,1"]
    paths = files(tmp_path, messages, [BOOK] * len(messages))
    rows, stats = run(paths, skip_bad=True)
    assert len({row[0] for row in rows}) == 2
    assert (stats.rows, stats.skipped) == (len(messages), len(bad))
    assert sum(stats.skip_reasons.values()) == len(bad)
    assert stats.skip_reasons["columns"] == 3
    assert len(stats.skip_examples) == 20
    assert stats.skip_examples[0] == f"{paths[0]}:2: expected 6 columns, was 5"


def test_after_a_skipped_row_the_next_is_compared_with_the_last_kept_one(tmp_path: Path) -> None:
    lost = BOOK.replace(",300,", ",301,").replace("120200", "x")
    paths = files(
        tmp_path,
        [GOOD, "34201,1,1,1,120100,-1", "34202,1,1,1,120100,-1"],
        [BOOK, lost, BOOK.replace(",300,", ",302,")],
    )
    rows, stats = run(paths, skip_bad=True)
    assert [row[4:6] for row in rows if row[0] == 34_202 * 10**9] == [(120_100, 302)]
    assert stats.skip_examples == [f"{paths[1]}:2: expected whole numbers, was 'x'"]
    assert stats.level_changes == 5


def test_a_skipped_time_does_not_count_as_time(tmp_path: Path) -> None:
    messages = [GOOD, "50000,9,1,5,120000,1", "34201,1,1,5,120000,1"]
    _, stats = run(files(tmp_path, messages, [BOOK] * 3), skip_bad=True)
    assert (stats.skipped, stats.last_ts) == (1, 34_201 * 10**9)


def test_damaged_rows_in_a_generated_session_leave_the_rest_exact(tmp_path: Path) -> None:
    message, orderbook = write_session(tmp_path / "good", seed=11, rows=600, levels=5)
    messages, books = message.read_text().split(), orderbook.read_text().split()
    damaged = {7, 8, 300, 599}
    kept = [i for i in range(600) if i not in damaged]
    good = files(tmp_path, [messages[i] for i in kept], [books[i] for i in kept])
    expected, _ = run(good)
    assert_same_books(expected, *good, 0)
    (tmp_path / "bad").mkdir()
    for i in damaged:
        books[i] = books[i].replace(",", ";", 1)
    rows, stats = run(files(tmp_path / "bad", messages, books), skip_bad=True)
    assert rows == expected
    assert stats.skipped == len(damaged)
    assert any(row[2] == LEVEL_SET for row in rows)


@pytest.mark.parametrize("seed", range(6))
def test_rows_damaged_at_random_are_refused_or_make_records_that_fit(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    source = write_session(tmp_path / "good", seed=seed, rows=300, levels=3, resting=5)
    texts = [path.read_text().splitlines() for path in source]
    for _ in range(120):
        rows = rng.choice(texts)
        at = rng.randrange(len(rows))
        place = rng.randrange(len(rows[at]) + 1)
        cut = rng.choice((0, 1, 1, 4))
        new = rng.choice(("", "0", "9", "-", ",", ".", "_", "e", " ", "+", "99999999999", "\xb2"))
        rows[at] = rows[at][:place] + new + rows[at][place + cut :]
    records, stats = run(files(tmp_path, *texts), skip_bad=True)
    assert stats.rows == 300
    assert stats.skipped > 20
    assert all(len(RECORD.pack(*row)) == RECORD_SIZE for row in records)
    assert [row[0] for row in records] == sorted(row[0] for row in records)


def test_an_import_refusal_ends_with_exit_code_1() -> None:
    assert ImportRefused.exit_code == 1
