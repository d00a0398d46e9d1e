"""A lock is on the disk, with its fsync, before a Frame or a Verdict carries it."""

from pathlib import Path
from typing import Any

import pytest

from ramstock_tui import __version__
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import Lock
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host.live import LiveSession
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.serve import Server
from ramstock_tui.host.views import Views
from ramstock_tui.host.words import shown
from ramstock_tui.journal.disk import Disk
from ramstock_tui.link import schema as m
from tests.core.sessions import rules
from tests.host.help import Clock
from tests.session_writer import DATE, MS, at, opened

START = at("09:31:00")


class Told(Disk):
    """The real disk, and what of the ledger has reached it for good."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[int, Path] = {}
        self.synced = b""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        fd = super().open(path, flags, mode)
        self._files[fd] = path
        return fd

    def fsync(self, fd: int) -> None:
        super().fsync(fd)
        if self._files.get(fd) == self._path:
            self.synced = self._path.read_bytes()


class End:
    """A screen's end of the link: remembers, with each message, what was on the disk then."""

    closed = False

    def __init__(self, disk: Told, inbox: list[m.Down]) -> None:
        self._disk = disk
        self.inbox = inbox
        self.got: list[tuple[m.Up, bytes]] = []

    def receive(self) -> list[m.Down]:
        found, self.inbox = self.inbox, []
        return found

    def send(self, message: Any) -> None:
        self.got.append((message, self._disk.synced))

    def end(self) -> None:
        self.closed = True


def test_a_lock_is_synced_before_anybody_sees_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    disk, clock = Told(out / "ledger.jsonl"), Clock()
    recorder = Recorder.create(
        Engine(rules()), out, session_id=b"0" * 16, date=DATE, mode=3, created_ns=START, disk=disk
    )
    market = DemoMarket(DemoSpec(start_ns=START, symbols=4))
    session = LiveSession(recorder, market, clock, mode="demo", clock_label="")
    session.open(opened(allow_partial_vwap=True), START)
    server = Server(session, lambda: Views(session), clock)
    end = End(disk, [m.Hello(proto=m.PROTO, version=__version__, pid=1, pen="free")])
    server.join(end)
    for step in range(200):
        clock.ns += 20 * MS
        if step == 100:
            end.inbox.append(m.Order(1, 0, clock.ns, Lock()))
        server.turn()
        frames = [message.n for message, _ in end.got if isinstance(message, m.Frame)]
        end.inbox += [m.Ack(n) for n in frames[-1:]]
    locked = [(message, there) for message, there in end.got if _shows_lock(message)]
    kinds = {type(message) for message, _ in locked}
    assert kinds == {m.Frame, m.Verdict}
    for _, there in locked:
        assert b'"kind":"lock"' in there
    recorder.abandon()


def _shows_lock(message: m.Up) -> bool:
    if isinstance(message, m.Verdict):
        return message.ok
    return isinstance(message, m.Frame) and any(
        row.word == "LOCKED"
        for name, (_, value) in message.slices.items()
        if name == "status"
        for row in value.locks
    )


@pytest.mark.parametrize(
    ("profile", "there"), [("small_account", True), ("", True), ("platform", False)]
)
def test_the_log_shows_no_lock_of_a_profile_that_only_watches(profile: str, there: bool) -> None:
    body = {"rung": "hard", "cause": "net", "net_e4": -1, "open_net_e4": 0, "limit_e4": 1}
    lock = Decision("lock", 1, 2, 0, profile, "", None, ("hard",), body)
    assert shown(lock, "small_account") is there
