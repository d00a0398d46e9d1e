"""What the engine keeps of one symbol, and what can be asked of it.

Its book stands in `book.py`; what records and batch ends do to it in `symbol.py`.
"""

from typing import NamedTuple

from ramstock_tui.core.asks import AskWatch
from ramstock_tui.core.book import STALE_NS, Book, Level
from ramstock_tui.core.flash import FlashWatch
from ramstock_tui.core.flow import AskFlow
from ramstock_tui.core.halts import HaltRisk
from ramstock_tui.core.level1 import Level1
from ramstock_tui.core.lots import ShownSizes
from ramstock_tui.core.minute import Minute
from ramstock_tui.core.reclaim import ReclaimWatch
from ramstock_tui.core.records import SessionOpened, SymbolInfo
from ramstock_tui.core.samples import Samples
from ramstock_tui.core.tape import S1, Tape
from ramstock_tui.core.walls import WallWatch

NEVER = 1 << 62
WARM_NS = 3 * S1
TIGHT_E4 = 400  # D-03: the spread whose holding time is measured
FIRST_VWAP_NS = 34_260 * S1  # 09:31:00


class Watching(NamedTuple):
    """What is kept besides what every profile needs. walls: bid walls; asks: refills, eaten: and
    eaten asks; lots: what the book showed; fills: from so many fills in 3 s on a symbol is busy,
    0 = nobody asks; prints: from so many prints in 3 s on it is brisk, 0 = it always is; minute:
    the last minute for the eye."""

    walls: bool
    asks: bool
    lots: bool
    fills: int
    prints: int
    eaten: bool
    minute: bool


class SymbolState:
    """State of one symbol. Prices 1/10,000 USD, 0 = none; see the sections for the rest."""

    __slots__ = (
        "asks", "attention", "batch_fills", "batch_prints", "book", "brisk_until", "busy_until",
        "clean_at", "collapse_until", "collapsed", "cond", "deep", "flash", "flow", "form",
        "form_log", "halt_watch", "halts", "info", "level1", "lively_until", "look", "marked",
        "minute", "other_ts", "partial_ok", "reclaim", "samples", "session", "shown", "since",
        "sym", "tape", "tick_e4", "ticker", "tight", "tight_from", "valid_from", "walled", "walls",
        "watched", "watching",
    )  # fmt: skip

    def __init__(
        self, sym: int, info: SymbolInfo, session: SessionOpened, watching: Watching, ts: int
    ) -> None:
        """ts: when it was declared. In an import that is where the recording begins, for all of its
        symbols: by 09:31 their own VWAP is whole, however late they trade (N-08)."""
        self.sym = sym
        self.info = info
        self.ticker = info.ticker
        self.tick_e4 = info.tick_e4
        self.session = session
        self.halts = HaltRisk(info.tier, session.open_ns, session.close_ns)
        whole = session.mode == "import" and ts <= session.midnight_ns + FIRST_VWAP_NS
        self.partial_ok = session.allow_partial_vwap or whole
        self.watching = watching
        self.walls = WallWatch() if watching.walls else None
        self.asks = AskWatch(watching.eaten) if watching.asks else None
        self.shown = ShownSizes() if watching.lots else None
        self.attention = True  # watched, marked or look: the lanes are asked, closed book or not
        self.watched = False  # a lane has something pending or open here
        self.marked = False  # a lane is not idle here
        self.forget()

    def forget(self) -> None:
        """Start anew: nothing that market data built is left (first use, host restart)."""
        self.book = Book()
        self.other_ts = 0  # newest record of any kind but depth
        self.form_log: list[tuple[int, bool]] = []  # (ts, well formed from then on)
        self.form = False  # well formed at the end of the batch before
        self.cond = False  # well formed and not halted (N-02 conditions)
        self.since = NEVER
        self.valid_from = NEVER  # since + 3 s while the conditions hold
        self.tight = False
        self.tight_from = 0
        self.batch_prints = 0
        self.batch_fills = 0
        self.collapsed = False  # collapse found at the last batch end
        self.collapse_until = 0
        self.samples: Samples | None = None
        self.minute = Minute() if self.watching.minute else None
        self.halt_watch = False  # halt risk is to be tested although nothing was printed
        self.look = self.attention = True  # the score is to be looked at, whatever it is
        self.tape = Tape(NEVER, self.session.midnight_ns, self.partial_ok)
        self.flow = AskFlow()
        self.flash = FlashWatch()
        self.busy_until = 0  # from then on there were too few fills in 3 s to be busy
        # from then on there are too few prints in 3 s to be brisk
        self.brisk_until = 0 if self.watching.prints else NEVER
        self.lively_until = self.brisk_until  # the later of both
        self.reclaim = ReclaimWatch()
        self.level1 = Level1()
        self.walled = False  # a bid wall lives
        self.deep: bool | None = None  # has it a depth slot; None = its feed knows no slots
        self.clean_at = 0  # its connection came back: no book counts before (D-23)
        self.halts.restart()
        if self.walls is not None:
            self.walls = WallWatch()
        if self.asks is not None:
            self.asks = AskWatch(self.watching.eaten)
        if self.shown is not None:
            self.shown = ShownSizes()
        self.book.flows = self.flow.rows
        if self.walls is not None:
            self.book.spans, self.book.calm = self.walls.spans, self.walls.calm
        if self.asks is not None:
            self.book.dips = self.asks.prices
        if self.shown is not None:
            self.book.fed = self.shown.fed

    # readings ------------------------------------------------------------------------------------
    def reason(self, t: int) -> str:
        """D-00 reason at t, "" = valid book."""
        if self.cond and t - self.since >= WARM_NS and t - self.book.depth_ts <= STALE_NS:
            return ""
        return "halted" if self.halts.halted else self.book.flaw(t)

    def tight_for(self, t: int) -> int:
        """How long the spread has been at or below 0.04 (N-32), ns; 0 while it is wider."""
        return t - max(self.since, self.tight_from) if self.tight and self.cond else 0

    def form_at(self, t: int) -> bool:
        """Was the book well formed after all records with ts <= t."""
        for ts, form in reversed(self.form_log):
            if ts <= t:
                return form
        return False

    # for the lanes (`MarketView`) ----------------------------------------------------------------
    @property
    def last_ts(self) -> int:
        """Newest record of any kind, 0 = none."""
        return max(self.book.depth_ts, self.other_ts)

    @property
    def bid(self) -> int:
        """Best bid, 0 = none."""
        return self.book.bid

    @property
    def ask(self) -> int:
        """Best ask, 0 = none."""
        return self.book.ask

    @property
    def bid_size(self) -> int:
        """Shares displayed at the best bid."""
        return self.book.bid_size

    @property
    def ask_size(self) -> int:
        """Shares displayed at the best ask."""
        return self.book.ask_size

    @property
    def halted(self) -> bool:
        """Trading in the symbol is halted, or nobody knows."""
        return self.halts.halted

    def levels(self, bid_side: bool) -> list[Level]:
        """Displayed levels of a side, best first."""
        return self.book.levels(bid_side)

    def prints_in(self, t: int, window_ns: int) -> int:
        """Counted prints in (t - window, t]."""
        return self.tape.prints_in(t, window_ns)
