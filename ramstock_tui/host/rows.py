"""Rows of the screen's slices, each made from the engine's own numbers."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, repeat

from ramstock_tui.core.coverage import DEEP
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.estimate import estimate, prints_3s
from ramstock_tui.core.flip import flips
from ramstock_tui.core.gates import REJECTS
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.profile import Losses
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import BUY, S1, SELL
from ramstock_tui.host import limits, words
from ramstock_tui.host.held import Since
from ramstock_tui.link import schema as m

SPARK_S = 16
STATES_OF_PROBES = frozenset({"PENDING", "HALT", "quarantine", "cool"})
# what the feed said when it stopped -> the data's state on the screen
DOWN_STATES = {"down": "lost", "competing": "lost", "delayed": "DELAYED", "skew": "CLOCK WRONG"}
_SIDES = {BUY: "B", SELL: "S"}
_LOCKS = {
    "soft_lock": ("LOCKED", "losses of the day: no new entries"),
    "hard_lock": ("HARD LOCK", "daily loss: everything cancelled, read only"),
    "manual_lock": ("LOCKED", "by hand: no new entries"),
    "lost_lock": ("LOCKED", "account state lost: no new entries"),
    "loss_pause": ("PAUSED", "{losses}: no new entries"),
    "global_pause": ("HALT PAUSE", "halt risk: no new entries"),
    "alerts_off": ("ALERTS OFF", "by hand: no new alerts"),
    "equity_floor": ("EQUITY FLOOR", "account below the floor: no new entries"),
    "phase": ("MONITOR", "no edge shown: no alerts, no entries"),
    "feed": ("FEED", "data suspended: no new entries"),
}


def lock(code: str, end: int | None, losses: Losses, next_open_ns: int | None = None) -> m.LockRow:
    """A lock or pause by its code, in the words of the status rows. losses: of the profile that it
    holds. next_open_ns: opening of the next session, at which the locks of the day end."""
    word, blocks = _LOCKS.get(code, (code.upper(), "no new entries"))
    ends = next_open_ns if code in _DAY_LOCKS else end
    blocks = blocks.replace("{losses}", words.loss_pause(losses))
    return m.LockRow(word, blocks, ends, limits.allows(code))


_DAY_LOCKS = frozenset({"soft_lock", "hard_lock", "manual_lock", "lost_lock"})


def not_recorded(why: str) -> tuple[m.LockRow, ...]:
    """The row that says why nothing is recorded and decided; none for ""."""
    return (m.LockRow("NOT RECORDED", f"{why}: no new entries, no confirms", None),) if why else ()


def symbol_state(s: Symbol, lane: Lane, t: int, pending: bool) -> tuple[str, int | None]:
    """(word, end or None) of a symbol in the universe list."""
    if pending:
        return "PENDING", None
    if s.halted:
        return "HALT", None
    if s.halts.quarantined(t):
        return "quarantine", s.halts.quarantine_ends(t)
    cool = lane.cooloff_ends(s.ticker, t)
    if cool is not None:
        return "cool", cool
    reason = s.reason(t)
    return (reason.replace("_", " ") if reason else lane.state_of(s.sym)), None


def probe(s: Symbol, lane: Lane, state: str, until: int | None) -> m.UniverseRow:
    """A symbol without a depth slot: what its level-1 line says, as an estimate."""
    quote = s.level1
    found = estimate(lane.profile, quote)
    word = state if state in STATES_OF_PROBES else "probe" if quote.ts else "no data"
    return m.UniverseRow(
        s.ticker,
        quote.last or (s.tape.last if quote.ts else 0) or None,
        found,
        prints_3s(quote),
        word,
        until if word == state else None,
        False,
        True,
    )


def deep_share(engine: Engine, t: int) -> int | None:
    """Share of the universe's time that had a depth slot, 1/10,000; None without slots."""
    return engine.coverage.share(t).deep_bp if knows_slots(engine) else None


def knows_slots(engine: Engine) -> bool:
    """Does the feed share out depth slots at all?"""
    return any(s.deep is not None for s in engine.symbols.values())


def coverage(engine: Engine, t: int) -> m.CoverageView:
    """Every symbol, the longest watched first; none where nothing is shared out."""
    if not knows_slots(engine):
        return m.CoverageView(())
    made = []
    for sym, watch in engine.coverage.watches.items():
        none, line, deep = watch.at(t)
        word = ("none", "probe", "deep")[watch.state]
        spells = sum(state == DEEP for _, state in watch.spells)
        ticker = engine.symbols[sym].ticker
        made.append(m.CoverageRow(ticker, deep, line, none, spells, word, watch.since))
    return m.CoverageView(tuple(sorted(made, key=lambda row: (-row.deep_ns, row.ticker))))


def marks(lane: Lane, ticker: str) -> tuple[int | None, int | None, int | None]:
    """(entry, stop, target) of the pending card or open trade; None without one."""
    pending = lane.state.pending_of(ticker)
    if pending is not None:
        return pending.plan.entry_e4, pending.plan.stop_e4, pending.plan.target_e4
    for trade in lane.state.trades.values():
        if trade.ticker == ticker:
            return trade.entry_e4, trade.stop_e4, trade.target_e4
    return None, None, None


