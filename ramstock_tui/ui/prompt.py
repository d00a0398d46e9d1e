"""A question in the lowest row: one key `y`, or a typed word. It takes every key meanwhile."""

from dataclasses import dataclass, replace
from typing import Literal

from ramstock_tui.ui.text import Line


@dataclass(frozen=True)
class Prompt:
    """what: the action it is about. word: must be typed and entered; "" = one key, `y`."""

    what: Literal["quit", "lock", "acknowledge"]
    question: str
    word: str = ""
    typed: str = ""

    def key(self, key: str, char: str | None) -> "Prompt | bool":
        """The prompt after a key, or the answer. Whatever is not a clear yes is no."""
        if not self.word:
            return key in ("y", "Y")
        if key == "enter":
            return self.typed == self.word
        if key == "backspace":
            return replace(self, typed=self.typed[:-1])
        if char is None or not char.isprintable():
            return False
        return replace(self, typed=(self.typed + char)[-12:])

    def line(self) -> Line:
        tail = f" {self.typed}▏  (enter; esc: no)" if self.word else ""
        return ((self.question, "warn"), (tail, "title"))
