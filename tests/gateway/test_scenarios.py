"""The scenario files say what they do: run through the engine, each market gives exactly the
signals that its file names."""

from pathlib import Path

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.errors import ConfigError
from ramstock_tui.gateway.scenario import Scenario, load
from tests.core.sessions import blob_row, rules
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
