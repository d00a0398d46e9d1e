"""`ramstock journal ls`: the sessions of the data directory."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui import settings
from ramstock_tui.errors import JournalError
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.ledger_reader import LedgerReader
from ramstock_tui.journal.lines import is_decision
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.plain import clean
from ramstock_tui.schedule import new_york
from ramstock_tui.verbs.journal.words import json_line

_HEAD = f"{'session':<32} {'date':<10} {'MB':>8}  {'state':<12} {'decisions':>9}  last (New York)\n"


class Listed(msgspec.Struct):
    """One session. name: below the data directory. date: yyyymmdd. bytes: its files together.
    state: sealed, open, held (by pid) or damaged. last_ts: newest record or ledger line, ns.
    problem: the first thing that is wrong, None = nothing was seen; `verify` looks at everything.
    """

    name: str
    path: str
    mode: str
    date: int = 0
    bytes: int = 0
    state: str = "damaged"
    pid: str = ""
    decisions: int = 0
    last_ts: int = 0
    problem: str | None = None


def run(*, as_json: bool) -> int:
    """0, also when sessions are damaged: each says so itself."""
    data = settings.data_dir()
    found = False
    for session in sessions(data):
        if not as_json:
            sys.stdout.write(("" if found else _HEAD) + _words(session))
        else:
            sys.stdout.write(json_line(session) + "\n")
        found = True
        sys.stdout.flush()
    if not found and not as_json:
        sys.stdout.write(f"no sessions below {clean(str(data))}\n")
    return 0


def sessions(data: Path) -> Iterator[Listed]:
    """`<data>/<mode>/*`, in order of mode and name. Links are named, not followed."""
    for mode in MODES:
        folder = data / mode
        try:
            paths = sorted(folder.iterdir()) if folder.is_dir() else []
        except OSError as problem:
            said = str(problem.strerror)
            yield Listed(mode, str(folder), mode, problem=said)
            continue
        for path in paths:
            if not path.name.startswith(".") and (path.is_symlink() or path.is_dir()):
                yield _listed(path, mode)


def _listed(path: Path, mode: str) -> Listed:
    session = Listed(f"{mode}/{path.name}", str(path), mode)
    try:
        if path.is_symlink() or path.parent.is_symlink():
            raise JournalError(f"{path}: is a symlink; it is not followed")
        _look(SessionDir.open(path), session)
    except (JournalError, OSError) as problem:
        session.state = "damaged"
        session.problem = str(problem).removeprefix(f"{path}: ").replace(f"{path}/", "")
    return session


def _look(where: SessionDir, session: Listed) -> None:
    session.bytes = sum(p.stat().st_size for p in where.path.iterdir() if p.is_file())
    holder = where.holder()
    market = MarketReader(where.market)
    try:
        session.date, session.last_ts = market.session_date, market.last_ts
        session.state = "sealed" if market.sealed else "open"
        problem = market.broken
    finally:
        market.close()
    if where.ledger.exists():
        problem = problem or _look_at_ledger(where, session)
    elif not market.imported:
        problem = problem or f"holds no {where.ledger.name}"
    if holder is not None:
        session.state, session.pid = "held", holder.get("pid", "")
        problem = None  # what is being written looks torn
    if problem is not None:
        raise JournalError(problem)


def _look_at_ledger(where: SessionDir, session: Listed) -> str | None:
    reader = LedgerReader(where.ledger)
    for line in reader:
        if line.raw["kind"] != "config":  # its time is that of the clock
            session.last_ts = max(session.last_ts, line.raw["ts"])
        session.decisions += is_decision(line.raw)
    if not reader.problem_count:
        return None
    number, offset, reason = reader.problems[0]
    return f"{where.ledger.name}: line {number} (byte {offset}): {reason}"


def _words(session: Listed) -> str:
    state = f"held {session.pid}" if session.state == "held" else session.state
    cells: list[Any] = [
        f"{clean(session.name, 60):<32}",
        f"{session.date or '':<10}",
        f"{session.bytes / 1e6:>8.1f} ",
        f"{clean(state, 24):<12}",
        f"{session.decisions:>9} ",
        _moment(session.last_ts),
    ]
    problem = f"  {clean(session.problem, 200)}" if session.problem else ""
    return f"{' '.join(cells)}{problem}\n"


def _moment(ts: int) -> str:
    if not ts:
        return "-"
    try:
        return new_york(ts).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return f"ts {str(ts)[:24]}"
