"""The heatmap pane: price by time, prints and findings over the size that rests there."""

from ramstock_tui.link import schema
from tests.ui import frames
from tests.ui.front import shown


def pane(width: int = 80, height: int = 24, **changes: object) -> list[str]:
    """The pane alone, without its frame."""
    values = frames.slices(heatmap=frames.heatmap(**changes), pending=frames.pending())
    rows = shown(width, height, values, actions=["heatmap"]).splitlines()[3:-1]
    return [row[1:-1] for row in rows]


def line(rows: list[str], price: str) -> str:
    return next(row for row in rows if row.strip().startswith(price))


def test_the_best_prices_are_named_at_the_right() -> None:
    rows = pane()
    assert "◄ask" in line(rows, "12.03")
    assert "◄bid" in line(rows, "12.00")
    assert "vwap" in line(rows, "11.98")


def test_findings_stand_in_their_second_at_their_price_and_in_words() -> None:
    rows = pane()
    ask, bid = line(rows, "12.03"), line(rows, "12.00")
    assert "RRRRRR" in ask
    end = bid.index("◄")
    assert bid[end - 2 - 18] == "F"  # 18 whole seconds before the running one
    assert any("R ask refills 1.25× fills @12.03" in row for row in rows)
    assert any("F flash wall 6,000 @12.00" in row for row in rows)


def test_prints_are_small_large_or_sold() -> None:
    ask, bid = line(pane(), "12.03"), line(pane(), "12.00")
    assert "o" in ask
    assert "x" in bid
    large = schema.HeatColumn(((12_0000, 100),), ((12_0300, 100),), ((12_0300, 500, 0),), False)
    assert "O" in line(pane(columns=(None,) * 59 + (large,)), "12.03")


def test_more_shares_are_a_darker_shade() -> None:
    sizes = (100, 400, 1_600, 6_400)
    bids = tuple((12_0000 - 100 * i, size) for i, size in enumerate(sizes))
    column = schema.HeatColumn(bids, ((12_0300, 100),), (), False)
    rows = pane(columns=(column,) * 60, events=())
    found = [line(rows, price)[20] for price in ("12.00", "11.99", "11.98", "11.97")]
    assert found == ["·", "░", "▒", "▓"]


def test_wider_panes_give_a_second_more_cells() -> None:
    wide = next(row for row in pane(200, 60) if "now" in row)
    narrow = next(row for row in pane() if "now" in row)
    cells = [row.index("now") + len("now") - row.index("-60s") for row in (narrow, wide)]
    assert cells == [60, 180]


def test_old_data_are_hatched_and_a_broken_book_is_said() -> None:
    values = frames.slices(status=frames.status(data_state="lost"), pending=frames.pending())
    assert "DATA LOST" in shown(80, 24, values, actions=["heatmap"]).splitlines()[3]
    broken = frames.slices(heatmap=frames.heatmap(reason="crossed"))
    assert "BOOK? crossed" in shown(80, 24, broken, actions=["heatmap"]).splitlines()[3]


def test_without_a_book_it_says_what_it_needs() -> None:
    values = frames.slices(heatmap=None, status=frames.status(slots=(9, 100, 3, 3, 3, 3)))
    assert "needs a depth slot: d asks for one" in shown(80, 24, values, actions=["heatmap"])
    assert "waiting for a book" in shown(80, 24, frames.slices(heatmap=None), actions=["heatmap"])


def test_the_key_opens_it_and_gives_the_screen_back() -> None:
    assert "9 Heatmap" in shown(80, 24, actions=["heatmap"])
    assert "9 Heatmap" not in shown(80, 24, actions=["heatmap", "heatmap"])
    assert "9 Heatmap" in shown(200, 60)
