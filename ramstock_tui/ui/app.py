"""The Textual program around the state: one canvas, key bindings, the link's reader."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from textual import _time, events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.theme import Theme
from textual.worker import Worker, WorkerState

from ramstock_tui.link import Link
from ramstock_tui.link.schema import Up
from ramstock_tui.ui import notify
from ramstock_tui.ui import theme as themes
from ramstock_tui.ui.canvas import Canvas
from ramstock_tui.ui.crash import Reports, current
from ramstock_tui.ui.glance import Glance
from ramstock_tui.ui.layout import PANE_KEYS
from ramstock_tui.ui.sounds import PER_MINUTE
from ramstock_tui.ui.state import State
from ramstock_tui.ui.supervise import Supervisor
from ramstock_tui.ui.terminal import Terminal
from ramstock_tui.ui.text import clean

TICK_S = 0.1  # ages, countdowns and the watchdog are looked at this often
BELL_S = 0.3  # between two bells of one alert
QUIET_S = 0.14  # they paint only when no frame has: ten frames a second do that by themselves


def _bind(keys: str, action: str, id: str, priority: bool = False) -> Binding:
    return Binding(keys, f"act('{action}')", show=False, priority=priority, id=id)


class Cockpit(App[int]):
    """The first screen. `clock`: monotonic ns; every age and every safety delay uses it."""

    CSS_PATH = str(themes.theme_file("cockpit.tcss"))
    ENABLE_COMMAND_PALETTE = False
    TITLE = "ramstock"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(_bind(key, f"pane_{key}", f"pane.{pane}") for key, pane in PANE_KEYS.items()),
        _bind("tab", "next_pane", "pane.next", priority=True),
        _bind("shift+tab", "previous_pane", "pane.previous", priority=True),
        _bind("j,down", "down", "move.down"),
        _bind("k,up", "up", "move.up"),
        _bind("pagedown", "page_down", "move.page_down"),
        _bind("pageup", "page_up", "move.page_up"),
        _bind("g,home", "first", "move.first"),
        _bind("G,end", "last", "move.last"),
        _bind("z", "zoom", "view.zoom"),
        _bind("w", "why", "view.why"),
        _bind("question_mark", "help", "view.help"),
        _bind("slash", "filter", "view.filter"),
        _bind("o", "order", "universe.order"),
        _bind("e", "excluded", "universe.excluded"),
        _bind("enter", "detail", "view.detail"),
        _bind("n", "next_match", "view.next_match"),
        _bind("N", "previous_match", "view.previous_match"),
        _bind("m", "mute", "bell.mute"),
        _bind("M", "mute_all", "bell.mute_all"),
        _bind("space", "freeze", "view.freeze"),
        _bind("t", "theme", "view.theme"),
        _bind("ctrl+l", "redraw", "view.redraw"),
        _bind("escape", "back", "view.back"),
        _bind("q", "quit", "app.quit"),
        _bind("ctrl+c", "quit", "app.interrupt", priority=True),
        _bind("ctrl+q", "force_quit", "app.force_quit", priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True, id="app.suspend"),
        _bind("c", "confirm", "pending.confirm"),
        _bind("x", "skip", "pending.skip"),
        _bind("r", "reprice", "pending.reprice"),
        _bind("u", "undo", "pending.undo"),
        _bind("d", "slot", "symbol.slot"),
        _bind("D", "coverage", "view.coverage"),
        _bind("h", "heatmap", "view.heatmap"),
        _bind("y", "copy", "pending.copy"),
        _bind("right_square_bracket,ctrl+n", "next_card", "pending.next"),
        _bind("left_square_bracket,ctrl+u", "previous_card", "pending.previous"),
        _bind("colon,ctrl+p", "command", "view.command"),
        _bind("full_stop", "pause_alerts", "session.pause_alerts"),
        _bind("L", "lock_day", "session.lock"),
        _bind("A", "acknowledge", "session.acknowledge"),
        _bind("s", "restart", "session.restart"),
        _bind("p", "pause", "replay.pause"),
        _bind("greater_than_sign,equals_sign", "faster", "replay.faster"),
        _bind("less_than_sign,minus", "slower", "replay.slower"),
        _bind("right,f", "next_decision", "replay.next_decision"),
        _bind("left,b", "previous_decision", "replay.previous_decision"),
        _bind("shift+right,F", "next_mark", "replay.next_mark"),
        _bind("shift+left,B", "previous_mark", "replay.previous_mark"),
        _bind("J", "jump", "replay.jump"),
        _bind("R", "moment", "replay.moment"),
    ]

    def __init__(
        self,
        link: Link,
        *,
        theme: str = "dark",
        clock: Callable[[], int] = time.monotonic_ns,
        fps: int = 10,
        report_dir: Path | None = None,
        notify_by: str = "auto",
        sounds_per_min: int = PER_MINUTE,
    ) -> None:
        super().__init__(driver_class=Terminal)
        self.link = link
        self.clock = clock
        self.state = State(self, fps)
        self.state.sounds.per_minute = sounds_per_min
        self._notify_by = notify.way(notify_by, os.environ)
        self.supervisor = Supervisor(link, self.state, self.receive, self.paint)
        self.canvas = Canvas()
        self._reports = Reports(report_dir)
        self._pressed = 0
        self._painted = 0
        self.pictures = 0  # so many differed from the one before
        for name in themes.THEMES:
            self.register_theme(_textual(themes.load(name)))
        self.theme = "mono" if self.no_color else theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Values of our variables for themes that do not know them."""
        return themes.load("dark").variables()

    # life -----------------------------------------------------------------------------------------
    def compose(self) -> ComposeResult:
        yield self.canvas

    def on_mount(self) -> None:
        self.state.resize(*self.size)
        self.paint()
        self.app_resume_signal.subscribe(self, self._resumed)
        self.set_interval(TICK_S, self._tick)
        self.run_worker(self.supervisor.run(), name="link", group="link", exit_on_error=True)

    def receive(self, message: Up) -> None:
        """One message of the host, shown at once."""
        self.state.receive(message, self.clock())
        self.paint()

    def paint(self) -> None:
        """Bring the screen up to date: rows that did not change are not painted. A terminal that
        lags behind gets no picture that it would only show late; a later tick does."""
        if self.terminal is not None and self.terminal.busy:
            return
        self._painted = self.clock()
        self.pictures += self.canvas.show(self.state.picture(self._painted)) > 0

    @property
    def terminal(self) -> Terminal | None:
        """The driver; None before the start and where there is no terminal."""
        return self._driver if isinstance(self._driver, Terminal) else None

    def _tick(self) -> None:
        """Move ages and countdowns, unless a frame has just done so."""
        if self.terminal is not None and self.terminal.recovered():
            self.redraw()
        if self.clock() - self._painted >= QUIET_S * 1e9:
            self.paint()

    def _resumed(self, _: object) -> None:
        """Back from a stop: the terminal is empty, and the first key does not count."""
        self.state.desk.safety.blur()
        self.state.desk.safety.focus()
        self.state.sounds.again()
        self.paint()
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        self.state.resize(event.size.width, event.size.height)
        self.paint()

    # keys -----------------------------------------------------------------------------------------
    async def on_event(self, event: events.Event) -> None:
        """Note when a key was pressed (not when it is handled), and serve an open prompt."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            lag_s = max(0.0, _time.get_time() - event.time)
            self._pressed = self.clock() - int(lag_s * 1e9)
            if self.state.asking:
                event.stop()
                self.state.answer(event.key, event.character, self._pressed, self.clock())
                self.paint()
                return
        await super().on_event(event)

    def action_act(self, action: str) -> None:
        self.state.act(action, self.clock(), self._pressed)
        self.paint()

    async def action_quit(self) -> None:
        """Textual's own way out asks too."""
        self.action_act("force_quit")

    def on_app_blur(self) -> None:
        self.state.desk.safety.blur()

    def on_app_focus(self) -> None:
        self.state.desk.safety.focus()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is no key press: it does nothing."""
        event.stop()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.state.desk.safety.focus()
        self.state.views.click(event.screen_x, event.screen_y)
        self.paint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.action_act("down")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.action_act("up")

    # what the state asks for ----------------------------------------------------------------------
    def send(self, message: Any) -> None:
        self.link.send(message)

    def copy(self, words: str) -> None:
        self.copy_to_clipboard(words)

    def ring(self, times: int = 1) -> None:
        """Bells apart: a terminal makes one sound of those that come together."""
        self.bell()
        for n in range(1, times):
            self.set_timer(n * BELL_S, self.bell, name="bell")

    def desktop(self, title: str, body: str) -> None:
        """A notification, where the terminal can show one."""
        self._write(notify.notification(self._notify_by, title, body, os.environ))

    def name_window(self, words: str) -> None:
        if self.terminal is not None:
            self.terminal.name_window(words)

    def _write(self, sequence: str) -> None:
        if self.terminal is not None and sequence:
            self.terminal.write(sequence)

    def leave(self, code: int) -> None:
        self.exit(code, return_code=code)

    def swap_theme(self) -> str:
        return self.use_theme("mono" if self.theme == "dark" else "dark")

    def use_theme(self, name: str) -> str:
        self.theme = name
        return self.theme

    def restart(self, kill: bool) -> None:
        self.run_worker(self.supervisor.again(kill), name="restart", group="restart")

    def look_back(self, at_ts: int, ticker: str) -> None:
        """Open a moment of the recorded session beside the live one."""
        welcome = self.state.engine.welcome
        if welcome is not None:
            glance = Glance(Path(welcome.directory), at_ts, ticker, self.state)
            self.run_worker(glance.run(self.clock, self.paint), group="moment", exclusive=True)

    def look_ahead(self) -> None:
        """The moment was left."""
        self.workers.cancel_group(self, "moment")

    def redraw(self) -> None:
        self.canvas.redraw()
        self.screen.refresh(layout=True)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG that loads nothing from the network."""
        svg = super().export_screenshot(title=title, simplify=simplify)
        return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)

    # errors ---------------------------------------------------------------------------------------
    def _fatal_error(self) -> None:
        """Leave after an unhandled exception: the terminal shows one line, a report without local
        variables goes to a file."""
        self.bell()
        told = self._reports.write(current() or self._exception)
        self.panic(f"ramstock stopped: {told}. The terminal is restored.")

    def alarm(self, error: BaseException | None, where: str) -> None:
        """Say that something in the background failed, which nobody would notice otherwise."""
        self.state.say(f"INTERNAL ERROR in {where}: {self._reports.write(error)}", "bad")
        self.ring()
        self.paint()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that may fail without ending the program says so; others are fatal anyway."""
        if event.state is WorkerState.ERROR and not event.worker.exit_on_error:
            self.alarm(event.worker.error, clean(event.worker.name or "a worker"))


def _textual(palette: themes.Palette) -> Theme:
    looks = palette.looks
    return Theme(
        name=palette.name,
        primary=looks["focus"].color,
        warning=looks["warn"].color,
        error=looks["bad"].color,
        success=looks["good"].color,
        accent=looks["accent"].color,
        foreground=palette.foreground,
        background=palette.background,
        dark=palette.dark,
        variables=palette.variables(),
    )
