"""Run the cockpit on this terminal. Textual is imported here, after its settings are made."""

import asyncio
import contextlib
import gc
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from ramstock_tui.link import Link

if TYPE_CHECKING:
    from ramstock_tui.ui.app import Cockpit

EXIT_SIGNALS = {signal.SIGTERM: 143, signal.SIGHUP: 129}
GC_LIMITS = (50_000, 20, 100)  # young collections rarely, full ones hardly: no 30 ms pauses


def run_cockpit(
    link: Link, *, theme: str = "dark", fps: int = 10, report_dir: Path | None = None
) -> int:
    """Show the cockpit until the operator leaves; the exit code of the program.

    143 after SIGTERM, 129 after SIGHUP or when the terminal is gone, 1 after a crash (report in
    `report_dir`). The terminal is restored in every case."""
    os.environ.setdefault("TEXTUAL_FPS", "240")  # read at import: key to screen p99 40 -> 16 ms
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from ramstock_tui.ui.app import Cockpit

    app = Cockpit(link, theme=theme, fps=fps, report_dir=report_dir)
    return asyncio.run(_run(app, link))


async def _run(app: "Cockpit", link: Link) -> int:
    loop = asyncio.get_running_loop()
    for number, code in EXIT_SIGNALS.items():
        loop.add_signal_handler(number, app.leave, code)
    app.call_later(_settle)
    try:
        await app.run_async()
    except OSError:  # the terminal is gone
        return EXIT_SIGNALS[signal.SIGHUP]
    finally:
        with contextlib.suppress(OSError):
            await link.close()
    return app.return_code or 0


def _settle() -> None:
    """What exists now stays: keep the collector away from it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_LIMITS)
