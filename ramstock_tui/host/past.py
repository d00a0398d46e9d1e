"""What the sessions on the disk say of an account: days, locks, labels, from their ledgers."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.lane_state import LaneState
from ramstock_tui.core.lane_trades import left_of
from ramstock_tui.core.pnl import fee_row
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import CONFIG, SESSION, ConfigChanged, SessionOpened
from ramstock_tui.errors import JournalError
from ramstock_tui.host.account import Account, DayRecord
from ramstock_tui.host.source import Recording
from ramstock_tui.journal.disk import DISK, open_file
from ramstock_tui.journal.market_walk import Walk
from ramstock_tui.journal.session_dir import SessionDir

NAMED_BY_DATE = 4  # letters of a session directory's name that are digits
REHEARSAL = "rehearsal"  # `SessionOpened.source` of a session whose clock was set by hand
BY_HAND = "lowered by hand"


class Labels:
    """Outcomes of signals with a position, confirmed or not, and the figures of confirmed ones."""

    def __init__(self) -> None:
        self.signals = self.wins = self.net_e4 = 0

    def see(self, decisions: Iterable[Decision], acting: str) -> None:
        """The next decisions of the session."""
        for d in decisions:
            if d.kind == "outcome" and d.profile == acting and d.body["shares"]:
                self.signals += 1
                self.wins += d.body["result"] == "win"
                self.net_e4 += d.body["net_e4"]


class Past:
    """One session directory. opened, rules: as recorded; closed: it ended in good order; day: its
    date as the account keeps it. Raises JournalError for one that cannot be read at all, and for
    one that holds no session yet."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.where = SessionDir.open(directory)
        recording = Recording(directory)
        self.closed = recording.market.sealed
        self.created_ns = recording.market.created_ns
        self.decisions = recording.decisions
        opened, rules = _said(recording)
        if opened is None or rules is None:
            raise JournalError(f"{directory}: holds no session yet")
        self.opened, self.rules = opened, rules

    def states(self) -> dict[str, LaneState]:
        """Every lane as its ledger leaves it, by profile."""
        found = {profile.name: LaneState() for profile in self.rules.profiles}
        for each in self.opened.carried:
            if each.profile in found:
                found[each.profile].take(each)
        for d in self.decisions:
            if d.profile in found:
                found[d.profile].apply(d)
        return found

    def day(
        self, sessions: tuple[str, ...], rehearsal: bool, earlier: tuple[int, int, int]
    ) -> DayRecord:
        """The record of its date. earlier: as in the record."""
        labels = Labels()
        labels.see(self.decisions, self.opened.acting)
        blank = DayRecord(
            date=self.opened.date,
            acting=self.opened.acting,
            fee_model=self.opened.fee_model,
            phase=self.opened.phase,
            equity_cents=self.opened.equity_cents,
            rules=self.rules,
            rehearsal=rehearsal,
            sessions=sessions,
            closed=self.closed,
            earlier=earlier,
        )
        return filled(blank, self.states(), labels, self.rules)


def filled(day: DayRecord, states: dict[str, LaneState], labels: Labels, rules: Rules) -> DayRecord:
    """The record with the figures of its last session."""
    acting = states[day.acting]
    signals, wins, net_e4 = day.earlier
    fee = fee_row(rules.fees, day.fee_model, day.date)
    return msgspec.structs.replace(
        day,
        phase=day.phase if acting.lowered is None else min(day.phase, acting.lowered),
        rules=rules,
        signals=signals + labels.signals,
        wins=wins + labels.wins,
        label_net_e4=net_e4 + labels.net_e4,
        net_e4=acting.net_e4,
        entries=acting.entries,
        left=tuple(left_of(state, fee, name) for name, state in states.items()),
    )


def _said(recording: Recording) -> tuple[SessionOpened | None, Rules | None]:
    """What the session said when it opened, and the rules that its changes came to. Only blocks
    with blobs are unpacked: a day has 200,000 blocks and more."""
    opened, rules = None, recording.rules
    with open(open_file(DISK, recording.market.path, write=False, follow=True), "rb") as file:
        walk = Walk(file.fileno())
        blocks = [walk.block(offset) for offset in walk.with_blobs]
    for block in blocks:
        for row in block.rows():
            if row[2] == SESSION:
                opened = msgspec.msgpack.decode(block.blob_of(row), type=SessionOpened)
            elif row[2] == CONFIG:
                changed = msgspec.msgpack.decode(block.blob_of(row), type=ConfigChanged)
                rules = changed.rules if changed.before == rules else rules
    return opened, rules


def rebuilt(mode: str, sessions: Path) -> tuple[Account, list[str]]:
    """The account from the ledgers below a mode's folder, and a line for each directory that could
    not be read. Without one: an account that has seen nothing."""
    found, troubles = list[Past](), list[str]()
    for directory in sorted(sessions.glob("*/")) if sessions.is_dir() else ():
        if directory.name[:NAMED_BY_DATE].isdigit() and not _blank(directory):
            try:
                found.append(Past(directory))
            except (JournalError, msgspec.DecodeError) as problem:
                troubles.append(str(problem))
    account = Account(mode)
    for past in sorted(found, key=lambda each: (each.opened.date, each.created_ns)):
        try:
            account = _joined(account, past)
        except KeyError as problem:
            troubles.append(f"{past.directory}: its decisions do not fit together ({problem})")
    return account, troubles


def _blank(directory: Path) -> bool:
    """Nothing was ever recorded in it: made for a session that begins now, or never did."""
    where = SessionDir(directory)
    return not where.market.exists() and not where.ledger.exists()


def signal_rules_id(rules: Rules, profile: str) -> str:
    """16 hex digits of what makes a profile's signals: its evidence belongs to them."""
    found = next(each for each in rules.profiles if each.name == profile)
    parts = (found.rules, found.min_score_e4, found.gates, found.rejects, found.reclaim)
    packed = msgspec.msgpack.encode((*parts, found.bracket))
    return hashlib.sha256(packed).hexdigest()[:16]


def _joined(account: Account, past: Past) -> Account:
    opened, rehearsal = past.opened, past.opened.source == REHEARSAL
    before = account.day(opened.date, rehearsal)
    sessions = (*(before.sessions if before else ()), str(past.directory))
    earlier = (before.signals, before.wins, before.label_net_e4) if before else (0, 0, 0)
    day = past.day(sessions, rehearsal, earlier)
    account = account.with_day(day)
    if rehearsal:
        return account
    since = opened.phase_since or opened.date
    if opened.phase != account.phase:
        said = (note for note in opened.notes if note.startswith("monitor only"))
        account = account.with_phase(opened.phase, since, next(said, "from the ledgers"))
    account = msgspec.structs.replace(
        account,
        since=since,
        rules_id=signal_rules_id(past.rules, opened.acting),
        judged=opened.date,
        cut_month=opened.date // 100 if opened.risk_bp is not None else account.cut_month,
    )
    if day.phase < opened.phase:
        account = account.with_phase(day.phase, opened.date, BY_HAND)
    return account
