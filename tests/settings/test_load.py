"""What the layers give when everything is in order."""

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui import settings
from ramstock_tui.core.profile import METRICS, RULES_VERSION, Gates, Profile, Step, Window
from ramstock_tui.errors import ConfigError, JournalError
from ramstock_tui.settings import Settings
from ramstock_tui.settings.checks import LIMITS
from tests.settings.support import DEFAULTS, MINE, load, user_path, write


def profile(loaded: Settings, name: str = "small_account") -> Profile:
    return next(one for one in loaded.rules.profiles if one.name == name)


def test_the_shipped_defaults_give_the_seed_numbers_as_exact_integers(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    small = profile(loaded)
    assert (loaded.acting, loaded.fee_model, loaded.phase) == ("small_account", "seed_flat", 1)
    assert (loaded.equity_cents, loaded.ui.fps, loaded.ui.theme) == (4_000_000, 10, "dark")
    assert loaded.rules.version == RULES_VERSION
    assert small.min_score_e4 == 80_000
    assert small.rules == (
        Step("ratio_3", 30_000, "at_least", 5, 2),
        Step("spread", 20_000, "at_most", 400, 1, held_ms=2_000),
        Step("tape_velocity", 20_000, "at_least", 4),
        Step("ask_depth", 20_000, "at_least", 1_200),
        Step("reclaim", 10_000, "at_least", 1),
    )
    assert small.gates == Gates(500, True, 1_200)
    assert small.reclaim.max_above_e4 == 200
    assert (small.size.risk_bp, small.size.risk_max_cents, small.size.ceiling) == (25, 10_000, 600)
    assert (small.losses.soft_e4, small.losses.hard_e4, small.losses.hard_bp) == (
        4_000_000,
        6_000_000,
        150,
    )
    assert small.bracket.ttl_ms == 20_000
    assert [f.per_share_e4 for f in loaded.rules.fees if f.name == "seed_flat"] == [35]
    assert loaded.warnings == ()


def test_the_shipped_windows_are_those_of_the_seed(tmp_path: Path) -> None:
    day = profile(load(tmp_path)).day
    assert day.windows == (
        Window("PRE", 33_900, 34_200, "monitor"),
        Window("PRIMARY", 34_200, 37_800, "signals", 3),
        Window("SECONDARY", 37_800, 41_400, "signals", 2),
        Window("DARK", 41_400, 50_400, "monitor"),
        Window("FINAL", 50_400, 54_000, "if_ahead", 2),
    )
    assert (day.off_s, day.early_close_off_s) == (54_000, 3_600)


def test_a_later_layer_wins_key_by_key_and_the_origin_says_so(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        user="equity = 50000\nphase = 2\n[ui]\nfps = 4\n[guards]\ndrift_ticks = 0\n",
        config="equity = 60000.5\n[ui]\nfps = 5\n",
        env={"RAMSTOCK_UI__FPS": "6", "RAMSTOCK_PROFILES__SMALL_ACCOUNT__MIN_SCORE": "9"},
        overrides={"ui.fps": "7"},
    )
    assert (loaded.equity_cents, loaded.phase, loaded.ui.fps) == (6_000_050, 2, 7)
    assert loaded.ui.theme == "dark"
    assert (loaded.rules.guards.drift_ticks, loaded.rules.guards.link_age_ms) == (0, 500)
    assert profile(loaded).min_score_e4 == 90_000
    assert {
        key: loaded.sources[key]
        for key in ("equity", "phase", "ui.fps", "ui.theme", "profiles.small_account.min_score")
    } == {
        "equity": str(tmp_path / "extra.toml"),
        "phase": str(user_path(tmp_path)),
        "ui.fps": "command line",
        "ui.theme": "defaults",
        "profiles.small_account.min_score": "RAMSTOCK_PROFILES__SMALL_ACCOUNT__MIN_SCORE",
    }


def test_a_list_replaces_the_list_of_the_layer_below(tmp_path: Path) -> None:
    loaded = load(tmp_path, user='[profiles.small_account]\nrejects = ["stall"]\n')
    assert profile(loaded).rejects == ("stall",)
    assert len(profile(loaded).rules) == 5


def test_a_profile_of_the_user_stands_beside_the_shipped_one(tmp_path: Path) -> None:
    loaded = load(tmp_path, user='profile = "mine"\n' + MINE)
    mine = profile(loaded, "mine")
    names = [one.name for one in loaded.rules.profiles]
    assert names == ["mine", "platform", "quant", "small_account"]
    assert loaded.acting == "mine"
    assert mine.gates == Gates(500, False, None)
    assert (mine.size.phase_caps, mine.size.ceiling, mine.size.notional_bp) == ((), None, 5_000)
    assert (mine.losses.soft_e4, mine.throttle.then_every_s, mine.bracket.ttl_ms) == (None, 0, 2500)
    assert mine.day.windows[0].start_s == 34_230


def test_a_profile_of_the_user_inherits_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"profiles\.mine\.losses: is missing \(line 2\)"):
        load(tmp_path, user=MINE.replace("\nlosses =", "\n#losses ="))


