"""Event time: the clock of the market that the gateway shows."""

import time
from collections.abc import Callable

SECOND_NS = 1_000_000_000


def mono_ns() -> int:
    """The machine's monotonic clock, the same in every process of it."""
    return time.monotonic_ns()


class EventClock:
    """Starts at `at_ns` (epoch) when `start` is called and then runs `speed` times as fast as the
    monotonic clock; before that it stands."""

    def __init__(self, at_ns: int, speed: float = 1.0, mono: Callable[[], int] = mono_ns) -> None:
        if speed <= 0:
            raise ValueError(f"speed was {speed}, must be above 0")
        self.at_ns = at_ns
        self.speed = speed
        self._mono = mono
        self._zero: int | None = None

    @property
    def started(self) -> bool:
        """Does it run?"""
        return self._zero is not None

    def start(self, zero_ns: int | None = None) -> None:
        """Let it run. zero_ns: the monotonic instant at which it showed `at_ns`, None = now; two
        gateways with one instant show one time. A second call changes nothing."""
        if self._zero is None:
            self._zero = self._mono() if zero_ns is None else zero_ns

    def now(self) -> int:
        """Event time, ns since the epoch."""
        if self._zero is None:
            return self.at_ns
        return self.at_ns + int((self._mono() - self._zero) * self.speed)

    def elapsed_s(self) -> float:
        """Event seconds since it started."""
        return (self.now() - self.at_ns) / SECOND_NS

    def real_s(self, event_s: float) -> float:
        """How long so many event seconds really take."""
        return event_s / self.speed
