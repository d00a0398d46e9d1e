"""The state of an account over sessions, dates, kills and lost files: nothing is escaped."""

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui import settings
from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Carried, Confirm, Lock, LowerPhase, SessionOpened
from ramstock_tui.errors import JournalError
from ramstock_tui.host.account import Account, AccountFile, AccountHeld, DayRecord
from ramstock_tui.host.account_day import Day, open_day, resume_day
from ramstock_tui.host.past import signal_rules_id
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Chunk
from ramstock_tui.journal.disk import Disk
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.session_dir import SessionHeld
from ramstock_tui.schedule import session_day
from tests.core.live_stock import Stock
from tests.core.sessions import blob_row

MS = 1_000_000
S = 1_000 * MS
FRIDAY, MONDAY, TUESDAY = 20261120, 20261123, 20261124
LOADED = settings.load(env={})


class Trader:
    """One account in mode shadow; sessions without a screen, one at a time."""

    def __init__(self, home: Path) -> None:
        self.state, self.data = home / "state", home / "data"
        self.folders: dict[str, Any] = {"state": self.state, "data": self.data}
        self.loaded = LOADED

    def place(self, name: str) -> Path:
        return self.data / "shadow" / name

    def session(self, date: int, name: str, **more: Any) -> "Running":
        """A new session in a new directory."""
        folders, place = self.folders, self.place(name)
        more = {"admission": "assumed", **more}  # no universe is recorded here
        day = open_day("shadow", date, self.loaded, place, **folders, **more)
        assert day.opened is not None
        recorder = Recorder.create(
            Engine(day.rules),
            self.place(name),
            session_id=b"0123456789abcdef",
            date=date,
            mode=0,
            created_ns=session_day(date).open_ns,
        )
        running = Running(day, recorder, day.opened.open_ns)
        running.row(*blob_row(running.ts, 0, r.SESSION, day.opened))
        return running

    def again(self, name: str) -> "Running":
        """Go on with a session whose host died."""
        day = resume_day("shadow", self.place(name), **self.folders)
        recorder = Recorder.resume(Engine(day.rules), self.place(name), 0)
        return Running(day, recorder, recorder.resumed_ts)

    def account(self) -> Account:
        account = AccountFile(self.state, "shadow").read()
        assert account is not None
        return account


class Running:
    """A session and its account; what is decided is kept as `LiveSession` does it."""

    def __init__(self, day: Day, recorder: Recorder, ts: int) -> None:
        self.day = day
        self.recorder = recorder
        self.ts = ts
        self._kept()

    @property
    def engine(self) -> Engine:
        return self.recorder.engine

    @property
    def locks(self) -> set[str]:
        return set(self.engine.acting.state.locks)

    def row(self, row: r.Row, blob: bytes = b"") -> None:
        self.recorder.rows(Chunk(0, [row], blob))
        self._kept()

    def feed(self, rows: list[r.Row]) -> None:
        self.recorder.rows(Chunk(0, rows, b""))
        self._kept()

    def command(self, command: r.Command) -> tuple[bool, str]:
        self.ts += 100 * MS
        ok, text, _ = self.recorder.command(None, self.ts, command)
        self._kept()
        return ok, text

    def trade(self, ticker: str, *, bid_out: int = 119_400, opened: bool = False) -> None:
        """Signal, confirm, whole fill at 12.03, out at the bid; the lane is driven by a clean
        book. opened: the position stays."""
        number = max(self.engine.symbols, default=0) + 1
        self.row(*blob_row(self.ts, number, r.SYMBOL, r.SymbolInfo(ticker)))
        stock = Stock(self, number)
        stock.quote(120_000, 120_300)
        stock.stand(6)
        stock.buy_burst(120_300)
        (card,) = self.engine.acting.state.pendings.values()
        ok, text = self.command(Confirm(card.id, 1))
        assert ok, text
        stock.stand(1)
        assert self.engine.acting.state.trades[card.id].filled == card.plan.shares
        if opened:
            return
        stock.quote(bid_out, bid_out + 300)
        stock.stand(2)
        assert not self.engine.acting.state.trades

    def kill(self) -> None:
        """As a kill -9 leaves it: nothing is closed in order, the kernel frees what was held."""
        self.recorder.abandon()
        self.day.abandon()

    def end(self) -> None:
        self.recorder.close({})
        self.day.close(self.engine)

    def _kept(self) -> None:
        taken, self.recorder.taken = self.recorder.taken, []
        if taken:
            self.day.keep(self.engine, taken)


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


