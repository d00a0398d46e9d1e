"""On the way to another moment of a replay, in steps between which the screens are served."""

from collections.abc import Callable

from ramstock_tui.host.passes import Pass
from ramstock_tui.host.rewind import Resuming, Rewind

FAR = 1 << 62


class Seek:
    """target: event time to reach, ns. A later moment is reached by the pass that is shown, an
    earlier one by a pass of its own, so that giving up leaves everything as it was. found: looked
    at after every portion; the time that it gives is the target from then on, None = go on."""

    def __init__(
        self,
        rewind: Rewind,
        shown: Pass,
        target: int,
        found: Callable[[Pass], int | None] = lambda _: None,
    ) -> None:
        self.target = target
        self.run: Pass | None = shown
        self._rewind = rewind
        self._resuming: Resuming | None = None
        self._found = found
        self._from = shown.now
        if target < shown.now:
            self._turn_back()

    def _turn_back(self) -> None:
        kept = self._rewind.before(self.target)
        if kept is None:
            self.run, self._from = self._rewind.begin(), 0
        else:
            self.run, self._from = None, kept.ts
            self._resuming = self._rewind.resume(kept)

    def step(self) -> bool:
        """A little of the way; True when there is more of it. Where there are no inputs any more
        the way ends, too."""
        if self._resuming is not None:
            self.run = self._resuming.step()
            if self.run is not None:
                self._resuming = None
            return True
        run = self.run
        assert run is not None  # noqa: S101 - either there is a pass or one in the making
        if self._rewind.step(run, self.target):
            run.engine.drain()
            self._look(run)
            return True
        return False

    def _look(self, run: Pass) -> None:
        if (earlier := self._found(run)) is None:
            return
        self.target, self._found = earlier, lambda _: None
        if earlier < run.now:
            self._turn_back()

    def done_pct(self, end: int) -> int:
        """How much of the way is done, 0 to 99: in records where the file is known up to the
        target, else in time. end: of the session, ns."""
        at = self._from if self.run is None else self.run.now
        first, last = self._from, min(end, self.target)
        recording = self._rewind.recording
        if recording.read_to() >= last:
            at, first, last = (recording.events_at(ts) for ts in (at, first, last))
        elif not first:
            first = recording.first_ts
        return max(0, min(99, (at - first) * 100 // max(1, last - first)))
