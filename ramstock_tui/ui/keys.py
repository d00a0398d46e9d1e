"""May this key press confirm this card? One pure class, fed with events and monotonic ns.

It guards against keys that were not meant: for another card, repeated by a held key, typed for
another program, or pressed while the picture is not current (spec C.4, rulings 2).
"""

from dataclasses import dataclass
from typing import Literal

ARM_NS = 300_000_000  # after the shown card changed
REPEAT_NS = 400_000_000  # between two presses of the key
TWO_STEP_NS = 2_000_000_000  # in which the second press of a two-step card counts
NEXT_CARD_NS = 1_000_000_000  # after a confirm, before another card: a held key starts to repeat
#                               0.25 to 0.7 s after its first press, which REPEAT_NS cannot see

Shown = tuple[str, int]  # blueprint id and version


@dataclass(frozen=True)
class Answer:
    """do: `confirm` the card `shown`, `ask` for the second press, or `no` with a hint."""

    do: Literal["confirm", "ask", "no"]
    hint: str
    shown: Shown | None = None


class KeySafety:
    """State of the confirm key of one screen. Times may come from any monotonic clock but must be
    those of the key press, not of its handling."""

    def __init__(self) -> None:
        self.shown: Shown | None = None
        self._two_step = False
        self._armed_at = 0
        self._last_press: int | None = None
        self._asked_at: int | None = None
        self._sent: set[Shown] = set()
        self._next_card_at = 0
        self._focused = True
        self._first_key = False

    def show(self, shown: Shown | None, two_step: bool, now: int) -> None:
        """The selected card as it is on screen now, None for none. Any change disarms."""
        if shown != self.shown:
            self.shown = shown
            self._armed_at = now + ARM_NS
            self._asked_at = None
        elif two_step != self._two_step:
            self._asked_at = None
        self._two_step = two_step

    def blur(self) -> None:
        """The terminal lost focus."""
        self._focused = False
        self._asked_at = None

    def focus(self) -> None:
        """The terminal has focus again; its first key does not count."""
        if not self._focused:
            self._first_key = True
        self._focused = True

    def other_key(self) -> None:
        """Any key but confirm: uses up the first key after focus-in and ends a two-step."""
        if self._focused:
            self._first_key = False
        self._asked_at = None

    def asking(self, now: int) -> bool:
        """A second press is awaited."""
        return self._asked_at is not None and now - self._asked_at < TWO_STEP_NS

    def press(self, now: int, blocked: str = "") -> Answer:
        """The confirm key at `now`. blocked: why confirming is off at all ("" = it is on)."""
        last, self._last_press = self._last_press, now
        hint = self._refusal(now, last, blocked)
        if hint:
            return Answer("no", hint)
        assert self.shown is not None  # noqa: S101  (_refusal names the missing card)
        if self._two_step and not self.asking(now):
            self._asked_at = now
            return Answer("ask", "press c again", self.shown)
        self._asked_at = None
        self._sent.add(self.shown)
        self._next_card_at = now + NEXT_CARD_NS
        return Answer("confirm", "", self.shown)

    def _refusal(self, now: int, last: int | None, blocked: str) -> str:
        if not self._focused:
            return "ignored: the terminal has no focus"
        if self._first_key:
            self._first_key = False
            return "ignored: first key after the focus came back"
        if blocked:
            return blocked
        if self.shown is None:
            return "nothing to confirm"
        if self.shown in self._sent:
            return "already sent once for this version of the card"
        if now < self._armed_at:
            return _armed_in(self._armed_at - now)
        if last is not None and now - last < REPEAT_NS:
            return "ignored: key repeat"
        if now < self._next_card_at:
            return _armed_in(self._next_card_at - now)
        return ""


def _armed_in(ns: int) -> str:
    """Rounded up, so that it never says 0.0 s while still refusing."""
    tenths = -(-ns // 100_000_000)
    return f"armed in {tenths // 10}.{tenths % 10} s"
