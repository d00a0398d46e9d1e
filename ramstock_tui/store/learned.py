"""What was learned of a stock today, so that nothing is asked twice: baselines, contracts, floats.

One SQLite file of this user; a session reads and writes it between two refreshes. It holds nothing
that the broker would not tell again: what cannot be read or written is asked for anew.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")
_TABLE = (
    "CREATE TABLE IF NOT EXISTS learned (kind TEXT, con_id INTEGER, date INTEGER, value BLOB,"
    " PRIMARY KEY (kind, con_id))"
)


class Learned:
    """path None: only for as long as this object lives. problem: what was wrong with the file last,
    "" = nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: dict[tuple[str, int], tuple[int, bytes]] = {}
        self.problem = ""

    def load(self, date: int) -> None:
        """What the file holds of this date, yyyymmdd; older lines are dropped."""
        if self._path is None:
            return
        try:
            with closing(self._open()) as db, db:
                db.execute(_TABLE)
                db.execute("DELETE FROM learned WHERE date <> ?", (date,))
                rows = db.execute("SELECT kind, con_id, date, value FROM learned").fetchall()
        except (sqlite3.DatabaseError, OSError) as problem:
            self._failed(problem)
            return
        for kind, con_id, day, value in rows:
            if isinstance(value, bytes):
                self._held[str(kind), int(con_id)] = (int(day), value)

    def get(self, kind: str, con_id: int, date: int, what: type[T]) -> T | None:
        """What was learned on this date; None = nothing that can be read."""
        held = self._held.get((kind, con_id))
        if held is None or held[0] != date:
            return None
        try:
            return msgspec.msgpack.decode(held[1], type=what)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def put(self, kind: str, con_id: int, date: int, value: object) -> None:
        """Remember it; `save` writes it down."""
        self._held[kind, con_id] = (date, msgspec.msgpack.encode(value))

    def save(self) -> None:
        """Write down all that is held."""
        if self._path is None:
            return
        rows = [(*key, date, value) for key, (date, value) in list(self._held.items())]
        try:
            with closing(self._open()) as db, db:
                db.execute(_TABLE)
                db.executemany("INSERT OR REPLACE INTO learned VALUES (?, ?, ?, ?)", rows)
            self.problem = ""
        except (sqlite3.DatabaseError, OSError) as problem:
            self._failed(problem)

    def _failed(self, problem: Exception) -> None:
        said = problem.strerror if isinstance(problem, OSError) else str(problem)
        name = self._path.name if self._path is not None else ""
        self.problem = f"{name}: {said or type(problem).__name__}"

    def _open(self) -> sqlite3.Connection:
        path = self._path
        assert path is not None  # noqa: S101
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return sqlite3.connect(path, timeout=0.1)
