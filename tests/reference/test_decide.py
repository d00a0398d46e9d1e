"""Score and rejections of profiles, with the worked examples of the requirements."""

from itertools import product

import msgspec
import pytest

from ramstock_tui.core.profile import (
    Bracket,
    Day,
    Gates,
    Losses,
    Profile,
    Reclaim,
    Size,
    Step,
    Throttle,
)

from . import rejects, score
from .readings import Reading, Value
from .scene import BUY, Scene, ask, bid, calm, halt, trade

SMALL = Profile(
    name="small_account",
    min_score_e4=80_000,
    rules=(
        Step("ratio_3", 30_000, "at_least", 25, 10),
        Step("spread", 20_000, "at_most", 400, held_ms=2_000),
        Step("tape_velocity", 20_000, "at_least", 4),
        Step("ask_depth", 20_000, "at_least", 1_200),
        Step("reclaim", 10_000, "at_least", 1),
    ),
    gates=Gates(500, True, 1_200),
    rejects=("stall", "flash", "replenish", "iceberg", "collapse", "quarantine"),
    reclaim=Reclaim(False, 200),
    throttle=Throttle(3, "throttle", 1_200, 900, 6),
    day=Day((), 54_000, 60),
    bracket=Bracket(100, 1, 3, 4, 20_000),
    size=Size(25, 10_000, 7_500, (100, 300, 500), 500, 600, 100, None),
    losses=Losses(4_000_000, 6_000_000, 150, 3, 1_800, 1_800),
    halt_scope="escalating",
    heatmap="info",
    calibrated=True,
)
PLATFORM = msgspec.structs.replace(
    SMALL,
    name="platform",
    rules=(
        Step("spread", 20_000, "at_most", 300),
        Step("ratio_5", 30_000, "at_least", 3),
        Step("tape_velocity", 20_000, "at_least", 5),
        Step("reclaim", 20_000, "at_least", 1),
        Step("bid_over_ask", 10_000, "at_least", 1),
    ),
    gates=Gates(500, False, None),
    rejects=("stall", "fake_wall", "replenish", "iceberg", "collapse", "quarantine"),
)


def given(**values: Value) -> dict[str, Reading]:
    """Readings of a quiet, valid market, with some of them replaced."""
    found: dict[str, Value] = {
        "book_valid": True,
        "book_reason": "",
        "spread": 300,
        "spread_tight_for": 6_000_000_000,
        "ratio_3": 8_600 / 3_300,
        "ratio_5": 3.0,
        "tape_count_3s": 14,
        "bid_depth": 500,
        "ask_depth": 1_400,
        "reclaim_small_account": False,
        "reclaim_platform": False,
    }
    quiet = (
        "stall flash flash_quarantine flash_hold replenish iceberg collapse_hold quarantine "
        "fake_wall spoof refill"
    )
    found |= dict.fromkeys(quiet.split(), False) | values
    return {k: (v, "why" if v is None else "") for k, v in found.items()}


def points(readings: dict[str, Reading], profile: Profile = SMALL) -> float:
    total, parts = score(profile, readings)
    assert total == sum(part.points_e4 for part in parts)
    return total / 10_000


def test_the_worked_score_is_nine_and_one_share_less_at_the_ask_is_seven_and_a_gate() -> None:
    assert points(given()) == 9.0
    assert rejects(SMALL, given()) == ()
    assert points(given(ask_depth=1_199)) == 7.0
    assert rejects(SMALL, given(ask_depth=1_199)) == ("depth_gate",)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ratio_3": 2.5}, 9.0),
        ({"ratio_3": 24_999 / 10_000}, 6.0),
        ({"spread": 400}, 9.0),
        ({"spread": 401}, 7.0),
        ({"spread_tight_for": 2_000_000_000}, 9.0),
        ({"spread_tight_for": 1_999_999_999}, 7.0),
        ({"tape_count_3s": 12}, 9.0),
        ({"tape_count_3s": 11}, 7.0),
        ({"ask_depth": 1_200}, 9.0),
        ({"reclaim_small_account": True}, 10.0),
        ({"ratio_3": None}, 6.0),
    ],
)
def test_each_rule_on_both_sides_of_its_limit(values: dict[str, Value], expected: float) -> None:
    assert points(given(**values)) == expected


