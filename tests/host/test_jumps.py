"""Going to and fro in a replay: wherever one comes from, a moment looks the same."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.explain import explain
from ramstock_tui.host.passes import Pass
from ramstock_tui.host.rewind import Rewind
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.host.views import Views
from ramstock_tui.link import schema as m
from tests.core.sessions import rules
from tests.host.help import Clock
from tests.host.scenes import morning
from tests.session_writer import MS, S, at

SCRIPT = morning()
START, END = at("09:25:00"), SCRIPT.inputs()[-1][0][0]
ALL = m.View(tuple(m.SLICES), "", 10)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SCRIPT.write(tmp_path_factory.mktemp("jumps") / "session", sealed=False, block=64)


class Deck:
    """A replay that a test operates. Checkpoints are made every `every_rows` records."""

    def __init__(
        self, path: Path, policy: str = "none", every_rows: int = 150, most_bytes: int = 1 << 28
    ) -> None:
        self.clock = Clock()
        self.rewind = Rewind(
            Recording(path), rules(), policy, self.clock,
            as_it_was=False, every_rows=every_rows, most_bytes=most_bytes,
        )  # fmt: skip
        self.playback = Playback.over(self.rewind, self.clock, 100)
        self.playback.paused = True

    def settle(self) -> None:
        """Until nothing is left to do at once."""
        while self.playback.step():
            pass

    def ask(self, verb: str, value: int = 0) -> str:
        said = self.playback.transport(verb, value)
        self.settle()
        return said

    def play(self, ms: int) -> None:
        """At the speed that is set, for so long of our time."""
        self.playback.pause(False)
        for _ in range(4):
            self.clock.ns += ms * MS // 4
            self.settle()
        self.playback.pause(True)


def straight(path: Path, policy: str, ts: int) -> Engine:
    """The engine at ts after one run from the start."""
    source = Recording(path)
    run = Pass(Engine(rules(), observe=True), source.inputs(with_commands=False), policy, source)
    while run.feed(ts):
        run.engine.drain()
    run.tick(ts)
    return run.engine


def state(engine: Engine, ts: int) -> list[object]:
    """Everything that shows: decisions, and every reading, rule, gate and limit of every symbol."""
    found: list[object] = [(d.kind, d.seq, d.ts, d.i, d.ticker, d.body) for d in engine.history]
    found += [explain(engine, symbol, ts) for symbol in engine.by_ticker.values() if symbol.last_ts]
    found += [fields(lane.state) for lane in engine.lanes]
    return [repr(one) for one in found]


def fields(value: Any) -> Any:
    """An object of ours as its fields, and theirs."""
    names = getattr(type(value), "__slots__", None) or getattr(value, "__dict__", ())
    if isinstance(value, dict):
        return {key: fields(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [fields(one) for one in value]
    return {name: fields(getattr(value, name)) for name in names} if names else value


moves = st.one_of(
    st.tuples(st.just("jump"), st.integers(START // S, END // S).map(lambda s: s * S + 7 * MS)),
    st.tuples(st.sampled_from(["decision", "mark"]), st.sampled_from([1, -1])),
    st.tuples(st.just("play"), st.integers(1, 90_000)),
    st.tuples(st.just("broken off"), st.integers(START // S, END // S).map(lambda s: s * S)),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    wanted=st.lists(moves, min_size=1, max_size=6),
    policy=st.sampled_from(["none", "all"]),
    memory=st.sampled_from([1 << 28, 1 << 20]),
)
def test_any_jumps_and_steps_end_as_a_straight_replay_to_that_moment(
    session: Path, wanted: list[tuple[str, int]], policy: str, memory: int
) -> None:
    deck = Deck(session, policy, most_bytes=memory)
    for verb, value in wanted:
        if verb == "play":
            deck.play(value)
        elif verb == "broken off":
            deck.playback.transport("jump", value)
            deck.playback.step()
            deck.ask("cancel")
        else:
            deck.ask(verb, value)
        Views(deck.playback).changed(ALL)
    now = deck.playback.now
    assert state(deck.playback.engine, now) == state(straight(session, policy, now), now)
