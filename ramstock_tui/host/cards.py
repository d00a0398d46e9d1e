"""The pending slice: cards, open trades and the last outcomes."""

from typing import Any

from ramstock_tui.core.blueprint import size_note
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.lane_state import Pending, Trade
from ramstock_tui.core.samples import double_median
from ramstock_tui.host import rows
from ramstock_tui.link import schema as m

GUARDS = 2  # cards whose guards are looked at in one call
CONFIRMED = 10  # so many earlier confirms say which size is usual
SLOW_MS = 250  # from there on a key press may meet a market that the screen does not show yet


class Cards:
    """Keeps what does not change: the rules of a card are looked up once for each version of it.

    Prices and ages of every card are of this call. Guards cost a whole evaluation of the symbol;
    those of `GUARDS` cards are looked at in each call, in turn, and a new card's or version's at
    once, so with n cards a guard shown is n / 2 calls old at most. A confirm checks them anew."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, int], tuple[m.ScoreRow, ...]] = {}
        self._guards: dict[tuple[str, int], tuple[m.GuardRow, ...]] = {}
        self._large: dict[tuple[str, int], bool] = {}
        self._last: list[dict[str, Any]] = []
        self._closed: list[m.OutcomeRow] = []

    def view(self, engine: Engine, now: int, lag_ms: int) -> m.PendingView:
        """Every card of the acting lane at event time `now`. lag_ms: from an input to what is
        decided on it, p99; above `SLOW_MS` every card takes two presses."""
        lane = engine.acting
        pendings = list(lane.state.pendings.values())
        self._look(engine, lane, pendings, now)
        cards = tuple(self._card(engine, pending, now, lag_ms) for pending in pendings)
        opened = [_open_row(trade) for trade in lane.state.trades.values()]
        if lane.state.last is not self._last:  # an outcome makes a new list
            self._last = lane.state.last
            self._closed = [_closed_row(row) for row in reversed(self._last)]
        return m.PendingView(cards, (*opened, *self._closed))

    def _look(self, engine: Engine, lane: Lane, pendings: list[Pending], now: int) -> None:
        """Guards of new cards and of those whose turn it is: a dict keeps the longest unseen
        first."""
        by_key = {(p.id, p.version): p for p in pendings}
        self._guards = {key: rows for key, rows in self._guards.items() if key in by_key}
        self._rules = {key: rows for key, rows in self._rules.items() if key in by_key}
        self._large = {key: large for key, large in self._large.items() if key in by_key}
        new = [key for key in by_key if key not in self._guards]
        for key in new:
            self._rules[key] = _rules(engine, lane, by_key[key], now)
            self._large[key] = _large(engine, lane, by_key[key].plan.shares)
        for key in new + list(self._guards)[: max(0, GUARDS - len(new))]:
            pending = by_key[key]
            t = max(now, engine.by_ticker[pending.ticker].last_ts)
            self._guards.pop(key, None)
            self._guards[key] = tuple(m.GuardRow(*each) for each in lane.guards_now(t, pending))

    def _card(self, engine: Engine, pending: Pending, now: int, lag_ms: int) -> m.Card:
        symbol = engine.by_ticker[pending.ticker]
        plan, key = pending.plan, (pending.id, pending.version)
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
            rows=self._rules[key],
            guards=self._guards[key],
            ask_now_e4=symbol.ask or None,
            spread_now_e4=symbol.ask - symbol.bid if quoted else None,
            depth_now=symbol.ask_size if quoted else None,
            quote_age_ns=max(now, symbol.last_ts) - symbol.last_ts,
            low_confidence=bool(plan.low),
            two_step=bool(plan.low) or self._large[key] or lag_ms > SLOW_MS,
            state="pending",
            fee_model=engine.session.fee_model if engine.session else "",
            fees_e4=plan.fees_e4,
        )


def _rules(engine: Engine, lane: Lane, pending: Pending, now: int) -> tuple[m.ScoreRow, ...]:
    """The rules as they stood when the card (this version of it) was made."""
    for d in reversed(engine.history):
        if d.kind in ("signal", "reprice") and d.body.get("id") == pending.id:
            parts = [tuple(part) for part in d.info["parts"]]
            return rows.score_rows(Evaluation(d.score or 0, (), "", parts), lane)
    symbol = engine.by_ticker[pending.ticker]
    ev = engine.scorer(lane).evaluate(symbol, max(now, symbol.last_ts))
    return rows.score_rows(ev, lane)


def _large(engine: Engine, lane: Lane, shares: int) -> bool:
    """More than 1.5 times the median of the last `CONFIRMED` sizes that the operator confirmed;
    without one nothing is large."""
    found: list[int] = []
    for d in reversed(engine.history):
        if d.kind == "confirm" and d.profile == lane.profile.name:
            found.append(d.body["shares"])
            if len(found) == CONFIRMED:
                break
    return bool(found) and 4 * shares > 3 * double_median(found)


def _open_row(trade: Trade) -> m.OutcomeRow:
    label = "OPEN" if trade.filled else "ORDER"
    return m.OutcomeRow(trade.id, trade.ticker, label, trade.shares, None, trade.created_ts)


def _closed_row(row: dict[str, Any]) -> m.OutcomeRow:
    shadow = "shadow " if row["shadow"] else ""
    return m.OutcomeRow(
        row["id"],
        row["ticker"],
        shadow + row["label"],
        row["shares"],
        row["net_e4"],
        row["ts"],
    )
