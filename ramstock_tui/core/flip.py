"""The nearest flip (N-41): per value, the smallest change of it alone that turns the decision.

The decision meant here is that of rules, gates and rejections on a valid book: a score at or above
the threshold with nothing against it, or not. Throttles, windows and locks are left aside: they
stand beside every signal that was just emitted. Everything is exact and whole: the decision as a
function of one value changes only at the limits of rules and gates, so the two points of the
value's grid around each limit are tried. A profile with a rule that gives points by degrees has
none of that, and no flips.
"""

from collections.abc import Callable, Iterator

import msgspec

from ramstock_tui.core.flow import REJECT_FILLS
from ramstock_tui.core.gates import REJECTS, STALL_NS, confirmations
from ramstock_tui.core.profile import Profile, Step
from ramstock_tui.core.ramps import MOST, points_of
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.symbol_state import TIGHT_E4, WARM_NS

MS = 1_000_000
Values = dict[str, int]  # reading name -> its value (a ratio's x its scale); None is left out
Limit = tuple[str, bool, int, int]  # (value, at least | at most, limit as numerator, denominator)
NUMERIC_REJECTS = frozenset({"stall", "replenish"})
WITH_LIMIT = frozenset[str]({"at_least", "at_most"})  # rules that give all their points or none
RATIO_PARTS = 100  # a ratio changes in hundredths
HOW: dict[str, tuple[str, str]] = {  # value -> (unit of its change, words)
    "ratio_3": ("ratio", "ratio"),
    "ratio_5": ("ratio", "ratio top5"),
    "spread": ("ticks", "spread"),
    "spread_tight_for": ("ns", "spread held"),
    "tape_count_3s": ("prints", "tape"),
    "ask_depth": ("shares", "ask depth"),
    "bid_depth": ("shares", "bid depth"),
    "last_print_age": ("ns", "last print age"),
    "ask_fills_3s": ("shares", "ask fills"),
    "ask_refill_net_3s": ("shares", "ask refill"),
    "reclaim": ("bool", "reclaim"),
}
_LEAST: dict[str, int] = {"spread": 1, "ask_depth": 1, "bid_depth": 1}  # else the book is another


class Flip(msgspec.Struct, frozen=True):
    """One change. value: the reading to change, or a rejection that is to go; change: by how much,
    in `unit` (ratio to two places, rounded away from zero; spread in ticks; tape in prints per 3 s;
    bool: +1 = to turn true, -1 = to turn false). limit: what is crossed, in the unit of the
    reading. to: `accept` or `reject`. nearness: abs(change) / limit, None where that means nothing.
    """

    value: str
    change: int | float
    unit: str
    limit: int | float
    to: str
    nearness: float | None
    text: str


def flips(profile: Profile, s: Symbol, t: int) -> tuple[tuple[Flip, ...], str]:
    """(flips, nearest first; why there are none, "" when there are). t: not before the symbol's
    newest record."""
    reason = s.reason(t)
    if reason:
        return (), f"the book is not valid: {reason}"
    if any(step.op not in WITH_LIMIT for step in profile.rules):
        return (), "points rise by degrees: no limit of a rule to cross"
    case = Case(profile, s, t)
    each = (case.flip(name) for name in dict.fromkeys(limit[0] for limit in case.limits))
    found = [flip for flip in each if flip is not None]
    found.sort(key=lambda f: (f.nearness is None, f.nearness or 0.0))
    return tuple(found), "" if found else case.stuck()


