"""The host process: one session, its socket, its end."""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ramstock_tui import __version__
from ramstock_tui.host.listen import Listener
from ramstock_tui.host.run import Run
from ramstock_tui.host.serve import Identity, Server
from ramstock_tui.host.views import Views
from ramstock_tui.journal.hashing import rules_hash
from ramstock_tui.link.local import LocalLink
from ramstock_tui.link.places import name_of

IDLE_S = 0.001
DAY_OVER = "the exchange day is over"
GC_LIMITS = (2_000, 50, 1_000)  # beside a cockpit: many pauses below 1 ms, not few of 15 ms
# The host makes no cycles (0 unreachable objects after 200,000 inputs and 100 frames), yet each
# pause of the collector, 1 to 60 ms, holds every input up: it comes once an hour, to be safe.
COLLECT_S = 3600


def serve(run: Run, folder: Path, *, linger_s: int | None, probe: Path | None = None) -> int:
    """Serve a session until it ends, and the one of the next day after it; the exit code. folder:
    `places.run_dir`. linger_s: seconds without a screen after which it ends, None = it stays.
    SIGTERM and SIGINT end it too. A session that fails is left as it stands, so that it can be gone
    on with, and the error passes on."""
    reason = _serve_one(run, folder, linger_s, probe)
    while reason == DAY_OVER:
        run = run.next_day()
        reason = _serve_one(run, folder, linger_s, probe)
    return 0


def _serve_one(run: Run, folder: Path, linger_s: int | None, probe: Path | None) -> str:
    """Serve one session and close it; why it ended."""
    name = name_of(run.directory)
    listener = Listener(folder, name)
    note = folder / f"{name}.host"
    try:
        run.recorder.relabel({"mode": run.session.mode, "socket": str(listener.path)})
        note.write_bytes(os.fsencode(run.directory) + b"\n")
        _settle()
        reason = asyncio.run(_serve(run, listener, linger_s))
    except BaseException:
        run.abandon()
        raise
    finally:
        listener.close()
        note.unlink(missing_ok=True)
    if probe is not None:
        probe.write_text(json.dumps(run.session.figures()))
    run.close()
    sys.stdout.write(f"ended: {reason}\n")
    return reason


async def _serve(run: Run, listener: Listener, linger_s: int | None) -> str:
    server = _server(run, None if linger_s is None else linger_s * 1_000_000_000)
    run.heard(server.wake.set)
    loop = asyncio.get_running_loop()
    gc.disable()
    collecting = loop.create_task(_collect(), name="collect")

    def stop(number: signal.Signals) -> None:
        server.over = f"{number.name}"
        server.wake.set()

    def day_over() -> bool:
        if run.session.day_over:
            server.over = DAY_OVER
        elif not server.screens:
            server.over = server.over or run.alone()
        return bool(server.over)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    accepting = await listener.serve(server)
    sys.stdout.write(f"ramstock {__version__} {run.directory} listens at {listener.path}\n")
    sys.stdout.flush()
    try:
        await server.run(day_over)
    finally:
        run.leave()
        accepting.close()
        collecting.cancel()
        gc.enable()
    await asyncio.sleep(0)  # what was said last leaves before the loop ends
    return server.over


def record(run: Run, show: Callable[[Run], None]) -> str:
    """Record a session without a socket until SIGINT, SIGTERM or SIGHUP, and the one of the next
    day after it; the signal's name. show: called again and again. Failure: as `serve`."""
    while True:
        _settle()
        try:
            ended = asyncio.run(_record(run, show))
        except BaseException:
            run.abandon()
            raise
        run.close()
        if ended:
            return ended
        run = run.next_day()


async def _record(run: Run, show: Callable[[Run], None]) -> str:
    """One session until a signal, or "" when its day is over."""
    ended: list[str] = []
    wake = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        ended.append(number.name)
        wake.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    run.heard(wake.set)
    try:
        while not ended and not run.session.day_over:
            pause = 0.0 if run.session.step() else IDLE_S
            show(run)
            wake.clear()
            timer = loop.call_later(pause, wake.set)
            await wake.wait()
            timer.cancel()
    finally:
        run.leave()
    await asyncio.sleep(0)
    return ended[0] if ended else ""


def local_link(run: Run) -> LocalLink:
    """The same session inside the cockpit's own process."""
    _settle()
    server = _server(run, None)
    run.heard(server.wake.set)
    return LocalLink(server)


def _server(run: Run, linger_ns: int | None) -> Server:
    session = run.session
    identity = Identity(
        session=run.recorder.session_id.hex(),
        directory=str(run.directory),
        config_hash=rules_hash(session.engine.rules),
        caps=run.caps,
    )
    return Server(
        session,
        lambda: Views(session),
        time.monotonic_ns,
        identity=identity,
        linger_ns=linger_ns,
        idle_s=IDLE_S,
    )


async def _collect() -> None:
    while True:
        await asyncio.sleep(COLLECT_S)
        gc.collect()


def _settle() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_LIMITS)
