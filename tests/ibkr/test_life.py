"""The life of a connection, against the package's gateway over a real socket."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core import slots
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.records import RequestSlot
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.feeds.ibkr import endpoint
from ramstock_tui.feeds.ibkr.feed import IbkrFeed
from ramstock_tui.feeds.ibkr.spec import Endpoint, IbkrSpec
from ramstock_tui.gateway.config import GatewayConfig, Limits
from tests.ibkr.rig import AT, Rig, recorded, rig, verified

NAMES = ("PETI", "FIC", "KADI", "LAVT", "FECL", "CECU")
EVERYTHING = {"line": 5, "depth": 3, "tape": 3}
CONFIG = GatewayConfig(limits=Limits(tape_repeat_s=0.5))
BACK_S = 15.0


def market() -> DemoMarket:
    return DemoMarket(DemoSpec(start_ns=AT, symbols=6))


def whole(made: Rig) -> bool:
    """Everything is subscribed, on both sides, and the data count."""
    served = made.streams() == EVERYTHING and len(made.line.stream.requests) == 11
    return served and len(made.deep()) == 3 and not made.engine.down and not made.feed.note


def complaints(made: Rig) -> list[str]:
    """What the gateway refused that a good client does not send."""
    entries = [entry for gateway in made.gateways for entry in gateway.log.entries]
    return [
        f"{entry.what} {entry.kind} {entry.code} {entry.text}"
        for entry in entries
        if entry.bad or entry.what == "violation" or entry.code in (100, 300, 309, 310, 322)
    ]


FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop", {"refuse_s": 0.5}),
    ("reset", {}),
    ("garbage", {}),
    ("garbage", {"ending": "framed"}),
    ("truncate", {}),
    ("huge_frame", {}),
    ("nonsense", {}),
    ("connectivity", {"for_s": 0.4, "code": 1101}),
    ("connectivity", {"for_s": 0.4, "code": 1102}),
    ("farm", {"for_s": 0.4, "ending": "dead"}),
    ("competing", {"for_s": 0.4}),
    ("depth_reset", {}),
    ("depth_nonsense", {}),
    ("bad_values", {}),
]


@pytest.mark.usefixtures("quick")
def test_after_every_fault_everything_is_back_and_the_session_verifies(tmp_path: Path) -> None:
    async def run() -> list[str]:
        async with rig(tmp_path, market(), NAMES[:5], CONFIG) as made:
            await made.until(lambda: whole(made))
            for name, how in FAULTS:
                made.strike(name, **how)
                await asyncio.sleep(max(how.get("for_s", 0.0), how.get("refuse_s", 0.0)) + 0.1)
                await made.until(lambda: whole(made), BACK_S)
            assert made.line.drops >= 4
            return complaints(made)

    assert asyncio.run(run()) == []
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_a_line_that_says_nothing_is_given_up_and_made_anew(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], CONFIG) as made:
            await made.until(lambda: whole(made))
            made.strike("half_open")
            await made.until(lambda: made.line.drops == 1)
            assert made.engine.down == "down" or not made.session.step()
            await made.until(lambda: whole(made) and made.line.generation == 2)

    asyncio.run(run())


def test_nothing_shown_is_fresh_while_the_line_is_down(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5]) as made:
            await made.until(lambda: len(made.deep()) == 3)
            made.strike("drop", refuse_s=30)
            await made.until(lambda: made.engine.down == "down", 1.0)
            for symbol in made.engine.symbols.values():
                assert symbol.reason(made.session.now) == "no_book"
                assert not symbol.level1.bid
            assert all(lane.suspended for lane in made.engine.lanes)

    asyncio.run(run())


def test_a_limit_is_learned_from_the_refusal_and_no_slot_leaks(tmp_path: Path) -> None:
    config = GatewayConfig(limits=Limits(depth=2, tape=3, lines=4))

    async def run() -> list[str]:
        async with rig(tmp_path, market(), NAMES[:5], config) as made:
            subs = made.line.subs
            await made.until(lambda: subs.max_depth == 2 and subs.max_lines == 4)
            await made.until(lambda: made.streams() == {"line": 4, "depth": 2, "tape": 2})
            await asyncio.sleep(1.5)
            assert made.streams() == {"line": 4, "depth": 2, "tape": 2}
            return [text for text in complaints(made) if "309" not in text]

    assert asyncio.run(run()) == []


def test_a_client_id_in_use_is_said_in_words_and_not_tried_again_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:1]) as made:
            await made.until(lambda: made.line.up)
            made.gateway.ghosts.add(17)
            made.strike("drop")
            await made.until(lambda: "client id 17 is in use" in made.feed.note)
            tries = sum(entry.what == "connected" for entry in made.gateway.log.entries)
            await asyncio.sleep(1.0)
            later = sum(entry.what == "connected" for entry in made.gateway.log.entries)
            assert later == tries
            made.gateway.ghosts.clear()
            await made.until(lambda: made.line.up)

    asyncio.run(run())


def test_the_loss_of_one_endpoint_leaves_the_other_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, [market(), market()], NAMES, CONFIG) as made:
            await made.until(lambda: all(made.streams(i)["tape"] == 3 for i in (0, 1)))
            await made.until(lambda: all(s.book.bid for s in made.engine.symbols.values()))
            made.strike("drop", refuse_s=60)
            await made.until(lambda: made.line.drops == 1)
            await made.until(lambda: not made.engine.by_ticker["PETI"].deep)
            other = made.engine.by_ticker["FIC"]
            assert made.engine.down == ""
            assert other.deep
            assert other.book.bid
            assert not made.engine.acting.suspended

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_delayed_data_are_said_and_give_no_signals_until_they_are_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], CONFIG) as made:
            await made.until(lambda: len(made.deep()) == 3)
            made.strike("delayed", for_s=0.5)
            await made.until(lambda: made.engine.down == "delayed")
            assert "DELAYED DATA" in made.feed.note
            await made.until(lambda: not made.engine.down and len(made.deep()) == 3, BACK_S + 5)

    asyncio.run(run())


def test_a_batch_is_prints_then_values_then_the_book_with_one_time(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:3]) as made:
            await made.until(lambda: len(made.deep()) == 3)
            await asyncio.sleep(2.5)

    asyncio.run(run())
    order = {r.PRINT: 0, r.QUOTE_SIDE: 1, r.L1_VALUE: 1, r.HALT: 1, r.DEPTH_ROW: 2, r.BOOK_CLEAR: 2}
    batch: list[r.Row] = []
    mixed = 0
    for row in recorded(tmp_path):
        if row[2] not in order:
            assert not batch, "nothing comes between the rows of a batch"
            continue
        batch.append(row)
        if row[3] & r.LAST:
            assert len({(ts, sym) for ts, sym, *_ in batch}) == 1
            places = [order[kind] for _, _, kind, *_ in batch]
            assert places == sorted(places)
            mixed += len(set(places)) > 1
            batch = []
    assert mixed, "no batch had both prints and book rows"
    assert not batch


def test_no_order_can_leave_and_none_did(tmp_path: Path) -> None:
    package = Path(r.__file__).parents[1]
    sources = [p for p in package.rglob("*.py") if "gateway" not in p.parts]
    placing = re.compile(r"placeOrder|cancelOrder|exerciseOptions|reqGlobalCancel|bracketOrder")
    assert [p.name for p in sources if placing.search(p.read_text(encoding="utf-8"))] == []

    async def run() -> list[str]:
        async with rig(tmp_path, market(), NAMES[:5]) as made:
            await made.until(lambda: len(made.deep()) == 3)
            return [entry.what for entry in made.gateway.log.entries]

    assert not [what for what in asyncio.run(run()) if "order" in what]


@pytest.mark.usefixtures("quick")
def test_a_slot_that_the_operator_asks_for_is_given_and_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "DWELL_NS", 500_000_000)
    monkeypatch.setattr(slots, "LEAD_E4", 10**9)  # nobody takes one by rank

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], CONFIG) as made:
            await made.until(lambda: whole(made))
            (waits, *_) = sorted({*NAMES[:5]} - {*made.deep()})
            ok, text, _ = made.session.command(RequestSlot(waits))
            assert ok, text
            await made.until(lambda: waits in made.deep())
            again, text, _ = made.session.command(RequestSlot(waits))
            assert not again
            assert "has a depth slot" in text
            assert not made.session.command(RequestSlot("NONE"))[0]

    asyncio.run(run())
    assert verified(tmp_path) == 0


def test_a_clock_that_is_far_away_allows_no_entries(tmp_path: Path) -> None:
    config = GatewayConfig(skew_s=15.0)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:1], config) as made:
            await made.until(lambda: made.engine.down == "skew")
            assert "clock" in made.feed.note

    asyncio.run(run())


def test_a_headline_reaches_its_symbol_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    async def run() -> str:
        async with rig(tmp_path, market(), NAMES[:1]) as made:
            await made.until(lambda: len(made.deep()) == 1)
            made.line.stream.hot[b"84"](
                [
                    *(b"84", b"%d" % made.line.stocks[0].line.number, b"0", b"BRFG", b"A$1"),  # type: ignore[union-attr]
                    *(b"FDA \x1b]52;c;x\x07 says", b"", b""),
                ]
            )
            await made.until(lambda: any("FDA" in _text(d) for _, d in made.session.log))
            return next(_text(d) for _, d in made.session.log if "FDA" in _text(d))

    said = asyncio.run(run())
    assert "\x1b" not in said
    assert "\x07" not in said
    assert any(row[2] == r.HEADLINE and row[1] for row in recorded(tmp_path))
    assert verified(tmp_path) == 0


def _text(decision: Decision) -> str:
    return str(decision.info.get("text", ""))


def test_a_connection_that_ends_when_a_question_is_due_is_made_anew(tmp_path: Path) -> None:
    """Nothing is asked on a connection that is known to be over."""

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:2]) as made:
            await made.until(lambda: len(made.deep()) == 2)
            for n in range(1, 4):
                made.line.pulse._last_asked = -1e9  # so long ago that the next look asks
                made.line.pulse._asked = None
                made.strike("drop")
                await made.until(lambda n=n: made.line.drops == n)  # type: ignore[misc]
                await made.until(lambda: made.line.up)
            assert made.line.generation == 4

    asyncio.run(run())


def test_a_fault_of_the_program_ends_a_connection_but_not_the_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:2]) as made:
            await made.until(lambda: len(made.deep()) == 2)
            with monkeypatch.context() as patch:
                patch.setattr(made.line.subs, "look", lambda now: 1 / 0)
                await made.until(lambda: made.engine.down == "down")
            await made.until(lambda: made.line.up)
            assert made.line.drops >= 1

    asyncio.run(run())


def test_after_a_reconnect_the_ten_seconds_begin_with_the_first_data(tmp_path: Path) -> None:
    """Silence is not clean: a connection alone says nothing of the market (D-23)."""

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:2]) as made:
            await made.until(lambda: len(made.deep()) == 2 and not made.engine.down)
            made.strike("freeze", symbols=list(NAMES[:2]), for_s=2.5)
            made.strike("drop")
            await made.until(lambda: not made.line.up)
            await made.until(lambda: made.line.up)
            connected = made.engine.link_ts
            assert made.engine.down
            await made.until(lambda: not made.engine.down)
            heard = made.engine.symbols[made.line.stocks[0].sym]
            assert made.engine.clean_at - heard.last_ts >= 9_000_000_000
            assert made.engine.clean_at - connected >= 11_000_000_000

    asyncio.run(run())


def test_the_read_with_the_first_data_says_that_the_feed_is_back_whatever_leads_it() -> None:
    """The state of a halt, say, which is known before any of the market."""
    feed = IbkrFeed(IbkrSpec((Endpoint(),), ("ABCD",)), {})
    line, stock = feed.lines[0], feed.lines[0].stocks[0]
    stock.sym, line.up, line.broken = 1, True, ""
    feed._usable, feed._mute, feed._state = {0}, {0}, r.FEED_DOWN
    feed.freeze(7)
    feed.put(7, [(7, 1, r.HALT, r.LAST, 0, 0, 0)])
    feed.freeze(0)
    assert feed._mute == {0}, "that is no data"
    feed.freeze(8)
    book = (8, 1, r.DEPTH_ROW, r.BID | r.LAST, 100, 5, r.OP_INSERT << 8)
    feed.put(8, [(8, 1, r.HALT, 0, 0, 0, 0), book])
    feed.freeze(0)
    rows, _ = feed._portions.take(9)
    assert rows[-1] == (8, 0, r.FEED, r.LAST, 0, 0, r.FEED_UP)


@pytest.mark.long
def test_what_a_competing_session_ended_is_asked_for_again_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says that it is over: one line is tried now and then."""
    monkeypatch.setattr(endpoint, "PROBE_S", 1.0)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES[:5], CONFIG) as made:
            await made.until(lambda: whole(made))
            made.strike("competing", for_s=2.5, ending="dead")
            await made.until(lambda: made.line.broken)
            await asyncio.sleep(2.0)
            assert made.line.broken, "a probe was refused"
            await made.until(lambda: whole(made), BACK_S)
            assert made.line.generation == 1
            # whether it keeps what it refuses with 10197 no broker says: it is cancelled
            assert {words.split()[1] for words in complaints(made)} <= {"cancel_mkt_data"}

    asyncio.run(run())
