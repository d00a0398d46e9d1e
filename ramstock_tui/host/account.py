"""The state of an account in one mode: phase, days with their locks, rules in force; on the disk.

One file `<state>/account/<mode>.json`, replaced as a whole (write, fsync, rename, fsync of the
directory), with a checksum. The ledgers of the sessions are the truth: what they say beyond the
file counts, and a file that is missing or damaged is made again from them (`host/past.py`). One
process at a time holds the account, by a kernel lock beside the file.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec

from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import Carried
from ramstock_tui.errors import JournalError
from ramstock_tui.journal.disk import DISK, Disk, create_file, open_file
from ramstock_tui.journal.session_dir import Lease, SessionHeld

VERSION = 1
MAX_BYTES = 1 << 24
KEPT_DAYS = 400


class DayRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One session date. rehearsal: its clock was set by hand. sessions: directories in the order in
    which they were opened. closed: the last of them ended in good order, its figures are final.
    rules: in force at the end. The rest are figures of the acting profile: signals with a label,
    wins among them, their net; earlier: these three of the sessions before the last one; net and
    entries of confirmed trades; left: what a later session of the date begins with, every profile.
    Money 1/10,000 USD."""

    date: int
    acting: str
    fee_model: str
    phase: int
    equity_cents: int
    rules: Rules
    rehearsal: bool = False
    sessions: tuple[str, ...] = ()
    closed: bool = False
    signals: int = 0
    wins: int = 0
    label_net_e4: int = 0
    earlier: tuple[int, int, int] = (0, 0, 0)
    net_e4: int = 0
    entries: int = 0
    left: tuple[Carried, ...] = ()


class PhaseChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phase went from `before` to `after` on a date (yyyymmdd), and why, in words."""

    date: int
    before: int
    after: int
    why: str


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """phase: 0 = monitor only to 3; since: date on which it began, 0 = no session yet. judged: last
    session date at whose opening the gate was asked. cut_month: yyyymm in which the monthly
    drawdown was beyond its limit, 0 = none. rules_id: of the signal rules that the phase judges."""

    mode: str
    version: int = VERSION
    phase: int = 1
    since: int = 0
    judged: int = 0
    cut_month: int = 0
    rules_id: str = ""
    changes: tuple[PhaseChange, ...] = ()
    days: tuple[DayRecord, ...] = ()

    def day(self, date: int, rehearsal: bool) -> DayRecord | None:
        """The record of a session date."""
        found = (d for d in self.days if d.date == date and d.rehearsal == rehearsal)
        return next(found, None)

    def with_day(self, day: DayRecord) -> "Account":
        """With this record in the place of the one of its date."""
        others = [d for d in self.days if (d.date, d.rehearsal) != (day.date, day.rehearsal)]
        days = sorted([*others, day], key=lambda d: (d.date, d.rehearsal))
        return msgspec.structs.replace(self, days=tuple(days[-KEPT_DAYS:]))

    def with_phase(self, phase: int, date: int, why: str) -> "Account":
        """In another phase, whose evidence begins on this date."""
        change = PhaseChange(date, self.phase, phase, why)
        return msgspec.structs.replace(
            self, phase=phase, since=date, changes=(*self.changes, change)
        )


class AccountHeld(SessionHeld):
    """Another process runs a session of this account."""

    def __init__(self, path: Path, pid: str) -> None:
        JournalError.__init__(
            self,
            f"{path}: the account is in use by process {pid or '(unknown)'}; one session at a time",
        )
        self.pid = pid


class Damaged(JournalError):
    """The file is not what was written; the message says where and why."""


class AccountFile:
    """The file of one mode. Use `read` without a lease, `take` before `write`."""

    def __init__(self, state_dir: Path, mode: str, disk: Disk = DISK) -> None:
        self.mode = mode
        self.folder = state_dir / "account"
        self.path = self.folder / f"{mode}.json"
        self._disk = disk
        self._lease: Lease | None = None

    def take(self) -> None:
        """The right to write, until `release` or the end of this process. Raises AccountHeld."""
        path = self.folder / f"{self.mode}.lock"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            lease = Lease(path, os.open(path, flags, 0o600))
        except OSError as problem:
            raise JournalError(f"{path}: {problem.strerror}") from problem
        if not lease.take():
            pid = lease.label().get("pid", "")
            lease.release()
            raise AccountHeld(path, pid)
        lease.relabel({"pid": os.getpid()})
        self._lease = lease

    def release(self) -> None:
        """Let others write; again: nothing."""
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def holder(self) -> str:
        """Process id of the one that holds the account, "" when nobody does."""
        path = self.folder / f"{self.mode}.lock"
        with contextlib.suppress(OSError):
            fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            with Lease(path, fd) as probe:
                return "" if probe.is_free() else probe.label().get("pid", "") or "(unknown)"
        return ""

    def read(self) -> Account | None:
        """What was written last; None when there is no file. Raises Damaged."""
        if not self.path.exists():
            return None
        with os.fdopen(open_file(self._disk, self.path, write=False), "rb") as file:
            data = file.read(MAX_BYTES + 1)
        head, _, text = data.partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() != head:
            raise Damaged(f"{self.path}: its checksum does not hold")
        try:
            account = msgspec.json.decode(text, type=Account)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise Damaged(f"{self.path}: {problem}") from problem
        if account.mode != self.mode or account.version != VERSION:
            raise Damaged(f"{self.path}: is of mode {account.mode}, version {account.version}")
        return account

    def write(self, account: Account) -> None:
        """Replace the file, durably. Raises JournalError; the file is then the old or the new."""
        if self._lease is None:
            raise JournalError(f"{self.path}: nobody may write it without holding the account")
        text = msgspec.json.encode(account)
        head = hashlib.sha256(text).hexdigest().encode()
        draft = self.path.with_name(f"{self.path.name}.new")
        try:
            draft.unlink(missing_ok=True)
            os.close(create_file(self._disk, draft, head + b"\n" + text))
            self._disk.replace(draft, self.path)
            self._disk.sync_dir(self.folder)
        except OSError as problem:
            raise JournalError(f"{self.path}: cannot be written: {problem.strerror}") from problem

    def move_aside(self) -> Path:
        """A damaged file keeps its content under another name."""
        for n in range(1, 1_000):
            aside = self.path.with_name(f"{self.path.name}.damaged-{n}")
            if not aside.exists():
                os.rename(self.path, aside)
                return aside
        raise JournalError(f"{self.path}: too many damaged files beside it")
