"""The cockpit with something broken in it: `python -m tests.terminal.broken WHERE FOLDER`.

WHERE: handler, timer, worker, thread-worker, quiet-worker, task, thread.
"""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from textual._context import active_app
from textual.app import App

from ramstock_tui import launcher
from ramstock_tui.link.schema import Up
from ramstock_tui.ui.run import run_cockpit
from tests.ui import frames
from tests.ui.fake_link import FakeLink


def fail() -> str:
    url = "https://discord.example/api/webhooks/1/" + "-".join(("PLANTED", "SECRET"))
    raise ValueError(f"cannot post to {url}")


async def fail_later() -> str:
    fail()
    return "never"


WAYS: dict[str, Callable[[App[Any]], object]] = {
    "handler": lambda app: app.call_later(fail),
    "timer": lambda app: app.set_timer(0.01, fail),
    "worker": lambda app: app.run_worker(fail_later(), group="broken"),
    "thread-worker": lambda app: app.run_worker(fail, group="broken", thread=True),
    "quiet-worker": lambda app: app.run_worker(fail_later(), group="broken", exit_on_error=False),
    "task": lambda app: asyncio.get_running_loop().create_task(fail_later()),
    "thread": lambda app: threading.Thread(target=fail).start(),
}


class Link(FakeLink):
    """A host that lets something break after its first frame."""

    async def messages(self) -> AsyncIterator[Up]:
        async for message in super().messages():
            yield message
            WAYS[sys.argv[1]](active_app.get())


if __name__ == "__main__":
    launcher.guard()
    link = Link(frames.frame(1, frames.slices(pending=frames.pending())))
    sys.exit(run_cockpit(link, report_dir=Path(sys.argv[2])))
