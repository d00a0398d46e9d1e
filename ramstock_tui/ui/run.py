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
from typing import TYPE_CHECKING, Any

from ramstock_tui import launcher
from ramstock_tui.link import Link
from ramstock_tui.ui.needs import need_terminal
from ramstock_tui.ui.probe import Probe

if TYPE_CHECKING:
    from ramstock_tui.ui.app import Cockpit

EXIT_SIGNALS = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}
GC_LIMITS = (2_000, 50, 1_000)  # many pauses below a millisecond, not few of 50 ms
LEAVE_S = 1.5  # for an orderly end once the terminal is gone


def run_cockpit(
    link: Link,
    *,
    theme: str = "dark",
    fps: int = 10,
    notify: str = "auto",
    sounds_per_min: int = 6,
    report_dir: Path | None = None,
    probe: Path | None = None,
) -> int:
    """Show the cockpit until the operator leaves; the exit code of the program. probe: what a
    benchmark wants to know is measured and written there at the end.

    143 after SIGTERM, 129 after SIGHUP or when the terminal is gone, 1 after a crash (report in
    `report_dir`). The terminal is restored in every case. RamstockError: there is no terminal;
    without one nobody could see the screen or leave it."""
    need_terminal("see --headless")
    os.environ.setdefault("TEXTUAL_FPS", "240")  # read at import: key to screen p99 40 -> 16 ms
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    gc.disable()  # until `_settle`: 400 modules are loaded, and nothing of them is garbage
    from ramstock_tui.ui.app import Cockpit

    if probe is not None:
        link = watched = Probe(link)
    app = Cockpit(
        link,
        theme=theme,
        fps=fps,
        report_dir=report_dir,
        notify_by=notify,
        sounds_per_min=sounds_per_min,
    )
    try:
        if probe is None:
            return asyncio.run(_run(app, link))
        return asyncio.run(_probed(app, watched, probe))
    finally:
        for line in app.state.engine.report:  # why there never was an engine, for the shell
            print(f"ramstock: {line}", file=sys.stderr)  # noqa: T201
        _let_go(app)


async def _run(app: "Cockpit", link: Link) -> int:
    loop = asyncio.get_running_loop()
    ending = _Ending(app, loop)
    for number, code in EXIT_SIGNALS.items():
        loop.add_signal_handler(number, ending.leave, code)
    threading.Thread(target=ending.await_hangup, name="hangup", daemon=True).start()
    _hear_errors(app, loop)
    app.call_later(_settle)
    try:
        await app.run_async()
    finally:
        with contextlib.suppress(OSError):
            await link.close()
        ending.done.set()
    return app.return_code or 0


async def _probed(app: "Cockpit", link: Probe, path: Path) -> int:
    watch = asyncio.create_task(link.watch(app), name="probe")
    try:
        return await _run(app, link)
    finally:
        watch.cancel()
        link.write(path)


def _hear_errors(app: "Cockpit", loop: asyncio.AbstractEventLoop) -> None:
    """Errors of tasks and threads that nobody waits for come on the screen."""

    def in_task(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        app.alarm(context.get("exception"), "a task")

    def in_thread(failed: threading.ExceptHookArgs) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(app.alarm, failed.exc_value, "a thread")

    loop.set_exception_handler(in_task)
    threading.excepthook = in_thread


def _let_go(app: "Cockpit") -> None:
    """When the terminal is gone or takes nothing, what stdout and stderr still hold goes nowhere:
    the interpreter would try to write it at exit, wait, or replace our exit code by 120."""
    stuck = app.terminal is not None and app.terminal.stuck
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            if stuck and stream.isatty():
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
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
    gc.enable()


class _Ending:
    """The ways out that nobody chose on the screen. done: the cockpit has ended by itself."""

    def __init__(self, app: "Cockpit", loop: asyncio.AbstractEventLoop) -> None:
        self.done = threading.Event()
        self._app = app
        self._loop = loop

    def leave(self, code: int) -> None:
        """Leave; when that does not succeed in LEAVE_S the process ends without it."""
        self._app.leave(code)
        threading.Thread(target=self._insist, args=(code,), name="leave", daemon=True).start()

    def _insist(self, code: int) -> None:
        if not self.done.wait(LEAVE_S):
            os._exit(code)

    def await_hangup(self) -> None:
        """Leave when the terminal or the parent that guards it has gone. Without this the reader
        of keys would spin on its end of file. Platforms that cannot poll a terminal have only
        SIGHUP."""
        poller = select.poll()
        if sys.__stdin__ is not None and sys.__stdin__.isatty():
            poller.register(sys.__stdin__.fileno(), 0)
        parent = launcher.parent_fd()
        if parent is not None:
            poller.register(parent, 0)
        while not any(event & select.POLLHUP for _, event in poller.poll()):
            pass
        code = EXIT_SIGNALS[signal.SIGHUP]
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._app.leave, code)
        self._insist(code)
