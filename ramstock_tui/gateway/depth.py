"""The rows of a depth stream: a book as the broker numbers it, and the steps from one to the next.

Rows are numbered from the best on. A step inserts a row at a position (those behind move back),
updates it, or deletes it (those behind move up). SMART rows are quotes of single exchanges, so a
price may have several rows; other depth has one row for a price.
"""

from collections.abc import Sequence

Level = tuple[int, int]  # price 1/10,000 USD, shares
DepthRow = tuple[int, int, str]  # price, shares, exchange ("" where rows are price levels)
Step = tuple[int, int, DepthRow]  # position, operation, row
INSERT, UPDATE, DELETE = 0, 1, 2
VENUES = ("NSDQ", "ARCA", "EDGX", "BATS", "MEMX")
GONE: DepthRow = (0, 0, "")


def level_rows(levels: Sequence[Level], count: int) -> list[DepthRow]:
    """One row for a price. levels: best first."""
    return [(px, size, "") for px, size in levels[:count]]


def venue_rows(
    levels: Sequence[Level], count: int, venues: Sequence[str] = VENUES
) -> list[DepthRow]:
    """One row for each exchange that quotes a price; their sizes add up to the level's."""
    rows: list[DepthRow] = []
    for px, size in levels:
        rows += shares_of(px, size, venues)
        if len(rows) >= count:
            break
    return rows[:count]


def shares_of(px: int, size: int, venues: Sequence[str] = VENUES) -> list[DepthRow]:
    """A level over one to three exchanges: which ones follows from the price, how many from the
    size, so the same level is always split alike."""
    lots, odd = divmod(size, 100)
    parts = min(3, len(venues), max(1, lots // 4))
    first = px // 100 % len(venues)
    rows: list[DepthRow] = []
    for i in range(parts):
        part = lots // parts + (1 if i < lots % parts else 0)
        rows.append((px, part * 100 + (odd if i == 0 else 0), venues[(first + i) % len(venues)]))
    return rows


def steps(old: Sequence[DepthRow], new: Sequence[DepthRow], falls_off: int = 0) -> list[Step]:
    """Steps from old to new, which are both in the order of the book. falls_off: the most rows a
    side has when a row pushed beyond it goes without a delete, 0 = every row that goes is
    deleted."""
    kept = {(row[0], row[2]) for row in new}
    work = list(old)
    found: list[Step] = []
    silent = _pushed_out(work, kept) if falls_off and len(new) >= falls_off else 0
    for i in range(len(work) - silent - 1, -1, -1):
        if (work[i][0], work[i][2]) not in kept:
            found.append((i, DELETE, GONE))
            del work[i]
    for i, row in enumerate(new):
        if i >= len(work) or (work[i][0], work[i][2]) != (row[0], row[2]):
            found.append((i, INSERT, row))
            work.insert(i, row)
        elif work[i] != row:
            found.append((i, UPDATE, row))
    return found


def overwrites(old: Sequence[DepthRow], new: Sequence[DepthRow]) -> list[Step]:
    """The other style that is seen: rows are only added and taken away at the end, all others are
    overwritten in place."""
    found: list[Step] = []
    for i, row in enumerate(new):
        if i >= len(old):
            found.append((i, INSERT, row))
        elif old[i] != row:
            found.append((i, UPDATE, row))
    found += [(i, DELETE, GONE) for i in range(len(old) - 1, len(new) - 1, -1)]
    return found


def _pushed_out(work: Sequence[DepthRow], kept: set[tuple[int, str]]) -> int:
    """How many rows at the end of work go by themselves: with a full side behind, inserts push out
    all that follow the last row that stays."""
    tail = 0
    while tail < len(work) and (work[-1 - tail][0], work[-1 - tail][2]) not in kept:
        tail += 1
    return tail
