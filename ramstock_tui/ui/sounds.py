"""What a person should hear of: the bell with its budget, notifications, the name of the window.

Every card is told of once, whether its alert or its card comes first. Times are monotonic ns.
"""

from collections import deque
from collections.abc import Iterable

from ramstock_tui.link.schema import Alert, Card
from ramstock_tui.ui.front import Front
from ramstock_tui.ui.mute import Mute
from ramstock_tui.ui.text import NS, clean

MINUTE_NS = 60 * NS
PER_MINUTE = 6
IDLE_TITLE = "ramstock"


class Sounds:
    """per_minute: sounds of any kind, and notifications with them; more are silent."""

    def __init__(self, front: Front, mute: Mute, per_minute: int = PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._front = front
        self._mute = mute
        self._rang: deque[int] = deque()
        self._told: set[str] = set()
        self._title = ""

    def cards(self, cards: Iterable[Card], mono: int, *, replay: bool) -> None:
        """The cards on screen, as they are now. replay: they are no news."""
        waiting = [card for card in cards if card.state == "pending"]
        for card in waiting:
            if card.id not in self._told and not replay:
                self._tell(mono, 0 if card.low_confidence else 2, _pending(card))
            self._told.add(card.id)
        if not replay:
            first = waiting[0] if waiting else None
            title = f"(!) {_name(first)}" if first is not None else IDLE_TITLE
            if title != (self._title or IDLE_TITLE):
                self._title = title
                self._front.name_window(title)

    def alert(self, alert: Alert, mono: int) -> None:
        """One alert of the host."""
        if alert.kind == "blueprint" and alert.text.startswith("[PENDING"):
            if alert.key in self._told:
                return
            self._told.add(alert.key)
        self._tell(mono, alert.bells, alert.text if alert.notify else "")

    def ring(self, mono: int, times: int = 1) -> None:
        """A sound for what the person has just done."""
        self._tell(mono, times, "")

    def test(self, mono: int) -> str:
        """Two bells and a notification, whatever the budget; what to say about it."""
        if muted := self._mute.words(mono):
            return f"sound test: {muted}"
        self._front.ring(2)
        self._front.desktop("ramstock", "sound test")
        return "sound test: two bells and a notification"

    def again(self) -> None:
        """The terminal has forgotten the name of its window."""
        if self._title:
            self._front.name_window(self._title)

    def _tell(self, mono: int, bells: int, words: str) -> None:
        if not (bells or words) or self._mute.quiet(mono) or not self._may(mono):
            return
        if bells:
            self._front.ring(bells)
        if words:
            self._front.desktop("ramstock", clean(words))

    def _may(self, mono: int) -> bool:
        while self._rang and mono - self._rang[0] >= MINUTE_NS:
            self._rang.popleft()
        if len(self._rang) >= self.per_minute:
            return False
        self._rang.append(mono)
        return True


def _name(card: Card) -> str:
    return f"{clean(card.ticker, 12)} {card.score_e4 / 10_000:.1f}"


def _pending(card: Card) -> str:
    return f"[PENDING] {_name(card)}"
