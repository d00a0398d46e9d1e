"""What an engine knows, the decisions it made, and when its lanes want to be called next."""

from collections.abc import Iterable

from ramstock_tui.core.book import Book
from ramstock_tui.core.coverage import Coverage
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.health import Health
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.listing import Universe
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import ConfigChanged, RefData, SessionOpened
from ramstock_tui.core.score import Leads, Scorer, watches
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.symbol_state import NEVER

Answer = tuple[bool, str, list[tuple[str, bool, str]]]
TICK_NS = 100_000_000
CLEAN_NS = 10_000_000_000  # the feed must be clean for so long before alerts resume (D-23)


class BadRecord(ValueError):
    """A record that cannot stand where it stands; the text says which and why."""


class EngineState:
    """The state of one session, as every part of the engine sees it.

    decisions: new ones in order; the caller takes them with `drain`. rules: profile tables.
    observe: also keep what only screens and `explain` look at (walls, the minute of the heatmap);
    it changes no decision.
    """

    def __init__(self, rules: Rules, *, observe: bool = False) -> None:
        self.rules = rules
        self.observe = observe
        self.watching = watches(rules.profiles, observe)
        self.session: SessionOpened | None = None
        self.symbols: dict[int, Symbol] = {}
        self.books: dict[int, Book] = {}  # the books of `symbols`, one look-up nearer
        self.by_ticker: dict[str, Symbol] = {}
        self.universe: Universe | None = None  # the newest one
        self.refdata: dict[int, RefData] = {}  # by symbol id, the newest of each
        self.fda: set[str] = set()  # tickers that a headline of today names with the FDA (S-K3)
        self.lanes: list[Lane] = []
        self.scorers: list[tuple[Lane, Scorer]] = []
        self.leaners: list[Scorer] = []  # those of them whose points rise by degrees
        self.leads = Leads(ratio_3=(0, 0))  # what a book must show before any lane can trigger
        self.decisions: list[Decision] = []
        self.history: list[Decision] = []  # every decision of the session: the reducer's input
        self.seq = 0  # last input
        self.link_ts = 0  # newest market record of any symbol
        self.alive_ts = 0  # newest answer of the broker (N-18)
        self.coverage = Coverage()
        self.rtt_ms: dict[int, int] = {}  # endpoint -> round trip as sampled last
        self.lag_p95_ms = 0
        self.account: dict[int, int] = {}  # ACCOUNT_* -> newest value, cents
        self.now = 0  # newest event time
        self.next_due = NEVER  # earliest instant with something to do without input
        self.next_order = NEVER  # earliest order or exit walk that waits for an input or tick
        self.soon = NEVER  # the earlier of both
        self.tried = 0  # when waiting orders were tried last
        self.watched: set[int] = set()  # symbols with something pending or open in any lane
        self.down = ""  # what the feed said when it stopped, "" = it runs
        self.health = Health()
        self.clean_at = NEVER  # when a resumed feed will have been clean for 10 s
        self.by_hand: set[str] = set()  # tickers that the operator halted
        self.changed: tuple[int, ConfigChanged | None] = 0, None  # the last one and its number
        self.held = False  # nothing is decided until the next `Resumed`
        self._at = (0, 0)
        self._index = 0

    def drain(self) -> list[Decision]:
        """Decisions since the last call."""
        out, self.decisions = self.decisions, []
        return out

    def restore(self, decisions: Iterable[Decision]) -> None:
        """Before the first input of a restarted host: every decision of the session so far. The
        `Resumed` input that follows rebuilds the lanes from them."""
        self.history = list(decisions)

    @property
    def acting(self) -> Lane:
        """The lane whose alerts and locks count."""
        return next(lane for lane in self.lanes if lane.acting)

    def scorer(self, lane: Lane) -> Scorer:
        """The compiled rules of a lane."""
        return next(scorer for other, scorer in self.scorers if other is lane)

    def emit(self, decision: Decision) -> None:
        """Number a decision within its input and keep it."""
        if self.held:
            return
        at = (decision.seq, decision.ts)
        self._index = self._index + 1 if at == self._at else 0
        self._at = at
        decision.i = self._index
        self.decisions.append(decision)
        self.history.append(decision)

    def suspend(self, ts: int, reason: str) -> None:
        """No alerts from ts on, because of the feed as a whole."""
        self.clean_at = NEVER
        for lane in self.lanes:
            lane.on_feed_suspended(ts, reason)

    def reschedule(self) -> None:
        """After a lane did anything: when and for which symbols it wants to be called next."""
        if self.held:
            self.next_due = self.next_order = self.soon = NEVER
            return
        due = order = NEVER
        watched: set[int] = set()
        for lane in self.lanes:
            due = min(due, lane.next_due)
            order = min(order, lane.next_order_due)
            watched |= lane.watching
        if watched != self.watched:
            for sym in watched ^ self.watched:
                s = self.symbols[sym]
                s.watched = sym in watched
                s.attention = s.watched or s.marked or s.look
                s.book.slack = 0
            self.watched = watched
        self.next_order = order
        self.next_due = min(due, self.clean_at, self.order_tick())
        self.soon = min(self.next_due, order)

    def order_tick(self) -> int:
        """The tick at which waiting orders are tried next. One that found no valid book is tried
        again at ticks only while some book may become valid by time alone (it warms up); any other
        waits for an input."""
        order = self.next_order
        if order <= self.tried:
            watched = (self.symbols[sym] for sym in self.watched)
            if not any(s.cond and s.valid_from > self.tried for s in watched):
                return NEVER
            order = self.tried + 1
        return -(-order // TICK_NS) * TICK_NS

    def bad_record(self, problem: str) -> BadRecord:
        """The error of the record that is being applied."""
        return BadRecord(f"record {self.seq}: {problem}")
