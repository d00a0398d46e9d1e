"""`ramstock phase`: the evidence phase of an account, and lowering it by hand."""

import asyncio
import json
import sys
import time
from typing import Any

from ramstock_tui import settings
from ramstock_tui.core import evidence
from ramstock_tui.errors import RamstockError
from ramstock_tui.host import gate
from ramstock_tui.host.account import Account, AccountFile
from ramstock_tui.host.account_past import load
from ramstock_tui.host.past import BY_HAND
from ramstock_tui.schedule import date_of

ANSWER_S = 5.0


class NotLower(RamstockError):
    """By hand the phase only falls."""

    exit_code = 2


def show(mode: str, as_json: bool) -> int:
    """Phase, what it has shown so far and what the next one needs."""
    account, troubles = load(AccountFile(settings.state_dir(), mode), settings.data_dir() / mode)
    report = _report(account, date_of(time.time_ns()))
    if as_json:
        sys.stdout.write(json.dumps(report | {"troubles": troubles}) + "\n")
        return 0
    for trouble in troubles:
        sys.stderr.write(f"ramstock: {trouble}\n")
    for line in _lines(report):
        sys.stdout.write(line + "\n")
    return 0


def lower(mode: str, phase: int) -> int:
    """Lower the phase: in the session that runs, else in the account for the next one."""
    file = AccountFile(settings.state_dir(), mode)
    if file.holder():
        said = asyncio.run(_order(mode, phase))
        sys.stdout.write(f"{mode}: {said}\n")
        return 0
    file.take()
    try:
        account, troubles = load(file, settings.data_dir() / mode)
        if troubles:  # the next session makes it again, and locks the day when it cannot
            raise RamstockError(f"{troubles[0]}; nothing was lowered")
        if not 0 <= phase < account.phase:
            text = f"phase {phase} is not below phase {account.phase}: by hand it only falls"
            raise NotLower(f"{mode}: {text}")
        file.write(account.with_phase(phase, date_of(time.time_ns()), BY_HAND))
    finally:
        file.release()
    sys.stdout.write(f"{mode}: phase {account.phase} -> {phase}, from the next session\n")
    return 0


async def _order(mode: str, phase: int) -> str:
    """Tell the host of the mode; it writes the command down. The pen goes back afterwards."""
    from ramstock_tui.core.records import LowerPhase
    from ramstock_tui.link import places
    from ramstock_tui.link.schema import Order, Refused, Verdict
    from ramstock_tui.link.socket import SocketLink

    found = places.hosts(places.run_dir(settings.state_dir()))
    entry = next((e for e in found if e.label.get("mode") == mode and e.socket), None)
    if entry is None or entry.socket is None:
        raise RamstockError(f"{mode}: a session holds the account and cannot be reached; try again")
    link = SocketLink(entry.socket, pen="take")
    await link.start()
    link.send(Order(1, 0, time.monotonic_ns(), LowerPhase(phase)))
    try:
        async with asyncio.timeout(ANSWER_S):
            async for message in link.messages():
                if isinstance(message, Refused):
                    raise RamstockError(f"{mode}: refused: {message.text}")
                if isinstance(message, Verdict):
                    if not message.ok:
                        raise NotLower(f"{mode}: {message.text}")
                    return message.text
    except TimeoutError:
        pass
    finally:
        await link.close()
    raise RamstockError(f"{mode}: the session did not answer in {ANSWER_S:g} s")


def _report(account: Account, today: int) -> dict[str, Any]:
    found = gate.shown(account, today + 1)
    low, high = evidence.wilson(found.wins, found.signals)
    return {
        "mode": account.mode,
        "phase": account.phase,
        "since": account.since or None,
        "signals": found.signals,
        "wins": found.wins,
        "interval_pct": [round(100 * low, 1), round(100 * high, 1)] if found.signals else None,
        "trading_days": found.trading_days,
        "net_usd": found.net_e4 / 10_000,
        "signals_net_usd": found.label_net_e4 / 10_000,
        "next": [c._asdict() for c in evidence.conditions(account.phase, found)],
        "changes": [
            {"date": c.date, "before": c.before, "after": c.after, "why": c.why}
            for c in account.changes
        ],
        "reduced_risk_month": account.cut_month or None,
    }


def _lines(report: dict[str, Any]) -> list[str]:
    phase = report["phase"]
    name = f"phase {phase}" if phase else "monitor only"
    said = [f"{report['mode']}: {name}, since {report['since'] or 'no session yet'}"]
    rate = report["interval_pct"]
    shown = f" ({100 * report['wins'] / report['signals']:.1f} % {rate})" if rate else ""
    said.append(f"labelled signals {report['signals']}, wins {report['wins']}{shown}")
    for each in report["next"]:
        mark = "yes" if each["holds"] else "no "
        said.append(f"phase {phase + 1} needs {each['need']}: {mark} ({each['have']})")
    changes = report["changes"][-3:]
    return said + [f"{c['date']}: {c['before']} -> {c['after']}: {c['why']}" for c in changes]
