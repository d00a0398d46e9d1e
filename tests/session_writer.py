"""Scripted sessions: books, prints and halts of a few stocks by time of day, written as recordings.

Prices are whole cents. Every call is one batch at the script's clock, which only its user moves:

    script = Script()
    stock = script.stock("AAA")
    script.at("09:31:00")
    stock.book(BIDS, ASKS)
    stock.stand(6)
    stock.trade(12, every_ms=200, px=1203)
    script.write(path)
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.records import Row, SessionOpened, SymbolInfo
from ramstock_tui.host.source import Chunk
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.seal import seal
from ramstock_tui.journal.session_dir import SessionDir

S = 1_000_000_000
MS = 1_000_000
MIDNIGHT = 1_795_410_000 * S  # 2026-11-23 00:00 New York
DATE = 20261123
Levels = Sequence[tuple[int, int]]

# the $12 stock: 8,600 bid against 3,300 offered, ratio 2.61, spread .03, 1,400 at the ask
BIDS: Levels = [(1200, 3600), (1199, 2600), (1198, 2400), (1197, 2000), (1196, 2000), (1190, 100)]
ASKS: Levels = [(1203, 1400), (1204, 1000), (1205, 900), (1206, 2000), (1207, 2000)]
THIN_BIDS: Levels = [(1200, 2600), (1199, 1600), (1198, 1400), *BIDS[3:]]  # ratio 1.70


def at(clock: str, ms: int = 0) -> int:
    """`HH:MM:SS` of the session's day in ns since the epoch."""
    h, m, s = (int(part) for part in clock.split(":"))
    return MIDNIGHT + (h * 3600 + m * 60 + s) * S + ms * MS


def opened(**changes: Any) -> SessionOpened:
    """Equity $40,000, phase 3, `small_account`; 09:30 to 16:00."""
    values: dict[str, Any] = {
        "date": DATE,
        "midnight_ns": MIDNIGHT,
        "open_ns": at("09:30:00"),
        "close_ns": at("16:00:00"),
        "next_date": DATE + 1,
        "mode": "import",
        "acting": "small_account",
        "phase": 3,
        "equity_cents": 4_000_000,
        "fee_model": "seed_flat",
    }
    return SessionOpened(**values | changes)


class Script:
    """Inputs of one session in the making. ts: the clock, ns."""

    def __init__(self, session: SessionOpened | None = None, begin: str = "09:25:00") -> None:
        self.ts = at(begin)
        self._inputs: list[tuple[Row, bytes]] = []
        self._stocks = 0
        self.blob(0, r.SESSION, session or opened())

    def at(self, clock: str, ms: int = 0) -> None:
        """Set the clock; it may go back, the inputs are put in order at the end."""
        self.ts = at(clock, ms)

    def wait(self, ms: int) -> None:
        """Move the clock."""
        self.ts += ms * MS

    def stock(self, ticker: str, **info: Any) -> "Stock":
        """Declare a symbol."""
        self._stocks += 1
        self.blob(self._stocks, r.SYMBOL, SymbolInfo(ticker, **info))
        return Stock(self, self._stocks)

    def feed(self, code: int) -> None:
        """A state of the feed as a whole."""
        self.row((self.ts, 0, r.FEED, r.LAST, 0, 0, code))

    def row(self, row: Row) -> None:
        """Any record."""
        self._inputs.append((row, b""))

    def blob(self, sym: int, kind: int, value: Any) -> None:
        """A record that carries a value."""
        packed = msgspec.msgpack.encode(value)
        self._inputs.append(((self.ts, sym, kind, r.LAST, 0, 0, len(packed)), packed))

    def inputs(self) -> list[tuple[Row, bytes]]:
        """Every record with its blob, in order of time."""
        return sorted(self._inputs, key=lambda pair: pair[0][0])

    def chunks(self, size: int = 4096) -> Iterator[Chunk]:
        """The session in portions of so many records."""
        inputs = self.inputs()
        for start in range(0, len(inputs), size):
            area = bytearray()
            rows: list[Row] = []
            for row, blob in inputs[start : start + size]:
                rows.append((*row[:5], len(area), len(blob)) if blob else row)
                area += blob
            yield Chunk(start + 1, rows, bytes(area))

    def write(self, path: Path, *, sealed: bool = True, block: int = 4096) -> Path:
        """The session as a directory without a ledger, as an import writes it; its path."""
        where = SessionDir.create(path)
        writer = MarketWriter(
            where.market,
            session_id=b"scripted-session",
            session_date=DATE,
            mode=MODES.index("import"),
            created_ns=at("18:00:00"),
            imported=True,
        )
        for n, (row, blob) in enumerate(self.inputs(), start=1):
            writer.append(row, blob)
            if n % block == 0:
                writer.close_block()
        writer.close()
        if sealed:
            seal(where.market)
        return path


