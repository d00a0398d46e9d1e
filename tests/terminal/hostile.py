"""The cockpit with a host whose every text is hostile: `python -m tests.terminal.hostile`."""

import sys
from typing import Any

import msgspec

from ramstock_tui import launcher
from ramstock_tui.link.schema import SLICES, Alert, Notice
from ramstock_tui.ui.run import run_cockpit
from tests.ui import frames
from tests.ui.fake_link import FakeLink

HOSTILE = (
    "\x1b]52;c;aGFjaw==\x07\x1b]0;HACKED\x07\x1b[666m\x9b31m\x00\u202e"
    "[/x][@click=app.quit]\x1bc\x90"
)


def poisoned(value: Any) -> Any:
    """The same plain value; every text begins with what a terminal could obey."""
    if isinstance(value, str):
        return HOSTILE + value
    if isinstance(value, list | tuple):
        return [poisoned(inner) for inner in value]
    if isinstance(value, dict):
        return {key: poisoned(inner) for key, inner in value.items()}
    return value


def slices() -> dict[str, Any]:
    shown = frames.slices(pending=frames.pending())
    return {
        key: msgspec.convert(poisoned(msgspec.to_builtins(value)), SLICES[key])
        for key, value in shown.items()
    }


if __name__ == "__main__":
    launcher.guard()
    notice = Notice("warn", HOSTILE)
    alert = Alert(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1, True, 0)
    sys.exit(run_cockpit(FakeLink(frames.frame(1, slices()), notice, alert), notify="osc9"))
