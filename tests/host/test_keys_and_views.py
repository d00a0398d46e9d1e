"""A scripted operator over the link: keys become commands in the ledger; the screen shows the
engine's own numbers."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Command, Confirm, Lock, Skip
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.serve import Server
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import decision_hash
from ramstock_tui.host.views import Views
from ramstock_tui.journal.ledger_reader import read_ledger
from ramstock_tui.journal.lines import decision_line
from ramstock_tui.link import schema as m
from ramstock_tui.link.local import LocalLink
from tests.core.sessions import rules
from tests.host.help import Clock, ramstock, ran_from
from tests.host.scenes import morning
from tests.session_writer import DATE, MS, S, at

SCRIPT = morning()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SCRIPT.write(tmp_path_factory.mktemp("keys") / "session")


class Desk:
    """A playback with a screen's end of the link, stepped by hand: `until`, `order`, `see`."""

    def __init__(self, session: Path, policy: str, out: Path | None = None) -> None:
        self.clock = Clock()
        self.recording = Recording(session)
        self.engine = Engine(rules(), observe=True)
        inputs = self.recording.inputs(with_commands=policy == "ledger")
        self.playback = Playback(self.engine, inputs, policy, self.clock, 100, self.recording)
        self.recorder: Recorder | None = None
        if out is not None:
            self.recorder = Recorder.create(
                self.engine, out, session_id=b"scripted-session", date=DATE, mode=4, created_ns=1
            )
            self.playback.record_into(self.recorder)
        self.views = Views(self.playback)
        self.server = Server(self.playback, lambda: self.views, self.clock)
        self.slices: dict[str, Any] = {}

    def until(self, ts: int) -> None:
        """Let event time run to ts, 50 ms at a time."""
        self.playback.step()
        while self.playback.now < ts and not self.playback.done:
            while self.playback.step():
                pass
            self.clock.ns += min(50 * MS, max(1, ts - self.playback.now))

    def see(self, ticker: str = "") -> dict[str, Any]:
        """What a screen with that symbol selected holds."""
        for name, (_, value) in self.views.changed(m.View(tuple(m.SLICES), ticker, 10)).items():
            self.slices[name] = value
        return self.slices


def orders(
    desk: Desk, commands: list[Command], *, age_ms: int = 100, times: int = 1
) -> list[m.Verdict]:
    """The answers of the host to key presses that came over a real link."""

    async def press() -> list[m.Verdict]:
        link = LocalLink(desk.server)
        await link.start()
        for n, command in enumerate(commands * times):
            link.send(m.Order(n, 1, desk.clock.ns - age_ms * MS, command))
        found: list[m.Verdict] = []
        async for message in link.messages():
            if isinstance(message, m.Verdict):
                found.append(message)
                if len(found) == len(commands) * times:
                    break
        await link.close()
        return found

    return asyncio.run(press())


SIGNAL = at("09:31:08", 400)
CARD = f"{DATE}-TAKE-1"


def test_keys_become_commands_that_replay_to_the_same_decisions(
    session: Path, tmp_path: Path
) -> None:
    desk = Desk(session, "keys", tmp_path / "out")
    desk.until(SIGNAL + 900 * MS)
    verdicts = orders(desk, [Confirm(CARD, 1)], times=5)
    assert [v.ok for v in verdicts] == [True, False, False, False, False]
    assert verdicts[0].text == "confirmed #A1 500 TAKE at 12.04"
    assert all(guard.passed for guard in verdicts[0].guards)
    assert {v.text for v in verdicts[1:]} == {"already confirmed"}
    desk.until(at("09:40:09"))
    assert orders(desk, [Skip(f"{DATE}-STOP-2", 1)])[0].ok
    desk.until(at("09:59:00"))
    assert orders(desk, [Lock()])[0].ok
    desk.playback.set_speed(0)
    while not desk.playback.done:
        desk.playback.step()
    assert desk.recorder is not None
    desk.recorder.close({})
    out = tmp_path / "out"
    kinds = [line.raw["kind"] for line in read_ledger(out / "ledger.jsonl")]
    assert kinds.count("command") == 7
    assert (kinds.count("confirm"), kinds.count("refuse"), kinds.count("lock")) == (1, 4, 1)
    # every command stands before what it led to
    assert kinds[kinds.index("confirm") - 1] == "command"
    again = ran_from(out, "ledger")
    assert [d.hashed() for d in again.history] == [d.hashed() for d in desk.engine.history]
    assert decision_hash(again, "ledger") == decision_hash(desk.engine, "ledger")
    done = ramstock(tmp_path, "replay", out, "--verify")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("age_ms", "ok"), [(0, True), (1_000, True), (1_001, False)])
