"""The universe pane with a funnel: columns, exclusions, order, time, hostile text."""

import dataclasses
from typing import Any

import msgspec
import pytest

from ramstock_tui.link import schema
from ramstock_tui.ui import text
from tests.ui import frames
from tests.ui.frames import NOW, S
from tests.ui.front import cockpit
from tests.ui.test_screens import check

MEMBERS = (
    schema.MemberRow("ABCD", 6_1000, 300, 18_000_000),
    schema.MemberRow("IJKL", 2_9000, 200, 31_000_000),
    schema.MemberRow("EFGH", 3_4000, 400, 9_400_000),
    schema.MemberRow("MNOP", None, None, None),
)
STEPS = (
    ("scan", 150), ("class", 96), ("price", 71), ("float", 55), ("rvol", 44), ("spread", 38),
    ("halted", 37), ("biotech", 36),
)  # fmt: skip


def funnel(**changed: Any) -> schema.FunnelView:
    fields: dict[str, Any] = {
        "profile": "small_account", "built_ts": NOW - 78 * S, "expires_ts": NOW + 252 * S,
        "next_ts": NOW + 222 * S, "expired": False, "members": MEMBERS,
        "excluded": ("BIOX", "LMNO", "ADRZ", "GHIJ"), "steps": STEPS, "unknown_float": 6,
        "policy": "reject", "lines": 80, "source": "ibkr", "store": "", "notes": (),
    }  # fmt: skip
    return schema.FunnelView(**(fields | changed))


def listed(*cells: Any) -> schema.Listed:
    return schema.Listed(*cells)


def rows() -> schema.UniverseView:
    known = {
        "ABCD": listed(300, 6_1000, False, 18_000_000, 1),
        "EFGH": listed(400, 3_4000, True, 9_400_000, 3, "spread", "0.0610", "0.02 to 0.05",
                       "sticky"),
        "IJKL": listed(200, 2_9000, False, 31_000_000, 2),
        "MNOP": listed(None, None, False, None, 4, "float", "unknown", "5,000,000 to 50,000,000",
                       "pinned"),
    }  # fmt: skip
    held = [
        msgspec.structs.replace(row, listed=known.get(row.ticker)) for row in frames.universe().rows
    ]
    excluded = (
        ("BIOX", 5_0200, (200, 7_7000, False, 15_000_000, 0, "biotech", "Biotechnology",
                          "no biotech or pharma")),
        ("LMNO", 2_3100, (610, 3_0000, False, 11_000_000, 0, "spread", "0.0610", "0.02 to 0.05")),
        ("ADRZ", 11_4000, (None, None, False, None, 0, "type", "ADR", "COMMON")),
        ("GHIJ", 18_3300, (500, 2_0000, False, 49_000_000, 0, "rvol", "2", "above 2")),
    )  # fmt: skip
    for ticker, last, cells in excluded:
        row = schema.UniverseRow(ticker, last, None, None, "EXCL", None, listed=listed(*cells))
        held.append(row)
    return schema.UniverseView(tuple(held))


def values(**changed: Any) -> dict[str, Any]:
    made = frames.slices(universe=rows(), symbols=frames.symbols(frames.universe()))
    return {**made, "funnel": funnel(**changed)}


def words(state: Any) -> str:
    return "\n".join("".join(part for part, _ in line) for line in state.picture(0))


@pytest.mark.parametrize(
    ("name", "size", "actions"),
    [
        ("universe", (80, 24), []),
        ("universe", (120, 40), []),
        ("universe", (200, 60), []),
        ("universe-excluded", (80, 24), ["excluded", "detail"]),
        ("universe-excluded", (120, 40), ["excluded", "toggle"]),
        ("universe-zoomed", (120, 40), ["pane_1", "zoom"]),
    ],
)
def test_the_pane_as_it_looks(name: str, size: tuple[int, int], actions: list[str]) -> None:
    state = cockpit(*size, values())
    for action in actions:
        state.act("zoom" if action == "toggle" else action, 0, 0)
    check(f"{name}-{size[0]}", state.picture(0))


