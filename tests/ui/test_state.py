"""Messages and keys in, pictures and orders out; time is a number."""

from typing import Any

import pytest

from ramstock_tui.core.records import Confirm, Lock, PauseAlerts, Reprice, Skip, Undo
from ramstock_tui.link.schema import (
    Ack,
    Beat,
    Bye,
    GuardRow,
    LockRow,
    Order,
    Transport,
    Verdict,
    View,
    Welcome,
)
from ramstock_tui.ui import help as help_page
from ramstock_tui.ui import keyline
from ramstock_tui.ui.state import State
from tests.ui import frames
from tests.ui.front import Front, cockpit, words

MS = 1_000_000


def press(state: State, action: str, ms: int) -> None:
    state.act(action, ms * MS, ms * MS)


def front(state: State) -> Front:
    assert isinstance(state.front, Front)
    return state.front


def hint(state: State, ms: int) -> str:
    """The lowest row without the keys that are always named beside a hint."""
    row = words(state.picture(ms * MS)).splitlines()[-1]
    for keys in (keyline.ALWAYS, keyline.WATCHING):
        row = row.strip().removesuffix(words([keys]))
    return row.strip()


def show(state: State, n: int, ms: int, **changes: Any) -> None:
    state.receive(frames.frame(n, frames.slices(**changes)), ms * MS)


def test_one_key_once() -> None:
    state = cockpit()
    for ms in (350, 400, 430, 460, 500):
        press(state, "confirm", ms)
    assert front(state).commands == [Confirm("20261123-ABCD-3", 1)]


def test_an_order_says_what_was_seen_and_when_the_key_was_pressed() -> None:
    state = cockpit()
    show(state, 7, 100)
    state.act("confirm", 400 * MS, 390 * MS)
    order = next(one for one in front(state).sent if isinstance(one, Order))
    assert (order.cmd_id, order.seen_n, order.pressed_mono_ns) == (1, 7, 390 * MS)


def test_a_key_meant_for_the_card_that_left_confirms_nothing() -> None:
    state = cockpit()
    show(state, 2, 1000, pending=frames.pending(frames.card(id="B")))
    press(state, "confirm", 1100)
    assert front(state).commands == []
    assert hint(state, 1100) == "armed in 0.2 s"


def test_a_new_version_of_the_card_is_armed_again() -> None:
    state = cockpit()
    show(state, 2, 1000, pending=frames.pending(frames.card(version=2)))
    press(state, "confirm", 1200)
    assert front(state).commands == []
    show(state, 3, 1500, pending=frames.pending(frames.card(version=2)))
    press(state, "confirm", 1700)
    assert front(state).commands == [Confirm("20261123-ABCD-3", 2)]


def test_a_blocked_confirm_shows_the_guard_rings_once_and_keeps_the_card() -> None:
    state = cockpit()
    rings = front(state).rings
    press(state, "confirm", 400)
    guard = GuardRow("quote", False, "quote 0.6s > 0.5s")
    state.receive(Verdict(1, False, "blocked: quote 0.6s > 0.5s", (guard,)), 410 * MS)
    picture = words(state.picture(420 * MS))
    assert "✗ blocked: quote 0.6s > 0.5s" in picture
    assert hint(state, 430).startswith("✗ confirm blocked: quote 0.6s > 0.5s")
    assert front(state).rings == rings + 1
    press(state, "reprice", 900)
    assert front(state).commands[1:] == [Reprice("20261123-ABCD-3", 1)]


def test_a_silent_host_disarms_marks_every_age_and_recovers() -> None:
    state = cockpit()
    press(state, "confirm", 700)
    assert front(state).commands == []
    assert "HOST SILENT 0.7s" in hint(state, 700)
    picture = words(state.picture(700 * MS))
    assert " HOST SILENT 0.7s " in picture.splitlines()[0]
    assert "age >0.8s" in picture
    state.receive(Beat(1, 0, frames.NOW, 0, 0), 720 * MS)
    picture = words(state.picture(730 * MS))
    assert "DATA ok" in picture.splitlines()[0]
    assert "age 0.8s VALID" in picture
    press(state, "confirm", 1150)
    assert len(front(state).commands) == 1


def test_exactly_half_a_second_is_not_silence() -> None:
    state = cockpit()
    assert "SILENT" not in words(state.picture(500 * MS))
    assert "SILENT" in words(state.picture(501 * MS))


def test_ages_go_on_between_frames_and_belong_to_their_own_frame() -> None:
    state = cockpit()
    state.receive(frames.frame(2, {"log": frames.log()}, frames.NOW + 300 * MS), 300 * MS)
    assert "age 0.6s" in words(state.picture(500 * MS))


def test_in_a_paused_replay_ages_stand_while_the_host_speaks() -> None:
    state = cockpit(values=frames.slices(status=frames.replay_status(speed="x10 paused")))
    for ms in range(250, 5000, 250):
        state.receive(Beat(1, 0, frames.NOW, 0, 0), ms * MS)
    assert "age 0.1s VALID" in words(state.picture(4760 * MS))


