"""A session date of an account: what its session begins with, and what is kept of it (D-21, D-29).

    day = open_day("shadow", 20261127, loaded, directory, admission="universe")
    ... a `Recorder` with an engine under `day.rules`, a `LiveSession(..., keep=day.keep)` that
    opens `day.opened` ...
    day.close(engine)             # after the recorder is closed; `day.abandon()` after a failure

`resume_day` is for a session whose host died. Both hold the account: no second session of it runs.
"""

from pathlib import Path

import msgspec

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.evidence import REDUCED_RISK_BP
from ramstock_tui.core.limits import Change, acting, changes
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import Carried, SessionOpened
from ramstock_tui.errors import JournalError
from ramstock_tui.host import gate
from ramstock_tui.host.account import Account, AccountFile, DayRecord
from ramstock_tui.host.account_past import CUT, brought_up, from_disk, lacks, set_aside
from ramstock_tui.host.past import (
    BY_HAND,
    REHEARSAL,
    Labels,
    Past,
    filled,
    signal_rules_id,
)
from ramstock_tui.host.source import rules_of
from ramstock_tui.schedule import session_day
from ramstock_tui.settings import Settings, data_dir, state_dir

# decisions after which the account is written again before anybody sees them
KEPT = frozenset(
    {
        *("signal", "confirm", "withdraw", "outcome", "lock", "pause", "resume", "phase", "limits"),
        *("cancel",),  # one that came early takes the cool-off back
    }
)
LOST = "locked: the state of the account was damaged and no whole ledger says how the day stands"
DOUBT = "the state of the account is damaged and this session was not closed"


class Day:
    """See above. opened: None for one that is gone on with. rules: those that the engine is made
    with. trouble: why the account could not be written, "" while it can; the ledger has everything,
    so nothing is lost."""

    def __init__(
        self,
        file: AccountFile,
        account: Account,
        record: DayRecord,
        rules: Rules,
        opened: SessionOpened | None,
    ) -> None:
        """For `open_day` and `resume_day`."""
        self.opened = opened
        self.rules = rules
        self.trouble = ""
        self._file = file
        self._account = account
        self._record = record
        self._labels = Labels()
        self._seen: list[Decision] = []

    def keep(self, engine: Engine, decided: list[Decision]) -> str:
        """After the session's files have these decisions and before a screen does: what must
        outlive the session's own directory goes to the disk. `trouble`, in short."""
        mine = ("", self._record.acting)
        if self.trouble or any(d.kind in KEPT and d.profile in mine for d in decided):
            self._write(engine, closed=False)
        return "account state not written" if self.trouble else ""

    def close(self, engine: Engine) -> None:
        """The session has ended in good order."""
        try:
            self._write(engine, closed=True)
        finally:
            self._file.release()

    def abandon(self) -> None:
        """The session ends as it stands; its ledger will say what happened."""
        self._file.release()

    def _write(self, engine: Engine, *, closed: bool) -> None:
        self._look(engine)
        states = {lane.profile.name: lane.state for lane in engine.lanes}
        record = filled(self._record, states, self._labels, engine.rules)
        record = msgspec.structs.replace(record, closed=closed)
        account = self._account.with_day(record)
        if record.phase < account.phase and not record.rehearsal:
            account = account.with_phase(record.phase, record.date, BY_HAND)
        try:
            self._file.write(account)
        except JournalError as problem:
            self.trouble = str(problem)
            return
        self.trouble = ""
        self._account = account

    def _look(self, engine: Engine) -> None:
        """Count the labels of new decisions; anew when a restart forgot some."""
        history, n = engine.history, len(self._seen)
        if len(history) < n or (n and history[n - 1] is not self._seen[-1]):
            self._labels, self._seen, n = Labels(), [], 0
        new = history[n:]
        self._labels.see(new, self._record.acting)
        self._seen += new


def open_day(
    mode: str,
    date: int,
    loaded: Settings,
    directory: Path,
    *,
    admission: str,
    equity_cents: int | None = None,
    rehearsal: bool = False,
    depth_levels: int = 5,
    state: Path | None = None,
    data: Path | None = None,
) -> Day:
    """The day for a new session in a directory that holds none yet. admission: `universe` where one
    will be recorded, without it nobody may alert; `assumed` for a list. equity_cents: what the
    broker says, None = the settings. rehearsal: its clock is set by hand. state, data: the
    program's folders. Raises ScheduleError on a closed day, AccountHeld (exit code 8),
    JournalError."""
    day = session_day(date)
    file = AccountFile(state or state_dir(), mode)
    file.take()
    try:
        account, notes, unknown = from_disk(file, (data or data_dir()) / mode, date)
        account, cut = brought_up(account)
        notes += cut
        rules_id = signal_rules_id(loaded.rules, loaded.acting)
        account, said = gate.judged(account, date, rules_id) if not rehearsal else (account, [])
        notes += said
        before = account.day(date, rehearsal)
        record = _begun(account, before, loaded, date, rehearsal, directory, equity_cents)
        week, month = gate.nets(account, date, rehearsal)
        if gate.as_date(day.next_date).isocalendar()[:2] != gate.as_date(date).isocalendar()[:2]:
            notes.append("last session of the week: withdraw its profits, do not compound")
        notes += _waiting(record, loaded) + ([LOST] if unknown else [])
        set_aside(file)
        opened = SessionOpened(
            date=date,
            midnight_ns=day.midnight_ns,
            open_ns=day.open_ns,
            close_ns=day.close_ns,
            next_date=day.next_date,
            mode=mode,
            acting=record.acting,
            phase=record.phase,
            phase_since=account.since or date,
            equity_cents=record.equity_cents,
            fee_model=record.fee_model,
            admission=admission,
            depth_levels=depth_levels,
            week_net_e4=week,
            month_net_e4=month,
            source=REHEARSAL if rehearsal else mode,
            risk_bp=REDUCED_RISK_BP if account.cut_month == date // 100 else None,
            carried=_carried(account, date, rehearsal, day.open_ns if unknown else 0, record),
            notes=tuple(notes),
        )
        account = account.with_day(record)
        file.write(account)
    except BaseException:
        file.release()
        raise
    return Day(file, account, record, record.rules, opened)


