"""What every test may ask for: real data, programs of the machine, the long tests."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run, so that a landing never depends on luck; --all looks further.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=1_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also the tests marked long")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--all") else "ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="a long test: runs with --all"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real market data: RAMSTOCK_SHARED, else `shared` beside the checkout.

    Without one the test is skipped; one that lacks files of its own list is a failure.
    """
    named = os.environ.get("RAMSTOCK_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    sums = folder / "data" / "SHA256SUMS"
    if not named and not sums.is_file():
        pytest.skip(
            "no real market data: RAMSTOCK_SHARED is not set, no shared/ beside the checkout"
        )
    missing = missing_files(sums)
    if missing:
        pytest.fail(
            f"the market data in {folder} is incomplete: {', '.join(missing)}", pytrace=False
        )
    return folder


def missing_files(sums: Path) -> list[str]:
    """What a SHA256SUMS list names and its folder lacks; the list itself when it is absent."""
    if not sums.is_file():
        return [sums.name]
    names = [
        line.split(maxsplit=1)[1].lstrip("*") for line in sums.read_text().splitlines() if line
    ]
    return [name for name in names if not (sums.parent / name).is_file()]


@pytest.fixture
def require_program() -> Callable[[str], str]:
    """`require_program("redis-server")`: its path; absent: the test is skipped by name.

    RAMSTOCK_REQUIRE=redis,tmux turns these skips into failures.
    """
    return program_path


def program_path(name: str) -> str:
    path = shutil.which(name)
    if path:
        return path
    required = {word.strip() for word in os.environ.get("RAMSTOCK_REQUIRE", "").split(",")}
    if required & {name, name.removesuffix("-server")}:
        pytest.fail(f"{name} is not installed, and RAMSTOCK_REQUIRE asks for it", pytrace=False)
    pytest.skip(f"{name} is not installed")
