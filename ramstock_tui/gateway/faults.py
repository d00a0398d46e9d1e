"""What can go wrong between a client and the broker, each a function that a timeline calls.

Durations are event seconds. A fault with `for_s` ends by itself.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from ramstock_tui.gateway import blast, codes, requests_account
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.headlines import spread_headline
from ramstock_tui.gateway.session import Session
from ramstock_tui.gateway.streams import Depth, Line, Stream, Tape
from ramstock_tui.gateway.weather import Refusal

DATA_REQUESTS = ("req_mkt_data", "req_mkt_depth", "req_tape")


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One fault. at_s: event seconds after the start. fault: its name in `FAULTS`.

    for_s: how long it lasts; refuse_s: how long no connection is taken; symbols: which stocks, none
    = all; code: of an error; text: words, a headline; count: bytes, records; value: seconds, USD, a
    rate; ending: how it ends; request: a message's name; gateway: which of several.
    """

    at_s: float
    fault: str
    for_s: float = 0.0
    refuse_s: float = 0.0
    symbols: tuple[str, ...] = ()
    code: int = 0
    text: str = ""
    count: int = 64
    value: float = 0.0
    ending: str = ""
    request: str = ""
    gateway: int = 0

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"fault {self.fault!r}: must be one of {', '.join(sorted(FAULTS))}")
        for name in ("at_s", "for_s", "refuse_s"):
            if not 0 <= getattr(self, name) <= 86_400:
                raise ValueError(f"{name} was {getattr(self, name)}, must be 0 to 86400")


def strike(gateway: Gateway, fault: Fault) -> None:
    """It happens now."""
    gateway.note("fault", kind=fault.fault, code=fault.code or None, text=fault.text)
    FAULTS[fault.fault](gateway, fault)
    for session in gateway.sessions:
        session.pipe.flush()


def _after(gateway: Gateway, seconds: float, call: Callable[..., None], *values: Any) -> None:
    gateway.later(gateway.clock.real_s(seconds), call, *values)


def _ends(gateway: Gateway, fault: Fault, call: Callable[..., None], *values: Any) -> None:
    if fault.for_s:
        _after(gateway, fault.for_s, call, *values)


def _streams(gateway: Gateway, fault: Fault) -> list[tuple[Session, Stream]]:
    """All that are subscribed, of the fault's stocks."""
    return [
        (session, stream)
        for session in gateway.everyone()
        for stream in list(session.streams.values())
        if not fault.symbols or stream.stock.symbol in fault.symbols
    ]


# the line -----------------------------------------------------------------------------------------
def drop(gateway: Gateway, fault: Fault) -> None:
    """Every socket is closed, as at the daily restart; for a while nobody is let in."""
    _closed(gateway, fault)
    for session in list(gateway.sessions):
        session.pipe.close()


def reset(gateway: Gateway, fault: Fault) -> None:
    """The same with a reset."""
    _closed(gateway, fault)
    for session in list(gateway.sessions):
        session.pipe.reset()


def _closed(gateway: Gateway, fault: Fault) -> None:
    if fault.refuse_s:
        gateway.refuse()
        _after(gateway, fault.refuse_s, gateway.reopen)


def stall(gateway: Gateway, fault: Fault) -> None:
    """Nothing goes out; afterwards all at once, or (ending `lost`) nothing of it."""
    mode = "lost" if fault.ending == "lost" else "held"
    held = list(gateway.sessions)
    for session in held:
        session.pipe.set_mode(mode)
    gateway.mute_new = mode
    _ends(gateway, fault, _flow, gateway, held)


def _flow(gateway: Gateway, held: list[Session]) -> None:
    gateway.mute_new = ""
    for session in gateway.sessions:
        session.pipe.set_mode("open")


def half_open(gateway: Gateway, fault: Fault) -> None:
    """The peer is gone and nobody says so: nothing is read, nothing sent, nothing closed. For so
    long the client ids stay taken."""
    for session in list(gateway.sessions):
        session.deaf = True
        session.pipe.set_mode("lost")
        if fault.for_s and session.client_id is not None:
            gateway.ghosts.add(session.client_id)
            _after(gateway, fault.for_s, gateway.ghosts.discard, session.client_id)


def garbage(gateway: Gateway, fault: Fault) -> None:
    """Bytes that are nothing: from here on the framing is lost. Framed (ending `framed`) they are
    one message of nonsense and the line goes on."""
    noise = Random(f"{fault.at_s}{fault.count}").randbytes(fault.count)  # noqa: S311
    for session in gateway.everyone():
        data = len(noise).to_bytes(4, "big") + noise if fault.ending == "framed" else noise
        session.pipe.raw(data)


