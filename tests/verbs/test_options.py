"""`--set KEY=VALUE`: which rules a what-if runs under, and what is said of keys that cannot be."""

from pathlib import Path

import pytest

from ramstock_tui import settings
from ramstock_tui.errors import ConfigError
from ramstock_tui.verbs import options

MIN_SCORE = "profiles.small_account.min_score"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings but those of the test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def test_pairs_become_a_layer_and_the_value_may_hold_equal_signs_and_blanks() -> None:
    given = ["guards.drift_ticks=2", f" {MIN_SCORE} = 7.5 ", "profiles.a.b=[{x = 1}, {y = 2}]"]
    assert options.changes(given) == {
        "guards.drift_ticks": "2",
        MIN_SCORE: "7.5",
        "profiles.a.b": "[{x = 1}, {y = 2}]",
    }
    assert options.changes([]) == {}


@pytest.mark.parametrize("text", ["", "=", "=7", " = 7", MIN_SCORE, "a\x1b[2Jb"])
def test_what_is_no_pair_is_refused_and_shown_without_its_controls(text: str) -> None:
    with pytest.raises(options.UsageError, match="--set: expected KEY=VALUE, was '") as caught:
        options.changes([text])
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("key", ["equity", "phase", "profile", "fee_model", "ui.fps"])
def test_what_the_recording_holds_cannot_be_set_and_the_key_is_named(key: str) -> None:
    with pytest.raises(options.UsageError, match=f"--set {key}: is not a rule"):
        options.changes([f"{key}=1"])


def test_a_key_given_twice_is_named() -> None:
    with pytest.raises(options.UsageError, match=rf"--set {MIN_SCORE}: is given twice"):
        options.changes([f"{MIN_SCORE}=7", f"{MIN_SCORE} =8"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{MIN_SCORE}=high", f"command line: {MIN_SCORE}: expected"),
        (f"{MIN_SCORE}=", f"command line: {MIN_SCORE}: expected"),
        ("guards.drift_tick=1", "command line: guards.drift_tick: unknown key; did you mean"),
        ("guard.drift_ticks=1", "command line: guard: unknown key"),
        ("profiles.new.min_score=7", "command line: profiles.new"),
        ("..=1", 'command line: "": unknown key'),
        (f"{'a.' * 200}b=1", "command line: a.a."),
    ],
)
def test_a_key_that_is_unknown_or_a_value_that_does_not_fit_is_named(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options.rules_for(None, None, options.changes([text]))
    assert str(caught.value).startswith(words)
    assert len(str(caught.value)) < 400


def test_without_changes_a_session_keeps_its_rules_and_an_import_has_the_configured_ones(
    home: Path,
) -> None:
    defaults = settings.load().rules
    other, note = options.rules_for(None, None, options.changes([f"{MIN_SCORE}=7.5"]))
    assert (other.profiles[0].min_score_e4, note) == (75_000, "")
    assert options.rules_for(other, None, {}) == (other, "")
    assert options.rules_for(None, None, {}) == (defaults, "")


def test_a_change_is_the_only_difference_and_a_note_says_when_it_is_not(home: Path) -> None:
    recorded = settings.load().rules
    changed = options.changes([f"{MIN_SCORE}=7.5", "guards.drift_ticks=3"])
    rules, note = options.rules_for(recorded, None, changed)
    assert (rules.profiles[0].min_score_e4, rules.guards.drift_ticks, note) == (75_000, 3, "")

    (home / "ramstock").mkdir()
    (home / "ramstock" / "config.toml").write_text("[execution]\nlatency_ms = 300\n")
    rules, note = options.rules_for(recorded, None, changed)
    assert rules.execution.latency_ms == 300
    assert note.startswith("note: your settings differ from those of the session")


def test_a_change_wins_over_the_file_of_config(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[guards]\ndrift_ticks = 5\nlink_age_ms = 400\n")
    recorded = settings.load().rules
    rules, note = options.rules_for(recorded, file, options.changes(["guards.drift_ticks=2"]))
    assert (rules.guards.drift_ticks, rules.guards.link_age_ms, note) == (2, 400, "")
