"""Free-floating shares from files of the user: `symbol,shares,date`, one line a symbol.

Also the list of biotech constituents (XBI): the one that came along, or a file in its place.
"""

import contextlib
import csv
import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ramstock_tui.errors import RamstockError
from ramstock_tui.plain import clean

COLUMNS = ("symbol", "shares", "date")
MOST_BYTES = 8 << 20
MOST_SHARES = 100_000_000_000
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{0,14}")
_SHARES = re.compile(r"[0-9]{1,12}(?:\.0{1,6})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SHOWN = 24
XBI = Path(__file__).resolve().parents[1] / "xbi.csv"


class FloatFileError(RamstockError):
    """A line that is none; the text names file, line and column, and what was expected."""


class FloatLine(NamedTuple):
    """shares of a symbol as somebody counted them on a date."""

    symbol: str
    shares: int
    date: date


def read_floats(path: Path, today: date) -> dict[str, FloatLine]:
    """The newest line of each symbol. today: no date may be later. Raises FloatFileError."""
    found: dict[str, FloatLine] = {}
    for number, cells in _rows(path, COLUMNS):
        line = _line(path, number, cells, today)
        old = found.get(line.symbol)
        if old is not None and old.date == line.date and old.shares != line.shares:
            text = f"{line.symbol} has another number of shares on the same date above"
            raise _error(path, number, "shares", text)
        if old is None or line.date >= old.date:
            found[line.symbol] = line
    return found


class FloatFile:
    """Shares by ticker of a file that may be replaced while the session runs. A file that is not
    there holds none; one that is wrong raises FloatFileError at first, later the old one counts."""

    def __init__(self, path: Path, today: date) -> None:
        self._path = path
        self._today = today
        self._stamp: tuple[int, int] | None = None
        self._held: dict[str, int] = {}
        self._read()

    def __call__(self) -> dict[str, int]:
        """As the file is now."""
        with contextlib.suppress(FloatFileError):
            self._read()
        return self._held

    def _read(self) -> None:
        try:
            stat = self._path.stat()
        except OSError:
            self._held, self._stamp = {}, None
            return
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            self._stamp = stamp
            lines = read_floats(self._path, self._today)
            self._held = {symbol: line.shares for symbol, line in lines.items()}


def merged(
    held: dict[str, FloatLine], new: dict[str, FloatLine]
) -> tuple[dict[str, FloatLine], int, int, int]:
    """(lines, how many are new, newer, and older than those that are held). The newest date wins;
    of two of one date the new line."""
    out, added, newer, older = dict(held), 0, 0, 0
    for symbol, line in new.items():
        old = held.get(symbol)
        if old is not None and line.date < old.date:
            older += 1
            continue
        added += old is None
        newer += old is not None and old != line
        out[symbol] = line
    return out, added, newer, older


def write_floats(path: Path, lines: Iterable[FloatLine]) -> None:
    """Replace the file as a whole. Raises FloatFileError."""
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8", newline="") as file:
            file.write(",".join(COLUMNS) + "\n")
            for line in sorted(lines):
                file.write(f"{line.symbol},{line.shares},{line.date.isoformat()}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as problem:
        said = problem.strerror or type(problem).__name__
        raise FloatFileError(f"{clean(str(path))}: cannot be written: {said}") from None


def read_symbols(path: Path) -> tuple[frozenset[str], str]:
    """(symbols, the date that the list says it is of) of a list of symbols: one a line, `#` begins
    a note, `# date: YYYY-MM-DD` says how old it is. Raises FloatFileError."""
    dated, found = "", set()
    for number, text in enumerate(_text(path).splitlines(), 1):
        word, _, note = text.partition("#")
        match = _DATE.search(note) if note.strip().startswith("date:") else None
        dated = match[0] if match is not None else dated
        word = word.strip().removesuffix(",")
        if not word or word == "symbol":
            continue
        if not _TICKER.fullmatch(word):
            raise _error(path, number, "symbol", f"expected a symbol, was {_shown(word)}")
        found.add(word)
    return frozenset(found), dated


def _line(path: Path, number: int, cells: dict[str, str], today: date) -> FloatLine:
    symbol, shares, day = (cells[name].strip() for name in COLUMNS)
    if not _TICKER.fullmatch(symbol):
        text = f"expected a symbol of capitals and digits, was {_shown(symbol)}"
        raise _error(path, number, "symbol", text)
    count = int(float(shares)) if _SHARES.fullmatch(shares) else 0
    if not 1 <= count <= MOST_SHARES:
        text = f"expected a whole number from 1 to {MOST_SHARES}, was {_shown(shares)}"
        raise _error(path, number, "shares", text)
    try:
        if not _DATE.fullmatch(day):
            raise ValueError
        at = date.fromisoformat(day)
    except ValueError:
        text = f"expected a date as YYYY-MM-DD, was {_shown(day)}"
        raise _error(path, number, "date", text) from None
    if not date(1990, 1, 1) <= at <= today:
        text = f"expected a date from 1990-01-01 to {today.isoformat()}, was {day}"
        raise _error(path, number, "date", text)
    return FloatLine(symbol, count, at)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, cells by column) of every line below the header."""
    reader = csv.reader(_text(path).splitlines(), strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            if not cells or all(not cell.strip() for cell in cells):
                continue
            if not names:
                names = [cell.strip().casefold() for cell in cells]
                missing = [name for name in columns if name not in names]
                if missing or len(set(names)) < len(names):
                    text = f"expected the header {','.join(columns)}, was {_shown(','.join(cells))}"
                    raise _error(path, reader.line_num, missing[0] if missing else names[0], text)
                continue
            if len(cells) != len(names):
                text = f"expected {len(names)} columns, was {len(cells)}"
                raise _error(path, reader.line_num, names[-1], text)
            yield reader.line_num, dict(zip(names, cells, strict=True))
    except csv.Error as problem:
        raise _error(path, reader.line_num, columns[0], f"is no CSV: {problem}") from None
    if not names:
        raise _error(path, 1, columns[0], f"expected the header {','.join(columns)}, was nothing")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        said = problem.strerror if isinstance(problem, OSError) else "no such name"
        raise FloatFileError(f"{clean(str(path))}: cannot be read: {said}") from None
    if len(content) > MOST_BYTES:
        raise FloatFileError(f"{clean(str(path))}: is larger than {MOST_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise FloatFileError(f"{clean(str(path))}: line {line}: is not UTF-8 text") from None


def _error(path: Path, line: int, column: str, text: str) -> FloatFileError:
    where = f"{clean(str(path))}: line {line}, column {clean(column, SHOWN)}"
    return FloatFileError(f"{where}: {text}")


def _shown(value: str) -> str:
    return f'"{clean(value, SHOWN)}"'
