"""The universe of the broker's market: scans, then what each filter needs, for what is left.

Nothing is asked of a stock that an earlier filter has taken out, and nothing twice a day that stays
the same for a day. What is watched anyway is looked up in the session.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import msgspec

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.listing import FDA
from ramstock_tui.core.spread import Mean, SpreadMeter
from ramstock_tui.core.universe import Candidate, passes
from ramstock_tui.feeds.screening import (
    LATER,
    Broker,
    Lost,
    Paper,
    Quote,
    Refused,
    Row,
    Scan,
)
from ramstock_tui.host.facts import Gathered, Wanted
from ramstock_tui.host.scans import offered
from ramstock_tui.host.volumes import SESSIONS_BACK, Volumes
from ramstock_tui.schedule import date_of, session_day
from ramstock_tui.store.learned import Learned

log = logging.getLogger("ramstock.ibkr")
T = TypeVar("T")
SAMPLE_S = 60.0  # that the spread of a candidate is watched


class Screening(NamedTuple):
    """What a session scans for. lines: for members; candidates get what they leave, and `spare`
    more. floats: shares by ticker, of the
    user's file. xbi: tickers. fda: those named in a headline of today."""

    scans: tuple[Scan, ...]
    pinned: tuple[str, ...]
    max_rows: int
    lines: int
    spare: int
    floats: Callable[[], dict[str, int]]
    xbi: frozenset[str]
    fda: Callable[[], frozenset[str]]


