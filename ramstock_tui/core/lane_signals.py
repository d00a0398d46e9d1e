"""From a qualifying score to a signal or a refusal (N-17, N-30, N-40, N-48)."""

from ramstock_tui.core.blueprint import Blueprint, size_note
from ramstock_tui.core.lane_desk import MS_NS, Desk
from ramstock_tui.core.lane_port import Evaluation, MarketView
from ramstock_tui.core.throttle import SECOND_NS

TAPE_NS = 3 * SECOND_NS


class Signals:
    """Decision state of each symbol: `idle` (absent), `near`, `pending`, `rejected`, `suppressed`.

    A refusal is written only when the state or its reasons changed. Nothing here survives a
    restart: the first refusal after it is written again.
    """

    __slots__ = ("_blockers", "_desk", "_near", "_refused", "states")

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.states: dict[int, str] = {}
        self._refused: dict[int, tuple[str, ...]] = {}
        self._near: dict[int, int] = {}
        # ticker -> changes so far, the instants [from, until) for which the codes hold, codes
        self._blockers: dict[str, tuple[int, int, int, tuple[str, ...]]] = {}

    def forget(self) -> None:
        """All symbols are idle again."""
        self.states.clear()
        self._refused.clear()
        self._near.clear()

    def blockers(self, t: int, ticker: str) -> tuple[str, ...]:
        """Sorted codes of everything but rejections that forbids a signal at t."""
        known = self._blockers.get(ticker)
        if known is not None and known[0] == self._desk.changes and known[1] <= t < known[2]:
            return known[3]
        desk = self._desk
        found = desk.alert_reasons(t, ticker) + desk.window_reasons(t) + desk.lock_reasons(t)
        reasons = tuple(sorted(found))
        self._blockers[ticker] = desk.changes, t, desk.blockers_hold_until(t, ticker), reasons
        return reasons

    def qualified(self, t: int, view: MarketView, ev: Evaluation) -> None:
        """The score reached the threshold at a batch end: emits a signal, or says why not."""
        if ev.rejects:
            self._refuse("reject", t, view, ev, ev.rejects)
            return
        reasons = self.blockers(t, view.ticker)
        if reasons:
            self._refuse("suppress", t, view, ev, reasons)
            return
        plan = self._desk.draft(view, t)
        if plan is None:
            self._refuse("reject", t, view, ev, ("size",))
            return
        self._emit(t, view, ev, plan)

    def unqualified(self, t: int, view: MarketView, score_state: str) -> None:
        """The score is below the threshold; `near` is written once a second at most. Its reasons
        are the rules that give no points, those of `idle` what is wrong with the book."""
        before = self.states.get(view.sym, "idle")
        if before == score_state:
            return
        if score_state == "idle":
            self.states.pop(view.sym, None)
        else:
            self.states[view.sym] = score_state
            if self._near.get(view.sym) == t // SECOND_NS:
                return
            self._near[view.sym] = t // SECOND_NS
        ev = self._desk.ctx.below(view.ticker, t)
        book = (ev.book_reason,) if ev.book_reason else ()
        self._desk.decide(
            score_state,
            t,
            view.ticker,
            score=ev.score_e4,
            reasons=book if score_state == "idle" else ev.rejects,
            info={"readings": ev.readings},
        )

    def _refuse(
        self, kind: str, t: int, view: MarketView, ev: Evaluation, reasons: tuple[str, ...]
    ) -> None:
        state = "rejected" if kind == "reject" else "suppressed"
        sym = view.sym
        if self.states.get(sym) == state and self._refused.get(sym) == reasons:
            return
        self.states[sym] = state
        self._refused[sym] = reasons
        info = {"parts": ev.parts, "readings": ev.readings}
        self._desk.decide(kind, t, view.ticker, score=ev.score_e4, reasons=reasons, info=info)

    def _emit(self, t: int, view: MarketView, ev: Evaluation, plan: Blueprint) -> None:
        desk = self._desk
        span, session = desk.plan.at(t), desk.session
        if span is None or session is None:
            raise ValueError("a signal outside every window")
        n = desk.state.n + 1
        body = plan.body() | {
            "id": f"{session.date}-{view.ticker}-{n}",
            "n": n,
            "version": 1,
            "expires_ts": t + desk.profile.bracket.ttl_ms * MS_NS,
            "tape": view.prints_in(t, TAPE_NS),
            "window": span.name,
            **desk.order_times(t),
        }
        info = {"parts": ev.parts, "readings": ev.readings, "size": size_note(plan)}
        self.states[view.sym] = "pending"
        desk.decide("signal", t, view.ticker, score=ev.score_e4, body=body, info=info)