def test_a_card_past_its_time_is_not_confirmed() -> None:
    state = cockpit(
        values=frames.slices(pending=frames.pending(frames.card(expires_ts=frames.NOW)))
    )
    press(state, "confirm", 400)
    assert front(state).commands == []
    assert hint(state, 400) == "the card has expired"


@pytest.mark.parametrize(
    "action", ["confirm", "skip", "reprice", "undo", "lock_day", "pause_alerts"]
)
def test_in_a_replay_of_a_ledger_trading_keys_answer_and_send_nothing(action: str) -> None:
    state = cockpit(values=frames.slices(status=frames.replay_status()))
    press(state, action, 400)
    assert hint(state, 400) == "replay: commands come from the ledger"
    assert front(state).commands == []


def test_a_reader_has_no_pen() -> None:
    state = State(Front())
    state.resize(80, 24)
    state.receive(Welcome(1, "0", "shadow", "reader", 77, "", ()), 0)
    state.receive(frames.frame(), 0)
    press(state, "skip", 400)
    assert "read-only" in hint(state, 400)
    assert front(state).commands == []


def test_a_two_step_card_asks_with_its_size_first() -> None:
    card = frames.card(two_step=True, low_confidence=True)
    state = cockpit(values=frames.slices(pending=frames.pending(card)))
    press(state, "confirm", 350)
    assert hint(state, 350) == "BUY 500 ABCD (LOW confidence): press c again within 2 s"
    assert front(state).commands == []
    show(state, 2, 700, pending=frames.pending(card))
    press(state, "confirm", 800)
    assert len(front(state).commands) == 1


def test_brackets_move_between_cards_and_a_new_card_does_not_steal_the_selection() -> None:
    a, b = frames.card(id="A"), frames.card(id="B", ticker="EFGH")
    state = cockpit(values=frames.slices(pending=frames.pending(a)))
    show(state, 2, 100, pending=frames.pending(b, a))
    assert "5 PENDING ABCD" in words(state.picture(100 * MS))
    press(state, "next_card", 200)
    picture = words(state.picture(200 * MS))
    assert "5 PENDING EFGH" in picture
    assert "(1 of 2, ] next)" in picture
    press(state, "skip", 210)
    assert front(state).commands == [Skip("B", 1)]


def test_a_decided_card_gives_way_to_one_that_waits() -> None:
    a, b = frames.card(id="A", state="expired"), frames.card(id="B", ticker="EFGH")
    state = cockpit(values=frames.slices(pending=frames.pending(frames.card(id="A"))))
    show(state, 2, 100, pending=frames.pending(a, b))
    assert "5 PENDING EFGH" in words(state.picture(100 * MS))


def test_undo_names_the_card_confirmed_last() -> None:
    state = cockpit()
    press(state, "undo", 100)
    assert hint(state, 100) == "nothing to undo"
    press(state, "confirm", 400)
    press(state, "undo", 500)
    assert front(state).commands[-1] == Undo("20261123-ABCD-3")


def test_the_ticket_is_copied_as_one_line() -> None:
    state = cockpit()
    press(state, "copy", 100)
    assert front(state).copied == ["BUY 500 ABCD LMT 12.04 | STP 11.95 | TGT 12.22"]


def test_while_help_is_open_confirm_is_off_and_the_status_rows_stay() -> None:
    state = cockpit()
    press(state, "help", 350)
    press(state, "confirm", 400)
    picture = words(state.picture(400 * MS))
    assert front(state).commands == []
    assert picture.startswith("RAMSTOCK")
    assert "ROWS 1-3" in picture
    press(state, "back", 450)
    assert "ROWS 1-3" not in words(state.picture(450 * MS))


def test_help_is_one_page_at_80x24_with_nothing_cut_off() -> None:
    state = cockpit()
    press(state, "help", 0)
    page = "\n".join(words(state.picture(0)).splitlines()[3:])
    assert "…" not in page
    for first, last in (
        (help_page._LEFT[0], help_page._LEFT[-1]),
        (help_page._RIGHT[0], help_page._RIGHT[-1]),
    ):
        assert first[1] in page
        assert last[1] in page


def test_a_frozen_view_holds_the_panes_not_the_status_and_disarms() -> None:
    state = cockpit()
    press(state, "freeze", 100)
    moved = frames.ladder(bids=((11_5000, 777),))
    show(state, 2, 350, ladder=moved, status=frames.status(net_e4=-111_0000))
    picture = words(state.picture(360 * MS))
    assert " FROZEN " in picture.splitlines()[0]
    assert "DAY -$111.00" in picture
    assert "12.00×12.03" in picture
    press(state, "confirm", 400)
    assert front(state).commands == []
    press(state, "freeze", 410)
    assert "11.50" in words(state.picture(420 * MS))


def test_with_a_card_open_quit_has_to_be_typed() -> None:
    state = cockpit()
    press(state, "quit", 0)
    assert "1 pending: type quit to leave:" in hint(state, 0)
    for key in "y":
        state.answer(key, key, 0)
    state.answer("enter", None, 0)
    assert front(state).left is None
    press(state, "quit", 0)
    for key in "quit":
        state.answer(key, key, 0)
    state.answer("enter", None, 0)
    assert front(state).left == 0


