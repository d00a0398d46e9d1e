"""Everything that is wrong with the merged settings as one error of one line."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ramstock_tui.errors import ConfigError
from ramstock_tui.settings.checks import Problem, contradictions
from ramstock_tui.settings.layers import Layer
from ramstock_tui.settings.model import Config
from ramstock_tui.settings.text import Loc, shown

# no message repeats what stands there
SECRET = frozenset({("discord",), ("discord", "url"), ("redis",), ("redis", "url")})
_SHORT = {"tuple_type": "a list", "list_type": "a list", "string_type": "a text"}


def validated(layers: list[Layer]) -> Config:
    """The checked settings; ConfigError names the first problem and how many more there are.

    Problems of single values come before missing keys, and contradictions after both.
    """
    try:
        config = Config(layers=[layer.data for layer in reversed(layers)])  # type: ignore[call-arg]
    except ValidationError as error:
        details = error.errors(include_url=False)
        details.sort(key=lambda detail: detail["type"] == "missing")
        raise _error(layers, _problem(details[0]), len(details)) from None
    found = list(contradictions(config))
    if found:
        raise _error(layers, found[0], len(found))
    return config


def _error(layers: list[Layer], problem: Problem, count: int) -> ConfigError:
    """The error in the words of the layer that holds most of the key, the latest if several do."""
    ranked = [
        (_rank(layer.depth(loc), len(loc), index), index, loc)
        for loc in problem.locs
        for index, layer in enumerate(layers)
    ]
    _, index, loc = max(ranked, key=lambda entry: entry[0])
    more = f"; and {count - 1} more" if count > 1 else ""
    return layers[index].error(loc, problem.text, more)


def _rank(depth: int, full: int, index: int) -> tuple[bool, int, int]:
    return (True, index, 0) if depth == full else (False, depth, index)


def _problem(detail: ErrorDetails) -> Problem:
    loc = tuple(part for part in detail["loc"] if part != "[key]")
    return Problem((loc,), _words(detail, loc))


def _words(detail: ErrorDetails, loc: Loc) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return _unknown(loc)
    if kind in ("too_short", "too_long"):
        bound = context.get("min_length", context.get("max_length"))
        word = "at least" if kind == "too_short" else "at most"
        return f"expected {word} {bound} entries; was {context['actual_length']}"
    was = "something else" if loc in SECRET else shown(detail["input"])
    return f"expected {_expected(kind, context)}; was {was}"


def _expected(kind: str, context: dict[str, Any]) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"one of {context['expected'].replace(' or ', ', ')}"
    return _SHORT.get(kind, "a table")


def _unknown(loc: Loc) -> str:
    table = _table_at(loc[:-1])
    names = sorted(table.model_fields)
    close = get_close_matches(str(loc[-1])[:64], names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"unknown key; {hint}allowed: {', '.join(names)}"


def _table_at(loc: Loc) -> type[BaseModel]:
    """The model of the table at `loc`; steps through lists and named tables."""
    kind: Any = Config
    for part in loc:
        if _is_table(kind):
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = next(_tables_in(kind))
    return kind  # type: ignore[no-any-return]  # annotations have no type of their own


def _tables_in(kind: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names, such as that of `tuple[Row, ...] | None`."""
    for inner in get_args(kind):
        if _is_table(inner):
            yield inner
        else:
            yield from _tables_in(inner)


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
