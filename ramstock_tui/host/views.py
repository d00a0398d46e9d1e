"""Slices for the screen, made from the engine's own numbers; each with a version (formats.md 3)."""

from collections.abc import Callable, Iterable
from typing import Any

from ramstock_tui.core.blueprint import size_note
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.lane_state import Pending, Trade
from ramstock_tui.core.readings import readings
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import BUY, S1, SELL
from ramstock_tui.host import rows, words
from ramstock_tui.host.watched import Watched
from ramstock_tui.link import schema as m
from ramstock_tui.schedule import utc_offset_s

LEVELS = 10
TAPE_ROWS = 60
LOG_ROWS = 60
STALE_NS = 2 * S1
LOST_NS = 5 * S1


class Views:
    """Builds what a screen asks for, and says what changed since it was last sent."""

    def __init__(self, session: Watched, *, selected: str = "") -> None:
        self._session = session
        self._sent: dict[str, tuple[int, Any]] = {}
        self._selected = selected

    def changed(self, view: m.View) -> dict[str, tuple[int, Any]]:
        """{slice id: (version, value)} of the wanted slices that differ from the last ones."""
        engine = self._session.engine
        if not engine.lanes:
            return self._differ({"status": _empty_status(self._session)})
        symbol = self._symbol(view.selected)
        wanted = {"status", "pending", "log", "universe", *view.panes}
        made: dict[str, Any] = {"status": self._status(), "pending": self._pending()}
        made["log"] = m.LogView(tuple(self._log()))
        made["symbols"] = m.SymbolsView(tuple(engine.by_ticker))
        made["universe"] = m.UniverseView(tuple(self._universe(view.rows_of)))
        if symbol is not None and symbol.last_ts:
            found = readings(symbol, self._t(symbol), engine.rules.profiles)
            for name, build in _OF_SYMBOL.items():
                if name in wanted:
                    made[name] = build(self, symbol, found)
        return self._differ(made)

    def data_age_ns(self) -> int:
        """Age of the newest market record at the event time shown, ns; 0 before the first."""
        link_ts = self._session.engine.link_ts
        return max(0, self._session.now - link_ts) if link_ts else 0

    def _differ(self, made: dict[str, Any]) -> dict[str, tuple[int, Any]]:
        out: dict[str, tuple[int, Any]] = {}
        for name, value in made.items():
            version, old = self._sent.get(name, (0, None))
            if value != old:
                out[name] = self._sent[name] = (version + 1, value)
        return out

    def _t(self, symbol: Symbol) -> int:
        return max(self._session.now, symbol.last_ts)

    def _symbol(self, selected: str) -> Symbol | None:
        """The selected symbol, else the one of the first card, else the first."""
        engine = self._session.engine
        for ticker in (selected, self._selected):
            if ticker in engine.by_ticker:
                return engine.by_ticker[ticker]
        for pending in engine.acting.state.pendings.values():
            return engine.by_ticker[pending.ticker]
        return next(iter(engine.by_ticker.values()), None)

    # slices --------------------------------------------------------------------------------------
    def _status(self) -> m.Status:
        session, engine = self._session, self._session.engine
        lane, t = engine.acting, max(session.now, engine.link_ts)
        state, profile = lane.state, lane.profile
        window, allows, entries, cap, ends = lane.window_now(t)
        opened = engine.session
        return m.Status(
            engine_ts=t,
            utc_offset_s=utc_offset_s(t),
            mode=session.mode,
            clock_label=session.clock_label,
            profile=profile.name,
            phase=opened.phase if opened is not None else 0,
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
            locks=tuple(rows.lock(code, end) for code, end in lane.locks_now(t)),
            recording=session.recording,
            speed=session.speed,
            position=None,
            confirm_policy=session.policy,
            note=session.note,
        )

    def _data_state(self, t: int) -> str:
        engine = self._session.engine
        if self._session.done:
            return "done"
        if not engine.link_ts:
            return "waiting"
        age = t - engine.link_ts
        return "ok" if age <= STALE_NS else "stale" if age <= LOST_NS else "lost"

    def _universe(self, rows_of: tuple[str, ...]) -> Iterable[m.UniverseRow]:
        engine = self._session.engine
        lane = engine.acting
        scorer = engine.scorer(lane)
        pending = {p.ticker for p in lane.state.pendings.values()}
        known = engine.by_ticker
        tickers = rows_of or tuple(known)[: m.ROWS_UNASKED]
        for symbol in (known[ticker] for ticker in tickers if ticker in known):
            t = self._t(symbol)
            state, until = rows.symbol_state(symbol, lane, t, symbol.ticker in pending)
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
        lane = self._session.engine.acting
        marks = rows.marks(lane, s.ticker)
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
        reclaim = found[f"reclaim_{self._session.engine.acting.profile.name}"]
        return m.TapeView(
            ticker=s.ticker,
            rows=tuple(rows.tape_row(p) for p in reversed(prints[-TAPE_ROWS:])),
            count_3s=found["tape_count_3s"][0],
            acceleration=found["tape_acceleration"][0],
            buy_shares=shares[BUY],
            sell_shares=shares[SELL],
            mid_shares=shares[3],
            last_minus_vwap_e4=None if gap is None else round(gap),
            reclaim=reclaim[0],
            reclaim_reason=words.why_text(reclaim[1]),
            spark=rows.spark(s, t),
        )

    def _score(self, s: Symbol, found: dict[str, Any]) -> m.ScoreView:
        engine = self._session.engine
        lane, t = engine.acting, self._t(s)
        scorer = engine.scorer(lane)
        ev = scorer.evaluate(s, t)
        blockers = lane.blockers(t, s.ticker)
        return m.ScoreView(
            ticker=s.ticker,
            rows=rows.score_rows(ev, lane),
            gates=tuple(rows.gate_rows(ev, blockers, s, lane)),
            score_e4=None if ev.book_reason else ev.score_e4,
            need_e4=scorer.threshold_e4,
            verdict=rows.verdict(ev, blockers, scorer.threshold_e4),
            flip=(),
        )

    def _pending(self) -> m.PendingView:
        lane = self._session.engine.acting
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
        engine = self._session.engine
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
        for d in reversed(self._session.engine.history):
            if d.kind in ("signal", "reprice") and d.body.get("id") == pending.id:
                parts = [tuple(part) for part in d.info["parts"]]
                return rows.score_rows(Evaluation(d.score or 0, (), "", parts), lane)
        return rows.score_rows(now, lane)

    def _log(self) -> Iterable[m.LogRow]:
        """Newest first; a line that repeats the one before it is counted, not shown again."""
        shown: list[tuple[m.LogRow, int]] = []
        for n, d in reversed(self._session.log):
            if d.kind in words.SILENT or _shadow(d):
                continue
            text, level = words.log_text(d), words.LEVELS.get(d.kind, "info")
            if shown and (shown[-1][0].ticker, shown[-1][0].text) == (d.ticker, text):
                shown[-1] = (shown[-1][0], shown[-1][1] + 1)
            elif len(shown) == LOG_ROWS:
                break
            else:
                shown.append((m.LogRow(n, d.ts, level, d.ticker, text), 1))
        for row, count in shown:
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


def _empty_status(session: Watched) -> m.Status:
    """Before the first input: nothing is known, nothing has happened."""
    return m.Status(
        engine_ts=0,
        utc_offset_s=0,
        mode=session.mode,
        clock_label=session.clock_label,
        profile="",
        phase=0,
        data_state="waiting",
        data_age_ns=None,
        net_e4=0,
        open_net_e4=0,
        peak_e4=0,
        soft_e4=None,
        hard_e4=None,
        entries=0,
        entries_max=0,
        wins=0,
        losses=0,
        alerts_hour=0,
        alerts_hour_max=0,
        next_alert_ts=None,
        window="",
        window_allows=False,
        window_entries=0,
        window_entries_max=None,
        window_ends_ts=None,
        losses_30m=0,
        losses_30m_max=0,
        locks=(),
        recording=session.recording,
        speed=session.speed,
        position=None,
        confirm_policy=session.policy,
        note=session.note,
    )
