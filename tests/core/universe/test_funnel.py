"""The funnel: what passes, at which rule the rest fails, who is a member and in which order."""

from collections import Counter
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.listing import STEPS, STICKY_NS, Limits, Listing
from ramstock_tui.core.rvol import Rvol
from ramstock_tui.core.universe import Candidate, passes, pick, verdict
from tests.core.universe.support import PLATFORM, SMALL, S, stock

NOW = 1_000_000 * S


def mean(e4: int, num: int = 0) -> tuple[int, int]:
    """A spread mean of e4 + num / 1e9, 1/10,000 USD, over 60 s."""
    return e4 * 60 * S + num * 60, 60 * S


@pytest.mark.parametrize(
    ("limits", "changed", "rule", "value"),
    [
        (SMALL, {}, "", ""),
        (SMALL, {"refused": "200 No security definition"}, "refused", "200 No security definition"),
        (SMALL, {"stock_type": "ETF"}, "type", "ETF"),
        (SMALL, {"stock_type": "ADR"}, "type", "ADR"),
        (SMALL, {"stock_type": "REIT"}, "type", "REIT"),
        (SMALL, {"stock_type": "WARRANT"}, "type", "WARRANT"),
        (SMALL, {"stock_type": None}, "type", "unknown"),
        (SMALL, {"exchange": "PINK"}, "exchange", "PINK"),
        (SMALL, {"exchange": None}, "exchange", "unknown"),
        (SMALL, {"last_e4": 20_000}, "", ""),
        (SMALL, {"last_e4": 19_999}, "price", "1.9999"),
        (SMALL, {"last_e4": 200_000}, "", ""),
        (SMALL, {"last_e4": 200_001}, "price", "20.0001"),
        (PLATFORM, {"last_e4": 500_000}, "", ""),
        (PLATFORM, {"last_e4": 500_100}, "price", "50.01"),
        (SMALL, {"last_e4": None, "bid_e4": 19_999, "ask_e4": 20_001}, "", ""),
        (SMALL, {"last_e4": None, "bid_e4": 19_999, "ask_e4": 20_000}, "price", "1.9999"),
        (SMALL, {"last_e4": None, "bid_e4": 200_000, "ask_e4": 200_001}, "price", "20.0001"),
        (SMALL, {"last_e4": None, "bid_e4": None}, "price", "unknown"),
        (SMALL, {"last_e4": None, "bid_e4": 90_000, "ask_e4": 80_000}, "price", "unknown"),
        (SMALL, {"float_shares": 5_000_000}, "", ""),
        (SMALL, {"float_shares": 4_999_999}, "float", "4,999,999"),
        (SMALL, {"float_shares": 50_000_000}, "", ""),
        (SMALL, {"float_shares": 50_000_001}, "float", "50,000,001"),
        (PLATFORM, {"float_shares": 49_999_999}, "", ""),
        (PLATFORM, {"float_shares": 50_000_000}, "float", "50,000,000"),
        (PLATFORM, {"float_shares": 1}, "", ""),
        (SMALL, {"float_shares": None}, "float", "unknown"),
        (PLATFORM, {"float_shares": None}, "", ""),
        (SMALL, {"rvol": Rvol(2, 1)}, "rvol", "2"),
        (SMALL, {"rvol": Rvol(200_001, 100_000)}, "", ""),
        (SMALL, {"rvol": Rvol(199_999, 100_000)}, "rvol", "1.9999"),
        (SMALL, {"rvol": Rvol(2, 1, est=True)}, "rvol", "2 est"),
        (SMALL, {"rvol": Rvol(3, 1, est=True)}, "", ""),
        (SMALL, {"rvol": None, "rvol_why": "few_sessions"}, "rvol", "fewer than 10 sessions"),
        (SMALL, {"rvol": None, "rvol_why": "162 pacing"}, "rvol", "162 pacing"),
        (SMALL, {"rvol": None}, "rvol", "unknown"),
        (SMALL, {"spread": mean(200)}, "", ""),
        (SMALL, {"spread": mean(199, 999_999_999)}, "spread", "0.0199"),
        (SMALL, {"spread": mean(500)}, "", ""),
        (SMALL, {"spread": mean(500, 1)}, "spread", "0.0501"),
        (PLATFORM, {"spread": mean(499, 999_999_999)}, "", ""),
        (PLATFORM, {"spread": mean(500)}, "spread", "0.05"),
        (PLATFORM, {"spread": mean(100)}, "", ""),
        (SMALL, {"spread": None}, "spread", "no quote for 30 s of 60"),
        (SMALL, {"halted": 1}, "halted", "halted"),
        (SMALL, {"halted": 2}, "halted", "volatility pause"),
        (SMALL, {"halted": None}, "", ""),
        (SMALL, {"halted": -1}, "", ""),
        (SMALL, {"groups": ("Consumer, Non-cyclical", "Biotechnology", "")}, "biotech",
         "Biotechnology"),
        (SMALL, {"groups": ("", "", "Medical-PHARMACEUTICALS")}, "biotech",
         "Medical-PHARMACEUTICALS"),
        (PLATFORM, {"groups": ("", "Biotechnology", "")}, "", ""),
        (SMALL, {"xbi": True}, "xbi", "XBI constituent"),
        (PLATFORM, {"xbi": True}, "", ""),
        (SMALL, {"fda": True}, "fda", "FDA in a headline of today"),
        (PLATFORM, {"fda": True}, "", ""),
    ],
)  # fmt: skip
def test_each_rule_holds_to_the_last_unit(
    limits: Limits, changed: dict[str, Any], rule: str, value: str
) -> None:
    found = verdict(stock(**changed), limits)
    assert found[:2] == (rule, value)
    assert bool(found[2]) == bool(rule), "a failed rule says what it wants"


