"""What rings, how often, and what the terminal is told besides."""

import pytest

from ramstock_tui.link.schema import Alert, DiscordRow
from ramstock_tui.ui import notify
from ramstock_tui.ui.panes import disc
from ramstock_tui.ui.sounds import Sounds
from ramstock_tui.ui.state import State
from tests.ui import frames
from tests.ui.front import Front, cockpit, shown

S = 1_000_000_000
TMUX = {"TMUX": "/run/tmux/default,1,0"}


def front(state: State) -> Front:
    assert isinstance(state.front, Front)
    return state.front


def alert(key: str, text: str, bells: int = 1, kind: str = "blueprint") -> Alert:
    return Alert(key, kind, "ABCD", text, bells, True, 0)


def test_a_card_is_told_of_once_whatever_comes_first() -> None:
    card = frames.card()
    told = alert(card.id, "[PENDING] ABCD 9.0 buy 500 at 12.04", 2)
    after = cockpit()
    after.receive(told, 1)
    assert (front(after).rings, front(after).bells) == (1, 2)
    assert front(after).shown == ["[PENDING] ABCD 9.0"]
    before = cockpit(values=frames.slices(pending=frames.pending()))
    before.receive(told, 1)
    before.receive(frames.frame(2), 2)
    assert front(before).rings == 1
    assert front(before).shown == ["[PENDING] ABCD 9.0 buy 500 at 12.04"]


def test_a_card_of_low_confidence_makes_no_sound_and_names_the_window() -> None:
    state = cockpit(values=frames.slices(pending=frames.pending(frames.card(low_confidence=True))))
    assert front(state).rings == 0
    assert front(state).titles == ["(!) ABCD 9.0"]


def test_the_window_has_its_name_back_when_the_card_is_gone() -> None:
    state = cockpit()
    state.receive(frames.frame(2, frames.slices(pending=frames.pending())), 1)
    assert front(state).titles == ["(!) ABCD 9.0", "ramstock"]


def test_more_than_six_sounds_a_minute_are_silent() -> None:
    state = cockpit(values=frames.slices(pending=frames.pending()))
    for n in range(9):
        state.receive(alert(f"lock:{n}", "[LOCKED] no new entries", 3, "lock"), n * S)
    assert front(state).rings == len(front(state).shown) == 6
    state.receive(alert("lock:9", "[LOCKED]", 3, "lock"), 60 * S)
    assert front(state).rings == 7


def test_muted_nothing_sounds_until_the_time_is_over() -> None:
    state = cockpit(values=frames.slices(pending=frames.pending()))
    state.act("mute", 0, 0)
    state.receive(alert("lock:1", "[LOCKED]", 3, "lock"), 299 * S)
    assert (front(state).rings, front(state).shown) == (0, [])
    assert "MUTED 1s" in state.mute.words(299 * S)
    state.receive(alert("lock:2", "[LOCKED]", 3, "lock"), 301 * S)
    assert front(state).bells == 3


def test_the_sound_can_be_tried() -> None:
    state = cockpit(values=frames.slices(pending=frames.pending()))
    state.act("sound_test", 0, 0)
    assert (front(state).bells, front(state).shown) == (2, ["sound test"])
    state.act("mute_all", 0, 0)
    state.act("sound_test", 0, 0)
    assert front(state).bells == 2


def test_no_budget_is_no_sound() -> None:
    state = cockpit(values={})
    sounds = Sounds(state.front, state.mute, 0)
    sounds.alert(alert("lock:1", "[LOCKED]", 3, "lock"), 0)
    assert front(state).rings == 0


# the bytes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"TERM": "xterm-kitty"}, "osc99"),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1", **TMUX}, "osc99"),
        ({"TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ({"TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"}, "osc9"),
        ({"TERM_PROGRAM": "WezTerm"}, "osc9"),
        ({"TERM_PROGRAM": "ghostty"}, "osc9"),
        ({"TERM": "foot"}, "osc777"),
        ({"TERM": "rxvt-unicode-256color"}, "osc777"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "osc777"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": ""}, ""),
        ({}, ""),
    ],
)
def test_the_terminal_chooses_the_way(env: dict[str, str], found: str) -> None:
    assert notify.way("auto", env) == found
    assert notify.way("off", env) == ""
    assert notify.way("osc777", env) == "osc777"


def test_notifications_are_what_terminals_expect() -> None:
    say = notify.notification
    assert say("osc9", "ramstock", "a;b", {}) == "\x1b]9;ramstock: a;b\x1b\\"
    assert say("osc777", "ram;stock", "a;b", {}) == "\x1b]777;notify;ram,stock;a;b\x1b\\"
    assert say("osc99", "t", "b", {}) == (
        "\x1b]99;i=ramstock:d=0;t\x1b\\\x1b]99;i=ramstock:d=1:p=body;b\x1b\\"
    )
    assert say("", "t", "b", {}) == ""


@pytest.mark.parametrize("text", ["4;100", "4;3;50", "12;x"])
def test_a_text_is_never_taken_for_a_command_of_osc_9(text: str) -> None:
    assert notify.notification("osc9", "", text, {}) == f"\x1b]9; {text}\x1b\\"


def test_tmux_hands_a_notification_through() -> None:
    found = notify.notification("osc9", "", "x", TMUX)
    assert found == "\x1bPtmux;\x1b\x1b]9;x\x1b\x1b\\\x1b\\"


@pytest.mark.parametrize("how", ["osc9", "osc777", "osc99"])
def test_no_text_ends_the_sequence_that_it_stands_in(how: str) -> None:
    evil = "\x1b]52;c;x\x07\x1b\\\x9c\x9b31m\r\n\u202e[/x]"
    found = notify.notification(how, evil, evil, {})
    parts = [part for part in found.split("\x1b\\") if part]
    assert all(part.startswith("\x1b]") for part in parts)
    inside = "".join(part[2:] for part in parts)
    assert inside.isprintable()
    assert notify.window_title(evil)[4:-2].isprintable()


# the status row -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "words", "token"),
    [
        (DiscordRow("off"), "disc off", "dim"),
        (DiscordRow("ok"), "disc ok", "good"),
        (DiscordRow("ok", p50_ms=80, p95_ms=212), "disc ok 212ms", "good"),
        (DiscordRow("slow", p95_ms=1840), "disc SLOW 1840ms", "warn"),
        (DiscordRow("held", "429", 12), "disc 429 12s", "warn"),
        (DiscordRow("open", "429", 60), "disc 429 HELD 60s", "bad"),
        (DiscordRow("trouble", "502"), "disc 502", "bad"),
        (DiscordRow("stopped", "404", undelivered=3), "disc STOPPED 404 3 lost", "bad"),
    ],
)
def test_the_status_row_says_whether_alerts_get_out(
    row: DiscordRow, words: str, token: str
) -> None:
    line = disc.lines(row)[0]
    assert "".join(part for part, _ in line) == words
    assert line[0][1] == token


def test_lost_alerts_are_seen_on_the_smallest_screen() -> None:
    row = DiscordRow("stopped", "404", undelivered=3)
    assert "disc STOPPED 404" in shown(80, 24, frames.slices(status=frames.status(discord=row)))
    fine = frames.slices(status=frames.status(discord=DiscordRow("ok", p95_ms=212)))
    assert "disc ok 212ms" in shown(160, 40, fine)
