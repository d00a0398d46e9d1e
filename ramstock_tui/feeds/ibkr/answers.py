"""Interactive Brokers as a `Broker` that answers questions, on a connection of its own.

The market data of the session have theirs: a queue of bulk requests never stands before a book.
"""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from ib_async import IB, Contract, RequestError, ScannerSubscription, TagValue, Ticker
from ib_async.ib import StartupFetchNONE

from ramstock_tui.core.spread import SpreadMeter
from ramstock_tui.feeds.ibkr.turns import Pace, Turns
from ramstock_tui.feeds.screening import LATER, Lost, Minutes, Paper, Quote, Refused, Row, Scan
from ramstock_tui.plain import clean

T = TypeVar("T")
CONNECT_S, ANSWER_S = 4.0, 15.0
PRICE_S = 4.0  # for the first price of a line
LOOK_S = 0.02
NEWS_MOST = 100
TICKER = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{0,14}")
TEXT_MOST = 80
FLOAT = re.compile(r'<SharesOut\b[^>]*\bTotalFloat="([0-9.]{1,20})"')
XML_MOST = 4 << 20
_CODE = re.compile(r"<scanCode>([A-Za-z0-9_]{1,64})</scanCode>")
_FIELD = re.compile(r"<code>([A-Za-z0-9_]{1,64})</code>")


