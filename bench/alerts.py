"""`python -m bench.alerts`: how fast alerts get out, and what that costs the loop beside them.

The real channel sends to a Discord on loopback, a process of its own. Three parts: alerts at a
steady rate to a healthy server; as many as the server announces that it takes; a server that hangs,
drips, resets and answers nonsense, while a loop beside the channel counts how late it wakes.
Medians of the runs, each run beside them. Figures are of this machine as busy as it was.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ramstock_tui.secret import Secret
from ramstock_tui.sinks.alert import ENTRY, Alert
from ramstock_tui.sinks.discord.channel import Channel, Knobs
from ramstock_tui.ui.probe import percentiles

ROOT = Path(__file__).resolve().parents[1]
LIMIT = (50, 1.0)  # requests in so many seconds, as the server announces
STORM = (
    "429 body", "502", "hang", "drip", "big", "reset", "204", "302", "429 header", "ok", "ok",
)  # fmt: skip
LATE_S = 0.001  # the loop beside the channel sleeps so long
BEHIND = 80  # alerts that may wait; the outbox drops beyond 100
ROWS: list[tuple[str, str, float | None]] = [
    ("enqueue to 2xx p50", "ms", None),
    ("enqueue to 2xx p99", "ms", 50),
    ("enqueue to 2xx max", "ms", None),
    ("undelivered", "", 0),
    ("announced: refused (429)", "", 0),
    ("announced: most in a bucket", "", LIMIT[0]),
    ("announced: delivered", "/s", None),
    ("loop late, no alerts, p99", "ms", None),
    ("loop late, no alerts, max", "ms", None),
    ("loop late, storm, p99", "ms", None),
    ("loop late, storm, max", "ms", 50),
    ("storm: most at once", "", 5),
    ("storm: delivered or recorded", "%", None),
]
Found = dict[str, float]


def one(n: int, run: str) -> Alert:
    """An alert of ordinary size."""
    fields = tuple((name, "12.04", True) for name in ("Entry", "Stop", "Target", "Shares", "Risk"))
    rules = ("Rules", "\n".join(f"✓ rule {k} 2.61 (≥2.5) 2/2" for k in range(5)), False)
    return Alert(
        key=f"20261123-{run}-{n}",
        kind="blueprint",
        ticker="ABCD",
        prefix="PENDING",
        title="ABCD 9.0 · buy 500 at 12.04 · stop 11.95 · target 12.22",
        colour="info",
        fields=(*fields, rules),
        footer=f"#A{n} · 20261123-{run}-{n} · bench",
        rank=ENTRY,
    )


class Server:
    """A Discord on loopback in a process of its own; `end` says what it saw."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sinks.discord_server", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        out = self._process.stdout
        self.url = Secret(out.readline().strip() if out is not None else "")

    def end(self) -> dict[str, Any]:
        """Stop it."""
        said, _ = self._process.communicate("", timeout=20)
        found: dict[str, Any] = json.loads(said)
        return found


@contextmanager
def channel(server: Server) -> Iterator[Channel]:
    """Without our own ceiling, which would take 40 minutes for 1,000 alerts."""
    with tempfile.TemporaryDirectory(prefix="ramstock-") as folder:
        made = Channel(server.url, Path(folder), Knobs(ceiling=()))
        made.start()
        made.put(one(0, "WARM"))  # the first one connects
        _delivered(made, 1, 10)
        try:
            yield made
        finally:
            made.close(5)


def _delivered(made: Channel, count: int, within_s: float) -> list[Any]:
    found: list[Any] = []
    end = time.monotonic() + within_s
    while len(found) < count and time.monotonic() < end:
        found += made.records()
        time.sleep(0.002)
    return found


