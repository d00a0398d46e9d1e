"""DBN files of Databento: what they hold, and their records in batches.

Event time is `ts_recv`, which a file is sorted by; the exchange's time of a print stands beside it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ramstock_tui.core.records import Row
from ramstock_tui.errors import ImportRefused
from ramstock_tui.feeds.dbn_batches import Batches, Clock, DbnStats
from ramstock_tui.feeds.dbn_book import BadSize, Oddities
from ramstock_tui.feeds.textfile import chunks

if TYPE_CHECKING:
    from databento_dbn import DBNDecoder

SCHEMAS = {"mbp-10": 10, "mbo": 10, "mbp-1": 1, "tbbo": 1, "trades": 1}  # levels a side
_MAPPED = "SymbolMappingMsg"


@dataclass(slots=True)
class DbnFile:
    """What a first pass found. rows: records of the schema. first_ts, last_ts: ns since the epoch.
    instruments: ids in order of appearance. mappings: (symbol, id, first day, day after the last)
    as the file tells them; days are UTC, "" = open. digest: SHA-256 of the content."""

    path: Path
    schema: str = ""
    dataset: str = ""
    rows: int = 0
    first_ts: int = 0
    last_ts: int = 0
    instruments: list[int] = field(default_factory=list)
    mappings: list[tuple[str, int, str, str]] = field(default_factory=list)
    digest: bytes = b""


# reading -----------------------------------------------------------------------------------------
def decoded(path: Path) -> Iterator[list[Any]]:
    """Records in pieces, the metadata first. Raises ImportRefused for what is damaged or cut."""
    import databento_dbn

    decoder = databento_dbn.DBNDecoder()
    count = 0
    try:
        for piece in chunks(path):
            decoder.write(piece)
            found = decoder.decode()
            count += len(found)
            if found:
                yield found
    except (databento_dbn.DBNError, ValueError, OverflowError) as problem:
        raise ImportRefused(f"{path}: record {max(1, count)}: damaged: {problem}") from None
    except BaseException as problem:
        # on some damage the decoder gives up with a panic, which is no Exception
        if type(problem).__name__ != "PanicException":
            raise
        raise ImportRefused(f"{path}: record {max(1, count)}: damaged: {problem}") from None
    if not count or _left(decoder):
        what = "holds no DBN data" if not count else f"is cut off after record {count - 1}"
        raise ImportRefused(f"{path}: {what}")


def _left(decoder: "DBNDecoder") -> bool:
    return bool(decoder.buffer())


def look(path: Path) -> DbnFile:
    """The first pass: is it whole, of which schema, which times and instruments. Raises
    ImportRefused."""
    file = DbnFile(path)
    seen: dict[int, None] = {}
    clock = Clock(Oddities())
    for piece in decoded(path):
        records = piece
        if not file.schema:
            _metadata(file, piece[0])
            records = piece[1:]
        for record in records:
            if type(record).__name__ == _MAPPED:
                file.mappings.append((record.stype_out_symbol, record.instrument_id, "", ""))
            elif hasattr(record, "ts_recv") and hasattr(record, "side"):
                file.rows += 1
                seen.setdefault(record.instrument_id)
                ts = clock.at(record)
                file.first_ts = file.first_ts or ts
                file.last_ts = ts
    file.instruments = list(seen)
    file.digest = _digest(path)
    if not file.rows:
        raise ImportRefused(f"{path}: holds no record")
    if file.last_ts - file.first_ts > 86_400 * 10**9:
        raise ImportRefused(
            f"{path}: runs from {_utc(file.first_ts)} to {_utc(file.last_ts)} UTC; "
            "a session is one day: split the file"
        )
    return file


def _digest(path: Path) -> bytes:
    sha = hashlib.sha256()
    for piece in chunks(path):
        sha.update(piece)
    return sha.digest()


def _metadata(file: DbnFile, metadata: Any) -> None:
    file.schema = str(metadata.schema) if metadata.schema is not None else "mixed"
    file.dataset = str(metadata.dataset)
    if file.schema not in SCHEMAS:
        raise ImportRefused(
            f"{file.path}: schema {file.schema}; can be imported: {', '.join(SCHEMAS)}"
        )
    for symbol, intervals in metadata.mappings.items():
        for one in intervals:
            first, after = str(one["start_date"]), str(one["end_date"])
            file.mappings += pair(symbol, str(one["symbol"]), first, after)


def pair(key: str, value: str, first: str, after: str) -> list[tuple[str, int, str, str]]:
    """A mapping, whichever side of it is the number; none when neither is."""
    if value.isdecimal():
        return [(key, int(value), first, after)]
    return [(value, int(key), first, after)] if key.isdecimal() else []


def symbols_of(file: DbnFile, more: list[tuple[str, int, str, str]]) -> dict[int, str]:
    """Instrument id -> symbol on the day of the file. more: mappings that win over the file's.
    Raises ImportRefused for an instrument without one."""
    days = {_utc(file.first_ts)[:10], _utc(file.last_ts)[:10]}
    known = {
        number: symbol
        for symbol, number, first, after in [*file.mappings, *more]
        if not first or any(first <= day < after or first == after == day for day in days)
    }
    for number in file.instruments:
        if number not in known:
            raise ImportRefused(
                f"{file.path}: instrument {number} has no symbol on {min(days)}; "
                "a symbology.json that knows it can be given with --symbology"
            )
    return {number: known[number] for number in file.instruments}


def _utc(ts: int) -> str:
    return datetime.fromtimestamp(ts // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")


def read(file: DbnFile, syms: dict[int, int], stats: DbnStats) -> Iterator[list[Row]]:
    """One list of records per batch, in file order; `stats` is complete when this ends. syms:
    instrument id -> sym. Raises ImportRefused."""
    batches = Batches(file.schema, syms, stats)
    head = True
    for piece in decoded(file.path):
        for record in piece[1:] if head else piece:
            if hasattr(record, "ts_recv") and hasattr(record, "side"):
                try:
                    yield from batches.take(record)
                except BadSize as problem:
                    raise ImportRefused(f"{file.path}: record {stats.rows}: {problem}") from None
        head = False
    yield from batches.finish()
