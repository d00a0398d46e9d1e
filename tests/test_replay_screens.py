"""The replay cockpit on terminals: keys of a replay, and a past moment beside a live session."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ramstock_tui.link import spawn
from tests.host.scenes import morning
from tests.terminal.pty_help import Terminal, replay, terminal

KEY_S = 0.15  # a key by itself: a terminal reads esc and what follows at once as one


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return morning().write(tmp_path_factory.mktemp("screens") / "session")


def last_rows(shown: Terminal, count: int = 2) -> str:
    return "\n".join(shown.text().splitlines()[-count:])


def press(shown: Terminal, *keys: str) -> None:
    for key in keys:
        shown.keys(key)
        end = time.monotonic() + KEY_S
        while time.monotonic() < end:
            shown.read(0.02)


RIGHT, LEFT, SHIFT_LEFT = "\x1b[C", "\x1b[D", "\x1b[1;2D"


WIDER = [pytest.param(size, marks=pytest.mark.long) for size in ((120, 40), (200, 60))]


@pytest.mark.parametrize("size", [(80, 24), *WIDER])
def test_a_replay_is_stepped_jumped_and_played(
    session: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    with terminal(replay(session), tmp_path, size=size) as shown:
        shown.shows("09:25 ┃", "p pause", "J jump")
        press(shown, "p")
        shown.shows("x1 paused")
        press(shown, RIGHT)
        shown.shows("09:31:08 ET", "PENDING 1", " 1/1")
        press(shown, LEFT)
        shown.shows("no earlier decision")
        press(shown, "J", *"9:5", "\r")
        shown.shows("a time is HH:MM, HH:MM:SS or HH:MM:SS.fff")
        press(shown, "\x1b")
        press(shown, "J", *"23:00", "\r")
        shown.shows("23:00:00 is outside of the session: 09:25:00 to ")
        press(shown, "J", *"09:40:08.5", "\r")
        shown.shows("09:40:08 ET", "PENDING STOP")
        press(shown, "c")
        shown.shows("replay: keys are off")
        press(shown, SHIFT_LEFT, SHIFT_LEFT)
        shown.shows("09:31:08 ET", "PENDING TAKE")
        press(shown, "8", "j", "=", "=", "=", "p")
        shown.until(lambda: "09:31:08 ET" not in shown.text())
        press(shown, "R")
        shown.shows("09:31:08 ET")
        press(shown, "q")
        shown.shows("quit? y/N")
        press(shown, "y")
        assert shown.code() == 0


class Demo:
    """A demo in a data directory of its own; its host is ended at the end."""

    def __init__(self, folder: Path) -> None:
        runtime = folder / "rt"
        runtime.mkdir(mode=0o700)
        self.data = folder / "data"
        self.temporary = Path(tempfile.mkdtemp(prefix="ram-"))  # a socket's path must be short
        self.env = {
            "RAMSTOCK_DATA": str(self.data),
            "XDG_RUNTIME_DIR": str(runtime),
            "TMPDIR": str(self.temporary),
        }

    def close(self) -> None:
        for folder in self.data.glob("demo/*"):
            if (pid := spawn.holder_pid(folder)) is not None:
                spawn.kill_host(folder, pid)
        shutil.rmtree(self.temporary)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path)
    yield demo
    demo.close()


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "ramstock_tui", *words]


def test_a_past_moment_opens_below_the_live_status_and_decides_nothing(
    demo: Demo, tmp_path: Path
) -> None:
    words = command("demo", "--symbols", "6", "--cards", "30", "--speed", "10")
    with terminal(words, tmp_path, **demo.env) as shown:
        shown.shows("DATA ok", "pending 9.0")
        press(shown, "8")
        shown.until(lambda: "▶" in last_rows(shown, 4))
        picked = next(row for row in last_rows(shown, 4).splitlines() if "▶" in row)[:8]
        press(shown, "R")
        shown.shows(f"MOMENT {picked}", "esc live", "DEMO CLOCK")
        assert len(list(demo.temporary.glob("*/moment.sock"))) == 1
        then = shown.text().splitlines()[0]
        shown.until(lambda: shown.text().splitlines()[0] != then)  # the live clock goes on
        assert f"MOMENT {picked}" in last_rows(shown)
        press(shown, "c")
        shown.shows("a past moment: nothing is decided here")
        shown.shows(" LIVE CARD ")
        press(shown, "\x1b")
        shown.until(lambda: "MOMENT" not in shown.text() and "┃" not in shown.text())
        shown.until(lambda: not list(demo.temporary.glob("ramstock-moment-*")))
        press(shown, "\x11")
        shown.shows("quit")


def test_the_host_of_a_moment_ends_with_a_killed_cockpit_and_leaves_nothing(
    demo: Demo, tmp_path: Path
) -> None:
    words = command("demo", "--symbols", "6", "--cards", "30", "--speed", "10")
    with terminal(words, tmp_path, **demo.env) as shown:
        shown.shows("DATA ok", "pending 9.0")
        press(shown, "8", "R")
        shown.shows("MOMENT", "esc live")
        assert list(demo.temporary.glob("ramstock-moment-*/moment.sock"))
        shown.process.kill()
        shown.until(lambda: not list(demo.temporary.glob("ramstock-moment-*")), reading=False)


def test_without_a_line_of_the_log_no_moment_is_opened(demo: Demo, tmp_path: Path) -> None:
    with terminal(command("demo", "--symbols", "3"), tmp_path, **demo.env) as shown:
        shown.shows("DATA ok")
        press(shown, "R")
        shown.shows("choose a line of the log")


def test_a_what_if_is_said_on_the_screen(session: Path, tmp_path: Path) -> None:
    words = ["--set", "profiles.small_account.gates.min_ask_depth=99000"]
    with terminal(replay(session, *words), tmp_path) as shown:
        shown.shows("WHAT-IF", "what if profiles.small_account.gates.min_ask_")


def test_the_theme_of_a_given_file_is_that_of_the_replay(session: Path, tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[ui]\ntheme = "mono"\n')
    config.chmod(0o600)
    seen = []
    for words in ((), ("--config", str(config))):
        with terminal(replay(session, *words), tmp_path) as shown:
            shown.shows("J jump")
            seen.append(b"38;" in shown.out)
    assert seen == [True, False]
