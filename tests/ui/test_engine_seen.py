"""Start, silence, end and restart of the engine as the screen tells them; the ways out of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ramstock_tui.errors import RamstockError
from ramstock_tui.link.schema import Beat, Bye, End, Pen, Refused, Up, Verdict, Welcome
from ramstock_tui.link.socket import LinkError, NoAnswerError
from ramstock_tui.link.spawn import HostFailed
from ramstock_tui.ui.state import State
from ramstock_tui.ui.supervise import TRIES, Supervisor
from tests.ui import frames
from tests.ui.front import Front, cockpit, words

MS = 1_000_000
QUIET = frames.slices(pending=frames.pending())
CARD = frames.slices()


def welcome(mode: str = "demo", role: str = "writer", pen_pid: int = 7) -> Welcome:
    caps = ("end",) if mode in ("demo", "replay") else ()
    return Welcome(2, "0", mode, role, pen_pid, "", caps, "", "", 4711)


def attached(
    mode: str = "demo", role: str = "writer", values: dict[str, Any] = QUIET, pen_pid: int = 7
) -> State:
    """A state with an engine that can be started again, at time 0."""
    state = cockpit(values={})
    state.engine.supervised = True
    state.receive(welcome(mode, role, pen_pid), 0)
    state.receive(frames.frame(1, values), 0)
    return state


def front(state: State) -> Front:
    assert isinstance(state.front, Front)
    return state.front


def lowest(state: State, ms: int = 0) -> str:
    return words(state.picture(ms * MS)).splitlines()[-1].rstrip()


def ended(state: State) -> bool:
    return any(isinstance(one, End) for one in front(state).sent)


def press(state: State, action: str, ms: int = 0, *keys: str) -> None:
    state.act(action, ms * MS, ms * MS)
    for key in keys:
        state.answer(key, key if len(key) == 1 else None, ms * MS)


# silence and end ----------------------------------------------------------------------------------
def test_one_second_of_silence_offers_a_start_and_half_a_second_does_not() -> None:
    state = attached()
    assert "start engine" not in lowest(state, 999)
    assert lowest(state, 1000) == "HOST SILENT 1.0s  s start engine again  q quit"


def test_s_asks_before_it_kills_an_engine_that_is_silent() -> None:
    state = attached()
    press(state, "restart", 1200)
    asked = "the engine, process 4711, does not answer: kill it and start again? y/N"
    assert lowest(state, 1200) == asked
    state.answer("n", "n", 0)
    assert (front(state).restarts, state.prompt) == ([], None)
    press(state, "restart", 1300, "y")
    assert front(state).restarts == [True]


def test_an_engine_that_speaks_again_before_the_answer_is_not_killed() -> None:
    state = attached()
    press(state, "restart", 1200)
    state.receive(Beat(2, 0, frames.NOW, 0, 0), 1500 * MS)
    state.answer("y", "y", 0)
    assert front(state).restarts == []
    assert "nothing was done" in lowest(state, 1600)


def test_an_engine_that_is_gone_is_started_again_without_a_question() -> None:
    state = attached()
    state.engine.lost("HOST ENDED", 0)
    assert lowest(state).startswith("s start engine again")
    press(state, "restart")
    assert front(state).restarts == [False]
    state.engine.restarting()
    picture = words(state.picture(0))
    assert "starting engine …" in picture.splitlines()[0]
    assert "start engine again" not in picture
    press(state, "confirm", 400)
    assert front(state).commands == []
    state.receive(welcome(), 500 * MS)
    state.receive(frames.frame(1, QUIET), 500 * MS)
    assert "DATA ok" in words(state.picture(510 * MS)).splitlines()[0]


def test_while_the_engine_speaks_or_cannot_be_started_s_does_nothing() -> None:
    state = attached()
    press(state, "restart", 100)
    assert lowest(state, 100).startswith("the engine runs")
    bare = cockpit(values=QUIET)
    bare.engine.lost("HOST ENDED", 0)
    assert "start engine" not in lowest(bare)
    press(bare, "restart", 100)
    assert lowest(bare, 100).startswith("there is no engine to start here")
    assert front(state).restarts == front(bare).restarts == []


@pytest.mark.parametrize("last", [Bye("ended by the operator", 0), Refused("version", "older")])
def test_a_session_that_ended_in_order_is_not_offered_again(last: Up) -> None:
    state = attached()
    state.receive(last, 0)
    assert "start engine" not in lowest(state)


def test_a_host_that_fails_is_offered_again() -> None:
    state = attached()
    state.receive(Bye("disk full", 1), 0)
    assert "start engine again" in lowest(state)


def test_an_order_that_the_dead_host_never_answered_is_told() -> None:
    state = attached(values=CARD)
    press(state, "confirm", 400)
    state.engine.lost("HOST ENDED", 0)
    assert "confirm: never answered" in lowest(state, 500)
    answered = attached(values=CARD)
    press(answered, "confirm", 400)
    answered.receive(Verdict(1, True, "bought", ()), 450 * MS)
    answered.engine.lost("HOST ENDED", 0)
    assert "never answered" not in lowest(answered, 500)


def test_a_start_that_failed_shows_the_log_and_its_exit_code_is_that_of_the_screen() -> None:
    state = cockpit(values={})
    state.engine.supervised = True
    state.engine.failed(HostFailed("ended with exit code 3", 3, ["config.toml: \x1b[31mbad"]))
    picture = words(state.picture(0))
    assert "HOST LOST ended with exit code 3" in picture.splitlines()[0]
    assert "Engine log" in picture
    assert "config.toml: " in picture
    assert "\x1b" not in picture
    press(state, "quit", 0, "y")
    assert front(state).left == 3
    state.receive(welcome(), 0)
    assert "Engine log" not in words(state.picture(0))


# the pen ------------------------------------------------------------------------------------------
def test_a_reader_is_told_who_writes_and_how_to_take_the_pen() -> None:
    state = attached(role="reader", values=CARD)
    assert lowest(state).startswith("read-only: pen is with process 7 (attach --take)")
    press(state, "confirm", 400)
    assert front(state).commands == []
    assert lowest(state, 400).startswith("read-only: pen is with process 7")


def test_a_pen_that_moves_is_told_on_both_sides() -> None:
    state = attached(values=CARD)
    state.receive(Pen("reader", 99), 0)
    assert lowest(state, 0).startswith("the pen has moved: read-only: pen is with process 99")
    state.receive(Pen("writer", 1), 0)
    assert lowest(state, 100).startswith("this screen has the pen now")
    press(state, "confirm", 400)
    assert len(front(state).commands) == 1
    state.receive(Pen("reader", 0), 0)
    assert "no screen has the pen" in lowest(state, 450)


# the ways out -------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["demo", "replay"])
def test_the_writer_who_leaves_a_demo_or_replay_ends_it(mode: str) -> None:
    state = attached(mode)
    press(state, "quit", 0, "y")
    assert (front(state).left, ended(state)) == (0, True)


def test_a_reader_who_leaves_only_detaches_and_types_nothing() -> None:
    state = attached(role="reader", values=CARD)
    press(state, "quit", 0, "y")
    assert (front(state).left, ended(state)) == (0, False)


def test_a_session_that_goes_on_asks_whether_to_detach_or_to_stop_it() -> None:
    state = attached("shadow", values=CARD)
    press(state, "quit")
    assert lowest(state) == "[d]etach  [s]top the session  esc"
    press(state, "quit", 0, "escape")
    assert (front(state).left, state.prompt) == (None, None)
    press(state, "quit", 0, "d")
    assert (front(state).left, ended(state)) == (0, False)


def test_stopping_a_session_with_a_card_open_needs_the_word() -> None:
    state = attached("shadow", values=CARD)
    press(state, "quit", 0, "s")
    assert "1 pending: type stop to end the session:" in lowest(state)
    press(state, "quit", 0, "s", *"quit", "enter")
    assert (front(state).left, ended(state)) == (None, False)
    press(state, "quit", 0, "s", *"stop", "enter")
    assert (front(state).left, ended(state)) == (0, True)


def test_stopping_a_quiet_session_is_one_key() -> None:
    state = attached("shadow")
    press(state, "quit", 0, "s")
    assert (front(state).left, ended(state)) == (0, True)


def test_a_stop_that_was_given_up_does_not_stop_later() -> None:
    state = attached("shadow", values=CARD)
    press(state, "quit", 0, "s", "escape")
    press(state, "quit", 0, "d")
    assert (front(state).left, ended(state)) == (0, False)


def test_nothing_is_ended_where_the_engine_is_gone() -> None:
    state = attached()
    state.engine.lost("HOST ENDED", 0)
    press(state, "quit", 0, "y")
    assert (front(state).left, ended(state)) == (0, False)


# supervision --------------------------------------------------------------------------------------
class Script:
    """A managed link whose starts go as the test says: an error, or the messages until the end."""

    def __init__(self, *starts: Exception | list[Up], lives: bool = False) -> None:
        self.starts = list(starts)
        self.lives = lives
        self.begun = self.kills = 0
        self.kill_error: RamstockError | None = None
        self._now: list[Up] = []

    async def start(self) -> None:
        self.begun += 1
        step = self.starts.pop(0) if self.starts else LinkError("cannot be reached")
        if isinstance(step, Exception):
            raise step
        self._now = step

    def send(self, message: Any) -> None: ...

    async def messages(self) -> AsyncIterator[Up]:
        for message in self._now:
            yield message

    async def close(self) -> None: ...

    async def alive(self) -> bool:
        return self.lives

    async def kill(self) -> None:
        self.kills += 1
        if self.kill_error is not None:
            raise self.kill_error


class Watch:
    """A supervisor over a script, its state and what it said."""

    def __init__(self, link: Script, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ramstock_tui.ui.supervise.PAUSE_S", 0)
        self.link = link
        self.state = State(Front())
        self.state.resize(80, 24)
        self.watch = Supervisor(link, self.state, self._receive, lambda: None)

    def _receive(self, message: Up) -> None:
        self.state.receive(message, 0)

    async def settle(self) -> None:
        """Until nothing moves any more."""
        for _ in range(100):
            await asyncio.sleep(0)

    def run(self, *steps: Any) -> None:
        async def act() -> None:
            task = asyncio.create_task(self.watch.run())
            await self.settle()
            for step in steps:
                await step()
                await self.settle()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(act())


def test_a_broken_connection_to_a_living_host_is_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = Script([welcome()], [welcome(), frames.frame(1, QUIET)], lives=True)
    watch = Watch(link, monkeypatch)
    watch.run()
    assert link.begun == 2 + TRIES  # each Welcome allows all tries anew
    assert "HOST LOST cannot be reached" in words(watch.state.picture(0)).splitlines()[0]
    assert watch.state.engine.offer(0)


def test_a_dead_host_is_started_again_when_asked_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = Script([welcome()], [welcome()])
    watch = Watch(link, monkeypatch)
    begun: list[int] = []

    async def ask() -> None:
        begun.append(link.begun)
        await watch.watch.again(kill=False)

    watch.run(ask)
    assert (begun, link.begun, link.kills) == ([1], 2, 0)


@pytest.mark.parametrize("last", [Bye("ended", 0), Refused("full", "no room")])
def test_after_the_last_word_of_a_host_nothing_is_tried(
    monkeypatch: pytest.MonkeyPatch, last: Up
) -> None:
    link = Script([welcome(), last], lives=True)
    Watch(link, monkeypatch).run()
    assert link.begun == 1


def test_a_host_that_does_not_answer_is_killed_only_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = Script(NoAnswerError("no answer in 5 s"), [welcome()], lives=True)
    watch = Watch(link, monkeypatch)
    stuck: list[bool] = []

    async def ask() -> None:
        stuck.append(watch.state.engine.stuck)
        await watch.watch.again(kill=True)

    watch.run(ask)
    assert stuck == [True]
    assert link.kills == 1


def test_a_kill_that_is_refused_is_told_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = Script(NoAnswerError("no answer in 5 s"), lives=True)
    link.kill_error = RamstockError("held by process 9: not killed")
    watch = Watch(link, monkeypatch)
    watch.run(lambda: watch.watch.again(kill=True))
    assert link.begun == 1
    assert "held by process 9: not killed" in lowest(watch.state)
