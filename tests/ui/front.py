"""The state of a cockpit with a front that only notes what it was asked for."""

from collections.abc import Sequence
from typing import Any

from ramstock_tui.core.records import Command
from ramstock_tui.link.schema import Order
from ramstock_tui.ui.state import State
from ramstock_tui.ui.text import Line
from tests.ui import frames


class Front:
    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.copied: list[str] = []
        self.rings = self.bells = 0
        self.shown: list[str] = []
        self.titles: list[str] = []
        self.left: int | None = None
        self.restarts: list[bool] = []
        self.looked: list[tuple[int, str]] = []
        self.returns = 0
        self.themes: list[str] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def copy(self, words: str) -> None:
        self.copied.append(words)

    def ring(self, times: int = 1) -> None:
        self.rings += 1
        self.bells += times

    def desktop(self, title: str, body: str) -> None:
        self.shown.append(body)

    def name_window(self, words: str) -> None:
        self.titles.append(words)

    def leave(self, code: int) -> None:
        self.left = code

    def swap_theme(self) -> str:
        return "mono"

    def use_theme(self, name: str) -> str:
        self.themes.append(name)
        return name

    def redraw(self) -> None:
        self.sent.append("redraw")

    def restart(self, kill: bool) -> None:
        self.restarts.append(kill)

    def look_back(self, at_ts: int, ticker: str) -> None:
        self.looked.append((at_ts, ticker))

    def look_ahead(self) -> None:
        self.returns += 1

    @property
    def commands(self) -> list[Command]:
        return [message.command for message in self.sent if isinstance(message, Order)]


def cockpit(width: int = 80, height: int = 24, values: dict[str, Any] | None = None) -> State:
    """A state that has received one frame at time 0."""
    state = State(Front())
    state.resize(width, height)
    if values != {}:
        state.receive(frames.frame(1, values), 0)
    return state


def screen(
    width: int, height: int, values: dict[str, Any] | None = None, actions: Sequence[str] = ()
) -> list[Line]:
    """The picture after some actions, at the moment of the frame."""
    state = cockpit(width, height, values)
    for action in actions:
        state.act(action, 0, 0)
    return state.picture(0)


def words(lines: list[Line]) -> str:
    return "\n".join("".join(part for part, _ in line) for line in lines)


def shown(
    width: int, height: int, values: dict[str, Any] | None = None, actions: Sequence[str] = ()
) -> str:
    return words(screen(width, height, values, actions))
