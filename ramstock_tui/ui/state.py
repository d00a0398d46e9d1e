"""The cockpit without a screen: messages and keys in; pictures, orders and wishes out.

Plain state with every time handed in, so that its tests need no terminal.
"""

from collections.abc import Callable
from typing import Any, Protocol

from ramstock_tui.link.schema import (
    Ack,
    Beat,
    Bye,
    End,
    Frame,
    Notice,
    Pen,
    Refused,
    Up,
    Verdict,
    View,
    Welcome,
)
from ramstock_tui.link.socket import NoAnswerError
from ramstock_tui.ui import keyline, layout, leaving, paint, transport
from ramstock_tui.ui.leaving import Choice
from ramstock_tui.ui.mute import Mute
from ramstock_tui.ui.panes.pending import ticket
from ramstock_tui.ui.prompt import Prompt
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.store import Store
from ramstock_tui.ui.text import NS, Line, clean
from ramstock_tui.ui.trade import Desk
from ramstock_tui.ui.views import FAR, Views

HINT_NS = 4 * NS
OFFER_NS = NS  # silence after which the engine can be started again
IN_HELP = ("help", "back", "quit", "force_quit", "theme", "redraw", "restart")


class Front(Protocol):
    """What the state asks of the program around it."""

    def send(self, message: Any) -> None: ...
    def copy(self, words: str) -> None: ...
    def ring(self) -> None: ...
    def leave(self, code: int) -> None: ...
    def swap_theme(self) -> str: ...
    def redraw(self) -> None: ...
    def restart(self, kill: bool) -> None: ...


