"""The broker's scanner, contracts, history and lines against the gateway: who is a member, and why
not the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ramstock_tui.core.listing import Listing
from ramstock_tui.core.rvol import CLOSE_S, OPEN_S, Baseline
from ramstock_tui.core.universe import Picked, pick
from ramstock_tui.feeds.ibkr.answers import IbkrAnswers
from ramstock_tui.feeds.screening import Paper as Contract
from ramstock_tui.feeds.screening import Scan
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.headlines import spread_headline
from ramstock_tui.gateway.weather import Refusal
from ramstock_tui.host.broker_facts import BrokerFacts, Screening
from ramstock_tui.host.facts import Gathered, Wanted
from ramstock_tui.host.volumes import Volumes
from ramstock_tui.schedule import date_of, from_new_york, previous_session, session_day
from ramstock_tui.store.learned import Learned
from tests.core.universe.support import SMALL
from tests.ibkr.decoys import BAD, GOOD, DecoyMarket, Paper

AT = from_new_york("2026-11-23T10:15:00")
SPEED = 40.0
DEADLINE_S = 25.0
SCAN = Scan("active", "MOST_ACTIVE", "STK", "STK.US.MAJOR", ())
OPEN = GatewayConfig(fundamentals=True, history_s=1.0)


@asynccontextmanager
async def gateway(
    papers: tuple[Paper, ...], config: GatewayConfig = OPEN
) -> AsyncIterator[Gateway]:
    running = Gateway(DecoyMarket(papers), EventClock(AT, SPEED), config)
    await running.start()
    running.begin()
    try:
        yield running
    finally:
        await running.stop()


def facts(
    to: Gateway,
    learned: Learned | None = None,
    *,
    scans: tuple[Scan, ...] = (SCAN,),
    pinned: tuple[str, ...] = (),
    floats: dict[str, int] | None = None,
    spare: int = 8,
    news: tuple[str, ...] = (),
    max_rows: int = 500,
) -> BrokerFacts:
    screening = Screening(
        scans, pinned, max_rows, 0, spare, lambda: floats or {}, frozenset({"XBIX"}),
        lambda: frozenset({"FDAX"}),
    )  # fmt: skip
    clock = to.clock.now
    if learned is None:
        learned = Learned(None)
        for con_id in to.listing.by_con_id:  # so that no week of bars is asked for
            learned.put("rvol", con_id, date_of(AT), Baseline(20, (0,) * 331, (20,) * 391))
    return BrokerFacts(
        IbkrAnswers("127.0.0.1", to.port, 117, clock, news), screening, learned, clock
    )


async def gathered(
    asked: BrokerFacts, to: Gateway, before: dict[str, Listing] | None = None
) -> Gathered:
    asked.begin(Wanted(to.clock.now(), SMALL, before or {}))
    end = asyncio.get_running_loop().time() + DEADLINE_S
    while (found := asked.found()) is None:
        assert asyncio.get_running_loop().time() < end, "the refresh is never over"
        await asyncio.sleep(0.01)
    return found


def picked(found: Gathered, now: int, before: dict[str, Listing] | None = None) -> Picked:
    return pick(found.rows, SMALL, before or {}, now, 80)


def bad(to: Gateway) -> list[str]:
    return [f"{e.what} {e.kind} {e.text}" for e in to.log.entries if e.bad]


def asked_for(to: Gateway) -> Counter[str]:
    return Counter(entry.what for entry in to.log.entries)


def test_exactly_the_right_members_with_the_right_reasons() -> None:
    async def script() -> None:
        async with gateway(GOOD + BAD) as to:
            to.weather.refusals += [
                Refusal(request="req_contract_details", code=200, symbols=("R200",)),
                Refusal(request="req_historical_data", code=162, symbols=("R162",)),
                Refusal(request="req_mkt_data", code=354, symbols=("R354",)),
                Refusal(request="req_fundamental_data", code=430, symbols=("NOFL",)),
            ]
            asked = facts(to, Learned(None), spare=20)
            asked.sessions_back = 10
            found = await gathered(asked, to)
            asked.close()
            assert not found.problem
            result = picked(found, to.clock.now())
            reasons = {one.ticker: (one.rule, one.value) for one in result.excluded}
            assert [one.ticker for one in result.members] == ["GOOD", "FINE", "NICE"], reasons
            assert {t: rule for t, (rule, _) in reasons.items()} == {
                "ETFX": "type", "ADRX": "type", "REIT": "type", "WARR": "type",
                "OTCX": "exchange", "CHEA": "price", "DEAR": "price", "TINY": "float",
                "HUGE": "float", "NOFL": "float", "CALM": "rvol", "WIDE": "spread",
                "THIN": "spread", "STOP": "halted", "BIOX": "biotech", "XBIX": "xbi",
                "FDAX": "fda", "R200": "refused", "R162": "rvol", "R354": "price",
                "NONE": "type",
            }  # fmt: skip
            assert reasons["R200"][1].startswith("200 ")
            assert reasons["R162"][1].startswith("162 ")
            assert reasons["ETFX"] == ("type", "ETF")
            assert reasons["WIDE"][1] == "0.09"
            assert reasons["BIOX"][1] == "Biotechnology"
            assert result.funnel == (
                ("scan", 24), ("class", 17), ("price", 14), ("float", 11), ("rvol", 9),
                ("spread", 7), ("halted", 6), ("biotech", 3),
            )  # fmt: skip
            good = result.members[0]
            assert good.spread_e4 == 300
            assert good.rvol_e4 is not None
            assert abs(good.rvol_e4 - 60_000) < 3_000, "what the gateway's market was told"
            assert (good.float_shares, good.float_from) == (20_000_000, "broker")
            assert bad(to) == []

    asyncio.run(script())


@pytest.mark.long
def test_what_was_learned_today_is_not_asked_again(tmp_path: Path) -> None:
    async def script() -> None:
        path = tmp_path / "learned.sqlite3"
        async with gateway(GOOD) as to:
            for _ in range(2):
                asked = facts(to, Learned(path))
                asked.sessions_back = 10
                found = await gathered(asked, to)
                asked.close()
                assert len(picked(found, to.clock.now()).members) == 3
            asks = asked_for(to)
            assert asks["req_contract_details"] == 3
            assert asks["req_fundamental_data"] == 3
            assert asks["req_historical_data"] == 3 * (1 + 2) + 3, "weeks once, today each time"
            assert bad(to) == []

    asyncio.run(script())


def test_a_float_of_the_users_file_counts_before_the_brokers() -> None:
    async def script() -> None:
        async with gateway(GOOD) as to:
            asked = facts(to, floats={"GOOD": 4_000_000})
            result = picked(await gathered(asked, to), to.clock.now())
            asked.close()
            assert [(one.ticker, one.value) for one in result.excluded] == [("GOOD", "4,000,000")]
            assert asked_for(to)["req_fundamental_data"] == 2

    asyncio.run(script())


def test_a_member_that_no_scan_names_and_a_pinned_symbol_are_looked_at_too() -> None:
    async def script() -> None:
        async with gateway((*GOOD, Paper("PINN", px=900_000))) as to:
            few = SCAN._replace(filters=(("priceAbove", "5"), ("priceBelow", "20")))
            asked = facts(to, scans=(few,), pinned=("PINN",))
            before = {"FINE": Listing("FINE", 1, to.clock.now())}
            found = await gathered(asked, to, before)
            asked.close()
            result = picked(found, to.clock.now(), before)
            kept = {one.ticker: (one.kept, one.rule) for one in result.members}
            assert kept == {
                "GOOD": ("", ""), "NICE": ("", ""), "FINE": ("sticky", "scan"),
                "PINN": ("pinned", "scan"),
            }  # fmt: skip

    asyncio.run(script())


def test_a_headline_of_this_morning_excludes_what_nobody_watches_yet() -> None:
    async def script() -> None:
        async with gateway(GOOD) as to:
            spread_headline(to, "FINE", "BRFG", "FINE gets a letter from the FDA")
            spread_headline(to, "NICE", "BRFG", "NICE is in the FDAQ index")
            asked = facts(to, news=("BRFG", "DJNL"))
            result = picked(await gathered(asked, to), to.clock.now())
            asked.close()
            assert [(one.ticker, one.rule) for one in result.excluded] == [("FINE", "fda")]
            assert bad(to) == []

    asyncio.run(script())


def test_unknown_scans_and_filters_are_said_and_a_float_filter_is_only_used_when_offered() -> None:
    async def script() -> None:
        async with gateway(GOOD) as to:
            strange = SCAN._replace(name="strange", code="NO_SUCH")
            odd = SCAN._replace(name="odd", filters=(("floatSharesBelow", "50000000"),))
            asked = facts(to, scans=(strange, odd))
            found = await gathered(asked, to)
            asked.close()
            assert found.notes == (
                "scan strange: the broker has no NO_SUCH",
                "scan odd: the broker has no filter floatSharesBelow",
            )
            assert len(picked(found, to.clock.now()).members) == 3

    asyncio.run(script())


def test_more_rows_than_allowed_are_cut_and_said() -> None:
    async def script() -> None:
        async with gateway(GOOD) as to:
            asked = facts(to, max_rows=2)
            found = await gathered(asked, to)
            asked.close()
            assert len(found.rows) == 2
            assert "3 scan rows, the first 2 count" in found.notes

    asyncio.run(script())


def test_no_gateway_is_a_problem_and_no_crash() -> None:
    async def script() -> None:
        async with gateway(GOOD) as to:
            asked = facts(to)
        found = await gathered(asked, to)
        asked.close()
        assert "127.0.0.1" in found.problem

    asyncio.run(script())


def test_a_connection_that_breaks_in_between_ends_the_refresh_in_words() -> None:
    async def script() -> None:
        async with gateway(GOOD) as to:
            asked = facts(to)
            asked.begin(Wanted(to.clock.now(), SMALL, {}))
            end = asyncio.get_running_loop().time() + DEADLINE_S
            while not asked_for(to)["req_historical_data"]:
                assert asyncio.get_running_loop().time() < end
                await asyncio.sleep(0.005)
            for session in list(to.sessions):
                session.pipe.close()
            while (found := asked.found()) is None:
                assert asyncio.get_running_loop().time() < end
                await asyncio.sleep(0.01)
            assert found.problem
            asked.close()

    asyncio.run(script())


@pytest.mark.parametrize("today", [20261201, 20260309, 20261102, 20261130])
def test_a_baseline_equals_the_definition_over_half_days_and_clock_changes(today: int) -> None:
    """What the broker answers is sorted into whole sessions by the time of day in New York, also
    where the clocks changed between them."""
    asked: list[int] = []

    class Answers:
        async def minutes(
            self, paper: Paper, end_ts: int, days: int, *, all_hours: bool
        ) -> list[tuple[int, int]]:
            asked.append(end_ts)
            found, date = [], date_of(end_ts)
            for _ in range(6):  # one more than was asked for
                day = session_day(date)
                until = 46_800 if day.early_close else CLOSE_S
                for second in range(OPEN_S, until, 60):
                    at = day.midnight_ns + second * 1_000_000_000
                    found.append((at, 1 + date % 97 + second // 60))
                date = previous_session(date)
            return sorted(found)

    async def script() -> Baseline:
        clock = lambda: session_day(today).open_ns  # noqa: E731
        day = Volumes(Answers(), Learned(None), today, clock, 25)  # type: ignore[arg-type]
        return await day.baseline(Contract("X", 1, "COMMON", "NYSE", (), 100), early=False)

    base = asyncio.run(script())
    whole: list[int] = []
    date = today
    while len(whole) < 20:
        date = previous_session(date)
        if not session_day(date).early_close:
            whole.append(date)
    assert base.sessions == 20
    for minute in (0, 1, 200, 390):
        shares = sum(1 + d % 97 + (OPEN_S // 60 + m) for d in whole for m in range(minute))
        assert base.regular[minute] == shares
    assert len(asked) == 5
