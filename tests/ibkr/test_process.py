"""The host as a process of its own on a gateway process: killed, gone on with, verified."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from ramstock_tui.core.records import PRINT, SESSION, SessionOpened
from ramstock_tui.host.source import Chunk, Recording

DEADLINE_S = 25.0
SETTINGS = """
[universe]
symbols = ["PETI", "FIC", "KADI"]
[[ibkr.endpoints]]
port = {port}
"""
COMPETING = """
about = "Another session of the login has the market data."
runs_s = 60.0
[gateway]
market_data = "competing"
[market]
stocks = [
  { symbol = "PETI", price = 12.0 },
  { symbol = "FIC", price = 10.5 },
  { symbol = "KADI", price = 13.5 },
]
"""


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < end, f"{what} within {DEADLINE_S:g} s"
        time.sleep(0.02)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "run").mkdir(mode=0o700)
    places = {"XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "conf"}
    found = {name: str(tmp_path / place) for name, place in places.items()}
    return os.environ | found | {"XDG_RUNTIME_DIR": str(tmp_path / "run")}


@contextmanager
def gateway(tmp_path: Path, env: dict[str, str], *more: str) -> Iterator[int]:
    log = tmp_path / "gateway.jsonl"
    words = more or ("--symbols", "6")
    argv = [sys.executable, "-m", "ramstock_tui.gateway", *words, "--log", str(log)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def ramstock(env: dict[str, str], *words: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "ramstock_tui", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, stdout=pipe, stderr=pipe, text=True, env=env)


def settings(tmp_path: Path, port: int) -> str:
    path = tmp_path / "settings.toml"
    path.write_text(SETTINGS.format(port=port))
    path.chmod(0o600)
    return str(path)


def test_a_killed_host_goes_on_in_its_directory_and_the_session_verifies(
    tmp_path: Path, env: dict[str, str]
) -> None:
    session = tmp_path / "data" / "ramstock" / "shadow" / "2026-11-23"
    market = session / "market.rsm"
    with gateway(tmp_path, env) as port:
        words = ["host", "--feed", "ibkr", "--config", settings(tmp_path, port)]
        words += ["--clock-at", "2026-11-23T09:31:00"]

        def size() -> int:
            return market.stat().st_size if market.exists() else 0

        first = ramstock(env, *words)
        until(lambda: size() > 6_000, "market data")
        first.kill()
        first.communicate()
        before = size()
        second = ramstock(env, *words)
        until(lambda: size() > before + 6_000, "more of them")
        second.send_signal(signal.SIGTERM)
        _, said = second.communicate(timeout=DEADLINE_S)
        assert second.returncode == 0, said
    verify = ramstock(env, "replay", str(session), "--verify", "--json")
    out, said = verify.communicate(timeout=DEADLINE_S)
    assert verify.returncode == 0, said
    assert "match" in out
    assert sorted(path.name for path in session.parent.iterdir()) == ["2026-11-23"]
    opened = opened_in(session)
    assert (opened.notes, opened.phase, opened.mode) == ((), 1, "shadow")
    assert not any(each.locks for each in opened.carried), "a first session begins without a lock"


def opened_in(session: Path) -> SessionOpened:
    for item in Recording(session).inputs(with_commands=False):
        if isinstance(item, Chunk):
            _, _, kind, _, _, at, length = item.rows[0]
            assert kind == SESSION
            return msgspec.msgpack.decode(item.blob[at : at + length], type=SessionOpened)
    raise AssertionError(f"{session}: holds no session")


def test_doctor_says_what_is_there_and_what_is_not(tmp_path: Path, env: dict[str, str]) -> None:
    with gateway(tmp_path, env) as port:
        config = settings(tmp_path, port)
        found, _ = ramstock(env, "doctor", "--json", "--config", config).communicate(timeout=40)
    checks = {check["name"]: check for check in json.loads(found)["checks"]}
    for name in ("port", "API", "client id", "lines", "depth slots", "tick-by-tick slots", "data"):
        assert checks[name]["state"] == "ok", checks[name]
    assert checks["account type"]["state"] == "ok"
    assert "margin" in checks["account type"]["text"]
    gone = ramstock(env, "doctor", "--config", config)
    said, noise = gone.communicate(timeout=40)
    assert gone.returncode == 4
    assert "nothing listens there" in said
    assert noise == ""


def test_the_brokers_market_is_recorded_without_a_screen(
    tmp_path: Path, env: dict[str, str]
) -> None:
    out = tmp_path / "out"
    market = out / "market.rsm"
    with gateway(tmp_path, env) as port:
        words = ["record", "--feed", "ibkr", "--config", settings(tmp_path, port)]
        recording = ramstock(env, *words, "--clock-at", "2026-11-23T09:31:00", "-o", str(out))
        until(lambda: market.exists() and market.stat().st_size > 6_000, "market data")
        recording.send_signal(signal.SIGINT)
        said, told = recording.communicate(timeout=DEADLINE_S)
    assert recording.returncode == 0, told
    assert said.startswith(f"recorded {out}: ")
    assert said.endswith("ended: SIGINT\n")
    verify = ramstock(env, "replay", str(out), "--verify", "--json")
    said, told = verify.communicate(timeout=DEADLINE_S)
    assert (verify.returncode, "match" in said) == (0, True), told


def test_without_an_endpoint_the_host_says_what_to_set(env: dict[str, str]) -> None:
    host = ramstock(env, "host", "--feed", "ibkr")
    _, said = host.communicate(timeout=DEADLINE_S)
    assert host.returncode == 3
    assert "ibkr.endpoints" in said
    assert len(said.splitlines()) == 1


@pytest.mark.long
def test_the_demo_market_takes_the_whole_way_over_the_protocol(
    tmp_path: Path, env: dict[str, str]
) -> None:
    session = tmp_path / "session"
    market = session / "market.rsm"
    host = ramstock(env, "host", "--over-tws", "--symbols", "6", "--dir", str(session), "--keep")
    until(lambda: market.exists() and market.stat().st_size > 12_000, "market data")
    host.send_signal(signal.SIGTERM)
    _, said = host.communicate(timeout=DEADLINE_S)
    assert host.returncode == 0, said
    verify = ramstock(env, "replay", str(session), "--verify", "--json")
    out, said = verify.communicate(timeout=DEADLINE_S)
    assert verify.returncode == 0, said
    told = ramstock(env, "coverage", str(session), "--json")
    out, _ = told.communicate(timeout=DEADLINE_S)
    found = json.loads(out)
    assert len(found["symbols"]) == 6
    assert found["deep_bp"] > 0
    assert "ib_async" in (session / "broker.log").read_text()


BURST = """
about = "A burst."
[market]
stocks = [ { symbol = "PETI", price = 12.0 }, { symbol = "FIC", price = 10.5 },
           { symbol = "KADI", price = 13.5 } ]
