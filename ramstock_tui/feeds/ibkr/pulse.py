"""Is the broker there: current-time questions, one at a time, and what their answers tell."""

ASK_S = 5.0  # between two questions while data come (D-23)
QUIET_S = 1.0  # nothing came for so long: ask now
SOON_S = 0.2  # the same while a card waits: its confirm needs a living link (N-18)
APART_S = 1.0  # TWS may leave the second of two questions in one second without an answer
APART_SOON_S = 0.3
DEAD_S = 5.0  # no answer and no message for so long: the connection is half open
MUTE_S = 15.0  # no answer for so long although messages come
HELD_UP_S = 2.0  # what is so much older than its arrival was held up on its way
PROMPT_S = 0.5  # an answer so soon after the second question may be that question's own
SKEW_WARN_S, SKEW_STOP_S = 2, 10


class Pulse:
    """Times are seconds of the event loop. rtt_ms: of the newest answer, -1 = none yet. skew_s: how
    far the broker's clock is away, whole seconds rounded towards 0."""

    def __init__(self, now: float) -> None:
        self.rtt_ms = -1
        self.skew_s = 0.0
        self._asked: float | None = None
        self._last_asked = now - APART_S
        self._first_unanswered = 0.0

    def due(self, now: float, alive: float, hurry: bool) -> bool:
        """Is it time to ask? alive: when the newest message came."""
        apart = now - self._last_asked
        if self._asked is not None:
            return apart >= (2.0 if hurry else DEAD_S)  # the one before was lost
        if apart >= ASK_S:
            return True
        if hurry:
            return now - alive >= SOON_S and apart >= APART_SOON_S
        return now - alive >= QUIET_S and apart >= APART_S

    def ask(self, now: float) -> None:
        """A question was sent."""
        if self._asked is None:
            self._first_unanswered = now
        self._asked = self._last_asked = now

    def answer(
        self, now: float, broker_s: int, clocks_s: tuple[float, ...], flowing: bool = False
    ) -> bool:
        """An answer; False when nobody asked. clocks_s: own clocks, epoch seconds, of which the
        nearest counts (a rehearsal has two). flowing: data came all the time. Then the first of two
        questions may have been lost; else the answer is to that one, and as late."""
        if self._asked is None:
            return False
        own = flowing and now - self._asked < PROMPT_S
        since = self._asked if own else self._first_unanswered
        self.rtt_ms = max(0, round((now - since) * 1000))
        self._asked = None
        self.skew_s = min((_away(broker_s, clock) for clock in clocks_s), key=abs)
        return True

    def round_trip_ms(self, now: float) -> int:
        """As the engine is told: the newest, or how long a late answer is waited for."""
        if self._asked is not None and now - self._first_unanswered >= ASK_S:
            return int(now - self._first_unanswered) * 1000
        return max(0, self.rtt_ms)

    def behind(self, now: float, alive: float, looked: float) -> float:
        """How old what comes now may be, s; 0 = it is new. The line was silent for long although an
        answer is due, or this program stood still. looked: when it went on last."""
        silent = now - alive
        if silent < HELD_UP_S:
            return 0.0
        return silent if self._asked is not None or now - looked >= HELD_UP_S else 0.0

    def dead(self, now: float, alive: float) -> str:
        """Why the connection is given up, "" = it lives."""
        if self._asked is None:
            return ""
        waited = now - self._first_unanswered
        if waited >= DEAD_S - QUIET_S and now - alive >= DEAD_S:
            return f"no answer for {now - alive:.0f} s"
        return f"no answer for {waited:.0f} s" if waited >= MUTE_S else ""


def _away(broker_s: int, clock_s: float) -> float:
    """The broker says whole seconds: within the second it is right."""
    if clock_s < broker_s:
        return broker_s - clock_s
    return min(0.0, broker_s + 1 - clock_s)