def test_a_key_press_older_than_a_second_does_nothing(
    age_ms: int, ok: bool, session: Path, tmp_path: Path
) -> None:
    desk = Desk(session, "keys", tmp_path / "out")
    desk.until(SIGNAL + 900 * MS)
    (verdict,) = orders(desk, [Confirm(CARD, 1)], age_ms=age_ms)
    assert verdict.ok == ok
    assert [d.kind for d in desk.engine.history].count("confirm") == ok
    if not ok:
        assert verdict.text == "key press 1.0 s old, at most 1.0 s"


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("ledger", "replay: commands come from the ledger"),
        ("all", "replay: --confirm all confirms by itself"),
        ("none", "replay: --confirm none leaves every card alone"),
    ],
)
def test_keys_do_nothing_under_the_other_policies(policy: str, text: str, session: Path) -> None:
    desk = Desk(session, policy)
    desk.until(SIGNAL + 900 * MS)
    before = [d.hashed() for d in desk.engine.history]
    verdicts = orders(desk, [Confirm(CARD, 1), Lock()])
    assert [(v.ok, v.text) for v in verdicts] == [(False, text)] * 2
    assert [d.hashed() for d in desk.engine.history] == before


def test_a_command_is_on_the_disk_before_the_engine_hears_of_it(
    session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(session, "keys", tmp_path / "out")
    desk.until(SIGNAL + 900 * MS)
    seen: list[tuple[str, bool]] = []
    ledger, market = tmp_path / "out" / "ledger.jsonl", tmp_path / "out" / "market.rsm"
    heard: Callable[..., Any] = desk.engine.command

    def command(seq: int, ts: int, what: Command) -> Any:
        last = list(read_ledger(ledger))[-1].raw
        rows = sum(block.count for block in Recording(tmp_path / "out").market.blocks())
        seen.append((last["kind"], rows == desk.playback.rows_fed and market.exists()))
        return heard(seq, ts, what)

    monkeypatch.setattr(desk.engine, "command", command)
    assert orders(desk, [Confirm(CARD, 1)])[0].ok
    assert seen == [("command", True)]


def test_no_ledger_line_names_a_record_that_the_market_file_lacks(
    session: Path, tmp_path: Path
) -> None:
    desk = Desk(session, "all", tmp_path / "out")
    lines = 0
    for second in range(at("09:31:00"), at("09:31:12"), S // 4):
        desk.until(second)
        blocks = list(Recording(tmp_path / "out").market.blocks())
        last = blocks[-1].first_seq + blocks[-1].count - 1 if blocks else 0
        named = [line.raw for line in read_ledger(tmp_path / "out" / "ledger.jsonl")]
        commands = [raw["seq"] for raw in named if raw["kind"] == "command"]
        assert max((raw["at"][0] for raw in named if "at" in raw), default=0) <= max(
            last, *commands, 0
        )
        lines = len(named)
    assert lines > 8


# the screen ---------------------------------------------------------------------------------------
def test_the_card_on_the_screen_equals_the_ledger_line_to_the_cent(session: Path) -> None:
    desk = Desk(session, "all")
    desk.until(SIGNAL + 500 * MS)
    (card,) = desk.see()["pending"].cards
    signal = next(d for d in desk.engine.history if d.kind == "signal")
    line = decision_line(signal)
    for name in ("entry_e4", "stop_e4", "target_e4", "risk_e4", "reward_e4", "shares", "id"):
        assert getattr(card, name) == line["body"][name]
    for name in ("net_target_e4", "net_stop_e4", "break_even_bp", "null_bp", "version"):
        assert getattr(card, name) == line["body"][name]
    assert card.score_e4 == line["score"] * 10_000 == 90_000
    assert (card.created_ts, card.expires_ts) == (SIGNAL, SIGNAL + 20 * S)
    assert card.size_note == line["info"]["size"]
    assert (card.ask_now_e4, card.spread_now_e4, card.depth_now) == (120_300, 300, 1_400)
    assert sum(row.points_e4 for row in card.rows) == 90_000
    assert all(guard.passed for guard in card.guards)


def test_the_status_counts_what_the_ledger_holds(session: Path) -> None:
    desk = Desk(session, "all")
    desk.until(at("10:13:30"))
    status = desk.see()["status"]
    outcomes = [d for d in desk.engine.history if d.kind == "outcome" and not d.body["shadow"]]
    assert sum(d.body["net_e4"] for d in outcomes) == 460_000
    assert status.net_e4 == 460_000 + status.open_net_e4
    assert status.peak_e4 == 915_000
    assert (status.wins, status.losses, status.losses_recent) == (1, 1, 0)
    assert (status.entries, status.entries_max) == (3, 6)
    assert (status.window, status.window_entries, status.window_entries_max) == ("PRIMARY", 3, 3)
    assert status.window_ends_ts == at("10:30:00")
    # alerts at 09:31:08, 09:40:08, 09:52:08 and 10:13:08
    assert (status.alerts_hour, status.alerts_hour_max) == (4, 3)
    assert status.next_alert_ts == at("10:33:08", 400)
    assert (status.soft_e4, status.hard_e4) == (4_000_000, 6_000_000)
    # 500 bought at 12.03, the bid is 12.00, fees of both sides
    assert status.open_net_e4 == -150_000 - 35_000
    assert (status.phase, status.profile, status.confirm_policy) == (3, "small_account", "all")
    last = desk.see()["pending"].last
    assert [(row.label, row.net_e4) for row in last if row.ticker in ("TAKE", "STOP")] == [
        ("SL", -455_000),
        ("TP", 915_000),
    ]


def test_ladder_tape_and_score_show_the_book_the_prints_and_the_rules(session: Path) -> None:
    desk = Desk(session, "none")
    desk.until(SIGNAL + 500 * MS)
    seen = desk.see("TAKE")
    ladder, tape, score = seen["ladder"], seen["tape"], seen["score"]
    assert ladder.bids[:3] == ((120_000, 3_600), (119_900, 2_600), (119_800, 2_400))
    assert ladder.asks[:3] == ((120_300, 1_400), (120_400, 1_000), (120_500, 900))
    assert (ladder.bid_sum_3, ladder.ask_sum_3, ladder.last_e4) == (8_600, 3_300, 120_300)
    assert (ladder.ask_depth, ladder.ask_depth_need, ladder.reason) == (1_400, 1_200, "")
    assert (ladder.entry_e4, ladder.stop_e4, ladder.target_e4) == (120_400, 119_500, 122_200)
    assert tape.count_3s == 14
    assert (tape.buy_shares, tape.sell_shares, tape.mid_shares) == (140, 0, 0)
    assert [(row.px_e4, row.size, row.side) for row in tape.rows] == [(120_300, 10, "B")] * 14
    assert sum(tape.spark) == 14
    assert (score.score_e4, score.need_e4) == (90_000, 80_000)
    universe = {row.ticker: row for row in seen["universe"].rows}
    assert universe["TAKE"].state == "PENDING"
    assert universe["TAKE"].score_e4 == 90_000
    assert universe["STOP"].score_e4 is None


def test_every_slice_survives_the_wire_and_travels_only_when_it_changed(session: Path) -> None:
    desk = Desk(session, "all")
    view = m.View(tuple(m.SLICES), "TAKE", 10)
    desk.until(SIGNAL + 500 * MS)
    first = desk.views.changed(view)
    assert set(first) == set(m.SLICES) - {"timeline", "funnel"}
    for name, (version, value) in first.items():
        packed = msgspec.msgpack.encode(value)
        assert msgspec.msgpack.decode(packed, type=m.SLICES[name]) == value
        assert version == 1
    assert desk.views.changed(view) == {}
