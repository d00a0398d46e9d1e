"""When the next request may go: our own ceiling, what the server announces, what a 429 asks for.

Times are monotonic ns, handed in.
"""

from collections import deque
from collections.abc import Mapping

from ramstock_tui.sinks.discord.replies import MOST_S, clamped, number

S = 1_000_000_000
CEILING = ((4, 2 * S), (25, 60 * S))  # requests in so long; below what Discord is known to allow
CIRCUIT_MOST_S = 600.0
IN_FLIGHT = 5


class Limiter:
    """held_until: a 429 asked for silence; open_until: it asked for more than a minute, and one
    request then tries whether it still means that. Until the first answer, and again after
    trouble, one request is on its way at most, and what the server announces as left counts down
    with every request."""

    def __init__(self, ceiling: tuple[tuple[int, int], ...] = CEILING) -> None:
        self.held_until = self.open_until = 0
        self.in_flight = 0
        self._ceiling = ceiling
        self._ended: deque[int] = deque(maxlen=max((most for most, _ in ceiling), default=1))
        self._answered = False
        self._left: int | None = None  # requests that the announced bucket still takes
        self._limit = 1
        self._resets = 0
        self._circuit_s = MOST_S

    def ready_at(self, now: int) -> int | None:
        """The first instant at which a request may go; None while another has to end first."""
        if self.in_flight >= (IN_FLIGHT if self._answered and not self.open_until else 1):
            return None
        self._renew(now)
        at = max(now, self.held_until, self.open_until)
        for most, span in self._ceiling:
            if self.in_flight >= most:
                return None
            if len(self._ended) >= most - self.in_flight:
                at = max(at, self._ended[self.in_flight - most] + span)
        if self._left is not None and self._left <= 0:
            if now >= self._resets:
                return None  # what is on its way fills the new bucket
            at = max(at, self._resets)
        return at

    def sent(self) -> None:
        """A request leaves. The server may count it at any time until it has answered."""
        self.in_flight += 1
        if self._left is not None:
            self._left -= 1

    def answered(
        self, headers: Mapping[str, str], now: int, *, good: bool, trouble: str = ""
    ) -> None:
        """One came back. good: 2xx. trouble: it has to be tried again; `connect`: nothing left, so
        that no server has counted it."""
        self.in_flight -= 1
        if trouble != "connect":
            self._ended.append(now)
        self._answered = good or (self._answered and not trouble)
        if good:
            self.open_until, self._circuit_s = 0, MOST_S
        left = number(headers, "x-ratelimit-remaining")
        reset_s = number(headers, "x-ratelimit-reset-after")
        if left is None or reset_s is None:
            return
        resets = now + round(min(reset_s, MOST_S) * S)
        left_now = int(min(left, 1e6)) - self.in_flight  # the others may not be counted in it
        anew = self._left is None or now >= self._resets
        self._left = left_now if anew else min(self._left or 0, left_now)
        self._resets = resets
        self._limit = int(min(number(headers, "x-ratelimit-limit") or 1, 1e6))

    def limited(self, wait_s: float, now: int, later_s: float = 0.0) -> None:
        """A 429. More than a minute: the circuit opens, and is tried less and less often. later_s:
        on top of what the server asks for."""
        if wait_s > MOST_S:
            self.open_until = now + round(self._circuit_s * S)
            self._circuit_s = min(2 * self._circuit_s, CIRCUIT_MOST_S)
        held_s = clamped(wait_s) + later_s
        self.held_until = max(self.held_until, now + round(held_s * S))

    def close(self) -> None:
        """Somebody asks to try again now."""
        self.held_until = self.open_until = 0
        self._circuit_s = MOST_S

    def _renew(self, now: int) -> None:
        if self._left is not None and self._left <= 0 and now >= self._resets:
            self._left = max(1 if not self.in_flight else 0, self._limit - self.in_flight)
