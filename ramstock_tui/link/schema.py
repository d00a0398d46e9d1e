"""Every message and every slice that crosses between the engine host and the cockpit.

Times are ns since the epoch (event time) unless the name says otherwise; prices and money are
1/10,000 USD (`_e4`), sizes shares, scores × 10,000. None means "no value"; the reason stands beside
it. A slice travels only when its version changed; the cockpit keeps `{slice_id: (version, value)}`.
"""

from typing import Any

import msgspec

from ramstock_tui.core.records import Command

PROTO = 3
CONNECTION_LOST = "connection lost"  # `reason` of a book whose endpoint is away


class _Slice(msgspec.Struct, frozen=True, array_like=True):
    pass


# slices -------------------------------------------------------------------------------------------
class LockRow(_Slice, frozen=True, array_like=True):
    """One lock or pause: word on screen, what it blocks in plain words, when it ends (None: typed
    acknowledgement or next session), what it leaves alone ("" = not said)."""

    word: str
    blocks: str
    ends_ts: int | None
    allows: str = ""


class DiscordRow(_Slice, frozen=True, array_like=True):
    """How alerts get out. state: `off`, `ok`, `slow` (one took more than 1 s in the last minute),
    `held` (429), `open` (a 429 of more than a minute), `trouble`, `stopped` (for good, until
    somebody asks for a retry). detail: status code or what failed. wait_s: until `held` or `open`
    ends. p50_ms, p95_ms: from enqueue to 2xx, None before the first. waiting, undelivered:
    messages."""

    state: str
    detail: str = ""
    wait_s: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None
    waiting: int = 0
    undelivered: int = 0


class Status(_Slice, frozen=True, array_like=True):
    """The three status rows. data_state: `ok`, `waiting`, `stale`, `lost`, `done`; data_age_ns: age
    of the newest record at engine_ts. utc_offset_s: New York's offset in force. net_e4: net of the
    day, open trades included; open_net_e4: the open part of it. soft_e4, hard_e4: the rungs as
    positive amounts. window_ends_ts: of an open window; of a closed one the start of the next that
    may open, None = none does today. locks: a day lock has `LOCK` in its word, a pause has not.
    speed: `x10`, `max`, with ` paused` while it stands, "" outside a replay. position: (records
    done, all).
    confirm_policy: `keys`, `ledger`, `all` or `none`. calibrated: somebody has fitted the weights
    of the acting profile. discord: None where nothing is ever sent. rtt_ms: worst round trip of the
    endpoints, lag_p95_ms: ingest to decision as the engine was told; None without a broker. slots:
    lines, books and tapes of a broker, each with how many there are. deep_bp: share of the
    universe's time that had a depth slot, 1/10,000. away: endpoints of the broker that bring
    nothing, of so many, since when; () = all are there."""

    engine_ts: int
    utc_offset_s: int
    mode: str
    clock_label: str
    profile: str
    phase: int
    data_state: str
    data_age_ns: int | None
    net_e4: int
    open_net_e4: int
    peak_e4: int
    soft_e4: int | None
    hard_e4: int | None
    entries: int
    entries_max: int
    wins: int
    losses: int
    alerts_hour: int
    alerts_hour_max: int
    next_alert_ts: int | None
    window: str
    window_allows: bool
    window_entries: int
    window_entries_max: int | None
    window_ends_ts: int | None
    losses_recent: int
    losses_recent_max: int
    losses_min: int
    locks: tuple[LockRow, ...]
    recording: bool
    speed: str
    position: tuple[int, int] | None
    confirm_policy: str
    note: str
    calibrated: bool = True
    discord: DiscordRow | None = None
    rtt_ms: int | None = None
    lag_p95_ms: int | None = None
    slots: tuple[int, ...] = ()
    deep_bp: int | None = None
    away: tuple[int, ...] = ()


class Listed(_Slice, frozen=True, array_like=True):
    """What the newest universe says of a symbol; None = unknown. spread_e4: mean of 60 s. rank: 0 =
    no member. rule, value, need: what stands against it, "" = nothing; kept: why it is a member all
    the same."""

    spread_e4: int | None = None
    rvol_e4: int | None = None
    rvol_est: bool = False
    float_shares: int | None = None
    rank: int = 0
    rule: str = ""
    value: str = ""
    need: str = ""
    kept: str = ""


