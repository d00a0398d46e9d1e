"""The universe of the broker's market: scans, then what each filter needs, for what is left.

Nothing is asked of a stock that an earlier filter has taken out, and nothing twice a day that stays
the same for a day. What is watched anyway is looked up in the session.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import msgspec

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.rvol import OPEN_S as RTH_S
from ramstock_tui.core.rvol import Baseline, Rvol, baseline, estimate, relative, shares_until
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
from ramstock_tui.schedule import (
    SECOND_NS,
    ScheduleError,
    SessionDay,
    date_of,
    previous_session,
    session_day,
)
from ramstock_tui.store.learned import Learned

T = TypeVar("T")
SAMPLE_S = 60.0  # that the spread of a candidate is watched
SESSIONS_BACK, WEEK = 25, 5  # sessions looked at, so that 20 whole ones traded; in one request
LATE_S = 72_000  # 20:00, when a day has ended
BASELINES_S = 75.0  # that a refresh spends on them; the rest is estimated until the next one
FLOAT_TAGS = ("floatSharesBelow", "floatSharesAbove")


class Screening(NamedTuple):
    """What a session scans for. spare: lines for candidates. floats: shares by ticker, of the
    user's file. xbi: tickers. fda: those named in a headline of today."""

    scans: tuple[Scan, ...]
    pinned: tuple[str, ...]
    max_rows: int
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
        raise problem

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
        """The scans as the broker's own XML lets them be: unknown filters are left out, a filter by
        float is tried where it is known."""
        if self._offers is None:
            try:
                self._offers = await self._broker.known()
            except Refused as problem:
                notes.append(f"scanner parameters: {problem}")
                return list(self._screening.scans)
        codes, names = self._offers
        limits, scans = wanted.limits, []
        bounds = (
            ("priceAbove", _usd(limits.price_min_e4 // 2)),  # near misses stay on screen
            ("priceBelow", _usd(limits.price_max_e4 * 2)),
            (FLOAT_TAGS[0], str(limits.float_max)),
            (FLOAT_TAGS[1], "" if limits.float_min is None else str(limits.float_min)),
        )
        for scan in self._screening.scans:
            if codes and scan.code not in codes:
                notes.append(f"scan {scan.name}: the broker has no {scan.code}")
                continue
            given = dict(scan.filters)
            given = {n: v for n, v in bounds if v and n in names} | given
            unknown = [name for name in given if names and name not in names]
            if unknown:
                notes.append(f"scan {scan.name}: the broker has no filter {unknown[0]}")
            known = tuple((n, v) for n, v in given.items() if n not in unknown)
            scans.append(scan._replace(filters=known))
        return scans

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
        quotes = await self._broker.quotes(
            [self._of[row.ticker] for row in new], 0, self._screening.spare
        )
        found = []
        for row in rows:
            quote = quotes.get(row.ticker) or self._watching[0][row.ticker]
            found.append(_priced(row, quote))
        return found

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

    # relative volume -----------------------------------------------------------------------------
    async def _volumes(self, rows: list[Candidate]) -> list[Candidate]:
        loop = asyncio.get_running_loop()
        end = loop.time() + BASELINES_S

        async def one(row: Candidate) -> Candidate:
            try:
                rvol, why = await self._rvol(self._of[row.ticker], loop.time() < end)
            except Refused as problem:
                rvol, why = None, str(problem)
            return msgspec.structs.replace(row, rvol=rvol, rvol_why=why)

        return await _all(rows, one)

    async def _rvol(self, paper: Paper, may_ask: bool) -> tuple[Rvol | None, str]:
        midnight = session_day(self._date).midnight_ns
        early = (self._clock() - midnight) // SECOND_NS < RTH_S
        today = await self._broker.minutes(paper, 0, 1, all_hours=early)
        bars = [((ts - midnight) // SECOND_NS, shares) for ts, shares in today if ts >= midnight]
        second = (self._clock() - midnight) // SECOND_NS
        base = self._learned.get("rvol", paper.con_id, self._date, Baseline)
        if base is None and may_ask:
            base = await self._baseline(paper, early)
            self._learned.put("rvol", paper.con_id, self._date, base)
        if base is not None:
            return relative(base, bars, second)
        daily = self._learned.get("daily", paper.con_id, self._date, list[int])
        if daily is None:
            daily = await self._broker.daily(paper)
            self._learned.put("daily", paper.con_id, self._date, daily)
        return estimate(daily, shares_until(bars, RTH_S, second), second)

    async def _baseline(self, paper: Paper, early: bool) -> Baseline:
        """Of the whole sessions before today, week by week; early: from 04:00 on."""
        days = _days(self._date, self.sessions_back)
        by_date: dict[int, list[tuple[int, int]]] = {}
        for first in range(0, len(days), WEEK):
            chunk = {day.date: day.midnight_ns for day in days[first : first + WEEK]}
            until = days[first].midnight_ns + LATE_S * SECOND_NS
            for ts, shares in await self._week(paper, until, early):
                midnight = chunk.get(date_of(ts))
                if midnight is not None:
                    bar = ((ts - midnight) // SECOND_NS, shares)
                    by_date.setdefault(date_of(ts), []).append(bar)
        whole = [day.date for day in days if not day.early_close]
        return baseline([by_date.get(date, []) for date in reversed(whole)])

    async def _week(self, paper: Paper, until: int, early: bool) -> list[tuple[int, int]]:
        try:
            return await self._broker.minutes(paper, until, 7, all_hours=early)
        except Refused as problem:
            if "no data" in str(problem):  # listed later than that
                return []
            raise

    async def _spreads(self, rows: list[Candidate]) -> list[Candidate]:
        """A minute of quotes; what the session watches has had its minute."""
        means = self._watching[1]
        new = [row for row in rows if means.get(row.ticker) is None]
        quotes = await self._broker.quotes(
            [self._of[row.ticker] for row in new], self.sample_s, self._screening.spare
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


def _days(date: int, count: int) -> list[SessionDay]:
    """So many sessions before a date, newest first; as many as the calendar knows."""
    found: list[SessionDay] = []
    with contextlib.suppress(ScheduleError):
        while len(found) < count:
            date = previous_session(date)
            found.append(session_day(date))
    return found


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


def _usd(px_e4: int) -> str:
    whole, rest = divmod(px_e4, 10_000)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".")