def test_exactly_four_combinations_of_rules_are_accepted() -> None:
    accepted = set()
    for ratio, tight, tape, depth, reclaim in product((True, False), repeat=5):
        readings = given(
            ratio_3=2.5 if ratio else 1.0,
            spread=400 if tight else 500,
            tape_count_3s=12 if tape else 0,
            ask_depth=1_200 if depth else 1_199,
            reclaim_small_account=reclaim,
        )
        if score(SMALL, readings)[0] >= SMALL.min_score_e4 and not rejects(SMALL, readings):
            names = zip("RSTDV", (ratio, tight, tape, depth, reclaim), strict=True)
            accepted.add("".join(name for name, true in names if true))
    assert accepted == {"RSTD", "RSDV", "RTDV", "RSTDV"}


def test_a_missing_value_scores_nothing_and_says_why() -> None:
    parts = score(SMALL, given(ratio_3=None))[1]
    assert (parts[0].metric, parts[0].points_e4, parts[0].reason) == ("ratio_3", 0, "why")


def test_platform_needs_fifteen_prints_and_compares_sizes() -> None:
    full = given(tape_count_3s=15, reclaim_platform=True, bid_depth=1_401)
    assert points(full, PLATFORM) == 10.0
    assert points(full | given(tape_count_3s=14), PLATFORM) < 10.0
    assert points(full | {"bid_depth": (1_400, "")}, PLATFORM) == 9.0
    assert points(full | {"spread": (301, "")}, PLATFORM) == 8.0


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"spread": 500}, ()),
        ({"spread": 501}, ("spread_gate",)),
        ({"stall": True, "iceberg": True}, ("iceberg", "stall")),
        ({"flash": True}, ("flash",)),
        ({"flash_quarantine": True}, ("flash",)),
        ({"flash_hold": True}, ("flash_hold",)),
        ({"replenish": True}, ("replenish",)),
        ({"collapse_hold": True}, ("collapse",)),
        ({"quarantine": True}, ("quarantine",)),
        ({"fake_wall": True, "spoof": True, "refill": True}, ()),
        ({"stall": None}, ()),
    ],
)
def test_what_stands_against_a_signal(values: dict[str, Value], names: tuple[str, ...]) -> None:
    assert rejects(SMALL, given(**values)) == names


def test_the_gates_belong_to_the_profile() -> None:
    assert rejects(PLATFORM, given(spread=500, ask_depth=1)) == ("spread_gate",)
    assert rejects(PLATFORM, given(spread=499, flash=True, fake_wall=True)) == ("fake_wall",)


def test_an_invalid_book_has_no_score_and_rejects() -> None:
    readings = calm().at(4_000, trade(120_300, 100, BUY), halt(1)).readings(4_000)
    assert score(SMALL, readings)[0] == 0
    assert {part.reason for part in score(SMALL, readings)[1]} == {"halted"}
    assert rejects(SMALL, readings) == ("book", "quarantine")


def strong(ask_size: int = 1_400) -> Scene:
    """Ratio 8,600 / 3,300 at 0.03, 14 prints in 3 s, nothing against it."""
    scene = calm().at(0, *(bid(*x) for x in ((120_000, 900), (119_900, 3_850), (119_800, 3_850))))
    scene.at(0, ask(120_300, ask_size), ask(120_400, 900), ask(120_500, 1_000))
    for i in range(14):
        scene.at(7_000 + 10 * i, trade(120_000, 100))
    return scene


def test_a_market_with_the_worked_inputs_scores_nine() -> None:
    readings = strong().readings(8_000)
    assert readings["ratio_3"] == (8_600 / 3_300, "")
    assert points(readings) == 9.0
    assert rejects(SMALL, readings) == ()
    short = strong(1_199).readings(8_000)
    assert (points(short), rejects(SMALL, short)) == (7.0, ("depth_gate",))


def test_the_worked_market_with_a_flash_wall_waits_and_is_then_rejected() -> None:
    scene = strong().at(8_000, bid(120_000, 6_901))
    assert rejects(SMALL, scene.readings(8_000)) == ("flash_hold",)
    scene.at(8_300, bid(120_000, 900))
    assert rejects(SMALL, scene.readings(8_300)) == ("flash",)


def test_the_worked_market_with_an_add_that_is_refilled_is_rejected() -> None:
    scene = strong().at(7_900, trade(120_300, 400, BUY), ask(120_300, 1_000))
    scene.at(7_950, ask(120_300, 1_500))
    assert rejects(SMALL, scene.readings(8_000)) == ("replenish",)
