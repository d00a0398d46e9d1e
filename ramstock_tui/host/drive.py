"""Inputs into the engine under a confirm policy (rulings 8)."""

from collections.abc import Callable, Iterable
from typing import Protocol

from ramstock_tui.core.engine import Answer, Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import Command, Confirm
from ramstock_tui.host.source import Chunk, Input

CONFIRM_AFTER_NS = 1_000_000_000  # `all` confirms so long after a pending appeared
POLICIES = ("ledger", "all", "none", "keys")


class Desk(Protocol):
    """Where inputs go: straight to an engine, or through a recorder first."""

    engine: Engine

    def rows(self, chunk: Chunk) -> None:
        """Rows with consecutive numbers."""

    def command(self, seq: int | None, ts: int, command: Command) -> Answer:
        """One command; seq: its recorded number, None = it has none yet."""

    def tick(self, ts: int) -> None:
        """Event time reached ts without an input."""


class Direct:
    """A desk that records nothing."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def rows(self, chunk: Chunk) -> None:
        """To the engine as they are."""
        self.engine.run(chunk.first_seq, chunk.rows, chunk.blob)

    def command(self, seq: int | None, ts: int, command: Command) -> Answer:
        """Without a number of its own it goes by that of the last input."""
        return self.engine.command(self.engine.seq if seq is None else seq, ts, command)

    def tick(self, ts: int) -> None:
        """What was due by ts happens."""
        self.engine.tick(ts)


class Driver:
    """Feeds a desk. Policy `all`: each pending is confirmed 1,000 ms of event time after it
    appeared, through the same guards; the other policies add nothing of their own."""

    def __init__(self, desk: Desk, policy: str) -> None:
        self.desk = desk
        self.policy = policy
        self._seen = len(desk.engine.history)  # decisions that were looked at
        self.owed: list[tuple[int, str, int]] = []  # (ts, blueprint id, version), by time

    def feed(self, item: Input) -> None:
        """One chunk of rows or one recorded command."""
        if isinstance(item, tuple):
            seq, ts, command = item
            self.desk.command(seq, ts, command)
        elif self.policy == "all":
            self._feed_confirming(item)
        elif item.rows:
            self.desk.rows(item)

    def tick(self, ts: int) -> None:
        """Let time run to ts although no input came; every input up to ts was fed."""
        self._confirm_until(ts)
        self.desk.tick(ts)

    def _feed_confirming(self, chunk: Chunk) -> None:
        """In steps shorter than the delay, so that no pending is seen too late; a confirm comes
        before the rows of its own instant."""
        while chunk.rows:
            first = chunk.rows[0][0]
            self._confirm_until(first)
            end = first + CONFIRM_AFTER_NS // 2
            if self.owed:
                end = min(end, self.owed[0][0])
            head, chunk = chunk.split(end)
            self.desk.rows(head)
            self._look()

    def _look(self) -> None:
        history = self.desk.engine.history
        for decision in history[self._seen :]:
            if decision.kind in ("signal", "reprice") and self._acts(decision.profile):
                body = decision.body
                self.owed.append((decision.ts + CONFIRM_AFTER_NS, body["id"], body["version"]))
        self._seen = len(history)

    def _acts(self, profile: str) -> bool:
        return any(lane.acting and lane.profile.name == profile for lane in self.desk.engine.lanes)

    def _confirm_until(self, ts: int) -> None:
        """Confirms that are due at or before ts."""
        while self.owed and self.owed[0][0] <= ts:
            due, blueprint, version = self.owed.pop(0)
            self.desk.command(None, due, Confirm(blueprint, version))
            self._look()


def replay(
    rules: Rules, inputs: Iterable[Input], policy: str, *, end_ts: Callable[[], int] = lambda: 0
) -> Engine:
    """Run every input as fast as it goes; the engine with its history. end_ts: asked after the
    last input for the event time that the session reached, ns, 0 = no later one."""
    engine = Engine(rules)
    driver = Driver(Direct(engine), policy)
    for item in inputs:
        driver.feed(item)
        engine.drain()
    driver.tick(max(end_ts(), engine.link_ts))
    engine.drain()
    return engine
