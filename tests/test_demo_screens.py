"""The whole program on terminals: a demo, its host killed and stopped, screens that come and go."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyte
import pytest

from ramstock_tui.link import spawn

ROOT = Path(__file__).resolve().parents[1]
DEADLINE_S = 20.0


class Shell:
    """Starts the program with a data directory of its own and ends what it started."""

    def __init__(self, tmp_path: Path) -> None:
        runtime = tmp_path / "rt"
        runtime.mkdir(mode=0o700)
        self.env = {
            **os.environ,
            "TERM": "xterm-256color",
            "HOME": str(tmp_path),
            "RAMSTOCK_DATA": str(tmp_path / "data"),
            "XDG_RUNTIME_DIR": str(runtime),
            "PYTHONPATH": str(ROOT),
        }
        self.data = tmp_path / "data"
        self.terminals: list[Terminal] = []

    def screen(self, *words: str) -> "Terminal":
        terminal = Terminal(self.env, *words)
        self.terminals.append(terminal)
        return terminal

    def run(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ramstock_tui", *words],
            env=self.env, capture_output=True, text=True, check=False, timeout=DEADLINE_S,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def hosts(self) -> list[dict[str, Any]]:
        code, out = self.run("ps", "--json")
        assert code == 0
        found: list[dict[str, Any]] = json.loads(out)
        return found

    def host(self) -> int:
        (only,) = self.hosts()
        return int(only["pid"])

    def close(self) -> None:
        for terminal in self.terminals:
            terminal.close()
        for folder in self.data.glob("demo/*"):
            if (pid := spawn.holder_pid(folder)) is not None:
                spawn.kill_host(folder, pid)


class Terminal:
    """One screen on a pty of 80x24, read as a person sees it."""

    def __init__(self, env: dict[str, str], *words: str) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.picture = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.picture)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ramstock_tui", *words],
            stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def wait(self, wanted: str) -> float:
        """Until these words are on the screen; how many seconds it took."""
        start = time.monotonic()
        while wanted not in self.text():
            assert time.monotonic() - start < DEADLINE_S, f"no {wanted!r} in\n{self.text()}"
            self._read()
        return time.monotonic() - start

    def text(self) -> str:
        return "\n".join(self.picture.display)

    def key(self, key: str) -> None:
        os.write(self.master, key.encode())

    def code(self) -> int:
        """Its exit code; it must end by itself."""
        end = time.monotonic() + DEADLINE_S
        while self.process.poll() is None and time.monotonic() < end:
            self._read()
        return self.process.wait(0.1)

    def _read(self) -> None:
        if select.select([self.master], [], [], 0.02)[0]:
            try:
                self._stream.feed(os.read(self.master, 65536))
            except OSError:  # the other side has gone
                time.sleep(0.01)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def test_a_demo_survives_the_death_and_the_silence_of_its_host(shell: Shell) -> None:
    screen = shell.screen()
    screen.wait("starting engine")
    screen.wait("DATA ok")
    first = shell.host()
    os.kill(first, signal.SIGKILL)
    assert screen.wait("HOST ENDED") < 1
    screen.wait("s start engine again")
    screen.key("s")
    screen.wait("DATA ok")
    second = shell.host()
    assert second != first
    os.kill(second, signal.SIGSTOP)
    assert screen.wait("HOST SILENT") < 1
    assert screen.wait("s start engine again") < 2
    screen.key("s")
    screen.wait("kill it and start again? y/N")
    screen.key("y")
    screen.wait("DATA ok")
    assert shell.host() not in (first, second)
    screen.key("q")
    screen.wait("y/N")
    screen.key("y")
    assert screen.code() == 0
    assert shell.hosts() == []


def test_a_hung_up_screen_leaves_its_host_and_others_look_take_the_pen_and_stop_it(
    shell: Shell,
) -> None:
    screen = shell.screen()
    screen.wait("DATA ok")
    host = shell.host()
    reader = shell.screen("attach")
    reader.wait("read-only: pen is with process ")
    screen.process.send_signal(signal.SIGHUP)
    assert screen.code() == 129
    reader.wait("this screen has the pen now")
    taker = shell.screen("attach", "--take")
    taker.wait("DATA ok")
    reader.wait("the pen has moved: read-only: pen is with process ")
    assert shell.host() == host
    assert shell.run("stop") == (0, f"{shell_name(shell)}: ended\n")
    for one in (reader, taker):
        one.wait("HOST ENDED ended by the operator")
        assert "start engine again" not in one.text()
        one.key("q")
        one.wait("y/N")
        one.key("y")
        assert one.code() == 0
    assert shell.run("stop") == (1, "ramstock: no engine host runs\n")
    assert shell.run("ps") == (0, "no engine host runs\n")


def shell_name(shell: Shell) -> str:
    """Name of the only session that there has been."""
    from ramstock_tui.link.places import name_of

    (folder,) = (shell.data / "demo").iterdir()
    return name_of(folder)


def test_a_second_demo_is_a_new_session_and_several_must_be_named(shell: Shell) -> None:
    for _ in range(2):
        shell.screen("demo", "--seed", "5").wait("DATA ok")
    folders = sorted(path.name for path in (shell.data / "demo").iterdir())
    assert [name[-4:] for name in folders] == ["-5-1", "-5-2"]
    code, said = shell.run("stop")
    assert code == 2
    assert "2 hosts run, name one: " in said
    assert shell.run("stop", folders[0])[0] == 0
    code, said = shell.run("stop", folders[0])
    assert (code, said) == (1, f"ramstock: {folders[0]}: no host of this name runs\n")
    assert shell.run("stop", str(shell.data / "demo" / folders[1]))[0] == 0
    assert shell.run("stop", "--all") == (0, "no engine host runs\n")


def test_a_demo_that_cannot_start_says_why_on_the_screen_and_after_it(
    shell: Shell, tmp_path: Path
) -> None:
    config = tmp_path / "bad.toml"
    config.write_text('profile = "nobody"\n')
    config.chmod(0o600)
    screen = shell.screen("demo", "--config", str(config))
    screen.wait("HOST LOST the engine host ended with exit code 3")
    screen.wait("profile: expected one of")
    screen.key("q")
    screen.wait("y/N")
    screen.key("y")
    assert screen.code() == 3
    screen.wait("ramstock: the engine host ended with exit code 3")


@pytest.mark.parametrize("verb", [[], ["demo"], ["attach"]])
def test_without_a_terminal_no_host_is_started(shell: Shell, verb: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ramstock_tui", *verb], env=shell.env,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ramstock: standard input is no terminal")
    assert not (shell.data / "demo").exists()