class IbkrAnswers:
    """See `Broker`. clock: session time, ns. news: providers of headlines."""

    def __init__(
        self,
        host: str,
        port: int,
        client_id: int,
        clock: Callable[[], int],
        news: tuple[str, ...] = (),
    ) -> None:
        self._news = news
        self._at = (host, port, client_id)
        self._clock = clock
        self._ib = IB()
        self._pace = Pace()
        self._turns = Turns(self._pace)
        self._errors: dict[int, str] = {}  # by request id, of lines and scans

    async def open(self) -> None:
        """Connect; what was paced before stays so."""
        self._ib = IB()
        self._ib.RaiseRequestErrors = True
        self._ib.errorEvent += self._on_error
        self._turns = Turns(self._pace)
        self._errors.clear()
        host, port, client_id = self._at
        try:
            async with asyncio.timeout(CONNECT_S + 1):
                await self._ib.connectAsync(
                    host, port, client_id, CONNECT_S, readonly=True, fetchFields=StartupFetchNONE
                )
        except (OSError, TimeoutError) as problem:
            why = str(problem) or type(problem).__name__
            raise Lost(clean(f"{host}:{port}: {why}", TEXT_MOST)) from None

    def close(self) -> None:
        """End the connection."""
        self._ib.disconnect()

    def _on_error(self, number: int, code: int, text: str, _: Any) -> None:
        if number > 0:
            self._errors[number] = _words(code, text)

    # scanner -------------------------------------------------------------------------------------
    async def known(self) -> tuple[frozenset[str], frozenset[str]]:
        """What the XML of the scanner names."""
        xml = await self._ask(self._ib.reqScannerParametersAsync)
        if len(xml) > XML_MOST:
            raise Refused("the scanner's parameters are larger than 4 MiB")
        return frozenset(_CODE.findall(xml)), frozenset(_FIELD.findall(xml))

    async def scan(self, scan: Scan) -> list[Row]:
        """Its rows; the subscription ends with the first answer."""
        await self._turns.bulk()
        wanted = ScannerSubscription(
            instrument=scan.instrument, locationCode=scan.location, scanCode=scan.code
        )
        tags = [TagValue(name, value) for name, value in scan.filters]
        self._connected()
        found = self._ib.reqScannerSubscription(wanted, [], tags)
        came = asyncio.Event()
        found.updateEvent += lambda *_: came.set()
        try:
            await self._until(lambda: came.is_set() or found.reqId in self._errors, ANSWER_S)
        finally:
            if self._ib.isConnected():
                self._ib.cancelScannerSubscription(found)
        error = self._errors.pop(found.reqId, "")
        if error and not error.startswith("165"):
            raise Refused(error)
        contracts = (data.contractDetails.contract for data in found)
        return [
            Row(contract.symbol, contract.conId)
            for contract in contracts
            if contract is not None and contract.conId > 0 and TICKER.fullmatch(contract.symbol)
        ]

    async def paper(self, row: Row) -> Paper:
        """Details of one contract."""
        asked = _stock(row.ticker, row.con_id)
        found = await self._ask(lambda: self._ib.reqContractDetailsAsync(asked))
        for details in found:
            contract = details.contract
            if contract is not None and contract.symbol == row.ticker and contract.conId > 0:
                groups = (details.industry, details.category, details.subcategory)
                return Paper(
                    row.ticker,
                    contract.conId,
                    clean(details.stockType, 20) or None,
                    clean(contract.primaryExchange, 20) or None,
                    tuple(clean(group, 60) for group in groups),
                    _tick(details.minTick),
                )
        raise Refused("200 no security definition")

    # lines ---------------------------------------------------------------------------------------
    async def quotes(self, papers: list[Paper], seconds: float, most: int) -> dict[str, Quote]:
        """Batches of at most `most` lines, one after the other."""
        found: dict[str, Quote] = {}
        for first in range(0, len(papers), max(1, most)):
            found |= await self._batch(papers[first : first + max(1, most)], seconds)
        return found

    async def _batch(self, papers: list[Paper], seconds: float) -> dict[str, Quote]:
        watched = {}
        try:
            for paper in papers:
                await self._turns.bulk()
                self._connected()
                watched[paper.ticker] = _Watch(self._ib, paper, self._clock, self._errors)
            began = self._clock()
            if seconds:
                await self._until(lambda: self._clock() - began >= seconds * 1e9, seconds + 60)
            else:
                await self._until(lambda: all(w.priced for w in watched.values()), PRICE_S)
            return {ticker: watch.quote() for ticker, watch in watched.items()}
        finally:
            for watch in watched.values():
                watch.end()

    # history -------------------------------------------------------------------------------------
    async def minutes(self, paper: Paper, end_ts: int, days: int, *, all_hours: bool) -> Minutes:
        """Bars of trades."""
        bars = await self._history(paper, end_ts, _span(days), "1 min", rth=not all_hours)
        found = []
        for bar in bars:
            at = bar.date
            if isinstance(at, datetime) and math.isfinite(bar.volume) and bar.volume >= 0:
                found.append((int(at.timestamp()) * 1_000_000_000, int(bar.volume)))
        return found

    async def daily(self, paper: Paper) -> list[int]:
        """Of the last two months but today, which is not over."""
        bars = await self._history(paper, 0, "2 M", "1 day", rth=True)
        volumes = [bar.volume for bar in bars]
        return [int(v) for v in volumes[:-1] if math.isfinite(v) and v >= 0]

    async def _history(self, paper: Paper, end_ts: int, span: str, size: str, *, rth: bool) -> Any:
        end: datetime | str = ""
        if end_ts:
            end = datetime.fromtimestamp(end_ts // 1_000_000_000, UTC)
        contract = _stock(paper.ticker, paper.con_id)
        async with self._turns.history((paper.con_id, end, span, size), paper.con_id):
            return await self._ask(
                lambda: self._ib.reqHistoricalDataAsync(
                    contract, end, span, size, "TRADES", rth, formatDate=2, timeout=0
                )
            )

    async def float_shares(self, paper: Paper) -> int | None:
        """`TotalFloat` of the report, where the account still gets one."""
        if not self._turns.fundamental():
            raise Refused(LATER)
        contract = _stock(paper.ticker, paper.con_id)
        text = await self._ask(lambda: self._ib.reqFundamentalDataAsync(contract, "ReportSnapshot"))
        match = FLOAT.search(text) if isinstance(text, str) and len(text) < XML_MOST else None
        if match is None:
            return None
        shares = float(match[1])
        return int(shares) if 0 < shares < 1e12 else None

    async def headlines(self, paper: Paper, since_ts: int) -> list[str]:
        """At most 100 of them; none where no provider is subscribed."""
        if not self._news:
            return []
        since = datetime.fromtimestamp(since_ts // 1_000_000_000, UTC)
        found = await self._ask(
            lambda: self._ib.reqHistoricalNewsAsync(
                paper.con_id, "+".join(self._news), since, "", NEWS_MOST
            )
        )
        items = found if isinstance(found, list) else [found]
        return [clean(item.headline, 1_000) for item in items if item is not None]

    # ---------------------------------------------------------------------------------------------
    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> T:
        await self._turns.bulk()
        self._connected()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await ask()
        except RequestError as problem:
            raise Refused(_words(problem.code, problem.message)) from None
        except TimeoutError:
            self._connected()
            raise Refused(f"no answer within {ANSWER_S:.0f} s") from None
        except (ConnectionError, ValueError) as problem:
            raise Lost(clean(str(problem) or "connection lost", TEXT_MOST)) from None

    def _connected(self) -> None:
        if not self._ib.isConnected():
            raise Lost("connection lost")

    async def _until(self, true: Callable[[], bool], seconds: float) -> None:
        """Until it is true or the time is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not true() and loop.time() < end:
            self._connected()
            await asyncio.sleep(LOOK_S)


class _Watch:
    """One line, from its request to its end."""

    def __init__(
        self, ib: IB, paper: Paper, clock: Callable[[], int], errors: dict[int, str]
    ) -> None:
        self._ib = ib
        self._clock = clock
        self._errors = errors
        self._contract = _stock(paper.ticker, paper.con_id)
        self._meter = SpreadMeter()
        self._number = ib.client._reqIdSeq
        self._ticker: Ticker = ib.reqMktData(self._contract, "", False, False)
        self._ticker.updateEvent += self._on_update
        self._refused = ""

    def _on_update(self, ticker: Ticker) -> None:
        self._meter.quote(self._clock(), _e4(ticker.bid), _e4(ticker.ask))

    @property
    def priced(self) -> bool:
        """It has a price, or never will."""
        if not self._refused:
            self._refused = _refusal(self._errors.get(self._number, ""))
        ticker = self._ticker
        quoted = _e4(ticker.bid) is not None and _e4(ticker.ask) is not None
        return bool(self._refused) or _e4(ticker.last) is not None or quoted

    def quote(self) -> Quote:
        """What came."""
        assert self.priced or not self._refused  # noqa: S101 - looks at the errors once more
        ticker = self._ticker
        halted = None if math.isnan(ticker.halted) else int(ticker.halted)
        return Quote(
            _e4(ticker.last),
            _e4(ticker.bid),
            _e4(ticker.ask),
            self._meter.mean(self._clock()),
            halted,
            self._refused,
        )

    def end(self) -> None:
        """Give the line back."""
        self._ticker.updateEvent -= self._on_update
        self._errors.pop(self._number, None)
        if not self._ib.isConnected():
            return
        if self._refused:
            self._ib.wrapper.endTicker(self._ticker, "mktData")
        else:
            self._ib.cancelMktData(self._contract)


def _refusal(text: str) -> str:
    """An error that ends a line; warnings (delayed data) are none."""
    return "" if text.startswith(("10167", "2")) and not text.startswith("200") else text


def _words(code: int, text: str) -> str:
    return clean(f"{code} {text}", TEXT_MOST)


def _stock(ticker: str, con_id: int) -> Contract:
    return Contract(secType="STK", conId=con_id, symbol=ticker, exchange="SMART", currency="USD")


def _span(days: int) -> str:
    return "1 D" if days <= 1 else f"{-(-days // 7)} W"


def _e4(price: float) -> int | None:
    """1/10,000 USD; None for what is no price."""
    if not math.isfinite(price) or not 0 < price < 100_000:
        return None
    return round(price * 10_000)


def _tick(step: float) -> int:
    e4 = _e4(step) if isinstance(step, float | int) else None
    return e4 if e4 is not None and e4 <= 10_000 else 100