class Case:
    """One decision of a profile on a symbol, whose book must be valid at t. values: what it depends
    on; scales: what a ratio's value is multiplied with; limits: where it may change; accepts: would
    rules, gates and rejections let a signal pass."""

    def __init__(self, profile: Profile, s: Symbol, t: int) -> None:
        self.profile = profile
        self.tick_e4 = s.tick_e4
        self.values, self.scales = _read(profile, s, t)
        self.codes = [name for name in self.values if name not in HOW]  # what just stands
        self.rules = [step for step in profile.rules if step.op != "ramp"]
        # a ramp keeps the points that it has
        ramps = (step for step in profile.rules if step.op == "ramp")
        self.fixed = sum(points_of(step)(s, t) for step in ramps)
        self.accepts = self.accepted(self.values)
        self.limits = [limit for limit in self._limits() if limit[0] in self.values]

    def accepted(self, values: Values) -> bool:
        """Would a signal pass with these values."""
        return self.score_e4(values) >= self.profile.min_score_e4 and not self.against(values)

    def score_e4(self, values: Values) -> int:
        """Points x 10,000."""
        score = 0
        for step in self.rules:
            if PASSES[step.metric](step, values, self.scales):
                score += step.points_e4
        if not self.fixed:
            return score
        return round(round(min(max(self.fixed + score / 10_000, 0.0), MOST), 4) * 10_000)

    def against(self, values: Values) -> list[str]:
        """Sorted codes of gates and rejections that stand against a signal."""
        gates, names = self.profile.gates, self.profile.rejects
        found = [code for code in self.codes if values[code]]
        if values["spread"] > _most_e4(self.profile):
            found.append("spread_gate")
        if gates.ask_depth_min is not None and values["ask_depth"] < gates.ask_depth_min:
            found.append("depth_gate")
        if "stall" in names and values.get("last_print_age", 0) > STALL_NS:
            found.append("stall")
        fills = values["ask_fills_3s"]
        refills = fills >= REJECT_FILLS and values["ask_refill_net_3s"] >= fills
        if "replenish" in names and refills:
            found.append("replenish")
        return sorted(found)

    def with_change(self, name: str, steps: int) -> Values:
        """The values after so many steps of one. A spread that was not at or below 0.04 has been so
        for no time when it gets there."""
        values = dict(self.values)
        values[name] += steps * self.step(name)
        if name == "spread" and max(self.values[name], values[name]) > TIGHT_E4:
            values["spread_tight_for"] = 0
        return values

    def step(self, name: str) -> int:
        """One step of a value's grid."""
        if name == "spread":
            return self.tick_e4
        return self.scales.get(name, 1) // (RATIO_PARTS if name in self.scales else 1)

    def flip(self, name: str) -> Flip | None:
        """The smallest change of this value alone that turns the decision, None when none does."""
        step, value, scale = self.step(name), self.values[name], self.scales.get(name, 1)
        best: tuple[int, int, int] | None = None
        for _, at_least, num, den in (limit for limit in self.limits if limit[0] == name):
            gap, width = num * scale - den * value, den * step
            near = -(-gap // width) - 1 if at_least else gap // width
            for k in (near, near + 1):
                closer = k and (best is None or abs(k) < abs(best[0]))
                if closer and self._possible(name, k) and self._turns(name, k):
                    best = k, num, den
        return None if best is None else self._named(name, *best)

    def stuck(self) -> str:
        """Why no single value turns the decision."""
        against = self.against(self.values)
        score, need = self.score_e4(self.values) / 10_000, self.profile.min_score_e4 / 10_000
        text = f"no single value is enough: score {score:g} of {need:g}"
        return f"{text}, against it {', '.join(against)}" if against else text

    def _possible(self, name: str, steps: int) -> bool:
        """Can the value become so; how long the spread has held can only grow."""
        if name == "spread_tight_for" and steps < 0:
            return False
        after = self.values[name] + steps * self.step(name)
        most = 1 if HOW.get(name, ("bool",))[0] == "bool" else after
        return _LEAST.get(name, 0) <= after <= most

    def _turns(self, name: str, steps: int) -> bool:
        return self.accepted(self.with_change(name, steps)) != self.accepts

    def _named(self, name: str, k: int, num: int, den: int) -> Flip:
        unit, words = HOW.get(name, ("bool", name.replace("_", " ")))
        away = abs(k) / RATIO_PARTS if unit == "ratio" else abs(k) * self.step(name)
        return Flip(
            value=name,
            change=k / RATIO_PARTS if unit == "ratio" else k,
            unit=unit,
            limit=num // den if num % den == 0 else num / den,
            to="reject" if self.accepts else "accept",
            nearness=away * den / num if unit != "bool" and num else None,
            text=f"{words} {_amount(unit, k)}",
        )

    def _limits(self) -> Iterator[Limit]:
        """Every limit that a change may cross; what just stands can only go."""
        for step in self.rules:
            yield from LIMITS[step.metric](step, self.values)
        gates = self.profile.gates
        yield "spread", False, _most_e4(self.profile), 1
        if gates.ask_depth_min is not None:
            yield "ask_depth", True, gates.ask_depth_min, 1
        if "stall" in self.profile.rejects:
            yield "last_print_age", False, STALL_NS, 1
        if "replenish" in self.profile.rejects:
            yield "ask_refill_net_3s", True, self.values["ask_fills_3s"], 1
            yield "ask_fills_3s", True, REJECT_FILLS, 1
            yield "ask_fills_3s", False, self.values["ask_refill_net_3s"], 1
        for code in self.codes:
            yield code, False, 0, 1


def _read(profile: Profile, s: Symbol, t: int) -> tuple[Values, dict[str, int]]:
    """(values, scales) at t."""
    fills, _, _, refill = s.flow.readings(t)
    values: Values = {
        "spread": s.ask - s.bid,
        "spread_tight_for": s.tight_for(t),
        "ask_depth": s.ask_size,
        "bid_depth": s.bid_size,
        "ask_fills_3s": fills,
        "ask_refill_net_3s": refill,
    }
    scales: dict[str, int] = {}
    for n in (3, 5):
        sums = s.book.sums(n)
        if sums is not None:
            scales[f"ratio_{n}"] = RATIO_PARTS * sums[1]
            values[f"ratio_{n}"] = RATIO_PARTS * sums[0]
    if t - s.tape.start >= WARM_NS:
        values["tape_count_3s"] = s.tape.count_3s(t)
    if s.tape.prints:
        values["last_print_age"] = t - s.tape.prints[-1][0]
    if not s.tape.vwap_partial() and not s.tape.vwap_reason(t):
        values["reclaim"] = int(s.reclaim.live(t, s.tape, profile.reclaim))
    values |= dict.fromkeys(confirmations(profile, s, t), 1)
    for name in profile.rejects:
        if name not in NUMERIC_REJECTS:
            values |= dict.fromkeys(REJECTS[name](s, t), 1)
    return values, scales


def _most_e4(profile: Profile) -> int:
    """The widest spread that passes the gate."""
    return profile.gates.spread_max_e4 - (not profile.gates.spread_inclusive)


def _amount(unit: str, k: int) -> str:
    if unit == "ratio":
        return f"{k / RATIO_PARTS:+.2f}"
    if unit == "ns":  # to the ms, rounded away from zero
        return f"{'-' if k < 0 else '+'}{-(-abs(k) // MS) / 1000:.3f} s"
    if unit == "bool":
        return "yes" if k > 0 else "no"
    words = {"shares": " sh", "prints": " prints/3s"}
    return f"{k:+,}{words[unit]}" if unit in words else f"{k:+} tick{'s' if abs(k) != 1 else ''}"


# one entry per metric: does its rule hold with these values; where may that change ----------------
def _ratio(name: str) -> Callable[[Step, Values, dict[str, int]], bool]:
    def passes(step: Step, values: Values, scales: dict[str, int]) -> bool:
        num, den = step.limit_num, step.limit_den
        return name in values and den * values[name] >= num * scales[name]

    return passes


def _spread(step: Step, values: Values, scales: dict[str, int]) -> bool:
    if values["spread"] * step.limit_den > step.limit_num:
        return False
    return values["spread_tight_for"] >= step.held_ms * MS


def _tape(step: Step, values: Values, scales: dict[str, int]) -> bool:
    count = values.get("tape_count_3s")
    return count is not None and count * step.limit_den >= 3 * step.limit_num


def _at_least(name: str, factor: int = 1) -> Callable[[Step, Values], list[Limit]]:
    return lambda step, values: [(name, True, factor * step.limit_num, step.limit_den)]


def _spread_limits(step: Step, values: Values) -> list[Limit]:
    limits: list[Limit] = [("spread", False, step.limit_num, step.limit_den)]
    if step.held_ms:
        limits.append(("spread", False, TIGHT_E4, 1))
        if values["spread"] <= TIGHT_E4:  # for a wider one no time runs
            limits.append(("spread_tight_for", True, step.held_ms * MS, 1))
    return limits


def _bid_over_ask_limits(step: Step, values: Values) -> list[Limit]:
    return [
        ("bid_depth", True, values["ask_depth"] + 1, 1),
        ("ask_depth", False, values["bid_depth"] - 1, 1),
    ]


PASSES: dict[str, Callable[[Step, Values, dict[str, int]], bool]] = {
    "ratio_3": _ratio("ratio_3"),
    "ratio_5": _ratio("ratio_5"),
    "spread": _spread,
    "tape_velocity": _tape,
    "ask_depth": lambda step, v, _: v["ask_depth"] * step.limit_den >= step.limit_num,
    "bid_over_ask": lambda step, v, _: v["bid_depth"] > v["ask_depth"],
    "reclaim": lambda step, v, _: v.get("reclaim", 0) == 1,
}
LIMITS: dict[str, Callable[[Step, Values], list[Limit]]] = {
    "ratio_3": _at_least("ratio_3"),
    "ratio_5": _at_least("ratio_5"),
    "spread": _spread_limits,
    "tape_velocity": _at_least("tape_count_3s", 3),
    "ask_depth": _at_least("ask_depth"),
    "bid_over_ask": _bid_over_ask_limits,
    "reclaim": lambda step, values: [("reclaim", True, 1, 1)],
}
