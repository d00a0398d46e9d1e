"""A profile's rules compiled: the score at a batch end, and its parts for people (A.4)."""

from typing import Any

from ramstock_tui.core.gates import against
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.metrics import METRICS, Test
from ramstock_tui.core.profile import Profile, Step
from ramstock_tui.core.symbol import Symbol


class Scorer:
    """Rules of one profile, those first without which the threshold is out of reach."""

    __slots__ = ("least_e4", "necessary", "profile", "rest", "rules", "threshold_e4")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.threshold_e4 = profile.min_score_e4
        total = sum(step.points_e4 for step in profile.rules)
        self.necessary: list[Test] = []
        self.rest: list[tuple[Test, int]] = []
        self.rules: list[tuple[Step, Test]] = []
        self.least_e4 = 0
        for step in profile.rules:
            test = METRICS[step.metric].test(step, profile)
            self.rules.append((step, test))
            if total - step.points_e4 < self.threshold_e4:
                self.necessary.append(test)
                self.least_e4 += step.points_e4
            else:
                self.rest.append((test, step.points_e4))

    def trigger(self, s: Symbol, t: int) -> int:
        """The score when it reaches the threshold, else -1. The book must be valid at t."""
        for test in self.necessary:
            if not test(s, t):
                return -1
        score = self.least_e4
        for test, points in self.rest:
            if test(s, t):
                score += points
        return score if score >= self.threshold_e4 else -1

    def score(self, s: Symbol, t: int) -> int:
        """The score x 10,000; 0 while the book is not valid."""
        if s.reason(t):
            return 0
        return sum(step.points_e4 for step, test in self.rules if test(s, t))

    def evaluate(self, s: Symbol, t: int) -> Evaluation:
        """Score, parts and everything that stands against a signal at t."""
        reason = s.reason(t)
        parts: list[tuple[str, Any, str, int]] = []
        readings: dict[str, Any] = {}
        score = 0
        for step, test in self.rules:
            value, why = METRICS[step.metric].read(s, t, self.profile)
            passed = not reason and test(s, t)
            points = step.points_e4 if passed else 0
            score += points
            parts.append((step.metric, value if value is not None else why, need(step), points))
            readings[step.metric] = value
        rejects = ("book",) if reason else against(self.profile, s, t)
        readings |= {"bid": s.bid, "ask": s.ask, "spread_tight_for": s.tight_for(t)}
        return Evaluation(score, rejects, reason, parts, readings)


def loosest_lead(scorers: list[Scorer]) -> tuple[int, int]:
    """The smallest ratio_3 limit (num, den) that every profile needs for a signal; (0, 0), which
    every book passes, when some profile can do without one."""
    loosest = (0, 0)
    for scorer in scorers:
        limits = [
            (step.limit_num, step.limit_den)
            for step, test in scorer.rules
            if step.metric == "ratio_3" and test in scorer.necessary
        ]
        if not limits:
            return 0, 0
        num, den = limits[0]
        if loosest == (0, 0) or num * loosest[1] < loosest[0] * den:
            loosest = (num, den)
    return loosest


def watches(profiles: tuple[Profile, ...]) -> tuple[bool, bool]:
    """Does some profile decide on bid walls, on refilled or eaten asks."""
    walls = asks = False
    for profile in profiles:
        heatmap = profile.heatmap == "required"
        metrics = {step.metric for step in profile.rules}
        walls |= heatmap or "fake_wall" in profile.rejects or "wall_pressure" in metrics
        asks |= heatmap or "refill" in profile.rejects
    return walls, asks


def need(step: Step) -> str:
    """A rule's condition in words: `>= 2.5`, `<= 0.04 for 2 s`."""
    unit = METRICS[step.metric].unit
    if unit == "yes":
        return "yes"
    scale = step.limit_den * (10_000 if unit == "e4" else 1)
    limit = f"{step.limit_num / scale:,.4f}".rstrip("0").rstrip(".")
    sign = ">=" if step.op == "at_least" else "<="
    held = f" for {step.held_ms / 1000:g} s" if step.held_ms else ""
    return f"{sign} {limit}{held}"
