"""Many symbols on screen: order, rows in sight, filter; the lowest row, the bell, and resizing."""

from typing import Any

import pytest

from ramstock_tui.link.schema import SymbolsView, Transport, UniverseRow, UniverseView, View
from ramstock_tui.ui.state import State
from tests.ui import frames
from tests.ui.front import Front, cockpit, words
from tests.ui.test_state import MS, front, hint, press, show

TICKERS = tuple(f"T{i:03}" for i in range(150))


def market(order: tuple[str, ...] = TICKERS, n: int = 1, width: int = 80, **more: Any) -> State:
    """A cockpit with 150 symbols, whose host has sent the rows that were asked for."""
    state = State(Front())
    state.resize(width, 24 if width == 80 else 60)
    tell(state, n, order, **more)
    return state


def tell(state: State, n: int, order: tuple[str, ...] = TICKERS, **more: Any) -> None:
    """The host's frame: the order, and the rows of `View.rows_of`."""
    asked = [one for one in front(state).sent if isinstance(one, View)]
    rows_of = asked[-1].rows_of if asked else ()
    rows = UniverseView(tuple(UniverseRow(t, 5_0000, 1_0000, 3, "idle", None) for t in rows_of))
    values = frames.slices(symbols=SymbolsView(order), universe=rows, pending=frames.pending())
    state.receive(frames.frame(n, {**values, **more}), 0)


def listed(state: State, ms: int = 0) -> list[str]:
    """The rows of the universe pane at 80x24, without frame."""
    return [row[2:28] for row in words(state.picture(ms * MS)).splitlines()[5:12]]


def test_the_host_hears_which_rows_are_in_sight_with_a_page_around_them() -> None:
    state = market()
    tell(state, 2)
    seen = front(state).sent[-1]
    for key in ("last", "page_up", "page_up", "up", "first", *["down"] * 30):
        press(state, key, 0)
        seen = [one for one in front(state).sent if isinstance(one, View)][-1]
        tickers = [row.strip(" ▶!").split()[0] for row in listed(state)]
        at = [TICKERS.index(ticker) for ticker in tickers]
        wanted = TICKERS[max(0, at[0] - 7) : at[0]] + TICKERS[at[0] : at[-1] + 1]
        assert set(tickers) <= set(seen.rows_of)
        assert len(seen.rows_of) <= 64
        assert len(set(wanted) - set(seen.rows_of)) <= 4


def test_keys_move_at_once_and_rows_that_have_not_come_show_dots() -> None:
    state = market()
    tell(state, 2)
    press(state, "last", 0)
    rows = listed(state)
    assert rows[-1].startswith("▶T149")
    assert all("…" in row for row in rows)
    tell(state, 3)
    assert not any("…" in row for row in listed(state))


def test_a_selected_symbol_keeps_its_line_when_the_order_changes() -> None:
    state = market()
    for _ in range(40):
        press(state, "down", 0)
    line = next(i for i, row in enumerate(listed(state)) if row.startswith("▶T040"))
    moved = (*TICKERS[70:], *TICKERS[:70])
    tell(state, 2, moved)
    assert listed(state)[line].startswith("▶T040")
    press(state, "up", 0)
    assert any(row.startswith("▶T039") for row in listed(state))


def test_the_list_scrolls_only_when_the_selection_leaves_it() -> None:
    state = market()
    first = listed(state)[0].strip(" ▶")
    for _ in range(6):
        press(state, "down", 0)
    assert listed(state)[0].strip(" ▶")[:4] == first[:4]
    press(state, "down", 0)
    assert listed(state)[0].startswith(" T001")


def test_the_title_counts_symbols_and_cards() -> None:
    state = market(pending=frames.pending(frames.card(ticker="T003")))
    assert "1 Universe 150 · 1 pending" in words(state.picture(0))
    assert "T003  …" not in listed(state)[3]
    assert "PEND" in listed(state)[3]


def test_a_filter_narrows_with_every_key_shows_in_the_title_and_trades_nothing() -> None:
    state = market()
    press(state, "filter", 0)
    for key in "14":
        state.answer(key, key, 0)
    assert "1 Universe 12 of 150 /14" in words(state.picture(0))
    state.answer("backspace", None, 0)
    assert "1 Universe 69 of 150 /1" in words(state.picture(0))
    for key in "4c":
        state.answer(key, key, 0)
    assert "no symbol matches" in words(state.picture(0))
    state.answer("backspace", None, 0)
    state.answer("enter", None, 0)
    assert state.views.picked == "T014"
    press(state, "next_match", 0)
    assert state.views.picked == "T114"
    press(state, "previous_match", 0)
    press(state, "previous_match", 0)
    assert state.views.picked == "T149"
    press(state, "back", 0)
    assert "1 Universe 150" in words(state.picture(0))
    assert state.views.picked == "T149"
    assert front(state).commands == []


