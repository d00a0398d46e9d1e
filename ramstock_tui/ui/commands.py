"""The command line of the cockpit (`:`): its table of commands, what tab completes, what runs.

A row of `COMMANDS` is a whole command; nothing else has to know it. Pure: the keys come in one by
one, what is wrong with a line is said in words.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ramstock_tui.link.schema import Status
from ramstock_tui.ui import layout, theme
from ramstock_tui.ui.text import Line, clean

LINE_CELLS = 60  # of typed text
OFFERS = 8  # completions named at once
LEAVE_KEYS = ("escape", "ctrl+c", "ctrl+q")


class Screen(Protocol):
    """The state of the screen, as far as commands use it."""

    front: Any
    desk: Any
    views: Any
    mute: Any

    @property
    def status(self) -> Status | None: ...
    def say(self, words: str, token: str = "") -> None: ...
    def act(self, action: str, mono: int, pressed: int) -> None: ...
    def ask(self, what: Any, question: str, word: str, value: int = 0) -> None: ...


@dataclass(frozen=True)
class Call:
    """A command as it was entered. words: its arguments. mono, pressed: ns of the screen's clock,
    now and when enter was pressed."""

    words: tuple[str, ...]
    mono: int
    pressed: int


Choices = Callable[[Screen], tuple[str, ...]]


@dataclass(frozen=True)
class Argument:
    """name: as the help shows it. choices: what can stand here; () = any word."""

    name: str
    choices: Choices
    optional: bool = False
    upper: bool = False  # typed in any case, meant in capitals

    def taken(self, screen: Screen, word: str) -> str | None:
        """The word as it is meant, None when it cannot stand here."""
        meant = word.upper() if self.upper else word
        known = self.choices(screen)
        return meant if not known or meant in known else None


@dataclass(frozen=True)
class Command:
    """One row: run does it and says so, or gives in words what it cannot ("" = done)."""

    name: str
    arguments: tuple[Argument, ...]
    help: str
    run: Callable[[Screen, Call], str]

    @property
    def usage(self) -> str:
        """`halt SYM [off]`"""
        shown = (f"[{a.name}]" if a.optional else a.name for a in self.arguments)
        return " ".join((self.name, *shown))


# what the commands do -----------------------------------------------------------------------------
def _acts(action: str) -> Callable[[Screen, Call], str]:
    """The action of a key."""

    def run(screen: Screen, call: Call) -> str:
        screen.act(action, call.mono, call.pressed)
        return ""

    return run


def _theme(screen: Screen, call: Call) -> str:
    screen.say(f"theme {screen.front.use_theme(call.words[0])}")
    return ""


def _mute(screen: Screen, call: Call) -> str:
    mute = screen.mute.all if call.words else screen.mute.minutes
    screen.say(mute(call.mono))
    return ""


def _help(screen: Screen, call: Call) -> str:
    if call.words:
        row = BY_NAME[call.words[0]]
        screen.say(f":{row.usage}  {row.help}")
    else:
        screen.act("help", call.mono, call.pressed)
    return ""


def _select(screen: Screen, call: Call) -> str:
    screen.views.select(call.words[0])
    return ""


def _zoom(screen: Screen, call: Call) -> str:
    screen.views.zoom_to(call.words[0])
    return ""


def _halt(screen: Screen, call: Call) -> str:
    screen.desk.halt(call.words[0], len(call.words) == 1, call.pressed)
    return ""


def _slot(screen: Screen, call: Call) -> str:
    screen.desk.slot(call.words[0], call.pressed)
    return ""


def _resume(screen: Screen, call: Call) -> str:
    screen.desk.halt(call.words[0], False, call.pressed)
    return ""


def _phase(screen: Screen, call: Call) -> str:
    status = screen.status
    if status is None:
        return "no data yet"
    name = f"phase {status.phase}" if status.phase else "phase 0, monitor only"
    if not call.words:
        screen.say(f"{name}; by hand it only falls (:phase lower N)")
    elif not status.phase:
        return f"{name}: there is none below"
    elif len(call.words) < 2:
        return f"N is missing; usage: {BY_NAME['phase'].usage}"
    else:
        lower = call.words[1]
        only = "monitor only" if lower == "0" else "only evidence raises it again"
        screen.ask("phase", f"{name} -> {lower}, {only}: type LOWER:", "LOWER", int(lower))
    return ""


# what their arguments can be ----------------------------------------------------------------------
def _among(*words: str) -> Choices:
    return lambda screen: words


def _symbols(screen: Screen) -> tuple[str, ...]:
    tickers: tuple[str, ...] = screen.views.store.tickers
    return tickers


def _phases(screen: Screen) -> tuple[str, ...]:
    """Those that may be set by hand."""
    status = screen.status
    return tuple(map(str, range(max(1, status.phase)))) if status is not None else ()


def _names(screen: Screen) -> tuple[str, ...]:
    return tuple(BY_NAME)


_SYM = Argument("SYM", _symbols, upper=True)

COMMANDS: tuple[Command, ...] = (
    Command("coverage", (), "which symbol was watched how long, and not", _acts("coverage")),
    Command("halt", (_SYM, Argument("off", _among("off"), optional=True)),
            "treat a symbol as halted until you take it back", _halt),
    Command("help", (Argument("COMMAND", _names, optional=True),),
            "the page of keys, or what a command does", _help),
    Command("mute", (Argument("all", _among("all"), optional=True),),
            "no bell for 5 minutes, or at all; again: take back", _mute),
    Command("phase", (Argument("lower", _among("lower"), optional=True),
                      Argument("N", _phases, optional=True)),
            "the evidence phase, or lower it by hand after a typed word", _phase),
    Command("quit", (), "leave, after a question", _acts("force_quit")),
    Command("resume", (_SYM,), "take back a halt by hand", _resume),
    Command("slot", (_SYM,), "give a symbol the next depth slot", _slot),
    Command("select", (_SYM,), "show this symbol", _select),
    Command("sound", (Argument("test", _among("test")),),
            "two bells and a notification, to try them", _acts("sound_test")),
    Command("theme", (Argument("NAME", _among(*theme.THEMES)),), "change colours", _theme),
    Command("zoom", (Argument("PANE", _among(*layout.PANE_KEYS.values(), "why")),),
            "one pane fills the screen; esc: back", _zoom),
)  # fmt: skip
BY_NAME = {row.name: row for row in COMMANDS}


# the line -----------------------------------------------------------------------------------------
def problem_of(screen: Screen, words: list[str]) -> tuple[str, tuple[str, ...]]:
    """(what is wrong with a line in words, "" = nothing; its arguments as they are meant)."""
    row = BY_NAME.get(words[0])
    if row is None:
        return f"no command {words[0]!r}; there are: {' '.join(BY_NAME)}", ()
    given, least = words[1:], sum(not a.optional for a in row.arguments)
    if len(given) < least:
        return f"{row.arguments[len(given)].name} is missing; usage: {row.usage}", ()
    if len(given) > len(row.arguments):
        return f"{given[len(row.arguments)]!r} is one too many; usage: {row.usage}", ()
    meant: list[str] = []
    for argument, word in zip(row.arguments, given, strict=False):
        taken = argument.taken(screen, word)
        if taken is None:
            return f"{argument.name} was {word!r}; {_known(argument, screen)}", ()
        meant.append(taken)
    return "", tuple(meant)


def _known(argument: Argument, screen: Screen) -> str:
    known = argument.choices(screen)
    more = " …" if len(known) > OFFERS else ""
    return f"one of: {' '.join(known[:OFFERS])}{more}"


def offers(screen: Screen, typed: str) -> tuple[str, ...]:
    """What the last word of a line can become, in the order of its table."""
    *before, last = typed.split(" ")
    before = [word for word in before if word]
    if not before:
        return tuple(name for name in BY_NAME if name.startswith(last))
    row = BY_NAME.get(before[0])
    if row is None or len(before) > len(row.arguments):
        return ()
    argument = row.arguments[len(before) - 1]
    start = last.upper() if argument.upper else last
    return tuple(word for word in argument.choices(screen) if word.startswith(start))


@dataclass(frozen=True)
class CommandLine:
    """`:` and what was typed behind it. problem: why the entered line was not taken. hint: what
    the last word can become, and what the command does."""

    typed: str = ""
    problem: str = ""
    hint: str = ""

    def key(self, screen: Screen, key: str, char: str | None) -> "CommandLine | bool":
        """The line after a key; True: entered, run it; False: given up."""
        if key in LEAVE_KEYS or (key == "backspace" and not self.typed):
            return False
        if key == "enter":
            return bool(self.typed.strip())
        typed = self.typed
        if key == "tab":
            typed = _completed(screen, typed)
        elif key == "backspace":
            typed = typed[:-1]
        elif key == "ctrl+u":
            typed = ""
        elif char is not None and char.isprintable():
            typed = (typed + clean(char))[:LINE_CELLS]
        return CommandLine(typed, "", _hint(screen, typed))

    def run(self, screen: Screen, mono: int, pressed: int) -> "CommandLine | None":
        """Does what was entered; the line again when it cannot be."""
        words = self.typed.split()
        problem, meant = problem_of(screen, words)
        problem = problem or BY_NAME[words[0]].run(screen, Call(meant, mono, pressed))
        return replace(self, problem=clean(problem)) if problem else None

    def line(self) -> Line:
        """As the lowest row shows it."""
        after = (self.problem, "bad") if self.problem else (self.hint, "dim")
        return ((f":{self.typed}▏  ", "warn"), after)


def opened(screen: Screen) -> CommandLine:
    """An empty line."""
    return CommandLine(hint=_hint(screen, ""))


def _completed(screen: Screen, typed: str) -> str:
    """As far as every offer agrees; a blank behind the only one."""
    found = offers(screen, typed)
    if not found:
        return typed
    head = typed[: len(typed) - len(typed.split(" ")[-1])]
    return (head + _shared(found) + (" " if len(found) == 1 else ""))[:LINE_CELLS]


def _shared(words: tuple[str, ...]) -> str:
    """The longest start that all have."""
    first, last = min(words), max(words)
    same = (i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1])
    return first[: next(same, min(len(first), len(last)))]


def _hint(screen: Screen, typed: str) -> str:
    words = typed.split()
    row = BY_NAME.get(words[0]) if words and " " in typed else None
    found = offers(screen, typed)
    if row is None:
        if len(found) == 1:
            row = BY_NAME[found[0]]
            return f"{row.usage}: {row.help}"
        return " ".join(found) or f"no such command; there are: {' '.join(BY_NAME)}"
    more = " …" if len(found) > OFFERS else ""
    choice = f"  {' '.join(found[:OFFERS])}{more}" if found else ""
    return clean(f"{row.usage}: {row.help}{choice}")
