"""`ramstock replay DIR`: a session again, headless, on the screen, or into a new recording."""

import gc
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ramstock_tui import settings
from ramstock_tui.core.engine import BadRecord, Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.errors import JournalError, RamstockError, ReplayMismatch
from ramstock_tui.host import summary
from ramstock_tui.host.drive import POLICIES, replay
from ramstock_tui.host.recorder import Recorder, begun
from ramstock_tui.host.rewind import Rewind
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Input, Recording
from ramstock_tui.journal.codec import MODES
from ramstock_tui.plain import clean
from ramstock_tui.verbs import options
from ramstock_tui.verbs.difference import show
from ramstock_tui.verbs.options import UsageError

WHAT_IF_SHOWN = 60  # characters of it on screen
MODE_REPLAY = MODES.index("replay")


class OtherDecision(RamstockError):
    """Other rules decide otherwise: nothing is wrong with the recording."""

    exit_code = ReplayMismatch.exit_code

    def __init__(self, difference: ReplayMismatch, what_if: str) -> None:
        super().__init__(
            f"{what_if}: first decision that differs, seq {difference.seq}:"
            f" the session decided {difference.expected},"
            f" with these rules it is {difference.actual}"
        )


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
    changed: Sequence[str] = (),
) -> int:
    """Exit code 0; 1 a broken recording (what stands before the break was used; --verify forgives
    the torn end that a kill leaves), 6 a mismatch
    (--verify), 3 a broken configuration."""
    speed_pct = parse_speed(speed)
    recording = Recording(directory)
    changes = options.changes(changed)
    rules, note = options.rules_for(recording.rules, config, changes)
    if note:
        sys.stderr.write(f"ramstock: {note}\n")
    what_if = _what_if(recording, rules, config, changes)
    policy = confirm or recording.default_policy
    if policy not in POLICIES:
        raise UsageError(f"--confirm: expected {', '.join(POLICIES)}, was {confirm!r}")
    # the engine makes no cycles; the collector would only look at live tuples again and again
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        if verify:
            _verify(recording, rules, what_if)
        elif headless and into is None:
            _headless(recording, rules, policy, as_json)
        else:
            playback = _playback(recording, rules, policy, speed_pct, into, headless)
            playback.assume(what_if)
            code = _watch(playback, recording, headless, as_json, into, symbol, config)
            if code:
                return code
    except BadRecord as problem:
        raise JournalError(f"{recording.market.path}: {problem}") from problem
    if recording.broken is None:
        return 0
    if verify and recording.torn_end:
        sys.stderr.write(f"ramstock: torn by a kill: {recording.broken}\n")
        return 0
    raise JournalError(recording.broken)


def parse_speed(text: str) -> int:
    """`10` -> 1000 (per cent), `max` -> 0."""
    if text == "max":
        return 0
    return options.speed_pct(text, slowest=0.01, fastest=100_000)


def _what_if(
    recording: Recording, rules: Rules, config: Path | None, changes: dict[str, str]
) -> str:
    """How the rules differ from those of the session, in words; "" when they do not."""
    if rules == (recording.rules or settings.load().rules):
        return ""
    words = [f"{key}={value}" for key, value in changes.items()]
    words += [config.name] if config is not None else []
    return f"what if {clean(', '.join(words) or 'other settings', WHAT_IF_SHOWN)}"


def _headless(recording: Recording, rules: Rules, policy: str, as_json: bool) -> None:
    if policy == "keys":
        raise UsageError("--confirm keys needs a screen or --into; there is nobody to press one")
    started = time.perf_counter()
    engine = replay(
        rules, _inputs(recording, rules, policy), policy, end_ts=lambda: recording.end_ts
    )
    _print(_report(recording, engine, policy, time.perf_counter() - started), as_json)


def _inputs(recording: Recording, rules: Rules, policy: str) -> Iterator[Input]:
    """What a replay is fed with: the commands of the ledger or none."""
    as_it_was = policy == recording.default_policy and rules == recording.rules
    return recording.inputs(with_commands=policy == "ledger", as_it_was=as_it_was)


