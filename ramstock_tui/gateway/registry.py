"""All subscriptions of a gateway, found by stock."""

from typing import TYPE_CHECKING, TypeVar

from ramstock_tui.gateway.config import Limits
from ramstock_tui.gateway.limits import Slots
from ramstock_tui.gateway.streams import Depth, Line, Stream, Tape

if TYPE_CHECKING:
    from ramstock_tui.gateway.session import Session


Held = TypeVar("Held", Depth, Tape, Line)


class Streams:
    """Slots are the login's: all connections share them."""

    def __init__(self, limits: Limits) -> None:
        self.slots = {
            "line": Slots(limits.lines),
            "depth": Slots(limits.depth),
            "tape": Slots(limits.tape),
        }
        self.depths: dict[int, list[tuple[Session, Depth]]] = {}
        self.tapes: dict[int, list[tuple[Session, Tape]]] = {}
        self.lines: dict[int, list[tuple[Session, Line]]] = {}

    def room(self, session: "Session", family: str, req_id: int) -> bool:
        """Take a slot of the family for it; False = all are taken."""
        return self.slots[family].take((session.number, req_id))

    def add(self, session: "Session", stream: Stream) -> None:
        """It gets data from now on; its slot was taken by `room`."""
        sym = stream.stock.sym
        if isinstance(stream, Depth):
            self.depths.setdefault(sym, []).append((session, stream))
        elif isinstance(stream, Tape):
            self.tapes.setdefault(sym, []).append((session, stream))
        elif isinstance(stream, Line):
            self.lines.setdefault(sym, []).append((session, stream))

    def remove(self, session: "Session", stream: Stream) -> None:
        """It gets none any more and its slot is free."""
        self.slots[stream.family].free((session.number, stream.req_id))
        self.deaden(stream)

    def deaden(self, stream: Stream) -> None:
        """It gets no data any more, but its slot stays taken."""
        _drop(self.depths, stream)
        _drop(self.tapes, stream)
        _drop(self.lines, stream)


def _drop(table: dict[int, list[tuple["Session", Held]]], stream: Stream) -> None:
    held = table.get(stream.stock.sym, [])
    held[:] = [pair for pair in held if pair[1] is not stream]
