"""Parquet by DuckDB, which is in the extra `analytics`."""

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.verbs.journal.tables import Cells
from ramstock_tui.verbs.journal.words import json_line

_MAX_ROW = 128 << 20  # bytes of one row as JSON
# No extension is fetched from anywhere; what does not fit in memory goes to the disk.
_CONFIG: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": 2,
}


class MissingExtra(RamstockError):
    """A library of an extra is not installed."""

    exit_code = 2


def check_library() -> None:
    """Raises MissingExtra when DuckDB is not installed."""
    if importlib.util.find_spec("duckdb") is None:
        raise MissingExtra(
            "Parquet needs DuckDB, which is not installed: pip install 'ramstock[analytics]'"
        )


def write_parquet(draft: Path, rows: Iterator[Cells], columns: dict[str, str]) -> int:
    """Rows to a Parquet file by way of JSON lines beside it; how many rows."""
    with tempfile.TemporaryDirectory(prefix=".export-", dir=draft.parent) as folder:
        lines = Path(folder) / "rows.jsonl"
        count = 0
        with lines.open("x", encoding="ascii") as file:
            for row in rows:
                file.write(json_line(row) + "\n")
                count += 1
        _convert(lines, draft, columns)
    return count


def _convert(lines: Path, draft: Path, columns: dict[str, str]) -> None:
    import duckdb

    types = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    source = (
        f"read_json({_text(_no_glob(lines))}, format='newline_delimited', "
        f"columns={{{types}}}, maximum_object_size={_MAX_ROW})"
    )
    config = {**_CONFIG, "temp_directory": str(lines.parent)}
    try:
        with duckdb.connect(":memory:", config=config) as base:
            target = _text(os.fspath(draft))
            base.execute(f"COPY (SELECT * FROM {source}) TO {target} (FORMAT parquet)")  # noqa: S608
        draft.chmod(0o600)
    except duckdb.Error as problem:
        raise JournalError(f"{draft}: cannot be written as Parquet: {problem}") from problem


def _no_glob(path: Path) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
