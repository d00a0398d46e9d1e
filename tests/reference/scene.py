"""Small constructed histories: cells at milliseconds after 09:32:00, readings at the same scale."""

from ramstock_tui.core import records as rec
from ramstock_tui.core.records import Row, SessionOpened
from tests.histories import MS, NS, OPEN_NS, Cell, batch, level, row_op, session, symbol, trade

from . import Reference
from .readings import Reading, Value

T0 = OPEN_NS + 120 * NS  # 09:32:00

BUY, SELL, MID = rec.SIDE_BUY, rec.SIDE_SELL, rec.SIDE_MID
SUBSCRIBED: Cell = (rec.FEED, 0, 0, 0, rec.FEED_SUBSCRIBED)
GAP: Cell = (rec.FEED, 0, 0, 0, rec.FEED_GAP)
CLEAR_317: Cell = (rec.BOOK_CLEAR, 0, 0, 0, rec.CLEAR_317)
RESTART: Cell = (rec.RESUMED, 0, 0, 0, rec.RESUME_RESTART)
BIDS = ((120_000, 500), (119_900, 400), (119_800, 300))
ASKS = ((120_300, 1_400), (120_400, 600), (120_500, 700))


def bid(px: int, size: int) -> Cell:
    return level(True, px, size)


def ask(px: int, size: int) -> Cell:
    return level(False, px, size)


def halt(code: int) -> Cell:
    return (rec.HALT, 0, 0, 0, code)


def feed_vwap(e8: int) -> Cell:
    px, size = rec.split_i64(e8)
    return (rec.L1_VALUE, 0, px, size, rec.L1_VWAP)


def book() -> tuple[Cell, ...]:
    """12.00 x 500 | 12.03 x 1,400, three levels a side."""
    return (*(bid(*x) for x in BIDS), *(ask(*x) for x in ASKS))


class Scene:
    """Cells by time in ms (may be fractional); batches come out in order of time."""

    def __init__(self, opened: SessionOpened | None = None, *, tier: int = 2) -> None:
        self.opened = opened or session()
        self.info = symbol(tier=tier)
        self.cells: dict[int, list[Cell]] = {}

    def at(self, ms: float, *cells: Cell) -> "Scene":
        """Add cells to the batch at this time."""
        self.cells.setdefault(round(ms * MS), []).extend(cells)
        return self

    def beat(self, start_ms: int, stop_ms: int, step_ms: int = 1_000) -> "Scene":
        """Depth records that change nothing, so that the book is not stale."""
        for ms in range(start_ms, stop_ms + 1, step_ms):
            self.at(ms, (rec.LEVEL_SET, 0, 125_000, 0, 0))
        return self

    def rows(self) -> list[Row]:
        found: list[Row] = []
        for offset in sorted(self.cells):
            found += batch(T0 + offset, *self.cells[offset])
        return found

    def readings(self, ms: float, ns: int = 0) -> dict[str, Reading]:
        """All readings at so many ms (and ns) after 09:32:00."""
        reference = Reference(self.opened, self.info, self.rows())
        return reference.readings(T0 + round(ms * MS) + ns)

    def value(self, name: str, ms: float, ns: int = 0) -> Value:
        return self.readings(ms, ns)[name][0]

    def reason(self, name: str, ms: float, ns: int = 0) -> str:
        return self.readings(ms, ns)[name][1]


def calm(until_ms: int = 10_000) -> Scene:
    """The standard book at 0, kept fresh each second."""
    return Scene().at(0, SUBSCRIBED, *book()).beat(1_000, until_ms)


__all__ = [
    "ASKS",
    "BIDS",
    "BUY",
    "CLEAR_317",
    "GAP",
    "MID",
    "MS",
    "NS",
    "RESTART",
    "SELL",
    "SUBSCRIBED",
    "T0",
    "Cell",
    "Scene",
    "ask",
    "bid",
    "book",
    "calm",
    "feed_vwap",
    "halt",
    "row_op",
    "session",
    "trade",
]
