"""One directory, one writer, one description."""

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.errors import JournalError
from ramstock_tui.journal.session_dir import SessionDir, SessionHeld
from tests.journal.journal_help import UNSYNCED, FaultyDisk, writer

ROOT = Path(__file__).parent.parent.parent


def test_a_new_session_directory_is_private(tmp_path: Path) -> None:
    session = SessionDir.create(tmp_path / "shadow" / "2026-11-23")
    assert session.path.stat().st_mode & 0o777 == 0o700
    assert session.path.parent.stat().st_mode & 0o777 == 0o700
    assert session.market == session.path / "market.rsm"
    assert session.ledger == session.path / "ledger.jsonl"
    assert session.toml == session.path / "session.toml"


def test_an_empty_directory_is_taken_and_made_private(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir(mode=0o755)
    assert SessionDir.create(tmp_path / "s").path.stat().st_mode & 0o777 == 0o700


def test_what_is_not_a_fresh_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "x").write_text("")
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for name, why in (
        ("used", "holds files already"),
        ("file", "not a directory"),
        ("link", "not a directory"),
        ("file/below", "cannot be created"),
    ):
        with pytest.raises(JournalError, match=f"{name}.*{why}"):
            SessionDir.create(tmp_path / name)


def test_opening_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for name, why in (
        ("file", "is a file; name the session directory"),
        ("none", "no such directory"),
        ("empty", "holds no market.rsm"),
    ):
        with pytest.raises(JournalError, match=why):
            SessionDir.open(tmp_path / name)
    writer(tmp_path / "empty" / "market.rsm").close()
    assert SessionDir.open(tmp_path / "empty").path == tmp_path / "empty"


HOLD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ramstock_tui.journal.session_dir import SessionDir
lease = SessionDir(Path(sys.argv[1])).lock({"version": "0.1.0", "start": "14:31"})
print("held", flush=True)
sys.stdin.read()
"""


def test_given_a_holder_then_a_second_is_refused_until_it_is_killed(tmp_path: Path) -> None:
    session = SessionDir.create(tmp_path / "s")
    assert session.holder() is None
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(session.path), str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert session.holder() == {"pid": str(holder.pid), "version": "0.1.0", "start": "14:31"}
        with pytest.raises(SessionHeld, match=f"held by process {holder.pid}") as caught:
            session.lock()
        assert caught.value.exit_code == 8
        holder.kill()
        holder.wait()
        assert session.holder() is None
        with session.lock() as lease:
            lease.relabel({"pid": 1, "socket": "/run/x"})
            assert session.holder() == {"pid": "1", "socket": "/run/x"}
        assert session.holder() is None


def test_a_lock_file_that_is_a_symlink_is_refused(tmp_path: Path) -> None:
    session = SessionDir.create(tmp_path / "s")
    target = tmp_path / "mine"
    target.write_text("keep")
    session.lock_file.symlink_to(target)
    with pytest.raises(JournalError, match=r"session\.lock"):
        session.lock()
    assert target.read_text() == "keep"


_scalars = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
_keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_tables = st.recursive(
    st.dictionaries(_keys, _scalars | st.lists(_scalars, max_size=3), max_size=4),
    lambda inner: st.dictionaries(_keys, inner | _scalars, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(values=_tables)
def test_given_any_values_when_written_then_they_are_read_back(
    values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    session = SessionDir.create(tmp_path_factory.mktemp("toml") / "s")
    session.write_toml({"old": 1}, disk=UNSYNCED)
    session.write_toml(values, disk=UNSYNCED)
    assert session.read_toml() == values
    assert repr(sorted(session.read_toml().items())) == repr(sorted(values.items())) or any(
        isinstance(value, dict) for value in values.values()
    )
    assert [path.name for path in session.path.iterdir()] == ["session.toml"]
    assert not any(0 <= byte < 32 and byte != 10 for byte in session.toml.read_bytes())


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), b"x", {1}, "\ud800"])
def test_a_value_without_a_place_in_toml_is_refused(value: object, tmp_path: Path) -> None:
    session = SessionDir.create(tmp_path / "s")
    session.write_toml({"a": 1})
    with pytest.raises(JournalError, match=r"session\.toml"):
        session.write_toml({"table": {"key": value}})
    with pytest.raises(JournalError, match=r"session\.toml"):
        session.write_toml({"list": [value]})
    assert session.read_toml() == {"a": 1}


@pytest.mark.parametrize(
    "data", [b"a = ", b"\xff", b"a = 1\na = 2", b"a = " + b"[" * 50_000, b"#" * (2 << 20)]
)
def test_a_broken_description_is_named(data: bytes, tmp_path: Path) -> None:
    session = SessionDir.create(tmp_path / "s")
    with pytest.raises(JournalError, match="no such file"):
        session.read_toml()
    session.toml.write_bytes(data)
    with pytest.raises(JournalError, match=r"session\.toml: "):
        session.read_toml()


def test_given_a_full_disk_then_the_old_description_stands(tmp_path: Path) -> None:
    session = SessionDir.create(tmp_path / "s")
    session.write_toml({"a": 1})
    for call in range(1, 12):
        disk = FaultyDisk()
        disk.fail_at, disk.error = call, errno.ENOSPC
        try:
            session.write_toml({"a": 2}, disk=disk)
        except JournalError:
            assert session.read_toml()["a"] in (1, 2)
        else:
            break
    assert call > 4
    assert session.read_toml() == {"a": 2}
