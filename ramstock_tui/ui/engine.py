"""What the screen knows of its engine beside the slices: does it run, and can it be started."""

from collections.abc import Callable

from ramstock_tui.link.schema import Bye, Pen, Refused, Welcome
from ramstock_tui.link.socket import NoAnswerError
from ramstock_tui.ui.store import Store
from ramstock_tui.ui.text import NS, clean
from ramstock_tui.ui.trade import Desk

OFFER_NS = NS  # silence after which the engine can be started again
OFFER = "s start engine again"
STARTING = "starting engine …"


class EngineSeen:
    """supervised: it can be started from here. stuck: it runs but does not answer a new connection.
    report: why it could not start, with the end of its log. exit_code: of the screen when it is
    left now. finished: the session has ended in order."""

    def __init__(self, store: Store, desk: Desk, say: Callable[[str, str], None]) -> None:
        self.welcome: Welcome | None = None
        self.supervised = False
        self.stuck = False
        self.starting = False
        self.finished = False
        self.report: tuple[str, ...] = ()
        self.exit_code = 0
        self._store = store
        self._desk = desk
        self._say = say

    def on_welcome(self, welcome: Welcome, mono: int) -> None:
        """A connection begins: what an earlier one said counts no more."""
        self._store.restart()
        self._store.heard_mono, self._store.ended = mono, ""
        self.welcome = welcome
        self.exit_code, self.report = 0, ()
        self.starting = self.finished = self.stuck = False
        self._desk.role(welcome.role, welcome.pen_pid)

    def on_end(self, message: Refused | Bye) -> None:
        """The host's last word."""
        if isinstance(message, Refused):
            self.finished = True
            self.lost(f"REFUSED {clean(message.text)}", 1)
        else:
            self.finished = message.code == 0
            self.lost(f"HOST ENDED {clean(message.reason)}".strip(), message.code)

    def on_pen(self, pen: Pen) -> None:
        """The pen has moved."""
        had = not self._desk.reader
        self._desk.role(pen.role, pen.pen_pid)
        if had and self._desk.reader:
            self._say(f"the pen has moved: {self._desk.pen()}", "warn")
        elif not had and not self._desk.reader:
            self._say("this screen has the pen now", "good")

    def lost(self, reason: str, code: int) -> None:
        """There is no host any more; the last picture stays, and says so."""
        if not self._store.ended or self.starting:
            self._store.ended = reason
            self.exit_code = code
            self.starting = False
            if sent := self._desk.unanswered():
                self._say(f"{sent}: never answered; the log will show what became of it", "bad")

    def failed(self, error: Exception) -> None:
        """The connection could not be made or go on."""
        said = str(error).splitlines() or [type(error).__name__]
        self.stuck = isinstance(error, NoAnswerError)
        self.lost(f"HOST LOST {clean(said[0])}", getattr(error, "exit_code", 1))
        if self._store.status is None:
            self.report = tuple(clean(line) for line in said)

    def restarting(self) -> None:
        """Another start is under way."""
        self.starting, self.report = True, ()
        self._store.ended = STARTING

    def offer(self, mono: int) -> str:
        """What `s` would do now, "" while the engine speaks or cannot be started from here."""
        if not self.supervised or self.starting or self.finished:
            return ""
        if self._store.ended:
            return OFFER
        silent_ns = self._store.now(mono).silent_ns or 0
        return f"HOST SILENT {silent_ns / 1e9:.1f}s  {OFFER}" if silent_ns >= OFFER_NS else ""

    def survives(self) -> bool:
        """The session goes on without a screen. A demo or a replay ends when the screen that
        writes leaves it."""
        if self.welcome is None or "end" in self.welcome.caps:
            return False
        return self.welcome.mode not in ("demo", "replay")
