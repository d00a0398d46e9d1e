"""Market data into rows: recorded files, and feeds that run with the session's clock."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from ramstock_tui.core.records import Row

Portion = tuple[list[Row], bytes]  # rows in order of time, and the blob area they point into


class Feed(Protocol):
    """A market that goes on with the session's clock. Every time is session time, ns since the
    epoch. Rows of one instant form whole batches (the last record of each has LAST), in the order
    of their symbol ids (definitions N-44); times never go back between calls.
    """

    @property
    def name(self) -> str:
        """`SessionOpened.source`, such as `demo`."""
        ...

    @property
    def note(self) -> str:
        """One line that the screen and the session file show, such as `demo edge: none`."""
        ...

    def begin(self, ts: int) -> Portion:
        """The first rows, all at ts: SYMBOL and REFDATA of every symbol, FEED_UP, first books."""
        ...

    def rows(self, until: int) -> Portion:
        """Every row with ts <= until that was not given yet."""
        ...

    def again(self, ts: int, lasts: Mapping[int, int]) -> Portion:
        """After a gap, at ts: the host stood still or was restarted. FEED_GAP, BOOK_CLEAR and a
        fresh image of every book, then FEED_UP. lasts: symbol id -> newest price (1/10,000 USD)
        that the session recorded, for a feed object that is new. What was due before ts is left
        out. Called instead of `begin` in a restarted host: the symbols are declared already."""
        ...


class Notice(NamedTuple):
    """A line for the log; no decision. level: `info`, `good`, `warn`, `bad`."""

    ts: int
    ticker: str
    text: str
    level: str


class Away(NamedTuple):
    """Endpoints of a broker's feed that bring nothing now. lost: so many of `of`; since_ts: of the
    one that has been away longest, session time, 0 = none is; tickers: that they would bring."""

    lost: int = 0
    of: int = 0
    since_ts: int = 0
    tickers: frozenset[str] = frozenset()


class BrokerFeed(Feed, Protocol):
    """A feed that a broker gives: slots are few, and connections fail. notices: lines for the log,
    taken by the session."""

    notices: list[Notice]

    def figures(self) -> tuple[int, int, int, int, int, int]:
        """(lines, of so many, books, of so many, tapes, of so many)."""
        ...

    def away(self) -> Away:
        """Endpoints whose data do not count, and since when."""
        ...

    def request_slot(self, ticker: str) -> None:
        """The operator wants a slot for it."""
        ...

    def follow(self, tickers: tuple[str, ...]) -> None:
        """Watch these symbols, most wanted first, and no others; one with a card, an order or a
        trade is watched on."""
        ...
