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
        self._rows: dict[int, m.LogRow | None] = {}  # by running number; None = not shown

    def view(self, session: Watched) -> m.LogView:
        """Newest first; the same object while nothing was decided."""
        if session.logged != self._logged:
            self._logged = session.logged
            rows = {n: self._rows[n] if n in self._rows else _row(n, d) for n, d in session.log}
            self._rows = rows
            self._view = m.LogView(_merged([row for row in rows.values() if row is not None]))
        return self._view


def _row(n: int, d: Decision) -> m.LogRow | None:
    shadow = d.kind == "fill" and d.body.get("shadow")
    if d.kind in words.SILENT or shadow or _follows_alert(d):
        return None
    return m.LogRow(n, d.ts, words.LEVELS.get(d.kind, "info"), d.ticker, words.log_text(d))


def _follows_alert(d: Decision) -> bool:
    """The score is still there after an alert of the symbol; nothing is news but the alert."""
    return d.kind == "suppress" and words.AFTER_ALERT.issuperset(d.reasons)


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
