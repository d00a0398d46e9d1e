"""Since when a rule has been true, against a recount at every instant at which it can change."""

from typing import Any

import msgspec
import pytest

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.held import spell
from ramstock_tui.core.profile import Profile, Reclaim, Step
from ramstock_tui.core.reclaim import Event, ReclaimWatch
from ramstock_tui.core.records import Row
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol
from tests import histories as h
from tests.core.sessions import opened
from tests.host.help import ran
from tests.host.scenes import warm
from tests.reference import Reference
from tests.reference import score as plain_score
from tests.reference.past import book_reason
from tests.reference.readings import ALWAYS, FROM_BOOK
from tests.session_writer import ASKS, BIDS, S, Script, at

STALE = "stale"


class Lazy(dict[str, Any]):
    """Readings of the reference at t, each made when it is asked for."""

    def __init__(self, plain: Reference, t: int) -> None:
        self.past = plain.past(t)
        self.book = book_reason(self.past)

    def __missing__(self, name: str) -> tuple[Any, str]:
        if name == "book_reason":
            return self.book, ""
        if name in FROM_BOOK and self.book:
            return None, self.book
        found = (FROM_BOOK.get(name) or ALWAYS[name])(self.past)
        return found if isinstance(found, tuple) else (found, "")


def given(plain: Reference, profile: Profile, t: int, n: int) -> bool | None:
    """Does rule n of a profile give points at t; None while the book is only stale."""
    readings = Lazy(plain, t)
    if readings.book == STALE:
        return None
    alone = msgspec.structs.replace(profile, rules=profile.rules[n : n + 1])
    return plain_score(alone, readings)[1][0].points_e4 > 0


def assert_spell(
    plain: Reference, times: list[int], profile: Profile, n: int, s: Symbol, t: int
) -> None:
    """The spell that is told is true at every instant in it, and begins where it begins."""
    found = spell(s, t, profile.rules[n], profile)
    if found is None:
        return
    since, exact = found
    assert since <= t
    turns = {time + away for time in times for away in (0, 3 * S - 1, 3 * S)}
    inside = sorted({since, t} | {turn for turn in turns if since < turn < t})
    where = profile.name, profile.rules[n].metric, t, since
    assert all(given(plain, profile, turn, n) is not False for turn in inside), where
    assert not exact or given(plain, profile, since - 1, n) is not True, where


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("style", h.STYLES)
def test_a_spell_is_that_of_a_recount_in_every_style_of_market(style: str, seed: int) -> None:
    rows: list[Row] = h.history(seed, batches=80, style=style)
    engine, plain = opened(), Reference(h.session(), h.symbol(), rows)
    times = h.batch_times(rows)
    fed = 0
    for t in h.moments(seed, rows, 25):
        upto = sum(row[0] <= t for row in rows)
        engine.run(3 + fed, rows[fed:upto])
        fed, s = upto, engine.symbols[1]
        for profile in engine.rules.profiles:
            for n, part in enumerate(Scorer(profile).evaluate(s, t).parts):
                if part[3] > 0:
                    assert_spell(plain, times, profile, n, s, t)


def rule_of(engine: Engine, metric: str) -> Step:
    return next(step for step in engine.acting.profile.rules if step.metric == metric)


def test_each_rule_says_the_batch_that_made_it_true() -> None:
    script = Script()
    stock = script.stock("ABCD")
    warm(script, stock, "09:31:00")  # the book stands since :00, prints come from :06.2 on
    stock.trade(2, px=1203)  # the first is the twelfth in 3 s, at :08.4
    stock.level(False, 1203, 1199)
    script.wait(100)
    stock.level(False, 1203, 1400)  # at :08.7
    script.wait(300)
    stock.beat()
    engine, t = ran(script), script.ts
    s, profile = engine.by_ticker["ABCD"], engine.acting.profile

    def since(metric: str) -> tuple[int, bool] | None:
        return spell(s, t, rule_of(engine, metric), profile)

    assert since("ratio_3") == (at("09:31:03"), True)  # valid from then on (N-02)
    assert since("spread") == (at("09:31:03"), True)
    assert since("tape_velocity") == (at("09:31:08", 400), True)
    assert since("ask_depth") == (at("09:31:08", 700), True)


def test_a_spell_older_than_what_is_kept_is_told_as_a_lower_bound() -> None:
    script = Script()
    stock = script.stock("ABCD")
    script.at("09:31:00")
    stock.book(BIDS, ASKS)
    stock.stand(40)
    stock.trade(200, px=1203)
    engine, t = ran(script), script.ts
    s, profile = engine.by_ticker["ABCD"], engine.acting.profile
    assert spell(s, t, rule_of(engine, "ratio_3"), profile) == (t - 10 * S, False)
    tape = spell(s, t, rule_of(engine, "tape_velocity"), profile)
    assert tape is not None
    assert not tape.exact
    assert at("09:31:42", 400) <= tape.since <= t - 29 * S
    assert spell(s, t, rule_of(engine, "spread"), profile) == (at("09:31:03"), True)


def test_reclaims_that_follow_without_a_break_are_one_spell() -> None:
    watch, rule = ReclaimWatch(), Reclaim(False, 200)
    watch.events = [Event(ts * S, 1, 1, None) for ts in (100, 108, 118)]
    assert watch.since(120 * S, rule) == (100 * S, False)  # 100-110, 108-118, 118-128
    watch.events = [Event(ts * S, 1, 1, None) for ts in (100, 111)]
    assert watch.since(120 * S, rule) == (111 * S, True)
