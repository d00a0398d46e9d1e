"""The layers of the configuration in the order in which later ones win, and who set what."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ramstock_tui.errors import ConfigError
from ramstock_tui.plain import clean
from ramstock_tui.settings.files import data_file, exists, read_text, user_file
from ramstock_tui.settings.lines import key_lines
from ramstock_tui.settings.text import Loc, dotted, short
from ramstock_tui.settings.toml import DEPTH_LIMIT, TomlError, parse, parse_value

PREFIX = "RAMSTOCK_"
RESERVED = frozenset(PREFIX + name for name in ("SHARED", "REQUIRE", "DATA", "PYTHON", "ALL"))
DEFAULTS, ENVIRONMENT, FLAGS = "defaults", "environment", "command line"
_OTHERS_READ = 0o004
Value = TypeVar("Value")


class Layer:
    """One source of settings. path: how messages call it; origin: how `sources` calls it.

    names: keys as the user wrote them where that is not the dotted key (variables).
    """

    def __init__(self, path: str, origin: str, data: dict[str, Any], text: str = "") -> None:
        self.path = path
        self.origin = origin
        self.data = data
        self.text = text
        self.names: dict[Loc, str] = {}
        self.warnings: tuple[str, ...] = ()

    @cached_property
    def lines(self) -> dict[Loc, int]:
        """Line of every key of a file; empty for other layers."""
        return key_lines(self.text)

    def depth(self, loc: Loc) -> int:
        """How many leading parts of `loc` this layer holds."""
        value: Any = self.data
        for count, part in enumerate(loc):
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return count
            if isinstance(value, str):
                return count + 1
        return len(loc)

    def error(self, loc: Loc, problem: str, more: str = "") -> ConfigError:
        """The error for the key at `loc`, with its line or that of the table it is missing in."""
        line = _nearest(self.lines, loc[: self.depth(loc)])
        where = f" (line {line})" if line else ""
        return ConfigError(clean(self.path), self._key(loc), clean(problem) + where + more)

    def _key(self, loc: Loc) -> str:
        """The key as the user wrote it: a variable, perhaps with what it holds, or dotted."""
        if loc in self.names:
            return self.names[loc]
        around = _nearest(self.names, loc)
        if around:
            return f"{around} ({dotted(loc)})"
        inside = (name for at, name in self.names.items() if at[: len(loc)] == loc)
        return next(inside, dotted(loc))


def read_layers(
    config: Path | None, env: Mapping[str, str], overrides: Mapping[str, Any]
) -> list[Layer]:
    """Defaults, user file, `config`, environment, overrides: as many as there are, weakest first.

    Raises ConfigError when one of them cannot be read; nothing is checked yet.
    """
    layers = [_file(data_file("config.toml"), DEFAULTS)]
    user = user_file(env)
    if exists(user):
        layers.append(_file(user, str(user), private=True))
    if config is not None:
        layers.append(_file(config, str(config), private=True))
    layers.append(_environment(env))
    layers.append(_flags(overrides))
    return layers


def sources(layers: list[Layer]) -> dict[str, str]:
    """Dotted key of every setting -> which layer set it last. A list is one setting."""
    found: dict[str, str] = {}
    for layer in layers:
        for loc in _leaves(layer.data):
            found[dotted(loc)] = layer.names.get(loc, layer.origin)
    return found


def _file(path: Path, origin: str, private: bool = False) -> Layer:
    text, mode = read_text(path)
    try:
        layer = Layer(str(path), clean(origin), parse(text), text)
    except TomlError as error:
        where = f" (line {error.line})" if error.line else ""
        raise ConfigError(clean(str(path)), clean(error.key), error.problem + where) from None
    if private and mode & _OTHERS_READ:
        layer.warnings = (f"{clean(str(path))}: every user of this machine can read it",)
    return layer


def _environment(env: Mapping[str, str]) -> Layer:
    """`RAMSTOCK_UI__FPS=5` sets `ui.fps`. Unknown names stay in and are refused by the model."""
    layer = Layer(ENVIRONMENT, ENVIRONMENT, {})
    for name in sorted(env):
        if name.startswith(PREFIX) and name not in RESERVED:
            loc = tuple(name[len(PREFIX) :].lower().split("__"))
            if not _put(layer.data, loc, parse_value(env[name])):
                raise ConfigError(
                    ENVIRONMENT, short(name), "no such setting, or set by another variable too"
                )
            layer.names[loc] = short(name)
    return layer


def _flags(overrides: Mapping[str, Any]) -> Layer:
    layer = Layer(FLAGS, FLAGS, {})
    for name, value in overrides.items():
        loc = tuple(name.split("."))
        if not _put(
            layer.data, loc, parse_value(value) if isinstance(value, str) else _plain(value)
        ):
            raise ConfigError(FLAGS, dotted(loc), "no such setting, or given twice")
    return layer


def _plain(value: Any) -> Any:
    """A value as a TOML file would give it; floats by their shortest decimal form."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _nearest(table: dict[Loc, Value], loc: Loc) -> Value | None:
    """The entry of `loc`, else of the table it is in, and so on; None when there is none."""
    return next((table[loc[:n]] for n in range(len(loc), 0, -1) if loc[:n] in table), None)


def _put(data: dict[str, Any], loc: Loc, value: Any) -> bool:
    """Set the value at `loc`; False when something stands there or in the way."""
    if len(loc) > DEPTH_LIMIT:
        return False
    for part in loc[:-1]:
        inner = data.setdefault(str(part), {})
        if not isinstance(inner, dict):
            return False
        data = inner
    if loc[-1] in data:
        return False
    data[str(loc[-1])] = value
    return True


def _leaves(data: dict[str, Any], loc: Loc = ()) -> list[Loc]:
    found: list[Loc] = []
    for key, value in data.items():
        inner = (*loc, key)
        found += _leaves(value, inner) if isinstance(value, dict) and value else [inner]
    return found