class BrokerFacts:
    """See `Facts`. clock: session time, ns."""

    source = "ibkr"
    waits = True

    def __init__(
        self, broker: Broker, screening: Screening, learned: Learned, clock: Callable[[], int]
    ) -> None:
        self._broker = broker
        self._screening = screening
        self._learned = learned
        self._clock = clock
        self._meters: dict[str, SpreadMeter] = {}
        self._live: dict[str, Quote] = {}  # of what the session watches
        self._job: Future[Gathered] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="universe-broker")
        self._stop: Callable[[], object] = _nothing  # ends the loop of the job that runs
        self._watching: Watching = {}, {}  # as it was when the refresh began
        self._offers: tuple[frozenset[str], frozenset[str]] | None = None
        self._date = 0
        self._con_ids: dict[str, int] = {}  # of the scan rows
        self._of: dict[str, Paper] = {}  # contracts of the day
        self.sample_s = SAMPLE_S
        self.sessions_back = SESSIONS_BACK

    # Facts ---------------------------------------------------------------------------------------
    def look(self, ts: int, engine: Engine) -> None:
        """The quotes of what is watched."""
        for ticker, symbol in engine.by_ticker.items():
            line = symbol.level1
            bid, ask = line.bid or symbol.bid, line.ask or symbol.ask
            meter = self._meters.setdefault(ticker, SpreadMeter())
            meter.quote(ts, bid or None, ask or None)
            last = line.last or symbol.tape.last
            self._live[ticker] = Quote(
                last or None, bid or None, ask or None, None, int(symbol.halted), ""
            )

    def begin(self, wanted: Wanted) -> None:
        """Ask, in a loop of its own: thousands of bars are no work for the session's."""
        self._stop()
        means = {ticker: meter.mean(wanted.ts) for ticker, meter in self._meters.items()}
        self._watching = dict(self._live), means
        self._job = self._thread.submit(asyncio.run, self._ended(wanted))

    def found(self) -> Gathered | None:
        """What came of it."""
        job = self._job
        if job is None or not job.done():
            return None
        self._job = None
        problem = job.exception()
        if problem is None:
            return job.result()
        if isinstance(problem, Lost | Refused):
            return Gathered(problem=str(problem))
        if isinstance(problem, asyncio.CancelledError):
            return Gathered(problem="given up")
        log.error("a refresh of the universe failed", exc_info=problem)
        return Gathered(problem=f"internal error: {type(problem).__name__}")

    def close(self) -> None:
        """Let go of the connection."""
        self._stop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ended(self, wanted: Wanted) -> Gathered:
        """One refresh on a connection that begins and ends with it; `_stop` ends it early."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101

        def stop() -> None:
            with contextlib.suppress(RuntimeError):  # it is over already
                loop.call_soon_threadsafe(task.cancel)

        self._stop = stop
        try:
            return await self._gather(wanted)
        finally:
            self._stop = _nothing
            self._broker.close()

    # one refresh ---------------------------------------------------------------------------------
    async def _gather(self, wanted: Wanted) -> Gathered:
        notes: list[str] = []
        self._new_day(date_of(wanted.ts))
        await self._broker.open()
        rows = await self._scanned(wanted, notes)
        found = {row.ticker: row for row in await self._papers(rows, wanted)}
        for step, ask in (
            ("class", self._prices),
            ("price", self._floats),
            ("float", self._volumes),
            ("rvol", self._spreads),
            ("halted", self._news),
        ):
            left = [row for row in found.values() if _wants(row, wanted, step)]
            for row in await ask(left):
                found[row.ticker] = row
        self._learned.save()
        notes += [self._learned.problem] if self._learned.problem else []
        return Gathered(tuple(found.values()), tuple(notes))

    def _new_day(self, date: int) -> None:
        if date != self._date:
            self._date = date
            self._of.clear()
            self._learned.load(date)

    async def _scanned(self, wanted: Wanted, notes: list[str]) -> dict[str, Candidate]:
        """Rows of all scans, then members and pinned symbols that none names."""
        rows: dict[str, int] = {}
        refused = 0
        for scan in await self._offered(wanted, notes):
            try:
                for row in await self._broker.scan(scan):
                    rows.setdefault(row.ticker, row.con_id)
            except Refused as problem:
                refused += 1
                notes.append(f"scan {scan.name}: {problem}")
        if refused and refused == len(self._screening.scans):
            raise Refused(notes[-1])
        if len(rows) > self._screening.max_rows:
            notes.append(f"{len(rows):,} scan rows, the first {self._screening.max_rows:,} count")
            rows = dict(list(rows.items())[: self._screening.max_rows])
        self._con_ids = rows
        pinned = frozenset(self._screening.pinned)
        found = {t: Candidate(ticker=t, pinned=t in pinned) for t in rows}
        for ticker in (*wanted.before, *self._screening.pinned):
            if ticker not in found:
                found[ticker] = Candidate(ticker=ticker, scanned=False, pinned=ticker in pinned)
        return found

    async def _offered(self, wanted: Wanted, notes: list[str]) -> list[Scan]:
        """The scans as the broker's own XML lets them be."""
        if self._offers is None:
            try:
                self._offers = await self._broker.known()
            except Refused as problem:
                notes.append(f"scanner parameters: {problem}")
                return list(self._screening.scans)
        return offered(self._screening.scans, self._offers, wanted.limits, notes)

    async def _papers(self, rows: dict[str, Candidate], wanted: Wanted) -> list[Candidate]:
        return await _all(rows.values(), self._paper)

    async def _paper(self, row: Candidate) -> Candidate:
        con_id = self._con_ids.get(row.ticker, 0)
        fda, xbi = row.ticker in self._screening.fda(), row.ticker in self._screening.xbi
        try:
            paper = await self._known(Row(row.ticker, con_id))
        except Refused as problem:
            return msgspec.structs.replace(row, refused=str(problem))
        return msgspec.structs.replace(
            row,
            stock_type=paper.stock_type,
            exchange=paper.exchange,
            groups=paper.groups,
            tick_e4=paper.tick_e4,
            fda=fda,
            xbi=xbi,
        )

    async def _known(self, row: Row) -> Paper:
        """Contract details, once a day for each stock."""
        key = f"paper {row.ticker}"
        held = self._learned.get(key, row.con_id, self._date, Paper)
        if held is None:
            held = await self._broker.paper(row)
            self._learned.put(key, row.con_id, self._date, held)
        self._of[row.ticker] = held
        return held

    async def _prices(self, rows: list[Candidate]) -> list[Candidate]:
        """Price and halts: of what is watched from the session, of the rest from lines."""
        new = [row for row in rows if not self._watched(row.ticker)]
        quotes = await self._broker.quotes([self._of[row.ticker] for row in new], 0, self._free)
        found = []
        for row in rows:
            quote = quotes.get(row.ticker) or self._watching[0][row.ticker]
            found.append(_priced(row, quote))
        return found

    @property
    def _free(self) -> int:
        """Lines that candidates may have."""
        return self._screening.spare + max(0, self._screening.lines - len(self._watching[0]))

    def _watched(self, ticker: str) -> bool:
        live = self._watching[0].get(ticker)
        return live is not None and (live.last_e4 is not None or live.bid_e4 is not None)

    async def _floats(self, rows: list[Candidate]) -> list[Candidate]:
        known = self._screening.floats()

        async def one(row: Candidate) -> Candidate:
            if row.ticker in known:
                shares: int | None = known[row.ticker]
                return msgspec.structs.replace(row, float_shares=shares, float_from="file")
            shares = await self._fundamental(self._of[row.ticker])
            if shares is None:
                return row
            return msgspec.structs.replace(row, float_shares=shares, float_from="broker")

        return await _all(rows, one)

    async def _fundamental(self, paper: Paper) -> int | None:
        held = self._learned.get("float", paper.con_id, self._date, int)
        if held is not None:
            return held or None
        try:
            shares = await self._broker.float_shares(paper)
        except Refused as problem:
            if str(problem) == LATER:
                return None
            shares = None
        self._learned.put("float", paper.con_id, self._date, shares or 0)
        return shares

    async def _volumes(self, rows: list[Candidate]) -> list[Candidate]:
        day = Volumes(self._broker, self._learned, self._date, self._clock, self.sessions_back)

        async def one(row: Candidate) -> Candidate:
            try:
                rvol, why = await day.relative(self._of[row.ticker])
            except Refused as problem:
                rvol, why = None, str(problem)
            return msgspec.structs.replace(row, rvol=rvol, rvol_why=why)

        return await _all(rows, one)

    async def _news(self, rows: list[Candidate]) -> list[Candidate]:
        """Headlines of today, of what would be a member."""
        since = session_day(self._date).midnight_ns

        async def one(row: Candidate) -> Candidate:
            try:
                texts = await self._broker.headlines(self._of[row.ticker], since)
            except Refused:
                return row  # no news for this account; what the session hears of it counts
            fda = row.fda or any(FDA.search(text) for text in texts)
            return msgspec.structs.replace(row, fda=fda)

        return await _all(rows, one)

    async def _spreads(self, rows: list[Candidate]) -> list[Candidate]:
        """A minute of quotes; what the session watches has had its minute."""
        means = self._watching[1]
        new = [row for row in rows if means.get(row.ticker) is None]
        quotes = await self._broker.quotes(
            [self._of[row.ticker] for row in new], self.sample_s, self._free
        )
        found = []
        for row in rows:
            quote = quotes.get(row.ticker)
            spread = means.get(row.ticker) if quote is None else quote.spread
            found.append(msgspec.structs.replace(row, spread=spread))
        return found


Watching = tuple[dict[str, Quote], dict[str, Mean | None]]


def _nothing() -> None:
    """No job runs."""


def _wants(row: Candidate, wanted: Wanted, step: str) -> bool:
    """Does anybody want to know more? Members and pinned symbols are shown with all readings."""
    if row.refused or row.stock_type is None:
        return False
    return row.ticker in wanted.before or row.pinned or passes(row, wanted.limits, step)


def _priced(row: Candidate, quote: Quote) -> Candidate:
    return msgspec.structs.replace(
        row,
        last_e4=quote.last_e4,
        bid_e4=quote.bid_e4,
        ask_e4=quote.ask_e4,
        halted=quote.halted,
    )


async def _all(
    rows: Iterable[Candidate], ask: Callable[[Candidate], Awaitable[Candidate]]
) -> list[Candidate]:
    """`ask` for each of them at the same time, in their order; the first Lost ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(ask, row)) for row in rows]
    except* Lost as problems:
        raise problems.exceptions[0] from None
    return [task.result() for task in tasks]


async def _awaited(ask: Callable[[Candidate], Awaitable[Candidate]], row: Candidate) -> Candidate:
    return await ask(row)
