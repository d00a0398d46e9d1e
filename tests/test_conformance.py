"""docs/conformance.md is what its script makes, and no requirement is left out of it."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
EVERY = (
    "P-OBJ P-U1..7 P-M1..5 P-S1..7 P-R1..4 P-T1..3 P-B1..4 P-N1..4 P-P1..4 P-F1..4 P-O1..4 "
    "P-NF1..5 P-X1..5 P-C1..2 I-S1..7 I-R1..4 I-B1..4 I-U1..6 I-J1..3 I-P1..3 S-G1..2 S-C1..7 "
    "S-U1..10 S-M0..6 S-S1..6 S-R1..4 S-B1..6 S-T1..4 S-V1..4 S-H1..3 S-O1..6 S-K1..5 S-X1..5"
)
IDS = re.compile(r"^\| ([PIS]-[A-Z]+\d*(?:\.\.\d+)?) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_conformance", ROOT / "scripts" / "make_conformance.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbered(name: str) -> list[str]:
    """`S-S1..5` -> its five ids."""
    first, dots, last = name.partition("..")
    if not dots:
        return [name]
    stem = first.rstrip("0123456789")
    return [f"{stem}{n}" for n in range(int(first[len(stem) :]), int(last) + 1)]


def test_every_row_has_a_test_that_exists_or_says_what_it_waits_for(script: ModuleType) -> None:
    assert script.problems(script.requirements()) == []


def test_the_page_is_what_the_script_makes(script: ModuleType) -> None:
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    assert page == script.page(script.requirements()), "run python scripts/make_conformance.py"


def test_no_requirement_is_left_out(script: ModuleType) -> None:
    wanted = [one for name in EVERY.split() for one in numbered(name)]
    assert sorted(script.requirements()) == sorted(wanted)


def test_the_requirements_are_those_of_the_specification(shared: Path) -> None:
    text = (shared / "spec" / "requirements.md").read_text(encoding="utf-8")
    matrix = text[text.index("## A.1") : text.index("## A.2")]
    wanted = [one for name in IDS.findall(matrix) for one in numbered(name)]
    known = [one for name in EVERY.split() for one in numbered(name)]
    assert sorted(wanted) == sorted(known)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"what": "x"}, "A-1: neither a test nor what it waits for"),
        ({"what": "x", "waits": ""}, "A-1: neither a test nor what it waits for"),
        ({"what": "x", "tests": ["test_conformance.py::test_x"], "where": "plain.py"},
         "A-1: no test test_conformance.py::test_x"),
        ({"what": "x", "tests": ["nowhere.py::test_x"], "where": "plain.py"},
         "A-1: no test nowhere.py::test_x"),
        ({"what": "x", "waits": "y", "where": "core/nothing.py"},
         "A-1: no module core/nothing.py"),
        ({"waits": "y"}, "A-1: says not what it asks"),
        ({"what": "x", "wait": "y", "waits": "y"}, "A-1: unknown key wait"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_hold_is_named(
    script: ModuleType, row: dict[str, Any], said: str
) -> None:
    assert said in script.problems({"A-1": row})
