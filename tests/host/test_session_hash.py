"""One constructed morning: what is decided, and that nothing but its inputs can change it."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from ramstock_tui.core.engine import Engine
from ramstock_tui.host.serve import Server
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import decision_hash
from ramstock_tui.host.views import Views
from ramstock_tui.journal.seal import seal
from ramstock_tui.link.local import LocalLink
from ramstock_tui.ui.app import Cockpit
from tests.core.sessions import rules
from tests.host.help import Clock, played, ramstock, ran, ran_from, told
from tests.host.scenes import morning, warm
from tests.session_writer import MS, Script

SCRIPT = morning()
EXPECTED = """\
09:31:08.400 signal TAKE shares=500 entry_e4=120400
09:31:08.600 suppress TAKE cooloff pending
09:31:08.800 fill TAKE shadow shares=500 cost_e4=60150000
09:31:09.400 confirm TAKE
09:31:09.400 suppress TAKE cooloff
09:31:09.800 fill TAKE shares=500 cost_e4=60150000
09:31:10.600 outcome TAKE tp shares=500 entry_e4=120400 cost_e4=60150000 net_e4=915000
09:40:08.400 signal STOP shares=500 entry_e4=120400
09:40:08.600 suppress STOP cooloff pending
09:40:08.800 fill STOP shadow shares=500 cost_e4=60150000
09:40:09.400 confirm STOP
09:40:09.400 suppress STOP cooloff
09:40:09.800 fill STOP shares=500 cost_e4=60150000
09:40:10.600 exit STOP sl
09:40:11.000 outcome STOP sl shares=500 entry_e4=120400 cost_e4=60150000 net_e4=-455000
09:43:08.400 suppress TAKE cooloff
09:45:08.200 reject STAL stall
09:46:08.400 reject FLSH flash_hold
09:46:08.500 flash FLSH
09:46:08.500 reject FLSH flash
09:47:12.200 reject FILL replenish
09:48:08.200 halt JUMP move
09:48:08.200 reject JUMP quarantine
09:52:08.400 signal WIDE shares=500 entry_e4=120400
09:52:08.600 suppress WIDE cooloff hourly pending
09:52:08.800 fill WIDE shadow shares=500 cost_e4=60150000
09:52:08.800 cancel WIDE blow_out
09:52:09.400 refuse  not_pending
10:02:08.400 suppress LATE hourly
10:07:08.800 exit WIDE timeout shadow
10:13:08.400 signal LATE shares=500 entry_e4=120400
10:13:08.600 suppress LATE cooloff hourly pending
10:13:08.800 fill LATE shadow shares=500 cost_e4=60150000
10:13:09.400 confirm LATE
10:13:09.400 suppress LATE cooloff hourly window_cap
10:13:09.800 fill LATE shares=500 cost_e4=60150000
10:28:09.800 exit LATE timeout
10:34:08.400 signal GONE shares=500 entry_e4=120400
10:34:08.600 suppress GONE cooloff hourly pending
10:34:08.800 fill GONE shadow shares=500 cost_e4=60150000
10:34:09.400 confirm GONE
10:34:09.400 suppress GONE cooloff hourly
10:34:19.400 outcome GONE miss shares=0 entry_e4=120400 cost_e4=0 net_e4=0
11:31:08.400 suppress SHUT window
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The morning as a sealed session directory."""
    return SCRIPT.write(tmp_path_factory.mktemp("morning") / "session")


@pytest.fixture(scope="module")
def hashes() -> dict[str, str]:
    """The decision hash by confirm policy, from one run over the inputs themselves."""
    return {policy: decision_hash(ran(SCRIPT, policy), policy) for policy in ("all", "none")}


def test_the_morning_is_decided_as_written_down() -> None:
    found = told(ran(SCRIPT, "all").history)
    assert "\n".join(found) + "\n" == EXPECTED
    kinds = Counter(line.split()[1] for line in found)
    assert len(found) >= 20
    assert len(kinds) >= 5


@pytest.mark.parametrize("policy", ["all", "none"])
@pytest.mark.parametrize("chunk", [1, 2, 37, 512])
def test_the_size_of_the_portions_decides_nothing(
    policy: str, chunk: int, hashes: dict[str, str]
) -> None:
    assert decision_hash(ran(SCRIPT, policy, chunk), policy) == hashes[policy]


@pytest.mark.parametrize("policy", ["all", "none"])
def test_blocks_sealing_and_place_decide_nothing(
    policy: str, hashes: dict[str, str], tmp_path: Path
) -> None:
    path = SCRIPT.write(tmp_path / "open", sealed=False, block=101)
    assert decision_hash(ran_from(path, policy), policy) == hashes[policy]
    seal(path / "market.rsm")
    assert decision_hash(ran_from(path, policy), policy) == hashes[policy]


@pytest.mark.parametrize("policy", ["all", "none"])
@pytest.mark.parametrize(("speed_pct", "step_ms"), [(0, 1), (100, 900), (1_000, 77), (500_000, 3)])
def test_speed_decides_nothing(
    policy: str, speed_pct: int, step_ms: int, session: Path, hashes: dict[str, str]
) -> None:
    assert played(session, policy, speed_pct, step_ms) == hashes[policy]


@pytest.mark.parametrize("step_ms", [1, 40, 700, 6_000])
def test_given_a_pause_in_the_data_when_a_confirm_is_due_in_it_then_speed_decides_nothing(
    step_ms: int, tmp_path: Path
) -> None:
    script = Script()
    stock = script.stock("HUSH")
    warm(script, stock, "09:31:00")
    stock.trade(1, px=1203)
    script.wait(5_000)  # the tape slows down at 1.5 s; the confirm came at 1.0 s
    stock.stand(3)
    path = script.write(tmp_path / "session")
    whole = ran(script, "all")
    kinds = [d.kind for d in whole.history if d.kind in ("confirm", "block", "cancel", "refuse")]
    assert kinds == ["block", "cancel"]
    assert played(path, "all", 100, step_ms) == decision_hash(whole, "all")


@pytest.mark.parametrize("policy", ["all", "none"])
def test_being_watched_decides_nothing(policy: str, session: Path, hashes: dict[str, str]) -> None:
    assert played(session, policy, 0, 1, observe=False) == hashes[policy]
    assert played(session, policy, 0, 1, observe=True) == hashes[policy]


def test_the_open_cockpit_decides_nothing(session: Path, hashes: dict[str, str]) -> None:
    recording, clock = Recording(session), Clock()
    engine = Engine(rules(), observe=True)
    inputs = recording.inputs(with_commands=False)
    playback = Playback(engine, inputs, "all", clock, 50_000, recording)
    views = Views(playback)

    async def watch() -> None:
        app = Cockpit(LocalLink(Server(playback, lambda: views, clock)), clock=clock)
        async with app.run_test(size=(100, 40)) as pilot:
            keys = iter(["j", "k", "w", "escape", "c", "x", "question_mark", "escape"] * 1000)
            while not playback.done:
                clock.ns += 400 * MS
                await pilot.press(next(keys))

    asyncio.run(watch())
    assert decision_hash(engine, "all") == hashes["all"]


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_the_seed_of_pythons_hashes_decides_nothing(
    seed: str, session: Path, hashes: dict[str, str], tmp_path: Path
) -> None:
    words = ("replay", session, "--headless", "--json", "--confirm", "all")
    done = ramstock(tmp_path, *words, PYTHONHASHSEED=seed)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["decision_hash"] == hashes["all"]
