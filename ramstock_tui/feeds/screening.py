"""What a broker can be asked about stocks that a session does not watch (yet): a narrow port.

Every call waits for its answer under the broker's pacing. `Refused` is an answer too; `Lost` means
that there is no connection.
"""

from typing import NamedTuple, Protocol

from ramstock_tui.core.spread import Mean

LATER = "not now: the broker's limit of requests"  # a refusal that says nothing of the stock


class Refused(Exception):
    """The broker does not answer this one; the text is its number and words."""


class Lost(Exception):
    """The connection is gone, or could not be made; the text says why."""


class Scan(NamedTuple):
    """One scanner by the broker's own words. filters: (name, value)."""

    name: str
    code: str
    instrument: str
    location: str
    filters: tuple[tuple[str, str], ...]


class Row(NamedTuple):
    """A row of a scan."""

    ticker: str
    con_id: int


class Paper(NamedTuple):
    """Contract details; None = the broker does not say."""

    ticker: str
    con_id: int
    stock_type: str | None
    exchange: str | None
    groups: tuple[str, ...]
    tick_e4: int


class Quote(NamedTuple):
    """A level-1 line after a while. Prices 1/10,000 USD, None = none came; spread: mean of the time
    that it stood; halted as the broker says it. refused: why nothing can come."""

    last_e4: int | None
    bid_e4: int | None
    ask_e4: int | None
    spread: Mean | None
    halted: int | None
    refused: str


Minutes = list[tuple[int, int]]  # (ts ns at which a minute begins, shares), oldest first


class Broker(Protocol):
    """A broker that answers. It belongs to the loop in which it was opened."""

    async def open(self) -> None:
        """Connect, unless it is. Raises Lost."""
        ...

    async def known(self) -> tuple[frozenset[str], frozenset[str]]:
        """(scan codes, filter names) that its scanner offers."""
        ...

    async def scan(self, scan: Scan) -> list[Row]:
        """The rows now, best first. Raises Refused, Lost."""
        ...

    async def paper(self, row: Row) -> Paper:
        """What the contract says. Raises Refused (200: no such stock), Lost."""
        ...

    async def quotes(self, papers: list[Paper], seconds: float, most: int) -> dict[str, Quote]:
        """By ticker, watched for so long on at most so many lines at once; 0 s: until each has a
        price or was refused. Raises Lost."""
        ...

    async def minutes(self, paper: Paper, end_ts: int, days: int, *, all_hours: bool) -> Minutes:
        """One-minute bars of so many calendar days up to end_ts, 0 = now; all_hours: not only from
        09:30 on. Raises Refused (162), Lost."""
        ...

    async def daily(self, paper: Paper) -> list[int]:
        """Volumes of the last sessions before today, oldest first. Raises Refused, Lost."""
        ...

    async def float_shares(self, paper: Paper) -> int | None:
        """From the fundamentals; None = they do not say. Raises Refused (430), Lost."""
        ...

    async def headlines(self, paper: Paper, since_ts: int) -> list[str]:
        """Headlines since then, of the providers that are subscribed. Raises Refused, Lost."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...
