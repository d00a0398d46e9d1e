"""The life of one endpoint: connect, watch, lose, connect again. One task, one connection."""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ib_async.contract import ContractDetails
from ib_async.objects import PriceIncrement

from ramstock_tui.core.records import Row
from ramstock_tui.feeds.ibkr import codes
from ramstock_tui.feeds.ibkr.account import Account
from ramstock_tui.feeds.ibkr.contracts import Contracts
from ramstock_tui.feeds.ibkr.instrument import Stock
from ramstock_tui.feeds.ibkr.pacer import Pacer
from ramstock_tui.feeds.ibkr.pulse import HELD_UP_S, QUIET_S, Pulse
from ramstock_tui.feeds.ibkr.spec import Endpoint, IbkrSpec
from ramstock_tui.feeds.ibkr.stream import Stream
from ramstock_tui.feeds.ibkr.subscriptions import Subscriptions
from ramstock_tui.feeds.ibkr.values import Numbers
from ramstock_tui.feeds.ibkr.wire import Fields, Wire

CONNECTING = "connecting"  # `broken` until the first attempt has ended
LOOK_S = 0.05
PAUSES_S = (0.1, 0.5, 1.0, 2.0)  # before the next attempt; the last one again and again
CALM_S = 5.0  # the same while the gateway restarts as it does each day
TAKEN_S = (2.0, 4.0, 8.0, 15.0, 30.0, 60.0)  # the same while the client id is in use
GHOST_S = 1.5  # ... and it is the own one, of a connection that the gateway has not given up yet
GHOST_FOR_S = 60.0
SLACK_S, SLACK_MOST_S = 0.01, 0.25  # by how much one request may be faster than another
PROBE_S, HEARD_S = 10.0, 1.5  # between two probes; data of one so long after it say it is over
FLOW_S, FLOW_GAP_S = 2.0, 2.5  # data that come for so long, without a longer pause, count again
log = logging.getLogger("ramstock.ibkr")


class Hub(Protocol):
    """What an endpoint needs of the feed."""

    def clock(self) -> int: ...
    def freeze(self, ts: int) -> None: ...
    def put(self, ts: int, rows: list[Row]) -> None: ...
    def declare(self, stock: Stock, details: ContractDetails) -> None: ...
    def state_changed(self, line: "Line") -> None: ...
    def answered(self, line: "Line") -> None: ...
    def gap(self, line: "Line", age_s: float) -> None: ...
    def say(self, ticker: str, text: str, level: str) -> None: ...
    def slot_refused(self, line: "Line", stock: Stock) -> None: ...
    def held(self, stock: Stock) -> bool: ...
    def tape_asked(self, line: "Line", stock: Stock) -> None: ...
    def tape_asked_ago_s(self, line: "Line", stock: Stock) -> float: ...
    def wall_clocks(self) -> tuple[float, ...]: ...
    def headline(self, stock: Stock, provider: str, article: str, text: str) -> None: ...
    @property
    def hurry(self) -> bool: ...
    @property
    def ticking(self) -> bool: ...