class UniverseRow(_Slice, frozen=True, array_like=True):
    """One symbol. state: word (`PENDING`, `warming`, `cool`, `HALT`, `stale`, `probe` ..., `EXCL`
    for one outside of the universe); until_ts: end of that state when it has one. deep: it has a
    depth slot, where those are few. estimate: score and prints are what its level-1 line suggests,
    no basis of an alert. listed: what the universe says of it, None = nothing."""

    ticker: str
    last_e4: int | None
    score_e4: int | None
    tape_count_3s: int | None
    state: str
    until_ts: int | None
    deep: bool = False
    estimate: bool = False
    listed: Listed | None = None


class MemberRow(_Slice, frozen=True, array_like=True):
    """A member of the universe and what the list can be sorted by; None = unknown."""

    ticker: str
    rvol_e4: int | None
    spread_e4: int | None
    float_shares: int | None


class FunnelView(_Slice, frozen=True, array_like=True):
    """How the newest universe came about, see `core.listing.Universe`. members: by rank. excluded:
    tickers in the order of the scan. unknown_float: of so many, treated by policy."""

    profile: str
    built_ts: int
    expires_ts: int
    next_ts: int
    expired: bool
    members: tuple[MemberRow, ...]
    excluded: tuple[str, ...]
    steps: tuple[tuple[str, int], ...]
    unknown_float: int
    policy: str
    lines: int
    source: str
    store: str
    notes: tuple[str, ...]


class CoverageRow(_Slice, frozen=True, array_like=True):
    """How long one symbol was watched with a depth slot, on its level-1 line only, and not at all,
    ns; their sum is the time since it was declared. state: `deep`, `probe` or `none` now, since."""

    ticker: str
    deep_ns: int
    probe_ns: int
    none_ns: int
    spells: int
    state: str
    since_ts: int


class CoverageView(_Slice, frozen=True, array_like=True):
    """Every symbol, the longest watched first."""

    rows: tuple[CoverageRow, ...]


class SymbolsView(_Slice, frozen=True, array_like=True):
    """Every ticker of the universe in the order of the screen. The order is the host's: cards and
    open trades first, then by score, then what waits; it changes every few seconds at most."""

    tickers: tuple[str, ...]


class UniverseView(_Slice, frozen=True, array_like=True):
    """The rows of the tickers that the screen has room for (`View.rows_of`), in that order."""

    rows: tuple[UniverseRow, ...]


class LadderView(_Slice, frozen=True, array_like=True):
    """Book of the selected symbol, best level first. reason: why it is not valid ("" = valid,
    CONNECTION_LOST = its endpoint is away). entry, stop, target: own marks of a pending or
    open trade."""

    ticker: str
    tick_e4: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    reason: str
    age_ns: int | None
    last_e4: int | None
    vwap_e4: int | None
    vwap_reason: str
    bid_sum_3: int | None
    ask_sum_3: int | None
    imbalance_5: float | None
    weighted_mid: float | None
    wall_price_e4: int | None
    wall_size: int | None
    wall_age_ns: int | None
    ask_depth: int | None
    ask_depth_need: int | None
    entry_e4: int | None
    stop_e4: int | None
    target_e4: int | None


class HeatColumn(_Slice, frozen=True, array_like=True):
    """A second of the heatmap. bids, asks: best level first, none of a malformed book. prints:
    (price, shares bought, shares not bought) in that second. refills: the ask refilled
    faster than it was bought (N-14), as far as somebody looked."""

    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    prints: tuple[tuple[int, int, int], ...]
    refills: bool


class HeatEvent(_Slice, frozen=True, array_like=True):
    """What the engine found in the book. mark: one character for the picture. px_e4: where."""

    ts: int
    px_e4: int
    mark: str
    text: str


