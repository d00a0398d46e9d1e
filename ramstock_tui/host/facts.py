"""Where a refresh of the universe gets what it knows of the market."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.listing import Limits, Listing
from ramstock_tui.core.universe import Candidate


class Gathered(NamedTuple):
    """rows: scan rows in their order, then members of before and pinned symbols that no scan names.
    notes: what the operator must know. problem: why there are no rows at all, "" = there are; then
    the universe stays as it is until its time is over."""

    rows: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""


class Wanted(NamedTuple):
    """What is asked for: candidates that may pass these limits, and every member of before."""

    ts: int  # when the refresh began, ns
    limits: Limits
    before: Mapping[str, Listing]


class Facts(Protocol):
    """A market that can be scanned: `begin`, then `found` until it gives something. Neither
    waits."""

    @property
    def source(self) -> str:
        """`demo`, `ibkr` or `list`."""
        ...

    @property
    def waits(self) -> bool:
        """The session has to go on while the answer is on its way."""
        ...

    def look(self, ts: int, engine: Engine) -> None:
        """Time is ts; called at every whole second at least."""
        ...

    def begin(self, wanted: Wanted) -> None:
        """A refresh begins; an older one that is not over is given up."""
        ...

    def found(self) -> Gathered | None:
        """What it brought, once; None = it is not over."""
        ...

    def close(self) -> None:
        """The session ends."""
        ...
