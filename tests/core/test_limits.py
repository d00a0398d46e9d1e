"""What a changed configuration does to a running session: limit by limit the stricter one acts."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core.limits import acting, changes, config_changed
from ramstock_tui.core.profile import AccountLimits, Profile, Rules, Window
from tests.core.lane.lane_script import changed, platform, rules_for, small_account

BASE = rules_for(small_account())


def with_profile(rules: Rules, **parts: dict[str, Any]) -> Rules:
    """The rules with fields of the one profile's tables replaced."""
    (profile,) = rules.profiles
    new = {
        name: value if not isinstance(value, dict) else changed(getattr(profile, name), **value)
        for name, value in parts.items()
    }
    result: Rules = changed(rules, profiles=(changed(profile, **new),))
    return result


def the(rules: Rules) -> Profile:
    return rules.profiles[0]


@pytest.mark.parametrize(
    ("table", "key", "tighter", "looser"),
    [
        ("losses", "soft_e4", 3_000_000, 40_000_000),
        ("losses", "hard_e4", 5_000_000, None),
        ("losses", "hard_bp", 100, 900),
        ("losses", "count", 2, 9),
        ("losses", "window_s", 3_600, 60),
        ("losses", "pause_s", 3_600, 60),
        ("throttle", "per_hour", 1, 60),
        ("throttle", "over", "pause", "throttle"),
        ("throttle", "then_every_s", 3_600, 0),
        ("throttle", "cooloff_s", 3_600, 0),
        ("throttle", "per_day", 2, 99),
        ("size", "risk_bp", 10, 100),
        ("size", "risk_max_cents", 100, None),
        ("size", "phase_caps", (50, 300, 500), (600, 600, 600)),
        ("size", "share_cap", 100, 600),
        ("size", "ceiling", 500, 900),
        ("size", "notional_bp", 100, None),
        ("gates", "spread_max_e4", 300, 900),
        ("gates", "ask_depth_min", 5_000, None),
        ("day", "off_s", 40_000, 57_600),
        ("day", "early_close_off_s", 7_200, 0),
    ],
)
def test_a_tighter_limit_acts_now_and_a_looser_one_waits(
    table: str, key: str, tighter: Any, looser: Any
) -> None:
    before = getattr(getattr(the(BASE), table), key)
    for value, now in ((tighter, tighter), (looser, before)):
        found = config_changed(BASE, with_profile(BASE, **{table: {key: value}}))
        assert getattr(getattr(the(found.rules), table), key) == now
        assert (len(found.now), len(found.later)) == (int(now != before), int(value != now))
        assert found.before == BASE


@pytest.mark.parametrize(
    ("session", "wanted", "acts"),
    [
        ("symbol", "global", "global"),
        ("global", "symbol", "global"),
        ("escalating", "symbol", "escalating"),
        ("escalating", "global", "global"),
    ],
)
def test_a_halt_scope_only_widens_today(session: str, wanted: str, acts: str) -> None:
    before = changed(BASE, profiles=(changed(the(BASE), halt_scope=session),))
    after = changed(BASE, profiles=(changed(the(BASE), halt_scope=wanted),))
    assert the(acting(before, after)).halt_scope == acts


def test_the_account_s_floors_rise_and_its_ceilings_fall_at_once() -> None:
    have, want = AccountLimits(300, 250, 800, 1_000), AccountLimits(None, 900, 900, 10)
    found = acting(changed(BASE, account=have), changed(BASE, account=want))
    assert found.account == AccountLimits(300, 900, 800, 10)


def test_of_windows_with_the_same_names_the_common_part_is_open() -> None:
    def window(start: int, end: int, allow: Any = "signals", entries: int | None = 3) -> Window:
        return Window("A", start, end, allow, entries)

    def met(old: Window, new: Window) -> Window:
        pair = (with_profile(BASE, day={"windows": (one,)}) for one in (old, new))
        return the(acting(*pair)).day.windows[0]

    assert met(window(100, 200), window(150, 300, entries=2)) == window(150, 200, entries=2)
    assert met(window(100, 200), window(100, 200, "monitor")).allow == "monitor"
    assert met(window(100, 200, "monitor"), window(100, 200)).allow == "monitor"
    assert met(window(100, 200, "if_ahead"), window(100, 200)).allow == "if_ahead"
    # the morning is judged at the start of the window: a later one could forget a loss
    assert met(window(100, 200, "if_ahead"), window(150, 180)).start_s == 100


