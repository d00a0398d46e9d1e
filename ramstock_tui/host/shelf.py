"""Which store keeps the universe: Redis where an address is set, else SQLite."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from ramstock_tui.addresses import address
from ramstock_tui.secret import Secret
from ramstock_tui.store import UniverseStore
from ramstock_tui.store.redis import RedisStore
from ramstock_tui.store.sqlite import SqliteStore
from ramstock_tui.store.worker import Worker

FILE = "universe.sqlite3"


def key(mode: str) -> str:
    """Under which a session of this mode keeps its universe (`docs/redis.md`)."""
    return f"rs:universe:{mode}"


def open_shelf(
    folder: Path, url: Secret | None, mono: Callable[[], int] = time.monotonic_ns
) -> Worker:
    """The store behind its thread; opening asks nothing of it. folder: where SQLite keeps its file,
    made here when it is missing."""
    store: UniverseStore
    if url is not None:
        store = RedisStore(address(url))
    else:
        with contextlib.suppress(OSError):  # the store says what is wrong with it
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = SqliteStore(folder / FILE, _wall_ms)
    return Worker(store, mono)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
