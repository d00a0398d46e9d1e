"""Replay control: what the keys for pause, speed, steps and jumps ask of the host."""

import re
from collections.abc import Callable
from typing import Any

from ramstock_tui.link.schema import Status, Transport
from ramstock_tui.ui.store import Store
from ramstock_tui.ui.text import NS

SPEEDS = (100, 200, 500, 1000, 2000, 5000, 10000, 0)  # factor × 100; 0 = as fast as it goes
DAY_S = 86_400
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")


def toggle(status: Status) -> Transport:
    return Transport("play" if "paused" in status.speed else "pause")


def step(status: Status, by: int) -> Transport:
    """The next speed up (+1) or down (-1) from the one that Status names."""
    now = factor(status.speed)
    if now in SPEEDS:
        at = SPEEDS.index(now)
    else:
        below = [i for i, speed in enumerate(SPEEDS[:-1]) if speed <= now]
        at = below[-1] if below else 0
    return Transport("speed", SPEEDS[max(0, min(len(SPEEDS) - 1, at + by))])


def factor(speed: str) -> int:
    """Factor × 100 of `x10`, `x0.5 paused`, `max`; 100 when it names none."""
    for word in speed.split():
        if word == "max":
            return 0
        number = word.strip("x×")
        if number.replace(".", "", 1).isdigit():
            return int(float(number) * 100)
    return 100


def moment(typed: str, now_ts: int, offset_s: int) -> int:
    """Event time, ns, of `HH:MM[:SS[.fff]]` exchange time on the day of now_ts. ValueError says in
    words what is wrong with it."""
    found = _TIME.fullmatch(typed.strip())
    if found is None:
        raise ValueError("a time is HH:MM, HH:MM:SS or HH:MM:SS.fff")
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"there is no {typed.strip()} on a clock")
    fraction = int((found[4] or "").ljust(9, "0"))
    midnight_s = (now_ts // NS + offset_s) // DAY_S * DAY_S - offset_s
    return (midnight_s + hour * 3600 + minute * 60 + second) * NS + fraction


class Steering:
    """The keys of a replay: each asks the host, or says why not. refused: why this screen may not
    steer, "" when it may."""

    def __init__(
        self,
        store: Store,
        send: Callable[[Any], None],
        say: Callable[[str, str], None],
        refused: Callable[[], str],
    ) -> None:
        self._store = store
        self._send = send
        self._say = say
        self._refused = refused

    @property
    def replaying(self) -> bool:
        """The session on screen is a replay."""
        status = self._store.status
        return status is not None and status.mode == "replay"

    def pause(self) -> None:
        self._steer(toggle, "pause is for replays; space freezes the view", ended=False)

    def speed(self, by: int) -> None:
        self._steer(lambda status: step(status, by), "speed is for replays", ended=False)

    def decision(self, by: int, *, mark: bool = False) -> None:
        """To the next (+1) or previous (-1) decision; mark: alert, fill, outcome, lock or halt."""
        verb = "mark" if mark else "decision"
        self._steer(lambda _: Transport(verb, by), "steps are for replays; R opens a moment")

    def ready(self) -> bool:
        """May it jump? Says why not."""
        sent: list[Transport] = []
        self._steer(lambda _: Transport(""), "jumps are for replays; R opens a moment", sent.append)
        return bool(sent)

    def jump(self, typed: str) -> str:
        """Go to a typed time; what is wrong with it, "" when it was sent."""
        status = self._store.status
        if status is None:
            return "no data yet"
        line = self._store.timeline
        day_ts = line.start_ts if line is not None else status.engine_ts
        try:
            self.to(moment(typed, day_ts, status.utc_offset_s))
        except ValueError as problem:
            return str(problem)
        return ""

    def to(self, ts: int) -> None:
        """Go to an event time."""
        self._send(Transport("jump", ts))

    def stay(self, ts: int) -> None:
        """Go to an event time and stand there."""
        status = self._store.status
        if status is not None and "paused" not in status.speed and status.data_state != "done":
            self._send(Transport("pause"))
        self.to(ts)

    def stop(self) -> bool:
        """Give up a jump that is on its way; False when there is none."""
        line = self._store.timeline
        if line is None or line.seek is None:
            return False
        self._send(Transport("cancel"))
        return True

    def _steer(
        self,
        ask: Callable[[Status], Transport],
        elsewhere: str,
        send: Callable[[Transport], None] | None = None,
        *,
        ended: bool = True,
    ) -> None:
        """elsewhere: what to say where nothing is replayed. ended: also acts at the end."""
        status = self._store.status
        if status is None or status.mode != "replay":
            self._say(elsewhere, "dim")
        elif refused := self._store.ended or self._refused():
            self._say(refused, "warn")
        elif status.data_state == "done" and not ended:
            self._say("the replay has ended; ← goes back", "dim")
        else:
            self._say("", "")  # what was said before concerns another moment
            (send or self._send)(ask(status))
