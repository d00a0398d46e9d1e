"""`python -m bench.journal`: what recording costs, beside databento_dbn in one run.

Prints the work of the recorder's hot path per event at 20,000 events/s, the size of sealed sessions
against the same events as DBN + zstd (mbp-10 made of the MSFT half hour, tbbo and trades as their
vendor ships them), events read back a second, the restart after a ledger of 50,000 lines, and jumps
back in a replay; medians of the repeats, each repeat beside them.

Needs the shared market data (`RAMSTOCK_SHARED`, else `../shared`) and the extra `dbn`.
"""

import contextlib
import gc
import importlib.util
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import zstandard

from bench.replay import STEM, recording, shared
from ramstock_tui import settings
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.records import BID, LAST, LEVEL_SET, PRINT, SIDE_MASK, Row
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host.rewind import Rewind
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.journal.ledger import Ledger
from ramstock_tui.journal.lines import decision_line
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.verbs import import_dbn

REPEATS = 5
RATE, SECONDS = 20_000, 10
STEP_NS = 2_000_000  # session time between two looks of the host's loop
LINES = 50_000
JUMPS = 8
DBN_ZSTD_LEVEL = 3  # what Databento's own writer uses unless told otherwise
DAY_START_NS = 1_790_343_000_000_000_000


def hot_path(folder: Path) -> list[float]:
    """us an event: handed to the writer as the host's loop does it, blocks closed every 100 ms."""
    market = DemoMarket(DemoSpec(start_ns=DAY_START_NS, symbols=150, rate=RATE))
    market.begin(DAY_START_NS)
    times = range(DAY_START_NS + STEP_NS, DAY_START_NS + SECONDS * 10**9, STEP_NS)
    portions = [rows for ts in times if (rows := market.rows(ts)[0])]
    count = sum(map(len, portions))
    return [_recorded(portions, folder / f"hot-{n}.rsm") / count * 1e6 for n in range(REPEATS)]


def _recorded(portions: list[list[Row]], path: Path) -> float:
    writer = MarketWriter(
        path, session_id=bytes(16), session_date=20260924, mode=3, created_ns=DAY_START_NS
    )
    begun = time.perf_counter()
    for rows in portions:
        writer.extend(rows)
        if writer.due(rows[-1][0]):
            writer.close_block()
    took = time.perf_counter() - begun
    writer.close()
    return took


# sizes and reading -------------------------------------------------------------------------------
def as_mbp_10(source: Path, path: Path) -> int:
    """The events of a session as a DBN file of the schema mbp-10; how many records it has."""
    from tests import dbn_writer

    sides: tuple[dict[int, int], dict[int, int]] = {}, {}
    out = io.BytesIO()
    out.write(dbn_writer.metadata("mbp-10", {"MSFT": 7}, day=date(2012, 6, 21)))
    count = 0
    changed = False
    for block in MarketReader(source).blocks():
        for ts, _, kind, flags, px, size, _ in block.rows():
            if kind == PRINT:
                side = "NBA"[min(2, flags & SIDE_MASK)]
                record = dbn_writer.image("mbp-10", ts, "T", side, px, size, _levels(*sides))
                out.write(bytes(record))
                count += 1
            elif kind == LEVEL_SET:
                changed = True
                levels = sides[0 if flags & BID else 1]
                if size:
                    levels[px] = size
                else:
                    levels.pop(px, None)
            if changed and flags & LAST:
                changed = False
                record = dbn_writer.image("mbp-10", ts, "M", "N", px, size, _levels(*sides))
                out.write(bytes(record))
                count += 1
    path.write_bytes(zstandard.compress(out.getvalue(), DBN_ZSTD_LEVEL))
    return count


def _levels(bids: dict[int, int], asks: dict[int, int]) -> list[tuple[int, int, int, int]]:
    """The best ten of both sides, zeros where there is none."""
    found = []
    best = sorted(bids, reverse=True)[:10], sorted(asks)[:10]
    for bid, ask in zip_longest(*best, fillvalue=0):
        found.append((bid, bids.get(bid, 0), ask, asks.get(ask, 0)))
    return found + [(0, 0, 0, 0)] * (10 - len(found))


def sealed(path: Path, folder: Path) -> Path:
    """The session that a DBN file becomes; its market file."""
    out = folder / path.name.partition(".dbn")[0]
    with contextlib.redirect_stdout(io.StringIO()):
        import_dbn.run([path], None, out, import_dbn.Assumed(), True)
    return out / "market.rsm"


def read_back(path: Path) -> tuple[int, float]:
    """(events, seconds) of a sealed session read as rows."""
    begun, count = time.perf_counter(), 0
    for block in MarketReader(path).blocks():
        count += sum(1 for _ in block.rows())
    return count, time.perf_counter() - begun


def dbn_read(path: Path) -> tuple[int, float]:
    """(records, seconds) of the same file read as Databento's objects."""
    import databento_dbn as dbn

    begun = time.perf_counter()
    decoder = dbn.DBNDecoder()
    decoder.write(zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes()))
    count = len(decoder.decode())
    return count, time.perf_counter() - begun


