"""What a restart owes to the ledger: a change that was not told, a lock that was not obeyed."""

from pathlib import Path

import pytest

from ramstock_tui import settings
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import SESSION, Lock, PauseAlerts
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Chunk, Recording
from tests.core.sessions import blob_row, rules
from tests.host.help import ran_from
from tests.session_writer import DATE, MS, at, opened

S = 1_000 * MS
TS = at("09:31:00")
TIGHTER = settings.load(env={}, overrides={"profiles.small_account.throttle.per_day": 2}).rules
LOOSER = settings.load(env={}, overrides={"profiles.small_account.throttle.per_day": 9}).rules


def begun(out: Path) -> Recorder:
    recorder = Recorder.create(
        Engine(rules()), out, session_id=b"0" * 16, date=DATE, mode=0, created_ns=TS
    )
    row, blob = blob_row(TS, 0, SESSION, opened())
    recorder.rows(Chunk(0, [row], blob))
    return recorder


def without_last_line(out: Path, kind: str) -> None:
    """As a kill leaves it that came before this line was written."""
    ledger = out / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    assert f'"kind":"{kind}"'.encode() in lines[-1]
    ledger.write_bytes(b"".join(lines[:-1]))


def matches(out: Path, engine: Engine) -> None:
    again = ran_from(out, "ledger")
    assert [d.hashed() for d in again.history] == [d.hashed() for d in engine.history]
    assert [x.state.dump() for x in again.lanes] == [x.state.dump() for x in engine.lanes]
    assert again.rules == engine.rules


def test_a_lock_that_was_written_down_and_not_yet_obeyed_locks(tmp_path: Path) -> None:
    out = tmp_path / "out"
    recorder = begun(out)
    recorder.command(None, TS + S, Lock())
    recorder.abandon()
    without_last_line(out, "lock")
    engine = Engine(rules())
    Recorder.resume(engine, out, TS + 2 * S).abandon()
    assert set(engine.acting.state.locks) == {"manual"}
    assert [command for _, _, command in Recording(out).commands] == [Lock(), Lock()]
    matches(out, engine)
    engine = Engine(rules())
    Recorder.resume(engine, out, TS + 3 * S).abandon()
    assert len(Recording(out).commands) == 2
    matches(out, engine)


def test_another_command_that_was_not_obeyed_is_not_repeated(tmp_path: Path) -> None:
    out = tmp_path / "out"
    recorder = begun(out)
    recorder.command(None, TS + S, PauseAlerts(True))
    recorder.abandon()
    without_last_line(out, "pause")
    engine = Engine(rules())
    Recorder.resume(engine, out, TS + 2 * S).abandon()
    assert engine.acting.state.alerts_off == 0
    matches(out, engine)


def test_a_change_that_acts_and_was_not_told_is_told_at_the_next_restart(tmp_path: Path) -> None:
    out = tmp_path / "out"
    begun(out).abandon()
    Recorder.resume(Engine(rules()), out, TS + S, TIGHTER).abandon()
    without_last_line(out, "limits")
    engine = Engine(rules())
    Recorder.resume(engine, out, TS + 2 * S, TIGHTER).abandon()
    assert engine.acting.profile.throttle.per_day == 2
    (said,) = [d for d in Recording(out).decisions if d.kind == "limits"]
    assert said.body["now"] == ["small_account.throttle.per_day 6 -> 2"]
    matches(out, engine)


@pytest.mark.parametrize("wanted", [TIGHTER, LOOSER])
def test_the_same_settings_are_told_once(tmp_path: Path, wanted: Rules) -> None:
    out = tmp_path / "out"
    begun(out).abandon()
    for n in range(1, 4):
        engine = Engine(rules())
        Recorder.resume(engine, out, TS + n * S, wanted).abandon()
    assert len([d for d in Recording(out).decisions if d.kind == "limits"]) == 1
    matches(out, engine)


def test_settings_that_are_put_back_are_told_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    begun(out).abandon()
    for n, wanted in enumerate((LOOSER, TIGHTER, rules(), rules()), start=1):
        engine = Engine(rules())
        Recorder.resume(engine, out, TS + n * S, wanted).abandon()
    key = "small_account.throttle.per_day"
    said = [
        (d.body["now"], d.body["later"]) for d in Recording(out).decisions if d.kind == "limits"
    ]
    assert said == [([], [f"{key} 6 -> 9"]), ([f"{key} 6 -> 2"], []), ([], [f"{key} 2 -> 6"])]
    matches(out, engine)
