"""How the channel does, for the status row: one word, a figure, what waits and what was lost."""

from collections import deque
from typing import NamedTuple

from ramstock_tui.sinks.discord.outbox import SLOW_MS, Outbox

S = 1_000_000_000
KEPT = 500  # latencies
SLOW_FOR_NS = 60 * S  # a delivery above a second is warned of so long


class Report(NamedTuple):
    """state: `ok`, `slow`, `held` (429), `open` (a 429 of more than a minute), `trouble`,
    `stopped`. detail: status code or what failed. wait_s: of `held` and `open`. p50_ms, p95_ms:
    from enqueue to 2xx, None before the first. unsaved: the disk refuses the outbox."""

    state: str
    detail: str = ""
    wait_s: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None
    waiting: int = 0
    undelivered: int = 0
    delivered: int = 0
    unsaved: str = ""


class Figures:
    """Latencies of the last deliveries."""

    def __init__(self) -> None:
        self._took: deque[int] = deque(maxlen=KEPT)
        self._count = 0
        self._slow_until = 0

    def report(self, box: Outbox, now: int, unsaved: str) -> Report:
        """As things stand at `now`, monotonic ns."""
        taken, box.took_ms = box.took_ms, []
        self._took.extend(taken)
        self._count += len(taken)
        if any(ms > SLOW_MS for ms in taken):
            self._slow_until = now + SLOW_FOR_NS
        ranked = sorted(self._took)
        state, detail, until = self._state(box, now)
        return Report(
            state,
            detail,
            max(0, -(-(until - now) // S)),
            _at(ranked, 50),
            _at(ranked, 95),
            box.waiting,
            box.undelivered,
            self._count,
            unsaved,
        )

    def _state(self, box: Outbox, now: int) -> tuple[str, str, int]:
        limiter = box.limiter
        if box.stopped:
            return "stopped", box.stopped, 0
        if limiter.open_until:
            return "open", "429", limiter.open_until
        if limiter.held_until > now:
            return "held", "429", limiter.held_until
        if box.trouble:
            return "trouble", box.trouble, 0
        return ("slow" if now < self._slow_until else "ok"), "", 0


def _at(ranked: list[int], pct: int) -> int | None:
    """Nearest rank."""
    return ranked[-(-len(ranked) * pct // 100) - 1] if ranked else None