[[faults]]
at_s = 6
fault = "burst"
value = 100000
for_s = 10
"""


@pytest.mark.long
def test_a_hundred_thousand_prints_a_second_are_taken_without_a_lost_one(
    tmp_path: Path, env: dict[str, str]
) -> None:
    scenario = tmp_path / "burst.toml"
    scenario.write_text(BURST)
    probe = tmp_path / "probe.json"
    session = tmp_path / "session"
    with gateway(tmp_path, env, "--scenario", str(scenario)) as port:
        words = ["host", "--feed", "ibkr", "--config", settings(tmp_path, port)]
        words += ["--clock-at", "2026-11-23T09:31:00", "--dir", str(session)]
        host = ramstock(env, *words, "--probe", str(probe))
        log = tmp_path / "gateway.jsonl"
        until(lambda: log.read_text().count('"what":"burst"') == 3, "the burst")
        time.sleep(2)  # what is on its way arrives
        host.send_signal(signal.SIGTERM)
        _, said = host.communicate(timeout=60)
        assert host.returncode == 0, said
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    sent = sum(int(line["fields"]["trades"]) for line in lines if line["what"] == "burst")
    taken = sum(
        row[2] == PRINT
        for item in Recording(session).inputs(with_commands=False)
        if isinstance(item, Chunk)
        for row in item.rows
    )
    assert sent <= taken <= sent + 200, "the market trades too"
    assert json.loads(probe.read_text())["lag"]["p99_ms"] <= 50


@pytest.mark.long
def test_doctor_judges_no_streams_while_another_session_has_the_data(
    tmp_path: Path, env: dict[str, str]
) -> None:
    scenario = tmp_path / "competing.toml"
    scenario.write_text(COMPETING)
    with gateway(tmp_path, env, "--scenario", str(scenario)) as port:
        config = settings(tmp_path, port)
        doctor = ramstock(env, "doctor", "--json", "--config", config)
        found, _ = doctor.communicate(timeout=40)
    checks = {check["name"]: check for check in json.loads(found)["checks"]}
    assert doctor.returncode == 4
    assert checks["competing session"]["state"] == "fail"
    assert "user name" in checks["competing session"]["remedy"]
    for name in ("lines", "depth slots", "tick-by-tick slots"):
        assert (checks[name]["state"], checks[name]["remedy"]) == ("skipped", "")


@pytest.mark.long
def test_a_host_right_after_doctor_and_after_another_host_has_its_tapes_when_it_may(
    tmp_path: Path, env: dict[str, str]
) -> None:
    log = tmp_path / "gateway.jsonl"

    def tapes() -> list[float]:
        """When the gateway gave a tape, s."""
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert not [line for line in lines if "again within" in line.get("text", "")]
        given = [line for line in lines if (line["what"], line.get("kind")) == ("opened", "tape")]
        return [line["mono_ns"] / 1e9 for line in given]

    with gateway(tmp_path, env) as port:
        config = settings(tmp_path, port)
        found, _ = ramstock(env, "doctor", "--json", "--config", config).communicate(timeout=40)
        checks = {check["name"]: check["state"] for check in json.loads(found)["checks"]}
        assert checks["tick-by-tick slots"] == "ok"
        words = ["host", "--feed", "ibkr", "--config", config, "--clock-at", "2026-11-23T09:31:00"]
        for count in (6, 9):
            host = ramstock(env, *words)
            until(lambda count=count: len(tapes()) == count, "its tapes")  # type: ignore[misc]
            host.send_signal(signal.SIGTERM)
            _, said = host.communicate(timeout=DEADLINE_S)
            assert host.returncode == 0, said
        found, _ = ramstock(env, "doctor", "--json", "--config", config).communicate(timeout=40)
        checks = {check["name"]: check["state"] for check in json.loads(found)["checks"]}
        assert checks["tick-by-tick slots"] == "ok", "it waits for its turn"
        at = tapes()
    assert len(at) == 12
    for before, after in zip(at[::3], at[3::3], strict=False):
        assert 14.9 < after - before < 16.0, at
