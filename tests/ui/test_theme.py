"""Themes: complete, readable, and named errors."""

from pathlib import Path

import pytest

from ramstock_tui.errors import ConfigError
from ramstock_tui.ui import theme


@pytest.mark.parametrize("name", theme.THEMES)
def test_every_token_stands_out_from_its_ground_by_4_5_to_1(name: str) -> None:
    palette = theme.load(name)
    ratios = {token: theme.contrast(look.color, look.on) for token, look in palette.looks.items()}
    assert {token: ratio for token, ratio in ratios.items() if ratio < 4.5} == {}
    assert theme.contrast(palette.foreground, palette.background) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_mono_theme_has_no_hue() -> None:
    looks = theme.load("mono").looks.values()
    for color in {part for look in looks for part in (look.color, look.on)}:
        assert color[1:3] == color[3:5] == color[5:7]


def test_the_style_sheet_has_one_rule_for_each_token() -> None:
    sheet = theme.theme_file("cockpit.tcss").read_text(encoding="utf-8")
    for token in theme.TOKENS:
        assert f".cell--{token} {{ color: ${token};" in sheet


def test_given_a_theme_without_a_token_then_the_error_names_file_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "x.toml"
    broken.write_text('foreground = "#ffffff"\nbackground = "#000000"\n[tokens]\nbid = {}\n')
    monkeypatch.setattr(theme, "theme_file", lambda name: tmp_path / name)
    with pytest.raises(ConfigError, match=r"x\.toml: tokens\.ask: missing"):
        theme.load("x")
