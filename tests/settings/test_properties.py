"""Whatever stands in the files: settings in range, or one printable line. And lines are right."""

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ramstock_tui import settings
from ramstock_tui.errors import ConfigError
from ramstock_tui.settings import Settings
from ramstock_tui.settings.lines import key_lines
from ramstock_tui.settings.text import Loc
from tests.settings.support import DEFAULTS, MINE, load

SHIPPED: dict[str, Any] = tomllib.loads(DEFAULTS + MINE, parse_float=Decimal)

numbers = st.one_of(
    st.integers(-(10**30), 10**30),
    st.integers(-2, 700),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.decimals(-2, 700, places=4),
)
scalars = st.one_of(
    numbers,
    st.booleans(),
    st.text(max_size=40),
    st.sampled_from(["stall", "spread", "09:30", "pause", "signals", "small_account", "dark"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
no_fixture_check = examples(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def every_place(value: Any, loc: Loc = ()) -> list[Loc]:
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    here = [loc] if loc else []
    return here + [place for key, inner in pairs for place in every_place(inner, (*loc, key))]


PLACES = every_place(SHIPPED)


def changed(data: Any, loc: Loc, value: Any) -> Any:
    if not loc:
        return value
    if isinstance(data, list):
        return [changed(v, loc[1:], value) if i == loc[0] else v for i, v in enumerate(data)]
    return {k: changed(v, loc[1:], value) if k == loc[0] else v for k, v in data.items()}


def toml(value: Any) -> str:
    """A value as TOML text; all tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = str(value).lower().replace("snan", "nan").replace("infinity", "inf")
        return text if any(sign in text for sign in (".", "e", "nan", "inf")) else f"{text}.0"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{quoted(k)} = {toml(v)}' for k, v in value.items())} }}"
    return str(value)


def quoted(text: str) -> str:
    """A TOML string; only what `tomllib` takes."""
    safe = text.encode("utf-8", "replace").decode()
    return json.dumps(safe, ensure_ascii=False).replace("\x7f", "\\u007f")


def document(data: dict[str, Any]) -> str:
    return "".join(f"{quoted(key)} = {toml(value)}\n" for key, value in data.items())


def refused_or_in_range(folder: Path, text: str) -> None:
    try:
        assert_in_range(load(folder, config=text))
    except ConfigError as error:
        assert_readable(error)


def assert_readable(error: ConfigError) -> None:
    assert str(error).isprintable()
    assert len(str(error)) < 1_500
    assert error.key or "not valid TOML" in error.problem or "nested" in error.problem


def assert_in_range(loaded: Settings) -> None:
    assert loaded.acting in {profile.name for profile in loaded.rules.profiles}
    assert loaded.fee_model in {fees.name for fees in loaded.rules.fees}
    assert 1 <= loaded.phase <= 3
    assert 1 <= loaded.ui.fps <= 30
    for profile in loaded.rules.profiles:
        size = profile.size
        assert 0 < size.risk_bp <= 100
        assert 1_000 <= profile.bracket.ttl_ms <= 300_000
        assert profile.throttle.per_hour >= 1
        if size.phase_caps:
            assert size.ceiling is not None
            assert size.share_cap is not None
            assert max(size.phase_caps) <= size.ceiling <= 600
        ends = [edge for w in profile.day.windows for edge in (w.start_s, w.end_s)]
        assert ends == sorted(ends)
        assert profile.day.off_s >= ends[-1]
    plain = json.loads(json.dumps(settings.resolved(loaded.rules)))
    assert settings.rules_from(plain) == loaded.rules


@given(st.sampled_from(PLACES), values)
@no_fixture_check
def test_given_any_value_at_any_key_then_it_is_refused_or_in_range(
    tmp_path: Path, loc: Loc, value: Any
) -> None:
    refused_or_in_range(tmp_path, document(changed(SHIPPED, loc, value)))


@given(st.lists(st.tuples(st.sampled_from(PLACES), numbers), min_size=1, max_size=4))
@no_fixture_check
def test_given_other_numbers_at_some_keys_then_they_are_refused_or_in_range(
    tmp_path: Path, changes: list[tuple[Loc, Any]]
) -> None:
    data = SHIPPED
    for loc, value in changes:
        try:
            data = changed(data, loc, value)
        except AttributeError:  # an earlier change took the place away
            continue
    refused_or_in_range(tmp_path, document(data))


@given(st.integers(0, len(DEFAULTS)), st.integers(0, 40), st.text(max_size=6))
@no_fixture_check
def test_given_a_damaged_text_then_it_is_refused_or_in_range(
    tmp_path: Path, start: int, length: int, text: str
) -> None:
    safe = text.encode("utf-8", "replace").decode()
    refused_or_in_range(tmp_path, DEFAULTS[:start] + safe + DEFAULTS[start + length :])


@given(st.dictionaries(st.text(max_size=6), values, max_size=5), st.integers(0, 3))
@examples(max_examples=150, deadline=None)
def test_every_key_of_a_document_has_the_line_it_stands_on(
    data: dict[str, Any], comments: int
) -> None:
    clean: dict[str, Any] = tomllib.loads(document(data), parse_float=Decimal)
    head = "# [not] = 'a key'\n" * comments
    lines = key_lines(head + document(clean))
    assert set(lines) == set(every_place(clean))
    order = {key: comments + n for n, key in enumerate(clean, start=1)}
    assert all(line == order[str(loc[0])] for loc, line in lines.items())


def test_lines_of_tables_lists_and_long_texts() -> None:
    text = (
        'a.b = 1 # c = 2\r\n[t."x y"]\nlong = """\n[no]\nz = 1 \\""""""\nlist = [\n  1, # one\n'
        "  { k = '#', m.n = [2] },\n]\n[[row]]\n[[row.sub]]\nq = 1979-05-27 07:32:00\n[[row]]\n"
        "[row.deep]\n'w' = 1.5\n"
    )
    expected = every_place(tomllib.loads(text))
    lines = key_lines(text)
    assert set(lines) == set(expected)
    assert {loc: lines[loc] for loc in (("a", "b"), ("t", "x y"), ("t", "x y", "list"))} == {
        ("a", "b"): 1,
        ("t", "x y"): 2,
        ("t", "x y", "list"): 6,
    }
    assert lines[("t", "x y", "list", 1, "m", "n", 0)] == 8
    assert lines[("row", 0, "sub", 0, "q")] == 12
    assert lines[("row", 1, "deep", "w")] == 15


@pytest.mark.parametrize("text", ["[", "[[", "a", "a = [}", "a = {]", "]", "= =", '"', "a = [1"])
def test_lines_of_a_broken_text_end(text: str) -> None:
    assert len(key_lines(text)) <= 3
