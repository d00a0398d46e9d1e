"""The universe of a demo session: funnel, refreshes, the store, its time, replay and restart."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui.addresses import address
from ramstock_tui.core import records as r
from ramstock_tui.core.listing import STEPS, Universe
from ramstock_tui.core.universe import Candidate
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.host import demo
from ramstock_tui.host.demo_facts import DemoFacts
from ramstock_tui.host.facts import Gathered, Wanted
from ramstock_tui.host.live import LiveSession
from ramstock_tui.host.refresher import Plan, Refresher
from ramstock_tui.host.source import Chunk, Recording
from ramstock_tui.host.views import Views
from ramstock_tui.link import schema as m
from ramstock_tui.schedule import from_new_york, session_day
from ramstock_tui.secret import Secret
from ramstock_tui.store import DEADLINE_S
from ramstock_tui.store.document import packed
from ramstock_tui.store.redis import RedisStore
from ramstock_tui.store.sqlite import SqliteStore
from ramstock_tui.store.worker import Worker
from tests.core.sessions import rules
from tests.core.universe.support import SMALL, stock
from tests.host.help import Clock, ran_from
from tests.session_writer import opened
from tests.store.servers import RedisServer, redis_server, until

S = 1_000_000_000
START = from_new_york("2026-11-23T09:31:00")
KEY = "rs:universe:demo"
PLAN = Plan(SMALL, 300, 330, 500, KEY)
DAY = session_day(20261123)


def plan(symbols: int = 8, universe: Plan | None = PLAN) -> demo.DemoPlan:
    session = opened(
        date=DAY.date, midnight_ns=DAY.midnight_ns, open_ns=DAY.open_ns, close_ns=DAY.close_ns,
        next_date=DAY.next_date, mode="demo", admission="universe", allow_partial_vwap=True,
    )  # fmt: skip
    return demo.DemoPlan(
        DemoSpec(start_ns=START, symbols=symbols, rate=24), 100, session, rules(), universe
    )


class Played:
    """A demo session whose clock a test moves; every step is measured."""

    def __init__(self, path: Path, store: str = "", how: demo.DemoPlan | None = None) -> None:
        self.clock = Clock()
        shelf = (lambda: _worker(store)) if store else None
        machine = demo.Machine(mono=self.clock, shelf=shelf)
        self.run = demo.start(how or plan(), path, machine)
        self.session: LiveSession = self.run.session
        self.slow = 0  # steps longer than the deadline of the store; one may be the machine's

    def on(self, seconds: int) -> None:
        """Let time go on in steps of 100 ms."""
        for _ in range(seconds * 10):
            self.clock.ns += S // 10
            more = True
            while more:
                began = time.monotonic()
                more = self.session.step()
                self.slow += time.monotonic() - began > DEADLINE_S

    def until(self, true: Callable[[], object]) -> None:
        """Without time going on."""

        def looked() -> object:
            self.session.step()
            return true()

        until(looked, "it never came")

    @property
    def universe(self) -> Universe:
        found = self.session.engine.universe
        assert found is not None
        return found


def _worker(url: str) -> Worker:
    """A store whose circuit closes again at once: here time goes on faster than the machine's."""
    worker = Worker(RedisStore(address(Secret(url))), time.monotonic_ns)
    worker._rest_ns = 0
    worker.took = lambda error: None  # type: ignore[method-assign]
    return worker


def universes(path: Path) -> list[tuple[int, Universe]]:
    """(ts, universe) of every record."""
    found = []
    for item in Recording(path).inputs(with_commands=False):
        for row in item.rows if isinstance(item, Chunk) else ():
            if row[2] == r.UNIVERSE:
                blob = item.blob[row[5] : row[5] + row[6]]  # type: ignore[union-attr]
                found.append((row[0], msgspec.msgpack.decode(blob, type=Universe)))
    return found


def at(text: str) -> int:
    return from_new_york(f"2026-11-23T{text}")


