"""Score and rejections of a profile from readings (A.4, N-16, N-38)."""

from collections.abc import Mapping
from typing import NamedTuple

from ramstock_tui.core.profile import Profile, Step

from .book import MS
from .readings import Reading, Value

# name in the profile -> name of the reject -> readings, any of which must be true
REJECT_READINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "stall": {"stall": ("stall",)},
    "flash": {"flash": ("flash", "flash_quarantine"), "flash_hold": ("flash_hold",)},
    "replenish": {"replenish": ("replenish",)},
    "iceberg": {"iceberg": ("iceberg",)},
    "collapse": {"collapse": ("collapse_hold",)},
    "quarantine": {"quarantine": ("quarantine",)},
    "fake_wall": {"fake_wall": ("fake_wall",)},
    "spoof": {"spoof": ("spoof",)},
    "refill": {"refill": ("refill",)},
    "lots": {"lots": ("lots_suspected",)},
}
LEAST_OF = {"absorption": "ask_fills_3s", "tape_acceleration": "tape_count_3s"}


class Part(NamedTuple):
    """What one rule gave: points x 10,000, and why a missing value gave none."""

    metric: str
    points_e4: int
    reason: str


def _metric(step: Step, profile: Profile, readings: Mapping[str, Reading]) -> Reading:
    """The value that the limit of a step is compared with."""
    if step.metric == "reclaim":
        value, reason = readings[f"reclaim_{profile.name}"]
        return (None if value is None else int(value)), reason
    if step.metric == "bid_over_ask":
        bids, asks = _number(readings["bid_depth"][0]), _number(readings["ask_depth"][0])
        reason = readings["bid_depth"][1]
        return (None, reason) if bids is None or asks is None else (int(bids > asks), "")
    if step.metric == "tape_velocity":
        return readings["tape_count_3s"]
    return readings[step.metric]


def _number(value: Value) -> int | float | None:
    return None if value is None or isinstance(value, str) else value


def _passes(step: Step, value: int | float, readings: Mapping[str, Reading]) -> bool:
    """Value against the exact limit. A float ratio is the rounded quotient of small integers, so
    that comparing it with the rounded limit decides as the exact quotients would."""
    scale = 3 if step.metric == "tape_velocity" else 1
    limit = scale * step.limit_num / step.limit_den
    if step.op == "at_least":
        return value >= limit
    held = _number(readings["spread_tight_for"][0]) if step.held_ms else 0
    return value <= limit and held is not None and held >= step.held_ms * MS


def _points(step: Step, value: int | float, readings: Mapping[str, Reading]) -> float:
    """Points of a rule: all or none, or in proportion between the two ends of a ramp (A.4)."""
    if step.op != "ramp":
        return step.points_e4 / 10_000 if _passes(step, value, readings) else 0.0
    if step.least and (_number(readings[LEAST_OF[step.metric]][0]) or 0) < step.least:
        return 0.0
    low, full = step.limit_num / step.limit_den, step.full_num / step.full_den
    return step.points_e4 / 10_000 * min(max((value - low) / (full - low), 0.0), 1.0)


def score(profile: Profile, readings: Mapping[str, Reading]) -> tuple[int, list[Part]]:
    """(score x 10,000, parts in the order of the rules); 0 while the book is invalid. The sum is
    clipped to 0 to 10 and rounded to 4 places (N-27)."""
    invalid = str(readings["book_reason"][0])
    parts, total = [], 0.0
    for step in profile.rules:
        value, reason = _metric(step, profile, readings)
        number = _number(value)
        points = 0.0
        if invalid:
            reason = invalid
        elif number is not None:
            points, reason = _points(step, number, readings), ""
        total += points
        parts.append(Part(step.metric, round(points * 10_000), reason))
    return round(round(min(max(total, 0.0), 10.0), 4) * 10_000), parts


def rejects(profile: Profile, readings: Mapping[str, Reading]) -> tuple[str, ...]:
    """Sorted names of what stands against a signal. A reading that is None rejects nothing; an
    invalid book is the reject `book`."""
    found = _gates(profile, readings)
    for name in profile.rejects:
        for reject, causes in REJECT_READINGS[name].items():
            if any(readings[cause][0] is True for cause in causes):
                found.add(reject)
    return tuple(sorted(found))


def _gates(profile: Profile, readings: Mapping[str, Reading]) -> set[str]:
    spread, depth = _number(readings["spread"][0]), _number(readings["ask_depth"][0])
    gates = profile.gates
    if readings["book_valid"][0] is not True or spread is None or depth is None:
        return {"book"}
    found = set()
    inside = spread < gates.spread_max_e4 or (
        gates.spread_inclusive and spread == gates.spread_max_e4
    )
    if not inside:
        found.add("spread_gate")
    if gates.ask_depth_min is not None and depth < gates.ask_depth_min:
        found.add("depth_gate")
    if gates.vwap_within_e4 is not None and not _near_vwap(readings, gates.vwap_within_e4):
        found.add("vwap_gate")
    if profile.heatmap == "required":  # D-30
        confirmed = (readings["eaten_ask"][0], readings["heatmap_no_flash"][0])
        if confirmed != (True, True):
            found.add("heatmap")
    return found


def _near_vwap(readings: Mapping[str, Reading], within_e4: int) -> bool:
    """X13 to the letter: last and VWAP are known, scored, and at most so far apart."""
    away = _number(readings["last_minus_vwap"][0])
    partial = readings["reclaim_small_account"][1] == "partial"
    return away is not None and not partial and abs(away) <= within_e4
