"""What the heatmap is told: the minute of the book, prints, and what was found in them."""

from ramstock_tui.core.engine import Engine
from ramstock_tui.host.heatmap import Heatmap
from ramstock_tui.link import schema as m
from tests.core.sessions import rules
from tests.host.help import observed
from tests.host.scenes import warm
from tests.session_writer import BIDS, S, Script, Stock


def shown(script: Script) -> m.HeatmapView:
    engine: Engine = observed(script)
    return Heatmap().view(engine, engine.by_ticker["AAA"], script.ts, None)


def refilling(back: int, seconds: int) -> tuple[Script, Stock]:
    """Five times a second 80 shares are bought at the ask and `back` are put back."""
    script = Script()
    stock = script.stock("AAA")
    warm(script, stock, "09:31:00")
    size = 1_400
    for _ in range(seconds * 5):
        script.wait(100)
        size -= 80
        stock.level(False, 1203, size, prints=[(1203, 80)])
        script.wait(100)
        size += back
        stock.level(False, 1203, size)
    return script, stock


def test_an_ask_that_refills_is_named_with_its_rate_and_marks_its_seconds() -> None:
    script, _ = refilling(100, 6)
    view = shown(script)
    assert view.events[0].text == "ask refills 1.25× fills"
    assert (view.events[0].mark, view.events[0].px_e4) == ("R", 12_0300)


def test_seconds_in_which_somebody_looked_stay_marked_where_the_ask_refilled() -> None:
    script, _ = refilling(100, 6)
    heat, engine = Heatmap(), Engine(rules(), observe=True)
    looks: list[m.HeatmapView] = []
    for chunk in script.chunks(1):
        engine.run(chunk.first_seq, chunk.rows, chunk.blob)
        if "AAA" in engine.by_ticker:
            looks.append(heat.view(engine, engine.by_ticker["AAA"], chunk.rows[-1][0], None))
    columns = looks[-1].columns
    marked = [n for n, column in enumerate(columns) if column is not None and column.refills]
    assert marked == list(range(marked[0], marked[-1] + 1))
    assert 4 <= len(marked) <= 7


def test_one_share_less_than_was_bought_is_no_refill() -> None:
    script, _ = refilling(79, 6)
    view = shown(script)
    assert not [event for event in view.events if event.mark == "R" and event.ts == script.ts]
    assert not any(column.refills for column in view.columns if column)


def test_a_rejected_signal_stays_marked_for_a_minute() -> None:
    script, stock = refilling(100, 6)
    stock.stand(30)
    rejected = [event for event in shown(script).events if event.text.startswith("ask refills")]
    assert rejected
    assert all(script.ts - 60 * S < event.ts <= script.ts - 30 * S for event in rejected)
    stock.stand(40)
    assert not shown(script).events


def test_a_flash_wall_is_marked_where_it_rose() -> None:
    script = Script()
    stock = script.stock("AAA")
    warm(script, stock, "09:31:00")
    rose = script.ts
    stock.level(True, 1200, 9_600)
    script.wait(300)
    stock.book(BIDS)
    stock.stand(5)
    (event,) = [event for event in shown(script).events if event.mark == "F"]
    assert (event.ts, event.px_e4, event.text) == (rose, 12_0000, "flash wall 6,000")


def test_the_last_column_is_the_book_now_with_the_prints_of_the_running_second() -> None:
    script = Script()
    stock = script.stock("AAA")
    warm(script, stock, "09:31:00")
    script.at("09:31:20", 200)
    stock.book(asks=[(1205, 700), (1206, 900)], prints=[(1203, 40)])
    script.wait(300)
    stock.beat([(1205, 60), (1200, 30)])
    now = shown(script).columns[-1]
    assert now is not None
    assert now.asks == ((12_0500, 700), (12_0600, 900))
    assert now.prints == ((12_0000, 0, 30), (12_0300, 40, 0), (12_0500, 60, 0))


def test_a_broken_book_has_no_levels_but_keeps_the_minute() -> None:
    script = Script()
    stock = script.stock("AAA")
    warm(script, stock, "09:31:00")
    stock.book(bids=[])
    script.wait(1_500)
    view = shown(script)
    assert view.columns[-1] is None
    assert view.reason == "empty_bid"
    assert any(column is not None and column.bids for column in view.columns)