class State:
    """Everything that decides what is on screen. `mono`, `pressed`: ns of the injected clock."""

    def __init__(self, front: Front, fps: int = 10) -> None:
        self.front = front
        self.fps = fps
        self.store = Store()
        self.views = Views(self.store)
        self.desk = Desk(self.store, front.send, self.say)
        self.mute = Mute()
        self._cache: paint.Cache = {}
        self.prompt: Prompt | Choice | None = None
        self.exit_code = 0
        self.welcome: Welcome | None = None
        self.supervised = False  # the engine can be started again from here
        self.stuck = False  # it runs but does not answer a new connection
        self.report: tuple[str, ...] = ()  # why it could not start, with its log
        self._starting = False
        self._finished = False
        self._stopping = False
        self._asked_mono = 0
        self._hint: tuple[str, str] = ("", "")
        self._hint_from: int | None = None
        self._viewed: View | None = None
        self._announced: set[str] = set()

    # messages -------------------------------------------------------------------------------------
    def receive(self, message: Up, mono: int) -> None:
        """One message of the host."""
        if isinstance(message, Frame):
            self.on_frame(message, mono)
        elif isinstance(message, Beat):
            self.store.on_beat(message, mono)
        elif isinstance(message, Verdict):
            if self.desk.on_verdict(message):
                self._ring(mono)
        elif isinstance(message, Welcome):
            self._on_welcome(message, mono)
        else:
            self._rarer(message)

    def on_frame(self, frame: Frame, mono: int) -> None:
        """Merge the changed slices, keep the selection, acknowledge."""
        self.store.on_frame(frame, mono)
        self.desk.sync(mono)
        self.views.follow()
        self._announce(mono)
        self.front.send(Ack(frame.n))
        self.look()

    def _on_welcome(self, welcome: Welcome, mono: int) -> None:
        """A connection begins: what an earlier one said counts no more."""
        self.store.restart()
        self.store.heard_mono, self.store.ended = mono, ""
        self.welcome = welcome
        self.exit_code, self.report = 0, ()
        self._starting = self._finished = self.stuck = False
        self.desk.role(welcome.role, welcome.pen_pid)
        self._viewed = None
        self.look()

    def _rarer(self, message: Notice | Refused | Bye | Pen) -> None:
        if isinstance(message, Pen):
            self._on_pen(message)
        elif isinstance(message, Notice):
            self.say(clean(message.text), message.level if message.level != "info" else "")
        elif isinstance(message, Refused):
            self._finished = True
            self.lost(f"REFUSED {clean(message.text)}", 1)
        else:
            self._finished = message.code == 0
            self.lost(f"HOST ENDED {clean(message.reason)}".strip(), message.code)

    def _on_pen(self, pen: Pen) -> None:
        had = not self.desk.reader
        self.desk.role(pen.role, pen.pen_pid)
        if had and self.desk.reader:
            self.say(f"the pen has moved: {self.desk.pen()}", "warn")
        elif not had and not self.desk.reader:
            self.say("this screen has the pen now", "good")

    def lost(self, reason: str, code: int) -> None:
        """There is no host any more; the last picture stays, and says so."""
        if not self.store.ended or self._starting:
            self.store.ended = reason
            self.exit_code = code
            self._starting = False
            if sent := self.desk.unanswered():
                self.say(f"{sent}: never answered; the log will show what became of it", "bad")

    def failed(self, error: Exception) -> None:
        """The connection could not be made or go on."""
        said = str(error).splitlines() or [type(error).__name__]
        self.stuck = isinstance(error, NoAnswerError)
        self.lost(f"HOST LOST {clean(said[0])}", getattr(error, "exit_code", 1))
        if self.store.status is None:
            self.report = tuple(clean(line) for line in said)

    def starting(self) -> None:
        """Another start is under way."""
        self._starting, self.report = True, ()
        self.store.ended = "starting engine …"

    def _ring(self, mono: int) -> None:
        if not self.mute.quiet(mono):
            self.front.ring()

    def _announce(self, mono: int) -> None:
        """Ring once for each new pending card, except in a replay."""
        status = self.store.status
        waiting = {card.id for card in self.store.cards if card.state == "pending"}
        if waiting - self._announced and status is not None and status.mode != "replay":
            self._ring(mono)
        self._announced |= waiting

    def look(self) -> None:
        """Tell the host what is on screen, when that changed."""
        panes = layout.slices_for(self.views.boxes())
        view = View(panes, self.views.picked, self.fps, self.views.rows_of())
        if view != self._viewed:
            self._viewed = view
            self.front.send(view)

    def resize(self, width: int, height: int) -> None:
        self.views.size = (width, height)
        self.views.follow()
        self.look()

    # pictures -------------------------------------------------------------------------------------
    def say(self, words: str, token: str = "") -> None:
        """Show a hint for a while in place of the key line."""
        self._hint, self._hint_from = (words, token), None

    def scene(self, mono: int) -> Scene:
        return Scene(
            live=self.store,
            held=self.views.still or self.store,
            now=self.views.now(mono),
            selected=self.views.selected,
            card=self.desk.card,
            place=self.desk.place(),
            top=self.views.top,
            said=self.desk.said,
            off=self.desk.off(),
            filters=self.views.filters,
            reader=self.desk.reader,
        )

    def picture(self, mono: int) -> list[Line]:
        """The whole screen, one line a row."""
        views = self.views
        chrome = paint.Chrome(views.focus, views.help, self._lowest(mono), self.report)
        return paint.picture(self.scene(mono), views.boxes(), chrome, *views.size, self._cache)

    def _lowest(self, mono: int) -> Line:
        """The prompt, else the offer to start the engine again, a fresh hint, the keys."""
        cells = self.views.size[0]
        if self.prompt is not None:
            return self.prompt.line()
        hint = self._fresh_hint(mono)
        if offer := self._offer(mono):
            return keyline.with_offer(offer, hint, cells)
        if hint:
            return keyline.with_hint(hint[0], cells)
        if self.views.help:
            return keyline.HELP
        return keyline.keys(
            self.store.status,
            cells,
            off=bool(self.desk.off()),
            muted=self.mute.words(mono),
            zoomed=bool(self.views.zoom),
            reader=self.desk.pen() if self.desk.reader else "",
        )

    def _fresh_hint(self, mono: int) -> Line:
        if not self._hint[0]:
            return ()
        if self._hint_from is None:
            self._hint_from = mono
        if mono - self._hint_from < HINT_NS:
            return (self._hint,)
        self._hint = ("", "")
        return ()

    def _offer(self, mono: int) -> str:
        """What `s` would do now, "" while the engine speaks or cannot be started from here."""
        if not self.supervised or self._starting or self._finished:
            return ""
        if self.store.ended:
            return leaving.OFFER
        silent = self._silent_ns(mono)
        return f"HOST SILENT {silent / 1e9:.1f}s  {leaving.OFFER}" if silent >= OFFER_NS else ""

    def _silent_ns(self, mono: int) -> int:
        return self.store.now(mono).silent_ns or 0

    # keys -----------------------------------------------------------------------------------------
    def act(self, action: str, mono: int, pressed: int) -> None:
        """One key, by the name of its action."""
        if action == "confirm":
            self.desk.confirm(self.views.now(mono), pressed, self.views.help)
            return
        self.desk.safety.other_key()
        if self.views.help and action not in IN_HELP:
            return
        if action.startswith("pane_"):
            self.views.go(layout.PANE_KEYS[action[-1]])
        else:
            self._table(mono, pressed)[action]()
        self.look()

    def _table(self, mono: int, pressed: int) -> dict[str, Callable[[], Any]]:
        """What each action does."""
        views, desk = self.views, self.desk
        return {
            "next_pane": lambda: views.tab(1),
            "previous_pane": lambda: views.tab(-1),
            "down": lambda: views.scroll(1),
            "up": lambda: views.scroll(-1),
            "page_down": lambda: views.scroll(views.page()),
            "page_up": lambda: views.scroll(-views.page()),
            "first": lambda: views.scroll(-FAR),
            "last": lambda: views.scroll(FAR),
            "zoom": views.toggle_zoom,
            "why": views.why,
            "filter": self._filter,
            "next_match": lambda: self._match(1),
            "previous_match": lambda: self._match(-1),
            "mute": lambda: self.say(self.mute.minutes(mono)),
            "mute_all": lambda: self.say(self.mute.all(mono)),
            "help": self._toggle_help,
            "freeze": lambda: self.say(views.freeze()),
            "back": views.back,
            "theme": lambda: self.say(f"theme {self.front.swap_theme()}"),
            "redraw": self.front.redraw,
            "quit": self._quit,
            "force_quit": self._ask_quit,
            "skip": lambda: desk.skip(pressed),
            "reprice": lambda: desk.reprice(pressed),
            "undo": lambda: desk.undo(pressed),
            "copy": self._copy,
            "next_card": lambda: desk.move(1, mono),
            "previous_card": lambda: desk.move(-1, mono),
            "lock_day": lambda: self._ask("lock", "lock trading for today: type LOCK:", "LOCK"),
            "acknowledge": lambda: self._ask("acknowledge", "losses seen: type ok:", "ok"),
            "pause": self._pause,
            "faster": lambda: self._speed(1),
            "slower": lambda: self._speed(-1),
            "restart": lambda: self._restart(mono),
        }

    def answer(self, key: str, char: str | None, pressed: int) -> None:
        """A key while a prompt stands; it reaches nothing else."""
        self.desk.safety.other_key()
        prompt = self.prompt
        if isinstance(prompt, Choice):
            self.prompt = None
            self._chose(prompt.chosen(key))
        elif prompt is not None:
            after = prompt.key(key, char)
            self.prompt = after if isinstance(after, Prompt) else None
            if prompt.what == "filter":
                self._narrow(after)
            elif after is True:
                self._agreed(prompt.what, pressed)

    def _filter(self) -> None:
        pane = self.views.filtered()
        self.prompt = Prompt("filter", f"filter {pane}: /", typed=self.views.filters.get(pane, ""))

    def _narrow(self, after: Prompt | bool) -> None:
        """Each key of the filter narrows at once; enter keeps it, anything else gives it up."""
        pane = self.views.filtered()
        if isinstance(after, Prompt):
            self.views.narrow(pane, after.typed)
        elif after:
            self.views.settle(pane)
        else:
            self.views.narrow(pane, "")
        self.look()

    def _match(self, step: int) -> None:
        if not self.views.match(step):
            self.say("no filter; / filters the symbols", "dim")

    def _agreed(self, what: str, pressed: int) -> None:
        if what == "quit":
            self._leave(end=self._stopping or self._ends_with_us())
        elif what == "lock":
            self.desk.lock(pressed)
        else:
            self.desk.acknowledge(pressed)

    def _chose(self, action: str) -> None:
        if action == "detach":
            self._leave(end=False)
        elif action == "stop":
            self._stopping = True
            self._ask_word("end the session", "stop")
        elif action == "kill":
            if self.stuck or self._was_silent():
                self.front.restart(True)
            else:
                self.say("the engine speaks again: nothing was done", "good")

    def _leave(self, end: bool) -> None:
        """end: the session ends too."""
        if end and not self.store.ended:
            self.front.send(End())
        self.front.leave(self.exit_code)

    def _ends_with_us(self) -> bool:
        """A demo or a replay ends when the screen that writes leaves it."""
        return not self.desk.reader and not self._survives()

    def _survives(self) -> bool:
        """The session is one that goes on without a screen."""
        if self.welcome is None or "end" in self.welcome.caps:
            return False
        return self.welcome.mode not in ("demo", "replay")

    def _toggle_help(self) -> None:
        self.views.help = not self.views.help

    def _quit(self) -> None:
        """`q`: back; at the root ask."""
        if self.views.help or self.views.zoom or self.views.filters:
            self.views.back()
        else:
            self._ask_quit()

    def _ask_quit(self) -> None:
        """Ask before leaving; with a card or a trade open the word has to be typed."""
        self._stopping = False
        if self.store.ended or self.desk.reader:
            self.prompt = Prompt("quit", "quit? y/N")
        elif self._survives():
            self.prompt = leaving.leaving()
        else:
            self._ask_word("leave", "quit")

    def _ask_word(self, purpose: str, word: str) -> None:
        """Only a typed word ends a session in which something is open."""
        waiting, opened = self.store.open_items()
        if waiting + opened:
            question = f"{leaving.items(waiting, opened)}: type {word} to {purpose}:"
            self.prompt = Prompt("quit", question, word)
        elif word == "quit":
            self.prompt = Prompt("quit", "quit? y/N")
        else:
            self._leave(end=True)

    def _restart(self, mono: int) -> None:
        """`s`: start the engine again where that is offered."""
        self._asked_mono = mono
        if not self._offer(mono):
            self.say("the engine runs" if self.supervised else "no engine to start here", "dim")
        elif self.store.ended and not self.stuck:
            self.front.restart(False)
        else:
            self.prompt = leaving.killing(self.welcome.pid if self.welcome else 0)

    def _was_silent(self) -> bool:
        """Nothing has come since the question was asked."""
        heard = self.store.heard_mono
        return heard is None or heard < self._asked_mono

    def _ask(self, what: Any, question: str, word: str) -> None:
        if off := self.desk.off():
            self.say(off, "warn")
        else:
            self.prompt = Prompt(what, question, word)

    def _copy(self) -> None:
        card = self.desk.card
        if card is None:
            self.say("no card to copy", "dim")
        else:
            self.front.copy(ticket(card))
            self.say(f"copied: {ticket(card)}", "good")

    def _pause(self) -> None:
        status = self.store.status
        if status is None or status.mode != "replay":
            self.say("pause is for replays; space freezes the view", "dim")
        elif status.data_state == "done":
            self.say("the replay has ended", "dim")
        else:
            self.front.send(transport.toggle(status))

    def _speed(self, by: int) -> None:
        status = self.store.status
        if status is None or status.mode != "replay":
            self.say("speed is for replays", "dim")
        elif status.data_state == "done":
            self.say("the replay has ended", "dim")
        else:
            self.front.send(transport.step(status, by))
