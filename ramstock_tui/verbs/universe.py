"""`ramstock universe`: the symbols of the running or the last session, and why not the others."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui import schedule
from ramstock_tui.core import records as r
from ramstock_tui.core.listing import Listing, Universe
from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import places
from ramstock_tui.plain import clean
from ramstock_tui.settings.files import data_dir, state_dir
from ramstock_tui.store import floats

MODES = ("live", "paper", "shadow", "demo")
_KIND_AT = 10  # of a record


def run(directory: Path | None, as_json: bool) -> int:
    """Print the newest universe of a session; directory None = of the one that runs, else of the
    last one. RamstockError: there is none."""
    where = directory if directory is not None else _session()
    found = newest(where)
    if as_json:
        sys.stdout.write(json.dumps(plain(where, found)) + "\n")
    else:
        for line in text(where, found):
            sys.stdout.write(line + "\n")
    return 0


def import_floats(path: Path) -> int:
    """Check a file of floats and take its lines into that of the user."""
    today = datetime.now(UTC).date()
    new = floats.read_floats(path, today)
    target = data_dir() / "float.csv"
    held = floats.read_floats(target, today) if target.exists() else {}
    lines, added, newer, older = floats.merged(held, new)
    floats.write_floats(target, lines.values())
    sys.stdout.write(
        f"{len(new)} symbols read: {added} new, {newer} changed, {older} older than what is known; "
        f"{len(lines)} in {clean(str(target))}\n"
    )
    return 0


def _session() -> Path:
    running = places.hosts(places.run_dir(state_dir()))
    if len(running) == 1:
        return running[0].directory
    if running:
        names = ", ".join(entry.name for entry in running)
        raise RamstockError(f"{len(running)} sessions run, name one with --dir: {names}")
    markets = [m for mode in MODES for m in (data_dir() / mode).glob("*/market.rsm")]
    if not markets:
        raise RamstockError("no session runs and none was recorded")
    return max(markets, key=lambda path: path.stat().st_mtime).parent


def newest(where: Path) -> Universe:
    """The last universe that a session wrote. Raises JournalError when it wrote none."""
    market = MarketReader(SessionDir.open(where).market)
    found: Universe | None = None
    for block in market.blocks(strict=False):
        if r.UNIVERSE not in block.data[_KIND_AT :: r.RECORD_SIZE]:
            continue
        for row in block.rows():
            if row[2] == r.UNIVERSE:
                blob = block.blob[row[5] : row[5] + row[6]]
                try:
                    found = msgspec.msgpack.decode(blob, type=Universe)
                except (msgspec.DecodeError, UnicodeDecodeError) as problem:
                    text = f"{where}: holds a universe that cannot be read: {problem}"
                    raise JournalError(text) from None
    if found is None:
        raise JournalError(f"{where}: this session has no universe")
    return found


def plain(where: Path, universe: Universe) -> dict[str, Any]:
    """As one JSON object."""
    return {
        "directory": str(where),
        "built": _iso(universe.built_ts),
        "expires": _iso(universe.expires_ts),
        "next": _iso(universe.next_ts),
        "profile": universe.profile,
        "source": universe.source,
        "store": universe.store,
        "notes": list(universe.notes),
        "expired": universe.expired,
        "lines": universe.lines,
        "unknown_float": universe.unknown_float,
        "limits": msgspec.to_builtins(universe.limits),
        "funnel": [{"step": name, "left": count} for name, count in universe.funnel],
        "members": [_plain(one) for one in universe.members],
        "excluded": [_plain(one) for one in universe.excluded],
    }


def _plain(one: Listing) -> dict[str, Any]:
    found = msgspec.structs.asdict(one)
    return found | {"since": _iso(one.since_ts)} if one.rank else found


def text(where: Path, universe: Universe) -> list[str]:
    """For people."""
    head = f"{clean(str(where))}: {clean(universe.profile)}, {_clock(universe.built_ts)} to "
    head += f"{_clock(universe.expires_ts)} ET, from {clean(universe.source)}"
    steps = " → ".join(f"{clean(name)} {count}" for name, count in universe.funnel)
    out = [head, f"{steps} → members {len(universe.members)} (of {universe.lines} lines)"]
    policy = universe.limits.unknown_float
    out.append(f"unknown float {universe.unknown_float} (policy: {policy})")
    out += [clean(line) for line in (universe.store, *universe.notes) if line]
    out += ["time is over: nothing is promoted"] if universe.expired else []
    out += ["", *_columns(_MEMBERS, [_member(one) for one in universe.members])]
    rows = [(one.ticker, one.rule, one.value, one.need) for one in universe.excluded]
    return [*out, "", *_columns(_EXCLUDED, rows)]


_MEMBERS = ("RANK", "SYMBOL", "LAST", "SPREAD", "RVOL", "FLOAT", "SINCE", "NOTE")
_EXCLUDED = ("EXCLUDED", "RULE", "VALUE", "WANTS")


def _member(one: Listing) -> tuple[str, ...]:
    note = f"{one.kept}: {one.rule} {one.value}, wants {one.need}" if one.kept else ""
    rvol = _number(one.rvol_e4) + (" est" if one.rvol_est else "")
    shares = "-" if one.float_shares is None else f"{one.float_shares:,} {one.float_from}"
    since = _clock(one.since_ts)
    return (
        *(str(one.rank), one.ticker, _number(one.price_e4), _number(one.spread_e4), rvol),
        *(shares, since, note),
    )


def _columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, *(tuple(clean(cell) for cell in row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in lines]  # fmt: skip


def _number(value_e4: int | None) -> str:
    if value_e4 is None:
        return "-"
    whole, rest = divmod(value_e4, 10_000)
    return f"{whole}.{rest:04}" if rest % 100 else f"{whole}.{rest // 100:02}"


def _clock(ts: int) -> str:
    return schedule.new_york(ts).strftime("%H:%M:%S") if ts else "-"


def _iso(ts: int) -> str | None:
    return datetime.fromtimestamp(ts / 1e9, UTC).isoformat().replace("+00:00", "Z") if ts else None
