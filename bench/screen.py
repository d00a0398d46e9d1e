"""`python -m bench.screen`: the real program on a real terminal of 200x60, under load.

Starts `ramstock demo` with so many symbols and events a second, moves the selection all the time,
confirms cards, and prints what the processes cost and how long everything took; medians of the
runs, with each run beside them. Every run is one that follows another (libraries are compiled and
in the disk cache). Figures are of this machine as busy as it was; run it on an idle one.
"""

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.terminal import Cost, Terminal
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.ui.probe import percentiles

ROOT = Path(__file__).resolve().parents[1]
MOVE_EVERY_S = 0.21  # 285 moves a minute
CONFIRM_EVERY_S = 1.5  # a card is armed 0.3 s after it is shown, the next one 1 s after a confirm
WARM_S = 4.0
CARDS_PER_MINUTE = 60
# nothing in the way of a card a second: limits, windows, cool-offs and losses as wide as they go
CONFIG = """
equity = 10000000
phase = 3
[profiles.small_account]
windows = [{ name = "PRIMARY", start = "09:30", end = "15:00", allow = "signals", entries = 100 }]
[profiles.small_account.throttle]
per_hour = 60
over = "throttle"
then_every_s = 0
cooloff_s = 0
per_day = 100
[profiles.small_account.losses]
soft = 1000000
hard = 1000000
hard_pct = 10
count = 20
window_min = 1
pause_min = 1
"""
# (name, unit, target or None, where it is found)
ROWS: list[tuple[str, str, float | None]] = [
    ("records, about", "/s", None),
    ("ingest to decision p50", "ms", None),
    ("ingest to decision p99", "ms", 10),
    ("ingest to decision max", "ms", None),
    ("ingest to card p50", "ms", None),
    ("ingest to card p99", "ms", 100),
    ("ingest to card max", "ms", None),
    ("cards", "", None),
    ("loop lag p50", "ms", None),
    ("loop lag p99", "ms", 15),
    ("loop lag max", "ms", None),
    ("j on screen p50", "ms", None),
    ("j on screen p99", "ms", 25),
    ("j on screen max", "ms", None),
    ("j presses", "", None),
    ("c verdict on screen p50", "ms", None),
    ("c verdict on screen p99", "ms", 60),
    ("c verdict on screen max", "ms", None),
    ("c presses", "", None),
    ("cockpit CPU", "%", 20),
    ("host CPU", "%", None),
    ("pictures", "/s", None),
    ("bytes to the terminal", "kB/s", None),
    ("cockpit RSS", "MB", None),
    ("host RSS", "MB", None),
    ("RSS together", "MB", 200),
    ("first paint", "s", 1.0),
    ("live data", "s", 2.0),
]
Found = dict[str, float]


@dataclass
class Load:
    """What is asked of the program."""

    symbols: int
    rate: int
    minutes: float
    seed: int

    def command(self, folder: Path) -> list[str]:
        """The program's command line; its files are below `folder`."""
        program = [sys.executable, "-P", "-m", "ramstock_tui"]
        config, probe = folder / "bench.toml", str(folder / "probe")
        config.write_text(CONFIG)
        words = ["demo", "--dir", str(folder / "session"), "--config", str(config)]
        for name in ("symbols", "rate", "seed"):
            words += [f"--{name}", str(getattr(self, name))]
        return [*program, *words, "--cards", str(CARDS_PER_MINUTE), "--probe", probe]


@dataclass
class Keys:
    """Seconds from key to screen."""

    moves: list[float] = field(default_factory=list)
    confirms: list[float] = field(default_factory=list)


