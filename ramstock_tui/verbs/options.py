"""Options that several verbs share: their checks and the errors that name them."""

import math
from decimal import Decimal

from ramstock_tui.errors import RamstockError

EQUITY_LIMIT = 1e12  # dollars


class UsageError(RamstockError):
    """The command line asks for something that cannot be."""

    exit_code = 2


def phase(given: int) -> int:
    """An evidence phase."""
    if not 1 <= given <= 3:
        raise UsageError(f"--phase: expected 1, 2 or 3, was {given}")
    return given


def cents(equity: float) -> int:
    """Cents of a dollar amount, rounded half-even."""
    if not (math.isfinite(equity) and 0 <= equity <= EQUITY_LIMIT):
        raise UsageError(f"--equity: expected 0 to {EQUITY_LIMIT:.0f} dollars, was {equity}")
    return round(Decimal(str(equity)) * 100)


def speed_pct(text: str, *, slowest: float, fastest: float) -> int:
    """`10` or `x10` -> 1000 (per cent)."""
    try:
        factor = float(text.removeprefix("x"))
    except ValueError:
        factor = 0.0
    if not slowest <= factor <= fastest:
        expected = f"a factor from {slowest:g} to {fastest:g}"
        raise UsageError(f"--speed: expected {expected}, was {text!r}")
    return round(factor * 100)