class HeatmapView(_Slice, frozen=True, array_like=True):
    """The last minute of the selected symbol. columns: one a second, the last is now; None before
    the first. end_ts: whole second that the column before the last ends with. eaten, steady: both
    parts of the confirmation (D-30); rule: `off`, `info` or `required`."""

    ticker: str
    tick_e4: int
    end_ts: int
    columns: tuple[HeatColumn | None, ...]
    events: tuple[HeatEvent, ...]
    eaten: bool
    steady: bool
    rule: str
    reason: str
    vwap_e4: int | None


class TapeRow(_Slice, frozen=True, array_like=True):
    """One print. side: `B` buy, `S` sell, `M` mid. inside: between the quotes."""

    ts: int
    px_e4: int
    size: int
    side: str
    hidden: bool
    inside: bool


class TapeView(_Slice, frozen=True, array_like=True):
    """Newest print first, with the windows' figures. spark: prints per second, oldest first."""

    ticker: str
    rows: tuple[TapeRow, ...]
    count_3s: int | None
    acceleration: float | None
    buy_shares: int
    sell_shares: int
    mid_shares: int
    last_minus_vwap_e4: int | None
    reclaim: bool | None
    reclaim_reason: str
    spark: tuple[int, ...]


class ScoreRow(_Slice, frozen=True, array_like=True):
    """One rule: value and need as text, points × 10,000; since_ts: true since; since_mark: "" =
    exactly, `≥` = at least so long, `~` = since it was first seen so."""

    rule: str
    value: str
    need: str
    points_e4: int
    of_e4: int
    passed: bool
    reason: str
    since_ts: int | None
    since_mark: str = ""


class GateRow(_Slice, frozen=True, array_like=True):
    """One gate, rejection or throttle: passed or what stands against it."""

    name: str
    passed: bool
    detail: str


class ScoreView(_Slice, frozen=True, array_like=True):
    """Why or why not, of the selected symbol under the acting profile."""

    ticker: str
    rows: tuple[ScoreRow, ...]
    gates: tuple[GateRow, ...]
    score_e4: int | None
    need_e4: int
    verdict: str
    flip: tuple[str, ...]


class LaneRow(_Slice, frozen=True, array_like=True):
    """What one profile makes of the selected symbol now. acting: its alerts count; the others only
    watch. calibrated: somebody has fitted its weights. score_e4: None while the book is not valid.
    rejects: gates and rejections that stand against a signal, blockers: throttles, windows and
    locks, as codes. verdict: the same in words. The rest is its own day so far.
    """

    profile: str
    acting: bool
    calibrated: bool
    score_e4: int | None
    need_e4: int
    state: str
    verdict: str
    rejects: tuple[str, ...]
    blockers: tuple[str, ...]
    flip: str
    signals: int
    entries: int
    wins: int
    losses: int
    net_e4: int


class LanesView(_Slice, frozen=True, array_like=True):
    """Every profile on the selected symbol, the acting one first; made when a screen shows the
    pane `lanes`."""

    ticker: str
    rows: tuple[LaneRow, ...]


class WhyRow(_Slice, frozen=True, array_like=True):
    """A symbol that has no alert. score_e4: None while its book is not valid. blocked: what stands
    in the way, shortfall: what would have to change, in words. since_ts: when this state began,
    until_ts: when time alone ends it; None = not known, or not by time."""

    ticker: str
    score_e4: int | None
    blocked: str
    shortfall: str
    since_ts: int | None
    until_ts: int | None


class WhyView(_Slice, frozen=True, array_like=True):
    """The symbols closest to an alert, best first, and today's counts of the acting profile: times
    at half the threshold or more, alerts, refusals by a check (rejected) and by a limit (held).
    blockers: (words, times) of what stood most often in the way at such a time: rules without
    points below the threshold, checks and limits above; blocked: all of these. Equal to the
    journal."""

    rows: tuple[WhyRow, ...]
    need_e4: int
    near: int
    signals: int
    rejected: int
    held: int
    blockers: tuple[tuple[str, int], ...]
    blocked: int


