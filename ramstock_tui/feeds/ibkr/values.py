"""Numbers as the broker sends them, as text, into units of the engine; what cannot be is named.

IBKR says "no value" by -1, 0, empty fields, NaN or 1.7976931348623157E308; none of them may reach
a metric (reliability 33).
"""

from collections import Counter
from decimal import Decimal, InvalidOperation

PRICE_MOST_E4 = 2_000_000_000  # below the 32 bits of a record: 200,000 USD
SIZE_MOST = 4_000_000_000
KEPT = 50_000  # texts whose value is remembered
NANOS = 1_000_000_000

# what a price or size is not; never a value, those are above 0
NOT_NUMBER, NAN, INFINITE, NEGATIVE, ZERO, HUGE = -1, -2, -3, -4, -5, -6
REASONS = {
    NOT_NUMBER: "not a number",
    NAN: "NaN",
    INFINITE: "infinite",
    NEGATIVE: "negative",
    ZERO: "zero",
    HUGE: "too large",
}


class Numbers:
    """Reads prices and sizes; the same text is read once. rounded: texts of prices that are no
    whole 1/10,000 USD. dropped: how many values were not, by reason."""

    def __init__(self, shares_per_unit: int = 1) -> None:
        self.rounded: set[bytes] = set()
        self.dropped: Counter[str] = Counter()
        self.prices: dict[bytes, int] = {}
        self.sizes: dict[bytes, int] = {}
        self._unit = shares_per_unit

    def price(self, text: bytes) -> int:
        """1/10,000 USD above 0, rounded half-even; below 0: why there is none."""
        value = self._read(text, 10_000, PRICE_MOST_E4) or ZERO
        if len(self.prices) >= KEPT:
            self.prices.clear()
            self.rounded.clear()
        self.prices[text] = value
        if value > 0 and Decimal(text.decode()) * 10_000 != value:
            self.rounded.add(text)
        return value

    def size(self, text: bytes) -> int:
        """Shares above 0; a part of a share counts as one. Below 0: why there is none."""
        value = self._read(text, self._unit, SIZE_MOST) or 1
        if len(self.sizes) >= KEPT:
            self.sizes.clear()
        self.sizes[text] = value
        return value

    def drop(self, code: int) -> None:
        """Count a value that is none."""
        self.dropped[REASONS[code]] += 1

    def _read(self, text: bytes, scale: int, most: int) -> int:
        """Scaled and rounded, 0 for what is above it but too little; below 0: why it is none."""
        number = decimal(text)
        if number is None:
            return NOT_NUMBER
        if number.is_nan():
            return NAN
        if number.is_infinite():
            return INFINITE
        if number <= 0:
            return NEGATIVE if number else ZERO
        if number.adjusted() > 15 or number * scale > most:
            return HUGE
        return round(number * scale)


def decimal(text: bytes) -> Decimal | None:
    """The number that a text says, also NaN and infinite; None for what is none. `Decimal` alone
    would read digits of other scripts and `1_0`."""
    if not text.isascii() or b"_" in text:
        return None
    try:
        return Decimal(text.decode())
    except InvalidOperation:
        return None


def whole(text: bytes) -> int | None:
    """A whole number at least 0 and below 2^62, None for anything else; `1.0` is one."""
    if text.isdigit() and len(text) < 19:
        return int(text)
    number = decimal(text)
    if number is None or not number.is_finite() or number < 0 or number.adjusted() > 17:
        return None
    return int(number)


def exact_e8(text: bytes) -> int:
    """A price with all its decimals, 1/10,000 USD x 10,000."""
    return round(Decimal(text.decode()) * 100_000_000)