# the same date ------------------------------------------------------------------------------------
@pytest.mark.parametrize("ends", ["kill", "end"])
@pytest.mark.parametrize("lost", ["nothing", "store", "session", "both stores"])
def test_a_lock_is_not_escaped_by_another_session_of_the_day(
    trader: Trader, ends: str, lost: str
) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.command(Lock())
    getattr(first, ends)()
    if lost == "store":
        shutil.rmtree(trader.state)
    elif lost == "session":
        shutil.rmtree(trader.place("2026-11-23"))
    elif lost == "both stores":
        (trader.state / "account" / "shadow.json").write_bytes(b"\0" * 100)
    second = trader.session(MONDAY, "2026-11-23-2")
    assert "manual" in second.locks
    notes = [d.body["texts"] for d in second.engine.history if d.kind == "note"]
    told = [text for texts in notes for text in texts if "made again" in text]
    assert bool(told) == (lost in ("store", "both stores"))
    second.end()
    assert trader.session(TUESDAY, "2026-11-24").locks == set()


def test_net_entries_and_losses_of_the_day_go_on_in_its_next_session(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.trade("AAA")
    state = first.engine.acting.state
    assert (state.entries, state.losses, len(state.alerts)) == (1, 1, 1)
    net = state.net_e4
    assert net < 0
    first.kill()
    second = trader.session(MONDAY, "2026-11-23-2")
    after = second.engine.acting.state
    assert (after.net_e4, after.entries, after.losses, after.n) == (net, 1, 1, 1)
    assert (after.alerts, after.loss_ts, after.by_window) == (
        state.alerts,
        state.loss_ts,
        state.by_window,
    )
    assert "AAA" in after.cool


def test_who_waits_for_a_universe_alerts_on_nothing_without_one(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23", admission="universe")
    with pytest.raises(ValueError, match="unpack"):
        first.trade("AAA")
    assert {d.reasons for d in first.engine.history if d.kind == "suppress"} == {("universe",)}


def test_an_open_position_counts_as_stopped_in_the_next_session(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.trade("AAA", opened=True)
    (trade,) = first.engine.acting.state.trades.values()
    first.kill()
    state = trader.session(MONDAY, "2026-11-23-2").engine.acting.state
    fees = 2 * 35 * trade.filled
    assert state.net_e4 == trade.stop_e4 * trade.filled - trade.cost_e4 - fees
    assert (state.entries, state.losses, state.trades) == (1, 1, {})


def test_a_net_beyond_the_rung_locks_the_next_session_at_once(trader: Trader) -> None:
    """A kill may come after the outcome and before the line of the lock."""
    first = trader.session(MONDAY, "2026-11-23")
    first.kill()
    account = trader.account()
    day = msgspec.structs.replace(
        account.days[-1], left=(Carried("small_account", net_e4=-4_000_001),), closed=True
    )
    file = AccountFile(trader.state, "shadow")
    file.take()
    file.write(account.with_day(day))
    file.release()
    second = trader.session(MONDAY, "2026-11-23-2")
    assert second.locks == {"soft"}
    assert second.engine.history[0].kind == "lock"


def test_looser_settings_do_not_act_in_another_session_of_the_day(trader: Trader) -> None:
    trader.session(MONDAY, "2026-11-23").kill()
    table = "profiles.small_account"
    trader.loaded = settings.load(
        env={},
        overrides={
            f"{table}.losses.soft": 600,
            f"{table}.throttle.per_day": 3,
            "profile": "platform",
            "equity": 4_000_000,
        },
    )
    second = trader.session(MONDAY, "2026-11-23-2")
    profile = second.engine.acting.profile
    assert (profile.name, profile.losses.soft_e4) == ("small_account", 4_000_000)
    assert profile.throttle.per_day == 3
    opened = second.engine.session
    assert opened is not None
    assert opened.equity_cents == 4_000_000
    (said,) = [text for text in opened.notes if "tomorrow" in text]
    assert "small_account.losses.soft_e4" in said
    assert "profile" in said
    second.end()
    third = trader.session(TUESDAY, "2026-11-24")
    assert third.engine.acting.profile.name == "platform"


def test_one_session_of_an_account_at_a_time(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    with pytest.raises(AccountHeld) as caught:
        trader.session(MONDAY, "2026-11-23-2")
    assert isinstance(caught.value, SessionHeld)
    assert caught.value.exit_code == 8
    assert "one session at a time" in str(caught.value)
    first.kill()
    trader.session(MONDAY, "2026-11-23-2").kill()


def test_a_session_that_another_one_followed_is_not_gone_on_with(trader: Trader) -> None:
    trader.session(MONDAY, "2026-11-23").kill()
    trader.session(MONDAY, "2026-11-23-2").kill()
    with pytest.raises(Exception, match=r"a later session of that day counts: .*-2"):
        trader.again("2026-11-23")
    running = trader.again("2026-11-23-2")
    running.command(Lock())
    running.kill()
    assert trader.session(MONDAY, "2026-11-23-3").locks == {"manual"}


# other dates --------------------------------------------------------------------------------------
def test_a_clock_set_back_to_an_earlier_date_meets_the_lock(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.command(Lock())
    first.kill()
    assert trader.session(FRIDAY, "2026-11-20").locks == {"manual"}


def test_a_rehearsal_neither_locks_a_real_day_nor_earns_a_phase(trader: Trader) -> None:
    rehearsal = trader.session(MONDAY, "2026-11-23", rehearsal=True)
    rehearsal.command(Lock())
    rehearsal.kill()
    real = trader.session(MONDAY, "2026-11-23-2")
    assert real.locks == set()
    real.kill()
    assert trader.session(MONDAY, "2026-11-23-3", rehearsal=True).locks == {"manual"}


def test_week_and_month_go_on_over_days(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.trade("AAA")
    net = first.engine.acting.state.net_e4
    first.end()
    opened = trader.session(TUESDAY, "2026-11-24").engine.session
    assert opened is not None
    assert (opened.week_net_e4, opened.month_net_e4) == (net, net)
    assert opened.carried == ()


# the phase ----------------------------------------------------------------------------------------
def test_a_phase_is_lowered_at_once_and_for_the_days_after(trader: Trader) -> None:
    give(trader, days(20261102, 15, signals=50, wins=40, since=20261102))
    first = trader.session(MONDAY, "2026-11-23")
    opened = first.engine.session
    assert opened is not None
    assert (opened.phase, first.engine.acting.phase) == (2, 2)
    assert first.command(LowerPhase(2)) == (
        False,
        "phase 2 is not below phase 2: by hand it only falls",
    )
    assert first.command(LowerPhase(3))[0] is False
    assert first.command(LowerPhase(1)) == (True, "phase 2 -> 1")
    assert first.engine.acting.phase == 1
    first.kill()
    assert trader.again("2026-11-23").engine.acting.phase == 1
    account = trader.account()
    assert (account.phase, account.since) == (1, MONDAY)


@pytest.mark.parametrize("lost", [False, True])
def test_monitor_only_lets_no_signal_pass_until_other_rules_begin(
    trader: Trader, lost: bool
) -> None:
    give(trader, days(20261102, 15, signals=50, wins=27, since=20261102))
    first = trader.session(MONDAY, "2026-11-23")
    opened = first.engine.session
    assert opened is not None
    assert opened.phase == 0
    assert [text for text in opened.notes if "27 wins of 50" in text and "23 %" in text]
    with pytest.raises(ValueError, match="unpack"):
        first.trade("AAA")
    assert {d.reasons for d in first.engine.history if d.kind == "suppress"} >= {("phase",)}
    first.end()
    if lost:
        shutil.rmtree(trader.state)
    again = trader.session(TUESDAY, "2026-11-24")
    assert again.engine.acting.phase == 0
    assert again.engine.session is not None
    assert [text for text in again.engine.session.notes if "27 wins of 50" in text]
    again.end()


def test_monitor_only_by_hand_lasts_although_no_session_ever_ran(trader: Trader) -> None:
    file = AccountFile(trader.state, "shadow")
    file.take()
    file.write(Account("shadow").with_phase(0, FRIDAY, "lowered by hand"))
    file.release()
    for date, name in ((MONDAY, "2026-11-23"), (TUESDAY, "2026-11-24")):
        running = trader.session(date, name)
        assert running.engine.acting.phase == 0
        running.end()


def test_other_signal_rules_begin_phase_1_anew(trader: Trader) -> None:
    give(trader, days(20261102, 15, signals=50, wins=27, since=20261102))
    trader.session(MONDAY, "2026-11-23").end()
    trader.loaded = settings.load(
        env={}, overrides={"profiles.small_account.gates.min_ask_depth": 1_500}
    )
    opened = trader.session(TUESDAY, "2026-11-24").engine.session
    assert opened is not None
    assert (opened.phase, opened.phase_since) == (1, TUESDAY)


def test_beyond_the_monthly_drawdown_the_risk_falls_and_the_phase(trader: Trader) -> None:
    lost = [msgspec.structs.replace(d, net_e4=-10_000_100) for d in days(20261102, 3)]
    give(trader, lost, phase=3)
    for date, name, phase in ((MONDAY, "2026-11-23", 2), (TUESDAY, "2026-11-24", 2)):
        running = trader.session(date, name)
        opened = running.engine.session
        assert opened is not None
        assert (opened.phase, opened.risk_bp) == (phase, 15)
        assert [text for text in opened.notes if "risk 0.15 %" in text]
        running.end()
    december = trader.session(20261201, "2026-12-01").engine.session
    assert december is not None
    assert (december.phase, december.risk_bp) == (2, None)


def test_exactly_the_monthly_drawdown_changes_nothing(trader: Trader) -> None:
    lost = [msgspec.structs.replace(d, net_e4=-10_000_000) for d in days(20261102, 3)]
    give(trader, lost, phase=3)
    opened = trader.session(MONDAY, "2026-11-23").engine.session
    assert opened is not None
    assert (opened.phase, opened.risk_bp) == (3, None)


@pytest.mark.parametrize(("date", "last"), [(20261125, False), (20261127, True), (MONDAY, False)])
def test_the_last_session_of_a_week_reminds_to_withdraw(
    trader: Trader, date: int, last: bool
) -> None:
    opened = trader.session(date, "2026-11-25").engine.session
    assert opened is not None
    assert any("last session of the week" in text for text in opened.notes) is last


# the file -----------------------------------------------------------------------------------------
def test_a_damaged_state_without_any_ledger_locks_the_day(trader: Trader) -> None:
    trader.session(FRIDAY, "2026-11-20").end()
    (trader.state / "account" / "shadow.json").write_bytes(b"garbage")
    shutil.rmtree(trader.data)
    running = trader.session(MONDAY, "2026-11-23")
    assert running.locks == {"lost"}
    assert running.engine.session is not None
    assert [text for text in running.engine.session.notes if text.startswith("locked: ")]
    assert (trader.state / "account" / "shadow.json.damaged-1").read_bytes() == b"garbage"


def cut_from(ledger: Path, needle: bytes) -> None:
    """The ledger ends before the first line that holds this."""
    lines = ledger.read_bytes().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if needle in line)
    ledger.write_bytes(b"".join(lines[:first]))


@pytest.mark.parametrize("needle", [b'"kind":"command"', b'"kind":"lock"'])
def test_a_ledger_cut_before_the_lock_does_not_open_the_day(trader: Trader, needle: bytes) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.command(Lock())
    first.kill()
    cut_from(trader.place("2026-11-23") / "ledger.jsonl", needle)
    with pytest.raises(JournalError, match="lacks a lock or a trade that the account knows"):
        trader.again("2026-11-23")
    second = trader.session(MONDAY, "2026-11-23-2")
    assert second.locks == {"manual"}
    assert second.engine.session is not None
    assert second.engine.session.notes[0].endswith("the account counts")


def test_a_ledger_cut_before_a_loss_does_not_undo_the_loss(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.trade("AAA")
    net = first.engine.acting.state.net_e4
    first.kill()
    cut_from(trader.place("2026-11-23") / "ledger.jsonl", b'"kind":"command"')
    after = trader.session(MONDAY, "2026-11-23-2").engine.acting.state
    assert (after.net_e4, after.losses, after.entries) == (net, 1, 1)


@pytest.mark.parametrize(("damaged", "locks"), [("today", {"lost"}), ("yesterday", set())])
def test_a_damaged_state_and_a_day_without_its_ledger(
    trader: Trader, damaged: str, locks: set[str]
) -> None:
    """Ledgers of other days say nothing of the one that is gone, when the file may have known."""
    trader.session(FRIDAY, "2026-11-20").end()
    first = trader.session(MONDAY, "2026-11-23")
    first.command(Lock())
    first.kill()
    shutil.rmtree(trader.place("2026-11-23"))
    file = trader.state / "account" / "shadow.json"
    file.write_bytes(b"garbage")
    at_s = session_day(MONDAY).open_ns / 1e9 - (0 if damaged == "today" else 86_400)
    os.utime(file, (at_s, at_s))
    assert trader.session(MONDAY, "2026-11-23").locks == locks


def test_the_directory_of_a_first_session_is_no_lost_ledger(trader: Trader) -> None:
    place = trader.place("2026-11-23")
    place.mkdir(parents=True)
    (place / "host.log").write_text("begins\n")
    running = trader.session(MONDAY, "2026-11-23")
    assert not running.locks
    assert running.engine.session is not None
    assert running.engine.session.notes == ()


def test_a_ledger_whose_market_is_gone_locks_the_day(trader: Trader) -> None:
    trader.session(FRIDAY, "2026-11-20").end()
    (trader.state / "account" / "shadow.json").unlink()
    (trader.place("2026-11-20") / "market.rsm").unlink()
    assert trader.session(MONDAY, "2026-11-23").locks == {"lost"}


def test_a_damaged_state_beside_a_ledger_that_was_cut_locks_the_day(trader: Trader) -> None:
    """Nobody can say any more what the end of the ledger held."""
    first = trader.session(MONDAY, "2026-11-23")
    first.command(Lock())
    first.kill()
    cut_from(trader.place("2026-11-23") / "ledger.jsonl", b'"kind":"command"')
    damage_today(trader)
    for _ in range(2):  # a second try finds what the first one found
        with pytest.raises(JournalError, match="damaged and this session was not closed"):
            trader.again("2026-11-23")
    assert trader.session(MONDAY, "2026-11-23-2").locks == {"lost"}


def test_a_damaged_state_beside_a_closed_session_is_made_again(trader: Trader) -> None:
    first = trader.session(MONDAY, "2026-11-23")
    first.trade("AAA")
    net = first.engine.acting.state.net_e4
    first.end()
    damage_today(trader)
    second = trader.session(MONDAY, "2026-11-23-2")
    assert (second.locks, second.engine.acting.state.net_e4) == (set(), net)


def damage_today(trader: Trader) -> None:
    """The account's file is garbage, last written after Monday's open."""
    file = trader.state / "account" / "shadow.json"
    file.write_bytes(b"garbage")
    at_s = session_day(MONDAY).open_ns / 1e9 + 60
    os.utime(file, (at_s, at_s))


def test_a_disk_that_refuses_the_account_is_told_and_the_ledger_keeps_the_lock(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = trader.session(MONDAY, "2026-11-23")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "replace", full)
        running.command(Lock())
    assert "No space left" in running.day.trouble
    assert trader.account().days[-1].left == ()
    running.kill()
    assert trader.session(MONDAY, "2026-11-23-2").locks == {"manual"}


def test_the_ledger_is_ahead_of_the_account_never_behind(trader: Trader) -> None:
    """What the file says of a lock stands in the ledger already, fsynced."""
    running = trader.session(MONDAY, "2026-11-23")
    ledger = trader.place("2026-11-23") / "ledger.jsonl"
    seen: list[bool] = []
    before = running.day.keep

    def keep(engine: Engine, decided: list[Any]) -> str:
        seen.append(b'"rung":"manual"' in ledger.read_bytes())
        assert "manual" not in str(trader.account().days[-1].left)
        trouble = before(engine, decided)
        assert "manual" in str(trader.account().days[-1].left)
        return trouble

    running.day.keep = keep  # type: ignore[method-assign]
    running.command(Lock())
    assert seen == [True]
    assert not MarketReader(trader.place("2026-11-23") / "market.rsm").sealed


def days(
    first: int, count: int, *, signals: int = 0, wins: int = 0, since: int = 0
) -> list[DayRecord]:
    """Closed days from a date on; the labels stand in the first."""
    blank = DayRecord(
        date=first,
        acting="small_account",
        fee_model="seed_flat",
        phase=1,
        equity_cents=4_000_000,
        rules=LOADED.rules,
        closed=True,
    )
    found, date = [], first
    for n in range(count):
        figures = {"signals": signals, "wins": wins} if not n else {}
        found.append(msgspec.structs.replace(blank, date=date, **figures))
        date = session_day(date).next_date
    return found


def give(trader: Trader, found: list[DayRecord], phase: int = 1) -> None:
    """An account that has these days behind it."""
    file = AccountFile(trader.state, "shadow")
    file.take()
    file.write(
        Account(
            "shadow",
            phase=phase,
            since=found[0].date,
            judged=found[-1].date,
            rules_id=signal_rules_id(LOADED.rules, "small_account"),
            days=tuple(found),
        )
    )
    file.release()


def test_what_a_session_begins_with_is_read_back_as_it_was_written() -> None:
    carried = Carried(
        "x", 1, (1,), {"A": 2}, 3, {"W": 4}, 5, 6, 7, 8, ((9, 10),), (11,), 12, 13, 14
    )
    opened = SessionOpened(
        *(20261123, 1, 2, 3, 20261124),
        "m",
        "a",
        1,
        4_000_000,
        "f",
        carried=(carried,),
        notes=("n",),
    )
    packed = msgspec.msgpack.encode(opened)
    assert msgspec.msgpack.decode(packed, type=SessionOpened) == opened
