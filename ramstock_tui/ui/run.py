"""Run the cockpit on this terminal. Textual is imported here, after its settings are made."""

import asyncio
import contextlib
import gc
import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ramstock_tui.link import Link
from ramstock_tui.ui.needs import need_terminal

if TYPE_CHECKING:
    from ramstock_tui.ui.app import Cockpit

EXIT_SIGNALS = {signal.SIGTERM: 143, signal.SIGHUP: 129}
GC_LIMITS = (50_000, 20, 100)  # young collections rarely, full ones hardly: no 30 ms pauses
LEAVE_S = 1.5  # for an orderly end once the terminal is gone


def run_cockpit(
    link: Link, *, theme: str = "dark", fps: int = 10, report_dir: Path | None = None
) -> int:
    """Show the cockpit until the operator leaves; the exit code of the program.

    143 after SIGTERM, 129 after SIGHUP or when the terminal is gone, 1 after a crash (report in
    `report_dir`). The terminal is restored in every case. RamstockError: there is no terminal;
    without one nobody could see the screen or leave it."""
    need_terminal("see --headless")
    os.environ.setdefault("TEXTUAL_FPS", "240")  # read at import: key to screen p99 40 -> 16 ms
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from ramstock_tui.ui.app import Cockpit

    app = Cockpit(link, theme=theme, fps=fps, report_dir=report_dir)
    try:
        return asyncio.run(_run(app, link))
    finally:
        for line in app.state.engine.report:  # why there never was an engine, for the shell
            print(f"ramstock: {line}", file=sys.stderr)  # noqa: T201
        _let_go()


async def _run(app: "Cockpit", link: Link) -> int:
    loop = asyncio.get_running_loop()
    for number, code in EXIT_SIGNALS.items():
        loop.add_signal_handler(number, app.leave, code)
    threading.Thread(target=_await_hangup, args=(app, loop), daemon=True).start()
    app.call_later(_settle)
    try:
        await app.run_async()
    finally:
        with contextlib.suppress(OSError):
            await link.close()
    return app.return_code or 0


def _let_go() -> None:
    """When the terminal is gone, what stdout and stderr still hold goes nowhere: the interpreter
    would try to write it at exit and replace our exit code by 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _settle() -> None:
    """What exists now stays: keep the collector away from it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_LIMITS)


def _await_hangup(app: "Cockpit", loop: asyncio.AbstractEventLoop) -> None:
    """Leave when the terminal has gone. Without this the reader of keys would spin on its end of
    file and the screen would wait for a writer that died. Platforms that cannot poll a terminal
    have only SIGHUP."""
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return
    poller = select.poll()
    poller.register(sys.__stdin__.fileno(), 0)
    events = [event for _, event in poller.poll()]
    if any(event & select.POLLHUP for event in events):
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(app.leave, EXIT_SIGNALS[signal.SIGHUP])
        threading.Event().wait(LEAVE_S)
        os._exit(EXIT_SIGNALS[signal.SIGHUP])
