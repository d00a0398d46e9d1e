"""The last minute of one symbol as a screen paints it: book and prints by whole second. No rule
reads it."""

from collections import deque
from collections.abc import Iterable

from ramstock_tui.core.book import Level, Side
from ramstock_tui.core.tape import BUY, PrintRow

SECONDS = 60
LEVELS = 12  # of each side, best first

Traded = tuple[int, int, int]  # (price, shares bought, shares not bought)
# (whole second from which on the book was so, bids, asks, prints of that second, did the ask refill
# faster than it was bought (N-14))
Picture = tuple[int, tuple[Level, ...], tuple[Level, ...], tuple[Traded, ...], bool]


class Minute:
    """kept: pictures that differ from the one before, oldest first. A malformed book has none."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: deque[Picture] = deque()

    def add(
        self, second: int, sides: tuple[Side, Side] | None, prints: list[PrintRow], refills: bool
    ) -> None:
        """The book after all records up to a whole second, None = malformed, and the prints of the
        second before."""
        bids, asks = ((), ()) if sides is None else [tuple(side.top(LEVELS)) for side in sides]
        kept, found = self.kept, (bids, asks, traded(prints), refills)
        if prints or refills or not kept or kept[-1][1:] != found:
            kept.append((second, *found))
        while len(kept) > 1 and kept[1][0] <= second - SECONDS:
            kept.popleft()

    def columns(self, last: int) -> list[Picture | None]:
        """A picture for each of the SECONDS whole seconds up to `last`; None before the first."""
        found: list[Picture | None] = [None] * SECONDS
        for picture in self.kept:
            second, bids, asks, *_ = picture
            at = second - last + SECONDS - 1
            if 0 <= at < SECONDS:
                found[at] = picture
            held = (second, bids, asks, (), False)
            for later in range(max(0, at + 1), SECONDS):
                found[later] = held
        return found


def traded(prints: Iterable[PrintRow]) -> tuple[Traded, ...]:
    """Shares by price, in order of price."""
    bought: dict[int, int] = {}
    other: dict[int, int] = {}
    for row in prints:
        side = bought if row[3] == BUY else other
        side[row[1]] = side.get(row[1], 0) + row[2]
    return tuple((px, bought.get(px, 0), other.get(px, 0)) for px in sorted(bought | other))
