"""The newest decisions as lines of the log slice."""

from ramstock_tui.core.decisions import Decision
from ramstock_tui.host import words
from ramstock_tui.host.watched import Watched
from ramstock_tui.link import schema as m

LOG_ROWS = 60


class Logbook:
    """Keeps the lines that it made: a decision is put into words once, and the slice is made anew
    only after a decision came."""

    def __init__(self) -> None:
        self._logged = -1
        self._view = m.LogView(())
        # by running number, with the decision: a replay that went back decides anew
        self._rows: dict[int, tuple[Decision, m.LogRow | None]] = {}

    def view(self, session: Watched) -> m.LogView:
        """Newest first; the same object while nothing was decided."""
        if session.logged != self._logged:
            self._logged = session.logged
            self._rows = {n: self._kept(n, d) for n, d in session.log}
            rows = [row for _, row in self._rows.values() if row is not None]
            self._view = m.LogView(_merged(rows))
        return self._view

    def _kept(self, n: int, d: Decision) -> tuple[Decision, m.LogRow | None]:
        old = self._rows.get(n)
        return old if old is not None and old[0] is d else (d, _row(n, d))


def _row(n: int, d: Decision) -> m.LogRow | None:
    if not words.shown(d):
        return None
    return m.LogRow(n, d.ts, words.level(d), d.ticker, words.log_text(d))


def _merged(rows: list[m.LogRow]) -> tuple[m.LogRow, ...]:
    """A line that repeats the one before it is counted, not shown again."""
    shown: list[tuple[m.LogRow, int]] = []
    for row in reversed(rows):
        if shown and (shown[-1][0].ticker, shown[-1][0].text) == (row.ticker, row.text):
            shown[-1] = (shown[-1][0], shown[-1][1] + 1)
        elif len(shown) == LOG_ROWS:
            break
        else:
            shown.append((row, 1))
    return tuple(row if count == 1 else _counted(row, count) for row, count in shown)


def _counted(row: m.LogRow, count: int) -> m.LogRow:
    return m.LogRow(row.n, row.ts, row.level, row.ticker, f"{row.text}  ×{count}")
