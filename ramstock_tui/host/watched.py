"""What a screen is shown of: a replayed or a live session, seen from its views and its server."""

from typing import Protocol

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Command
from ramstock_tui.feeds import Away
from ramstock_tui.link.schema import Alert, DiscordRow, GuardRow, TimelineView


class Watched(Protocol):
    """A running session. now: event time shown, ns, 0 before the first input. log: (running
    number, decision) of those that a log shows, oldest first, bounded; logged: the last of these
    numbers. speed: words for the status row, "" at real speed.
    note: what the operator must know. policy: who confirms (`keys`, `ledger`, `all`, `none`)."""

    engine: Engine
    policy: str
    log: list[tuple[int, Decision]]
    logged: int
    now: int
    done: bool

    @property
    def lag_p99_ms(self) -> int:
        """Ingest to decision, p99, ms; 0 where nothing arrives by a clock."""
        ...

    @property
    def mode(self) -> str:
        """`demo`, `replay`, `shadow` ..."""
        ...

    @property
    def clock_label(self) -> str:
        """`DEMO CLOCK`, `REPLAY CLOCK`, ...; "" for the wall clock."""
        ...

    @property
    def note(self) -> str:
        """What the operator must know."""
        ...

    @property
    def slots(self) -> tuple[int, ...]:
        """Of a broker's feed: lines, books, tapes, each with how many there are; else empty."""
        ...

    @property
    def away(self) -> Away:
        """Endpoints of a broker's feed that bring nothing now; none of any other."""
        ...

    @property
    def stopped(self) -> str:
        """Why nothing can be recorded and so nothing is decided, "" while all is well."""
        ...

    @property
    def recording(self) -> bool:
        """Inputs and decisions are written down."""
        ...

    @property
    def speed(self) -> str:
        """`x10`, `max`, with ` paused` while it stands; "" when the clock is an ordinary one."""
        ...

    @property
    def discord(self) -> DiscordRow | None:
        """How alerts get out; None where nothing is ever sent (replays)."""
        ...

    def heard(self) -> list[Alert]:
        """Alerts since the last call, for every screen."""
        ...

    def retry_alerts(self) -> str:
        """Send again what could not be delivered; what to say about it."""
        ...

    def step(self) -> bool:
        """Do what is due; True when there is more to do at once."""
        ...

    def command(self, command: Command) -> tuple[bool, str, tuple[GuardRow, ...]]:
        """What the operator wants, at the event time that the screen shows."""
        ...

    def transport(self, verb: str, value: int) -> str:
        """Replay control, see `schema.Transport`; why it cannot be done, "" when it can."""
        ...

    def timeline(self) -> TimelineView | None:
        """A replay from end to end; None for a session that runs with its own clock."""
        ...
