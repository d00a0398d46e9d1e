"""docs/rules.md leaves nothing out that the engine measures, decides or takes from the settings."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core import gates, metrics, readings
from ramstock_tui.host import limits, words
from tests.core.sessions import rules

ROOT = Path(__file__).parent.parent
CORE = ROOT / "ramstock_tui" / "core"
WORDS = frozenset(
    name
    for span in re.findall(r"`([^`]+)`", (ROOT / "docs" / "rules.md").read_text(encoding="utf-8"))
    for name in re.split(r"[^A-Za-z0-9_]+", span)
)
TELLING = ("discord", "alerts", "ibkr", "universe", "redis")
SCREEN_ONLY = frozenset({"profile", "fee_model", "equity", "phase", "ui", "recording", *TELLING})


def cancel_codes() -> set[str]:
    """Every code that the engine gives a cancelled or expired card."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in CORE.glob("lane*.py"))
    found = set(re.findall(r"cancel(?:_all)?\(t, (?:pending, )?\"(\w+)\"\)", source))
    found |= set(re.findall(r"(?:expire\(t, pending, |return [\w.]+, )\"(\w+)\"", source))
    return found


def keys(table: Any) -> Iterator[str]:
    """Names of every setting below a table; names of tables that people choose do not count."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield key
            yield from keys(value)
    elif isinstance(table, list):
        for value in table:
            yield from keys(value)


def rule_keys() -> set[str]:
    config = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    found: set[str] = set()
    for section, table in config.items():
        if section in SCREEN_ONLY or not isinstance(table, dict):
            continue
        named = table.values() if section in ("profiles", "fees") else [table]
        for one in named:
            found |= set(keys(one))
    return found


PARTS: dict[str, set[str]] = {
    "readings": {*readings.BOOK, *readings.OTHER},
    "reclaims": {f"reclaim_{profile.name}" for profile in rules().profiles},
    "metrics": set(metrics.METRICS),
    "rejections": set(gates.REJECTS),
    "reasons": set(words._REASONS),
    "locks": set(limits.ALLOWS),
    "cancels": cancel_codes(),
    "settings": rule_keys() - {"name", "start", "end", "gates", "reclaim", "throttle", "bracket"},
}


@pytest.mark.parametrize("part", PARTS)
def test_every_name_stands_in_the_rules(part: str) -> None:
    assert PARTS[part]
    assert not PARTS[part] - WORDS


def test_the_codes_of_cancels_are_found_in_the_source() -> None:
    assert {"blow_out", "freeze", "slowdown", "ttl", "restart", "hard_lock"} <= cancel_codes()