@pytest.mark.parametrize("text", ["0.07", "0.0700", "7e-2", "0.29"])
def test_dollars_are_exact_where_binary_floats_are_not(tmp_path: Path, text: str) -> None:
    loaded = load(tmp_path, overrides={"profiles.small_account.reclaim.max_above": text})
    assert profile(loaded).reclaim.max_above_e4 == Decimal(text) * 10_000


def test_a_binary_float_from_a_program_is_taken_by_its_shortest_form(tmp_path: Path) -> None:
    assert load(tmp_path, overrides={"equity": 40000.07}).equity_cents == 4_000_007


def test_overrides_may_be_nested_or_dotted(tmp_path: Path) -> None:
    loaded = load(tmp_path, overrides={"ui": {"fps": 3}, "guards.drift_ticks": 2, "phase": 3})
    assert (loaded.ui.fps, loaded.rules.guards.drift_ticks, loaded.phase) == (3, 2, 3)


def test_a_variable_can_hold_a_table_or_a_list(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        env={
            "RAMSTOCK_UI": "{ fps = 3 }",
            "RAMSTOCK_PROFILES__SMALL_ACCOUNT__REJECTS": '["flash"]',
            "RAMSTOCK_PROFILES__SMALL_ACCOUNT__OFF": "15:30:00",
        },
    )
    assert (loaded.ui.fps, loaded.ui.theme) == (3, "dark")
    assert profile(loaded).rejects == ("flash",)
    assert profile(loaded).day.off_s == 55_800


@pytest.mark.parametrize("name", ["SHARED", "REQUIRE", "DATA", "PYTHON", "ALL"])
def test_variables_of_the_test_and_start_scripts_are_no_settings(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, env={f"RAMSTOCK_{name}": "x"}) == load(tmp_path)


def test_the_resolved_rules_come_back_from_json(tmp_path: Path) -> None:
    rules = load(tmp_path, user=MINE).rules
    assert settings.rules_from(json.loads(json.dumps(settings.resolved(rules)))) == rules


def test_resolved_rules_hold_no_floats(tmp_path: Path) -> None:
    def kinds(value: Any) -> set[type]:
        if not isinstance(value, dict | list | tuple):
            return {type(value)}
        inner = value.values() if isinstance(value, dict) else value
        return {kind for one in inner for kind in kinds(one)}

    assert kinds(settings.resolved(load(tmp_path).rules)) <= {int, str, bool, type(None)}


def test_a_damaged_ledger_header_is_a_journal_error(tmp_path: Path) -> None:
    plain = settings.resolved(load(tmp_path).rules)
    plain["profiles"][0]["min_score_e4"] = "8"
    with pytest.raises(JournalError, match="min_score_e4"):
        settings.rules_from(plain)


def test_every_metric_has_a_range_for_its_limit() -> None:
    assert set(LIMITS) == set(METRICS)


def test_a_file_that_others_can_read_is_mentioned(tmp_path: Path) -> None:
    write(user_path(tmp_path), "phase = 2\n")
    user_path(tmp_path).chmod(0o644)
    (warning,) = load(tmp_path).warnings
    assert warning.startswith(str(user_path(tmp_path)))


def test_windows_line_ends_and_a_byte_order_mark_are_taken(tmp_path: Path) -> None:
    text = "\ufeffphase = 2\r\n[ui]\r\nfps = 4\r\n"
    assert load(tmp_path, user=text).ui.fps == 4


def test_the_whole_shipped_file_can_be_the_file_of_the_user(tmp_path: Path) -> None:
    assert load(tmp_path, user=DEFAULTS).rules == load(tmp_path / "none").rules


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../pyproject.toml", "themes/../../x", "a\0b"])
def test_data_files_are_found_by_plain_names_only(name: str) -> None:
    with pytest.raises(ConfigError, match="not a name of a file"):
        settings.data_file(name)


