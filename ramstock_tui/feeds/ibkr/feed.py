"""Interactive Brokers as a feed: what its endpoints bring, in the order of time, as rows.

Everything runs on the host's loop: a network read puts its rows here with the session's time, the
session takes them at its next step. What the feed knows of itself (up, down, stale, slots) goes
the same way, so a replay sees what the trader saw.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from ib_async.contract import ContractDetails

from ramstock_tui.core import records as r
from ramstock_tui.core.records import LAST, Row
from ramstock_tui.feeds import Away, Notice, Portion
from ramstock_tui.feeds.ibkr.asked import Asked
from ramstock_tui.feeds.ibkr.endpoint import CONNECTING, Line
from ramstock_tui.feeds.ibkr.instrument import LIVE, Stock
from ramstock_tui.feeds.ibkr.portions import Portions, image, said_again
from ramstock_tui.feeds.ibkr.pulse import SKEW_STOP_S, SKEW_WARN_S
from ramstock_tui.feeds.ibkr.slots import Slots
from ramstock_tui.feeds.ibkr.spec import IbkrSpec, Known, Surroundings
from ramstock_tui.feeds.ibkr.symbols import Symbols
from ramstock_tui.plain import clean

S1 = 1_000_000_000
HEALTH_NS = S1 // 2
SILENT_NS = 5 * S1  # no tick of any symbol for so long in regular hours (D-23)
MARKET = frozenset({r.DEPTH_ROW, r.LEVEL_SET, r.PRINT, r.QUOTE_SIDE, r.L1_VALUE})
WORDS = {
    r.FEED_DOWN: "no connection",
    r.FEED_COMPETING: "another session of this user name has the market data",
    r.FEED_DELAYED: "DELAYED DATA: no signals",
    r.FEED_SKEW: "this clock is wrong: no entries",
    r.FEED_STALE: "no data come",
}


class IbkrFeed:
    """See `Feed`. known: symbols that the session declared before, by ticker. wake: called when
    rows came."""

    name = "ibkr"

    def __init__(self, spec: IbkrSpec, known: Mapping[str, Known]) -> None:
        self.spec = spec
        self.notices: list[Notice] = []
        self.wake: Callable[[], None] = lambda: None
        self.lines = [Line(index, spec, self) for index in range(len(spec.endpoints))]
        self.slots = [Slots(line) for line in self.lines]
        self._around: Surroundings | None = None
        self._asked = Asked()
        self._known = dict(known)
        self._symbols = Symbols(self._known, self.clock, self.put)
        self._portions = Portions()
        self._tasks: list[asyncio.Task[None]] = []
        self._frozen = 0
        self._state = 0  # FEED_* that stands, FEED_UP, or 0 = none said yet
        self._usable: set[int] = set()  # endpoints whose data count
        self._seen: set[int] = set()  # ... and that ever did
        self._gone: dict[int, int] = {}  # the others: since when, session ns
        self._mute: set[int] = set()  # came back, and have sent nothing of the market yet
        self._spoke: set[int] = set()  # of those, what sent something in this read
        self._last_tick = 0
        self._silent = False  # no tick for too long
        self._next_health = 0
        self._warned = ""
        self._off_said = False
        for number, ticker in enumerate(spec.symbols):
            line = self.lines[number % len(self.lines)]
            line.stocks.append(Stock(ticker, line.index))

    # Feed ----------------------------------------------------------------------------------------
    @property
    def note(self) -> str:
        """What is wrong, in words; figures stand in the status row."""
        said = [WORDS[self._state]] if self._state in WORDS else []
        said += [f"{line.at.name}: {line.broken}" for line in self.lines if line.broken]
        if self._warned:
            said.append(self._warned)
        return " · ".join(dict.fromkeys(said))

    def attach(self, around: Surroundings) -> None:
        """Before anything else."""
        self._around = around
        self._asked = Asked(around.asked)

    def begin(self, ts: int) -> Portion:
        """Nothing is known before the first answer."""
        return [], b""

    def rows(self, until: int) -> Portion:
        """What came until then; and what time itself brings."""
        if not self._tasks:
            self._start()
        self._silence(until)
        if until >= self._next_health:
            self._each_half_second(until)
        return self._portions.take(until)

    def again(self, ts: int, lasts: Mapping[int, int]) -> Portion:
        """The host stood still, or the engine began anew: what is subscribed is said again, and
        the books as they stand."""
        rows, blob = self._portions.take(ts)
        rows.append((ts, 0, r.FEED, LAST, 0, 0, r.FEED_GAP))
        for line in self.lines:
            if line.index in self._usable:
                for stock in line.stocks:
                    rows += said_again(ts, stock)
        if self._usable and self._state == r.FEED_UP:
            rows.append((ts, 0, r.FEED, LAST, 0, 0, r.FEED_UP))
        elif self._state in WORDS:
            rows.append((ts, 0, r.FEED, LAST, 0, 0, self._state))
        else:
            self._state = r.FEED_DOWN
        self.lines[0].account.again()
        return rows, blob

    def close(self) -> None:
        """End every connection."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()

    def request_slot(self, ticker: str) -> None:
        """The operator wants a slot for it."""
        ts = self.clock()
        for line, slots in zip(self.lines, self.slots, strict=True):
            for stock in line.stocks:
                if stock.ticker == ticker:
                    slots.plan.request(ts, stock.sym)

    def follow(self, tickers: tuple[str, ...]) -> None:
        """What the universe wants watched. A symbol that something hangs on stays."""
        wanted = dict.fromkeys(tickers)
        engine = self._around.engine if self._around is not None else None
        busy = set() if engine is None else engine.watched
        for line in self.lines:
            for stock in [s for s in line.stocks if s.ticker not in wanted and s.sym not in busy]:
                line.subs.leave(stock)
                self.slots[line.index].plan.drop(self.clock(), stock.sym)
                line.stocks.remove(stock)
        held = {stock.ticker for line in self.lines for stock in line.stocks}
        for ticker in wanted:
            if ticker not in held:
                line = min(self.lines, key=lambda each: len(each.stocks) - each.subs.max_lines)
                stock = Stock(ticker, line.index)
                line.stocks.append(stock)
                line.subs.join(stock)

    def figures(self) -> tuple[int, int, int, int, int, int]:
        """(lines, of so many, books, of so many, tapes, of so many)."""
        figures = [line.subs.figures() for line in self.lines]
        a, b, c, d, e, f = (sum(column) for column in zip(*figures, strict=True))
        return a, b, c, d, e, f

    def away(self) -> Away:
        """Endpoints whose data do not count; one that is tried for the first time may be there."""
        lines = [line for line in self.lines if line.index in self._gone]
        gone = [line for line in lines if line.broken != CONNECTING]
        if not gone:
            return Away(of=len(self.lines))
        since = min(self._gone[line.index] for line in gone)
        tickers = frozenset(stock.ticker for line in gone for stock in line.stocks)
        return Away(len(gone), len(self.lines), since, tickers)

    # Hub -----------------------------------------------------------------------------------------
    def clock(self) -> int:
        """Session time; during a network read that of the read."""
        if self._frozen:
            return self._frozen
        return self._around.clock() if self._around is not None else 0

    def freeze(self, ts: int) -> None:
        """A network read begins at ts, 0 = it ended."""
        if not ts and self._spoke:
            self._hear()  # at the instant of the read
        self._frozen = ts

    def put(self, ts: int, rows: list[Row], blob: bytes = b"") -> None:
        """Rows of one instant, at or after every instant before."""
        ts = self._portions.put(ts, rows, blob)
        if rows[0][2] not in (r.FEED, r.HEALTH, r.ACCOUNT):
            self._last_tick = ts
            if self._mute:
                heard = {row[1] for row in rows if row[2] in MARKET}
                self._spoke |= self._mute & {self._endpoint_of(sym) for sym in heard}
        self.wake()

    def _endpoint_of(self, sym: int) -> int:
        return next((s.endpoint for each in self.lines for s in each.stocks if s.sym == sym), -1)

    def _hear(self) -> None:
        """Endpoints that came back send data: from now on they may become clean (D-23)."""
        spoke, self._spoke = self._spoke, set()
        for index in sorted(spoke & self._mute):
            self._mute.discard(index)
            if self._usable - self._mute - {index}:
                self._hold(self.lines[index])
        self._refresh()

    def declare(self, stock: Stock, details: ContractDetails) -> None:
        """A contract is known: the symbol gets its number, once in a session."""
        self._symbols.declare(stock, details)

    def headline(self, stock: Stock, provider: str, article: str, text: str) -> None:
        """A headline of a stock."""
        said = self._symbols.headline(stock, provider, article, text)
        if said:
            self.say(stock.ticker, said, "info")

    def say(self, ticker: str, text: str, level: str) -> None:
        """A line for the log."""
        self.notices.append(Notice(self.clock(), ticker, clean(text, 300), level))

    def answered(self, line: Line) -> None:
        """The broker answered: the link is alive, and its clock may be away."""
        self._health(self.clock(), line, r.ANSWERED)
        skew = max((abs(each.pulse.skew_s) for each in self.lines if each.up), default=0.0)
        away = f"clock {skew:.0f} s away from the broker's" if skew > SKEW_WARN_S else ""
        if away and not self._warned:
            self.say("", away, "warn")
        self._warned = away
        self._refresh()

    def gap(self, line: Line, age_s: float) -> None:
        """Data of an endpoint were held up and are so old: books start anew, its symbols count
        after 10 s."""
        if line.index not in self._usable:
            return
        ts = self.clock()
        rows: list[Row] = []
        alone = self._usable == {line.index}
        if alone and self._state == r.FEED_UP:
            rows.append((ts, 0, r.FEED, LAST, line.index, 0, r.FEED_GAP))
        for stock in line.stocks:
            if stock.sym:
                rows.append((ts, stock.sym, r.FEED, 0, line.index, 0, r.FEED_GAP))
                rows += image(ts, stock)
        if alone and self._state == r.FEED_UP:
            rows.append((ts, 0, r.FEED, LAST, line.index, 0, r.FEED_UP))
        if rows:
            self.put(ts, rows)
            self.say("", f"{line.at.name}: data were held up {age_s:.1f} s", "warn")
        if not alone:
            self._hold(line)

    def slot_refused(self, line: Line, stock: Stock) -> None:
        """A slot that could not be had."""
        self.slots[line.index].plan.drop(self.clock(), stock.sym)

    def held(self, stock: Stock) -> bool:
        """Does a card or an open trade hang on it."""
        engine = self._around.engine if self._around is not None else None
        return engine is not None and stock.sym in engine.watched

    def tape_asked(self, line: Line, stock: Stock) -> None:
        """The tape of a stock is asked for now."""
        self._asked.note(line.at.name, stock.ticker)

    def tape_asked_ago_s(self, line: Line, stock: Stock) -> float:
        """Seconds since any program asked for it, as far as is known."""
        return self._asked.ago_s(line.at.name, stock.ticker)

    def wall_clocks(self) -> tuple[float, ...]:
        """Own clocks that the broker's is compared with."""
        wall = time.time()
        if self._around is not None and self._around.rehearsal:
            return wall, self.clock() / 1e9
        return (wall,)

    @property
    def hurry(self) -> bool:
        """A card waits for a confirm."""
        engine = self._around.engine if self._around is not None else None
        return engine is not None and bool(engine.lanes) and bool(engine.acting.state.pendings)

    @property
    def ticking(self) -> bool:
        """Some symbol had a record in the last 5 s."""
        return self.clock() - self._last_tick < SILENT_NS

    def state_changed(self, line: Line) -> None:
        """An endpoint is up, down, or its data count no more."""
        usable = line.up and not line.broken
        if usable == (line.index in self._usable):
            return
        if not usable:
            self._usable.discard(line.index)
            self._gone[line.index] = self.clock()
            self._mute.discard(line.index)
            self._health(self.clock(), line, 0, clean_slate=True)
        else:
            self._usable.add(line.index)
            self._gone.pop(line.index, None)
            if line.index in self._seen or self._state:  # a host that goes on was somewhere else
                self._mute.add(line.index)
            self._seen.add(line.index)
            self._last_tick = self.clock() if self._last_tick else 0
            self._silent = False
        self._refresh()

    def _hold(self, line: Line) -> None:
        """Its symbols count after 10 s (D-23); those of other endpoints were never away."""
        ts = self.clock()
        for stock in line.stocks:
            if stock.sym:
                self.put(ts, [(ts, stock.sym, r.FEED, 0, line.index, 0, r.FEED_UP)])

    # the state of the whole ----------------------------------------------------------------------
    def _refresh(self) -> None:
        """Say what stands against the data as a whole, when that changed."""
        state = self._now()
        if state == self._state or (state == r.FEED_DOWN and not self._state):
            return
        self._state = state
        ts = self.clock()
        self.put(ts, [(ts, 0, r.FEED, LAST, 0, 0, state)])
        if state in WORDS:
            self.say("", WORDS[state], "bad")

    def _now(self) -> int:
        lines = [line for line in self.lines if line.index in self._usable - self._mute]
        if not lines:
            competing = any("another session" in line.broken for line in self.lines)
            return r.FEED_COMPETING if competing else r.FEED_DOWN
        if any(stock.data_type > LIVE for line in lines for stock in line.stocks):
            return r.FEED_DELAYED
        if any(abs(line.pulse.skew_s) > SKEW_STOP_S for line in lines):
            return r.FEED_SKEW
        return r.FEED_STALE if self._silent else r.FEED_UP

    def _silence(self, t: int) -> None:
        """Nothing of any symbol for 5 s in regular hours."""
        around = self._around
        session = around.engine.session if around is not None else None
        if session is None or not self._usable or self._off_said:
            return
        open_now = session.open_ns <= t < session.close_ns
        silent = bool(self._last_tick) and t - self._last_tick > SILENT_NS and open_now
        if silent != self._silent:
            self._silent = silent
            self._refresh()

    def _off(self, t: int) -> None:
        """OFF of the acting profile: whatever is not pending or open is given up (D-26)."""
        engine = self._around.engine if self._around is not None else None
        if self._off_said or engine is None or not engine.lanes or t < engine.acting.off_ns:
            return
        if engine.watched:
            return  # what is open is watched to its end
        self._off_said = True
        for line in self.lines:
            line.subs.give_up()
        self.say("", "OFF: subscriptions are given up", "info")

    def _each_half_second(self, t: int) -> None:
        self._off(t)
        self._next_health = t - t % HEALTH_NS + HEALTH_NS
        for line in self.lines:
            if line.up:
                self._health(t, line, 0)
        for line, slots in zip(self.lines, self.slots, strict=True):
            fine = line.index in self._usable and self._state != r.FEED_DELAYED
            fine = fine and not self._off_said
            if fine and self._around is not None:
                slots.step(t, self._around.engine, self)

    def _health(self, ts: int, line: Line, flags: int, *, clean_slate: bool = False) -> None:
        around = self._around
        if around is None:
            return
        lag = rtt = 0
        if not clean_slate:
            lag = around.lag_p95_ms()
            rtt = line.pulse.round_trip_ms(asyncio.get_running_loop().time())
        self.put(ts, [(ts, 0, r.HEALTH, LAST | flags, lag, rtt, line.index)])

    # rows ----------------------------------------------------------------------------------------
    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        for line in self.lines:
            self._gone[line.index] = self.clock()
            line.stream.typed = self._typed
            for stock in line.stocks:
                known = self._known.get(stock.ticker)
                if known is not None:
                    stock.asked_s = loop.time() - known.asked_ago_s
            self._tasks.append(loop.create_task(line.run(), name=f"ibkr-{line.index}"))

    def _typed(self, stock: Stock) -> None:
        """The line of a stock is live, frozen or delayed."""
        if stock.data_type == LIVE:
            self.lines[stock.endpoint].subs.rights_back()
        self._refresh()
