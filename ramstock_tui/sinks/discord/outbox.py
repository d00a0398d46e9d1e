"""What is sent next, and what an answer makes of it. No clock, no network: times are handed in."""

import random
from collections.abc import Iterable
from typing import NamedTuple

from ramstock_tui.sinks.alert import EDIT, EXIT, Alert, Delivery, Shot
from ramstock_tui.sinks.discord.entry import Entry, Kept
from ramstock_tui.sinks.discord.limits import Limiter
from ramstock_tui.sinks.discord.replies import Meaning, Reply, meaning

S = 1_000_000_000
MS = 1_000_000
BOUND = 100  # messages that wait
REMEMBERED = 500  # messages that can still be edited
BUDGET_NS = 30 * S  # of attempts for one state
BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
JITTER_S = 0.25  # after a 429: who was told the same does not come back at the same instant
BURST = 8  # more wait: those that ended meanwhile go together into one message
LISTED = 12
SINK = "discord"
SLOW_MS = 1_000
FOLDED = "told in a summary"
NO_ID = "its message cannot be changed: the server gave no id"
TWICE = "sent twice without an answer, it may have arrived"


class Op(NamedTuple):
    """One request: a create (message "") or an edit of this state."""

    entry: Entry
    alert: Alert
    rev: int
    message: str
    retry: bool
    shot: Shot | None