class Line:
    """One endpoint. up: connected and let in; broken: why its data do not count although it is, ""
    = they do. told: what it said last. last_code: the newest number of the broker. faults: of
    connections that are over."""

    def __init__(self, index: int, spec: IbkrSpec, hub: Hub) -> None:
        self.index = index
        self.at: Endpoint = spec.endpoints[index]
        self.stocks: list[Stock] = []
        self.up = False
        self.broken = CONNECTING
        self.told = ""
        self.generation = 0
        self.drops = 0
        self.faults: dict[str, int] = {}
        self.numbers = Numbers(spec.shares_per_unit)
        self.stream = Stream(hub.clock, hub.put, self._ruined, self.numbers)
        self.contracts = Contracts(hub.declare, self._line_up, self._unknown)
        self.account = Account(index, hub.clock, hub.put)
        self.subs = Subscriptions(self, spec, hub)
        self.pulse = Pulse(0.0)
        self.pacer: Pacer | None = None
        self.wire: Wire | None = None
        self._hub = hub
        self._restart = spec.restart
        self.last_code = 0
        self._sent: deque[float] = deque()  # of the pacers, over all connections
        self._lost_s = -1e9  # monotonic time at which the last connection ended
        self._trips_ms: deque[int] = deque(maxlen=6)  # round trips of the last half minute
        self._farm_from = self._probed = 0.0
        self._competing = False
        self._held_up = False  # what came in this read up to an answer was held up on its way
        self._flowing = False  # no pause was before this read
        self._looked = 0.0  # loop time at which this connection was looked at last
        self._flow_from = self._flow_seen = 0.0
        self._muted_then = 0
        self.stream.hot |= {
            b"49": self._current_time,
            b"6": self.account.value,
            b"54": self.account.complete,
            b"84": self._news,
            b"94": self.account.pnl,
        }

    # life ----------------------------------------------------------------------------------------
    async def run(self) -> None:
        """For ever: until the task is cancelled."""
        attempt = 0
        try:
            while True:
                before = self.generation
                why = await self._safely_once()
                attempt = 0 if self.generation != before else attempt + 1
                if self._expected():
                    attempt = -1  # after the window as after a first failure
                pause = self._pause_s(attempt) * random.uniform(0.8, 1.2)  # noqa: S311
                log.info(
                    "endpoint %d %s: %s; again in %.1f s", self.index, self.at.name, why, pause
                )
                await asyncio.sleep(pause)
        finally:
            self._down("closed")

    def _pause_s(self, attempt: int) -> float:
        """Before the next attempt; attempt: -1 = the daily restart runs."""
        if attempt < 0:
            return CALM_S
        if self.last_code == 326 and time.monotonic() - self._lost_s < GHOST_FOR_S:
            return GHOST_S
        pauses = TAKEN_S if self.last_code == 326 else PAUSES_S
        return pauses[min(attempt, len(pauses) - 1)]

    def _expected(self) -> str:
        """What to say of a connection that cannot be had because its gateway restarts now, ""
        when it does not."""
        window = self._restart
        if window is None or self.last_code == 326 or not window.left_s(self._hub.clock()):
            return ""
        return f"{window.words}, waiting"

    async def _safely_once(self) -> str:
        """As `_once`; a fault of the program ends a connection, never the task that makes the next
        one."""
        try:
            return await self._once()
        except Exception as problem:
            log.exception("endpoint %d %s", self.index, self.at.name)
            return f"fault {type(problem).__name__}"

    async def _once(self) -> str:
        """One connection from beginning to end; why it ended."""
        self.last_code = 0
        wire = Wire(self, self.stream.hot)
        try:
            try:
                await wire.open(self.at.host, self.at.port, self.at.client_id)
            except (OSError, TimeoutError) as problem:
                return self._failed(problem)
            self._begin(wire)
            return await self._watch(wire)
        except OSError as problem:  # it ended while something was being asked
            return str(problem) or type(problem).__name__
        finally:
            self._down("closed")
            wire.shut()
            for name, count in wire.faults.items():
                self.faults[name] = self.faults.get(name, 0) + count

    def _failed(self, problem: Exception) -> str:
        """Not let in: said once, in words."""
        if why := self._expected():
            pass
        elif self.last_code == 326:
            why = f"client id {self.at.client_id} is in use: {codes.meaning(326).remedy}"
        elif isinstance(problem, ConnectionRefusedError):
            why = "nothing listens there: is TWS or IB Gateway running, the API enabled?"
        elif isinstance(problem, TimeoutError):
            why = "no answer: is it the API port, is this machine trusted?"
        else:
            why = str(problem) or type(problem).__name__
        self._tell(why)
        self.broken = why
        return why

    def _tell(self, why: str) -> None:
        if why != self.told:
            self.told = why
            level = "info" if why == self._expected() else "bad"
            self._hub.say("", f"{self.at.name}: {why}", level)

    def _begin(self, wire: Wire) -> None:
        self.generation += 1
        self.wire = wire
        self.pacer = Pacer(self._sent)
        self._looked = asyncio.get_running_loop().time()
        self.pulse = Pulse(self._looked)
        self.stream.requests.clear()
        self.stream.muted = False
        self.up, self.broken, self.told = True, "", ""
        self._farm_from, self._competing = 0.0, False
        again = ", connected again" if self.generation > 1 else ", connected"
        self._hub.say("", f"{self.at.name}{again}", "good")
        self._ask(asyncio.get_running_loop().time())
        self.account.subscribe(wire, self.pacer)
        self._hub.state_changed(self)
        self.subs.all(cancel=False)

    async def _watch(self, wire: Wire) -> str:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.wait({wire.lost}, timeout=LOOK_S)
            self._looked = now = loop.time()
            if wire.lost.done():
                why = wire.lost.result()
            elif not (why := self.pulse.dead(now, wire.alive)):
                if self.pulse.due(now, wire.alive, self._hub.hurry):
                    self._ask(now)
                self._farm(now)
                self.subs.look(now)
                continue
            self._down(why)
            return why

    def _down(self, why: str) -> None:
        """The connection is over: everything on it is gone, and that is known at once."""
        if not self.up:
            return
        why = self._expected() or why
        self.up, self.broken = False, why
        self._lost_s = time.monotonic()
        self.drops += 1
        if self.pacer is not None:
            self.pacer.stop()
        self.wire = None
        self.stream.requests.clear()
        self.contracts.stop()
        self._tell(why)
        self.subs.lost()
        self._hub.state_changed(self)

    def _ask(self, now: float) -> None:
        wire, pacer = self.wire, self.pacer
        if wire is not None and pacer is not None:
            self.pulse.ask(now)
            pacer.urgent(wire.reqCurrentTime)

    @property
    def slack_s(self) -> float:
        """What is added to a wait that the broker measures: a request can be on its way for a round
        trip longer than the next one."""
        slowest_s = max(self._trips_ms, default=0) / 1000
        return min(max(SLACK_S, slowest_s), SLACK_MOST_S)

    # what comes ----------------------------------------------------------------------------------
    def read_begins(self) -> None:
        self.stream.begin()
        self._hub.freeze(self.stream.ts)
        wire = self.wire
        if wire is None:
            return
        now = asyncio.get_running_loop().time()
        self._flowing = now - wire.alive < QUIET_S
        if age_s := self.pulse.behind(now, wire.alive, self._looked):
            self._hub.gap(self, age_s)  # before anybody decides on what comes now

    def read_ends(self) -> None:
        self.stream.end()
        if self._held_up:
            self._held_up = False
            self._hub.gap(self, self.pulse.rtt_ms / 1000)
        self._hub.freeze(0)

    def heard(self, now: float) -> bool:
        """Did anything at all come a moment ago."""
        return self.wire is not None and now - self.wire.alive < HELD_UP_S

    def _current_time(self, f: Fields) -> None:
        _, _, seconds, _ = f
        now = asyncio.get_running_loop().time()
        if self.pulse.answer(now, int(seconds), self._hub.wall_clocks(), self._flowing):
            self._trips_ms.append(self.pulse.rtt_ms)
            self._hub.answered(self)
            self._held_up = self.pulse.rtt_ms >= 1000 * HELD_UP_S

    def _news(self, f: Fields) -> None:
        _, number, _, provider, article, text, _, _ = f
        request = self.stream.requests.get(number)
        if request is not None:
            words = [part.decode(errors="replace") for part in (provider, article, text)]
            self._hub.headline(request.stock, *words)

    def on_details(self, request: int, details: ContractDetails) -> None:
        self.contracts.on_details(request, details)

    def on_details_end(self, request: int) -> None:
        if self.wire is not None and self.pacer is not None:
            self.contracts.on_end(request, self.wire, self.pacer)

    def on_rule(self, rule: int, increments: list[PriceIncrement]) -> None:
        self.contracts.on_rule(rule, increments)

    def on_error(self, request: int, code: int, text: str) -> None:
        """A number of the broker: about one request, or about the connection."""
        log.info("endpoint %d: %d, request %d: %s", self.index, code, request, text)
        self.last_code = code
        meant = codes.meaning(code)
        act = _ACTS.get(meant.does)
        if act is not None:
            act(self, code)
            return
        known = self.contracts.on_error(request, code, text)
        if not known and not self.subs.on_error(request, code, text) and meant.remedy and self.up:
            self._tell(f"{meant.words} ({code}): {meant.remedy}")

    def _broken(self, code: int) -> None:
        """Data do not count any more, though the connection stands."""
        if not self.up:
            return
        words = codes.meaning(code).words
        self._tell(words)
        if not self.broken:
            self.broken = words
            self._muted_then = self.stream.muted_count
            self.stream.muted = True
            self.subs.suspended()
            self._hub.state_changed(self)
        self._farm_from = asyncio.get_running_loop().time() if code in (2103, 10197) else 0.0
        self._competing = code == 10197
        self._flow_from = 0.0

    def _restored(self, code: int) -> None:
        """Data count again; what is asked for anew depends on what the broker kept."""
        if not self.up or (not self.broken and code not in (1101, 1102)):
            return
        self.broken, self.told = "", ""
        self._farm_from = 0.0
        self.stream.muted = False
        self._hub.say("", f"{self.at.name}: {codes.meaning(code).words}", "good")
        self._hub.state_changed(self)
        if code == 1101:
            self.subs.forgotten()
        self.subs.all(cancel=code != 1101, keep=code == 1102)

    def _port(self, code: int) -> None:
        if self.wire is not None:
            self.wire.shut()

    def _farm(self, now: float) -> None:
        """2103 and 10197 name no symbol. Data that come for a while afterwards say that they count:
        another farm was meant, or it is back and nobody said so."""
        if not self._farm_from:
            return
        seen, self._muted_then = (
            self.stream.muted_count != self._muted_then,
            self.stream.muted_count,
        )
        if seen and not self._flow_from:
            self._flow_from = now
        if seen:
            self._flow_seen = now
        elif now - self._flow_seen > FLOW_GAP_S:
            self._flow_from = 0.0
        if self._flow_from and self._flow_seen - self._flow_from >= FLOW_S:
            self._restored(2104)
        elif self._competing:
            self._probe(now)

    def _probe(self, now: float) -> None:
        """Another session may have ended every request: 10197 answers a new one as long as it has
        the data, ticks answer it afterwards."""
        probed, refused = self._probed, self._farm_from
        if probed > refused and self._flow_seen > probed and now - probed >= HEARD_S:
            self._restored(2104)
        elif now - max(probed, refused) >= PROBE_S:
            self._probed = now
            self.subs.probe()

    def _ruined(self, stock: Stock) -> None:
        self.subs.ruined(stock)

    def _unknown(self, stock: Stock, why: str) -> None:
        """Its contract cannot be had."""
        self._hub.say(stock.ticker, why, "warn")

    def _line_up(self, stock: Stock) -> None:
        """Its contract is known now."""
        if self.up:
            self.subs.line(stock)


_ACTS: dict[int, Callable[[Line, int], None]] = {
    codes.BROKEN: Line._broken,
    codes.FARM_BROKEN: Line._broken,
    codes.COMPETING: Line._broken,
    codes.RESTORED: Line._restored,
    codes.RESTORED_LOST: Line._restored,
    codes.FARM_OK: Line._restored,
    codes.RESET: Line._port,
}
