"""The cockpit without a screen: messages and keys in; pictures, orders and wishes out.

Plain state with every time handed in, so that its tests need no terminal.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ramstock_tui.link.schema import (
    Ack,
    Alert,
    Beat,
    Bye,
    Frame,
    Notice,
    Pen,
    Refused,
    Status,
    Up,
    Verdict,
    View,
    Welcome,
)
from ramstock_tui.ui import commands, keyline, layout, paint
from ramstock_tui.ui.engine import EngineSeen
from ramstock_tui.ui.front import Front
from ramstock_tui.ui.leaving import Choice, Leaving, Question
from ramstock_tui.ui.moment import Moments
from ramstock_tui.ui.mute import Mute
from ramstock_tui.ui.panes import funnel, timeline
from ramstock_tui.ui.panes.pending import ticket
from ramstock_tui.ui.prompt import Prompt
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.sounds import Sounds
from ramstock_tui.ui.store import Store
from ramstock_tui.ui.text import NS, Line, Span, clean
from ramstock_tui.ui.trade import Desk
from ramstock_tui.ui.transport import Steering
from ramstock_tui.ui.views import FAR, Views

HINT_NS = 4 * NS
IN_HELP = ("help", "back", "quit", "force_quit", "theme", "redraw", "restart")


class State:
    """Everything that decides what is on screen. `mono`, `pressed`: ns of the injected clock."""

    def __init__(self, front: Front, fps: int = 10) -> None:
        self.front = front
        self.fps = fps
        self.store = Store()
        self.views = Views(self.store)
        self.desk = Desk(self.store, front.send, self.say)
        self.engine = EngineSeen(self.store, self.desk, self.say)
        self.leaving = Leaving(self.engine, self.store, self.desk, front, self.say)
        self.steering = Steering(self.store, front.send, self.say, self._no_pen)
        self.moments = Moments(self)
        self.mute = Mute()
        self.sounds = Sounds(front, self.mute)
        self._cache: paint.Cache = {}
        self.prompt: Question | commands.CommandLine = None
        self._hint: tuple[str, str] = ("", "")
        self._hint_from: int | None = None
        self._viewed: View | None = None

    # messages -------------------------------------------------------------------------------------
    def receive(self, message: Up, mono: int) -> None:
        """One message of the host."""
        if isinstance(message, Frame):
            self.on_frame(message, mono)
        elif isinstance(message, Beat):
            self.store.on_beat(message, mono)
        elif isinstance(message, Verdict):
            if self.desk.on_verdict(message):
                self.sounds.ring(mono)
        elif isinstance(message, Alert):
            self.sounds.alert(message, mono)
        elif isinstance(message, Welcome):
            self.engine.on_welcome(message, mono)
            self._viewed = None
            self.look()
        else:
            self._rarer(message)

    def on_frame(self, frame: Frame, mono: int) -> None:
        """Merge the changed slices, keep the selection, acknowledge."""
        self.store.on_frame(frame, mono)
        self.desk.sync(mono)
        self.views.follow()
        status = self.store.status
        if status is not None:
            self.sounds.cards(self.store.cards, mono, replay=status.mode == "replay")
        self.front.send(Ack(frame.n))
        self.look()

    def _rarer(self, message: Notice | Refused | Bye | Pen) -> None:
        if isinstance(message, Pen):
            self.engine.on_pen(message)
        elif isinstance(message, Notice):
            self.say(clean(message.text), message.level if message.level != "info" else "")
        else:
            self.engine.on_end(message)

    def look(self) -> None:
        """Tell the host what is on screen, when that changed."""
        panes = layout.slices_for(self.views.boxes())
        view = View(panes, self.views.picked, self.fps, self.views.rows_of())
        if view != self._viewed:
            self._viewed = view
            self.front.send(view)

    def resize(self, width: int, height: int) -> None:
        self.moments.resize(width, height)
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
            shown=self.views.tickers(),
            order=self.views.sort,
            only=self.views.only,
            reader=self.desk.reader,
            row=self.views.log_n,
        )

    def picture(self, mono: int) -> list[Line]:
        """The whole screen, one line a row."""
        views, scene = self.views, self.scene(mono)
        if self.moments.visible:
            return self.moments.picture(scene, self._urgent(mono), mono)
        foot = () if views.help else tuple(timeline.lines(scene, views.size[0], views.foot))
        chrome = paint.Chrome(views.focus, views.help, self._lowest(mono), self.engine.report, foot)
        return paint.picture(scene, views.boxes(), chrome, *views.size, self._cache)

    def _urgent(self, mono: int) -> Line:
        """What this session says in the lowest row while a moment is open."""
        if self.prompt is not None:
            return self.prompt.line()
        hint = self._fresh_hint(mono)
        return () if hint is None else (hint,)

    def _lowest(self, mono: int) -> Line:
        """The prompt, else the offer to start the engine again, else a fresh hint beside the keys
        that matter most, else the keys."""
        cells = self.views.size[0]
        if self.prompt is not None:
            return self.prompt.line()
        hint = self._fresh_hint(mono)
        if offer := self.engine.offer(mono):
            return keyline.with_offer(offer, hint, cells)
        if hint is not None:
            return keyline.with_hint(hint, cells, self.steering.replaying and bool(self.desk.off()))
        if self.views.help:
            return keyline.HELP
        return keyline.keys(
            self.store.status,
            cells,
            off=bool(self.desk.off()),
            muted=self.mute.words(mono),
            zoomed=bool(self.views.zoom),
            pen=self.desk.pen() if self.desk.reader and not self.store.ended else "",
            past=bool(self.desk.past),
        )

    def _fresh_hint(self, mono: int) -> Span | None:
        if not self._hint[0]:
            return None
        if self._hint_from is None:
            self._hint_from = mono
        if mono - self._hint_from < HINT_NS:
            return self._hint
        self._hint = ("", "")
        return None

    # keys -----------------------------------------------------------------------------------------
    def act(self, action: str, mono: int, pressed: int) -> None:
        """One key, by the name of its action."""
        if self.moments.act(action, mono, pressed):
            return
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
            "order": lambda: self.say(views.next_sort()),
            "excluded": lambda: self.say(views.toggle_excluded()),
            "detail": lambda: self.say(*funnel.detail(self.store.rows.get(views.selected))),
            "command": self._command,
            "next_match": lambda: self._match(1),
            "previous_match": lambda: self._match(-1),
            "mute": lambda: self.say(self.mute.minutes(mono)),
            "mute_all": lambda: self.say(self.mute.all(mono)),
            "sound_test": lambda: self.say(self.sounds.test(mono)),
            "help": self._toggle_help,
            "freeze": lambda: self.say(views.freeze()),
            "back": self.back,
            "theme": lambda: self.say(f"theme {self.front.swap_theme()}"),
            "redraw": self.front.redraw,
            "quit": self._quit,
            "force_quit": self._ask_quit,
            "skip": lambda: desk.skip(pressed),
            "slot": lambda: desk.slot(views.selected, pressed),
            "coverage": lambda: views.zoom_to("coverage"),
            "heatmap": views.heatmap,
            "reprice": lambda: desk.reprice(pressed),
            "undo": lambda: desk.undo(pressed),
            "copy": self._copy,
            "next_card": lambda: desk.move(1, mono),
            "previous_card": lambda: desk.move(-1, mono),
            "pause_alerts": lambda: desk.pause_alerts(pressed),
            "lock_day": lambda: self.ask("lock", "lock trading for today: type LOCK:", "LOCK"),
            "acknowledge": lambda: self.ask("acknowledge", "losses seen: type ok:", "ok"),
            "pause": self.steering.pause,
            "faster": lambda: self.steering.speed(1),
            "slower": lambda: self.steering.speed(-1),
            "next_decision": lambda: self.steering.decision(1),
            "previous_decision": lambda: self.steering.decision(-1),
            "next_mark": lambda: self.steering.decision(1, mark=True),
            "previous_mark": lambda: self.steering.decision(-1, mark=True),
            "jump": self._jump,
            "moment": self.moments.open,
            "restart": lambda: self._question(self.leaving.restart(mono)),
        }

    @property
    def asking(self) -> bool:
        """A prompt stands here or in the open moment: it takes the keys."""
        return self.prompt is not None or self.moments.asking

    def back(self) -> bool:
        """Give up a jump, or close what is uppermost; False when there was nothing."""
        return self.steering.stop() or self.views.back()

    @property
    def status(self) -> Status | None:
        """The status of the session, None before the first frame."""
        return self.store.status

    def answer(self, key: str, char: str | None, pressed: int, mono: int = 0) -> None:
        """A key while a prompt stands; it reaches nothing else."""
        if self.prompt is None and self.moments.asking:
            self.moments.answer(key, char, pressed)
            return
        self.desk.safety.other_key()
        prompt, self.prompt = self.prompt, None
        if isinstance(prompt, commands.CommandLine):
            self._typed(prompt, prompt.key(self, key, char), pressed, max(mono, pressed))
        elif isinstance(prompt, Choice):
            self.prompt = self.leaving.chose(prompt.chosen(key))
        elif prompt is not None:
            after = prompt.key(key, char)
            self.prompt = after if isinstance(after, Prompt) else None
            if prompt.what == "filter":
                self._narrow(after)
            elif prompt.what == "jump" and after is True:
                problem = self.steering.jump(prompt.typed)
                self.prompt = replace(prompt, problem=problem) if problem else None
            elif after is True:
                self._agreed(prompt, pressed)

    def _no_pen(self) -> str:
        return self.desk.pen() if self.desk.reader else ""

    def _jump(self) -> None:
        if self.steering.ready():
            self.prompt = Prompt("jump", "jump to HH:MM[:SS[.fff]]:")

    def _command(self) -> None:
        self.prompt = commands.opened(self)

    def _typed(
        self,
        line: commands.CommandLine,
        after: commands.CommandLine | bool,
        pressed: int,
        mono: int,
    ) -> None:
        """A key of the command line: it goes on, is given up, or runs."""
        if after is True:
            again = line.run(self, mono, pressed)
            self.prompt = again or self.prompt  # a command may have asked something itself
            self.look()
        else:
            self.prompt = after or None

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

    def _agreed(self, prompt: Prompt, pressed: int) -> None:
        if prompt.what == "quit":
            self.leaving.leave()
        elif prompt.what == "lock":
            self.desk.lock(pressed)
        elif prompt.what == "phase":
            self.desk.lower_phase(prompt.value, pressed)
        else:
            self.desk.acknowledge(pressed)

    def _question(self, question: Question) -> None:
        self.prompt = question

    def _toggle_help(self) -> None:
        self.views.help = not self.views.help

    def _quit(self) -> None:
        """`q`: back; at the root ask."""
        if self.views.help or self.views.zoom or self.views.filters:
            self.views.back()
        else:
            self._ask_quit()

    def _ask_quit(self) -> None:
        self.prompt = self.leaving.ask()

    def ask(self, what: Any, question: str, word: str, value: int = 0) -> None:
        """Where trading keys act: a question that a typed word answers."""
        if off := self.desk.off():
            self.say(off, "warn")
        else:
            self.prompt = Prompt(what, question, word, value=value)

    def _copy(self) -> None:
        card = self.desk.card
        if card is None:
            self.say("no card to copy", "dim")
        else:
            self.front.copy(ticket(card))
            self.say(f"copied: {ticket(card)}", "good")
