"""The last minute of one symbol as a screen paints it: book and prints by whole second. No rule
reads it."""

from collections import deque
from collections.abc import Iterable
from heapq import nlargest, nsmallest
from typing import NamedTuple

from ramstock_tui.core.book import Level
from ramstock_tui.core.tape import BUY, PrintRow

SECONDS = 60
LEVELS = 12  # of each side, best first

Sizes = dict[int, int]  # shares by price
Traded = tuple[int, int, int]  # (price, shares bought, shares not bought)


class Picture(NamedTuple):
    """A second as it was at its end. prints: of that second, by price. A malformed book has no
    levels."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    prints: tuple[Traded, ...]


class Minute:
    """kept: (second, bids, asks, prints) at whole seconds, oldest first; the books are copies, put
    in order only when somebody looks."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: deque[tuple[int, Sizes, Sizes, list[PrintRow]]] = deque()

    def add(self, second: int, bids: Sizes, asks: Sizes, prints: list[PrintRow]) -> None:
        """After all records up to a whole second."""
        kept = self.kept
        kept.append((second, bids, asks, prints))
        while len(kept) > 1 and kept[1][0] <= second - SECONDS:
            kept.popleft()

    def columns(self, last: int) -> list[Picture | None]:
        """A picture for each of the SECONDS whole seconds up to `last`; None before the first. A
        second without one of its own is like the one before."""
        found: list[Picture | None] = []
        first, held = last - SECONDS + 1, None
        for second, bids, asks, prints in self.kept:
            if second > last:
                break
            found += [held] * (second - first - len(found))
            picture = Picture(*top(bids, asks), traded(prints))
            held = picture._replace(prints=())
            if second >= first:
                found.append(picture)
        return found + [held] * (SECONDS - len(found))


def top(bids: Sizes, asks: Sizes) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """The best LEVELS of both sides, best first."""
    return tuple(nlargest(LEVELS, bids.items())), tuple(nsmallest(LEVELS, asks.items()))


def traded(prints: Iterable[PrintRow]) -> tuple[Traded, ...]:
    """Shares by price, in order of price."""
    bought: dict[int, int] = {}
    other: dict[int, int] = {}
    for row in prints:
        side = bought if row[3] == BUY else other
        side[row[1]] = side.get(row[1], 0) + row[2]
    return tuple((px, bought.get(px, 0), other.get(px, 0)) for px in sorted(bought | other))
