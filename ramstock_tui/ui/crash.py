"""Crash reports without local variables: a local may hold a secret."""

import os
import sys
import tempfile
import traceback
from pathlib import Path

from ramstock_tui.ui.text import clean


def write_report(folder: Path | None) -> str:
    """Write the current exception to a file 0600 in `folder`; the line to show.

    Type, place and source lines only: no locals and no message of the exception, since both may
    quote data. Without a writable folder the line says so."""
    kind, error, trace = sys.exc_info()
    name = "unknown error" if kind is None else kind.__name__
    report = _report(error)
    if folder is None:
        return f"ramstock stopped: {name}. The terminal is restored."
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(".txt", "crash-", folder)  # made with mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(report)
    except OSError as problem:
        return f"ramstock stopped: {name}. No report could be written: {problem.strerror}."
    del trace
    return f"ramstock stopped: {name}. The terminal is restored; report: {clean(path)}"


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
