"""Slices for the screen, made from the engine's own numbers; each with a version (formats.md 3)."""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.flip import flips
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.metrics import METRICS
from ramstock_tui.core.profile import Profile
from ramstock_tui.core.readings import BOOK, OTHER
from ramstock_tui.core.records import ACCOUNT_TYPE, SessionOpened
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import BUY, S1, SELL
from ramstock_tui.host import limits, rows, words
from ramstock_tui.host.beginning import empty_status
from ramstock_tui.host.cards import Cards
from ramstock_tui.host.heatmap import Heatmap
from ramstock_tui.host.held import Held
from ramstock_tui.host.listings import Listings
from ramstock_tui.host.logbook import Logbook
from ramstock_tui.host.next_day import next_open_ns
from ramstock_tui.host.order import Order
from ramstock_tui.host.watched import Watched
from ramstock_tui.host.whynot import WhyNot
from ramstock_tui.link import schema as m
from ramstock_tui.schedule import early_closes, utc_offset_s

LEVELS = 10
IN_SIGHT = 7  # symbols that the smallest screen lists
TAPE_ROWS = 60
FLIPS = 3  # nearest flips that the score pane shows
LADDER = ("imbalance_5", "weighted_mid", "wall_price", "wall_size", "wall_age", "ask_depth")
STALE_NS = 2 * S1
LOST_NS = 5 * S1
_BELOW = ("idle", "near")  # below and at half of the threshold
Slices = dict[str, tuple[int, Any]]


