"""The few calls with which session files reach the disk, in one object that tests can replace."""

import errno
import os
import stat
from pathlib import Path

from ramstock_tui.errors import JournalError

_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO must not hold up the opening


class Disk:
    """System calls, one to one; each raises OSError as the kernel says it."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        return os.open(path, flags, mode)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        os.fsync(fd)

    def truncate(self, fd: int, length: int) -> None:
        os.ftruncate(fd, length)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def sync_dir(self, directory: Path) -> None:
        """Make names in `directory` durable."""
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.fsync(fd)
        finally:
            os.close(fd)


DISK = Disk()
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a write that may succeed later


def write_all(disk: Disk, fd: int, data: bytes) -> tuple[int, OSError | None]:
    """Write `data` and loop on short writes; (bytes written, what stopped it or None)."""
    done = 0
    view = memoryview(data)
    while done < len(data):
        try:
            taken = disk.write(fd, view[done:])
        except OSError as problem:
            return done, problem
        if taken <= 0:
            return done, OSError(errno.EIO, "write() took no byte")
        done += taken
    return done, None


def create_file(disk: Disk, path: Path, first: bytes) -> int:
    """A new file, 0600, holding `first`, durable under its name; its descriptor, appending.

    Raises JournalError when anything stands at `path` (a symlink too) or the disk refuses.
    """
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | _SAFE
    try:
        fd = disk.open(path, flags)
    except FileExistsError:
        raise JournalError(f"{path}: stands already; a session file is never replaced") from None
    except OSError as problem:
        raise JournalError(f"{path}: cannot be created: {problem.strerror}") from problem
    _, failed = write_all(disk, fd, first)
    try:
        if failed is not None:
            raise failed
        disk.fsync(fd)
        disk.sync_dir(path.parent)
    except OSError as problem:
        os.close(fd)
        path.unlink(missing_ok=True)  # else it would stand in the way of the next attempt
        raise JournalError(f"{path}: cannot be started: {problem.strerror}") from problem
    return fd


def open_file(disk: Disk, path: Path, *, write: bool, follow: bool = False) -> int:
    """A descriptor of an existing regular file; `write` appends. Raises JournalError."""
    flags = (os.O_RDWR | os.O_APPEND if write else os.O_RDONLY) | _SAFE
    try:
        fd = disk.open(path, flags & ~os.O_NOFOLLOW if follow else flags)
    except FileNotFoundError:
        raise JournalError(f"{path}: no such file") from None
    except OSError as problem:
        why = "is a symlink; only a real file is written" if path.is_symlink() else problem.strerror
        raise JournalError(f"{path}: cannot be opened: {why}") from problem
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise JournalError(f"{path}: is not a regular file")
    return fd


def move_tail_aside(disk: Disk, fd: int, path: Path, offset: int) -> int:
    """Cut `path` at `offset`; what stood after it goes to `STEM.torn-N` first. Bytes moved.

    A crash on the way leaves at most one copy too many, never a byte too few.
    """
    length = os.fstat(fd).st_size - offset
    if length <= 0:
        return 0
    try:
        side = _free_side(disk, path)
        try:
            _copy(disk, fd, side, offset)
            disk.fsync(side)
        finally:
            os.close(side)
        disk.sync_dir(path.parent)
        disk.truncate(fd, offset)
        disk.fsync(fd)
    except OSError as problem:
        raise JournalError(
            f"{path}: torn tail at byte {offset} cannot be moved aside: {problem.strerror}"
        ) from problem
    return length


def _free_side(disk: Disk, path: Path) -> int:
    number = 1
    while True:
        try:
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _SAFE
            return disk.open(path.with_name(f"{path.stem}.torn-{number}"), flags)
        except FileExistsError:
            number += 1


def copy_anew(disk: Disk, fd: int, path: Path, length: int) -> None:
    """Replace `path` by a new file with the first `length` bytes of `fd`, durable under its name.
    Raises OSError or JournalError; the file at `path` is the old or the new one, both whole."""
    draft = path.with_name(f"{path.name}.anew")
    draft.unlink(missing_ok=True)
    target = create_file(disk, draft, b"")
    try:
        _copy(disk, fd, target, 0, length)
        disk.fsync(target)
        disk.replace(draft, path)
        disk.sync_dir(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(target)


def _copy(disk: Disk, source: int, target: int, offset: int, end: int = 1 << 62) -> None:
    while chunk := os.pread(source, min(1 << 20, end - offset), offset):
        _, failed = write_all(disk, target, chunk)
        if failed is not None:
            raise failed
        offset += len(chunk)
