"""The channel: a thread with a loop of its own in which the outbox is emptied.

`put` and everything else that the host calls takes microseconds and never waits: an alert goes
through a deque, figures and records come back through one. TLS, JSON, pictures and the disk stay in
the thread.
"""

import asyncio
import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ramstock_tui.secret import Secret
from ramstock_tui.sinks.alert import Alert, Delivery, Shot
from ramstock_tui.sinks.discord import store
from ramstock_tui.sinks.discord.limits import CEILING, Limiter
from ramstock_tui.sinks.discord.outbox import SINK, Outbox
from ramstock_tui.sinks.discord.report import Report

RECORDS = 2_000  # not yet taken by the host
CLOSE_S = 3.0  # for what still waits when the session ends
Told = tuple[Alert, Shot | None, int] | str  # an alert as of a monotonic instant; or `retry`


class Knobs(NamedTuple):
    """What tests and benchmarks change. ceiling: (requests, ns) that we never exceed."""

    ceiling: tuple[tuple[int, int], ...] = CEILING
    deadline_s: float = 1.0
    render: Callable[[Shot], bytes] | None = None


class Channel(threading.Thread):
    """One webhook. known: the messages of an earlier run with their last state, by key; resumed:
    there was such a run. Errors never leave the thread: they stop the channel."""

    def __init__(self, url: Secret, directory: Path, knobs: Knobs | None = None) -> None:
        super().__init__(name="discord", daemon=True)
        self.knobs = knobs or Knobs()
        path = directory / store.NAME
        self.resumed = path.exists()
        try:
            self._kept = store.read(path)
        except OSError:
            self._kept = []
        self.known = {kept.key: kept.alert for kept in self._kept}
        self.report = Report("ok")
        self._url = url
        self._path = path
        self._in: deque[Told] = deque()
        self._out: deque[Delivery] = deque(maxlen=RECORDS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._ending: float | None = None  # monotonic s
        self._abandoned = False

    # for the host --------------------------------------------------------------------------------
    def put(self, alert: Alert, shot: Shot | None = None) -> None:
        """The newest state of a message."""
        self._tell((alert, shot, time.monotonic_ns()))

    def retry(self) -> None:
        """Try again what was given up, and the channel itself."""
        self._tell("retry")

    def records(self) -> list[Delivery]:
        """What happened since the last call."""
        found = []
        while self._out:
            found.append(self._out.popleft())
        return found

    def close(self, within_s: float = CLOSE_S) -> None:
        """Deliver what waits, as long as that takes but not longer than this; give up the rest, on
        record. Waits for the thread."""
        self._ending = time.monotonic() + within_s
        self._nudge()
        self.join(within_s + 2)
        if self.is_alive():
            why = f"the channel has not ended after {within_s + 2:g} s"
            self._out.append(Delivery(SINK, "", "", "undelivered", why=why))

    def abandon(self) -> None:
        """Leave everything as it stands; the next run goes on with it."""
        self._abandoned = True
        self._ending = time.monotonic()
        self._nudge()
        self.join(1)

    def _tell(self, what: Told) -> None:
        self._in.append(what)
        self._nudge()

    def _nudge(self) -> None:
        if self._loop is not None and self._wake is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    # the thread ----------------------------------------------------------------------------------
    def run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as problem:  # its text may hold anything
            why = f"internal error: {type(problem).__name__}"
            self._out.append(Delivery(SINK, "", "", "stopped", why=why))
            self.report = self.report._replace(state="stopped", detail="internal error")

    async def _main(self) -> None:
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        from ramstock_tui.sinks.discord.courier import Courier  # libraries that only we need
        from ramstock_tui.sinks.discord.web import Web

        box = Outbox(Limiter(self.knobs.ceiling), random.Random())  # noqa: S311 - jitter
        box.restore(self._kept, time.monotonic_ns())
        async with Web(self._url, self.knobs.deadline_s) as web:
            await Courier(self, box, web, self._open_store()).run(self._wake)

    # for the courier -----------------------------------------------------------------------------
    def heard(self) -> list[Told]:
        """What the host said since the last call."""
        found = []
        while self._in:
            found.append(self._in.popleft())
        return found

    def said(self, records: list[Delivery], report: Report) -> None:
        """For the host."""
        self._out.extend(records)
        self.report = report

    @property
    def ending(self) -> float | None:
        """When it has to be over, monotonic s; None while it goes on."""
        return self._ending

    @property
    def abandoned(self) -> bool:
        """What waits stays as it is."""
        return self._abandoned

    def _open_store(self) -> store.Store | None:
        try:
            return store.Store(self._path, self._kept)
        except OSError as problem:
            why = f"the outbox cannot be kept: {problem.strerror}"
            self._out.append(Delivery(SINK, "", "", "unsaved", why=why))
            return None