def test_every_excluded_symbol_says_its_rule_and_value() -> None:
    state = cockpit(120, 40, values())
    state.act("excluded", 0, 0)
    said = {}
    for _ in range(4):
        state.act("detail", 0, 0)
        line = "".join(part for part, _ in state.picture(0)[-1])
        said[state.views.selected] = line.split("  ")[0]
        state.act("down", 0, 0)
    assert said == {
        "BIOX": "BIOX excluded: biotech Biotechnology, wants no biotech or pharma",
        "LMNO": "LMNO excluded: spread 0.0610, wants 0.02 to 0.05",
        "ADRZ": "ADRZ excluded: type ADR, wants COMMON",
        "GHIJ": "GHIJ excluded: rvol 2, wants above 2",
    }
    state.act("excluded", 0, 0)
    assert "1 Universe 7" in words(state)


def test_the_order_goes_round_and_keeps_the_selection() -> None:
    state = cockpit(120, 40, values())
    orders = {}
    for _ in range(6):
        state.act("order", 0, 0)
        orders[state.views.sort] = state.views.tickers()[:4]
        assert state.views.selected == "ABCD"
    assert orders == {
        "rank": ("ABCD", "IJKL", "EFGH", "MNOP"),
        "rvol": ("ABCD", "EFGH", "IJKL", "MNOP"),
        "spread": ("IJKL", "ABCD", "EFGH", "MNOP"),
        "float": ("EFGH", "ABCD", "IJKL", "MNOP"),
        "name": ("ABCD", "EFGH", "IJKL", "MNOP"),
        "": ("ABCD", "EFGH", "IJKL", "MNOP"),
    }


def test_a_filter_reaches_the_excluded_too() -> None:
    state = cockpit(120, 40, values())
    state.act("filter", 0, 0)
    state.answer("L", "L", 0)
    assert state.views.tickers() == ("IJKL", "LMNO")
    assert "1 Universe 2 of 11 /L" in words(state)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"expires_ts": NOW - 1}, "ttl OVER"),
        ({"expired": True}, "ttl OVER"),
        ({"store": "redis: no answer within 250 ms"}, "STORE?"),
        ({"store": "redis: no answer within 250 ms"}, "redis: no answer within 250 ms"),
        ({"notes": ("refresh failed: no gateway",)}, "refresh failed: no gateway"),
        ({}, "ttl 4m12s"),
        ({}, "4 active · 4 excluded · next 09:50"),
        ({"next_ts": NOW}, "4 active · 4 excluded · refreshing"),
        ({}, "scan 150 → class 96 → price 71"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], said: str) -> None:
    assert said in words(cockpit(120, 40, values(**changed)))


def test_when_nobody_passes_the_rule_that_killed_them_is_named() -> None:
    none = schema.SymbolsView(())
    empty = funnel(members=(), steps=(("scan", 150), ("class", 96), ("price", 0), ("float", 0)))
    made = frames.slices(universe=schema.UniverseView(()), symbols=none) | {"funnel": empty}
    assert "no symbols pass: 150→96→0 (price)" in words(cockpit(120, 40, made))


def test_hostile_text_reaches_no_line() -> None:
    bad = "[/x]\x1b]52;c;x\x07\u202e" * 9
    made = values(store=bad, notes=(bad,), source=bad, steps=((bad, 1),), policy="reject")
    one = schema.UniverseRow(
        "BIOX", 1, None, None, bad, None, listed=listed(1, 1, False, 1, 0, bad, bad, bad, bad)
    )
    made["universe"] = schema.UniverseView((one,))
    state = cockpit(120, 40, made)
    for action in ("excluded", "detail", "pane_1", "zoom"):
        state.act(action, 0, 0)
        for line in state.picture(0):
            shown = "".join(part for part, _ in line)
            assert "\x1b" not in shown
            assert "\u202e" not in shown
            assert text.width(line) == 120


def test_ten_thousand_excluded_symbols_are_scrolled_in_time() -> None:
    import time

    names = tuple(f"T{i}" for i in range(10_000))
    state = cockpit(120, 40, values(excluded=names))
    state.act("excluded", 0, 0)
    began = time.perf_counter()
    for action in ("last", "up", "page_up", "first", "page_down") * 4:
        state.act(action, 0, 0)
        state.picture(0)
    assert (time.perf_counter() - began) / 20 < 0.05
    view = state.front.sent[-1] if hasattr(state.front, "sent") else None
    assert view is None or len(getattr(view, "rows_of", ())) <= schema.ROWS_UNASKED


def test_a_session_without_a_universe_looks_as_before() -> None:
    assert "EXCL" not in words(cockpit(120, 40))
    state = cockpit(120, 40)
    state.act("order", 0, 0)
    state.act("excluded", 0, 0)
    assert state.views.sort == ""
    assert not state.views.only
    assert dataclasses.is_dataclass(state.scene(0))
