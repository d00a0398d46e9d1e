"""The phase gate at the opening of a session date, from the days of the account (D-29)."""

from datetime import date

import msgspec

from ramstock_tui.core import evidence
from ramstock_tui.core.evidence import Evidence
from ramstock_tui.host.account import Account, DayRecord

AGAIN = "the signal rules changed: phase 1 begins anew"


def shown(account: Account, today: int) -> Evidence:
    """What the phase of the account has shown by the opening of `today` (yyyymmdd)."""
    days = [d for d in _real(account) if account.since <= d.date < today]
    return Evidence(
        signals=sum(d.signals for d in days),
        wins=sum(d.wins for d in days),
        label_net_e4=sum(d.label_net_e4 for d in days),
        trading_days=sum(d.entries > 0 for d in days),
        net_e4=sum(d.net_e4 for d in days),
        weeks=len({as_date(d.date).isocalendar()[:2] for d in days}),
        days=(as_date(today) - as_date(account.since)).days if account.since else 0,
    )


def judged(account: Account, today: int, rules_id: str) -> tuple[Account, list[str]]:
    """The account for a session of this date, and what the trader must hear of it. The gate is
    asked once for each date; an earlier one than the last changes nothing."""
    if today <= account.judged:
        return account, []
    notes: list[str] = []
    before = account
    if not account.since:
        account = msgspec.structs.replace(account, since=today)
    account, said = _moved(account, today, rules_id)
    notes += said
    account, said = _cut(account, before, today)
    notes += said
    # the rules that earned monitor-only stay named until others begin
    if account.phase or not account.rules_id:
        account = msgspec.structs.replace(account, rules_id=rules_id)
    return msgspec.structs.replace(account, judged=today), notes


def month_drawdown_e4(account: Account, today: int) -> int:
    """The deepest fall of the month of `today` up to the day before, 1/10,000 USD."""
    days = [d for d in _real(account) if d.date // 100 == today // 100 and d.date < today]
    return evidence.drawdown_e4([d.net_e4 for d in days])


def nets(account: Account, today: int, rehearsal: bool) -> tuple[int, int]:
    """Net of confirmed trades of this week and of this month before `today`, 1/10,000 USD."""
    week, month = as_date(today).isocalendar()[:2], today // 100
    days = [d for d in account.days if d.rehearsal == rehearsal and d.date < today]
    return (
        sum(d.net_e4 for d in days if as_date(d.date).isocalendar()[:2] == week),
        sum(d.net_e4 for d in days if d.date // 100 == month),
    )


def as_date(number: int) -> date:
    """yyyymmdd as a date."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def _real(account: Account) -> list[DayRecord]:
    return [d for d in account.days if not d.rehearsal]


def _moved(account: Account, today: int, rules_id: str) -> tuple[Account, list[str]]:
    """Up by one when it is earned, to monitor-only when there is no edge, anew with other rules."""
    phase, found = account.phase, shown(account, today)
    if not phase:
        if account.rules_id in ("", rules_id):
            return account, [account.changes[-1].why] if account.changes else []
        return account.with_phase(1, today, AGAIN), [AGAIN]
    if evidence.aborts(found):
        why = evidence.abort_sentence(found)
        return account.with_phase(0, today, why), [why]
    if evidence.advances(phase, found):
        have = ", ".join(f"{c.need}: {c.have}" for c in evidence.conditions(phase, found))
        return account.with_phase(phase + 1, today, have), [f"phase {phase + 1} earned ({have})"]
    return account, []


def _cut(account: Account, before: Account, today: int) -> tuple[Account, list[str]]:
    """Beyond the monthly drawdown: less risk for the rest of the month, and once one phase less."""
    month, fall = today // 100, month_drawdown_e4(account, today)
    if account.cut_month == month:
        return account, [CUT]
    if fall <= evidence.MONTH_DRAWDOWN_E4:
        return account, []
    account = msgspec.structs.replace(account, cut_month=month)
    why = f"monthly drawdown ${fall // 10_000:,} is beyond $3,000"
    lower = min(account.phase, max(1, before.phase - 1)) if account.phase else 0
    if lower < account.phase:
        account = account.with_phase(lower, today, why)
        why += f": phase {lower}"
    return account, [f"{why}, {CUT}"]


CUT = "risk 0.15 % a trade for the rest of the month"
