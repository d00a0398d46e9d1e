"""`ramstock doctor`: is everything there that a session on the broker's market needs?

It connects as a session would, subscribes the last stocks of the list for a few seconds, and says
what came and what was refused, with the remedy. Nothing is recorded and nothing is ever ordered.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from ramstock_tui import settings
from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import LAST, SessionOpened
from ramstock_tui.errors import RamstockError
from ramstock_tui.feeds.ibkr import codes
from ramstock_tui.feeds.ibkr.endpoint import CONNECTING, Line
from ramstock_tui.feeds.ibkr.feed import IbkrFeed
from ramstock_tui.feeds.ibkr.instrument import DEPTH, LINE, LIVE, TAPE, TAPE_AGAIN_S, Stock
from ramstock_tui.feeds.ibkr.limits import WORDS
from ramstock_tui.feeds.ibkr.pulse import SKEW_STOP_S, SKEW_WARN_S
from ramstock_tui.feeds.ibkr.spec import Endpoint, IbkrSpec, Surroundings
from ramstock_tui.host.day import assumed_day
from ramstock_tui.plain import clean
from ramstock_tui.verbs.shadow import ASKED, ENDPOINT_MISSING, spec_of

LOOK_S = 10.0  # for everything to come
SETTLED_S = 2.0  # after the last stream was granted
DEFAULT_SYMBOLS = ("SPY", "QQQ", "IWM")  # where the list is empty
SMALL, SMALL_SHARE = 50, 0.95  # sizes that look like lots (D-05)
FAILED = 4
STREAMS = ("lines", "depth slots", "tick-by-tick slots")
Say = Callable[..., "Check"]
OK, WARN, FAIL, SKIP = "ok", "warn", "fail", "skipped"


@dataclass(frozen=True)
class Check:
    """state: `ok`, `warn`, `fail` or `skipped`. remedy: what to do, "" = nothing."""

    endpoint: str
    name: str
    state: str
    text: str
    remedy: str = ""


def run(config: Path | None, as_json: bool) -> int:
    """Check every endpoint; exit code 0, or 4 when a check failed."""
    for name in ("ib_async", "eventkit", "ramstock.ibkr"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they say is said in words here
    try:
        loaded = settings.load(config=config)
    except RamstockError as problem:
        return _told([Check("", "settings", FAIL, str(problem))], as_json)
    checks = [Check("", "settings", OK, "can be read")]
    checks += [Check("", "settings", WARN, line) for line in loaded.warnings]
    spec = spec_of(loaded.ibkr)
    if not spec.endpoints:
        checks.append(Check("", "endpoints", FAIL, f"ibkr.endpoints {ENDPOINT_MISSING}"))
    symbols = spec.symbols or DEFAULT_SYMBOLS
    for endpoint in spec.endpoints:
        checks += asyncio.run(examine(endpoint, spec, symbols, loaded))
    return _told(checks, as_json)


def _told(checks: list[Check], as_json: bool) -> int:
    failed = any(check.state == FAIL for check in checks)
    if as_json:
        found = {"ok": not failed, "checks": [asdict(check) for check in checks]}
        sys.stdout.write(json.dumps(found) + "\n")
        return FAILED if failed else 0
    marks = {OK: "✓", WARN: "!", FAIL: "✗", SKIP: "·"}
    for check in checks:
        where = f"{check.endpoint}  " if check.endpoint else ""
        sys.stdout.write(f"{marks[check.state]} {where}{check.name}: {clean(check.text)}\n")
        if check.remedy:
            sys.stdout.write(f"    → {clean(check.remedy)}\n")
    return FAILED if failed else 0


async def examine(
    endpoint: Endpoint, spec: IbkrSpec, symbols: tuple[str, ...], loaded: settings.Settings
) -> list[Check]:
    """Connect to one endpoint, look for a while, say what was found."""
    most = max(endpoint.max_depth, endpoint.max_tick_by_tick)
    some = _least_wanted(symbols, most)
    only = msgspec.structs.replace(spec, endpoints=(endpoint,), symbols=some)
    feed = IbkrFeed(only, {})
    engine = Engine(loaded.rules, observe=True)
    opened = assumed_day(
        time.time_ns(),
        mode="shadow",
        acting=loaded.acting,
        fee_model=loaded.fee_model,
        equity_cents=loaded.equity_cents,
        source="ibkr",
    )
    began = time.time_ns() - time.monotonic_ns()
    asked = settings.state_dir() / ASKED
    feed.attach(Surroundings(lambda: began + time.monotonic_ns(), engine, lambda: 0, asked=asked))
    _open(engine, opened, feed.clock())
    try:
        await _watch(feed, engine)
        return _findings(feed.lines[0], engine, loaded)
    finally:
        feed.close()
        await asyncio.sleep(0)


def _least_wanted(symbols: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The last ones of the list: a session that starts now asks for the tapes of others first, and
    for these the broker allows the next request only 15 s later."""
    return symbols[-most:] if most else ()


