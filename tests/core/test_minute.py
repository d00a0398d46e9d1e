"""The last minute by whole second, as a screen paints it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.minute import LEVELS, SECONDS, traded
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import BUY, S1
from tests.host.help import observed
from tests.session_writer import ASKS, BIDS, Script, at

BEGIN = at("09:31:00")
STEPS = st.lists(
    st.tuples(
        st.integers(50, 2_500),  # ms until it happens
        st.sampled_from(["ask", "bid", "buy", "sell", "empty", "full"]),
        st.integers(1, 40),  # hundreds of shares
    ),
    min_size=1,
    max_size=60,
)


def played(steps: list[tuple[int, str, int]]) -> tuple[Engine, Script]:
    script = Script()
    stock = script.stock("AAA")
    script.ts = BEGIN
    stock.book(BIDS, ASKS)
    for wait, what, hundreds in steps:
        script.wait(wait)
        if what in ("ask", "bid"):
            stock.level(what == "bid", 1200 if what == "bid" else 1203, hundreds * 100)
        elif what in ("buy", "sell"):
            stock.beat([(1203 if what == "buy" else 1200, hundreds * 100)])
        else:
            stock.book(BIDS if what == "full" else [], ASKS)
    return observed(script), script


def of(engine: Engine) -> Symbol:
    return engine.by_ticker["AAA"]


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_each_second_shows_the_book_as_it_was_and_the_prints_of_that_second(
    steps: list[tuple[int, str, int]],
) -> None:
    """Against the same session cut off at that second."""
    engine, script = played(steps)
    symbol, last = of(engine), script.ts // S1
    symbol.sample(script.ts)
    assert symbol.minute is not None
    columns = symbol.minute.columns(last)
    for second in range(max(BEGIN // S1, last - SECONDS + 1), last + 1, 5):
        found = columns[second - last + SECONDS - 1]
        assert found is not None
        assert found == expected(script, second)


def expected(script: Script, second: int) -> tuple[object, ...]:
    """Book and prints of a second, from a session that ends with it."""
    cut = Script()
    cut._inputs = [each for each in script._inputs if each[0][0] <= second * S1]
    symbol = of(observed(cut))
    prints = [row for row in symbol.tape.prints if row[0] > (second - 1) * S1]
    sides = (symbol.book.bids, symbol.book.asks)
    bids, asks = [tuple(side.top(LEVELS)) if symbol.form else () for side in sides]
    return bids, asks, traded(prints)


def test_before_the_first_record_there_is_nothing_and_older_than_a_minute_is_dropped() -> None:
    script = Script()
    stock = script.stock("AAA")
    script.ts = BEGIN
    stock.book(BIDS, ASKS)
    stock.stand(10)
    symbol = of(observed(script))
    assert symbol.minute is not None
    columns = symbol.minute.columns(script.ts // S1)
    assert sum(column is not None for column in columns) == 11  # the first second among them
    stock.stand(200)
    symbol = of(observed(script))
    assert symbol.minute is not None
    assert len(symbol.minute.kept) <= SECONDS + 1
    assert None not in symbol.minute.columns(script.ts // S1)


def test_prints_are_summed_by_price_and_side() -> None:
    row = (BEGIN, 12_0300, 300, BUY, 0, 0, 0)
    sold = (BEGIN, 12_0300, 200, 2, 0, 0, 0)
    assert traded([row, sold, row]) == ((12_0300, 600, 200),)