def healthy(alerts: int, rate: float) -> Found:
    """So many alerts, so many a second."""
    server = Server()
    records: list[Any] = []
    with channel(server) as made:
        began = time.monotonic()
        for n in range(alerts):
            made.put(one(n, "RATE"))
            time.sleep(max(0.0, began + (n + 1) / rate - time.monotonic()))
            records += made.records()
        records += _delivered(made, alerts - len(records), 10)
    server.end()
    took = percentiles([r.took_ms * 1_000_000 for r in records if r.took_ms is not None])
    named = {f"enqueue to 2xx {part}": took[f"{part}_ms"] for part in ("p50", "p99", "max")}
    return named | {
        "undelivered": alerts - sum(r.state == "sent" for r in records),
    }


def announced(alerts: int) -> Found:
    """As many as the server lets through, all the time."""
    server = Server("--limit", str(LIMIT[0]), str(LIMIT[1]))
    with channel(server) as made:
        began, put, done = time.monotonic(), 0, 0
        while done < alerts and time.monotonic() - began < 120:
            while put < alerts and put - done < BEHIND:
                made.put(one(put, "MOST"))
                put += 1
            done += len(made.records())
            time.sleep(0.002)
        seconds = time.monotonic() - began
    saw = server.end()
    return {
        "announced: refused (429)": saw["refused"],
        "announced: most in a bucket": saw["in_bucket"],
        "announced: delivered": done / seconds,
    }


def storm(seconds: float, rate: float) -> Found:
    """How late a loop wakes beside a channel that has nothing to do, and beside one in a storm."""
    server = Server("--script", *STORM)
    with channel(server) as made:
        calm = _late(made, seconds, 0)[0]
        late, put, records = _late(made, seconds, rate)
    records += made.records()
    saw = server.end()
    keys = {r.key for r in records if r.key}
    found = percentiles(calm), percentiles(late)
    return {
        "loop late, no alerts, p99": found[0]["p99_ms"],
        "loop late, no alerts, max": found[0]["max_ms"],
        "loop late, storm, p99": found[1]["p99_ms"],
        "loop late, storm, max": found[1]["max_ms"],
        "storm: most at once": saw["at_once"],
        "storm: delivered or recorded": 100 * len(keys) / max(1, put),
    }


def _late(made: Channel, seconds: float, rate: float) -> tuple[list[int], int, list[Any]]:
    late: list[int] = []
    put, records = 0, list[Any]()
    began = time.monotonic()
    while (now := time.monotonic()) - began < seconds:
        if rate and put < (now - began) * rate:
            made.put(one(put, "STORM"))
            put += 1
        before = time.monotonic_ns()
        time.sleep(LATE_S)
        late.append(time.monotonic_ns() - before - round(LATE_S * 1e9))
        records += made.records()
    return late, put, records


def table(runs: list[Found], alerts: int) -> list[str]:
    """Lines: figure, target, ratio to it, median, every run."""
    lines = [f"{alerts:,} alerts, median of {len(runs)} runs"]
    lines.append(f"{'':<30}{'median':>10}       {'target':>7} {'ratio':>6}   runs")
    for name, unit, target in ROWS:
        values = [run[name] for run in runs]
        median = statistics.median(values)
        goal = f"{'':>14}"
        if target is not None:
            ratio = f"{median / target:>6.2f}" if target else f"{'':>6}"
            goal = f"{'<=':>2}{target:>5g} {ratio}"
        each = "  ".join(f"{value:,.4g}" for value in values)
        lines.append(f"{name:<30}{median:>10,.4g} {unit:<5}{goal}   {each}")
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.alerts", description=__doc__)
    parser.add_argument("--alerts", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=100.0, help="alerts a second")
    parser.add_argument("--storm", type=float, default=8.0, help="seconds of it")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    runs = [
        healthy(asked.alerts, asked.rate) | announced(asked.alerts) | storm(asked.storm, 5.0)
        for _ in range(asked.runs)
    ]
    print("\n".join(table(runs, asked.alerts)))


if __name__ == "__main__":
    main()
