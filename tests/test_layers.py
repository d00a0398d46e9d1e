"""Imports point downward, the core is pure, and every worker of the screen has a group."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ramstock_tui"
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def check_contracts(checkout: Path) -> tuple[int, str]:
    """Exit code and report of import-linter over the package in this folder."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo", "--config", "pyproject.toml"],
        cwd=checkout,
        env={"PYTHONPATH": str(checkout), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def ungrouped_workers(source: str) -> list[int]:
    """Lines where a Textual worker is started or declared without naming its group.

    Without a group of its own, a worker declared `exclusive` cancels those of other panes.
    """
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {id(call.func) for call in calls}
    lines = [
        call.lineno
        for call in calls
        if _name(call.func) in {"work", "run_worker"}
        and not any(keyword.arg == "group" for keyword in call.keywords)
    ]
    lines += [
        decorator.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in node.decorator_list
        if _name(decorator) == "work" and id(decorator) not in called
    ]
    return sorted(lines)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_the_import_contracts_hold() -> None:
    code, report = check_contracts(ROOT)
    assert code == 0, report
    assert "4 kept, 0 broken" in report


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("core/late.py", "import time", "the core is pure"),
        ("core/late.py", "from datetime import datetime", "the core is pure"),
        ("core/late.py", "import ramstock_tui.errors", "imports point downward"),
        ("link/late.py", "import ramstock_tui.verbs.cli", "imports point downward"),
        ("floorless.py", "", "imports point downward"),
    ],
)
def test_given_a_forbidden_import_when_checked_then_its_contract_breaks(
    tmp_path: Path, file: str, line: str, broken: str
) -> None:
    shutil.copytree(PACKAGE, tmp_path / "ramstock_tui")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "ramstock_tui" / file).write_text(line + "\n")
    code, report = check_contracts(tmp_path)
    assert code == 1
    assert f"{broken} BROKEN" in report


def test_every_worker_of_the_screen_names_its_group() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (PACKAGE / "ui").rglob("*.py")
        for line in ungrouped_workers(path.read_text("utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("self.run_worker(f())", [1]),
        ("self.run_worker(f(), group='host')", []),
        ("@work\ndef f(): ...", [1]),
        ("@textual.work(thread=True)\ndef f(): ...", [1]),
        ("@work(thread=True, group='host')\nasync def f(): ...", []),
    ],
)
def test_a_worker_without_a_group_is_found(source: str, lines: list[int]) -> None:
    assert ungrouped_workers(source) == lines
