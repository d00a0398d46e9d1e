"""How many streams of a kind the broker gives: what is configured, less where it refused."""

from dataclasses import dataclass

from ramstock_tui.feeds.ibkr.instrument import DEPTH, LINE, TAPE

AGAIN_S = 600.0  # after a refusal one more is tried; twice as long after each trial that fails
NONE_AGAIN_S = 15.0  # the same where none is left: another program has them, often not for long
AGAIN_MOST_S = 3_600.0
NEVER_S = float("inf")
WORDS = {LINE: "line", DEPTH: "depth slot", TAPE: "tick-by-tick slot"}


@dataclass(slots=True)
class Limit:
    """most: configured, never exceeded; now: what is asked for at most. again_s: loop time at which
    one more is tried; wait_s: how long that was after the newest refusal; tried_s: when one more
    was tried and not refused yet."""

    most: int
    now: int = -1
    again_s: float = NEVER_S
    wait_s: float = AGAIN_S
    tried_s: float = -NEVER_S

    def __post_init__(self) -> None:
        self.now = self.most

    @property
    def learned(self) -> bool:
        """Is it less than what is configured."""
        return self.now < self.most

    def refused(self, served: int, at_s: float) -> None:
        """The broker refuses a stream while it serves so many. Several that were under way together
        are one refusal."""
        if at_s - self.tried_s < AGAIN_S:  # later it is another program that took one
            self.wait_s = min(2 * self.wait_s, AGAIN_MOST_S)
        else:
            self.wait_s = AGAIN_S if served else NONE_AGAIN_S
        self.tried_s = -NEVER_S
        self.now = min(self.now, served)
        self.again_s = at_s + self.wait_s

    def tried(self, served: int, at_s: float) -> bool:
        """Is one more to be tried from now on; not while fewer are served than may be, so that a
        trial is one request. Asked for often; at_s: loop time."""
        if at_s < self.again_s or served < self.now:
            return False
        if self.tried_s > -NEVER_S:  # the trial before this one went well
            self.wait_s = min(self.wait_s, AGAIN_S)
        self.now = min(self.now + 1, self.most)
        self.tried_s = at_s
        self.again_s = at_s + self.wait_s if self.learned else NEVER_S
        return True

    def forget(self) -> None:
        """A new connection: other programs may have given streams back."""
        self.now, self.again_s, self.wait_s = self.most, NEVER_S, AGAIN_S
        self.tried_s = -NEVER_S

    def words(self, at_s: float) -> str:
        """When one more is tried."""
        left = max(0.0, self.again_s - at_s)
        when = f"{left:.0f} s" if left < 60 else f"{left / 60:.0f} min"
        return f"one more is tried in {when}"
