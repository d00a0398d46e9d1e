"""From scan rows to the day's universe (D-01): filters, exclusions, order, who stays."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ramstock_tui.core.listing import HARD, STEPS, STICKY_NS, Limits, Listing
from ramstock_tui.core.rvol import Rvol
from ramstock_tui.core.spread import Mean

COMMON = "COMMON"
BIOTECH = ("biotech", "pharma")
_HALTS = {1: "halted", 2: "volatility pause"}
Found = tuple[str, str, str]  # rule, value, need


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one scan row; None = unknown or not asked for yet.

    scanned: it stands in this scan; else it is a member of before, or pinned. refused: why the
    broker tells nothing of it, `200 No security definition`. stock_type, exchange: as the broker
    names them. groups: industry, category, subcategory. last_e4, bid_e4, ask_e4: 1/10,000 USD.
    rvol_why: why there is no relative volume. spread: mean of 60 s. halted: 0 trading, 1 or 2
    halted. xbi: on the list of biotech constituents; fda: named in a headline of today.
    """

    ticker: str
    scanned: bool = True
    pinned: bool = False
    refused: str = ""
    stock_type: str | None = None
    exchange: str | None = None
    groups: tuple[str, ...] = ()
    tick_e4: int = 100
    last_e4: int | None = None
    bid_e4: int | None = None
    ask_e4: int | None = None
    float_shares: int | None = None
    float_from: str = ""
    rvol: Rvol | None = None
    rvol_why: str = ""
    spread: Mean | None = None
    halted: int | None = None
    xbi: bool = False
    fda: bool = False


class Picked(msgspec.Struct, frozen=True):
    """The outcome of the funnel, see `Universe`."""

    members: tuple[Listing, ...]
    excluded: tuple[Listing, ...]
    funnel: tuple[tuple[str, int], ...]
    unknown_float: int


def pick(
    rows: Iterable[Candidate], limits: Limits, before: Mapping[str, Listing], now: int, room: int
) -> Picked:
    """The universe at now, ns. rows: scan rows in their order, then members of before and pinned
    symbols that no scan names; of two with one ticker the first counts. before: the last members.
    room: market-data lines for members.

    Every row ends as a member or with the first rule that it fails. Members are, in this order and
    up to the smaller of room and `limits.most`: pinned symbols, members of before younger than
    5 min (unless halted or excluded), then those that pass everything, best first.
    """
    unique: dict[str, Candidate] = {}
    for row in rows:
        unique.setdefault(row.ticker, row)
    left = [0] * len(STEPS)
    judged = []
    for row in unique.values():
        step, found = _judge(row, limits)
        for i in range(step):
            left[i] += 1
        judged.append((row, found))
    chosen = _choose(judged, limits, before, now, min(room, limits.most))
    ranked = sorted(chosen, key=lambda ticker: (-_worth(unique[ticker]), ticker))
    rank = {ticker: place for place, ticker in enumerate(ranked, start=1)}
    members, excluded = [], []
    for row, found in judged:
        if row.ticker in rank:
            old = before.get(row.ticker)
            since = old.since_ts if old is not None else now
            listed = _listing(row, found, rank[row.ticker], since, chosen[row.ticker])
            members.append(listed)
        else:
            found = found if found[0] else ("lines", "no line left", f"{room} lines")
            excluded.append(_listing(row, found, 0, 0, ""))
    members.sort(key=lambda listing: listing.rank)
    return Picked(
        tuple(members),
        tuple(excluded),
        tuple(zip(STEPS, left, strict=True)),
        sum(row.float_shares is None and found[0] in _AFTER_FLOAT for row, found in judged),
    )


def passes(row: Candidate, limits: Limits, step: str) -> bool:
    """Has the row passed every step up to this one? What later steps look at may be missing."""
    return _judge(row, limits)[0] > STEPS.index(step)


def verdict(row: Candidate, limits: Limits) -> Found:
    """(rule, value, need) of the first rule that the row fails; ("", "", "") when it passes."""
    return _judge(row, limits)[1]


NOTHING: Found = ("", "", "")
_AFTER_FLOAT = frozenset({"", "float", "rvol", "spread", *HARD})


def _judge(row: Candidate, limits: Limits) -> tuple[int, Found]:
    """(steps that the row passed, what it failed at)."""
    for done, check in enumerate(_CHECKS):
        found = check(row, limits)
        if found is not None:
            return done, found
    return len(_CHECKS), NOTHING


def _choose(
    judged: Sequence[tuple[Candidate, Found]],
    limits: Limits,
    before: Mapping[str, Listing],
    now: int,
    room: int,
) -> dict[str, str]:
    """{ticker: why it is kept although it fails, "" = it passes} of the members."""
    classes: tuple[list[tuple[int, str, str]], ...] = ([], [], [])
    for row, found in judged:
        old = before.get(row.ticker)
        young = old is not None and now - old.since_ts < STICKY_NS
        stays = young and not _hard(row, limits) and (old is None or old.kept != "pinned")
        if row.pinned:
            place, kept = 0, "pinned" if found[0] else ""
        elif stays:
            place, kept = 1, "sticky" if found[0] else ""
        elif not found[0]:
            place, kept = 2, ""
        else:
            continue
        classes[place].append((-_worth(row), row.ticker, kept))
    order = [entry for each in classes for entry in sorted(each)]
    return {ticker: kept for _, ticker, kept in order[:room]}


def _hard(row: Candidate, limits: Limits) -> bool:
    """Halted or excluded, whatever else it fails."""
    return _halted(row, limits) is not None or _excluded(row, limits) is not None


