"""What a feed says of one symbol: slots, tapes, a connection that is lost and comes back."""

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from tests import histories as h
from tests.core.sessions import opened

START = h.OPEN_NS + 120 * h.NS
SYM = 1
S = h.NS


class Script:
    """An engine and the number of its next input."""

    def __init__(self) -> None:
        self.engine: Engine = opened()
        self.seq = self.engine.seq + 1

    def rows(self, *rows: r.Row) -> None:
        self.seq = self.engine.run(self.seq, rows)

    def feed(self, ts: int, code: int, sym: int = SYM) -> None:
        self.rows((ts, sym, r.FEED, 0 if sym else r.LAST, 0, 0, code))

    def book(self, ts: int) -> None:
        """A whole book, one batch."""
        rows = [
            (ts, SYM, r.DEPTH_ROW, r.BID, 100_000 - 100 * n, 1_500, n | r.OP_INSERT << 8)
            for n in range(5)
        ]
        rows += [
            (ts, SYM, r.DEPTH_ROW, 0, 100_200 + 100 * n, 1_500, n | r.OP_INSERT << 8)
            for n in range(5)
        ]
        rows[-1] = (*rows[-1][:3], rows[-1][3] | r.LAST, *rows[-1][4:])
        self.rows(*rows)

    def touch(self, ts: int) -> None:
        """A depth record that leaves the book as it is."""
        aux = r.OP_UPDATE << 8
        self.rows((ts, SYM, r.DEPTH_ROW, r.BID | r.LAST, 100_000, 1_500, aux))

    @property
    def symbol(self):  # type: ignore[no-untyped-def]
        return self.engine.symbols[SYM]


def deep() -> Script:
    script = Script()
    for code in (r.FEED_LINE, r.FEED_SLOT_OPENED, r.FEED_TAPE):
        script.feed(START, code)
    script.book(START + S)
    return script


def test_a_slot_makes_a_symbol_deep_and_its_end_empties_the_book() -> None:
    script = deep()
    assert script.symbol.deep
    script.touch(START + 4 * S)
    assert script.symbol.reason(START + 4 * S) == ""
    script.feed(START + 5 * S, r.FEED_SLOT_CLOSED)
    assert script.symbol.deep is False
    assert script.symbol.reason(START + 5 * S) == "no_book"


def test_the_tape_has_no_figures_while_prints_are_missed() -> None:
    script = deep()
    print_ = (r.PRINT, r.LAST, 100_200, 100, 0)
    for n in range(12):
        script.rows((START + 2 * S + n, SYM, *print_))
    t = START + 3 * S
    assert t - script.symbol.tape.start >= 3 * S
    script.feed(t, r.FEED_TAPE_END)
    assert script.symbol.tape.acceleration(t) is None
    assert t - script.symbol.tape.start < 0
    script.feed(t + S, r.FEED_TAPE)
    assert t + S - script.symbol.tape.start == 0


@pytest.mark.parametrize("code", [r.FEED_DOWN, r.FEED_STALE, r.FEED_COMPETING])
def test_a_lost_connection_leaves_nothing_of_its_symbols(code: int) -> None:
    script = deep()
    quote = (100_000, 1_500, 0)
    script.rows((START + 2 * S, SYM, r.QUOTE_SIDE, r.BID | r.LAST, *quote))
    assert script.symbol.level1.bid == 100_000
    script.feed(START + 3 * S, code)
    assert script.symbol.reason(START + 3 * S) == "no_book"
    assert not script.symbol.level1.bid
    assert script.engine.down == "", "the others go on"
    assert not any(lane.suspended for lane in script.engine.lanes)


def test_a_symbol_whose_connection_came_back_counts_after_ten_seconds() -> None:
    script = deep()
    script.feed(START + 5 * S, r.FEED_DOWN)
    back = START + 6 * S
    script.feed(back, r.FEED_UP)
    script.feed(back, r.FEED_SLOT_OPENED)
    script.book(back + S)
    for second in range(2, 11):
        script.touch(back + second * S)
        valid = script.symbol.reason(back + second * S) == ""
        assert valid == (second >= 10), second


def test_a_record_about_a_line_makes_no_data_fresh() -> None:
    script = deep()
    before = script.engine.link_ts
    for code in (r.FEED_SLOT_CLOSED, r.FEED_LINE_END, r.FEED_SLOT_OPENED, r.FEED_GAP, r.FEED_DOWN):
        script.feed(START + 9 * S, code)
    assert script.engine.link_ts == before


def test_an_answer_of_the_broker_keeps_the_link_alive_and_no_data() -> None:
    script = deep()
    ts = START + 9 * S
    context = script.engine.lanes[0]._desk.ctx
    script.rows((ts, 0, r.HEALTH, r.LAST, 1, 20, 0))
    assert context.link_ts == START + S
    script.rows((ts, 0, r.HEALTH, r.LAST | r.ANSWERED, 1, 20, 0))
    assert context.link_ts == ts
    assert script.engine.link_ts == START + S


def test_data_that_are_not_to_be_traded_on_suspend_alerts_and_still_count_as_watched() -> None:
    script = deep()
    script.feed(START + 2 * S, r.FEED_DELAYED, 0)
    assert script.engine.acting.suspended == "delayed"
    assert not script.engine.coverage.blind
    script.feed(START + 3 * S, r.FEED_DOWN, 0)
    assert script.engine.coverage.blind
    script.feed(START + 4 * S, r.FEED_UP, 0)
    script.engine.tick(START + 14 * S - 1)
    assert script.engine.acting.suspended
    script.engine.tick(START + 14 * S)
    assert not script.engine.acting.suspended


def test_a_book_that_came_with_the_first_data_after_a_reconnect_counts_after_ten_seconds() -> None:
    """The feed says that the connection is back when it has seen data: behind them."""
    script = deep()
    script.feed(START + 5 * S, r.FEED_DOWN)
    back = START + 6 * S
    script.feed(back, r.FEED_SLOT_OPENED)
    script.book(back)
    script.feed(back, r.FEED_UP)
    for second in range(1, 11):
        script.touch(back + second * S)
        valid = script.symbol.reason(back + second * S) == ""
        assert valid == (second >= 10), second
