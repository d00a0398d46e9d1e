"""The host of a moment: a recorded session, also one that still runs, replayed up to an instant."""

import asyncio
import contextlib
import gc
import os
import signal
import time
from pathlib import Path

from ramstock_tui import __version__
from ramstock_tui.core.profile import Rules
from ramstock_tui.host.listen import Listener
from ramstock_tui.host.rewind import Rewind
from ramstock_tui.host.serve import Identity, Server
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.host.views import Views
from ramstock_tui.journal.session_dir import HOST_LOG, SessionDir

LINGER_NS = 3_000_000_000  # without a screen
GC_LIMITS = (50_000, 20, 100)  # the engine makes no cycles


def serve(recording: Recording, rules: Rules, at_ns: int, symbol: str, place: Path) -> int:
    """Serve one screen until it leaves; the exit code. place: an empty private folder, which is
    removed at the end. Nothing is written into the recorded session."""
    lease = SessionDir(place).lock()
    listener = Listener(place, "moment")
    try:
        lease.relabel(
            {
                "pid": os.getpid(),
                "version": __version__,
                "mode": "moment",
                "socket": str(listener.path),
            }
        )
        gc.freeze()
        gc.set_threshold(*GC_LIMITS)
        asyncio.run(_serve(_playback(recording, rules, at_ns), listener, symbol))
    finally:
        listener.close()
        lease.release()
    _clear(place)
    return 0


def _clear(place: Path) -> None:
    """Nothing stays behind, also when the cockpit that made the folder was killed. After a failure
    the log is left for it to read."""
    with contextlib.suppress(OSError):
        for name in (SessionDir(place).lock_file.name, HOST_LOG):
            (place / name).unlink(missing_ok=True)
        place.rmdir()


def _playback(recording: Recording, rules: Rules, at_ns: int) -> Playback:
    policy = recording.default_policy
    rewind = Rewind(recording, rules, policy, time.monotonic_ns, as_it_was=rules == recording.rules)
    playback = Playback.over(rewind, time.monotonic_ns, 100)
    playback.paused = True
    playback.jump(at_ns)
    return playback


async def _serve(playback: Playback, listener: Listener, symbol: str) -> None:
    server = Server(
        playback,
        lambda: Views(playback, selected=symbol),
        time.monotonic_ns,
        identity=Identity(caps=("end",)),
        linger_ns=LINGER_NS,
    )

    def stop() -> None:
        server.over = "ended"
        server.wake.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    accepting = await listener.serve(server)
    try:
        await server.run()
    finally:
        accepting.close()
    await asyncio.sleep(0)  # what was said last leaves before the loop ends
