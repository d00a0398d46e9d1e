"""One profile after the score: from a qualified symbol to an outcome and a lock.

The lane decides; `LaneState.apply` remembers. Everything else that a lane holds is built from
market data and is forgotten at a restart.
"""

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.guards import Guard
from ramstock_tui.core.lane_commands import Commands, Verdict
from ramstock_tui.core.lane_desk import Desk
from ramstock_tui.core.lane_pendings import Due, Pendings
from ramstock_tui.core.lane_port import Context, Evaluation, MarketView
from ramstock_tui.core.lane_signals import Signals
from ramstock_tui.core.lane_state import LaneState, Pending
from ramstock_tui.core.lane_trades import Trades, losses_in
from ramstock_tui.core.profile import Profile, Rules
from ramstock_tui.core.records import Carried, Command, SessionOpened
from ramstock_tui.core.throttle import NEVER, SECOND_NS, alerts_within_hour, next_alert_ts

GLOBAL_PAUSE_NS = 300 * SECOND_NS  # D-22, N-24
TRIP_WINDOW_NS = 60 * SECOND_NS
TRIPS_ESCALATE = 3


class Lane:
    """The lane of one profile; open a session before anything else. Times ns, event time.

    acting: it is the session's acting profile. next_due: earliest instant at which `due` has
    something to do. watching: sym ids whose batches `on_batch` must see. states: sym id -> decision
    state, absent = idle.
    """

    __slots__ = (
        "_commands",
        "_desk",
        "_floor",
        "_pendings",
        "_signals",
        "_trades",
        "_trips",
        "acting",
        "next_due",
        "next_order_due",
        "profile",
        "states",
        "watching",
    )

    def __init__(self, profile: Profile, rules: Rules, ctx: Context) -> None:
        self.profile = profile
        self._desk = Desk(profile, rules, ctx)
        self._signals = Signals(self._desk)
        self._pendings = Pendings(self._desk)
        self._trades = Trades(self._desk)
        self._commands = Commands(self._desk)
        self._trips: list[tuple[int, str]] = []
        self._floor = 0  # no decision is dated before the last restart
        self.states = self._signals.states
        self.acting = False
        self.next_due = NEVER
        self.next_order_due = NEVER
        self.watching: set[int] = set()

    # the life of the lane -------------------------------------------------------------------------
    def open_session(self, s: SessionOpened, ts: int) -> None:
        """Day, equity, phase and fees. A later session date than before clears locks and counters;
        the same or an earlier one clears nothing. ValueError: unknown fee model."""
        if self._desk.open_session(s):
            self._forget()
        self.acting = s.acting == self.profile.name
        self._schedule(ts)

    def begin(self, t: int) -> None:
        """The session has just been opened: what it brought along may lock at once."""
        self._trades.check_realized(t)
        if self.acting:  # the account is watched by the lane whose alerts count
            self._desk.check_equity(t)
        self._settle(t)

    def apply(self, d: Decision) -> None:
        """Takes back a decision of an earlier run of this session; other lanes' are ignored."""
        if d.profile == self.profile.name:
            self._desk.apply(d)

    def resume(self, t: int, *, held: bool = False) -> None:
        """After a restart: pendings expire; counters, locks, trades stay; all that market data
        built is forgotten, a suspended feed too (the engine says so again). Whatever the limits
        make of the figures is decided again: a kill may have come between an outcome and the lock
        that it led to, and the limits may be tighter now. held: nothing can be written, so nothing
        is decided either; the next restart does it.

        To be called for that input before `due`: nothing happened while the program was down, what
        became due meanwhile happens at t.
        """
        self._floor = t
        self._pendings.restart(t)
        self._forget()
        if not held:
            self.begin(t)
        self._schedule(t)

    def rewatch(self, t: int) -> None:
        """A symbol became known: looks up again which sym ids the open trades belong to."""
        self._schedule(t)

    # time -----------------------------------------------------------------------------------------
    def due(self, t: int) -> None:
        """Does everything whose exact instant is at or before t, in order of time."""
        while self.next_due <= t:
            ts, _, run = min(self._dues(), key=_when)
            at = max(ts, self._floor)
            run(at)
            self._schedule(at)

    def on_tick_or_input(self, t: int) -> None:
        """Order arrivals and exits that are due; call it while t >= next_order_due."""
        self._trades.on_tick_or_input(t)
        self._settle(t)

    # market ---------------------------------------------------------------------------------------
    def on_batch(
        self,
        t: int,
        view: MarketView,
        collapsed: bool,
        flash_found: bool,
        faked: bool = False,
    ) -> bool:
        """A batch of a watched symbol ended: cancels, then exits, fills and rungs (N-44). Did that
        change anything."""
        self._pendings.on_batch(t, view, collapsed, flash_found, faked)
        self._trades.on_batch(t, view)
        return self._settle(t)

    def qualified(self, t: int, view: MarketView, ev: Evaluation) -> None:
        """The score is at or above the threshold at a batch end."""
        self._signals.qualified(t, view, ev)
        self._settle(t)

    def unqualified(self, t: int, view: MarketView, score_state: str) -> None:
        """The score is below the threshold: `near` or `idle`."""
        self._signals.unqualified(t, view, score_state)

    def state_of(self, sym: int) -> str:
        """`idle`, `near`, `pending`, `rejected` or `suppressed`."""
        return self.states.get(sym, "idle")

    def on_halt_trip(self, t: int, ticker: str, cause: str) -> None:
        """Halt risk of a symbol turned true: its pending goes; escalation as the profile says."""
        state, scope = self._desk.state, self.profile.halt_scope
        self._trips = [trip for trip in self._trips if trip[0] > t - TRIP_WINDOW_NS]
        self._trips.append((t, ticker))
        pending = state.pending_of(ticker)
        many = len({name for _, name in self._trips}) >= TRIPS_ESCALATE
        involved = pending is not None or state.has_trade(ticker)
        spreads = scope == "global" or (scope == "escalating" and (involved or many))
        if spreads:
            self._pause(t, ticker, cause)
        if pending is not None:
            self._desk.cancel(t, pending, "halt")
        if spreads:
            self._desk.cancel_all(t, "global_pause")
        self._settle(t)

    def on_market_wide_halt(self, t: int) -> None:
        """Global pause, unless the profile keeps halts to their symbol; pendings go either way."""
        if self.profile.halt_scope != "symbol":
            self._pause(t, "", "market_wide")
        self._desk.cancel_all(t, "halt")
        self._settle(t)

    def on_feed_suspended(self, t: int, reason: str) -> None:
        """No signal and no confirm until the feed resumes; pendings go."""
        self._desk.suspend(reason)
        self._desk.cancel_all(t, "feed")
        self._settle(t)

    def on_symbol_lost(self, t: int, ticker: str) -> None:
        """Its book is gone or starts anew: what is pending on it goes."""
        pending = self._desk.state.pending_of(ticker)
        if pending is not None:
            self._desk.cancel(t, pending, "feed")
            self._settle(t)

    def on_day_equity(self, cents: int) -> None:
        """The account's equity at the start of the day."""
        self._desk.equity(cents)

    def on_feed_resumed(self, t: int) -> None:
        """Signals are possible again."""
        self._desk.suspend("")

    def admit(self, tickers: frozenset[str] | None) -> None:
        """Only these symbols may alert (D-01); None = every one."""
        self._desk.admit(tickers)

    def on_equity(self, t: int, cents: int) -> None:
        """What the account is worth now, by the broker."""
        if self.acting:
            self._desk.check_equity(t, cents)
            self._settle(t)

    def command(self, t: int, cmd: Command) -> Verdict:
        """(acted, one line for the operator, guards of a confirm as (name, holds, text)).

        What is due at or before t comes first: a card whose time is over cannot be confirmed.
        """
        self.due(t)
        verdict = self._commands.run(t, cmd)
        self._settle(t)
        return verdict

    # for the screen -------------------------------------------------------------------------------
    @property
    def state(self) -> LaneState:
        """Counters, locks, pendings, trades and last outcomes; read only."""
        return self._desk.state

    @property
    def open_net_e4(self) -> int:
        """Net of the open confirmed positions, marked at the last valid bid."""
        return self._trades.open_net_e4()

    def guards_now(self, t: int, pending: Pending) -> list[Guard]:
        """The confirm guards of a pending as they stand at t."""
        return self._commands.guards_now(t, pending)

    @property
    def off_ns(self) -> int:
        """When the day of the profile is off."""
        return self._desk.plan.off_ns

    @property
    def suspended(self) -> str:
        """Why the feed lets no signal pass, "" when it does."""
        return self._desk.feed

    @property
    def phase(self) -> int:
        """The evidence phase that counts now, 0 = monitor only."""
        return self._desk.phase

    def carried(self) -> Carried:
        """What a later session of this date has to begin with; what is open counts as stopped."""
        return self._trades.carried()

    def sized(self, t: int, view: MarketView) -> bool:
        """Do the size limits leave a trade at the quote as it stands."""
        return self._desk.draft(view, t) is not None

    def blockers(self, t: int, ticker: str) -> tuple[str, ...]:
        """Sorted codes of throttles, windows, locks and pauses that forbid a signal at t."""
        return self._signals.blockers(t, ticker)

    def alerts_hour(self, t: int) -> int:
        """Alerts emitted in (t - 60 min, t]."""
        return alerts_within_hour(self.state.alerts, t)

    def next_alert_ts(self, t: int) -> int | None:
        """When the hourly limit lets the next alert pass; None = now."""
        return next_alert_ts(self.state.alerts, self.profile.throttle, t)

    def trips_recent(self, t: int) -> int:
        """Different symbols whose halt risk turned true in (t - 60 s, t]."""
        return len({ticker for ts, ticker in self._trips if t - TRIP_WINDOW_NS < ts <= t})

    def losses_recent(self, t: int) -> int:
        """Losing exits that count towards the loss pause at t."""
        return losses_in(self.state.loss_ts, t, self.profile.losses.window_s)

    def cooloff_ends(self, ticker: str, t: int) -> int | None:
        """End of the symbol's cool-off; None when none runs at t."""
        last = self.state.cool.get(ticker)
        if last is None:
            return None
        end = last + self.profile.throttle.cooloff_s * SECOND_NS
        return end if t < end else None

    def window_now(self, t: int) -> tuple[str, bool, int, int | None, int | None]:
        """(name, lets signals pass, entries in it, their cap, end) of the window at t.

        "" in a gap; then the last is the start of the next window, None after all of them.
        """
        plan = self._desk.plan
        span = plan.at(t)
        if span is None:
            later = [each.start_ns for each in plan.spans if each.start_ns > t]
            return "", False, 0, None, min(later, default=None)
        allows = not self._desk.closed_by(span)
        return span.name, allows, self.state.by_window.get(span.name, 0), span.cap, span.end_ns

    def opens_next(self, t: int) -> int | None:
        """Start of the next window that may let signals pass; None = none does today."""
        spans = self._desk.plan.spans
        later = (s.start_ns for s in spans if s.start_ns > t and s.allow != "monitor")
        return min(later, default=None)

    def locks_now(self, t: int) -> list[tuple[str, int | None]]:
        """(code, end) of what forbids entries as a whole; None = next session or, for a loss pause
        whose time is over, the acknowledgement."""
        state = self.state
        found: list[tuple[str, int | None]] = [(f"{rung}_lock", None) for rung in state.locks]
        if state.loss_until:
            found.append(("loss_pause", state.loss_until if t < state.loss_until else None))
        if state.pause_until > t:
            found.append(("global_pause", state.pause_until))
        if state.alerts_off:
            found.append(("alerts_off", None))
        if state.equity_level == "block":
            found.append(("equity_floor", None))
        if self._desk.phase < 1:
            found.append(("phase", None))
        if self._desk.feed:
            found.append(("feed", None))
        return found

    # ----------------------------------------------------------------------------------------------
    def _forget(self) -> None:
        """Drops what market data built."""
        self._signals.forget()
        self._trades.restart()
        self._trips.clear()
        self._desk.suspend("")

    def _pause(self, t: int, ticker: str, cause: str) -> None:
        body = {"scope": "global", "until": t + GLOBAL_PAUSE_NS, "cause": cause}
        self._desk.decide("pause", t, ticker, reasons=("global",), body=body)

    def _dues(self) -> list[Due]:
        found = self._pendings.dues() + self._trades.dues()
        until = self._desk.state.pause_until
        if until:
            found.append((until, 2, self._end_pause))
        return found

    def _end_pause(self, t: int) -> None:
        self._desk.decide("resume", t, "", reasons=("global",), body={"scope": "global"})

    def _settle(self, t: int) -> bool:
        """Did anything change."""
        if not self._desk.dirty:
            return False
        self._schedule(t)
        return True

    def _schedule(self, t: int) -> None:
        """Looks up what is due next and which symbols matter; only after a change."""
        self._desk.dirty = False
        self.next_due = min((each[0] for each in self._dues()), default=NEVER)
        self._trades.schedule(t)
        self.next_order_due = self._trades.next_order_due
        state, ctx = self._desk.state, self._desk.ctx
        holders = (state.pendings, state.trades, state.shadows)
        tickers = {each.ticker for holder in holders for each in holder.values()}
        views = (ctx.view(ticker) for ticker in sorted(tickers))
        self.watching = {view.sym for view in views if view is not None}


def _when(due: Due) -> tuple[int, int]:
    return due[0], due[1]
