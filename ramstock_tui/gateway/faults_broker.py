"""Faults behind the gateway: connectivity with the broker, farms, rights."""

from ramstock_tui.gateway import codes
from ramstock_tui.gateway.fault import Fault, after, ends, streams
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.session import Session
from ramstock_tui.gateway.streams import Line, Stream
from ramstock_tui.gateway.weather import Refusal


def tell(gateway: Gateway, code: int, text: str = "") -> None:
    """A notice to every client."""
    for session in gateway.everyone():
        session.send("error", -1, code, text or codes.text_of(code), "")
        session.pipe.flush()


def notice(gateway: Gateway, fault: Fault) -> None:
    """Only the code, with its text or another; about the subscriptions of its stocks, if any."""
    if not fault.symbols:
        tell(gateway, fault.code, fault.text)
        return
    for session, stream in streams(gateway, fault):
        text = fault.text or codes.text_of(fault.code, req_id=stream.req_id)
        session.send("error", stream.req_id, fault.code, text, "")


def connectivity(gateway: Gateway, fault: Fault) -> None:
    """1100, then 1101 (data lost: every subscription is gone) or 1102 (data kept)."""
    gateway.weather.offline = True
    tell(gateway, 1100)
    after(gateway, fault.for_s, _restored, gateway, fault.code or 1102)


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
    before = streams(gateway, fault)
    silent = set(fault.symbols) or {""}
    gateway.weather.silent |= silent
    tell(gateway, 2103)
    after(gateway, fault.for_s, _farm_back, gateway, silent, before if fault.ending else [])


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
    ends(gateway, fault, _thaw, gateway, silent)


def _thaw(gateway: Gateway, silent: set[str]) -> None:
    gateway.weather.silent -= silent
    gateway.catch_up()


def competing(gateway: Gateway, fault: Fault) -> None:
    """Somebody logs in elsewhere: 10197 for every subscription, no data until it is over; with the
    ending `dead` what was subscribed before never moves again."""
    _see(gateway, "competing")
    for session, stream in streams(gateway, fault):
        session.error(stream.req_id, 10197)
        if fault.ending:
            gateway.streams.deaden(stream)
    gateway.weather.silent.add("")
    ends(gateway, fault, _alone_again, gateway)


def _alone_again(gateway: Gateway) -> None:
    gateway.weather.silent.discard("")
    _see(gateway, gateway.config.market_data)
    gateway.catch_up()


def delayed(gateway: Gateway, fault: Fault) -> None:
    """The rights are gone for a while: lines turn to delayed data, depth and tape end (354)."""
    _see(gateway, "delayed")
    for session, stream in streams(gateway, fault):
        if isinstance(stream, Line):
            session.error(stream.req_id, 10167)
            stream.turn(session.send, True)
        else:
            session.error(stream.req_id, 354)
            session.end(stream.family, stream.req_id, "no longer subscribed")
    ends(gateway, fault, _live_again, gateway)


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
    ends(gateway, fault, gateway.weather.refusals.remove, rule)
