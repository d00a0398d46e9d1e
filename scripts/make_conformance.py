"""Writes docs/conformance.md from docs/requirements.toml: `python scripts/make_conformance.py`.

Every requirement with the module in which it lives and the tests that prove it, or what it waits
for. Refuses a row that names neither, a module or a test that does not exist.
"""

import ast
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "requirements.toml"
PAGE = ROOT / "docs" / "conformance.md"
GROUPS = {"P": "Order-flow platform", "I": "Implementation details", "S": "Small account"}
KEYS = frozenset({"what", "where", "tests", "waits"})
HEAD = """# Conformance

Made by `scripts/make_conformance.py` from `docs/requirements.toml`; do not edit. Of {count}
requirements {proved} are proved by tests, {partly} of these wait for something more, {open} wait as
a whole. Modules stand below `ramstock_tui/`, tests below `tests/`.
"""


def requirements() -> dict[str, dict[str, Any]]:
    """Every row by its id, in the order of the file."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


@cache
def tests_of(path: Path) -> frozenset[str]:
    """Names of the test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def problems(rows: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the rows, one line each."""
    found: list[str] = []
    for name, row in rows.items():
        found += [f"{name}: unknown key {key}" for key in sorted(row.keys() - KEYS)]
        if not row.get("what"):
            found.append(f"{name}: says not what it asks")
        if not row.get("tests") and not row.get("waits"):
            found.append(f"{name}: neither a test nor what it waits for")
        if row.get("tests") and not row.get("where"):
            found.append(f"{name}: has tests and no module")
        if "where" in row and not (ROOT / "ramstock_tui" / row["where"]).is_file():
            found.append(f"{name}: no module {row['where']}")
        found += [f"{name}: no test {test}" for test in row.get("tests", ()) if not exists(test)]
    return found


def exists(test: str) -> bool:
    """Is there a function `FILE::NAME` below tests/?"""
    file, _, function = test.partition("::")
    path = ROOT / "tests" / file
    return path.is_file() and function.startswith("test_") and function in tests_of(path)


def page(rows: dict[str, dict[str, Any]]) -> str:
    """The whole document."""
    proved = [row for row in rows.values() if row.get("tests")]
    head = HEAD.format(
        count=len(rows),
        proved=len(proved),
        partly=sum("waits" in row for row in proved),
        open=len(rows) - len(proved),
    )
    parts = [head]
    for letter, title in GROUPS.items():
        parts.append(f"\n## {title}\n\n| id | what | module | tests, or what it waits for |\n")
        parts.append("|---|---|---|---|\n")
        parts += [_line(name, row) for name, row in rows.items() if name[0] == letter]
    return "".join(parts)


def _line(name: str, row: dict[str, Any]) -> str:
    where = f"`{row['where']}`" if "where" in row else ""
    proofs = [f"`{test}`" for test in row.get("tests", ())]
    proofs += [f"*{row['waits']}*"] if "waits" in row else []
    return f"| {name} | {row['what']} | {where} | {'<br>'.join(proofs)} |\n"


def main() -> int:
    """Writes the page; 1 and the reasons when the rows do not hold."""
    rows = requirements()
    wrong = problems(rows)
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    PAGE.write_text(page(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
