"""Decisions and readings in the words of the screen. Pure text; no rule is decided here."""

from typing import Any

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.metrics import METRICS
from ramstock_tui.core.profile import Losses, Profile, Step
from ramstock_tui.core.records import ACCOUNT_CASH

LEVELS = {
    "signal": "good",
    "confirm": "good",
    "fill": "info",
    "reject": "info",
    "suppress": "info",
    "block": "warn",
    "cancel": "warn",
    "expire": "info",
    "halt": "bad",
    "flash": "warn",
    "collapse": "warn",
    "pause": "bad",
    "lock": "bad",
    "limits": "warn",
    "equity": "warn",
    "phase": "warn",
    "clock": "bad",
    "note": "warn",
    "recording": "bad",
    "sink": "warn",
}
SILENT = frozenset({"near", "idle", "exit", "counters"})  # kinds that the log does not show
# why a symbol is passed over right after its own alert: the list says `PENDING`, then `cool`
AFTER_ALERT = frozenset({"cooloff", "pending"})


def level(decision: Decision) -> str:
    """How a line of the log looks: by kind, else as the line itself says."""
    return str(decision.info.get("level") or LEVELS.get(decision.kind, "info"))


def shown(decision: Decision, acting: str | None = None) -> bool:
    """Does the log show it? Not: states of symbols, fills that nobody confirmed, that a symbol
    whose alert it showed still has the score, and what a profile other than `acting` (None = any)
    decides for itself: its locks lock nothing."""
    if acting is not None and decision.profile not in ("", acting):
        return False
    shadow = decision.kind == "fill" and decision.body.get("shadow")
    follows = decision.kind == "suppress" and AFTER_ALERT.issuperset(decision.reasons)
    return decision.kind not in SILENT and not shadow and not follows


_REASONS = {
    "depth_gate": "ask depth below the gate",
    "spread_gate": "spread too wide",
    "stall": "tape stalled",
    "flash": "flash wall",
    "flash_hold": "wall unproven",
    "replenish": "ask refills",
    "iceberg": "iceberg ask",
    "collapse": "liquidity collapsed",
    "quarantine": "quarantined",
    "fake_wall": "fake wall",
    "spoof": "offers pulled",
    "refill": "ask refilled after fills",
    "lots": "sizes look like lots",
    "heatmap": "heatmap does not confirm",
    "vwap_gate": "too far from VWAP",
    "cooloff": "same ticker cools off",
    "hourly": "hourly limit",
    "pending": "already pending",
    "window": "window closed",
    "window_cap": "window full",
    "if_ahead": "morning not ahead",
    "day_cap": "trades of the day used",
    "size": "no size left",
    "soft_lock": "soft lock",
    "hard_lock": "hard lock",
    "manual_lock": "locked by hand",
    "lost_lock": "account state lost",
    "loss_pause": "loss pause",
    "global_pause": "halt pause",
    "feed": "feed suspended",
    "phase": "monitor only",
    "alerts_off": "alerts paused by hand",
    "alerts": "alerts paused by hand",
    "losses": "too many losses in a short time",
    "global": "halt risk",
    "equity_floor": "equity below the floor",
    "book": "book not valid",
    "universe": "not in the universe",
    "ttl": "nobody confirmed it in time",
}


def reason_words(codes: tuple[str, ...]) -> str:
    """Reason codes as plain words, in the order given."""
    return ", ".join(_REASONS.get(code, code.replace("_", " ")) for code in codes)


def loss_pause(losses: Losses) -> str:
    """`third loss in 30 min`: what brings the loss pause of a profile."""
    nth = dict(enumerate(_ORDINALS, 1)).get(losses.count, f"{losses.count}th")
    return f"{nth} loss in {losses.window_s // 60} min"


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def cents(px_e4: int) -> str:
    """A price with two decimals, four below the cent: 120300 -> `12.03`."""
    sign = "-" if px_e4 < 0 else ""
    whole, rest = divmod(abs(px_e4), 10_000)
    return f"{sign}{whole}.{rest // 100:02}" if rest % 100 == 0 else f"{sign}{whole}.{rest:04}"


