"""No sequence of market, commands, kills and edits of the settings exceeds a limit, ever.

A session runs as a host runs it: a kill forgets the decisions that did not reach the ledger, a
restart is recorded and may bring other settings. At the end the same inputs from the start give
the same decisions, locks and counters.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as checked
from hypothesis import strategies as st

from ramstock_tui import settings
from ramstock_tui.core import records as r
from ramstock_tui.core.blueprint import PHASE_MOST
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.lane_state import LaneState
from ramstock_tui.core.limits import acting, config_changed
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import (
    Acknowledge,
    Command,
    Confirm,
    Lock,
    LowerPhase,
    PauseAlerts,
    split_i64,
)
from tests.core.live_stock import Stock
from tests.core.sessions import blob_row
from tests.session_writer import at, opened

S = 1_000_000_000
HOUR = 3_600 * S
TABLE = "profiles.small_account"
BASE = settings.load(env={}).rules


def edited(**changes: Any) -> Rules:
    """The shipped rules with these keys of the acting profile."""
    keys = {f"{TABLE}.{key.replace('__', '.')}": value for key, value in changes.items()}
    return settings.load(env={}, overrides=keys).rules


EDITS = (
    edited(losses__soft=600, throttle__per_day=99, throttle__per_hour=60, throttle__cooloff_s=0),
    edited(losses__soft=20, losses__count=2),
    edited(throttle__per_day=1, throttle__per_hour=2, size__share_cap=300),
    edited(losses__count=20, losses__window_min=1, losses__pause_min=1, losses__hard_pct=9),
    edited(throttle__over="pause"),
)
TICKERS = ("AAA", "BBB", "CCC")


class Host:
    """A session of three stocks that can be killed. rows, commands: all inputs by number."""

    def __init__(self, phase: int, begin: str) -> None:
        self.ts = at("09:26:00")
        self.seq = 0
        self.inputs: list[tuple[int, list[r.Row], bytes, int, Command | None]] = []
        self.blobs: list[tuple[int, r.Row, bytes]] = []
        self.engine = Engine(BASE)
        self.blob(0, r.SESSION, opened(phase=phase))
        for sym, ticker in enumerate(TICKERS, start=1):
            self.blob(sym, r.SYMBOL, r.SymbolInfo(ticker))
        self.stocks = [Stock(self, sym) for sym, _ in enumerate(TICKERS, start=1)]
        self.ts = at(begin)
        self.limits = [BASE]

    # inputs
    def feed(self, rows: list[r.Row], blob: bytes = b"") -> None:
        self.inputs.append((self.seq + 1, rows, blob, 0, None))
        self.engine.run(self.seq + 1, rows, blob)
        self.seq += len(rows)
        self.engine.drain()

    def blob(self, sym: int, kind: int, value: Any) -> None:
        row, blob = blob_row(self.ts, sym, kind, value)
        self.blobs.append((self.seq + 1, row, blob))
        self.feed([row], blob)

    def command(self, command: Command) -> bool:
        self.ts += 1_000_000
        self.seq += 1
        self.inputs.append((self.seq, [], b"", self.ts, command))
        acted = self.engine.command(self.seq, self.ts, command)[0]
        self.engine.drain()
        return acted

    # what may happen
    def alert(self, n: int) -> None:
        """A quote that qualifies and a tape that runs."""
        stock = self.stocks[n % 3]
        stock.quote(120_000, 120_300)
        stock.stand(6)
        stock.buy_burst(120_300)

    def confirm(self, n: int) -> None:
        for pending in list(self.state.pendings.values()):
            self.command(Confirm(pending.id, pending.version))
        for stock in self.stocks:
            if stock.bids:
                stock.stand(1)

    def fall(self, n: int) -> None:
        for stock in self.stocks:
            if stock.bids:
                stock.quote(119_000, 119_300)
                stock.stand(1)

    def rise(self, n: int) -> None:
        for stock in self.stocks:
            if stock.bids:
                stock.quote(122_400, 122_700)
                stock.stand(1)

    def wait(self, n: int) -> None:
        self.ts += (5, 60, 300, 1_200, 2_400)[n % 5] * S
        self.engine.tick(self.ts)
        self.engine.drain()
        self.inputs.append((self.seq, [], b"", self.ts, None))

    def keys(self, n: int) -> None:
        commands = (Acknowledge(), PauseAlerts(True), PauseAlerts(False), LowerPhase(n % 3), Lock())
        self.command(commands[n % len(commands)])

    def kill(self, n: int) -> None:
        """The last n % 4 decisions never reached the ledger; every second restart has an edit."""
        kept = max(0, len(self.engine.history) - n % 4)
        decisions = self.engine.history[:kept]
        engine = Engine(BASE)
        for seq, row, blob in self.blobs:
            engine.run(seq, [row], blob)
        engine.drain()
        engine.restore(decisions)
        self.engine = engine
        px, size = split_i64(kept)
        restart = (self.ts, 0, r.RESUMED, r.LAST, px, size, r.RESUME_RESTART)
        if n % 2:
            return self.feed([restart])
        changed = config_changed(engine.rules, EDITS[n // 2 % len(EDITS)])
        row, blob = blob_row(self.ts, 0, r.CONFIG, changed)
        self.blobs.append((self.seq + 2, row, blob))
        self.feed([restart, row], blob)

    # what must hold
    @property
    def state(self) -> LaneState:
        return self.engine.acting.state

    def check(self) -> None:
        """After every step."""
        engine, state = self.engine, self.state
        assert acting(BASE, engine.rules) == engine.rules
        assert acting(self.limits[-1], engine.rules) == engine.rules
        self.limits.append(engine.rules)
        profile, losses = engine.acting.profile, engine.acting.profile.losses
        if losses.soft_e4 is not None and state.net_e4 < -losses.soft_e4:
            assert {"soft", "hard"} & set(state.locks)
        if losses.hard_e4 is not None and state.net_e4 <= -losses.hard_e4:
            assert "hard" in state.locks
        assert state.entries <= max(6, profile.throttle.per_day)
        for span in engine.acting._desk.plan.spans:
            assert state.by_window.get(span.name, 0) <= (span.cap or 99)


def against(decisions: list[Any]) -> None:
    """What the decisions of the acting lane alone say: each alert and each confirm was allowed by
    the tightest limits that may have counted, those of the shipped tables."""
    alerts: list[int] = []
    confirms = 0
    state = LaneState()
    for d in decisions:
        if d.profile != "small_account":
            continue
        if d.kind in ("signal", "confirm"):
            assert not state.locks
            assert not state.loss_until
        if d.kind == "signal":
            assert not state.alerts_off
            recent = [ts for ts in alerts if ts > d.ts - HOUR]
            assert len(recent) < 3 or d.ts - recent[-1] >= 1_200 * S
            assert d.ts - state.cool.get(d.ticker, 0) >= 900 * S
            alerts.append(d.ts)
            phase = min(3, state.lowered if state.lowered is not None else 3)
            assert d.body["shares"] <= PHASE_MOST[phase - 1]
            assert phase > 0
        state.apply(d)
        confirms = state.entries
        assert confirms <= 6


STEP = st.tuples(
    st.sampled_from(("alert", "alert", "confirm", "fall", "fall", "rise", "wait", "keys", "kill")),
    st.integers(0, 20),
)


@st.composite
def scripts(draw: Callable[[Any], Any]) -> list[tuple[str, int]]:
    """Random steps, with whole losing trades among them."""
    found: list[tuple[str, int]] = []
    for n, (step, number) in enumerate(draw(st.lists(STEP, min_size=3, max_size=14))):
        found.append((step, number))
        if number % 3 == 0:
            found += [("alert", n), ("confirm", n), ("fall", n)]
    return found


PHASES = st.sampled_from((1, 2, 3))
BEGINS = st.sampled_from(("09:31:00", "10:20:00", "11:20:00"))


@given(scripts(), PHASES, BEGINS)
@checked(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_sequence_exceeds_a_limit_and_a_replay_says_the_same(
    script: list[tuple[str, int]], phase: int, begin: str
) -> None:
    holds(script, phase, begin)


@pytest.mark.long
@pytest.mark.timeout(600)
@given(scripts(), PHASES, BEGINS)
@checked(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_none_of_four_hundred_sequences_exceeds_a_limit(
    script: list[tuple[str, int]], phase: int, begin: str
) -> None:
    holds(script, phase, begin)


def holds(script: list[tuple[str, int]], phase: int, begin: str) -> None:
    """The limits after every step, and the replay of the whole."""
    host = Host(phase, begin)
    for step, number in script:
        getattr(host, step)(number)
        host.check()
    against(host.engine.history)
    for d in host.engine.history:
        if d.kind == "signal":
            assert d.profile != "small_account" or d.body["shares"] <= PHASE_MOST[phase - 1]
    again = replayed(host)
    assert [d.hashed() for d in again.history] == [d.hashed() for d in host.engine.history]
    dumps = [
        [msgspec.msgpack.encode(lane.state.dump()) for lane in engine.lanes]
        for engine in (host.engine, again)
    ]
    assert dumps[0] == dumps[1]


def replayed(host: Host) -> Engine:
    """Every input again, from the start, under the rules that the session began with."""
    engine = Engine(BASE)
    for seq, rows, blob, ts, command in host.inputs:
        if command is not None:
            engine.command(seq, ts, command)
        elif rows:
            engine.run(seq, rows, blob)
        else:
            engine.tick(ts)
    return engine


# every crash point --------------------------------------------------------------------------------
def morning(soft: Any = None) -> Host:
    """Three losses at once, and more when the soft rung is near."""
    host = Host(3, "09:31:00")
    if soft is not None:
        host.kill(2)  # a restart under the tighter rung of the second edit
    for n in range(3):
        host.alert(n)
        host.confirm(n)
    host.fall(0)
    for _ in range(3):
        for stock in host.stocks:
            stock.stand(1)
    return host


def cut(host: Host, kept: int) -> Engine:
    """What a restart makes of a ledger that ends after so many decisions."""
    engine = Engine(BASE)
    for seq, row, blob in host.blobs:
        engine.run(seq, [row], blob)
    engine.drain()
    engine.restore(host.engine.history[:kept])
    px, size = split_i64(kept)
    row = (host.ts, 0, r.RESUMED, r.LAST, px, size, r.RESUME_RESTART)
    engine.run(host.seq + 1, [row])
    return engine


def test_three_losses_pause_whatever_line_the_kill_came_behind() -> None:
    host = morning()
    assert (host.state.losses, bool(host.state.loss_until), host.state.locks) == (3, True, {})
    seen = set()
    for kept in range(len(host.engine.history) + 1):
        engine = cut(host, kept)
        state = engine.acting.state
        assert bool(state.loss_until) == (state.losses == 3)
        seen.add((state.losses, bool(state.loss_until)))
        again = replayed(host)
        again.run(host.seq + 1, [(host.ts, 0, r.RESUMED, r.LAST, *split_i64(kept), 1)])
        assert again.acting.state.dump() == state.dump()
        assert [d.hashed() for d in again.history] == [d.hashed() for d in engine.history]
    assert seen == {(0, False), (1, False), (2, False), (3, True)}


def test_the_soft_rung_locks_whatever_line_the_kill_came_behind() -> None:
    host = morning(soft=20)
    assert host.engine.acting.profile.losses.soft_e4 == 200_000
    assert "soft" in host.state.locks
    seen = set()
    for kept in range(1, len(host.engine.history) + 1):
        state = cut(host, kept).acting.state
        assert ("soft" in state.locks) or state.net_e4 >= -200_000
        seen.add("soft" in state.locks)
    assert seen == {True, False}


def test_a_tighter_rung_locks_at_the_restart_that_brings_it() -> None:
    host = Host(3, "09:31:00")
    host.alert(0)
    host.confirm(0)
    host.fall(0)
    for _ in range(2):
        host.stocks[0].stand(1)
    assert (host.state.losses, host.state.locks) == (1, {})
    host.kill(12)  # edit 1: soft rung at $20; no line is lost
    assert set(host.state.locks) == {"soft"}
    kinds = [d.kind for d in host.engine.history if d.profile in ("", "small_account")]
    assert kinds[-2:] == ["limits", "lock"]


def test_a_pause_that_cannot_be_written_is_not_shown_and_comes_with_the_next_restart() -> None:
    """The disk took the third loss and refused the pause that it leads to."""
    host = morning()
    engine = host.engine
    at_pause = next(n for n, d in enumerate(engine.history) if d.kind == "pause")
    engine.hold(host.ts, at_pause)
    state = engine.acting.state
    assert (state.losses, state.loss_until) == (3, 0)
    engine.run(host.seq + 1, [(host.ts, 0, r.RESUMED, r.LAST, *split_i64(at_pause), 2)])
    assert engine.acting.state.loss_until
