"""Skips go by name, with the reason, and fail where the caller asked for the thing."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).with_name("conftest.py")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of its own with this suite's conftest, in an environment that asks for nothing."""
    monkeypatch.delenv("RAMSTOCK_SHARED", raising=False)
    monkeypatch.delenv("RAMSTOCK_REQUIRE", raising=False)
    pytester.makeini("[pytest]\nmarkers = long: minutes\n")
    pytester.makeconftest(CONFTEST.read_text("utf-8"))
    return pytester


NEEDS_A_PROGRAM = "def test_it(require_program): require_program('no-such-server')"


def test_given_a_missing_program_then_the_test_is_skipped_by_its_name(
    suite: pytest.Pytester,
) -> None:
    suite.makepyfile(NEEDS_A_PROGRAM)
    result = suite.runpytest("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no-such-server is not installed*"])


@pytest.mark.parametrize("required", ["no-such-server", "tmux, no-such"])
def test_given_a_required_program_that_is_missing_then_the_test_fails(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, required: str
) -> None:
    monkeypatch.setenv("RAMSTOCK_REQUIRE", required)
    suite.makepyfile(NEEDS_A_PROGRAM)
    suite.runpytest().assert_outcomes(failed=1)


def test_given_a_program_that_is_there_then_its_path_is_given(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(require_program): assert require_program('sh').endswith('/sh')")
    suite.runpytest().assert_outcomes(passed=1)


def test_long_tests_run_only_with_all(suite: pytest.Pytester) -> None:
    suite.makepyfile("import pytest\n@pytest.mark.long\ndef test_it(): pass")
    suite.runpytest().assert_outcomes(skipped=1)
    suite.runpytest("--all").assert_outcomes(passed=1)


USES_SHARED = "def test_it(shared): assert (shared / 'data/a/b.csv').read_text() == '1'"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A complete folder of data, as far as its own list says."""
    folder = tmp_path / "data"
    (folder / "a").mkdir(parents=True)
    (folder / "a/b.csv").write_text("1")
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  a/b.csv\n")
    return folder


def test_given_no_data_beside_the_checkout_then_tests_of_it_are_skipped(
    suite: pytest.Pytester,
) -> None:
    suite.makepyfile(USES_SHARED)
    result = suite.runpytest("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no real market data*"])


def test_given_the_data_folder_by_name_then_tests_get_it(
    suite: pytest.Pytester, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAMSTOCK_SHARED", str(data.parent))
    suite.makepyfile(USES_SHARED)
    suite.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize("lost", ["a/b.csv", "SHA256SUMS"])
def test_given_incomplete_data_then_the_tests_fail_and_name_the_file(
    suite: pytest.Pytester, data: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setenv("RAMSTOCK_SHARED", str(data.parent))
    (data / lost).unlink()
    suite.makepyfile(USES_SHARED)
    result = suite.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*incomplete: {lost}*"])
