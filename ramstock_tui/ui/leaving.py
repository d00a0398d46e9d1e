"""The ways out and the way back in: what is asked before leaving or killing the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ramstock_tui.link.schema import End
from ramstock_tui.ui.engine import EngineSeen
from ramstock_tui.ui.prompt import Prompt
from ramstock_tui.ui.store import Store
from ramstock_tui.ui.text import Line
from ramstock_tui.ui.trade import Desk


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


Question = Prompt | Choice | None


class Doors(Protocol):
    """What is asked of the program around."""

    def send(self, message: Any) -> None: ...
    def leave(self, code: int) -> None: ...
    def restart(self, kill: bool) -> None: ...


class Leaving:
    """Every method that asks gives the question to show, None when there is nothing to ask."""

    def __init__(
        self,
        engine: EngineSeen,
        store: Store,
        desk: Desk,
        front: Doors,
        say: Callable[[str, str], None],
    ) -> None:
        self._engine = engine
        self._store = store
        self._desk = desk
        self._front = front
        self._say = say
        self._stopping = False
        self._asked_mono = 0

    def ask(self) -> Question:
        """Before leaving; with a card or a trade open that would end too, the word is typed."""
        self._stopping = False
        if self._store.ended or self._desk.reader:
            return Prompt("quit", "quit? y/N")
        if self._engine.survives():
            return Choice("[d]etach  [s]top the session  esc", {"d": "detach", "s": "stop"})
        return self._typed("leave", "quit") or Prompt("quit", "quit? y/N")

    def _typed(self, purpose: str, word: str) -> Prompt | None:
        """Only a typed word ends a session in which something is open; in a replay that takes no
        keys nothing is."""
        status = self._store.status
        if status is not None and status.mode == "replay" and status.confirm_policy != "keys":
            return None
        waiting, opened = self._store.open_items()
        items = [f"{n} {what}" for n, what in ((waiting, "pending"), (opened, "open")) if n]
        if not items:
            return None
        return Prompt("quit", f"{' and '.join(items)}: type {word} to {purpose}:", word)

    def chose(self, action: str) -> Question:
        """The answer to a Choice."""
        if action == "stop":
            self._stopping = True
            typed = self._typed("end the session", "stop")
            if typed is None:
                self.leave()
            return typed
        if action == "detach":
            self._front.leave(self._engine.exit_code)
        elif action == "kill" and not self._silent():
            self._say("the engine speaks again: nothing was done", "good")
        elif action == "kill":
            self._front.restart(True)
        return None

    def leave(self) -> None:
        """The question was answered with yes. A session that does not survive the screen that
        writes is ended."""
        writes = not self._desk.reader and not self._store.ended
        if writes and (self._stopping or not self._engine.survives()):
            self._front.send(End())
        self._front.leave(self._engine.exit_code)

    def restart(self, mono: int) -> Question:
        """`s`: start the engine again where that is offered."""
        engine = self._engine
        self._asked_mono = mono
        if not engine.offer(mono):
            words = "the engine runs" if engine.supervised else "there is no engine to start here"
            self._say(words, "dim")
        elif self._store.ended and not engine.stuck:
            self._front.restart(False)
        else:
            pid = engine.welcome.pid if engine.welcome else 0
            who = f"engine, process {pid}," if pid else "engine"
            return Choice(f"the {who} does not answer: kill it and start again? y/N", {"y": "kill"})
        return None

    def _silent(self) -> bool:
        """Nothing has come since the question was asked."""
        heard = self._store.heard_mono
        return self._engine.stuck or heard is None or heard < self._asked_mono
