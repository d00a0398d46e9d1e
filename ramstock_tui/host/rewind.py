"""Going back in a replay: checkpoints on the way, a new pass from the last one before a time."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.host.checkpoint import Checkpoint, Loader, Saver
from ramstock_tui.host.passes import Pass
from ramstock_tui.host.source import Recording

EVERY_ROWS = 10_000  # between two checkpoints at least: about 50 ms of work
COST_RATIO = 4  # and so many times the work of making one
MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """A checkpoint, and what the pass around the engine was about to do. seq: of its next input."""

    ts: int
    seq: int
    checkpoint: Checkpoint
    confirms: tuple[tuple[int, str, int], ...]


class Rewind:
    """Begins passes over one recording under one policy. as_it_was: it is replayed as it happened.
    clock: monotonic ns, to weigh the work of a checkpoint against that of running."""

    def __init__(
        self,
        recording: Recording,
        rules: Rules,
        policy: str,
        clock: Callable[[], int],
        *,
        as_it_was: bool,
        every_rows: int = EVERY_ROWS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.recording = recording
        self.rules = rules
        self.policy = policy
        self.as_it_was = as_it_was
        self.kept: list[Kept] = []
        self._clock = clock
        self._every_rows = every_rows
        self._most_bytes = most_bytes
        self._cost_ns = 0  # of the last checkpoint
        self._work_ns = 0  # of running since then
        self._rows = 0
        self._saving: tuple[Saver, Pass] | None = None

    # passes --------------------------------------------------------------------------------------
    def begin(self) -> Pass:
        """A pass from the first input."""
        return self._pass(Engine(self.rules, observe=True), 0)

    def before(self, ts: int) -> Kept | None:
        """The last checkpoint at or before ts; None: from the start."""
        at = bisect_right(self.kept, ts, key=lambda kept: kept.ts)
        return self.kept[at - 1] if at else None

    def resume(self, kept: Kept) -> "Resuming":
        """A pass from a checkpoint, in steps."""
        return Resuming(self, kept, Loader(kept.checkpoint))

    def _pass(self, engine: Engine, seq: int) -> Pass:
        source = self.recording.twin()
        inputs = source.inputs(
            with_commands=self.policy == "ledger", as_it_was=self.as_it_was, since=seq
        )
        return Pass(engine, inputs, self.policy, source)

    def resumed(self, kept: Kept, engine: Engine) -> Pass:
        """The pass that a checkpoint was made of, around its engine."""
        found = self._pass(engine, kept.seq)
        found.now = kept.ts
        found.driver.owed = list(kept.confirms)
        return found

    # checkpoints ---------------------------------------------------------------------------------
    def step(self, run: Pass, until: int) -> bool:
        """`run.feed`, or a part of a checkpoint that is due there; False when neither was."""
        began = self._clock()
        if self._saving is not None and self._saving[1] is run:
            self._save(*self._saving, began)
            return True
        fed = run.rows_fed
        if not run.feed(until):
            return False
        if self._is_new(run):
            self._rows += run.rows_fed - fed
            self._work_ns += self._clock() - began
            if self._rows >= self._every_rows and self._work_ns >= COST_RATIO * self._cost_ns:
                self._saving = Saver(run.engine), run
                self._cost_ns = 0
        return True

    def drop(self) -> None:
        """Give up a checkpoint in the making: its engine is about to change."""
        self._saving = None

    def _is_new(self, run: Pass) -> bool:
        """There is no checkpoint yet where the pass is; at the end none is worth while."""
        return run.next is not None and (not self.kept or run.now > self.kept[-1].ts)

    def _save(self, saver: Saver, run: Pass, began: int) -> None:
        more = saver.step()
        self._cost_ns += self._clock() - began
        if more or saver.result is None:
            return
        self._saving = None
        self._rows = self._work_ns = 0
        if not self._is_new(run):
            return
        confirms = tuple(run.driver.owed)
        self.kept.append(Kept(run.now, run.next_seq, saver.result, confirms))
        while sum(kept.checkpoint.size for kept in self.kept) > self._most_bytes:
            del self.kept[::2]


class Resuming:
    """A pass in the making: `step` until it gives one."""

    def __init__(self, rewind: Rewind, kept: Kept, loader: Loader) -> None:
        self._rewind = rewind
        self._kept = kept
        self._loader = loader

    def step(self) -> Pass | None:
        """One symbol more; the pass when that was the last."""
        if self._loader.step() or self._loader.result is None:
            return None
        return self._rewind.resumed(self._kept, self._loader.result)
