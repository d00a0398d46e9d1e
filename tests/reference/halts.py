"""60 s range, LULD estimate, halt risk and quarantine of one symbol (N-23, N-24, N-25)."""

from dataclasses import dataclass
from fractions import Fraction

from .book import NS
from .past import Past
from .tape import CLOSE_NS, OPEN_NS

DOUBLED_FROM_NS = 56_100 * NS  # 15:35:00 New York
TIER_EDGE_E4 = 30_000  # $3
LOW_EDGE_E4 = 7_500  # $0.75


def range_floor(past: Past) -> int:
    """The window of the 60 s range reaches back no further: 09:30:00 or the latest resume."""
    resumes = [b.ts for b in past.batches if b.resumed]
    return max([past.session.midnight_ns + OPEN_NS, *resumes])


def range_60s(past: Past) -> tuple[int, int] | None:
    """(min, max) of last over (t-60 s, t] and of the value in force at t-60 s; None: no value."""
    floor = range_floor(past)
    lasts = [(b.ts, b.trades[-1].px) for b in past.batches if b.trades and b.ts >= floor]
    inside = [px for ts, px in lasts if ts > past.t - 60 * NS]
    in_force = [px for ts, px in lasts if ts <= past.t - 60 * NS][-1:]
    values = inside + in_force
    return (min(values), max(values)) if values else None


# LULD ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Bands:
    """Estimated reference and bands, 1/10,000 USD, not rounded."""

    reference: Fraction
    lower: Fraction
    upper: Fraction


def reference(past: Past) -> Fraction | None:
    """The reference price in force; None before the first counted print at or after the open."""
    value: Fraction | None = None
    set_at = 0
    for b in past.batches:
        if not b.trades or b.ts < past.session.open_ns:
            continue
        if value is None:
            value, set_at = Fraction(b.trades[0].px), b.ts
        elif b.ts - set_at >= 30 * NS:
            recent = [trade.px for trade in past.trades(b.ts - 300 * NS, b.ts)]
            mean = Fraction(sum(recent), len(recent))
            if 100 * abs(mean - value) >= value:
                value, set_at = mean, b.ts
    return value


def band_width(ref: Fraction, tier: int, day_ns: int) -> Fraction:
    """Distance of either band from the reference at a time of day."""
    if ref > TIER_EDGE_E4:
        width = ref * Fraction(5 if tier == 1 else 10, 100)
    elif ref >= LOW_EDGE_E4:
        width = ref * Fraction(20, 100)
    else:
        width = min(Fraction(1_500), ref * Fraction(75, 100))
    doubled = DOUBLED_FROM_NS <= day_ns < CLOSE_NS and (tier == 1 or ref <= TIER_EDGE_E4)
    return 2 * width if doubled else width


def bands(past: Past) -> Bands | None:
    """The LULD estimate at t; None without a reference."""
    ref = reference(past)
    if ref is None:
        return None
    width = band_width(ref, past.info.tier, past.day_ns)
    return Bands(ref, ref - width, ref + width)


def near_band(past: Past) -> bool | None:
    """last >= 0.99 upper or last <= 1.01 lower; None without a reference."""
    estimate, last = bands(past), past.last
    if estimate is None or last is None:
        return None
    return 100 * last.px >= 99 * estimate.upper or 100 * last.px <= 101 * estimate.lower


# risk ---------------------------------------------------------------------------------------------
def price_risk(past: Past) -> bool:
    """The 60 s move is above 3 %, or last is near a band."""
    extremes = range_60s(past)
    moved = extremes is not None and 100 * extremes[1] > 103 * extremes[0]
    return moved or near_band(past) is True


def halt_risk(past: Past) -> bool:
    """Halted, or the price says that a halt is likely."""
    return past.halted or price_risk(past)


def quarantine(past: Past) -> bool:
    """Halt risk now, a price risk at a batch in (t-5 min, t], or a resume in (t-60 s, t]."""
    if halt_risk(past):
        return True
    if any(b.resumed for b in past.back(60 * NS)):
        return True
    return any(price_risk(past.until(b.ts)) for b in past.back(300 * NS))
