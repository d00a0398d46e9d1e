"""What the disk tells of an account: its file, and the ledgers where it is missing or damaged."""

from pathlib import Path

import msgspec

from ramstock_tui.errors import JournalError
from ramstock_tui.host import gate
from ramstock_tui.host.account import Account, AccountFile, Damaged, DayRecord
from ramstock_tui.host.past import BY_HAND, Past, rebuilt
from ramstock_tui.schedule import new_york

CUT = "its ledger lacks a lock or a trade that the account knows"


def load(file: AccountFile, sessions: Path) -> tuple[Account, list[str]]:
    """The account as far as the disk tells, for those who only look; and what is wrong with it."""
    try:
        account = file.read()
    except Damaged as problem:
        account, troubles = rebuilt(file.mode, sessions)
        return account, [str(problem), *troubles]
    if account is not None:
        return brought_up(account)
    return rebuilt(file.mode, sessions)


def from_disk(file: AccountFile, sessions: Path, date: int) -> tuple[Account, list[str], bool]:
    """(account, notes, nothing is known of it or of that date although there was something). What
    a damaged file knew of the date, only a session that was closed is sure to say as well: the end
    of any other may have been cut off."""
    damaged, touched = None, False
    try:
        account = file.read()
        if account is not None:
            return account, [], False
    except Damaged as problem:
        damaged = problem
        touched = _written_since(file.path, date)
    account, troubles = rebuilt(file.mode, sessions)
    notes = [f"not read: {trouble}" for trouble in troubles]
    if account.days or damaged is not None:
        notes.insert(0, f"account state made again from {len(account.days)} days of ledgers")
    lost = not account.days and (damaged is not None or bool(troubles))
    whole = any(day.date == date and day.closed for day in account.days)
    return account, notes, lost or (touched and not whole)


def set_aside(file: AccountFile) -> None:
    """Keep the bytes of a damaged file when a good one takes its place."""
    try:
        file.read()
    except Damaged:
        file.move_aside()


def _written_since(path: Path, date: int) -> bool:
    """Was this file written on that date (New York) or later, so that it may have known of it?"""
    return gate.as_date(date) <= new_york(path.stat().st_mtime_ns).date()


def lacks(ledger: DayRecord, kept: DayRecord) -> bool:
    """Does the ledger lack a lock, a loss pause or a closed trade that the account was told of? It
    is written before the account is, so it was cut afterwards. Open positions stand among the
    closed ones of both."""
    said = {each.profile: each for each in ledger.left}.get(kept.acting)
    known = {each.profile: each for each in kept.left}.get(kept.acting)
    if said is None or known is None:
        return False
    return (
        not known.locks.keys() <= said.locks.keys()
        or known.loss_pauses > said.loss_pauses
        or len(known.closed) > len(said.closed)
    )


def brought_up(account: Account) -> tuple[Account, list[str]]:
    """With what the ledgers of days that were not closed say beyond the file; and what is wrong
    with those that say less."""
    notes: list[str] = []
    for day in account.days:
        if day.closed or not day.sessions:
            continue
        try:
            past = Past(Path(day.sessions[-1]))
        except (JournalError, msgspec.DecodeError):
            continue  # it is gone or was never begun: what the file says counts
        if past.opened.date == day.date:
            found = past.day(day.sessions, day.rehearsal, day.earlier)
            if lacks(found, day):
                notes.append(f"{past.directory.name}: {CUT}; the account counts")
                continue
            account = account.with_day(found)
            fell = found.phase < min(past.opened.phase, account.phase)
            if fell and day.date >= account.since and not day.rehearsal:
                account = account.with_phase(found.phase, day.date, BY_HAND)
    return account, notes