def test_with_nothing_open_y_quits_and_anything_else_does_not() -> None:
    state = cockpit(values=frames.slices(pending=frames.pending()))
    press(state, "quit", 0)
    assert hint(state, 0) == "quit? y/N"
    state.answer("enter", None, 0)
    assert (front(state).left, state.prompt) == (None, None)
    press(state, "quit", 0)
    state.answer("y", "y", 0)
    assert front(state).left == 0


def test_q_goes_back_before_it_asks() -> None:
    state = cockpit()
    press(state, "why", 0)
    press(state, "quit", 0)
    assert (state.views.zoom, state.prompt) == ("", None)


def test_when_the_host_has_ended_the_picture_stays_and_its_code_is_the_exit_code() -> None:
    state = cockpit()
    state.receive(Bye("session closed", 7), 100 * MS)
    assert "HOST ENDED session closed" in words(state.picture(100 * MS))
    press(state, "confirm", 400)
    assert front(state).commands == []
    press(state, "quit", 500)
    state.answer("y", "y", 0)
    assert front(state).left == 7


def test_lock_of_the_day_is_typed() -> None:
    state = cockpit()
    press(state, "lock_day", 0)
    for key in "LOCK":
        state.answer(key, key, 0)
    state.answer("enter", None, 5)
    assert front(state).commands == [Lock()]


def test_a_full_stop_pauses_alerts_and_lets_them_come_again() -> None:
    state = cockpit()
    press(state, "pause_alerts", 5)
    assert front(state).commands == [PauseAlerts(True)]
    off = LockRow("ALERTS OFF", "by hand: no new alerts", None)
    state = cockpit(values=frames.slices(status=frames.status(locks=(off,))))
    assert "NO ALERTS: paused by hand (.)" in words(state.picture(0)).splitlines()[2]
    press(state, "pause_alerts", 5)
    assert front(state).commands == [PauseAlerts(False)]


def test_transport_keys_act_in_a_replay_only() -> None:
    state = cockpit(values=frames.slices(status=frames.replay_status(speed="x10")))
    for action in ("pause", "faster", "slower"):
        press(state, action, 0)
    wanted = [Transport("pause"), Transport("speed", 2000), Transport("speed", 500)]
    assert [one for one in front(state).sent if isinstance(one, Transport)] == wanted
    show(state, 2, 0, status=frames.replay_status(speed="max paused"))
    for action in ("pause", "faster", "slower"):
        press(state, action, 0)
    assert front(state).sent[-3:] == [
        Transport("play"), Transport("speed", 0), Transport("speed", 10000),
    ]  # fmt: skip
    live = cockpit()
    press(live, "pause", 0)
    assert not any(isinstance(one, Transport) for one in front(live).sent)


def test_every_frame_is_acknowledged_and_the_host_hears_what_is_on_screen() -> None:
    state = cockpit()
    sent = front(state).sent
    assert Ack(1) in sent
    assert [one for one in sent if isinstance(one, View)][-1] == View(
        ("ladder", "log", "pending", "status", "tape", "universe"),
        "",
        10,
        ("ABCD", "EFGH", "IJKL", "MNOP", "QRST", "UVWX", "YZAB"),
    )
    press(state, "down", 0)
    assert sent[-1].selected == "EFGH"
    press(state, "why", 0)
    assert "score" in sent[-1].panes


def test_a_late_or_repeated_frame_changes_nothing() -> None:
    state = cockpit()
    show(state, 5, 10, status=frames.status(net_e4=-200_0000))
    show(state, 4, 20, status=frames.status(net_e4=0))
    assert "DAY -$200.00" in words(state.picture(20 * MS))


def test_a_frame_from_a_socket_looks_like_one_from_the_own_loop() -> None:
    state = State(Front())
    state.resize(80, 24)
    state.receive(frames.over_the_wire(frames.frame()), 0)
    assert words(state.picture(0)) == words(cockpit().picture(0))


def test_a_new_host_starts_its_versions_again() -> None:
    state = cockpit()
    show(state, 50, 10)
    state.receive(Welcome(1, "0", "shadow", "writer", 1, "", ()), 20 * MS)
    show(state, 1, 30, status=frames.status(net_e4=-1_0000))
    assert "DAY -$1.00" in words(state.picture(30 * MS))


def test_a_new_card_rings_once_and_never_in_a_replay() -> None:
    state = cockpit()
    show(state, 2, 10)
    assert front(state).rings == 1
    replay = cockpit(values=frames.slices(status=frames.replay_status()))
    assert front(replay).rings == 0


def test_a_screen_that_only_reads_offers_no_key_that_trades() -> None:
    line = keyline.keys(frames.status(), 120, off=True, pen="read-only: pen is with process 7")
    words = "".join(part for part, _ in line)
    assert "attach --take" in words
    assert "confirm" not in words
    assert "q quit" in words
