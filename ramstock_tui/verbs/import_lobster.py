"""`ramstock import lobster`: a LOBSTER message and orderbook file become one sealed session.

The session directory appears complete or not at all: everything is written to a hidden directory
beside the target, which is renamed at the end and removed when anything stops the import.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import msgspec

from ramstock_tui.core.records import (
    LAST,
    REFDATA,
    SESSION,
    SYMBOL,
    RefData,
    Row,
    SessionOpened,
    SymbolInfo,
)
from ramstock_tui.feeds.lobster import ImportRefused, ImportStats, read
from ramstock_tui.feeds.textfile import digest_of
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.disk import DISK
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.seal import SealReport, seal
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.schedule import SessionDay, session_day
from ramstock_tui.settings import data_dir, load
from ramstock_tui.verbs import options
from ramstock_tui.verbs.options import UsageError
from ramstock_tui.verbs.progress import Progress

# What an imported session assumes where nothing else is said.
EQUITY_CENTS = 4_000_000
PHASE = 3
FEE_MODEL = "seed_flat"
TICK_E4 = 100

_SYM = 1
_CHUNK = 4_096  # records handed to the writer at once
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{0,14}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STOPPED_BY = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be imported, checked. text_lines: of the message file, for progress."""

    message: Path
    orderbook: Path
    symbol: str
    day: SessionDay
    opened: SessionOpened
    session_id: bytes
    text_lines: int
    skip_bad: bool


def run(
    message: Path,
    orderbook: Path,
    symbol: str,
    date: str,
    out: Path | None,
    allow_partial_vwap: bool,
    skip_bad: bool,
    equity: float | None,
    phase: int | None,
    profile: str | None,
    as_json: bool,
) -> int:
    """Import and print what was found; 0. Anything else raises a RamstockError or OSError.

    out: the new session directory, None = `<data>/import/<date>-<symbol>`; one that holds files is
    refused. equity: dollars, phase: 1 to 3, profile: one of the configuration.
    """
    day = session_day(_date_number(date))
    _check_inputs(symbol, message, orderbook)
    opened = _opened(day, allow_partial_vwap, equity, phase, profile)
    target = _target(out, date, symbol)
    digests = [digest_of(path) for path in (message, orderbook)]
    order = _Order(
        message=message,
        orderbook=orderbook,
        symbol=symbol,
        day=day,
        opened=opened,
        session_id=_session_id(symbol, date, [digest for digest, _, _ in digests]),
        text_lines=digests[0][2],
        skip_bad=skip_bad,
    )
    stats, sealed = _import(order, target, Progress(None if as_json else sys.stderr))
    report = {"session": _plain(str(target)), "symbol": symbol, "date": date}
    report |= _summary(stats, sealed, day)
    sys.stdout.write(json.dumps(report) + "\n" if as_json else _words(report))
    return 0


def _date_number(date: str) -> int:
    """yyyymmdd of YYYY-MM-DD. Raises UsageError."""
    try:
        if not _DATE.fullmatch(date):
            raise ValueError
        Date.fromisoformat(date)
    except ValueError:
        raise UsageError(f"--date: expected YYYY-MM-DD, was {date[:40]!r}") from None
    return int(date.replace("-", ""))


def _check_inputs(symbol: str, message: Path, orderbook: Path) -> None:
    if not _SYMBOL.fullmatch(symbol):
        rule = "1 to 15 of A-Z, 0-9, space, dot and hyphen, a letter or digit first"
        raise UsageError(f"--symbol: expected {rule}, was {symbol[:40]!r}")
    for path in (message, orderbook):
        if not path.is_file():  # a pipe cannot be read twice
            raise UsageError(f"{path}: expected a file")


def _opened(
    day: SessionDay,
    allow_partial_vwap: bool,
    equity: float | None,
    phase: int | None,
    profile: str | None,
) -> SessionOpened:
    """What the session assumes, but for the levels, which only the files tell."""
    return SessionOpened(
        date=day.date,
        midnight_ns=day.midnight_ns,
        open_ns=day.open_ns,
        close_ns=day.close_ns,
        next_date=day.next_date,
        mode="import",
        acting=load(overrides={} if profile is None else {"profile": profile}).acting,
        phase=PHASE if phase is None else options.phase(phase),
        equity_cents=EQUITY_CENTS if equity is None else options.cents(equity),
        fee_model=FEE_MODEL,
        admission="assumed",
        allow_partial_vwap=allow_partial_vwap,
        source="lobster",
    )


def _target(out: Path | None, date: str, symbol: str) -> Path:
    """The directory to make. Raises ImportRefused when something is there already."""
    named = data_dir() / "import" / f"{date}-{symbol}" if out is None else out
    target = Path(os.path.realpath(named))
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        what = "holds files" if target.is_dir() else "is a file"
        raise ImportRefused(f"{target}: {what} already; an import makes a new directory")
    return target


