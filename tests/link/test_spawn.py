"""Starting, watching, restarting and killing a host: real processes, real sockets."""

import asyncio
import contextlib
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from ramstock_tui.core.records import Confirm
from ramstock_tui.errors import RamstockError
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import schema as m
from ramstock_tui.link import spawn
from ramstock_tui.link.managed import HostLink
from ramstock_tui.link.socket import NoAnswerError

SCRIPT = Path(__file__).with_name("host_script.py")
ROOT = SCRIPT.parents[2]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A session directory; a host that still lives at the end is killed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = tmp_path / "session"
    folder.mkdir(mode=0o700)
    yield folder
    if (pid := spawn.holder_pid(folder)) is not None:
        spawn.kill_host(folder, pid)


def argv(place: Path, how: str = "") -> list[str]:
    return [sys.executable, "-P", str(SCRIPT), str(place), how]


def link_to(place: Path, how: str = "", **options: float) -> HostLink:
    return HostLink(place, argv=argv(place, how), **options)  # type: ignore[arg-type]


def run(act: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await act()

    asyncio.run(bounded())


async def until(messages: AsyncIterator[m.Up], kind: type[m.Up]) -> m.Up:
    async for message in messages:
        if isinstance(message, kind):
            return message
    raise AssertionError(f"no {kind.__name__} before the end")


def _until_reaped(pid: int) -> None:
    """A process that has ended and was not reaped still has its number."""
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            time.sleep(0.001)


async def pid_of(link: HostLink) -> int:
    welcome = await until(link.messages(), m.Welcome)
    assert isinstance(welcome, m.Welcome)
    return welcome.pid


def test_a_host_is_started_where_none_lives_and_survives_the_screen(place: Path) -> None:
    async def act() -> None:
        link = link_to(place)
        link.spawn_unless_held()
        await link.start()
        pid = await pid_of(link)
        assert pid != os.getpid()
        assert os.getsid(pid) == pid
        await link.close()
        again = link_to(place)
        await again.start()
        assert await pid_of(again) == pid
        again.send(m.Order(1, 0, 0, Confirm("b", 1)))
        assert await until(again.messages(), m.Verdict) == m.Verdict(1, True, "noted", ())
        again.send(m.End())
        assert await until(again.messages(), m.Bye) == m.Bye("session ended", 0)
        await again.close()
        assert not await again.alive()

    run(act)
    log = place / spawn.LOG_NAME
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_given_a_killed_host_when_started_again_then_a_new_one_serves_the_same_place(
    place: Path,
) -> None:
    async def act() -> None:
        link = link_to(place)
        await link.start()
        pid = await pid_of(link)
        os.kill(pid, signal.SIGKILL)
        async for _ in link.messages():
            pass
        assert not await link.alive()
        await link.start()
        assert await pid_of(link) != pid
        await asyncio.to_thread(_until_reaped, pid)
        await link.close()

    run(act)


def test_given_a_broken_connection_when_the_host_lives_then_start_connects_to_it(
    place: Path,
) -> None:
    async def act() -> None:
        link = link_to(place, "drop")
        await link.start()
        link.send(m.Ack(1))
        pid = await pid_of(link)
        async for _ in link.messages():
            pass
        assert await link.alive()
        await link.start()
        assert await pid_of(link) == pid
        await link.close()

    run(act)


def test_given_a_stopped_host_when_killed_and_started_then_a_new_one_answers(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act() -> None:
        link = link_to(place)
        await link.start()
        pid = await pid_of(link)
        os.kill(pid, signal.SIGSTOP)
        other = HostLink(place, argv=argv(place), answer_s=0.1)
        with pytest.raises(NoAnswerError, match=f"process {pid}: no answer in 0.1 s"):
            await other.start()
        await link.kill()
        async for _ in link.messages():
            pass
        await link.start()
        assert await pid_of(link) != pid
        await link.close()
        await other.close()

    run(act)


def test_a_host_that_cannot_start_is_told_with_its_code_and_its_last_lines(place: Path) -> None:
    (place / spawn.LOG_NAME).write_text("an older line\n")

    async def act() -> None:
        link = link_to(place, "fail")
        link.spawn_unless_held()
        for _ in range(2):
            with pytest.raises(spawn.HostFailed) as failed:
                await link.start()
            assert failed.value.exit_code == 3
            assert str(failed.value).splitlines() == [
                "the engine host ended with exit code 3",
                "first line",
                " [31mramstock: config.toml:  bad",
            ]

    run(act)


def test_a_program_that_is_not_there_is_an_error_in_words(place: Path) -> None:
    link = HostLink(place, argv=["/no/such/program"])
    link.spawn_unless_held()
    with pytest.raises(spawn.HostFailed, match="/no/such/program: No such file"):
        asyncio.run(link.start())


def test_a_host_that_never_listens_is_given_up_and_a_close_ends_the_wait(place: Path) -> None:
    async def act() -> None:
        link = link_to(place, "slow", ready_s=0.2)
        link.spawn_unless_held()
        child = link._child
        assert child is not None
        with pytest.raises(spawn.HostFailed, match=r"not ready in 0\.2 s"):
            await link.start()
        os.kill(child.pid, signal.SIGKILL)
        patient = link_to(place, "slow", ready_s=60)
        patient.spawn_unless_held()
        child = patient._child
        assert child is not None
        starting = asyncio.create_task(patient.start())
        await asyncio.sleep(0)
        await patient.close()
        with pytest.raises(spawn.HostFailed):
            await starting
        os.kill(child.pid, signal.SIGKILL)

    run(act)


def test_the_log_gives_its_last_20_lines(place: Path) -> None:
    program = "import sys; print(*range(100), sep='\\n'); sys.exit(1)"
    child = spawn.start_host([sys.executable, "-c", program], place)
    with pytest.raises(spawn.HostFailed) as failed:
        spawn.wait_ready(place, child, 10, threading.Event())
    assert failed.value.lines == tuple(map(str, range(80, 100)))


def test_a_death_by_signal_is_named(place: Path) -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    child = spawn.start_host([sys.executable, "-c", program], place)
    with pytest.raises(spawn.HostFailed, match=r"ended by signal 9 \(Killed\)") as failed:
        spawn.wait_ready(place, child, 10, threading.Event())
    assert failed.value.exit_code == 1


def test_the_log_is_never_written_through_a_link(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (place / spawn.LOG_NAME).symlink_to(other)
    with pytest.raises(spawn.HostFailed, match="cannot be started"):
        spawn.start_host(argv(place), place)
    assert other.read_text() == "mine"


def test_only_the_process_that_holds_the_session_is_killed(place: Path) -> None:
    bystander = spawn.start_host([sys.executable, "-c", "import time; time.sleep(30)"], place)
    try:
        spawn.kill_host(place, bystander.pid)  # nobody holds the session: nothing to do
        assert bystander.code is None
        with SessionDir(place).lock(), pytest.raises(RamstockError, match="not killed"):
            spawn.kill_host(place, bystander.pid)
        assert bystander.code is None
    finally:
        os.kill(bystander.pid, signal.SIGKILL)
