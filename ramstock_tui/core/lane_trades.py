"""Simulated orders and positions from the confirm to the outcome, and what losses lead to."""

from functools import partial

from ramstock_tui.core.lane_desk import MS_NS, Desk
from ramstock_tui.core.lane_pendings import Due
from ramstock_tui.core.lane_port import MarketView
from ramstock_tui.core.lane_state import LaneState, Trade
from ramstock_tui.core.outcome import holds_target, take_asks, walk_out
from ramstock_tui.core.pnl import buy_fee_e4, open_net_e4, result, rung, sell_fee_e4
from ramstock_tui.core.profile import FeeModel
from ramstock_tui.core.records import Carried
from ramstock_tui.core.throttle import NEVER, SECOND_NS

Key = tuple[str, int]  # id, shadow


class Trades:
    """Fill model, outcome labels, drawdown rungs and loss rules (D-21, D-25, N-33, N-45).

    A shadow order starts with every signal; from the instant at which a confirmed order of the same
    blueprint reaches the book it stands still, and it ends with it. marks: best bid of the last
    valid book per ticker. Marks, sizes taken and price ranges do not survive a restart.
    """

    __slots__ = ("_arrived", "_by_ticker", "_desk", "_range", "_used", "marks", "next_order_due")

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._used: dict[Key, dict[int, int]] = {}
        self._arrived: set[Key] = set()
        self._by_ticker: dict[str, list[Trade]] = {}
        self._range: dict[Key, tuple[int, int]] = {}
        self.marks: dict[str, int] = {}
        self.next_order_due = NEVER

    def restart(self) -> None:
        """Forgets what market data built."""
        self._used.clear()
        self._arrived.clear()
        self._range.clear()
        self.marks.clear()

    def open(self, t: int) -> list[Trade]:
        """Orders and positions that move at t: the confirmed ones, then the shadow ones."""
        state = self._desk.state
        shadows = [trade for trade in state.shadows.values() if not self._superseded(trade, t)]
        return [*state.trades.values(), *shadows]

    def on_batch(self, t: int, view: MarketView) -> None:
        """Exits, then fills of the symbol; then the rungs when the mark of a position moved."""
        if view.reason(t):
            return
        bid, ticker = view.bid, view.ticker
        moved = self.marks.get(ticker) != bid
        self.marks[ticker] = bid
        for trade in self._by_ticker.get(ticker, ()):
            if moved and trade.filled:
                self._widen_range(trade, bid)
            between = trade.stop_e4 < bid < trade.target_e4 and not trade.exit_ts
            if between and (trade.filled == trade.shares or t < trade.at_ts):
                continue
            if self._moves(trade, t):
                self._exit_or_fill(t, view, trade)
        if moved and self._desk.state.trades:
            self.check_rungs(t)

    def on_tick_or_input(self, t: int) -> None:
        """Orders that reach the book and exits whose latency is over, where the book is valid."""
        for trade in self.open(t):
            if self._order_due(trade) > t:
                continue
            view = self._desk.ctx.view(trade.ticker)
            if view is None or view.reason(t):
                continue
            if trade.exit_ts:
                self._walk(t, view, trade)
            else:
                self._arrived.add((trade.id, trade.shadow))
                self._desk.dirty = True
                self._fill(t, view, trade)

    def schedule(self, t: int) -> None:
        """Brings `next_order_due` and the trades of each symbol up to date."""
        state = self._desk.state
        self._by_ticker = {}
        for trade in (*state.trades.values(), *state.shadows.values()):
            self._by_ticker.setdefault(trade.ticker, []).append(trade)
        self.next_order_due = min((self._order_due(x) for x in self.open(t)), default=NEVER)

    def dues(self) -> list[Due]:
        """Ends of waiting orders and forced exits at their exact instants."""
        found: list[Due] = []
        state = self._desk.state
        for trade in (*state.trades.values(), *state.shadows.values()):
            if not trade.filled:
                at, rank, run = trade.fill_end, 4, self._miss
            elif not trade.exit_ts:
                at, rank, run = trade.timeout_ts, 5, partial(self._leave, label="TIMEOUT")
            else:
                continue
            if not self._superseded(trade, at):
                found.append((at, rank, partial(run, trade=trade)))
        return found

    def open_net_e4(self) -> int:
        """Net of the open confirmed positions at the last valid bids; without one, at cost."""
        total = 0
        for trade in self._desk.state.trades.values():
            if trade.filled:
                mark = self.marks.get(trade.ticker, 0)
                worth = open_net_e4(self._desk.fee, mark, trade.filled, trade.cost_e4)
                total += worth if mark else -self._fees(trade, trade.cost_e4, "")
        return total

    def check_rungs(self, t: int, *, realized: bool = False) -> None:
        """Locks when realized and open net reached a rung; the hard one cancels all pendings.
        realized: without the open part, which has no mark yet."""
        desk, state = self._desk, self._desk.state
        if "hard" in state.locks:
            return
        open_net = 0 if realized else self.open_net_e4()
        total = state.net_e4 + open_net
        name, limit = rung(total, desk.profile.losses, desk.equity_cents)
        if not name or name in state.locks:
            return
        body = {"rung": name, "cause": "net", "net_e4": state.net_e4, "open_net_e4": open_net}
        desk.decide("lock", t, "", reasons=(name,), body=body | {"limit_e4": limit})
        if name == "hard":
            desk.cancel_all(t, "hard_lock")

    def check_realized(self, t: int) -> None:
        """What the limits make of the closed trades, as if the last of them had just closed."""
        if self._desk.state.loss_ts:
            self._count_losses(t, self._desk.state.loss_ts[-1])
        self.check_rungs(t, realized=True)

    def carried(self) -> Carried:
        """See `left_of`."""
        return left_of(self._desk.state, self._desk.fee, self._desk.profile.name)

    def _superseded(self, trade: Trade, t: int) -> bool:
        real = self._desk.state.trades.get(trade.id) if trade.shadow else None
        return real is not None and t >= real.at_ts

    def _moves(self, trade: Trade, t: int) -> bool:
        """Is it still open (another trade's end may have closed it) and not standing still?"""
        if not trade.shadow:
            return trade.id in self._desk.state.trades
        return trade.id in self._desk.state.shadows and not self._superseded(trade, t)

    def _order_due(self, trade: Trade) -> int:
        if trade.exit_ts:
            return trade.exit_ts
        waits = not trade.filled and (trade.id, trade.shadow) not in self._arrived
        return trade.at_ts if waits and trade.at_ts < trade.fill_end else NEVER

    def _exit_or_fill(self, t: int, view: MarketView, trade: Trade) -> None:
        if trade.exit_ts:
            if t >= trade.exit_ts:
                self._walk(t, view, trade)
        elif trade.filled and view.bid <= trade.stop_e4:
            self._leave(t, trade, "SL")
        elif trade.filled and self._at_target(view, trade):
            self._close(t, trade, "TP", trade.target_e4 * trade.filled)
        elif t >= trade.at_ts:
            self._fill(t, view, trade)

    def _at_target(self, view: MarketView, trade: Trade) -> bool:
        if view.bid < trade.target_e4:
            return False
        return holds_target(view.levels(True), trade.target_e4, trade.filled)

    def _widen_range(self, trade: Trade, bid: int) -> None:
        key = (trade.id, trade.shadow)
        low, high = self._range.get(key, (bid, bid))
        self._range[key] = min(low, bid), max(high, bid)

    def _fill(self, t: int, view: MarketView, trade: Trade) -> None:
        """Takes what the order may take now; nothing once it is whole or its time is over."""
        want = trade.shares - trade.filled
        if not want or t >= trade.fill_end:
            return
        used = self._used.setdefault((trade.id, trade.shadow), {})
        shares, cost = take_asks(view.levels(False), trade.entry_e4, want, used)
        if not shares:
            return
        self._widen_range(trade, view.bid)
        desk = self._desk
        timeout = t + desk.rules.execution.timeout_s * SECOND_NS
        body = {
            "id": trade.id,
            "shadow": trade.shadow,
            "shares": shares,
            "cost_e4": cost,
            "left": want - shares,
            "timeout_ts": max(t, min(timeout, desk.plan.off_ns)),
        }
        desk.decide("fill", t, trade.ticker, body=body)
        if not trade.shadow:  # the spread and the fees are lost at once, whatever the bid does
            self.check_rungs(t)

    def _leave(self, t: int, trade: Trade, label: str) -> None:
        """The exit begins; its order reaches the book a latency later."""
        exit_ts = t + self._desk.rules.execution.latency_ms * MS_NS
        body = {"id": trade.id, "shadow": trade.shadow, "label": label, "exit_ts": exit_ts}
        self._desk.decide("exit", t, trade.ticker, reasons=(label.lower(),), body=body)

    def _walk(self, t: int, view: MarketView, trade: Trade) -> None:
        proceeds = walk_out(view.levels(True), trade.filled, trade.tick_e4)
        self._close(t, trade, trade.exit_label, proceeds)

    def _fees(self, trade: Trade, proceeds: int, label: str) -> int:
        """Of both sides of what filled; only the order at the target waits in the book."""
        fee, shares = self._desk.fee, trade.filled
        bought = buy_fee_e4(fee, shares, trade.cost_e4)
        return bought + sell_fee_e4(fee, shares, proceeds, takes=label != "TP")

    def _miss(self, t: int, trade: Trade) -> None:
        self._close(t, trade, "CANCELLED" if trade.cut else "MISS", 0)

    def _close(self, t: int, trade: Trade, label: str, proceeds: int) -> None:
        key = (trade.id, trade.shadow)
        shares, cost = trade.filled, trade.cost_e4
        fees = self._fees(trade, proceeds, label)
        net = proceeds - cost - fees
        body = {
            "id": trade.id,
            "n": trade.n,
            "shadow": trade.shadow,
            "label": label,
            "result": result(net, fees) if shares else "none",
            "shares": shares,
            "cost_e4": cost,
            "proceeds_e4": proceeds,
            "fees_e4": fees,
            "net_e4": net,
            "entry_e4": trade.entry_e4,
            "stop_e4": trade.stop_e4,
            "target_e4": trade.target_e4,
            "tick_e4": trade.tick_e4,
            "window": trade.window,
            "created_ts": trade.created_ts,
            "first_fill": trade.first_fill,
        }
        low_high = self._range.pop(key, None)
        info = {}
        if low_high is not None:
            info = {"mae_e4": low_high[0] * shares - cost, "mfe_e4": low_high[1] * shares - cost}
        self._used.pop(key, None)
        self._arrived.discard(key)
        self._desk.decide(
            "outcome", t, trade.ticker, reasons=(label.lower(),), body=body, info=info
        )
        if not trade.shadow:
            self._count_losses(t, t)
            self.check_rungs(t)

    def _count_losses(self, t: int, at: int) -> None:
        """The n-th loss inside the window up to `at` pauses; the second such pause of a day is a
        lock."""
        desk, state, limits = self._desk, self._desk.state, self._desk.profile.losses
        recent = losses_in(state.loss_ts, at, limits.window_s)
        if recent < limits.count or "soft" in state.locks or "hard" in state.locks:
            return
        if state.loss_pauses:
            body = {"rung": "soft", "cause": "losses", "net_e4": state.net_e4, "open_net_e4": 0}
            body["limit_e4"] = 0
            desk.decide("lock", t, "", reasons=("soft",), body=body)
            return
        span = desk.plan.at(at)
        until = max(at + limits.pause_s * SECOND_NS, span.end_ns if span is not None else 0)
        body = {"scope": "losses", "until": until, "count": recent}
        desk.decide("pause", t, "", reasons=("losses",), body=body)


def losses_in(loss_ts: list[int], t: int, window_s: int) -> int:
    """Losing exits in (t - window_s, t] that no pause has used up."""
    since = t - window_s * SECOND_NS
    return sum(1 for ts in loss_ts if ts > since)


def left_of(state: LaneState, fee: FeeModel, profile: str) -> Carried:
    """What a later session of the date begins with: open positions as if they were stopped out as
    planned, waiting orders as entries without a result."""
    after = LaneState()
    after.take(state.carried(profile))
    for trade in state.trades.values():
        proceeds = trade.stop_e4 * trade.filled
        fees = buy_fee_e4(fee, trade.filled, trade.cost_e4)
        fees += sell_fee_e4(fee, trade.filled, proceeds, takes=True)
        net = proceeds - trade.cost_e4 - fees
        if not trade.filled or net >= 0:
            continue
        after.net_e4 += net
        after.closed.append([trade.first_fill, net])
        if result(net, fees) == "loss":
            after.losses += 1
            after.loss_ts.append(trade.first_fill)
    after.loss_ts.sort()
    return after.carried(profile)
