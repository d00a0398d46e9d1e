"""Endpoints and symbols in the settings."""

from pathlib import Path

import pytest

from ramstock_tui import settings
from ramstock_tui.errors import ConfigError

END = "[[ibkr.endpoints]]\nport = 4002\n"


def loaded(tmp_path: Path, text: str) -> settings.IbkrSettings:
    path = tmp_path / "c.toml"
    path.write_text(text)
    return settings.load(config=path, env={"XDG_CONFIG_HOME": str(tmp_path)}).ibkr


def test_an_endpoint_needs_a_port_and_has_the_limits_of_a_common_account(tmp_path: Path) -> None:
    found = loaded(tmp_path, END + '[universe]\nsymbols = ["ABCD", "BRK B"]\n')
    (end,) = found.endpoints
    assert (end.host, end.port, end.client_id) == ("127.0.0.1", 4002, 17)
    assert (end.max_lines, end.max_depth, end.max_tick_by_tick) == (100, 3, 3)
    assert found.symbols == ("ABCD", "BRK B")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[ibkr.endpoints]]\nhost = '127.0.0.1'\n", "ibkr.endpoints[0].port: is missing"),
        ("[[ibkr.endpoints]]\nport = 0\n", "from 1 to 65535; was 0"),
        (END + "host = '10.0.0.5'\n", "is not this machine"),
        (END + END, "is that of endpoint 1 too"),
        (END + "hots = 'x'\n", "did you mean host"),
        ("[universe]\nsymbols = ['ABCD', 'ABCD']\n", "holds ABCD twice"),
        ("[universe]\nsymbols = ['[/x]']\n", "a symbol: capitals"),
        ("[universe]\nsymbols = ['../x']\n", "a symbol: capitals"),
        ("[ibkr]\nsizes = 'boxes'\n", "one of 'shares', 'lots'"),
        ("[ibkr]\nrestart = '24:00'\n", 'ibkr.restart: expected a time of day as "HH:MM"'),
        ("[ibkr]\nrestart = '23:45'\nrestart_min = 0\n", "from 1 to 240; was 0"),
    ],
)
def test_what_cannot_be_is_one_line_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_daily_restart_has_a_beginning_and_a_length(tmp_path: Path) -> None:
    found = loaded(tmp_path, "[ibkr]\nrestart = '23:45'\nrestart_min = 20\n")
    assert (found.restart_s, found.restart_for_s) == (85_500, 1_200)
    assert loaded(tmp_path, "").restart_s is None


def test_another_machine_must_be_allowed(tmp_path: Path) -> None:
    (end,) = loaded(tmp_path, END + "host = '10.0.0.5'\nallow_remote = true\n").endpoints
    assert end.host == "10.0.0.5"


def test_whether_an_endpoint_is_configured_is_known_without_loading_all(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    path.write_text("")
    assert not settings.endpoint_configured(config=path, env=env)
    path.write_text(END)
    assert settings.endpoint_configured(config=path, env=env)
