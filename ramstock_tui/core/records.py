"""What goes into the engine: one row per market record, one struct per thing an operator does.

A *row* is the tuple of a 24-byte market record, in the order of `RECORD`:

    (ts, sym, kind, flags, px, size, aux)

`ts` is ns since the epoch and never decreases; `px` is 1/10,000 USD; `size` is shares. What each
kind puts into `px`, `size`, `aux` and `flags` is said beside its constant. The same 24 bytes are
the engine's input, the recording and the wire, so nothing is translated between them.
"""

import struct

import msgspec

from ramstock_tui.core.profile import Rules

RECORD = struct.Struct("<qHBBiIi")
RECORD_SIZE = RECORD.size  # 24

Row = tuple[int, int, int, int, int, int, int]

# kinds ------------------------------------------------------------------------------------------
SYMBOL = 1  # blob `SymbolInfo`; aux = blob length, size = blob offset in its block
DEPTH_ROW = 2  # positional book row; aux = position | op << 8 | venue << 16; flags BID, SMART
LEVEL_SET = 3  # absolute size at a price, 0 removes it; aux = order count; flags BID
BOOK_CLEAR = 4  # aux = reason (CLEAR_*)
PRINT = 5  # public trade; aux = exchange time - ts in 100 us; flags side, PAST_LIMIT ...
QUOTE_SIDE = 6  # one side of the level-1 quote; flags BID
L1_VALUE = 7  # aux = L1_*; px + size = i64
HALT = 8  # aux = code (-1 unknown, 0 trading, 1 general, 2 volatility, 10+ halt codes)
FEED = 9  # aux = FEED_*; px = endpoint
HEADLINE = 10  # blob `Headline`; sym 0 = not attributed
HEALTH = 11  # px = lag p95 ms, size = round trip ms, aux = endpoint; flags ANSWERED
ACCOUNT = 12  # aux = ACCOUNT_*; px + size = i64 cents
REFDATA = 13  # blob `RefData`
UNIVERSE = 14  # blob `Universe`
CLOCK = 15  # aux = reason; px + size = i64 ns moved
RESUMED = 16  # aux = reason (RESUME_*); px + size = i64 decisions that the ledger held then
SESSION = 17  # blob `SessionOpened`
CONFIG = 18  # blob `ConfigChanged`; acts at once, right behind the `RESUMED` of its restart

BLOB_KINDS = frozenset({SYMBOL, HEADLINE, REFDATA, UNIVERSE, SESSION, CONFIG})

# flags ------------------------------------------------------------------------------------------
LAST = 0x80  # last record of its batch: the engine evaluates only after it (definitions N-01)
BID = 0x01  # DEPTH_ROW, LEVEL_SET, QUOTE_SIDE; absent = ask
SMART = 0x02  # DEPTH_ROW
SIDE_MASK = 0x03  # PRINT: aggressor as the source states it
SIDE_NONE, SIDE_BUY, SIDE_SELL, SIDE_MID = 0, 1, 2, 3
PAST_LIMIT = 0x04  # PRINT: excluded from everything (N-09)
UNREPORTED = 0x08  # PRINT: excluded from everything (N-09)
HIDDEN = 0x10  # PRINT: hidden execution, changes no displayed level
ROUNDED = 0x20  # PRINT: px was rounded half-even to 1/10,000
ANSWERED = 0x01  # HEALTH: the broker answered since the sample before: the link is alive (N-18)

OP_INSERT, OP_UPDATE, OP_DELETE = 0, 1, 2  # DEPTH_ROW
CLEAR_317, CLEAR_RECONNECT, CLEAR_GAP, CLEAR_RESUME, CLEAR_SEED = 1, 2, 3, 4, 5
FEED_SUBSCRIBED, FEED_SLOT_OPENED, FEED_SLOT_CLOSED, FEED_STALE = 1, 2, 3, 4
FEED_GAP, FEED_UP, FEED_DOWN = 5, 6, 7
FEED_TAPE, FEED_TAPE_END = 8, 9  # every print of a symbol comes from here on; prints are missed
FEED_LINE, FEED_LINE_END = 10, 11  # its level-1 line
FEED_DELAYED, FEED_SKEW, FEED_COMPETING = 12, 13, 14
L1_VWAP, L1_VOLUME, L1_TRADE_COUNT, L1_TRADE_RATE, L1_SHORTABLE, L1_AVG_VOLUME, L1_LAST = range(
    1, 8
)
ACCOUNT_EQUITY, ACCOUNT_BUYING_POWER, ACCOUNT_TYPE, ACCOUNT_DAY_PNL = 1, 2, 3, 4
ACCOUNT_MARGIN, ACCOUNT_CASH = 1, 2  # values of ACCOUNT_TYPE; 0 = unknown
CLOCK_FORWARD = 1  # CLOCK: session time moved so far, all data are stale
CLOCK_BEHIND = 2  # CLOCK: the wall clock stands so far behind session time, which did not move
RESUME_RESTART = 1  # a host took over from one that died
RESUME_RECORDING = 2  # the files take lines again; until here nothing was decided
RESUME_STOPPED = 3  # the last record before the recording stops for want of space


