"""Where the active universe is kept for other programs and for the next start, with a time to live.

Two stores of one port: SQLite, always there, and Redis, where a URL is set. Neither is asked by the
engine: a session goes on with what it has, whatever its store does.
"""

from typing import Protocol

from ramstock_tui.errors import RamstockError

DEADLINE_S = 0.25  # an answer that comes later is none


class StoreError(RamstockError):
    """The store did not do it. kind: `down`, `timeout`, `memory`, `readonly`, `auth`, `type`,
    `loading`, `full`, `damaged`, `hostile` or `refused`; the text is one line without secrets."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class UniverseStore(Protocol):
    """Values of a key, each for so long. Calls block up to `DEADLINE_S` each, so they belong into
    a thread; all of them come from the same one. Errors are StoreError."""

    @property
    def name(self) -> str:
        """`sqlite` or `redis`."""
        ...

    def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Replace what the key holds."""
        ...

    def get(self, key: str) -> bytes | None:
        """What the key holds; None when it was never written or its time is over."""
        ...

    def close(self) -> None:
        """Give back what is held open; the store is not used again."""
        ...
