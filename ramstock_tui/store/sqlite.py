"""The store that is always there: one SQLite file of this user."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ramstock_tui.store import DEADLINE_S, StoreError

_TABLE = "CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB, expires_ms INTEGER)"
_PUT = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)"
_GET = "SELECT value FROM kept WHERE key = ? AND expires_ms > ?"


class SqliteStore:
    """A `UniverseStore` in one file, mode 0600. wall_ms: the wall clock. What is damaged is moved
    aside to `NAME.damaged` and begun anew: it holds nothing that no refresh brings again."""

    name = "sqlite"

    def __init__(self, path: Path, wall_ms: Callable[[], int]) -> None:
        self._path = path
        self._wall_ms = wall_ms

    def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Replace what the key holds."""
        now = self._wall_ms()
        self._run(_PUT, (key, value, now + ttl_ms))

    def get(self, key: str) -> bytes | None:
        """What the key holds, None when it is over."""
        rows = self._run(_GET, (key, self._wall_ms()))
        if not rows:
            return None
        value = rows[0][0]
        if not isinstance(value, bytes):
            raise StoreError("type", f"{self._path.name}: holds something else than bytes")
        return value

    def close(self) -> None:
        """Every call has closed its connection."""

    def _run(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        try:
            return self._once(statement, values)
        except sqlite3.DatabaseError as problem:
            if not _damaged(problem):
                raise StoreError(*self._words(problem)) from None
            return self._anew(statement, values)
        except OSError as problem:
            raise StoreError(*self._words(problem)) from None

    def _anew(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        try:
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            os.replace(self._path, self._path.with_name(self._path.name + ".damaged"))
            return self._once(statement, values)
        except (sqlite3.DatabaseError, OSError) as problem:
            raise StoreError(*self._words(problem)) from None

    def _once(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        with closing(self._open()) as db, db:
            db.execute(_TABLE)
            return db.execute(statement, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        made = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.close(made)
        return sqlite3.connect(self._path, timeout=DEADLINE_S / 2)

    def _words(self, problem: Exception) -> tuple[str, str]:
        """(kind, text) of what went wrong."""
        name = getattr(problem, "sqlite_errorname", "")
        kind = next((kind for begin, kind in _KINDS if name.startswith(begin)), "refused")
        said = problem.strerror if isinstance(problem, OSError) else str(problem)
        return kind, f"{self._path.name}: {said or type(problem).__name__}"


_KINDS = (
    ("SQLITE_BUSY", "timeout"),
    ("SQLITE_LOCKED", "timeout"),
    ("SQLITE_READONLY", "readonly"),
    ("SQLITE_FULL", "full"),
    ("SQLITE_CORRUPT", "damaged"),
    ("SQLITE_NOTADB", "damaged"),
)


def _damaged(problem: sqlite3.DatabaseError) -> bool:
    name = getattr(problem, "sqlite_errorname", "")
    return bool(name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")))
