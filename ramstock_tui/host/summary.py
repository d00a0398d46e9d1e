"""What a replay decided, as plain data: the headless report and the comparison with a ledger."""

from collections import Counter
from typing import Any

import msgspec

from ramstock_tui.core.decisions import KINDS, Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.metrics import METRICS
from ramstock_tui.core.pnl import fee_row
from ramstock_tui.errors import ReplayMismatch
from ramstock_tui.host.words import cents
from ramstock_tui.journal.hashing import DecisionHash


def decision_hash(engine: Engine, policy: str) -> str:
    """The hash over every decision of the session, and over its rules: of the fees only the row
    that the session uses (formats.md 2)."""
    rules, session = engine.rules, engine.session
    if session is not None:
        fee = fee_row(rules.fees, session.fee_model, session.date)
        rules = msgspec.structs.replace(rules, fees=(fee,))
    chain = DecisionHash(rules, policy)
    for decision in engine.history:
        chain.add(decision)
    return chain.hexdigest()


def profiles(engine: Engine) -> dict[str, Any]:
    """`signals` and `rejects` of every lane, by profile name."""
    return {lane.profile.name: _profile(engine.history, lane.profile.name) for lane in engine.lanes}


def _profile(history: list[Decision], name: str) -> dict[str, Any]:
    mine = [d for d in history if d.profile == name]
    rejects = Counter(code for d in mine if d.kind in ("reject", "suppress") for code in d.reasons)
    return {
        "signals": [_signal(d, mine) for d in mine if d.kind == "signal"],
        "rejects": dict(sorted(rejects.items())),
    }


def _signal(d: Decision, mine: list[Decision]) -> dict[str, Any]:
    body = d.body
    return {
        "id": body["id"],
        "ts": d.ts,
        "symbol": d.ticker,
        "score": (d.score or 0) / 10_000,
        "parts": {
            rule: {"value": _value(rule, value), "need": need, "points": points / 10_000}
            for rule, value, need, points in d.info["parts"]
        },
        "blueprint": {
            "entry": cents(body["entry_e4"]),
            "stop": cents(body["stop_e4"]),
            "target": cents(body["target_e4"]),
            "shares": body["shares"],
            "risk_usd": cents(body["risk_e4"]),
        },
        "outcome": _outcome(body["id"], mine),
    }


def _value(rule: str, value: Any) -> Any:
    """A price as decimal text, every other reading as it is (a text is the reason for None)."""
    is_price = METRICS[rule].unit == "e4" and isinstance(value, int)
    return cents(value) if is_price else value


def _outcome(blueprint: str, mine: list[Decision]) -> dict[str, Any] | None:
    """The confirmed trade's outcome, else the shadow one, also where the confirm was withdrawn;
    None while it is open."""
    found = [d.body for d in mine if d.kind == "outcome" and d.body["id"] == blueprint]
    kinds = {d.kind for d in mine if d.body.get("id") == blueprint}
    confirmed = "confirm" in kinds and "withdraw" not in kinds
    for body in found:
        if bool(body["shadow"]) != confirmed:
            return {
                "label": body["label"],
                "exit_price": _price(body["proceeds_e4"], body["shares"]),
                "net_usd": cents(body["net_e4"]),
                "shadow": bool(body["shadow"]),
            }
    return None


def _price(proceeds_e4: int, shares: int) -> str | None:
    """Average price, to 1/10,000 USD half up; None without shares."""
    return cents((2 * proceeds_e4 + shares) // (2 * shares)) if shares else None


def compare(replayed: list[Decision], recorded: list[Decision]) -> int:
    """Replay is truth: raises ReplayMismatch at the first difference. Returns how many decisions
    the replay has beyond the ledger (a host that died had made them and not written them)."""
    for ours, theirs in zip(replayed, recorded, strict=False):
        if ours.kind != theirs.kind or (KINDS[ours.kind] and ours.hashed() != theirs.hashed()):
            first = min(theirs, ours, key=lambda d: (d.seq, d.ts))
            raise ReplayMismatch(theirs.seq, repr(theirs), repr(ours), first.ts, first.ticker)
    if len(recorded) > len(replayed):
        missing = recorded[len(replayed)]
        raise ReplayMismatch(missing.seq, repr(missing), "nothing", missing.ts, missing.ticker)
    return len(replayed) - len(recorded)
