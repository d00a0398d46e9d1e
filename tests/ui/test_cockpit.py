"""The real Textual program with a scripted link and a clock that moves when told to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from ramstock_tui.core.records import Confirm
from ramstock_tui.link.schema import Ack
from ramstock_tui.ui.app import Cockpit
from tests.ui import frames
from tests.ui.fake_link import FakeClock, FakeLink

Act = Callable[["Rig"], Awaitable[None]]


class Rig:
    """App, link, clock and pilot of one test."""

    def __init__(self, theme: str = "dark") -> None:
        self.link, self.clock = FakeLink(), FakeClock()
        self.app = Cockpit(self.link, theme=theme, clock=self.clock)
        self.pilot: Pilot[Any]

    async def host_says(self, *messages: Any) -> None:
        self.link.say(*messages)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def rows(self) -> list[str]:
        """The screen as the compositor has it."""
        width, height = self.app.size
        strips = self.app.canvas.render_lines(self.app.canvas.region)
        rows = [strip.text for strip in strips]
        assert len(rows) == height
        assert {len(row) for row in rows} == {width}
        return rows


def in_app(act: Act, size: tuple[int, int] = (80, 24), theme: str = "dark") -> Rig:
    async def run() -> Rig:
        rig = Rig(theme)
        async with rig.app.run_test(size=size) as rig.pilot:
            await act(rig)
        return rig

    return asyncio.run(run())


def test_a_frame_is_shown_and_acknowledged() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        assert rig.rows()[0].startswith("RAMSTOCK small_account P3 shadow")

    rig = in_app(act)
    assert rig.link.started
    assert Ack(1) in rig.link.sent


def test_c_confirms_the_card_once() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        rig.clock.forward(0.35)
        await rig.press("c", "c", "c", "c", "c")

    assert in_app(act).link.commands == [Confirm("20261123-ABCD-3", 1)]


def test_hands_off() -> None:
    """No focus, a paste of `ccc`, then the first key back is c: nothing is confirmed."""

    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        rig.clock.forward(0.4)
        rig.app.post_message(events.AppBlur())
        await rig.press("c")
        rig.app.post_message(events.Paste("ccc"))
        rig.app.post_message(events.AppFocus())
        await rig.pilot.pause()
        await rig.press("c")
        assert "first key" in rig.rows()[-1]

    assert in_app(act).link.commands == []


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_every_way_out_asks_and_needs_the_word_while_a_card_waits(key: str) -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        await rig.press(key)
        assert "type quit to leave" in rig.rows()[-1]
        await rig.press("c", "y", "enter")
        assert rig.app.is_running
        await rig.press(key, *"quit", "enter")

    rig = in_app(act)
    assert rig.app.return_code == 0
    assert rig.link.commands == []


def test_resizing_during_a_card_keeps_rows_and_card_and_raises_nothing() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        for size in [(200, 60), (20, 5), (80, 24), (300, 100), (119, 40), (120, 40), (80, 24)]:
            await rig.pilot.resize_terminal(*size)
            await rig.pilot.pause()
            assert tuple(rig.app.size) == size
            text = "".join(rig.rows())
            assert "too small" in text if size[0] < 80 else "BUY 500" in text

    in_app(act)


def test_the_theme_key_switches_and_the_cells_follow() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        before = rig.app.canvas.render_lines(rig.app.canvas.region)[4]
        await rig.press("t")
        after = rig.app.canvas.render_lines(rig.app.canvas.region)[4]
        assert rig.app.theme == "mono"
        assert before.text == after.text
        assert before != after

    in_app(act)


def test_no_color_starts_in_mono(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(rig: Rig) -> None:
        assert rig.app.theme == "mono"

    in_app(act)


def test_only_rows_that_differ_are_painted_again() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        canvas = rig.app.canvas
        assert canvas.show(rig.app.state.picture(rig.clock())) == 0
        status = frames.status(net_e4=-98_0000)
        rig.app.state.receive(frames.frame(2, {"status": status}), rig.clock())
        assert canvas.show(rig.app.state.picture(rig.clock())) == 1

    in_app(act)


def test_a_click_focuses_the_pane_under_it() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        await rig.pilot.click(offset=(60, 8))
        assert rig.app.state.views.focus == "book"

    in_app(act)


def test_a_link_that_breaks_leaves_the_last_picture_and_says_so() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        await rig.link.close()
        await rig.pilot.pause()
        rows = rig.rows()
        assert "HOST ENDED" in rows[0]
        assert "HOST ENDED" in rows[3]

    in_app(act)


def test_every_binding_has_a_dotted_id_and_an_action_that_exists() -> None:
    async def act(rig: Rig) -> None:
        ids = set()
        for binding in Cockpit.BINDINGS:
            assert not isinstance(binding, tuple)
            assert binding.id is not None
            assert "." in binding.id
            ids.add(binding.id)
            name = binding.action.removeprefix("act('").removesuffix("')")
            if name == binding.action:
                assert hasattr(rig.app, f"action_{name}")
            elif name not in ("confirm", "quit", "force_quit"):
                rig.app.state.act(name, 0, 0)
        assert len(ids) == len(Cockpit.BINDINGS)

    in_app(act)


def test_keys_can_be_remapped_by_id() -> None:
    async def act(rig: Rig) -> None:
        rig.app.set_keymap({"pending.confirm": "f"})
        await rig.host_says(frames.frame())
        rig.clock.forward(0.35)
        await rig.press("c")
        assert rig.link.commands == []
        await rig.press("f")
        assert len(rig.link.commands) == 1

    in_app(act)


def test_a_colon_opens_the_command_line_and_a_command_changes_the_theme() -> None:
    async def act(rig: Rig) -> None:
        await rig.host_says(frames.frame())
        for opener in (":", "ctrl+p"):
            await rig.press(opener, *"theme")
            assert rig.rows()[-1].startswith(":theme▏")
            await rig.press("tab", "tab", *"mo", "tab", "enter")
            assert rig.app.theme == "mono"
            await rig.press(":", *"theme", "space", *"dark", "enter")
            assert rig.app.theme == "dark"

    in_app(act)