def test_a_data_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"themes/nope\.toml: missing from the installation"):
        settings.data_file("themes/nope.toml")


def test_an_installed_package_takes_its_own_data_not_a_file_beside_it(tmp_path: Path) -> None:
    shutil.copytree(Path(settings.__file__).parents[1], tmp_path / "ramstock_tui")
    write(tmp_path / "config.toml", "stranger = 1\n")
    write(tmp_path / "ramstock_tui" / "_data" / "config.toml", DEFAULTS)
    probe = "from ramstock_tui import settings; print(settings.data_file('config.toml'))"
    shown = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == str(tmp_path / "ramstock_tui" / "_data" / "config.toml")


def test_importing_settings_does_not_import_pydantic() -> None:
    probe = "import sys, ramstock_tui.settings; print('pydantic' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "False"


@pytest.mark.parametrize(
    "variables", [{}, {"RAMSTOCK_UI__FPS": "5"}, {"RAMSTOCK_UI__THEME": "a-b"}]
)
def test_what_the_screen_needs_is_the_same_without_the_rest(variables: dict[str, str]) -> None:
    assert settings.load_ui(env=variables) == settings.load(env=variables).ui


@pytest.mark.parametrize(
    "variables",
    [
        {"RAMSTOCK_UI__FPS": "31"},
        {"RAMSTOCK_UI__FPS": "true"},
        {"RAMSTOCK_UI__THEME": "Dark!"},
        {"RAMSTOCK_UI__FSP": "5"},
        {"RAMSTOCK_UI": "5"},
    ],
)
def test_what_the_screen_cannot_use_is_refused_in_the_same_words(variables: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as whole:
        settings.load(env=variables)
    with pytest.raises(ConfigError) as part:
        settings.load_ui(env=variables)
    assert str(part.value) == str(whole.value)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"RAMSTOCK_RECORDING__WARN_FREE_MB": "9000", "RAMSTOCK_RECORDING__STOP_FREE_MB": "0"},
        {"RAMSTOCK_RECORDING__STOP_FREE_MB": "2000"},
    ],
)
def test_the_limits_of_the_disk_alone_are_those_of_the_whole(variables: dict[str, str]) -> None:
    assert settings.load_recording(env=variables) == settings.load(env=variables).recording


@pytest.mark.parametrize(
    "variables",
    [
        {"RAMSTOCK_RECORDING__STOP_FREE_MB": "2001"},
        {"RAMSTOCK_RECORDING__WARN_FREE_MB": "-1"},
        {"RAMSTOCK_RECORDING__WARN_FREE_MB": "2.5"},
        {"RAMSTOCK_RECORDING__WARN_MB": "5"},
    ],
)
def test_impossible_limits_of_the_disk_are_refused(variables: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"(?i)recording"):
        settings.load_recording(env=variables)


def test_the_screen_needs_no_pydantic() -> None:
    code = "import sys; from ramstock_tui import settings; settings.load_ui(env={}); "
    code += "settings.load_recording(env={}); "
    code += "sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_strict_seed_puts_the_literal_readings_in_the_place_of_softened_rules(
    tmp_path: Path,
) -> None:
    usual, strict = load(tmp_path), load(tmp_path, user="strict_seed = true")
    small, plain = profile(strict, "small_account"), profile(usual, "small_account")
    assert (plain.halt_scope, plain.gates.vwap_within_e4) == ("escalating", None)
    assert (small.halt_scope, small.gates.vwap_within_e4) == ("global", 200)
    assert profile(usual, "platform").throttle.per_day == 9
    assert profile(strict, "platform").throttle.per_day == 6
    assert profile(strict, "platform").halt_scope == "global"
    assert profile(strict, "quant") == profile(usual, "quant")


def test_the_shipped_profiles_reject_what_the_table_says(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    table = {  # N-16; `lots` is the unit guard of D-05, which belongs to no profile alone
        "platform": "stall fake_wall replenish iceberg collapse quarantine lots",
        "quant": "stall spoof refill iceberg collapse quarantine lots",
        "small_account": "stall flash replenish iceberg collapse quarantine lots",
    }
    for name, rejects in table.items():
        assert profile(loaded, name).rejects == tuple(rejects.split())
    depth = {name: profile(loaded, name).gates.ask_depth_min for name in table}
    assert depth == {"platform": None, "quant": None, "small_account": 1200}
