"""A random market of one symbol: small actions, each giving the cells of one batch."""

import random
from collections.abc import Callable

from ramstock_tui.core import records as rec

TICK = 100

Cell = tuple[int, int, int, int, int]  # (kind, flags, px, size, aux)


def level(bid: bool, px: int, size: int) -> Cell:
    """LEVEL_SET; size 0 removes."""
    return (rec.LEVEL_SET, rec.BID if bid else 0, px, size, 1)


def trade(px: int, size: int, flags: int = rec.SIDE_NONE) -> Cell:
    """PRINT; flags: side and exclusions."""
    return (rec.PRINT, flags, px, size, 0)


def row_op(bid: bool, op: int, position: int, px: int = 0, size: int = 0) -> Cell:
    """DEPTH_ROW by position."""
    return (rec.DEPTH_ROW, rec.BID if bid else 0, px, size, position | op << 8)


class Market:
    """A book that changes by small actions; each returns the cells of one batch."""

    def __init__(self, rng: random.Random, style: str) -> None:
        self.rng = rng
        self.style = style
        self.positional = style == "positional" or (style == "mixed" and rng.random() < 0.3)
        self.bid: dict[int, int] = {}
        self.ask: dict[int, int] = {}
        self.rows: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
        self.mid = rng.choice((120_000, 99_950, 29_000))
        self.halted = False
        self.undo: list[tuple[bool, int, int]] = []  # (bid, px, size) to set soon

    def side(self, bid: bool) -> dict[int, int]:
        return self.bid if bid else self.ask

    def best(self, bid: bool) -> int:
        side = self.side(bid)
        if not side:
            return self.mid - TICK if bid else self.mid + TICK
        return max(side) if bid else min(side)

    def size(self) -> int:
        rng = self.rng
        return rng.choice((100, 100, 200, 300, 400, 500, 800, 1_000, 1_199, 1_200, 2_500))

    # book changes ---------------------------------------------------------------------------------
    def put(self, bid: bool, px: int, size: int) -> list[Cell]:
        """Set one level, by price or by position."""
        if px <= 0:
            return []
        side = self.side(bid)
        old = side.pop(px, None)
        if size:
            side[px] = size
        if not self.positional:
            return [level(bid, px, size)]
        return self.put_row(bid, px, size, existed=old is not None)

    def put_row(self, bid: bool, px: int, size: int, *, existed: bool) -> list[Cell]:
        """The row operations of one level; some levels are two rows of two venues."""
        rows = self.rows[bid]
        at = next((i for i, row in enumerate(rows) if row[0] == px), None)
        if existed and at is not None:
            own = [i for i, row in enumerate(rows) if row[0] == px]
            cells = []
            for i in reversed(own):
                del rows[i]
                cells.append(row_op(bid, rec.OP_DELETE, i))
            if not size:
                return cells
            if len(own) == 1:
                rows.insert(at, (px, size))
                return [row_op(bid, rec.OP_UPDATE, at, px, size)]
        else:
            cells = []
            at = sum(1 for row in rows if (row[0] > px if bid else row[0] < px))
        if not size:
            return cells
        parts = [size // 2, size - size // 2] if size > 100 and self.rng.random() < 0.3 else [size]
        for part in parts:
            rows.insert(at, (px, part))
            cells.append(row_op(bid, rec.OP_INSERT, at, px, part))
        return cells

    def fill(self) -> list[Cell]:
        """A full book around the middle."""
        cells: list[Cell] = []
        for bid in (True, False):
            for i in range(1, self.rng.randint(2, 8)):
                px = self.mid - TICK * i if bid else self.mid + TICK * i
                cells += self.put(bid, px, self.size())
        return cells

    def clear(self) -> list[Cell]:
        self.bid, self.ask, self.rows = {}, {}, {True: [], False: []}
        return [
            self.rng.choice(
                (
                    (rec.BOOK_CLEAR, 0, 0, 0, rec.CLEAR_317),
                    (rec.BOOK_CLEAR, 0, 0, 0, rec.CLEAR_SEED),
                    (rec.FEED, 0, 0, 0, rec.FEED_GAP),
                )
            )
        ]

    def change(self) -> list[Cell]:
        """One ordinary change near the touch."""
        rng = self.rng
        bid = rng.random() < 0.5
        side = self.side(bid)
        if side and rng.random() < 0.6:
            px = rng.choice(sorted(side, reverse=bid)[:4])
            size = rng.choice((0, self.size(), self.size(), side[px] + 500, side[px] // 2))
            return self.put(bid, px, size)
        away = rng.choice((0, 1, 1, 2, 3)) * TICK
        px = self.best(bid) - away if bid else self.best(bid) + away
        if rng.random() < 0.2:  # inside the spread, or across it when the spread is one tick
            px = self.best(bid) + TICK if bid else self.best(bid) - TICK
        return self.put(bid, px, self.size())

    def keep_apart(self) -> list[Cell]:
        """Refill thin sides and remove what crosses, so that valid books stay common."""
        cells: list[Cell] = []
        while self.bid and self.ask and self.best(True) >= self.best(False):
            bid = self.rng.random() < 0.5
            cells += self.put(bid, self.best(bid), 0)
        for bid in (True, False):
            while len(self.side(bid)) < 3:
                worst = min(self.bid) if bid and self.bid else self.best(not bid)
                worst = max(self.ask) if not bid and self.ask else worst
                px = worst - TICK if bid else worst + TICK
                if px <= 0:
                    break
                cells += self.put(bid, px, self.size())
        return cells

    # prints ---------------------------------------------------------------------------------------
    def flags(self) -> int:
        rng = self.rng
        if self.style == "hidden" or rng.random() < 0.1:
            return rng.choice(
                (0, rec.HIDDEN, rec.SIDE_MID, rec.PAST_LIMIT, rec.UNREPORTED, rec.HIDDEN | 1)
            )
        return rng.choice((rec.SIDE_NONE, rec.SIDE_NONE, rec.SIDE_BUY, rec.SIDE_SELL))

    def prints(self) -> list[Cell]:
        """Prints at, through or inside the touch, without a change of the book."""
        rng = self.rng
        bid, ask = self.best(True), self.best(False)
        choices = (ask, ask, bid, (bid + ask) // 2, ask + TICK, bid - TICK)
        return [
            trade(max(1, rng.choice(choices)), rng.choice((1, 50, 100, 100, 300)), self.flags())
            for _ in range(rng.choice((1, 1, 2, 5)))
        ]

    def buy(self) -> list[Cell]:
        """Buy prints at the best ask that take it, often refilled a little later."""
        rng = self.rng
        if not self.ask:
            return []
        px = self.best(False)
        shown = self.ask[px]
        taken = rng.choice((shown, shown // 2, shown * 7 // 10, shown * 8 // 10, 100))
        printed = rng.choice((taken, taken, taken * 8 // 10, taken * 79 // 100, taken * 3))
        cells = [trade(px, max(1, printed), rec.SIDE_BUY)]
        if rng.random() < 0.4:
            half = max(1, printed // 2)
            cells = [trade(px, half, rec.SIDE_BUY), trade(px, half, rec.SIDE_NONE)]
        if rng.random() < 0.6:
            size = rng.choice((shown, shown * 8 // 10, shown + 400))
            self.undo.append((False, px, size))
        return cells + self.put(False, px, max(0, shown - taken))

    def wall(self) -> list[Cell]:
        """A wall at or near the best bid that shrinks or goes soon."""
        rng = self.rng
        flash = self.style == "flash" or rng.random() < 0.2
        px = self.best(True)
        if rng.random() < 0.3 and px + TICK < self.best(False):
            px += TICK
        elif not flash:
            px -= TICK * rng.choice((0, 0, 1, 2))
        if px <= 0:
            return []
        before = self.bid.get(px, 0)
        amount = rng.choice((5_000, 5_001, 6_000, 9_000) if flash else (1_000, 1_500, 3_000, 5_001))
        size = before + amount
        left = rng.choice((before, size // 5, size * 8 // 10, size * 79 // 100, 0))
        self.undo.append((True, px, left))
        return self.put(True, px, size)

    def later(self) -> list[Cell]:
        """What an earlier action left to do: the wall goes, the ask is refilled."""
        if not self.undo:
            return []
        bid, px, size = self.undo.pop(0)
        before = self.side(bid).get(px, 0)
        cells: list[Cell] = []
        if bid and before > size and self.rng.random() < 0.5:
            share = self.rng.choice((1, 19, 20, 100))
            cells.append(trade(px, max(1, (before - size) * share // 100), rec.SIDE_SELL))
        return cells + self.put(bid, px, size)

    # disturbances ---------------------------------------------------------------------------------
    def cross(self) -> list[Cell]:
        bid = self.rng.random() < 0.5
        away = self.rng.choice((0, 0, 1)) * TICK
        return self.put(bid, self.best(not bid) + (away if bid else -away), self.size())

    def empty(self) -> list[Cell]:
        bid = self.rng.random() < 0.5
        keep = self.rng.choice((0, 0, 1, 2))
        gone = sorted(self.side(bid), reverse=bid)[keep:]
        return [cell for px in gone for cell in self.put(bid, px, 0)]

    def jump(self) -> list[Cell]:
        """The whole book moves by up to 6 %, mostly with a print."""
        step = round(self.mid * self.rng.choice((-0.06, -0.031, -0.01, 0.01, 0.03, 0.04)))
        self.mid = max(1_000, (self.mid + step) // TICK * TICK)
        cells = self.prints() if self.rng.random() < 0.3 else []
        if self.rng.random() < 0.8:
            cells.append(trade(self.mid, 100, rec.SIDE_NONE))
        for bid in (True, False):
            for px in list(self.side(bid)):
                cells += self.put(bid, px, 0)
        return cells + self.fill()

    def swing(self) -> list[Cell]:
        """A print a little above or below the middle, so that VWAP is crossed back and forth."""
        away = self.rng.choice((-500, -300, -200, -100, 0, 100, 200, 250, 300))
        size = self.rng.choice((1, 10, 100, 2_000))
        cells = [trade(self.mid + away, size)]
        return cells * self.rng.choice((1, 1, 2))

    def feed_vwap(self) -> list[Cell]:
        value = (self.mid + self.rng.choice((-200, -1, 0, 100))) * 10_000 + self.rng.choice((0, 7))
        px, size = rec.split_i64(value)
        return [(rec.L1_VALUE, 0, px, size, rec.L1_VWAP)]

    def halt(self) -> list[Cell]:
        self.halted = not self.halted or self.rng.random() < 0.1
        return [(rec.HALT, 0, 0, 0, self.rng.choice((1, 2, 12)) if self.halted else 0)]

    def noise(self) -> list[Cell]:
        bid = self.rng.random() < 0.5
        return [(rec.QUOTE_SIDE, rec.BID if bid else 0, self.best(bid), 100, 0)]

    def restart(self) -> list[Cell]:
        self.bid, self.ask, self.rows = {}, {}, {True: [], False: []}
        self.halted = False
        return [(rec.RESUMED, 0, 0, 0, rec.RESUME_RESTART)]


Action = Callable[[Market], list[Cell]]
ACTIONS: dict[str, tuple[tuple[Action, int], ...]] = {
    "quiet": ((Market.change, 5), (Market.prints, 2), (Market.noise, 1)),
    "bursty": ((Market.buy, 8), (Market.prints, 4), (Market.change, 2)),
    "walls": ((Market.wall, 4), (Market.change, 3), (Market.prints, 1)),
    "flash": ((Market.wall, 3), (Market.change, 1), (Market.prints, 1)),
    "crossed": ((Market.cross, 2), (Market.change, 4), (Market.prints, 2), (Market.buy, 1)),
    "emptied": ((Market.empty, 2), (Market.change, 6), (Market.prints, 2)),
    "moves": ((Market.jump, 2), (Market.swing, 3), (Market.change, 3)),
    "vwap": ((Market.swing, 8), (Market.change, 3), (Market.feed_vwap, 0)),
    "halts": ((Market.halt, 1), (Market.change, 6), (Market.prints, 3), (Market.jump, 1)),
    "gaps": ((Market.change, 4), (Market.prints, 3), (Market.wall, 1)),
    "hidden": ((Market.prints, 5), (Market.change, 3), (Market.buy, 2)),
    "resets": ((Market.clear, 1), (Market.change, 8), (Market.prints, 4), (Market.wall, 2)),
    "positional": ((Market.change, 6), (Market.buy, 3), (Market.wall, 2), (Market.prints, 2)),
    "mixed": (
        (Market.change, 20),
        (Market.buy, 12),
        (Market.prints, 10),
        (Market.wall, 8),
        (Market.swing, 6),
        (Market.noise, 2),
        (Market.cross, 2),
        (Market.empty, 2),
        (Market.jump, 1),
        (Market.clear, 1),
        (Market.halt, 1),
        (Market.feed_vwap, 1),
        (Market.restart, 1),
    ),
}
