"""TOML text to plain values, with decimals instead of binary floats and errors of one line."""

import re
import tomllib
from decimal import Decimal
from typing import Any

from ramstock_tui.plain import clean
from ramstock_tui.settings.text import Loc, dotted

DEPTH_LIMIT = 8  # tables and lists inside each other; the deepest setting needs 5
DOT_LIMIT = 100  # dots on a line: what the library needs for `a.a.a` grows with their square
_PLACE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")
_KEY = re.compile(r"""\s*([^=#]+?)\s*=""")
_HEADER = re.compile(r"""\s*\[\[?\s*([^\]#]+?)\s*\]""")
_INLINE = re.compile(r"Duplicate inline table key '(.*)'")
_TWICE = ("Cannot overwrite a value", "Cannot declare ", "Duplicate inline table key")


class TomlError(ValueError):
    """The text is no TOML that we take. key: "" when none is to blame; line: 0 = unknown."""

    def __init__(self, key: str, problem: str, line: int = 0) -> None:
        super().__init__(problem)
        self.key = key
        self.problem = problem
        self.line = line


def parse(text: str) -> dict[str, Any]:
    """The tables of a TOML text; fractions are Decimal. Raises TomlError."""
    for line, row in enumerate(text.split("\n"), start=1):
        if row.count(".") > DOT_LIMIT and not row.lstrip().startswith("#"):
            raise TomlError("", f"has more than {DOT_LIMIT} dots on a line", line)
    try:
        data = tomllib.loads(text, parse_float=_decimal)
    except RecursionError:
        raise TomlError("", "is nested too deeply") from None
    except ValueError as error:
        raise _explained(text, str(error)) from None
    deep = _too_deep(data)
    if deep:
        raise TomlError(dotted(deep), "is nested too deeply")
    return data


def parse_value(text: str) -> Any:
    """What an environment variable or a flag means: a TOML value if it is one, else the text."""
    if "\n" in text or "\r" in text:
        return text
    try:
        value = parse(f"x = {text}")["x"]
    except TomlError:
        return text
    return value if isinstance(value, bool | int | Decimal | str | list | dict) else text


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError("a number is out of range") from None


def _too_deep(data: dict[str, Any]) -> Loc:
    """Path of the first value that is nested too deeply, () when none is."""
    left: list[tuple[Loc, Any]] = [((), data)]
    while left:
        loc, value = left.pop()
        if not isinstance(value, dict | list):
            continue
        if len(loc) > DEPTH_LIMIT:
            return loc
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        left += [((*loc, key), inner) for key, inner in pairs]
    return ()


def _explained(text: str, message: str) -> TomlError:
    place = _PLACE.search(message)
    line = int(place[1] or 0) if place else 0
    if place and not place[1]:
        line = text.count("\n") + 1
    words = clean(_PLACE.sub("", message))
    if message.startswith(_TWICE):
        named = _INLINE.match(message)
        return TomlError(named[1] if named else _key_at(text, line), "stands here twice", line)
    return TomlError("", f"is not valid TOML: {words}", line)


def _key_at(text: str, line: int) -> str:
    """The key or table name on a line, with the table it stands in."""
    lines = text.replace("\r\n", "\n").split("\n")[:line]
    name = _HEADER.match(lines[-1]) if lines else None
    if name:
        return name[1]
    key = next((m[1] for row in reversed(lines) if (m := _KEY.match(row))), "")
    table = next((m[1] for row in reversed(lines) if (m := _HEADER.match(row))), "")
    return f"{table}.{key}" if table and key else key
