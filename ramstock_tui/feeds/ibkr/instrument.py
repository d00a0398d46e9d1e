"""One stock at the broker: its contract, what is subscribed for it, what a read brought."""

from dataclasses import dataclass, field

from ib_async.contract import Contract

from ramstock_tui.core.records import Row
from ramstock_tui.feeds.ibkr.rows import Depth

LINE, DEPTH, TAPE = "line", "depth", "tape"
TAPE_AGAIN_S = 15.0  # one tick-by-tick request for an instrument in so long, at the broker
LIVE, FROZEN = 1, 2  # market data types; above: delayed


@dataclass(slots=True)
class Request:
    """One that the broker serves: never two for the same thing. number: its id on the wire."""

    kind: str
    stock: "Stock"
    number: int
    smart: bool = False


@dataclass(slots=True, eq=False)
class Stock:
    """sym: id in the recording, 0 = not declared yet. data_type: of the line, 0 = not told.
    refused: why there are no data, "" = there may be; refusals: by kind of request the newest
    number that refused it on this connection. asked_s: loop time of the last tick-by-tick request.
    prints, values, book: rows of the present read."""

    ticker: str
    endpoint: int
    sym: int = 0
    contract: Contract | None = None
    tick_e4: int = 100
    data_type: int = 0
    refused: str = ""
    refused_s: float = 0.0  # loop time of that
    refusals: dict[str, int] = field(default_factory=dict)
    wanted: bool = False  # it should have a slot
    shown: bool = False  # the recording says that it has one
    line: Request | None = None
    depth: Request | None = None
    tape: Request | None = None
    asked_s: float = -1e9
    before_s: float = -1e9  # loop time of the one before that
    reminded: bool = False  # it is known whether another program asked for the tape
    rows: Depth = field(default_factory=lambda: Depth(20))
    prints: list[Row] = field(default_factory=list)
    values: list[Row] = field(default_factory=list)
    book: list[Row] = field(default_factory=list)
    dirty: bool = False
    ruined: str = ""  # why its book cannot go on, found in the present read
    flaw_since: float = 0.0  # loop time since the book is unsorted or crossed
    depth_ts: int = 0  # newest record of depth or tape, session ns
    opened_s: float = 0.0  # loop time of the depth request
    bid: int = 0
    bid_size: int = 0
    ask: int = 0
    ask_size: int = 0
    volume: int = -1  # of the day, as the line told last
    unprinted: int = 0  # how often it grew since the newest print
    reads: int = 0  # network reads with depth or tape in the present 10 s
    pace: list[int] = field(default_factory=list)  # the same of the last 60 s, by 10 s

    def lose(self, request: Request) -> None:
        """The broker does not serve it."""
        self.line = None if self.line is request else self.line
        self.depth = None if self.depth is request else self.depth
        self.tape = None if self.tape is request else self.tape

    def forget(self) -> None:
        """The connection is gone: nothing is subscribed any more."""
        self.line = self.depth = self.tape = None
        self.data_type = 0
        self.refused = ""
        self.refusals.clear()
        self.rows.clear()
        self.flaw_since = 0.0
        self.bid = self.bid_size = self.ask = self.ask_size = 0
        self.volume, self.unprinted = -1, 0
