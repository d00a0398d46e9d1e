"""Books out of DBN records: the image that a record carries, or the sum of single orders."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

BID, ASK = "B", "A"
U32_MAX = 0xFFFF_FFFF
I32_MAX = 0x7FFF_FFFF
UNDEFINED = 0x7FFF_FFFF_FFFF_FFFF  # a price that is not there
STEP = 100_000  # 1e-9 USD in 1/10,000 USD

F_TOB = 0x40

Level = tuple[int, int]  # (shares, orders)
Sides = dict[str, dict[int, Level]]
Change = tuple[str, int, int, int]  # (side, price, shares now, orders)


class BadSize(ValueError):
    """More shares at one price than a record holds."""


@dataclass(slots=True)
class Oddities:
    """What a file held that a plain one does not, by name, with how often."""

    found: Counter[str] = field(default_factory=Counter)

    def price(self, raw: int) -> tuple[int, bool]:
        """(1/10,000 USD, was it rounded) of 1e-9 USD, half-even; 0 for none. What is undefined, not
        above zero, or beyond 214,748 USD (a stub quote) is no price."""
        if raw == UNDEFINED:
            return 0, False
        whole, rest = divmod(raw, STEP)
        if rest:
            self.found["price finer than 0.0001"] += 1
            whole += rest > STEP // 2 or (rest == STEP // 2 and whole % 2)
        if whole <= 0:
            self.found["price not above zero"] += 1
            return 0, False
        if whole > I32_MAX:
            self.found["price above 214748"] += 1
            return 0, False
        return whole, bool(rest)


class Image:
    """Both sides as the newest record of each venue showed them, added up. sides: price in
    1/10,000 USD -> level. one_venue: the newest record alone is the book."""

    def __init__(self, oddities: Oddities, *, one_venue: bool = False) -> None:
        self.sides: Sides = {BID: {}, ASK: {}}
        self.cleared = False  # the book was emptied since the owner last looked
        self._one_venue = one_venue
        self._venues: dict[int, Sides] = {}
        self._told: Sides = {BID: {}, ASK: {}}
        self._oddities = oddities

    def show(self, record: Any) -> None:
        """Take the image of an MBP record."""
        bids: dict[int, Level] = {}
        asks: dict[int, Level] = {}
        for level in record.levels:
            self._level(bids, level.bid_px, level.bid_sz, level.bid_ct)
            self._level(asks, level.ask_px, level.ask_sz, level.ask_ct)
        self.sides = {BID: bids, ASK: asks}
        self._venues[0 if self._one_venue else record.publisher_id] = self.sides
        if len(self._venues) > 1:
            self._add_up()

    def _add_up(self) -> None:
        self.sides = {BID: {}, ASK: {}}
        for venue in self._venues.values():
            for side, levels in venue.items():
                for px, (size, orders) in levels.items():
                    _add(self.sides[side], px, size, orders)

    def clear(self) -> None:
        """What comes next is compared with nothing before."""
        self.cleared = self.cleared or any(self._told.values())

    def changes(self) -> list[Change]:
        """What differs since the last call: removed levels (0 shares) before the others."""
        before: Sides = {BID: {}, ASK: {}} if self.cleared else self._told
        self.cleared, self._told = False, self.sides
        found: list[Change] = []
        for side, after in self.sides.items():
            old = before[side]
            found += [(side, px, 0, 0) for px in old if px not in after]
            for px, (size, orders) in after.items():
                if px not in old or old[px][0] != size:
                    found.append((side, px, size, orders))
        return found

    def _level(self, side: dict[int, Level], raw: int, size: int, orders: int) -> None:
        px, _ = self._oddities.price(raw)
        if px and size:
            _add(side, px, size, orders)


class Orders:
    """Both sides as the sum of the orders of an MBO feed."""

    def __init__(self, oddities: Oddities) -> None:
        self.sides: Sides = {BID: {}, ASK: {}}
        self.cleared = False
        self._told: dict[tuple[str, int], int] = {}  # shares told, of prices that were touched
        # (venue, id) -> (side, price, shares)
        self._orders: dict[tuple[int, int], tuple[str, int, int]] = {}
        self._oddities = oddities

    def apply(self, record: Any) -> None:
        """One record: A add, M modify, C cancel `size` shares, R clear; a fill (F) and a trade (T)
        change nothing by themselves."""
        action, side = str(record.action), str(record.side)
        venue = record.publisher_id
        key = (venue, record.order_id)
        if action == "R":
            self._clear(venue)
        elif action in "AMC" and record.flags & F_TOB:
            self._replace(venue, side, record.price, record.size)
        elif action in "AM":
            if action == "M" and key not in self._orders:
                self._oddities.found["change of an unknown order"] += 1
            self._set(key, side, record.price, record.size)
        elif action == "C":
            self._cancel(key, record.size)

    def changes(self) -> list[Change]:
        """What differs since the last call: removed levels (0 shares) before the others."""
        found: list[Change] = []
        for (side, px), told in self._told.items():
            size, orders = self.sides[side].get(px, (0, 0))
            if size != told:
                found.append((side, px, size, orders))
        self._told.clear()
        self.cleared = False
        found.sort(key=lambda change: change[2] > 0)
        return found

    def _clear(self, venue: int) -> None:
        """The orders of a venue are gone; without another one the book begins anew."""
        own = [key for key in self._orders if key[0] == venue]
        if len(own) < len(self._orders):
            for key in own:
                self._cancel(key, U32_MAX)
            return
        self.cleared = self.cleared or any(self.sides.values())
        self._orders.clear()
        self._told.clear()
        self.sides = {BID: {}, ASK: {}}

    def _replace(self, venue: int, side: str, raw: int, size: int) -> None:
        """A venue without orders: its record is its best level, and no other is known."""
        for key, held in list(self._orders.items()):
            if key[0] == venue and held[0] == side:
                self._cancel(key, U32_MAX)
        self._set((venue, -1 if side == BID else -2), side, raw, size)

    def _set(self, order: tuple[int, int], side: str, raw: int, size: int) -> None:
        self._cancel(order, U32_MAX, known=False)
        if side not in self.sides:
            self._oddities.found["order without a side"] += 1
            return
        px, _ = self._oddities.price(raw)
        if px and size:
            self._touch(side, px)
            self._orders[order] = (side, px, size)
            _add(self.sides[side], px, size, 1)

    def _cancel(self, order: tuple[int, int], size: int, known: bool = True) -> None:
        """Take at most so many shares out of an order. known: it should be there."""
        found = self._orders.pop(order, None)
        if found is None:
            if known:
                self._oddities.found["cancel of an unknown order"] += 1
            return
        side, px, shares = found
        self._touch(side, px)
        left = max(0, shares - size)
        if left:
            self._orders[order] = (side, px, left)
        levels = self.sides[side]
        total, orders = levels[px]
        if total - shares + left:
            levels[px] = (total - shares + left, orders - (not left))
        else:
            del levels[px]

    def _touch(self, side: str, px: int) -> None:
        self._told.setdefault((side, px), self.sides[side].get(px, (0, 0))[0])


def _add(side: dict[int, Level], px: int, size: int, orders: int) -> None:
    old_size, old_orders = side.get(px, (0, 0))
    if old_size + size > U32_MAX:
        raise BadSize(f"{old_size + size} shares at one price, at most {U32_MAX} fit")
    side[px] = (old_size + size, old_orders + orders)