def _open(engine: Engine, opened: SessionOpened, ts: int) -> None:
    blob = msgspec.msgpack.encode(opened)
    engine.run(1, [(ts, 0, r.SESSION, LAST, 0, 0, len(blob))], blob)


async def _watch(feed: IbkrFeed, engine: Engine) -> None:
    line = feed.lines[0]
    until = time.monotonic() + LOOK_S
    complete: float | None = None
    latest = until + TAPE_AGAIN_S + SETTLED_S
    while (now := time.monotonic()) < until or (line.subs.tapes_wait and now < latest):
        rows, blob = feed.rows(feed.clock())
        if rows:
            engine.run(engine.seq + 1, rows, blob)
            engine.drain()
        if line.told and not line.up and not line.generation and line.broken != CONNECTING:
            return
        served = min(line.subs.count(DEPTH), line.subs.count(TAPE))
        if line.up and served >= min(line.subs.slots, len(line.stocks)):
            complete = complete or time.monotonic()
            if time.monotonic() - complete > SETTLED_S and _seen(engine):
                return
        await asyncio.sleep(0.01)


def _seen(engine: Engine) -> bool:
    return any(s.level1.bid and s.book.bid for s in engine.symbols.values())


# findings ----------------------------------------------------------------------------------------
def _findings(line: Line, engine: Engine, loaded: settings.Settings) -> list[Check]:
    name = line.at.name

    def check(what: str, state: str, text: str, remedy: str = "") -> Check:
        return Check(name, what, state, text, remedy)

    if not line.generation:
        reached = "nothing listens" not in line.broken
        port = check("port", OK if reached else FAIL, "open" if reached else line.broken)
        taken = line.last_code == 326
        api = check("API", FAIL, line.broken) if reached and not taken else None
        client = check("client id", FAIL, line.broken, codes.meaning(326).remedy) if taken else None
        return [found for found in (port, api, client) if found is not None]
    found = [
        check("port", OK, "open"),
        check("API", OK, "answers"),
        check("client id", OK, f"{line.at.client_id} is free"),
    ]
    rtt = line.pulse.rtt_ms
    if rtt < 0:
        found.append(check("round trip", FAIL, "no answer to a current-time request"))
    else:
        found.append(check("round trip", OK if rtt <= 1000 else WARN, f"{rtt} ms"))
        found.append(_skew(check, line))
    found += _account(check, line, loaded)
    found += _data(check, line, engine)
    return found


def _skew(check: Say, line: Line) -> Check:
    away = abs(line.pulse.skew_s)
    state = OK if away <= SKEW_WARN_S else WARN if away <= SKEW_STOP_S else FAIL
    text = f"{away:.0f} s away from the broker's clock" if away else "as the broker's"
    return check("clock", state, text, "" if state == OK else "synchronise this clock")


def _account(check: Say, line: Line, loaded: settings.Settings) -> list[Check]:
    values, kind = line.account.values, line.account.kind
    equity = values.get(r.ACCOUNT_EQUITY)
    if equity is None:
        text = f"equity is not told; {loaded.equity_cents / 100:,.0f} of the settings is used"
        found = [check("account", WARN, text)]
    else:
        found = [check("account", OK, f"{kind or 'type not told'}, equity ${equity / 100:,.2f}")]
    found.append(check("account type", *_TYPES[values.get(r.ACCOUNT_TYPE, 0)]))
    return found


_TYPES = {  # S-K2
    0: (WARN, "neither the broker's words nor the buying power tell cash from margin",
        "look it up in Client Portal: a cash account may buy with settled money only"),
    r.ACCOUNT_MARGIN: (OK, "margin: unsettled money may be traded at once; Limited Margin is for"
                       " retirement accounts (IRA) and not needed", ""),
    r.ACCOUNT_CASH: (WARN, "cash: money from a sale settles the next business day; to sell what"
                     " unsettled money bought is free-riding, and IBKR then asks for cash up front"
                     " for 90 days", "trade with settled cash only, or ask IBKR for a margin"
                     " account (Limited Margin where it is an IRA)"),
}  # fmt: skip