def join_i64(px: int, size: int) -> int:
    """The i64 that L1_VALUE, ACCOUNT and CLOCK keep: px is the high half, size the low one."""
    return (px << 32) | size


def split_i64(value: int) -> tuple[int, int]:
    """(px, size) of an i64; the inverse of `join_i64`."""
    return value >> 32, value & 0xFFFF_FFFF


# blobs, msgpack maps ------------------------------------------------------------------------------
class SymbolInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """First use of a `sym` id. tick_e4: price step, 1/10,000 USD; lot: shares a round lot has."""

    ticker: str
    tick_e4: int = 100
    lot: int = 100
    exchange: str = ""
    con_id: int = 0
    stock_class: str = "COMMON"
    tier: int = 2  # LULD tier, 1 or 2 (D-22)


class RefData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reference values used for one symbol; None = unknown. rvol_e4: relative volume × 10,000."""

    float_shares: int | None = None
    rvol_e4: int | None = None
    sector: str = ""


class Headline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A headline. text: without control characters, at most 1 KiB."""

    provider: str
    article: str
    text: str


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What earlier sessions of the same date left of one lane: a new session on that date begins
    with it, so that no lock, limit or loss is escaped by starting again. The fields are those of
    `LaneState` with the same names."""

    profile: str
    n: int = 0
    alerts: tuple[int, ...] = ()
    cool: dict[str, int] = {}
    entries: int = 0
    by_window: dict[str, int] = {}
    net_e4: int = 0
    peak_e4: int = 0
    wins: int = 0
    losses: int = 0
    closed: tuple[tuple[int, int], ...] = ()
    loss_ts: tuple[int, ...] = ()
    loss_pauses: int = 0
    loss_until: int = 0
    alerts_off: int = 0
    locks: dict[str, int] = {}


class SessionOpened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a session assumes; its first record.

    date: yyyymmdd in New York. midnight_ns: epoch ns such that midnight_ns + seconds × 1e9 is that
    time of day in New York during regular hours. open_ns, close_ns: exchange hours of the day
    (early closes included). next_date: next session date. equity_cents: equity at the start of the
    day. phase: 0 (monitor only) to 3 (D-29), phase_since: date of its first session. risk_bp: the
    most risk a trade, 1/10,000 of equity, that the account allows (S-X4), None = what the profile
    says. carried: of earlier sessions of the date. notes: what the trader must hear today.
    admission: `assumed` (imports) or `universe`. depth_levels: levels a side that the source shows;
    1 switches off rules that need depth.
    """

    date: int
    midnight_ns: int
    open_ns: int
    close_ns: int
    next_date: int
    mode: str
    acting: str
    phase: int
    equity_cents: int
    fee_model: str
    admission: str = "assumed"
    allow_partial_vwap: bool = False
    depth_levels: int = 10
    week_net_e4: int = 0
    month_net_e4: int = 0
    source: str = ""
    phase_since: int = 0
    risk_bp: int | None = None
    carried: tuple[Carried, ...] = ()
    notes: tuple[str, ...] = ()


class ConfigChanged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session goes on under a changed configuration. before, rules: those of the session until
    here and from here on; now, later: in words, what changed for it and what waits for the next
    session (`core/limits.py`)."""

    before: Rules
    rules: Rules
    now: tuple[str, ...]
    later: tuple[str, ...]


# commands -----------------------------------------------------------------------------------------
class Confirm(msgspec.Struct, frozen=True, tag="confirm"):
    """Confirm a pending blueprint exactly as shown: id and version both name what was on screen."""

    blueprint: str
    version: int


class Skip(msgspec.Struct, frozen=True, tag="skip"):
    """Drop a pending blueprint."""

    blueprint: str
    version: int


class Reprice(msgspec.Struct, frozen=True, tag="reprice"):
    """New prices for a pending blueprint when the whole decision holds now (N-39)."""

    blueprint: str
    version: int


class Undo(msgspec.Struct, frozen=True, tag="undo"):
    """Withdraw a confirm before its simulated order reached the market (N-46)."""

    blueprint: str


class Lock(msgspec.Struct, frozen=True, tag="lock"):
    """Lock the rest of the day by hand."""


class Acknowledge(msgspec.Struct, frozen=True, tag="acknowledge"):
    """Typed acknowledgement of the third-loss pause (D-21)."""


class RequestSlot(msgspec.Struct, frozen=True, tag="request_slot"):
    """Give a symbol the next depth slot that may be taken from another."""

    ticker: str


class Halt(msgspec.Struct, frozen=True, tag="halt"):
    """Treat a symbol as halted (D-22), by hand; on = False takes that back. It outlives restarts
    and ends with the session."""

    ticker: str
    on: bool = True


class PauseAlerts(msgspec.Struct, frozen=True, tag="pause_alerts"):
    """No new alerts from here on (`on`), or again; cards that wait can still be confirmed."""

    on: bool


class LowerPhase(msgspec.Struct, frozen=True, tag="lower_phase"):
    """A lower evidence phase from here on, by hand; 0 = monitor only (D-29)."""

    phase: int


Command = (
    Confirm
    | Skip
    | Reprice
    | Undo
    | Lock
    | Acknowledge
    | Halt
    | PauseAlerts
    | LowerPhase
    | RequestSlot
)
