"""Seeded LOBSTER files for the suite: a small order book that writes down what happens to it.

Each orderbook row is the state after the message of the same row, as in the real files. The same
arguments give the same bytes.
"""

import random
from pathlib import Path

from sortedcontainers import SortedDict

NEW, CANCEL, DELETE, EXECUTE, HIDDEN, HALT = 1, 2, 3, 4, 5, 7
BUY, SELL = 1, -1
EMPTY = 9_999_999_999
MEAN_GAP_NS = 20_000_000
DAY_END_S = 57_600


def write_session(
    folder: Path,
    *,
    seed: int,
    rows: int,
    levels: int = 10,
    price_e4: int = 120_000,
    tick_e4: int = 100,
    start_s: int = 34_200,
    halts: bool = False,
    resting: int | None = None,
) -> tuple[Path, Path]:
    """Write a message and an orderbook file of `rows` rows each into `folder`; their paths.

    levels: a side, 1 to 50. price_e4, tick_e4: 1/10,000 USD. start_s: seconds after midnight; the
    last row stays before 16:00. halts: one halt with its two resumptions, after a third of the
    rows. resting: prices a side filled at the start (default levels + 10; fewer than `levels`
    gives empty levels).
    """
    market = _Market(seed, rows, levels, price_e4, tick_e4, start_s)
    market.fill(levels + 10 if resting is None else resting)
    while len(market.messages) < rows:
        if halts and len(market.messages) >= rows // 3:
            market.halt()
            halts = False
        market.step()
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"TEST_2012-06-21_{start_s * 1000}_{DAY_END_S * 1000}"
    message = folder / f"{stem}_message_{levels}.csv"
    orderbook = folder / f"{stem}_orderbook_{levels}.csv"
    message.write_text("\n".join(market.messages[:rows]) + "\n", encoding="ascii")
    orderbook.write_text("\n".join(market.books[:rows]) + "\n", encoding="ascii")
    return message, orderbook


class _Half:
    """One side: queues of [order id, shares] by price; the best price comes first."""

    def __init__(self, direction: int) -> None:
        self.direction = direction
        self.queues: SortedDict[int, list[list[int]]] = SortedDict(lambda px: -px * direction)
        self.orders = 0

    def best(self) -> int:
        return int(self.queues.keys()[0])

    def add(self, price: int, order: int, size: int) -> None:
        self.queues.setdefault(price, []).append([order, size])
        self.orders += 1

    def remove(self, price: int, place: int) -> None:
        queue = self.queues[price]
        del queue[place]
        self.orders -= 1
        if not queue:
            del self.queues[price]

    def cells(self, levels: int) -> list[str]:
        shown = [
            f"{price},{sum(size for _, size in self.queues[price])}"
            for price in self.queues.islice(0, levels)
        ]
        return shown + [f"{-EMPTY * self.direction},0"] * (levels - len(shown))


