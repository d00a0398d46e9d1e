"""`python -m bench.replay`: the full engine on real order flow, beside nautilus_trader.

Prints source rows a second (a LOBSTER row of type 4 counts as a print and a book, 77,762 in the
MSFT half hour, the way every contestant counts them), ratios of medians over interleaved repeats,
the same with recording, a 500-symbol clone, and where the time goes.

`--lanes` measures only what the three profiles together cost beside the acting one alone.

Needs the shared market data (`RAMSTOCK_SHARED`, else `../shared`). nautilus_trader runs when
`NAUTILUS_PYTHON` names the python of a venv that has it (with numpy and zstandard).
"""

import cProfile
import gc
import json
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from ramstock_tui import settings
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Profile, Rules
from ramstock_tui.core.records import BID, LAST, LEVEL_SET, RECORD, SYMBOL, Row, SymbolInfo
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Chunk
from ramstock_tui.journal.codec import MODES
from ramstock_tui.journal.market_reader import Block, MarketReader
from ramstock_tui.verbs import import_lobster

STEM = "MSFT_2012-06-21_36000000_37800000"
SOURCE_ROWS = 77_762
REPEATS = 7
RUNS = 6  # of the engine in a repeat: about as long as nautilus takes, so that noise weighs alike
LANE_REPEATS = 7
MOST_LANES_COST = 1.6  # all profiles together, times the acting one alone
CLONES, CLONE_ROWS = 500, 600
MODE_REPLAY = MODES.index("replay")