def test_other_windows_wait() -> None:
    other = with_profile(BASE, day={"windows": (Window("B", 0, 86_400, "signals"),)})
    found = config_changed(BASE, other)
    assert (found.rules, found.now) == (BASE, ())
    assert found.later


def test_what_has_no_direction_waits() -> None:
    bracket = changed(the(BASE).bracket, ttl_ms=1)
    wanted = changed(BASE, profiles=(changed(the(BASE), bracket=bracket, rejects=("stall",)),))
    found = config_changed(BASE, wanted)
    assert (found.rules, found.now) == (BASE, ())
    assert found.later == (
        "small_account.rejects none -> (1)",
        "small_account.bracket.ttl 20,000 ms -> 1 ms",
    )


def test_profiles_that_come_and_go_wait() -> None:
    wanted: Rules = changed(BASE, profiles=(platform(),))
    found = config_changed(BASE, wanted)
    assert found.rules == BASE
    assert found.later == ("small_account on -> none", "platform none -> on")


def test_the_words_name_key_and_both_values() -> None:
    wanted = with_profile(
        BASE,
        losses={"soft_e4": 40_000_000, "hard_bp": 100},
        throttle={"per_day": 4},
        day={"off_s": 50_400},
    )
    found = config_changed(BASE, wanted)
    assert found.now == (
        "small_account.throttle.per_day 6 -> 4",
        "small_account.day.off 15:00:00 -> 14:00:00",
        "small_account.losses.hard 1.5 % -> 1 %",
    )
    assert found.later == ("small_account.losses.soft 400 -> 4,000",)


# any change at all --------------------------------------------------------------------------------
def up_to(limit: int) -> Any:
    return st.one_of(st.none(), st.integers(1, limit))


LOSSES = st.fixed_dictionaries(
    {
        "soft_e4": up_to(9_000_000),
        "hard_e4": up_to(9_000_000),
        "hard_bp": st.integers(1, 900),
        "count": st.integers(1, 9),
        "window_s": st.integers(60, 9_000),
        "pause_s": st.integers(60, 9_000),
    }
)
THROTTLE = st.fixed_dictionaries(
    {
        "per_hour": st.integers(1, 9),
        "over": st.sampled_from(("pause", "throttle")),
        "then_every_s": st.integers(0, 9_000),
        "cooloff_s": st.integers(0, 9_000),
        "per_day": st.integers(1, 20),
    }
)
SIZE = st.fixed_dictionaries(
    {
        "risk_bp": st.integers(1, 100),
        "risk_max_cents": up_to(90_000),
        "phase_caps": st.one_of(st.just(()), st.tuples(*[st.integers(1, 900)] * 3)),
        "share_cap": up_to(900),
        "ceiling": up_to(900),
    }
)
NO_LOOSER: dict[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(
        ("soft_e4", "hard_e4", "risk_max_cents", "share_cap", "ceiling"),
        lambda now, had: had is None or (now is not None and now <= had),
    ),
    **dict.fromkeys(
        ("hard_bp", "count", "per_hour", "per_day", "risk_bp"), lambda now, had: now <= had
    ),
    **dict.fromkeys(
        ("window_s", "pause_s", "then_every_s", "cooloff_s"), lambda now, had: now >= had
    ),
    "over": lambda now, had: had == "throttle" or now == "pause",
    "phase_caps": lambda now, had: not had or all(x <= y for x, y in zip(now, had, strict=True)),
}
TABLES = st.fixed_dictionaries({"losses": LOSSES, "throttle": THROTTLE, "size": SIZE})


@given(TABLES, st.lists(TABLES, min_size=1, max_size=4))
def test_no_sequence_of_edits_ever_loosens_a_limit_today(
    begun: dict[str, Any], edits: list[dict[str, Any]]
) -> None:
    first = now = with_profile(BASE, **begun)
    for edit in edits:
        wanted = with_profile(BASE, **edit)
        now = acting(now, wanted)
        for table, values in edit.items():
            for key in values:
                have = getattr(getattr(the(now), table), key)
                for limit in (first, wanted):
                    other = getattr(getattr(the(limit), table), key)
                    assert NO_LOOSER[key](have, other), (table, key, have, other)
        assert acting(now, wanted) == now
        assert not list(changes(now, acting(now, first)))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(now), type=Rules) == now
