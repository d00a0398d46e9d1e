"""`replay --verify` on a ledger that holds, but tells of another decision than the engine takes."""

from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.host.source import Recording
from ramstock_tui.journal.ledger_reader import read_ledger
from ramstock_tui.journal.lines import FIRST_HASH, pack_line
from tests.host.help import ramstock
from tests.host.scenes import alert
from tests.session_writer import Script

OWN = ("v", "n", "timestamp", "w", "h", "c")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded replay of one signal, with its ledger."""
    home = tmp_path_factory.mktemp("difference")
    script = Script()
    alert(script, script.stock("ONE"), "09:31:00")
    source = script.write(home / "source")
    words = ("--headless", "--speed", "max", "--into", home / "out")
    assert ramstock(home, "replay", source, *words).returncode == 0
    return home / "out"


def rewritten(path: Path, change: Any) -> int:
    """Applies `change` to the line of the signal, with checksums and chain that hold; its seq."""
    ledger, chain, seq, out = path / "ledger.jsonl", FIRST_HASH, 0, b""
    for line in list(read_ledger(ledger)):
        raw = dict(line.raw)
        wall, n = raw["w"], raw["n"]
        for key in OWN:
            del raw[key]
        if raw["kind"] == "signal":
            seq = raw["at"][0]
            change(raw)
        data, chain = pack_line(raw, n, wall, chain)
        out += data
    ledger.write_bytes(out)
    return seq


def copied(session: Path, to: Path) -> Path:
    to.mkdir()
    for file in session.iterdir():
        if file.is_file():
            (to / file.name).write_bytes(file.read_bytes())
    return to


def test_an_unchanged_copy_that_was_written_anew_matches(session: Path, tmp_path: Path) -> None:
    path = copied(session, tmp_path / "copy")
    rewritten(path, lambda raw: None)
    assert (path / "ledger.jsonl").read_bytes() == (session / "ledger.jsonl").read_bytes()
    assert ramstock(tmp_path, "replay", path, "--verify").returncode == 0


def test_a_changed_decision_is_told_with_sequence_both_sides_and_the_readings(
    session: Path, tmp_path: Path
) -> None:
    path = copied(session, tmp_path / "copy")
    seq = rewritten(path, lambda raw: raw.update(score=raw["score"] - 1.0))
    assert Recording(path).broken is None
    assert ramstock(tmp_path, "journal", "verify", path).returncode == 0
    done = ramstock(tmp_path, "replay", path, "--verify")
    assert done.returncode == 6
    assert done.stderr.startswith(f"ramstock: seq {seq}: expected Decision(")
    assert done.stderr.count("\n") == 1
    first, expected, actual, blank, head, *rest = done.stdout.splitlines()
    assert first == f"first difference: sequence {seq:,} at 09:31:08.4 New York"
    assert expected.startswith("expected  Decision(")
    assert actual.startswith("actual    Decision(")
    assert "'ONE', 80000" in expected
    assert "'ONE', 90000" in actual
    assert (blank, head.startswith("ONE at 09:31:08.4 New York, 2026-11-23")) == ("", True)
    assert "   ratio_3                  2.6061" in rest
    assert "   tape_count_3s            12 prints in 3 s" in rest
    assert not any(line.startswith("match") for line in rest)


def test_a_decision_that_the_replay_does_not_take_is_told_at_its_own_time(
    session: Path, tmp_path: Path
) -> None:
    path = copied(session, tmp_path / "copy")
    config = tmp_path / "strict.toml"
    config.write_text("[profiles.small_account]\nmin_score = 9.5\n")
    done = ramstock(tmp_path, "replay", path, "--verify", "--config", config)
    assert done.returncode == 6
    assert "ONE at 09:31:0" in done.stdout
    assert max(map(len, done.stdout.splitlines()[3:])) <= 80