def test_the_funnel_counts_what_every_step_leaves() -> None:
    rows = [
        stock("ETFX", stock_type="ETF"),
        stock("ADRX", stock_type="ADR"),
        stock("OTCX", exchange="PINK"),
        stock("CHEAP", last_e4=10_000),
        stock("BIGF", float_shares=90_000_000),
        stock("CALM", rvol=Rvol(1, 1)),
        stock("WIDE", spread=mean(900)),
        stock("STOP", halted=1),
        stock("BIOX", groups=("", "Biotechnology", "")),
        stock("GOOD"),
    ]
    picked = pick(rows, SMALL, {}, NOW, 100)
    assert picked.funnel == (
        ("scan", 10), ("class", 7), ("price", 6), ("float", 5), ("rvol", 4), ("spread", 3),
        ("halted", 2), ("biotech", 1),
    )  # fmt: skip
    assert [one.ticker for one in picked.members] == ["GOOD"]
    assert [(one.ticker, one.rule) for one in picked.excluded] == [
        ("ETFX", "type"), ("ADRX", "type"), ("OTCX", "exchange"), ("CHEAP", "price"),
        ("BIGF", "float"), ("CALM", "rvol"), ("WIDE", "spread"), ("STOP", "halted"),
        ("BIOX", "biotech"),
    ]  # fmt: skip


def test_members_stand_by_relative_volume_over_spread_in_ticks() -> None:
    rows = [
        stock("AAAA", rvol=Rvol(6, 1), spread=mean(300)),  # 6 / 3 ticks
        stock("BBBB", rvol=Rvol(5, 1), spread=mean(200)),  # 5 / 2
        stock("CCCC", rvol=Rvol(4, 1), spread=mean(200)),  # 4 / 2: as AAAA, later by name
        stock("DDDD", rvol=Rvol(9, 1), spread=mean(300), tick_e4=50),  # 9 / 6
    ]
    picked = pick(rows, SMALL, {}, NOW, 3)
    assert [(one.ticker, one.rank) for one in picked.members] == [
        ("BBBB", 1), ("AAAA", 2), ("CCCC", 3),
    ]  # fmt: skip
    assert [(one.ticker, one.rule, one.need) for one in picked.excluded] == [
        ("DDDD", "lines", "3 lines")
    ]


def test_a_member_stays_five_minutes_unless_it_is_halted_or_excluded() -> None:
    before = {name: Listing(name, 1, NOW) for name in ("WIDE", "STOP", "NEWS", "GONE")}
    rows = [
        stock("WIDE", spread=mean(900)),
        stock("STOP", halted=2, spread=mean(900)),
        stock("NEWS", fda=True, last_e4=1),
        stock("GONE", scanned=False),
    ]
    just = pick(rows, SMALL, before, NOW + STICKY_NS - 1, 100)
    kept = {one.ticker: (one.kept, one.rule, one.since_ts) for one in just.members}
    assert kept == {"WIDE": ("sticky", "spread", NOW), "GONE": ("sticky", "scan", NOW)}
    assert {one.ticker: one.rule for one in just.excluded} == {"STOP": "spread", "NEWS": "price"}
    assert pick(rows, SMALL, before, NOW + STICKY_NS, 100).members == ()


