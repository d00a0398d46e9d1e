"""What no single value can show: settings that contradict each other."""

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import pairwise
from typing import NamedTuple

from ramstock_tui.core.blueprint import PHASE_MOST
from ramstock_tui.core.ramps import RAMPS
from ramstock_tui.settings.fields import Number
from ramstock_tui.settings.model import (
    AccountTable,
    Config,
    FeeRow,
    FeesTable,
    ProfileTable,
    RuleTable,
    WindowTable,
)
from ramstock_tui.settings.text import Loc, dotted, shown

SHARE_CEILING = 600  # shares; S-C2: no configuration raises it for a profile with phase caps
_HELD_AT = Number("0", "0.04", places=4, above=True)  # the spread that `held_s` looks at (D-03)

LIMITS = {
    "ratio_3": Number("0", "1000", places=6, above=True),
    "ratio_5": Number("0", "1000", places=6, above=True),
    "spread": Number("0", "10", places=4, above=True),
    "tape_velocity": Number("0", "10000", places=3, above=True),
    "ask_depth": Number("1", "10000000"),
    "bid_over_ask": Number("1", "1"),
    "reclaim": Number("1", "1"),
    "imbalance_5": Number("-1", "1", places=6),
    "absorption": Number("0", "1", places=6),
    "tape_acceleration": Number("0", "1000", places=6),
    "wall_pressure": Number("0", "1000", places=6),
    "wall_depletion": Number("0", "1000", places=6),
}
RAMPED = frozenset(RAMPS)
_POSITIVE = "expected points above 0, only a ramp may take points away; was {}"
ONLY_RAMPED = RAMPED - {"spread"}  # have no single limit


class Problem(NamedTuple):
    """Something wrong with the keys at `locs`; the one that was set last is to blame."""

    locs: tuple[Loc, ...]
    text: str


def contradictions(config: Config) -> Iterator[Problem]:
    """Every contradiction, profile by profile, in the order of the keys."""
    for key, table in (("profile", config.profiles), ("fee_model", config.fees)):
        name = getattr(config, key)
        if name not in table:
            names = ", ".join(sorted(table))
            yield Problem(((key,),), f'expected one of {names}; was "{name}"')
    for name, fees in config.fees.items():
        yield from _fees(("fees", name), fees)
    if config.recording.warn_free_mb < config.recording.stop_free_mb:
        yield _pair(("recording",), "warn_free_mb", "stop_free_mb", "must not be below")
    if config.universe.ttl_s < config.universe.refresh_s:
        yield _pair(("universe",), "ttl_s", "refresh_s", "must not be below")
    yield from _ibkr(config)
    yield from _account(config.account)
    execution = config.execution
    if execution.fill_within_ms <= execution.latency_ms:
        yield _pair(("execution",), "fill_within_ms", "latency_ms", "must be above")
    for name, profile in config.profiles.items():
        for check in (_rules, _gates, _throttle, _windows, _size, _losses, _admits):
            yield from check(("profiles", name), profile)


def _ibkr(config: Config) -> Iterator[Problem]:
    seen: dict[tuple[str, int], int] = {}
    for index, endpoint in enumerate(config.ibkr.endpoints):
        at: Loc = ("ibkr", "endpoints", index)
        if not endpoint.allow_remote and not is_loopback(endpoint.host):
            text = "is not this machine; anybody who reaches that port can trade. Forward it here, "
            yield Problem(((*at, "host"),), text + "or set allow_remote = true")
        place = (endpoint.host, endpoint.port)
        if place in seen:
            yield Problem(((*at, "port"),), f"is that of endpoint {seen[place] + 1} too")
        seen[place] = index
    symbols = config.universe.symbols
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    if twice:
        yield Problem((("universe", "symbols"),), f"holds {twice[0]} twice")


