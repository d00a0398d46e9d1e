"""Where hosts are found, and what is not trusted there."""

import os
from pathlib import Path

import pytest

from ramstock_tui.errors import RamstockError
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import places


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "ramstock"


def test_the_folder_is_made_private_in_the_runtime_directory(folder: Path) -> None:
    assert places.run_dir(Path("/nowhere")) == folder
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("runtime", ["", "relative/path"])
def test_without_a_runtime_directory_it_is_in_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    assert places.run_dir(tmp_path / "state") == tmp_path / "state" / "run"


def test_a_folder_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "real")
    with pytest.raises(RamstockError, match="is not a real directory"):
        places.run_dir(Path("/nowhere"))


@pytest.mark.parametrize("mode", [0o777, 0o701, 0o740])
def test_a_folder_that_others_can_enter_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(RamstockError, match="open to other users"):
        places.run_dir(Path("/nowhere"))


def test_a_folder_of_somebody_else_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(RamstockError, match=r"belongs to user .*, not to you"):
        places.run_dir(Path("/nowhere"))


def test_a_place_that_cannot_be_made_is_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    with pytest.raises(RamstockError, match="cannot be used"):
        places.run_dir(Path("/nowhere"))


def session(tmp_path: Path, name: str) -> SessionDir:
    (tmp_path / name).mkdir()
    return SessionDir(tmp_path / name)


def note(folder: Path, directory: Path) -> Path:
    path = folder / f"{places.name_of(directory)}.host"
    path.write_bytes(os.fsencode(directory) + b"\n")
    return path


def test_living_hosts_are_listed_and_what_dead_ones_left_is_removed(
    folder: Path, tmp_path: Path
) -> None:
    run_dir = places.run_dir(tmp_path)
    alive, dead = session(tmp_path, "alive"), session(tmp_path, "dead")
    kept, left = note(run_dir, alive.path), note(run_dir, dead.path)
    left.with_suffix(".sock").write_text("")
    dead.lock({"socket": "/gone"}).release()
    with alive.lock({"socket": "/run/s", "mode": "demo"}):
        (found,) = places.hosts(run_dir)
    assert (found.directory, found.pid, found.socket) == (alive.path, os.getpid(), Path("/run/s"))
    assert found.label["mode"] == "demo"
    assert [one.name for one in run_dir.iterdir()] == [kept.name]


@pytest.mark.parametrize("text", [b"", b"\0", b"/no/such/place", b"\xff\xfe", b"x" * 5000])
def test_a_note_that_names_no_session_is_removed(folder: Path, tmp_path: Path, text: bytes) -> None:
    run_dir = places.run_dir(tmp_path)
    (run_dir / "bad.host").write_bytes(text)
    assert places.hosts(run_dir) == []
    assert list(run_dir.iterdir()) == []


def test_a_host_that_starts_has_no_socket_yet(tmp_path: Path) -> None:
    one = session(tmp_path, "one")
    assert places.host_of(one.path) is None
    with one.lock():
        found = places.host_of(one.path)
    assert found is not None
    assert found.socket is None


def test_names_differ_for_equal_last_folders_and_hold_nothing_strange() -> None:
    one = places.name_of(Path("/a/demo/2026-11-23-1-1"))
    other = places.name_of(Path("/b/demo/2026-11-23-1-1"))
    assert one.startswith("demo-2026-11-23-1-1-")
    assert one != other
    strange = places.name_of(Path("/x/../é \x1b[0m/" + "y" * 300))
    assert len(strange) <= 50
    assert all(c.isascii() and (c.isalnum() or c in "-_") for c in strange)