class _Market:
    """Two sides, a clock and the text of both files so far."""

    def __init__(
        self, seed: int, rows: int, levels: int, price_e4: int, tick_e4: int, start_s: int
    ) -> None:
        self.rng = random.Random(seed)
        self.levels = levels
        self.tick = tick_e4
        self.middle = price_e4 // tick_e4 * tick_e4
        self.now_ns = start_s * 10**9
        left_ns = (DAY_END_S - start_s) * 10**9 - 200 * 10**9  # a halt takes 180 s
        self.gap_ns = min(MEAN_GAP_NS, left_ns // (2 * max(rows, 1)))
        self.halves = {BUY: _Half(BUY), SELL: _Half(SELL)}
        self.messages: list[str] = []
        self.books: list[str] = []
        self.next_order = 1_000_000
        self.resting = 1
        self.target = 1

    def fill(self, resting: int) -> None:
        """Orders that rest before the first row, a few at each of `resting` prices a side."""
        self.resting = resting
        for direction, half in self.halves.items():
            offset = self.tick if direction == SELL else 0
            for level in range(resting):
                price = self.middle + offset - direction * level * self.tick
                for _ in range(self.rng.randint(1, 4)):
                    half.add(price, self._order(), self._size())
        self.target = max(half.orders for half in self.halves.values())

    def step(self) -> None:
        """One thing happens: an order comes, shrinks or goes, or somebody trades."""
        self._pass_time()
        direction = self.rng.choice((BUY, SELL))
        half = self.halves[direction]
        dice = self.rng.random()
        if dice < 0.05 and half.orders > 5:
            self._sweep(half)
        elif dice < 0.07:
            self._hidden(direction)
        elif dice < 0.10:
            self._cancel(half)
        elif half.orders > 3 and dice < (0.42 if half.orders < self.target else 0.62):
            self._delete(half)
        else:
            self._add(half)

    def halt(self) -> None:
        """Trading halts, quoting resumes after 120 s and trading 60 s later."""
        for price, seconds in ((-1, 1), (0, 120), (1, 60)):
            self.now_ns += seconds * 10**9
            self._write(HALT, 0, 0, price, -1)

    def _pass_time(self) -> None:
        if self.rng.random() >= 0.04:  # else the same timestamp again
            self.now_ns += 1 + int(self.rng.expovariate(1 / self.gap_ns))

    def _order(self) -> int:
        self.next_order += self.rng.randint(1, 40)
        return self.next_order

    def _size(self) -> int:
        if self.rng.random() < 0.1:
            return self.rng.randint(1, 999)
        return 100 * self.rng.choice((1, 1, 1, 2, 2, 3, 5, 10, 20))

    def _add(self, half: _Half) -> None:
        near = self.rng.random() < 0.6
        depth = int(self.rng.expovariate(0.4)) if near else self.rng.randint(0, self.resting)
        gap = abs(self.halves[SELL].best() - self.halves[BUY].best())
        if gap > self.tick and self.rng.random() < 0.8:
            depth = -1  # a better price, still inside the spread
        price = half.best() - half.direction * depth * self.tick
        if price <= 0:
            price = half.best()
        order, size = self._order(), self._size()
        half.add(price, order, size)
        self._write(NEW, order, size, price, half.direction)

    def _pick(self, half: _Half) -> tuple[int, int]:
        """(price, place in its queue) of some order, rather one near the best price."""
        near = int(self.rng.expovariate(0.2)) % len(half.queues)
        price = int(half.queues.keys()[near])
        return price, self.rng.randrange(len(half.queues[price]))

    def _cancel(self, half: _Half) -> None:
        price, place = self._pick(half)
        order, size = half.queues[price][place]
        if size < 2:
            self._add(half)
            return
        part = self.rng.randint(1, size - 1)
        half.queues[price][place][1] -= part
        self._write(CANCEL, order, part, price, half.direction)

    def _delete(self, half: _Half) -> None:
        price, place = self._pick(half)
        order, size = half.queues[price][place]
        half.remove(price, place)
        self._write(DELETE, order, size, price, half.direction)

    def _sweep(self, half: _Half) -> None:
        """A market order eats resting orders: one row each, all with one timestamp."""
        wanted = self.rng.choice((50, 100, 100, 200, 200, 500, 1000, 2000))
        while wanted and half.orders > 3:
            price = half.best()
            order, size = half.queues[price][0]
            done = min(wanted, size)
            wanted -= done
            if done == size:
                half.remove(price, 0)
            else:
                half.queues[price][0][1] -= done
            self._write(EXECUTE, order, done, price, half.direction)

    def _hidden(self, direction: int) -> None:
        bid, ask = self.halves[BUY].best(), self.halves[SELL].best()
        price = self.rng.choice((bid, ask, (bid + ask) // 2))
        self._write(HIDDEN, 0, self._size(), price, direction)

    def _write(self, kind: int, order: int, size: int, price: int, direction: int) -> None:
        second, ns = divmod(self.now_ns, 10**9)
        time = f"{second}.{ns:09d}".rstrip("0").rstrip(".")
        self.messages.append(f"{time},{kind},{order},{size},{price},{direction}")
        asks = self.halves[SELL].cells(self.levels)
        bids = self.halves[BUY].cells(self.levels)
        self.books.append(",".join(f"{ask},{bid}" for ask, bid in zip(asks, bids, strict=True)))
