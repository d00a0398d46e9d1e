"""Questions with one key per answer, and the words of leaving and of starting again."""

from collections.abc import Mapping
from dataclasses import dataclass

from ramstock_tui.ui.text import Line

DETACH_OR_STOP = "[d]etach  [s]top the session  esc"
OFFER = "s start engine again"


@dataclass(frozen=True)
class Choice:
    """A question in the lowest row. answers: key -> action; every other key is no answer."""

    question: str
    answers: Mapping[str, str]

    def chosen(self, key: str) -> str:
        """The action of a key, "" for none: the question is dropped."""
        return self.answers.get(key, "")

    def line(self) -> Line:
        return ((self.question, "warn"),)


def leaving() -> Choice:
    """The engine can go on without this screen."""
    return Choice(DETACH_OR_STOP, {"d": "detach", "s": "stop"})


def killing(pid: int) -> Choice:
    """The engine hangs."""
    who = f"engine, process {pid}," if pid else "engine"
    return Choice(f"the {who} does not answer: kill it and start again? y/N", {"y": "kill"})


def items(waiting: int, opened: int) -> str:
    """`1 pending and 2 open`."""
    return " and ".join(f"{n} {what}" for n, what in ((waiting, "pending"), (opened, "open")) if n)
