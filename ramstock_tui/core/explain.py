"""Everything that the engine sees of one symbol at one instant, and what each profile makes of it.

The engine stands at the instant: every input with ts <= t was fed, and `Engine.tick(t)` was called.
So a decision that was taken at exactly t is done: its card is pending, its cool-off runs. Nothing
here changes what the engine decides later.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.flip import Flip, flips
from ramstock_tui.core.gates import REJECTS
from ramstock_tui.core.held import spell
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.metrics import METRICS
from ramstock_tui.core.readings import BOOK, OTHER, readings
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.throttle import SECOND_NS
from ramstock_tui.core.units import METRIC_UNITS, unit_of

EVIDENCE = {  # rejection -> the readings that tell why it stands
    "stall": ("last_print_age",),
    "flash": ("flash", "flash_hold", "flash_count_5min", "flash_quarantine"),
    "replenish": ("ask_fills_3s", "ask_refill_net_3s"),
    "iceberg": ("iceberg",),
    "collapse": ("collapse", "collapse_hold"),
    "quarantine": ("quarantine", "halt_risk", "move_60s", "near_band", "halted"),
    "fake_wall": ("fake_wall", "wall_size", "wall_age"),
    "spoof": ("ask_pulled_2s", "ask_pull_limit"),
    "refill": ("refill_count_5s",),
    "lots": ("lots_suspected",),
    "vwap_gate": ("last_minus_vwap",),
    "heatmap": ("eaten_ask", "heatmap_no_flash"),
}
_VERDICTS = ("signal", "reject", "suppress")


class Value(msgspec.Struct, frozen=True):
    """One reading. value None has a reason, a value has none. Units: `usd_e4` = 1/10,000 USD,
    `shares`, `ns`, `ratio`, `ticks`, `prints`, `prints/s`, `count`, `points`, `bool`, `text`."""

    value: Any
    unit: str
    reason: str | None


class Rule(msgspec.Struct, frozen=True):
    """One rule of the score. points: what it gives now, of: what it can give. since_ns: since when
    it has given points, None = it does not, or nothing tells; since_exact: false = by then already.
    """

    rule: str
    value: Any
    unit: str
    reason: str | None
    need: str
    passed: bool
    points: float
    of: float
    since_ns: int | None
    since_exact: bool


class Gate(msgspec.Struct, frozen=True):
    """A gate or rejection. passed: None = not tested, it needs a valid book. codes: what stands
    against a signal because of it. readings: names of those that it looks at."""

    gate: str
    passed: bool | None
    codes: tuple[str, ...]
    value: Any
    unit: str
    need: str
    readings: tuple[str, ...]


class Limit(msgspec.Struct, frozen=True):
    """A throttle or lock. codes: what forbids a signal because of it. value, limit: how far it is
    used, in `unit`, None = nothing to count. until_ns: when time ends or changes it, None = time
    does not. text: the window's name, the pending's id, why the feed is suspended."""

    name: str
    passed: bool
    codes: tuple[str, ...]
    value: Any = None
    limit: Any = None
    unit: str = ""
    until_ns: int | None = None
    text: str = ""


class Decided(msgspec.Struct, frozen=True):
    """A decision that carries exactly the instant. profile: "" = about the market."""

    kind: str
    profile: str
    seq: int
    i: int
    score: float | None
    reasons: tuple[str, ...]
    id: str | None


class Outcome(msgspec.Struct, frozen=True):
    """What was decided. kind: that of the decision at exactly the instant (`signal`, `reject`,
    `suppress` before all others, then the lane's last, then the market's); without one the state:
    `pending`, `open`, `halted`, `book`, `cooling`, `idle`, `near`, `rejected`, `suppressed`.
    state: always the state after the instant. until_ns: when the state ends by time."""

    kind: str
    exact: bool
    state: str
    reasons: tuple[str, ...]
    score: float | None
    id: str | None
    until_ns: int | None
    decided: tuple[Decided, ...]


class ProfileView(msgspec.Struct, frozen=True):
    """One profile. rejects: sorted codes of gates and rejections that stand against a signal; while
    the book is not valid `book`, with those that do not look at it (N-03). score: 0 while it is not
    valid. flip_reason: why flip is empty, "" = it is not."""

    acting: bool
    rules: tuple[Rule, ...]
    gates: tuple[Gate, ...]
    rejects: tuple[str, ...]
    throttles: tuple[Limit, ...]
    locks: tuple[Limit, ...]
    score: float
    threshold: float
    decision: Outcome
    flip: tuple[Flip, ...]
    flip_reason: str


class Explanation(msgspec.Struct, frozen=True):
    """One symbol at one instant. at_ns: ns since the epoch; seq: the last input up to it, 0 =
    none. note: what is special about the instant, None = nothing."""

    symbol: str
    at_ns: int
    seq: int
    note: str | None
    readings: dict[str, Value]
    profiles: dict[str, ProfileView]


def explain(
    engine: Engine, s: Symbol, t: int, profiles: tuple[str, ...] = (), note: str | None = None
) -> Explanation:
    """Explain a symbol at t, ns, at which the engine stands; profiles: names, () = every lane.

    The wall readings need an engine that was made with `observe=True`.
    """
    tables = tuple(lane.profile for lane in engine.lanes)
    found = readings(s, t, tables)
    values = {
        name: Value(value, unit_of(name), reason or None) for name, (value, reason) in found.items()
    }
    lanes = [lane for lane in engine.lanes if not profiles or lane.profile.name in profiles]
    return Explanation(
        s.ticker,
        t,
        engine.seq,
        note,
        values,
        {lane.profile.name: _profile(engine, lane, s, t) for lane in lanes},
    )


def _profile(engine: Engine, lane: Lane, s: Symbol, t: int) -> ProfileView:
    profile = lane.profile
    ev = engine.scorer(lane).evaluate(s, t)
    blockers = lane.blockers(t, s.ticker)
    gates = tuple(_gates(lane, ev, s, t))
    rejects = tuple(sorted(code for gate in gates for code in gate.codes))
    open_way = ev.score_e4 >= profile.min_score_e4 and not rejects and not blockers
    if open_way and not lane.sized(t, s):
        rejects = ("size",)
    flip, why_none = flips(profile, s, t)
    throttles = tuple(_throttles(lane, s, t, blockers))
    locks = tuple(_locks(lane, t, blockers))
    known = {code for each in (*throttles, *locks) for code in each.codes}
    return ProfileView(
        acting=lane.acting,
        rules=tuple(_rules(lane, ev, s, t)),
        gates=gates,
        rejects=rejects,
        throttles=throttles,
        locks=(*locks, *(Limit(code, False, (code,)) for code in blockers if code not in known)),
        score=ev.score_e4 / 10_000,
        threshold=profile.min_score_e4 / 10_000,
        decision=_outcome(engine, lane, s, t),
        flip=flip,
        flip_reason=why_none,
    )


def _rules(lane: Lane, ev: Evaluation, s: Symbol, t: int) -> Iterable[Rule]:
    for step, (name, _, condition, points) in zip(lane.profile.rules, ev.parts, strict=True):
        metric = METRICS[step.metric]
        value, reason = metric.read(s, t, lane.profile)
        unit = METRIC_UNITS.get(metric.unit, metric.unit)
        held = spell(s, t, step, lane.profile) if points > 0 else None
        since = (None, True) if held is None else held
        why, of = reason or None, step.points_e4 / 10_000
        yield Rule(name, value, unit, why, condition, points > 0, points / 10_000, of, *since)


def _gates(lane: Lane, ev: Evaluation, s: Symbol, t: int) -> Iterable[Gate]:
    """The book, the two gates, the rejections of the profile."""
    bad, gates = ev.book_reason, lane.profile.gates
    codes = ("book",) if bad else ()
    yield Gate("book", not bad, codes, bad or "valid", "text", "valid", ("book_reason",))
    sign = "<=" if gates.spread_inclusive else "<"
    spread = f"{sign} {gates.spread_max_e4 / 10_000:g}"
    yield _gate(ev, "spread_gate", s.ask - s.bid, "usd_e4", spread, "spread")
    if gates.ask_depth_min is not None:
        least = f">= {gates.ask_depth_min:,}"
        yield _gate(ev, "depth_gate", s.ask_size, "shares", least, "ask_depth")
    if gates.vwap_within_e4 is not None:
        within = f"within {gates.vwap_within_e4 / 10_000:g}"
        value = OTHER["last_minus_vwap"](s, t)[0]
        yield _gate(ev, "vwap_gate", value, "usd_e4", within, "last_minus_vwap")
    if lane.profile.heatmap == "required":
        yield _gate(ev, "heatmap", None, "", "", *EVIDENCE["heatmap"])
    for name in lane.profile.rejects:
        untested = bad and name in BOOK  # a reading of the book, such as `replenish`
        stands = () if untested else REJECTS[name](s, t)
        passed = None if untested else not stands
        yield Gate(name, passed, stands, None, "", "", EVIDENCE.get(name, ()))


def _gate(
    ev: Evaluation, code: str, value: float | None, unit: str, condition: str, *names: str
) -> Gate:
    if ev.book_reason:
        return Gate(code, None, (), None, unit, condition, names)
    codes = (code,) if code in ev.rejects else ()
    return Gate(code, not codes, codes, value, unit, condition, names)


def _throttles(lane: Lane, s: Symbol, t: int, blockers: tuple[str, ...]) -> Iterable[Limit]:
    """Cool-off, hour, pending, window and the caps on entries."""
    throttle, state = lane.profile.throttle, lane.state
    window, allows, entries, cap, ends = lane.window_now(t)
    pending = state.pending_of(s.ticker)
    named = _short(pending.id) if pending is not None else ""
    expires = pending.expires_ts if pending is not None else None
    cool = lane.cooloff_ends(s.ticker, t)
    left = max(0, cool - t) if cool is not None else 0
    yield _limit(blockers, "cooloff", left, throttle.cooloff_s * SECOND_NS, "ns", cool)
    alerts, hour = lane.alerts_hour(t), throttle.per_hour
    yield _limit(blockers, "hourly", alerts, hour, "count", lane.next_alert_ts(t))
    yield _limit(blockers, "pending", None, None, "", expires, named)
    closed = tuple(code for code in ("window", "if_ahead") if code in blockers)
    yield Limit("window", allows, closed, until_ns=ends, text=window)
    yield _limit(blockers, "window_cap", entries, cap, "count", ends if cap is not None else None)
    yield _limit(blockers, "day_cap", state.entries, throttle.per_day, "count")


def _locks(lane: Lane, t: int, blockers: tuple[str, ...]) -> Iterable[Limit]:
    """Loss locks and pauses, the hand, the feed, the phase."""
    losses, state = lane.profile.losses, lane.state
    net = state.net_e4 + lane.open_net_e4
    soft = None if losses.soft_e4 is None else -losses.soft_e4
    hard = None if losses.hard_e4 is None else -losses.hard_e4
    ends = dict(lane.locks_now(t))
    yield _limit(blockers, "soft_lock", net, soft, "usd_e4")
    yield _limit(blockers, "hard_lock", net, hard, "usd_e4")
    yield _limit(blockers, "manual_lock")
    yield _limit(blockers, "lost_lock")
    recent = lane.losses_recent(t)
    yield _limit(blockers, "loss_pause", recent, losses.count, "count", ends.get("loss_pause"))
    yield _limit(blockers, "global_pause", until=ends.get("global_pause"))
    yield _limit(blockers, "feed", text=lane.suspended)
    yield _limit(blockers, "equity_floor")
    yield _limit(blockers, "phase")


def _limit(
    blockers: tuple[str, ...],
    name: str,
    value: Any = None,
    limit: Any = None,
    unit: str = "",
    until: int | None = None,
    text: str = "",
) -> Limit:
    stands = name in blockers
    return Limit(name, not stands, (name,) if stands else (), value, limit, unit, until, text)


def _short(blueprint: str) -> str:
    """`2026...-ABCD-3` -> `#A3`."""
    return "#A" + blueprint.rpartition("-")[2]


def _outcome(engine: Engine, lane: Lane, s: Symbol, t: int) -> Outcome:
    state, reasons, named, until = _state(lane, s, t)
    decided = tuple(_decided(d) for d in _at(engine, lane, s, t))
    if not decided:
        return Outcome(state, False, state, reasons, None, named, until, ())
    own = [d for d in decided if d.profile]
    first = next((d for d in reversed(own) if d.kind in _VERDICTS), (own or decided)[-1])
    return Outcome(first.kind, True, state, first.reasons, first.score, first.id, until, decided)


def _at(engine: Engine, lane: Lane, s: Symbol, t: int) -> list[Decision]:
    """Decisions of the lane, or about the market, on the symbol at exactly t, oldest first."""
    found = []
    for d in reversed(engine.history):
        if d.ts < t:
            break
        if d.ts == t and d.ticker == s.ticker and d.profile in ("", lane.profile.name):
            found.append(d)
    return found[::-1]


def _decided(d: Decision) -> Decided:
    named = d.body.get("id")
    score = None if d.score is None else d.score / 10_000
    return Decided(
        d.kind, d.profile, d.seq, d.i, score, d.reasons, None if named is None else _short(named)
    )


def _state(lane: Lane, s: Symbol, t: int) -> tuple[str, tuple[str, ...], str | None, int | None]:
    """(state, reasons, id, end) after the instant."""
    pending = lane.state.pending_of(s.ticker)
    if pending is not None:
        return "pending", (), _short(pending.id), pending.expires_ts
    for trade in lane.state.trades.values():
        if trade.ticker == s.ticker:
            return "open", (), _short(trade.id), trade.timeout_ts or trade.fill_end
    reason = s.reason(t)
    if s.halted:
        return "halted", (reason,), None, None
    if reason:
        return "book", (reason,), None, None
    cool = lane.cooloff_ends(s.ticker, t)
    if cool is not None:
        return "cooling", (), None, cool
    state = lane.state_of(s.sym)
    return ("idle" if state == "pending" else state), (), None, None
