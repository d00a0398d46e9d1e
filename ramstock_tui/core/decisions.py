"""What comes out of the engine: one `Decision` per thing it decided, in order."""

from typing import Any


class Decision:
    """One decision of one lane.

    kind: see KINDS. seq, ts: the input (or clock tick: then the last input before it) that caused
    it, and the event time, ns since the epoch. i: running number among the decisions of that
    (seq, ts). profile: the lane, "" for decisions about the market or the account. score: × 10,000,
    or None. reasons: sorted reason codes. body: integers, strings, None and lists of those; the
    decision hash covers it. info: readings and parts for people; no hash covers it.
    """

    __slots__ = ("body", "i", "info", "kind", "profile", "reasons", "score", "seq", "ticker", "ts")

    def __init__(
        self,
        kind: str,
        seq: int,
        ts: int,
        i: int,
        profile: str,
        ticker: str,
        score: int | None = None,
        reasons: tuple[str, ...] = (),
        body: dict[str, Any] | None = None,
        info: dict[str, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.seq = seq
        self.ts = ts
        self.i = i
        self.profile = profile
        self.ticker = ticker
        self.score = score
        self.reasons = reasons
        self.body = {} if body is None else body
        self.info = {} if info is None else info

    def hashed(self) -> list[Any]:
        """The array that the decision hash covers: integers, strings, None and lists of those."""
        flat: list[Any] = []
        for key in sorted(self.body):
            flat += (key, self.body[key])
        return [
            self.kind,
            self.seq,
            self.ts,
            self.i,
            self.profile,
            self.ticker,
            self.score,
            list(self.reasons),
            flat,
        ]

    def __repr__(self) -> str:
        return f"Decision({self.hashed()!r})"


# kind -> is it part of the decision hash (formats.md 2: no `near`, no counters)
KINDS = {
    "near": False,  # score at or above half of the threshold; reasons: rules without points
    "idle": False,  # score fell below it again; reasons: what is wrong with the book, if anything
    "reject": True,  # score qualified, a gate or rejection stood against it
    "suppress": True,  # nothing stood against it but a throttle, window, lock or cool-off
    "signal": True,  # emitted; the body holds the blueprint
    "cancel": True,  # pending withdrawn by the engine (blow-out, slowdown, collapse ...)
    "expire": True,  # pending reached its time to live, or its window ended, or a restart
    "confirm": True,  # the operator confirmed and every guard held
    "block": True,  # the operator confirmed and a guard failed
    "skip": True,  # the operator dropped it
    "reprice": True,  # new version of a pending
    "withdraw": True,  # undo before the order reached the market
    "fill": True,  # simulated entry fill, whole or part
    "exit": True,  # an open trade begins to leave: stop or timeout; the fill comes a latency later
    "outcome": True,  # label of a confirmed trade or of a shadow outcome
    "pause": True,  # loss pause, global halt pause: start
    "resume": True,  # a pause ended
    "lock": True,  # soft, hard or manual lock
    "halt": True,  # halt risk of a symbol turned true or ended
    "flash": True,  # a flash wall was found
    "quarantine": True,  # symbol quarantined
    "collapse": True,  # liquidity collapse
    "refuse": True,  # a command that could not act
    "limits": True,  # the configuration changed: what acts at once, what waits for the next day
    "equity": True,  # the account crossed a floor or a reminder
    "phase": True,  # the evidence phase was lowered by hand
    "clock": True,  # session time jumped forward, or the wall clock fell behind it
    "resumed": True,  # a restart; the reducer rebuilt the state
    "note": False,  # what the trader must hear when the session opens
    "counters": False,  # once a minute: evaluations and top blockers
}
