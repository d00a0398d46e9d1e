"""What the host process runs: one session, whatever its market is."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ramstock_tui.host.live import LiveSession
from ramstock_tui.host.recorder import Recorder


class Run(Protocol):
    """caps: what a screen may do with it (`end`: a writer that leaves on purpose ends it)."""

    recorder: Recorder
    session: LiveSession
    caps: tuple[str, ...]

    @property
    def directory(self) -> Path:
        """Where it is recorded."""
        ...

    def heard(self, wake: Callable[[], None]) -> None:
        """wake: to be called when there is something to do."""
        ...

    def alone(self) -> str:
        """Why it ends while no screen looks, "" = it goes on."""
        ...

    def leave(self) -> None:
        """Before its loop ends: let go of what runs there."""
        ...

    def close(self) -> None:
        """End the session cleanly: sealed and described."""
        ...

    def abandon(self) -> None:
        """Leave it as it stands; the same directory can be gone on with."""
        ...

    def next_day(self) -> "Run":
        """After `close`, when the day is over: the session of the next exchange day."""
        ...
