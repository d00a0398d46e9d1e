"""The symbol directories of the exchanges as scanner rows: the funnel against a plain recount."""

import csv
import io
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import zstandard

from ramstock_tui.core.listing import Universe
from ramstock_tui.core.rvol import Rvol
from ramstock_tui.core.universe import Candidate, pick
from tests.core.universe.support import SMALL, S

EXCHANGES = {"N": "NYSE", "A": "AMEX", "P": "ARCA", "Z": "BATS", "V": "IEX"}
KINDS = (
    ("American Depositary", "ADR"), ("Warrant", "WARRANT"), ("Preferred", "PREFERRED"),
    ("Right", "RIGHT"), ("Unit", "UNIT"), ("REIT", "REIT"),
)  # fmt: skip
SUFFIX = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


def text_of(folder: Path, name: str) -> str:
    with (folder / "data" / "universe" / f"{name}.zst").open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read().decode()


def listed(folder: Path) -> list[tuple[str, str, str]]:
    """(symbol, exchange, kind) of both directories."""
    found = []
    for name, symbol in (("nasdaqlisted.txt", "Symbol"), ("otherlisted.txt", "ACT Symbol")):
        for row in csv.DictReader(io.StringIO(text_of(folder, name)), delimiter="|"):
            title = row.get("Security Name") or ""
            if not title:
                continue  # the last line says when the file was made
            where = EXCHANGES.get(row.get("Exchange", ""), "NASDAQ")
            kind = "ETF" if row["ETF"] == "Y" else _kind(title)
            found.append((row[symbol], where, kind))
    return found


def _kind(title: str) -> str:
    return next((kind for word, kind in KINDS if word in title), "COMMON")


def number(words: str) -> int | None:
    if not words:
        return None
    return int(Decimal(words.replace(",", "").rstrip("KMB")) * SUFFIX.get(words[-1], 1))


def candidates(folder: Path) -> list[Candidate]:
    """Prices, floats and relative volumes of the snapshot, made-up spreads."""
    snapshot = csv.DictReader(io.StringIO(text_of(folder, "finviz_snapshot_2023.csv")))
    known: dict[str, dict[str, Any]] = {row["Company"]: row for row in snapshot}
    rng = Random(5)
    made = []
    for ticker, exchange, kind in listed(folder):
        row = known.get(ticker, {})
        price, rvol = row.get("Price", ""), row.get("Rel Volume", "")
        made.append(
            Candidate(
                ticker=ticker,
                stock_type=kind,
                exchange=exchange,
                groups=(row.get("Industry", ""), row.get("Country", "")),
                last_e4=int(Decimal(price) * 10_000) if price else None,
                float_shares=number(row.get("Shs Float", "")),
                rvol=Rvol(int(Decimal(rvol) * 1_000), 1_000) if rvol else None,
                spread=(rng.randint(100, 800) * 60 * S, 60 * S),
                halted=0,
            )
        )
    return made


def recount(rows: list[Candidate]) -> list[int]:
    """The counts of the funnel, filter by filter, without its code."""

    def biotech(row: Candidate) -> bool:
        return any(w in group.lower() for group in row.groups for w in ("biotech", "pharma"))

    steps: tuple[Callable[[Any], bool], ...] = (
        lambda row: True,
        lambda row: row.stock_type == "COMMON" and row.exchange in ("NASDAQ", "NYSE", "AMEX"),
        lambda row: row.last_e4 is not None and 2 <= Fraction(row.last_e4, 10_000) <= 20,
        lambda row: row.float_shares is not None and 5e6 <= row.float_shares <= 50e6,
        lambda row: row.rvol is not None and Fraction(row.rvol.num, row.rvol.den) > 2,
        lambda row: Fraction(2, 100) <= Fraction(*row.spread) / 10_000 <= Fraction(5, 100),
        lambda row: not row.halted,
        lambda row: not biotech(row),
    )
    counts = []
    for step in steps:
        rows = [row for row in rows if step(row)]
        counts.append(len(rows))
    return counts


def test_the_funnel_is_exact_on_every_listed_symbol(shared: Path) -> None:
    rows = candidates(shared)
    assert len(rows) == 5_032 + 6_645
    began = time.perf_counter()
    found = pick(rows, SMALL, {}, S, 80)
    took = time.perf_counter() - began
    unique = list({row.ticker: row for row in reversed(rows)}.values())
    counts = [count for _, count in found.funnel]
    assert counts == recount(unique)
    assert 3_000 < counts[1] < 7_000, "there is something to filter"
    assert counts[-1] > 10
    assert len(found.members) == min(80, counts[-1])
    assert len(found.members) + len(found.excluded) == len(unique)
    assert all(one.rule and one.need for one in found.excluded)
    assert took < 1.0, "10,000 rows: 0.05 to 0.15 s on a free core"
    blob = msgspec.msgpack.encode(
        Universe("small_account", 1, 2, 3, SMALL, found.members, found.excluded, found.funnel)
    )
    assert len(blob) < 2_000_000
    assert msgspec.msgpack.decode(blob, type=Universe).funnel == found.funnel


@pytest.mark.parametrize("kind", ["ETF", "ADR", "WARRANT", "PREFERRED", "REIT"])
def test_no_listed_security_of_another_kind_gets_in(shared: Path, kind: str) -> None:
    rows = [row for row in candidates(shared) if row.stock_type == kind]
    found = pick(rows, SMALL, {}, S, 500)
    assert rows
    assert found.members == ()
    assert {(one.rule, one.value) for one in found.excluded} == {("type", kind)}
