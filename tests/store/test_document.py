"""The document that other programs read: what it holds, and what is refused when it is read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.listing import Listing, Universe
from ramstock_tui.store import StoreError
from ramstock_tui.store.document import MOST_BYTES, listing, packed, unpacked
from tests.core.universe.support import SMALL

RUN = "0123456789abcdef" * 2
MEMBER = Listing("ABCD", 1, 5, 120_300, 300, 61_000, False, 18_000_000, "file")
STICKY = Listing("EF.A", 2, 7, rule="price", kept="sticky")
UNIVERSE = Universe(
    "small_account", 10, 20, 15, SMALL, (MEMBER, STICKY), (Listing("BIOX", rule="biotech"),),
    (("scan", 3), ("class", 2)), source="ibkr",
)  # fmt: skip


def plain(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(packed(UNIVERSE, run=RUN, n=1, date=20261123))
    return found | changed


def test_what_was_written_is_read() -> None:
    found = unpacked(packed(UNIVERSE, run=RUN, n=3, date=20261123))
    assert (found.schema, found.run, found.n, found.date) == (1, RUN, 3, 20261123)
    assert tuple(listing(member) for member in found.members) == UNIVERSE.members
    assert found.funnel == UNIVERSE.funnel
    assert found.excluded == 1


def member(**changed: Any) -> dict[str, Any]:
    first: dict[str, Any] = plain()["members"][0]
    return first | changed


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x80\x04\x95",  # a pickle
        b"null",
        b"[]",
        b'{"schema": 1}',
        b"[" * 100_000,
        b" " * (MOST_BYTES + 1),
        b'"\xff\xfe"',
        *(
            json.dumps(each).encode()
            for each in (
                plain(schema=2),
                plain(schema=True),
                plain(more=1),
                plain(run="x"),
                plain(n=0),
                plain(n=1 << 60),
                plain(date=1),
                plain(profile="[red]"),
                plain(built_ts=-1),
                plain(built_ts=1e300),
                plain(expires_ts=9),
                plain(members=[member(), member(rank=2)]),
                plain(members=[member(), member(ticker="X")]),
                plain(members=[member(rank=2)]),
                plain(members=[member(ticker="[/x]")]),
                plain(members=[member(ticker="\x1b]52;c;x\x07")]),
                plain(members=[member(ticker="A" * 16)]),
                plain(members=[member(ticker="../X")]),
                plain(members=[member(ticker="A\n")]),
                plain(members=[member(price_e4=-5)]),
                plain(members=[member(price_e4=12.5)]),
                plain(members=[member(price_e4=1 << 40)]),
                plain(members=[member(rule="[/x]")]),
                plain(members=[member(rank=i, ticker=f"T{i}") for i in range(1, 502)]),
                plain(funnel=[["\x1b[2J", 1]]),
                plain(funnel=[["scan", -1]]),
            )
        ),
    ],
)
def test_anything_else_is_hostile(value: bytes) -> None:
    with pytest.raises(StoreError) as caught:
        unpacked(value)
    assert caught.value.kind == "hostile"
    assert str(caught.value).isprintable()


@given(st.binary(max_size=300))
def test_bytes_at_random_are_refused_and_never_crash(value: bytes) -> None:
    with pytest.raises(StoreError):
        unpacked(value)