def _data(check: Say, line: Line, engine: Engine) -> list[Check]:
    subs, stocks = line.subs, line.stocks
    found = []
    if "another session" in line.broken:
        meant = codes.meaning(10197)
        found.append(check("competing session", FAIL, meant.words, meant.remedy))
    else:
        found.append(check("competing session", OK, "none"))
    unknown = [s.ticker for s in stocks if s.contract is None]
    if unknown:
        text = f"no contract for {', '.join(unknown)}"
        found.append(check("contracts", FAIL, text, codes.meaning(200).remedy))
    found += _refusals(check, stocks)
    types = {s.data_type for s in stocks if s.data_type}
    late = any(kind > LIVE for kind in types)
    if types:
        words = "delayed or frozen: no signals come from them" if late else "live"
        remedy = codes.remedy(10167, LINE) if late else ""
        found.append(check("data", FAIL if late else OK, words, remedy))
    else:
        found.append(check("data", WARN, "no line has told whether it is live"))
    if "another session" in line.broken:  # what the broker still serves then says nothing
        text = "not known while another session has the data"
        return [*found, *(check(what, SKIP, text) for what in STREAMS)]
    wanted = min(len(stocks), line.at.max_depth)
    for what, kind, most, need in (
        (STREAMS[0], LINE, subs.max_lines, len(stocks)),
        (STREAMS[1], DEPTH, subs.max_depth, wanted),
        (STREAMS[2], TAPE, subs.max_tape, min(len(stocks), line.at.max_tick_by_tick)),
    ):
        count = subs.count(kind)
        state = OK if count >= need else FAIL if not count else WARN
        remedy = "" if state == OK else _too_few(line, kind, late=late)
        text = f"{count} served, {need} asked for, limit {most}"
        if subs.limits[kind].learned:
            text += " because the broker refused more; a session tries one more now and then"
        found.append(check(what, state, text, remedy))
    return found + _sizes(check, line, engine)


def _refusals(check: Say, stocks: list[Stock]) -> list[Check]:
    """What the broker refused, the stocks of one number together."""
    refused: dict[tuple[str, int], list[str]] = {}
    for stock in stocks:
        for kind, code in stock.refusals.items() if stock.contract is not None else ():
            refused.setdefault((kind, code), []).append(stock.ticker)
    found = []
    for (kind, code), tickers in refused.items():
        words = codes.meaning(code).words or f"{WORDS[kind]} refused"
        text = f"{', '.join(tickers)}: {WORDS[kind]}: {words} ({code})"
        found.append(check("market data", FAIL, text, codes.remedy(code, kind)))
    return found


def _too_few(line: Line, kind: str, *, late: bool) -> str:
    """What to do about streams that are missing: subscribe where that is why they are refused, give
    slots free where they were refused for want of one or nothing was refused at all."""
    rights = _unsubscribed(line, kind, late=late)
    if rights and not line.subs.limits[kind].learned:
        return rights
    full = codes.meaning({LINE: 101, DEPTH: 309, TAPE: 10190}[kind]).remedy
    return f"{rights}; {full}" if rights else full


def _unsubscribed(line: Line, kind: str, *, late: bool) -> str:
    """The subscription for want of which streams of a kind are missing, "" = no sign of that. A
    slot is a book and a tape: with one of them refused the other is not even asked for, and no slot
    is where lines are refused or late."""
    refused = {
        each
        for stock in line.stocks
        for each, code in stock.refusals.items()
        if code in codes.NOT_SUBSCRIBED
    }
    if kind in refused:
        return codes.RIGHTS[kind]
    if kind is LINE:
        return ""
    if late or LINE in refused:
        return codes.RIGHTS[kind]
    return next((codes.RIGHTS[each] for each in (DEPTH, TAPE) if each in refused), "")


def _sizes(check: Say, line: Line, engine: Engine) -> list[Check]:
    sizes = [size for s in engine.symbols.values() for b in (True, False)
             for _, size in s.book.levels(b)[:3]]  # fmt: skip
    found = []
    if not sizes:
        found.append(check("lots or shares", SKIP, "no book came: is the market open?"))
    elif sum(size < SMALL for size in sizes) >= SMALL_SHARE * len(sizes):
        remedy = 'turn off "Send market data in lots" in TWS, or set ibkr.sizes = "lots"'
        found.append(check("lots or shares", FAIL, "sizes look like round lots", remedy))
    else:
        found.append(
            check("lots or shares", OK, f"shares (median {sorted(sizes)[len(sizes) // 2]})")
        )
    ticks = {s.tick_e4 for s in line.stocks if s.contract is not None}
    if ticks:
        said = ", ".join(f"${tick / 10_000:g}" for tick in sorted(ticks))
        found.append(check("tick size", OK, f"{said}, from the contract"))
    return found
