"""`./run` makes a checkout ready and starts it; its locks hold what the program needs."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 150  # a first set-up on a busy machine
TOOLS = ["sh", "cat", "cmp", "dirname", "mkdir", "mv", "readlink", "rm", "sed"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\\n]+) \\)?", re.MULTILINE)


# one worker, so that the one real set-up is made once
pytestmark = [pytest.mark.timeout(200), pytest.mark.xdist_group("checkout")]


class Checkout:
    """A copy of `run` and the package whose locks name nothing, so that set-up needs no network."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "check out"  # a blank in the path is part of the test
        self.tools = folder / "bin"
        self.elsewhere = folder / "elsewhere"
        for new in (self.root, self.tools, self.elsewhere):
            new.mkdir()
        shutil.copy(ROOT / "run", self.root)
        shutil.copytree(ROOT / "ramstock_tui", self.root / "ramstock_tui")
        for lock in ("requirements.lock", "requirements-dev.lock"):
            (self.root / lock).write_text("# nothing\n")
        (folder / "link").symlink_to(self.root / "run")
        self.link = folder / "link"
        for tool in TOOLS:
            (self.tools / tool).symlink_to(found(tool))
        self.python = self.tools / "python3"
        self.python.symlink_to(Path(sys.executable).resolve())

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", *words],
            cwd=self.elsewhere,
            env={
                "PATH": str(self.tools),
                "HOME": str(self.elsewhere),
                "PIP_NO_INDEX": "1",
                **more,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **more: str) -> tuple[int, str, str]:
        process = self.start(str(self.root / "run"), *words, **more)
        out, err = process.communicate(timeout=LIMIT_S)
        return process.returncode, out, err


def found(program: str) -> str:
    path = shutil.which(program)
    assert path is not None
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, list[str]]:
    """A checkout whose first start was killed, then started twice at the same time; their stderr.

    One of the two goes through a link from another folder.
    """
    checkout = Checkout(tmp_path_factory.mktemp("ready"))
    killed = checkout.start(str(checkout.root / "run"), "--version")
    assert killed.stderr is not None
    assert "setting up" in killed.stderr.readline()
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not (checkout.root / ".venv/ready-run").exists()

    starts = [
        checkout.start(str(script), "--version")
        for script in (checkout.root / "run", checkout.link)
    ]
    ends = [start.communicate(timeout=LIMIT_S) for start in starts]
    assert [out for out, _ in ends] == ["ramstock 0.1.0\n"] * 2, ends
    return checkout, [err for _, err in ends]


def test_given_a_killed_set_up_then_of_two_starts_at_once_one_sets_up_and_both_answer(
    ready: tuple[Checkout, list[str]],
) -> None:
    checkout, said = ready
    assert sum("setting up" in err for err in said) == 1
    assert (checkout.root / ".venv/ready-run").exists()


def test_given_a_ready_checkout_when_started_then_under_300_ms_are_added(
    ready: tuple[Checkout, list[str]],
) -> None:
    checkout, _ = ready
    bare = [str(checkout.root / ".venv/bin/python"), "-m", "ramstock_tui", "--version"]

    def best_s(command: list[str]) -> float:
        spent = []
        for _ in range(3):
            begun = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            spent.append(time.perf_counter() - begun)
        return min(spent)

    assert best_s([str(checkout.root / "run"), "--version"]) - best_s(bare) < 0.3


def test_given_a_ready_checkout_when_started_elsewhere_then_paths_mean_that_folder(
    ready: tuple[Checkout, list[str]],
) -> None:
    checkout, _ = ready
    (checkout.elsewhere / "typer.py").write_text("raise RuntimeError('imported from the cwd')\n")
    code, out, err = checkout.run("--version")
    assert (code, out, err) == (0, "ramstock 0.1.0\n", "")


def test_given_a_moved_checkout_when_started_then_it_is_set_up_anew(
    ready: tuple[Checkout, list[str]],
) -> None:
    checkout, _ = ready
    stamp = checkout.root / ".venv/ready-run"
    kept = stamp.read_text()
    stamp.write_text(kept.replace(str(checkout.root), "/another/place", 1))
    code, out, err = checkout.run("--version", RAMSTOCK_PYTHON="/no/python")
    assert (code, out) == (1, "")
    assert err == "ramstock: RAMSTOCK_PYTHON: no program /no/python\n"
    stamp.write_text(kept)


def test_given_no_python_when_started_then_one_line_names_the_package(checkout: Checkout) -> None:
    checkout.python.unlink()
    assert checkout.run() == (
        1,
        "",
        "ramstock: Python 3.11 or newer is needed "
        "(Debian, Ubuntu: apt install python3 python3-venv)\n",
    )


def test_given_an_old_python_when_started_then_one_line_says_so(checkout: Checkout) -> None:
    write_program(checkout.python, "exit 1")  # how an old one answers to the question of its age
    code, out, err = checkout.run()
    assert (code, out) == (1, "")
    assert err.startswith("ramstock: Python 3.11 or newer is needed, python3 is older;")
    assert err.count("\n") == 1


def test_given_a_python_without_venv_when_started_then_the_package_is_named(
    checkout: Checkout,
) -> None:
    (checkout.elsewhere / "ensurepip.py").write_text("raise ImportError\n")
    code, out, err = checkout.run(PYTHONPATH=str(checkout.elsewhere))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (code, out) == (1, "")
    assert err.splitlines()[1:] == [
        f"ramstock: python3 lacks venv (Debian, Ubuntu: apt install python{version}-venv)"
    ]


def test_given_a_file_with_another_hash_than_locked_then_nothing_is_taken_for_done(
    ready: tuple[Checkout, list[str]],
) -> None:
    checkout, _ = ready
    (checkout.elsewhere / "tool-1-py3-none-any.whl").write_bytes(b"not what was locked")
    lock = checkout.root / "requirements-dev.lock"
    lock.write_text(f"tool==1 --hash=sha256:{'0' * 64}\n")
    code, out, err = checkout.run("--set-up", "dev", PIP_FIND_LINKS=str(checkout.elsewhere))
    assert (code, out) == (1, "")
    assert "DO NOT MATCH THE HASHES" in err
    assert err.splitlines()[-1] == "ramstock: set-up failed; see the lines above"
    assert not (checkout.root / ".venv/ready-dev").exists()
    assert checkout.run("--version")[:2] == (0, "ramstock 0.1.0\n")


def write_program(path: Path, body: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def pins(lock: str) -> dict[tuple[str, str], str]:
    """Version by name and marker: a package may have one for each range of interpreters."""
    return {
        (canonicalize_name(name), marker): version
        for name, version, marker in PIN.findall((ROOT / lock).read_text("utf-8"))
    }


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for lock, wanted in (
        ("requirements.lock", project["project"]["dependencies"]),
        ("requirements-dev.lock", project["dependency-groups"]["dev"]),
    ):
        locked = pins(lock)
        for requirement in map(Requirement, wanted):
            wanted_name = canonicalize_name(requirement.name)
            versions = [version for (name, _), version in locked.items() if name == wanted_name]
            assert versions, (lock, requirement)
            assert all(map(requirement.specifier.contains, versions)), (lock, requirement)


def test_the_tools_of_development_change_nothing_that_runs() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_names_no_host_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"://|index-url|find-links|(^|\s)/\w", text)
    entries = re.split(r"\n(?=[a-z])", text.strip())
    assert len(entries) == len(pins(lock)) > 10
    assert all("--hash=sha256:" in entry for entry in entries)
