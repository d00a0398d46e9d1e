"""Keys of a replay, the selected line of the log, and a past moment beside the live session."""

from typing import Any

import pytest

from ramstock_tui.core.records import Confirm
from ramstock_tui.link.schema import End, LogRow, LogView, Order, Transport, Welcome
from ramstock_tui.ui.moment import PAST, TRADING, Moment
from ramstock_tui.ui.state import State
from ramstock_tui.ui.transport import moment
from tests.ui import frames
from tests.ui.front import cockpit, words
from tests.ui.test_state import front, hint, press, show

PAUSED = frames.replay_status(speed="x10 paused", confirm_policy="none")
REPLAY = frames.slices(status=PAUSED, timeline=frames.timeline())
DAY = frames.NOW - frames.NOW % (86_400 * frames.S) + 5 * 3600 * frames.S  # 00:00 in New York
S = frames.S


def asked(state: State) -> list[tuple[str, int]]:
    return [(one.verb, one.value) for one in front(state).sent if isinstance(one, Transport)]


def typed(state: State, text: str) -> None:
    for key in text:
        state.answer(key, key, 0)
    state.answer("enter", None, 0)


# times --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("09:47", (9 * 60 + 47) * 60 * S),
        ("9:47", (9 * 60 + 47) * 60 * S),
        ("09:47:06.5", ((9 * 60 + 47) * 60 + 6) * S + S // 2),
        ("15:59:59.999", (16 * 3600 - 1) * S + 999 * S // 1000),
        ("00:00:00.000000001", 1),
    ],
)
def test_a_typed_time_is_new_york_time_of_the_day_of_the_session(text: str, ns: int) -> None:
    assert moment(text, frames.NOW, frames.OFFSET_S) == DAY + ns


@pytest.mark.parametrize("text", ["", "9", "9:5", "09:47:6", "09:47:06.", "24:00", "09:60", "a:b"])
def test_what_is_no_time_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"a time is HH:MM|there is no .* on a clock"):
        moment(text, frames.NOW, frames.OFFSET_S)


def test_a_wrong_time_stays_in_the_prompt_with_its_problem_until_it_is_mended() -> None:
    state = cockpit(values=REPLAY)
    press(state, "jump", 0)
    typed(state, "10:2")
    assert "10:2▏  a time is HH:MM" in hint(state, 0)
    typed(state, "5")
    assert asked(state) == [("jump", DAY + (10 * 60 + 25) * 60 * S)]
    assert not state.asking


# keys ---------------------------------------------------------------------------------------------
def test_keys_ask_for_decisions_and_marks_and_esc_gives_up_a_jump() -> None:
    state = cockpit(values=REPLAY)
    for action in ("next_decision", "previous_decision", "next_mark", "previous_mark"):
        press(state, action, 0)
    wanted = [("decision", 1), ("decision", -1), ("mark", 1), ("mark", -1)]
    assert asked(state) == wanted
    press(state, "pane_8", 0)
    show(state, 2, 0, status=PAUSED, timeline=frames.timeline(seek=(frames.NOW + S, 12)))
    press(state, "back", 0)
    assert asked(state) == [*wanted, ("cancel", 0)]
    assert state.views.focus == "log"  # esc did one thing


@pytest.mark.parametrize("action", ["next_decision", "previous_mark", "jump", "pause", "faster"])
def test_in_a_live_session_replay_keys_send_nothing_and_say_why(action: str) -> None:
    state = cockpit()
    press(state, action, 0)
    assert asked(state) == []
    assert "for replays" in hint(state, 0)


def test_a_screen_without_the_pen_does_not_steer() -> None:
    state = cockpit(values=REPLAY)
    state.desk.role("reader", 77)
    press(state, "next_decision", 0)
    assert asked(state) == []
    assert "read-only: pen is with process 77" in hint(state, 0)


def test_the_clock_of_a_replay_follows_a_jump_back() -> None:
    state = cockpit(values=REPLAY)
    state.receive(frames.frame(2, {"status": PAUSED}, ts=frames.NOW - 600 * S), 0)
    assert "09:37:12 ET" in words(state.picture(0))
    live = cockpit()
    live.receive(frames.frame(2, {"status": frames.status()}, ts=frames.NOW - 600 * S), 0)
    assert "09:47:12 ET" in words(live.picture(0))


def test_a_replay_that_takes_no_keys_is_left_with_one_key_though_a_card_is_shown() -> None:
    state = cockpit(values=REPLAY)
    press(state, "quit", 0)
    assert "quit? y/N" in hint(state, 0)


# log ----------------------------------------------------------------------------------------------
def grown(count: int) -> LogView:
    """So many lines, the newest first; a line's second of time is its number."""
    rows = [LogRow(n, frames.NOW + n * S, "info", "ABCD", f"line {n}") for n in range(count, 0, -1)]
    return LogView(tuple(rows))


