"""A session's ledger and market records as flat rows for other programs."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.records import BLOB_KINDS, Row, join_i64
from ramstock_tui.errors import JournalError
from ramstock_tui.host.words import cents
from ramstock_tui.journal.ledger_reader import LedgerReader
from ramstock_tui.journal.lines import iso
from ramstock_tui.journal.market_reader import Block, MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.verbs.journal.words import json_line

Cells = dict[str, Any]

# column -> type in Parquet; every row has all of them, in this order
LEDGER = {
    "n": "BIGINT",
    "seq": "BIGINT",
    "at_seq": "BIGINT",
    "i": "BIGINT",
    "ts": "BIGINT",
    "timestamp": "VARCHAR",
    "kind": "VARCHAR",
    "ticker": "VARCHAR",
    "profile": "VARCHAR",
    "score": "DOUBLE",
    "rejection_reason": "VARCHAR",
    "payload": "VARCHAR",
    "w": "BIGINT",
}
MARKET = {
    "seq": "BIGINT",
    "ts": "BIGINT",
    "timestamp": "VARCHAR",
    "ticker": "VARCHAR",
    "sym": "INTEGER",
    "kind": "VARCHAR",
    "flags": "INTEGER",
    "px": "BIGINT",
    "size": "BIGINT",
    "aux": "BIGINT",
    "price": "DECIMAL(12,4)",
    "value": "BIGINT",
    "blob": "VARCHAR",
}
_LEDGER_OWN = frozenset({*LEDGER, "at", "v", "h", "c"})
_KINDS = (
    "SYMBOL DEPTH_ROW LEVEL_SET BOOK_CLEAR PRINT QUOTE_SIDE L1_VALUE HALT FEED HEADLINE HEALTH "
    "ACCOUNT REFDATA UNIVERSE CLOCK RESUMED SESSION CONFIG"
)
KIND_NAMES = {getattr(r, name): name for name in _KINDS.split()}
_PRICED = frozenset({r.DEPTH_ROW, r.LEVEL_SET, r.PRINT, r.QUOTE_SIDE})
_JOINED = frozenset({r.L1_VALUE, r.ACCOUNT, r.CLOCK, r.RESUMED})


def ledger_rows(where: SessionDir, problems: list[str]) -> Iterator[Cells]:
    """One row per line that holds; what does not is named in `problems`. A figure that is no 64-bit
    number where one belongs goes to the payload instead."""
    reader = LedgerReader(where.ledger)
    for line in reader:
        yield _ledger_row(line.raw)
    if reader.problem_count:
        number, offset, reason = reader.problems[0]
        more = f" and {reader.problem_count - 1:,} more" if reader.problem_count > 1 else ""
        problems.append(f"{reader.path}: line {number} (byte {offset}): {reason}{more}; left out")


def _ledger_row(raw: Cells) -> Cells:
    at = raw.get("at")
    named = {**raw, "at_seq": at[0] if isinstance(at, list) and at else None}
    row: Cells = {}
    odd: Cells = {}
    for column, kind in LEDGER.items():
        value = named.get(column)
        row[column] = value if _fits(value, kind) else None
        if row[column] is None and value is not None:
            odd[column] = value
    payload = {key: value for key, value in raw.items() if key not in _LEDGER_OWN} | odd
    row["payload"] = _json(payload, raw["n"]) if payload else None
    return row


def _fits(value: Any, kind: str) -> bool:
    if kind == "VARCHAR":
        return isinstance(value, str)
    if kind == "DOUBLE":
        return isinstance(value, float) or (type(value) is int and abs(value) < 1 << 53)
    return type(value) is int and -(1 << 63) <= value < 1 << 63


def _json(value: Any, n: int) -> str:
    try:
        return json_line(value)
    except JournalError as problem:
        raise JournalError(f"ledger line {n}: {problem}") from problem


def market_rows(where: SessionDir, problems: list[str]) -> Iterator[Cells]:
    """One row per record of the whole blocks before the first damage, which `problems` names."""
    reader = MarketReader(where.market)
    tickers: dict[int, str] = {}
    try:
        for block in reader.blocks(strict=False):
            for i, row in enumerate(block.rows()):
                yield _market_row(block.first_seq + i, row, block, tickers)
        if reader.broken is not None:
            problems.append(f"{reader.broken}; what stands before it was exported")
    finally:
        reader.close()


def _market_row(seq: int, row: Row, block: Block, tickers: dict[int, str]) -> Cells:
    ts, sym, kind, flags, px, size, aux = row
    blob = _blob(block.blob_of(row)) if kind in BLOB_KINDS else None
    if kind == r.SYMBOL and isinstance(blob, dict):
        tickers[sym] = str(blob.get("ticker", ""))
    return {
        "seq": seq,
        "ts": ts,
        "timestamp": _iso(ts),
        "ticker": tickers.get(sym, ""),
        "sym": sym,
        "kind": KIND_NAMES.get(kind, str(kind)),
        "flags": flags,
        "px": px,
        "size": None if kind in BLOB_KINDS else size,  # there it is a place in the file
        "aux": aux,
        "price": cents(px) if kind in _PRICED else None,
        "value": join_i64(px, size) if kind in _JOINED else None,
        "blob": None if blob is None else _json(blob, seq),
    }


def _blob(packed: bytes) -> Any:
    """What a blob says, or its bytes in hex when it cannot be told as JSON."""
    try:
        value = msgspec.msgpack.decode(packed)
        json_line(value)
    except (msgspec.DecodeError, JournalError, ValueError, RecursionError):
        return {"hex": packed.hex()}
    return value


@lru_cache(maxsize=64)  # the records of a batch share their time
def _iso(ts: int) -> str | None:
    try:
        return iso(ts)
    except OverflowError:
        return None
