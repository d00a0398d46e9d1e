"""Alerts of a real host: a real process, a real socket, a Discord on loopback that misbehaves."""

import json
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui.core.records import Confirm, Lock
from ramstock_tui.journal.ledger import read_ledger
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import schema as m
from tests.host.help import ramstock
from tests.host.wire_screen import Host, Screen
from tests.sinks.discord_server import TOKEN, DiscordServer, footer
from tests.terminal.pty_help import terminal

STALL_S = 0.05
QUICK = ("--symbols", "12", "--speed", "25", "--cards", "60", "--keep")
Starter = Callable[..., Host]


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        yield server


@pytest.fixture
def start(tmp_path: Path, server: DiscordServer) -> Iterator[Starter]:
    """Starts hosts of the session `demo/one` whose alerts go to the server."""
    begun: list[Host] = []
    with tempfile.TemporaryDirectory(prefix="rt-") as runtime:

        def one(*words: str, name: str = "one", **env: str) -> Host:
            more = {"XDG_RUNTIME_DIR": runtime, "RAMSTOCK_DISCORD__URL": server.url, **env}
            host = Host(tmp_path, tmp_path / "demo" / name, *(words or QUICK), **more)
            begun.append(host)
            return host

        yield one
        for host in begun:
            host.__exit__(None, None, None)


def sinks(host: Host) -> list[dict[str, Any]]:
    """What the ledger says of alerts."""
    lines = read_ledger(SessionDir(host.directory).ledger, strict=False)
    return [line.raw for line in lines if line.raw["kind"] == "sink"]


def end(host: Host, screen: Screen) -> None:
    screen.send(m.End())
    assert host.wait() == 0, host.said()


def watch(screen: Screen, condition: Callable[[], Any], within_s: float = 25.0) -> Any:
    """Read what the host says until the condition holds; what it gave."""
    until = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < until, screen.slices.get("status")
        screen.read(0.1)
    return found


def cards(screen: Screen) -> list[m.Card]:
    raw = screen.slices.get("pending")
    return list(msgspec.convert(raw, m.PendingView).cards) if raw is not None else []


def verified(tmp_path: Path, host: Host) -> None:
    """The session holds what it decided, and nothing else depends on alerts."""
    for verb in (("replay", host.directory, "--verify"), ("journal", "verify", host.directory)):
        done = ramstock(tmp_path, *verb)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_card_is_told_and_its_message_follows_it(
    start: Starter, server: DiscordServer, tmp_path: Path
) -> None:
    host = start("--symbols", "12", "--speed", "5", "--keep")
    screen = Screen(host.socket())
    (card, *_) = watch(screen, lambda: cards(screen))
    screen.send(m.Order(1, 0, time.monotonic_ns(), Confirm(card.id, card.version)))
    verdict = screen.of(m.Verdict)
    assert verdict.ok, verdict.text
    ended = ("TP", "SL", "TIMEOUT", "MISS")
    watch(
        screen,
        lambda: [s for s in server.of(card.id) if s.body["content"].startswith(ended, 1)],
    )
    life = server.of(card.id)
    assert [s.method for s in life] == ["POST"] + ["PATCH"] * (len(life) - 1)
    assert {s.message for s in life[1:]} == {life[0].stored}
    assert life[0].body["content"].startswith(f"[PENDING] demo · {card.ticker} ")
    fields = {f["name"]: f["value"] for f in life[0].body["embeds"][0]["fields"]}
    assert fields["Shares"] == f"{card.shares:,}"
    assert len(fields["Rules"].splitlines()) == 5
    left_s = int(fields["Expires"].removeprefix("<t:").removesuffix(":R>")) - time.time()
    assert -60 < left_s < 5  # 20 s of a market that runs five times as fast
    status = screen.status().discord
    assert status is not None
    assert status.state in ("ok", "slow")  # a busy machine may take its time
    assert status.undelivered == 0
    assert status.p95_ms is not None
    end(host, screen)
    *_, figures = sinks(host)
    assert figures["state"] == "figures"
    assert f"{status.undelivered} undelivered, latency p50 " in figures["why"]
    mine = [line for line in sinks(host) if line["key"] == card.id]
    assert [line["state"] for line in mine] == ["sent"] + ["edited"] * (len(life) - 1)
    assert all(line["took_ms"] >= 0 and line["ticker"] == card.ticker for line in mine)
    verified(tmp_path, host)


@pytest.mark.long
def test_given_a_kill_between_create_and_edit_then_the_message_is_edited(
    start: Starter, server: DiscordServer, tmp_path: Path
) -> None:
    picture = {"RAMSTOCK_DISCORD__ATTACH_SCREENSHOT": "true"}
    host = start("--symbols", "12", "--speed", "5", "--keep", **picture)
    screen = Screen(host.socket())
    card = watch(screen, lambda: cards(screen))[0]
    watch(screen, lambda: server.of(card.id))
    watch(screen, lambda: SessionDir(host.directory).ledger.read_bytes().count(b'"sent"'))
    host.process.kill()
    assert host.wait() == -signal.SIGKILL
    again = start("--symbols", "12", "--speed", "5", "--keep")
    screen = Screen(again.socket())
    watch(screen, lambda: len(server.of(card.id)) >= 2)
    created, edited = server.of(card.id)[:2]
    assert (created.method, edited.method) == ("POST", "PATCH")
    assert edited.message == created.stored
    assert (created.files, edited.files) == (("trigger.png",), ())
    for shown in (created, edited):
        assert shown.body["embeds"][0]["image"] == {"url": "attachment://trigger.png"}
    assert edited.body["content"].startswith("[EXPIRED]")
    assert sum(s.method == "POST" for s in server.of(card.id)) == 1
    end(again, screen)
    verified(tmp_path, again)


