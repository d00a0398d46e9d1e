"""`ramstock record`: a feed into a session directory, without a screen."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ramstock_tui.host.source import Recording
from ramstock_tui.journal.market_reader import MarketReader
from ramstock_tui.journal.session_dir import SessionDir
from tests.host.help import environment, ramstock

FEW = ("--symbols", "6", "--speed", "20")


def start(home: Path, *words: str, err: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "ramstock_tui", "record", *FEW, *words]
    env = environment(home, RAMSTOCK_DATA=str(home))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, env=env)


def recorded(where: Path, size: int) -> None:
    """Wait until the market file has so many bytes."""
    until = time.monotonic() + 20
    market = where / "market.rsm"
    while time.monotonic() < until:
        if market.exists() and market.stat().st_size > size:
            return
        time.sleep(0.01)  # another process writes it
    raise AssertionError("nothing is recorded")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_seals_the_session(number: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(tmp_path, "--out", str(out))
    recorded(out, 20_000)
    process.send_signal(number)
    said, told = process.communicate(timeout=20)
    assert process.returncode == 0, told
    assert told.decode() == f"ramstock: recording into {out}\n"
    assert said.decode().startswith(f"recorded {out}: ")
    assert said.decode().endswith(f"decisions · ended: {number.name}\n")
    assert Recording(out).market.sealed
    assert (out / "session.toml").exists()
    done = ramstock(tmp_path, "replay", out, "--verify")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_directory_in_use_is_refused_and_a_killed_one_is_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = start(tmp_path, "--out", str(out))
    recorded(out, 20_000)
    second = start(tmp_path, "--out", str(out))
    _, told = second.communicate(timeout=20)
    assert second.returncode == 8
    assert f"held by process {first.pid}" in told.decode()
    first.kill()
    first.communicate()
    before = sum(block.count for block in MarketReader(out / "market.rsm").blocks())
    third = start(tmp_path, "--out", str(out))
    recorded(out, (out / "market.rsm").stat().st_size + 5_000)
    third.send_signal(signal.SIGTERM)
    assert third.communicate(timeout=20)[1].decode() == f"ramstock: recording into {out}\n"
    assert third.returncode == 0
    assert MarketReader(out / "market.rsm").scan().records > before
    again = start(tmp_path, "--out", str(out))
    assert b"this demo is finished" in again.communicate(timeout=20)[1]
    assert again.returncode == 1


def test_a_terminal_gets_one_line_that_is_rewritten(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = start(tmp_path, err=theirs)
    os.close(theirs)
    shown = b""
    until = time.monotonic() + 20
    while shown.count(b"records") < 2 and time.monotonic() < until:
        shown += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    os.close(ours)
    assert process.returncode == 0
    assert b"\n" not in shown
    assert shown.count(b"\r\x1b[K") >= 2
    assert b"demo edge: none" in shown
    where = Path(said.decode().removeprefix("recorded ").partition(": ")[0])
    assert where.parent == tmp_path / "demo"
    assert SessionDir(where).read_toml()["demo"]["symbols"] == 6
