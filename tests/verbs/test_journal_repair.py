"""`ramstock journal verify` and `repair`: told as it is, moved aside and never dropped."""

import hashlib
import json
from pathlib import Path

import pytest

from ramstock_tui.errors import JournalError
from ramstock_tui.journal.check import check
from ramstock_tui.journal.session_dir import SessionDir, SessionHeld
from ramstock_tui.verbs.journal import repair, verify
from tests.host.help import ramstock
from tests.host.scenes import morning
from tests.host.test_replay_verb import recorded
from tests.verbs.journal_sessions import small


@pytest.fixture
def torn(tmp_path: Path) -> SessionDir:
    """Both files end within their last line or block."""
    where = small(tmp_path / "session")
    for path in (where.ledger, where.market):
        path.write_bytes(path.read_bytes()[:-9])
    return where


def sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_whole_session_is_ok_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for sealed, state in ((False, "open"), (True, "sealed")):
        where = small(tmp_path / state, sealed=sealed)
        assert verify.run(where.path, as_json=False) == 0
        assert capsys.readouterr().out == f"ok: 4 ledger lines, 43 market records, {state}\n"


def test_torn_ends_are_named_and_repair_is_offered(torn: SessionDir) -> None:
    done = ramstock(torn.path.parent, "journal", "verify", torn.path)
    assert (done.returncode, done.stderr) == (1, "")
    first, ledger, market, *_ = done.stdout.splitlines()
    assert first == "2 problems; its whole part: 3 ledger lines, 0 market records, open"
    assert ledger.startswith("  ledger.jsonl: line 4 (byte ")
    assert ledger.endswith(
        "torn: it has no newline (torn end; `ramstock journal repair` moves it aside)"
    )
    assert market.startswith("  market.rsm: block 1 (byte 64): expected ")


def test_the_json_of_verify_has_every_finding(
    torn: SessionDir, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.run(torn.path, as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["state"], report["finding_count"]) == (False, "open", 2)
    assert [(f["file"], f["line"], f["block"], f["torn"]) for f in report["findings"]] == [
        ("ledger.jsonl", 4, None, True),
        ("market.rsm", None, 1, True),
    ]


def test_torn_ends_are_moved_aside_byte_for_byte_and_the_session_is_whole(
    torn: SessionDir, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in (torn.ledger, torn.market)}
    assert repair.run(torn.path, dry_run=False) == 0
    out = capsys.readouterr().out
    assert "torn bytes moved to ledger.torn-1\n" in out
    assert "torn bytes moved to market.torn-1\n" in out
    for path, data in before.items():
        side = path.with_name(f"{path.stem}.torn-1")
        assert path.read_bytes() + side.read_bytes() == data
    assert check(torn.path).ok
    assert repair.run(torn.path, dry_run=False) == 0
    assert not list(torn.path.glob("*.torn-2"))


def test_a_dry_run_says_so_and_changes_nothing(
    torn: SessionDir, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sums(torn.path)
    assert repair.run(torn.path, dry_run=True) == 0
    assert capsys.readouterr().out.count("would be moved aside") == 2
    assert sums(torn.path) == before


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_given_a_holder_then_the_exit_code_is_8_and_nothing_changes(
    torn: SessionDir, words: tuple[str, ...]
) -> None:
    with torn.lock():
        before = sums(torn.path)
        done = ramstock(torn.path.parent, "journal", "repair", torn.path, *words)
        assert (done.returncode, done.stdout) == (8, "")
        assert "held by process" in done.stderr
        assert sums(torn.path) == before
        with pytest.raises(SessionHeld):
            repair.run(torn.path, dry_run=False)


def test_damage_before_the_end_is_reported_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = small(tmp_path / "s")
    where.ledger.write_bytes(where.ledger.read_bytes().replace(b'"stall"', b'"stalk"')[:-5])
    where.market.write_bytes(where.market.read_bytes()[:-9])
    before = where.ledger.read_bytes()
    for dry_run in (True, False):
        assert repair.run(where.path, dry_run=dry_run) == 1
        assert "checksum does not hold: stays as it is" in capsys.readouterr().out
        assert where.ledger.read_bytes() == before
    assert where.market.with_name("market.torn-1").exists()


def test_a_sealed_file_is_never_cut(tmp_path: Path) -> None:
    where = small(tmp_path / "s", sealed=True)
    data = where.market.read_bytes()[:-3]
    where.market.write_bytes(data)
    assert repair.run(where.path, dry_run=False) == 1
    assert where.market.read_bytes() == data


def test_a_link_in_place_of_the_ledger_is_not_written_through(torn: SessionDir) -> None:
    real = torn.path.parent / "elsewhere.jsonl"
    torn.ledger.rename(real)
    torn.ledger.symlink_to(real)
    data = real.read_bytes()
    with pytest.raises(JournalError, match="is a symlink"):
        repair.run(torn.path, dry_run=False)
    assert real.read_bytes() == data


def test_a_host_that_died_torn_is_repaired_replays_and_goes_on(tmp_path: Path) -> None:
    source, out = morning().write(tmp_path / "source"), tmp_path / "out"
    recorded(source, out, "all", stop=600)
    where = SessionDir(out)
    for path in (where.ledger, where.market):
        path.write_bytes(path.read_bytes()[:-11])
    done = ramstock(tmp_path, "replay", out, "--verify")
    assert (done.returncode, "torn by a kill" in done.stderr) == (0, True)
    assert ramstock(tmp_path, "journal", "repair", out).returncode == 0
    done = ramstock(tmp_path, "replay", out, "--verify")
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "match")
    recorded(source, out, "all")
    report = check(out)
    assert (report.ok, report.sealed) == (True, True)
    assert ramstock(tmp_path, "replay", out, "--verify").returncode == 0


def test_the_summary_of_a_recorded_session_agrees_with_its_ledger(tmp_path: Path) -> None:
    source, out = morning().write(tmp_path / "source"), tmp_path / "out"
    recorded(source, out, "all", stop=600)
    words = ["--headless", "--into", out, "--confirm", "all"]
    assert ramstock(tmp_path, "replay", source, *words).returncode == 0
    assert SessionDir(out).read_toml()["session"]["decisions"] == check(out).decisions > 40
    assert check(out).ok
