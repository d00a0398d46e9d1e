"""What an operator may do to a lane: confirm, skip, re-price, undo, lock, acknowledge."""

from typing import Any

from ramstock_tui.core.blueprint import dollars, size_note
from ramstock_tui.core.guards import Guard, check
from ramstock_tui.core.lane_desk import Desk
from ramstock_tui.core.lane_port import MarketView
from ramstock_tui.core.lane_state import Pending
from ramstock_tui.core.records import (
    Acknowledge,
    Command,
    Confirm,
    Lock,
    LowerPhase,
    PauseAlerts,
    Reprice,
    Skip,
    Undo,
)

Verdict = tuple[bool, str, list[Guard]]  # acted, one line for the operator, guards of a confirm


class Commands:
    """Every command ends in exactly one decision about itself: what it did, `block` or `refuse`."""

    __slots__ = ("_desk",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run(self, t: int, cmd: Command) -> Verdict:
        """Acts on the newest state. ValueError: not a command of a lane."""
        if isinstance(cmd, Confirm):
            return self._confirm(t, cmd)
        if isinstance(cmd, Skip):
            return self._skip(t, cmd)
        if isinstance(cmd, Reprice):
            return self._reprice(t, cmd)
        if isinstance(cmd, Undo):
            return self._undo(t, cmd)
        if isinstance(cmd, Lock):
            return self._lock(t)
        if isinstance(cmd, Acknowledge):
            return self._acknowledge(t)
        if isinstance(cmd, PauseAlerts):
            return self._pause_alerts(t, cmd)
        if isinstance(cmd, LowerPhase):
            return self._lower_phase(t, cmd)
        raise ValueError(f"unknown command {cmd!r}")

    def guards_now(self, t: int, pending: Pending) -> list[Guard]:
        """The guards as a confirm of the card would find them at t."""
        ctx = self._desk.ctx
        view, ev = ctx.view(pending.ticker), ctx.evaluate(pending.ticker, t)
        return check(self._desk, t, pending, pending.version, view, ev)

    def _confirm(self, t: int, cmd: Confirm) -> Verdict:
        desk = self._desk
        pending = desk.state.pendings.get(cmd.blueprint)
        if pending is None:
            return self._not_pending(t, "confirm", cmd.blueprint)
        ticker = pending.ticker
        view, ev = desk.ctx.view(ticker), desk.ctx.evaluate(ticker, t)
        guards = check(desk, t, pending, cmd.version, view, ev)
        failing = [guard for guard in guards if not guard[1]]
        body: dict[str, Any] = {"id": pending.id, "version": cmd.version}
        info = {"guards": [list(guard) for guard in guards]}
        if failing:
            names = tuple(sorted(name for name, _, _ in failing))
            body |= self._readings(t, view)
            desk.decide("block", t, ticker, score=ev.score_e4, reasons=names, body=body, info=info)
            return False, "blocked: " + "; ".join(text for _, _, text in failing), guards
        span = desk.plan.at(t)
        body |= {"n": pending.n, "shares": pending.plan.shares, "entry_e4": pending.plan.entry_e4}
        body |= {"window": span.name if span is not None else "", **desk.order_times(t)}
        desk.decide("confirm", t, ticker, score=ev.score_e4, body=body, info=info)
        shares, entry = pending.plan.shares, dollars(pending.plan.entry_e4)
        return True, f"confirmed #A{pending.n} {shares:,} {ticker} at {entry}", guards

    def _readings(self, t: int, view: MarketView | None) -> dict[str, int]:
        found = {"link_age_ns": t - self._desk.ctx.link_ts}
        if view is not None:
            found |= {"quote_age_ns": t - view.last_ts, "bid_e4": view.bid, "ask_e4": view.ask}
            found["ask_depth"] = view.ask_size
        return found

    def _skip(self, t: int, cmd: Skip) -> Verdict:
        pending = self._desk.state.pendings.get(cmd.blueprint)
        if pending is None:
            return self._not_pending(t, "skip", cmd.blueprint)
        if pending.version != cmd.version:
            return self._other_version(t, "skip", pending, cmd.version)
        body = {"id": pending.id, "version": pending.version}
        self._desk.decide("skip", t, pending.ticker, body=body)
        return True, f"skipped #A{pending.n} {pending.ticker}", []

    def _reprice(self, t: int, cmd: Reprice) -> Verdict:
        desk = self._desk
        pending = desk.state.pendings.get(cmd.blueprint)
        if pending is None:
            return self._not_pending(t, "reprice", cmd.blueprint)
        if pending.version != cmd.version:
            return self._other_version(t, "reprice", pending, cmd.version)
        view, ev = desk.ctx.view(pending.ticker), desk.ctx.evaluate(pending.ticker, t)
        found = [*ev.rejects, *desk.window_reasons(t), *desk.lock_reasons(t)]
        if view is None or ev.book_reason:
            found.append("book")
        if ev.score_e4 < desk.profile.min_score_e4:
            found.append("score")
        plan = None if view is None else desk.draft(view, t)
        if plan is None and not found:
            found.append("size")
        if found or plan is None:
            reasons = tuple(sorted(set(found)))
            text = "no new price: " + " ".join(reasons)
            return self._refuse(t, "reprice", reasons, text, pending.id, pending.ticker)
        version = pending.version + 1
        body = plan.body() | {"id": pending.id, "n": pending.n, "version": version}
        body["expires_ts"] = pending.expires_ts
        info = {"parts": ev.parts, "readings": ev.readings, "size": size_note(plan)}
        desk.decide("reprice", t, pending.ticker, score=ev.score_e4, body=body, info=info)
        entry = dollars(plan.entry_e4)
        return True, f"#A{pending.n} v{version} {plan.shares:,} {pending.ticker} at {entry}", []

    def _undo(self, t: int, cmd: Undo) -> Verdict:
        trade = self._desk.state.trades.get(cmd.blueprint)
        if trade is None:
            rows = self._desk.state.last
            filled = [x for x in rows if x["id"] == cmd.blueprint and not x["shadow"]]
            if not filled or not filled[0]["shares"]:
                text = "nothing to undo"
                return self._refuse(t, "undo", ("not_confirmed",), text, cmd.blueprint)
        if trade is None or t >= trade.at_ts:
            text = "already filled"
            return self._refuse(t, "undo", ("already_filled",), text, cmd.blueprint)
        body = {"id": trade.id, "label": "WITHDRAWN"}
        self._desk.decide("withdraw", t, trade.ticker, body=body)
        return True, f"withdrawn #A{trade.n} {trade.ticker}", []

    def _lock(self, t: int) -> Verdict:
        desk, state = self._desk, self._desk.state
        if "manual" in state.locks:
            return self._refuse(t, "lock", ("locked",), "already locked until the next session")
        body = {"rung": "manual", "cause": "operator", "net_e4": state.net_e4}
        desk.decide("lock", t, "", reasons=("manual",), body=body)
        desk.cancel_all(t, "manual_lock")
        return True, "locked until the next session", []

    def _acknowledge(self, t: int) -> Verdict:
        until = self._desk.state.loss_until
        if not until:
            return self._refuse(t, "acknowledge", ("no_pause",), "no pause to acknowledge")
        if t < until:
            text = f"pause runs until {self._desk.plan.clock(until)}"
            return self._refuse(t, "acknowledge", ("too_early",), text)
        self._desk.decide("resume", t, "", reasons=("losses",), body={"scope": "losses"})
        return True, "pause ended", []

    def _pause_alerts(self, t: int, cmd: PauseAlerts) -> Verdict:
        off = bool(self._desk.state.alerts_off)
        if off == cmd.on:
            text = "alerts are paused already" if off else "alerts are not paused"
            return self._refuse(t, "pause_alerts", ("unchanged",), text)
        body: dict[str, Any] = {"scope": "alerts"}
        if cmd.on:
            body["until"] = 0
        self._desk.decide("pause" if cmd.on else "resume", t, "", reasons=("alerts",), body=body)
        return True, "no new alerts" if cmd.on else "alerts come again", []

    def _lower_phase(self, t: int, cmd: LowerPhase) -> Verdict:
        """Only ever downwards (D-29); cards that wait are re-sized or dropped by their guards."""
        now = self._desk.phase
        if not 0 <= cmd.phase < now:
            text = f"phase {cmd.phase} is not below phase {now}: by hand it only falls"
            return self._refuse(t, "lower_phase", ("phase",), text)
        body = {"phase": cmd.phase, "before": now}
        self._desk.decide("phase", t, "", reasons=("by_hand",), body=body)
        return True, f"phase {now} -> {cmd.phase}", []

    def _not_pending(self, t: int, what: str, blueprint: str) -> Verdict:
        confirmed = blueprint in self._desk.state.trades
        text = "already confirmed" if confirmed else "no longer pending"
        reason = "confirmed" if confirmed else "not_pending"
        acted, text, _ = self._refuse(t, what, (reason,), text, blueprint)
        return acted, text, [("pending", False, text)] if what == "confirm" else []

    def _other_version(self, t: int, what: str, pending: Pending, version: int) -> Verdict:
        text = f"card v{pending.version} != v{version}"
        return self._refuse(t, what, ("version",), text, pending.id, pending.ticker)

    def _refuse(
        self,
        t: int,
        what: str,
        reasons: tuple[str, ...],
        text: str,
        blueprint: str = "",
        ticker: str = "",
    ) -> Verdict:
        body = {"command": what, "id": blueprint}
        self._desk.decide("refuse", t, ticker, reasons=reasons, body=body, info={"text": text})
        return False, text, []
