"""Starting an engine host as a process of its own, and ending one that hangs.

Nothing here waits in the event loop: call it from a thread. `subprocess` is used, not asyncio's
own: that kills its children when the loop ends, and the host must outlive the screen.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ramstock_tui.errors import RamstockError
from ramstock_tui.journal.session_dir import Lease, SessionDir

LOG_NAME = "host.log"
LOG_LINES = 20
READY_S = 5.0  # from the start to a socket
KILLED_S = 2.0  # for the kernel to free the lease of a killed host
_TAIL_BYTES = 16 * 1024
_LOOK_S = 0.01
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class HostFailed(RamstockError):
    """A host could not start. lines: the end of its log; exit_code: its own."""

    def __init__(self, problem: str, code: int, lines: Sequence[str] = ()) -> None:
        super().__init__("\n".join((problem, *lines)))
        self.exit_code = code if 0 < code < 64 else 1
        self.problem = problem
        self.lines = tuple(lines)


class Child:
    """A host that this process started. It is reaped when it ends and never killed from here."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, log_from: int) -> None:
        self.process = process
        self._log = log
        self._log_from = log_from
        threading.Thread(target=process.wait, name="reap-host", daemon=True).start()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, minus the number of the signal that ended it; None while it lives."""
        return self.process.returncode

    def tail(self) -> list[str]:
        """The last LOG_LINES lines that it wrote, without what a terminal could obey."""
        try:
            with self._log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(self._log_from, size - _TAIL_BYTES))
                text = file.read(_TAIL_BYTES).decode(errors="replace")
        except OSError as problem:
            return [f"({self._log.name} cannot be read: {problem.strerror})"]
        return [line for line in map(_plain, text.split("\n")) if line][-LOG_LINES:]


def host_argv(directory: Path, options: Sequence[str]) -> list[str]:
    """The command line of a host for a session directory."""
    return [sys.executable, "-P", "-m", "ramstock_tui", "host", "--dir", str(directory), *options]


def start_host(argv: Sequence[str], directory: Path) -> Child:
    """Start a host that writes to the session's log. RamstockError: it could not be started."""
    log = directory / LOG_NAME
    try:
        with open(os.open(log, _FLAGS, 0o600), "wb") as out:
            log_from = out.seek(0, os.SEEK_END)
            process = subprocess.Popen(  # noqa: S603 - our own program
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/",
                env=_environment(), close_fds=True, start_new_session=True,
            )  # fmt: skip
    except OSError as problem:
        said = f"{problem.filename or directory}: {problem.strerror}"
        raise HostFailed(f"the engine host cannot be started: {said}", 1) from problem
    return Child(process, log, log_from)


def wait_ready(
    directory: Path, child: Child | None, within_s: float, stop: threading.Event
) -> Path:
    """The socket of the session's host once it listens. child: the one started here, None when
    another process did. HostFailed: it ended, or took longer than `within_s`; also on `stop`."""
    until = time.monotonic() + within_s
    while not stop.is_set() and time.monotonic() < until:
        if child is not None and child.code is not None:
            if holder_pid(directory) is None:
                raise HostFailed(_ended(child.code), child.code, child.tail())
            child = None  # another one was first; that is as good
        label = _label(directory)
        if label.get("socket") and (child is None or label.get("pid") == str(child.pid)):
            return Path(label["socket"])
        if child is None and holder_pid(directory) is None:
            raise HostFailed("the engine host has ended", 1)
        stop.wait(_LOOK_S if child is not None else 5 * _LOOK_S)
    lines = [] if child is None else child.tail()
    raise HostFailed(f"the engine host was not ready in {within_s:g} s", 1, lines)


def holder_pid(directory: Path) -> int | None:
    """Process id on the label of the living host of a session, 0 when it says none; None when no
    host lives."""
    label = SessionDir(directory).holder()
    if label is None:
        return None
    pid = label.get("pid", "")
    return int(pid) if pid.isdecimal() else 0


def kill_host(directory: Path, pid: int) -> None:
    """SIGKILL the host `pid` of a session and wait until its lease is free. RamstockError: the
    session is held by another process, or the kill failed."""
    with _handle(pid) as handle:  # from here on the number cannot come to mean another process
        held_by = holder_pid(directory)
        if held_by is None:
            return
        if pid <= 1 or held_by != pid:
            raise RamstockError(f"{directory}: is held by process {held_by}, not {pid}: not killed")
        try:
            if handle >= 0:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)
        except OSError as problem:
            raise RamstockError(f"process {pid} cannot be killed: {problem.strerror}") from problem
    until = time.monotonic() + KILLED_S
    while holder_pid(directory) is not None:
        if time.monotonic() > until:
            raise RamstockError(f"{directory}: is still held {KILLED_S:g} s after the kill")
        time.sleep(_LOOK_S)


@contextlib.contextmanager
def _handle(pid: int) -> Iterator[int]:
    """A handle of the process where the kernel has such, else -1."""
    handle = -1
    with contextlib.suppress(OSError, AttributeError, OverflowError):
        handle = os.pidfd_open(pid)
    try:
        yield handle
    finally:
        if handle >= 0:
            os.close(handle)


def _label(directory: Path) -> dict[str, str]:
    """The text of the lock file. It is read without touching the lock, which a starting host would
    find taken for that instant."""
    try:
        fd = os.open(SessionDir(directory).lock_file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return {}
    with Lease(directory, fd) as lease:
        return lease.label()


def _environment() -> dict[str, str]:
    """Ours; a checkout that we were started from by its folder is named in it, since `-P` keeps
    the folder of the start out of the path."""
    env = dict(os.environ)
    root = Path(__file__).resolve().parents[2]
    if not sys.flags.safe_path and not {"site-packages", "dist-packages"} & set(root.parts):
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), env.get("PYTHONPATH", ""))))
    return env


def _ended(code: int) -> str:
    if code < 0:
        name = signal.strsignal(-code) or "unknown"
        return f"the engine host was ended by signal {-code} ({name})"
    return f"the engine host ended with exit code {code}"


def _plain(line: str) -> str:
    return "".join(c if c.isprintable() else " " for c in line.replace("\t", "  ")).rstrip()
