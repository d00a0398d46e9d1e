"""What a benchmark wants to know of the running cockpit. Without a probe nothing of this runs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

from ramstock_tui.link import Link
from ramstock_tui.link.schema import Card, Down, Frame, Up

LOOK_S = 0.02  # between two looks at the loop
WARM_S = 3.0  # after the first frame: the start is not part of the loop's lag
MOST = 200_000  # samples of a kind


class Painted(Protocol):
    """The program under the probe. pictures: so many differed from the one before.
    return_code: None until it begins to leave."""

    pictures: int

    @property
    def return_code(self) -> int | None: ...


class Probe:
    """A link that notes when cards come, and a clock that notes how late the loop is.

    Event time is put on the monotonic clock by the frame that came soonest after its event time;
    that holds while the session runs at real speed, on the machine of its host. Nothing counts
    once the program leaves: giving the terminal back holds the loop for 150 ms."""

    def __init__(self, link: Link, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._link = link
        self._clock = clock
        self._app: Painted | None = None
        self._started = clock()
        self._first = 0  # instant of the first frame, 0 = none came
        self._last = 0  # instant at which the program was seen to leave, 0 = not yet
        self._frames = 0
        self._pictures_then = 0
        self._offset = 1 << 62  # smallest (monotonic - event time) of a frame
        self._seen: set[str] = set()
        self._cards: list[tuple[int, int]] = []  # (event time, painted)
        self._lags: list[int] = []

    # the link ---------------------------------------------------------------------------------
    async def start(self) -> None:
        """As the link behind it."""
        await self._link.start()

    def send(self, message: Down) -> None:
        """As the link behind it."""
        self._link.send(message)

    async def close(self) -> None:
        """As the link behind it."""
        await self._link.close()

    def __getattr__(self, name: str) -> Any:
        """What else the link behind it can do (look after its host, for one)."""
        return getattr(self._link, name)

    async def messages(self) -> AsyncIterator[Up]:
        """Every message of the host; what matters of a frame is noted after it was shown."""
        async for message in self._link.messages():
            yield message
            if isinstance(message, Frame):
                self._note(message)

    def _note(self, frame: Frame) -> None:
        if self._leaves():
            return
        if not self._first:
            self._first = self._clock()
        self._frames += 1
        if frame.engine_ts:
            self._offset = min(self._offset, frame.mono_ns - frame.engine_ts)
        new = [card for card in _cards(frame) if card[0] not in self._seen]
        if new and self._app is not None and len(self._cards) < MOST:
            self._seen.update(name for name, _ in new)
            now = self._clock()  # `receive` has painted it
            self._cards += [(created, now) for _, created in new]

    # the loop ---------------------------------------------------------------------------------
    async def watch(self, app: Painted) -> None:
        """Until it is cancelled: how much later than asked the loop wakes this task."""
        self._app = app
        while len(self._lags) < MOST:
            before = self._clock()
            await asyncio.sleep(LOOK_S)
            now = self._clock()
            if self._leaves():
                break
            if self._first and now - self._first > WARM_S * 1e9:
                if not self._lags:
                    self._pictures_then = app.pictures
                self._lags.append(now - before - int(LOOK_S * 1e9))

    def _leaves(self) -> bool:
        if not self._last and self._app is not None and self._app.return_code is not None:
            self._last = self._clock()
        return self._last > 0

    # the end ----------------------------------------------------------------------------------
    def found(self) -> dict[str, Any]:
        """Loop lag and event-to-card times as percentiles in ms, counts, seconds."""
        app = self._app
        now = self._last or self._clock()
        since = self._first + int(WARM_S * 1e9)
        seconds = max(0.0, (now - since) / 1e9) if self._first else 0.0
        pictures = app.pictures - self._pictures_then if app is not None and self._lags else 0
        cards = [painted - created - self._offset for created, painted in self._cards]
        return {
            "seconds": seconds,
            "frames": self._frames,
            "pictures_per_s": pictures / seconds if seconds else 0.0,
            "first_frame_ms": (self._first - self._started) / 1e6 if self._first else None,
            "loop_lag": percentiles(self._lags),
            "event_to_card": percentiles(cards),
        }

    def write(self, path: Path) -> None:
        """One JSON object. Raises OSError."""
        path.write_text(json.dumps(self.found()) + "\n", encoding="utf-8")


def percentiles(samples_ns: list[int]) -> dict[str, float | int]:
    """`count`, `p50_ms`, `p99_ms`, `max_ms` (nearest rank); without samples only the count, 0."""
    ranked = sorted(samples_ns)
    n = len(ranked)
    if not n:
        return {"count": 0}
    at = {"p50_ms": -(-n * 50 // 100), "p99_ms": -(-n * 99 // 100), "max_ms": n}
    return {"count": n} | {name: ranked[rank - 1] / 1e6 for name, rank in at.items()}


def _cards(frame: Frame) -> list[tuple[str, int]]:
    """(id, event time of its signal) of every card; a frame of a socket holds plain lists."""
    value = frame.slices.get("pending", (0, None))[1]
    if value is None:
        return []
    cards = value[0] if isinstance(value, list | tuple) else value.cards
    return [
        (card.id, card.created_ts) if isinstance(card, Card) else (card[0], card[4])
        for card in cards
    ]
