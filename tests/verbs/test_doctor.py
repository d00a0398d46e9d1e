"""`ramstock doctor` on gateways that refuse market data: the remedy follows from the number."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.verbs import doctor
from tests.ibkr.rig import AT

LIMITS = ("BookTrader", "max_depth", "max_tick_by_tick", "max_lines", "booster")
LEVEL_1, LEVEL_2 = "live level-1 data", "depth of book (level 2)"
STREAMS = ("depth slots", "tick-by-tick slots")
Checks = list[dict[str, str]]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It looks for 3 s: what a gateway on this machine refuses is known by then."""
    monkeypatch.setattr(doctor, "LOOK_S", 3.0)
    monkeypatch.setattr(doctor, "SETTLED_S", 0.3)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def examined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: GatewayConfig
) -> tuple[int, Checks]:
    """Exit code and findings on a gateway of that sort."""

    async def run() -> int:
        market = DemoMarket(DemoSpec(start_ns=AT, symbols=6))
        gateway = Gateway(market, EventClock(AT), config)
        port = await gateway.start()
        path = tmp_path / "settings.toml"
        path.write_text(
            f'[universe]\nsymbols = ["PETI", "FIC", "KADI"]\n[[ibkr.endpoints]]\nport = {port}\n'
        )
        path.chmod(0o600)
        try:
            return await asyncio.to_thread(doctor.run, path, True)
        finally:
            await gateway.stop()

    code = asyncio.run(run())
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found["checks"]


def named(checks: Checks, name: str) -> Checks:
    return [check for check in checks if check["name"] == name]


def refused(checks: Checks, code: int) -> Checks:
    return [check for check in checks if f"({code})" in check["text"]]


def remedies(checks: Checks) -> str:
    return "\n".join(check["remedy"] for check in checks)


@pytest.mark.parametrize(
    ("config", "refusals"),
    [
        (GatewayConfig(depth=False, tape=False), {"depth slot": 10092}),
        (GatewayConfig(market_data="none"), {"line": 354}),
        (GatewayConfig(market_data="delayed"), {}),
    ],
    ids=["no depth, no tape", "nothing", "delayed"],
)
def test_what_is_not_subscribed_is_to_be_subscribed_and_no_slot_limit_is_blamed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    config: GatewayConfig,
    refusals: dict[str, int],
) -> None:
    code, checks = examined(tmp_path, capsys, config)
    assert code == doctor.FAILED
    told = json.dumps(checks, indent=1)
    for word in LIMITS:
        assert word not in remedies(checks), told
    for name in STREAMS:
        (check,) = named(checks, name)
        assert check["state"] == "fail", told
        assert LEVEL_1 in check["remedy"] or LEVEL_2 in check["remedy"], told
        assert "Client Portal" in check["remedy"]
    assert all(check["remedy"] for check in checks if check["state"] == "fail"), told
    for what, number in refusals.items():
        (check,) = [each for each in refused(checks, number) if f": {what}: " in each["text"]]
        assert (LEVEL_2 if what == "depth slot" else LEVEL_1) in check["remedy"], told


@pytest.mark.long
def test_the_stocks_that_one_number_refuses_are_one_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, checks = examined(tmp_path, capsys, GatewayConfig(tape=False))
    (check,) = refused(checks, 10189)
    assert (check["name"], check["state"]) == ("market data", "fail")
    assert sorted(check["text"].partition(":")[0].split(", ")) == ["FIC", "KADI", "PETI"]
    assert "tick-by-tick data are not subscribed" in check["text"]
    assert LEVEL_1 in check["remedy"]
    assert "tick-by-tick" in check["remedy"]


def test_slots_that_the_broker_has_not_are_a_matter_of_its_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = GatewayConfig(limits=Limits(depth=1, tape=1), skew_s=(time.time_ns() - AT) / 1e9)
    code, checks = examined(tmp_path, capsys, config)
    assert code == 0, "fewer slots than configured are a warning"
    (depth,), (tape,) = (named(checks, name) for name in STREAMS)
    assert (depth["state"], tape["state"]) == ("warn", "warn")
    assert "max_depth" in depth["remedy"] or "max_tick_by_tick" in tape["remedy"]
    assert "subscribe" not in depth["remedy"] + tape["remedy"]