def is_loopback(host: str) -> bool:
    """Does the host name this machine only?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fees(at: Loc, fees: FeesTable) -> Iterator[Problem]:
    """Either one row or dated ones, each with what a commission needs, no date twice."""
    if fees.dated is None:
        yield from _fee_row(at, fees)
        return
    for key in sorted(fees.model_fields_set - {"dated"}):
        yield Problem(((*at, key), (*at, "dated")), "belongs into the rows of dated")
    seen = set()
    for index, row in enumerate(fees.dated):
        loc = (*at, "dated", index)
        yield from _fee_row(loc, row)
        if row.since in seen:
            yield Problem(((*loc, "since"),), "another row has this date")
        seen.add(row.since)


def _fee_row(at: Loc, row: FeeRow) -> Iterator[Problem]:
    for key in ("per_share", "min_order"):
        if getattr(row, key) is None:
            yield Problem(((*at, key),), "is missing")


_IN_ORDER = ("block_below", "warn_below", "withdraw_above", "capped_above")


def _account(account: AccountTable) -> Iterator[Problem]:
    given = [key for key in _IN_ORDER if getattr(account, key) is not None]
    for low, high in pairwise(given):
        if getattr(account, high) < getattr(account, low):
            yield _pair(("account",), high, low, "must not be below")


def _rules(at: Loc, profile: ProfileTable) -> Iterator[Problem]:
    seen = set()
    for index, rule in enumerate(profile.rules):
        loc = (*at, "rules", index)
        yield from _rule(loc, rule)
        row = (rule.metric, rule.at_least, rule.at_most, rule.zero_at, rule.full_at)
        if row in seen:
            yield Problem((loc,), "this rule stands here twice")
        seen.add(row)
    total = sum(max(0, rule.points) for rule in profile.rules)
    if total < profile.min_score:
        text = f"can never be reached: the points of all rules are {total / 10_000:g}"
        yield Problem(((*at, "min_score"), (*at, "rules")), text)
    if len(set(profile.rejects)) < len(profile.rejects):
        yield Problem(((*at, "rejects"),), "holds a name twice")


def _rule(loc: Loc, rule: RuleTable) -> Iterator[Problem]:
    ramp = rule.zero_at is not None or rule.full_at is not None
    if ramp + (rule.at_least is not None) + (rule.at_most is not None) != 1:
        yield Problem((loc,), "expected one of at_least, at_most, or zero_at with full_at")
    elif not rule.points:
        yield Problem(((*loc, "points"),), "expected points other than 0; was 0")
    elif ramp:
        yield from _ramp(loc, rule)
    else:
        yield from _threshold(loc, rule)


def _threshold(loc: Loc, rule: RuleTable) -> Iterator[Problem]:
    key, limit = ("at_least", rule.at_least) if rule.at_most is None else ("at_most", rule.at_most)
    if rule.metric in ONLY_RAMPED:
        yield Problem(((*loc, key),), f"metric {rule.metric} takes zero_at and full_at")
        return
    yield from _limit((*loc, key), LIMITS[rule.metric], limit)
    if rule.points < 0:
        yield Problem(((*loc, "points"),), _POSITIVE.format(f"{rule.points / 10_000:g}"))
    if rule.least:
        yield Problem(((*loc, "least"),), "works only with zero_at and full_at")
    if rule.held_s and (rule.metric, key) != ("spread", "at_most"):
        yield Problem(((*loc, "held_s"),), "works only with metric spread and at_most")
    elif rule.held_s:
        yield from _limit((*loc, key), _HELD_AT, limit, " (what held_s looks at)")


def _ramp(loc: Loc, rule: RuleTable) -> Iterator[Problem]:
    if rule.metric not in RAMPED:
        text = f"metric {rule.metric} takes at_least or at_most"
        yield Problem(((*loc, "zero_at"), (*loc, "full_at")), text)
        return
    if rule.zero_at is None or rule.full_at is None:
        yield Problem((loc,), "zero_at and full_at belong together")
        return
    allowed = LIMITS[rule.metric]
    bad = [*_limit((*loc, "zero_at"), allowed, rule.zero_at)]
    bad += _limit((*loc, "full_at"), allowed, rule.full_at)
    if bad:
        yield from bad
        return
    if rule.full_at <= rule.zero_at:
        yield _pair(loc, "full_at", "zero_at", "must be above")
    if rule.held_s:
        yield Problem(((*loc, "held_s"),), "works only with metric spread and at_most")
    if rule.least and RAMPS[rule.metric].enough is None:
        yield Problem(((*loc, "least"),), "works only with absorption and tape_acceleration")


def _limit(loc: Loc, allowed: Number, value: object, why: str = "") -> Iterator[Problem]:
    try:
        allowed.exact(value)
    except ValueError as error:
        yield Problem((loc,), f"expected {error}{why}; was {shown(value)}")


def _gates(at: Loc, profile: ProfileTable) -> Iterator[Problem]:
    gates, loc = profile.gates, (*at, "gates")
    given = [key for key in ("spread_at_most", "spread_below") if getattr(gates, key) is not None]
    if len(given) != 1:
        locs = tuple((*loc, key) for key in given) or (loc,)
        yield Problem(locs, "expected either spread_at_most or spread_below, and one of them")


def _throttle(at: Loc, profile: ProfileTable) -> Iterator[Problem]:
    throttle = profile.throttle
    if throttle.over == "throttle" and not throttle.then_every_s:
        loc = (*at, "throttle")
        text = 'over = "throttle" needs then_every_s above 0'
        yield Problem(((*loc, "then_every_s"), (*loc, "over")), text)


def _windows(at: Loc, profile: ProfileTable) -> Iterator[Problem]:
    windows = profile.windows
    for index, window in enumerate(windows):
        if window.end <= window.start:
            loc = (*at, "windows", index, "end")
            yield Problem((loc,), f"window {window.name} must end after its start")
    for index, (before, after) in enumerate(pairwise(windows), start=1):
        if after.start < before.end:
            loc = (*at, "windows", index, "start")
            yield Problem((loc,), f"window {after.name} starts before {before.name} ends")
    yield from _names(at, windows)
    if profile.off < max(window.end for window in windows):
        text = f"is before the end of window {windows[-1].name}"
        yield Problem(((*at, "off"), (*at, "windows")), text)


def _names(at: Loc, windows: tuple[WindowTable, ...]) -> Iterator[Problem]:
    seen = set()
    for index, window in enumerate(windows):
        if window.name in seen:
            yield Problem(((*at, "windows", index, "name"),), "another window has this name")
        seen.add(window.name)


def _size(at: Loc, profile: ProfileTable) -> Iterator[Problem]:
    size, loc = profile.size, (*at, "size")
    if size.risk_max is not None and size.plan_min > size.risk_max:
        yield _pair(loc, "plan_min", "risk_max", "must not be above")
    if size.phase_caps is not None:
        yield from _phases(loc, size.phase_caps, size.share_cap, size.ceiling)


def _phases(
    loc: Loc, caps: tuple[int, ...], share_cap: int | None, ceiling: int | None
) -> Iterator[Problem]:
    for key, value in (("share_cap", share_cap), ("ceiling", ceiling)):
        if value is None:
            yield Problem(((*loc, key),), "is missing; a profile with phase_caps needs it")
    if ceiling is not None and ceiling > SHARE_CEILING:
        text = f"expected at most {SHARE_CEILING} shares, whatever the settings; was {ceiling}"
        yield Problem(((*loc, "ceiling"),), text)
    for number, (value, most) in enumerate(zip(caps, PHASE_MOST, strict=True), start=1):
        if value > most:
            text = f"expected at most {most} shares in phase {number}, whatever the settings; "
            yield Problem(((*loc, "phase_caps"),), text + f"was {value}")
    if list(caps) != sorted(caps):
        yield Problem(((*loc, "phase_caps"),), "must not fall from phase to phase")
    if ceiling is not None and max(caps) > ceiling:
        yield _pair(loc, "phase_caps", "ceiling", "must not be above")


def _losses(at: Loc, profile: ProfileTable) -> Iterator[Problem]:
    losses, loc = profile.losses, (*at, "losses")
    if losses.soft is not None and losses.hard is not None and losses.soft > losses.hard:
        yield _pair(loc, "soft", "hard", "must not be above")


def _admits(at: Loc, profile: ProfileTable) -> Iterator[Problem]:
    admits, loc = profile.universe, (*at, "universe")
    if "universe" not in profile.model_fields_set:
        return
    if admits.price[0] > admits.price[1]:
        yield Problem(((*loc, "price"),), "expected the lower price first")
    for one, other in (("float_to", "float_below"), ("spread_at_most", "spread_below")):
        if (getattr(admits, one) is None) == (getattr(admits, other) is None):
            yield Problem(((*loc, one), (*loc, other)), f"expected one of {one} and {other}")
    highest = admits.float_to or admits.float_below
    if admits.float_from is not None and highest is not None and admits.float_from > highest:
        yield Problem(((*loc, "float_from"),), "must not be above the upper limit of the float")
    widest = admits.spread_at_most or admits.spread_below
    if admits.spread_from is not None and widest is not None and admits.spread_from > widest:
        yield Problem(((*loc, "spread_from"),), "must not be above the upper limit of the spread")


def _pair(table: Loc, key: str, other: str, relation: str) -> Problem:
    text = f"{dotted((*table, key))} {relation} {other}"
    return Problem(((*table, key), (*table, other)), text)
