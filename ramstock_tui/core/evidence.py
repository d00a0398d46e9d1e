"""What labelled signals prove: intervals, error rates, and the phase gate (D-27, D-29, A.6-7).

Counts are integers and shares of them are compared by multiplying out, so that 30 of 50 is exactly
60 %. Nothing here decides about a single trade.
"""

from math import ceil, comb, sqrt
from typing import NamedTuple

Z_95 = 1.959963984540054  # two-sided 95 %
Z_ONE_SIDED_5 = 1.6448536269514722
Z_POWER_80 = 0.8416212335729143

ENOUGH = 50  # labelled signals before anything is judged
GOAL_PCT, ABORT_PCT = 60, 55
TRADING_DAYS = 10
WEEK_NET_E4 = 2_000_000  # $200
PHASE_DAYS = 14  # calendar minimum of a phase
MONTH_DRAWDOWN_E4 = 30_000_000  # $3,000 (S-X4)
REDUCED_RISK_BP = 15  # 0.15 % a trade beyond it
TOP_PHASE = 3


class Evidence(NamedTuple):
    """What a phase has shown so far. signals: labelled ones (their order filled, confirmed or not);
    wins of them; label_net_e4: their net; trading_days: with an entry; net_e4: of confirmed trades;
    weeks: calendar weeks with a session; days: calendar days since the phase began."""

    signals: int = 0
    wins: int = 0
    label_net_e4: int = 0
    trading_days: int = 0
    net_e4: int = 0
    weeks: int = 0
    days: int = 0


class Condition(NamedTuple):
    """One condition of the next phase: what is needed, whether it holds, the figure."""

    need: str
    holds: bool
    have: str


def wilson(wins: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of a win rate, in [0, 1]; (0, 1) without a trade."""
    if n <= 0:
        return 0.0, 1.0
    p, zz = wins / n, z * z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = z * sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def at_most(wins: int, n: int, p: float) -> float:
    """How likely a system with win rate p has so many wins in n trades or fewer."""
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(min(wins, n) + 1))


def false_alarm(n: int = ENOUGH) -> float:
    """How likely a true 60 % system shows less than 55 % after n signals."""
    return at_most(_short_of(n) - 1, n, GOAL_PCT / 100)


def missed_alarm(n: int = ENOUGH) -> float:
    """How likely a true 50 % system shows 55 % or more after n signals."""
    return 1 - at_most(_short_of(n) - 1, n, 0.5)


def trades_to_tell(p: float, other: float) -> int:
    """Trades that tell a win rate p from another at 80 % power, one-sided 5 %."""
    spread = Z_ONE_SIDED_5 * sqrt(other * (1 - other)) + Z_POWER_80 * sqrt(p * (1 - p))
    return ceil((spread / (p - other)) ** 2)


def aborts(e: Evidence) -> bool:
    """Less than 55 % after 50 signals: no edge was shown."""
    return e.signals >= ENOUGH and 100 * e.wins < ABORT_PCT * e.signals


def conditions(phase: int, e: Evidence) -> tuple[Condition, ...]:
    """What the phase after this one needs; () where there is none or it cannot be earned."""
    if phase == 1:
        rate = f"{100 * e.wins / e.signals:.1f} %" if e.signals else "none"
        return (
            Condition(f"{ENOUGH} labelled signals", e.signals >= ENOUGH, f"{e.signals}"),
            Condition(f"{GOAL_PCT} % wins", 100 * e.wins >= GOAL_PCT * max(1, e.signals), rate),
            Condition("net of signals not below $0", e.label_net_e4 >= 0, _usd(e.label_net_e4)),
            _calendar(e),
        )
    if phase == 2:
        average = e.net_e4 // max(1, e.weeks)
        return (
            Condition(
                f"{TRADING_DAYS} trading days", e.trading_days >= TRADING_DAYS, f"{e.trading_days}"
            ),
            Condition(
                "$200 a week on average", e.net_e4 >= WEEK_NET_E4 * max(1, e.weeks), _usd(average)
            ),
            _calendar(e),
        )
    return ()


def advances(phase: int, e: Evidence) -> bool:
    """Is the next phase earned?"""
    needed = conditions(phase, e)
    return bool(needed) and not aborts(e) and all(each.holds for each in needed)


def abort_sentence(e: Evidence) -> str:
    """Why there are no more alerts, with the error rates of the rule itself."""
    low, high = wilson(e.wins, e.signals)
    return (
        f"monitor only: {e.wins} wins of {e.signals} signals "
        f"({100 * e.wins / max(1, e.signals):.1f} % [{100 * low:.0f}-{100 * high:.0f}]) are below "
        f"{ABORT_PCT} %, no edge shown; after {ENOUGH} signals a true {GOAL_PCT} % system looks "
        f"like this {100 * false_alarm():.0f} % of the time, and a true 50 % system passes "
        f"{100 * missed_alarm():.0f} % of the time"
    )


def drawdown_e4(nets: list[int]) -> int:
    """The deepest fall of the running sum below its peak so far (which starts at 0), 1/10,000 USD,
    not negative."""
    total = peak = deepest = 0
    for net in nets:
        total += net
        peak = max(peak, total)
        deepest = max(deepest, peak - total)
    return deepest


def _short_of(n: int) -> int:
    """The fewest wins that are not below 55 %."""
    return -(-ABORT_PCT * n // 100)


def _calendar(e: Evidence) -> Condition:
    return Condition("2 calendar weeks", e.days >= PHASE_DAYS, f"{e.days} days")


def _usd(value_e4: int) -> str:
    cents = (abs(value_e4) + 50) // 100
    return f"{'-' if value_e4 < 0 else ''}${cents // 100:,}.{cents % 100:02}"
