"""`ramstock journal repair DIR`: torn ends moved aside, so that the session can go on.

Damage before the end stays where it is: a line taken out would break the chain of those after it,
and which line it was decides about locks and money. Reading (`show`, `export`) passes it over.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ramstock_tui.journal.check import Report, check
from ramstock_tui.journal.ledger import Ledger
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.session_dir import SessionDir, SessionHeld
from ramstock_tui.plain import clean


def run(directory: Path, *, dry_run: bool) -> int:
    """0 when the session is whole afterwards (dry run: would be), else 1. Raises SessionHeld, exit
    code 8, when a process writes it; JournalError when the disk refuses."""
    where = SessionDir.open(directory)
    if dry_run:
        holder = where.holder()
        if holder is not None:
            raise SessionHeld(directory, clean(holder.get("pid", ""), 20))
        return _told(check(directory), "would be moved aside", dry_run=True)
    with where.lock({"start": time.time_ns()}):
        moved = _move_all(where, check(directory, ours=True))
        after = check(directory, ours=True)
    for line in moved:
        sys.stdout.write(clean(line) + "\n")
    return _told(after, "", dry_run=False)


def _move_all(where: SessionDir, report: Report) -> list[str]:
    torn = {finding.file for finding in report.findings if finding.torn}
    left = {finding.file for finding in report.findings if not finding.torn}
    return [line for name in sorted(torn - left) for line in _moved(where, name)]


def _moved(where: SessionDir, name: str) -> Iterator[str]:
    """Move one torn end aside, as a host that starts again does; what was done."""
    path = where.path / name
    before = set(path.parent.glob(f"{path.stem}.torn-*"))
    if name == where.ledger.name:
        ledger = Ledger.resume(path, wall_ns=time.time_ns)
        ledger.close()
        torn = ledger.torn
    else:
        market = MarketWriter.resume(path)
        market.close()
        torn = market.torn
    for side in sorted(set(path.parent.glob(f"{path.stem}.torn-*")) - before):
        yield f"{name}: {torn:,} torn bytes moved to {side.name}"


def _told(report: Report, moving: str, *, dry_run: bool) -> int:
    left = [finding for finding in report.findings if not finding.torn or not dry_run]
    damaged = {finding.file for finding in left}
    for finding in report.findings:
        stays = finding.file in damaged
        what = "stays as it is; what holds can still be read" if stays else moving
        sys.stdout.write(f"{clean(str(finding))}: {what}\n")
    if not report.findings:
        sys.stdout.write("ok: nothing is torn\n")
    return 1 if left else 0