def test_a_demo_market_goes_through_the_funnel_at_its_start_and_every_five_minutes(
    tmp_path: Path,
) -> None:
    played = Played(tmp_path / "s")
    first = played.universe
    market = set(played.session.engine.by_ticker)
    assert {one.ticker for one in first.members} == market
    assert [name for name, _ in first.funnel] == list(STEPS)
    assert {one.rule for one in first.excluded} == {
        "type", "exchange", "refused", "price", "float", "rvol", "spread", "halted", "biotech",
        "xbi", "fda",
    }  # fmt: skip
    played.on(545)
    played.run.close()
    found = universes(tmp_path / "s")
    assert [ts for ts, _ in found] == [at("09:31:00"), at("09:35:00"), at("09:40:00")]
    later = found[1][1]
    assert later.next_ts == at("09:40:00")
    assert later.expires_ts == at("09:40:30")
    assert {one.since_ts for one in later.members} == {START}
    spreads = {one.ticker: one.spread_e4 for one in later.members}
    assert any(value % 100 for value in spreads.values() if value), "measured, not what it likes"


def test_the_same_market_gives_the_same_universe(tmp_path: Path) -> None:
    for name in ("a", "b"):
        played = Played(tmp_path / name)
        played.on(245)
        played.run.close()
    assert universes(tmp_path / "a") == universes(tmp_path / "b")


def test_the_first_universe_of_the_day_is_made_at_0925(tmp_path: Path) -> None:
    early = at("09:24:10")
    how = plan()
    how = demo.DemoPlan(
        msgspec.structs.replace(how.spec, start_ns=early), 100, how.opened, how.rules,
        Plan(SMALL, 420, 450, 500, KEY),
    )  # fmt: skip
    played = Played(tmp_path / "s", how=how)
    played.on(60)
    played.run.close()
    assert [ts for ts, _ in universes(tmp_path / "s")] == [early, at("09:25:00")]


def test_a_replay_has_the_same_universe_and_decisions(tmp_path: Path) -> None:
    played = Played(tmp_path / "s")
    played.on(250)
    universe, told = played.universe, len(played.session.engine.history)
    played.run.close()
    engine = ran_from(tmp_path / "s", "none")
    assert engine.universe == universe
    assert len(engine.history) >= told
    assert engine.acting.blockers(START, "NOSUCH").count("universe") == 1


def test_a_restarted_host_knows_the_universe_and_the_next_refresh(tmp_path: Path) -> None:
    played = Played(tmp_path / "s")
    played.on(20)
    played.run.abandon()
    clock = Clock()
    again = demo.go_on(tmp_path / "s", demo.Machine(mono=clock))
    assert again.session.engine.universe == played.universe
    again.close()
    assert len(universes(tmp_path / "s")) == 1, "not made again before its time"


# the store ---------------------------------------------------------------------------------------
@pytest.fixture
def server(tmp_path: Path, require_program: Callable[[str], str]) -> Iterator[RedisServer]:
    with redis_server(require_program("redis-server"), tmp_path) as running:
        yield running


def stored(server: RedisServer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.say(b"GET", KEY.encode()).split(b"\r\n")[1])
    return found


@pytest.mark.parametrize("what", ["killed", "stopped", "full", "readonly", "password"])
def test_a_store_in_trouble_never_holds_the_session_and_is_said(
    tmp_path: Path, server: RedisServer, what: str
) -> None:
    played = Played(tmp_path / "s", server.url)
    played.until(lambda: server.say(b"EXISTS", KEY.encode()).startswith(b":1"))
    assert len(stored(server)["members"]) == 8
    break_it: dict[str, Callable[[], object]] = {
        "killed": server.kill,
        "stopped": server.freeze,
        "full": lambda: server.say(b"CONFIG", b"SET", b"maxmemory", b"1"),
        "readonly": lambda: server.say(b"REPLICAOF", b"127.0.0.1", b"1"),
        "password": lambda: server.say(b"CONFIG", b"SET", b"requirepass", b"secret"),
    }
    break_it[what]()
    played.on(241)
    played.until(lambda: played.universe.store)
    assert "redis" in played.session.note
    assert len(played.universe.members) >= 7
    mend_it: dict[str, Callable[[], object]] = {
        "killed": server.start,
        "stopped": server.thaw,
        "full": lambda: server.say(b"CONFIG", b"SET", b"maxmemory", b"0"),
        "readonly": lambda: server.say(b"REPLICAOF", b"NO", b"ONE"),
        "password": lambda: _open(server),
    }
    mend_it[what]()
    played.on(300)
    played.until(lambda: not played.universe.store)
    assert stored(server)["n"] == 3
    assert {one["ticker"] for one in stored(server)["members"]} == {
        one.ticker for one in played.universe.members
    }
    assert played.slow <= 1
    played.run.close()
    assert ran_from(tmp_path / "s", "none").universe == played.universe


