"""The cockpit without a screen: messages and keys in; pictures, orders and wishes out.

Plain state with every time handed in, so that its tests need no terminal.
"""

from typing import Any, Protocol

from ramstock_tui.link.schema import (
    Ack,
    Beat,
    Bye,
    Frame,
    Notice,
    Refused,
    Up,
    Verdict,
    View,
    Welcome,
)
from ramstock_tui.ui import layout, paint, text, transport
from ramstock_tui.ui.panes.pending import ticket
from ramstock_tui.ui.prompt import Prompt
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.store import Now, Store, frozen
from ramstock_tui.ui.text import NS, Line, clean
from ramstock_tui.ui.trade import Desk

HINT_NS = 4 * NS
PAGE = 10


class Front(Protocol):
    """What the state asks of the program around it."""

    def send(self, message: Any) -> None: ...
    def copy(self, words: str) -> None: ...
    def ring(self) -> None: ...
    def leave(self, code: int) -> None: ...
    def swap_theme(self) -> str: ...
    def redraw(self) -> None: ...


class State:
    """Everything that decides what is on screen."""

    def __init__(self, front: Front, fps: int = 10) -> None:
        self.front = front
        self.fps = fps
        self.store = Store()
        self.desk = Desk(self.store, front.send, self.say)
        self.size = (layout.MIN_WIDTH, layout.MIN_HEIGHT)
        self.focus = ""
        self.zoom = ""
        self.help = False
        self.prompt: Prompt | None = None
        self.selected = ""
        self.exit_code = 0
        self._still: Store | None = None
        self._top: dict[str, int] = {}
        self._hint: tuple[str, str] = ("", "")
        self._hint_from: int | None = None
        self._viewed: View | None = None
        self._seen_cards: set[str] = set()

    # messages -------------------------------------------------------------------------------------
    def receive(self, message: Up, mono: int) -> None:
        """One message of the host."""
        if isinstance(message, Frame):
            self.on_frame(message, mono)
        elif isinstance(message, Beat):
            self.store.on_beat(message, mono)
        elif isinstance(message, Verdict):
            if self.desk.on_verdict(message):
                self.front.ring()
        elif isinstance(message, Welcome):
            self.store.restart()
            self.desk.reader = message.role == "reader"
            self._viewed = None
            self.look()
        else:
            self._rarer(message)

    def on_frame(self, frame: Frame, mono: int) -> None:
        self.store.on_frame(frame, mono)
        self.desk.sync(mono)
        self._announce()
        self.front.send(Ack(frame.n))
        self.look()

    def _rarer(self, message: Notice | Refused | Bye) -> None:
        if isinstance(message, Notice):
            self.say(clean(message.text), message.level if message.level != "info" else "")
        elif isinstance(message, Refused):
            self.lost(f"REFUSED {clean(message.text)}", 1)
        else:
            self.lost(f"HOST ENDED {clean(message.reason)}".strip(), message.code)

    def lost(self, reason: str, code: int) -> None:
        """There is no host any more; the last picture stays, and says so."""
        if not self.store.ended:
            self.store.ended = reason
            self.exit_code = code

    def _announce(self) -> None:
        """Ring once for each new pending card, except in a replay."""
        status = self.store.status
        waiting = {card.id for card in self.store.cards if card.state == "pending"}
        if waiting - self._seen_cards and status is not None and status.mode != "replay":
            self.front.ring()
        self._seen_cards |= waiting

    def look(self) -> None:
        """Tell the host what is on screen, when that changed."""
        view = View(layout.slices_for(self.boxes()), self.selected, self.fps)
        if view != self._viewed:
            self._viewed = view
            self.front.send(view)

    # pictures -------------------------------------------------------------------------------------
    def say(self, words: str, token: str = "") -> None:
        """Show a hint for a while in place of the key line."""
        self._hint, self._hint_from = (words, token), None

    def now(self, mono: int) -> Now:
        now = self.store.now(mono)
        return now if self._still is None else frozen(now)

    def boxes(self) -> list[layout.Box]:
        universe = self.store.universe
        many = universe is not None and len(universe.rows) > 1
        return layout.layout(*self.size, many, self.zoom, self.desk.card is not None)

    def scene(self, mono: int) -> Scene:
        ladder = self.store.ladder
        return Scene(
            live=self.store,
            held=self._still or self.store,
            now=self.now(mono),
            selected=self.selected or (ladder.ticker if ladder else ""),
            card=self.desk.card,
            place=self.desk.place(),
            top=self._top,
            said=self.desk.said,
            keys=not self.desk.off(),
        )

    def picture(self, mono: int) -> list[Line]:
        chrome = paint.Chrome(self.focus, self.help, self._lowest(mono))
        return paint.picture(self.scene(mono), self.boxes(), chrome, *self.size)

    def _lowest(self, mono: int) -> Line:
        if self.prompt is not None:
            return self.prompt.line()
        if self._hint[0]:
            if self._hint_from is None:
                self._hint_from = mono
            if mono - self._hint_from < HINT_NS:
                return (self._hint,)
            self._hint = ("", "")
        return self._key_line()

    def _key_line(self) -> Line:
        if self.help:
            return (("esc close  t theme  q close", "dim"),)
        status = self.store.status
        keys = "1-8 pane  j/k sel  c confirm  x skip  r re-price  w why  z zoom  ? help  q quit"
        if status is not None and status.mode == "replay":
            keys = "1-8 pane  j/k sel  p pause  -/= speed  w why  z zoom  space freeze  ? help  q quit"
        return text.cut(((keys, "dim"),), self.size[0])

    # keys -----------------------------------------------------------------------------------------
    def resize(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.look()

    def act(self, action: str, mono: int, pressed: int) -> None:
        """One key, by the name of its action (the part after the dot of the binding's id)."""
        if action == "confirm":
            self.desk.confirm(self.now(mono), pressed, self.help)
            return
        self.desk.safety.other_key()
        if self.help and action not in ("help", "back", "quit", "force_quit", "theme", "redraw"):
            return
        if action.startswith("pane_"):
            self._go(layout.PANE_KEYS[action[-1]])
        else:
            getattr(self, f"_do_{action}")(mono, pressed)
        self.look()

    def answer(self, key: str, char: str | None, pressed: int) -> None:
        """A key while a prompt stands; it reaches nothing else."""
        self.desk.safety.other_key()
        prompt = self.prompt
        if prompt is None:
            return
        after = prompt.key(key, char)
        self.prompt = after if isinstance(after, Prompt) else None
        if after is True:
            self._agreed(prompt.what, pressed)

    def _agreed(self, what: str, pressed: int) -> None:
        if what == "quit":
            self.front.leave(self.exit_code)
        elif what == "lock":
            self.desk.lock(pressed)
        else:
            self.desk.acknowledge(pressed)

    def _go(self, pane: str) -> None:
        """Focus a pane; one without room opens zoomed."""
        shown = {box.pane for box in self.boxes()}
        if self.zoom and pane != self.zoom:
            self.zoom = ""
            shown = {box.pane for box in self.boxes()}
        if pane == "ladder" and "book" in shown:
            pane = "book"
        self.focus = pane
        if pane not in shown:
            self.zoom = pane

    def click(self, x: int, y: int) -> None:
        """Focus the pane at a cell of the screen."""
        for box in self.boxes():
            if box.x <= x < box.x + box.w and box.y <= y < box.y + box.h:
                self.focus = box.pane

    def _tab(self, step: int) -> None:
        panes = [box.pane for box in self.boxes()]
        if panes:
            at = panes.index(self.focus) if self.focus in panes else (-1 if step > 0 else 0)
            self.focus = panes[(at + step) % len(panes)]

    def _do_next_pane(self, mono: int, pressed: int) -> None:
        self._tab(1)

    def _do_previous_pane(self, mono: int, pressed: int) -> None:
        self._tab(-1)

    def _do_down(self, mono: int, pressed: int) -> None:
        self._scroll(1)

    def _do_up(self, mono: int, pressed: int) -> None:
        self._scroll(-1)

    def _do_page_down(self, mono: int, pressed: int) -> None:
        self._scroll(PAGE)

    def _do_page_up(self, mono: int, pressed: int) -> None:
        self._scroll(-PAGE)

    def _do_first(self, mono: int, pressed: int) -> None:
        self._scroll(-1_000_000)

    def _do_last(self, mono: int, pressed: int) -> None:
        self._scroll(1_000_000)

    def _scroll(self, step: int) -> None:
        """Move the selected symbol, or scroll the focused pane."""
        if self.focus in ("tape", "score", "log"):
            most = self._length(self.focus) - 1
            self._top[self.focus] = max(0, min(self._top.get(self.focus, 0) + step, most))
            return
        rows = self.store.universe.rows if self.store.universe else ()
        if len(rows) < 2:
            return
        here = self.selected or (self.store.ladder.ticker if self.store.ladder else "")
        at = next((i for i, row in enumerate(rows) if row.ticker == here), 0)
        self.selected = rows[max(0, min(len(rows) - 1, at + step))].ticker

    def _length(self, pane: str) -> int:
        view = {"tape": self.store.tape, "score": self.store.score, "log": self.store.log}[pane]
        extra = 12 if pane == "score" else 0
        return 1 if view is None else len(view.rows) + extra

    def _do_zoom(self, mono: int, pressed: int) -> None:
        pane = "ladder" if self.focus == "book" else self.focus or "ladder"
        self.zoom = "" if self.zoom else pane
        self.focus = pane

    def _do_why(self, mono: int, pressed: int) -> None:
        self.zoom = "" if self.zoom == "score" else "score"
        self.focus = "score"

    def _do_help(self, mono: int, pressed: int) -> None:
        self.help = not self.help

    def _do_theme(self, mono: int, pressed: int) -> None:
        self.say(f"theme {self.front.swap_theme()}")

    def _do_redraw(self, mono: int, pressed: int) -> None:
        self.front.redraw()

    def _do_freeze(self, mono: int, pressed: int) -> None:
        self._still = None if self._still is not None else self.store.copy()
        self.say("view FROZEN, the engine runs; space: go on" if self._still else "view is live")

    def _do_back(self, mono: int, pressed: int) -> None:
        if self.help:
            self.help = False
        elif self.zoom:
            self.zoom = ""
        elif self._still is not None:
            self._still = None
        else:
            self.focus = ""
            self._top.clear()

    def _do_quit(self, mono: int, pressed: int) -> None:
        if self.help or self.zoom:
            self._do_back(mono, pressed)
        else:
            self._do_force_quit(mono, pressed)

    def _do_force_quit(self, mono: int, pressed: int) -> None:
        """Ask before leaving; with a card or a trade open the word has to be typed."""
        waiting, opened = self.store.open_items()
        if self.store.ended or not waiting + opened:
            self.prompt = Prompt("quit", "quit? y/N")
            return
        items = " and ".join(
            f"{n} {what}" for n, what in ((waiting, "pending"), (opened, "open")) if n
        )
        self.prompt = Prompt("quit", f"{items}: type quit to leave:", "quit")

    def _do_lock_day(self, mono: int, pressed: int) -> None:
        if off := self.desk.off():
            return self.say(off, "warn")
        self.prompt = Prompt("lock", "lock trading for today: type LOCK:", "LOCK")

    def _do_acknowledge(self, mono: int, pressed: int) -> None:
        if off := self.desk.off():
            return self.say(off, "warn")
        self.prompt = Prompt("acknowledge", "third loss seen: type ok to go on:", "ok")

    def _do_next_card(self, mono: int, pressed: int) -> None:
        self.desk.move(1, mono)

    def _do_previous_card(self, mono: int, pressed: int) -> None:
        self.desk.move(-1, mono)

    def _do_skip(self, mono: int, pressed: int) -> None:
        self.desk.skip(pressed)

    def _do_reprice(self, mono: int, pressed: int) -> None:
        self.desk.reprice(pressed)

    def _do_undo(self, mono: int, pressed: int) -> None:
        self.desk.undo(pressed)

    def _do_copy(self, mono: int, pressed: int) -> None:
        card = self.desk.card
        if card is None:
            return self.say("no card to copy", "dim")
        self.front.copy(ticket(card))
        self.say(f"copied: {ticket(card)}", "good")

    def _do_pause(self, mono: int, pressed: int) -> None:
        status = self.store.status
        if status is None or status.mode != "replay":
            return self.say("pause is for replays; space freezes the view", "dim")
        self.front.send(transport.toggle(status))

    def _do_faster(self, mono: int, pressed: int) -> None:
        self._speed(1)

    def _do_slower(self, mono: int, pressed: int) -> None:
        self._speed(-1)

    def _speed(self, by: int) -> None:
        status = self.store.status
        if status is None or status.mode != "replay":
            return self.say("speed is for replays", "dim")
        self.front.send(transport.step(status, by))
