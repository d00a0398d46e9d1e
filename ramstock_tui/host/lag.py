"""Latency of the engine, measured where it happens."""

from bisect import insort
from collections import deque

KEPT = 4_096  # newest samples


class Lag:
    """Ingest to decision: how long the oldest event of a portion waited until it was decided."""

    def __init__(self) -> None:
        self._recent: deque[int] = deque(maxlen=KEPT)
        self.count = 0
        self.max_ns = 0

    def add(self, ns: int) -> None:
        """One sample, ns."""
        self.count += 1
        self._recent.append(ns)
        self.max_ns = max(self.max_ns, ns)

    def snapshot(self) -> dict[str, int]:
        """Figures in ns."""
        return {"count": self.count, "p99_ns": self.p99_ns(), "max_ns": self.max_ns}

    def p99_ns(self) -> int:
        """Of the newest samples, 0 without any."""
        top: list[int] = []
        for ns in self._recent:
            insort(top, ns)
            del top[: -(len(self._recent) // 100 + 1)]
        return top[0] if top else 0