def _report(recording: Recording, engine: Engine, policy: str, elapsed_s: float) -> dict[str, Any]:
    return {
        "events": recording.events,
        "symbols": sorted(engine.by_ticker),
        "first_ts": recording.first_ts,
        "last_ts": recording.last_ts,
        "elapsed_s": round(elapsed_s, 6),
        "events_per_s": round(recording.events / elapsed_s) if elapsed_s else 0,
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
            shadow = "not confirmed, would be " if outcome.get("shadow") else ""
            out(f"  {shadow}{outcome.get('label', 'open')} {outcome.get('net_usd') or ''}\n")
        for reason, count in lane["rejects"].items():
            out(f"  not: {reason} {count}\n")
    out(f"decision hash {report['decision_hash']}\n")


def _verify(recording: Recording, rules: Rules, what_if: str) -> None:
    if recording.rules is None:
        raise UsageError(f"{recording.dir.path}: an import has no ledger to compare with")
    policy = recording.default_policy
    as_it_was = rules == recording.rules
    inputs = recording.inputs(with_commands=True, as_it_was=as_it_was)
    engine = replay(rules, inputs, "ledger", end_ts=lambda: recording.end_ts)
    # after a power cut the ledger may be ahead of the market file; what is missing there can
    # neither be repeated nor contradict anything
    known = [d for d in recording.decisions if d.seq <= recording.last_seq]
    if recording.broken is not None:
        known = [d for d in known if d.ts <= recording.last_ts]
    ahead = len(recording.decisions) - len(known)
    try:
        extra = summary.compare(engine.history, known)
    except ReplayMismatch as difference:
        midnight_ns = engine.session.midnight_ns if engine.session is not None else 0
        show(recording.dir.path, rules, difference, midnight_ns)
        if not what_if:
            raise
        raise OtherDecision(difference, what_if) from None
    note = f", {extra} decided at the end and not written" if extra else ""
    note += f", ledger ahead by {ahead} decisions" if ahead else ""
    if what_if:
        sys.stdout.write(f"{what_if}: no decision changes\n")
    sys.stdout.write(f"match: {len(known)} decisions{note}\n")
    sys.stdout.write(f"decision hash {summary.decision_hash(engine, policy)}\n")


# watched and recorded ---------------------------------------------------------------------------
def _playback(
    recording: Recording,
    rules: Rules,
    policy: str,
    speed_pct: int,
    into: Path | None,
    headless: bool,
) -> Playback:
    """One that can jump, or one that is going to be recorded."""
    clock = time.monotonic_ns
    if into is None and policy != "keys":
        as_it_was = policy == recording.default_policy and rules == recording.rules
        rewind = Rewind(recording, rules, policy, clock, as_it_was=as_it_was)
        return Playback.over(rewind, clock, speed_pct)
    inputs = recording.inputs(with_commands=policy == "ledger", as_it_was=False)
    engine = Engine(rules, observe=not headless)
    return Playback(engine, inputs, policy, clock, speed_pct, recording)


def _watch(
    playback: Playback,
    recording: Recording,
    headless: bool,
    as_json: bool,
    into: Path | None,
    symbol: str | None,
    config: Path | None,
) -> int:
    engine, policy = playback.engine, playback.policy
    recorder = _recorder(recording, engine, playback, policy, into)
    if recorder is not None and recorder.torn:
        sys.stderr.write(f"ramstock: {recorder.torn} torn bytes moved aside\n")
    started = time.perf_counter()
    try:
        code = _run_headless(playback) if headless else _screen(playback, symbol, config)
    except BaseException:
        if recorder is not None:
            recorder.abandon()  # it can go on from here
        raise
    if recorder is not None:
        recorder.close(_summary(recording, recorder, engine))
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
    if begun(path):
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
    if earlier.rules != engine.rules:
        raise UsageError(f"{path}: was begun under other rules; --into needs a new directory")
    return Recorder.resume(engine, path, 0)


def _new_directory(recording: Recording) -> Path:
    base = settings.data_dir() / "replay"
    stem = f"{recording.market.session_date}-{recording.dir.path.name}"
    n = 1
    while (base / f"{stem}-{n}").exists():
        n += 1
    return base / f"{stem}-{n}"


def _run_headless(playback: Playback) -> int:
    while not playback.done:
        if not playback.step() and not playback.done:
            time.sleep(0.002)
    return 0


def _screen(playback: Playback, symbol: str | None, config: Path | None) -> int:
    from ramstock_tui.host.serve import Server
    from ramstock_tui.host.views import Views
    from ramstock_tui.link.local import LocalLink
    from ramstock_tui.ui.run import run_cockpit

    look = settings.load_ui(config=config)
    server = Server(playback, lambda: Views(playback, selected=symbol or ""), time.monotonic_ns)
    link = LocalLink(server)
    reports = settings.state_dir()
    return run_cockpit(link, theme=look.theme, fps=look.fps, report_dir=reports)


def _summary(recording: Recording, recorder: Recorder, engine: Engine) -> dict[str, Any]:
    return {
        "session": {
            "source": recording.dir.path.name,
            "decisions": len(engine.history),
            "decision_hash": summary.decision_hash(
                engine, Recording(recorder.dir.path).default_policy
            ),
        }
    }
