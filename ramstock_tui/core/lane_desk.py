"""What the parts of one lane share, and `decide`, the one way to change its state."""

from typing import Any

from ramstock_tui.core.blueprint import Blueprint, allowed, draft, least
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.lane_port import Context, MarketView
from ramstock_tui.core.lane_state import LaneState, Pending
from ramstock_tui.core.pnl import equity_level, fee_row
from ramstock_tui.core.profile import FeeModel, Profile, Rules
from ramstock_tui.core.records import SessionOpened
from ramstock_tui.core.throttle import NEVER, SECOND_NS, DayPlan, Span, next_alert_ts

MS_NS = 1_000_000


class Desk:
    """Rules, session and state of one lane.

    feed: why alerts are suspended, "" = they are not. admitted: tickers that the universe lets
    alert, None = every one. dirty: the state changed since the lane last
    looked up what is due. changes: how often anything changed that can forbid a signal.
    """

    __slots__ = (
        "admitted",
        "changes",
        "ctx",
        "dirty",
        "equity_cents",
        "fee",
        "feed",
        "opened_phase",
        "plan",
        "profile",
        "rules",
        "session",
        "size",
        "state",
    )

    def __init__(self, profile: Profile, rules: Rules, ctx: Context) -> None:
        self.profile = profile
        self.rules = rules
        self.ctx = ctx
        self.state = LaneState()
        self.session: SessionOpened | None = None
        self.plan: DayPlan
        self.fee: FeeModel
        self.equity_cents = 0
        self.opened_phase = 0
        self.size = profile.size
        self.feed = ""
        self.admitted: frozenset[str] | None = None
        self.dirty = True
        self.changes = 0

    def open_session(self, s: SessionOpened) -> bool:
        """Takes over what the session assumes; True: a later date than before, the state is empty
        again. The same or an earlier date clears nothing. ValueError: no fees for that date."""
        later = self.session is not None and s.date > self.session.date
        if later or self.session is None:
            self.state = LaneState()
            for each in s.carried:
                if each.profile == self.profile.name:
                    self.state.take(each)
        if self.session is None or s.date >= self.session.date:
            self.session = s
        self.plan = DayPlan(self.profile.day, s)
        self.fee = fee_row(self.rules.fees, s.fee_model, s.date)
        self.equity_cents = s.equity_cents
        self.opened_phase = s.phase
        self.size = allowed(self.profile.size, s.risk_bp)
        self.dirty = True
        self.changes += 1
        return later

    @property
    def phase(self) -> int:
        """The evidence phase that counts now: that of the session, or a lower one set by hand."""
        lowered = self.state.lowered
        return self.opened_phase if lowered is None else min(self.opened_phase, lowered)

    def check_equity(self, t: int, cents: int | None = None) -> None:
        """Says what the account's equity leads to when that changed. cents: None = as last known,
        first of all what the day opened with."""
        state = self.state
        if cents is None:
            known = state.equity_cents
            cents = self.equity_cents if known is None else known
        level = equity_level(cents, self.rules.account)
        if level == state.equity_level:
            return
        body = {"level": level, "equity_cents": cents}
        self.decide("equity", t, "", reasons=(level or "ok",), body=body)

    def decide(
        self,
        kind: str,
        t: int,
        ticker: str,
        *,
        score: int | None = None,
        reasons: tuple[str, ...] = (),
        body: dict[str, Any] | None = None,
        info: dict[str, Any] | None = None,
    ) -> None:
        """Emits one decision and applies it."""
        d = Decision(
            kind, self.ctx.seq, t, 0, self.profile.name, ticker, score, reasons, body, info
        )
        self.ctx.emit(d)
        self.apply(d)

    def equity(self, cents: int) -> None:
        """Equity at the start of the day, as the broker says it."""
        self.equity_cents = cents
        self.dirty = True
        self.changes += 1

    def apply(self, d: Decision) -> None:
        """Lets the reducer take one decision, new or read back."""
        if self.state.apply(d):
            self.dirty = True
            self.changes += 1

    def suspend(self, reason: str) -> None:
        """No signal while the feed is suspended for a reason; "" = resumed."""
        self.feed = reason
        self.changes += 1

    def admit(self, tickers: frozenset[str] | None) -> None:
        """Only these symbols may alert from now on; None = every one."""
        self.admitted = tickers
        self.changes += 1

    def cancel(self, t: int, pending: Pending, reason: str) -> None:
        """Withdraws a pending blueprint."""
        body = {"id": pending.id, "version": pending.version}
        self.decide("cancel", t, pending.ticker, reasons=(reason,), body=body)

    def cancel_all(self, t: int, reason: str) -> None:
        """Withdraws every pending blueprint."""
        for pending in list(self.state.pendings.values()):
            self.cancel(t, pending, reason)

    def draft(self, view: MarketView, t: int) -> Blueprint | None:
        """The blueprint for the quote as it stands; None without a quote or when size forbids."""
        if not 0 < view.bid < view.ask:
            return None
        return self._draft(view.bid, view.ask, view.tick_e4, t)

    def _draft(self, bid_e4: int, ask_e4: int, tick_e4: int, t: int) -> Blueprint | None:
        span = self.plan.at(t)
        return draft(
            bid_e4,
            ask_e4,
            tick_e4,
            self.profile.bracket,
            self.size,
            self.fee,
            least(self.equity_cents, self.rules.account.capped_cents),
            self.phase,
            span is not None and span.allow == "low",
        )

    def shares_allowed(self, plan: Blueprint, t: int) -> int:
        """Shares that a blueprint at these prices may have at t, 0 when none."""
        now = self._draft(plan.bid_e4, plan.ask_e4, plan.tick_e4, t)
        return 0 if now is None else now.shares

    def order_times(self, t: int) -> dict[str, int]:
        """When an order given at t reaches the book and when it stops waiting."""
        execution = self.rules.execution
        end = t + execution.fill_within_ms * MS_NS
        return {
            "at_ts": t + execution.latency_ms * MS_NS,
            "fill_end": min(end, max(t, self.plan.off_ns)),
        }

    def closed_by(self, span: Span | None) -> str:
        """Why a window lets no signal pass: `window` or `if_ahead`; "" when it does."""
        if span is None or span.allow == "monitor":
            return "window"
        if span.allow == "if_ahead" and self.state.net_before(span.start_ns) <= 0:
            return "if_ahead"
        return ""

    def window_reasons(self, t: int) -> list[str]:
        """Codes of the window and of the caps on entries that forbid a trade at t."""
        span = self.plan.at(t)
        closed = self.closed_by(span)
        found = [closed] if closed else []
        state = self.state
        if state.entries >= self.profile.throttle.per_day:
            found.append("day_cap")
        cap = None if span is None else span.cap
        if span is not None and cap is not None and state.by_window.get(span.name, 0) >= cap:
            found.append("window_cap")
        return found

    def lock_reasons(self, t: int) -> list[str]:
        """Codes of locks, pauses, feed and phase that forbid a trade at t."""
        state = self.state
        found = [f"{rung}_lock" for rung in state.locks]
        if state.loss_until:
            found.append("loss_pause")
        if state.pause_until > t:
            found.append("global_pause")
        if state.equity_level == "block":
            found.append("equity_floor")
        if self.feed:
            found.append("feed")
        if self.phase < 1:
            found.append("phase")
        return found

    def blockers_hold_until(self, t: int, ticker: str) -> int:
        """The first instant after t at which time alone can change what forbids a signal."""
        state, throttle = self.state, self.profile.throttle
        instants = [state.pause_until, state.cool.get(ticker, 0) + throttle.cooloff_s * SECOND_NS]
        instants.append(next_alert_ts(state.alerts, throttle, t) or 0)
        for span in self.plan.spans:
            instants += (span.start_ns, span.end_ns)
        return min((instant for instant in instants if instant > t), default=NEVER)

    def alert_reasons(self, t: int, ticker: str) -> list[str]:
        """Codes of the limits on alerts: `cooloff`, `hourly`, `pending`, `universe`. ticker: "" =
        those that hold whatever the symbol."""
        state, throttle = self.state, self.profile.throttle
        found = []
        last = state.cool.get(ticker)
        if last is not None and t - last < throttle.cooloff_s * SECOND_NS:
            found.append("cooloff")
        if next_alert_ts(state.alerts, throttle, t) is not None:
            found.append("hourly")
        if state.pending_of(ticker) is not None:
            found.append("pending")
        if ticker and self.admitted is not None and ticker not in self.admitted:
            found.append("universe")
        if state.alerts_off:
            found.append("alerts_off")
        return found
