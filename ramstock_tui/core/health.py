"""Judges what was measured outside: pipeline lag and round trip (D-23, N-42)."""

LAG_MS = 500  # p95 above it
LAG_FOR_NS = 5_000_000_000  # ... for so long suspends
RTT_MS = 1_000  # answers slower than this
RTT_TIMES = 2  # ... so often on end suspend
ASKED_NS = 5_000_000_000  # the round trip is measured every 5 s


class Endpoint:
    """What the samples of one endpoint came to so far."""

    __slots__ = ("lag_from", "rtt_ms", "rtt_slow", "rtt_ts")

    def __init__(self) -> None:
        self.lag_from = -1  # first sample of the running spell of lag, -1 = none runs
        self.rtt_ms = -1  # round trip as sampled last
        self.rtt_ts = 0  # sample that brought it
        self.rtt_slow = 0  # slow answers on end

    def sample(self, t: int, lag_ms: int, rtt_ms: int) -> str:
        """`lag`, `round_trip` or "" after a sample at t, ns. The same round trip within 5 s is the
        same answer, sampled again."""
        if lag_ms <= LAG_MS:
            self.lag_from = -1
        elif self.lag_from < 0:
            self.lag_from = t
        if rtt_ms != self.rtt_ms or t - self.rtt_ts >= ASKED_NS:
            self.rtt_ms, self.rtt_ts = rtt_ms, t
            self.rtt_slow = self.rtt_slow + 1 if rtt_ms > RTT_MS else 0
        if self.lag_from >= 0 and t - self.lag_from >= LAG_FOR_NS:
            return "lag"
        return "round_trip" if self.rtt_slow >= RTT_TIMES else ""

    @property
    def clean(self) -> bool:
        """Neither lag nor a slow answer in the newest sample."""
        return self.lag_from < 0 and not self.rtt_slow


class Health:
    """All endpoints. reason: why alerts are suspended, "" = they are not because of this."""

    __slots__ = ("endpoints", "reason")

    def __init__(self) -> None:
        self.endpoints: dict[int, Endpoint] = {}
        self.reason = ""

    def sample(self, t: int, endpoint: int, lag_ms: int, rtt_ms: int) -> bool:
        """One sample; True when alerts are suspended anew or for another reason. The reason stays
        until the caller has seen the feed clean for long enough and clears it."""
        found = self.endpoints.setdefault(endpoint, Endpoint()).sample(t, lag_ms, rtt_ms)
        if not found or found == self.reason:
            return False
        self.reason = found
        return True

    @property
    def clean(self) -> bool:
        """Is every endpoint clean in its newest sample."""
        return all(each.clean for each in self.endpoints.values())