def _worth(row: Candidate) -> int:
    """RVOL × (1 / spread in ticks) × 1e9; 0 where one of them is unknown."""
    if row.rvol is None or row.spread is None:
        return 0
    total, time = row.spread
    spread = max(total, time)  # a locked quote counts as 1/10,000 USD
    return row.rvol.num * row.tick_e4 * time * 1_000_000_000 // (row.rvol.den * spread)


def _listing(row: Candidate, found: Found, rank: int, since: int, kept: str) -> Listing:
    rule, value, need = found
    return Listing(
        row.ticker,
        rank,
        since,
        _price(row),
        None if row.spread is None else (row.spread[0] * 2 + row.spread[1]) // (row.spread[1] * 2),
        None if row.rvol is None else row.rvol.e4,
        row.rvol is not None and row.rvol.est,
        row.float_shares,
        row.float_from,
        rule,
        value,
        need,
        kept,
    )


def _price(row: Candidate) -> int | None:
    twice = _twice(row)
    return None if twice is None else twice // 2


def _twice(row: Candidate) -> int | None:
    """Twice the price: the last trade, else the middle of the quote."""
    if row.last_e4 is not None:
        return 2 * row.last_e4
    if row.bid_e4 and row.ask_e4 and row.bid_e4 <= row.ask_e4:
        return row.bid_e4 + row.ask_e4
    return None


# one check a step -----------------------------------------------------------------------------
def _scanned(row: Candidate, limits: Limits) -> Found | None:
    return None if row.scanned else ("scan", "in no scan", "a scan row")


def _class(row: Candidate, limits: Limits) -> Found | None:
    if row.refused:
        return "refused", row.refused, "contract details"
    if row.stock_type != COMMON:
        return "type", row.stock_type or "unknown", COMMON
    if row.exchange not in limits.exchanges:
        return "exchange", row.exchange or "unknown", " ".join(limits.exchanges)
    return None


def _priced(row: Candidate, limits: Limits) -> Found | None:
    twice, low, high = _twice(row), limits.price_min_e4, limits.price_max_e4
    need = f"{dollars(low)} to {dollars(high)}"
    if twice is None:
        return "price", "unknown", need
    if 2 * low <= twice <= 2 * high:
        return None
    return "price", dollars(twice // 2 if twice < 2 * low else -(-twice // 2)), need


def _floating(row: Candidate, limits: Limits) -> Found | None:
    shares, low, high = row.float_shares, limits.float_min, limits.float_max
    need = f"{low:,} to {high:,}" if low is not None else f"at most {high:,}"
    if not limits.float_inclusive:
        need = f"below {high:,}" if low is None else f"{low:,} to below {high:,}"
    if shares is None:
        return ("float", "unknown", need) if limits.unknown_float == "reject" else None
    fits = shares <= high if limits.float_inclusive else shares < high
    if fits and (low is None or shares >= low):
        return None
    return "float", f"{shares:,}", need


def _active(row: Candidate, limits: Limits) -> Found | None:
    need = f"above {_places(limits.rvol_above_e4)}"
    if row.rvol is None:
        return "rvol", _WHY.get(row.rvol_why, row.rvol_why or "unknown"), need
    if row.rvol.above(limits.rvol_above_e4):
        return None
    return "rvol", _places(row.rvol.e4) + (" est" if row.rvol.est else ""), need


def _tight(row: Candidate, limits: Limits) -> Found | None:
    low, high = limits.spread_min_e4, limits.spread_max_e4
    need = f"{dollars(low)} to {dollars(high)}" if low is not None else f"at most {dollars(high)}"
    if not limits.spread_inclusive:
        need = f"below {dollars(high)}"
    if row.spread is None:
        return "spread", "no quote for 30 s of 60", need
    total, time = row.spread
    if low is not None and total < low * time:
        return "spread", dollars(total // time), need
    wide = total > high * time if limits.spread_inclusive else total >= high * time
    return ("spread", dollars(-(-total // time)), need) if wide else None


def _halted(row: Candidate, limits: Limits) -> Found | None:
    if row.halted is None or row.halted <= 0:
        return None
    return "halted", _HALTS.get(row.halted, f"code {row.halted}"), "trading"


def _excluded(row: Candidate, limits: Limits) -> Found | None:
    if "biotech" in limits.exclude:
        for group in row.groups:
            if any(word in group.casefold() for word in BIOTECH):
                return "biotech", group, "no biotech or pharma"
    if "xbi" in limits.exclude and row.xbi:
        return "xbi", "XBI constituent", "not in XBI"
    if "fda" in limits.exclude and row.fda:
        return "fda", "FDA in a headline of today", "no FDA headline"
    return None


_Check = Callable[[Candidate, Limits], Found | None]
_CHECKS: tuple[_Check, ...] = (
    _scanned, _class, _priced, _floating, _active, _tight, _halted, _excluded,
)  # fmt: skip
_WHY = {
    "few_sessions": "fewer than 10 sessions",
    "no_volume": "no volume to compare",
    "too_early": "before 04:00",
    "closed": "after 16:00",
}


def dollars(px_e4: int) -> str:
    """`12.03`, `0.0501` where the price is off the cent."""
    whole, rest = divmod(px_e4, 10_000)
    return f"{whole}.{rest:04}" if rest % 100 else f"{whole}.{rest // 100:02}"


def _places(value_e4: int) -> str:
    """`2`, `1.9999`: a value × 10,000 as it is."""
    whole, rest = divmod(value_e4, 10_000)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".")
