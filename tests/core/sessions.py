"""Engines with one symbol, for tests that feed rows."""

from typing import Any

import msgspec

from ramstock_tui import settings
from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import Row, SessionOpened, SymbolInfo
from tests import histories


def rules() -> Rules:
    """The shipped profile tables."""
    return settings.load(env={}).rules


def blob_row(ts: int, sym: int, kind: int, value: Any) -> tuple[Row, bytes]:
    """One record with a blob, and the blob area it points into."""
    blob = msgspec.msgpack.encode(value)
    return (ts, sym, kind, r.LAST, 0, 0, len(blob)), blob


def opened(
    *,
    session: SessionOpened | None = None,
    info: SymbolInfo | None = None,
    observe: bool = True,
    ts: int = histories.OPEN_NS - 10**11,
    tables: Rules | None = None,
) -> Engine:
    """An engine whose next input has seq 3; sym 1 is declared. tables: not the shipped profiles."""
    engine = Engine(tables or rules(), observe=observe)
    for seq, (row, blob) in enumerate(
        (
            blob_row(ts, 0, r.SESSION, session or histories.session()),
            blob_row(ts, 1, r.SYMBOL, info or histories.symbol()),
        ),
        start=1,
    ):
        engine.run(seq, [row], blob)
    return engine