def test_given_a_kill_while_a_create_is_on_its_way_then_it_is_sent_once_more_and_says_so(
    start: Starter, server: DiscordServer
) -> None:
    server.always = "hang"
    host = start()
    screen = Screen(host.socket())
    first = watch(screen, lambda: server.seen)[0]
    host.process.kill()
    host.wait()
    server.always = "ok"
    key = footer(first.body)
    again = start()
    screen = Screen(again.socket())
    watch(screen, lambda: len(server.of(key)) >= 2)
    assert [s.method for s in server.of(key)][:2] == ["POST", "POST"]
    assert footer(server.of(key)[1].body).endswith("(retry)")
    end(again, screen)
    assert sum(s.method == "POST" for s in server.of(key)) == 2


STORM = (
    "429 body", "429", "502", "hang", "drip", "big", "reset", "204", "302", "429 header",
    "hang-before", "reset-after", "500",
)  # fmt: skip


@pytest.mark.long
def test_a_storm_stalls_nothing_doubles_nothing_and_leaves_nothing_without_a_record(
    start: Starter, server: DiscordServer, tmp_path: Path
) -> None:
    """Acceptance test 25."""
    for kind in STORM:
        server.script += [kind, "ok"]
    words = ("--symbols", "12", "--speed", "8", "--cards", "60", "--keep")
    host, calm = start(*words), start(*words, name="calm", RAMSTOCK_DISCORD__URL="")
    screen, beside = Screen(host.socket()), Screen(calm.socket())
    status = screen.status()
    seen: dict[Screen, list[m.Beat]] = {screen: [], beside: []}
    until = time.monotonic() + 10
    locked = False
    while time.monotonic() < until:
        for each, beats in seen.items():
            if isinstance(message := each.read(0.05), m.Beat):
                beats.append(message)
        if not locked and time.monotonic() > until - 6:
            locked = True  # a message that is no card
            screen.send(m.Order(1, 0, time.monotonic_ns(), Lock()))
    # a host on the same busy machine that tells nobody is no better off by 50 ms
    late, fair = seen[screen], seen[beside]
    assert _median(_gaps(late)) < _median(_gaps(fair)) + STALL_S
    assert _median([x.lag_p99_ms for x in late]) <= _median([x.lag_p99_ms for x in fair]) + 50
    server.always = "404"
    server.script.clear()
    end(host, screen)
    check_messages(server)
    check_records(server, host)
    assert status.discord is not None
    assert all(s.body["allowed_mentions"] == {"parse": []} for s in server.seen)
    assert server.elsewhere == 0
    verified(tmp_path, host)
    check_no_secret(tmp_path, host)


def _gaps(beats: list[m.Beat]) -> list[float]:
    """Seconds between two beats, by the host's clock; one is due every 250 ms."""
    return [(b.mono_ns - a.mono_ns) / 1e9 for a, b in pairwise(beats)]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def check_messages(server: DiscordServer) -> None:
    """In order, and at most one create that says it may be a second."""
    keys = {footer(s.body).removesuffix(" (retry)") for s in server.seen}
    for key in keys:
        life = server.of(key)
        stored = [s for s in life if s.method == "POST" and s.stored]
        unmarked = [s for s in stored if not footer(s.body).endswith("(retry)")]
        assert len(unmarked) <= 1, server.told()
        assert len(stored) <= 2, server.told()
        methods = [s.method for s in life]
        assert methods == sorted(methods, key=["POST", "PATCH"].index)


def check_records(server: DiscordServer, host: Host) -> None:
    """Every blueprint and lock of the ledger: its last word was delivered, or it is on record."""
    lines = [x.raw for x in read_ledger(SessionDir(host.directory).ledger, strict=False)]
    acting = {x["profile"] for x in lines if x["kind"] == "signal"} & {"small_account"}
    assert acting
    wanted = {
        x["body"]["id"] for x in lines if x["kind"] == "signal" and x["profile"] == "small_account"
    }
    wanted |= {"lock:manual"}
    last: dict[str, str] = {}
    for x in lines:
        if x["kind"] == "sink" and x["sink"] == "discord":
            last[x["key"]] = x["state"]
    assert wanted <= last.keys(), wanted - last.keys()
    for key, state in last.items():
        if state in ("sent", "edited"):
            assert any(s.stored or s.message for s in server.of(key)), key


