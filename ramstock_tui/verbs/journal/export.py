"""`ramstock journal export DIR`: ledger and market records for other programs.

Rows stream through; a file gets its name when it is whole. A text cell of a CSV that a spreadsheet
would take for a formula gets a leading apostrophe; numbers stay numbers.
"""

import csv
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.plain import clean
from ramstock_tui.verbs.journal.tables import LEDGER, MARKET, Cells, ledger_rows, market_rows
from ramstock_tui.verbs.journal.words import json_line

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_STOPPED_BY = (signal.SIGTERM, signal.SIGHUP)
_Rows = Callable[[SessionDir, list[str]], Iterator[Cells]]
_TABLES: dict[str, tuple[_Rows, dict[str, str]]] = {
    "ledger": (ledger_rows, LEDGER),
    "market": (market_rows, MARKET),
}


class UsageError(RamstockError):
    """The command line asks for something that cannot be."""

    exit_code = 2


def run(directory: Path, *, to: str, what: str, out: Path) -> int:
    """0. Raises UsageError when a file stands already or a library is missing, and JournalError,
    after what holds was exported, when the session is damaged."""
    where = SessionDir.open(directory)
    names = _wanted(where, what)
    targets = {name: out / f"{name}.{to}" for name in names}
    for target in targets.values():
        if os.path.lexists(target):
            raise UsageError(f"{target}: stands already; an export replaces nothing")
    if to == "parquet":
        from ramstock_tui.verbs.journal.parquet import check_library

        check_library()
    problems: list[str] = []
    out.mkdir(parents=True, exist_ok=True)
    with _drafts(targets) as drafts:
        counts = {
            name: _write(draft, to, _TABLES[name][0](where, problems), _TABLES[name][1])
            for name, draft in drafts.items()
        }
    for name, target in targets.items():
        sys.stdout.write(f"{clean(str(target))}: {counts[name]:,} rows\n")
    if problems:
        raise JournalError("; ".join(problems))
    return 0


def _wanted(where: SessionDir, what: str) -> list[str]:
    names = ["ledger", "market"] if what == "both" else [what]
    if "ledger" in names and not where.ledger.exists():
        if what == "ledger":
            raise JournalError(f"{where.path}: holds no {where.ledger.name}")
        names.remove("ledger")  # an import has none
    return names


@contextmanager
def _drafts(targets: dict[str, Path]) -> Iterator[dict[str, Path]]:
    """Files that take the names of the targets when the block ends, and vanish if it fails."""
    drafts = {n: t.with_name(f".{t.name}.{os.getpid()}.part") for n, t in targets.items()}
    before = {number: signal.signal(number, _stop) for number in _STOPPED_BY}
    try:
        yield drafts
        for name, draft in drafts.items():
            _sync(draft)
            _place(draft, targets[name])
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
        for number, handler in before.items():
            signal.signal(number, handler)


def _place(draft: Path, target: Path) -> None:
    try:
        os.link(draft, target)  # unlike a rename it replaces nothing
    except FileExistsError:
        raise UsageError(f"{target}: stands already; an export replaces nothing") from None
    except OSError:  # a file system without links
        draft.rename(target)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM and SIGHUP end the export like any failure: no half file stays behind."""
    raise SystemExit(128 + number)


def _write(draft: Path, to: str, rows: Iterator[Cells], columns: dict[str, str]) -> int:
    if to == "parquet":
        from ramstock_tui.verbs.journal.parquet import write_parquet

        return write_parquet(draft, rows, columns)
    with _new(draft) as file:
        return write_csv(file, rows, columns) if to == "csv" else write_jsonl(file, rows)


def _new(path: Path) -> TextIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(path, flags, 0o600)
    return open(fd, "w", encoding="utf-8", errors="backslashreplace", newline="")


def write_csv(file: TextIO, rows: Iterator[Cells], columns: dict[str, str]) -> int:
    """A head and one line per row; how many rows. Texts are escaped (`text_cell`)."""
    # CR LF (RFC 4180): the library quotes a cell with CR or LF only when they end its lines too.
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    texts = [name for name, kind in columns.items() if kind == "VARCHAR"]
    count = 0
    for row in rows:
        for name in texts:
            row[name] = text_cell(row[name])
        writer.writerow(row.values())
        count += 1
    return count


def text_cell(text: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text is not None and text.startswith(FORMULA) else text


def write_jsonl(file: TextIO, rows: Iterator[Cells]) -> int:
    """One object per row, payload and blob within as JSON; how many rows."""
    count = 0
    for row in rows:
        file.write(_object(row) + "\n")
        count += 1
    return count


def _object(row: dict[str, Any]) -> str:
    """The row as JSON; its payload or blob is JSON text already and goes in as it is."""
    nested = "payload" if "payload" in row else "blob"
    inner = row[nested] or "null"
    rest = {key: value for key, value in row.items() if key != nested}
    return f'{json_line(rest)[:-1]},"{nested}":{inner}}}'
