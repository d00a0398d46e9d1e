"""The scenario files say what they do: run through the engine, each market gives exactly the
signals that its file names."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from ib_async import IB, Contract, Stock

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.errors import ConfigError
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.scenario import Scenario, build, load, play
from tests.core.sessions import blob_row, rules
from tests.gateway.scripted import until
from tests.session_writer import S, opened

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))
STEP_NS = S // 10


def signals(scenario: Scenario) -> list[tuple[str, float]]:
    """(symbol, second) of every signal of the acting profile when every row reaches the engine."""
    feed, start = scenario.feed(), scenario.start_ns
    engine = Engine(rules())
    session = opened(mode="demo", source="demo", allow_partial_vwap=True, phase=1)
    row, blob = blob_row(start, 0, r.SESSION, session)
    seq = engine.run(1, [row], blob)
    seq = engine.run(seq, *feed.begin(start))
    for ts in range(start + STEP_NS, start + int(scenario.runs_s * S), STEP_NS):
        seq = engine.run(seq, *feed.rows(ts))
        engine.tick(ts)
    acting = session.acting
    found = [d for d in engine.history if d.kind == "signal" and d.profile == acting]

    return [(d.ticker, (d.ts - start) / S) for d in found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_market_gives_the_signals_its_file_names(path: Path) -> None:
    scenario = load(path)
    found = signals(scenario)
    assert [symbol for symbol, _ in found] == [s.symbol for s in scenario.signals]
    for (_, second), expected in zip(found, scenario.signals, strict=True):
        assert second == pytest.approx(expected.at_s, abs=expected.within_s)


def test_the_rows_do_not_depend_on_how_time_is_cut() -> None:
    scenario = load(FOLDER / "breakout_among_decoys.toml")
    end = scenario.start_ns + 20 * S

    def rows(step: int) -> list[r.Row]:
        feed = scenario.feed()
        made = list(feed.begin(scenario.start_ns)[0])
        for ts in range(scenario.start_ns + step, end + 1, step):
            made += feed.rows(ts)[0]
        return made

    assert rows(S) == rows(S // 50)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = ", "Invalid value"),
        ("speed = 2", "unknown field `speed`"),
        ('[[faults]]\nat_s = 1\nfault = "fire"', "fault 'fire': must be one of"),
        ('[[faults]]\nat_s = 1\nfault = "drop"\ngateway = 1', "no gateway 1"),
        ('[market]\nkind = "scenes"', "stocks: at least one"),
        ('[gateway]\ndepth_steps = "x"', "depth_steps was 'x'"),
        ("[gateway.limits]\ndepth = true", "limits.depth"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "speed"), [("fault_storm", 40.0), pytest.param("rights", 20.0, marks=pytest.mark.long)]
)
def test_every_fault_of_a_file_strikes_a_client_that_connects_again(
    name: str, speed: float
) -> None:
    async def run() -> None:
        scenario = load(FOLDER / f"{name}.toml")
        gateway = build(scenario, speed=speed)
        await gateway.start()
        gateway.spawn(play(gateway, scenario.faults))
        left = asyncio.Event()
        symbols = [p.symbol for p in scenario.market.stocks]
        guest = asyncio.create_task(_stay(gateway, symbols, left))

        def struck() -> list[str]:
            return [entry.kind for entry in gateway.log.entries if entry.what == "fault"]

        await until(lambda: len(struck()) == len(scenario.faults), 30)
        left.set()  # not cancelled: `wait_for` of Python 3.11 can swallow that
        await guest
        entries = gateway.log.entries
        await gateway.stop()
        assert struck() == [fault.fault for fault in scenario.faults]
        assert [e.text for e in entries if e.kind == "gateway"] == []
        assert max(e.connection for e in entries) > (3 if name == "fault_storm" else 0)

    asyncio.run(run())


async def _stay(gateway: Gateway, symbols: list[str], left: asyncio.Event) -> None:
    """A simple client: subscribes to everything there is, and again after every loss."""
    while not left.is_set():
        ib = IB()
        with contextlib.suppress(ConnectionError, TimeoutError):
            await ib.connectAsync("127.0.0.1", gateway.port, clientId=1, timeout=0.2)
            names = [Stock(symbol, "SMART", "USD") for symbol in symbols]
            found = await asyncio.wait_for(ib.qualifyContractsAsync(*names), 0.5)
            for contract in filter(None, found):
                assert isinstance(contract, Contract)
                ib.reqMktData(contract, "233,mdoff,292:BRFG")
                ib.reqMktDepth(contract, 10, True)
                ib.reqTickByTickData(contract, "AllLast")
            while ib.isConnected() and not left.is_set():
                await asyncio.wait_for(ib.reqCurrentTimeAsync(), 0.2)
                await asyncio.sleep(0.05)
        ib.disconnect()
        await asyncio.sleep(0.02)
