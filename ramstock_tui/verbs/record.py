"""`ramstock record`: a feed into a session directory, without a cockpit and without a socket."""

import os
import sys
import time
from pathlib import Path
from typing import TextIO

from ramstock_tui.host.run import Run
from ramstock_tui.schedule import new_york
from ramstock_tui.verbs.demo_options import DemoOptions
from ramstock_tui.verbs.host import open_demo
from ramstock_tui.verbs.shadow_options import ShadowOptions

SHOW_S = 1.0


def run(given: DemoOptions, out: Path | None) -> int:
    """Record the demo market until Ctrl-C, SIGTERM or SIGHUP, then seal; the exit code. out: a new
    directory, or an unfinished session that is gone on with; None = a new one below the data
    directory. Exit code 8 when another process writes there."""
    os.umask(0o077)
    where = given.new_directory() if out is None else Path(os.path.realpath(out))
    return _record(open_demo(given, where))


def run_shadow(given: ShadowOptions, out: Path | None) -> int:
    """The same of the broker's market; out: None = the directory of the exchange day."""
    os.umask(0o077)
    from ramstock_tui.verbs import shadow

    loaded = shadow.load(given)
    where = shadow.directory_of(given) if out is None else Path(os.path.realpath(out))
    return _record(shadow.open_shadow(given, loaded, where))


def _record(session: Run) -> int:
    from ramstock_tui.host.runner import record

    line = StatusLine(sys.stderr)
    reason = record(session, line.show)
    line.end()
    sys.stdout.write(f"recorded {line.directory}: {line.said} · ended: {reason}\n")
    return 0


class StatusLine:
    """What is recorded, in one line: rewritten every second on a terminal, else written once for
    each session. directory, said: as it stands now."""

    def __init__(self, stream: TextIO) -> None:
        self.directory = Path()
        self.said = ""
        self._stream = stream
        self._terminal = stream.isatty()
        self._next_s = 0.0

    def show(self, run: Run) -> None:
        """Called again and again."""
        now = time.monotonic()
        new = run.directory != self.directory
        self.directory, session = run.directory, run.session
        if not new and now < self._next_s:
            return
        self._next_s = now + SHOW_S
        self.said = f"{session.rows_fed:,} records, {len(session.engine.history):,} decisions"
        clock = f"{new_york(session.now):%Y-%m-%d %H:%M:%S}"
        state = f"NOT RECORDED: {session.stopped}" if session.stopped else session.note
        if self._terminal:
            self._stream.write(f"\r\x1b[K{self.directory} · {clock} · {self.said} · {state}")
        elif new:
            self._stream.write(f"ramstock: recording into {self.directory}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the terminal's line."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