def resume_day(
    mode: str,
    directory: Path,
    *,
    state: Path | None = None,
    data: Path | None = None,
) -> Day:
    """The day of a session that is gone on with; `rules` are those of the session. Raises
    JournalError when a later session of its date has taken over: that one counts; and when its
    ledger was cut short of a lock or a trade that the account knows, or may have been because the
    account is damaged."""
    file = AccountFile(state or state_dir(), mode)
    file.take()
    try:
        past = Past(directory)
        account, _, unknown = from_disk(file, (data or data_dir()) / mode, past.opened.date)
        if unknown:
            raise JournalError(f"{directory}: {DOUBT}; move it away, a new one begins locked")
        set_aside(file)
        rehearsal = past.opened.source == REHEARSAL
        before = account.day(past.opened.date, rehearsal)
        sessions = before.sessions if before else (str(directory),)
        if sessions[-1] != str(directory):
            text = f"a later session of that day counts: {sessions[-1]}"
            raise JournalError(f"{directory}: cannot be gone on with, {text}")
        record = past.day(sessions, rehearsal, before.earlier if before else (0, 0, 0))
        if before is not None and lacks(record, before):
            raise JournalError(f"{directory}: {CUT}; move it away, a new session begins with that")
        rules = rules_of(past.where)
    except BaseException:
        file.release()
        raise
    return Day(file, account, record, rules, None)


def waits(opened: SessionOpened, loaded: Settings) -> tuple[Change, ...]:
    """What a session settled when it opened and the settings now say otherwise (`Recorder.resume`).
    It counts from the next session."""
    pairs = (
        ("profile", opened.acting, loaded.acting),
        ("fee_model", opened.fee_model, loaded.fee_model),
    )
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


def _begun(
    account: Account,
    before: DayRecord | None,
    loaded: Settings,
    date: int,
    rehearsal: bool,
    directory: Path,
    equity_cents: int | None,
) -> DayRecord:
    """The record of the date with one more session. What an earlier session of the date settled
    stays: profile, fees, equity at the start of the day, and no limit is looser."""
    if before is None:
        return DayRecord(
            date=date,
            acting=loaded.acting,
            fee_model=loaded.fee_model,
            phase=account.phase,
            equity_cents=loaded.equity_cents if equity_cents is None else equity_cents,
            rules=loaded.rules,
            rehearsal=rehearsal,
            sessions=(str(directory),),
        )
    return msgspec.structs.replace(
        before,
        phase=min(before.phase, account.phase),
        rules=acting(before.rules, loaded.rules),
        sessions=(*before.sessions, str(directory)),
        closed=False,
        earlier=(before.signals, before.wins, before.label_net_e4),
    )


def _carried(
    account: Account, date: int, rehearsal: bool, locked_ts: int, record: DayRecord
) -> tuple[Carried, ...]:
    """What the session begins with: what earlier ones of the date left; when the clock was set back
    behind a date that had a session already, also the locks of that; and a lock where the state was
    lost (locked_ts)."""
    left = {each.profile: each for each in record.left}
    later = [d for d in account.days if d.date > date and not d.rehearsal and not rehearsal]
    for each in (c for d in later for c in d.left):
        mine = left.get(each.profile, Carried(each.profile))
        left[each.profile] = msgspec.structs.replace(mine, locks={**each.locks, **mine.locks})
    if locked_ts:
        mine = left.get(record.acting, Carried(record.acting))
        locks = {"lost": locked_ts, **mine.locks}
        left[record.acting] = msgspec.structs.replace(mine, locks=locks)
    return tuple(left.values())


def _waiting(record: DayRecord, loaded: Settings) -> list[str]:
    """What of the settings does not act today because a session of the day ran without it."""
    paths = [change.path for change in changes(record.rules, loaded.rules)]
    pairs = (
        ("profile", record.acting, loaded.acting),
        ("fee_model", record.fee_model, loaded.fee_model),
    )
    paths += [name for name, had, wanted in pairs if had != wanted]
    return [f"effective tomorrow (next session): {', '.join(paths)}"] if paths else []