def _open(server: RedisServer) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(b'AUTH secret\r\nCONFIG SET requirepass ""\r\n')
        assert line.recv(100).startswith(b"+OK")
        time.sleep(0.05)


def test_without_a_server_at_the_start_it_is_said_and_goes_on(tmp_path: Path) -> None:
    played = Played(tmp_path / "s", "redis://127.0.0.1:1")
    played.until(lambda: played.universe.store)
    assert played.universe.store == "redis: no connection"
    played.run.close()


# other markets: a session that waits for answers -------------------------------------------------
class Slow:
    """Facts that a test hands out."""

    source = "ibkr"
    waits = True

    def __init__(self, *answers: Gathered) -> None:
        self.answers = list(answers)
        self.asked: list[Wanted] = []

    def look(self, ts: int, engine: Any) -> None: ...
    def close(self) -> None: ...

    def begin(self, wanted: Wanted) -> None:
        self.asked.append(wanted)

    def found(self) -> Gathered | None:
        return self.answers.pop(0) if self.answers else None


def waiting(
    tmp_path: Path, facts: Slow, store: Worker | None = None, plan_: Plan = PLAN
) -> tuple[Played, Refresher]:
    """A demo market whose universe comes from other facts."""
    played = Played(tmp_path / "s", how=plan(universe=None))
    shelf = store
    refresher = Refresher(plan_, facts, shelf, time.monotonic_ns)
    played.session._refresher = refresher
    played.session._take(refresher.open(START, played.session.engine, restore=True))
    return played, refresher


def good(*names: str) -> Gathered:
    return Gathered(tuple(stock(name) for name in names))


