"""The program on a real terminal (pty): exit codes, restored terminal, crash report."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from ramstock_tui.ui.run import run_cockpit
from tests.ui import frames
from tests.ui.fake_link import FakeLink

class Link(FakeLink):
    def __init__(self, crash):
        super().__init__(frames.frame(1, frames.slices(pending=frames.pending())))
        self.crash = crash
    async def messages(self):
        async for message in super().messages():
            yield message
            if self.crash:
                secret = "hunter2-secret"
                raise ValueError(secret)

sys.exit(run_cockpit(Link(sys.argv[1] == "crash"), report_dir=Path(sys.argv[2])))
"""

ROOT = Path(__file__).resolve().parents[2]
LEAVE_ALTERNATE = b"\x1b[?1049l"
DEADLINE_S = 20.0


class Terminal:
    """The program on a pty; what it wrote is kept."""

    def __init__(self, folder: Path, how: str = "run") -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.before = termios.tcgetattr(slave)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        command = [sys.executable, "-c", PROGRAM, how, str(folder)]
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        self.slave = slave
        self.out = b""

    def read(self, wanted: bytes = b"") -> None:
        """Until `wanted` was written, or (without it) the program has ended."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                self.out += os.read(self.master, 65536)
            elif not wanted and self.process.poll() is not None:
                return
            if wanted and wanted in self.out:
                return
        raise AssertionError(f"no {wanted!r} in {self.out[-2000:]!r}")

    def code(self) -> int:
        self.read()
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self.master, self.slave):
            if end >= 0:
                os.close(end)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_program_with_its_code_and_a_restored_terminal(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.read(b"RAMSTOCK")
        terminal.process.send_signal(number)
        assert terminal.code() == code
        assert LEAVE_ALTERNATE in terminal.out
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


def test_q_and_y_leave_with_0(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.read(b"q quit")
        os.write(terminal.master, b"q")
        terminal.read(b"y/N")
        os.write(terminal.master, b"y")
        assert terminal.code() == 0
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


def test_a_crash_restores_the_terminal_and_writes_a_report_without_locals(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    terminal = Terminal(folder, "crash")
    try:
        assert terminal.code() == 1
        assert LEAVE_ALTERNATE in terminal.out
        assert termios.tcgetattr(terminal.slave) == terminal.before
        reports = list(folder.glob("crash-*.txt"))
        assert len(reports) == 1
        assert reports[0].stat().st_mode & 0o777 == 0o600
        report = reports[0].read_text(encoding="utf-8")
        assert "ValueError" in report
        assert "hunter2" not in report
        assert b"hunter2" not in terminal.out
        assert b"ValueError" in terminal.out
    finally:
        terminal.close()


def test_a_terminal_that_goes_away_ends_the_program(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.read(b"RAMSTOCK")
        os.close(terminal.master)
        os.close(terminal.slave)
        terminal.master = terminal.slave = -1
        assert terminal.process.wait(DEADLINE_S) == 129
    finally:
        terminal.close()


def test_given_no_terminal_when_shown_then_it_is_refused_at_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", str(tmp_path)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=ROOT,
        timeout=DEADLINE_S,
    )  # fmt: skip
    assert done.returncode == 1
    assert "standard input is no terminal" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