class Views:
    """Builds what a screen asks for, and says what changed since it was last sent.

    It runs in the loop that runs the engine, so a call must stay short: only the slices that the
    screen shows are made, only the readings that they need, universe rows only of the tickers in
    sight; the order of the symbols and the guards of many cards are spread over calls (see `Order`
    and `Cards`). No input older than the session's `now` may come after a call."""

    def __init__(self, session: Watched, *, selected: str = "") -> None:
        self._session = session
        self._sent: dict[str, tuple[int, Any]] = {}
        self._selected = selected
        self._shown = ""  # the host's choice, when it was one
        self._order = Order()
        self._cards = Cards()
        self._log = Logbook()
        self._why = WhyNot()
        self._held = Held()
        self._heat = Heatmap()
        self._symbols = m.SymbolsView(())
        self._listings = Listings()

    def changed(self, view: m.View) -> Slices:
        """`build` in one go."""
        parts = self.build(view)
        try:
            while True:
                next(parts)
        except StopIteration as done:
            found: Slices = done.value
            return found

    def build(self, view: m.View) -> Generator[None, None, Slices]:
        """{slice id: (version, value)} of the wanted slices that differ from the last ones, made in
        parts: between two of them the session may go on. Status, order of symbols, pending and log
        are always wanted. Breaking off costs nothing."""
        session, engine = self._session, self._session.engine
        line = session.timeline()
        made: dict[str, Any] = {} if line is None else {"timeline": line}
        if not engine.lanes:
            return self._differ({"status": empty_status(session), **made})
        if line is not None and line.seek is not None:  # nobody looks at what is passed on the way
            if "status" not in self._sent:
                made["status"] = self._status()
            return self._differ(made)
        made |= self._listed()
        yield
        if "coverage" in view.panes:
            made["coverage"] = rows.coverage(engine, max(session.now, engine.link_ts))
        if "universe" in view.panes:
            made["universe"] = m.UniverseView(tuple(self._universe(view.rows_of)))
            yield
        yield from self._of_symbol(view, made)
        if "why" in view.panes:
            made["why"] = yield from self._why.view(engine, self._order.current, session.now)
        if session.engine is not engine:  # a replay has gone back between two parts
            return (yield from self.build(view))
        if "limits" in view.panes:
            t = max(session.now, engine.link_ts)
            made["limits"] = limits.view(engine, engine.acting, t)
        made["status"] = self._status()
        made["pending"] = self._cards.view(engine, session.now, session.lag_p99_ms)
        made["log"] = self._log.view(session)
        return self._differ(made)

    def _of_symbol(self, view: m.View, made: dict[str, Any]) -> Iterator[None]:
        symbol = self._symbol(view.selected)
        if symbol is None or not symbol.last_ts:
            return
        for name, build in _OF_SYMBOL.items():
            if name in view.panes:
                made[name] = build(self, symbol)
                yield

    def data_age_ns(self) -> int:
        """Age of the newest market record at the event time shown, ns; 0 before the first."""
        link_ts = self._session.engine.link_ts
        return max(0, self._session.now - link_ts) if link_ts else 0

    def _differ(self, made: dict[str, Any]) -> Slices:
        out: Slices = {}
        for name, value in made.items():
            version, old = self._sent.get(name, (0, None))
            if value is not old and value != old:
                out[name] = self._sent[name] = (version + 1, value)
        return out

    def _t(self, symbol: Symbol) -> int:
        return max(self._session.now, symbol.last_ts)

    def _listed(self) -> dict[str, Any]:
        """The symbols in order, and how their universe came about."""
        funnel = self._listings.funnel(self._session.engine)
        made = {} if funnel is None else {"funnel": funnel}
        return {"symbols": self._ordered(), **made}

    def _ordered(self) -> m.SymbolsView:
        tickers = self._order.tickers(self._session.engine, self._session.now)
        if tickers is not self._symbols.tickers:
            self._symbols = m.SymbolsView(tickers)
        return self._symbols

    def _symbol(self, selected: str) -> Symbol | None:
        """The selected symbol, else that of the first card or open trade, else the one shown last
        as long as it stands among the first of the order, else the first."""
        engine = self._session.engine
        if self._listings.excluded(selected) and selected not in engine.by_ticker:
            return None  # it has no book, and no other one may stand in its place
        for ticker in (selected, self._selected):
            if ticker in engine.by_ticker:
                return engine.by_ticker[ticker]
        state = engine.acting.state
        tickers = [p.ticker for p in state.pendings.values()]
        tickers += [trade.ticker for trade in state.trades.values()]
        first = tickers or self._order.current[:IN_SIGHT]
        if first and self._shown not in first:
            self._shown = first[0]
        found = engine.by_ticker.get(self._shown)
        return found or next(iter(engine.by_ticker.values()), None)

    # slices --------------------------------------------------------------------------------------
    def _status(self) -> m.Status:
        session, engine = self._session, self._session.engine
        lane, t = engine.acting, max(session.now, engine.link_ts)
        state, profile = lane.state, lane.profile
        window, allows, entries, cap, ends = lane.window_now(t)
        opened, away = engine.session, session.away
        next_open = None if opened is None else next_open_ns(opened.next_date)
        return m.Status(
            engine_ts=t,
            utc_offset_s=utc_offset_s(t),
            mode=session.mode,
            clock_label=session.clock_label,
            profile=profile.name,
            phase=lane.phase,
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
            window=window or (limits.OFF if ends is None else ""),
            window_allows=allows,
            window_entries=entries,
            window_entries_max=cap,
            window_ends_ts=ends if allows else lane.opens_next(t),
            losses_recent=lane.losses_recent(t),
            losses_recent_max=profile.losses.count,
            losses_min=profile.losses.window_s // 60,
            locks=rows.not_recorded(session.stopped)
            + tuple(
                rows.lock(code, end, profile.losses, next_open) for code, end in lane.locks_now(t)
            ),
            recording=session.recording,
            speed=session.speed,
            position=None,
            confirm_policy=session.policy,
            note=_note(session, opened, _account_note(engine)),
            calibrated=profile.calibrated,
            discord=session.discord,
            rtt_ms=max(engine.rtt_ms.values(), default=None),
            lag_p95_ms=engine.lag_p95_ms if engine.rtt_ms else None,
            slots=session.slots,
            deep_bp=rows.deep_share(engine, t),
            away=away[:3] if away.lost else (),
        )

    def _data_state(self, t: int) -> str:
        engine = self._session.engine
        if self._session.done:
            return "done"
        if engine.down in rows.DOWN_STATES:
            return rows.DOWN_STATES[engine.down]
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
        tickers = (rows_of or self._symbols.tickers)[: m.ROWS_UNASKED]
        for ticker in tickers:
            symbol = known.get(ticker)
            row = None if symbol is None else self._row(symbol, lane, scorer, pending)
            found = self._listings.row(engine, ticker, row)
            if found is not None:
                yield found

    def _row(self, symbol: Symbol, lane: Lane, scorer: Scorer, pending: set[str]) -> m.UniverseRow:
        t = self._t(symbol)
        state, until = rows.symbol_state(symbol, lane, t, symbol.ticker in pending)
        if symbol.deep is False:
            return rows.probe(symbol, lane, state, until)
        valid = bool(symbol.last_ts) and not symbol.reason(t)
        score = scorer.score(symbol, t) if valid else None
        if score is not None and state in _BELOW:  # the engine looks at these once a second
            state = _BELOW[2 * score >= scorer.threshold_e4]
        return m.UniverseRow(
            symbol.ticker,
            symbol.tape.last or symbol.level1.last or None,
            score,
            OTHER["tape_count_3s"](symbol, t)[0] if symbol.deep else symbol.tape.count_3s(t),
            state,
            until,
            bool(symbol.deep),
        )

    def _lost(self, s: Symbol) -> str:
        """Why nothing comes for a symbol of a lost endpoint, "" of any other. Its book was emptied,
        and that alone explains nothing."""
        return m.CONNECTION_LOST if s.ticker in self._session.away.tickers else ""

    def _ladder(self, s: Symbol) -> m.LadderView:
        t, lane = self._t(s), self._session.engine.acting
        found = _read(s, t, LADDER)
        marks = rows.marks(lane, s.ticker)
        sums = s.book.sums(3)
        vwap, vwap_reason = OTHER["vwap"](s, t)
        return m.LadderView(
            ticker=s.ticker,
            tick_e4=s.tick_e4,
            bids=tuple(s.book.bids.top(LEVELS)),
            asks=tuple(s.book.asks.top(LEVELS)),
            reason=self._lost(s) or s.reason(t),
            age_ns=OTHER["book_age"](s, t)[0],
            last_e4=s.tape.last or None,
            vwap_e4=None if vwap is None else round(vwap),
            vwap_reason=words.why_text(vwap_reason),
            bid_sum_3=sums[0] if sums else None,
            ask_sum_3=sums[1] if sums else None,
            imbalance_5=found["imbalance_5"],
            weighted_mid=found["weighted_mid"],
            wall_price_e4=found["wall_price"],
            wall_size=found["wall_size"],
            wall_age_ns=found["wall_age"],
            ask_depth=found["ask_depth"],
            ask_depth_need=lane.profile.gates.ask_depth_min,
            entry_e4=marks[0],
            stop_e4=marks[1],
            target_e4=marks[2],
        )

    def _heatmap(self, s: Symbol) -> m.HeatmapView:
        t = self._t(s)
        vwap = OTHER["vwap"](s, t)[0]
        vwap_e4 = None if vwap is None else round(vwap)
        return self._heat.view(self._session.engine, s, t, vwap_e4, self._lost(s))

    def _tape(self, s: Symbol) -> m.TapeView:
        t, prints = self._t(s), s.tape.prints
        recent = prints[s.tape.index(t - 30 * S1) :]
        bought = sum([p[2] for p in recent if p[3] == BUY])
        sold = sum([p[2] for p in recent if p[3] == SELL])
        gap = OTHER["last_minus_vwap"](s, t)[0]
        reclaim, reclaim_reason = _reclaim(s, t, self._session.engine.acting.profile)
        return m.TapeView(
            ticker=s.ticker,
            rows=tuple(rows.tape_row(p) for p in reversed(prints[-TAPE_ROWS:])),
            count_3s=OTHER["tape_count_3s"](s, t)[0],
            acceleration=OTHER["tape_acceleration"](s, t)[0],
            buy_shares=bought,
            sell_shares=sold,
            mid_shares=s.tape.shares(t - 30 * S1, t) - bought - sold,
            last_minus_vwap_e4=None if gap is None else round(gap),
            reclaim=reclaim,
            reclaim_reason=words.why_text(reclaim_reason),
            spark=rows.spark(s, t),
        )

    def _score(self, s: Symbol) -> m.ScoreView:
        engine = self._session.engine
        lane, t = engine.acting, self._t(s)
        scorer = engine.scorer(lane)
        ev = scorer.evaluate(s, t)
        blockers = lane.blockers(t, s.ticker)
        return m.ScoreView(
            ticker=s.ticker,
            rows=rows.score_rows(ev, lane, self._held.look(engine, lane, s, t, ev)),
            gates=tuple(rows.gate_rows(ev, blockers, s, lane, t)),
            score_e4=None if ev.book_reason else ev.score_e4,
            need_e4=scorer.threshold_e4,
            verdict=self._lost(s).upper() or rows.verdict(ev, blockers, scorer.threshold_e4),
            flip=tuple(flip.text for flip in flips(lane.profile, s, t)[0][:FLIPS]),
        )

    def _lanes(self, s: Symbol) -> m.LanesView:
        engine, t = self._session.engine, self._t(s)
        lanes = sorted(engine.lanes, key=lambda lane: not lane.acting)
        made = tuple(rows.lane_row(lane, engine.scorer(lane), s, t) for lane in lanes)
        return m.LanesView(ticker=s.ticker, rows=made)


