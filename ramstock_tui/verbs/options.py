"""Options that several verbs share: their checks and the errors that name them."""

import math
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from ramstock_tui import settings
from ramstock_tui.core.profile import Rules
from ramstock_tui.errors import RamstockError
from ramstock_tui.plain import clean

EQUITY_LIMIT = 1e12  # dollars
KEY_SHOWN = 80  # characters
# what the record that opens a session says, or what only a screen needs
NO_RULE = frozenset({"profile", "fee_model", "equity", "phase", "ui", "alerts", "discord"})


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


# what if -----------------------------------------------------------------------------------------
def changes(given: Iterable[str]) -> dict[str, str]:
    """The values of `--set KEY=VALUE` as a layer of settings: dotted key -> text. A value is read
    as TOML where it is TOML; blanks around both do not count. UsageError names the key that cannot
    be set; whether it exists and takes the value says `settings.load`."""
    found: dict[str, str] = {}
    for text in given:
        key, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not key:
            raise UsageError(f"--set: expected KEY=VALUE, was '{clean(text, KEY_SHOWN)}'")
        shown = clean(key, KEY_SHOWN)
        if key.partition(".")[0] in NO_RULE:
            raise UsageError(f"--set {shown}: is not a rule; the recording holds it")
        if key in found:
            raise UsageError(f"--set {shown}: is given twice")
        found[key] = value
    return found


def rules_for(
    recorded: Rules | None, config: Path | None, changed: dict[str, str]
) -> tuple[Rules, str]:
    """(rules, a note for people or ""). The rules that a session ran under; for an import (None)
    the configured ones; for a what-if those of `config` or, without it, the configured ones, with
    the changes. The note says that the configured ones differ from the recorded ones also in what
    the changes leave alone. Raises ConfigError."""
    if recorded is not None and config is None and not changed:
        return recorded, ""
    rules = settings.load(config=config, overrides=changed).rules
    if recorded is None or config is not None or settings.load().rules == recorded:
        return rules, ""
    return rules, "note: your settings differ from those of the session, also without --set"
