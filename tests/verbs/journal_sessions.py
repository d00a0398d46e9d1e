"""Sessions for the tests of `ramstock journal`."""

from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.records import SessionOpened
from ramstock_tui.journal.ledger import Ledger
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.seal import seal
from ramstock_tui.journal.session_dir import SessionDir
from tests.journal.journal_help import TS, UNSYNCED, ledger, row, signal, symbol
from tests.session_writer import opened

CONTROLS = {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)]} - {"\n"}


def small(path: Path, *, sealed: bool = False, rows: int = 40) -> SessionDir:
    """A session of one stock: records, rejects, a command, a signal."""
    where = SessionDir.create(path)
    market, book = _market(where), ledger(where.ledger)
    _begin(market, opened())
    for _ in range(rows):
        market.append(row(market.next_seq))
    market.append((row(market.next_seq)[0], 1, r.L1_VALUE, r.LAST, 1, 2, r.L1_VOLUME))
    market.close_block(by_ledger=True)
    for line in lines(market.skip_seq()):
        book.write(line, sync=False)
    market.close()
    book.close()
    if sealed:
        seal(where.market)
    return where


def _market(where: SessionDir) -> MarketWriter:
    return MarketWriter(
        where.market,
        session_id=b"0123456789abcdef",
        session_date=20261123,
        mode=4,
        created_ns=TS,
        disk=UNSYNCED,
    )


def _begin(market: MarketWriter, session: SessionOpened) -> None:
    market.append((TS, 0, r.SESSION, r.LAST, 0, 0, 0), msgspec.msgpack.encode(session))
    market.append((TS, 1, r.SYMBOL, r.LAST, 0, 0, 0), symbol("ABCD"))


def lines(seq: int) -> list[dict[str, Any]]:
    """14:31:00 UTC is 09:31:00 in New York."""
    at = [seq - 1, TS + 60_000_000_000]
    command = {"type": "skip", "blueprint": "20261123-ABCD-1", "version": 1}
    reject = {"kind": "reject", "ts": at[1], "at": at, "info": {}, "body": {}}
    return [
        signal(seq - 1, rejection_reason=None, info={}),
        {**reject, "i": 0, "ticker": "ABCD", "rejection_reason": "stall", "score": 9.0},
        {**reject, "i": 1, "ticker": "WXYZ", "rejection_reason": "flash,stall", "score": 8.0},
        {"kind": "command", "seq": seq, "ts": at[1] + 30_000_000_000, "command": command},
    ]


def with_lines(path: Path, *more: dict[str, Any]) -> SessionDir:
    """The small session with these ledger lines at its end."""
    where = small(path)
    book = Ledger.resume(where.ledger, wall_ns=lambda: TS, disk=UNSYNCED)
    for line in more:
        book.write({"ts": TS, "at": [1, TS], "i": 0, **line}, sync=False)
    book.close()
    return where


def is_plain(text: str) -> bool:
    """Could a terminal obey nothing of it?"""
    return not CONTROLS.intersection(text) and all(c.isprintable() or c == "\n" for c in text)