def truncate(gateway: Gateway, fault: Fault) -> None:
    """Half a frame; then the end (ending `close`) or other frames."""
    frame = gateway.protocol.frame("error", -1, 2104, codes.text_of(2104), "")
    for session in gateway.everyone():
        session.pipe.raw(frame[: len(frame) // 2])
        if fault.ending == "close":
            session.pipe.close()


def huge_frame(gateway: Gateway, fault: Fault) -> None:
    """A frame that says it is 4 GiB long."""
    for session in gateway.everyone():
        session.pipe.raw((0xFFFF_FFF0).to_bytes(4, "big") + b"1\x006\x00")


def nonsense(gateway: Gateway, fault: Fault) -> None:
    """Well framed, but no client can use them: unknown messages, requests, too few fields."""
    frame = gateway.protocol.frame
    frames = [
        b"\0\0\0\x04999\0",
        b"\0\0\0\x0299",
        frame("tick_size", 999_999, 5, 100),
        frame("tape", 999_999, 2, 1, "10.0", 1, 0, "NSDQ", ""),
        frame("current_time", 1),
        frame("contract_details_end", 999_998),
    ]
    for session in gateway.everyone():
        session.pipe.raw(b"".join(frames))


def late(gateway: Gateway, fault: Fault) -> None:
    """Answers come so many seconds (value) late."""
    gateway.weather.late_s = gateway.clock.real_s(fault.value)
    _ends(gateway, fault, setattr, gateway.weather, "late_s", 0.0)


def skew(gateway: Gateway, fault: Fault) -> None:
    """The broker's clock is so many seconds (value) ahead."""
    gateway.skew_s = fault.value


# connectivity -------------------------------------------------------------------------------------
def tell(gateway: Gateway, code: int, text: str = "") -> None:
    """A notice to every client."""
    for session in gateway.everyone():
        session.send("error", -1, code, text or codes.text_of(code), "")
        session.pipe.flush()


def notice(gateway: Gateway, fault: Fault) -> None:
    """Only the code, with its text or another."""
    tell(gateway, fault.code, fault.text)


def connectivity(gateway: Gateway, fault: Fault) -> None:
    """1100, then 1101 (data lost: every subscription is gone) or 1102 (data kept)."""
    gateway.weather.offline = True
    tell(gateway, 1100)
    _after(gateway, fault.for_s, _restored, gateway, fault.code or 1102)


def _restored(gateway: Gateway, code: int) -> None:
    gateway.weather.offline = False
    if code == 1101:
        for session in gateway.everyone():
            session.end_all("1101: data lost")
    tell(gateway, code)
    for farm in (2104, 2106):
        tell(gateway, farm)
    gateway.catch_up()


def farm(gateway: Gateway, fault: Fault) -> None:
    """2103, then 2104; with the ending `dead` what was subscribed before never moves again."""
    before = _streams(gateway, fault)
    silent = set(fault.symbols) or {""}
    gateway.weather.silent |= silent
    tell(gateway, 2103)
    _after(gateway, fault.for_s, _farm_back, gateway, silent, before if fault.ending else [])


def _farm_back(gateway: Gateway, silent: set[str], dead: list[tuple[Session, Stream]]) -> None:
    gateway.weather.silent -= silent
    for _, stream in dead:
        gateway.streams.deaden(stream)
    tell(gateway, 2104)
    gateway.catch_up()


def freeze(gateway: Gateway, fault: Fault) -> None:
    """No data of these stocks for a while, and nobody says so."""
    silent = set(fault.symbols) or {""}
    gateway.weather.silent |= silent
    _ends(gateway, fault, _thaw, gateway, silent)


def _thaw(gateway: Gateway, silent: set[str]) -> None:
    gateway.weather.silent -= silent
    gateway.catch_up()


def competing(gateway: Gateway, fault: Fault) -> None:
    """Somebody logs in elsewhere: 10197 for every subscription, no data until it is over."""
    _see(gateway, "competing")
    for session, stream in _streams(gateway, fault):
        session.error(stream.req_id, 10197)
    gateway.weather.silent.add("")
    _ends(gateway, fault, _alone_again, gateway)


def _alone_again(gateway: Gateway) -> None:
    gateway.weather.silent.discard("")
    _see(gateway, gateway.config.market_data)
    gateway.catch_up()


def delayed(gateway: Gateway, fault: Fault) -> None:
    """The rights are gone for a while: lines turn to delayed data, depth and tape end (354)."""
    _see(gateway, "delayed")
    for session, stream in _streams(gateway, fault):
        if isinstance(stream, Line):
            session.error(stream.req_id, 10167)
            stream.turn(session.send, True)
        else:
            session.error(stream.req_id, 354)
            session.end(stream.family, stream.req_id, "no longer subscribed")
    _ends(gateway, fault, _live_again, gateway)


def _live_again(gateway: Gateway) -> None:
    _see(gateway, "live")
    for session in gateway.everyone():
        for line in session.of(Line):
            line.turn(session.send, False)


def _see(gateway: Gateway, what: str) -> None:
    gateway.weather.market_data = what


def refuse(gateway: Gateway, fault: Fault) -> None:
    """Requests of a name (`request`) are refused with a code."""
    rule = Refusal(request=fault.request, code=fault.code, symbols=fault.symbols)
    gateway.weather.refusals.append(rule)
    _ends(gateway, fault, gateway.weather.refusals.remove, rule)


# data ---------------------------------------------------------------------------------------------
def duplicate(gateway: Gateway, fault: Fault) -> None:
    """Every trade comes twice."""
    gateway.weather.twice = True
    _ends(gateway, fault, setattr, gateway.weather, "twice", False)


def shuffle(gateway: Gateway, fault: Fault) -> None:
    """Trades overtake each other, depth rows come in the wrong order."""
    gateway.weather.shuffled = True
    _ends(gateway, fault, _in_order, gateway)


def _in_order(gateway: Gateway) -> None:
    tapes = [pair for held in gateway.streams.tapes.values() for pair in held]
    gateway.weather.settle((session.send, tape) for session, tape in tapes)


def depth_reset(gateway: Gateway, fault: Fault) -> None:
    """317 in the middle, then the whole book anew."""
    for session, stream in _streams(gateway, fault):
        if isinstance(stream, Depth):
            session.send("error", stream.req_id, 317, codes.text_of(317), "")
            stream.reset()
            stream.change(session.send)


def depth_nonsense(gateway: Gateway, fault: Fault) -> None:
    """Rows that cannot be: beyond the end, deleted twice, an unknown operation, crossed."""
    for session, stream in _streams(gateway, fault):
        if isinstance(stream, Depth):
            bid = stream.sent[True][0] if stream.sent[True] else (100_000, 100, "")
            px = f"{bid[0] / 10_000:.2f}"
            for position, op, side, price, size in (
                (stream.rows + 40, 0, 1, px, 100),
                (stream.rows + 41, 2, 0, "0.0", 0),
                (0, 7, 1, px, 100),
                (0, 0, 0, f"{bid[0] / 20_000:.2f}", 100),
            ):
                values = (op, side, price, size)
                if stream.smart:
                    session.send("depth_l2", stream.req_id, position, "NSDQ", *values, 1)
                else:
                    session.send("depth", stream.req_id, position, *values)


def bad_values(gateway: Gateway, fault: Fault) -> None:
    """Prices and sizes that are no prices and sizes."""
    for session, stream in _streams(gateway, fault):
        for price in ("nan", "inf", "-5.0", "1e308", "0.0"):
            if isinstance(stream, Line):
                session.send("tick_price", stream.req_id, 4, price, 100, 1)
            elif isinstance(stream, Tape):
                second = gateway.clock.now() // 1_000_000_000
                session.send("tape", stream.req_id, stream.kind, second, price, -100, 0, "", "")


def halt(gateway: Gateway, fault: Fault) -> None:
    """Stocks are halted (code 1 or 2) and, after `for_s`, trade again."""
    _set_halt(gateway, fault.symbols, fault.code or 1)
    _ends(gateway, fault, _set_halt, gateway, fault.symbols, 0)


def _set_halt(gateway: Gateway, symbols: tuple[str, ...], code: int) -> None:
    for symbol in symbols:
        stock = gateway.listing.by_symbol[symbol]
        stock.halted = code
        stock.revision += 1


def headline(gateway: Gateway, fault: Fault) -> None:
    """News about a stock."""
    for symbol in fault.symbols:
        spread_headline(gateway, symbol, fault.request or "BRFG", fault.text)


def pnl(gateway: Gateway, fault: Fault) -> None:
    """The day's P&L is this many USD (value)."""
    gateway.daily_pnl = fault.value
    for session in gateway.everyone():
        requests_account.tell_pnl(session)


def burst(gateway: Gateway, fault: Fault) -> None:
    """So many trades a second (value) over all tapes."""
    blast.start(gateway, int(fault.value), gateway.clock.real_s(fault.for_s))


FAULTS: dict[str, Callable[[Gateway, Fault], None]] = {
    f.__name__: f
    for f in (
        drop, reset, stall, half_open, garbage, truncate, huge_frame, nonsense, late, skew, notice,
        connectivity, farm, freeze, competing, delayed, refuse, duplicate, shuffle, depth_reset,
        depth_nonsense, bad_values, halt, headline, pnl, burst,
    )
}  # fmt: skip