def sqlite(tmp_path: Path) -> Worker:
    return Worker(
        SqliteStore(tmp_path / "u.sqlite3", lambda: time.time_ns() // 1_000_000),
        time.monotonic_ns,
    )


def test_what_nobody_refreshes_is_over_after_its_time_and_promotes_nothing(tmp_path: Path) -> None:
    facts = Slow(good("GOOD"))
    played, _ = waiting(tmp_path, facts)
    played.on(1)
    assert played.universe.promotes(played.session.now)
    played.on(328)
    assert not played.universe.expired
    played.on(3)
    assert played.universe.expired
    assert not played.universe.promotes(played.session.now)
    assert [one.ticker for one in played.universe.members] == ["GOOD"], "what there is finishes"
    assert "GOOD" in played.universe.admitted()
    assert len(facts.asked) == 2
    facts.answers.append(good("GOOD", "FINE"))
    played.on(1)
    assert played.universe.promotes(played.session.now)
    played.run.close()
    assert [u.expired for _, u in universes(tmp_path / "s")] == [False, True, False]


def test_a_refresh_that_fails_keeps_what_there_is_says_why_and_is_tried_again(
    tmp_path: Path,
) -> None:
    facts = Slow(good("GOOD"))
    played, _ = waiting(tmp_path, facts)
    played.on(230)
    facts.answers.append(Gathered(problem="no gateway"))
    played.on(11)
    assert list(played.universe.notes) == ["refresh failed: no gateway"]
    assert [one.ticker for one in played.universe.members] == ["GOOD"]
    facts.answers.append(good("FINE"))
    played.on(31)
    assert not played.universe.notes
    assert [one.ticker for one in played.universe.members] == ["FINE"]
    played.run.close()


def test_a_universe_holds_back_symbols_and_no_profile_as_a_whole(tmp_path: Path) -> None:
    played, _ = waiting(tmp_path, Slow(good("GOOD")))
    played.on(1)
    engine, t = played.session.engine, played.session.now
    for lane in engine.lanes:
        assert "universe" in lane.blockers(t, "OTHER")
        assert "universe" not in lane.blockers(t, "")
    played.run.close()


def test_before_the_first_universe_nobody_is_admitted(tmp_path: Path) -> None:
    played, _ = waiting(tmp_path, Slow())
    ticker = next(iter(played.session.engine.by_ticker))
    assert "universe" in played.session.engine.acting.blockers(START, ticker)
    played.run.close()


def test_the_universe_is_written_after_the_store_has_answered(tmp_path: Path) -> None:
    facts = Slow(good("GOOD"))
    played, _ = waiting(tmp_path, facts, sqlite(tmp_path))
    played.until(lambda: played.session.engine.universe is not None)
    assert played.universe.store == ""
    played.run.close()


def test_a_start_within_its_time_takes_the_universe_of_the_store(tmp_path: Path) -> None:
    _keep(tmp_path, KEY, 20261123)
    played, _ = waiting(tmp_path, Slow(), sqlite(tmp_path))
    played.until(lambda: played.session.engine.universe is not None)
    assert (played.universe.source, len(played.universe.members)) == ("store", 1)
    assert played.universe.expires_ts == START + 100 * S
    played.run.close()


@pytest.mark.parametrize("what", ["other day", "over", "hostile", "profile"])
def test_what_the_store_holds_otherwise_changes_nothing(tmp_path: Path, what: str) -> None:
    if what == "hostile":
        SqliteStore(tmp_path / "u.sqlite3", lambda: 0).put(KEY, b'{"schema": 1}', 1 << 60)
    else:
        _keep(
            tmp_path, KEY, 20261120 if what == "other day" else 20261123,
            expires=START - S if what == "over" else START + 100 * S,
            profile="quant" if what == "profile" else "small_account",
        )  # fmt: skip
    played, refresher = waiting(tmp_path, Slow(), sqlite(tmp_path))
    played.until(lambda: refresher._reading is None)
    assert played.session.engine.universe is None
    played.run.close()


def _keep(
    tmp_path: Path, key: str, date: int, *, expires: int = START + 100 * S,
    profile: str = "small_account",
) -> None:  # fmt: skip
    from ramstock_tui.core.listing import Listing

    held = Universe(profile, START - 9 * S, expires, START, SMALL, (Listing("GOOD", 1, 5),))
    value = packed(held, run="0" * 32, n=1, date=date)
    SqliteStore(tmp_path / "u.sqlite3", lambda: 0).put(key, value, 1 << 60)


# many rows ---------------------------------------------------------------------------------------
def test_ten_thousand_rows_never_hold_the_session(tmp_path: Path) -> None:
    kinds = ("COMMON", "COMMON", "ETF", "ADR")
    rows = tuple(
        stock(f"T{i}", stock_type=kinds[i % 4], last_e4=10_000 + 37 * i % 300_000)
        for i in range(10_000)
    )
    facts = Slow(Gathered(rows))
    played, _ = waiting(tmp_path, facts, plan_=Plan(SMALL, 300, 330, 100, KEY))
    played.until(lambda: played.session.engine.universe is not None)
    played.on(1)
    wanted = sum(20_000 <= one.last_e4 <= 200_000 for one in rows if one.stock_type == "COMMON")  # type: ignore[operator]
    assert played.universe.funnel[0] == ("scan", 10_000)
    assert played.universe.funnel[-1] == ("biotech", wanted)
    assert len(played.universe.members) == 100
    assert played.slow <= 1
    views = Views(played.session)
    found = views.changed(m.View(("universe",), "", 10, ("T1", "T2")))
    assert len(found["funnel"][1].excluded) == 9_900
    assert {row.ticker for row in found["universe"][1].rows} == {"T1", "T2"}
    played.run.close()


@pytest.mark.parametrize(
    ("lines", "most", "members"), [(1_000, 500, 150), (80, 500, 80), (1_000, 100, 100)]
)
def test_never_more_than_the_lines_the_profile_or_150_live_symbols(
    tmp_path: Path, lines: int, most: int, members: int
) -> None:
    limits = msgspec.structs.replace(SMALL, most=most)
    facts = Slow(good(*(f"T{i}" for i in range(400))))
    played, _ = waiting(tmp_path, facts, plan_=Plan(limits, 300, 330, lines, KEY))
    assert len(played.universe.members) == members
    played.run.close()


def test_a_demo_scan_and_its_market_agree(tmp_path: Path) -> None:
    market = DemoMarket(DemoSpec(start_ns=START, symbols=30, seed=3))
    facts = DemoFacts(market.scan())
    facts.begin(Wanted(START, SMALL, {}))
    found = facts.found()
    assert found is not None
    names = [row.ticker for row in found.rows]
    assert len(set(names)) == len(names)
    assert all(isinstance(row, Candidate) for row in found.rows)
