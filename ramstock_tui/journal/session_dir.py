"""The directory of one session: its files by name, its lease, its description."""

import fcntl
import math
import os
import re
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ramstock_tui.errors import JournalError
from ramstock_tui.journal.disk import DISK, Disk, create_file, open_file

HOST_LOG = "host.log"  # what a host prints; it may be there before the session
MAX_TOML = 1 << 20  # bytes of a session.toml that is read
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LABEL_BYTES = 4096
_TRIES = 5


class SessionHeld(JournalError):
    """Another process writes this session. pid: as its label says, "" when it says none."""

    exit_code = 8

    def __init__(self, path: Path, pid: str) -> None:
        super().__init__(f"{path}: the session is held by process {pid or '(unknown)'}")
        self.pid = pid


class Lease:
    """The right to write a session, until released or the process ends. The kernel holds it: a
    killed holder leaves nothing behind. Also a context manager."""

    def __init__(self, path: Path, fd: int) -> None:
        """For `SessionDir.lock`."""
        self.path = path
        self._fd = fd

    def take(self) -> bool:
        """Try to get it; False when another process has it."""
        for _ in range(_TRIES):
            if self._flock(fcntl.LOCK_EX):
                return True
            time.sleep(0.01)  # `is_free` of another process has it for an instant
        return self._flock(fcntl.LOCK_EX)

    def is_free(self) -> bool:
        """Could it be had now? Looking takes it for an instant."""
        return self._flock(fcntl.LOCK_SH)

    def label(self) -> dict[str, str]:
        """What the lock file says about the holder."""
        lines = os.pread(self._fd, _LABEL_BYTES, 0).decode(errors="replace").splitlines()
        pairs = (line.partition("=") for line in lines)
        return {key: value[1:-1] for key, _, value in pairs}

    def relabel(self, label: Mapping[str, str | int]) -> None:
        """Replace the text in the lock file; it informs people and other starts, nothing more."""
        text = "".join(f'{key}="{value}"\n' for key, value in label.items())
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, text.encode()[:_LABEL_BYTES], 0)
        except OSError as problem:
            raise JournalError(f"{self.path}: cannot be labelled: {problem.strerror}") from problem

    def release(self) -> None:
        """Give the session free; again: nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _flock(self, how: int) -> bool:
        try:
            fcntl.flock(self._fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as problem:
            raise JournalError(f"{self.path}: cannot be locked: {problem.strerror}") from problem
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class SessionDir:
    """Paths of one session. Errors are JournalError and name the path."""

    def __init__(self, path: Path) -> None:
        """Names only; `create` and `open` look at the disk."""
        self.path = path
        self.market = path / "market.rsm"
        self.ledger = path / "ledger.jsonl"
        self.toml = path / "session.toml"
        self.lock_file = path / "session.lock"

    @classmethod
    def create(cls, path: Path) -> "SessionDir":
        """A new session directory, 0700; an empty one that stands already is taken."""
        try:
            _make_private(path.parent)
            try:
                path.mkdir(mode=0o700)
            except FileExistsError:
                if path.is_symlink() or not path.is_dir():
                    raise JournalError(f"{path}: is not a directory") from None
                if any(found.name != HOST_LOG for found in path.iterdir()):
                    raise JournalError(f"{path}: holds files already; sessions are new") from None
            path.chmod(0o700)
        except OSError as problem:
            raise JournalError(f"{path}: cannot be created: {problem.strerror}") from problem
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> "SessionDir":
        """An existing session; it needs a `market.rsm`."""
        if path.is_file():
            raise JournalError(f"{path}: is a file; name the session directory it stands in")
        if not path.is_dir():
            raise JournalError(f"{path}: no such directory")
        self = cls(path)
        if not self.market.exists():
            raise JournalError(f"{path}: holds no {self.market.name}, so it is no session")
        return self

    def lock(self, label: Mapping[str, str | int] | None = None) -> Lease:
        """Take the session for writing. The lock file's text: pid, and what `label` adds (start,
        version, socket). Raises SessionHeld, exit code 8, when another process has it."""
        lease = Lease(self.lock_file, self._open_lock())
        try:
            if not lease.take():
                raise SessionHeld(self.path, lease.label().get("pid", ""))
            lease.relabel({"pid": os.getpid(), **(label or {})})
        except JournalError:
            lease.release()
            raise
        return lease

    def holder(self) -> dict[str, str] | None:
        """The label of the process that holds the session; None when nobody does."""
        if not self.lock_file.exists():
            return None
        with Lease(self.lock_file, self._open_lock()) as probe:
            return None if probe.is_free() else probe.label()

    def write_toml(self, values: Mapping[str, Any], *, disk: Disk = DISK) -> None:
        """Replace `session.toml` as a whole: strings, numbers, booleans, lists of those, tables.
        Raises JournalError for any other value, naming its key."""
        try:
            text = "".join(_table(values, ()))
            data = text.encode()
        except (TypeError, ValueError) as problem:
            raise JournalError(f"{self.toml}: {problem}") from problem
        draft = self.toml.with_name(self.toml.name + ".new")
        try:
            draft.unlink(missing_ok=True)
            os.close(create_file(disk, draft, data))
            disk.replace(draft, self.toml)
            disk.sync_dir(self.path)
        except OSError as problem:
            raise JournalError(f"{self.toml}: cannot be written: {problem.strerror}") from problem

    def read_toml(self) -> dict[str, Any]:
        """`session.toml`. Raises JournalError when it is missing or broken."""
        fd = open_file(DISK, self.toml, write=False, follow=True)
        with os.fdopen(fd, "rb") as file:
            data = file.read(MAX_TOML + 1)
        if len(data) > MAX_TOML:
            raise JournalError(f"{self.toml}: is larger than {MAX_TOML} bytes")
        try:
            return tomllib.loads(data.decode())
        except (ValueError, RecursionError) as problem:
            raise JournalError(f"{self.toml}: {problem}") from problem

    def _open_lock(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            return os.open(self.lock_file, flags, 0o600)
        except OSError as problem:
            raise JournalError(f"{self.lock_file}: {problem.strerror}") from problem


def _make_private(path: Path) -> None:
    """`path` and what is missing above it, 0700."""
    if not path.exists():
        _make_private(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


# TOML ---------------------------------------------------------------------------------------------
def _table(values: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    for key, value in values.items():
        if not isinstance(value, Mapping):
            yield f"{_key(key)} = {_value(value, (*above, key))}\n"
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"\n[{'.'.join(map(_key, (*above, key)))}]\n"
            yield from _table(value, (*above, key))


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"key {key!r} is not a string")
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: object, where: tuple[str, ...]) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case str():
            return _string(value)
        case list() | tuple():
            return "[" + ", ".join(_value(item, where) for item in value) + "]"
    raise TypeError(f"{'.'.join(map(str, where))}: {value!r} has no place in this file")


def _string(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(char) or _char(char) for char in text) + '"'


def _char(char: str) -> str:
    # C1 controls are legal in TOML, but the file may be shown on a terminal.
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x20 or 0x7F <= code < 0xA0 else char
