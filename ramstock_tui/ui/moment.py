"""A moment of the live session in the panes, while the live status rows stay on top (rulings 8)."""

from collections.abc import Callable
from typing import Any, Protocol

from ramstock_tui.link.schema import Card, End
from ramstock_tui.ui import layout, text
from ramstock_tui.ui.engine import EngineSeen
from ramstock_tui.ui.panes import locks, status
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.store import Store
from ramstock_tui.ui.text import Line, clean
from ramstock_tui.ui.trade import Desk
from ramstock_tui.ui.transport import Steering
from ramstock_tui.ui.views import Views

# keys of the live session that do nothing while its panes are not on screen
TRADING = frozenset({"confirm", "skip", "reprice", "undo", "copy", "lock_day", "acknowledge"})
PAST = "a past moment: nothing is decided here"
CLOSED = f"{PAST}; esc: back to live"
OUTSIDE = frozenset(
    {"force_quit", "theme", "redraw", "mute", "mute_all", "restart", "command", "sound_test"}
)


class Inner(Protocol):
    """The state of the screen inside: that of a replay."""

    prompt: Any
    views: Views

    def back(self) -> bool: ...
    def resize(self, width: int, height: int) -> None: ...
    def act(self, action: str, mono: int, pressed: int) -> None: ...
    def answer(self, key: str, char: str | None, pressed: int) -> None: ...
    def picture(self, mono: int) -> list[Line]: ...


class Away:
    """What the state inside may ask of the program: it has no bell, no way out, no engine."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        self.send = send

    def copy(self, words: str) -> None:
        """A past card is no order."""

    def ring(self, times: int = 1) -> None:
        """Only the live session rings."""

    def desktop(self, title: str, body: str) -> None:
        """Nothing of the past is news."""

    def name_window(self, words: str) -> None:
        """It bears the name of the live session."""

    def leave(self, code: int) -> None:
        """The live screen is left, not this one."""

    def swap_theme(self) -> str:
        """The live screen has the theme."""
        return ""

    def use_theme(self, name: str) -> str:
        """The live screen has the theme."""
        return name

    def redraw(self) -> None:
        """The live screen paints."""

    def restart(self, kill: bool) -> None:
        """A moment that broke is opened again from the log."""

    def look_back(self, at_ts: int, ticker: str) -> None:
        """There is a time line."""

    def look_ahead(self) -> None:
        """It is left by the live screen."""


class Moment:
    """inner: its own screen state, of which the panes, the time line and the keys are shown."""

    def __init__(self, inner: Inner, send: Callable[[Any], None], at_ts: int) -> None:
        self.inner = inner
        self.at_ts = at_ts
        self.send = send


class Outer(Protocol):
    """The state of the live screen."""

    front: Any
    store: Store
    views: Views
    engine: EngineSeen
    steering: Steering
    desk: Desk

    def say(self, words: str, token: str = "") -> None: ...
    def look(self) -> None: ...


class Moments:
    """Opens a moment of the session on screen, passes keys and pictures, and closes it."""

    def __init__(self, outer: Outer) -> None:
        self.shown: Moment | None = None
        self._outer = outer

    @property
    def asking(self) -> bool:
        """A prompt stands in the moment."""
        return self.shown is not None and self.shown.inner.prompt is not None

    @property
    def visible(self) -> bool:
        """A moment is open and the screen has room for panes; without room the live rows and card
        are all that is shown."""
        width, height = self._outer.views.size
        room = width >= layout.MIN_WIDTH and height >= layout.MIN_HEIGHT
        return self.shown is not None and room

    def open(self) -> None:
        """`R`: the selected row of the log; in a replay by going there."""
        outer = self._outer
        row, status = outer.views.log_row(), outer.store.status
        if row is None:
            outer.views.go("log")
            outer.say("choose a line of the log with j and k, then R")
        elif status is not None and status.mode == "replay":
            if outer.steering.ready():
                outer.steering.stay(row.ts)
        elif outer.engine.welcome is None or not outer.engine.welcome.directory:
            outer.say("this session is not recorded: there is nothing to look at", "warn")
        else:
            outer.front.look_back(row.ts, row.ticker)

    def opened(self, moment: Moment) -> None:
        """The panes show it from now on."""
        self.shown = moment
        self._outer.say("", "")
        moment.inner.resize(*self._outer.views.size)

    def close(self, why: str = "") -> None:
        """Back to the live session. why: what broke, "" = it was left. A card on screen is armed
        anew."""
        moment, self.shown = self.shown, None
        if moment is not None:
            moment.send(End())
            self._outer.desk.safety.shown = None
            self._outer.front.look_ahead()
            self._outer.say(why or "back in the live session", "warn" if why else "good")
            self._outer.look()

    def resize(self, width: int, height: int) -> None:
        if self.shown is not None:
            self.shown.inner.resize(width, height)

    def act(self, action: str, mono: int, pressed: int) -> bool:
        """A key while a moment is open; False: it is for the live screen."""
        moment = self.shown
        if moment is None or action in OUTSIDE:
            return False
        if action in TRADING:
            self._outer.say(CLOSED, "warn")
        elif action in ("back", "quit"):
            if not moment.inner.back():
                self.close()
        else:
            moment.inner.act(action, mono, pressed)
        return True

    def answer(self, key: str, char: str | None, pressed: int) -> None:
        """A key for the prompt of the moment."""
        if self.shown is not None:
            self.shown.inner.answer(key, char, pressed)

    def picture(self, live: Scene, lowest: Line, mono: int) -> list[Line]:
        """The picture of the moment below the live status rows. lowest: what the live screen has to
        say in the lowest row, () = nothing. What the live session waits for covers a row."""
        assert self.shown is not None  # noqa: S101 - asked for only while one is open
        inner, width = self.shown.inner, self._outer.views.size[0]
        lines = list(inner.picture(mono))
        rows = status.rows(live, width)
        lines[: len(rows)] = rows
        if bar := calls(live, width):
            lines[-2 - inner.views.foot] = bar
        if lowest:
            lines[-1] = text.fit(lowest, width)
        return lines


def calls(live: Scene, cells: int) -> Line:
    """The live card that waits, or the live pause; () when nothing does."""
    waiting = [card for card in live.live.cards if card.state == "pending"]
    if not waiting:
        return locks.bar(live, cells)
    said = f" LIVE {_card(waiting[0], live.now.now_ts)}"
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return text.fit(((f"{said}{more} — esc: back to it ", "locked"),), cells, "locked")


def _card(card: Card, now_ts: int) -> str:
    left = text.span(max(0, card.expires_ts - now_ts))
    price = text.dollars(card.entry_e4)
    return f"CARD {clean(card.ticker)} BUY {card.shares:,} at {price}, {left} left"
