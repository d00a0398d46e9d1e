"""`ramstock phase`: shows what was earned, lowers by hand, also in a session that runs."""

import json
import tempfile
from pathlib import Path

import msgspec
import pytest

from ramstock_tui.core.records import LowerPhase
from ramstock_tui.host.account import Account, AccountFile
from ramstock_tui.host.source import Recording
from ramstock_tui.link import schema as m
from ramstock_tui.verbs import phase
from tests.host.help import ramstock
from tests.host.test_account_day import days
from tests.host.wire_screen import Host, Screen


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an account in phase 2."""
    file = AccountFile(tmp_path / "ramstock", "shadow")
    file.take()
    found = days(20261102, 15, signals=50, wins=30)
    account = Account("shadow", phase=2, since=20261102, judged=20261120, days=tuple(found))
    file.write(account)
    file.release()
    return tmp_path


def run(home: Path, *words: str) -> tuple[int, str, str]:
    done = ramstock(home, "phase", *words, RAMSTOCK_DATA=str(home))
    return done.returncode, done.stdout, done.stderr


def test_it_shows_phase_evidence_and_what_is_missing(home: Path) -> None:
    code, out, err = run(home)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "shadow: phase 2, since 20261102"
    assert lines[1] == "labelled signals 50, wins 30 (60.0 % [46.2, 72.4])"
    assert lines[2] == "phase 3 needs 10 trading days: no  (0)"
    report = json.loads(run(home, "--json")[1])
    assert (report["phase"], report["signals"], report["interval_pct"]) == (2, 50, [46.2, 72.4])
    assert report["next"][1] == {"need": "$200 a week on average", "holds": False, "have": "$0.00"}


def test_without_any_session_it_is_phase_1(tmp_path: Path) -> None:
    assert run(tmp_path)[:2] == (
        0,
        "shadow: phase 1, since no session yet\n"
        "labelled signals 0, wins 0\n"
        "phase 2 needs 50 labelled signals: no  (0)\n"
        "phase 2 needs 60 % wins: no  (none)\n"
        "phase 2 needs net of signals not below $0: yes ($0.00)\n"
        "phase 2 needs 2 calendar weeks: no  (0 days)\n",
    )


def test_by_hand_it_only_falls(home: Path) -> None:
    assert run(home, "lower", "1")[:2] == (0, "shadow: phase 2 -> 1, from the next session\n")
    code, out, err = run(home, "lower", "1")
    assert (code, out) == (2, "")
    assert "phase 1 is not below phase 1: by hand it only falls" in err
    assert run(home, "lower", "2")[0] == 2
    assert run(home, "lower", "3")[0] == 2
    account = AccountFile(home / "ramstock", "shadow").read()
    assert account is not None
    assert [(c.before, c.after, c.why) for c in account.changes] == [(2, 1, "lowered by hand")]


def test_a_damaged_account_is_said_and_not_taken_for_phase_1(home: Path) -> None:
    path = home / "ramstock" / "account" / "shadow.json"
    path.write_bytes(b"x" + path.read_bytes())
    code, out, err = run(home)
    assert code == 0
    assert "its checksum does not hold" in err
    assert out.startswith("shadow: phase 1, since no session yet")
    damaged = path.read_bytes()
    assert run(home, "lower", "0")[0] == 1
    assert path.read_bytes() == damaged


def test_another_folder_for_sessions_is_still_the_same_account(home: Path) -> None:
    elsewhere = ramstock(home, "phase", RAMSTOCK_DATA=str(home / "elsewhere"))
    assert elsewhere.stdout == run(home)[1]
    assert "phase 2" in elsewhere.stdout


def test_a_running_session_hears_of_it_and_writes_it_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A demo host stands for one of the account; the pen goes back to the screen that had it."""
    with tempfile.TemporaryDirectory(prefix="rt-") as runtime:
        monkeypatch.setenv("RAMSTOCK_DATA", str(tmp_path))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        file = AccountFile(tmp_path / "ramstock", "demo")
        file.take()
        out = tmp_path / "demo" / "one"
        with Host(tmp_path, out, "--symbols", "4", XDG_RUNTIME_DIR=runtime) as host:
            screen = Screen(host.socket())
            assert screen.status().phase == 3
            assert phase.lower("demo", 1) == 0
            assert capsys.readouterr().out == "demo: phase 3 -> 1\n"
            assert [screen.of(m.Pen).role, screen.of(m.Pen).role] == ["reader", "writer"]
            assert screen.status().phase == 1
            with pytest.raises(phase.NotLower, match="phase 2 is not below phase 1"):
                phase.lower("demo", 2)
        file.release()
    (written,) = [c for _, _, c in Recording(out).commands if c == LowerPhase(1)]
    assert written


def test_an_account_of_a_later_program_is_refused_by_name(home: Path) -> None:
    file = AccountFile(home / "ramstock", "shadow")
    account = file.read()
    assert account is not None
    file.take()
    file.write(msgspec.structs.replace(account, version=9))
    file.release()
    assert "is of mode shadow, version 9" in run(home)[2]
