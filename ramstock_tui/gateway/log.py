"""Everything a gateway received and refused, in order; what is wrong about it stands apart."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import msgspec


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the log.

    mono_ns: monotonic clock of the machine. event_ns: event time. connection: running number from
    1 on, 0 = the gateway itself. what: the message's name for what a client sent (then `fields`),
    else `connected`, `closed`, `opened`, `ended`, `refused`, `fault`, `violation`. kind, req_id:
    of the stream or request meant. text: words. bad: it must never happen.
    """

    mono_ns: int
    event_ns: int
    connection: int
    what: str
    client_id: int | None = None
    kind: str = ""
    req_id: int | None = None
    symbol: str = ""
    code: int | None = None
    fields: dict[str, str] = {}
    text: str = ""
    bad: bool = False


class Log:
    """In memory, and on disk as a line of JSON each when a path is given."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None

    def add(self, entry: Entry) -> None:
        """Keep it."""
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(msgspec.json.encode(entry).decode() + "\n")
            self._file.flush()

    def close(self) -> None:
        """Nothing is written any more."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_log(path: Path) -> Sequence[Entry]:
    """The entries of a log file. Raises ValueError naming the line that is none."""
    found: list[Entry] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Entry))
        except (msgspec.DecodeError, json.JSONDecodeError) as problem:
            raise ValueError(f"{path}: line {number}: {problem}") from None
    return found
