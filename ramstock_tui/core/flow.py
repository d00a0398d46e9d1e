"""Fills, cancels and adds at the best ask (D-12, D-13 as N-06 and N-14 word them)."""

from ramstock_tui.core.tape import S1

WINDOW_NS = 3 * S1
REJECT_FILLS = 300
TRIM_AT = 256


class AskFlow:
    """Per batch: F buy prints at or above the best ask before it, D decrease and A increase of the
    size shown there, and that ask. Batches without any of them have no row. Sums over (t - 3 s, t]
    are moved along only when somebody asks."""

    __slots__ = ("adds", "drops", "fills", "head", "rows", "tail")

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int, int]] = []  # (ts, F, D, A, ask)
        self.head = 0  # rows before it are out of the window
        self.tail = 0  # rows before it are in the sums
        self.fills = 0
        self.drops = 0
        self.adds = 0

    def sums(self, t: int) -> tuple[int, int, int]:
        """(F, D, A) over (t - 3 s, t]; t must not be before the newest row."""
        rows, limit = self.rows, t - WINDOW_NS
        n = len(rows)
        if self.tail < n and (
            rows[n - 1][0] <= limit or (self.tail and rows[self.tail - 1][0] <= limit)
        ):
            self._restart(limit)
        fills, drops, adds = self.fills, self.drops, self.adds
        if self.tail < n:
            for _, f, d, a, _ in rows[self.tail :]:
                fills += f
                drops += d
                adds += a
            self.tail = n
        head = self.head
        while head < n:
            ts, f, d, a, _ = rows[head]
            if ts > limit:
                break
            fills -= f
            drops -= d
            adds -= a
            head += 1
        self.head, self.fills, self.drops, self.adds = head, fills, drops, adds
        return fills, drops, adds

    def adds_at(self, t: int, ask: int) -> int:
        """A over (t - 3 s, t] of the batches before which this was the best ask."""
        self.sums(t)
        return sum(row[3] for row in self.rows[self.head :] if row[4] == ask)

    def _restart(self, limit: int) -> None:
        """Nobody asked for a while: start from the first row inside the window."""
        rows = self.rows
        start = len(rows)
        while start and rows[start - 1][0] > limit:
            start -= 1
        self.head = self.tail = start
        self.fills = self.drops = self.adds = 0

    def trim(self, t: int) -> None:
        """Drop rows that no window can reach; called about once a second."""
        if len(self.rows) > TRIM_AT:
            self.sums(t)
            cut = self.head
            del self.rows[:cut]
            self.head -= cut
            self.tail -= cut

    def readings(self, t: int) -> tuple[int, int, int, int]:
        """(F, C, A, R): fills, cancels C = max(0, D - F), gross adds, net refill max(0, A - C)."""
        fills, drops, adds = self.sums(t)
        cancels = max(0, drops - fills)
        return fills, cancels, adds, max(0, adds - cancels)

    def replenishes(self, t: int) -> bool:
        """N-14: F >= 300 and net refill >= F."""
        fills, _, _, refill = self.readings(t)
        return fills >= REJECT_FILLS and refill >= fills
