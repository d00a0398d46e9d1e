"""Slices for the screen, made from the engine's own numbers; each with a version (formats.md 3)."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from ramstock_tui.core.blueprint import size_note
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.gates import REJECTS
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.lane_state import Pending, Trade
from ramstock_tui.core.readings import readings
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import BUY, S1, SELL
from ramstock_tui.host import words
from ramstock_tui.host.session import Playback
from ramstock_tui.link import schema as m
from ramstock_tui.schedule import utc_offset_s

LEVELS = 10
TAPE_ROWS = 60
LOG_ROWS = 60
SPARK_S = 16
STALE_NS = 2 * S1
LOST_NS = 5 * S1
_SIDES = {BUY: "B", SELL: "S"}
_LOCKS = {
    "soft_lock": ("LOCKED", "daily loss: no new entries"),
    "hard_lock": ("HARD LOCK", "daily loss: everything cancelled, read only"),
    "manual_lock": ("LOCKED", "by hand: no new entries"),
    "loss_pause": ("PAUSED", "third loss in 30 min: no new entries"),
    "global_pause": ("HALT PAUSE", "halt risk: no new entries"),
    "feed": ("FEED", "data suspended: no new entries"),
}


class Views:
    """Builds what a screen asks for, and says what changed since it was last sent."""

    def __init__(self, playback: Playback, *, clock_label: str, selected: str = "") -> None:
        self._playback = playback
        self._clock_label = clock_label
        self._sent: dict[str, tuple[int, Any]] = {}
        self._selected = selected

    def changed(self, view: m.View) -> dict[str, tuple[int, Any]]:
        """{slice id: (version, value)} of the wanted slices that differ from the last ones."""
        engine = self._playback.engine
        if not engine.lanes:
            return self._differ({"status": _empty_status(self._playback, self._clock_label)})
        symbol = self._symbol(view.selected)
        wanted = {"status", "pending", "log", "universe", *view.panes}
        made: dict[str, Any] = {"status": self._status(), "pending": self._pending()}
        made["log"] = m.LogView(tuple(self._log()))
        made["universe"] = m.UniverseView(tuple(self._universe()))
        if symbol is not None and symbol.last_ts:
            found = readings(symbol, self._t(symbol), engine.rules.profiles)
            for name, build in _OF_SYMBOL.items():
                if name in wanted:
                    made[name] = build(self, symbol, found)
        return self._differ(made)

    def data_age_ns(self) -> int:
        """Age of the newest market record at the event time shown, ns; 0 before the first."""
        link_ts = self._playback.engine.link_ts
        return max(0, self._playback.now - link_ts) if link_ts else 0

    def _differ(self, made: dict[str, Any]) -> dict[str, tuple[int, Any]]:
        out: dict[str, tuple[int, Any]] = {}
        for name, value in made.items():
            version, old = self._sent.get(name, (0, None))
            if value != old:
                out[name] = self._sent[name] = (version + 1, value)
        return out

    def _t(self, symbol: Symbol) -> int:
        return max(self._playback.now, symbol.last_ts)

    def _symbol(self, selected: str) -> Symbol | None:
        """The selected symbol, else the one of the first card, else the first."""
        engine = self._playback.engine
        for ticker in (selected, self._selected):
            if ticker in engine.by_ticker:
                return engine.by_ticker[ticker]
        for pending in engine.acting.state.pendings.values():
            return engine.by_ticker[pending.ticker]
        return next(iter(engine.by_ticker.values()), None)

    # slices --------------------------------------------------------------------------------------
    def _status(self) -> m.Status:
        playback, engine = self._playback, self._playback.engine
        lane, t = engine.acting, max(self._playback.now, self._playback.engine.link_ts)
        state, profile = lane.state, lane.profile
        window, allows, entries, cap, ends = lane.window_now(t)
        session = engine.session
        return m.Status(
            engine_ts=t,
            utc_offset_s=utc_offset_s(t),
            mode="replay",
            clock_label=self._clock_label,
            profile=profile.name,
            phase=session.phase if session is not None else 0,
            data_state=self._data_state(t),
            data_age_ns=t - engine.link_ts if engine.link_ts else None,
            net_e4=state.net_e4 + lane.open_net_e4,
            open_net_e4=lane.open_net_e4,
            peak_e4=state.peak_e4,
            soft_e4=profile.losses.soft_e4,
            hard_e4=profile.losses.hard_e4,
            entries=state.entries,
            entries_max=profile.throttle.per_day,
            wins=state.wins,
            losses=state.losses,
            alerts_hour=lane.alerts_hour(t),
            alerts_hour_max=profile.throttle.per_hour,
            next_alert_ts=lane.next_alert_ts(t),
            window=window,
            window_allows=allows,
            window_entries=entries,
            window_entries_max=cap,
            window_ends_ts=ends,
            losses_30m=lane.losses_recent(t),
            losses_30m_max=profile.losses.count,
            locks=tuple(_lock(code, end) for code, end in lane.locks_now(t)),
            recording=playback.recorder is not None,
            speed=_speed(playback),
            position=None,
            confirm_policy=playback.policy,
            note=playback.note,
        )

    def _data_state(self, t: int) -> str:
        engine = self._playback.engine
        if self._playback.done:
            return "done"
        if not engine.link_ts:
            return "waiting"
        age = t - engine.link_ts
        return "ok" if age <= STALE_NS else "stale" if age <= LOST_NS else "lost"

    def _universe(self) -> Iterable[m.UniverseRow]:
        engine = self._playback.engine
        lane = engine.acting
        scorer = engine.scorer(lane)
        pending = {p.ticker for p in lane.state.pendings.values()}
        for symbol in engine.by_ticker.values():
            t = self._t(symbol)
            state, until = _symbol_state(symbol, lane, t, symbol.ticker in pending)
            valid = bool(symbol.last_ts) and not symbol.reason(t)
            yield m.UniverseRow(
                symbol.ticker,
                symbol.tape.last or None,
                scorer.score(symbol, t) if valid else None,
                symbol.tape.count_3s(t),
                state,
                until,
            )

    def _ladder(self, s: Symbol, found: dict[str, Any]) -> m.LadderView:
        lane = self._playback.engine.acting
        marks = _marks(lane, s.ticker)
        sums = s.book.sums(3)
        return m.LadderView(
            ticker=s.ticker,
            tick_e4=s.tick_e4,
            bids=tuple(s.book.bids.top(LEVELS)),
            asks=tuple(s.book.asks.top(LEVELS)),
            reason=s.reason(self._t(s)),
            age_ns=found["book_age"][0],
            last_e4=s.tape.last or None,
            vwap_e4=None if found["vwap"][0] is None else round(found["vwap"][0]),
            vwap_reason=words.why_text(found["vwap"][1]),
            bid_sum_3=sums[0] if sums else None,
            ask_sum_3=sums[1] if sums else None,
            imbalance_5=found["imbalance_5"][0],
            weighted_mid=found["weighted_mid"][0],
            wall_price_e4=found["wall_price"][0],
            wall_size=found["wall_size"][0],
            wall_age_ns=found["wall_age"][0],
            ask_depth=found["ask_depth"][0],
            ask_depth_need=lane.profile.gates.ask_depth_min,
            entry_e4=marks[0],
            stop_e4=marks[1],
            target_e4=marks[2],
        )

    def _tape(self, s: Symbol, found: dict[str, Any]) -> m.TapeView:
        prints = s.tape.prints
        t = self._t(s)
        recent = prints[s.tape.index(t - 30 * S1) :]
        shares = {side: sum(p[2] for p in recent if p[3] == side) for side in (BUY, SELL, 3)}
        gap = found["last_minus_vwap"][0]
        reclaim = found[f"reclaim_{self._playback.engine.acting.profile.name}"]
        return m.TapeView(
            ticker=s.ticker,
            rows=tuple(_tape_row(p) for p in reversed(prints[-TAPE_ROWS:])),
            count_3s=found["tape_count_3s"][0],
            acceleration=found["tape_acceleration"][0],
            buy_shares=shares[BUY],
            sell_shares=shares[SELL],
            mid_shares=shares[3],
            last_minus_vwap_e4=None if gap is None else round(gap),
            reclaim=reclaim[0],
            reclaim_reason=words.why_text(reclaim[1]),
            spark=_spark(s, t),
        )

    def _score(self, s: Symbol, found: dict[str, Any]) -> m.ScoreView:
        engine = self._playback.engine
        lane, t = engine.acting, self._t(s)
        scorer = engine.scorer(lane)
        ev = scorer.evaluate(s, t)
        blockers = lane.blockers(t, s.ticker)
        return m.ScoreView(
            ticker=s.ticker,
            rows=_score_rows(ev, lane),
            gates=tuple(_gate_rows(ev, blockers, s, lane)),
            score_e4=None if ev.book_reason else ev.score_e4,
            need_e4=scorer.threshold_e4,
            verdict=_verdict(ev, blockers, scorer.threshold_e4),
            flip=(),
        )

    def _pending(self) -> m.PendingView:
        lane = self._playback.engine.acting
        cards = tuple(self._card(lane, p) for p in lane.state.pendings.values())
        open_rows = [_open_row(trade) for trade in lane.state.trades.values()]
        closed = [
            m.OutcomeRow(
                row["id"],
                row["ticker"],
                ("shadow " if row["shadow"] else "") + row["label"],
                row["shares"],
                row["net_e4"],
                row["ts"],
            )
            for row in reversed(lane.state.last)
        ]
        return m.PendingView(cards, tuple(open_rows + closed))

    def _card(self, lane: Lane, pending: Pending) -> m.Card:
        engine = self._playback.engine
        symbol = engine.by_ticker[pending.ticker]
        t = self._t(symbol)
        plan = pending.plan
        ev = engine.scorer(lane).evaluate(symbol, t)
        quoted = symbol.bid and symbol.ask
        return m.Card(
            id=pending.id,
            version=pending.version,
            ticker=pending.ticker,
            score_e4=pending.score_e4,
            created_ts=pending.created_ts,
            expires_ts=pending.expires_ts,
            shares=plan.shares,
            size_note=size_note(plan),
            entry_e4=plan.entry_e4,
            stop_e4=plan.stop_e4,
            target_e4=plan.target_e4,
            risk_e4=plan.risk_e4,
            reward_e4=plan.reward_e4,
            net_target_e4=plan.net_target_e4,
            net_stop_e4=plan.net_stop_e4,
            break_even_bp=plan.break_even_bp,
            null_bp=plan.null_bp,
            rows=self._trigger_rows(lane, pending, ev),
            guards=tuple(m.GuardRow(*guard) for guard in lane.guards_now(t, pending)),
            ask_now_e4=symbol.ask or None,
            spread_now_e4=symbol.ask - symbol.bid if quoted else None,
            depth_now=symbol.ask_size if quoted else None,
            quote_age_ns=t - symbol.last_ts,
            low_confidence=bool(plan.low),
            two_step=bool(plan.low),
            state="pending",
        )

    def _trigger_rows(
        self, lane: Lane, pending: Pending, now: Evaluation
    ) -> tuple[m.ScoreRow, ...]:
        """The rules as they stood when the card (this version of it) was made."""
        for d in reversed(self._playback.engine.history):
            if d.kind in ("signal", "reprice") and d.body.get("id") == pending.id:
                parts = [tuple(part) for part in d.info["parts"]]
                return _score_rows(Evaluation(d.score or 0, (), "", parts), lane)
        return _score_rows(now, lane)

    def _log(self) -> Iterable[m.LogRow]:
        """Newest first; a line that repeats the one before it is counted, not shown again."""
        rows: list[tuple[m.LogRow, int]] = []
        for n, d in reversed(self._playback.log):
            if d.kind in words.SILENT or _shadow(d):
                continue
            text, level = words.log_text(d), words.LEVELS.get(d.kind, "info")
            if rows and (rows[-1][0].ticker, rows[-1][0].text) == (d.ticker, text):
                rows[-1] = (rows[-1][0], rows[-1][1] + 1)
            elif len(rows) == LOG_ROWS:
                break
            else:
                rows.append((m.LogRow(n, d.ts, level, d.ticker, text), 1))
        for row, count in rows:
            times = f"  ×{count}" if count > 1 else ""
            yield m.LogRow(row.n, row.ts, row.level, row.ticker, row.text + times)


_OF_SYMBOL: dict[str, Callable[[Views, Symbol, dict[str, Any]], Any]] = {
    "ladder": Views._ladder,
    "tape": Views._tape,
    "score": Views._score,
}


def _open_row(trade: Trade) -> m.OutcomeRow:
    label = "OPEN" if trade.filled else "ORDER"
    return m.OutcomeRow(trade.id, trade.ticker, label, trade.shares, None, trade.created_ts)


def _shadow(decision: Decision) -> bool:
    return decision.kind == "fill" and bool(decision.body.get("shadow"))


def _empty_status(playback: Playback, clock_label: str) -> m.Status:
    return m.Status(
        *(0, 0, "replay", clock_label, "", 0, "waiting", None, 0, 0, 0, None, None, 0, 0, 0, 0, 0),
        *(0, None, "", False, 0, None, None, 0, 0, (), playback.recorder is not None),
        *(_speed(playback), None, playback.policy, playback.note),
    )


def _speed(playback: Playback) -> str:
    speed = f"x{playback.speed_pct / 100:g}" if playback.speed_pct else "max"
    return f"{speed} paused" if playback.paused else speed


def _lock(code: str, end: int | None) -> m.LockRow:
    word, blocks = _LOCKS.get(code, (code.upper(), "no new entries"))
    return m.LockRow(word, blocks, end)


def _symbol_state(s: Symbol, lane: Lane, t: int, pending: bool) -> tuple[str, int | None]:
    if pending:
        return "PENDING", None
    if s.halted:
        return "HALT", None
    cool = lane.cooloff_ends(s.ticker, t)
    if cool is not None:
        return "cool", cool
    reason = s.reason(t)
    return (reason.replace("_", " ") if reason else lane.state_of(s.sym)), None


def _marks(lane: Lane, ticker: str) -> tuple[int | None, int | None, int | None]:
    pending = lane.state.pending_of(ticker)
    if pending is not None:
        return pending.plan.entry_e4, pending.plan.stop_e4, pending.plan.target_e4
    for trade in lane.state.trades.values():
        if trade.ticker == ticker:
            return trade.entry_e4, trade.stop_e4, trade.target_e4
    return None, None, None


def _tape_row(p: tuple[int, int, int, int, int, int, int]) -> m.TapeRow:
    return m.TapeRow(p[0], p[1], p[2], _SIDES.get(p[3], "M"), bool(p[6] & 16), p[3] == 3)


def _spark(s: Symbol, t: int) -> tuple[int, ...]:
    edges = [s.tape.index(t - k * S1) for k in range(SPARK_S, -1, -1)]
    return tuple(later - earlier for earlier, later in pairwise(edges))


def _score_rows(ev: Evaluation, lane: Lane) -> tuple[m.ScoreRow, ...]:
    rows = []
    for step, (rule, value, _, points) in zip(lane.profile.rules, ev.parts, strict=True):
        rows.append(
            m.ScoreRow(
                rule=rule,
                value=words.value_text(rule, value),
                need=words.need_text(step),
                points_e4=points,
                of_e4=step.points_e4,
                passed=points > 0,
                reason="",
                since_ts=None,
            )
        )
    return tuple(rows)


def _gate_detail(code: str, s: Symbol, lane: Lane) -> str:
    """A gate or rejection with its numbers where it has some."""
    gates, spread = lane.profile.gates, s.ask - s.bid
    if code == "depth_gate" and gates.ask_depth_min is not None:
        short = gates.ask_depth_min - s.ask_size
        shares = "share" if short == 1 else "shares"
        return f"ask depth {s.ask_size:,} < {gates.ask_depth_min:,}, short {short:,} {shares}"
    if code == "spread_gate":
        return f"spread {words.cents(spread)} > {words.cents(gates.spread_max_e4)}"
    return words.reason_words((code,))


def _gate_rows(
    ev: Evaluation, blockers: tuple[str, ...], s: Symbol, lane: Lane
) -> Iterable[m.GateRow]:
    bad = f"book {ev.book_reason.replace('_', ' ')}" if ev.book_reason else ""
    yield m.GateRow("book", not bad, bad)
    gates = ["spread_gate"] + (["depth_gate"] if lane.profile.gates.ask_depth_min else [])
    for name in [*gates, *(n for n in lane.profile.rejects if n in REJECTS)]:
        against = tuple(code for code in ev.rejects if code == name or code == f"{name}_hold")
        detail = ", ".join(_gate_detail(code, s, lane) for code in against)
        yield m.GateRow(name.removesuffix("_gate"), not against, detail)
    for code in blockers:
        yield m.GateRow(code, False, words.reason_words((code,)))


def _verdict(ev: Evaluation, blockers: tuple[str, ...], threshold_e4: int) -> str:
    if ev.book_reason:
        return f"BOOK? {ev.book_reason.replace('_', ' ')}"
    if ev.score_e4 < threshold_e4:
        return "below"
    if ev.rejects:
        return f"REJECT {words.reason_words(ev.rejects)}"
    return f"no alert: {words.reason_words(blockers)}" if blockers else "ACCEPT"