def environment(folder: Path) -> dict[str, str]:
    """No settings and no sessions of the person who measures."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RAMSTOCK_")}
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "RAMSTOCK_DATA")
    env |= dict.fromkeys(names, str(folder))
    paths = [str(ROOT), env.get("PYTHONPATH", "")]
    env["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    env.pop("NO_COLOR", None)
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return env | terminal | {"XDG_RUNTIME_DIR": str(runtime)}


def one_run(load: Load, minutes: float) -> Found:
    """Start, warm up, press keys for so long, end everything. RuntimeError: it did not come up."""
    with tempfile.TemporaryDirectory(prefix="ramstock-") as name:
        folder = Path(name)
        terminal = Terminal(load.command(folder), environment(folder), folder)
        host = 0
        try:
            if not terminal.until("live data", 20):
                raise RuntimeError(f"no live data: {terminal.last[-600:]!r}")
            host = _host_pid(folder / "session")
            terminal.idle(time.monotonic() + WARM_S)
            found = _measured(terminal, host, minutes, load.seed)
        except EOFError:
            raise RuntimeError(f"it ended: {terminal.last[-600:]!r}") from None
        finally:
            code = terminal.close()
            _stop(host, folder / "probe.host")
        if code not in (0, 143):
            raise RuntimeError(f"the cockpit ended with {code}: {terminal.last[-600:]!r}")
        found |= {name: terminal.seen[name] for name in ("first paint", "live data")}
        found["seconds"] = terminal.ended - terminal.started - terminal.seen["live data"]
        return found | _probed(folder / "probe") | _host_probed(folder / "probe.host", found)


def _host_pid(directory: Path) -> int:
    label = SessionDir(directory).holder() if directory.is_dir() else None
    return int(label.get("pid", "0")) if label else 0


def _stop(host: int, written: Path) -> None:
    """End the host and wait for what it has to say, which it writes last."""
    if not host:
        return
    try:
        os.kill(host, signal.SIGTERM)
        end = time.monotonic() + 10
        while time.monotonic() < end and not written.exists():
            os.kill(host, 0)
            time.sleep(0.05)
    except ProcessLookupError:
        return


def _measured(terminal: Terminal, host: int, minutes: float, seed: int) -> Found:
    cockpit = Cost(terminal.process.pid, without=host)
    engine = Cost(host)
    began, bytes_then = time.monotonic(), terminal.bytes
    cockpit_then, host_then = cockpit.read()[0], engine.read()[0]
    keys = _press(terminal, began + 60 * minutes, random.Random(seed))
    seconds = time.monotonic() - began
    (cockpit_cpu, cockpit_mb), (host_cpu, host_mb) = cockpit.read(), engine.read()
    found = {
        "cockpit CPU": 100 * (cockpit_cpu - cockpit_then) / seconds,
        "bytes to the terminal": (terminal.bytes - bytes_then) / seconds / 1000,
        "cockpit RSS": cockpit_mb,
        "RSS together": cockpit_mb + host_mb,
    }
    if host:
        found |= {"host CPU": 100 * (host_cpu - host_then) / seconds, "host RSS": host_mb}
    found |= _spread("j on screen", keys.moves) | {"j presses": len(keys.moves)}
    return found | _spread("c verdict on screen", keys.confirms) | {"c presses": len(keys.confirms)}


def _press(terminal: Terminal, until: float, chance: random.Random) -> Keys:
    """Moves down and, where the list ends, up again; a confirm now and then. Instants are spread,
    so that they do not walk in step with the frames."""
    keys, key = Keys(), b"j"
    move_at = confirm_at = time.monotonic()
    while (now := time.monotonic()) < until:
        terminal.idle(min(move_at, confirm_at, until))
        if (now := time.monotonic()) >= confirm_at:
            confirm_at = now + CONFIRM_EVERY_S * chance.uniform(0.9, 1.1)
            if (took := terminal.confirm()) is not None:
                keys.confirms.append(took)
        elif now >= move_at:
            move_at = now + MOVE_EVERY_S * chance.uniform(0.6, 1.4)
            if (took := terminal.move(key)) is None:
                key = b"k" if key == b"j" else b"j"
            else:
                keys.moves.append(took)
    return keys


def _spread(name: str, seconds: list[float]) -> Found:
    found = percentiles([round(each * 1e9) for each in seconds])
    return _named(name, found)


def _named(name: str, found: dict[str, Any]) -> Found:
    return {
        f"{name} {part}": found[f"{part}_ms"]
        for part in ("p50", "p99", "max")
        if f"{part}_ms" in found
    }


def _probed(path: Path) -> Found:
    """What the cockpit wrote at its end."""
    if not path.exists():
        return {}
    said = json.loads(path.read_text())
    cards = said["event_to_card"]
    found = _named("loop lag", said["loop_lag"]) | _named("ingest to card", cards)
    return found | {"pictures": said["pictures_per_s"], "cards": cards["count"]}


def _host_probed(path: Path, run: Found) -> Found:
    """What the host wrote at its end."""
    if not path.exists():
        return {}
    said = json.loads(path.read_text())
    rate = {"records, about": said["rows"] / run["seconds"]}
    return rate | _named("ingest to decision", said["lag"])


def table(load: Load, runs: list[Found]) -> list[str]:
    """Lines: figure, target, ratio to it, median, every run."""
    what = f"{load.symbols} symbols, {load.rate:,} events/s, 200x60, {load.minutes:g} min"
    lines = [f"{what}, median of {len(runs)} runs"]
    lines.append(f"{'':<26}{'median':>10}       {'target':>7} {'ratio':>6}   runs")
    for name, unit, target in ROWS:
        values = [run[name] for run in runs if name in run]
        if not values:
            lines.append(f"{name:<26}{'-':>10}  not measured")
            continue
        median = statistics.median(values)
        goal = f"{'<=':>2}{target:>5g} {median / target:>6.2f}" if target else f"{'':>14}"
        each = "  ".join(f"{_short(value)}" for value in values)
        lines.append(f"{name:<26}{_short(median):>10} {unit:<5}{goal}   {each}")
    return lines


def _short(value: float) -> str:
    """Four figures, none of them lost to an exponent."""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.screen", description=__doc__)
    parser.add_argument("--symbols", type=int, default=150)
    parser.add_argument("--rate", type=int, default=20_000, help="events a second")
    parser.add_argument("--minutes", type=float, default=1.0, help="of each run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    load = Load(asked.symbols, asked.rate, asked.minutes, asked.seed)
    try:
        one_run(load, 0.02)  # the first start compiles
        runs = [one_run(load, asked.minutes) for _ in range(asked.runs)]
    except RuntimeError as problem:
        sys.exit(f"bench.screen: {problem}")
    print("\n".join(table(load, runs)))


if __name__ == "__main__":
    main()
