"""A fault as data, and what all faults need."""

from collections.abc import Callable
from typing import Any

import msgspec

from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.session import Session
from ramstock_tui.gateway.streams import Stream


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One fault. at_s: event seconds after the start. fault: its name in `faults.FAULTS`.

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
        for name in ("at_s", "for_s", "refuse_s"):
            if not 0 <= getattr(self, name) <= 86_400:
                raise ValueError(f"{name} was {getattr(self, name)}, must be 0 to 86400")


def after(gateway: Gateway, seconds: float, call: Callable[..., None], *values: Any) -> None:
    gateway.later(gateway.clock.real_s(seconds), call, *values)


def ends(gateway: Gateway, fault: Fault, call: Callable[..., None], *values: Any) -> None:
    if fault.for_s:
        after(gateway, fault.for_s, call, *values)


def streams(gateway: Gateway, fault: Fault) -> list[tuple[Session, Stream]]:
    """All that are subscribed, of the fault's stocks."""
    return [
        (session, stream)
        for session in gateway.everyone()
        for stream in list(session.streams.values())
        if not fault.symbols or stream.stock.symbol in fault.symbols
    ]
