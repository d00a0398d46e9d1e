"""`ramstock coverage`: which symbol of a recorded session was watched when, and which was not."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.coverage import DEEP, NONE, Coverage, Watch
from ramstock_tui.core.records import SymbolInfo
from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.host.source import Chunk, Recording
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.plain import clean
from ramstock_tui.schedule import new_york

STATES = ("none", "line", "deep")
S1 = 1_000_000_000
_LOST = frozenset(
    {r.FEED_DOWN, r.FEED_STALE, r.FEED_COMPETING, r.FEED_DELAYED, r.FEED_SKEW}
)  # of one symbol
_BLIND = frozenset({r.FEED_DOWN, r.FEED_STALE, r.FEED_GAP, r.FEED_COMPETING})


def run(directory: Path, symbol: str | None, as_json: bool) -> int:
    """Say it; exit code 0. Raises RamstockError for a symbol that is not there, JournalError."""
    recording = Recording(directory)
    found, names = read(recording)
    end = recording.end_ts
    if symbol is not None and symbol not in names.values():
        raise RamstockError(f"{directory}: holds no symbol {clean(symbol, 20)!r}")
    chosen = {s: n for s, n in names.items() if symbol in (None, n)}
    if as_json:
        sys.stdout.write(json.dumps(_plain(found, chosen, end)) + "\n")
    elif symbol is not None:
        _one(found.watches[next(iter(chosen))], end)
    else:
        _all(found, chosen, end)
        _unknown(directory, names)
    return 0


def read(recording: Recording) -> tuple[Coverage, dict[int, str]]:
    """(coverage, symbol id -> ticker) of a whole recording."""
    found, names = Coverage(), {}
    for item in recording.inputs(with_commands=False):
        if not isinstance(item, Chunk):
            continue
        for row in item.rows:
            ts, sym, kind, _, _, size, aux = row
            if kind == r.SYMBOL:
                blob = item.blob[size : size + aux]
                names[sym] = msgspec.msgpack.decode(blob, type=SymbolInfo).ticker
                found.declare(ts, sym)
            elif kind == r.RESUMED:
                found.forget(ts)
            elif kind == r.FEED:
                _feed(found, ts, sym, aux)
    return found, names


def _feed(found: Coverage, ts: int, sym: int, code: int) -> None:
    if not sym:
        if code in _BLIND or code == r.FEED_UP:
            found.feed(ts, code in _BLIND)
    elif code in (r.FEED_LINE, r.FEED_LINE_END):
        found.line(ts, sym, code == r.FEED_LINE)
    elif code in (r.FEED_SLOT_OPENED, r.FEED_SLOT_CLOSED):
        found.deep(ts, sym, code == r.FEED_SLOT_OPENED)
    elif code in _LOST:
        found.lost(ts, sym)


def _spells(watch: Watch, end: int) -> list[tuple[int, int, int]]:
    ends = [since for since, _ in watch.spells[1:]] + [end]
    return [(since, to, state) for (since, state), to in zip(watch.spells, ends, strict=True)]


def _plain(found: Coverage, names: dict[int, str], end: int) -> dict[str, Any]:
    share = found.share(end)
    rows = []
    for sym, ticker in names.items():
        none, line, deep = found.watches[sym].at(end)
        spells = [
            {"from_ns": since, "to_ns": to, "state": STATES[state]}
            for since, to, state in _spells(found.watches[sym], end)
        ]
        times = {"deep_ns": deep, "line_ns": line, "none_ns": none}
        rows.append({"ticker": ticker, **times, "spells": spells})
    return {"end_ns": end, "deep_bp": share.deep_bp, "symbols": rows}


def _all(found: Coverage, names: dict[int, str], end: int) -> None:
    write = sys.stdout.write
    write(f"{'SYMBOL':<16}{'DEEP':>10}{'LINE':>10}{'NONE':>10}{'SLOTS':>7}\n")
    times = {sym: found.watches[sym].at(end) for sym in names}
    for sym in sorted(names, key=lambda s: (-times[s][DEEP], names[s])):
        slots = sum(state == DEEP for _, state in found.watches[sym].spells)
        none, line, deep = (ns / S1 for ns in times[sym])
        write(f"{names[sym]:<16}{deep:>9.1f}s{line:>9.1f}s{none:>9.1f}s{slots:>7}\n")
    share = found.share(end)
    whole = max(1, sum(share))
    parts = [f"{100 * ns / whole:.1f}%" for ns in share]
    write("of universe-time: deep {}, line only {}, not watched {}\n".format(*parts))


def _unknown(directory: Path, names: dict[int, str]) -> None:
    """Stocks that were to be watched and had no contract: they are in no record."""
    try:
        told = SessionDir(directory).read_toml().get("ibkr", {})
    except JournalError:  # it says only what else is known
        return
    listed = told.get("symbols", []) if isinstance(told, dict) else []
    missing = [clean(str(name), 20) for name in listed if name not in names.values()]
    if missing:
        sys.stdout.write(f"never watched, no contract: {', '.join(missing)}\n")


def _one(watch: Watch, end: int) -> None:
    for since, to, state in _spells(watch, end):
        if state != NONE or to - since >= S1:
            when = f"{new_york(since):%H:%M:%S} to {new_york(to):%H:%M:%S}"
            sys.stdout.write(f"{when}  {STATES[state]:<5} {(to - since) / S1:.0f}s\n")
