"""Going to and fro in a replay: wherever one comes from, a moment looks the same."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.explain import explain
from ramstock_tui.core.records import RESUMED
from ramstock_tui.host.passes import Pass
from ramstock_tui.host.rewind import Rewind
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import decision_hash
from ramstock_tui.host.views import Views
from ramstock_tui.host.words import shown
from ramstock_tui.link import schema as m
from ramstock_tui.settings import load as read_settings
from tests.core.sessions import rules
from tests.host.help import Clock, ran_from
from tests.host.scenes import morning
from tests.host.test_replay_verb import recorded
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
        self,
        path: Path,
        policy: str = "none",
        every_rows: int = 150,
        most_bytes: int = 1 << 28,
        as_it_was: bool = False,
    ) -> None:
        self.clock = Clock()
        self.rewind = Rewind(
            Recording(path), rules(), policy, self.clock,
            as_it_was=as_it_was, every_rows=every_rows, most_bytes=most_bytes,
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
    inputs = source.inputs(with_commands=policy == "ledger")
    run = Pass(Engine(rules(), observe=True), inputs, policy, source)
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


def test_a_jump_back_begins_at_a_checkpoint_and_not_at_the_start(session: Path) -> None:
    deck = Deck(session)
    deck.ask("jump", END)
    kept = deck.rewind.kept
    assert len(kept) >= 5
    assert [one.ts for one in kept] == sorted(one.ts for one in kept)
    deck.ask("jump", kept[-2].ts + S)
    assert deck.playback.run.next_seq - kept[-2].seq == deck.playback.run.rows_fed < 300


def test_checkpoints_never_take_more_than_their_memory(session: Path) -> None:
    deck = Deck(session, every_rows=50, most_bytes=400_000)
    deck.ask("jump", END)
    sizes = [one.checkpoint.size for one in deck.rewind.kept]
    assert sizes
    assert sum(sizes) <= 400_000


def test_a_second_jump_replaces_the_first_and_cancel_stays_where_it_was(session: Path) -> None:
    deck = Deck(session)
    deck.ask("jump", at("11:00:00"))
    assert deck.playback.transport("jump", at("09:31:00")) == ""
    deck.playback.step()
    line = deck.playback.timeline()
    assert line is not None
    assert line.seek is not None
    assert line.seek[0] == at("09:31:00")
    assert deck.playback.now == at("11:00:00")  # what is shown stays until the jump is over
    assert deck.ask("jump", at("09:45:00")) == ""
    assert deck.playback.now == at("09:45:00")
    deck.playback.transport("jump", at("09:30:00"))
    deck.ask("cancel")
    assert deck.playback.now == at("09:45:00")
    line = deck.playback.timeline()
    assert line is not None
    assert line.seek is None


def test_decisions_are_visited_in_order_and_marks_only_where_something_happened(
    session: Path,
) -> None:
    deck = Deck(session, "all")
    forth = []
    while not deck.ask("decision", 1):
        forth.append(deck.playback.now)
        if deck.playback.done:
            break
    seen = sorted({d.ts for d in deck.playback.engine.history if shown(d)})
    assert [ts for ts in forth if ts in seen] == seen
    deck.ask("jump", END)
    back = []
    while deck.ask("decision", -1) == "":
        back.append(deck.playback.now)
    assert back[::-1] == [ts for ts in seen if ts < END]
    assert deck.ask("decision", -1) == "no earlier decision"
    marks = []
    while deck.ask("mark", 1) == "" and not deck.playback.done:
        marks.append(deck.playback.now)
    assert set(marks) < set(seen)
    kinds = {d.kind for d in deck.playback.engine.history if d.ts in marks}
    assert {"signal", "fill", "outcome"} <= kinds


def test_a_time_outside_of_the_session_is_refused_in_words(session: Path) -> None:
    deck = Deck(session)
    deck.settle()
    said = deck.ask("jump", at("23:00:00"))
    assert said.startswith("23:00:00 is outside of the session: 09:25:00 to 1")
    assert deck.playback.now == 0


def test_an_ended_replay_goes_back_and_stands_there(session: Path) -> None:
    deck = Deck(session)
    deck.playback.paused = False
    deck.playback.set_speed(0)
    deck.settle()
    deck.settle()
    assert deck.playback.done
    assert deck.ask("play") == "the replay has ended"
    deck.ask("jump", at("09:40:00"))
    assert (deck.playback.done, deck.playback.paused) == (False, True)
    assert deck.playback.now == at("09:40:00")


def test_a_replay_that_is_recorded_says_that_it_cannot_jump(session: Path) -> None:
    recording = Recording(session)
    inputs = recording.inputs(with_commands=False)
    playback = Playback(Engine(rules()), inputs, "keys", Clock(), 100, recording)
    assert playback.transport("jump", at("09:40:00")).startswith("this replay is being recorded")
    assert playback.timeline() is None


def test_the_time_line_names_ends_gaps_and_marks(session: Path) -> None:
    deck = Deck(session, "all")
    deck.settle()
    deck.ask("jump", END)
    line = deck.playback.timeline()
    assert line is not None
    assert (line.start_ts, line.end_ts) == (SCRIPT.inputs()[0][0][0], END)
    rows = [row for row, _ in SCRIPT.inputs()]
    gaps = [(a[0], b[0]) for a, b in pairwise(rows) if b[0] - a[0] >= 5 * S]
    assert list(line.gaps) == gaps
    assert {kind for _, kind in line.marks} >= {"alert", "fill", "win", "loss", "other"}
    assert line.place[0] == line.place[1] > 10
    assert line.next_ts is None


@pytest.mark.parametrize("edits", [False, True])
def test_a_session_that_was_killed_and_restarted_is_jumped_through_as_it_was(
    session: Path, tmp_path: Path, edits: bool
) -> None:
    """edits: each restart finds tighter settings."""
    out = tmp_path / "killed"
    for stop, per_day in ((400, 6), (300, 5), (0, 4)):
        key = {"profiles.small_account.throttle.per_day": per_day}
        wanted = read_settings(env={}, overrides=key).rules if edits else None
        recorded(session, out, stop=stop, wanted=wanted)
    said = [d.body["now"] for d in Recording(out).decisions if d.kind == "limits"]
    assert len(said) == (2 if edits else 0)
    deck = Deck(out, "ledger", every_rows=100, as_it_was=True)
    deck.settle()
    last = deck.playback.timeline()
    assert last is not None
    for clock in ("11:20:00", "09:31:09", "10:05:00", "09:40:10", "11:00:00", "09:33:00"):
        deck.ask("jump", at(clock))
        now = deck.playback.now
        assert now == at(clock)
        assert state(deck.playback.engine, now) == state(straight(out, "ledger", now), now)
    assert len(deck.rewind.kept) > 3
    assert "confirm" in {d.kind for d in deck.rewind.recording.decisions}
    rows = [row for block in Recording(out).market.blocks() for row in block.rows()]
    assert sum(row[2] == RESUMED for row in rows) == 2
    deck.ask("jump", last.end_ts)
    assert decision_hash(deck.playback.engine, "ledger") == decision_hash(
        ran_from(out, "ledger"), "ledger"
    )