def test_esc_in_the_filter_gives_it_up() -> None:
    state = market()
    press(state, "filter", 0)
    state.answer("5", "5", 0)
    state.answer("escape", None, 0)
    assert state.prompt is None
    assert "1 Universe 150" in words(state.picture(0))


def test_the_log_is_filtered_when_it_has_the_focus() -> None:
    state = cockpit()
    press(state, "pane_8", 0)
    press(state, "filter", 0)
    for key in "qrst":
        state.answer(key, key, 0)
    picture = words(state.picture(0))
    assert "8 Log 1 of 6 /qrst" in picture
    assert "09:41:20▶✗ QRST" in picture
    assert "09:47:06 ✓ ABCD" not in picture


def test_the_bell_is_mute_for_five_minutes_and_says_how_long() -> None:
    state = cockpit()
    rings = front(state).rings
    press(state, "mute", 0)
    assert hint(state, 0) == "bell muted for 5 min; m: take back"
    show(state, 2, 5000, pending=frames.pending(frames.card(id="B-4")))
    assert front(state).rings == rings
    assert "MUTED 4m55s" in hint(state, 5000)
    show(state, 3, 300_000, pending=frames.pending(frames.card(id="C-5")))
    assert front(state).rings == rings + 1
    press(state, "mute_all", 300_000)
    show(state, 4, 900_000, pending=frames.pending(frames.card(id="D-6")))
    assert front(state).rings == rings + 1
    press(state, "mute_all", 900_000)
    show(state, 5, 900_000, pending=frames.pending(frames.card(id="E-7")))
    assert front(state).rings == rings + 2


def test_ctrl_c_at_the_question_of_leaving_keeps_it_open() -> None:
    state = cockpit(values=frames.slices(pending=frames.pending()))
    press(state, "quit", 0)
    for _ in range(3):
        state.answer("ctrl+c", None, 0)
        assert hint(state, 0) == "quit? y/N"
    assert front(state).left is None


def test_after_its_end_a_replay_says_so_and_offers_no_transport() -> None:
    done = frames.replay_status(data_state="done", confirm_policy="keys")
    state = cockpit(values=frames.slices(status=done, pending=frames.pending()))
    rows = words(state.picture(0)).splitlines()
    assert "REPLAY ENDED" in rows[2]
    assert rows[-1].startswith("REPLAY ENDED")
    assert "pause" not in rows[-1]
    assert "←/→ decision  J jump" in rows[-1]
    for action in ("pause", "faster"):
        press(state, action, 0)
        assert hint(state, 0) == "the replay has ended; ← goes back"
    assert not any(isinstance(one, Transport) for one in front(state).sent)


@pytest.mark.parametrize("width", [80, 100, 132, 200])
def test_the_lowest_row_names_help_confirm_and_quit(width: int) -> None:
    for status in (frames.status(), frames.replay_status(), frames.status(data_state="done")):
        for actions in ([], ["mute"]):
            state = cockpit(width, 24, values=frames.slices(status=status))
            for action in actions:
                press(state, action, 0)
            for ms in (0, 9000):
                row = words(state.picture(ms * MS)).splitlines()[-1]
                replay = status.mode == "replay"  # nothing is to be confirmed there
                wanted = ("? help", "q quit") if replay else ("c confirm", "? help", "q quit")
                assert all(key in row for key in wanted), row


def test_a_resize_keeps_selection_focus_prompt_and_filter() -> None:
    state = market()
    for _ in range(20):
        press(state, "down", 0)
    press(state, "pane_8", 0)
    press(state, "lock_day", 0)
    for size in ((200, 60), (20, 5), (80, 24), (132, 43), (80, 24)):
        state.resize(*size)
        state.picture(0)
    assert (state.views.picked, state.views.focus) == ("T020", "log")
    assert state.prompt is not None
    assert any(row.startswith("▶T020") for row in listed(state))


def test_numbers_focus_panes_and_open_those_without_room() -> None:
    state = cockpit()
    press(state, "pane_2", 0)
    assert (state.views.focus, state.views.zoom) == ("book", "")
    press(state, "pane_7", 0)
    assert state.views.zoom == "throttle"
    assert "7 Throttle & locks" in words(state.picture(0))
    press(state, "pane_1", 0)
    assert (state.views.focus, state.views.zoom) == ("universe", "")


def test_the_log_scrolls_when_it_has_the_focus() -> None:
    state = cockpit()
    press(state, "pane_8", 0)
    press(state, "last", 0)
    assert "09:33:22▶✗ UVWX" in words(state.picture(0))
    press(state, "first", 0)
    assert "09:47:06▶✓ ABCD" in words(state.picture(0))
