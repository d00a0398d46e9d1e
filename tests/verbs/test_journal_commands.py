"""What can be typed after `ramstock journal`."""

from pathlib import Path

import pytest

from tests.host.help import ramstock
from tests.verbs.journal_sessions import small

VERBS = ["ls", "show", "tail", "verify", "repair", "export"]


def test_the_help_names_every_verb_and_each_explains_itself(tmp_path: Path) -> None:
    done = ramstock(tmp_path, "journal", "--help")
    assert done.returncode == 0
    assert set(VERBS) <= set(done.stdout.split())
    for verb in VERBS:
        done = ramstock(tmp_path, "journal", verb, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Usage: ramstock journal {verb} ")


@pytest.mark.parametrize(
    "words",
    [
        ("show", "/no/such/session"),
        ("show", ".", "--limit", "0"),
        ("show", ".", "--from", "25:00"),
        ("show", ".", "--kind", ","),
        ("tail", ".", "-n", "-1"),
        ("verify",),
        ("export", ".", "--to", "xlsx", "-o", "out"),
        ("export", ".", "--to", "csv"),
    ],
)
def test_given_words_that_cannot_be_understood_then_the_exit_code_is_2(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = ramstock(tmp_path, "journal", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.parametrize("verb", ["show", "tail", "verify", "repair", "export"])
def test_a_directory_that_is_no_session_is_refused_in_one_line(tmp_path: Path, verb: str) -> None:
    more = ("--to", "csv", "-o", tmp_path / "out") if verb == "export" else ()
    done = ramstock(tmp_path, "journal", verb, tmp_path, *more)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"ramstock: {tmp_path}")


def test_filters_of_the_command_line_reach_the_ledger(tmp_path: Path) -> None:
    where = small(tmp_path / "s")
    words = ["--symbol", "ABCD", "--kind", "reject,signal", "--from", "09:31:30", "--limit", "5"]
    done = ramstock(tmp_path, "journal", "show", where.path, *words, "--reason", "stall")
    assert done.stdout.split()[:4] == ["2", "09:32:00.000", "reject", "ABCD"]
    assert done.stdout.count("\n") == 1
