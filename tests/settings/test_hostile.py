"""Broken configurations: one line that names the file and the key, and never a traceback."""

import os
from pathlib import Path

import pytest

from ramstock_tui.errors import ConfigError
from tests.settings.corpus import CORPUS, SIZE, UNREADABLE
from tests.settings.support import MINE, load, user_path, write


def refusal(folder: Path, user: str | bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(folder, user=user)
    error = caught.value
    assert error.exit_code == 3
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert str(error).isprintable()
    assert len(str(error)) < 600
    return error


@pytest.mark.parametrize(("text", "key", "words"), CORPUS, ids=range(len(CORPUS)))
def test_a_broken_setting_is_refused_with_file_and_key(
    tmp_path: Path, text: str, key: str, words: str
) -> None:
    error = refusal(tmp_path, text)
    assert str(error).startswith(f"{user_path(tmp_path)}: {key}: ")
    assert words in str(error)


@pytest.mark.parametrize(("content", "words"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_file_that_is_no_configuration_is_refused_with_its_name(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    error = refusal(tmp_path, content)
    assert str(error).startswith(f"{user_path(tmp_path)}: ")
    assert words in str(error)


def test_a_value_that_may_be_a_secret_is_not_repeated(tmp_path: Path) -> None:
    for text in (
        "discord_url = 'https://hook/s3cret'",
        "theme = 's3cret'",
        "profile = 'https://hook/s3cret'",
        "[ui]\ntheme = 'abcdefghijklmnopqrstuvwxyz-s3cret-ABC'",
    ):
        assert "s3cret" not in str(refusal(tmp_path, text))


def test_several_problems_are_counted_and_a_typo_comes_before_what_it_leaves_out(
    tmp_path: Path,
) -> None:
    error = refusal(tmp_path, MINE.replace("min_score", "min_scor").replace("off =", "of ="))
    assert error.key == "profiles.mine.min_scor"
    assert str(error).endswith("(line 3); and 3 more")


def test_contradictions_are_counted_too(tmp_path: Path) -> None:
    error = refusal(tmp_path, f"phase = 2\nprofile = 'x'\n{SIZE}ceiling = 300")
    assert str(error).endswith('quant, small_account; was "x" (line 2); and 1 more')


def test_a_profile_with_phase_caps_needs_its_other_caps(tmp_path: Path) -> None:
    error = refusal(tmp_path, MINE.replace("round_to", "phase_caps = [1, 2, 3], round_to"))
    assert error.key == "profiles.mine.size.share_cap"
    assert "and 1 more" in str(error)


def test_the_blame_goes_to_the_layer_that_set_the_key_last(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, user="phase = 9\n", config="# later\nphase = 8\n")
    assert str(caught.value) == (
        f"{tmp_path / 'extra.toml'}: phase: expected a whole number from 1 to 3; was 8 (line 2)"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RAMSTOCK_FOO", "s3cret", "unknown key"),
        ("RAMSTOCK_", "1", "unknown key"),
        ("RAMSTOCK_UI__FSP", "1", "did you mean fps?"),
        ("RAMSTOCK_UI__FPS", "", 'was ""'),
        ("RAMSTOCK_UI__FPS", "5\nphase = 1", "expected a whole number"),
        ("RAMSTOCK_UI__FPS", "nan", "was nan"),
        ("RAMSTOCK_UI__FPS", "\udcff", "was"),
        ("RAMSTOCK_UI__FPS", "[" * 10_000, "a text of 10000 characters"),
        ("RAMSTOCK_UI", "5", "expected a table; was 5"),
        ("RAMSTOCK_UI", "{ fsp = 5 }", "(ui.fsp): unknown key"),
        ("RAMSTOCK_PHASE__X", "1", "expected a whole number"),
        ("RAMSTOCK_" + "A__" * 10_000, "1", "no such setting"),
    ],
    ids=range(12),
)
def test_a_broken_variable_is_refused_with_its_name(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, env={name: value})
    assert str(caught.value).startswith(f"environment: {name[:100]}")
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
    assert "s3cret" not in str(caught.value)


def test_two_variables_for_one_setting_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"RAMSTOCK_UI__FPS: .*another variable"):
        load(tmp_path, env={"RAMSTOCK_UI": "{ fps = 3 }", "RAMSTOCK_UI__FPS": "4"})


@pytest.mark.parametrize("key", ["ui.fsp", "", "..", "ui.fps.x", "a." * 5_000], ids=range(5))
def test_a_broken_flag_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=r"^command line: "):
        load(tmp_path, overrides={key: "1"})


def test_a_named_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    from ramstock_tui import settings

    for path in (tmp_path / "none.toml", tmp_path, Path("a\0b"), Path("/dev/null")):
        with pytest.raises(ConfigError) as caught:
            settings.load(config=path, env={"XDG_CONFIG_HOME": str(tmp_path)})
        assert str(caught.value).isprintable()


def test_a_missing_file_of_the_user_is_no_error_but_a_dangling_link_is(tmp_path: Path) -> None:
    assert load(tmp_path).phase == 1
    user_path(tmp_path).parent.mkdir()
    user_path(tmp_path).symlink_to(tmp_path / "gone")
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path)


def test_a_pipe_in_place_of_the_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    user_path(tmp_path).parent.mkdir()
    os.mkfifo(user_path(tmp_path))
    with pytest.raises(ConfigError, match="is not a regular file"):
        load(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    write(user_path(tmp_path), "phase = 1\n")
    user_path(tmp_path).chmod(0)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load(tmp_path)
