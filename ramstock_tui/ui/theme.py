"""Themes as data: `themes/NAME.toml` gives every token a colour and a text style."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ramstock_tui.errors import ConfigError

TOKENS = (
    "bid", "ask", "up", "down", "flat", "good", "warn", "bad", "stale", "locked", "accent",
    "title", "dim", "edge", "focus", "pick",
)  # fmt: skip
THEMES = ("dark", "mono")
STYLES = frozenset({"none", "bold", "dim", "italic", "underline", "reverse"})


class Look(NamedTuple):
    """Colour `#rrggbb`, what it stands on, and text style (words of Textual)."""

    color: str
    on: str
    style: str


class Palette(NamedTuple):
    """plain: nothing has a colour; the styles alone make the look."""

    name: str
    dark: bool
    plain: bool
    foreground: str
    background: str
    looks: dict[str, Look]

    def variables(self) -> dict[str, str]:
        """`$bid`, `$bid-on`, `$bid-style` ... for the style sheet."""
        out: dict[str, str] = {}
        for token, look in self.looks.items():
            out[token] = look.color
            out[f"{token}-on"] = look.on
            out[f"{token}-style"] = look.style
        return out


def theme_file(name: str) -> Path:
    """A file of `themes/`: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package.parent / "themes", package / "_data" / "themes"):
        if (folder / name).is_file():
            return folder / name
    raise ConfigError(name, "", "no such theme file")


@lru_cache(maxsize=8)
def plain_styles(name: str) -> Mapping[str, str] | None:
    """{token: text style} of a theme without colours, None for one with colours."""
    if name not in THEMES:
        return None
    palette = load(name)
    if not palette.plain:
        return None
    return {token: look.style for token, look in palette.looks.items()}


def load(name: str) -> Palette:
    """The palette `name`; ConfigError names file and key of what is missing or unknown."""
    path = theme_file(f"{name}.toml")
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    fore, back = (_base(path, table, key) for key in ("foreground", "background"))
    tokens = table.get("tokens", {})
    unknown = sorted(set(tokens) - set(TOKENS))
    if unknown:
        raise ConfigError(str(path), f"tokens.{unknown[0]}", "no such token")
    looks = {token: _look(path, tokens, token, fore, back) for token in TOKENS}
    flags = bool(table.get("dark", True)), bool(table.get("plain", False))
    return Palette(name, *flags, fore, back, looks)


def _base(path: Path, table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise ConfigError(str(path), key, "a colour #rrggbb is needed")
    return value


def _look(path: Path, tokens: dict[str, Any], token: str, fore: str, back: str) -> Look:
    entry = tokens.get(token)
    if not isinstance(entry, dict):
        raise ConfigError(str(path), f"tokens.{token}", "missing")
    style = str(entry.get("style", "none"))
    if not set(style.split()) <= STYLES:
        raise ConfigError(str(path), f"tokens.{token}.style", f"was {style!r}")
    return Look(str(entry.get("color", fore)), str(entry.get("on", back)), style)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours `#rrggbb` by WCAG 2, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
