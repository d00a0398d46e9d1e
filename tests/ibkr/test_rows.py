"""The copy of a positional book: what is possible, what is not, and rows that fall out."""

from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core import records as r
from ramstock_tui.core.book import Book
from ramstock_tui.feeds.ibkr.rows import BAD, IGNORED, OK, Depth

ops = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(0, 8),
        st.integers(0, 2),
        st.integers(1, 50),
        st.integers(1, 900),
    ),
    max_size=80,
)


@given(ops)
def test_the_engine_has_the_book_of_the_copy_after_every_batch(
    script: list[tuple[bool, int, int, int, int]],
) -> None:
    """Against a list that says what the broker means: at most five rows a side are kept."""
    depth, book = Depth(5), Book()
    for t, (bid, at, op, px, size) in enumerate(script, start=1):
        done = depth.apply(bid, at, op, px, size)
        if done == BAD:
            depth.clear()
            book.clear(t)
            continue
        if done == OK:
            assert book.row(t, bid, at, op, px, size)
        for gone in depth.overflow():
            assert book.row(t, *gone)
        book.restructure(t)
        for side in (True, False):
            rows = depth.sides[side].rows
            assert len(rows) <= depth.limit
            merged: dict[int, int] = {}
            for level, shares in rows:
                merged[level] = merged.get(level, 0) + shares
            assert dict(book.levels(side)) == merged


def full() -> Depth:
    depth = Depth(3)
    for at in range(3):
        assert depth.apply(True, at, r.OP_INSERT, 100 - at, 5) == OK
    assert depth.overflow() == []
    return depth


def test_a_row_that_is_pushed_out_goes_whether_the_broker_says_so_or_not() -> None:
    depth = full()
    assert depth.apply(True, 0, r.OP_INSERT, 101, 5) == OK
    assert depth.overflow() == [(True, 3, r.OP_DELETE, 0, 0)]
    assert [px for px, _ in depth.sides[1].rows] == [101, 100, 99]
    assert depth.apply(True, 3, r.OP_DELETE, 0, 0) == IGNORED, "said after all"
    assert depth.apply(True, 3, r.OP_DELETE, 0, 0) == BAD, "but once"


def test_a_broker_that_keeps_more_rows_than_asked_for_is_followed() -> None:
    depth = full()
    assert depth.apply(True, 3, r.OP_INSERT, 97, 5) == OK
    assert depth.overflow() == []
    assert len(depth.sides[1].rows) == 4


def test_what_cannot_be_is_bad() -> None:
    for at, op in ((5, r.OP_INSERT), (3, r.OP_UPDATE), (3, r.OP_DELETE), (0, 7), (200, 0)):
        assert full().apply(True, at, op, 90, 5) == BAD


def test_unsorted_and_crossed_are_told() -> None:
    depth = full()
    depth.apply(False, 0, r.OP_INSERT, 101, 5)
    assert depth.flaw() == ""
    depth.apply(False, 0, r.OP_UPDATE, 99, 5)
    assert depth.flaw() == "crossed"
    depth.apply(True, 1, r.OP_UPDATE, 200, 5)
    assert depth.flaw() == "unsorted"


def test_the_image_builds_the_book_again() -> None:
    depth, again = full(), Depth(3)
    depth.apply(False, 0, r.OP_INSERT, 101, 7)
    for op in depth.image():
        assert again.apply(*op) == OK
    assert [side.rows for side in again.sides] == [side.rows for side in depth.sides]


def test_a_broker_that_never_says_what_fell_out_is_taken_at_its_word_within_a_batch() -> None:
    depth = full()
    for px in (101, 102, 103):
        assert not depth.at_once
        assert depth.apply(True, 0, r.OP_INSERT, px, 5) == OK
        assert len(depth.overflow()) == 1
    assert depth.at_once
    assert depth.apply(True, 0, r.OP_INSERT, 104, 5) == OK
    assert depth.overflow() == [(True, 3, r.OP_DELETE, 0, 0)]
    assert depth.apply(True, 0, r.OP_DELETE, 0, 0) == OK
    assert [px for px, _ in depth.sides[1].rows] == [103, 102], "101 fell out before the delete"


def test_a_broker_that_says_what_falls_out_keeps_a_row_more_within_a_batch() -> None:
    depth = full()
    for px in (101, 102, 103, 104):
        assert depth.apply(True, 0, r.OP_INSERT, px, 5) == OK
        assert len(depth.overflow()) == 1
        assert depth.apply(True, 3, r.OP_DELETE, 0, 0) == IGNORED
    assert not depth.at_once
