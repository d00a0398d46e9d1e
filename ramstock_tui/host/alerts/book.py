"""Decisions of the acting lane as alerts: one per blueprint, changed through its life; locks and
pauses; the day after its close. Shadow lanes tell nobody anything.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.host import rows, words
from ramstock_tui.schedule import utc_offset_s
from ramstock_tui.sinks.alert import EDIT, ENTRY, EXIT, Alert

NS = 1_000_000_000
PAUSES = {"losses": "loss_pause", "alerts": "alerts_off"}  # scope -> code of the lock
ENDS = {"cancel": "CANCELLED", "expire": "EXPIRED", "skip": "SKIPPED", "withdraw": "WITHDRAWN"}
_SPECIAL = str.maketrans(dict.fromkeys("*_~`|<>@[]()\\#", " "))  # what Discord would obey


class _Told:
    """What is known of one blueprint."""

    def __init__(self, d: Decision) -> None:
        self.body = d.body
        self.ticker = plain(d.ticker)
        self.score = f"{(d.score or 0) / 10_000:.1f}"
        self.rules = ""
        self.confirmed = False
        self.notes: list[str] = []
        self.end = ""  # how it ended without a trade
        self.shadow = ""  # what would have become of it


class Book:
    """mode: of the session. wall_s: event time, ns -> wall time, s since the epoch (a phone counts
    down to it). latest: the newest alert of every message."""

    def __init__(self, mode: str, wall_s: Callable[[int], int]) -> None:
        self.latest: dict[str, Alert] = {}
        self._mode = plain(mode)
        self._wall_s = wall_s
        self._told: dict[str, _Told] = {}
        self._pauses: dict[str, str] = {}  # scope -> key of the pause that runs

    def take(self, decisions: Iterable[Decision], lane: Lane) -> list[Alert]:
        """What these decisions change; an alert that says nothing new is left out."""
        found = []
        for d in decisions:
            alert = self._of(d, lane) if d.profile == lane.profile.name else None
            if alert is not None and self.news(alert):
                found.append(alert)
        return found

    def news(self, alert: Alert) -> bool:
        """Does it say something new? It is the newest of its message from now on."""
        known = self.latest.get(alert.key) == alert
        self.latest[alert.key] = alert
        return not known

    def _of(self, d: Decision, lane: Lane) -> Alert | None:
        if d.kind in ("signal", "reprice"):
            return self._offered(d, lane)
        if d.kind == "lock":
            return self._locked(d, lane)
        if d.kind in ("pause", "resume"):
            return self._paused(d, lane)
        if d.kind == "equity":
            return self._equity(d)
        told = self._told.get(str(d.body.get("id", "")))
        if told is None:
            return None
        if d.kind in ENDS:
            return self._ended(d, told)
        if d.kind == "confirm":
            told.confirmed = True
            return self._card(d, told, "CONFIRMED", "good")
        if d.kind == "fill" and not d.body["shadow"]:
            price = d.body["cost_e4"] / max(1, d.body["shares"]) / 10_000
            told.notes.append(f"filled {d.body['shares']:,} at {price:.3f}")
            return self._card(d, told, "CONFIRMED", "good")
        return self._outcome(d, told) if d.kind == "outcome" else None

    # a blueprint ---------------------------------------------------------------------------------
    def _offered(self, d: Decision, lane: Lane) -> Alert:
        told = self._told.setdefault(d.body["id"], _Told(d))
        told.body = {**told.body, **d.body}
        told.score = f"{(d.score or 0) / 10_000:.1f}"
        told.rules = _rules(d, lane)
        low = bool(told.body["low"])
        prefix = "PENDING LOW" if low else "PENDING"
        again = d.kind == "reprice"
        return self._card(
            d, told, prefix, "info", rank=ENTRY, bells=0 if low or again else 2, notify=not again
        )

    def _ended(self, d: Decision, told: _Told) -> Alert:
        why = words.reason_words(d.reasons)
        told.end = ENDS[d.kind]
        told.notes.append(f"{ENDS[d.kind].lower()}: {why}" if why else ENDS[d.kind].lower())
        halted = "halt" in d.reasons
        return self._card(
            d, told, ENDS[d.kind], "dim", bells=2 if halted else 0, notify=halted, over=True
        )

    def _outcome(self, d: Decision, told: _Told) -> Alert | None:
        label, net = str(d.body["label"]), d.body["net_e4"]
        traded = bool(d.body["shares"])
        said = f"{label} {words.money(net, plus=True)}" if traded else label
        if d.body["shadow"]:
            if told.confirmed or not traded:
                return None
            told.shadow = f"would have been {said}"
            return self._card(d, told, told.end, "dim", over=True) if told.end else None
        told.notes.append(f"out at {clock(d.ts)}" if traded else label.lower())
        colour = "dim" if not traded else "good" if net > 0 else "bad"
        return self._card(d, told, said, colour, rank=EXIT, bells=1, notify=True)

    def _card(self, d: Decision, told: _Told, prefix: str, colour: str, **more: Any) -> Alert:
        body = told.body
        low = bool(body["low"])
        more = {"rank": EDIT, **more}
        if low:
            more |= {"bells": 0, "notify": False}
        return Alert(
            key=body["id"],
            kind="blueprint",
            ticker=told.ticker,
            prefix=prefix,
            title=self._named(
                f"{told.ticker} {told.score} · buy {body['shares']:,} at "
                f"{words.cents(body['entry_e4'])} · stop {words.cents(body['stop_e4'])} · "
                f"target {words.cents(body['target_e4'])}"
            ),
            colour=colour,
            fields=self._fields(told, prefix.startswith("PENDING")),
            footer=f"#A{body['n']} · {plain(body['id'])} · {self._mode}",
            silent=low,
            at_ts=d.ts,
            **more,
        )

    def _fields(self, told: _Told, pending: bool) -> tuple[tuple[str, str, bool], ...]:
        body = told.body
        found = [
            ("Entry", words.cents(body["entry_e4"]), True),
            ("Stop", words.cents(body["stop_e4"]), True),
            ("Target", words.cents(body["target_e4"]), True),
            ("Shares", f"{body['shares']:,}" + (" (half size)" if body["low"] else ""), True),
            ("Risk", words.money(body["risk_e4"]), True),
            ("Net at target", words.money(body["net_target_e4"], plus=True), True),
            ("Rules", told.rules, False),
            ("Window", plain(str(body["window"])), True),
        ]
        if pending:
            found.append(("Expires", f"<t:{self._wall_s(body['expires_ts'])}:R>", True))
        notes = told.notes + ([told.shadow] if told.shadow and told.end else [])
        if notes:
            found.append(("Result", "\n".join(notes), False))
        return tuple(found)

    # the session ---------------------------------------------------------------------------------
    def _locked(self, d: Decision, lane: Lane) -> Alert:
        rung = str(d.body["rung"])
        row = rows.lock(f"{rung}_lock", None, lane.profile.losses)
        return self.event(
            f"lock:{rung}",
            row.word,
            f"{row.blocks} · {_why_locked(d.body)}",
            "bad",
            d.ts,
            bells=3,
        )

    def _paused(self, d: Decision, lane: Lane) -> Alert | None:
        scope = str(d.body["scope"])
        if d.kind == "resume":
            key = self._pauses.pop(scope, "")
            title = "the pause is over"
            return self.event(key, "RESUMED", title, "good", d.ts, bells=1) if key else None
        new = scope not in self._pauses
        key = self._pauses.setdefault(scope, f"pause:{scope}:{d.ts // NS}")
        row = rows.lock(PAUSES.get(scope, "global_pause"), None, lane.profile.losses)
        until = f" until {clock(d.body['until'])}" if d.body.get("until") else ""
        asked = scope == "alerts"  # by the person at the screen
        bells = 3 if new and not asked else 0
        return self.event(key, row.word, f"{row.blocks}{until}", "bad", d.ts, bells=bells)

    def _equity(self, d: Decision) -> Alert | None:
        """The floor, and that the account is above it again; nothing else of the equity."""
        below = d.body["level"] == "block"
        if not below and "equity" not in self.latest:
            return None
        prefix = "EQUITY FLOOR" if below else "EQUITY"
        colour = "bad" if below else "good"
        return self.event(
            "equity", prefix, words.log_text(d), colour, d.ts, bells=3 if below else 1
        )

    def event(self, key: str, prefix: str, title: str, colour: str, ts: int, **more: Any) -> Alert:
        """An alert about the session itself. more: `bells`, `fields`, `rank`."""
        bells = more.get("bells", 0)
        return Alert(
            key=key,
            kind=key.partition(":")[0],
            ticker="",
            prefix=prefix,
            title=self._named(title),
            colour=colour,
            footer=f"{key} · {self._mode}",
            notify=bool(bells),
            at_ts=ts,
            **{"rank": EXIT, **more},
        )

    def day(self, key: str, lane: Lane, ts: int) -> Alert:
        """The summary after the close."""
        state = lane.state
        trades = [row for row in state.last if not row["shadow"] and row["shares"]]
        lines = [
            f"{clock(row['ts'])} {plain(row['ticker'])} {row['label']}"
            f" {words.money(row['net_e4'], plus=True)}"
            for row in trades
        ]
        locks = ", ".join(sorted(state.locks)) or "none"
        return self.event(
            key,
            "DAY",
            f"net {words.money(state.net_e4, plus=True)} · {state.entries} entries ·"
            f" W{state.wins} L{state.losses} · {state.n} alerts",
            "good" if state.net_e4 > 0 else "bad" if state.net_e4 < 0 else "dim",
            ts,
            rank=EDIT,
            fields=(
                ("Net", words.money(state.net_e4, plus=True), True),
                ("Peak", words.money(state.peak_e4, plus=True), True),
                ("Locks", locks, True),
                ("Last trades", "\n".join(lines) or "none", False),
            ),
        )

    def _named(self, title: str) -> str:
        """A market that is not real says so where it is read first."""
        return f"{self._mode} · {title}" if self._mode == "demo" else title


def plain(text: str) -> str:
    """A name from outside, without what a terminal or Discord would obey."""
    kept = "".join(c if c.isprintable() else " " for c in text.translate(_SPECIAL))
    return " ".join(kept.split())[:60]


def clock(ts: int) -> str:
    """New York time of day: `10:29:59`."""
    s = (ts // NS + utc_offset_s(ts)) % 86_400
    return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}"


def _why_locked(body: dict[str, Any]) -> str:
    """`net -$85.50, -$42.00 of it open, limit -$80.00`."""
    still_open = body.get("open_net_e4", 0)
    said = f"net {words.money(body['net_e4'] + still_open, plus=True)}"
    if body["cause"] == "losses":
        return f"second loss pause of the day · {said}"
    if body["cause"] != "net":
        return said
    part = f", {words.money(still_open, plus=True)} of it open" if still_open else ""
    return f"{said}{part}, limit {words.money(-body['limit_e4'])}"


def _rules(d: Decision, lane: Lane) -> str:
    """A line for each rule: ✓ or ✗, its reading and what it needs."""
    parts = [tuple(part) for part in d.info.get("parts", ())]
    if len(parts) != len(lane.profile.rules):
        return ""
    found = rows.score_rows(Evaluation(d.score or 0, (), "", parts), lane)
    return "\n".join(
        f"{'✓' if row.passed else '✗'} {row.rule.replace('_', ' ')} {row.value} ({row.need})"
        f" {row.points_e4 / 10_000:g}/{row.of_e4 / 10_000:g}"
        for row in found
    )