def tape_row(p: tuple[int, int, int, int, int, int, int]) -> m.TapeRow:
    """A counted print as the tape shows it."""
    return m.TapeRow(p[0], p[1], p[2], _SIDES.get(p[3], "M"), bool(p[6] & 16), p[3] == 3)


def spark(s: Symbol, t: int) -> tuple[int, ...]:
    """Prints in each of the last seconds, oldest first."""
    edges = [s.tape.index(t - k * S1) for k in range(SPARK_S, -1, -1)]
    return tuple(later - earlier for earlier, later in pairwise(edges))


def score_rows(
    ev: Evaluation, lane: Lane, held: Sequence[Since | None] = ()
) -> tuple[m.ScoreRow, ...]:
    """Rules with value, need and points, of an evaluation; held: since when each is true, () =
    nobody asks."""
    rows = []
    rules = zip(lane.profile.rules, ev.parts, held or repeat(None), strict=False)
    for step, (rule, value, _, points), since in rules:
        rows.append(
            m.ScoreRow(
                rule=rule,
                value=words.value_text(rule, value),
                need=words.need_text(step),
                points_e4=points,
                of_e4=step.points_e4,
                passed=points > 0,
                reason="",
                since_ts=None if since is None else since[0],
                since_mark="" if since is None else since[1],
            )
        )
    return tuple(rows)


def gate_detail(code: str, s: Symbol, lane: Lane, t: int) -> str:
    """A gate or rejection with its numbers where it has some."""
    gates, spread = lane.profile.gates, s.ask - s.bid
    if code == "depth_gate" and gates.ask_depth_min is not None:
        short = gates.ask_depth_min - s.ask_size
        shares = "share" if short == 1 else "shares"
        return f"ask depth {s.ask_size:,} < {gates.ask_depth_min:,}, short {short:,} {shares}"
    if code == "spread_gate":
        return f"spread {words.cents(spread)} > {words.cents(gates.spread_max_e4)}"
    against = _DETAILS.get(code)
    return words.reason_words((code,)) + (f" {against(s, t)}" if against is not None else "")


def _refill(s: Symbol, t: int) -> str:
    fills, _, _, refill = s.flow.readings(t)
    return words.refill_times({"ask_fills_3s": fills, "ask_refill_net_3s": refill})


def _quiet(s: Symbol, t: int) -> str:
    """`2.4s`: the age of the last print."""
    return f"{(t - s.tape.prints[-1][0]) / S1:.1f}s" if s.tape.prints else ""


_DETAILS: dict[str, Callable[[Symbol, int], str]] = {"replenish": _refill, "stall": _quiet}


def gate_rows(
    ev: Evaluation, blockers: tuple[str, ...], s: Symbol, lane: Lane, t: int
) -> Iterable[m.GateRow]:
    """Gates, rejections and whatever else stands against a signal, with their numbers."""
    bad = f"book {ev.book_reason.replace('_', ' ')}" if ev.book_reason else ""
    yield m.GateRow("book", not bad, bad)
    gates = ["spread_gate"] + (["depth_gate"] if lane.profile.gates.ask_depth_min else [])
    if lane.profile.gates.vwap_within_e4 is not None:
        gates.append("vwap_gate")
    if lane.profile.heatmap == "required":
        gates.append("heatmap")
    for name in [*gates, *(n for n in lane.profile.rejects if n in REJECTS)]:
        against = tuple(code for code in ev.rejects if code == name or code == f"{name}_hold")
        detail = ", ".join(gate_detail(code, s, lane, t) for code in against)
        yield m.GateRow(name.removesuffix("_gate"), not against, detail)
    for code in blockers:
        yield m.GateRow(code, False, words.reason_words((code,)))


def lane_row(lane: Lane, scorer: Scorer, s: Symbol, t: int) -> m.LaneRow:
    """What one profile makes of the symbol at t, and its day so far."""
    profile, state = lane.profile, lane.state
    ev, blockers = scorer.evaluate(s, t), lane.blockers(t, s.ticker)
    found = flips(profile, s, t)[0]
    return m.LaneRow(
        profile=profile.name,
        acting=lane.acting,
        calibrated=profile.calibrated,
        score_e4=None if ev.book_reason else ev.score_e4,
        need_e4=scorer.threshold_e4,
        state=lane.state_of(s.sym),
        verdict=verdict(ev, blockers, scorer.threshold_e4),
        rejects=ev.rejects,
        blockers=blockers,
        flip=found[0].text if found else "",
        signals=state.n,
        entries=state.entries,
        wins=state.wins,
        losses=state.losses,
        net_e4=state.net_e4 + lane.open_net_e4,
    )


def verdict(ev: Evaluation, blockers: tuple[str, ...], threshold_e4: int) -> str:
    """What the score comes to, in one word and its reason."""
    if ev.book_reason:
        return f"BOOK? {ev.book_reason.replace('_', ' ')}"
    if ev.score_e4 < threshold_e4:
        return "below"
    if ev.rejects:
        return f"REJECT {words.reason_words(ev.rejects)}"
    if "pending" in blockers:
        return "PENDING"
    return f"no alert: {words.reason_words(blockers)}" if blockers else "ACCEPT"
