"""What a level-1 line suggests of a score."""

from ramstock_tui import settings
from ramstock_tui.core import records as r
from ramstock_tui.core.estimate import estimate, prints_3s
from ramstock_tui.core.level1 import Level1


def quote(bid: int, bid_size: int, ask: int, ask_size: int, rate_min: int = 0) -> Level1:
    found = Level1()
    found.quote(1, True, bid, bid_size)
    found.quote(1, False, ask, ask_size)
    found.value(1, r.L1_TRADE_RATE, rate_min)
    return found


def test_the_estimate_gives_the_points_that_a_line_can_tell() -> None:
    profile = next(p for p in settings.load(env={}).rules.profiles if p.name == "small_account")
    assert estimate(profile, quote(120_000, 5_000, 120_300, 2_000, 240)) == 90_000
    assert estimate(profile, quote(120_000, 4_999, 120_300, 2_000, 239)) == 40_000
    assert estimate(profile, quote(120_000, 5_000, 120_500, 1_199, 0)) == 30_000


def test_without_a_whole_quote_there_is_no_estimate() -> None:
    for profile in settings.load(env={}).rules.profiles:
        assert estimate(profile, Level1()) is None
        assert estimate(profile, quote(120_000, 0, 120_300, 100)) is None
        assert estimate(profile, quote(120_300, 100, 120_300, 100)) is None


def test_trades_a_minute_become_prints_in_three_seconds() -> None:
    assert prints_3s(quote(1, 1, 2, 1, 240)) == 12
    assert prints_3s(Level1()) is None
