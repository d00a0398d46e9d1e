"""The same session gives the same hash under every Python, hash seed and speed, after restarts."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ramstock_tui.host.summary import decision_hash
from tests.host.help import environment, ran_from
from tests.host.scenes import morning
from tests.host.test_replay_verb import recorded

NEEDED = "import msgspec, pydantic_settings, sortedcontainers, textual, typer, zstandard"
OLDEST, NEWEST = 11, 30  # minor versions that are looked for
RUNS = [("0", "max"), ("1", "max"), ("random", "20000"), ("4294967295", "100000")]


def interpreters() -> dict[str, str]:
    """Version -> path of every other Python on PATH, or named by RAMSTOCK_OTHER_PYTHON, that is not
    too old and has the dependencies."""
    names = [f"python3.{minor}" for minor in range(NEWEST, OLDEST - 1, -1)]
    paths = [os.environ.get("RAMSTOCK_OTHER_PYTHON"), *map(shutil.which, names)]
    found: dict[str, str] = {}
    for path in paths:
        if path is None:
            continue
        words = [path, "-c", f"{NEEDED}; import sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.setdefault(done.stdout.strip(), path)
    return found


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded session with confirms whose host died twice."""
    home = tmp_path_factory.mktemp("interpreters")
    source = morning().write(home / "source")
    for stop in (300, 640, 0):
        recorded(source, home / "session", stop=stop)
    return home / "session"


def replayed(python: str, session: Path, home: Path, seed: str, speed: str) -> str:
    """The hash that one run of the program prints."""
    words = ["replay", session, "--headless", "--json", "--speed", speed]
    done = subprocess.run(
        [python, "-m", "ramstock_tui", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(home, PYTHONHASHSEED=seed),
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: str = json.loads(done.stdout)["decision_hash"]
    return found


@pytest.mark.parametrize(("seed", "speed"), RUNS)
def test_hash_seed_and_speed_decide_nothing_after_restarts(
    seed: str, speed: str, session: Path, tmp_path: Path
) -> None:
    expected = decision_hash(ran_from(session, "ledger"), "ledger")
    assert replayed(sys.executable, session, tmp_path, seed, speed) == expected


def test_the_oldest_and_the_newest_python_decide_the_same(session: Path, tmp_path: Path) -> None:
    own = "{}.{}".format(*sys.version_info)
    others = {version: path for version, path in interpreters().items() if version != own}
    if not others:
        pytest.skip("no other Python that has the dependencies")
    expected = decision_hash(ran_from(session, "ledger"), "ledger")
    ends = sorted(others, key=lambda version: int(version.partition(".")[2]))
    for version in dict.fromkeys((ends[0], ends[-1])):
        for seed, speed in RUNS[:3]:
            assert replayed(others[version], session, tmp_path, seed, speed) == expected, version
