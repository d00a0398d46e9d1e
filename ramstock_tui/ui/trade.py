"""Trading keys: which card is selected, and what may be sent about it."""

from collections.abc import Callable
from typing import Any

from ramstock_tui.core.records import (
    Acknowledge,
    Command,
    Confirm,
    Halt,
    Lock,
    LowerPhase,
    PauseAlerts,
    Reprice,
    RequestSlot,
    Skip,
    Undo,
)
from ramstock_tui.link.schema import Card, Order, Verdict
from ramstock_tui.ui.keys import KeySafety
from ramstock_tui.ui.scene import Said
from ramstock_tui.ui.store import Now, Store
from ramstock_tui.ui.text import clean
from ramstock_tui.ui.verdict import ALERTS_OFF

POLICIES = {
    "ledger": "replay: commands come from the ledger",
    "all": "replay: every card is confirmed by the replay",
    "none": "replay: keys are off; start it with --confirm keys to trade it",
}

Say = Callable[[str, str], None]


class Desk:
    """Selected card, key safety, orders sent and what the host answered. Times are monotonic ns
    of this screen; `say(text, token)` shows a hint."""

    def __init__(self, store: Store, send: Callable[[Any], None], say: Say) -> None:
        self.store = store
        self.safety = KeySafety()
        self.reader = False
        self.past = ""  # why nothing can be decided in what this screen shows at all
        self.pen_pid = 0
        self.said: dict[str, Said] = {}
        self._send = send
        self._say = say
        self._card_id = ""
        self._place = 0
        self._cmd_id = 0
        self._sent: dict[int, tuple[str, str]] = {}
        self._last_confirm = ""

    # the selected card ----------------------------------------------------------------------------
    @property
    def card(self) -> Card | None:
        return next((card for card in self.store.cards if card.id == self._card_id), None)

    def place(self) -> tuple[int, int]:
        """(number of the selected card, cards), (0, 0) without one."""
        cards = self.store.cards
        at = next((i for i, card in enumerate(cards) if card.id == self._card_id), -1)
        return (at + 1, len(cards)) if at >= 0 else (0, len(cards))

    def sync(self, mono: int) -> None:
        """After a frame: keep the selected card; when it is gone or decided, the next one."""
        cards = self.store.cards
        card = self.card
        if card is None or card.state != "pending":
            waiting = [one for one in cards if one.state == "pending"]
            later = [one for one in waiting if cards.index(one) >= self._place]
            choices = later or waiting or ([card] if card else list(cards[-1:]))
            self._select(choices[0] if choices else None)
        at = self.place()[0]
        self._place = at - 1 if at else 0
        self._show(mono)

    def move(self, step: int, mono: int) -> None:
        """Select the next (+1) or previous (-1) card, around the end."""
        cards = self.store.cards
        if not cards:
            return self._say("no card", "dim")
        at = self.place()[0] - 1
        self._select(cards[(at + step) % len(cards)])
        self._show(mono)

    def _select(self, card: Card | None) -> None:
        self._card_id = "" if card is None else card.id

    def _show(self, mono: int) -> None:
        card = self.card
        for gone in set(self.said) - {one.id for one in self.store.cards}:
            del self.said[gone]
        shown = None if card is None or card.state != "pending" else (card.id, card.version)
        if card is not None and self.safety.shown and shown and self.safety.shown != shown:
            self.said.pop(card.id, None)  # what was said concerned another version
        self.safety.show(shown, card is not None and card.two_step, mono)

    # orders ---------------------------------------------------------------------------------------
    def off(self) -> str:
        """Why no trading key acts in this screen, "" when they do."""
        status = self.store.status
        if self.past:
            return self.past
        if self.store.ended:
            return "the engine host has ended"
        if self.reader:
            return self.pen()
        if status is None:
            return "no data yet"
        if status.confirm_policy == "keys":
            return ""
        return POLICIES.get(status.confirm_policy, "commands are off")

    def pen(self) -> str:
        """Who writes, as this screen, which does not, says it."""
        if not self.pen_pid:
            return "read-only: no screen has the pen"
        return f"read-only: pen is with process {self.pen_pid}"

    def role(self, role: str, pen_pid: int) -> None:
        """What this screen is from now on: `writer` or `reader`."""
        self.reader, self.pen_pid = role == "reader", pen_pid

    def unanswered(self) -> str:
        """What was sent to a host that is gone and will never be answered, "" when nothing was."""
        verbs = " and ".join(dict.fromkeys(verb for verb, _ in self._sent.values()))
        self._sent.clear()
        return verbs

    def confirm(self, now: Now, pressed: int, modal: bool) -> None:
        """The confirm key, pressed at `pressed`."""
        answer = self.safety.press(pressed, self._blocked(now, modal))
        card = self.card
        if answer.do == "no":
            self._say(answer.hint, "warn")
        elif answer.do == "ask" and card is not None:
            why = "LOW confidence" if card.low_confidence else "needs two steps"
            order = f"BUY {card.shares:,} {clean(card.ticker)}"
            self._say(f"{order} ({why}): {answer.hint} within 2 s", "accent")
        elif answer.shown is not None:
            blueprint, version = answer.shown
            self._last_confirm = blueprint
            self._order(Confirm(blueprint, version), "confirm", blueprint, pressed)
            self._say("confirm sent …", "accent")

    def _blocked(self, now: Now, modal: bool) -> str:
        card = self.card
        if modal:
            return "close the window first (esc)"
        if off := self.off():
            return off
        if now.silent_ns is not None:
            return f"confirm is off: HOST SILENT {now.silent_ns / 1e9:.1f}s"
        if now.frozen:
            return "confirm is off while the view is FROZEN (space)"
        if card is not None and card.state == "pending" and now.now_ts >= card.expires_ts:
            return "the card has expired"
        return ""

    def skip(self, pressed: int) -> None:
        if (card := self._waiting()) is not None:
            self._order(Skip(card.id, card.version), "skip", card.id, pressed)

    def reprice(self, pressed: int) -> None:
        if (card := self._waiting()) is not None:
            self._order(Reprice(card.id, card.version), "re-price", card.id, pressed)

    def undo(self, pressed: int) -> None:
        """Withdraw the confirm that this screen sent last."""
        if off := self.off():
            self._say(off, "warn")
        elif not self._last_confirm:
            self._say("nothing to undo", "dim")
        else:
            self._order(Undo(self._last_confirm), "undo", self._last_confirm, pressed)

    def lock(self, pressed: int) -> None:
        self._order(Lock(), "lock", "", pressed)

    def pause_alerts(self, pressed: int) -> None:
        """No new alerts, or again when they are paused."""
        if off := self.off():
            return self._say(off, "warn")
        status = self.store.status
        paused = status is not None and any(row.word == ALERTS_OFF for row in status.locks)
        self._order(PauseAlerts(not paused), "alerts", "", pressed)

    def lower_phase(self, phase: int, pressed: int) -> None:
        self._order(LowerPhase(phase), "lower", "", pressed)

    def acknowledge(self, pressed: int) -> None:
        self._order(Acknowledge(), "acknowledge", "", pressed)

    def halt(self, ticker: str, on: bool, pressed: int) -> None:
        """Halt a symbol by hand, or take that back."""
        if off := self.off():
            self._say(off, "warn")
        else:
            self._order(Halt(ticker, on), "halt" if on else "resume", "", pressed)

    def slot(self, ticker: str, pressed: int) -> None:
        """Ask for a depth slot."""
        if off := self.off():
            self._say(off, "warn")
        elif not ticker:
            self._say("no symbol is selected", "warn")
        else:
            self._order(RequestSlot(ticker), "slot", "", pressed)

    def _waiting(self) -> Card | None:
        """The selected card when trading keys act and it is undecided; else a hint."""
        off, card = self.off(), self.card
        if off or card is None or card.state != "pending":
            self._say(off or "no pending card", "warn")
            return None
        return card

    def _order(self, command: Command, verb: str, blueprint: str, pressed: int) -> None:
        self._cmd_id += 1
        self._sent[self._cmd_id] = (verb, blueprint)
        self._send(Order(self._cmd_id, self.store.frame_n, pressed, command))

    def on_verdict(self, verdict: Verdict) -> bool:
        """Show the host's answer, which names every guard that failed; True when it refused."""
        verb, blueprint = self._sent.pop(verdict.cmd_id, ("", ""))
        mark = "✓" if verdict.ok else "✗"
        line = " ".join(word for word in (mark, verb, clean(verdict.text)) if word)
        if verb == "confirm":
            self.said[blueprint] = Said(verdict.ok, verdict.text)
            if not verdict.ok:
                line += "  (r: re-price)"
        self._say(line, "good" if verdict.ok else "bad")
        return not verdict.ok
