"""How many streams of a kind the broker gives: what is configured, less where it refused."""

from dataclasses import dataclass

from ramstock_tui.feeds.ibkr.instrument import DEPTH, LINE, TAPE

AGAIN_S = 600.0  # after a refusal one more is tried; twice as long after each further refusal
AGAIN_MOST_S = 3_600.0
NEVER_S = float("inf")
WORDS = {LINE: "line", DEPTH: "depth slot", TAPE: "tick-by-tick slot"}


@dataclass(slots=True)
class Limit:
    """most: configured, never exceeded; now: what is asked for at most. again_s: loop time at which
    one more is tried, wait_s: how long that is after the next refusal."""

    most: int
    now: int = -1
    again_s: float = NEVER_S
    wait_s: float = AGAIN_S

    def __post_init__(self) -> None:
        self.now = self.most

    def refused(self, served: int, at_s: float) -> None:
        """The broker refuses a stream while it serves so many."""
        self.now = min(self.now, served)
        self.again_s = at_s + self.wait_s
        self.wait_s = min(2 * self.wait_s, AGAIN_MOST_S)

    def tried(self, at_s: float) -> bool:
        """Is one more to be tried from now on. Asked for often; at_s: loop time."""
        if at_s < self.again_s:
            return False
        self.now = min(self.now + 1, self.most)
        self.again_s = NEVER_S if self.now == self.most else at_s + AGAIN_S
        return True

    def forget(self) -> None:
        """A new connection: other programs may have given streams back."""
        self.now, self.again_s, self.wait_s = self.most, NEVER_S, AGAIN_S

    def words(self, at_s: float) -> str:
        """When one more is tried."""
        return f"one more is tried in {max(0.0, self.again_s - at_s) / 60:.0f} min"