def shared() -> Path:
    """Where the shared data are; exits with the reason when they are not there."""
    path = Path(os.environ.get("RAMSTOCK_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not (path / "data" / "lobster").is_dir():
        sys.exit(f"bench.replay: no market data below {path}; set RAMSTOCK_SHARED")
    return path


def recording(folder: Path) -> MarketReader:
    """The MSFT half hour, imported."""
    data = shared() / "data" / "lobster"
    import_lobster.run(
        data / f"{STEM}_message_50.csv.zst",
        data / f"{STEM}_orderbook_10.csv.zst",
        "MSFT",
        "2012-06-21",
        folder / "msft",
        True,
        False,
        None,
        None,
        None,
        True,
    )
    return MarketReader(folder / "msft" / "market.rsm")


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call, with the collector as the replay sets it."""
    gc.collect()
    started = clock()
    work()
    return clock() - started


def engine_only(rules: Rules, blocks: list[Block]) -> Engine:
    """Every record through the engine; nothing is kept but decisions."""
    engine = Engine(rules)
    for block in blocks:
        engine.run(block.first_seq, RECORD.iter_unpack(block.data), block.blob)
    return engine


def engines(rules: Rules, blocks: list[Block]) -> None:
    """The same RUNS times, each with an engine of its own."""
    for _ in range(RUNS):
        engine_only(rules, blocks)


def with_recording(rules: Rules, blocks: list[Block], reader: MarketReader) -> None:
    """The same, recorded: blocks of at most 512 rows as a session hands them over."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(rules)
        recorder = Recorder.create(
            engine,
            Path(folder) / "session",
            session_id=reader.session_id,
            date=reader.session_date,
            mode=MODE_REPLAY,
            created_ns=1,
        )
        for block in blocks:
            rows = list(RECORD.iter_unpack(block.data))
            for at in range(0, len(rows), 512):
                recorder.rows(Chunk(0, rows[at : at + 512], block.blob))
        recorder.close({})


def clone(blocks: list[Block]) -> list[tuple[bytes, bytes]]:
    """(records, blob) of 500 symbols, each another part of the half hour, from a full image on."""
    rows = [row for block in blocks for row in block.rows()]
    head = [row for row in rows if row[1] == 0]
    body = [row for row in rows if row[1] == 1 and row[2] not in (SYMBOL, 13)]
    base = body[0][0]
    merged: list[Row] = []
    for sym in range(1, CLONES + 1):
        at = (sym * 7919 * 13) % (len(body) - CLONE_ROWS - 50)
        while not body[at - 1][3] & LAST:
            at += 1
        shift = base - body[at][0] + sym * 1_370_003
        merged += _image(body, at, base + sym * 1_370_003 - 1, sym)
        part = body[at : at + CLONE_ROWS]
        part[-1] = (*part[-1][:3], part[-1][3] | LAST, *part[-1][4:])
        merged += [(ts + shift, sym, *rest) for ts, _, *rest in part]  # type: ignore[misc]
    merged.sort(key=lambda row: row[0])
    first = [(RECORD.pack(*row), blocks[0].blob) for row in head]
    for sym in range(1, CLONES + 1):
        blob = msgspec.msgpack.encode(SymbolInfo(f"S{sym:03}"))
        first.append((RECORD.pack(base, sym, SYMBOL, LAST, 0, 0, len(blob)), blob))
    return [*first, (b"".join(RECORD.pack(*row) for row in merged), b"")]


def _image(body: list[Row], upto: int, ts: int, sym: int) -> list[Row]:
    """The book before row `upto` as level rows of one batch."""
    book: dict[tuple[int, int], int] = {}
    for row in body[:upto]:
        if row[2] == LEVEL_SET:
            if row[5]:
                book[row[3] & BID, row[4]] = row[5]
            else:
                book.pop((row[3] & BID, row[4]), None)
    image = [(ts, sym, LEVEL_SET, side, px, size, 0) for (side, px), size in book.items()]
    image[-1] = (*image[-1][:3], image[-1][3] | LAST, *image[-1][4:])
    return image


def clone_run(rules: Rules, parts: list[tuple[bytes, bytes]]) -> None:
    """The clone through one engine."""
    engine, seq = Engine(rules), 1
    for data, blob in parts:
        seq = engine.run(seq, RECORD.iter_unpack(data), blob)


def nautilus(work: Path) -> Callable[[], float] | None:
    """A function that runs nautilus once and returns its source rows a second; None without it."""
    python = os.environ.get("NAUTILUS_PYTHON")
    if not python:
        return None
    kit, env = shared() / "bench", {**os.environ, "BENCH_WORK": str(work)}
    made = subprocess.run(
        [python, "msft.py"], cwd=kit, env=env, capture_output=True, text=True, check=True
    )
    record = made.stdout.strip().splitlines()[-1]

    def once() -> float:
        done = subprocess.run(
            [python, "peer_nautilus.py", record, "1", "depth"],
            cwd=kit,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        return float(json.loads(done.stdout.strip().splitlines()[-1])["eps"])

    return once


def lanes(rules: Rules, acting: str, blocks: list[Block]) -> None:
    """All profiles together beside the acting one alone, in turn, and with each of the others; in
    seconds of the processor, so that a busy machine tells the same ratio."""
    alone = [profile for profile in rules.profiles if profile.name == acting]
    sets = {"all": rules, acting: _with(rules, *alone)}
    for profile in rules.profiles:
        if profile.name != acting:
            sets[f"{acting} + {profile.name}"] = _with(rules, *alone, profile)
    found: dict[str, list[float]] = {name: [] for name in sets}
    for repeat in range(LANE_REPEATS + 1):
        for name, some in sets.items():
            took = timed(partial(engine_only, some, blocks), time.process_time)
            if repeat:  # the first round only warms up
                found[name].append(took)
    median = {name: statistics.median(times) for name, times in found.items()}
    pairs = [a / b for a, b in zip(found["all"], found[acting], strict=True)]
    print(f"lanes, medians of {LANE_REPEATS} in turn")
    for name, took in median.items():
        print(f"  {name:<28} {SOURCE_ROWS / took:>10,.0f} /s")
    cost = median["all"] / median[acting]
    print(f"  all / {acting:<22} {cost:>10.2f}  (at most {MOST_LANES_COST})")
    print(f"  run by run                   {', '.join(f'{pair:.2f}' for pair in pairs)}")


def _with(rules: Rules, *profiles: Profile) -> Rules:
    return msgspec.structs.replace(rules, profiles=profiles)


def main() -> None:
    """Measure and print."""
    gc.set_threshold(50_000, 20, 100)
    loaded = settings.load()
    rules = loaded.rules
    with tempfile.TemporaryDirectory() as folder:
        reader = recording(Path(folder))
        blocks = list(reader.blocks())
        if "--lanes" in sys.argv[1:]:
            lanes(rules, loaded.acting, blocks)
            return
        peer = nautilus(Path(folder))
        parts = clone(blocks)
        clone_rows = sum(len(data) for data, _ in parts) // RECORD.size
        found: dict[str, list[float]] = {"engine": [], "recording": [], "clone": [], "nautilus": []}
        engine_only(rules, blocks)
        for _ in range(REPEATS):
            found["engine"].append(RUNS * SOURCE_ROWS / timed(lambda: engines(rules, blocks)))
            took = timed(lambda: with_recording(rules, blocks, reader))
            found["recording"].append(SOURCE_ROWS / took)
            found["clone"].append(clone_rows / timed(lambda: clone_run(rules, parts)))
            if peer is not None:
                found["nautilus"].append(peer())
        _print(found, clone_rows)
        _profile(rules, blocks)


def _print(found: dict[str, list[float]], clone_rows: int) -> None:
    median = {name: statistics.median(rates) for name, rates in found.items() if rates}
    print(f"MSFT half hour, {SOURCE_ROWS:,} source rows, medians of {REPEATS}")
    print(f"  engine, recording off   {median['engine']:>10,.0f} /s")
    print(f"  engine, recording on    {median['recording']:>10,.0f} /s")
    print(f"  500 symbols, {clone_rows:,} records {median['clone']:>8,.0f} /s")
    if "nautilus" in median:
        print(f"  nautilus_trader Depth10 {median['nautilus']:>10,.0f} /s")
        pairs = [a / b for a, b in zip(found["engine"], found["nautilus"], strict=True)]
        print(f"  ratio of medians        {median['engine'] / median['nautilus']:>10.1f}")
        print(f"  run by run, median      {statistics.median(pairs):>10.1f}")
        print(f"                          {', '.join(f'{pair:.1f}' for pair in pairs)}")
    else:
        print("  nautilus_trader left out: NAUTILUS_PYTHON names no python")


def _profile(rules: Rules, blocks: list[Block]) -> None:
    profile = cProfile.Profile()
    profile.runcall(engine_only, rules, blocks)
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in stats.values())
    print("where the time goes (own time under the profiler, which makes calls look dearer)")
    for key, row in sorted(stats.items(), key=lambda item: -item[1][2])[:10]:
        print(f"  {100 * row[2] / total:5.1f} %  {Path(key[0]).name}:{key[2]}")


if __name__ == "__main__":
    main()
