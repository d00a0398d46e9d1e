"""`ramstock replay DIR`: a session again, headless, on the screen, or into a new recording."""

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

from ramstock_tui import settings
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.errors import RamstockError
from ramstock_tui.host import summary
from ramstock_tui.host.drive import POLICIES, replay
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.journal.codec import MODES

MODE_REPLAY = MODES.index("replay")


class UsageError(RamstockError):
    """The command line asks for something that cannot be."""

    exit_code = 2


def run(
    directory: Path,
    speed: str,
    headless: bool,
    as_json: bool,
    confirm: str | None,
    verify: bool,
    into: Path | None,
    config: Path | None,
    symbol: str | None,
) -> int:
    """Exit code 0; 1 a broken recording, 6 a mismatch (--verify), 3 a broken configuration."""
    speed_pct = parse_speed(speed)
    recording = Recording(directory)
    rules = _rules(recording, config)
    policy = confirm or ("ledger" if recording.commands else "none")
    if policy not in POLICIES:
        raise UsageError(f"--confirm: expected {', '.join(POLICIES)}, was {confirm!r}")
    # the engine makes no cycles; the collector would only look at live tuples again and again
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    if verify:
        return _verify(recording, rules)
    if headless and into is None:
        return _headless(recording, rules, policy, as_json)
    return _watch(recording, rules, policy, speed_pct, headless, as_json, into, symbol)


def parse_speed(text: str) -> int:
    """`10` -> 1000 (per cent), `max` -> 0."""
    if text == "max":
        return 0
    try:
        factor = float(text.removeprefix("x"))
    except ValueError:
        factor = 0.0
    if not 0.01 <= factor <= 100_000:
        raise UsageError(f"--speed: expected a factor from 0.01 to 100000 or max, was {text!r}")
    return round(factor * 100)


def _rules(recording: Recording, config: Path | None) -> Rules:
    """The rules that the session ran under; for an import or a what-if the configured ones."""
    if recording.rules is not None and config is None:
        return recording.rules
    return settings.load(config=config).rules


def _headless(recording: Recording, rules: Rules, policy: str, as_json: bool) -> int:
    if policy == "keys":
        raise UsageError("--confirm keys needs a screen or --into; there is nobody to press one")
    started = time.perf_counter()
    engine = replay(
        rules,
        recording.inputs(with_commands=policy == "ledger"),
        policy,
        end_ts=recording.last_ts,
    )
    report = _report(recording, engine, policy, time.perf_counter() - started)
    _print(report, as_json)
    return 0


def _report(recording: Recording, engine: Engine, policy: str, elapsed_s: float) -> dict[str, Any]:
    market = recording.market
    return {
        "events": market.records,
        "symbols": sorted(engine.by_ticker),
        "first_ts": market.first_ts,
        "last_ts": market.last_ts,
        "elapsed_s": round(elapsed_s, 6),
        "events_per_s": round(market.records / elapsed_s) if elapsed_s else 0,
        "decision_hash": summary.decision_hash(engine, policy),
        "confirm": policy,
        "profiles": summary.profiles(engine),
    }


def _print(report: dict[str, Any], as_json: bool) -> None:
    out = sys.stdout.write
    if as_json:
        out(json.dumps(report) + "\n")
        return
    out(f"{report['events']:,} records of {', '.join(report['symbols'])}")
    out(f" in {report['elapsed_s']:.2f} s ({report['events_per_s']:,} a second)\n")
    for name, lane in report["profiles"].items():
        out(f"{name}: {len(lane['signals'])} signals\n")
        for signal in lane["signals"]:
            plan, outcome = signal["blueprint"], signal["outcome"] or {}
            out(f"  {signal['id']}  {signal['score']}  buy {plan['shares']} at {plan['entry']}")
            out(f"  {outcome.get('label', 'open')} {outcome.get('net_usd') or ''}\n")
        for reason, count in lane["rejects"].items():
            out(f"  not: {reason} {count}\n")
    out(f"decision hash {report['decision_hash']}\n")