class Stock:
    """One symbol; every method is one batch at the script's clock or several while it runs."""

    def __init__(self, script: Script, sym: int) -> None:
        self.script = script
        self.sym = sym
        self.sides: dict[bool, dict[int, int]] = {True: {}, False: {}}
        self._beat = 0

    def book(
        self, bids: Levels | None = None, asks: Levels | None = None, prints: Levels = ()
    ) -> None:
        """Prints, then the level changes to these books (None = as it is), as one batch."""
        changes: list[tuple[int, int, int, int]] = [
            (r.PRINT, r.SIDE_NONE, px, size) for px, size in prints
        ]
        for bid, levels in ((True, bids), (False, asks)):
            if levels is not None:
                changes += self._changes(bid, dict(levels))
        self._batch(changes)

    def level(self, bid: bool, px: int, size: int, prints: Levels = ()) -> None:
        """One level gets this size; 0 removes it."""
        side = self.sides[bid] | {px: size}
        levels = [(price, shares) for price, shares in side.items() if shares]
        self.book(**{"bids" if bid else "asks": levels}, prints=prints)

    def beat(self, prints: Levels = ()) -> None:
        """A depth record far from the best prices: the book is not stale."""
        self._beat ^= 100
        px = min(self.sides[True]) if self.sides[True] else 1
        self.sides[True][px] = 200 + self._beat
        rows = [(r.PRINT, r.SIDE_NONE, price, size) for price, size in prints]
        self._batch([*rows, (r.LEVEL_SET, r.BID, px, 200 + self._beat)])

    def stand(self, seconds: float, every_ms: int = 500) -> None:
        """The book stands for so long."""
        for _ in range(round(seconds * 1000 / every_ms)):
            self.script.wait(every_ms)
            self.beat()

    def trade(self, count: int, *, px: int, every_ms: int = 200, size: int = 10) -> None:
        """So many prints, each with a beat, each so long after the one before."""
        for _ in range(count):
            self.script.wait(every_ms)
            self.beat([(px, size)])

    def halt(self, code: int) -> None:
        """Halted tick; 0 = trading again."""
        self.script.row((self.script.ts, self.sym, r.HALT, r.LAST, 0, 0, code))

    def _changes(self, bid: bool, levels: dict[int, int]) -> list[tuple[int, int, int, int]]:
        side = self.sides[bid]
        gone = [px for px in side if px not in levels]
        new = {px: size for px, size in levels.items() if side.get(px) != size}
        self.sides[bid] = dict(levels)
        flags = r.BID if bid else 0
        return [(r.LEVEL_SET, flags, px, new.get(px, 0)) for px in [*gone, *new]]

    def _batch(self, cells: list[tuple[int, int, int, int]]) -> None:
        for i, (kind, flags, px, size) in enumerate(cells):
            last = r.LAST if i == len(cells) - 1 else 0
            self.script.row((self.script.ts, self.sym, kind, flags | last, px * 100, size, 0))
