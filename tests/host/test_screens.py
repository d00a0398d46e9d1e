"""A frame is made in parts between which the session goes on."""

from pathlib import Path

import pytest

from ramstock_tui.host.screens import Screen
from ramstock_tui.link import schema as m
from tests.host.scenes import morning
from tests.host.test_keys_and_views import Desk
from tests.session_writer import S, at

SCRIPT = morning()


class End:
    """Keeps what a screen is sent."""

    closed = False

    def __init__(self) -> None:
        self.sent: list[m.Up] = []

    def receive(self) -> list[m.Down]:
        return []

    def send(self, message: m.Up) -> None:
        self.sent.append(message)

    def end(self) -> None:
        self.closed = True

    def frames(self) -> list[m.Frame]:
        return [message for message in self.sent if isinstance(message, m.Frame)]


class Rig:
    def __init__(self, session: Path) -> None:
        self.desk = Desk(session, "none")
        self.desk.until(at("09:40:09"))
        self.end = End()
        self.screen = Screen(self.end, self.desk.views, self.desk.clock())
        self.screen.view = m.View(tuple(m.SLICES), "", 10)

    def report(self) -> bool:
        return self.screen.report(self.desk.playback, self.desk.clock(), 0)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SCRIPT.write(tmp_path_factory.mktemp("parts") / "session")


def test_a_frame_leaves_when_its_last_part_is_made(session: Path) -> None:
    rig = Rig(session)
    calls = 1
    while rig.report():
        assert not rig.end.frames()
        calls += 1
    assert calls >= 4
    (frame,) = rig.end.frames()
    assert set(frame.slices) == set(m.SLICES) - {"timeline", "funnel"}


def test_a_key_press_while_a_frame_is_made_brings_a_frame_for_the_new_view(session: Path) -> None:
    rig = Rig(session)
    assert rig.report()
    ticker = "TAKE"
    rig.screen.view = m.View(tuple(m.SLICES), ticker, 10)
    rig.screen.hurry()
    while rig.report():
        pass
    (frame,) = rig.end.frames()
    assert frame.slices["ladder"][1].ticker == ticker


def test_the_parts_together_are_what_one_go_makes(session: Path) -> None:
    rig, whole = Rig(session), Desk(session, "none")
    whole.until(at("09:40:09"))
    while rig.report():
        pass
    (frame,) = rig.end.frames()
    assert frame.slices == whole.views.changed(rig.screen.view)


def test_what_changes_between_two_parts_is_not_lost(session: Path) -> None:
    rig = Rig(session)
    assert rig.report()
    rig.desk.until(at("09:40:09") + 2 * S)
    while rig.report():
        pass
    rig.screen.acknowledge(1)
    rig.desk.clock.ns += S
    while rig.report():
        pass
    seen: dict[str, object] = {}
    for frame in rig.end.frames():
        seen |= {name: value for name, (_, value) in frame.slices.items()}
    whole = Desk(session, "none")
    whole.until(at("09:40:09") + 2 * S)
    assert seen == {
        name: value for name, (_, value) in whole.views.changed(rig.screen.view).items()
    }
