"""One run of a recording through an engine: inputs in portions up to an event time."""

from collections.abc import Iterator
from typing import Protocol

from ramstock_tui.core.engine import Engine
from ramstock_tui.host.drive import Direct, Driver
from ramstock_tui.host.source import Chunk, Input

MAX_ROWS = 512  # rows between two looks at the operator, at full speed


class Source(Protocol):
    """What a recording knows after its last input."""

    @property
    def end_ts(self) -> int:
        """Event time that the session reached, ns."""
        ...

    @property
    def broken(self) -> str | None:
        """Where and why it ends too early, None = it does not."""
        ...


class Pass:
    """now: event time reached, ns: every input up to it was fed, 0 before the first. rows_fed:
    since this pass began. source: what the inputs come from, None = something that just ends."""

    def __init__(
        self, engine: Engine, inputs: Iterator[Input], policy: str, source: Source | None = None
    ) -> None:
        self.engine = engine
        self.driver = Driver(Direct(engine), policy)
        self.inputs = inputs
        self.source = source
        self.next: Input | None = next(inputs, None)
        self.now = 0
        self.rows_fed = 0

    @property
    def next_ts(self) -> int:
        """Time of the next input; only while there is one."""
        assert self.next is not None  # noqa: S101
        return _first_ts(self.next)

    @property
    def next_seq(self) -> int:
        """Number of the next input, 0 after the last."""
        item = self.next
        if item is None:
            return 0
        return item.first_seq if isinstance(item, Chunk) else item[0]

    def feed(self, until: int) -> bool:
        """One portion of inputs with ts <= until, an instant as a whole; False when there was
        none."""
        if not self._feed(until):
            return False
        while self.next is not None and self.next_ts <= self.now:  # an instant in two blocks
            self._feed(self.now)
        return True

    def _feed(self, until: int) -> bool:
        item = self.next
        if item is None or _first_ts(item) > until:
            return False
        if isinstance(item, Chunk):
            item = self._portion(item, until)
        else:
            self.next = next(self.inputs, None)
        self.driver.feed(item)
        self.now = max(self.now, item.rows[-1][0] if isinstance(item, Chunk) else item[1])
        return True

    def tick(self, ts: int) -> None:
        """Let time run on to ts; every input up to it was fed."""
        self.now = max(self.now, ts)
        self.driver.tick(self.now)

    def _portion(self, chunk: Chunk, until: int) -> Chunk:
        """The rows to feed now; a batch is never cut."""
        cut = min(MAX_ROWS, len(chunk.rows))
        while cut < len(chunk.rows) and chunk.rows[cut][0] == chunk.rows[cut - 1][0]:
            cut += 1
        if chunk.rows[cut - 1][0] > until:
            cut = len(chunk.split(until + 1)[0].rows)
        head = Chunk(chunk.first_seq, chunk.rows[:cut], chunk.blob)
        rest = Chunk(chunk.first_seq + cut, chunk.rows[cut:], chunk.blob)
        self.next = rest if rest.rows else next(self.inputs, None)
        self.rows_fed += cut
        return head


def _first_ts(item: Input) -> int:
    return item.rows[0][0] if isinstance(item, Chunk) else item[1]
