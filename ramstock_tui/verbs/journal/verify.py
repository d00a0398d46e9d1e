"""`ramstock journal verify DIR`: is what the session recorded whole?"""

import sys
from pathlib import Path

import msgspec

from ramstock_tui.journal.check import Report, check
from ramstock_tui.plain import clean
from ramstock_tui.verbs.journal.words import json_line


def run(directory: Path, *, as_json: bool) -> int:
    """0 when nothing is wrong, else 1. Raises JournalError when the directory is no session."""
    report = check(directory)
    if as_json:
        whole = {"ok": report.ok, "state": state(report), **msgspec.to_builtins(report)}
        sys.stdout.write(json_line(whole) + "\n")
        return 0 if report.ok else 1
    if report.ok:
        sys.stdout.write(f"ok: {_sums(report)}\n")
    else:
        tail = "; its whole part: " if report.only_torn else "; before the first damage: "
        word = "problem" if report.finding_count == 1 else "problems"
        sys.stdout.write(f"{report.finding_count:,} {word}{tail}{_sums(report)}\n")
    for finding in report.findings:
        torn = " (torn end; `ramstock journal repair` moves it aside)" if finding.torn else ""
        sys.stdout.write(f"  {clean(str(finding))}{torn}\n")
    for note in report.notes:
        sys.stdout.write(f"  {clean(note)}\n")
    return 0 if report.ok else 1


def state(report: Report) -> str:
    """`sealed`, `open` or `held`."""
    if report.held_by is not None:
        return "held"
    return "sealed" if report.sealed else "open"


def _sums(report: Report) -> str:
    lines = report.ledger_lines
    ledger = "no ledger" if lines is None else f"{lines:,} ledger lines"
    held = f" by process {clean(report.held_by or '(unknown)', 20)}" if report.held_by else ""
    return f"{ledger}, {report.market_records:,} market records, {state(report)}{held}"
