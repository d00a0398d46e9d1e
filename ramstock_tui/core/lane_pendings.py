"""What ends a pending blueprint without the operator: cancels, time to live, end of its window."""

from collections.abc import Callable
from functools import partial

from ramstock_tui.core.lane_desk import MS_NS, Desk
from ramstock_tui.core.lane_port import MarketView
from ramstock_tui.core.lane_state import Pending
from ramstock_tui.core.throttle import SECOND_NS

CHECK_NS = 500 * MS_NS  # slowdown and freeze (D-17, N-31)
FREEZE_NS = 5 * SECOND_NS
BLOWOUT_NS = 2 * SECOND_NS  # D-16
SLOW_WINDOW_NS = 2 * SECOND_NS

Due = tuple[int, int, Callable[[int], None]]  # instant, rank among those of one instant, action


class Pendings:
    """Watches the pending blueprints of a lane. The running slowdown checks do not survive a
    restart (a restart expires every pending)."""

    __slots__ = ("_checks", "_desk")

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._checks: dict[str, tuple[int, int]] = {}  # id -> checks made, slow ones on end

    def on_batch(
        self, t: int, view: MarketView, collapsed: bool, flash_found: bool, faked: bool
    ) -> None:
        """Cancels the symbol's pending when the batch gives a reason (order of N-44). flash_found,
        faked: a flash or fake wall was found, if the profile rejects for it (N-12, N-16)."""
        state = self._desk.state
        pending = state.pending_of(view.ticker) if state.pendings else None
        if pending is None:
            return
        if view.halted:
            self._desk.cancel(t, pending, "halt")
        elif _blown_out(t, view, pending):
            self._desk.cancel(t, pending, "blow_out")
        elif collapsed:
            self._desk.cancel(t, pending, "collapse")
        elif flash_found:
            self._desk.cancel(t, pending, "flash")
        elif faked:
            self._desk.cancel(t, pending, "fake_wall")

    def dues(self) -> list[Due]:
        """What will happen to the pendings at exact instants if nothing else happens before."""
        found: list[Due] = []
        for pending in self._desk.state.pendings.values():
            made, _ = self._checks.get(pending.id, (0, 0))
            at = pending.created_ts + (made + 1) * CHECK_NS
            found.append((at, 0, partial(self._check, pending=pending)))
            end, reason = self._end(pending)
            found.append((end, 1, partial(self.expire, pending=pending, reason=reason)))
        return found

    def expire(self, t: int, pending: Pending, reason: str) -> None:
        """Ends a pending that nobody decided about: `ttl`, `window` or `restart`."""
        self._checks.pop(pending.id, None)
        body = {"id": pending.id, "version": pending.version}
        self._desk.decide("expire", t, pending.ticker, reasons=(reason,), body=body)

    def restart(self, t: int) -> None:
        """Expires all of them and forgets their checks."""
        for pending in list(self._desk.state.pendings.values()):
            self.expire(t, pending, "restart")
        self._checks.clear()

    def _end(self, pending: Pending) -> tuple[int, str]:
        """Time to live, or the first end of a window whose successor allows no signal (N-40)."""
        plan = self._desk.plan
        for span in plan.spans:
            inside = pending.created_ts < span.end_ns < pending.expires_ts
            if inside and self._desk.closed_by(plan.at(span.end_ns)):
                return span.end_ns, "window"
        return pending.expires_ts, "ttl"

    def _check(self, t: int, pending: Pending) -> None:
        """Freeze: nothing of this symbol for 5 s while others tick (N-42). Slowdown: two checks on
        end at which the 2 s rate is below half of the rate at the trigger."""
        view = self._desk.ctx.view(pending.ticker)
        if view is not None and self._frozen(t, view):
            self._checks.pop(pending.id, None)
            self._desk.cancel(t, pending, "freeze")
            return
        made, slow = self._checks.get(pending.id, (0, 0))
        tape = 0 if view is None else view.prints_in(t, SLOW_WINDOW_NS)
        slow = slow + 1 if 3 * tape < pending.tape else 0
        if slow < 2:
            self._checks[pending.id] = made + 1, slow
            return
        self._checks.pop(pending.id, None)
        self._desk.cancel(t, pending, "slowdown")

    def _frozen(self, t: int, view: MarketView) -> bool:
        return t - view.last_ts >= FREEZE_NS and t - self._desk.ctx.link_ts < FREEZE_NS


def _blown_out(t: int, view: MarketView, pending: Pending) -> bool:
    """Spread above 1.5 times the reference, at a well-formed quote in (t0, t0 + 2 s]."""
    if not 0 < t - pending.created_ts <= BLOWOUT_NS or not 0 < view.bid < view.ask:
        return False
    return 2 * (view.ask - view.bid) > 3 * pending.plan.spread_e4
