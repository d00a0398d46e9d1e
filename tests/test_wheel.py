"""What a user installs: a wheel that works from any folder and carries its own data."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built by its own backend."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment with the wheel in it.

    The libraries it depends on come from the environment of the suite by a line in its path, so
    that no network is needed; the project's own line is not carried over with them.
    """
    venv = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=ROOT)
    interpreter = venv / "bin" / "python"
    run(*installer(interpreter), "--no-deps", "--no-index", wheel, cwd=ROOT)
    [packages] = venv.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return interpreter


def installer(interpreter: Path) -> list[str | Path]:
    """The start of an install command into this environment: pip, or uv where uv made ours."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--quiet", "--python", interpreter, "install"]
    uv = shutil.which("uv")
    assert uv is not None, "the environment of the suite has neither pip nor uv"
    return [uv, "pip", "install", "--quiet", "--python", interpreter]


def run(*words: str | Path, cwd: Path) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def printed_by(*words: str | Path, cwd: Path) -> str:
    env = {"PATH": os.defpath, "HOME": str(cwd)}
    return subprocess.run(
        words, cwd=cwd, env=env, capture_output=True, text=True, check=True
    ).stdout


def test_given_the_installed_wheel_when_started_elsewhere_then_it_answers(
    python: Path, tmp_path: Path
) -> None:
    program = python.with_name("ramstock")
    assert printed_by(program, "--version", cwd=tmp_path) == "ramstock 0.1.0\n"
    assert "replay" in printed_by(program, "--help", cwd=tmp_path)
    assert "MESSAGE" in printed_by(program, "import", "lobster", "--help", cwd=tmp_path)


def test_given_the_installed_wheel_then_it_carries_the_configuration_and_every_theme(
    python: Path, tmp_path: Path
) -> None:
    where = "import ramstock_tui, pathlib; print(pathlib.Path(ramstock_tui.__file__).parent)"
    package = Path(printed_by(python, "-c", where, cwd=tmp_path).strip())
    assert ROOT not in package.parents

    assert (package / "_data/config.toml").read_bytes() == (ROOT / "config.toml").read_bytes()
    themes = {path.relative_to(ROOT / "themes") for path in (ROOT / "themes").rglob("*.*")}
    carried = package / "_data/themes"
    assert themes
    assert {path.relative_to(carried) for path in carried.rglob("*.*")} == themes
    modules = [path.relative_to(ROOT) for path in (ROOT / "ramstock_tui").rglob("*.py")]
    assert [str(module) for module in modules if not (package.parent / module).is_file()] == []
