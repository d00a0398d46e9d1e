"""What the command line says of a session on the broker's market, for the screen and its host.

Imports little: the screen's process reads it before it starts the host.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from ramstock_tui import schedule
from ramstock_tui.settings.files import data_dir


@dataclass(frozen=True)
class ShadowOptions:
    """None = the default. clock_at: New York time at which the session's clock starts."""

    clock_at: str | None = None
    profile: str | None = None
    config: Path | None = None

    def words(self) -> list[str]:
        """As the host's command line says it."""
        said = ["--feed", "ibkr"]
        if self.clock_at is not None:
            said += ["--clock-at", self.clock_at]
        if self.profile is not None:
            said += ["--profile", self.profile]
        if self.config is not None:
            said += ["--config", str(self.config.absolute())]
        return said

    def offset_ns(self) -> int:
        """Session clock minus wall clock; 0 without a rehearsal clock."""
        if self.clock_at is None:
            return 0
        return schedule.from_new_york(self.clock_at) - time.time_ns()

    def base(self) -> Path:
        """`<data>/shadow`."""
        return (data_dir() / "shadow").absolute()
