"""Replays of scripted sessions: in this process, paced by a test, on the command line."""

import os
import subprocess
import sys
from pathlib import Path

from ramstock_tui.core.decisions import KINDS, Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.host.drive import replay
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import decision_hash
from tests.core.sessions import rules
from tests.session_writer import MIDNIGHT, MS, Script


def ran(script: Script, policy: str = "none", chunk: int = 4096) -> Engine:
    """The engine after a whole script."""
    return replay(rules(), script.chunks(chunk), policy)


def observed(script: Script, chunk: int = 4096) -> Engine:
    """The same, for a script without commands, with all that only a screen looks at."""
    engine = Engine(rules(), observe=True)
    for part in script.chunks(chunk):
        assert not isinstance(part, tuple)
        engine.run(part.first_seq, part.rows, part.blob)
    return engine


def ran_from(path: Path, policy: str) -> Engine:
    """The engine after a session directory."""
    recording = Recording(path)
    inputs = recording.inputs(with_commands=policy == "ledger")
    return replay(recording.rules or rules(), inputs, policy, end_ts=lambda: recording.end_ts)


class Clock:
    """Monotonic ns that only the test moves."""

    def __init__(self) -> None:
        self.ns = 5_000_000_000

    def __call__(self) -> int:
        return self.ns


def played(path: Path, policy: str, speed_pct: int, step_ms: int, *, observe: bool = True) -> str:
    """The decision hash of a paced playback whose clock moves by step_ms between two looks."""
    recording, clock = Recording(path), Clock()
    engine = Engine(rules(), observe=observe)
    inputs = recording.inputs(with_commands=policy == "ledger")
    playback = Playback(engine, inputs, policy, clock, speed_pct, recording)
    while not playback.done:
        if not playback.step():
            clock.ns += step_ms * MS
    return decision_hash(engine, policy)


def told(decisions: list[Decision]) -> list[str]:
    """Decisions that the hash covers as lines: time, kind, ticker, reasons, money."""
    return [_line(d) for d in decisions if KINDS[d.kind]]


def _line(d: Decision) -> str:
    ms = (d.ts - MIDNIGHT) // MS
    clock = f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
    words = [clock, d.kind, d.ticker, *d.reasons]
    if d.body.get("shadow"):
        words.append("shadow")
    if d.kind in ("signal", "fill", "outcome"):
        keys = ("shares", "entry_e4", "cost_e4", "net_e4")
        words += [f"{key}={d.body[key]}" for key in keys if key in d.body]
    return " ".join(words)


def environment(home: Path, **more: str) -> dict[str, str]:
    """No settings of the person who runs the tests."""
    own = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    return {**os.environ, "XDG_DATA_HOME": str(home), **own, **more}


def ramstock(home: Path, *words: object, **more: str) -> "subprocess.CompletedProcess[str]":
    """One run of the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ramstock_tui", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(home, **more),
    )
