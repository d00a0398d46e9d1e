"""`ramstock alerts`: what a person who sets Discord up sees, and never the address."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host.help import ramstock
from tests.sinks.discord_server import TOKEN, DiscordServer


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        yield server


def test_a_test_message_arrives_and_says_how_long_it_took(
    server: DiscordServer, tmp_path: Path
) -> None:
    done = ramstock(tmp_path, "alerts", "test", RAMSTOCK_DISCORD__URL=server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("delivered in ")
    assert done.stdout.endswith(" ms (RAMSTOCK_DISCORD__URL)\n")
    (seen,) = server.seen
    assert seen.body["content"] == "[TEST] ramstock can reach this channel"
    assert TOKEN not in done.stdout


@pytest.mark.parametrize(
    ("kind", "said"),
    [("404", "404"), ("502", "502"), ("302", "302 redirect"), ("429 day", "86400 s of silence")],
)
def test_a_refusal_is_an_error_that_names_no_address(
    kind: str, said: str, server: DiscordServer, tmp_path: Path
) -> None:
    server.always = kind
    env = {"RAMSTOCK_DISCORD__URL": server.url}
    done = ramstock(tmp_path, "alerts", "test", "--json", **env)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["delivered"], said in told["why"]) == (False, True)
    assert said in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert server.elsewhere == 0


def test_without_an_address_it_says_how_to_set_one(tmp_path: Path) -> None:
    done = ramstock(tmp_path, "alerts", "test")
    assert done.returncode == 1
    assert "RAMSTOCK_DISCORD__URL" in done.stderr


def test_a_wrong_address_is_refused_without_repeating_it(tmp_path: Path) -> None:
    url = f"http://example.org/{TOKEN}"
    done = ramstock(tmp_path, "alerts", "status", RAMSTOCK_DISCORD__URL=url)
    assert done.returncode == 3
    assert "plain http" in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_no_command_line_takes_the_address(tmp_path: Path) -> None:
    url = f"discord.url=https://discord.com/{TOKEN}"
    done = ramstock(tmp_path, "replay", tmp_path, "--headless", "--set", url)
    assert done.returncode in (1, 2)
    assert TOKEN not in done.stdout + done.stderr


def test_status_tells_of_the_file_and_warns_when_others_can_read_it(
    server: DiscordServer, tmp_path: Path
) -> None:
    file = tmp_path / "webhook"
    file.write_text(server.url)
    file.chmod(0o644)
    done = ramstock(tmp_path, "alerts", "status", RAMSTOCK_DISCORD__URL_FILE=str(file))
    assert done.returncode == 0
    assert "chmod 600" in done.stderr
    assert "discord   <secret #" in done.stdout
    assert f"from {file}" in done.stdout
    assert TOKEN not in done.stdout + done.stderr


def test_retry_without_a_session_says_so(tmp_path: Path) -> None:
    done = ramstock(tmp_path, "alerts", "retry", XDG_RUNTIME_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "ramstock: no engine host runs\n")