def check_no_secret(home: Path, host: Host) -> None:
    """In no file, and in nothing that was printed."""
    out, err = host.process.communicate(timeout=10)
    assert TOKEN.encode() not in out + err
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "alerts.jsonl" for path in files)
    for path in files:
        assert TOKEN.encode() not in path.read_bytes(), path


def test_a_webhook_that_is_deleted_stops_and_a_retry_starts_again(
    start: Starter, server: DiscordServer, tmp_path: Path
) -> None:
    server.always = "404"
    host = start()
    screen = Screen(host.socket())
    status = watch(screen, lambda: _stopped(screen))
    assert (status.detail, status.undelivered > 0) == ("404", True)
    watch(screen, lambda: "Discord: stopped 404" in str(screen.slices.get("log")))
    count = len(server.seen)
    time.sleep(0.5)  # it must stay silent: nothing to wait for
    assert len(server.seen) == count == 1
    server.always = "ok"
    env = {"RAMSTOCK_DATA": str(tmp_path), "RAMSTOCK_DISCORD__URL": server.url}
    shown = ramstock(tmp_path, "alerts", "status", host.directory, "--json", **env)
    told = json.loads(shown.stdout)
    assert told["undelivered"]
    assert told["host"]["state"] == "stopped"
    done = ramstock(tmp_path, "alerts", "retry", host.directory, **env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "undelivered alerts" in done.stdout
    watch(screen, lambda: server.messages)
    end(host, screen)
    assert TOKEN not in shown.stdout + done.stdout


def _stopped(screen: Screen) -> m.DiscordRow | None:
    row = screen.status().discord
    return row if row is not None and row.state == "stopped" else None


def test_the_alert_command_gets_the_event_and_no_shell(
    start: Starter, server: DiscordServer, tmp_path: Path
) -> None:
    out = tmp_path / "told"
    script = tmp_path / "told.py"
    script.write_text(
        "import os, sys\n"
        f"open({str(out)!r}, 'a').write(sys.stdin.read())\n"
        "assert not [n for n in os.environ if 'DISCORD' in n]\n"
        "assert sys.argv[1:] == ['$(id)', '; id']\n"
    )
    command = json.dumps(["python3", str(script), "$(id)", "; id"])
    host = start(RAMSTOCK_ALERTS__COMMAND=command)
    screen = Screen(host.socket())
    watch(screen, lambda: b'"done"' in SessionDir(host.directory).ledger.read_bytes())
    end(host, screen)
    first = json.loads(out.read_text().splitlines()[0])
    assert (first["kind"], first["prefix"]) == ("blueprint", "PENDING")
    states = {line["state"] for line in sinks(host) if line["sink"] == "command"}
    assert "done" in states
    assert states <= {"done", "undelivered"}


@pytest.mark.parametrize(("ends", "told"), [("14:59:30", 0), ("15:00:30", 1)])
def test_a_session_that_ends_after_off_sums_up_its_day(
    ends: str, told: int, start: Starter, server: DiscordServer
) -> None:
    host = start("--symbols", "4", "--clock-at", f"2026-11-23T{ends}", "--keep")
    end(host, Screen(host.socket()))
    titles = [message["embeds"][0]["title"] for message in server.messages.values()]
    assert sum(title.startswith("[DAY] demo · net +$0.00 ") for title in titles) == told


def test_a_session_without_an_address_says_off_and_writes_nothing(start: Starter) -> None:
    host = start(RAMSTOCK_DISCORD__URL="")
    screen = Screen(host.socket())
    alert = screen.of(m.Alert)
    assert alert.text.startswith("[PENDING] demo · ")
    row = screen.status().discord
    assert row is not None
    assert row.state == "off"
    end(host, screen)
    assert not (host.directory / "alerts.jsonl").exists()
    assert sinks(host) == []


def test_a_screen_notifies_and_shows_no_address(server: DiscordServer, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "ramstock_tui", "demo", "--symbols", "12"]
    with tempfile.TemporaryDirectory(prefix="rt-") as runtime:
        env = {
            "XDG_RUNTIME_DIR": runtime,
            "RAMSTOCK_DATA": str(tmp_path / "data"),
            "RAMSTOCK_DISCORD__URL": server.url,
            "TERM_PROGRAM": "WezTerm",
        }
        words = [*command, "--speed", "8", "--cards", "60"]
        with terminal(words, tmp_path, size=(200, 50), **env) as screen:
            screen.shows("disc ok")
            screen.until(lambda: b"\x1b]9;ramstock: [PENDING] demo " in screen.out)
            screen.until(lambda: b"\x1b]2;(!) " in screen.out)
            screen.until(lambda: re.search(rb"disc (ok|SLOW) [0-9]+ms", screen.out))
            screen.process.send_signal(signal.SIGTERM)
            assert screen.code() == 143
            assert screen.out.rfind(b"\x1b[23;2t") > screen.out.rfind(b"\x1b[22;2t") > 0
            assert TOKEN.encode() not in screen.out
        kept = {name: env[name] for name in ("XDG_RUNTIME_DIR", "RAMSTOCK_DATA")}
        assert ramstock(tmp_path, "stop", "--all", **kept).returncode == 0
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path