class LimitRow(_Slice, frozen=True, array_like=True):
    """One limiter. used, most: None where nothing is counted. on: it forbids something now. note:
    its state in words. blocks: what it forbids when it is reached; allows: what it leaves alone.
    ends_ts: when it frees, None = not by time, or it is free."""

    name: str
    used: int | None
    most: int | None
    on: bool
    note: str
    blocks: str
    allows: str
    ends_ts: int | None


class LimitsView(_Slice, frozen=True, array_like=True):
    """The acting profile's limiters in the order of the screen. cools: (ticker, end) of cool-offs.
    others: (profile, what holds it back on every symbol) of the profiles that only watch."""

    rows: tuple[LimitRow, ...]
    cools: tuple[tuple[str, int], ...]
    others: tuple[tuple[str, str], ...]


class GuardRow(_Slice, frozen=True, array_like=True):
    """One confirm guard as it stands now."""

    name: str
    passed: bool
    detail: str


class Card(_Slice, frozen=True, array_like=True):
    """One pending blueprint. size_note: how the shares came about. state: `pending` or what became
    of it. break_even_bp, null_bp: 1/10,000. fees_e4: when the target is reached, by fee_model."""

    id: str
    version: int
    ticker: str
    score_e4: int
    created_ts: int
    expires_ts: int
    shares: int
    size_note: str
    entry_e4: int
    stop_e4: int
    target_e4: int
    risk_e4: int
    reward_e4: int
    net_target_e4: int
    net_stop_e4: int
    break_even_bp: int
    null_bp: int
    rows: tuple[ScoreRow, ...]
    guards: tuple[GuardRow, ...]
    ask_now_e4: int | None
    spread_now_e4: int | None
    depth_now: int | None
    quote_age_ns: int | None
    low_confidence: bool
    two_step: bool
    state: str
    fee_model: str = ""
    fees_e4: int = 0


class OutcomeRow(_Slice, frozen=True, array_like=True):
    """A finished or open trade of today. label: `OPEN`, `TP`, `SL`, `TIMEOUT`, `MISS`, ..."""

    id: str
    ticker: str
    label: str
    shares: int
    net_e4: int | None
    ts: int


class PendingView(_Slice, frozen=True, array_like=True):
    """Cards in order of appearance, and the last outcomes, newest first."""

    cards: tuple[Card, ...]
    last: tuple[OutcomeRow, ...]


class LogRow(_Slice, frozen=True, array_like=True):
    """One line of the log. n: ledger line number; level: `info`, `good`, `warn`, `bad`."""

    n: int
    ts: int
    level: str
    ticker: str
    text: str


class LogView(_Slice, frozen=True, array_like=True):
    """Newest first."""

    rows: tuple[LogRow, ...]


class TimelineView(_Slice, frozen=True, array_like=True):
    """A replay from its first to its last record. known_ts: marks are complete up to there. marks:
    (time, kind) with kind `alert`, `fill`, `win`, `loss`, `lock`, `halt` or `other`. gaps: (from,
    to) without a record for 5 s or longer. place: (decisions up to now, all known ones). next_ts,
    next_text: the decision that comes next, None and "" when none is known. seek: (target, per cent
    done) while a jump is on its way."""

    start_ts: int
    end_ts: int
    known_ts: int
    marks: tuple[tuple[int, str], ...]
    gaps: tuple[tuple[int, int], ...]
    place: tuple[int, int]
    next_ts: int | None
    next_text: str
    seek: tuple[int, int] | None


SLICES: dict[str, type[_Slice]] = {
    "status": Status,
    "symbols": SymbolsView,
    "funnel": FunnelView,
    "universe": UniverseView,
    "coverage": CoverageView,
    "ladder": LadderView,
    "heatmap": HeatmapView,
    "tape": TapeView,
    "score": ScoreView,
    "lanes": LanesView,
    "why": WhyView,
    "limits": LimitsView,
    "pending": PendingView,
    "log": LogView,
    "timeline": TimelineView,
}


