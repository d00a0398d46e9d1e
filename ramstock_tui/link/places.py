"""Where running hosts are found: one private folder with a note and a socket for each.

`$XDG_RUNTIME_DIR/ramstock/`, else `<state dir>/run/` (rulings 2). A note `NAME.host` holds the
session directory; whether that host lives is said by the flock in the session directory alone, and
where its socket is by the text of that lock file.
"""

import contextlib
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from ramstock_tui.errors import JournalError, RamstockError
from ramstock_tui.journal.session_dir import SessionDir

SOCKET_PATH_MAX = 100  # bytes; the kernel takes 107


@dataclass(frozen=True)
class HostEntry:
    """One living host. socket: None while it starts. label: text of its lock file."""

    name: str
    directory: Path
    pid: int
    socket: Path | None
    label: dict[str, str]


def run_dir(state_dir: Path) -> Path:
    """The folder of notes and sockets, made 0700 when missing. Raises RamstockError when it is a
    symlink, belongs to somebody else or is open to others."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime) / "ramstock" if os.path.isabs(runtime) else state_dir / "run"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_private(folder)
    except OSError as problem:
        raise RamstockError(f"{folder}: cannot be used: {problem.strerror}") from problem
    return folder


def check_private(folder: Path) -> None:
    """Raises RamstockError unless it is a real folder of ours that nobody else can enter."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise RamstockError(f"{folder}: is not a real directory")
    if found.st_uid != os.geteuid():
        raise RamstockError(f"{folder}: belongs to user {found.st_uid}, not to you")
    if found.st_mode & 0o077:
        raise RamstockError(f"{folder}: is open to other users; expected mode 0700")


def name_of(directory: Path) -> str:
    """The name of a session's note and socket: its last two folders and a checksum of all."""
    words = "-".join(directory.parts[-2:])
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in words)
    return f"{safe[:40]}-{zlib.crc32(os.fsencode(directory)):08x}"


def hosts(folder: Path) -> list[HostEntry]:
    """Every living host by name. Notes of dead ones are removed, and sockets beside them."""
    found = []
    for note in sorted(folder.glob("*.host")):
        entry = _entry(note)
        if entry is not None:
            found.append(entry)
            continue
        for leftover in (note, note.with_suffix(".sock")):
            with contextlib.suppress(OSError):
                leftover.unlink()
    return found


def host_of(directory: Path) -> HostEntry | None:
    """The living host of a session directory, None when there is none."""
    label = SessionDir(directory).holder()
    if label is None:
        return None
    socket = label.get("socket", "")
    pid = label.get("pid", "")
    return HostEntry(
        name=name_of(directory),
        directory=directory,
        pid=int(pid) if pid.isdecimal() else 0,
        socket=Path(socket) if socket else None,
        label=label,
    )


def _entry(note: Path) -> HostEntry | None:
    try:
        return host_of(Path(os.fsdecode(note.read_bytes().strip())))
    except (OSError, ValueError, JournalError):
        return None
