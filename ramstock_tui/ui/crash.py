"""Crash reports without local variables: a local may hold a secret."""

import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

from ramstock_tui import __version__
from ramstock_tui.ui.text import clean

MOST_REPORTS = 5  # a task that fails again and again must not fill the disk


class Reports:
    """Writes reports into `folder`, made when it is needed; None: there are none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, str] = {}

    def write(self, error: BaseException | None) -> str:
        """Write a report, mode 0600, and say what happened in a few words for a line of text.

        Type, place and source lines only: no locals and no message of the exception, since both
        may quote data. The same error is written once, and MOST_REPORTS different ones at most.
        """
        name = "unknown error" if error is None else type(error).__name__
        if self._folder is None:
            return name
        report = _report(error)
        if report not in self._known:
            full = len(self._known) >= MOST_REPORTS
            self._known[report] = "" if full else _write(self._folder, _head() + report)
        words = self._known[report]
        return f"{name}; {words}" if words else name


def _write(folder: Path, text: str) -> str:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(".txt", "crash-", folder)  # made with mode 0600
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as problem:
        return f"no report could be written: {problem.strerror}"
    return f"report: {clean(path)}"


def _head() -> str:
    python, system = platform.python_version(), platform.system()
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return f"ramstock {__version__}, Python {python}, {system}, {when}\n\n"


def _report(error: BaseException | None) -> str:
    """The chain of exceptions, oldest first: type and frames."""
    if error is None:
        return "no exception\n"
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    parts = []
    for one in reversed(chain):
        frames = traceback.format_tb(one.__traceback__)
        parts.append("".join(frames) + type(one).__name__ + "\n")
    return "\nthen\n\n".join(parts)


def current() -> BaseException | None:
    """The exception that is being handled."""
    return sys.exc_info()[1]
