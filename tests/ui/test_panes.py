"""Panes as plain text: words and numbers of every state, at every size."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from ramstock_tui.host.rows import not_recorded
from ramstock_tui.link import schema
from ramstock_tui.ui import layout
from ramstock_tui.ui.panes import status as rows
from ramstock_tui.ui.text import Line
from tests.ui import frames
from tests.ui.front import cockpit, screen, shown
from tests.ui.test_text import HOSTILE

S = frames.S


def test_the_twelve_dollar_trade_stands_on_screen_to_the_cent() -> None:
    picture = shown(80, 24)
    for words in (
        "BUY 500", "entry 12.04", "stop 11.95 -.09", "target 12.22 +.18", "risk $45.00",
        "reward $90.00", "net@target $86.50", "net@stop -$48.50", "BE 35.9%", "score 9.0/10",
        "12.00×12.03", "Σ3 8,600", "ratio 2.61", "QI +.45", "VALID", "TTL 14s", "[c] CONFIRM",
    ):  # fmt: skip
        assert words in picture


def test_one_share_short_is_said_in_words() -> None:
    values = frames.slices(score=frames.thin_score(), pending=frames.pending())
    picture = shown(80, 24, values, actions=["why"])
    assert "ask depth 1,199 < 1,200, short 1 share" in picture
    assert "nothing pending" in picture.splitlines()[2]


def test_a_rule_says_how_long_it_has_held_and_since_when() -> None:
    picture = shown(120, 40)
    (head,) = [line for line in picture.splitlines() if "HELD SINCE" in line]
    assert "PTS" in head
    for words in (
        "3/3   1.4s 09:47:10.6  ✓",
        "2/2  6m12s 09:41:00.0  ✓",
        "2/2  ~0.9s ~09:47:11.1 ✓",  # since it was first seen true
        "2/2   ≥10s ≤09:47:02.0 ✓",  # true by then already
        "0/1      – ✗ too far",
    ):
        assert words in picture


def test_limits_that_find_no_room_are_counted_and_the_urgent_ones_stay() -> None:
    lines = shown(120, 40).splitlines()
    top = next(i for i, line in enumerate(lines) if "7 Throttle" in line)
    edge = lines[top].index("┌─7")
    pane = [line[edge + 1 : edge + 13].strip() for line in lines[top + 1 : top + 6]]
    assert pane == ["locks", "signals/h", "cool-off", "window", "+6 more (7"]
    for size in ((80, 24), (80, 30), (120, 24)):
        zoomed = shown(*size, actions=["pane_7"])
        assert "more (7 z)" not in zoomed
        assert "feed gate  ok" in zoomed
        assert "others     platform" in zoomed
        assert "blocks alerts but one every 20 min" in zoomed
    whole = shown(120, 40, actions=["pane_7", "zoom"])
    assert "more (7 z)" not in whole
    assert "feed gate  ok" in whole


def test_words_that_are_cut_say_so() -> None:
    assert "ratio 1.70, tape 1.3, rec…" in shown(200, 60)


def test_the_three_rows_answer_at_one_glance() -> None:
    first, second, third = shown(80, 24).splitlines()[:3]
    assert first.startswith("RAMSTOCK small_account P3 shadow  Mon 23 Nov 09:47:12 ET  DATA ok")
    assert first.endswith("?=help")
    assert second.startswith("DAY -$97.00 [")
    assert "soft -$400  hard -$600  trades 2/6  W0 L2" in second
    assert third.startswith("MAY TRADE · PENDING 1 · SIG 3/3 next 10:12 · PRIMARY 2/3 ends 10:30")
    assert "loss 2/30m" in third


def test_a_replay_shows_whose_clock_it_is_its_speed_and_its_place() -> None:
    picture = shown(80, 24, frames.slices(status=frames.replay_status()))
    assert "REPLAY x10 CLOCK" in picture
    assert "x10 34%" in picture
    assert "replay: commands come from the ledger" in picture


def test_the_meter_fills_to_the_hard_rung_and_marks_the_soft_one() -> None:
    assert rows.meter(0, 0, 400_0000, 600_0000, 21) == "░░░░░░░░░░░░░|░░░░░░!"
    assert rows.meter(-300_0000, 0, 400_0000, 600_0000, 21) == "██████████░░░|░░░░░░!"
    assert rows.meter(-300_0000, -150_0000, 400_0000, 600_0000, 21) == "█████▒▒▒▒▒░░░|░░░░░░!"
    assert rows.meter(-9999_0000, 0, 400_0000, 600_0000, 21) == "█████████████|██████!"
    assert rows.meter(50_0000, 0, 400_0000, 600_0000, 5) == "░░|░!"


@given(st.integers(-(10**8), 10**8), st.integers(-(10**7), 10**7), st.integers(2, 60))
def test_the_meter_has_its_width_whatever_the_numbers(net: int, part: int, cells: int) -> None:
    assert len(rows.meter(net, part, 400_0000, 600_0000, cells)) == cells
    assert len(rows.meter(net, part, None, None, cells)) == cells


@pytest.mark.parametrize(
    ("net", "word"),
    [(-199_9900, ""), (-200_0000, "HALF"), (-300_0000, "NEAR"), (-400_0000, "NEAR"),
     (-400_0100, "LOCKED"), (100_0000, "")],
)  # fmt: skip
def test_the_words_of_the_rungs(net: int, word: str) -> None:
    assert rows.step(net, 400_0000)[0] == word


def test_at_the_soft_lock_the_whole_row_says_so_in_reverse() -> None:
    lock = schema.LockRow("LOCKED", "losses of the day: no new entries", frames.NOW + 86_400 * S)
    status = frames.status(net_e4=-436_5000, locks=(lock,))
    line = screen(80, 24, frames.slices(status=status))[1]
    assert {token for _, token in line} == {"locked"}
    words = "".join(part for part, _ in line)
    assert words.startswith(
        " LOCKED — daily loss -$436.50 < -$400 — no new entries until Tue 24 Nov"
    )


def test_a_second_loss_pause_is_not_called_a_loss_beyond_the_rung() -> None:
    lock = schema.LockRow("LOCKED", "losses of the day: no new entries", frames.NOW + 86_400 * S)
    status = frames.status(net_e4=-273_0000, locks=(lock,))
    row = shown(80, 24, frames.slices(status=status)).splitlines()[1]
    assert row.startswith(
        " LOCKED — losses of the day — no new entries until Tue 24 Nov — net -$27"
    )


def test_a_short_day_is_told_in_the_narrowest_cockpit() -> None:
    status = frames.status(
        note="closes 13:00 today",
        alerts_hour=0,
        next_alert_ts=None,
        window_entries=0,
        losses_recent=0,
    )
    row = shown(80, 24, frames.slices(status=status, pending=frames.pending())).splitlines()[2]
    assert "closes 13:00" in row
    assert "PRIMARY 0/3" in row


def test_a_short_day_later_this_week_is_told_in_the_narrowest_cockpit() -> None:
    for losses in (0, 1):
        status = frames.status(
            note="Fri 27 Nov closes 13:00", alerts_hour=2, losses_recent=losses, next_alert_ts=None
        )
        row = shown(80, 24, frames.slices(status=status, pending=frames.pending())).splitlines()[2]
        assert "Fri closes 13:00" in row
        assert "PRIMARY 2/3" in row
        assert ("loss 1/30m" in row) is bool(losses)  # a count that is 0 gives way


def test_after_the_last_window_the_status_row_says_off() -> None:
    status = frames.status(
        window="OFF", window_allows=False, window_entries_max=None, window_ends_ts=None
    )
    row = shown(120, 40, frames.slices(status=status, pending=frames.pending())).splitlines()[2]
    assert row.startswith("NO ENTRIES: window closed for today")
    assert "· OFF ·" in row


HALT_PAUSE = schema.LockRow(
    "HALT PAUSE", "halt risk: no new entries", frames.NOW + 260 * 1_000_000_000
)
HARD = schema.LockRow(
    "HARD LOCK", "daily loss: everything cancelled, read only", frames.NOW + 86_400 * S
)


@pytest.mark.parametrize("cells", [66, 70, 80, 120])
@pytest.mark.parametrize(("net", "rung"), [(-612_0000, " ≤ -$600"), (-594_0000, "")])
@pytest.mark.parametrize("opened", [0, 1])
def test_the_hard_rung_is_named_with_what_to_do_and_when_it_ends(
    cells: int, net: int, rung: str, opened: int
) -> None:
    """An account below $40,000 is locked by its share of equity, before the amount."""
    status = frames.status(net_e4=net, locks=(HARD,))
    line = rows.drawdown(status, cells, cells >= 110, opened)
    said = "".join(part for part, _ in line)
    assert len(said) == cells
    assert {token for _, token in line} == {"locked"}
    assert said.startswith(" HARD LOCK — ")
    assert said.rstrip().endswith("read only until Tue 24 Nov")
    assert ("FLATTEN 1" in said) == bool(opened)
    if cells >= 80:
        assert f"-${-net / 10_000:.2f}{rung} — " in said


def test_a_lock_by_hand_still_tells_the_net_of_the_day() -> None:
    lock = schema.LockRow("LOCKED", "by hand: no new entries", None)
    row = shown(80, 24, frames.slices(status=frames.status(locks=(lock,)))).splitlines()[1]
    said = " LOCKED — by hand — no new entries until the next session — net -$97.00"
    assert row.rstrip() == said


def test_a_pause_shows_what_it_is_and_its_time_left() -> None:
    why = "third loss in 30 min: no new entries"
    pause = schema.LockRow("PAUSED", why, frames.NOW + 1700 * S)
    values = frames.slices(status=frames.status(locks=(pause,)))
    rows = shown(120, 40, values).splitlines()
    assert rows[2].startswith("NO ENTRIES: third loss in 30 min, 28m left")
    assert rows[-2].startswith(" PAUSED 28m20s left — third loss in 30 min")
    assert {token for _, token in screen(120, 40, values)[-2]} == {"locked"}
    assert rows[0].startswith("RAMSTOCK")
    assert "(28m20s):" in "\n".join(rows)
    narrow = shown(80, 24, values).splitlines()
    assert "third loss" in narrow[2]
    assert "28m left" in narrow[2]


def test_when_the_pause_is_over_the_way_out_is_named() -> None:
    pause = schema.LockRow("PAUSED", "third loss in 30 min: no new entries", None)
    rows = shown(80, 24, frames.slices(status=frames.status(locks=(pause,)))).splitlines()
    assert "press A" in rows[2]
    assert "press A, type ok" in rows[-2]


QUIET = frames.pending()


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, "MAY TRADE"),
        ({"next_alert_ts": None}, "MAY TRADE"),
        ({"entries": 6}, "NO ENTRIES: 6 of 6 trades used"),
        ({"window": "", "window_allows": False}, "NO ENTRIES: window closed until 10:30"),
        ({"window": "", "window_allows": False, "window_ends_ts": None},
         "NO ENTRIES: window closed for today"),
        ({"window_entries": 3}, "NO ENTRIES: window full until 10:30"),
        ({"data_state": "waiting"}, "NOT YET: no data"),
        ({"data_state": "lost", "data_age_ns": 9 * S}, "NO TRADING: data lost"),
        ({"data_state": "stale", "data_age_ns": 3 * S}, "NO TRADING: stale"),
        ({"confirm_policy": "none", "mode": "replay"}, "WATCH ONLY"),
        (
            {"confirm_policy": "none", "mode": "replay", "locks": (HALT_PAUSE,)},
            "WATCH ONLY: NO ENTRIES: halt risk, 4m left",
        ),
        ({"locks": (schema.LockRow("LOCKED", "by hand: no new entries", None),)},
         "NO ENTRIES: by hand"),
        ({"locks": (schema.LockRow("HALT PAUSE", "halt risk: no new entries",
                                   frames.NOW + 300 * S),)}, "NO ENTRIES: halt risk, 5m left"),
        ({"locks": not_recorded("ledger cannot be written (No space left on device)")},
         "NO ENTRIES: ledger cannot be written (No space left on device)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("width", [80, 120, 200])
def test_row_three_begins_with_may_i_trade(
    changes: dict[str, Any], answer: str, width: int
) -> None:
    status = frames.status(**{"next_alert_ts": None, **changes})
    rows = shown(width, 24, frames.slices(status=status, pending=QUIET)).splitlines()
    assert rows[2].startswith(answer)


def test_what_is_not_recorded_is_said_beside_the_net_of_the_day() -> None:
    why = "ledger cannot be written (Input/output error), restart the host"
    status = frames.status(locks=not_recorded(why), recording=False, next_alert_ts=None)
    for width, height in ((80, 24), (120, 40)):
        shot = shown(width, height, frames.slices(status=status, pending=QUIET))
        assert "NO ENTRIES: ledger cannot be written (Input/output error)" in shot
        assert "rec ●" not in shot
    assert "NOT RECORDED" in shot


def test_the_hourly_limit_stops_alerts_not_a_card_that_waits() -> None:
    quiet = shown(80, 24, frames.slices(pending=QUIET)).splitlines()[2]
    assert quiet.startswith("NO ALERTS until 10:12 · nothing pending")
    assert shown(80, 24).splitlines()[2].startswith("MAY TRADE · PENDING 1")


def test_the_note_of_a_demo_stands_in_the_rows() -> None:
    status = frames.status(
        mode="demo", clock_label="DEMO CLOCK", note="demo edge: none", next_alert_ts=None
    )
    rows = shown(120, 40, frames.slices(status=status)).splitlines()
    assert "DEMO CLOCK" in rows[0]
    assert "demo edge: none" in rows[2]
    assert "DEMO" in shown(80, 24, frames.slices(status=status)).splitlines()[0]


def test_an_invalid_book_is_hatched_and_says_why() -> None:
    ladder = frames.ladder(reason="crossed")
    picture = shown(120, 40, frames.slices(ladder=ladder))
    assert "BOOK? crossed" in picture
    assert "VALID" not in picture
    lines = screen(120, 40, frames.slices(ladder=ladder))
    level = next(line for line in lines if any("4,600" in part for part, _ in line))
    assert any("░" in part and look == "stale" for part, look in level)


def test_lost_data_hatch_every_live_pane_and_the_card_says_confirm_is_off() -> None:
    status = frames.status(data_state="lost", data_age_ns=12 * S)
    picture = shown(80, 24, frames.slices(status=status))
    assert "DATA LOST 12s — no alerts" in picture
    assert "confirm is off: DATA LOST" in picture


def test_a_failing_guard_is_named_before_the_others() -> None:
    guards = (schema.GuardRow("quote", False, "quote 2.3s > 2.0s"), *frames.GUARDS)
    card = frames.card(guards=guards)
    picture = shown(80, 24, frames.slices(pending=frames.pending(card)))
    assert "✗ quote 2.3s > 2.0s other 8 guards ✓" in picture


def test_without_data_the_screen_waits_in_words() -> None:
    picture = shown(80, 24, {})
    for words in ("starting engine …", "waiting for a book", "nothing pending", "no trades yet"):
        assert words in picture


def test_a_small_terminal_still_shows_status_rows_and_card() -> None:
    picture = " ".join(shown(60, 16).split())
    for words in ("too small (need 80×24)", "DATA ok", "DAY -$97.00", "SIG 3/3", "BUY 500",
                  "net@target $86.50", "TTL 14s"):  # fmt: skip
        assert words in picture


SIZES = [(80, 24), (81, 25), (100, 32), (119, 40), (120, 39), (120, 40), (160, 50), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("zoom", ["", *layout.PANE_KEYS.values()])
def test_the_boxes_fill_the_screen_without_gap_or_overlap(
    size: tuple[int, int], many: bool, zoom: str
) -> None:
    width, height = size
    cells = [
        (x, y)
        for box in layout.layout(width, height, many, zoom, card=True)
        for x in range(box.x, box.x + box.w)
        for y in range(box.y, box.y + box.h)
    ]
    assert len(cells) == len(set(cells)) == width * (height - 4)


@pytest.mark.parametrize("size", [*SIZES, (20, 5), (1, 1), (79, 24), (300, 100)])
@pytest.mark.parametrize("values", [frames.slices(), {}, {"status": frames.status()}])
def test_a_picture_has_exactly_the_size_of_the_terminal(
    size: tuple[int, int], values: dict[str, Any]
) -> None:
    for actions in ([], ["why"], ["help"], ["pane_8", "zoom"]):
        lines = screen(*size, values, actions=actions)
        assert len(lines) == size[1]
        assert {sum(len(part) for part, _ in line) for line in lines} == {size[0]}


def hostile_slices(bad: str) -> dict[str, Any]:
    """Every text field of every slice carries foreign text."""
    rule = schema.ScoreRow(bad, bad, bad, 1, 1, False, bad, None)
    gate, guard = schema.GateRow(bad, False, bad), schema.GuardRow(bad, False, bad)
    lock = schema.LockRow(bad, bad, None)
    card = frames.card(id=bad, ticker=bad, size_note=bad, rows=(rule,), guards=(guard,))
    outcome = schema.OutcomeRow(bad, bad, bad, 1, 1, frames.NOW)
    return {
        "status": frames.status(
            mode=bad, clock_label=bad, profile=bad, data_state=bad, window=bad, locks=(lock,),
            speed=bad, note=bad,
        ),
        "universe": schema.UniverseView(
            tuple(schema.UniverseRow(bad + n, 1, 1, 1, bad, None) for n in "ab")
        ),
        "symbols": schema.SymbolsView((bad + "a", bad + "b", bad)),
        "ladder": frames.ladder(ticker=bad, reason=bad, vwap_e4=None, vwap_reason=bad),
        "tape": schema.TapeView(
            bad, (schema.TapeRow(frames.NOW, 1, 1, bad, True, True),), None, None, 0, 0, 0, None,
            None, bad, (),
        ),
        "score": frames.score(ticker=bad, rows=(rule,), gates=(gate,), verdict=bad, flip=(bad,)),
        "pending": schema.PendingView((card,), (outcome,)),
        "log": schema.LogView((schema.LogRow(1, frames.NOW, bad, bad, bad),)),
    }  # fmt: skip


def hostile_messages(bad: str) -> list[Any]:
    """What else a host says in words."""
    return [
        schema.Notice("warn", bad),
        schema.Verdict(1, False, bad, (schema.GuardRow(bad, False, bad),)),
        schema.Refused(bad, bad),
        schema.Bye(bad, 1),
    ]


def check_cells(lines: list[Line], width: int) -> None:
    for line in lines:
        words = "".join(part for part, _ in line)
        assert len(words) == cell_len(words) == width
        assert words.isprintable()
        assert not any(unicodedata.bidirectional(c) in BIDI for c in words)


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
NASTY = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(codec="utf-8", categories=["Cc", "Cf", "Mn", "Zl", "Lo", "So"])),
    st.sampled_from(HOSTILE),
)


@settings(max_examples=40, deadline=None)
@given(NASTY, st.sampled_from([(80, 24), (120, 40), (60, 16), (132, 43)]), st.data())
def test_whatever_foreign_text_says_every_line_is_plain_and_exact(
    bad: str, size: tuple[int, int], data: st.DataObject
) -> None:
    pane = data.draw(st.sampled_from(sorted(layout.PANE_KEYS)))
    state = cockpit(*size, hostile_slices(bad))
    for action in ([], [f"pane_{pane}", "zoom"], ["filter"]):
        for one in action:
            state.act(one, 0, 0)
        check_cells(state.picture(0), size[0])
    for char in bad[:12]:
        state.answer(char, char, 0)
    check_cells(state.picture(0), size[0])
    for message in hostile_messages(bad):
        state.receive(message, 0)
        check_cells(state.picture(0), size[0])


@pytest.mark.parametrize("bad", HOSTILE)
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 16)])
def test_foreign_text_reaches_the_screen_only_as_plain_cells(
    size: tuple[int, int], bad: str
) -> None:
    for actions in ([], ["pane_4"], ["pane_3"], ["pane_5", "zoom"]):
        for line in screen(*size, hostile_slices(bad), actions=actions):
            words = "".join(part for part, _ in line)
            assert words.isprintable()
            assert len(words) == size[0]


BROKER = {"slots": (6, 200, 3, 6, 3, 6), "rtt_ms": 4, "lag_p95_ms": 3, "deep_bp": 1200}


@pytest.mark.parametrize("broker", [{}, BROKER])
@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_part_of_the_gateways_that_is_lost_is_said_at_every_width(
    width: int, broker: dict[str, Any]
) -> None:
    part = frames.status(away=(1, 2, frames.NOW - 7 * S), **broker)
    row = screen(width, 24, frames.slices(status=part))[0]
    assert ("DATA PART 1 of 2 gateways lost 7s", "warn") in row
    words = "".join(said for said, _ in row)
    for stays in ("P3 shadow", "09:47:12 ET", "?=help"):
        assert stays in words
    assert not broker or "deep 3/6" in words
    back = shown(width, 24, frames.slices(status=frames.status(**broker)))
    assert "PART" not in back
    assert "DATA ok" in back.splitlines()[0]


def test_a_lost_part_is_said_in_short_where_there_is_no_room() -> None:
    status = frames.status(
        away=(11, 12, frames.NOW - 3700 * S),
        clock_label="REHEARSAL CLOCK",
        slots=(106, 1200, 13, 36, 13, 36),
    )
    first = shown(80, 24, frames.slices(status=status)).splitlines()[0]
    assert "REHEARSAL  DATA PART 11/12 lost 1h01m  deep 13/36" in first


@pytest.mark.parametrize("state", ["lost", "stale"])
def test_what_weighs_more_is_said_instead_of_a_lost_part(state: str) -> None:
    status = frames.status(data_state=state, away=(1, 2, frames.NOW - 7 * S))
    first = shown(80, 24, frames.slices(status=status)).splitlines()[0]
    assert f"DATA {state.upper()}" in first
    assert "PART" not in first


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_a_book_of_a_lost_endpoint_says_that_and_poses_no_riddle(size: tuple[int, int]) -> None:
    lost = {"reason": schema.CONNECTION_LOST}
    values = frames.slices(
        ladder=frames.ladder(**lost, bids=(), asks=()), heatmap=frames.heatmap(**lost)
    )
    for actions in ([], ["heatmap"]):
        picture = shown(*size, values, actions=actions)
        assert "CONNECTION LOST" in picture
        assert "BOOK?" not in picture


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("word", ["ended", "silent"])
def test_without_a_host_a_card_claims_no_guards(size: tuple[int, int], word: str) -> None:
    state = cockpit(*size)
    whole = "\n".join("".join(said for said, _ in line) for line in state.picture(0))
    assert "guards unknown" not in whole
    if word == "ended":
        state.engine.lost("HOST ENDED", 0)
    rows = state.picture(0 if word == "ended" else 1_700_000_000)
    picture = "\n".join("".join(said for said, _ in line) for line in rows)
    assert f"guards unknown: host {word}" in picture
    assert "[c] CONFIRM" not in picture
    assert "guards ✓" not in picture
    for guard in frames.GUARDS:
        assert f"{guard.name} ✓" not in picture
