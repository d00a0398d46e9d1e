"""Formats and lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ramstock_tui.ui import text

HOSTILE = (
    "[/x]",
    "[@click=app.quit]x[/]",
    "\x1b]52;c;AAAA\x07",
    "\x1b[31mred\x9b1m",
    "a\x00b\x7f",
    "\u202eRTL\u2066\u200b\ufeff",
    "line\nbreak\r\ttab\u2028x",
    "日本語😀e\u0301",
    "=cmd()",
    "../x",
    "\ud800",
    "x" * 10_000,
)


@pytest.mark.parametrize("foreign", HOSTILE)
def test_foreign_text_is_one_cell_a_character_and_holds_no_control(foreign: str) -> None:
    shown = text.clean(foreign)
    assert len(shown) == min(len(foreign), 400)
    assert cell_len(shown) == len(shown)
    assert shown.isprintable()


@given(st.text())
def test_any_text_is_made_printable_and_keeps_its_length(foreign: str) -> None:
    shown = text.clean(foreign)
    assert shown.isprintable()
    assert cell_len(shown) == len(shown) == min(len(foreign), 400)


def test_money_is_exact_to_the_cent() -> None:
    assert text.money(86_5000) == "$86.50"
    assert text.money(-48_5000) == "-$48.50"
    assert text.money(1_234_5600, plus=True) == "+$1,234.56"
    assert text.money(-400_0000, cents=False) == "-$400"
    assert text.money(-400_0100, cents=False) == "-$400.01"
    assert text.money(0, plus=True) == "$0.00"


def test_prices_show_a_sub_penny_only_where_there_is_one() -> None:
    assert text.dollars(12_0300) == "12.03"
    assert text.dollars(12_0150) == "12.0150"
    assert text.dollars(12_0300, tick_e4=50) == "12.0300"
    assert text.dollars(None) == "–"
    assert text.short_dollars(-900) == "-.09"
    assert text.short_dollars(1800, plus=True) == "+.18"


@pytest.mark.parametrize(
    ("value_e4", "price_e4", "shown"),
    [
        (98_317, 98_317, "9.83"),
        (98_350, 98_350, "9.84"),
        (-74, 98_300, "-.01"),
        (-49, 98_300, ".00"),
        (1_950, 10_000, ".20"),
        (9_317, 9_317, ".9317"),
        (-74, 9_999, "-.0074"),
    ],
)
def test_an_average_reads_like_a_price_of_that_size(
    value_e4: int, price_e4: int, shown: str
) -> None:
    assert text.short_dollars(text.on_the_cent(value_e4, price_e4)).removeprefix("0") == shown


def test_a_score_is_cut_so_that_it_never_reads_better_than_it_is() -> None:
    assert text.points(7_9999) == "7.9"
    assert text.percent(3593) == "35.9%"


def test_ages_and_spans() -> None:
    shown = [text.age(ns) for ns in (0, 38_000_000, 600_000_000, 12 * text.NS, None)]
    assert shown == ["0ms", "38ms", "0.6s", "12s", "–"]
    assert text.span(42 * 60 * text.NS + 5 * text.NS) == "42m05s"
    assert text.span(7800 * text.NS) == "2h10m"


def test_clock_and_day_in_new_york() -> None:
    now = 1_795_445_232 * text.NS
    assert text.clock(now, -5 * 3600) == "09:47:12"
    assert text.day(now, -5 * 3600) == "Mon 23 Nov"
    assert text.day(1_340_287_200 * text.NS, -4 * 3600, year=True) == "Thu 21 Jun 2012"
    assert text.day(951_782_400 * text.NS, 0, year=True) == "Tue 29 Feb 2000"


LINES = st.lists(st.tuples(st.text("ab c", max_size=12), st.sampled_from(["", "bad"])), max_size=5)


@given(LINES, st.integers(1, 30))
def test_a_fitted_line_has_exactly_the_asked_cells(spans: list[text.Span], cells: int) -> None:
    assert text.width(text.fit(tuple(spans), cells)) == cells


@given(LINES, st.integers(1, 30))
def test_wrapping_loses_no_letter_and_no_line_is_too_long(
    spans: list[text.Span], cells: int
) -> None:
    lines = text.wrap(tuple(spans), cells)
    assert all(text.width(line) <= cells for line in lines)
    kept = "".join(part for line in lines for part, _ in line).replace(" ", "")
    assert kept == "".join(part for part, _ in spans).replace(" ", "")


def test_the_part_of_the_highest_rank_gives_way_first() -> None:
    parts = [
        text.part(1, (("first", ""),)),
        text.part((3, 2), (("second long", ""),), (("second", ""),)),
        text.part(0, (("last", ""),)),
    ]
    shown = ["".join(p for p, _ in text.fit_parts(parts, cells)) for cells in (30, 22, 12, 4)]
    assert shown == ["first  second long  last", "first  second  last", "first  last", "last"]