def _session_id(symbol: str, date: str, digests: list[bytes]) -> bytes:
    """16 bytes, the same for the same input, however it is compressed."""
    return hashlib.sha256(b"\0".join([symbol.encode(), date.encode(), *digests])).digest()[:16]


def _import(order: _Order, target: Path, progress: Progress) -> tuple[ImportStats, SealReport]:
    stats = ImportStats()
    with _appearing(target) as draft:
        session = SessionDir.create(draft)
        try:
            _write_market(order, session, stats, progress)
        finally:
            progress.end()
        sealed = seal(session.market)
        session.write_toml(_description(order, stats, sealed))
    return stats, sealed


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A hidden directory that becomes `target` when the block ends, and vanishes if it fails."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = {number: signal.signal(number, _stop) for number in _STOPPED_BY}
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield draft
        draft.rename(target)  # takes the place of an empty directory, refuses a filled one
        DISK.sync_dir(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM and SIGHUP end the import like any failure: nothing half stays behind."""
    raise SystemExit(128 + number)


def _write_market(
    order: _Order, session: SessionDir, stats: ImportStats, progress: Progress
) -> None:
    batches = read(
        order.message,
        order.orderbook,
        order.day.midnight_ns,
        _SYM,
        skip_bad=order.skip_bad,
        stats=stats,
    )
    pending = next(batches, None)
    if pending is None:
        first = f"; the first: {stats.skip_examples[0]}" if stats.skip_examples else ""
        raise ImportRefused(f"{order.message}: no row can be used{first}")
    writer = MarketWriter(
        session.market,
        session_id=order.session_id,
        session_date=order.day.date,
        mode=MODES.index("import"),
        created_ns=stats.first_ts,
        imported=True,
    )
    try:
        _write_head(writer, order, stats)
        for batch in batches:
            pending += batch
            if len(pending) >= _CHUNK:
                writer.extend(pending)
                pending = []
                progress.show(stats.rows, order.text_lines)
        writer.extend(pending)
    finally:
        writer.close()


def _write_head(writer: MarketWriter, order: _Order, stats: ImportStats) -> None:
    """What the session assumes, before any data, at the time of the first row."""
    opened = msgspec.structs.replace(order.opened, depth_levels=stats.levels)
    head = (
        (SESSION, 0, opened),
        (SYMBOL, _SYM, SymbolInfo(ticker=order.symbol, tick_e4=TICK_E4)),
        (REFDATA, _SYM, RefData()),
    )
    for kind, sym, value in head:
        row: Row = (stats.first_ts, sym, kind, LAST, 0, 0, 0)
        writer.append(row, msgspec.msgpack.encode(value))


def _description(order: _Order, stats: ImportStats, sealed: SealReport) -> dict[str, Any]:
    """`session.toml`."""
    opened = order.opened
    return {
        "mode": opened.mode,
        "date": opened.date,
        "symbols": [order.symbol],
        "session_id": order.session_id.hex(),
        "acting": opened.acting,
        "import": {
            "source": opened.source,
            "message": _plain(order.message.name),
            "orderbook": _plain(order.orderbook.name),
            **_summary(stats, sealed, order.day),
        },
    }


def _summary(stats: ImportStats, sealed: SealReport, day: SessionDay) -> dict[str, Any]:
    return {
        "levels": stats.levels,
        "rows": stats.rows,
        "prints": stats.prints,
        "level_changes": stats.level_changes,
        "unchanged_rows": stats.unchanged_rows,
        "halts": stats.halts,
        "crosses": stats.crosses,
        "skipped": stats.skipped,
        "cut_times": stats.cut_times,
        "first_time": _time_of_day(stats.first_ts - day.midnight_ns),
        "last_time": _time_of_day(stats.last_ts - day.midnight_ns),
        "records": sealed.records,
        "bytes": sealed.bytes,
        "skip_reasons": stats.skip_reasons,
        "skip_examples": [_plain(example) for example in stats.skip_examples],
    }


def _time_of_day(ns: int) -> str:
    """HH:MM:SS.nnnnnnnnn of nanoseconds since midnight."""
    second, rest = divmod(ns, 10**9)
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{rest:09d}"


def _plain(text: str) -> str:
    """Text that any terminal and file takes; file names may hold anything."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _words(report: dict[str, Any]) -> str:
    """One line a figure, then what was left out by name."""
    plain = {k: v for k, v in report.items() if k not in ("skip_reasons", "skip_examples")}
    lines = [f"{name:<16}{value}" for name, value in plain.items()]
    lines += [f"skipped, {reason}: {n}" for reason, n in sorted(report["skip_reasons"].items())]
    lines += [f"  {example}" for example in report["skip_examples"]]
    unnamed = report["skipped"] - len(report["skip_examples"])
    if unnamed:
        lines.append(f"  and {unnamed} more")
    return "\n".join(lines) + "\n"
