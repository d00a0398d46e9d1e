"""`ramstock import dbn`: each DBN file becomes one sealed session."""

import importlib.util
import json
import sys
from dataclasses import dataclass
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
from ramstock_tui.feeds.dbn import SCHEMAS, DbnFile, look, pair, read, symbols_of
from ramstock_tui.feeds.dbn_batches import DbnStats
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.seal import SealReport, seal
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.schedule import SessionDay, date_of, session_day
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

_CHUNK = 4_096  # records handed to the writer at once
_SYMS_MAX = 0xFFFF
Mappings = list[tuple[str, int, str, str]]


class MissingExtra(UsageError):
    """A library of an extra is not installed."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the sessions assume; None = as an import always does. equity: dollars, phase: 1 to 3."""

    allow_partial_vwap: bool = False
    equity: float | None = None
    phase: int | None = None
    profile: str | None = None


def run(
    files: list[Path], symbology: Path | None, out: Path | None, assumed: Assumed, as_json: bool
) -> int:
    """Import the files one after the other and print what was found in each; 0. What stands in the
    way of one raises a RamstockError or OSError; sessions that were finished before it stay.

    out: the new session directory, for one file; None = `<data>/import/<date>-<symbol>`, for many
    symbols `<data>/import/<date>-<dataset>-<schema>`.
    """
    if importlib.util.find_spec("databento_dbn") is None:
        raise MissingExtra(
            "DBN files need databento-dbn, which is not installed: pip install 'ramstock[dbn]'"
        )
    if out is not None and len(files) > 1:
        raise UsageError(f"--out: names one session, and {len(files)} files were given")
    more = _symbology(symbology) if symbology is not None else []
    for path in files:
        report = _one(path, more, out, assumed, Progress(None if as_json else sys.stderr))
        sys.stdout.write(json.dumps(report) + "\n" if as_json else words(report))
    return 0


def _symbology(path: Path) -> Mappings:
    """The mappings of a symbology.json. Raises ImportRefused."""
    try:
        result = json.loads(path.read_bytes())["result"]
        return [
            mapping
            for symbol, intervals in result.items()
            for one in intervals
            for mapping in pair(symbol, str(one["s"]), str(one["d0"]), str(one["d1"]))
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        expected = '{"result": {SYMBOL: [{"d0": DAY, "d1": DAY, "s": INSTRUMENT}]}}'
        raise ImportRefused(f"{path}: expected {expected}: {problem!r}") from None


def _one(
    path: Path, more: Mappings, out: Path | None, assumed: Assumed, progress: Progress
) -> dict[str, Any]:
    """One file; its report."""
    file = look(path)
    symbols = symbols_of(file, more)
    for number, symbol in symbols.items():
        if not SYMBOL_NAME.fullmatch(symbol):
            what = f"instrument {number}: symbol {plain(symbol[:40])!r}"
            raise ImportRefused(f"{path}: {what}: expected {SYMBOL_RULE}")
    if len(symbols) > _SYMS_MAX:
        raise ImportRefused(f"{path}: {len(symbols)} instruments, at most {_SYMS_MAX}")
    day = session_day(date_of(file.last_ts))
    target = target_of(out, _name(file, symbols, day))
    stats = DbnStats()
    with appearing(target) as draft:
        session = SessionDir.create(draft)
        try:
            _write_market(file, symbols, day, assumed, session, stats, progress)
        finally:
            progress.end()
        sealed = seal(session.market)
        summary = _summary(file, stats, sealed, day)
        session.write_toml(_description(file, symbols, day, assumed, summary))
    head = {"session": plain(str(target)), "symbols": " ".join(symbols.values())}
    return head | {"date": f"{day.date}"} | summary


def _name(file: DbnFile, symbols: dict[int, str], day: SessionDay) -> str:
    text = f"{day.date}"
    date = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if len(symbols) == 1:
        return f"{date}-{next(iter(symbols.values()))}"
    dataset = "".join(c for c in file.dataset if c.isalnum() or c in ".-") or "dbn"
    return f"{date}-{dataset}-{file.schema}"


def _write_market(
    file: DbnFile,
    symbols: dict[int, str],
    day: SessionDay,
    assumed: Assumed,
    session: SessionDir,
    stats: DbnStats,
    progress: Progress,
) -> None:
    writer = MarketWriter(
        session.market,
        session_id=file.digest[:16],
        session_date=day.date,
        mode=MODES.index("import"),
        created_ns=file.first_ts,
        imported=True,
    )
    syms = {number: sym for sym, number in enumerate(symbols, start=1)}
    pending: list[Row] = []
    try:
        _write_head(writer, file, symbols, _opened(file, day, assumed))
        for batch in read(file, syms, stats):
            pending += batch
            if len(pending) >= _CHUNK:
                writer.extend(pending)
                pending = []
                progress.show(stats.rows, file.rows)
        writer.extend(pending)
    finally:
        writer.close()


def _opened(file: DbnFile, day: SessionDay, assumed: Assumed) -> SessionOpened:
    opened = importing.opened(
        day,
        f"dbn {file.schema}",
        allow_partial_vwap=assumed.allow_partial_vwap,
        equity=assumed.equity,
        phase=assumed.phase,
        profile=assumed.profile,
    )
    return msgspec.structs.replace(opened, depth_levels=SCHEMAS[file.schema])


def _write_head(
    writer: MarketWriter, file: DbnFile, symbols: dict[int, str], opened: SessionOpened
) -> None:
    """What the session assumes, before any data, just before the time of the first record: the
    quote of a tbbo record stands one nanosecond before its trade."""
    ts = file.first_ts - 1
    writer.append((ts, 0, SESSION, LAST, 0, 0, 0), msgspec.msgpack.encode(opened))
    for sym, ticker in enumerate(symbols.values(), start=1):
        info = SymbolInfo(ticker=ticker, tick_e4=TICK_E4)
        writer.append((ts, sym, SYMBOL, LAST, 0, 0, 0), msgspec.msgpack.encode(info))
        writer.append((ts, sym, REFDATA, LAST, 0, 0, 0), msgspec.msgpack.encode(RefData()))


def _description(
    file: DbnFile,
    symbols: dict[int, str],
    day: SessionDay,
    assumed: Assumed,
    summary: dict[str, Any],
) -> dict[str, Any]:
    """`session.toml`."""
    opened = _opened(file, day, assumed)
    return {
        "mode": opened.mode,
        "date": opened.date,
        "symbols": list(symbols.values()),
        "session_id": file.digest[:16].hex(),
        "acting": opened.acting,
        "import": {"source": "dbn", "file": plain(file.path.name), **summary},
    }


def _summary(file: DbnFile, stats: DbnStats, sealed: SealReport, day: SessionDay) -> dict[str, Any]:
    return {
        "dataset": plain(file.dataset),
        "schema": file.schema,
        "levels": SCHEMAS[file.schema],
        "rows": stats.rows,
        "prints": stats.prints,
        "level_changes": stats.level_changes,
        "unchanged": stats.unchanged,
        "first_time": time_of_day(file.first_ts - day.midnight_ns),
        "last_time": time_of_day(file.last_ts - day.midnight_ns),
        "records": sealed.records,
        "bytes": sealed.bytes,
        "oddities": dict(sorted(stats.oddities.found.items())),
    }
