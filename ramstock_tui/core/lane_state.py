"""What of a lane survives a restart, and the one reducer that changes it.

`LaneState.apply` is the only code that writes here. It reads nothing but the decision, so the
decisions of a ledger, applied in order, give the state that the running lane had.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from ramstock_tui.core.blueprint import Blueprint
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.records import Carried
from ramstock_tui.core.throttle import HOUR_NS, SECOND_NS

LAST_OUTCOMES = 20
UNCOUNTED_NS = 2 * SECOND_NS  # a system cancel this soon leaves no cool-off (N-30)


class Pending:
    """A blueprint on screen. cool_before: cool-off instant of the ticker before this alert, 0 =
    none. tape: counted prints in the 3 s up to `created_ts`. Times ns."""

    __slots__ = (
        "cool_before",
        "created_ts",
        "expires_ts",
        "id",
        "n",
        "plan",
        "score_e4",
        "tape",
        "ticker",
        "version",
    )
    plan: Blueprint

    def __init__(self, d: Decision, cool_before: int) -> None:
        body = d.body
        self.id: str = body["id"]
        self.n: int = body["n"]
        self.version: int = body["version"]
        self.ticker = d.ticker
        self.score_e4 = d.score or 0
        self.created_ts = d.ts
        self.expires_ts: int = body["expires_ts"]
        self.tape: int = body["tape"]
        self.cool_before = cool_before
        self.plan = Blueprint.from_body(body)

    def dump(self) -> dict[str, Any]:
        """Every field as plain data."""
        return {k: getattr(self, k) for k in self.__slots__ if k != "plan"} | self.plan.body()


class Trade:
    """A simulated order and the position that it becomes; shadow: 1 = of no confirm.

    shares: ordered; filled: bought so far for cost_e4. at_ts: the order reaches the book; fill_end:
    it stops waiting. first_fill: 0 before one. timeout_ts: forced exit. exit_label, exit_ts: label
    and instant of an exit under way, "" and 0 = none. cut: 1 = the rest was withdrawn by a lock.
    """

    __slots__ = (
        "at_ts",
        "cost_e4",
        "created_ts",
        "cut",
        "entry_e4",
        "exit_label",
        "exit_ts",
        "fill_end",
        "filled",
        "first_fill",
        "id",
        "n",
        "shadow",
        "shares",
        "stop_e4",
        "target_e4",
        "tick_e4",
        "ticker",
        "timeout_ts",
        "window",
    )

    def __init__(self, d: Decision, plan: Blueprint, shadow: int) -> None:
        body = d.body
        self.id: str = body["id"]
        self.n: int = body["n"]
        self.ticker = d.ticker
        self.shadow = shadow
        self.created_ts = d.ts
        self.shares = plan.shares
        self.entry_e4 = plan.entry_e4
        self.stop_e4 = plan.stop_e4
        self.target_e4 = plan.target_e4
        self.tick_e4 = plan.tick_e4
        self.window: str = body["window"]
        self.at_ts: int = body["at_ts"]
        self.fill_end: int = body["fill_end"]
        self.filled = 0
        self.cost_e4 = 0
        self.first_fill = 0
        self.timeout_ts = 0
        self.exit_label = ""
        self.exit_ts = 0
        self.cut = 0

    def dump(self) -> dict[str, Any]:
        """Every field as plain data."""
        return {k: getattr(self, k) for k in self.__slots__}


class LaneState:
    """Counters, locks, pendings and trades of one lane on one session date.

    alerts: instants of the last hour's alerts, ascending. cool: ticker -> instant from which its
    cool-off runs. entries: confirmed ones without misses, by_window the same per window. closed:
    [exit instant, net] of confirmed trades. loss_ts: losing exits not yet used up by a pause.
    loss_until: end of the timed part of a loss pause, 0 = none or acknowledged. pause_until: end of
    the global pause, 0 = none. alerts_off: since when the operator wants no alerts, 0 = they come.
    lowered: phase that was set by hand, None = not. equity_cents, equity_level: the equity that
    last led to something and what (`warn`, `block`, `withdraw`, `capped`), None and "" = the day
    opened with it and nothing was said. locks: `soft` | `hard` | `manual` -> instant. Money
    1/10,000 USD.
    """

    def __init__(self) -> None:
        self.n = 0
        self.alerts: list[int] = []
        self.cool: dict[str, int] = {}
        self.entries = 0
        self.by_window: dict[str, int] = {}
        self.net_e4 = 0
        self.peak_e4 = 0
        self.wins = 0
        self.losses = 0
        self.closed: list[list[int]] = []
        self.loss_ts: list[int] = []
        self.loss_pauses = 0
        self.loss_until = 0
        self.pause_until = 0
        self.alerts_off = 0
        self.lowered: int | None = None
        self.equity_cents: int | None = None
        self.equity_level = ""
        self.locks: dict[str, int] = {}
        self.pendings: dict[str, Pending] = {}
        self.trades: dict[str, Trade] = {}
        self.shadows: dict[str, Trade] = {}
        self.last: list[dict[str, Any]] = []

    def take(self, c: Carried) -> None:
        """Begin where earlier sessions of the date left off."""
        for name in _CARRIED:
            value = getattr(c, name)
            if isinstance(value, tuple):
                value = [list(x) if isinstance(x, tuple) else x for x in value]
            setattr(self, name, dict(value) if isinstance(value, dict) else value)

    def carried(self, profile: str) -> Carried:
        """The inverse of `take`."""
        found = {name: getattr(self, name) for name in _CARRIED}
        return msgspec.convert({"profile": profile, **found}, Carried)

    def apply(self, d: Decision) -> bool:
        """Changes the state as the decision says; False: its kind changes nothing.

        KeyError: a decision about a blueprint or trade that the ones before did not open.
        """
        change = _CHANGES.get(d.kind)
        if change is None:
            return False
        change(self, d)
        return True

    def pending_of(self, ticker: str) -> Pending | None:
        """The pending blueprint of a symbol; there is at most one."""
        for pending in self.pendings.values():
            if pending.ticker == ticker:
                return pending
        return None

    def has_trade(self, ticker: str) -> bool:
        """Is a confirmed order or position of this symbol open?"""
        return any(trade.ticker == ticker for trade in self.trades.values())

    def net_before(self, ts: int) -> int:
        """Net of confirmed trades closed before ts."""
        return sum(net for at, net in self.closed if at < ts)

    def dump(self) -> dict[str, Any]:
        """The whole state as plain data (integers, strings, lists, maps with string keys)."""
        plain: dict[str, Any] = {}
        for name, value in vars(self).items():
            if name in _HOLDERS:
                plain[name] = [each.dump() for each in value.values()]
            else:
                plain[name] = value.copy() if isinstance(value, (list, dict)) else value
        return plain


_HOLDERS = ("pendings", "trades", "shadows")
_CARRIED = tuple(name for name in Carried.__struct_fields__ if name != "profile")


def _signal(s: LaneState, d: Decision) -> None:
    pending = Pending(d, s.cool.get(d.ticker, 0))
    s.n = pending.n
    s.alerts = [ts for ts in s.alerts if ts > d.ts - HOUR_NS] + [d.ts]
    s.cool[d.ticker] = d.ts
    s.pendings[pending.id] = pending
    s.shadows[pending.id] = Trade(d, pending.plan, 1)


def _cancel(s: LaneState, d: Decision) -> None:
    pending = s.pendings.pop(d.body["id"])
    if d.ts - pending.created_ts <= UNCOUNTED_NS:
        if pending.cool_before:
            s.cool[d.ticker] = pending.cool_before
        else:
            del s.cool[d.ticker]


def _drop(s: LaneState, d: Decision) -> None:
    del s.pendings[d.body["id"]]


def _reprice(s: LaneState, d: Decision) -> None:
    pending = s.pendings[d.body["id"]]
    pending.version = d.body["version"]
    pending.score_e4 = d.score or 0
    pending.plan = Blueprint.from_body(d.body)


def _confirm(s: LaneState, d: Decision) -> None:
    pending = s.pendings.pop(d.body["id"])
    trade = s.trades[pending.id] = Trade(d, pending.plan, 0)
    s.entries += 1
    s.by_window[trade.window] = s.by_window.get(trade.window, 0) + 1


def _uncount(s: LaneState, trade: Trade) -> None:
    s.entries -= 1
    s.by_window[trade.window] -= 1


def _withdraw(s: LaneState, d: Decision) -> None:
    _uncount(s, s.trades.pop(d.body["id"]))


def _holder(s: LaneState, d: Decision) -> dict[str, Trade]:
    return s.shadows if d.body["shadow"] else s.trades


def _fill(s: LaneState, d: Decision) -> None:
    trade = _holder(s, d)[d.body["id"]]
    trade.filled += d.body["shares"]
    trade.cost_e4 += d.body["cost_e4"]
    if not trade.first_fill:
        trade.first_fill = d.ts
        trade.timeout_ts = d.body["timeout_ts"]


def _exit(s: LaneState, d: Decision) -> None:
    trade = _holder(s, d)[d.body["id"]]
    trade.exit_label = d.body["label"]
    trade.exit_ts = d.body["exit_ts"]


def _outcome(s: LaneState, d: Decision) -> None:
    body = d.body
    trade = _holder(s, d).pop(body["id"])
    row = {k: body[k] for k in ("id", "n", "label", "shadow", "shares", "net_e4")}
    s.last = [*s.last[1 - LAST_OUTCOMES :], row | {"ticker": d.ticker, "ts": d.ts}]
    if trade.shadow:
        return
    s.shadows.pop(trade.id, None)  # the confirmed trade is this signal's label
    if not trade.filled:
        _uncount(s, trade)
        return
    s.net_e4 += body["net_e4"]
    s.peak_e4 = max(s.peak_e4, s.net_e4)
    s.closed.append([d.ts, body["net_e4"]])
    s.wins += body["result"] == "win"
    if body["result"] == "loss":
        s.losses += 1
        s.loss_ts.append(d.ts)


def _pause(s: LaneState, d: Decision) -> None:
    if d.body["scope"] == "global":
        s.pause_until = d.body["until"]
        return
    if d.body["scope"] == "alerts":
        s.alerts_off = d.ts
        return
    s.loss_until = d.body["until"]
    s.loss_pauses += 1
    s.loss_ts = []


def _resume(s: LaneState, d: Decision) -> None:
    if d.body["scope"] == "global":
        s.pause_until = 0
    elif d.body["scope"] == "alerts":
        s.alerts_off = 0
    else:
        s.loss_until = 0


def _lock(s: LaneState, d: Decision) -> None:
    s.locks.setdefault(d.body["rung"], d.ts)
    if d.body["cause"] == "losses":
        s.loss_ts = []
    if d.body["rung"] == "hard":
        for trade in s.trades.values():
            if trade.filled < trade.shares and d.ts < trade.fill_end:
                trade.fill_end, trade.cut = d.ts, 1


def _equity(s: LaneState, d: Decision) -> None:
    s.equity_cents, s.equity_level = d.body["equity_cents"], d.body["level"]


def _phase(s: LaneState, d: Decision) -> None:
    s.lowered = d.body["phase"]


_CHANGES: dict[str, Callable[[LaneState, Decision], None]] = {
    "signal": _signal,
    "cancel": _cancel,
    "expire": _drop,
    "skip": _drop,
    "reprice": _reprice,
    "confirm": _confirm,
    "withdraw": _withdraw,
    "fill": _fill,
    "exit": _exit,
    "outcome": _outcome,
    "pause": _pause,
    "resume": _resume,
    "lock": _lock,
    "equity": _equity,
    "phase": _phase,
}
