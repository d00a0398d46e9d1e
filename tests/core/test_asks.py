"""Refilled and eaten asks while the book is broken: they are latched, so only the book before the
take has to be well formed (N-03, N-20, N-22)."""

import msgspec

from ramstock_tui.core import offers
from ramstock_tui.core.records import BOOK_CLEAR, LAST, PRINT, SIDE_BUY
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.host.drive import replay
from tests.core.sessions import rules
from tests.session_writer import ASKS, BIDS, Levels, Script, Stock

ONE_ASK: Levels = [(1203, 1600)]


def standing(asks: Levels) -> tuple[Script, Stock]:
    script = Script()
    stock = script.stock("AAA")
    script.at("09:31:00")
    stock.book(BIDS, asks)
    stock.stand(6)
    return script, stock


def symbol(script: Script) -> Symbol:
    """With the rules of a heatmap that must confirm, so that eaten asks are watched."""
    tables = rules()
    profiles = tuple(msgspec.structs.replace(p, heatmap="required") for p in tables.profiles)
    tables = msgspec.structs.replace(tables, profiles=profiles)
    return replay(tables, script.chunks(), "none").by_ticker["AAA"]


def test_the_last_ask_of_a_side_is_eaten_although_no_book_is_left() -> None:
    script, stock = standing(ONE_ASK)
    stock.book(asks=[], prints=[(1203, 1600)])
    found = symbol(script)
    assert found.reason(script.ts) == "empty_ask"
    assert offers.eaten(found, script.ts)


def test_a_take_that_empties_the_side_and_comes_back_is_a_refill() -> None:
    script, stock = standing(ONE_ASK)
    for _ in range(2):
        stock.book(asks=[], prints=[(1203, 1600)])
        script.wait(100)
        stock.book(asks=[(1203, 1500)])
        script.wait(1_000)
        stock.book(asks=ONE_ASK)
    found = symbol(script).asks
    assert found is not None
    assert found.refill_count(script.ts) == 2


def test_a_bid_that_locks_the_ask_for_a_moment_does_not_begin_it_anew() -> None:
    script, stock = standing(ASKS)
    stock.level(False, 1203, 800, prints=[(1203, 600)])
    script.wait(200)
    stock.level(True, 1203, 100)
    script.wait(100)
    stock.level(True, 1203, 0)
    script.wait(200)
    stock.level(False, 1203, 0, prints=[(1203, 800)])
    assert offers.eaten(symbol(script), script.ts)


def test_prints_while_the_book_is_locked_count_as_bought_there() -> None:
    """The source says who bought: no quote is needed for the side."""
    script, stock = standing(ASKS)
    stock.level(True, 1203, 100)
    script.wait(100)
    script.row((script.ts, stock.sym, PRINT, SIDE_BUY | LAST, 12_0300, 1_000, 0))
    script.wait(100)
    stock.level(True, 1203, 0)
    script.wait(200)
    stock.level(False, 1203, 100, prints=[(1203, 300)])
    assert offers.eaten(symbol(script), script.ts)


def test_a_reset_between_begins_it_anew() -> None:
    script, stock = standing(ASKS)
    stock.level(False, 1203, 700, prints=[(1203, 700)])
    script.wait(200)
    script.row((script.ts, stock.sym, BOOK_CLEAR, 0, 0, 0, 0))
    stock.sides = {True: {}, False: {}}
    stock.book(BIDS, ASKS)
    script.wait(200)
    stock.level(False, 1203, 0, prints=[(1203, 700)])
    assert not offers.eaten(symbol(script), script.ts)
