"""`ramstock moment`: what a cockpit starts to show an instant of a recorded session."""

import os
from pathlib import Path

from ramstock_tui import settings
from ramstock_tui.host.source import Recording


def run(directory: Path, at_ns: int, symbol: str, place: Path) -> int:
    """Serve until the screen leaves. at_ns: event time, ns. An import, which has no rules of its
    own, is shown under the configured ones."""
    os.umask(0o077)
    recording = Recording(directory)
    rules = recording.rules or settings.load().rules
    from ramstock_tui.host.moment import serve

    return serve(recording, rules, at_ns, symbol, place)
