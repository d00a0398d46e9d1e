"""A profile's rules compiled: the score at a batch end, and its parts for people (A.4)."""

from typing import Any, NamedTuple

from ramstock_tui.core.book import Book
from ramstock_tui.core.gates import against
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.metrics import METRICS, Test
from ramstock_tui.core.profile import Profile, Step
from ramstock_tui.core.ramps import MOST, RAMPS, WEIGHTS, Points, points_of
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.symbol_state import Watching

FILLED, BRISK = 1, 2  # many fills, many prints: see `Symbol.busy_until`, `brisk_until`
Plan = tuple[int, list[tuple[Points, float, float]]]  # room, (points, most and least of the rest)
NEVER_LEANS = 1e9  # no book leans so far
MARGIN = 1e-4  # closer to a limit than this, every part is summed up and rounded (N-27)


class Scorer:
    """Rules of one profile, those first without which the threshold is out of reach.

    A profile whose rules give all or nothing is scored in integers. One with ramps is scored in
    float64, in the order of its rules, and rounded to 4 places before anything is compared (N-27).
    """

    __slots__ = (
        "half_e4", "least_e4", "necessary", "plans", "profile", "ramped", "rest", "room_e4",
        "rules", "slow", "steps", "threshold_e4", "unfilled",
    )  # fmt: skip

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.threshold_e4 = profile.min_score_e4
        self.half_e4 = -(-profile.min_score_e4 // 2)
        self.rules: list[tuple[Step, Points]] = [
            (step, _gives(step, profile)) for step in profile.rules
        ]
        self.ramped = any(step.op == "ramp" for step in profile.rules)
        self.necessary: list[Test] = []
        self.rest: list[tuple[Test, int]] = []
        self.least_e4 = 0
        self.room_e4 = sum(max(0, step.points_e4) for step in profile.rules)
        # points that a symbol without many fills, and one with few prints, cannot have
        self.unfilled = _points_of("absorption", profile)
        self.slow = _points_of("tape_acceleration", profile)
        # cheap ones first: test, points, the least and the most that the later ones can give
        self.steps: list[tuple[Test, int, int, int]] = []
        self.plans = [self._plan(empty) for empty in range(4)]
        if self.ramped:
            return
        tests = [(step, METRICS[step.metric].test(step, profile)) for step in profile.rules]
        cheap = sorted(tests, key=lambda pair: METRICS[pair[0].metric].cost)
        for n, (step, test) in enumerate(cheap, 1):
            later = [each.points_e4 for each, _ in cheap[n:]]
            self.steps.append((test, step.points_e4, *_span(later)))
        for step, test in tests:  # as a profile orders them: the telling ones first
            if self.needs(step):
                self.necessary.append(test)
                self.least_e4 += step.points_e4
            else:
                self.rest.append((test, step.points_e4))

    def needs(self, step: Step) -> bool:
        """Is the threshold out of reach without the points of this rule."""
        return self.room_e4 - step.points_e4 < self.threshold_e4

    def trigger(self, s: Symbol, t: int) -> int:
        """The score when it reaches the threshold, else -1. The book must be valid at t."""
        if self.ramped:
            return self.exact(s, t) if self.reaches(s, t, self.threshold_e4) else -1
        for test in self.necessary:
            if not test(s, t):
                return -1
        score = self.least_e4
        for test, points in self.rest:
            if test(s, t):
                score += points
        return score if score >= self.threshold_e4 else -1

    def reaches(self, s: Symbol, t: int, need_e4: int) -> bool:
        """Is the score at least so much; the cheap parts first, and no more of them than tell. The
        book must be valid at t."""
        empty = FILLED if t >= s.busy_until else 0
        room_e4, parts = self.plans[empty | BRISK if t >= s.brisk_until else empty]
        if room_e4 < need_e4:
            return False
        got, low, high = 0.0, need_e4 / 10_000 - MARGIN, need_e4 / 10_000 + MARGIN
        for give, most, least in parts:
            got += give(s, t)
            if got + most < low:
                return False
            if got + least > high:
                return True
        return self.exact(s, t) >= need_e4

    def _plan(self, empty: int) -> Plan:
        """How `reaches` goes on where rules with this backing (FILLED, BRISK) give nothing."""
        rules = sorted(self.rules, key=lambda rule: _cost(rule[0]))
        rules = [rule for rule in rules if not _backing(rule[0]) & empty]
        points = [step.points_e4 for step, _ in rules]
        parts: list[tuple[Points, float, float]] = []
        for n, (_, give) in enumerate(rules, 1):
            least_e4, most_e4 = _span(points[n:])
            parts.append((give, most_e4 / 10_000, least_e4 / 10_000))
        return _span(points)[1], parts

    def exact(self, s: Symbol, t: int) -> int:
        """The score x 10,000. The book must be valid at t."""
        if not self.ramped:
            return sum(points for test, points, _, _ in self.steps if test(s, t))
        total = 0.0
        for _, give in self.rules:
            total += give(s, t)
        return round(round(min(max(total, 0.0), MOST), 4) * 10_000)

    def near(self, s: Symbol, t: int) -> bool:
        """Is the score at least half of the threshold (N-48). The book must be valid at t."""
        if self.ramped:
            return self.reaches(s, t, self.half_e4)
        got, need = 0, self.half_e4
        for test, points, least, most in self.steps:
            if test(s, t):
                got += points
            if got + least >= need:
                return True
            if got + most < need:
                return False
        return got >= need

    def score(self, s: Symbol, t: int) -> int:
        """The score x 10,000; 0 while the book is not valid."""
        return 0 if s.reason(t) else self.exact(s, t)

    def evaluate(self, s: Symbol, t: int) -> Evaluation:
        """Score, parts and everything that stands against a signal at t."""
        reason = s.reason(t)
        parts: list[tuple[str, Any, str, int]] = []
        readings: dict[str, Any] = {}
        for step, give in self.rules:
            value, why = METRICS[step.metric].read(s, t, self.profile)
            points = 0 if reason else round(give(s, t) * 10_000)
            parts.append((step.metric, value if value is not None else why, need(step), points))
            readings[step.metric] = value
        rejects = ("book",) if reason else against(self.profile, s, t)
        readings |= {"bid": s.bid, "ask": s.ask, "spread_tight_for": s.tight_for(t)}
        if "replenish" in rejects:
            fills, _, _, refill = s.flow.readings(t)
            readings |= {"ask_fills_3s": fills, "ask_refill_net_3s": refill}
        return Evaluation(self.score(s, t), rejects, reason, parts, readings)

    def below(self, s: Symbol, t: int) -> Evaluation:
        """What a symbol under the threshold is told by: the score, readings of the rules and
        nothing else (N-48); its rejects are the rules without any of their points."""
        reason = s.reason(t)
        missing: list[str] = []
        readings: dict[str, Any] = {}
        for step, give in self.rules:
            readings[step.metric] = METRICS[step.metric].read(s, t, self.profile)[0]
            if not reason and step.points_e4 > 0 and give(s, t) <= 0:
                missing.append(step.metric)
        score_e4 = 0 if reason else self.exact(s, t)
        return Evaluation(score_e4, tuple(sorted(missing)), reason, None, readings)


def _span(points: list[int]) -> tuple[int, int]:
    """The least and the most that rules with these points can give together."""
    return sum(min(0, each) for each in points), sum(max(0, each) for each in points)


def _gives(step: Step, profile: Profile) -> Points:
    """Points of a rule at t."""
    if step.op == "ramp":
        return points_of(step)
    test, points = METRICS[step.metric].test(step, profile), step.points_e4 / 10_000
    return lambda s, t: points if test(s, t) else 0.0


def _cost(step: Step) -> int:
    return RAMPS[step.metric].cost if step.op == "ramp" else 2


Leans = tuple[tuple[float, float], tuple[float, float]]  # (slow, brisk), each (few, many fills)


class Leads(NamedTuple):
    """What the book alone must show before any lane can have a signal; the loosest of all lanes.

    ratio_3, ratio_5: (num, den) of bids over asks, (1, 0) = no lane asks for it, (0, 0) = every
    book passes. lean[walled][brisk][busy]: what LEAN_BIDS . (best 1, 3, 5 bids) over LEAN_ASKS .
    (best 1, 3, 5 asks) must be at least, for lanes that need an imbalance_5: on a symbol with a bid
    wall or without, with many prints or few, with many fills or few; without both kinds of many a
    symbol is not asked at all (`Symbol.lively_until`).
    """

    ratio_3: tuple[int, int] = (1, 0)
    ratio_5: tuple[int, int] = (1, 0)
    lean: tuple[Leans, Leans] = (((NEVER_LEANS,) * 2,) * 2,) * 2

    @property
    def wide(self) -> bool:
        """Does some lane look at five levels."""
        return self.ratio_5[1] > 0 or self.lean[1][1][1] < NEVER_LEANS


# With sums B1 <= B2 ... of the best bids, the weighted sum is that of (w1 - w2) B1 ... w5 B5: at
# most with B3 for B2 and B5 for B4; that of the asks at least with A1 for A2 and A3 for A4.
_W1, _W2, _W3, _W4, _W5 = WEIGHTS
LEAN_BIDS = (_W1 - _W2, _W2 - _W4, _W4)
LEAN_ASKS = (_W1 - _W3, _W3 - _W5, _W5)


def lean_gap(b: Book, over: float) -> float:
    """What weighted bids lack, in shares, to be `over` times the weighted asks; 0 or less = none.
    A closer look at the lean, with what the second best levels show; five levels a side."""
    second = b.bid_sizes[b.bid_top[1]]
    bids = b.bid_size + _W2 * second + _W3 * (b.bids3 - b.bid_size - second)
    second = b.ask_sizes[b.ask_top[1]]
    asks = b.ask_size + _W2 * second + _W3 * (b.asks3 - b.ask_size - second)
    return over * (asks + _W5 * (b.asks5 - b.asks3)) - (bids + _W4 * (b.bids5 - b.bids3))


def leads(scorers: list[Scorer]) -> Leads:
    """The leads of some lanes together."""
    threes, fives = [], []
    lean: list[tuple[Leans, Leans]] = []
    for scorer in scorers:
        steps = {step.metric: step for step in scorer.profile.rules if scorer.needs(step)}
        if "ratio_3" in steps:
            threes.append((steps["ratio_3"].limit_num, steps["ratio_3"].limit_den))
        elif "ratio_5" in steps:
            fives.append((steps["ratio_5"].limit_num, steps["ratio_5"].limit_den))
        elif "imbalance_5" in steps and steps["imbalance_5"].points_e4 > 0:
            lean.append(_leans(scorer, steps["imbalance_5"]))
        else:
            return Leads(ratio_3=(0, 0))
    bare = Leads()
    return Leads(
        min(threes, key=_quotient, default=bare.ratio_3),
        min(fives, key=_quotient, default=bare.ratio_5),
        _loosest(lean) if lean else bare.lean,
    )


def _leans(scorer: Scorer, step: Step) -> tuple[Leans, Leans]:
    """What one lane needs: without a bid wall, whose pressure then is 0, and with one."""
    bare = sum(
        max(0, each.points_e4)
        for each in scorer.profile.rules
        if each.metric == "wall_pressure" and each.limit_num >= 0
    )
    slow, idle = scorer.slow, scorer.unfilled

    def least(without_e4: int) -> tuple[float, float]:
        return _least_lean(scorer, step, without_e4 + idle), _least_lean(scorer, step, without_e4)

    return (least(bare + slow), least(bare)), (least(slow), least(0))


def _loosest(lean: list[tuple[Leans, Leans]]) -> tuple[Leans, Leans]:
    def least(walled: int, brisk: int) -> tuple[float, float]:
        busy = [each[walled][brisk] for each in lean]
        return min(few for few, _ in busy), min(many for _, many in busy)

    return (least(0, 0), least(0, 1)), (least(1, 0), least(1, 1))


def _quotient(limit: tuple[int, int]) -> float:
    return limit[0] / limit[1]


def _backing(step: Step) -> int:
    """What of a symbol must be there for points of the rule at all."""
    if _counts(step, "absorption"):
        return FILLED
    return BRISK if _counts(step, "tape_acceleration") else 0


def _points_of(metric: str, profile: Profile) -> int:
    """Points x 10,000 that rules of a metric give only with its `least` behind it."""
    return sum(max(0, step.points_e4) for step in profile.rules if _counts(step, metric))


def _counts(step: Step, metric: str) -> bool:
    return step.metric == metric and step.least > 0


def _least_lean(scorer: Scorer, step: Step, without_e4: int) -> float:
    """Weighted bids over asks, below which the threshold is out of reach when so many points of
    other rules are."""
    low, full = step.limit_num / step.limit_den, step.full_num / step.full_den
    others = scorer.room_e4 - step.points_e4 - without_e4
    missing = (scorer.threshold_e4 - 1 - others) / step.points_e4
    if missing > 1:
        return NEVER_LEANS
    least = low + (full - low) * missing
    return (1 + least) / (1 - least) * (1 - 1e-9) if least < 1 else NEVER_LEANS


def watches(profiles: tuple[Profile, ...], observe: bool) -> Watching:
    """What the profiles decide on, or everything."""
    walls = asks = lots = eaten = observe
    fills: list[int] = []
    prints: list[int] = []
    for profile in profiles:
        heatmap = profile.heatmap == "required"
        metrics = {step.metric for step in profile.rules}
        walls |= heatmap or "fake_wall" in profile.rejects or "wall_pressure" in metrics
        eaten |= heatmap
        asks |= heatmap or "refill" in profile.rejects
        lots |= "lots" in profile.rejects
        fills += [step.least for step in profile.rules if _counts(step, "absorption")]
        prints += [step.least for step in profile.rules if _counts(step, "tape_acceleration")]
    least = 0 if any(_leans_idle(profile) for profile in profiles) else min(prints, default=0)
    return Watching(walls, asks, lots, min(fills, default=0), least, eaten, observe)


def _leans_idle(profile: Profile) -> bool:
    """Can an imbalance_5 bring a symbol to the threshold that has few fills and few prints."""
    room_e4 = sum(max(0, step.points_e4) for step in profile.rules)
    room_e4 -= _points_of("absorption", profile) + _points_of("tape_acceleration", profile)
    leans = any(step.metric == "imbalance_5" for step in profile.rules)
    return leans and room_e4 >= profile.min_score_e4


def need(step: Step) -> str:
    """A rule's condition in words: `>= 2.5`, `<= 0.04 for 2 s`, `0.2 to 0.6`."""
    unit = METRICS[step.metric].unit
    if unit == "yes":
        return "yes"
    scale = 10_000 if unit == "e4" else 1
    limit = _short(step.limit_num / (step.limit_den * scale))
    if step.op == "ramp":
        least = f", at least {step.least:,} in 3 s" if step.least else ""
        return f"{limit} to {_short(step.full_num / (step.full_den * scale))}{least}"
    sign = ">=" if step.op == "at_least" else "<="
    held = f" for {step.held_ms / 1000:g} s" if step.held_ms else ""
    return f"{sign} {limit}{held}"


def _short(number: float) -> str:
    return f"{number:,.4f}".rstrip("0").rstrip(".")
