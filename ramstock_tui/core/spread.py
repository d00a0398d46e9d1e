"""The spread as the universe measures it: mean over 60 s, each value as long as it stood."""

from collections import deque

WINDOW_NS = 60_000_000_000
LEAST_NS = 30_000_000_000  # of quotes that the mean needs: less says nothing about a minute

Mean = tuple[int, int]  # 1/10,000 USD × ns, ns: the mean is the quotient


class SpreadMeter:
    """Quotes of one symbol in, the time-weighted mean of the spread out (X3)."""

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self._steps: deque[tuple[int, int]] = deque()  # (since, spread or -1 for no quote)

    def quote(self, ts: int, bid: int | None, ask: int | None) -> None:
        """The best quote from ts on, 1/10,000 USD; None, 0 or a crossed pair is no quote. Times
        must not fall."""
        spread = ask - bid if bid and ask and ask >= bid else -1
        steps = self._steps
        while steps and steps[-1][0] >= ts:
            steps.pop()
        if not steps or steps[-1][1] != spread:
            steps.append((ts, spread))
        while len(steps) > 1 and steps[1][0] <= ts - WINDOW_NS:
            steps.popleft()

    def mean(self, ts: int) -> Mean | None:
        """Over (ts - 60 s, ts], times without a quote left out; None below 30 s of quotes."""
        total = time = 0
        end = ts
        for since, spread in reversed(self._steps):
            begin = max(since, ts - WINDOW_NS)
            if begin < end:
                if spread >= 0:
                    total += spread * (end - begin)
                    time += end - begin
                end = begin
        return (total, time) if time >= LEAST_NS else None