def money(value_e4: int, *, plus: bool = False) -> str:
    """Dollars and cents, rounded half away from zero: -485000 -> `-$48.50`."""
    whole, part = divmod((abs(value_e4) + 50) // 100, 100)
    sign = "-" if value_e4 < 0 else "+" if plus else ""
    return f"{sign}${whole:,}.{part:02}"


def short_id(body: dict[str, Any]) -> str:
    """`#A3` for the third alert of the day."""
    return f"#A{body['n']}" if "n" in body else "#A" + str(body.get("id", "?")).rpartition("-")[2]


def log_text(d: Decision) -> str:
    """One line of the log for a decision, without time and ticker."""
    text = _LOG.get(d.kind)
    if text is not None:
        return str(text(d))
    words = reason_words(d.reasons)
    return f"{d.kind} {words}".rstrip()


def _signal(d: Decision) -> str:
    body = d.body
    return (
        f"{short_id(body)} pending {_score(d)}  buy {body['shares']} at {cents(body['entry_e4'])}"
    )


def _refused(word: str) -> Any:
    return lambda d: f"{word} {_score(d)}: {_against(d)}"


def _against(d: Decision) -> str:
    """What stood against a signal; of an ask that refills also how fast."""
    said = reason_words(d.reasons)
    times = refill_times(d.info.get("readings", {}))
    return (
        said.replace(_REASONS["replenish"], f"{_REASONS['replenish']} {times}") if times else said
    )


def refill_times(readings: dict[str, Any]) -> str:
    """`1.25× fills`: what came back net of cancels, over what was bought (N-14); "" unknown."""
    fills, refill = readings.get("ask_fills_3s"), readings.get("ask_refill_net_3s")
    return f"{refill / fills:.2f}× fills" if fills and refill is not None else ""


def _named(word: str) -> Any:
    def text(d: Decision) -> str:
        why = reason_words(d.reasons)
        return f"{short_id(d.body)} {word}" + (f": {why}" if why else "")

    return text


def _fill(d: Decision) -> str:
    shadow = "shadow " if d.body.get("shadow") else ""
    price = d.body["cost_e4"] / max(1, d.body["shares"]) / 10_000
    return f"{short_id(d.body)} {shadow}filled {d.body['shares']} at {price:.3f}"


def _outcome(d: Decision) -> str:
    shadow = "shadow " if d.body.get("shadow") else ""
    net = d.body.get("net_e4")
    return f"{short_id(d.body)} {shadow}{d.body['label']}" + (
        "" if net is None else f" {money(net, plus=True)}"
    )


def _halt(d: Decision) -> str:
    if "by_hand" in d.body:
        return "halted by hand" if d.body["by_hand"] else "halt by hand ended"
    said = f", it says {d.body['said']}" if "said" in d.body else ""
    return f"halt risk: {', '.join(d.reasons)}{said}"


def _limits(d: Decision) -> str:
    now, later = d.body["now"], d.body["later"]
    parts = ["acts now: " + ", ".join(now)] if now else []
    parts += ["effective tomorrow (next session): " + ", ".join(later)] if later else []
    return "limits changed; " + "; ".join(parts) if parts else "limits as before"


def _lock(d: Decision) -> str:
    body = d.body
    word = "hard lock" if body["rung"] == "hard" else "locked"
    if body["cause"] == "net":
        total = body["net_e4"] + body["open_net_e4"]
        sign = "<=" if body["rung"] == "hard" else "<"
        return f"{word}: daily loss {money(total)} {sign} {money(-body['limit_e4'])}"
    why = "second loss pause of the day" if body["cause"] == "losses" else "by hand"
    return f"{word}: {why}"


def _resume(d: Decision) -> str:
    said = {"alerts": "alerts come again", "losses": "loss pause acknowledged"}
    return said.get(d.body["scope"], "halt pause is over")


def equity_note(level: str) -> str:
    """What the account's equity asks for, in the status rows; a floor stands among the locks."""
    return {
        "warn": "equity near the floor",
        "withdraw": "withdraw profits",
        "capped": "withdraw profits: size is capped",
    }.get(level, "")


def type_note(kind: int) -> str:
    """What the type of the account means, in the status rows (S-K2). kind: ACCOUNT_CASH ..."""
    return "cash account: settled cash only" if kind == ACCOUNT_CASH else ""


def _equity(d: Decision) -> str:
    said = {
        "block": "below the floor: no new entries",
        "warn": "near the floor",
        "withdraw": "withdraw profits",
        "capped": "withdraw profits; sizes count no more of it",
        "": "within its limits again",
    }
    return f"equity {money(d.body['equity_cents'] * 100)}: {said[d.body['level']]}"


def _phase(d: Decision) -> str:
    to = d.body["phase"]
    return f"phase lowered by hand: {d.body['before']} -> {to if to else '0, monitor only'}"


def _clock(d: Decision) -> str:
    moved = f"{d.body['ns'] / 1e9:,.1f} s"
    if d.reasons == ("forward",):
        return f"clock moved {moved} forward: all data stale, alerts wait for 10 s"
    return f"wall clock stands {moved} behind: session time goes on"


def _score(d: Decision) -> str:
    return f"{(d.score or 0) / 10_000:.1f}"


_LOG: dict[str, Any] = {
    "signal": _signal,
    "reject": _refused("reject"),
    "suppress": _refused("no alert"),
    "cancel": _named("auto-cancelled"),
    "expire": _named("expired"),
    "confirm": _named("confirmed"),
    "block": _named("blocked"),
    "skip": _named("skipped"),
    "reprice": _named("re-priced"),
    "withdraw": _named("withdrawn"),
    "fill": _fill,
    "outcome": _outcome,
    "halt": _halt,
    "limits": _limits,
    "lock": _lock,
    "resume": _resume,
    "equity": _equity,
    "phase": _phase,
    "clock": _clock,
    "note": lambda d: "; ".join(d.body["texts"]),
    "recording": lambda d: d.info["text"],
    "feed": lambda d: d.info["text"],
    "sink": lambda d: d.info["text"],
}


_WHY = {
    "first_60s": "<9:31",
    "no_print": "no tape",
    "after_close": "closed",
    "partial": "partial",
    "one_level": "1 level",
    "no_book": "no book",
}


def why_text(reason: str) -> str:
    """Why a reading has no value, in at most seven letters."""
    return _WHY.get(reason, reason.replace("_", " "))


def need_text(step: Step) -> str:
    """A rule's condition for the score pane: `≥2.5`, `≤.04 2s`, `cross`."""
    unit = METRICS[step.metric].unit
    if unit == "yes":
        return "cross" if step.metric == "reclaim" else "yes"
    limit = _limit(step.limit_num, step.limit_den, unit)
    if step.op == "ramp":
        return f"{limit}-{_limit(step.full_num, step.full_den, unit)}"
    sign = "≥" if step.op == "at_least" else "≤"
    held = f" {step.held_ms / 1000:g}s" if step.held_ms else ""
    return f"{sign}{limit}{held}"


def blocker_text(code: str, profile: Profile) -> str:
    """What stood in the way, for a count of such: `depth<1,200` for a rule of the profile without
    points, else the words of the reason."""
    step = next((step for step in profile.rules if step.metric == code), None)
    if step is None:
        return reason_words((code,))
    name = short_rule(code)
    unit = METRICS[code].unit
    if unit == "yes":
        return f"no {name}"
    over = step.op == "at_most" or (step.op == "ramp" and step.full_num < step.limit_num)
    return f"{name}{'>' if over else '<'}{_limit(step.limit_num, step.limit_den, unit)}"


def short_rule(metric: str) -> str:
    """A rule's name where cells are few."""
    return _SHORT.get(metric, metric.replace("_", " "))


_SHORT = {
    "ratio_3": "ratio",
    "ratio_5": "ratio",
    "tape_velocity": "tape",
    "ask_depth": "depth",
    "bid_over_ask": "bid>ask",
    "imbalance_5": "QI",
    "tape_acceleration": "accel",
    "wall_pressure": "wall",
    "wall_depletion": "depletion",
}


def _limit(num: int, den: int, unit: str) -> str:
    if unit == "e4":
        return cents(num // den).removeprefix("0")
    return f"{num / den:,.4f}".rstrip("0").rstrip(".")


def value_text(metric: str, value: Any) -> str:
    """A rule's reading as the score pane shows it; a text stands for itself (a reason)."""
    if isinstance(value, str):
        return why_text(value)
    unit = METRICS[metric].unit
    if unit == "yes":
        return "yes" if value else "no"
    if unit == "e4":
        return cents(int(value)).removeprefix("0")
    if unit == "shares":
        return f"{int(value):,}"
    return f"{value:.2f}" if unit == "ratio" else f"{value:.1f}"
