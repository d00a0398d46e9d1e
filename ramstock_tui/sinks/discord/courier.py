"""Empties the outbox of a channel: takes requests while they may go, hands in their answers."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import discord_webhook  # noqa: F401 - 0.3 s now, not when the first alert is there

from ramstock_tui.sinks.alert import Delivery, Shot
from ramstock_tui.sinks.discord.outbox import Op, Outbox
from ramstock_tui.sinks.discord.payload import message
from ramstock_tui.sinks.discord.replies import Reply
from ramstock_tui.sinks.discord.report import Figures, Report
from ramstock_tui.sinks.discord.store import Store
from ramstock_tui.sinks.discord.web import Web

if TYPE_CHECKING:
    from ramstock_tui.sinks.discord.channel import Knobs, Told

SYNC_S = 0.25
LOOK_S = 0.25  # figures of the status row are renewed so often while something is under way
NS = 1_000_000_000
FAULTY = Reply(400, {}, b"", "")  # of a message that we could not build


class Owner(Protocol):
    """The channel as its courier sees it."""

    knobs: "Knobs"

    @property
    def ending(self) -> float | None: ...
    @property
    def abandoned(self) -> bool: ...
    def heard(self) -> "list[Told]": ...
    def said(self, records: list[Delivery], report: Report) -> None: ...


class Courier:
    """Runs until the channel ends. store: None where the disk refused it at the start."""

    def __init__(self, owner: Owner, box: Outbox, web: Web, store: Store | None) -> None:
        self._owner = owner
        self._box = box
        self._web = web
        self._store = store
        self._figures = Figures()
        self._tasks: set[asyncio.Task[None]] = set()
        self._syncing: asyncio.Task[None] | None = None  # waits for others to join
        self._hurried: set[str] = set()  # the session ends: what waits has one more try

    async def run(self, wake: asyncio.Event) -> None:
        """wake: set when the host said something."""
        while not self._over():
            self._hear()
            while (op := self._box.take(time.monotonic_ns())) is not None:
                self._save()  # that a create leaves, before it does
                task = asyncio.create_task(self._send(op), name="discord-send")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(lambda _: wake.set())
            self._tell()
            await self._wait(wake)
        for task in (*self._tasks, *filter(None, [self._syncing])):
            task.cancel()
        self._hear()
        if not self._owner.abandoned:
            self._box.give_up_all("the session ended")
        self._tell()
        if self._store is not None:
            self._store.sync()
            self._store.close()

    def _over(self) -> bool:
        ending = self._owner.ending
        if ending is None:
            return False
        self._hear()
        self._box.hurry(time.monotonic_ns(), self._hurried)
        return time.monotonic() >= ending or not (self._box.waiting or self._tasks)

    def _hear(self) -> None:
        for told in self._owner.heard():
            if isinstance(told, str):
                self._box.retry(time.monotonic_ns())
            else:
                alert, shot, at = told
                self._box.put(alert, at, shot)

    async def _send(self, op: Op) -> None:
        try:
            picture = await self._picture(op)
            op = op if picture else op._replace(shot=None)
            has = bool(picture) or op.entry.kept.picture
            body = message(op.alert, edit=bool(op.message), retry=op.retry, picture=has)
        except Exception:  # it would never do; the reason could hold text from outside
            self._box.done(op, FAULTY, time.monotonic_ns())
            return
        try:
            reply = await self._web.send(body, op.message, picture)
        except Exception:  # its text may hold the address: nobody else may report it
            reply = Reply(0, {}, b"", "lost")
        self._box.done(op, reply, time.monotonic_ns())
        self._tell()
        if not op.message and op.entry.kept.message:
            self._sync_soon()

    def _sync_soon(self) -> None:
        """Ids go to the disk in groups: a line cannot be written while it takes the ones before."""
        if self._store is not None and self._syncing is None:
            self._syncing = asyncio.create_task(self._sync(self._store), name="discord-sync")

    async def _sync(self, store: Store) -> None:
        await asyncio.sleep(SYNC_S)
        self._syncing = None
        await asyncio.to_thread(store.sync)

    async def _picture(self, op: Op) -> bytes:
        render: Callable[[Shot], bytes] | None = self._owner.knobs.render
        if op.message or op.shot is None or render is None:
            return b""
        try:
            return await asyncio.to_thread(render, op.shot)
        except Exception:  # the alert matters more than its picture
            return b""

    def _tell(self) -> None:
        self._save()
        records, self._box.records = self._box.records, []
        unsaved = "" if self._store is None else self._store.failed
        self._owner.said(records, self._figures.report(self._box, time.monotonic_ns(), unsaved))

    def _save(self) -> None:
        changed, self._box.changed = self._box.changed, []
        if self._store is None or self._owner.abandoned:
            return
        for entry in dict.fromkeys(changed):
            self._store.add(entry.kept)
        if self._store.full:
            try:
                self._store.rewrite(entry.kept for entry in self._box.entries.values())
            except OSError as problem:
                self._store.failed = problem.strerror or "error"

    async def _wait(self, wake: asyncio.Event) -> None:
        """Until something is said, answered or due."""
        now = time.monotonic_ns()
        waits: list[float] = []
        due = self._box.due_at(now)
        if due is not None:
            waits.append((due - now) / NS)
        if self._tasks or self._box.limiter.held_until > now or self._box.limiter.open_until > now:
            waits.append(LOOK_S)
        ending = self._owner.ending
        if ending is not None:
            waits.append(ending - time.monotonic())
        if not waits:
            await wake.wait()
        else:
            timer = asyncio.get_running_loop().call_later(max(0.0, min(waits)), wake.set)
            await wake.wait()
            timer.cancel()
        wake.clear()