def test_a_young_member_keeps_its_line_against_a_better_one() -> None:
    before = {"AAAA": Listing("AAAA", 1, NOW)}
    rows = [stock("AAAA", rvol=Rvol(3, 1)), stock("BBBB", rvol=Rvol(9, 1))]
    young = pick(rows, SMALL, before, NOW + STICKY_NS - 1, 1)
    assert [one.ticker for one in young.members] == ["AAAA"]
    old = pick(rows, SMALL, before, NOW + STICKY_NS, 1)
    assert [one.ticker for one in old.members] == ["BBBB"]


def test_a_pinned_symbol_is_watched_but_not_admitted_against_a_rule() -> None:
    rows = [stock("PINN", pinned=True, last_e4=900_000), stock("GOOD")]
    picked = pick(rows, SMALL, {}, NOW, 1)
    assert [(one.ticker, one.kept, one.rule) for one in picked.members] == [
        ("PINN", "pinned", "price")
    ]


def test_of_two_rows_with_one_ticker_the_first_counts() -> None:
    picked = pick([stock("GOOD"), stock("GOOD", last_e4=1)], SMALL, {}, NOW, 100)
    assert picked.funnel[0] == ("scan", 1)
    assert [one.ticker for one in picked.members] == ["GOOD"]


def test_what_was_not_asked_yet_does_not_matter_before_its_step() -> None:
    early = Candidate(ticker="X", stock_type="COMMON", exchange="NYSE")
    assert passes(early, SMALL, "class")
    assert not passes(early, SMALL, "price")


facts = st.fixed_dictionaries(
    {},
    optional={
        "stock_type": st.sampled_from(["COMMON", "ETF", None]),
        "exchange": st.sampled_from(["NASDAQ", "PINK"]),
        "last_e4": st.one_of(st.none(), st.integers(1, 300_000)),
        "float_shares": st.one_of(st.none(), st.integers(0, 90_000_000)),
        "rvol": st.one_of(st.none(), st.builds(Rvol, st.integers(0, 500), st.integers(1, 100))),
        "spread": st.one_of(st.none(), st.tuples(st.integers(0, 60_000), st.integers(1, 60))),
        "halted": st.sampled_from([None, -1, 0, 1, 2]),
        "pinned": st.booleans(),
        "scanned": st.booleans(),
        "fda": st.booleans(),
    },
)
markets = st.lists(facts, max_size=12).map(
    lambda all_: [stock(f"T{i}", **each) for i, each in enumerate(all_)]
)
ages = st.dictionaries(st.integers(0, 11), st.integers(0, 2 * STICKY_NS), max_size=6)


@given(markets, ages, st.integers(0, 8), st.sampled_from([SMALL, PLATFORM]))
def test_every_row_is_a_member_or_has_a_reason(
    rows: list[Candidate], aged: dict[int, int], room: int, limits: Limits
) -> None:
    before = {f"T{i}": Listing(f"T{i}", 1, NOW - age) for i, age in aged.items()}
    picked = pick(rows, limits, before, NOW, room)
    by_name = {row.ticker: row for row in rows}
    names = [one.ticker for one in picked.members + picked.excluded]
    assert Counter(names) == Counter(row.ticker for row in rows)
    assert len(picked.members) <= room
    assert [one.rank for one in picked.members] == list(range(1, len(picked.members) + 1))
    assert all(one.rule for one in picked.excluded)
    for one in picked.members:
        assert bool(one.kept) == bool(one.rule)
        if one.kept == "sticky":
            assert NOW - before[one.ticker].since_ts < STICKY_NS
            assert by_name[one.ticker].halted in (None, -1, 0)
    counts = [count for _, count in picked.funnel]
    assert [name for name, _ in picked.funnel] == list(STEPS)
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == sum(not verdict(row, limits)[0] for row in rows)
    worth = [_worth(by_name[one.ticker]) for one in picked.members]
    assert worth == sorted(worth, reverse=True)


def _worth(row: Candidate) -> Fraction:
    """RVOL over spread in ticks, cut to 1e-9, as a plain quotient."""
    if row.rvol is None or row.spread is None:
        return Fraction(0)
    spread = max(Fraction(*row.spread), Fraction(1))
    exact = Fraction(row.rvol.num, row.rvol.den) * row.tick_e4 / spread
    return Fraction(exact * 10**9).__floor__() * Fraction(1, 10**9)


def test_a_record_survives_its_bytes() -> None:
    from ramstock_tui.core.listing import Universe

    picked = pick([stock("GOOD"), stock("BAD", halted=1)], SMALL, {}, NOW, 10)
    made = Universe(
        "small_account", NOW, NOW + 1, NOW + 2, SMALL, picked.members, picked.excluded,
        picked.funnel,
    )  # fmt: skip
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Universe)
    assert again == made
    assert again.promotes(NOW)
    assert not again.promotes(NOW + 1)
