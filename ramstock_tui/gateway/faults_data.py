"""Faults of the data itself, and events of the market that a scenario calls."""

from ramstock_tui.gateway import blast, codes, requests_account
from ramstock_tui.gateway.fault import Fault, ends, streams
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.headlines import spread_headline
from ramstock_tui.gateway.streams import Depth, Line, Tape


def duplicate(gateway: Gateway, fault: Fault) -> None:
    """Every trade comes twice."""
    gateway.weather.twice = True
    ends(gateway, fault, setattr, gateway.weather, "twice", False)


def shuffle(gateway: Gateway, fault: Fault) -> None:
    """Trades overtake each other, depth rows come in the wrong order."""
    gateway.weather.shuffled = True
    ends(gateway, fault, _in_order, gateway)


def _in_order(gateway: Gateway) -> None:
    tapes = [pair for held in gateway.streams.tapes.values() for pair in held]
    gateway.weather.settle((session.send, tape) for session, tape in tapes)


def depth_reset(gateway: Gateway, fault: Fault) -> None:
    """317 in the middle, then the whole book anew."""
    for session, stream in streams(gateway, fault):
        if isinstance(stream, Depth):
            session.send("error", stream.req_id, 317, codes.text_of(317), "")
            stream.reset()
            stream.change(session.send)


def depth_nonsense(gateway: Gateway, fault: Fault) -> None:
    """Rows that cannot be: beyond the end, deleted twice, an unknown operation, crossed."""
    for session, stream in streams(gateway, fault):
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
    for session, stream in streams(gateway, fault):
        for price in ("nan", "inf", "-5.0", "1e308", "0.0"):
            if isinstance(stream, Line):
                session.send("tick_price", stream.req_id, 4, price, 100, 1)
            elif isinstance(stream, Tape):
                second = gateway.clock.now() // 1_000_000_000
                session.send("tape", stream.req_id, stream.kind, second, price, -100, 0, "", "")


def halt(gateway: Gateway, fault: Fault) -> None:
    """Stocks are halted (code 1 or 2) and, after `for_s`, trade again."""
    _set_halt(gateway, fault.symbols, fault.code or 1)
    ends(gateway, fault, _set_halt, gateway, fault.symbols, 0)


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
