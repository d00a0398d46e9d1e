"""A look through a recording beside its replay: where it begins and ends, where nothing came."""

from ramstock_tui.host.source import Chunk, Recording

GAP_NS = 5_000_000_000  # without a record for so long the data counts as lost
MOST_GAPS = 200


class Survey:
    """start, end: event time, ns, as far as it is known. gaps: (last record before, first after)
    of every stretch of `GAP_NS` without one. complete: the whole recording was looked at."""

    def __init__(self, recording: Recording) -> None:
        self._source = recording.twin()
        self._blocks = self._source.inputs(with_commands=False)
        self._last = 0
        self.start = 0
        self.end = self._source.end_ts
        if recording.market.block_count is not None:  # sealed: its end says it at once
            self.start = recording.market.first_ts
            self.end = max(self.end, recording.market.last_ts)
        self.gaps: list[tuple[int, int]] = []
        self.complete = False
        self.step()  # where it begins is known from the start
        recording.first_ts = recording.first_ts or self.start

    def step(self) -> bool:
        """One block; False when there is none left."""
        if self.complete:
            return False
        item = next(self._blocks, None)
        if not isinstance(item, Chunk):
            self.complete = True
            self.end = max(self._last, self._source.end_ts)
            return False
        self.start = self.start or item.rows[0][0]
        self._look(item)
        self._last = item.rows[-1][0]
        self.end = max(self.end, self._last)
        return True

    def _look(self, chunk: Chunk) -> None:
        last = self._last or chunk.rows[0][0]
        if chunk.rows[-1][0] - last < GAP_NS:
            return  # too short to hold one
        for row in chunk.rows:
            if row[0] - last >= GAP_NS and len(self.gaps) < MOST_GAPS:
                self.gaps.append((last, row[0]))
            last = row[0]
