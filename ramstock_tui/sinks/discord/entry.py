"""One message of the outbox: what it should say, what the other side has, what went wrong."""

import msgspec

from ramstock_tui.sinks.alert import Alert, Shot


class Kept(msgspec.Struct):
    """What a line of the outbox file says of a message.

    rev: number of the newest state; sent_rev: of the one that was delivered, 0 = none. message: its
    id there, "" = not known. tried: a create left and its id is not known. marked: so did the one
    that says `(retry)`. blind: it was delivered and the server gave no id, so it cannot be edited.
    dead: why the newest state was given up, "" = it was not. picture: one was sent with it.
    """

    key: str
    alert: Alert
    rev: int = 1
    sent_rev: int = 0
    message: str = ""
    tried: bool = False
    marked: bool = False
    blind: bool = False
    dead: str = ""
    picture: bool = False


class Entry:
    """Kept, and what a restart forgets. Times: monotonic ns. dirty_at: the oldest state that was
    not delivered is of then. next_at: not before; began: of the first attempt of this delivery,
    None = there was none. busy: a request is on its way; later_at: the first state that came
    meanwhile is of then. late: it was said that it has to wait."""

    __slots__ = (
        "began",
        "busy",
        "dirty_at",
        "kept",
        "late",
        "later_at",
        "next_at",
        "shot",
        "tries",
    )

    def __init__(self, kept: Kept, now: int, shot: Shot | None = None) -> None:
        self.kept = kept
        self.dirty_at = now
        self.next_at = now
        self.began: int | None = None
        self.busy = self.late = False
        self.later_at: int | None = None
        self.tries = 0
        self.shot = shot

    @property
    def waiting(self) -> bool:
        """There is something to deliver."""
        return self.kept.sent_rev < self.kept.rev and not self.kept.dead

    def want(self, alert: Alert, now: int) -> None:
        """A newer state takes the place of the one before, delivered or not."""
        if not self.waiting:
            self.dirty_at = now
            self.calm(now)
        elif self.busy and self.later_at is None:
            self.later_at = now
        self.kept.alert = alert
        self.kept.rev += 1
        self.kept.dead = ""

    def calm(self, now: int) -> None:
        """The next attempt is a first one."""
        self.next_at, self.began, self.tries, self.late = now, None, 0, False
