"""Numbers of the broker: what is none never becomes one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.feeds.ibkr.values import Numbers, whole

NONE: tuple[bytes, ...] = (
    b"",
    b"nan",
    b"NaN",
    b"inf",
    b"-inf",
    b"Infinity",
    b"-1",
    b"-1.0",
    b"0",
    b"0.0",
    b"-0",
)
NONE += (
    b"1e308",
    b"1.7976931348623157E308",
    b"1e400",
    b"x",
    b"\xff\xfe",
    b"1,5",
    b"1 2 3",
    b"sNaN",
)
NONE += (b"200000.01", b"1e99999999")
NONE += (b"1e-320", b"1e-999999999", b"0.00004", b"1_0", "\uff11\uff12".encode())


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_price_is_counted_and_not_taken(text: bytes) -> None:
    numbers = Numbers()
    assert numbers.price(text) < 0
    numbers.drop(numbers.price(text))
    assert sum(numbers.dropped.values()) == 1


@given(st.floats())
def test_any_float_is_a_price_within_bounds_or_none(value: float) -> None:
    found = Numbers().price(repr(value).encode())
    assert found < 0 or 1 <= found <= 2_000_000_000


@given(st.binary(max_size=30))
def test_any_bytes_are_a_size_within_bounds_or_none(text: bytes) -> None:
    found = Numbers().size(text)
    assert found < 0 or 1 <= found <= 4_000_000_000
    assert whole(text) is None or whole(text) >= 0  # type: ignore[operator]


@given(st.integers(1, 2_000_000_000))
def test_every_ten_thousandth_of_a_dollar_is_exact(e4: int) -> None:
    numbers = Numbers()
    assert numbers.price(str(Decimal(e4) / 10_000).encode()) == e4
    assert not numbers.rounded


def test_what_is_finer_is_rounded_half_even_and_remembered() -> None:
    numbers = Numbers()
    assert numbers.price(b"12.00005") == 120_000
    assert numbers.price(b"12.00015") == 120_002
    assert numbers.rounded == {b"12.00005", b"12.00015"}


def test_lots_become_shares_and_a_part_of_a_share_counts_as_one() -> None:
    assert Numbers(100).size(b"14") == 1_400
    assert Numbers().size(b"0.3") == 1
