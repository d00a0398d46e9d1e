"""The user's own program: what it gets, and what it may not do to us."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ramstock_tui.sinks.alert import Delivery
from ramstock_tui.sinks.command import BOUND, Command
from tests.sinks.alerts import alert
from tests.terminal.pty_help import alive

Opener = Callable[..., Command]


@pytest.fixture
def opened() -> Iterator[Opener]:
    begun: list[Command] = []

    def one(code: str, timeout_s: float = 5.0) -> Command:
        command = Command([sys.executable, "-c", code], timeout_s)
        command.start()
        begun.append(command)
        return command

    yield one
    for command in begun:
        command.close(0)


def told(command: Command, count: int = 1) -> list[Delivery]:
    found: list[Delivery] = []
    end = time.monotonic() + 10
    while len(found) < count:
        found += command.records()
        assert time.monotonic() < end
        time.sleep(0.005)  # another process: nothing to wait on
    return found


def test_a_failure_is_on_record_with_what_it_printed(opened: Opener) -> None:
    command = opened("import sys; print('no \\x1b[31m channel'); sys.exit(3)")
    command.put(alert())
    (record,) = told(command)
    assert (record.sink, record.state) == ("command", "undelivered")
    assert record.why == "exit code 3: no \\x1b[31m channel"


def test_a_program_that_hangs_is_ended_with_its_children(opened: Opener, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    command = opened(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)",
        timeout_s=1.5,
    )
    command.put(alert())
    assert told(command)[0].why == "took longer than 1.5 s"
    end = time.monotonic() + 5
    while alive(int(pid.read_text())):
        assert time.monotonic() < end


def test_a_program_that_prints_without_end_costs_nothing(opened: Opener) -> None:
    command = opened("import os\nwhile True: os.write(1, b'x' * 65536)", timeout_s=0.5)
    command.put(alert())
    assert told(command)[0].why == "took longer than 0.5 s"


def test_a_program_that_does_not_exist_is_named_as_a_problem() -> None:
    command = Command(["/nowhere/at/all"], 1)
    command.start()
    command.put(alert())
    assert told(command)[0].why == "cannot be started: No such file or directory"
    command.close()


def test_putting_never_waits_and_what_has_no_room_is_on_record(opened: Opener) -> None:
    command = opened("import time; time.sleep(60)", timeout_s=60)
    began = time.monotonic()
    for n in range(BOUND + 10):
        command.put(alert(n))
    assert time.monotonic() - began < 5
    assert len([r for r in told(command, 9) if "wait" in r.why]) >= 9
    began = time.monotonic()
    command.close(0.2)
    assert time.monotonic() - began < 20
    left = [r.why for r in command.records()]
    assert left.count("the session ended") >= BOUND - 1


def test_what_a_program_leaves_behind_holds_nothing_of_ours(opened: Opener) -> None:
    command = opened(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(8)'])\n"
        "print('left', flush=True)\n"
        "sys.exit(2)"
    )
    for n in range(3):
        command.put(alert(n))
    assert {record.why for record in told(command, 3)} == {"exit code 2: left"}
    end = time.monotonic() + 5
    while any(thread.name == "alert-output" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.005)  # other threads: nothing to wait on


def test_a_program_is_told_no_secret(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAMSTOCK_DISCORD__URL", "RAMSTOCK_DISCORD__URL_FILE", "RAMSTOCK_REDIS__URL"):
        monkeypatch.setenv(name, "https://example.com/secret")
    command = opened(
        "import os, sys; sys.exit(any('example.com' in v for v in os.environ.values()))"
    )
    command.put(alert())
    assert [record.state for record in told(command)] == ["done"]
