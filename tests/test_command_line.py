"""What `ramstock` answers on its command line: version, help, exit codes, one-line errors."""

import os
import subprocess
import sys

import pytest

from ramstock_tui import __main__ as entry
from ramstock_tui.errors import ConfigError, FeedError, RamstockError, ReplayMismatch
from ramstock_tui.verbs import cli

HEAVY = {"typer", "textual", "rich", "pydantic", "msgspec", "asyncio"}


def ramstock(*words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ramstock_tui", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def outcome_of(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def fails(arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr(cli, "command_line", fails)
    return entry._outcome(["replay"])


def test_the_version_is_told_without_loading_any_library() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ramstock_tui", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert done.stdout == "ramstock 0.1.0\n"
    assert "ramstock_tui" in loaded
    assert loaded & HEAVY == set()


def test_the_help_names_every_verb() -> None:
    code, out, err = ramstock("--help")
    assert (code, err) == (0, "")
    verbs = {"import", "replay", "demo", "host", "attach", "stop", "ps"}
    assert verbs | {"--version"} <= set(out.split())


def test_given_no_verb_when_started_then_it_says_which_it_takes() -> None:
    code, out, err = ramstock()
    assert (code, out) == (1, "")  # no terminal here
    assert err.splitlines() == [
        "ramstock: no endpoint configured: starting the demo market",
        "ramstock: standard input is no terminal: the screen needs one; "
        "`ramstock host` runs the engine without",
    ]


VERBS = ("replay", "demo", "host", "attach", "stop", "ps")


@pytest.mark.parametrize(
    "words", [("import",), ("import", "lobster"), *((verb,) for verb in VERBS)]
)
def test_every_verb_explains_itself(words: tuple[str, ...]) -> None:
    code, out, err = ramstock(*words, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: ramstock {' '.join(words)} ")


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-verb",),
        ("replay",),
        ("replay", "/no/such/session"),
        ("replay", ".", "--confirm", "sometimes"),
        ("import", "lobster", "/no/message", "/no/book", "--symbol", "X", "--date", "2012-06-21"),
    ],
)
def test_given_words_that_cannot_be_understood_then_the_exit_code_is_2(
    words: tuple[str, ...],
) -> None:
    code, out, err = ramstock(*words)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: ramstock ")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (RamstockError("no"), 1, "ramstock: no"),
        (
            ConfigError("my.toml", "ui.fps", "must be at least 1"),
            3,
            "ramstock: my.toml: ui.fps: must be at least 1",
        ),
        (ConfigError("my.toml", "", "not TOML"), 3, "ramstock: my.toml: not TOML"),
        (FeedError("row 7: \x1b]0;owned\x07\nbad"), 5, "ramstock: row 7: ]0;owned bad"),
        (
            ReplayMismatch(7, "signal", "reject"),
            6,
            "ramstock: seq 7: expected signal, was reject",
        ),
        (
            PermissionError(13, "Permission denied", "/x"),
            1,
            "ramstock: [Errno 13] Permission denied: '/x'",
        ),
    ],
)
def test_given_an_error_when_it_ends_the_program_then_one_plain_line_tells_why(
    error: Exception,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert outcome_of(error, monkeypatch) == code
    assert capsys.readouterr() == ("", line + "\n")


def test_given_an_interrupt_when_it_ends_the_program_then_the_exit_code_is_130(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert outcome_of(KeyboardInterrupt(), monkeypatch) == 130


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_given_a_reader_that_left_when_printing_then_the_end_is_quiet_but_no_success(
    words: str,
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "ramstock_tui", words],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_given_a_closed_output_when_started_then_one_line_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ramstock_tui", "--version"],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.close(1),
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"ramstock: standard output is closed\n")
