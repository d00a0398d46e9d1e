"""How long inputs waited for their decision: a rolling record with bounded memory."""

SUB_BITS = 4  # 16 steps an octave: a figure is at most 1/16 above the truth, never below
SLOTS = 64 << SUB_BITS
TURN = 1024  # samples after which the rolling half starts anew
STALE = 64
MS = 1_000_000


class Lag:
    """Latencies of processed portions, from the due time of the oldest input in it until it was
    processed (decisions included), ns. `add` costs about half a microsecond."""

    def __init__(self) -> None:
        self.count = 0
        self.max_ns = 0
        self._all = [0] * SLOTS
        self._half = [0] * SLOTS  # the last half that is full
        self._now = [0] * SLOTS
        self._in_now = 0
        self._recent_ms = 0
        self._due = 1  # at so many portions the recent figure is looked up again

    def add(self, ns: int) -> None:
        """One portion; below 0 counts as 0 (it was early), above 2^62 as that."""
        ns = min(max(ns, 0), 1 << 62)
        slot = _slot(ns)
        self._all[slot] += 1
        self._now[slot] += 1
        self.count += 1
        self._in_now += 1
        if ns > self.max_ns:
            self.max_ns = ns
        if self._in_now == TURN:
            self._half, self._now, self._in_now = self._now, [0] * SLOTS, 0

    def recent_p99_ms(self) -> int:
        """99th percentile of the last 1,024 to 2,047 portions, ms rounded up; 0 without any. Looked
        up anew after `STALE` more portions: it may be asked in every turn of a loop."""
        if self.count >= self._due:
            self._due = self.count + STALE
            both = [a + b for a, b in zip(self._half, self._now, strict=True)]
            self._recent_ms = -(-min(_quantile(both, 99, 100), self.max_ns) // MS)
        return self._recent_ms

    def recent_p95_ms(self) -> int:
        """The same for the 95th percentile, looked up at every call (50 us)."""
        both = [a + b for a, b in zip(self._half, self._now, strict=True)]
        return -(-min(_quantile(both, 95, 100), self.max_ns) // MS)

    def snapshot(self) -> dict[str, float | int]:
        """`count` and `p50_ms`, `p99_ms`, `max_ms` since the start; all 0 without a portion."""
        return {
            "count": self.count,
            "p50_ms": min(_quantile(self._all, 50, 100), self.max_ns) / MS,
            "p99_ms": min(_quantile(self._all, 99, 100), self.max_ns) / MS,
            "max_ms": self.max_ns / MS,
        }


def _slot(ns: int) -> int:
    """Small values have their own slot, larger ones share those of their octave."""
    shift = ns.bit_length() - SUB_BITS - 1
    return ns if shift <= 0 else (shift << SUB_BITS) + (ns >> shift)


def _upper(slot: int) -> int:
    """The largest value in a slot."""
    shift = (slot >> SUB_BITS) - 1
    if shift <= 0:
        return slot
    return (((slot & (1 << SUB_BITS) - 1) + (1 << SUB_BITS) + 1) << shift) - 1


def _quantile(slots: list[int], num: int, den: int) -> int:
    """The smallest slot's upper end below which num/den of the samples are; 0 without samples."""
    need = -(-sum(slots) * num // den)
    for slot, count in enumerate(slots):
        need -= count
        if need <= 0 and count:
            return _upper(slot)
    return 0