def _verify(recording: Recording, rules: Rules) -> int:
    if recording.rules is None:
        raise UsageError(f"{recording.dir.path}: an import has no ledger to compare with")
    engine = replay(rules, recording.inputs(with_commands=True), "ledger", end_ts=recording.last_ts)
    extra = summary.compare(engine.history, recording.decisions)
    note = f", {extra} decided at the end and not written" if extra else ""
    sys.stdout.write(f"match: {len(recording.decisions)} decisions{note}\n")
    sys.stdout.write(f"decision hash {summary.decision_hash(engine, 'ledger')}\n")
    return 0


# watched and recorded ---------------------------------------------------------------------------
def _watch(
    recording: Recording,
    rules: Rules,
    policy: str,
    speed_pct: int,
    headless: bool,
    as_json: bool,
    into: Path | None,
    symbol: str | None,
) -> int:
    engine = Engine(rules, observe=not headless)
    playback = Playback(
        engine,
        recording.inputs(with_commands=policy == "ledger"),
        policy,
        time.monotonic_ns,
        speed_pct,
    )
    recorder = _recorder(recording, engine, playback, policy, into)
    if recorder is not None and recorder.torn:
        sys.stderr.write(f"ramstock: {recorder.torn} torn bytes moved aside\n")
    started = time.perf_counter()
    code = 0
    try:
        if headless:
            _run_headless(playback)
        else:
            code = _screen(playback, recording, symbol)
    finally:
        if recorder is not None:
            recorder.close(_summary(recording, engine))
    if headless:
        _print(_report(recording, engine, policy, time.perf_counter() - started), as_json)
    if recorder is not None:
        sys.stderr.write(f"ramstock: recorded in {recorder.dir.path}\n")
    return code


def _recorder(
    recording: Recording, engine: Engine, playback: Playback, policy: str, into: Path | None
) -> Recorder | None:
    """Keys are recorded always, other replays when --into asks for it; an unsealed recording that
    stands there already is a run that died, and goes on."""
    if into is None and policy != "keys":
        return None
    path = into or _new_directory(recording)
    if (path / "market.rsm").exists():
        recorder = _resumed(path, engine, recording)
    else:
        header = recording.market
        recorder = Recorder.create(
            engine,
            path,
            session_id=header.session_id,
            date=header.session_date,
            mode=MODE_REPLAY,
            created_ns=time.time_ns(),
        )
    playback.record_into(recorder)
    return recorder


def _resumed(path: Path, engine: Engine, recording: Recording) -> Recorder:
    earlier = Recording(path)
    if earlier.market.session_id != recording.market.session_id:
        raise UsageError(f"{path}: holds another session; --into needs a new directory")
    if earlier.market.sealed:
        raise UsageError(f"{path}: is finished; --into needs a new directory")
    return Recorder.resume(engine, path, 0)


def _new_directory(recording: Recording) -> Path:
    base = settings.data_dir() / "replay"
    stem = f"{recording.market.session_date}-{recording.dir.path.name}"
    n = 1
    while (base / f"{stem}-{n}").exists():
        n += 1
    return base / f"{stem}-{n}"


def _run_headless(playback: Playback) -> None:
    while not playback.done:
        if not playback.step() and not playback.done:
            time.sleep(0.002)


def _screen(playback: Playback, recording: Recording, symbol: str | None) -> int:
    from ramstock_tui.host.serve import Server
    from ramstock_tui.host.views import Views
    from ramstock_tui.link.local import LocalLink
    from ramstock_tui.ui.run import run_cockpit

    views = Views(playback, clock_label="REPLAY CLOCK", selected=symbol or "")
    loaded = settings.load()
    link = LocalLink(Server(playback, views, time.monotonic_ns))
    reports = settings.state_dir()
    return run_cockpit(link, theme=loaded.ui.theme, fps=loaded.ui.fps, report_dir=reports)


def _summary(recording: Recording, engine: Engine) -> dict[str, Any]:
    return {
        "session": {
            "source": recording.dir.path.name,
            "decisions": len(engine.history),
            "decision_hash": summary.decision_hash(engine, "ledger"),
        }
    }
