"""The command line: completion, refusals in words, what each command asks for."""

import pytest

from ramstock_tui.core.records import Halt, LowerPhase
from ramstock_tui.link.schema import Order, SymbolsView
from ramstock_tui.ui.commands import COMMANDS, CommandLine
from ramstock_tui.ui.state import State
from tests.ui import frames
from tests.ui.front import Front, cockpit, words


def typed(state: State, line: str) -> State:
    """Opens the line and types; `⇥` is tab, `⏎` enter."""
    state.act("command", 0, 0)
    for char in line:
        key = {"⇥": "tab", "⏎": "enter"}.get(char, char)
        state.answer(key, char if key == char else None, 0)
    return state


def line_of(state: State) -> CommandLine:
    assert isinstance(state.prompt, CommandLine)
    return state.prompt


def lowest(state: State) -> str:
    return words([state.picture(0)[-1]])


def front_of(state: State) -> Front:
    assert isinstance(state.front, Front)
    return state.front


def test_the_open_line_names_every_command() -> None:
    shown = lowest(typed(cockpit(120, 40), ""))
    assert shown.startswith(":")
    assert all(row.name in shown for row in COMMANDS)


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("th⇥", "theme "),
        ("theme d⇥", "theme dark "),
        ("re⇥", "resume "),
        ("z⇥u⇥", "zoom universe "),
        ("⇥", ""),
        ("theme x⇥", "theme x"),
        ("help h⇥", "help h"),
        ("help ha⇥", "help halt "),
        ("quit x⇥", "quit x"),
    ],
)
def test_tab_completes_as_far_as_every_choice_agrees(line: str, becomes: str) -> None:
    assert line_of(typed(cockpit(), line)).typed == becomes


def test_a_symbol_is_completed_in_capitals() -> None:
    state = cockpit(values=frames.slices(symbols=SymbolsView(("ABCD", "EFGH", "EFXX"))))
    assert line_of(typed(state, "select e⇥")).typed == "select EF"
    assert "EFGH EFXX" in lowest(state)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sell", "no command 'sell'; there are: coverage halt"),
        ("theme", "NAME is missing; usage: theme NAME"),
        ("theme pink", "NAME was 'pink'; one of: dark mono"),
        ("quit now", "'now' is one too many; usage: quit"),
        ("zoom heat", "PANE was 'heat'; one of: universe ladder"),
        ("halt NONE", "SYM was 'NONE'; one of: ABCD"),
        ("halt ABCD on", "off was 'on'; one of: off"),
    ],
)
def test_what_cannot_be_says_what_was_expected_and_stays(line: str, said: str) -> None:
    state = typed(cockpit(160, 40), line + "⏎")
    assert said in lowest(state)
    assert line_of(state).typed == line
    assert not front_of(state).commands


def test_escape_and_backspace_on_an_empty_line_leave_it() -> None:
    for key in ("escape", "ctrl+c", "backspace"):
        state = typed(cockpit(), "")
        state.answer(key, None, 0)
        assert state.prompt is None
    assert typed(cockpit(), "⏎").prompt is None


def test_no_trading_key_acts_while_the_line_is_open() -> None:
    state = typed(cockpit(), "cxLru")
    assert line_of(state).typed == "cxLru"
    assert not front_of(state).commands


def test_a_halt_by_hand_and_its_end_are_orders_to_the_host() -> None:
    state = typed(cockpit(), "halt abcd⏎")
    typed(state, "halt ABCD off⏎")
    typed(state, "resume ABCD⏎")
    wanted = [Halt("ABCD"), Halt("ABCD", False), Halt("ABCD", False)]
    assert front_of(state).commands == wanted
    assert state.prompt is None


def test_a_screen_that_only_reads_halts_nothing() -> None:
    state = cockpit()
    state.desk.role("reader", 7)
    typed(state, "halt ABCD⏎")
    assert not front_of(state).commands
    assert "read-only" in lowest(state)


def test_theme_zoom_select_mute_and_quit_act_on_the_screen() -> None:
    state = cockpit(120, 40, frames.slices(symbols=SymbolsView(("ABCD", "EFGH"))))
    typed(state, "theme mono⏎")
    assert front_of(state).themes == ["mono"]
    typed(state, "zoom throttle⏎")
    assert state.views.zoom == "throttle"
    typed(state, "select efgh⏎")
    assert state.views.selected == "EFGH"
    typed(state, "mute all⏎")
    assert state.mute.words(0) == "MUTED"
    typed(state, "help halt⏎")
    assert "halted until you take it back" in lowest(state)
    typed(state, "quit⏎")
    assert state.prompt is not None
    assert not isinstance(state.prompt, CommandLine)


def test_help_of_nothing_is_the_page_of_keys() -> None:
    state = typed(cockpit(), "help⏎")
    assert state.views.help


def test_a_hostile_line_is_cut_and_harmless() -> None:
    state = typed(cockpit(), "[bold]" + "ü\x1b" + "A" * 200)
    assert len(line_of(state).typed) == 60
    assert "\x1b" not in lowest(state)


def orders(state: State) -> list[Order]:
    return [one for one in front_of(state).sent if isinstance(one, Order)]


def test_the_phase_is_shown_and_lowered_after_a_typed_word() -> None:
    state = typed(cockpit(120, 40), "phase⏎")
    assert "phase 3; by hand it only falls" in lowest(state)
    state = typed(state, "phase l⇥1⏎")
    assert "phase 3 -> 1, only evidence raises it again: type LOWER:" in lowest(state)
    assert orders(state) == []
    for char in "LOWER":
        state.answer(char, char, 7)
    state.answer("enter", None, 7)
    (order,) = orders(state)
    assert (order.command, order.pressed_mono_ns) == (LowerPhase(1), 7)


@pytest.mark.parametrize("word", ["lower", "LOWE", "y"])
def test_another_word_lowers_no_phase(word: str) -> None:
    state = typed(cockpit(120, 40), "phase lower 0⏎")
    for char in word:
        state.answer(char, char, 0)
    state.answer("enter", None, 0)
    assert orders(state) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("phase lower", "N is missing; usage: phase [lower] [N]"),
        ("phase lower 3", "N was '3'; one of: 0 1 2"),
        ("phase raise 3", "lower was 'raise'; one of: lower"),
    ],
)
def test_no_phase_but_a_lower_one_can_be_named(line: str, said: str) -> None:
    state = typed(cockpit(160, 40), line + "⏎")
    assert said in lowest(state)
    assert orders(state) == []


def test_a_screen_that_may_not_trade_lowers_no_phase() -> None:
    values = frames.slices(status=frames.replay_status())
    state = typed(cockpit(120, 40, values), "phase lower 1⏎")
    assert "replay: commands come from the ledger" in lowest(state)
    assert state.prompt is None