def test_the_selected_line_of_the_log_stays_selected_while_new_ones_come() -> None:
    state = cockpit(values=frames.slices(log=grown(8)))
    press(state, "pane_8", 0)
    for _ in range(3):
        press(state, "down", 0)
    row = state.views.log_row()
    assert row is not None
    assert row.n == 5
    line = next(one for one in words(state.picture(0)).splitlines() if "▶ " in one[:12])
    assert "line 5" in line
    show(state, 2, 0, log=grown(30))
    row = state.views.log_row()
    assert row is not None
    assert row.n == 5
    assert any(one == line for one in words(state.picture(0)).splitlines())


def test_the_key_of_a_moment_needs_a_line_of_the_log() -> None:
    state = cockpit()
    press(state, "moment", 0)
    assert "choose a line of the log" in hint(state, 0)
    assert state.views.focus == "log"
    assert front(state).looked == []


def test_in_a_replay_the_line_is_gone_to() -> None:
    running = frames.replay_status(confirm_policy="none")
    values = frames.slices(status=running, timeline=frames.timeline(), log=grown(3))
    state = cockpit(values=values)
    press(state, "pane_8", 0)
    press(state, "moment", 0)
    assert asked(state) == [("pause", 0), ("jump", frames.NOW + 3 * S)]


# a moment beside the live session -----------------------------------------------------------------
def live(directory: str = "/data/day", **changes: Any) -> State:
    state = State(front(cockpit()))
    state.resize(80, 24)
    state.receive(Welcome(2, "", "shadow", "writer", 1, "", (), "ab", directory), 0)
    state.receive(frames.frame(1, frames.slices(log=grown(3), **changes)), 0)
    front(state).sent.clear()
    return state


def opened(state: State) -> State:
    past = cockpit(values=REPLAY | {"pending": frames.pending()})
    past.desk.past = PAST
    state.moments.opened(Moment(past, front(past).send, frames.NOW))
    return past


def test_r_on_a_line_of_the_live_log_asks_for_its_moment() -> None:
    state = live()
    press(state, "pane_8", 0)
    press(state, "down", 0)
    press(state, "moment", 0)
    assert front(state).looked == [(frames.NOW + 2 * S, "ABCD")]
    unrecorded = live("")
    press(unrecorded, "pane_8", 0)
    press(unrecorded, "moment", 0)
    assert front(unrecorded).looked == []
    assert "not recorded" in hint(unrecorded, 0)


@pytest.mark.parametrize("action", sorted(TRADING))
def test_in_a_moment_nothing_can_be_decided_in_either_session(action: str) -> None:
    state = live()
    past = opened(state)
    press(state, action, 5000)
    assert PAST in hint(state, 5000)
    for sent in (front(state).sent, front(past).sent):
        assert not [one for one in sent if isinstance(one, Order)]
    assert not state.asking


def test_a_live_card_is_seen_over_a_moment_and_can_be_confirmed_after_it() -> None:
    state = live(pending=frames.pending())
    past = opened(state)
    assert "LIVE CARD" not in words(state.picture(0))
    rings = front(state).rings
    show(state, 2, 100, pending=frames.pending(frames.card()))
    picture = words(state.picture(100 * 10**6)).splitlines()
    assert "PENDING 1" in picture[2]
    assert picture[-3].startswith(" LIVE CARD ABCD BUY 500 at 12.04")
    assert "MOMENT" in picture[-1]
    assert front(state).rings == rings + 1
    press(state, "back", 200)
    assert state.moments.shown is None
    assert front(state).returns == 1
    assert [one for one in front(past).sent if isinstance(one, End)]
    press(state, "confirm", 400)  # the card is armed anew after the panes came back
    show(state, 3, 500)
    press(state, "confirm", 1000)
    sent = [one.command for one in front(state).sent if isinstance(one, Order)]
    assert len(sent) == 1
    assert isinstance(sent[0], Confirm)


def test_where_there_is_no_room_for_panes_the_live_rows_and_card_are_shown() -> None:
    state = live()
    opened(state)
    state.resize(60, 18)
    picture = words(state.picture(0))
    assert "too small" in picture
    assert "REPLAY CLOCK" not in picture
    assert "PENDING ABCD" in picture
    state.resize(120, 40)
    assert "MOMENT" in words(state.picture(0))


def test_keys_of_a_moment_steer_it_and_leave_it_only_at_its_root() -> None:
    state = live()
    past = opened(state)
    press(state, "next_decision", 0)
    press(state, "jump", 0)
    typed(state, "10:25")
    assert asked(past) == [("decision", 1), ("jump", DAY + (10 * 60 + 25) * 60 * S)]
    assert asked(state) == []
    press(state, "zoom", 0)
    press(state, "quit", 0)
    assert state.moments.shown is not None
    past.views.back()
    press(state, "quit", 0)
    assert state.moments.shown is None
    assert "back in the live session" in hint(state, 0)