class Outbox:
    """stopped: why nothing is sent any more, "" while it is. trouble: what the last attempts met,
    "" = nothing. records: deliveries and failures, to be taken; changed: entries whose line on the
    disk is out of date."""

    def __init__(self, limiter: Limiter, chance: random.Random) -> None:
        self.entries: dict[str, Entry] = {}
        self.limiter = limiter
        self.stopped = ""
        self.trouble = ""
        self.records: list[Delivery] = []
        self.changed: list[Entry] = []
        self.took_ms: list[int] = []  # of deliveries not looked at yet
        self._chance = chance
        self._bursts = 0
        self._burst = ""  # key of the last summary
        self._missed: list[str] = []  # what it names

    def restore(self, kept: Iterable[Kept], now: int) -> None:
        """What an earlier run left: what it had not delivered waits again."""
        for each in kept:
            entry = Entry(each, now)
            self.entries[each.key] = entry
            self._bursts += each.key.startswith("burst:")
            if entry.waiting and each.marked and not each.message:
                each.blind = True  # killed on the second try: a third could be one too many
                self._give_up(entry, TWICE)

    # in ------------------------------------------------------------------------------------------
    def put(self, alert: Alert, now: int, shot: Shot | None = None) -> None:
        """The newest state of a message."""
        entry = self.entries.get(alert.key)
        if entry is None:
            entry = self.entries[alert.key] = Entry(Kept(alert.key, alert), now, shot)
        else:
            entry.want(alert, now)
        self.changed.append(entry)
        if self.stopped:
            self._give_up(entry, f"channel stopped: {self.stopped}")
        elif entry.kept.blind:
            self._unseen(entry)
        self._bound()
        self._look_late(entry, now)
        self._fold(now)
        self._forget()

    def retry(self, now: int) -> int:
        """Send again what was given up, also when the channel had stopped; how many."""
        self.stopped = self.trouble = ""
        self.limiter.close()
        again = [e for e in self.entries.values() if e.kept.dead and e.kept.dead != FOLDED]
        for entry in again:
            if not entry.kept.blind:
                self._revive(entry, now)
        return sum(entry.waiting for entry in again)

    # out -----------------------------------------------------------------------------------------
    def take(self, now: int) -> Op | None:
        """The next request that may go now, as begun; None when there is none."""
        ready_at = self.limiter.ready_at(now)
        if ready_at is None or ready_at > now:
            return None
        due = [e for e in self.entries.values() if e.waiting and not e.busy and e.next_at <= now]
        if not due:
            return None
        entry = min(due, key=lambda e: (e.kept.alert.rank, e.dirty_at))
        kept = entry.kept
        entry.busy = True
        entry.began = now if entry.began is None else entry.began
        retry = not kept.message and kept.tried
        if not kept.message:
            kept.marked = kept.marked or kept.tried
            kept.tried = True
            self.changed.append(entry)
        self.limiter.sent()
        return Op(entry, kept.alert, kept.rev, kept.message, retry, entry.shot)

    def due_at(self, now: int) -> int | None:
        """When `take` may have something next; None: not before an answer or a new alert."""
        waits = [e.next_at for e in self.entries.values() if e.waiting and not e.busy]
        ready_at = self.limiter.ready_at(now)
        return max(min(waits), ready_at) if waits and ready_at is not None else None

    def done(self, op: Op, reply: Reply, now: int) -> None:
        """The answer to a request."""
        entry, found = op.entry, meaning(reply)
        entry.busy = False
        trouble = (reply.failed or "refused") if found.kind in ("again", "unknown") else ""
        self.limiter.answered(reply.headers, now, good=found.kind == "ok", trouble=trouble)
        # only an answer tells that a create did not arrive; nothing sent is as good
        if found.kind != "unknown" and found.kind != "ok" and not op.message:
            entry.kept.tried, entry.kept.marked = op.retry, False
        self.changed.append(entry)
        if found.kind == "ok":
            self._delivered(op, found, now)
        elif found.kind == "limited":
            self.limiter.limited(found.wait_s, now, self._chance.uniform(0, JITTER_S))
            self._again(entry, found, now, counts=False)
        elif found.kind == "stop":
            self._stop(found.words)
        elif found.kind in ("reject", "gone"):
            entry.kept.blind = entry.kept.blind or found.kind == "gone"
            self._trouble(found.words if found.kind == "reject" else self.trouble)
            self._give_up(entry, found.words)
        elif found.kind == "unknown" and not op.message and op.retry:
            self._trouble(found.words)
            entry.kept.blind = True  # a third could be one too many, also for later states
            self._give_up(entry, f"{found.words}: {TWICE}")
        else:
            self._trouble(found.words)
            self._again(entry, found, now, counts=True)

    def hurry(self, now: int, but: set[str] | None = None) -> None:
        """What was to be tried again later is due now. but: keys of messages that were hurried
        before, which are left alone; those of now are added."""
        for key, entry in self.entries.items():
            if entry.waiting and not entry.busy and (but is None or key not in but):
                entry.next_at = min(entry.next_at, now)
                if but is not None:
                    but.add(key)

    def give_up_all(self, why: str, *, busy: bool = True) -> None:
        """What still waits stays undelivered. busy: also what is on its way."""
        for entry in self.entries.values():
            if entry.waiting and (busy or not entry.busy):
                self._give_up(entry, why)

    @property
    def waiting(self) -> int:
        """Messages that have something to deliver."""
        return sum(entry.waiting for entry in self.entries.values())

    @property
    def undelivered(self) -> int:
        """Messages whose newest state was given up or is late for want of permission."""
        lost = [e for e in self.entries.values() if e.kept.dead and e.kept.dead != FOLDED]
        return len(lost) + sum(e.late and e.waiting for e in self.entries.values())

    # ---------------------------------------------------------------------------------------------
    def _delivered(self, op: Op, found: Meaning, now: int) -> None:
        entry, kept = op.entry, op.entry.kept
        took_ms = (now - entry.dirty_at) // MS
        state = "edited" if op.message else "sent"
        if not op.message:
            kept.message, kept.blind = found.message, not found.message
            kept.picture = op.shot is not None
            entry.shot = None
        kept.tried, kept.marked = False, op.retry and kept.blind
        kept.sent_rev = op.rev
        if kept.sent_rev == kept.rev:
            kept.dead = ""  # given up while it was on its way
        entry.calm(now)
        self.took_ms.append(took_ms)
        alert = op.alert
        self.records.append(
            Delivery(SINK, kept.key, alert.prefix, state, took_ms, slow=took_ms > SLOW_MS)
        )
        if kept.sent_rev < kept.rev:
            entry.dirty_at = now if entry.later_at is None else entry.later_at
            if kept.blind:
                self._unseen(entry)
        entry.later_at = None
        if self.trouble:
            self.trouble = ""
            self._recovered(now)
        self._forget()

    def _unseen(self, entry: Entry) -> None:
        """Its message cannot be changed. How a trade ended, a lock or the feed is worth the one
        create that may be a second, as long as there was none and nobody deleted the first."""
        kept = entry.kept
        if kept.alert.rank != EXIT or kept.marked or kept.message:
            return self._give_up(entry, NO_ID)
        kept.blind, kept.tried, kept.picture = False, True, False

    def _recovered(self, now: int) -> None:
        """It works again: what waits for another try has it now, and messages that show an old
        state get their last one. What was never shown would only be late."""
        self.hurry(now)
        for entry in self.entries.values():
            if entry.kept.dead and entry.kept.message and not entry.kept.blind:
                self._revive(entry, now)

    def _revive(self, entry: Entry, now: int) -> None:
        entry.kept.dead = ""
        entry.dirty_at = now
        entry.calm(now)
        self.changed.append(entry)

    def _again(self, entry: Entry, found: Meaning, now: int, *, counts: bool) -> None:
        if self.stopped:
            return self._give_up(entry, f"channel stopped: {self.stopped}")
        if not counts:  # told to wait: it stays in line
            entry.next_at = now
            return self._look_late(entry, now)
        began = entry.began if entry.began is not None else now
        pause = BACKOFF_S[min(entry.tries, len(BACKOFF_S) - 1)] * self._chance.uniform(0.5, 1.0)
        entry.tries += 1
        entry.next_at = now + round(pause * S)
        if entry.next_at - began > BUDGET_NS:
            self._give_up(entry, f"{found.words}, tried for {(now - began) / S:.0f} s")
        for other in self.entries.values():  # one asks for all, else an outage eats the ceiling
            if other.waiting and other.tries and other.began is not None:
                later = min(entry.next_at, other.began + BUDGET_NS)
                other.next_at = max(other.next_at, later)

    def _look_late(self, entry: Entry, now: int) -> None:
        """Say once of a state that it will be late, because the server wants silence for long."""
        until = max(self.limiter.held_until, self.limiter.open_until)
        if entry.waiting and not entry.late and until - now > BUDGET_NS:
            entry.late = True
            kept, why = entry.kept, f"429: waits for {(until - now) // S} s"
            self.records.append(Delivery(SINK, kept.key, kept.alert.prefix, "undelivered", why=why))

    def _trouble(self, words: str) -> None:
        self.trouble = words

    def _stop(self, words: str) -> None:
        self.stopped = words
        self.records.append(Delivery(SINK, "", "", "stopped", why=words))
        self.give_up_all(f"channel stopped: {words}", busy=False)

    def _give_up(self, entry: Entry, why: str) -> None:
        kept = entry.kept
        kept.dead = why
        self.changed.append(entry)
        self.records.append(Delivery(SINK, kept.key, kept.alert.prefix, "undelivered", why=why))

    def _bound(self) -> None:
        """No room: the least important goes, and of those the oldest. Exits stay longest."""
        idle = [entry for entry in self.entries.values() if entry.waiting and not entry.busy]
        if len(idle) > BOUND:
            worst = max(idle, key=lambda e: (e.kept.alert.rank, -e.dirty_at))
            self._give_up(worst, f"more than {BOUND} wait")

    def _fold(self, now: int) -> None:
        """Many wait: those that ended without a trade before anybody was told go into one."""
        if self.waiting <= BURST:
            return
        late = [
            e
            for e in self.entries.values()
            if e.waiting and not e.busy and not e.kept.tried and not e.kept.sent_rev
            if e.kept.alert.over
        ]
        open_burst = self.entries.get(self._burst)
        goes_on = open_burst is not None and open_burst.waiting and not open_burst.kept.tried
        if not late or (len(late) < 2 and not goes_on):
            return
        if not goes_on:
            self._bursts += 1
            self._burst, self._missed = f"burst:{self._bursts}", []
        self._missed += [entry.kept.alert.line for entry in late]
        for entry in late:
            self._give_up(entry, FOLDED)
        self.put(_summary(self._burst, self._missed, late[-1].kept.alert), now)

    def _forget(self) -> None:
        """The oldest messages that have nothing to deliver are not edited any more."""
        over = len(self.entries) - REMEMBERED
        if over > 0:
            calm = [key for key, e in self.entries.items() if not e.waiting and not e.busy]
            for key in calm[:over]:
                del self.entries[key]


def _summary(key: str, missed: list[str], last: Alert) -> Alert:
    more = f" and {len(missed) - LISTED} more" if len(missed) > LISTED else ""
    return Alert(
        key=key,
        kind="burst",
        ticker="",
        prefix="MISSED",
        title=f"{len(missed)} alerts ended before they could be sent",
        colour="dim",
        fields=(("Which", "\n".join(missed[:LISTED]) + more, False),),
        footer=f"{key} · {last.footer.rpartition(' · ')[2]}",
        rank=EDIT,
        silent=True,
        at_ts=last.at_ts,
    )