_OF_SYMBOL: dict[str, Callable[[Views, Symbol], Any]] = {
    "ladder": Views._ladder,
    "heatmap": Views._heatmap,
    "tape": Views._tape,
    "score": Views._score,
    "lanes": Views._lanes,
}


def _read(s: Symbol, t: int, names: tuple[str, ...]) -> dict[str, Any]:
    """Readings of the book by name; None while it is not valid (the table itself costs 100 times
    as much: it looks back over every change of the book)."""
    if s.reason(t):
        return dict.fromkeys(names)
    return {name: BOOK[name](s, t)[0] for name in names}


def _reclaim(s: Symbol, t: int, profile: Profile) -> tuple[Any, str]:
    return METRICS["reclaim"].read(s, t, profile)


def _account_note(engine: Engine) -> str:
    level = words.equity_note(engine.acting.state.equity_level)
    kind = words.type_note(engine.account.get(ACCOUNT_TYPE, 0))
    return " · ".join(filter(None, (level, kind)))


def _note(session: Watched, opened: SessionOpened | None, equity: str) -> str:
    """What must be known of the market, the recording and, where it is not past, the week."""
    past = opened is None or session.mode == "replay"
    days = "" if opened is None or past else early_closes(opened.date)
    return " · ".join(part for part in (session.note, equity, days) if part)
