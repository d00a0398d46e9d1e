"""Going on with a recording that an earlier run of the same replay began."""

from ramstock_tui.core.records import BLOB_KINDS, RESUMED, Row
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Chunk, Input


class Rest:
    """What of a source's inputs a resumed recording does not hold yet."""

    def __init__(self, recorder: Recorder) -> None:
        self._since = recorder.resumed_ts
        self._rows = recorder.rows_then  # so many of this very instant are in it
        self._commands = recorder.commands_then
        self._blobs = recorder.blobs

    def of(self, item: Input) -> Input | None:
        """The part of an input that is to be fed; None = nothing."""
        if not isinstance(item, Chunk):
            return item if self._is_new_command(item[1]) else None
        rows = item.rows
        if self._blobs <= 0 and not self._rows and rows[0][0] > self._since:
            return item
        rows = [self._placed(row) for row in rows if self._is_new(row)]
        return Chunk(item.next_seq - len(rows), rows, item.blob) if rows else None

    def _is_new(self, row: Row) -> bool:
        ts, kind = row[0], row[2]
        if kind in BLOB_KINDS:
            self._blobs -= 1
            return self._blobs < 0
        if kind == RESUMED:
            return ts > self._since
        if ts == self._since and self._rows:
            self._rows -= 1
            return False
        return ts >= self._since

    def _placed(self, row: Row) -> Row:
        return row if row[0] >= self._since else (self._since, *row[1:])

    def _is_new_command(self, ts: int) -> bool:
        if ts == self._since and self._commands:
            self._commands -= 1
            return False
        return ts >= self._since
