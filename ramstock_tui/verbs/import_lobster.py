"""`ramstock import lobster`: a LOBSTER message and orderbook file become one sealed session."""

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path
from typing import Any

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
from ramstock_tui.errors import ImportRefused
from ramstock_tui.feeds.lobster import ImportStats, read
from ramstock_tui.feeds.textfile import digest_of
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.seal import SealReport, seal
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.schedule import SessionDay, session_day
from ramstock_tui.verbs import importing
from ramstock_tui.verbs.importing import (
    SYMBOL_NAME,
    SYMBOL_RULE,
    TICK_E4,
    appearing,
    plain,
    target_of,
    time_of_day,
    words,
)
from ramstock_tui.verbs.options import UsageError
from ramstock_tui.verbs.progress import Progress

_SYM = 1
_CHUNK = 4_096  # records handed to the writer at once
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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
    opened = importing.opened(
        day,
        "lobster",
        allow_partial_vwap=allow_partial_vwap,
        equity=equity,
        phase=phase,
        profile=profile,
    )
    target = target_of(out, f"{date}-{symbol}")
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
    report = {"session": plain(str(target)), "symbol": symbol, "date": date}
    report |= _summary(stats, sealed, day)
    sys.stdout.write(json.dumps(report) + "\n" if as_json else words(report))
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
    if not SYMBOL_NAME.fullmatch(symbol):
        raise UsageError(f"--symbol: expected {SYMBOL_RULE}, was {symbol[:40]!r}")
    for path in (message, orderbook):
        if not path.is_file():  # a pipe cannot be read twice
            raise UsageError(f"{path}: expected a file")


def _session_id(symbol: str, date: str, digests: list[bytes]) -> bytes:
    """16 bytes, the same for the same input, however it is compressed."""
    return hashlib.sha256(b"\0".join([symbol.encode(), date.encode(), *digests])).digest()[:16]


def _import(order: _Order, target: Path, progress: Progress) -> tuple[ImportStats, SealReport]:
    stats = ImportStats()
    with appearing(target) as draft:
        session = SessionDir.create(draft)
        try:
            _write_market(order, session, stats, progress)
        finally:
            progress.end()
        sealed = seal(session.market)
        session.write_toml(_description(order, stats, sealed))
    return stats, sealed


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
            "message": plain(order.message.name),
            "orderbook": plain(order.orderbook.name),
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
        "first_time": time_of_day(stats.first_ts - day.midnight_ns),
        "last_time": time_of_day(stats.last_ts - day.midnight_ns),
        "records": sealed.records,
        "bytes": sealed.bytes,
        "skip_reasons": stats.skip_reasons,
        "skip_examples": [plain(example) for example in stats.skip_examples],
    }
