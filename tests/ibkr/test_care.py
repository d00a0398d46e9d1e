"""Books that are asked for again: only for a reason that lasts, and not too often."""

from ramstock_tui.core import records as r
from ramstock_tui.feeds.ibkr.care import Care
from ramstock_tui.feeds.ibkr.instrument import Request, Stock

S1 = 1_000_000_000


def crossed() -> Stock:
    stock = Stock("ABCD", 0, sym=1)
    stock.rows.apply(True, 0, r.OP_INSERT, 101, 5)
    stock.rows.apply(False, 0, r.OP_INSERT, 100, 5)
    return stock


def test_a_book_that_stays_crossed_is_asked_for_again_and_then_left_alone_for_a_while() -> None:
    care, stock = Care(), crossed()
    assert care.flaw(stock, 100.0) == ""
    assert care.flaw(stock, 102.0) == ""
    assert care.flaw(stock, 102.1) == "crossed"
    care.asked(stock, 102.1)
    assert care.flaw(stock, 102.2) == ""
    assert care.flaw(stock, 110.0) == ""
    assert care.flaw(stock, 117.2) == "crossed"


def test_a_book_that_is_crossed_for_a_moment_is_not() -> None:
    care, stock = Care(), crossed()
    care.flaw(stock, 100.0)
    stock.rows.apply(True, 0, r.OP_UPDATE, 99, 5)
    care.flaw(stock, 101.0)
    stock.rows.apply(True, 0, r.OP_UPDATE, 101, 5)
    care.flaw(stock, 101.5)
    assert care.flaw(stock, 103.0) == ""


def test_a_tape_without_a_print_while_the_volume_grows_is_asked_for_again_once_a_minute() -> None:
    care, stock = Care(), Stock("ABCD", 0, sym=1)
    stock.asked_s, stock.unprinted = 100.0, 20
    assert not care.tapeless(stock, 110.0), "it has no tape"
    stock.tape = Request("tape", stock, 7)
    assert not care.tapeless(stock, 104.0), "it may still come"
    assert care.tapeless(stock, 110.0)
    assert not care.tapeless(stock, 111.0), "counted anew"
    stock.unprinted = 20
    assert not care.tapeless(stock, 169.0)
    assert care.tapeless(stock, 170.0)


def test_silence_counts_against_the_own_pace() -> None:
    care, busy, calm = Care(), Stock("BUSY", 0, sym=1), Stock("CALM", 0, sym=2)
    busy.opened_s = calm.opened_s = 0.0
    now = 0.0
    for _ in range(6):
        busy.reads, calm.reads = 100, 2
        now += 10.0
        care.count((busy, calm), now)
    at = 6 * S1
    assert care.silence(busy, now, at) == "silent for 6 s"
    assert care.silence(calm, now, at) == "", "6 s are nothing for it"


def test_silence_is_a_reason_5_s_after_the_request_and_then_once_a_minute() -> None:
    care, stock = Care(), Stock("ABCD", 0, sym=1)
    stock.pace = [100] * 6
    stock.opened_s = 100.0
    assert care.silence(stock, 104.9, 6 * S1) == ""
    assert care.silence(stock, 105.0, 6 * S1) == "silent for 6 s"
    stock.opened_s = 105.0
    assert care.silence(stock, 164.9, 60 * S1) == ""
    assert care.silence(stock, 165.0, 60 * S1) == "silent for 60 s"