# up: host to cockpit ------------------------------------------------------------
class Welcome(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """role: `writer` or `reader`; pen_pid: process of the screen that writes, 0 = none does.
    session: id of the session, hex; directory: where it is recorded, "" = nowhere. caps: what a
    screen may ask for besides trading: `transport` (replay control), `end` (leaving it ends the
    session)."""

    proto: int
    version: str
    mode: str
    role: str
    pen_pid: int
    config_hash: str
    caps: tuple[str, ...]
    session: str = ""
    directory: str = ""
    pid: int = 0


class Refused(msgspec.Struct, frozen=True, array_like=True, tag=2):
    code: str
    text: str


class Frame(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """slices: {slice id: (version, value)}, only what changed."""

    n: int
    engine_ts: int
    mono_ns: int
    slices: dict[str, tuple[int, Any]]


class Beat(msgspec.Struct, frozen=True, array_like=True, tag=4):
    n: int
    mono_ns: int
    engine_ts: int
    data_age_ms: int
    lag_p99_ms: int


class Verdict(msgspec.Struct, frozen=True, array_like=True, tag=5):
    """Answer to one command. text: one line for the operator; guards: as checked, for a confirm."""

    cmd_id: int
    ok: bool
    text: str
    guards: tuple[GuardRow, ...]


class Notice(msgspec.Struct, frozen=True, array_like=True, tag=6):
    level: str
    text: str


class Bye(msgspec.Struct, frozen=True, array_like=True, tag=7):
    reason: str
    code: int


class Pen(msgspec.Struct, frozen=True, array_like=True, tag=8):
    """The pen has moved: what this screen is from now on, and which process writes (0 = none)."""

    role: str
    pen_pid: int


class Alert(msgspec.Struct, frozen=True, array_like=True, tag=9):
    """Something that people should hear of, as it also goes to Discord: the newest state of the
    message `key` (a blueprint id, `lock:soft`, `feed:...`). bells: how often the terminal rings, 0
    = not. notify: it also shows a notification. text: one line."""

    key: str
    kind: str
    ticker: str
    text: str
    bells: int
    notify: bool
    at_ts: int


Up = Welcome | Refused | Frame | Beat | Verdict | Notice | Bye | Pen | Alert


# down: cockpit to host ------------------------------------------------------------
class Hello(msgspec.Struct, frozen=True, array_like=True, tag=32):
    """The first message of a screen. pen: `free` (write when nobody does), `take` (write, whoever
    did) or `none` (only look). session: the one that it expects, hex, "" = any."""

    proto: int
    version: str
    pid: int
    pen: str
    session: str = ""


class View(msgspec.Struct, frozen=True, array_like=True, tag=33):
    """What the screen shows: slice ids, selected ticker ("" = host's choice), frames a second, and
    the tickers whose universe rows are in sight (empty: the first `ROWS_UNASKED` of the order)."""

    panes: tuple[str, ...]
    selected: str
    fps: int
    rows_of: tuple[str, ...] = ()


class Ack(msgspec.Struct, frozen=True, array_like=True, tag=34):
    n: int


class Order(msgspec.Struct, frozen=True, array_like=True, tag=35):
    """A command with what the operator saw: frame number on screen and time of the key press."""

    cmd_id: int
    seen_n: int
    pressed_mono_ns: int
    command: Command


class Transport(msgspec.Struct, frozen=True, array_like=True, tag=36):
    """Replay control: `pause`, `play`, `speed` (value = factor × 100, 0 = max), `jump` (value =
    event time, ns), `decision` and `mark` (value = +1 next, -1 previous; marks are alerts, fills,
    outcomes, locks and halts), `cancel` a jump that is on its way. What cannot be done is answered
    with a Notice."""

    verb: str
    value: int = 0


class End(msgspec.Struct, frozen=True, array_like=True, tag=37):
    """End the session: the host closes its files and says `Bye` to every screen."""


class Alerting(msgspec.Struct, frozen=True, array_like=True, tag=38):
    """`retry`: send again what could not be delivered, and let a stopped channel try. Answered with
    a Notice. It decides nothing, so that a screen that only looks may ask for it too."""

    verb: str


Down = Hello | View | Ack | Order | Transport | End | Alerting

ROWS_UNASKED = 64
