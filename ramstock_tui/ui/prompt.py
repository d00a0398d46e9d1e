"""A question in the lowest row: one key `y`, a typed word, a filter, a time. It takes every key."""

from dataclasses import dataclass, replace
from typing import Literal

from ramstock_tui.ui.text import Line, clean

WORD_CELLS, TIME_CELLS = 12, 18
TIME_CHARS = "0123456789:."
LEAVE_KEYS = ("ctrl+c", "ctrl+q")  # what opened the question is no answer to it


@dataclass(frozen=True)
class Prompt:
    """what: the action it is about. word: must be typed and entered; "" = one key, `y`. A filter
    and a time take any text; enter keeps it, esc gives it up. problem: why what was entered was
    not taken. value: a number that the action needs."""

    what: Literal["quit", "lock", "acknowledge", "phase", "filter", "jump"]
    question: str
    word: str = ""
    typed: str = ""
    problem: str = ""
    value: int = 0

    @property
    def free(self) -> bool:
        """Any text may be typed."""
        return self.what in ("filter", "jump")

    def key(self, key: str, char: str | None) -> "Prompt | bool":
        """The prompt after a key, or the answer. Whatever is not a clear yes is no."""
        if self.what == "quit" and key in LEAVE_KEYS:
            return self
        if key == "backspace" and (self.word or self.free):
            return replace(self, typed=self.typed[:-1], problem="")
        if self.free:
            return self._filtered(key, char)
        if not self.word:
            return key in ("y", "Y")
        if key == "enter":
            return self.typed == self.word
        if char is None or not char.isprintable():
            return False
        return replace(self, typed=(self.typed + char)[-WORD_CELLS:])

    def _filtered(self, key: str, char: str | None) -> "Prompt | bool":
        if key in ("enter", "escape", *LEAVE_KEYS):
            return key == "enter"
        if char is None or not char.isprintable():
            return self
        if self.what == "jump" and char not in TIME_CHARS:
            return self
        most = WORD_CELLS if self.what == "filter" else TIME_CELLS
        return replace(self, typed=(self.typed + clean(char))[:most], problem="")

    def line(self) -> Line:
        if self.what == "filter":
            tail = f"{self.typed}▏  (enter: keep; esc: clear)"
        elif self.what == "jump":
            tail = f" {self.typed}▏  "
            after = (self.problem, "bad") if self.problem else ("(enter; esc: stay)", "title")
            return ((self.question, "warn"), (tail, "title"), after)
        else:
            tail = f" {self.typed}▏  (enter; esc: no)" if self.word else ""
        return ((self.question, "warn"), (tail, "title"))
