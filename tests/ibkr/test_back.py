"""How soon everything is subscribed again, with the broker's own waits."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.feeds.ibkr import pulse, tapes
from ramstock_tui.feeds.ibkr.asked import NEVER_S, Asked
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.gateway.log import Entry
from tests.ibkr.rig import Rig, beside, rig
from tests.ibkr.test_life import CONFIG, NAMES, complaints, market, whole

RULE_S = 15.0


def opened(made: Rig, kind: str) -> list[Entry]:
    """Streams that the gateway gave, in that order."""
    entries = made.gateway.log.entries
    return [entry for entry in entries if (entry.what, entry.kind) == ("opened", kind)]


def apart_s(made: Rig) -> list[float]:
    """Seconds between the tapes of each symbol, as the gateway took their requests."""
    before: dict[str, int] = {}
    found = []
    for entry in opened(made, "tape"):
        if entry.symbol in before:
            found.append((entry.mono_ns - before[entry.symbol]) / 1e9)
        before[entry.symbol] = entry.mono_ns
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("drop", {"refuse_s": 1.0}),
        ("connectivity", {"for_s": 0.4, "code": 1101}),
        ("farm", {"for_s": 0.4, "ending": "dead"}),
    ],
)
def test_a_fault_right_after_the_tapes_were_asked_for_is_over_when_the_rule_allows_it(
    tmp_path: Path, fault: str, how: dict[str, Any]
) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5]) as made:
            await made.until(lambda: whole(made))
            made.strike(fault, **how)
            await made.until(lambda: not whole(made))
            took = await made.until(lambda: whole(made), 16.0)
            assert took < RULE_S + 0.1, took
            apart = apart_s(made)
            assert len(apart) == 3
            assert all(RULE_S <= each < RULE_S + 0.3 for each in apart), apart
            assert not complaints(made)

    asyncio.run(run())


@pytest.mark.usefixtures("quick")
def test_a_tape_whose_request_was_faster_than_the_one_before_comes_at_the_next_try(
    tmp_path: Path,
) -> None:
    slow = GatewayConfig(limits=Limits(tape_repeat_s=0.9))  # the client thinks it is 0.6 s

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:3], slow) as made:
            await made.until(lambda: len(made.deep()) == 3)
            made.strike("drop")
            await made.until(lambda: len(made.deep()) < 3)
            await made.until(lambda: len(made.deep()) == 3, 3.0)
            assert sum("again within" in entry.text for entry in made.gateway.log.entries) <= 3
            assert made.line.subs.max_tape == 3

    asyncio.run(run())


@pytest.mark.long
def test_a_connection_that_the_gateway_holds_for_alive_is_made_anew_soon_after_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DEAD_S", 1.0), ("QUIET_S", 0.3), ("APART_S", 0.3)):
        monkeypatch.setattr(pulse, name, value)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:1]) as made:
            await made.until(lambda: made.line.up)
            made.strike("half_open", for_s=8.0)
            await made.until(lambda: not made.line.up)
            await made.until(lambda: not made.gateway.ghosts)
            assert await made.until(lambda: made.line.up) < 2.0

    asyncio.run(run())


@pytest.mark.usefixtures("quick")
def test_the_book_that_something_hangs_on_is_asked_for_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:3], CONFIG) as made:
            await made.until(lambda: len(made.deep()) == 3)
            last = made.line.stocks[-1]
            monkeypatch.setattr(made.feed, "held", lambda stock: stock is last)  # an open trade
            before = len(opened(made, "depth"))
            made.gateway.streams.slots["depth"].most = 1
            made.strike("drop")
            await made.until(lambda: len(opened(made, "depth")) >= before + 1)
            assert opened(made, "depth")[before].symbol == last.ticker
            await made.until(lambda: made.deep() == [last.ticker])

    asyncio.run(run())


def test_a_tape_that_another_program_asked_for_is_waited_for_without_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two feeds one after the other, as `doctor` and a host, or two hosts, are."""
    monkeypatch.setattr(tapes, "TAPE_AGAIN_S", 3.0)
    config = GatewayConfig(limits=Limits(tape_repeat_s=3.0))

    async def run() -> None:
        async with rig(tmp_path / "one", market(), NAMES[:3], config, kept=tmp_path) as first:
            await first.until(lambda: len(first.deep()) == 3)
            await first.end()
            await asyncio.sleep(0.2)  # the gateway sees that it is gone
            assert not first.streams()["tape"]
            second = beside(first, tmp_path / "two", kept=tmp_path)
            try:
                await second.until(lambda: len(second.deep()) == second.streams()["tape"] == 3)
                # on a busy machine one can be faster on its way than the one before: once, briefly
                early = [text for text in complaints(first) if "again within" in text]
                apart = apart_s(first)
                assert len(early) <= 1
                assert len(apart) in (3, 3 + len(early))
                assert all(each < 3.3 + 0.6 * len(early) for each in apart), apart
                said = [str(d.info.get("text", "")) for _, d in second.session.log]
                assert sum("was asked for a moment ago" in text for text in said) == 3
            finally:
                await second.end()
                second.run.close()

    asyncio.run(run())


def test_a_symbol_that_leaves_the_universe_and_comes_back_waits_for_its_tape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tapes, "TAPE_AGAIN_S", 2.0)
    config = GatewayConfig(limits=Limits(tape_repeat_s=2.0))

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:3], config) as made:
            await made.until(lambda: len(made.deep()) == 3)
            made.feed.follow(NAMES[1:3])
            await made.until(lambda: made.streams()["tape"] == 2)
            made.feed.follow(NAMES[:3])
            await made.until(lambda: len(made.deep()) == made.streams()["tape"] == 3)
            assert not [text for text in complaints(made) if "again within" in text]
            assert all(2.0 <= each < 2.3 for each in apart_s(made))

    asyncio.run(run())


def test_a_note_of_tapes_that_cannot_be_read_or_kept_is_none(tmp_path: Path) -> None:
    path = tmp_path / "state" / "asked.json"
    asked = Asked(path)
    asked.note("127.0.0.1:4002", "PETI")
    assert Asked(path).ago_s("127.0.0.1:4002", "PETI") < 5.0
    assert Asked(path).ago_s("127.0.0.1:4001", "PETI") == NEVER_S
    assert path.stat().st_mode & 0o777 == 0o600
    for text in ("", "[]", '{"127.0.0.1:4002": {"PETI": "x"}}', "{"):
        path.write_text(text)
        assert Asked(path).ago_s("127.0.0.1:4002", "PETI") == NEVER_S
    nowhere = Asked(path / "below a file")
    nowhere.note("127.0.0.1:4002", "FIC")
    assert nowhere.ago_s("127.0.0.1:4002", "FIC") < 5.0