# a day's ledger, jumps ---------------------------------------------------------------------------
def ledger_restart(folder: Path) -> list[float]:
    """Seconds to check and continue a ledger of 50,000 decisions."""
    found = []
    for n in range(3):
        path = folder / f"ledger-{n}.jsonl"
        ledger = Ledger.create(path, wall_ns=time.time_ns)
        for i in range(LINES):
            ledger.write(decision_line(_decision(i)), sync=False)
        ledger.close()
        begun = time.perf_counter()
        Ledger.resume(path, wall_ns=time.time_ns).close()
        found.append(time.perf_counter() - begun)
    return found


def _decision(i: int) -> Decision:
    return Decision(
        kind="reject", seq=i + 1, ts=DAY_START_NS + i * 1_000_000, i=0, profile="small_account",
        ticker=f"SYM{i % 150}", score=85_000, reasons=("ask_depth", "stall"),
        body={"readings": {"ratio_3": 26_100, "spread_ticks": 2, "tape_per_s": 47}},
    )  # fmt: skip


def jumps_back(directory: Path) -> tuple[int, list[float]]:
    """(events of the session, seconds of jumps back from its end)."""
    recorded = Recording(directory)
    clock = time.monotonic_ns
    rewind = Rewind(recorded, settings.load().rules, "none", clock, as_it_was=False)
    playback = Playback.over(rewind, clock, 0)
    while not playback.done:
        playback.step()
    start, end = playback.engine.session.open_ns, playback.now  # type: ignore[union-attr]
    first = next(next(iter(MarketReader(directory / "market.rsm").blocks())).rows())[0]
    start = max(start, first)
    found = []
    for n in range(1, JUMPS + 1):
        begun = time.perf_counter()
        problem = playback.jump(end - (end - start) * n // (JUMPS + 1))
        if problem:
            sys.exit(f"bench.journal: {problem}")
        while playback.timeline().seek is not None:  # type: ignore[union-attr]
            playback.step()
        found.append(time.perf_counter() - begun)
        playback.jump(end)
        while playback.timeline().seek is not None:  # type: ignore[union-attr]
            playback.step()
    return read_back(directory / "market.rsm")[0], found


# the table ---------------------------------------------------------------------------------------
def line(name: str, values: list[float], unit: str, target: float, *, most: bool = True) -> str:
    """Median, target, ratio to it, every value."""
    median = statistics.median(values)
    sign = "<=" if most else ">="
    each = "  ".join(f"{value:,.3g}" if value < 1000 else f"{value:,.0f}" for value in values)
    shown = f"{median:,.3g}" if median < 1000 else f"{median:,.0f}"
    return f"{name:<34}{shown:>10} {unit:<10}{sign} {target:>8,g} {median / target:>6.2f}   {each}"


def repeated(measure: Callable[[], tuple[int, float]]) -> list[float]:
    """Events a second of each repeat."""
    found = []
    for _ in range(REPEATS):
        gc.collect()
        count, seconds = measure()
        found.append(count / seconds)
    return found


def sizes(folder: Path) -> tuple[list[str], Path, Path]:
    """Lines of the sizes; the mbp-10 session and its DBN file, for reading."""
    with contextlib.redirect_stdout(io.StringIO()):
        source = recording(folder)
    mbp = folder / "msft.mbp-10.dbn.zst"
    as_mbp_10(source.path, mbp)
    tbbo = shared() / "data" / "dbeq_tbbo"
    files = [
        mbp,
        *(tbbo / f"dbeq-basic-20240624.{schema}.dbn.zst" for schema in ("tbbo", "trades")),
    ]
    lines, first = [], Path()
    for path, schema in zip(files, ("mbp-10", "tbbo", "trades"), strict=True):
        ours = sealed(path, folder / schema)
        first = first if first.name else ours
        ratio = ours.stat().st_size / path.stat().st_size
        lines.append(line(f"{schema}: sealed / DBN + zstd", [ratio], "x", 0.8))
    return lines, first, mbp


def main() -> None:
    """Measure and print."""
    if importlib.util.find_spec("databento_dbn") is None:
        sys.exit("bench.journal: databento-dbn is not installed: pip install 'ramstock[dbn]'")
    os.environ.setdefault("RAMSTOCK_DATA", tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix="ramstock-") as name:
        folder = Path(name)
        out: list[str] = [line("recording, hot path", hot_path(folder), "us/event", 0.7)]
        found, ours, theirs = sizes(folder)
        out += found
        events = repeated(lambda: read_back(ours))
        peers = repeated(lambda: dbn_read(theirs))
        out.append(line("read back as events", events, "/s", 400_000, most=False))
        ratio = statistics.median(events) / statistics.median(peers)
        out.append(f"{'  databento_dbn, mbp-10 objects':<34}{statistics.median(peers):>10,.0f} /s"
                   f"        ours is {ratio:.2f} x")  # fmt: skip
        out.append(line(f"restart, ledger of {LINES:,} lines", ledger_restart(folder), "s", 3))
        count, back = jumps_back(folder / "msft")
        per_million: list[Any] = [seconds / count * 1e6 for seconds in back]
        out.append(line("jump back", per_million, "s/million", 2.5))
        out.append(f"{'  the worst of them':<34}{max(per_million):>10.3g} s/million")
    sys.stdout.write(f"{STEM}, medians\n" + "\n".join(out) + "\n")


if __name__ == "__main__":
    main()
