"""Settings: defaults, the user's files, the environment and flags as one checked value.

Only `load` imports pydantic (0.3 s); a replay that takes its rules from a ledger does not need it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui.core.profile import Rules
from ramstock_tui.errors import JournalError
from ramstock_tui.settings.files import data_dir, data_file, state_dir
from ramstock_tui.settings.layers import read_layers, sources

__all__ = [
    "Settings",
    "UiSettings",
    "data_dir",
    "data_file",
    "load",
    "resolved",
    "rules_from",
    "screen",
    "state_dir",
]


@dataclass(frozen=True, slots=True)
class UiSettings:
    """fps: frames a second to the screen, 1 to 30. theme: name; the cockpit knows which exist."""

    fps: int
    theme: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration says, in units of the engine.

    acting: a profile of `rules`. fee_model: a fee model of `rules`. equity_cents: used where no
    account says otherwise. phase: 1 to 3. sources: dotted key -> `defaults`, a file, a variable or
    `command line`. warnings: lines for people; nothing depends on them.
    """

    rules: Rules
    acting: str
    fee_model: str
    equity_cents: int
    phase: int
    ui: UiSettings
    sources: dict[str, str]
    warnings: tuple[str, ...] = ()


def load(
    *,
    config: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Defaults, then the user's file, `config`, the environment, `overrides`: the later wins.

    Tables are merged key by key, lists are replaced. env: None = that of this process; a mapping
    also says where the user's file is (`XDG_CONFIG_HOME`). overrides: dotted key -> value; a text
    is read as TOML where it is TOML, so flags can be handed on as they are. Raises ConfigError,
    one line, for anything that cannot be read, is unknown, of a wrong kind or out of range.
    """
    layers = read_layers(config, os.environ if env is None else env, overrides or {})
    from ramstock_tui.settings import build, problems

    checked = problems.validated(layers)
    return Settings(
        rules=build.rules(checked),
        acting=checked.profile,
        fee_model=checked.fee_model,
        equity_cents=checked.equity,
        phase=checked.phase,
        ui=UiSettings(fps=checked.ui.fps, theme=checked.ui.theme),
        sources=sources(layers),
        warnings=tuple(line for layer in layers for line in layer.warnings),
    )


def screen(config: Path | None = None) -> UiSettings:
    """What a cockpit needs when its host reads the settings itself: the same layers, without the
    checks of everything else (they cost 0.3 s). Where `ui` is not as it must be, `load` says why.
    """
    merged: dict[str, Any] = {}
    for layer in read_layers(config, os.environ, {}):
        table = layer.data.get("ui", {})
        merged |= table if isinstance(table, dict) else {"": table}
    fps, theme = merged.get("fps"), merged.get("theme")
    if set(merged) == {"fps", "theme"} and type(fps) is int and isinstance(theme, str):
        return UiSettings(fps, theme) if 1 <= fps <= 30 and theme.isidentifier() else _ui(config)
    return _ui(config)


def _ui(config: Path | None) -> UiSettings:
    return load(config=config).ui


def resolved(rules: Rules) -> dict[str, Any]:
    """The rules as plain values for the ledger header: integers, texts, None, lists and dicts."""
    plain: dict[str, Any] = msgspec.to_builtins(rules)
    return plain


def rules_from(plain: Mapping[str, Any]) -> Rules:
    """The inverse of `resolved`, also after JSON. Raises JournalError when it is something else."""
    try:
        return msgspec.convert(plain, Rules)
    except msgspec.ValidationError as error:
        raise JournalError(f"the rules in the ledger header cannot be read: {error}") from None
