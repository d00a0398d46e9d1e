"""`ramstock journal tail DIR`: the last lines of a ledger, then those that come."""

import os
import select
import sys
from collections import deque
from pathlib import Path

from ramstock_tui.journal.follow import Followed, LedgerFollower
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.plain import clean
from ramstock_tui.verbs.journal.words import json_line, ledger_text

_EVERY_MS = 200  # between two looks at the file


def run(directory: Path, *, count: int, follow: bool, as_json: bool) -> int:
    """0 without `follow`; with it, this ends by a signal or when the reader of stdout leaves."""
    follower = LedgerFollower(SessionDir(directory).ledger)
    try:
        for found in deque(follower.poll(), maxlen=count):
            _tell(found, as_json)
        sys.stdout.flush()
        while follow:
            _wait()
            for found in follower.poll():
                _tell(found, as_json)
            sys.stdout.flush()
    finally:
        follower.close()
    return 0


def _tell(found: Followed, as_json: bool) -> None:
    if found.raw is None:
        sys.stderr.write(f"ramstock: {clean(found.problem)}\n")
        return
    sys.stdout.write((json_line(found.raw) if as_json else ledger_text(found.raw)) + "\n")


def _wait() -> None:
    """200 ms; BrokenPipeError as soon as nobody reads stdout any more."""
    watch = select.poll()
    watch.register(sys.stdout.fileno(), 0)  # errors and hang-ups are always told
    if watch.poll(_EVERY_MS):
        # leave nothing that the interpreter would try to write when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BrokenPipeError
