"""What a universe is: its record in a session, and the limits that made it."""

import re
from typing import Literal

import msgspec

STICKY_NS = 300_000_000_000  # a member stays for so long (D-01)
LIVE_MOST, SIMULATED_MOST = 150, 500  # symbols (S-U10, X6)
STEPS = ("scan", "class", "price", "float", "rvol", "spread", "halted", "biotech")

FDA = re.compile(r"\bFDA\b")  # of a headline of today, as S-K3 writes it

# rules that end a membership at once; the others wait until it is 5 min old
HARD = frozenset({"halted", "biotech", "xbi", "fda"})


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a profile admits. Prices and spreads 1/10,000 USD; None = no such limit.

    price_min_e4, price_max_e4: inclusive. float_min: inclusive, float_max: inclusive when
    float_inclusive. unknown_float: a symbol whose float nobody knows is rejected, or flagged.
    rvol_above_e4: strictly above, × 10,000. spread_min_e4: inclusive, spread_max_e4: inclusive when
    spread_inclusive. exclude: of `biotech`, `xbi`, `fda`. most: members.
    """

    price_min_e4: int
    price_max_e4: int
    float_min: int | None
    float_max: int
    float_inclusive: bool
    unknown_float: Literal["reject", "flag"]
    rvol_above_e4: int
    spread_min_e4: int | None
    spread_max_e4: int
    spread_inclusive: bool
    exchanges: tuple[str, ...]
    exclude: tuple[str, ...]
    most: int


class Listing(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One symbol of a universe, member or not.

    rank: from 1 on, 0 = no member. since_ts: member since, ns. price_e4, spread_e4 (mean of 60 s,
    rounded), float_shares, rvol_e4 (rounded down): as far as they were looked at, None = unknown or
    not asked for. float_from: where the float comes from (`scanner`, `file`, `broker`). rvol_est:
    estimated. rule: what stands against it, "" = nothing; value: what was found, need: what the
    rule wants, as text. kept: why it is a member all the same, `sticky` or `pinned`.
    """

    ticker: str
    rank: int = 0
    since_ts: int = 0
    price_e4: int | None = None
    spread_e4: int | None = None
    rvol_e4: int | None = None
    rvol_est: bool = False
    float_shares: int | None = None
    float_from: str = ""
    rule: str = ""
    value: str = ""
    need: str = ""
    kept: str = ""


class Universe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Blob of UNIVERSE: the universe from built_ts on.

    profile: whose limits made it. built_ts, expires_ts, next_ts: ns; after expires_ts no symbol is
    promoted any more. members: by rank. excluded: the rest, in the order of the scan. funnel:
    (step, symbols left after it). unknown_float: symbols that came to this step and whose float
    nobody knows. source: `demo`, `ibkr`, `list` or `store`. store: what the universe store said,
    "" = well. notes: what the operator must know of this refresh. expired: written because the time
    ran out.
    """

    profile: str
    built_ts: int
    expires_ts: int
    next_ts: int
    limits: Limits
    members: tuple[Listing, ...] = ()
    excluded: tuple[Listing, ...] = ()
    funnel: tuple[tuple[str, int], ...] = ()
    unknown_float: int = 0
    lines: int = 0
    source: str = ""
    store: str = ""
    notes: tuple[str, ...] = ()
    expired: bool = False

    def promotes(self, ts: int) -> bool:
        """May a symbol be promoted to a deep slot at ts (X8)?"""
        return not self.expired and ts < self.expires_ts

    def admitted(self) -> frozenset[str]:
        """Members that may alert: all but pinned ones that fail a rule."""
        return frozenset(one.ticker for one in self.members if one.kept != "pinned")
