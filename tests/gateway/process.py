"""A gateway as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(*arguments: str) -> Iterator[int]:
    """Its port; the process ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ramstock_tui.gateway", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        words = process.stdout.readline()
        assert words.startswith("ramstock gateway on 127.0.0.1:"), words
        yield int(words.rsplit(":", 1)[1])
    finally:
        process.terminate()
        assert process.wait(10) == 0


def refused(*arguments: str) -> tuple[int, str]:
    """(exit code, what it says) of a start that must fail."""
    command: Sequence[str] = [sys.executable, "-m", "ramstock_tui.gateway", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=20)
    return done.returncode, done.stderr
