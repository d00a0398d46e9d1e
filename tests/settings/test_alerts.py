"""The address of the webhook: where it is found, what is refused, and that nothing shows it."""

import json
from pathlib import Path

import pytest

from ramstock_tui import settings
from ramstock_tui.errors import ConfigError
from ramstock_tui.secret import Secret
from tests.settings.support import load, write

URL = "https://discord.com/api/webhooks/1/CANARY-a1b2"


def test_without_an_address_discord_is_off(tmp_path: Path) -> None:
    found = load(tmp_path).alerts
    assert (found.url, found.command, found.attach_screenshot) == (None, (), False)


def test_the_environment_gives_the_address(tmp_path: Path) -> None:
    found = load(tmp_path, env={"RAMSTOCK_DISCORD__URL": URL})
    assert found.alerts.url == Secret(URL)
    assert found.alerts.source == "RAMSTOCK_DISCORD__URL"
    assert URL not in repr(found)
    assert "CANARY" not in repr(found)


def test_a_private_file_gives_the_address(tmp_path: Path) -> None:
    file = tmp_path / "webhook"
    write(file, URL + "\n")
    for found in (
        load(tmp_path, user=f'[discord]\nurl_file = "{file}"\n'),
        load(tmp_path, env={"RAMSTOCK_DISCORD__URL_FILE": str(file)}),
    ):
        assert found.alerts.url == Secret(URL)
        assert found.warnings == ()


def test_a_file_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "webhook"
    write(file, URL)
    file.chmod(0o644)
    found = load(tmp_path, env={"RAMSTOCK_DISCORD__URL_FILE": str(file)})
    assert found.alerts.url == Secret(URL)
    (warning,) = found.warnings
    assert warning == f"{file}: others can read it (mode 0644); chmod 600 it"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://discord.com/api/webhooks/1/CANARY", "plain http"),
        ("http://10.0.0.7/api/webhooks/1/CANARY", "plain http"),
        ("https://example.org/api/webhooks/1/CANARY", "expected a host of discord.com"),
        ("https://discord.com.example.org/CANARY", "expected a host of discord.com"),
        ("https://user:CANARY@discord.com/api/webhooks/1/x", "without a user"),
        ("https://discord.com:8443/api/webhooks/1/CANARY", "expected no port"),
        ("https://discord.com", "with its path"),
        ("file:///etc/CANARY", "begins with https"),
        ("https://discord.com/CANARY\x1b]52;c;x", "expected a web address"),
        ("https://discord.com/" + "CANARY" * 100, "at most 512 characters"),
        ("hooks/CANARY", "begins with https"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_not_repeated(
    url: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, env={"RAMSTOCK_DISCORD__URL": url})
    assert words in str(refused.value)
    assert "CANARY" not in str(refused.value)
    assert "RAMSTOCK_DISCORD__URL" in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://discord.com/api/webhooks/1/x",
        "https://canary.discord.com/api/v10/webhooks/1/x?thread_id=7",
        "https://discordapp.com/api/webhooks/1/x",
        "http://127.0.0.1:8080/hook",
        "http://[::1]:8080/hook",
        "http://localhost:99/hook",
    ],
)
def test_addresses_of_discord_and_of_this_machine_will_do(url: str, tmp_path: Path) -> None:
    assert load(tmp_path, env={"RAMSTOCK_DISCORD__URL": url}).alerts.url == Secret(url)


@pytest.mark.parametrize("value", ["7", "true", '["CANARY"]', '{ a = "CANARY" }'])
def test_a_value_of_another_kind_is_refused_and_not_repeated(value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, user=f"[discord]\nurl = {value}\n")
    assert "expected a text; was something else" in str(refused.value)
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize("name", ["missing", "", "folder"])
def test_a_file_that_gives_nothing_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / (name or "empty")
    if not name:
        write(path, "")
    with pytest.raises(ConfigError, match=str(path)):
        load(tmp_path, env={"RAMSTOCK_DISCORD__URL_FILE": str(path)})


def test_a_secret_shows_only_its_fingerprint() -> None:
    secret = Secret(URL)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", ascii(secret)):
        assert "CANARY" not in shown
        assert secret.fingerprint in shown
    assert secret.fingerprint == Secret(URL).fingerprint != Secret(URL + "x").fingerprint
    with pytest.raises(TypeError):
        json.dumps({"url": secret})
    with pytest.raises(TypeError):
        __import__("pickle").dumps(secret)


def test_a_host_that_goes_on_finds_the_same_without_loading_everything(tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert settings.load_alerts(env=env) == (settings.AlertSettings(), ())
    env["RAMSTOCK_DISCORD__URL"] = URL
    assert settings.load_alerts(env=env)[0] == settings.load(env=env).alerts
