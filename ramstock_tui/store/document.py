"""The active universe as other programs read it: one JSON document of schema 1 (`docs/redis.md`).

Whoever can write to the store can write anything there, so a document that is read is checked to
the last field before a single value of it is used.
"""

from typing import Annotated

import msgspec

from ramstock_tui.core.listing import SIMULATED_MOST, Listing, Universe
from ramstock_tui.store import StoreError

SCHEMA = 1
MOST_BYTES = 262_144
TICKER = r"^[A-Z0-9][A-Z0-9 .\-]{0,14}\Z"
_INT = (1 << 53) - 1  # what every reader of JSON takes for a whole number

Ts = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]
Count = Annotated[int, msgspec.Meta(ge=0, le=_INT)]
PriceE4 = Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]
Word = Annotated[str, msgspec.Meta(max_length=32, pattern=r"^[a-z0-9_]*\Z")]


class StoredMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member; see `core.listing.Listing`. Prices 1/10,000 USD, times ns since the epoch."""

    ticker: Annotated[str, msgspec.Meta(pattern=TICKER)]
    rank: Annotated[int, msgspec.Meta(ge=1, le=SIMULATED_MOST)]
    since_ts: Ts
    price_e4: PriceE4 | None = None
    spread_e4: Count | None = None
    rvol_e4: Count | None = None
    rvol_est: bool = False
    float_shares: Count | None = None
    float_from: Word = ""
    rule: Word = ""
    kept: Word = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """run: id of the session, hex; n: running number of the refresh within it. date: yyyymmdd.
    excluded: how many symbols were looked at and are no members."""

    schema: Annotated[int, msgspec.Meta(ge=SCHEMA, le=SCHEMA)]
    run: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
    n: Annotated[int, msgspec.Meta(ge=1, le=_INT)]
    date: Annotated[int, msgspec.Meta(ge=20_000_101, le=20_991_231)]
    profile: Annotated[str, msgspec.Meta(max_length=32, pattern=r"^[a-z][a-z0-9_]*\Z")]
    source: Word
    built_ts: Ts
    expires_ts: Ts
    members: Annotated[tuple[StoredMember, ...], msgspec.Meta(max_length=SIMULATED_MOST)]
    funnel: Annotated[tuple[tuple[Word, Count], ...], msgspec.Meta(max_length=16)] = ()
    excluded: Count = 0


def packed(universe: Universe, *, run: str, n: int, date: int) -> bytes:
    """The document of a universe."""
    return msgspec.json.encode(
        Document(
            schema=SCHEMA,
            run=run,
            n=n,
            date=date,
            profile=universe.profile,
            source=universe.source,
            built_ts=universe.built_ts,
            expires_ts=universe.expires_ts,
            members=tuple(_member(one) for one in universe.members),
            funnel=universe.funnel,
            excluded=len(universe.excluded),
        )
    )


def unpacked(value: bytes) -> Document:
    """The inverse of `packed`. Raises StoreError, kind `hostile`, for anything that is no document
    of this schema, is too large, names a symbol twice or contradicts itself."""
    if len(value) > MOST_BYTES:
        raise StoreError("hostile", f"holds {len(value):,} bytes, at most {MOST_BYTES:,} expected")
    try:
        found = msgspec.json.decode(value, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise StoreError("hostile", "holds something else than a universe of schema 1") from None
    tickers = {member.ticker for member in found.members}
    ranks = sorted(member.rank for member in found.members)
    if len(tickers) < len(found.members) or ranks != list(range(1, len(ranks) + 1)):
        raise StoreError("hostile", "holds a universe whose members contradict each other")
    if found.expires_ts < found.built_ts:
        raise StoreError("hostile", "holds a universe that ends before it begins")
    return found


def listing(member: StoredMember) -> Listing:
    """A stored member as the session keeps it."""
    plain = msgspec.structs.asdict(member)
    return Listing(**plain)


def _member(one: Listing) -> StoredMember:
    return StoredMember(
        ticker=one.ticker,
        rank=one.rank,
        since_ts=one.since_ts,
        price_e4=one.price_e4 or None,
        spread_e4=one.spread_e4,
        rvol_e4=one.rvol_e4,
        rvol_est=one.rvol_est,
        float_shares=one.float_shares,
        float_from=one.float_from,
        rule=one.rule,
        kept=one.kept,
    )
